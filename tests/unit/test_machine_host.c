/*
 * test_machine_host.c: when a host works, and when that is a choice: a host that
 * has one thing after the other to do, some of which no driver sees (rules X8
 * and X9).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine_rig.h"

#define WINDOW		UINT64_C(0xd0000000)
#define USED_INDEX	(TREE_RAM + 0x1000)

static void
on_chain_used(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t n)
{
	(void)self;
	(void)bdf;
	(void)queue;
	(void)ordinal;
	(void)used_len;
	(void)written;
	(void)n;
}

/* To do: "t" takes a chain that it keeps, "s" serves one. */
struct fixture {
	struct machine_rig rig;
	const char *work;
	unsigned waits;
	char asked[64];			/* "W" work now?, "p" pause? and so on */
	unsigned answer;		/* to all of it */
};

static int
host_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	(void)self;
	(void)bdf;
	(void)region;
	(void)offset;
	(void)size;
	(void)value;
	(void)err;
	return 0;
}

static int
host_step(void *self, int block, struct error *err)
{
	struct fixture *f = self;

	(void)block;
	(void)err;
	if (*f->work == '\0')
		return 0;
	if (*f->work++ == 's')
		f->rig.port->chain_used(f->rig.port->machine, 0, 0, 0, 0, NULL, 0);
	return 1;
}

static enum boundary_busy
host_busy(void *self)
{
	const struct fixture *f = self;

	return strchr(f->work, 's') != NULL ? BUSY_SERVES :
	    f->work[0] != '\0' ? BUSY_TAKES : BUSY_NOT;
}

static void
host_waits(void *self)
{
	((struct fixture *)self)->waits++;
}

static void
host_look(void *self)
{
	(void)self;
}

static void
host_close(void *self)
{
	(void)self;
}

static unsigned
ask(void *self, enum choice_kind kind, unsigned n)
{
	struct fixture *f = self;
	static const char letters[CHOICE_KINDS] = { [CHOICE_HOST_STEP] = 'l',
	    [CHOICE_HOST_LOOK] = 'W', [CHOICE_HOST_LATE] = 'w',
	    [CHOICE_HOST_DRAIN] = 'd', [CHOICE_HOST_PAUSE] = 'p' };
	size_t at = strlen(f->asked);

	assert_int_equal(n, 2);
	assert_true(letters[kind] != 0 && at + 1 < sizeof f->asked);
	f->asked[at] = letters[kind];
	return f->answer;
}

static void
begin(struct fixture *f)
{
	static const struct tree tree = { .arch = "amd64" };
	static const struct boundary_host_ops ops = { .name = "test",
	    .write = host_write, .step = host_step, .close = host_close,
	    .look = host_look, .busy = host_busy, .waits = host_waits };
	static const struct machine_events told = { .reg = untold_reg,
	    .chain_used = on_chain_used };
	struct boundary_host host = { &ops, f };
	struct choice *c;

	machine_rig_open(&f->rig, &tree, &told);
	f->rig.desc.windows[0] = (struct machine_window){ .base = WINDOW,
	    .size = 0x200 };
	f->rig.desc.nwindows = 1;
	machine_host_set(f->rig.m, host);
	f->work = "";
	c = machine_choice(f->rig.m);
	c->mode = CHOICE_ASKED;
	c->kinds = UINT32_MAX;
	c->ask = ask;
	c->ask_self = f;
}

static void
notified(struct fixture *f)
{
	machine_reg_write(f->rig.m, WINDOW + 0x50, 4, 0);
}

static void
looks(struct fixture *f)
{
	machine_host_look(f->rig.m, MEM_NOWHERE, 0);
}

static void
loads_used_index(struct fixture *f)
{
	machine_host_late(f->rig.m, USED_INDEX);
}

static void
drains(struct fixture *f)
{
	machine_host_drain(f->rig.m);
}

static void
a_host_is_asked_where_a_driver_may_see_it(void **state)
{
	static const struct {
		void (*when)(struct fixture *);
		const char *work;
		unsigned answer;
		const char *asked, *left;
		unsigned waits;
	} rows[] = {
		/* Late with whatever it is. */
		{ notified, "", 1, "", "", 0 },
		{ notified, "ss", 0, "l", "", 0 },
		{ notified, "ss", 1, "l", "ss", 1 },
		{ notified, "tt", 1, "l", "tt", 1 },
		/* It may look before it is told, whatever it finds. */
		{ looks, "", 0, "W", "", 0 },
		{ looks, "tt", 0, "W", "tt", 0 },
		{ looks, "tts", 1, "W", "", 0 },
		/* Between an access and a load only what could be loaded. */
		{ loads_used_index, "", 1, "", "", 0 },
		{ loads_used_index, "tt", 1, "", "tt", 0 },
		{ loads_used_index, "tts", 0, "w", "tts", 0 },
		{ loads_used_index, "s", 1, "w", "", 0 },
		/* A pause is after what is seen, and before it. */
		{ loads_used_index, "ss", 1, "wp", "s", 1 },
		{ loads_used_index, "tts", 1, "w", "", 0 },
		{ loads_used_index, "stt", 1, "w", "", 0 },
		{ loads_used_index, "tstts", 1, "wp", "tts", 1 },
		/* avail_event is loaded after a barrier. */
		{ drains, "", 1, "", "", 0 },
		{ drains, "tt", 1, "d", "", 0 },
		{ drains, "s", 0, "d", "s", 0 }
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct fixture f = { .waits = 0 };

		begin(&f);
		f.work = rows[i].work;
		f.answer = rows[i].answer;
		rows[i].when(&f);
		if (strcmp(f.asked, rows[i].asked) != 0 ||
		    strcmp(f.work, rows[i].left) != 0 ||
		    f.waits != rows[i].waits)
			fail_msg("row %zu: asked \"%s\", left \"%s\", %u waits",
			    i, f.asked, f.work, f.waits);
		machine_rig_close(&f.rig);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_is_asked_where_a_driver_may_see_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
