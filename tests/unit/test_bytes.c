/*
 * test_bytes.c: bytes that are renewed: all that differ arrive, those that are
 * the same are not written, and whether any differed is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "bytes.h"
#include "host.h"

#define PAGES		4u

static void
one_other_byte_is_enough(void **state)
{
	static uint8_t to[3 * 4096 + 7], from[sizeof to];

	(void)state;
	assert_int_equal(bytes_renew(to, from, 0), 0);
	assert_int_equal(bytes_renew(to, from, sizeof to), 0);
	for (size_t i = 0; i < sizeof from; i += 511) {
		from[i] = (uint8_t)(1 + i % 255);
		assert_int_equal(bytes_renew(to, from, sizeof to), 1);
		assert_memory_equal(to, from, sizeof to);
		assert_int_equal(bytes_renew(to, from, sizeof to), 0);
	}
	from[sizeof from - 1] ^= 0xff;
	assert_int_equal(bytes_renew(to + 1, from + 1, sizeof to - 2), 0);
	assert_int_equal(bytes_renew(to + 1, from + 1, sizeof to - 1), 1);
	assert_memory_equal(to, from, sizeof to);
}

/* Memory that must not be written is not, where nothing is to be. */
static void
what_is_the_same_is_not_written(void **state)
{
	size_t page = host_page_size(), n = PAGES * page;
	static const uint8_t zeros[PAGES * 65536];
	struct error err;
	uint8_t *to;

	(void)state;
	error_clear(&err);
	assert_true(n <= sizeof zeros);
	to = host_map(n, &err);
	assert_non_null(to);
	to[3 * page] = 7;
	assert_int_equal(host_protect(to, 3 * page, HOST_READ, &err), 0);
	assert_int_equal(bytes_renew(to, zeros, n), 1);
	assert_memory_equal(to, zeros, n);
	assert_int_equal(host_protect(to, n, HOST_READ, &err), 0);
	assert_int_equal(bytes_renew(to + 5, zeros, n - 5), 0);
	host_unmap(to, n);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_other_byte_is_enough),
		cmocka_unit_test(what_is_the_same_is_not_written),
	};

	return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
