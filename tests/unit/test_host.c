/*
 * test_host.c: what sim/base/host.h says of files, processes, modules, memory
 * and fibers holds on this system.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "bytes.h"
#include "check.h"
#include "error.h"
#include "host.h"

static char *scratch;		/* one directory for all tests */

static int
scratch_create(void **state)
{
	(void)state;
	scratch = host_temp_dir_create(NULL, "viotape-test", NULL);
	return scratch != NULL ? 0 : -1;
}

static int
scratch_remove(void **state)
{
	int ret = host_tree_remove(scratch, NULL);

	(void)state;
	check_free(scratch);
	return ret;
}

/* --- files --- */

static void
a_file_written_is_read_back_and_leaves_nothing_else(void **state)
{
	char *dir = host_path_join(scratch, "a/b/c");
	char *file = host_path_join(dir, "f");
	struct host_names names;
	struct bytes b = {0};

	(void)state;
	assert_int_equal(host_mkdir_p(dir, NULL), 0);
	assert_int_equal(host_mkdir_p(dir, NULL), 0);
	assert_int_equal(host_file_write_atomic(file, "old", 3, NULL), 0);
	assert_int_equal(host_file_write_atomic(file, "news", 4, NULL), 0);
	assert_int_equal(host_file_read(file, &b, 4, NULL), 0);
	assert_int_equal(b.len, 4);
	assert_memory_equal(b.data, "news", 4);
	assert_int_equal(host_tree_list(scratch, 1, &names, NULL), 0);
	assert_int_equal(names.n, 1);
	assert_string_equal(names.names[0], "a/b/c/f");
	host_names_free(&names);
	bytes_free(&b);
	check_free(file);
	check_free(dir);
}

static void
a_stamp_tells_another_file_of_the_same_name_and_size(void **state)
{
	char *file = host_path_join(scratch, "stamped");
	struct host_stamp none, one, again, other;

	(void)state;
	none = host_file_stamp(file);
	assert_true(none.inode == 0);
	assert_int_equal(host_file_write_atomic(file, "old", 3, NULL), 0);
	one = host_file_stamp(file);
	again = host_file_stamp(file);
	assert_true(one.inode != 0 && one.size == 3);
	assert_true(host_stamp_same(&one, &again));
	assert_false(host_stamp_same(&one, &none));
	assert_int_equal(host_file_write_atomic(file, "new", 3, NULL), 0);
	other = host_file_stamp(file);
	assert_false(host_stamp_same(&one, &other));
	/* It has a time, and finer than a second or not at all. */
	assert_true(other.written_s > 0 && other.written_ns >= 0 &&
	    other.written_ns < 1000000000);
	assert_int_equal(unlink(file), 0);
	check_free(file);
}

static void
a_file_over_the_limit_or_a_directory_is_refused(void **state)
{
	char *file = host_path_join(scratch, "five");
	struct bytes b = {0};
	struct error err;

	(void)state;
	assert_int_equal(host_file_write_atomic(file, "12345", 5, NULL), 0);
	assert_int_equal(host_file_read(file, &b, 4, &err), -1);
	assert_int_equal(err.code, ERROR_LIMIT);
	assert_int_equal(host_file_read(scratch, &b, 4, &err), -1);
	assert_int_equal(err.code, ERROR_INPUT);
	assert_int_equal(b.len, 0);
	bytes_free(&b);
	check_free(file);
}

static void
a_write_that_fails_leaves_the_old_file_and_no_temporary_one(void **state)
{
	char *dir = host_path_join(scratch, "target");
	struct host_names names;
	struct error err;

	(void)state;
	/* A directory cannot be replaced by a file: rename(2) fails. */
	assert_int_equal(host_mkdir_p(dir, NULL), 0);
	assert_int_equal(host_file_write_atomic(dir, "x", 1, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_true(host_is_directory(dir));
	assert_int_equal(host_tree_list(scratch, 0, &names, NULL), 0);
	for (size_t i = 0; i < names.n; i++)
		assert_null(strstr(names.names[i], "target"));
	host_names_free(&names);
	check_free(dir);
}

/* --- processes --- */

static void
output_and_status_of_a_program_are_had(void **state)
{
	const char *argv[] = { "sh", "-c", "echo out; echo err >&2; exit 5",
	    NULL };
	struct bytes out = {0};
	int status = -1;

	(void)state;
	assert_int_equal(host_spawn_wait(argv, &out, &status, NULL), 0);
	assert_int_equal(status, 5);
	assert_int_equal(out.len, 8);
	assert_memory_equal(out.data, "out\nerr\n", 8);
	bytes_free(&out);
}

static void
a_signal_is_128_and_more_and_a_missing_program_an_error(void **state)
{
	const char *killed[] = { "sh", "-c", "kill -9 $$", NULL };
	const char *missing[] = { "viotape-no-such-program", NULL };
	struct error err;
	int status = -1;

	(void)state;
	assert_int_equal(host_spawn_wait(killed, NULL, &status, NULL), 0);
	assert_int_equal(status, 128 + 9);
	assert_int_equal(host_spawn_wait(missing, NULL, &status, &err), -1);
	assert_non_null(strstr(err.text, "viotape-no-such-program"));
}

static void
output_beyond_the_limit_is_dropped_and_the_program_ends(void **state)
{
	const char *argv[] = { "sh", "-c",
	    "head -c 9000000 /dev/zero; exit 0", NULL };
	struct host_job job = { .argv = argv };

	(void)state;
	assert_int_equal(host_spawn_jobs(&job, 1, 1, NULL), 0);
	assert_int_equal(job.status, 0);
	assert_int_equal(job.output.len, HOST_OUTPUT_MAX);
	assert_int_equal(job.output_cut, 1);
	bytes_free(&job.output);
}

static void
after_a_ctrl_c_no_more_jobs_are_begun(void **state)
{
	static const char *const dies[] = { "sh", "-c", "kill -INT $$",
	    NULL };
	static const char *const runs[] = { "sh", "-c", "echo ran", NULL };
	struct host_job jobs[] = { { .argv = runs }, { .argv = dies },
	    { .argv = runs } };

	(void)state;
	assert_int_equal(host_spawn_jobs(jobs, 3, 1, NULL), 0);
	assert_int_equal(jobs[0].status, 0);
	assert_int_equal(jobs[0].output.len, 4);
	assert_int_equal(jobs[1].status, 128 + SIGINT);
	assert_int_equal(jobs[2].status, 128 + SIGINT);
	assert_int_equal(jobs[2].output.len, 0);
	bytes_free(&jobs[0].output);
}

static void
jobs_keep_their_own_output_and_status(void **state)
{
	static const char *const text[6][4] = {
		{ "sh", "-c", "echo 0; exit 0", NULL },
		{ "sh", "-c", "echo 1; exit 1", NULL },
		{ "sh", "-c", "echo 2; exit 2", NULL },
		{ "viotape-no-such-program", NULL, NULL, NULL },
		{ "sh", "-c", "echo 4; exit 4", NULL },
		{ "sh", "-c", "echo 5; exit 5", NULL },
	};
	struct host_job jobs[6];

	(void)state;
	memset(jobs, 0, sizeof jobs);
	for (int i = 0; i < 6; i++)
		jobs[i].argv = text[i];
	assert_int_equal(host_spawn_jobs(jobs, 6, 2, NULL), 0);
	for (int i = 0; i < 6; i++) {
		if (i == 3) {
			assert_int_equal(jobs[i].status, 127);
		} else {
			assert_int_equal(jobs[i].status, i);
			assert_int_equal(jobs[i].output.data[0], '0' + i);
		}
		bytes_free(&jobs[i].output);
	}
}

/* Two at once: neither may hold the other's pipe, or its end is not seen. */
static void
a_program_inherits_no_pipe_of_ours_and_no_input(void **state)
{
	static const char *const argv[] = { "sh", "-c", "cat; for n in 3 4 5 6 "
	    "7 8 9; do (eval \"true >&$n\") 2>/dev/null && printf $n; done; "
	    "exit 0", NULL };
	struct host_job jobs[2] = { { .argv = argv }, { .argv = argv } };

	(void)state;
	assert_int_equal(host_spawn_jobs(jobs, 2, 2, NULL), 0);
	for (int i = 0; i < 2; i++) {
		/* What was open for us before we began is not ours. */
		for (size_t k = 0; k < jobs[i].output.len; k++) {
			int flags = fcntl(jobs[i].output.data[k] - '0', F_GETFD);

			assert_int_not_equal(flags, -1);
			assert_int_equal(flags & FD_CLOEXEC, 0);
		}
		assert_int_equal(jobs[i].status, 0);
		bytes_free(&jobs[i].output);
	}
}

/* --- modules --- */

static const char module_source[] =
    "int initialised = 7;\n"
    "static int zeroed[5000];\n"
    "static const int constant[2000] = { 1 };\n"
    "int *const relocated = &initialised;\n"
    "int *at_data(void) { return &initialised; }\n"
    "int *at_bss(void) { return &zeroed[4999]; }\n"
    "const int *at_constant(void) { return &constant[1999]; }\n"
    "int *const *at_relocated(void) { return &relocated; }\n";

struct addresses {
	uintptr_t wanted;
	int found;
	size_t total;
};

static void
range_look(void *arg, void *start, size_t len)
{
	struct addresses *a = arg;
	uintptr_t s = (uintptr_t)start;
	volatile unsigned char *p = start;

	a->found |= a->wanted >= s && a->wanted < s + len;
	a->total += len;
	/* It really may be written: the first and the last byte. */
	p[0] = p[0];
	p[len - 1] = p[len - 1];
}

static int
is_writable(struct host_module *m, const char *function)
{
	struct addresses a = {0};
	void *(*at)(void);
	void *symbol = host_module_symbol(m, function);

	assert_non_null(symbol);
	memcpy(&at, &symbol, sizeof at);
	a.wanted = (uintptr_t)at();
	assert_int_equal(host_module_writable_ranges(m, range_look, &a, NULL),
	    0);
	assert_true(a.total > 0 && a.total < 1u << 20);
	return a.found;
}

static void
the_writable_ranges_of_a_module_are_its_data_and_bss(void **state)
{
	char *source = host_path_join(scratch, "module.c");
	char *object = host_path_join(scratch, "module.so");
	const char *cc = getenv("CC") != NULL ? getenv("CC") : "cc";
	const char *argv[] = { cc, "-shared", "-fPIC", "-o", object, source,
	    NULL };
	struct host_module *m;
	int status;

	(void)state;
	assert_int_equal(host_file_write_atomic(source, module_source,
	    sizeof module_source - 1, NULL), 0);
	assert_int_equal(host_spawn_wait(argv, NULL, &status, NULL), 0);
	assert_int_equal(status, 0);
	m = host_module_open(object, NULL);
	assert_non_null(m);
	assert_int_equal(is_writable(m, "at_data"), 1);
	assert_int_equal(is_writable(m, "at_bss"), 1);
	assert_int_equal(is_writable(m, "at_constant"), 0);
	assert_int_equal(is_writable(m, "at_relocated"), 0);
	assert_null(host_module_symbol(m, "no_such_symbol"));
	assert_string_equal(host_symbol_name(host_module_symbol(m, "at_data")),
	    "at_data");
	host_module_close(m);
	check_free(object);
	check_free(source);
}

static void
a_module_that_is_none_is_an_error(void **state)
{
	struct error err;

	(void)state;
	assert_null(host_module_open("/nonexistent.so", &err));
	assert_int_equal(err.code, ERROR_BUILD);
}

/* --- memory --- */

static void
a_mapping_is_where_it_was_asked_and_never_over_another(void **state)
{
	void *want = (void *)(uintptr_t)0x200000000000;
	size_t size = 64u << 20;
	struct error err;
	unsigned char *p = want;

	(void)state;
	assert_int_equal(host_map_fixed(want, size, &err), 0);
	p[0] = 1;
	p[size - 1] = 2;
	assert_int_equal(host_map_fixed(p + host_page_size(), size, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_int_equal(p[size - 1], 2);
	host_unmap(want, size);
	assert_int_equal(host_map_fixed(want, size, &err), 0);
	assert_int_equal(p[0], 0);
	host_unmap(want, size);
}

/* Where there are twins: stored to by the one, it is there by the other. */
static void
a_twin_is_stored_to_past_protection_and_is_no_childs(void **state)
{
	size_t page = host_page_size(), size = 4 * page;
	unsigned char *p = host_map(size, NULL), *twin;
	int status;
	pid_t pid;

	(void)state;
	assert_non_null(p);
	p[1] = 1;
	twin = host_twin(p, size, 2);
	if (twin == NULL) {
		host_unmap(p, size);
		return;
	}
	assert_int_equal(p[1], 1);
	assert_int_equal(host_protect(p, size, HOST_READ, NULL), 0);
	twin[page] = 3;
	assert_int_equal(p[page], 3);
	assert_int_equal(host_protect(p, size, HOST_READ | HOST_WRITE, NULL),
	    0);
	host_untwin(twin, size);
	pid = fork();
	if (pid == 0) {
		p[page] = 4;
		_exit(p[1]);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
	assert_int_equal(p[page], 3);
	/* It may have one again. */
	twin = host_twin(p, size, size);
	assert_non_null(twin);
	twin[2 * page] = 5;
	assert_int_equal(p[page], 3);
	assert_int_equal(p[2 * page], 5);
	host_untwin(twin, size);
	host_unmap(p, size);
}

/* --- fibers --- */

#define STACK_SIZE (256u << 10)

static struct host_fiber *self, *fibers[2];
static char order[32];
static size_t order_len;

static void
fiber_body(void *arg)
{
	int me = *(int *)arg;
	/* On the stack, to be seen whole after every switch. */
	char local[1000];

	memset(local, 'a' + me, sizeof local);
	for (int i = 0; i < 3; i++) {
		order[order_len++] = local[999];
		host_fiber_switch(fibers[me], me == 0 ? fibers[1] : self);
	}
	order[order_len++] = '.';
	host_fiber_leave(fibers[me], self);
}

static void
fibers_run_in_the_order_they_are_switched(void **state)
{
	static int number[2] = { 0, 1 };
	unsigned char *stacks = host_map(2 * STACK_SIZE, NULL);

	(void)state;
	assert_non_null(stacks);
	self = host_fiber_create_self();
	/* Twice on the same stacks; the second time left in the middle. */
	for (int round = 0; round < 2; round++) {
		order_len = 0;
		memset(order, 0, sizeof order);
		for (int i = 0; i < 2; i++)
			fibers[i] = host_fiber_create(stacks + i * STACK_SIZE,
			    STACK_SIZE, fiber_body, &number[i]);
		for (int i = 0; i < (round == 0 ? 3 : 1); i++)
			host_fiber_switch(self, fibers[0]);
		if (round == 0) {
			host_fiber_switch(self, fibers[0]);
			host_fiber_switch(self, fibers[1]);
		}
		assert_string_equal(order, round == 0 ? "ababab.." : "ab");
		host_fiber_destroy(fibers[0]);
		host_fiber_destroy(fibers[1]);
	}
	/* What AddressSanitizer marked in the middle of them is undone. */
	memset(stacks, 0, 2 * STACK_SIZE);
	host_fiber_destroy(self);
	host_unmap(stacks, 2 * STACK_SIZE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    a_stamp_tells_another_file_of_the_same_name_and_size),
		cmocka_unit_test(
		    a_file_written_is_read_back_and_leaves_nothing_else),
		cmocka_unit_test(
		    a_file_over_the_limit_or_a_directory_is_refused),
		cmocka_unit_test(
		    a_write_that_fails_leaves_the_old_file_and_no_temporary_one),
		cmocka_unit_test(output_and_status_of_a_program_are_had),
		cmocka_unit_test(
		    a_signal_is_128_and_more_and_a_missing_program_an_error),
		cmocka_unit_test(
		    output_beyond_the_limit_is_dropped_and_the_program_ends),
		cmocka_unit_test(jobs_keep_their_own_output_and_status),
		cmocka_unit_test(after_a_ctrl_c_no_more_jobs_are_begun),
		cmocka_unit_test(
		    a_program_inherits_no_pipe_of_ours_and_no_input),
		cmocka_unit_test(
		    the_writable_ranges_of_a_module_are_its_data_and_bss),
		cmocka_unit_test(a_module_that_is_none_is_an_error),
		cmocka_unit_test(
		    a_mapping_is_where_it_was_asked_and_never_over_another),
		cmocka_unit_test(
		    a_twin_is_stored_to_past_protection_and_is_no_childs),
		cmocka_unit_test(fibers_run_in_the_order_they_are_switched),
	};

	return cmocka_run_group_tests(tests, scratch_create, scratch_remove);
}
