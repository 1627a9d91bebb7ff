/*
 * test_workers.c: many pieces of work by several processes: the results come
 * in order, the same for any number of processes, and a worker that is lost is
 * told.
 */
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "workers.h"

#define PIECES	23u

struct job {
	size_t next;			/* the piece that is to come */
	struct digest sum;
	size_t fatal;			/* this piece kills its worker */
	int how;			/* by signal 9, or with this status */
	size_t refuse;			/* take says no to this one */
};

static void
work(void *self, size_t i, struct bytes *out)
{
	const struct job *j = self;

	if (i == j->fatal && j->how == 9)
		(void)kill(getpid(), SIGKILL);
	if (i == j->fatal)
		_exit(j->how);
	/* Of all sizes: none, and more than a pipe holds. */
	for (size_t n = 0; n < i * i * 400; n++)
		bytes_add_le(out, i + n, 1);
}

static int
take(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	struct job *j = self;

	assert_int_equal(i, j->next);
	j->next++;
	assert_int_equal(in->end - in->p, i * i * 400);
	digest_add(&j->sum, in->p, (size_t)(in->end - in->p));
	if (i == j->refuse)
		return error_set(err, ERROR_INPUT, "no more");
	return 0;
}

static int
run(struct job *j, unsigned count, uint8_t sum[DIGEST_SIZE], struct error *err)
{
	int ret;

	error_clear(err);
	digest_init(&j->sum);
	ret = workers_run(PIECES, count, work, take, j, err);
	digest_final(&j->sum, sum);
	return ret;
}

static void
any_number_of_workers_gives_the_same_in_order(void **state)
{
	static const unsigned counts[] = { 2, 3, 7, PIECES, 1000 };
	uint8_t alone[DIGEST_SIZE], sum[DIGEST_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(run(&(struct job){ .fatal = PIECES,
	    .refuse = PIECES }, 1, alone, &err), 0);
	for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		struct job j = { .fatal = PIECES, .refuse = PIECES };

		assert_int_equal(run(&j, counts[i], sum, &err), 0);
		assert_int_equal(j.next, PIECES);
		assert_memory_equal(sum, alone, DIGEST_SIZE);
	}
}

static void
a_worker_that_is_lost_is_told(void **state)
{
	struct job killed = { .fatal = 5, .how = 9, .refuse = PIECES };
	struct job ended = { .fatal = 6, .how = 3, .refuse = PIECES };
	uint8_t sum[DIGEST_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(run(&killed, 2, sum, &err), -1);
	assert_int_equal(err.code, ERROR_SYSTEM);
	assert_non_null(strstr(err.text, "piece 5"));
	assert_non_null(strstr(err.text, "signal 9"));
	assert_int_equal(killed.next, 5);
	assert_int_equal(run(&ended, 2, sum, &err), -1);
	assert_non_null(strstr(err.text, "status 3"));
}

static void
who_takes_may_end_it(void **state)
{
	struct job j = { .fatal = PIECES, .refuse = 4 };
	uint8_t sum[DIGEST_SIZE];
	struct error err;

	(void)state;
	assert_int_equal(run(&j, 3, sum, &err), -1);
	assert_string_equal(err.text, "no more");
	assert_int_equal(j.next, 5);
}

/* How many pieces this process has done. */
static void
work_counted(void *self, size_t i, struct bytes *out)
{
	static unsigned done;

	(void)self;
	(void)i;
	bytes_add_le(out, ++done, 1);
}

static int
take_count(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	unsigned *most = self, done = (unsigned)bytes_reader_le(in, 1);

	(void)i;
	(void)err;
	if (done > *most)
		*most = done;
	return 0;
}

static void
apart_a_piece_knows_nothing_of_those_before(void **state)
{
	struct error err;

	(void)state;
	for (unsigned count = 1; count < 4; count++) {
		unsigned most = 0;

		assert_int_equal(workers_run(PIECES, 2, work_counted,
		    take_count, &most, &err), 0);
		assert_true(most > 1);
		most = 0;
		assert_int_equal(workers_run_apart(PIECES, count, work_counted,
		    take_count, &most, &err), 0);
		assert_int_equal(most, 1);
	}
}

static void
a_piece_apart_that_is_lost_is_told(void **state)
{
	struct job j = { .fatal = 5, .how = 3, .refuse = PIECES };
	struct error err;

	(void)state;
	for (unsigned count = 1; count < 3; count++) {
		j.next = 0;
		error_clear(&err);
		digest_init(&j.sum);
		assert_int_equal(workers_run_apart(PIECES, count, work, take,
		    &j, &err), -1);
		assert_non_null(strstr(err.text, "piece 5"));
		assert_non_null(strstr(err.text, "status 3"));
		assert_int_equal(j.next, 5);
	}
}

/* The first piece is not done before all the others are. */
static void
work_first_last(void *self, size_t i, struct bytes *out)
{
	atomic_uint *done = self;
	unsigned patience = 100000000;

	while (i == 0 && atomic_load(done) != PIECES - 1 && --patience > 0)
		(void)sched_yield();
	if (i != 0)
		atomic_fetch_add(done, 1);
	bytes_add_le(out, patience != 0, 1);
}

static int
take_done(void *self, size_t i, struct bytes_reader *in, struct error *err)
{
	(void)self;
	(void)i;
	(void)err;
	assert_int_equal(bytes_reader_le(in, 1), 1);
	return 0;
}

static void
apart_nobody_waits_for_a_piece_that_is_slow(void **state)
{
	struct error err;
	atomic_uint *done = host_map_shared(host_page_size(), &err);

	(void)state;
	assert_non_null(done);
	assert_int_equal(workers_run_apart(PIECES, 2, work_first_last,
	    take_done, done, &err), 0);
	assert_int_equal(atomic_load(done), PIECES - 1);
	host_unmap(done, host_page_size());
}

static void
no_work_is_no_error(void **state)
{
	struct error err;

	(void)state;
	assert_int_equal(workers_run(0, 4, work, take, NULL, &err), 0);
	assert_int_equal(workers_run_apart(0, 4, work, take, NULL, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_number_of_workers_gives_the_same_in_order),
		cmocka_unit_test(a_worker_that_is_lost_is_told),
		cmocka_unit_test(who_takes_may_end_it),
		cmocka_unit_test(apart_a_piece_knows_nothing_of_those_before),
		cmocka_unit_test(a_piece_apart_that_is_lost_is_told),
		cmocka_unit_test(apart_nobody_waits_for_a_piece_that_is_slow),
		cmocka_unit_test(no_work_is_no_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
