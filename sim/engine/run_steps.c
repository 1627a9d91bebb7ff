/* run_steps.c: the boot and the scenario's steps, taken one after the other. */
#include "run_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "explore_run.h"
#include "net_spec.h"
#include "virtio_mmio_spec.h"
#include "virtio_spec.h"

/* A repaint comes every 10 ms: after this, two have seen all that was drawn. */
#define EXPECT_WAIT_NS	UINT64_C(25000000)
/* What code may take of that (rule X5): the rest is a whole repaint's. */
#define EXPECT_SLACK_NS	UINT64_C(15000000)
#define HAPPEN_WAIT_NS	UINT64_C(2000000)
#define EOPNOTSUPP_	45		/* OpenBSD's number, errno(2) */

static void
boot(void *self)
{
	((struct run *)self)->entry->boot();
}

/* In the guest's process. */
static void
guest_step(void *self)
{
	struct run *r = self;
	hc_u64 args[6];

	for (int i = 0; i < 6; i++)
		args[i] = r->step->args[i];
	r->step_error = r->entry->op(r->step_op, args, r->step->text);
}

static void
record_step(struct run *r, unsigned index, const char *line)
{
	struct event e = { .kind = EVENT_STEP };

	e.step.index = index;
	e.data = (const uint8_t *)line;
	e.data_len = strlen(line);
	run_record(r, &e);
}

/* The picture as an event; the host's own beside it when there is one. */
static void
record_pictures(struct run *r, const struct display_compare *c)
{
	struct event e = { .kind = EVENT_PICTURE };
	struct bytes own = { 0 };
	unsigned width, height;
	struct error err;

	e.picture.width = c->width;
	e.picture.height = c->height;
	e.data_len = (size_t)c->width * c->height * 4;
	e.data = c->shown;
	if (c->shown != NULL)
		run_record(r, &e);
	if (r->config->host_picture == NULL || r->config->host_picture(
	    r->config->self, &own, &width, &height, &err) != 0)
		return;
	e.picture.origin = EVENT_ORIGIN_HOST;
	e.picture.width = width;
	e.picture.height = height;
	e.data = own.data;
	e.data_len = own.len;
	if (e.data_len == (size_t)width * height * 4)
		run_record(r, &e);
	bytes_free(&own);
}

int
run_has_failed(const struct run *r)
{
	callpath_id who;

	return r->config->fail_at != 0 &&
	    machine_failed(r->machine, &who) != NULL;
}

/* No driver has the device: it was never ready, or was given up. */
static int
given_up(const struct run *r)
{
	return (r->told.st.status & VIRTIO_STATUS_DRIVER_OK) == 0 ||
	    (r->told.st.status & VIRTIO_STATUS_FAILED) != 0;
}

static void
judge_picture(struct run *r, unsigned index)
{
	struct display_compare c;
	char text[200];

	display_oracle_compare(r->oracle, &c);
	r->result->pictures++;
	record_pictures(r, &c);
	if (r->config->expected != NULL)
		r->config->expected(r->config->self, index, &c);
	/* A host that refuses on purpose may be given up. */
	if (run_has_failed(r) && given_up(r))
		return;
	if (c.intended == NULL) {
		run_consequence(r, "step-failed", "the scenario "
		    "expects a picture and no display was ever set up");
	} else if (c.shown == NULL) {
		run_consequence(r, "display-differs",
		    "the host never showed a picture of the intended size");
	} else if (c.differ != 0) {
		snprintf(text, sizeof text, "the host shows %s: %" PRIu64
		    " of %u pixels are not what was drawn, the first at %u,%u",
		    c.black ? "a black screen" : "another picture", c.differ,
		    c.width * c.height, c.x, c.y);
		run_consequence(r, "display-differs", text);
	}
}

/* --- the steps --- */

static void
let_time_pass(struct run *r, uint64_t ns)
{
	(void)sched_wait(machine_sched(r->machine), ns);
}

/* What code before this step may take of the time that it lets pass. */
static uint64_t
slack_of(const struct run *r, const struct scenario_step *step)
{
	if (step->op == SCENARIO_WAIT)
		return step->args[0] * 1000000;
	return step->op == SCENARIO_EXPECT && r->net == NULL ?
	    EXPECT_SLACK_NS : 0;
}

/* Code that comes before the scenario's step at has what the next gives. */
static void
slack_from(struct run *r, size_t at)
{
	const struct scenario *s = r->config->scenario;
	uint64_t ns = 0;

	while (at < s->n && ns == 0)
		ns = slack_of(r, &s->steps[at++]);
	sched_slack_set(machine_sched(r->machine), ns);
}

static void
take_wait(struct run *r, unsigned index, const struct scenario_step *step)
{
	uint64_t taken;

	(void)sched_wait_rest(machine_sched(r->machine),
	    step->args[0] * 1000000, &taken);
	slack_from(r, index);
}

static int
display_differs(struct run *r)
{
	struct display_compare c;

	display_oracle_compare(r->oracle, &c);
	return c.shown == NULL || c.differ != 0;
}

static void
expect_picture(struct run *r, unsigned index)
{
	uint64_t taken;

	(void)sched_wait_rest(machine_sched(r->machine), EXPECT_WAIT_NS,
	    &taken);
	/* A repaint that comes less often has its time all the same. */
	if (!r->ended && taken != 0 && display_differs(r))
		let_time_pass(r, taken);
	slack_from(r, index);
	if (!r->ended)
		judge_picture(r, index);
}

static void
take_expect(struct run *r, unsigned index, const struct scenario_step *step)
{
	(void)step;
	if (r->net == NULL) {
		expect_picture(r, index);
		return;
	}
	let_time_pass(r, EXPECT_WAIT_NS);
	if (r->ended)
		return;
	r->result->pictures++;
	net_oracle_expect(r->net, machine_port(r->machine));
}

/* Something comes to the host from outside, and from it to the guest. */
static void
let_happen(struct run *r, const struct boundary_happening *h, const char *word)
{
	if (machine_happen(r->machine, h) > 0) {
		error_set(r->err, ERROR_INPUT, "scenario %s has the step %s, "
		    "which this host cannot be made to do: record it with "
		    "--host builtin", r->config->scenario->name, word);
		r->failed = r->ended = 1;
	}
}

/* The host's event is to have been cleared by now. */
static void
event_judge(struct run *r)
{
	if (r->event_wanted && !r->ended)
		checker_event_left(r->checker);
	r->event_wanted = 0;
}

static void
take_resize(struct run *r, unsigned index, const struct scenario_step *step)
{
	struct boundary_happening h = { .what = HAPPEN_RESIZE };

	(void)index;
	h.width = (uint32_t)step->args[0];
	h.height = (uint32_t)step->args[1];
	event_judge(r);
	let_happen(r, &h, "resize");
	r->event_wanted = 1;
}

static void
take_needs_reset(struct run *r, unsigned index,
    const struct scenario_step *step)
{
	struct boundary_happening h = { .what = HAPPEN_NEEDS_RESET };

	(void)index;
	(void)step;
	r->reset_wanted = 1;
	r->reset_wanted_at = r->told.st.resets;
	let_happen(r, &h, "needs-reset");
}

/* Of a network device. */
static void
take_net_host(struct run *r, unsigned index, const struct scenario_step *step)
{
	struct boundary_happening h = { .what = HAPPEN_LINK };
	char line[SCENARIO_LINE_MAX + 64];

	(void)index;
	h.value = (uint32_t)step->args[0];
	for (int i = 0; i < 6; i++)
		h.mac[i] = (uint8_t)(step->args[0] >> (40 - 8 * i));
	h.count = (uint32_t)step->args[1];
	h.size = (uint32_t)step->args[2];
	if (step->op == SCENARIO_ANNOUNCE)
		h.what = HAPPEN_ANNOUNCE;
	else if (step->op == SCENARIO_HOST_MTU)
		h.what = HAPPEN_MTU;
	else if (step->op == SCENARIO_HOST_MAC)
		h.what = HAPPEN_MAC;
	else if (step->op == SCENARIO_HOST_SEND)
		h.what = HAPPEN_SEND;
	scenario_step_line(step, line, sizeof line);
	let_happen(r, &h, line);
	/* The guest's interrupt, and what comes of it. */
	let_time_pass(r, HAPPEN_WAIT_NS);
}

static void
take_host_frame(struct run *r, unsigned index, const struct scenario_step *step)
{
	struct boundary_happening h = { .what = HAPPEN_FRAME };
	uint8_t bytes[SCENARIO_FRAME_MAX];

	(void)index;
	h.n = strlen(step->text) / 2;
	CHECK(h.n <= sizeof bytes);
	bytes_of_hex(bytes, step->text, h.n);
	h.bytes = bytes;
	let_happen(r, &h, "host frame");
	let_time_pass(r, HAPPEN_WAIT_NS);
}

/*
 * Who takes a step: the host, by a function of ours, or the guest's process,
 * by an operation of the door.
 */
static const struct {
	void (*host)(struct run *r, unsigned index,
	    const struct scenario_step *step);
	hc_u32 guest;			/* enum hc_op */
} takers[] = {
	[SCENARIO_TEXT] = { NULL, HC_OP_TEXT },
	[SCENARIO_SCREEN] = { NULL, HC_OP_SCREEN },
	[SCENARIO_GRAPHICS] = { NULL, HC_OP_GRAPHICS },
	[SCENARIO_TEXTMODE] = { NULL, HC_OP_TEXTMODE },
	[SCENARIO_MAP] = { NULL, HC_OP_MAP },
	[SCENARIO_UNMAP] = { NULL, HC_OP_UNMAP },
	[SCENARIO_FILL] = { NULL, HC_OP_FILL },
	[SCENARIO_PATTERN] = { NULL, HC_OP_PATTERN },
	[SCENARIO_COPY] = { NULL, HC_OP_COPY },
	[SCENARIO_WAIT] = { take_wait, 0 },
	[SCENARIO_EXPECT] = { take_expect, 0 },
	[SCENARIO_RAISE] = { NULL, HC_OP_RAISE },
	[SCENARIO_DETACH] = { NULL, HC_OP_DETACH },
	[SCENARIO_ATTACH] = { NULL, HC_OP_ATTACH },
	[SCENARIO_RESIZE] = { take_resize, 0 },
	[SCENARIO_NEEDS_RESET] = { take_needs_reset, 0 },
	[SCENARIO_NET_UP] = { NULL, HC_OP_NET_UP },
	[SCENARIO_NET_DOWN] = { NULL, HC_OP_NET_DOWN },
	[SCENARIO_NET_DHCP] = { NULL, HC_OP_NET_DHCP },
	[SCENARIO_NET_PING] = { NULL, HC_OP_NET_PING },
	[SCENARIO_NET_UDP] = { NULL, HC_OP_NET_UDP },
	[SCENARIO_NET_ECHO] = { NULL, HC_OP_NET_ECHO },
	[SCENARIO_NET_STREAM_OUT] = { NULL, HC_OP_NET_STREAM_OUT },
	[SCENARIO_NET_STREAM_IN] = { NULL, HC_OP_NET_STREAM_IN },
	[SCENARIO_NET_TFTP] = { NULL, HC_OP_NET_TFTP },
	[SCENARIO_NET_MTU] = { NULL, HC_OP_NET_MTU },
	[SCENARIO_NET_PROMISC] = { NULL, HC_OP_NET_PROMISC },
	[SCENARIO_NET_ALLMULTI] = { NULL, HC_OP_NET_ALLMULTI },
	[SCENARIO_NET_JOIN] = { NULL, HC_OP_NET_JOIN },
	[SCENARIO_NET_LEAVE] = { NULL, HC_OP_NET_LEAVE },
	[SCENARIO_NET_LLADDR] = { NULL, HC_OP_NET_LLADDR },
	[SCENARIO_NET_BURST] = { NULL, HC_OP_NET_BURST },
	[SCENARIO_NET_FRAME] = { NULL, HC_OP_NET_FRAME },
	[SCENARIO_LINK] = { take_net_host, 0 },
	[SCENARIO_ANNOUNCE] = { take_net_host, 0 },
	[SCENARIO_HOST_MTU] = { take_net_host, 0 },
	[SCENARIO_HOST_MAC] = { take_net_host, 0 },
	[SCENARIO_HOST_SEND] = { take_net_host, 0 },
	[SCENARIO_HOST_FRAME] = { take_host_frame, 0 },
};

/* --- the device goes --- */

static uint32_t
transport(const struct run *r)
{
	return r->transport != 0 ? r->transport : r->configurer;
}

/* Nothing may be left, and the device must be at rest. */
static void
detached(struct run *r)
{
	if (transport(r) == 0)
		return;
	if ((r->told.st.status & VIRTIO_STATUS_DRIVER_OK) != 0)
		checker_device_live(r->checker, r->told.st.status);
	checker_leaks(r->checker, transport(r), 1);
	r->reset_wanted = 0;
	r->transport = r->configurer = 0;
}

/*
 * Whether the guest was in its right to leave the device alone: one that has
 * no legacy form behind a legacy interface, where every driver has to; or in a
 * window whose transport's driver did not accept VERSION_1, as OpenBSD's never
 * does; or a window of version 2, of which its transport's driver only looked
 * at the version, because it knows version 1 alone (4.2.2.2: it MUST ignore
 * others).
 */
static const char *
declined(const struct run *r)
{
	const struct virtio_state *st = &r->told.st;

	if (r->was_live)
		return NULL;
	if (r->told.found && st->legacy && st->device_id == VIRTIO_ID_GPU)
		return "the guest declines the device, which has no legacy "
		    "form";
	if (r->told.found && st->bus == VIRTIO_BUS_MMIO && !st->legacy &&
	    st->device_id == VIRTIO_ID_GPU && r->accepted != 0 &&
	    (r->accepted >> VIRTIO_BIT_VERSION_1 & 1) == 0)
		return "the guest declines the device, which has no form "
		    "without VERSION_1: its virtio-mmio did not accept that";
	if (!r->told.found && r->told.version == VIRTIO_MMIO_MODERN)
		return "the guest declines the device: its virtio-mmio "
		    "knows no version 2";
	return NULL;
}

/* Why a driver need not be able to take a step that failed, or NULL. */
static const char *
need_not(const struct run *r, const struct scenario_step *step)
{
	if (r->step_error == EOPNOTSUPP_ && step->op == SCENARIO_DETACH)
		return "the driver knows no detach, which is its right: the "
		    "run ends before it";
	if (step->op == SCENARIO_NET_MTU && r->accepted != 0 &&
	    (r->accepted >> NET_BIT_MTU & 1) == 0)
		return "the driver did not take the host's mtu "
		    "(VIRTIO_NET_F_MTU), which is its right, and has a limit "
		    "of its own: the run ends before another mtu";
	return NULL;
}

/* A step that the guest could not take ends the run. */
static void
take_in_guest(struct run *r, const struct scenario_step *step,
    const char *line)
{
	char text[FINDING_TEXT_MAX];
	const char *unable;

	r->step = step;
	r->step_op = takers[step->op].guest;
	r->step_error = 0;
	if (sched_call(machine_sched(r->machine), guest_step, r) != SCHED_DONE)
		return;
	/* Something failed on purpose: then a step may fail, too. */
	if (r->step_error != 0 && run_has_failed(r)) {
		r->ended = 1;
		return;
	}
	if (r->step_error != 0 && (r->result->declined = declined(r)) !=
	    NULL) {
		run_note(r, r->result->declined);
		r->ended = 1;
		return;
	}
	if (r->step_error != 0 && (unable = need_not(r, step)) != NULL) {
		run_note(r, unable);
		r->ended = 1;
		return;
	}
	if (r->step_error != 0) {
		/* It may be that packets got stuck: then that is why. */
		if (r->net != NULL) {
			let_time_pass(r, EXPECT_WAIT_NS);
			if (r->ended)
				return;
			net_oracle_expect(r->net, machine_port(r->machine));
		}
		snprintf(text, sizeof text, "the step \"%.200s\" was not "
		    "achieved: error %d%s", line, r->step_error, r->refused !=
		    CALLPATH_NONE ? "; the host refused the features that the "
		    "driver accepted" : "");
		if (r->refused != CALLPATH_NONE)
			checker_consequence_at(r->checker, "step-failed", text,
			    r->refused);
		else
			run_consequence(r, "step-failed", text);
		r->ended = 1;
		return;
	}
	display_oracle_step(r->oracle, step);
	if (step->op == SCENARIO_DETACH)
		detached(r);
}

static void
take_step(struct run *r, unsigned index, const struct scenario_step *step)
{
	char line[SCENARIO_LINE_MAX + 64];

	r->step_index = index;
	scenario_step_line(step, line, sizeof line);
	record_step(r, index, line);
	if (r->ended)
		return;
	if (r->config->explore != NULL)
		explore_point(r->config->explore);
	if (r->net != NULL)
		net_oracle_step(r->net, step);
	if (takers[step->op].host != NULL)
		takers[step->op].host(r, index, step);
	else
		take_in_guest(r, step, line);
}

/*
 * The end of a run in which something failed on purpose.  An attach that gave
 * up, by now, leaves nothing; and what is left of the device detaches, if its
 * drivers know how.
 */
static void
way_out(struct run *r)
{
	static const struct scenario_step step = { .op = SCENARIO_DETACH };

	r->step_index = r->config->scenario->n + 2;
	let_time_pass(r, EXPECT_WAIT_NS);
	if (sched_stopped(machine_sched(r->machine)))
		return;
	if (r->attaching && given_up(r) && transport(r) != 0)
		checker_leaks(r->checker, transport(r), 0);
	r->step = &step;
	r->step_op = HC_OP_DETACH;
	r->step_error = 0;
	if (sched_call(machine_sched(r->machine), guest_step, r) ==
	    SCHED_DONE && r->step_error == 0)
		detached(r);
	checker_failed_note(r->checker);
}

/*
 * Steps until the run ends; one in which something failed on purpose goes on
 * to the next picture, unless the driver gave up.
 */
static void
take_steps(struct run *r)
{
	const struct scenario *s = r->config->scenario;

	r->had_failed = r->attaching = run_has_failed(r);
	for (size_t i = 0; i < s->n && !r->ended &&
	    !(r->attaching && given_up(r)); i++) {
		take_step(r, (unsigned)i + 1, &s->steps[i]);
		if (!r->had_failed && run_has_failed(r))
			r->attaching = s->steps[i].op == SCENARIO_ATTACH;
		if (run_has_failed(r) && s->steps[i].op == SCENARIO_EXPECT)
			break;
		r->had_failed = run_has_failed(r);
	}
	if (run_has_failed(r))
		way_out(r);
}

void
run_play(struct run *r)
{
	const struct boundary_happening still = { .what = HAPPEN_STILL };

	record_step(r, 0, "boot");
	slack_from(r, 0);
	if (!r->ended)
		(void)sched_call(machine_sched(r->machine), boot, r);
	if (r->ended)
		return;
	door_booted(r->door);
	if (run_has_failed(r))
		let_time_pass(r, EXPECT_WAIT_NS);
	take_steps(r);
	r->step_index = r->config->scenario->n + 1;
	if ((r->reset_wanted || r->event_wanted) && !r->ended)
		let_time_pass(r, EXPECT_WAIT_NS);
	if (run_reset_missing(r))
		checker_reset_ignored(r->checker, NULL, NULL);
	event_judge(r);
	if (!r->ended)
		(void)machine_happen(r->machine, &still);
}
