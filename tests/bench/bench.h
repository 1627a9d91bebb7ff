/*
 * bench.h: what the parts of viotape_bench share: timing, and the rows of the
 * table.
 *
 * A row is a ratio of two things measured within one run, on one computer, so
 * that it says the same on a slow one.  Nothing here is a test: a missed aim
 * is printed and the exit status stays 0; 2 is a measurement that could not be
 * made.
 */
#ifndef VIOTAPE_BENCH_H
#define VIOTAPE_BENCH_H

#include <stdint.h>

#include "load.h"
#include "sim.h"

#define BENCH_REPEATS	5u		/* of each, the median counts */

/* Prints err and ends the process with status 2. */
_Noreturn void bench_fail(const struct error *err);
/* The same with words; like printf. */
_Noreturn void bench_fail_words(const char *fmt, ...) ERROR_PRINTF(1, 2);

struct bench_times {
	uint64_t ns[BENCH_REPEATS];
	unsigned n;
};

void bench_times_add(struct bench_times *t, uint64_t ns);
double bench_median_ns(const struct bench_times *t);

/* A headline between rows. */
void bench_head(const char *text);
/*
 * One row: what, its value and unit ("x", "s", "%"), how many decimals, and
 * the aim: above 0 at least so much, below 0 at most its absolute value, 0
 * none.
 */
void bench_row(const char *what, double value, const char *unit, int decimals,
    double aim);
/* A row that could not be measured, and why. */
void bench_skip(const char *what, const char *why);

/* The guest of our drivers, or with more in it; ends the process on failure. */
struct guest *bench_guest(const struct guest_spec *spec,
    struct guest_built *built);

/* run_config.host: the built-in one, eager; self is a struct scenario. */
int bench_host_builtin(void *self, struct machine *m,
    struct boundary_host *host, struct error *err);

/* --- the parts, a file each ---------------------------------------------- */

void bench_live(void);			/* replay against live QEMU */
void bench_net(void);			/* packets, built-in against QEMU */
void bench_store(void);			/* a hooked access */
void bench_models(void);		/* what each model of hardware costs */
void bench_size(void);			/* a trace's size */
void bench_edit(void);			/* an edit to all verdicts */
void bench_save(void);			/* ... to one; a tree's; watch's */
void bench_vring(void);			/* every behaviour of a virtqueue */

#endif
