/*
 * test_lazy_host.c: the guest cannot tell when the host takes its step, nor what
 * a cache does meanwhile.  The built-in host is eager (it works inside the
 * notification, or looks as soon as avail.idx is stored) or lazy (it works when
 * the guest waits), lines of the cache are filled, evicted and thrown away or
 * not, by choice; whatever is chosen, our drivers show the same pictures and
 * nothing is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "check.h"
#include "load.h"
#include "sim.h"

#define SEEDS	8u

/* Devices have a copy; devices do not snoop; both, and the least that is
   promised. */
static const char *const machines[] = { "amd64-sev", "arm64-noncoherent",
    "contract" };
#define MACHINES	(sizeof machines / sizeof machines[0])

struct fixture {
	struct machine_desc desc[MACHINES];
	struct scenario scenario;
	struct guest_built built;
	struct guest *guest;
};

struct seen {
	unsigned expected;
	uint8_t pictures[DIGEST_SIZE];
	struct digest digest;
};

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct gpu_device_config cfg = { .width = 640, .height = 480 };

	(void)self;
	(void)err;
	*host = gpu_device_host(machine_port(m), &cfg);
	return 0;
}

static void
look(void *self, unsigned step, const struct display_compare *c)
{
	struct seen *s = self;

	(void)step;
	assert_non_null(c->shown);
	assert_int_equal(c->differ, 0);
	digest_add(&s->digest, c->shown, (size_t)c->width * c->height * 4);
	s->expected++;
}

/* One run; returns how many choices were made lazily. */
static void
run_with(const struct fixture *f, size_t machine, uint64_t seed,
    struct seen *s, uint8_t digest[DIGEST_SIZE])
{
	struct run_config config = { .desc = &f->desc[machine], .guest = f->guest,
	    .scenario = &f->scenario, .host = make_host, .self = s,
	    .expected = look };
	struct run_result r;
	struct error err;

	error_clear(&err);
	memset(s, 0, sizeof *s);
	digest_init(&s->digest);
	if (seed != 0) {
		config.choice_kinds = 1u << CHOICE_HOST_STEP |
		    1u << CHOICE_HOST_LOOK | CHOICE_CACHE;
		config.choice_mode = CHOICE_RANDOM;
		config.choice_seed = seed;
	}
	if (run_execute(&config, &r, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < r.findings.n; i++)
		fail_msg("seed %llu: %s: %s", (unsigned long long)seed,
		    r.findings.list[i].kind->id, r.findings.list[i].text);
	assert_int_equal(r.verdict, RUN_HOLDS_BOUNDED);
	memcpy(digest, r.digest, DIGEST_SIZE);
	digest_final(&s->digest, s->pictures);
	run_result_free(&r);
}

static int
set_up(void **state)
{
	static const char text[] = "text lazy or eager\\n\n"
	    "lines 1 4 line %d\\n\nexpect\nscreen 1\ngraphics\nmap\n"
	    "pattern 10 10 64 64 5\nexpect\nunmap\ntextmode\nexpect\n";
	struct fixture *f = calloc(1, sizeof *f);
	struct guest_spec spec = { 0 };
	struct error err;

	error_clear(&err);
	for (size_t i = 0; i < MACHINES; i++)
		if (load_machine(machines[i], &f->desc[i], &err) != 0)
			fail_msg("%s", err.text);
	if (scenario_parse(&f->scenario, "lazy", text, strlen(text),
	    &err) != 0 || guest_build(&spec, &f->built, &err) != 0 ||
	    (f->guest = guest_load(f->built.path, &err)) == NULL)
		fail_msg("%s", err.text);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	guest_unload(f->guest);
	guest_built_free(&f->built);
	scenario_free(&f->scenario);
	for (size_t i = 0; i < MACHINES; i++)
		machine_desc_free(&f->desc[i]);
	check_free(f);
	return 0;
}

static void
lazy_and_eager_hosts_show_the_same(void **state)
{
	struct fixture *f = *state;
	uint8_t plain[DIGEST_SIZE], chosen[DIGEST_SIZE];
	struct seen first, s;

	for (size_t m = 0; m < MACHINES; m++) {
		unsigned differ = 0;

		run_with(f, m, 0, &first, plain);
		assert_int_equal(first.expected, 3);
		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			run_with(f, m, seed, &s, chosen);
			assert_int_equal(s.expected, 3);
			assert_memory_equal(s.pictures, first.pictures,
			    DIGEST_SIZE);
			differ += memcmp(plain, chosen, DIGEST_SIZE) != 0;
		}
		/* The choices really changed the runs: their events differ. */
		assert_true(differ > SEEDS / 2);
	}
}

static void
the_same_choices_are_the_same_run(void **state)
{
	struct fixture *f = *state;
	uint8_t a[DIGEST_SIZE], b[DIGEST_SIZE];
	struct seen s;

	for (size_t m = 0; m < MACHINES; m++) {
		run_with(f, m, m + 1, &s, a);
		run_with(f, m, m + 1, &s, b);
		assert_memory_equal(a, b, DIGEST_SIZE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lazy_and_eager_hosts_show_the_same),
		cmocka_unit_test(the_same_choices_are_the_same_run),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
