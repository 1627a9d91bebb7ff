/*
 * explore_story.c: a way told in the order of time: who did what, what the host
 * saw then, which choice made the difference.
 */
#include "explore_story.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "checker_var.h"

/* --- while it is gone --- */

/* Who did what the turn hangs on: the guest where it is, else who asked. */
static void
turn_add(struct explore_story *s, struct run *r, enum choice_kind kind)
{
	struct machine *m = r->machine;
	struct story_turn *t;

	if (s->nturns++ >= STORY_TURNS_MAX)
		return;
	t = &s->turns[s->nturns - 1];
	memset(t, 0, sizeof *t);
	t->kind = kind;
	t->number = s->asked;
	t->event = r->result->events;
	t->by = sched_in_guest(machine_sched(m)) ?
	    callpath_here(r->result->paths, NULL) : machine_published(m);
}

/*
 * Which choices are asked is a result of the run: a driver that was changed
 * asks for others.  So an answer that there is not is no bad input; it is taken
 * as another one, and told.
 */
unsigned
explore_story_ask(struct explore_story *s, struct run *r,
    const struct explore_way *way, enum choice_kind kind, unsigned n)
{
	unsigned picked = s->asked < way->nchoices ? way->choices[s->asked] :
	    0;

	if (picked >= n) {
		if (s->nover++ == 0) {
			s->over = s->asked;
			s->over_n = n;
		}
		picked %= n;
	}
	if (picked != 0)
		turn_add(s, r, kind);
	s->asked++;
	return picked;
}

/* The look that a turn was about comes right behind it. */
static void
turn_saw(struct story_turn *t, struct run *r, const struct machine_dma *a)
{
	struct mem *m = machine_mem(r->machine);
	struct mem_writer w = mem_last_writer(m, a->home);

	t->purpose = a->what->purpose;
	t->queue = a->what->queue;
	t->nbytes = a->len < STORY_SEEN_MAX ? (size_t)a->len : STORY_SEEN_MAX;
	mem_device_load(m, a->view, t->host, t->nbytes);
	mem_cpu_load(m, a->home, t->guest, t->nbytes);
	t->stored = w.pc > MEM_PC_COPY ? callpath_of(r->result->paths, w.pc) :
	    CALLPATH_NONE;
	t->store = w.pc > MEM_PC_COPY ? w.seq : 0;
}

void
explore_story_dma(struct explore_story *s, struct run *r,
    const struct machine_dma *a)
{
	struct story_turn *t = s->nturns != 0 &&
	    s->nturns <= STORY_TURNS_MAX ? &s->turns[s->nturns - 1] : NULL;

	if (t == NULL || a->what == NULL || a->view == MEM_NOWHERE ||
	    a->home == MEM_NOWHERE)
		return;
	if (!a->write && t->nbytes == 0 && t->kind != CHOICE_HOST_STEP &&
	    t->kind != CHOICE_ORDER_AGE && (t->kind == CHOICE_ORDER_LOOK ||
	    a->what->purpose == DMA_AVAIL_INDEX))
		turn_saw(t, r, a);
}

/* --- told --- */

static const char *const turn_words[CHOICE_KINDS] = {
	[CHOICE_HOST_STEP] = "the host is notified, and puts its work off",
	[CHOICE_HOST_LOOK] = "avail.idx is stored, and the host looks at its "
	    "queue right then, unasked",
	[CHOICE_HOST_LATE] = "the host works right before this load of "
	    "used.idx",
	[CHOICE_HOST_DRAIN] = "the host works right before this barrier makes "
	    "avail.idx visible",
	[CHOICE_HOST_PAUSE] = "the host has served one chain, and the driver "
	    "goes on before the next",
	[CHOICE_CACHE_EVICT] = "what the CPU stored has gone from its cache to "
	    "memory by itself, before the host reads it",
	[CHOICE_CACHE_FILL] = "the cache has let its copy go by itself, and "
	    "this load gives what the device wrote",
	[CHOICE_TIMER] = "so much time has passed here that a timeout comes",
	[CHOICE_CPU] = "the other CPU goes on here, or takes the interrupt",
	[CHOICE_ARRIVAL] = "an interrupt that is pending comes later, or "
	    "another one first",
	[CHOICE_ORDER_LOOK] = "the host looks",
	[CHOICE_ORDER_AGE] = "this load still gives what was there before the "
	    "device wrote",
};

/* Numbers of the ring as numbers, bytes as bytes. */
static void
bytes_tell(const struct story_turn *t, const uint8_t *bytes,
    struct bytes *out)
{
	if (t->purpose == DMA_AVAIL_INDEX || t->purpose == DMA_AVAIL_ENTRY ||
	    t->purpose == DMA_USED_EVENT || t->purpose == DMA_AVAIL_FLAGS) {
		bytes_printf(out, "%llu", (unsigned long long)bytes_le(bytes,
		    2));
		return;
	}
	for (size_t i = 0; i < t->nbytes; i++)
		bytes_printf(out, "%s%02x", i != 0 ? " " : "", bytes[i]);
}

static void
turn_tell(const struct story_turn *t, struct bytes *out)
{
	if (t->kind != CHOICE_ORDER_LOOK || t->nbytes == 0) {
		bytes_printf(out, "%s", turn_words[t->kind] != NULL ?
		    turn_words[t->kind] : "something else happens");
		if (t->nbytes == 0)
			return;
		bytes_printf(out, "; it finds avail.idx %llu in queue %u",
		    (unsigned long long)bytes_le(t->host, 2), t->queue);
		return;
	}
	bytes_printf(out, "the host looks at %s of queue %u and sees ",
	    checker_purpose_names[t->purpose], t->queue);
	bytes_tell(t, t->host, out);
	bytes_printf(out, ": ");
	bytes_tell(t, t->guest, out);
	bytes_printf(out, ", which the driver has stored, is still in its "
	    "CPU's store buffer%s", t->stored != CALLPATH_NONE ? "; by the "
	    "store" : "");
}

/* The finding that the way leads to; else the first that goes wrong. */
static struct finding *
finding_of(const struct explore_way *way, struct run_result *result)
{
	struct findings *all = &result->findings;

	for (size_t i = 0; i < all->n; i++)
		if (run_finding_identity(result->paths, &all->list[i]) ==
		    way->identity)
			return &all->list[i];
	for (size_t i = 0; i < all->n; i++)
		if (all->list[i].fatal && (way->finding == NULL ||
		    strcmp(all->list[i].kind->id, way->finding) == 0))
			return &all->list[i];
	return NULL;
}

/* A divergence, if there is room. */
static void
diverged(struct run_result *result, const struct bytes *text)
{
	if (result->nnotes == RUN_NOTES_MAX)
		result->nnotes_dropped++;
	else
		result->notes[result->nnotes++] =
		    check_strdup((const char *)text->data);
}

/* What of the way this run never asked for, or has not so many answers to. */
static void
misfits_tell(const struct explore_story *s, const struct explore_way *way,
    struct run_result *result)
{
	struct bytes text = { 0 };
	size_t n = 0, first = 0;

	for (size_t i = way->nchoices; i-- > s->asked;)
		if (way->choices[i] != 0) {
			first = i;
			n++;
		}
	if (n != 0) {
		bytes_printf(&text, "choice %zu%s never asked for: this run "
		    "has choices 0 to %zu only, so it is another one than "
		    "that which the choices are of", first, n > 1 ?
		    " and those behind it are" : " is", s->asked - 1);
		if (s->asked == 0) {
			bytes_clear(&text);
			bytes_printf(&text, "none of the choices is ever "
			    "asked for: this run has none");
		}
		diverged(result, &text);
	}
	if (s->nover != 0) {
		bytes_clear(&text);
		bytes_printf(&text, "choice %zu has %u alternatives, 0 to %u, "
		    "and %u is not one of them: %u is taken", s->over,
		    s->over_n, s->over_n - 1, way->choices[s->over],
		    way->choices[s->over] % s->over_n);
		diverged(result, &text);
	}
	bytes_free(&text);
}

/* Turns and how to go them again, as notes. */
static void
notes_add(const struct explore_story *s, const struct explore_way *way,
    struct finding *f)
{
	struct bytes text = { 0 };

	for (size_t i = 0; i < s->nturns && i < STORY_TURNS_MAX; i++) {
		const struct story_turn *t = &s->turns[i];

		bytes_clear(&text);
		turn_tell(t, &text);
		/* The store that it is about, if it has no other. */
		if (f->store_seq == 0 && t->kind == CHOICE_ORDER_LOOK) {
			f->store_seq = t->store;
			f->store_note = f->nnotes;
		}
		finding_note(f, t->stored != CALLPATH_NONE &&
		    t->kind == CHOICE_ORDER_LOOK ? t->stored : t->by,
		    EXPLORE_STORY_TURN "%s",
		    (unsigned long long)t->event, t->number,
		    (const char *)text.data);
	}
	if (s->nturns > STORY_TURNS_MAX)
		finding_note(f, CALLPATH_NONE, "and %zu choices more",
		    s->nturns - STORY_TURNS_MAX);
	bytes_clear(&text);
	explore_way_text(way, &text);
	finding_note(f, CALLPATH_NONE, EXPLORE_STORY_AGAIN "%.*s",
	    EXPLORE_STORY_AGAIN_MAX, (const char *)text.data);
	bytes_free(&text);
}

#define FOLLOWS	"it follows: "

void
explore_story_tell(const struct explore_story *s,
    const struct explore_way *way, struct run_result *result)
{
	struct finding *f = finding_of(way, result);
	struct finding_note after[FINDING_NOTES_MAX];
	size_t nafter = 0, n = 0;

	misfits_tell(s, way, result);
	if (f == NULL || s->nturns == 0)
		return;
	/* In the order of time: what follows comes last. */
	for (size_t i = 0; i < f->nnotes; i++)
		if (strncmp(f->notes[i].text, FOLLOWS, strlen(FOLLOWS)) == 0)
			after[nafter++] = f->notes[i];
		else
			f->notes[n++] = f->notes[i];
	f->nnotes = n;
	notes_add(s, way, f);
	for (size_t i = 0; i < nafter && f->nnotes < FINDING_NOTES_MAX; i++)
		f->notes[f->nnotes++] = after[i];
}
