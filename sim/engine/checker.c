/* checker.c: predictive analysis in one pass. */
#include "checker_var.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

const char *const checker_purpose_names[DMA_PURPOSES] = {
	"a descriptor", "an indirect descriptor", "avail.flags", "avail.idx",
	"an entry of the available ring", "used_event", "used.flags",
	"an entry of the used ring", "used.idx", "avail_event",
	"a buffer of the request", "memory that a request named",
};

struct checker *
checker_create(struct findings *f, const uint64_t *event)
{
	struct checker *c = check_calloc(1, sizeof *c);

	c->findings = f;
	c->event = event;
	return c;
}

void
checker_destroy(struct checker *c)
{
	if (c == NULL)
		return;
	check_free(c->posted);
	check_free(c->index);
	checker_publish_free(c);
	check_free(c);
}

void
checker_attach(struct checker *c, struct machine *m, struct door *d)
{
	c->machine = m;
	c->mem = machine_mem(m);
	c->dma = machine_bus_dma(m);
	c->door = d;
}

/* "BUS_DMA memory of 1228800 bytes", and the path of who made it. */
static void
note_memory(struct checker *c, struct finding *f, uint64_t home)
{
	const struct bus_memory *m = bus_dma_memory_by_pa(c->dma, home);

	if (m != NULL)
		finding_note(f, m->allocated, "the memory: %llu bytes by "
		    "bus_dmamem_alloc", (unsigned long long)m->size);
}

/* --- addresses --- */

/* Whose kernel virtual address it is; 1 if it is one at all. */
static int
note_kva(struct checker *c, struct finding *f, uint64_t va)
{
	const struct bus_mapping *m = bus_dma_mapping_by_va(c->dma, va);
	const struct door_kmem *k = door_kmem_at(c->door, va);

	if (m != NULL)
		finding_note(f, m->mapped_at, "the address: byte %llu of a "
		    "mapping of %llu bytes by bus_dmamem_map",
		    (unsigned long long)(va - m->va),
		    (unsigned long long)m->size);
	else if (k != NULL)
		finding_note(f, k->path, "the address: byte %llu of %llu bytes"
		    " of malloc", (unsigned long long)(va - k->va),
		    (unsigned long long)k->size);
	return m != NULL || k != NULL;
}

/* Rules A2 and J5: no memory is there; a kernel address says whose it is. */
static void
address_nowhere(struct checker *c, const struct machine_dma *a)
{
	int kva = mem_va_inside(a->bus, 1);
	int iommu = !kva && bus_dma_iommu_gave(c->dma, a->bus);
	struct finding *f = found(c, kva ? "address-kva" : iommu ?
	    "address-not-loaded" : "address-nowhere", a->published, 1,
	    a->published);

	if (f == NULL)
		return;
	if (kva) {
		say(f->text, "the host was given the kernel virtual address "
		    "0x%llx for %s; a device takes bus addresses only",
		    (unsigned long long)a->bus,
		    checker_purpose_names[a->what->purpose]);
		(void)note_kva(c, f, a->bus);
	} else if (iommu) {
		say(f->text, "the host was given the address 0x%llx for %s, "
		    "which the IOMMU does not have: nothing has it loaded",
		    (unsigned long long)a->bus,
		    checker_purpose_names[a->what->purpose]);
	} else {
		say(f->text, "the host was given the address 0x%llx for %s, "
		    "where this machine has no memory",
		    (unsigned long long)a->bus,
		    checker_purpose_names[a->what->purpose]);
	}
	say(f->prevent, "%s", iommu ?
	    "bus_dmamap_load before the request, unload after it" :
	    "take the address from dm_segs of a loaded map (bus_dmamap_load)");
}

static void
address_not_loaded(struct checker *c, const struct machine_dma *a)
{
	int fatal = reaches_loaded_only(c);
	struct finding *f = found(c, "address-not-loaded", a->published, fatal,
	    a->published);

	if (f == NULL)
		return;
	say(f->text, "the host was given 0x%llx for %s, which no map has "
	    "loaded%s", (unsigned long long)a->bus,
	    checker_purpose_names[a->what->purpose], fatal ?
	    "; the device reaches only what a map has loaded" : "");
	say(f->prevent, "bus_dmamap_load before the request, unload after it");
	note_memory(c, f, a->bus);
}

/* --- syncs --- */

/* The first store among unsynced bytes, and whether any shows. */
struct unsynced {
	uint64_t n, first;		/* bytes; offset of the first */
	uint64_t seq, pc;		/* of the earliest store */
	int fatal;
	uint64_t at;			/* offset of the first that differs */
	uint8_t guest[MEM_PAGE], host[MEM_PAGE];
};

static void
unsynced_look(struct checker *c, uint64_t home, uint64_t view, uint64_t len,
    unsigned bit, struct unsynced *u)
{
	const uint8_t *s = mem_shadow(c->mem, home);

	memset(u, 0, offsetof(struct unsynced, guest));
	u->seq = UINT64_MAX;
	u->at = UINT64_MAX;
	mem_cpu_load(c->mem, home, u->guest, len);
	mem_device_load(c->mem, view, u->host, len);
	for (uint64_t i = 0; i < len; i++) {
		struct mem_writer w;

		if ((s[i] & bit) == 0)
			continue;
		if (u->n++ == 0)
			u->first = i;
		w = mem_last_writer(c->mem, home + i);
		if (u->guest[i] != u->host[i]) {
			u->fatal = 1;
			if (u->at == UINT64_MAX) {
				u->at = i;
				u->seq = UINT64_MAX;
			}
		} else if (u->fatal) {
			continue;
		}
		if (w.seq < u->seq) {
			u->seq = w.seq;
			u->pc = w.pc;
		}
	}
	if (u->at == UINT64_MAX)
		u->at = u->first;
}

/* The note about the first store; the second run fills in its callers. */
static void
note_store(struct checker *c, struct finding *f, const struct unsynced *u)
{
	struct finding_note *n;

	if (f->store_note == f->nnotes)
		finding_note(f, CALLPATH_NONE, "-");
	n = &f->notes[f->store_note];
	f->store_seq = 0;
	n->path = CALLPATH_NONE;
	say(n->text, "the first store that the host %s%s", f->fatal ?
	    "never saw" : "might never see", u->pc == MEM_PC_ZEROED ?
	    ": the zeroes of BUS_DMA_ZERO" : "");
	if (u->pc > MEM_PC_COPY) {
		n->path = callpath_of(machine_callpaths(c->machine), u->pc);
		f->store_seq = u->seq;
	}
	f->store_first = u->seq;
}

static void
finding_bytes(struct finding *f, const struct unsynced *u, uint64_t offset,
    uint64_t len)
{
	f->bytes_at = offset + u->at;
	f->nbytes = len - u->at < FINDING_BYTES_MAX ?
	    (size_t)(len - u->at) : FINDING_BYTES_MAX;
	memcpy(f->guest, u->guest + u->at, f->nbytes);
	memcpy(f->host, u->host + u->at, f->nbytes);
}

static void
prevent_sync(struct finding *f, const char *op)
{
	say(f->prevent, "bus_dmamap_sync(9) of bytes %llu to %llu of the map "
	    "with %s, after the last store and before the request",
	    (unsigned long long)f->byte_first,
	    (unsigned long long)f->byte_last, op);
}

/* Another page of the request that showed the fault first. */
static void
missing_prewrite_more(struct checker *c, const struct machine_dma *a,
    struct finding *f, const struct unsynced *u)
{
	f->byte_last = a->map_offset + u->first + u->n - 1;
	prevent_sync(f, "BUS_DMASYNC_PREWRITE");
	if (u->fatal == f->fatal && u->seq < f->store_first) {
		finding_bytes(f, u, a->map_offset, a->len);
		note_store(c, f, u);
	}
}

/*
 * Known already, and this page says no more: a later request of a fatal one,
 * or one of which the device sees what the CPU stored.  It counts.
 */
static int
missing_prewrite_known(struct checker *c, const struct machine_dma *a,
    uint64_t key, uint64_t request)
{
	struct finding *f = findings_find(c->findings,
	    "sync-missing-prewrite", key);
	uint8_t guest[MEM_PAGE], host[MEM_PAGE];

	if (f == NULL || f->request == request)
		return 0;
	if (!f->fatal && (a->home != a->view || mem_line_size(c->mem) != 0)) {
		mem_cpu_load(c->mem, a->home, guest, a->len);
		mem_device_load(c->mem, a->view, host, a->len);
		if (memcmp(guest, host, a->len) != 0)
			return 0;
	}
	f->count++;
	return 1;
}

/* Rule J1. */
static void
missing_prewrite(struct checker *c, const struct machine_dma *a)
{
	uint64_t key = a->map != NULL ? a->map->created : a->published;
	uint64_t request = (uint64_t)a->what->queue << 32 | a->what->ordinal;
	struct unsynced u;
	struct finding *f;
	int is_new;

	if (missing_prewrite_known(c, a, key, request))
		return;
	unsynced_look(c, a->home, a->view, a->len, MEM_UNWRITTEN, &u);
	if (u.n == 0)
		return;
	f = findings_add(c->findings, "sync-missing-prewrite", key, u.fatal,
	    &is_new);
	if (f == NULL)
		return;
	/* A fatal case says more than the latent one that came before it. */
	if (!is_new && (f->fatal || !u.fatal)) {
		if (f->request == request && f->fatal == u.fatal)
			missing_prewrite_more(c, a, f, &u);
		return;
	}
	f->fatal = u.fatal;
	f->nnotes = 0;
	f->where = a->published;
	f->by_caller = a->what->purpose == DMA_BACKING;
	f->event = *c->event;
	f->request = request;
	f->byte_first = a->map_offset + u.first;
	f->byte_last = f->byte_first + u.n - 1;
	say(f->text, "the host reads %s that the driver stored and never gave "
	    "to it with PREWRITE%s", checker_purpose_names[a->what->purpose], u.fatal ?
	    ": it sees old bytes" : "");
	prevent_sync(f, "BUS_DMASYNC_PREWRITE");
	finding_bytes(f, &u, a->map_offset, a->len);
	f->store_note = 0;
	note_store(c, f, &u);
	if (a->map != NULL)
		note_map(f, a->map);
	note_memory(c, f, a->home);
}

/* Rule J2. */
static void
missing_preread(struct checker *c, const struct machine_dma *a)
{
	/* Rule C3: a dirty line comes over what the host is about to write;
	   not where that goes into a bounce page. */
	int fatal = a->view == a->home &&
	    mem_lines_dirty(c->mem, a->home, a->len), is_new;
	struct unsynced u;
	struct finding *f;

	unsynced_look(c, a->home, a->view, a->len, MEM_UNREAD, &u);
	if (u.n == 0)
		return;
	f = findings_add(c->findings, "sync-missing-preread", a->map != NULL ?
	    a->map->created : a->published, fatal, &is_new);
	if (f == NULL || (!is_new && (f->fatal || !fatal)))
		return;
	f->fatal = fatal;
	f->nnotes = 0;
	f->where = a->published;
	f->event = *c->event;
	say(f->text, "the host writes to %s that the driver %sdid not prepare "
	    "with PREREAD%s", checker_purpose_names[a->what->purpose],
	    u.pc > MEM_PC_COPY ? "stored to and " : "", fatal ?
	    ": a dirty cache line comes over it" : "");
	f->byte_first = a->map_offset + u.first;
	f->byte_last = f->byte_first + u.n - 1;
	prevent_sync(f, "BUS_DMASYNC_PREREAD");
	f->store_note = f->nnotes;
	if (u.pc > MEM_PC_COPY) {
		f->store_seq = u.seq;
		finding_note(f, callpath_of(machine_callpaths(c->machine),
		    u.pc), "a store that may come over what the host wrote");
	} else {
		finding_note(f, CALLPATH_NONE, "what was there before the "
		    "driver got the memory may come over what the host wrote");
	}
	if (a->map != NULL)
		note_map(f, a->map);
}

/* Bytes that a device wrote are read before POSTREAD (rule J3). */
void
checker_stale_load(struct checker *c, uint64_t pa, uint64_t size,
    const void *pc)
{
	const uint8_t *s = mem_shadow(c->mem, pa);
	uint64_t view = bus_dma_view(c->dma, pa), first = size;
	const struct bus_map *map = bus_dma_find_home(c->dma, pa);
	uint8_t guest[MEM_PAGE], host[MEM_PAGE];
	int event = checker_is_event(c, pa, size);
	int fatal = checker_is_lost(c, pa, size), is_new;
	struct finding *f;

	mem_cpu_load(c->mem, pa, guest, size);
	mem_device_load(c->mem, view, host, size);
	for (uint64_t i = 0; i < size; i++) {
		if ((s[i] & MEM_DEVICE) == 0 ||
		    ((s[i] & MEM_RACY) != 0 && !event))
			continue;
		if (first == size || (!fatal && guest[i] != host[i]))
			first = i;
		fatal |= guest[i] != host[i];
	}
	if (first == size)
		return;
	f = findings_add(c->findings, "sync-missing-postread", map != NULL ?
	    map->created : here(c, pc), fatal, &is_new);
	if (f == NULL || (!is_new && (f->fatal || !fatal)))
		return;
	f->fatal = fatal;
	f->of_index = 0;
	f->nnotes = 0;
	f->where = here(c, pc);
	f->event = *c->event;
	if (!fatal && checker_synced_before_index(c, pa + first)) {
		say(f->text, "the driver reads an entry of the used ring that "
		    "it synced before it looked at the index that covers it: "
		    "the host may have written the entry in between");
		say(f->prevent, "bus_dmamap_sync(9) of the entry with "
		    "BUS_DMASYNC_POSTREAD after used.idx was loaded");
		f->nconfirm = 1;	/* by a late host */
	} else {
		say(f->text, "the driver reads what the host wrote without a "
		    "POSTREAD in between%s", fatal ? ": it sees old bytes" :
		    "");
		say(f->prevent, "bus_dmamap_sync(9) of these bytes with "
		    "BUS_DMASYNC_POSTREAD, after the request was given back "
		    "and before the load");
	}
	f->bytes_at = first;
	f->nbytes = size - first < FINDING_BYTES_MAX ? (size_t)(size - first) :
	    FINDING_BYTES_MAX;
	memcpy(f->guest, guest + first, f->nbytes);
	memcpy(f->host, host + first, f->nbytes);
	if (map != NULL)
		note_map(f, map);
}

void
checker_dma(struct checker *c, const struct machine_dma *a)
{
	enum dma_purpose purpose = a->what->purpose;

	if (a->map == NULL && mem_is_ram(c->mem, a->bus, 1))
		address_not_loaded(c, a);
	else if (a->view == MEM_NOWHERE)
		address_nowhere(c, a);
	if (a->view == MEM_NOWHERE)
		return;
	if (purpose == DMA_USED_INDEX && a->write)
		checker_used_index_note(c, a);
	/*
	 * Flags and indexes are read by the device at any time: a stale one is
	 * a fault only when the driver has told the device to look, or waits.
	 */
	if (a->write) {
		if (purpose == DMA_PAYLOAD &&
		    mem_shadow_any(c->mem, a->home, a->len, MEM_UNREAD))
			missing_preread(c, a);
	} else if (purpose != DMA_AVAIL_FLAGS && purpose != DMA_USED_EVENT &&
	    !(purpose == DMA_AVAIL_INDEX && a->unasked) &&
	    mem_shadow_any(c->mem, a->home, a->len, MEM_UNWRITTEN)) {
		missing_prewrite(c, a);
	}
	if (!a->write && purpose != DMA_AVAIL_FLAGS &&
	    purpose != DMA_AVAIL_INDEX && purpose != DMA_USED_EVENT &&
	    mem_is_buffered(c->mem, a->view, a->len))
		checker_store_late(c, a);
	if (!a->write && (purpose == DMA_AVAIL_ENTRY ||
	    purpose == DMA_DESCRIPTOR || purpose == DMA_INDIRECT ||
	    purpose == DMA_PAYLOAD))
		checker_published_read(c, a);
	checker_direction(c, a);
	if (a->write ? purpose == DMA_USED_FLAGS || purpose == DMA_USED_ENTRY
	    || purpose == DMA_USED_INDEX || purpose == DMA_AVAIL_EVENT :
	    purpose == DMA_DESCRIPTOR || purpose == DMA_INDIRECT)
		checker_ring_add(c, a);
	if (a->write)
		checker_line_shared(c, a);
	else if (purpose != DMA_AVAIL_FLAGS && purpose != DMA_USED_EVENT)
		checker_uncached(c, a);
	if (purpose == DMA_PAYLOAD && !(a->write && checker_holds(c, a)))
		checker_held(c, a);
}

/* --- rules --- */

void
checker_dma_rule(struct checker *c, const char *id, int fatal,
    const struct bus_map *map, const char *text)
{
	callpath_id where = here(c, NULL);
	const struct callpath *p = callpath_get(machine_callpaths(c->machine),
	    where);
	struct finding *f;
	uint64_t key = where;

	/* One line of the driver is one fault, whoever led there: frame 0 is
	   in the shim, frame 1 its caller. */
	if (p->n >= 2)
		key = (uint64_t)p->at[1] << 32 | (map != NULL ? map->created :
		    0);
	f = found(c, id, key, fatal, where);
	if (f == NULL)
		return;
	say(f->text, "%s", text);
	if (map != NULL)
		note_map(f, map);
}

void
checker_bad_access(struct checker *c, enum mem_bad why, uint64_t va,
    uint64_t size, unsigned kind, const void *pc)
{
	static const char *const ids[] = { "access-unmapped", "access-freed",
	    "access-beyond", "access-aborted" };
	static const char *const what[] = { "an address that maps nothing",
	    "memory that malloc(9) did not give or free(9) took back",
	    "bytes past the end of an allocation",
	    "a mapping of physical memory that is not there" };
	callpath_id where = here(c, pc);
	const struct door_kmem *k = door_kmem_at(c->door, va);
	struct finding *f;

	if (why == MEM_BAD_ABORT) {
		checker_consequence(c, ids[why], "the guest panicked: an access"
		    " to physical memory that is not there aborts on this "
		    "machine");
		return;
	}
	f = found(c, ids[why], where, 1, where);
	if (f == NULL)
		return;
	say(f->text, "%s of %llu bytes of %s", (kind & MEM_WRITE) != 0 ?
	    "store" : "load", (unsigned long long)size, what[why]);
	if (k != NULL)
		finding_note(f, k->path, "next to it: %llu bytes by malloc",
		    (unsigned long long)k->size);
	if (k != NULL && k->freed != CALLPATH_NONE)
		finding_note(f, k->freed, "freed");
}

/* Told with its cause, each kind once. */
static void
follows(struct finding *cause, const char *id, const char *text)
{
	const struct finding_kind *kind = finding_kind_find(id);
	size_t i = 0;

	while (i < FINDING_FOLLOWED_MAX && cause->followed[i] != NULL &&
	    cause->followed[i] != kind)
		i++;
	if (i == FINDING_FOLLOWED_MAX || cause->followed[i] != NULL)
		return;
	cause->followed[i] = kind;
	finding_note(cause, CALLPATH_NONE, "it follows: %s", text);
}

/* Rule J7: told with its cause, if there is one. */
static void
consequence(struct checker *c, const char *id, const char *text,
    callpath_id where)
{
	struct finding *root = findings_root(c->findings), *f;

	if (root == NULL)
		root = checker_used_index_stuck(c);
	if (root != NULL && root->kind == finding_kind_find(id)) {
		root->count++;
		return;
	}
	if (root != NULL) {
		follows(root, id, text);
		return;
	}
	f = found(c, id, 0, 1, where);
	if (f != NULL)
		say(f->text, "%s", text);
}

void
checker_protocol(struct checker *c, const char *id, const char *section,
    const char *text)
{
	const struct finding_kind *kind = finding_kind_find(id);
	callpath_id where = machine_published(c->machine);
	char sentence[FINDING_TEXT_MAX];
	struct finding *f;

	if (sched_in_guest(machine_sched(c->machine)))
		where = here(c, NULL);
	if (kind != NULL && kind->role == FINDING_MAY_FOLLOW) {
		say(sentence, "%.300s (VIRTIO 1.2, %s)", text, section);
		consequence(c, id, sentence, where);
		return;
	}
	f = found(c, id, where, kind == NULL ||
	    kind->role != FINDING_LET_PASS, where);
	if (f == NULL)
		return;
	say(f->text, "%s (VIRTIO 1.2, %s)", text, section);
}

void
checker_reg_unclaimed(struct checker *c, uint64_t pa, unsigned size, int write)
{
	callpath_id where = here(c, NULL);
	struct finding *f = found(c, "register-unclaimed", where, 1, where);

	if (f != NULL)
		say(f->text, "%s of %u bytes at 0x%llx, where no device has a "
		    "register", write ? "write" : "read", size,
		    (unsigned long long)pa);
}

void
checker_user_map_nowhere(struct checker *c, uint64_t pa, callpath_id answer)
{
	uint64_t va = pa;
	int kva = mem_va_inside(va, 1);
	struct finding *f = found(c, kva ? "mmap-kva" : "mmap-nowhere", answer,
	    1, answer);

	if (f == NULL)
		return;
	if (kva) {
		say(f->text, "mmap answers 0x%llx: that is a kernel virtual "
		    "address where a physical one belongs",
		    (unsigned long long)pa);
		(void)note_kva(c, f, va);
	} else {
		say(f->text, "mmap answers 0x%llx, where this machine has no "
		    "memory", (unsigned long long)pa);
	}
	say(f->prevent, "return bus_dmamem_mmap(9) of the segments that "
	    "bus_dmamem_alloc(9) gave");
	finding_note(f, CALLPATH_NONE, "%s", machine_desc_of(c->machine)
	    ->unbacked == UNBACKED_ABORT ? "on this machine an access to it "
	    "aborts and the guest panics" : "on this machine what the client "
	    "draws goes nowhere");
}

void
checker_mbuf_leak(struct checker *c, uint64_t size, callpath_id taken)
{
	struct finding *f = found(c, "mbuf-leak", taken, 1, taken);

	if (f == NULL)
		return;
	say(f->text, "%llu bytes of an mbuf or its cluster are kept by a driver"
	    " that was detached", (unsigned long long)size);
	say(f->prevent, "free with m_freem(9), when it stops, each mbuf that "
	    "the driver still has in a ring or a list");
}

void
checker_rule(struct checker *c, const char *id, const char *text)
{
	const struct machine_desc *desc = machine_desc_of(c->machine);
	int confidential = strcmp(id, "attach-confidential") == 0;
	callpath_id where = here(c, NULL);
	struct finding *f;

	/* Rule J21: encrypted memory is what makes a guest confidential (B5).
	   It attaches here all the same. */
	if (confidential && (!desc->bounce || desc->arch != SYNC_AMD64))
		return;
	if (finding_kind_find(id) == NULL)
		id = "kernel-rule";
	f = found(c, id, where, !confidential, where);
	if (f != NULL)
		say(f->text, "%s", text);
}

/* Rule J15: what is only a SHOULD is latent. */
void
checker_reset_ignored(struct checker *c, const char *id, const char *text)
{
	struct finding *f = found(c, "virtio-needs-reset-ignored", 0, 0,
	    machine_published(c->machine));

	if (f != NULL) {
		say(f->text, "the device set DEVICE_NEEDS_RESET and was never "
		    "reset: it serves no request any more");
		say(f->prevent, "look at device_status when the configuration "
		    "changes; reset the device and initialise it again");
	} else {
		f = findings_find(c->findings, "virtio-needs-reset-ignored", 0);
	}
	if (id != NULL && f != NULL)
		follows(f, id, text);
}

void
checker_event_left(struct checker *c)
{
	struct finding *f = found(c, "gpu-event-not-cleared", 0, 0,
	    machine_published(c->machine));

	if (f == NULL)
		return;
	say(f->text, "the host changed its display, and the event in "
	    "events_read was never cleared");
	say(f->prevent, "in the configuration interrupt read events_read, "
	    "write its bits to events_clear, then ask GET_DISPLAY_INFO");
}

void
checker_consequence_at(struct checker *c, const char *id, const char *text,
    callpath_id where)
{
	struct finding *f;

	consequence(c, id, text, where);
	f = findings_find(c->findings, id, 0);
	if (f != NULL && f->where == where)
		f->by_caller = 2;
}

void
checker_consequence(struct checker *c, const char *id, const char *text)
{
	consequence(c, id, text, sched_in_guest(machine_sched(c->machine)) ?
	    here(c, NULL) : door_sleeper(c->door));
}

void
checker_packet(struct checker *c, const char *id, const char *text)
{
	consequence(c, id, text, machine_host_is_running(c->machine) ||
	    !sched_in_guest(machine_sched(c->machine)) ?
	    machine_published(c->machine) : here(c, NULL));
}
