/*
 * test_damage.c: device trees and traces with one byte changed, or cut short,
 * all the way to a run.  A tree is refused with a sentence, or it is a machine
 * on which our drivers run; a trace is refused, or a run of it is what it was.
 *
 * Reading is tried for every byte; runs are for some of them, and with
 * VIOTAPE_LONG=1 for ten times as many.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <libfdt.h>

#include "check.h"
#include "guest_build.h"
#include "load.h"
#include "sim.h"

#define SMALL	VIOTAPE_SOURCE_DIR "/tests/fuzz/corpus/trace/small"

static struct guest_built built;
static struct guest *guest;
static struct machines presets;
static struct bytes small;		/* a whole trace */
static unsigned long_factor = 1;

static int
set_up(void **state)
{
	static const struct guest_spec spec;
	struct error err;

	(void)state;
	error_clear(&err);
	if (getenv("VIOTAPE_LONG") != NULL)
		long_factor = 10;
	if (guest_build(&spec, &built, &err) != 0 ||
	    (guest = guest_load(built.path, &err)) == NULL ||
	    load_machines(NULL, 0, &presets, &err) != 0 ||
	    host_file_read(SMALL, &small, 1u << 20, &err) != 0)
		fail_msg("%s", err.text);
	/* The fuzz target's inputs begin with a byte of its own. */
	small.len--;
	memmove(small.data, small.data + 1, small.len);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	machines_free(&presets);
	guest_unload(guest);
	guest_built_free(&built);
	bytes_free(&small);
	return 0;
}

static int
builtin(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)err;
	*host = builtin_host_create(machine_port(m), self,
	    VIRTIO_TRANSPORT_PCI);
	return 0;
}

static int
replayed(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	return replay_host_create(host, self, machine_port(m), err);
}

/* --- device trees ---------------------------------------------------------- */

/* Our drivers run on it: whatever it is now, the run ends and says how. */
static void
run_on(const struct machine_desc *d)
{
	static const char text[] = "display 64 48\ntext a\\n\nexpect\n";
	struct run_config config = { .desc = d, .guest = guest,
	    .host = builtin, .once = 1 };
	struct run_result result;
	struct scenario s;
	struct error err;

	error_clear(&err);
	assert_int_equal(scenario_parse(&s, "damage", text, strlen(text),
	    &err), 0);
	config.scenario = &s;
	config.self = &s;
	if (run_execute(&config, &result, &err) == 0)
		run_result_free(&result);
	else
		assert_true(err.text[0] != '\0');
	scenario_free(&s);
}

/* What the tree now says of memory is what the machine has. */
static void
check_memory(const struct machine_desc *d)
{
	int node = fdt_node_offset_by_prop_value(d->dtb, -1, "device_type",
	    "memory", 7), ac = fdt_address_cells(d->dtb, 0), len;
	const uint8_t *p = fdt_getprop(d->dtb, node, "reg", &len);
	uint64_t base = 0, size = 0;
	int i = 0;

	assert_non_null(p);
	for (; i < 4 * ac; i++)
		base = base << 8 | p[i];
	for (; i < 4 * (ac + fdt_size_cells(d->dtb, 0)); i++)
		size = size << 8 | p[i];
	assert_int_equal(d->ram.base, base);
	assert_int_equal(d->ram.size, size < MACHINE_RAM_MAX ? size :
	    MACHINE_RAM_MAX);
}

/* 1 if it is a machine. */
static int
read_tree(const void *dtb, size_t len, int run)
{
	struct machine_desc d;
	struct error err;

	error_clear(&err);
	if (machine_desc_read(&d, "damaged", dtb, len, &err) != 0) {
		assert_int_equal(err.code, ERROR_INPUT);
		assert_true(strlen(err.text) > 20);
		return 0;
	}
	check_memory(&d);
	if (run && d.ram.size <= UINT64_C(1) << 30)
		run_on(&d);
	machine_desc_free(&d);
	return 1;
}

static void
every_truncation_of_a_tree_is_refused(void **state)
{
	(void)state;
	for (size_t m = 0; m < presets.n; m++) {
		const struct machine_desc *d = &presets.list[m];

		assert_int_equal(read_tree(d->dtb, d->dtb_len, 0), 1);
		for (size_t n = 0; n < d->dtb_len; n++) {
			/* Of its own size: ASan sees a read past it. */
			uint8_t *cut = malloc(n != 0 ? n : 1);

			memcpy(cut, d->dtb, n);
			assert_int_equal(read_tree(cut, n, 0), 0);
			check_free(cut);
		}
	}
}

static void
every_changed_byte_of_a_tree_is_refused_or_a_machine(void **state)
{
	size_t accepted = 0, refused = 0;

	(void)state;
	for (size_t m = 0; m < presets.n; m++) {
		const struct machine_desc *d = &presets.list[m];

		for (size_t i = 0; i < d->dtb_len; i++) {
			uint8_t was = d->dtb[i];

			d->dtb[i] ^= (uint8_t)(1u << i % 8);
			if (read_tree(d->dtb, d->dtb_len, (i + 37 * m) %
			    (600 / long_factor) == 0))
				accepted++;
			else
				refused++;
			d->dtb[i] = was ^ 0xff;
			(void)read_tree(d->dtb, d->dtb_len, 0);
			d->dtb[i] = was;
		}
	}
	/* Both happen, or this test has tried nothing. */
	assert_true(accepted > 1000 && refused > 1000);
}

/* --- traces ---------------------------------------------------------------- */

/* The run of a trace; 0 if it cannot be had, and there is a sentence. */
static int
replay(struct trace *t, uint8_t digest[DIGEST_SIZE])
{
	struct run_config config = { .guest = guest, .host = replayed,
	    .desc = &presets.list[0], .once = 1 };
	struct replay_tape *tape;
	struct run_result result;
	struct scenario s;
	struct error err;
	const struct trace_header *h = trace_header(t);
	int ran = 0;

	error_clear(&err);
	if (h == NULL)
		return 0;
	assert_int_equal(scenario_parse(&s, h->scenario_name,
	    h->scenario_text, strlen(h->scenario_text), &err), 0);
	tape = replay_tape_read(t, &err);
	if (tape != NULL) {
		config.scenario = &s;
		config.self = tape;
		if (run_execute(&config, &result, &err) == 0) {
			memcpy(digest, result.digest, DIGEST_SIZE);
			run_result_free(&result);
			ran = 1;
		}
	}
	if (!ran)
		assert_true(err.text[0] != '\0');
	replay_tape_free(tape);
	scenario_free(&s);
	return ran;
}

static void
a_changed_trace_is_refused_or_runs_as_before(void **state)
{
	uint8_t whole[DIGEST_SIZE], got[DIGEST_SIZE];
	struct error err;
	struct trace *t;

	(void)state;
	error_clear(&err);
	t = trace_open_memory("t", small.data, small.len, TRACE_STRICT, &err);
	assert_non_null(t);
	assert_int_equal(replay(t, whole), 1);
	trace_close(t);
	for (size_t i = 0; i < small.len; i++) {
		small.data[i] ^= (uint8_t)(1u << i % 8);
		t = trace_open_memory("t", small.data, small.len,
		    TRACE_STRICT, &err);
		if (t != NULL) {	/* a bit of zstd's without meaning */
			assert_int_equal(replay(t, got), 1);
			assert_memory_equal(got, whole, DIGEST_SIZE);
		} else {
			assert_int_equal(err.code, ERROR_INPUT);
		}
		trace_close(t);
		/* What is left of it can be tried, too. */
		t = i % (80 / long_factor) != 0 ? NULL : trace_open_memory(
		    "t", small.data, small.len, TRACE_RECOVER, &err);
		if (t != NULL)
			(void)replay(t, got);
		trace_close(t);
		small.data[i] ^= (uint8_t)(1u << i % 8);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_truncation_of_a_tree_is_refused),
		cmocka_unit_test(
		    every_changed_byte_of_a_tree_is_refused_or_a_machine),
		cmocka_unit_test(a_changed_trace_is_refused_or_runs_as_before),
	};
	char *dtc = host_program_find("dtc");

	if (dtc == NULL)
		return 77;		/* presets are compiled by it */
	check_free(dtc);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
