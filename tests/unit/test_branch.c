/*
 * test_branch.c: a copy of this process goes another way and comes back with
 * bytes; one that is lost is an error, and one that failed a CHECK ends us all.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "branch.h"
#include "check.h"

static struct error err;

static int
set_up(void **state)
{
	(void)state;
	error_clear(&err);
	return 0;
}

/* In a branch: ends it with a word. */
static _Noreturn void
leave_with(struct branch *b, const char *word)
{
	struct bytes out = { 0 };

	bytes_add(&out, word, strlen(word));
	branch_leave(b, &out);
}

/* 0 in who started it: a branch must not go on through the tests. */
static int
start(struct branch *b)
{
	int which = branch_start(b, &err);

	if (which < 0)
		fail_msg("%s", err.text);
	return which;
}

static void
joined(struct branch *b, const char *word)
{
	struct bytes got = { 0 };

	if (branch_join(b, &got, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(got.len, strlen(word));
	if (got.len != 0)
		assert_memory_equal(got.data, word, got.len);
	bytes_free(&got);
}

static void
a_branch_changes_nothing_here(void **state)
{
	static int variable = 1;
	struct branch b;

	(void)state;
	if (start(&b) == 1) {
		variable = 2;
		leave_with(&b, variable == 2 && b.pid == 0 ? "two" : "?");
	}
	joined(&b, "two");
	assert_int_equal(variable, 1);
	assert_true(b.pid > 0);
}

static void
what_it_leaves_with_is_added(void **state)
{
	struct bytes got = { 0 }, none = { 0 };
	struct branch b;

	(void)state;
	bytes_add(&got, "ab", 2);
	if (start(&b) == 1)
		leave_with(&b, "cd");
	assert_int_equal(branch_join(&b, &got, &err), 0);
	assert_int_equal(got.len, 4);
	assert_memory_equal(got.data, "abcd", 4);
	if (start(&b) == 1)
		branch_leave(&b, &none);
	assert_int_equal(branch_join(&b, &got, &err), 0);
	assert_int_equal(got.len, 4);
	bytes_free(&got);
}

/* More than a pipe holds, and than is read at once. */
static void
much_comes_back(void **state)
{
	struct bytes out = { 0 };
	struct branch b;

	(void)state;
	if (start(&b) == 1) {
		for (uint64_t i = 0; i < 250000; i++)
			bytes_add_le(&out, i, 8);
		branch_leave(&b, &out);
	}
	assert_int_equal(branch_join(&b, &out, &err), 0);
	assert_int_equal(out.len, 2000000);
	for (uint64_t i = 0; i < 250000; i += 777)
		assert_memory_equal(out.data + 8 * i, &i, 8);
	bytes_free(&out);
}

/* Each passes on what the one below brought. */
static void
deeper(unsigned depth, struct bytes *out)
{
	struct branch b;

	bytes_add_le(out, depth, 1);
	if (depth == 0)
		return;
	if (branch_start(&b, &err) == 1) {
		out->len = 0;
		deeper(depth - 1, out);
		branch_leave(&b, out);
	}
	if (branch_join(&b, out, &err) != 0)
		bytes_add(out, "lost", 4);
}

static void
branches_have_branches(void **state)
{
	struct bytes out = { 0 };

	(void)state;
	deeper(20, &out);
	assert_int_equal(out.len, 21);
	for (unsigned i = 0; i <= 20; i++)
		assert_int_equal(out.data[i], 20 - i);
	bytes_free(&out);
}

/* --- branches that wait --- */

static unsigned
written(int fd)
{
	char all[16];
	ssize_t n = read(fd, all, sizeof all);

	return n > 0 ? (unsigned)n : 0;
}

/* Two wait; neither does anything until it is told, in any order. */
static void
a_later_branch_waits_to_be_told(void **state)
{
	struct branch b[2];
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	for (unsigned i = 0; i < 2; i++)
		if (branch_start_later(&b[i], &err) == 1) {
			branch_wait(&b[i]);
			if (write(fds[1], "12" + i, 1) != 1)
				leave_with(&b[i], "?");
			branch_wait(&b[i]);		/* it was told */
			leave_with(&b[i], "done");
		}
	(void)poll(NULL, 0, 50);
	assert_int_equal(write(fds[1], "0", 1), 1);
	assert_int_equal(written(fds[0]), 1);	/* ours alone */
	branch_go(&b[1]);
	branch_go(&b[1]);			/* twice is once */
	joined(&b[1], "done");
	assert_int_equal(written(fds[0]), 1);
	branch_go(&b[0]);
	joined(&b[0], "done");
	assert_int_equal(written(fds[0]), 1);
	close(fds[0]);
	close(fds[1]);
}

/* Who never waits is not told, and ends. */
static void
a_branch_that_is_never_to_wait_does_not(void **state)
{
	struct branch b;

	(void)state;
	if (start(&b) == 1) {
		branch_wait(&b);
		leave_with(&b, "at once");
	}
	branch_go(&b);
	joined(&b, "at once");
}

/*
 * Who was to tell it is gone: it ends, and does not go on as if it were told.
 * What it does is seen by a pipe, which ends when all of them have.
 */
static void
a_branch_that_nobody_tells_ends(void **state)
{
	struct branch outer, inner;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	if (start(&outer) == 1) {
		if (branch_start_later(&inner, &err) == 1) {
			branch_wait(&inner);
			if (write(fds[1], "!", 1) != 1)
				_exit(1);
			leave_with(&inner, "");
		}
		leave_with(&outer, "");		/* without inner */
	}
	close(fds[1]);
	joined(&outer, "");
	assert_int_equal(written(fds[0]), 0);
	close(fds[0]);
}

/* --- what goes wrong --- */

static void
a_lost_branch_is_an_error(void **state)
{
	struct bytes got = { 0 };
	struct branch b;

	(void)state;
	if (start(&b) == 1) {
		(void)raise(SIGKILL);
		_exit(0);
	}
	assert_int_equal(branch_join(&b, &got, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "branch of the exploration was lost"));
	assert_non_null(strstr(err.text, "signal 9"));
	error_clear(&err);
	if (start(&b) == 1)
		_exit(3);
	assert_int_equal(branch_join(&b, &got, &err), -1);
	assert_non_null(strstr(err.text, "status 3"));
	bytes_free(&got);
}

/* Half of what it had to say is no answer. */
static void
a_branch_lost_while_it_talks_is_an_error(void **state)
{
	struct bytes got = { 0 };
	struct branch b;

	(void)state;
	if (start(&b) == 1) {
		if (write(b.fd, "half", 4) == 4)
			(void)raise(SIGKILL);
		_exit(0);
	}
	assert_int_equal(branch_join(&b, &got, &err), -1);
	bytes_free(&got);
}

/* It is killed while it waits: telling it does not kill us. */
static void
a_waiting_branch_that_is_lost_is_an_error(void **state)
{
	struct bytes got = { 0 };
	struct branch b;
	siginfo_t info;

	(void)state;
	if (branch_start_later(&b, &err) == 1) {
		branch_wait(&b);
		leave_with(&b, "");
	}
	assert_int_equal(kill((pid_t)b.pid, SIGKILL), 0);
	assert_int_equal(waitid(P_PID, (id_t)b.pid, &info, WEXITED | WNOWAIT),
	    0);
	branch_go(&b);
	assert_int_equal(branch_join(&b, &got, &err), -1);
	assert_non_null(strstr(err.text, "signal 9"));
	bytes_free(&got);
}

/* A fault of our own is one wherever it happens. */
static void
a_check_that_fails_ends_all_with_its_status(void **state)
{
	struct branch outer, inner;
	struct bytes got = { 0 };
	int status;
	pid_t pid;

	(void)state;
	fflush(stdout);
	fflush(stderr);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (freopen("/dev/null", "w", stderr) == NULL)
			_exit(1);
		if (branch_start(&outer, &err) == 1) {
			if (branch_start(&inner, &err) == 1)
				CHECK(inner.pid != 0);
			(void)branch_join(&inner, &got, &err);
			_exit(1);
		}
		(void)branch_join(&outer, &got, &err);
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 4);
}

/* What is buffered is written once, by whoever was about to. */
static void
what_was_printed_is_printed_once(void **state)
{
	struct branch b;
	int status, fds[2];
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(fds), 0);
	fflush(stdout);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (dup2(fds[1], 1) < 0)
			_exit(1);
		printf("once");
		if (branch_start(&b, &err) == 1) {
			fflush(stdout);
			leave_with(&b, "");
		}
		(void)branch_join(&b, &(struct bytes){ 0 }, &err);
		fflush(stdout);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(written(fds[0]), 4);
	close(fds[0]);
	close(fds[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_branch_changes_nothing_here),
		cmocka_unit_test(what_it_leaves_with_is_added),
		cmocka_unit_test(much_comes_back),
		cmocka_unit_test(branches_have_branches),
		cmocka_unit_test(a_later_branch_waits_to_be_told),
		cmocka_unit_test(a_branch_that_is_never_to_wait_does_not),
		cmocka_unit_test(a_branch_that_nobody_tells_ends),
		cmocka_unit_test(a_lost_branch_is_an_error),
		cmocka_unit_test(a_branch_lost_while_it_talks_is_an_error),
		cmocka_unit_test(a_waiting_branch_that_is_lost_is_an_error),
		cmocka_unit_test(a_check_that_fails_ends_all_with_its_status),
		cmocka_unit_test(what_was_printed_is_printed_once),
	};

	return cmocka_run_group_tests_name("branch", tests, set_up, NULL);
}
