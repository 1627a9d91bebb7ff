/*
 * test_qemu_process.c: what stands under QEMU as a host and needs none to be
 * tested: the watched process, lines over a socket, the little JSON.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bytes.h"
#include "check.h"
#include "error.h"
#include "qemu_json.h"
#include "qemu_line.h"
#include "qemu_process.h"

#define GONE_WAIT_MS		10000

static void
sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* Whether a process that is no child of ours is gone within the time. */
static int
process_gone(long pid)
{
	int i;

	for (i = 0; i < GONE_WAIT_MS / 20; i++) {
		if (kill((pid_t)pid, 0) == -1 && errno == ESRCH)
			return 1;
		sleep_ms(20);
	}
	return 0;
}

static void
json_finds_members_and_reads_strings(void **state)
{
	struct qemu_json j = qemu_json_of("{\"a\": {\"b\": [1, \"}\\\"\", {}]},"
	    " \"n\":42, \"b\" : \"x\\u00e9\\ud83d\\ude00\\n\"}"), v, e;
	struct bytes b = {0};
	uint64_t n;

	(void)state;
	assert_true(qemu_json_member(j, "n", &v));
	assert_true(qemu_json_number(v, &n));
	assert_int_equal(n, 42);
	assert_true(qemu_json_member(j, "b", &v));	/* not the inner one */
	assert_true(qemu_json_string(v, &b));
	assert_string_equal((char *)b.data, "x\xc3\xa9\xf0\x9f\x98\x80\n");
	assert_false(qemu_json_member(j, "c", &v));
	assert_true(qemu_json_member(j, "a", &v));
	assert_true(qemu_json_member(v, "b", &v));
	assert_true(qemu_json_next(&v, &e) && e.len == 1);
	assert_true(qemu_json_next(&v, &e) && e.len == 5);
	assert_true(qemu_json_next(&v, &e) && e.len == 2);
	assert_false(qemu_json_next(&v, &e));
	bytes_clear(&b);
	qemu_json_add_string(&b, "a\"\\\n");
	assert_int_equal(b.len, 13);
	assert_memory_equal(b.data, "\"a\\\"\\\\\\u000a\"", 13);
	bytes_free(&b);
}

static void
json_that_is_none_finds_nothing(void **state)
{
	static const char *const bad[] = {
		"", "{", "{\"", "{\"a", "{\"a\"", "{\"a\":", "{\"a\":[", "]",
		"{\"a\":\"\\", "{\"a\":[1}", "[1", "{:1}", "{\"b\":1 \"a\":2}"
	};
	struct qemu_json v;
	struct bytes b = {0};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		/* On the heap, without a NUL, for the sanitizer to see. */
		size_t len = strlen(bad[i]);
		char *text = malloc(len + 1);
		struct qemu_json j = { text, len };

		memcpy(text, bad[i], len);
		if (qemu_json_member(j, "a", &v))
			assert_string_equal(bad[i], "{\"a\":[1}");
		check_free(text);
	}
	for (i = 0; i < 2; i++) {	/* as deep as allowed; and deeper */
		size_t depth = QEMU_JSON_DEPTH_MAX + i, n;

		bytes_clear(&b);
		bytes_printf(&b, "{\"b\":");
		for (n = 0; n < depth; n++)
			bytes_printf(&b, "[");
		for (n = 0; n < depth; n++)
			bytes_printf(&b, "]");
		bytes_printf(&b, ",\"a\":1}");
		assert_int_equal(qemu_json_member(qemu_json_of((char *)b.data),
		    "a", &v), i == 0);
	}
	assert_false(qemu_json_string(qemu_json_of("\"\\ud800x\""), &b));
	assert_false(qemu_json_string(qemu_json_of("\"\\u12\""), &b));
	assert_false(qemu_json_string(qemu_json_of("12"), &b));
	bytes_free(&b);
}

static void
a_closed_or_silent_other_end_is_told_without_a_signal(void **state)
{
	struct qemu_line l;
	struct error err;
	char *line;
	int pair[2];

	(void)state;
	assert_int_equal(qemu_fd_socketpair(pair, &err), 0);
	qemu_line_open(&l, pair[0]);
	assert_int_equal(qemu_line_receive(&l, &line, qemu_deadline(20)),
	    QEMU_LINE_LATE);
	assert_int_equal(write(pair[1], "one\r\ntwo\nthr", 12), 12);
	assert_int_equal(qemu_line_receive(&l, &line, qemu_deadline(1000)),
	    QEMU_LINE_OK);
	assert_string_equal(line, "one");
	assert_int_equal(qemu_line_receive(&l, &line, qemu_deadline(1000)),
	    QEMU_LINE_OK);
	assert_string_equal(line, "two");
	assert_int_equal(qemu_line_receive(&l, &line, qemu_deadline(0)),
	    QEMU_LINE_LATE);
	close(pair[1]);
	assert_int_equal(qemu_line_receive(&l, &line, qemu_deadline(1000)),
	    QEMU_LINE_CLOSED);
	/* SIGPIPE has its default action here: it would end the test. */
	assert_int_equal(qemu_line_send(&l, "x\n", 2, qemu_deadline(1000)),
	    QEMU_LINE_CLOSED);
	qemu_line_close(&l);
}

static struct qemu_process *
start_shell(const char *script, char **folder)
{
	char *argv[] = { (char *)"sh", (char *)"-c", (char *)script, NULL };
	struct qemu_process_config cfg = { .program = "/bin/sh", .argv = argv };
	struct error err = { ERROR_NONE, "" };
	struct qemu_process *p;

	assert_int_equal(qemu_folder_make(0, folder, &err), 0);
	cfg.folder = *folder;
	p = qemu_process_start(&cfg, &err);
	if (p == NULL)
		fail_msg("%s", err.text);
	return p;
}

static void
a_death_is_told_with_status_and_last_words(void **state)
{
	struct error err = { ERROR_NONE, "" };
	struct qemu_process *p;
	struct stat st;
	char *folder;

	(void)state;
	p = start_shell("echo first >&2; echo 'last one' >&2; exit 3", &folder);
	assert_int_equal(qemu_process_dead(p, 10000, &err), -1);
	assert_int_equal(err.code, ERROR_HOST);
	assert_string_equal(err.text,
	    "QEMU ended with exit status 3; it last said: last one");
	assert_int_equal(qemu_process_dead(p, 0, &err), -1);
	assert_false(qemu_process_succeeded(p));
	qemu_process_stop(p, 1000);
	assert_int_equal(stat(folder, &st), -1);
	check_free(folder);
	p = start_shell("kill -ABRT $$", &folder);
	assert_int_equal(qemu_process_dead(p, 10000, &err), -1);
	assert_string_equal(err.text,
	    "QEMU died of signal 6 (SIGABRT); it said nothing");
	qemu_process_stop(p, 1000);
	check_free(folder);
}

static void
a_program_that_cannot_be_run_is_told(void **state)
{
	char *argv[] = { (char *)"x", NULL }, *folder;
	struct qemu_process_config cfg = { .program = "/dev/null",
	    .argv = argv };
	struct error err = { ERROR_NONE, "" };
	struct qemu_process *p;

	(void)state;
	assert_int_equal(qemu_folder_make(0, &folder, &err), 0);
	cfg.folder = folder;
	p = qemu_process_start(&cfg, &err);
	assert_non_null(p);
	assert_int_equal(qemu_process_dead(p, 10000, &err), -1);
	assert_non_null(strstr(err.text, "/dev/null: cannot be run: "));
	qemu_process_stop(p, 0);
	check_free(folder);
}

static void
a_process_that_does_not_end_is_killed(void **state)
{
	struct qemu_process *p;
	char *folder;
	long pid;

	(void)state;
	p = start_shell("trap '' TERM INT HUP; while :; do sleep 1; done",
	    &folder);
	pid = qemu_process_pid(p);
	assert_int_equal(kill((pid_t)pid, 0), 0);
	assert_int_equal(qemu_process_dead(p, 0, NULL), 0);
	qemu_process_stop(p, 100);
	assert_true(kill((pid_t)pid, 0) == -1 && errno == ESRCH);
	check_free(folder);
}

static void
a_childs_copy_of_the_recorders_descriptors_saves_nothing(void **state)
{
	int pair[2], i;
	long pids[2] = { 0, 0 };
	pid_t recorder;
	char *folder;

	(void)state;
	assert_int_equal(pipe(pair), 0);
	recorder = fork();
	if (recorder == 0) {
		struct qemu_process *p = start_shell("exec sleep 600", &folder);

		pids[0] = qemu_process_pid(p);
		pids[1] = fork();
		if (pids[1] == 0) {
			sleep(60);
			_exit(0);
		}
		if (write(pair[1], pids, sizeof pids) != sizeof pids)
			_exit(1);
		for (;;)
			pause();
	}
	close(pair[1]);
	assert_int_equal(read(pair[0], pids, sizeof pids), sizeof pids);
	close(pair[0]);
	kill(recorder, SIGKILL);
	while (waitpid(recorder, &i, 0) == -1 && errno == EINTR)
		;
	assert_int_equal(kill((pid_t)pids[1], 0), 0);
	i = process_gone(pids[0]);
	kill((pid_t)pids[1], SIGKILL);
	assert_true(i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(json_finds_members_and_reads_strings),
		cmocka_unit_test(json_that_is_none_finds_nothing),
		cmocka_unit_test(
		    a_closed_or_silent_other_end_is_told_without_a_signal),
		cmocka_unit_test(a_death_is_told_with_status_and_last_words),
		cmocka_unit_test(a_program_that_cannot_be_run_is_told),
		cmocka_unit_test(a_process_that_does_not_end_is_killed),
		cmocka_unit_test(
		    a_childs_copy_of_the_recorders_descriptors_saves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
