/* run.c: one run: a guest on a machine with a host, asked by a scenario. */
#include "run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "checker.h"
#include "door.h"
#include "host_profile.h"
#include "virtio_pci_device.h"
#include "virtio_spec.h"

/* A repaint comes every 10 ms: after this, two have seen all that was drawn. */
#define EXPECT_WAIT_NS	UINT64_C(25000000)
#define WATCH_MAX	64u
/* So often Apple's host says that a reset is not complete yet. */
#define APPLE_RESET_READS 3u
#define APPLE_FIRMWARE_STATUS 0x0fu	/* up to DRIVER_OK */

struct run {
	const struct run_config *config;
	struct run_result *result;
	struct machine *machine;
	struct door *door;
	struct checker *checker;
	struct display_oracle *oracle;
	const struct guest_entry *entry;
	struct digest digest;
	struct error *err;
	int failed;			/* err is set: no result */
	int ended;			/* early, by a panic or the like */
	/* The step that the process takes. */
	const struct scenario_step *step;
	int step_error;
	/* What the driver tells the device, to see whether it gave up. */
	struct virtio_pci_state told;
	uint32_t transport;		/* its owner number, door_owner() */
	uint64_t watch[WATCH_MAX];
	size_t nwatch;
};

/* --- events --- */

/* Nothing of the guest runs any more; does not return to a guest. */
static void
end_run(struct run *r)
{
	r->ended = 1;
	sched_stop(machine_sched(r->machine));
}

static void
record(struct run *r, const struct event *e)
{
	if (r->result->stopped)		/* at until: what comes after is not */
		return;
	r->result->events++;
	event_digest(e, &r->digest);
	if (r->config->event != NULL && !r->failed &&
	    r->config->event(r->config->self, e, r->err) != 0)
		r->failed = 1;
	if ((r->failed || (r->config->until != 0 &&
	    r->result->events >= r->config->until)) && !r->ended) {
		r->result->stopped = !r->failed;
		end_run(r);
	}
}

static void
on_reg(void *self, int write, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	struct event e = { .kind = write ? EVENT_WRITE : EVENT_READ };
	struct run *r = self;
	uint32_t resets = r->told.resets;

	e.access.bdf = bdf;
	e.access.region = (uint8_t)region;
	e.access.size = (uint8_t)size;
	e.access.offset = offset;
	e.access.value = value;
	if (bdf == r->told.bdf && write)
		virtio_pci_state_write(&r->told, region, offset, size, value);
	else if (bdf == r->told.bdf)
		virtio_pci_state_read(&r->told, region, offset, size, value);
	if (resets != r->told.resets && r->checker != NULL)
		checker_reset(r->checker);
	if (region != REGION_CONFIG && r->transport == 0 && r->door != NULL)
		r->transport = door_owner(r->door);
	record(self, &e);
}

static void
on_chain_taken(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	struct event_descriptor *d = check_calloc(ndesc + 1, sizeof d[0]);
	struct event e = { .kind = EVENT_CHAIN };
	struct run *r = self;

	(void)bdf;
	for (unsigned i = 0; i < ndesc; i++) {
		d[i].len = lens[i];
		d[i].write = i >= nread;
	}
	e.chain.queue = queue;
	e.chain.ordinal = ordinal;
	e.chain.flags = r->config->ram != NULL ? EVENT_CHAIN_INFERRED : 0;
	e.chain.descriptors = d;
	e.chain.descriptor_count = ndesc;
	e.data = read;
	e.data_len = nread_bytes;
	if (queue == 0)
		display_oracle_request(r->oracle, read, nread_bytes);
	record(r, &e);
	free(d);
}

static void
on_chain_used(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t nwritten)
{
	struct event e = { .kind = EVENT_USED };
	struct run *r = self;

	(void)bdf;
	e.used.queue = queue;
	e.used.ordinal = ordinal;
	e.used.used_len = used_len;
	e.data = written;
	e.data_len = nwritten;
	if (queue == 0)
		display_oracle_answer(r->oracle, written, nwritten);
	checker_chain_used(r->checker, queue, ordinal);
	record(r, &e);
}

static void
on_irq(void *self, uint16_t bdf, int how, uint32_t number)
{
	struct event e = { .kind = EVENT_IRQ };

	(void)bdf;
	e.irq.how = (uint8_t)how;
	e.irq.number = number;
	record(self, &e);
}

static void
on_time(void *self, uint64_t now_ns)
{
	struct event e = { .kind = EVENT_TIME };
	struct run *r = self;

	e.time_ns = now_ns;
	r->result->time_ns = now_ns;
	record(r, &e);
}

static void
on_picture(void *self, unsigned scanout, unsigned width, unsigned height,
    const uint8_t *bgrx)
{
	struct run *r = self;

	/* Digested when it is looked at, in expect: here it would cost more
	   than the run. */
	display_oracle_picture(r->oracle, scanout, width, height, bgrx);
}

static void
on_diverged(void *self, const char *text)
{
	struct run_result *result = ((struct run *)self)->result;

	for (size_t i = 0; i < result->nnotes; i++)
		if (strcmp(result->notes[i], text) == 0)
			return;
	if (result->nnotes == RUN_NOTES_MAX) {
		result->nnotes_dropped++;
		return;
	}
	result->notes[result->nnotes++] = check_strdup(text);
}

/* --- to the checkers --- */

static void
on_dma(void *self, const struct machine_dma *a)
{
	checker_dma(((struct run *)self)->checker, a);
}

static void
on_protocol(void *self, const char *id, const char *section, const char *text)
{
	checker_protocol(((struct run *)self)->checker, id, section, text);
}

static void
on_dma_rule(void *self, const char *id, int fatal, const struct bus_map *map,
    const char *text)
{
	checker_dma_rule(((struct run *)self)->checker, id, fatal, map, text);
}

static void
on_synced(void *self, const struct bus_map *map, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	(void)self;
	(void)map;
	(void)offset;
	(void)len;
	(void)ops;
}

static void
on_reg_unclaimed(void *self, uint64_t pa, unsigned size, int write)
{
	checker_reg_unclaimed(((struct run *)self)->checker, pa, size, write);
}

static _Noreturn void
end_in_guest(struct run *r)
{
	r->ended = 1;
	sched_abandon(machine_sched(r->machine));
}

static void
on_dma_aborted(void *self, uint64_t bus)
{
	struct run *r = self;

	(void)bus;
	checker_consequence(r->checker, "host-aborted", "the host's access to "
	    "memory that is not there ended the guest");
	end_run(r);
}

static void
on_no_progress(void *self)
{
	struct run *r = self;

	checker_consequence(r->checker, "no-progress", "the guest waits for "
	    "what will never happen");
	r->ended = 1;
}

static void
on_host_gone(void *self, const struct error *err)
{
	struct run *r = self;
	struct event e = { .kind = EVENT_HOST_END };

	e.data = (const uint8_t *)err->text;
	e.data_len = strlen(err->text);
	r->ended = 1;
	checker_consequence(r->checker, "host-died", err->text);
	record(r, &e);
}

static void
on_interrupt(void *self, uint64_t token)
{
	((struct run *)self)->entry->interrupt(token);
}

static void
on_softintr(void *self, uint64_t token)
{
	((struct run *)self)->entry->softintr(token);
}

static void
on_timeout(void *self, uint64_t token)
{
	((struct run *)self)->entry->timeout(token);
}

static void
on_bad_access(void *self, enum mem_bad why, uint64_t va, size_t size,
    unsigned kind, const void *pc)
{
	struct run *r = self;

	checker_bad_access(r->checker, why, va, size, kind, pc);
	if (why == MEM_BAD_ABORT || why == MEM_BAD_HOLE)
		end_in_guest(r);
}

static void
on_stale_load(void *self, uint64_t pa, size_t size, const void *pc)
{
	checker_stale_load(((struct run *)self)->checker, pa, size, pc);
}

static void
on_posted_access(void *self, uint64_t pa, size_t size, unsigned kind,
    const void *pc)
{
	checker_posted_access(((struct run *)self)->checker, pa, size, kind,
	    pc);
}

static void
on_used_index_load(void *self, uint64_t pa, const void *pc)
{
	checker_used_index_load(((struct run *)self)->checker, pa, pc);
}

static void
on_activity(void *self)
{
	sched_idle(machine_sched(((struct run *)self)->machine));
}

/* In the second run: who called when this store was made. */
static void
on_watched_store(void *self, uint64_t seq, const void *pc)
{
	struct run *r = self;
	struct findings *f = r->result->watched;
	callpath_id path = callpath_here(r->result->paths, pc);

	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (f->list[i].store_seq == seq)
			f->list[i].notes[f->list[i].store_note].path = path;
}

static void
on_panic(void *self, const char *text)
{
	struct run *r = self;
	char sentence[FINDING_TEXT_MAX];

	snprintf(sentence, sizeof sentence, "the guest panicked: %.300s", text);
	r->ended = 1;
	checker_consequence(r->checker, "guest-panic", sentence);
}

static void
on_unmodelled(void *self, const char *function)
{
	struct run *r = self;

	r->ended = 1;
	r->result->verdict = RUN_UNKNOWN;
	snprintf(r->result->unknown, sizeof r->result->unknown,
	    "the driver needs %.100s, which the kernel shim does not model",
	    function);
}

static void
on_rule_broken(void *self, const char *id, const char *text)
{
	checker_rule(((struct run *)self)->checker, id, text);
}

static void
on_user_map_nowhere(void *self, uint64_t pa, callpath_id answer)
{
	checker_user_map_nowhere(((struct run *)self)->checker, pa, answer);
}

static void
on_console_geometry(void *self, unsigned rows, unsigned columns, unsigned x,
    unsigned y)
{
	display_oracle_geometry(((struct run *)self)->oracle, rows, columns, x,
	    y);
}

/* --- the scenario --- */

static void
boot(void *self)
{
	((struct run *)self)->entry->boot();
}

static void
guest_step(void *self)
{
	static const hc_u32 ops[] = {
		[SCENARIO_TEXT] = HC_OP_TEXT,
		[SCENARIO_SCREEN] = HC_OP_SCREEN,
		[SCENARIO_GRAPHICS] = HC_OP_GRAPHICS,
		[SCENARIO_TEXTMODE] = HC_OP_TEXTMODE,
		[SCENARIO_MAP] = HC_OP_MAP,
		[SCENARIO_UNMAP] = HC_OP_UNMAP,
		[SCENARIO_FILL] = HC_OP_FILL,
		[SCENARIO_PATTERN] = HC_OP_PATTERN,
		[SCENARIO_COPY] = HC_OP_COPY,
		[SCENARIO_RAISE] = HC_OP_RAISE,
	};
	struct run *r = self;
	hc_u64 args[6];

	for (int i = 0; i < 6; i++)
		args[i] = r->step->args[i];
	r->step_error = r->entry->op(ops[r->step->op], args, r->step->text);
}

static void
record_step(struct run *r, unsigned index, const char *line)
{
	struct event e = { .kind = EVENT_STEP };

	e.step.index = index;
	e.data = (const uint8_t *)line;
	e.data_len = strlen(line);
	record(r, &e);
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
		record(r, &e);
	if (r->config->host_picture == NULL || r->config->host_picture(
	    r->config->self, &own, &width, &height, &err) != 0)
		return;
	e.picture.origin = EVENT_ORIGIN_HOST;
	e.picture.width = width;
	e.picture.height = height;
	e.data = own.data;
	e.data_len = own.len;
	if (e.data_len == (size_t)width * height * 4)
		record(r, &e);
	bytes_free(&own);
}

static void
expect(struct run *r, unsigned index)
{
	struct display_compare c;
	char text[200];

	display_oracle_compare(r->oracle, &c);
	r->result->pictures++;
	record_pictures(r, &c);
	if (r->config->expected != NULL)
		r->config->expected(r->config->self, index, &c);
	if (c.intended == NULL) {
		checker_consequence(r->checker, "step-failed", "the scenario "
		    "expects a picture and no display was ever set up");
	} else if (c.shown == NULL) {
		checker_consequence(r->checker, "display-differs",
		    "the host never showed a picture of the intended size");
	} else if (c.differ != 0) {
		snprintf(text, sizeof text, "the host shows %s: %" PRIu64
		    " of %u pixels are not what was drawn, the first at %u,%u",
		    c.black ? "a black screen" : "another picture", c.differ,
		    c.width * c.height, c.x, c.y);
		checker_consequence(r->checker, "display-differs", text);
	}
}

static void
take_step(struct run *r, unsigned index, const struct scenario_step *step)
{
	struct sched *s = machine_sched(r->machine);
	char line[SCENARIO_LINE_MAX + 64], text[FINDING_TEXT_MAX];

	scenario_step_line(step, line, sizeof line);
	record_step(r, index, line);
	if (r->ended)
		return;
	if (step->op == SCENARIO_WAIT || step->op == SCENARIO_EXPECT) {
		uint64_t ns = step->op == SCENARIO_WAIT ?
		    step->args[0] * 1000000 : EXPECT_WAIT_NS;

		(void)sched_wait(s, sched_now_ns(s) + ns);
		if (step->op == SCENARIO_EXPECT && !r->ended)
			expect(r, index);
		return;
	}
	r->step = step;
	r->step_error = 0;
	if (sched_call(s, guest_step, r) != SCHED_DONE)
		return;
	if (r->step_error != 0) {
		snprintf(text, sizeof text, "the step \"%.200s\" was not "
		    "achieved: error %d", line, r->step_error);
		checker_consequence(r->checker, "step-failed", text);
		r->ended = 1;
		return;
	}
	display_oracle_step(r->oracle, step);
}

static void
play(struct run *r)
{
	const struct scenario *s = r->config->scenario;

	record_step(r, 0, "boot");
	if (!r->ended)
		(void)sched_call(machine_sched(r->machine), boot, r);
	if (r->config->fail_at != 0) {
		(void)sched_wait(machine_sched(r->machine),
		    sched_now_ns(machine_sched(r->machine)) + EXPECT_WAIT_NS);
		if ((r->told.status & VIRTIO_STATUS_FAILED) != 0 &&
		    r->transport != 0 && !r->ended)
			checker_leaks(r->checker, r->transport);
		return;
	}
	for (size_t i = 0; i < s->n && !r->ended; i++)
		take_step(r, (unsigned)i + 1, &s->steps[i]);
}

/* --- one pass --- */

static void
stack_bounds(void *self, uint64_t *low, uint64_t *high)
{
	struct run *r = self;

	*low = *high = 0;
	if (r->machine != NULL && sched_in_guest(machine_sched(r->machine)))
		sched_stack(machine_sched(r->machine), low, high);
}

static const struct machine_events machine_events = {
	.reg = on_reg, .dma = on_dma, .chain_taken = on_chain_taken,
	.chain_used = on_chain_used, .irq = on_irq, .time = on_time,
	.picture = on_picture, .diverged = on_diverged,
	.protocol_broken = on_protocol, .dma_rule = on_dma_rule,
	.synced = on_synced, .reg_unclaimed = on_reg_unclaimed,
	.dma_aborted = on_dma_aborted, .no_progress = on_no_progress,
	.host_gone = on_host_gone, .interrupt = on_interrupt,
	.softintr = on_softintr, .timeout = on_timeout,
	.mem = { on_bad_access, on_stale_load, on_posted_access,
	    on_used_index_load, on_activity, on_watched_store },
};

static const struct door_events door_events = { on_panic, on_unmodelled,
    on_rule_broken, on_user_map_nowhere, on_console_geometry };

/* Apple's manners, laid over whatever host this is. */
static struct boundary_host
apple_manners(struct machine *m, struct boundary_host host)
{
	/* Its firmware showed a logo, and left the device as it was. */
	struct host_profile p = { .port = machine_port(m),
	    .bdf = VIRTIO_PCI_BDF_DEFAULT,
	    .late_reset_reads = APPLE_RESET_READS,
	    .firmware_status = APPLE_FIRMWARE_STATUS,
	    .features_refused = host_profile_apple_refused };

	return host_profile_create(host, &p);
}

static int
pass_begin(struct run *r)
{
	const struct run_config *config = r->config;
	struct machine_config mc = { config->desc, NULL, r->result->paths,
	    &machine_events, r };
	struct boundary_host host;

	if (config->ram != NULL)
		mc.ram = config->ram(config->self);
	r->machine = machine_create(&mc, r->err);
	if (r->machine == NULL)
		return -1;
	machine_choice(r->machine)->kinds = config->choice_kinds;
	machine_choice(r->machine)->mode = config->choice_mode;
	machine_choice(r->machine)->prng.state = config->choice_seed;
	if (config->fail_at != 0) {
		machine_choice(r->machine)->kinds |= 1u << CHOICE_ALLOCATION;
		machine_choice(r->machine)->mode = CHOICE_ONE;
		machine_choice(r->machine)->one_kind = CHOICE_ALLOCATION;
		machine_choice(r->machine)->one_at = config->fail_at;
	}
	virtio_pci_state_init(&r->told, NULL, VIRTIO_PCI_BDF_DEFAULT);
	mem_watch_stores(machine_mem(r->machine), r->watch, r->nwatch);
	if (config->host(config->self, r->machine, &host, r->err) != 0)
		return -1;
	if (config->desc->apple)
		host = apple_manners(r->machine, host);
	machine_host_set(r->machine, host);
	r->door = door_open(r->machine, config->guest, &door_events, r);
	r->entry = door_guest(r->door);
	r->checker = checker_create(&r->result->findings, &r->result->events);
	checker_attach(r->checker, r->machine, r->door);
	r->oracle = display_oracle_create(r->entry->font, r->entry->palette);
	digest_init(&r->digest);
	return 0;
}

static void
pass_end(struct run *r)
{
	if (r->door != NULL)
		bytes_add(&r->result->dmesg, door_dmesg(r->door)->data,
		    door_dmesg(r->door)->len);
	display_oracle_destroy(r->oracle);
	checker_destroy(r->checker);
	if (r->machine != NULL)
		r->result->allocations = machine_choice(r->machine)
		    ->asked[CHOICE_ALLOCATION];
	if (r->machine != NULL)
		r->result->stores = mem_store_count(machine_mem(r->machine));
	door_close(r->door);
	machine_destroy(r->machine);
	r->oracle = NULL;
	r->checker = NULL;
	r->door = NULL;
	r->machine = NULL;
}

static int
pass(struct run *r)
{
	int ok = pass_begin(r) == 0;

	if (ok && machine_firmware(r->machine, r->err) != 0 && !r->ended)
		ok = 0;
	if (ok && !r->ended)
		play(r);
	pass_end(r);
	return ok && !r->failed ? 0 : -1;
}

/* --- result --- */

static void
digest_findings(struct run *r)
{
	const struct findings *f = &r->result->findings;

	digest_add_u64(&r->digest, f->n);
	for (size_t i = 0; i < f->n; i++) {
		digest_add_string(&r->digest, f->list[i].kind->id);
		digest_add_u64(&r->digest, (uint64_t)f->list[i].fatal);
		digest_add_string(&r->digest, f->list[i].text);
	}
	digest_add(&r->digest, r->result->dmesg.data, r->result->dmesg.len);
	digest_final(&r->digest, r->result->digest);
}

static int
by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* A finding's identity among all runs of one guest: id, severity, place. */
static uint64_t
finding_identity(const struct run_result *result, const struct finding *f)
{
	const struct callpath *p = callpath_get(result->paths, f->where);
	uint8_t hash[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	digest_add_string(&d, f->kind->id);
	digest_add_u64(&d, (uint64_t)f->fatal);
	for (uint32_t i = 0; i < p->n; i++)
		digest_add_u64(&d, p->at[i]);
	digest_final(&d, hash);
	return bytes_le(hash, 8);
}

/* 1 the first time. */
static int
seen_add(struct run_seen *s, uint64_t identity)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->list[i] == identity)
			return 0;
	s->list = check_realloc(s->list, (s->n + 1) * sizeof s->list[0]);
	s->list[s->n++] = identity;
	return 1;
}

void
run_seen_free(struct run_seen *s)
{
	free(s->list);
	memset(s, 0, sizeof *s);
}

/* Runs again, into a result that is thrown away but for the paths. */
static void
look_again(const struct run *first)
{
	struct run r;
	struct run_result again, *result = first->result;
	struct run_config config = *first->config;
	struct error err;

	memset(&r, 0, sizeof r);
	memset(&again, 0, sizeof again);
	for (size_t i = 0; i < result->findings.n; i++) {
		const struct finding *f = &result->findings.list[i];

		if (f->store_seq != 0 && r.nwatch < WATCH_MAX &&
		    (config.seen == NULL || seen_add(config.seen,
		    finding_identity(result, f))))
			r.watch[r.nwatch++] = f->store_seq;
	}
	if (r.nwatch == 0 || config.once)
		return;
	qsort(r.watch, r.nwatch, sizeof r.watch[0], by_value);
	config.event = NULL;
	config.expected = NULL;
	r.config = &config;
	r.result = &again;
	r.err = &err;
	again.paths = result->paths;
	again.watched = &result->findings;
	callpaths_stack_set(result->paths, stack_bounds, &r);
	(void)pass(&r);
	again.paths = NULL;
	run_result_free(&again);
}

int
run_execute(const struct run_config *config, struct run_result *result,
    struct error *err)
{
	struct run r;

	memset(&r, 0, sizeof r);
	memset(result, 0, sizeof *result);
	r.config = config;
	r.result = result;
	r.err = err;
	result->paths = callpaths_create(guest_base(config->guest),
	    guest_size(config->guest), stack_bounds, &r);
	if (pass(&r) != 0) {
		run_result_free(result);
		return -1;
	}
	if (result->verdict != RUN_UNKNOWN)
		result->verdict = findings_fatal(&result->findings) != 0 ?
		    RUN_FAILS : RUN_HOLDS_BOUNDED;
	digest_findings(&r);
	look_again(&r);
	callpaths_stack_set(result->paths, NULL, NULL);
	return 0;
}

void
run_result_free(struct run_result *r)
{
	for (size_t i = 0; i < r->nnotes; i++)
		free(r->notes[i]);
	findings_free(&r->findings);
	callpaths_destroy(r->paths);
	bytes_free(&r->dmesg);
	memset(r, 0, sizeof *r);
}

const char *
run_verdict_name(enum run_verdict v)
{
	static const char *const names[] = { "HOLDS", "HOLDS-BOUNDED", "FAILS",
	    "UNKNOWN" };

	return names[v];
}
