/*
 * test_display_modes.c: how large the display is, by hosts that say it well,
 * badly or not at all.  Our viogpu takes GET_DISPLAY_INFO's mode, else its
 * EDID's, else it gives up and leaves nothing behind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "gpu_edid.h"
#include "load.h"
#include "sim.h"

static struct guest_built built;
static struct guest *guest;

struct host {
	struct gpu_device_config config;
	struct gpu_device_strange strange;
	uint8_t edid[GPU_EDID_BLOCK_SIZE];
};

static int
make_host(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	(void)err;
	*host = gpu_device_host(machine_port(m), &((struct host *)self)->config);
	return 0;
}

/* A host that says width x height, and has the EDID of 320 x 200. */
static void
host_init(struct host *h, uint32_t width, uint32_t height)
{
	memset(h, 0, sizeof *h);
	h->config.width = 320;
	h->config.height = 200;
	h->config.strange = &h->strange;
	h->strange.width = width;
	h->strange.height = height;
	h->strange.edid = h->edid;
	h->strange.edid_size = sizeof h->edid;
	gpu_edid_make(h->edid, 320, 200);
}

static void
checksum(struct host *h)
{
	uint8_t sum = 0;

	for (unsigned i = 0; i < sizeof h->edid - 1; i++)
		sum = (uint8_t)(sum + h->edid[i]);
	h->edid[sizeof h->edid - 1] = (uint8_t)-sum;
}

static void
play(struct host *h, const char *text, struct run_result *result)
{
	struct machine_desc desc;
	struct scenario scenario;
	struct run_config config = { .desc = &desc, .guest = guest,
	    .scenario = &scenario, .host = make_host, .self = h };
	struct error err;

	error_clear(&err);
	if (load_machine("contract", &desc, &err) != 0 ||
	    scenario_parse(&scenario, "test", text, strlen(text), &err) != 0 ||
	    run_execute(&config, result, &err) != 0)
		fail_msg("%s", err.text);
	scenario_free(&scenario);
	machine_desc_free(&desc);
}

static int
said(const struct run_result *r, const char *words)
{
	struct bytes text = { NULL, 0, 0 };
	int has;

	bytes_add(&text, r->dmesg.data, r->dmesg.len);
	bytes_add(&text, "", 1);
	has = strstr((const char *)text.data, words) != NULL;
	if (!has)
		printf("%s\n", (const char *)text.data);
	bytes_free(&text);
	return has;
}

/* The display works, in this size. */
static void
attaches(struct host *h, const char *size)
{
	struct run_result r;

	play(h, "text to be seen\\n\nexpect\n", &r);
	assert_int_equal(r.findings.n, 0);
	assert_int_equal(r.pictures, 1);
	assert_true(said(&r, size));
	run_result_free(&r);
}

/* No display, said why, and nothing is left of it. */
static void
gives_up(struct host *h)
{
	struct run_result r;

	play(h, "detach\n", &r);
	assert_int_equal(r.findings.n, 0);
	assert_true(said(&r, "no display"));
	assert_true(said(&r, "virtio0 detached"));
	run_result_free(&r);
}

static void
the_mode_of_display_info_is_taken(void **state)
{
	struct host h;

	(void)state;
	host_init(&h, 400, 300);
	attaches(&h, "400x300, 32bpp");
	h.edid[20] ^= 0xff;		/* nobody looks */
	attaches(&h, "400x300, 32bpp");
}

static void
without_a_mode_the_edid_tells(void **state)
{
	static const uint32_t strange[][2] = { { 0, 0 }, { 0, 200 },
	    { 320, 0 }, { 16385, 200 }, { UINT32_MAX, UINT32_MAX } };

	(void)state;
	for (size_t i = 0; i < sizeof strange / sizeof strange[0]; i++) {
		struct host h;

		host_init(&h, strange[i][0], strange[i][1]);
		attaches(&h, "320x200, 32bpp");
	}
}

static void
a_damaged_edid_is_none(void **state)
{
	struct host h;

	(void)state;
	host_init(&h, 0, 0);
	h.edid[60] ^= 1;		/* the checksum is wrong */
	gives_up(&h);
	host_init(&h, 0, 0);
	h.edid[3] = 0;			/* the header is */
	checksum(&h);
	gives_up(&h);
	host_init(&h, 0, 0);
	h.edid[54] = h.edid[55] = 0;	/* no timing */
	checksum(&h);
	gives_up(&h);
	host_init(&h, 0, 0);
	h.edid[56] = 0;			/* no width */
	h.edid[58] &= 0x0f;
	checksum(&h);
	gives_up(&h);
}

static void
an_edid_of_a_broken_length_is_none(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 127, 1025, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		struct host h;

		host_init(&h, 0, 0);
		h.strange.edid_size = sizes[i];
		gives_up(&h);
	}
}

static void
without_the_feature_no_edid_is_asked(void **state)
{
	struct host h;

	(void)state;
	host_init(&h, 0, 0);
	h.config.no_edid = 1;
	gives_up(&h);
}

/* A host that changes its mind all the time breaks nothing. */
static void
strange_sizes_at_run_time_change_nothing(void **state)
{
	struct host h;
	struct run_result r;

	(void)state;
	host_init(&h, 320, 200);
	h.config.strange = NULL;
	play(&h, "resize 0 0\nresize 8192 8192\nwait 30\nresize 1 1\nwait 30\n"
	    "text to be seen\\n\nexpect\nresize 320 200\nwait 30\nexpect\n",
	    &r);
	assert_int_equal(findings_fatal(&r.findings), 0);
	assert_int_equal(r.pictures, 2);
	assert_true(said(&r, "host would show 1x1, screen stays 320x200"));
	run_result_free(&r);
}

static int
set_up(void **state)
{
	struct guest_spec spec = { 0 };
	struct error err;

	(void)state;
	error_clear(&err);
	if (guest_build(&spec, &built, &err) != 0 ||
	    (guest = guest_load(built.path, &err)) == NULL)
		fail_msg("%s", err.text);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	guest_unload(guest);
	guest_built_free(&built);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_mode_of_display_info_is_taken),
		cmocka_unit_test(without_a_mode_the_edid_tells),
		cmocka_unit_test(a_damaged_edid_is_none),
		cmocka_unit_test(an_edid_of_a_broken_length_is_none),
		cmocka_unit_test(without_the_feature_no_edid_is_asked),
		cmocka_unit_test(strange_sizes_at_run_time_change_nothing),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
