/* run_events.c: what machine and door tell of a run, handed on. */
#include "run_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "check.h"
#include "explore.h"
#include "explore_run.h"
#include "gpu_spec.h"
#include "virtio_pci_device.h"
#include "virtio_spec.h"

/* --- events --- */

/* Nothing of the guest runs any more; does not return to a guest. */
static void
end_run(struct run *r)
{
	r->ended = 1;
	sched_stop(machine_sched(r->machine));
}

/* A picture counts by its pixels' digest, which may be known already. */
static void
digest_event(struct run *r, const struct event *e)
{
	struct event known = *e;

	if (e->kind == EVENT_PICTURE && e->picture.pack == EVENT_PACK_NONE) {
		picture_memo_hash(r->config->pictures, e->data, e->data_len,
		    known.picture.hash);
		known.picture.pack = EVENT_PACK_KEY;
	}
	event_digest(&known, &r->digest);
}

int
run_has_found(const struct run *r)
{
	const struct findings *f = &r->result->findings;

	switch (r->config->until_found) {
	case RUN_UNTIL_FATAL:
		return findings_fatal(f) != 0;
	case RUN_UNTIL_FINDING:
		return f->n != 0;
	default:
		return 0;
	}
}

/* The host is serving a request: let it come to an end. */
static int
is_at_work(const struct event *e)
{
	return e->kind == EVENT_CHAIN || e->kind == EVENT_USED ||
	    e->kind == EVENT_IRQ;
}

/* What listens keeps what it likes: it is not part of the run. */
static void
tell_event(struct run *r, const struct event *e)
{
	if (r->config->event == NULL || r->failed)
		return;
	arena_pause();
	if (r->config->event(r->config->self, e, r->err) != 0)
		r->failed = 1;
	arena_resume();
}

void
run_record(struct run *r, const struct event *e)
{
	if (r->result->stopped)		/* at until: what comes after is not */
		return;
	r->result->events++;
	if (r->config->explore == NULL || explore_is_plain(r->config->explore)) {
		digest_event(r, e);
		tell_event(r, e);
	}
	if ((r->failed || (r->config->until != 0 && r->result->events >=
	    r->config->until) || (run_has_found(r) && !is_at_work(e))) &&
	    !r->ended) {
		r->result->stopped = !r->failed;
		end_run(r);
	}
}

/* The device's; or, where that is no virtio device, the usual function's. */
static int
is_device(const struct run *r, uint16_t bdf, enum boundary_region region)
{
	return r->told.found ? virtio_watch_is_at(&r->told, bdf, region) :
	    region != REGION_MMIO && bdf == VIRTIO_PCI_BDF_DEFAULT;
}

/* Writes only: buses read to find out what there is. */
static void
note_transport(struct run *r, uint16_t bdf, enum boundary_region region,
    int write)
{
	uint32_t owner = r->door != NULL ? door_owner(r->door) : 0;

	if (!is_device(r, bdf, region) || r->transport != 0 ||
	    owner == DOOR_OWNER_LATER)
		return;
	if (region != REGION_CONFIG && write)
		r->transport = owner;
	else if (region == REGION_CONFIG && owner > r->configurer)
		r->configurer = owner;
}

/* The device may look at its queues from now on: where their rings are. */
static void
queues_ready(struct run *r)
{
	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		struct vring vr;

		if (virtio_state_ring(&r->told.st, i, &vr))
			checker_queue_ready(r->checker, &vr);
	}
}

static void
on_reg(void *self, int write, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value)
{
	struct event e = { .kind = write ? EVENT_WRITE : EVENT_READ };
	struct run *r = self;
	uint32_t resets = r->told.st.resets, stops = r->told.st.queue_stops;
	uint8_t status = r->told.st.status;
	uint32_t inner;
	int own;

	e.access.bdf = bdf;
	e.access.region = (uint8_t)region;
	e.access.size = (uint8_t)size;
	e.access.offset = offset;
	e.access.value = value;
	own = virtio_watch_access(&r->told, write, bdf, region, offset, size,
	    value);
	if (resets != r->told.st.resets && r->checker != NULL) {
		checker_reset(r->checker);
		if (r->net != NULL)
			net_oracle_forget(r->net);
		r->event_wanted = 0;
	} else if (stops != r->told.st.queue_stops && r->checker != NULL) {
		checker_reset(r->checker);	/* of all queues: it errs on
						   the driver's side */
	}
	if (r->event_wanted && own && write &&
	    virtio_state_in_config(&r->told.st, region, offset, &inner) &&
	    inner == GPU_CONFIG_EVENTS_CLEAR &&
	    (value & GPU_EVENT_DISPLAY) != 0)
		r->event_wanted = 0;
	if ((r->told.st.status & VIRTIO_STATUS_DRIVER_OK) != 0)
		r->refused = CALLPATH_NONE;
	else if (own && !write && resets == r->told.st.resets && (status &
	    ~r->told.st.status & VIRTIO_STATUS_FEATURES_OK) != 0)
		r->refused = callpath_here(r->result->paths, NULL);
	note_transport(r, bdf, region, write);
	r->accepted |= virtio_state_features(&r->told.st);
	r->was_live |= (r->told.st.status & VIRTIO_STATUS_DRIVER_OK) != 0;
	if (write && r->checker != NULL && (r->told.st.status & ~status &
	    VIRTIO_STATUS_DRIVER_OK) != 0)
		queues_ready(r);
	run_record(self, &e);
}

/* What a chain says, addresses apart; never 0. */
static uint64_t
chain_digest(const struct event *e)
{
	uint8_t hash[DIGEST_SIZE];
	struct digest d;

	digest_init(&d);
	for (uint32_t i = 0; i < e->chain.descriptor_count; i++) {
		digest_add_u64(&d, e->chain.descriptors[i].len);
		digest_add_u64(&d, e->chain.descriptors[i].write);
	}
	digest_add(&d, e->data, e->data_len);
	digest_final(&d, hash);
	return bytes_le(hash, 8) | 1;
}

/* A chain that a finding wants to be sure of (struct finding_confirm). */
static void
chain_confirm(struct run *r, const struct event *e)
{
	struct findings *list = &r->result->findings;

	if (r->confirming != NULL &&
	    r->confirming->queue == e->chain.queue &&
	    r->confirming->ordinal == e->chain.ordinal)
		r->confirmed = chain_digest(e);
	for (size_t i = 0; i < list->n; i++)
		for (size_t k = 0; k < list->list[i].nconfirm; k++) {
			struct finding_confirm *at = &list->list[i].confirm[k];

			if (at->chain == 0 && at->queue == e->chain.queue &&
			    at->ordinal == e->chain.ordinal)
				at->chain = chain_digest(e);
		}
}

static void
on_chain_taken(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	struct event e = { .kind = EVENT_CHAIN };
	struct event_descriptor *d;
	struct run *r = self;

	(void)bdf;
	/* The run's: who ends it when this is recorded does not come back. */
	if (ndesc > r->ndescriptors) {
		r->ndescriptors = ndesc;
		r->descriptors = check_realloc(r->descriptors,
		    ndesc * sizeof d[0]);
	}
	d = r->descriptors;
	for (unsigned i = 0; i < ndesc; i++)
		d[i] = (struct event_descriptor){ .len = lens[i],
		    .write = i >= nread };
	e.chain.queue = queue;
	e.chain.ordinal = ordinal;
	e.chain.flags = r->config->ram != NULL ? EVENT_CHAIN_INFERRED : 0;
	e.chain.descriptors = d;
	e.chain.descriptor_count = ndesc;
	e.data = read;
	e.data_len = nread_bytes;
	if (queue == 0)
		display_oracle_request(r->oracle, read, nread_bytes);
	if (r->net != NULL)
		net_oracle_taken(r->net, queue, nread, read, nread_bytes);
	chain_confirm(r, &e);
	run_record(r, &e);
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
	if (r->net != NULL)
		net_oracle_used(r->net, queue, written, nwritten);
	checker_chain_used(r->checker, queue, ordinal);
	run_record(r, &e);
}

static void
on_irq(void *self, uint16_t bdf, int how, uint32_t number)
{
	struct event e = { .kind = EVENT_IRQ };
	struct run *r = self;

	(void)bdf;
	if (r->net != NULL && how != EVENT_IRQ_LOWER)
		net_oracle_interrupt(r->net);
	e.irq.how = (uint8_t)how;
	e.irq.number = number;
	run_record(self, &e);
}

static void
on_time(void *self, uint64_t now_ns)
{
	struct event e = { .kind = EVENT_TIME };
	struct run *r = self;

	e.time_ns = now_ns;
	r->result->time_ns = now_ns;
	run_record(r, &e);
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

void
run_note(struct run *r, const char *text)
{
	struct run_result *result = r->result;

	for (size_t i = 0; i < result->nnotes; i++)
		if (strcmp(result->notes[i], text) == 0)
			return;
	if (result->nnotes == RUN_NOTES_MAX) {
		result->nnotes_dropped++;
		return;
	}
	result->notes[result->nnotes++] = check_strdup(text);
}

static void
on_diverged(void *self, const char *text)
{
	run_note(self, text);
}

int
run_reset_missing(const struct run *r)
{
	return r->reset_wanted && (r->reset_wanted_at == r->told.st.resets ||
	    (r->told.st.status & VIRTIO_STATUS_DRIVER_OK) == 0 ||
	    (r->told.st.status & VIRTIO_STATUS_FAILED) != 0);
}

void
run_consequence(struct run *r, const char *id, const char *text)
{
	if (run_reset_missing(r))
		checker_reset_ignored(r->checker, id, text);
	else
		checker_consequence(r->checker, id, text);
}

void
run_packet(void *self, const char *id, const char *text)
{
	struct run *r = self;

	/* A driver may drop what it cannot load, and say so. */
	if (finding_kind_find(id)->role != 0 && !run_has_failed(r))
		checker_packet(r->checker, id, text);
	else if (finding_kind_find(id)->role != 0)
		return;
	else
		checker_protocol(r->checker, id, "5.1.6.4.2", text);
}

/* --- to the checkers --- */

static void
on_dma(void *self, const struct machine_dma *a)
{
	struct run *r = self;

	if (r->config->explore != NULL)
		explore_dma(r->config->explore, a);
	checker_dma(r->checker, a);
}

static void
on_held(void *self, const struct machine_dma *a)
{
	checker_held(((struct run *)self)->checker, a);
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
on_unloading(void *self, const struct bus_map *map, const char *call)
{
	struct run *r = self;

	for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++) {
		const struct virtio_queue_state *q = &r->told.st.queue[i];

		if ((r->told.st.status & VIRTIO_STATUS_DRIVER_OK) != 0 &&
		    q->enabled && (bus_dma_map_has(map, q->desc) ||
		    bus_dma_map_has(map, q->driver) ||
		    bus_dma_map_has(map, q->device)))
			checker_unloading_rings(r->checker, map, i, call);
	}
	checker_unloading(r->checker, map, call);
}

static void
on_syncing(void *self, const struct bus_map *map, uint64_t home,
    uint64_t view, uint64_t n, uint32_t ops)
{
	checker_syncing(((struct run *)self)->checker, map, home, view, n,
	    ops);
}

static void
on_synced(void *self, const struct bus_map *map, uint64_t offset, uint64_t len,
    uint32_t ops)
{
	struct run *r = self;

	/* Where devices have a copy, this is when avail.idx gets there. */
	if (r->config->desc->bounce && (ops & SYNC_PREWRITE) != 0)
		checker_avail_synced(r->checker, map, offset, len);
	if ((ops & SYNC_POSTREAD) != 0)
		checker_used_synced(r->checker);
	if (r->config->synced != NULL && !r->result->stopped)
		r->config->synced(r->config->self, map, offset, len, ops);
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
	run_consequence(r, "host-aborted", "the host's access to "
	    "memory that is not there ended the guest");
	end_run(r);
}

static void
on_arriving(void *self, enum choice_kind kind)
{
	struct run *r = self;

	if (r->config->explore == NULL ||
	    !explore_tries(r->config->explore, kind))
		return;
	door_stack_here(r->door);
	explore_meet(r->config->explore, kind, 0);
}

static void
on_no_progress(void *self)
{
	struct run *r = self;

	run_consequence(r, "no-progress", "the guest waits for "
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
	run_consequence(r, "host-died", err->text);
	run_record(r, &e);
}

/*
 * What the kernel would call next stands in memory that was freed: it would
 * run whatever is there by now, and so we cannot.
 */
static int
token_freed(struct run *r, uint64_t token)
{
	const struct door_kmem *k = door_kmem_at(r->door, token);

	if (k == NULL || k->live)
		return 0;
	run_consequence(r, "guest-panic", "a handler or a timeout is called "
	    "whose structure was freed: the kernel runs what is there now");
	return 1;
}

static void
on_interrupt(void *self, uint64_t token)
{
	struct run *r = self;

	if (token_freed(r, token))
		end_in_guest(r);
	r->entry->interrupt(token);
}

/* What does not take the kernel lock may run on any CPU. */
static void
on_softintr(void *self, uint64_t token)
{
	struct run *r = self;
	uint64_t locked;

	locked = door_kernel_takes(r->door);
	if (token_freed(r, token))
		end_in_guest(r);
	r->entry->softintr(token);
	r->unlocked |= locked == door_kernel_takes(r->door);
}

/* Ways that differed within a timeout may be one behind it, before what it came
   between goes on. */
static void
timeout_done(struct run *r)
{
	if (r->config->explore == NULL)
		return;
	mem_settle(machine_mem(r->machine));
	door_stack_here(r->door);
	explore_meet(r->config->explore, CHOICE_TIMER, 1);
}

static void
on_timeout(void *self, uint64_t token)
{
	struct run *r = self;
	uint64_t locked;

	locked = door_kernel_takes(r->door);
	if (token_freed(r, token))
		end_in_guest(r);
	r->entry->timeout(token);
	r->unlocked |= locked == door_kernel_takes(r->door);
	timeout_done(r);
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
	struct run *r = self;

	if (r->config->explore != NULL)
		explore_meet(r->config->explore, CHOICE_HOST_LATE, pa);
	machine_host_late(r->machine, pa);
	checker_used_index_load(r->checker, pa, pc);
}

static void
on_old_load(void *self, uint64_t pa, size_t size, const void *pc)
{
	checker_old_load(((struct run *)self)->checker, pa, size, pc);
}

static void
on_draining(void *self)
{
	machine_host_drain(((struct run *)self)->machine);
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

	run_stop_store(r, seq);
	for (size_t i = 0; f != NULL && i < f->n; i++)
		if (f->list[i].store_seq == seq)
			f->list[i].notes[f->list[i].store_note].path = path;
}

static void
on_range_store(void *self, uint64_t id, int visible, const void *pc)
{
	struct run *r = self;

	if (!visible && r->config->explore != NULL) {
		mem_race_let(machine_mem(r->machine), MEM_RACE_DEVICE);
		explore_point(r->config->explore);
	}
	checker_avail_index_store(r->checker, (uint16_t)id, visible, pc);
}

static void
on_mismatched_load(void *self, uint64_t pa, size_t size, const void *pc)
{
	checker_mismatched_load(((struct run *)self)->checker, pa, size, pc);
}

static void
on_data_race(void *self, size_t size, unsigned kind, const void *pc,
    const struct race_other *other)
{
	checker_data_race(((struct run *)self)->checker, size, kind, pc,
	    other);
}

static void
on_between(void *self, const void *pc, const struct between_pair *pair)
{
	struct run *r = self;

	r->gaps |= 1u << GAP_BETWEEN;
	checker_between(r->checker, pc, pair);
}

static void
on_late_load(void *self, const struct overtaken_load *load)
{
	struct run *r = self;

	if (checker_late_load(r->checker, load))
		r->gaps |= 1u << GAP_OVERTAKEN;
}

static void
on_known(void *self)
{
	struct run *r = self;

	if (r->config->explore != NULL)
		explore_known(r->config->explore);
}

/* Who goes a way again does not know what was tried when it was found. */
static void
on_mpsafe(void *self)
{
	struct run *r = self;

	/* Its soft interrupts and its process need none, either. */
	r->unlocked = 1;
	if (r->config->explore != NULL &&
	    explore_compares(r->config->explore))
		mem_race_begin(machine_mem(r->machine));
}

static void
on_spread(void *self)
{
	((struct run *)self)->spread = 1;
}

static void
on_panic(void *self, const char *text)
{
	struct run *r = self;
	char sentence[FINDING_TEXT_MAX];

	snprintf(sentence, sizeof sentence, "the guest panicked: %.300s", text);
	r->ended = 1;
	run_consequence(r, "guest-panic", sentence);
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

/* --- the network's stack and driver --- */

static void
on_net_frame(void *self, unsigned dir, unsigned queue, const uint8_t *frame,
    size_t len, uint32_t flags, uint32_t mss)
{
	struct run *r = self;

	if (r->net != NULL)
		net_oracle_frame(r->net, dir, queue, frame, len, flags, mss);
}

static void
on_net_state(void *self, const char *name, const struct hc_net_state *state)
{
	struct run *r = self;

	(void)name;
	if (r->net != NULL)
		net_oracle_state(r->net, state);
	if (r->config->net_state != NULL)
		r->config->net_state(r->config->self, state);
}

static void
on_net_content(void *self, const uint8_t *bytes, size_t len)
{
	struct run *r = self;

	if (r->net != NULL)
		net_oracle_content(r->net, bytes, len);
}

const struct machine_events run_machine_events = {
	.reg = on_reg, .dma = on_dma, .held = on_held, .chain_taken = on_chain_taken,
	.chain_used = on_chain_used, .irq = on_irq, .time = on_time,
	.picture = on_picture, .diverged = on_diverged,
	.protocol_broken = on_protocol, .dma_rule = on_dma_rule,
	.unloading = on_unloading, .syncing = on_syncing, .synced = on_synced, .reg_unclaimed = on_reg_unclaimed,
	.dma_aborted = on_dma_aborted, .no_progress = on_no_progress,
	.arriving = on_arriving, .mpsafe = on_mpsafe,
	.known = on_known,
	.host_gone = on_host_gone, .interrupt = on_interrupt,
	.softintr = on_softintr, .timeout = on_timeout,
	.mem = { on_bad_access, on_stale_load, on_posted_access,
	    on_used_index_load, on_activity, on_watched_store, on_range_store,
	    on_old_load, on_draining, on_mismatched_load, on_data_race,
	    on_between, on_late_load },
};

static void
on_pool_leak(void *self, uint64_t size, callpath_id taken)
{
	checker_mbuf_leak(((struct run *)self)->checker, size, taken);
}

static void
on_fault(void *self, uint64_t va, size_t size, unsigned kind, const void *pc)
{
	on_bad_access(self, MEM_BAD_HOLE, va, size, kind, pc);
}

const struct door_events run_door_events = {
	.panic = on_panic, .unmodelled = on_unmodelled,
	.rule_broken = on_rule_broken, .spread = on_spread, .fault = on_fault,
	.user_map_nowhere = on_user_map_nowhere,
	.console_geometry = on_console_geometry,
	.net_frame = on_net_frame, .net_state = on_net_state,
	.net_content = on_net_content,
	.pool_leak = on_pool_leak,
};
