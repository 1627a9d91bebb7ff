/*
 * bench_store.c: what a hooked store costs.
 *
 * A scenario with the loop less the same scenario without it, by the number
 * of stores; beside it the loop of bench_loop.h as this file's compiler makes
 * it.  Three kinds of memory: the framebuffer through a client's mapping,
 * which a device sees; memory of malloc(9), which is checked against live
 * allocations; the guest's data, which nobody cares about.
 */
#include "bench.h"
#include "bench_loop.h"
#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WIDTH		640u
#define HEIGHT		480u
#define FILLS		8u		/* of the whole framebuffer */

static void
timed_run(struct guest *guest, const struct machine_desc *desc,
    const char *text, struct bench_times *times)
{
	struct scenario s;
	struct run_config config = { .desc = desc, .guest = guest,
	    .scenario = &s, .host = bench_host_builtin, .self = &s };
	struct run_result result;
	struct error err;
	uint64_t begin;

	error_clear(&err);
	if (scenario_parse(&s, "bench", text, strlen(text), &err) != 0)
		bench_fail(&err);
	begin = host_monotonic_ns();
	if (run_execute(&config, &result, &err) != 0)
		bench_fail(&err);
	bench_times_add(times, host_monotonic_ns() - begin);
	if (result.findings.n != 0)
		bench_fail_words("the loop of the guest: %s",
		    result.findings.list[0].text);
	run_result_free(&result);
	scenario_free(&s);
}

/* Nanoseconds for a store: with the loop and without it. */
static double
store_ns(struct guest *guest, const struct machine_desc *desc,
    const char *with, const char *without, double stores)
{
	struct bench_times a = { .n = 0 }, b = { .n = 0 };

	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		timed_run(guest, desc, with, &a);
		timed_run(guest, desc, without, &b);
	}
	return (bench_median_ns(&a) - bench_median_ns(&b)) / stores;
}

/* Through a volatile pointer, so that no loop is thrown away. */
static double
native_ns(size_t words, unsigned rounds)
{
	static unsigned int *volatile where;
	struct bench_times t = { .n = 0 };
	unsigned int *memory = check_calloc(words, sizeof memory[0]);

	for (unsigned i = 0; i < BENCH_REPEATS; i++) {
		uint64_t begin = host_monotonic_ns();

		for (unsigned k = 0; k < rounds; k++)
			for (size_t at = 0; at + BENCH_WORDS <= words;
			    at += BENCH_WORDS) {
				where = memory + at;
				bench_loop(where, 1);
			}
		bench_times_add(&t, host_monotonic_ns() - begin);
	}
	check_free(memory);
	return bench_median_ns(&t) /
	    ((double)rounds * (double)(words / BENCH_WORDS * BENCH_WORDS));
}

static double
framebuffer_ns(struct guest *guest, const struct machine_desc *desc)
{
	struct bytes with = { 0 }, without = { 0 };
	double ns;

	bytes_printf(&without, "display %u %u\nscreen 1\ngraphics\nmap\n",
	    WIDTH, HEIGHT);
	bytes_add(&with, without.data, without.len);
	for (unsigned i = 0; i < FILLS; i++)
		bytes_printf(&with, "fill 0 0 %u %u %06x\n", WIDTH, HEIGHT,
		    i * 0x111111);
	bytes_add(&with, "", 1);
	bytes_add(&without, "", 1);
	ns = store_ns(guest, desc, (const char *)with.data,
	    (const char *)without.data, (double)FILLS * WIDTH * HEIGHT);
	bytes_free(&with);
	bytes_free(&without);
	return ns;
}

static double
raised_ns(struct guest *guest, const struct machine_desc *desc, int number)
{
	char with[32], without[32];

	snprintf(with, sizeof with, "raise %d\n", number);
	snprintf(without, sizeof without, "raise %d\n", BENCH_NOTHING);
	return store_ns(guest, desc, with, without,
	    (double)BENCH_ROUNDS * BENCH_WORDS);
}

void
bench_store(void)
{
	static const char *const extra[] = {
	    VIOTAPE_SOURCE_DIR "/tests/bench/bench_guest.c" };
	static const char *const defines[] = { "-DNTESTDEV=1" };
	const struct guest_spec spec = { .extra = extra, .nextra = 1,
	    .defines = defines, .ndefines = 1 };
	struct guest_built built;
	struct machine_desc desc;
	struct guest *guest = bench_guest(&spec, &built);
	struct error err;
	double native = native_ns((size_t)WIDTH * HEIGHT, FILLS);
	double native_small = native_ns(BENCH_WORDS, BENCH_ROUNDS);

	error_clear(&err);
	if (load_machine("arm64-qemu", &desc, &err) != 0)
		bench_fail(&err);
	bench_head("a store of the guest against the same loop without hooks");
	bench_row("4 bytes into the mapped framebuffer, which a device sees",
	    framebuffer_ns(guest, &desc) / native, "x", 0, 0);
	bench_row("4 bytes into memory of malloc(9), no device near",
	    raised_ns(guest, &desc, BENCH_HEAP) / native_small, "x", 0, 0);
	bench_row("4 bytes into the guest's own data",
	    raised_ns(guest, &desc, BENCH_STATIC) / native_small, "x", 0, 0);
	machine_desc_free(&desc);
	guest_unload(guest);
	guest_built_free(&built);
}
