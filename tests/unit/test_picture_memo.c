/* test_picture_memo.c: a picture's digest is the same, known or not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "check.h"
#include "picture_memo.h"

#define SIZE	4096u

static void
assert_hash(struct picture_memo *m, const uint8_t *p, size_t n)
{
	uint8_t wanted[DIGEST_SIZE], got[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_add(&d, p, n);
	digest_final(&d, wanted);
	memset(got, 0, sizeof got);
	picture_memo_hash(m, p, n, got);
	assert_memory_equal(got, wanted, DIGEST_SIZE);
}

static void
every_picture_has_its_own_digest(void **state)
{
	struct picture_memo *m = picture_memo_create();
	uint8_t p[SIZE];

	(void)state;
	memset(p, 0, sizeof p);
	/* More than are kept, twice; any byte makes another picture. */
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 2 * PICTURE_MEMO_MAX; i++) {
			p[i * 31 % SIZE] ^= (uint8_t)(i + 1);
			assert_hash(m, p, SIZE);
			assert_hash(m, p, SIZE);
			assert_hash(m, p, SIZE - 1);
			assert_hash(m, p, 0);
			p[i * 31 % SIZE] ^= (uint8_t)(i + 1);
		}
	assert_hash(NULL, p, SIZE);
	picture_memo_free(m);
	picture_memo_free(NULL);
}

static void
the_pictures_are_copies(void **state)
{
	struct picture_memo *m = picture_memo_create();
	uint8_t p[SIZE];

	(void)state;
	memset(p, 1, sizeof p);
	assert_hash(m, p, SIZE);
	memset(p, 2, sizeof p);
	assert_hash(m, p, SIZE);
	picture_memo_free(m);
}

static void
large_ones_push_out_older_ones(void **state)
{
	size_t n = PICTURE_MEMO_BYTES_MAX / 4;
	struct picture_memo *m = picture_memo_create();
	uint8_t *p = check_calloc(1, n);

	(void)state;
	for (unsigned i = 0; i < 6; i++) {
		p[n - 1] = (uint8_t)i;
		assert_hash(m, p, n);
	}
	p[n - 1] = 0;
	assert_hash(m, p, n);
	picture_memo_free(m);
	check_free(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_picture_has_its_own_digest),
		cmocka_unit_test(the_pictures_are_copies),
		cmocka_unit_test(large_ones_push_out_older_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
