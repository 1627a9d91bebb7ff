/* bench.c: viotape_bench: a table of ratios, run by hand; see bench.h. */
#include "bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
bench_fail(const struct error *err)
{
	fflush(stdout);
	fprintf(stderr, "viotape_bench: %s\n", err->text);
	exit(2);
}

void
bench_fail_words(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "viotape_bench: ");
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "\n");
	exit(2);
}

void
bench_times_add(struct bench_times *t, uint64_t ns)
{
	CHECK(t->n < BENCH_REPEATS);
	t->ns[t->n++] = ns;
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

double
bench_median_ns(const struct bench_times *t)
{
	struct bench_times sorted = *t;

	CHECK(t->n > 0);
	qsort(sorted.ns, sorted.n, sizeof sorted.ns[0], by_value);
	return (double)(sorted.ns[(sorted.n - 1) / 2] +
	    sorted.ns[sorted.n / 2]) / 2;
}

void
bench_head(const char *text)
{
	printf("\n%s\n", text);
}

void
bench_row(const char *what, double value, const char *unit, int decimals,
    double aim)
{
	double bound = aim < 0 ? -aim : aim;
	int met = aim < 0 ? value <= bound : value >= bound;

	printf("  %-58s %8.*f %s", what, decimals, value, unit);
	/* How far an aim was missed is said, not only that it was. */
	if (aim != 0)
		printf("   (aim %s %g %s: %s)", aim < 0 ? "at most" :
		    "at least", bound, unit, met ? "met" : "missed");
	printf("\n");
	fflush(stdout);
}

void
bench_skip(const char *what, const char *why)
{
	printf("  %-58s  skipped: %s\n", what, why);
	fflush(stdout);
}

struct guest *
bench_guest(const struct guest_spec *spec, struct guest_built *built)
{
	struct error err;
	struct guest *guest;

	error_clear(&err);
	if (guest_build(spec, built, &err) != 0)
		bench_fail(&err);
	guest = guest_load(built->path, &err);
	if (guest == NULL)
		bench_fail(&err);
	return guest;
}

int
bench_host_builtin(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	const struct scenario *s = self;
	struct gpu_device_config cfg = { .width = s->width,
	    .height = s->height };

	(void)err;
	*host = gpu_device_host(machine_port(m), &cfg);
	return 0;
}

static const struct part {
	const char *name;
	void (*run)(void);
} parts[] = {
	{ "live", bench_live }, { "net", bench_net }, { "store", bench_store },
	{ "models", bench_models }, { "size", bench_size },
	{ "edit", bench_edit }, { "save", bench_save },
	{ "vring", bench_vring },
};

#define PARTS	(sizeof parts / sizeof parts[0])

static const struct part *
part_find(const char *name)
{
	for (size_t i = 0; i < PARTS; i++)
		if (strcmp(parts[i].name, name) == 0)
			return &parts[i];
	bench_fail_words("\"%.40s\" is no part: live, net, store, models, "
	    "size, edit, save, vring; none is all of them", name);
}

int
main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		(void)part_find(argv[i]);
	printf("viotape " VIOTAPE_VERSION " on %s, %u processors; medians of "
	    "%u\n", host_system_name(), host_cpu_count(), BENCH_REPEATS);
	for (size_t i = 0; argc == 1 && i < PARTS; i++)
		parts[i].run();
	for (int i = 1; i < argc; i++)
		part_find(argv[i])->run();
	return 0;
}
