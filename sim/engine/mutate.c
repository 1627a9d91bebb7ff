/* mutate.c: which mutants there are, and what becomes of one on a machine. */
#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const struct {
	uint32_t bit;
	const char *name;
} operations[] = {
	{ HC_SYNC_PREREAD, "PREREAD" }, { HC_SYNC_PREWRITE, "PREWRITE" },
	{ HC_SYNC_POSTREAD, "POSTREAD" }, { HC_SYNC_POSTWRITE, "POSTWRITE" },
};
#define NOPERATIONS (sizeof operations / sizeof operations[0])

static const char *const barrier_names[] = { "sync", "producer", "consumer",
    "enter", "exit" };
#define NBARRIERS (sizeof barrier_names / sizeof barrier_names[0])

/* --- which there are --- */

static size_t
change_add(struct mutant_change *list, size_t n, enum mutant_how how,
    uint32_t arg)
{
	CHECK(n < MUTATE_CHANGES_MAX);
	list[n].how = how;
	list[n].arg = arg;
	return n + 1;
}

/* All of it, and where it has several operations, each. */
static size_t
sync_changes(uint32_t ops, struct mutant_change *list)
{
	size_t n = change_add(list, 0, MUTANT_DROPPED, ops);

	for (size_t i = 0; i < NOPERATIONS; i++)
		if ((ops & operations[i].bit) != 0 && ops != operations[i].bit)
			n = change_add(list, n, MUTANT_DROPPED,
			    operations[i].bit);
	return n;
}

/*
 * membar_sync(9) orders all four pairs of loads and stores; producer two
 * stores, consumer two loads, enter a store before both, exit both before a
 * store.  So a sync can be any of them, and enter and exit a producer.
 */
static size_t
barrier_changes(uint32_t kind, struct mutant_change *list)
{
	size_t n = change_add(list, 0, MUTANT_DROPPED, 0);

	if (kind == HC_BARRIER_SYNC)
		for (uint32_t k = HC_BARRIER_PRODUCER; k <= HC_BARRIER_EXIT;
		    k++)
			n = change_add(list, n, MUTANT_WEAKER, k);
	else if (kind == HC_BARRIER_ENTER || kind == HC_BARRIER_EXIT)
		n = change_add(list, n, MUTANT_WEAKER, HC_BARRIER_PRODUCER);
	return n;
}

size_t
mutate_changes(enum mutant_kind kind, uint32_t what,
    struct mutant_change list[MUTATE_CHANGES_MAX])
{
	size_t n;

	switch (kind) {
	case MUTANT_SYNC:
		return sync_changes(what, list);
	case MUTANT_BARRIER:
		return barrier_changes(what, list);
	case MUTANT_LOAD:
		n = change_add(list, 0, MUTANT_KVA, 0);
		return change_add(list, n, MUTANT_PA, 0);
	case MUTANT_MMAP:
		n = change_add(list, 0, MUTANT_KVA, 0);
		return change_add(list, n, MUTANT_BUS, 0);
	}
	CHECK(!"a kind of mutant");
	return 0;
}

/* --- what a machine makes of it --- */

/* What the machine does for a sync; ops 0 is no sync at all. */
static struct sync_effect
effect_on(const struct machine_desc *d, int bounced, uint32_t ops)
{
	static const struct sync_effect none;

	if (ops == 0)
		return none;
	if (!bounced && !d->coherent)
		return sync_effect_uncached(d->arch, ops);
	return sync_effect_of(d->arch, bounced, ops);
}

/* What a change takes away: order that nothing else keeps, ORDER_*; bytes. */
struct taken {
	unsigned order;
	int copies, lines, address;
};

/* Rule O2: a sync that cleans lines is a barrier, too. */
static unsigned
sync_order(const struct sync_effect *e)
{
	return e->barrier || e->clean || e->invalidate ? ORDER_ALL : 0;
}

static struct taken
sync_taken(const struct machine_desc *d, uint32_t ops, uint32_t left)
{
	/* Where devices do not reach everything some maps bounce. */
	int some = d->dma_limit != UINT64_MAX;
	struct taken t = { 0 };

	for (int bounced = d->bounce; bounced <= (d->bounce || some);
	    bounced++) {
		struct sync_effect a = effect_on(d, bounced, ops);
		struct sync_effect b = effect_on(d, bounced, left);

		t.order |= sync_order(&a) & ~sync_order(&b);
		t.copies |= a.copy_in != b.copy_in || a.copy_out != b.copy_out;
		t.lines |= a.clean != b.clean || a.invalidate != b.invalidate;
	}
	return t;
}

static unsigned
barrier_order(const struct machine_desc *d, uint32_t which)
{
	return which < NBARRIERS ? order_barrier_bits(d->order,
	    (enum order_barrier)which) : ORDER_ALL;
}

static struct taken
taken_of(const struct machine_desc *d, enum mutant_kind kind, uint32_t what,
    const struct mutant_change *change)
{
	struct taken t = { 0 };

	if (kind == MUTANT_SYNC)
		t = sync_taken(d, what, what & ~change->arg);
	else if (kind == MUTANT_BARRIER)
		t.order = barrier_order(d, what) & ~(change->how ==
		    MUTANT_WEAKER ? barrier_order(d, change->arg) : 0);
	else
		/* A kernel virtual address is no other: they lie where no
		   memory is. */
		t.address = change->how == MUTANT_KVA || d->bounce ||
		    d->iommu || d->dma_limit != UINT64_MAX;
	t.order &= ~order_program(d->order);
	return t;
}

unsigned
mutate_takes(const struct machine_desc *d, enum mutant_kind kind,
    uint32_t what, const struct mutant_change *change)
{
	struct taken t = taken_of(d, kind, what, change);

	return (t.order != 0 ? MUTATE_TAKES_ORDER : 0) |
	    (t.copies || t.lines || t.address ? MUTATE_TAKES_BYTES : 0);
}

/* MODEL.md, section 10. */
unsigned
mutate_unexplored(const struct machine_desc *d, enum mutant_kind kind,
    uint32_t what, const struct mutant_change *change)
{
	struct taken t = taken_of(d, kind, what, change);

	return ((t.order & ORDER_RW) != 0 ? MUTATE_LEFT_BUFFERING : 0) |
	    (t.lines ? MUTATE_LEFT_LINES : 0);
}

enum mutate_fate
mutate_most(const struct mutate_judge *j, const struct machine_desc *d,
    enum mutant_kind kind, uint32_t what, const struct mutant_change *change)
{
	unsigned takes = mutate_takes(d, kind, what, change);

	if (!j->sees_order)
		takes &= ~MUTATE_TAKES_ORDER;
	return takes != 0 ? MUTATE_KILLED : MUTATE_LATENT;
}

enum mutate_fate
mutate_survivor(unsigned left, const struct machine_desc *d,
    enum mutant_kind kind, uint32_t what, const struct mutant_change *change)
{
	return left == 0 || mutate_takes(d, kind, what, change) == 0 ?
	    MUTATE_NOT_NEEDED : MUTATE_NOT_SEEN;
}

/* --- judging --- */

void
mutate_base_take(struct mutate_base *b, const struct run_result *r)
{
	b->n = 0;
	b->list = check_calloc(r->findings.n + 1, sizeof b->list[0]);
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.list[i];
		struct mutate_told *t = &b->list[b->n++];

		t->kind = f->kind;
		t->where = *callpath_get(r->paths, f->where);
	}
}

void
mutate_base_free(struct mutate_base *b)
{
	check_free(b->list);
	memset(b, 0, sizeof *b);
}

static int
is_told(const struct mutate_base *b, const struct run_result *r,
    const struct finding *f)
{
	const struct callpath *p = callpath_get(r->paths, f->where);

	for (size_t i = 0; i < b->n; i++)
		if (b->list[i].kind == f->kind && b->list[i].where.n == p->n &&
		    memcmp(b->list[i].where.at, p->at,
		    p->n * sizeof p->at[0]) == 0)
			return 1;
	return 0;
}

/* The first fatal finding kills; the guest as it is has none. */
static void
findings_judge(const struct run_result *r, const struct mutate_base *base,
    struct mutate_verdict *v)
{
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.list[i];

		if (f->fatal) {
			v->fate = MUTATE_KILLED;
			v->finding = f->kind;
			return;
		}
		if (v->finding != NULL || is_told(base, r, f))
			continue;
		v->fate = MUTATE_LATENT;
		v->finding = f->kind;
	}
}

int
mutate_check(const struct run_config *config, const struct mutate_base *base,
    struct mutate_verdict *v, int *hit, struct error *err)
{
	const struct mutant *m = config->mutant;
	struct run_config until = *config;
	struct run_result result;

	/* What is told of the guest as it is must not end it. */
	until.until_found = base->n == 0 && mutate_most(&mutate_judge_check,
	    config->desc, m->kind, m->what, &m->change) == MUTATE_LATENT ?
	    RUN_UNTIL_FINDING : RUN_UNTIL_FATAL;
	if (run_execute(&until, &result, err) != 0)
		return -1;
	*hit = result.mutant_hits != 0;
	memset(v, 0, sizeof *v);
	v->left = MUTATE_LEFT_WAYS;
	v->fate = mutate_survivor(v->left, config->desc, m->kind, m->what,
	    &m->change);
	findings_judge(&result, base, v);
	/* A device that is declined, now, was not looked at. */
	if (v->fate != MUTATE_KILLED && (result.verdict == RUN_UNKNOWN ||
	    result.declined != NULL)) {
		v->fate = MUTATE_UNKNOWN;
		v->finding = NULL;
	}
	/* Where the machine makes nothing of it, there is one way. */
	if (v->fate == MUTATE_KILLED || mutate_takes(config->desc, m->kind,
	    m->what, &m->change) == 0)
		v->left = 0;
	run_result_free(&result);
	return 0;
}

static int
check_judge(const struct run_config *config, const struct mutate_bounds *bounds,
    const struct mutate_base *base, struct mutate_verdict *v,
    struct error *err)
{
	int hit;

	(void)bounds;
	if (mutate_check(config, base, v, &hit, err) != 0)
		return -1;
	CHECK(hit);
	return 0;
}

const struct mutate_judge mutate_judge_check = { "check",
    "one run each, with predictive analysis; memory order as sc", 0, NULL,
    check_judge };

/* --- words --- */

const char *
mutate_kind_name(enum mutant_kind kind)
{
	static const char *const names[MUTANT_KINDS] = { "sync", "barrier",
	    "load", "mmap" };

	return names[kind];
}

static void
operations_text(uint32_t ops, char text[MUTATE_TEXT_MAX])
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < NOPERATIONS; i++)
		if ((ops & operations[i].bit) != 0)
			n += (size_t)snprintf(text + n, MUTATE_TEXT_MAX - n,
			    "%s%s", n > 0 ? "|" : "", operations[i].name);
	if (n == 0)
		snprintf(text, MUTATE_TEXT_MAX, "0x%x", ops);
}

static const char *
barrier_name(uint32_t kind)
{
	return kind < NBARRIERS ? barrier_names[kind] : "?";
}

void
mutate_what_text(enum mutant_kind kind, uint32_t what,
    char text[MUTATE_TEXT_MAX])
{
	text[0] = '\0';
	if (kind == MUTANT_SYNC)
		operations_text(what, text);
	else if (kind == MUTANT_BARRIER)
		snprintf(text, MUTATE_TEXT_MAX, "%s", barrier_name(what));
}

void
mutate_change_text(enum mutant_kind kind, uint32_t what,
    const struct mutant_change *change, char text[MUTATE_TEXT_MAX])
{
	char ops[MUTATE_TEXT_MAX];
	const char *words = "dropped";

	switch (change->how) {
	case MUTANT_DROPPED:
		if (kind != MUTANT_SYNC || change->arg == what)
			break;
		operations_text(change->arg, ops);
		snprintf(text, MUTATE_TEXT_MAX, "without %.40s", ops);
		return;
	case MUTANT_WEAKER:
		snprintf(text, MUTATE_TEXT_MAX, "%s instead",
		    barrier_name(change->arg));
		return;
	case MUTANT_KVA:
		words = "kernel virtual address";
		break;
	case MUTANT_PA:
		words = "physical address";
		break;
	case MUTANT_BUS:
		words = "bus address";
		break;
	}
	snprintf(text, MUTATE_TEXT_MAX, "%s", words);
}

const char *
mutate_fate_name(enum mutate_fate fate)
{
	static const char *const names[MUTATE_FATES] = { "not reached",
	    "not needed", "not seen", "latent", "UNKNOWN", "killed" };

	return names[fate];
}

const char *
mutate_left_name(unsigned bit)
{
	static const char *const names[MUTATE_LEFTS] = { "ways", "executions",
	    "load buffering", "cache lines" };
	size_t i = 0;

	while (i + 1 < MUTATE_LEFTS && bit != 1u << i)
		i++;
	return names[i];
}

/* --- bytes --- */

static void
path_pack(const struct callpath *p, struct bytes *out)
{
	bytes_add_le(out, p->n, 4);
	for (uint32_t i = 0; i < p->n; i++)
		bytes_add_le(out, p->at[i], 4);
}

static void
path_unpack(struct bytes_reader *in, struct callpath *p)
{
	memset(p, 0, sizeof *p);
	p->n = (uint32_t)bytes_reader_le(in, 4);
	CHECK(p->n <= CALLPATH_DEPTH_MAX);
	for (uint32_t i = 0; i < p->n; i++)
		p->at[i] = (uint32_t)bytes_reader_le(in, 4);
}

void
mutate_sites_pack(const struct mutant_sites *s, struct bytes *out)
{
	bytes_add_le(out, s->n, 8);
	for (size_t i = 0; i < s->n; i++) {
		bytes_add_le(out, s->list[i].kind, 1);
		bytes_add_le(out, s->list[i].what, 4);
		bytes_add_le(out, s->list[i].calls, 8);
		path_pack(&s->list[i].path, out);
	}
}

void
mutate_sites_unpack(struct bytes_reader *in, struct mutant_sites *s)
{
	memset(s, 0, sizeof *s);
	s->n = s->max = (size_t)bytes_reader_le(in, 8);
	s->list = check_calloc(s->n + 1, sizeof s->list[0]);
	for (size_t i = 0; i < s->n; i++) {
		s->list[i].kind = (enum mutant_kind)bytes_reader_le(in, 1);
		s->list[i].what = (uint32_t)bytes_reader_le(in, 4);
		s->list[i].calls = bytes_reader_le(in, 8);
		path_unpack(in, &s->list[i].path);
	}
	CHECK(!in->bad);
}

void
mutate_base_pack(const struct mutate_base *b, struct bytes *out)
{
	bytes_add_le(out, b->n, 8);
	for (size_t i = 0; i < b->n; i++) {
		bytes_add(out, b->list[i].kind->id,
		    strlen(b->list[i].kind->id) + 1);
		path_pack(&b->list[i].where, out);
	}
}

void
mutate_base_unpack(struct bytes_reader *in, struct mutate_base *b)
{
	memset(b, 0, sizeof *b);
	b->n = (size_t)bytes_reader_le(in, 8);
	b->list = check_calloc(b->n + 1, sizeof b->list[0]);
	for (size_t i = 0; i < b->n; i++) {
		const char *id = (const char *)in->p;

		CHECK(bytes_reader_take(in, strlen(id) + 1) != NULL);
		b->list[i].kind = finding_kind_find(id);
		path_unpack(in, &b->list[i].where);
	}
	CHECK(!in->bad);
}
