/*
 * bench_vring.c: the virtqueue model: the driver's own ring code posts K
 * descriptors one by one against a polling device (vring_model.h), and every
 * behaviour is explored: what that takes, as K grows.
 *
 * Beside it stands C(2K, K): what a checker needs that tells executions apart
 * by what each of K polls of avail.idx reads, as GenMC does on this model.
 */
#include "bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "vring_model.h"

#define K_SMALL_MAX	10u
#define K_LARGE		100u
#define AIM_SMALL_MS	100
#define AIM_LARGE_S	5
#define DIGITS_MAX	80u		/* C(200, 100) has 59 */

struct measured {
	struct explore_counts counts;
	struct bench_times wall, cpu;
};

/* --- C(2K, K) --- */

/* A number in decimal, the last digit first. */
struct decimal {
	unsigned digit[DIGITS_MAX];
};

static void
decimal_multiply(struct decimal *d, unsigned by)
{
	unsigned carry = 0;

	for (unsigned i = 0; i < DIGITS_MAX; i++) {
		carry += d->digit[i] * by;
		d->digit[i] = carry % 10;
		carry /= 10;
	}
	CHECK(carry == 0);
}

static void
decimal_divide(struct decimal *d, unsigned by)
{
	unsigned rest = 0;

	for (unsigned i = DIGITS_MAX; i-- > 0;) {
		rest = rest * 10 + d->digit[i];
		d->digit[i] = rest / by;
		rest %= by;
	}
	CHECK(rest == 0);
}

/* The product of (K + i) / i; each step's is a whole number. */
static void
middle_binomial(unsigned k, char text[DIGITS_MAX + 1])
{
	struct decimal d = { .digit = { 1 } };
	unsigned n = DIGITS_MAX;

	for (unsigned i = 1; i <= k; i++) {
		decimal_multiply(&d, k + i);
		decimal_divide(&d, i);
	}
	while (n > 1 && d.digit[n - 1] == 0)
		n--;
	for (unsigned i = 0; i < n; i++)
		text[i] = (char)('0' + d.digit[n - 1 - i]);
	text[n] = '\0';
}

/* --- exploring --- */

/* Of this process and of all branches that have ended. */
static uint64_t
cpu_ns(void)
{
	static const int whose[] = { RUSAGE_SELF, RUSAGE_CHILDREN };
	uint64_t us = 0;

	for (unsigned i = 0; i < 2; i++) {
		struct rusage u;

		if (getrusage(whose[i], &u) != 0)
			bench_fail_words("no times of processes");
		us += (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) *
		    1000000u + (uint64_t)(u.ru_utime.tv_usec +
		    u.ru_stime.tv_usec);
	}
	return us * 1000u;
}

static void
explore_once(struct guest *guest, const struct machine_desc *desc,
    unsigned k, struct measured *m)
{
	struct vring_model model = { .k = k };
	struct explore_config config;
	struct explore_result r;
	struct error err;
	uint64_t wall, cpu;

	error_clear(&err);
	if (vring_model_begin(&model, desc, guest, &config, &err) != 0)
		bench_fail(&err);
	wall = host_monotonic_ns();
	cpu = cpu_ns();
	if (explore_execute(&config, &r, &err) != 0)
		bench_fail(&err);
	bench_times_add(&m->cpu, cpu_ns() - cpu);
	bench_times_add(&m->wall, host_monotonic_ns() - wall);
	if (r.cut || r.capped || r.nways != 0 || r.plain.findings.n != 0)
		bench_fail_words("K = %u on %s was not explored whole, or "
		    "something was found", k, desc->name);
	m->counts = r.counts;
	explore_result_free(&r);
	vring_model_end(&model);
}

/* ms, of time as it passes. */
static double
table_row(struct guest *guest, const struct machine_desc *desc, unsigned k)
{
	unsigned times = k <= K_SMALL_MAX ? BENCH_REPEATS : 1;
	struct measured m = { .wall = { .n = 0 } };
	char binomial[DIGITS_MAX + 1];

	for (unsigned i = 0; i < times; i++)
		explore_once(guest, desc, k, &m);
	middle_binomial(k, binomial);
	printf("  %-6s %3u %10llu %8llu %8llu %9.1f %9.1f  %s\n",
	    order_name(desc->order), k,
	    (unsigned long long)m.counts.executions,
	    (unsigned long long)m.counts.windows,
	    (unsigned long long)m.counts.states,
	    bench_median_ns(&m.wall) / 1e6, bench_median_ns(&m.cpu) / 1e6,
	    binomial);
	fflush(stdout);
	return bench_median_ns(&m.wall) / 1e6;
}

void
bench_vring(void)
{
	static const char *const machines[] = { "amd64-qemu", "arm64-qemu",
	    "riscv64-qemu" };
	struct guest_built built;
	struct guest *guest;
	struct error err;

	error_clear(&err);
	guest = vring_model_guest(VIOTAPE_SOURCE_DIR, NULL, 0, &built, &err);
	if (guest == NULL)
		bench_fail(&err);
	bench_head("virtqueue: K descriptors posted one by one, a polling "
	    "device, every behaviour");
	printf("  %-6s %3s %10s %8s %8s %9s %9s  %s\n", "order", "K",
	    "executions", "windows", "states", "ms", "CPU ms", "C(2K, K)");
	for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
		struct machine_desc desc;
		double small = 0, large;

		if (load_machine(machines[i], &desc, &err) != 0)
			bench_fail(&err);
		for (unsigned k = 1; k <= K_SMALL_MAX; k++)
			small = table_row(guest, &desc, k);
		large = table_row(guest, &desc, K_LARGE);
		bench_row("K = 10", small, "ms", 0, -AIM_SMALL_MS);
		bench_row("K = 100", large / 1000, "s", 1, -AIM_LARGE_S);
		machine_desc_free(&desc);
	}
	guest_unload(guest);
	guest_built_free(&built);
}
