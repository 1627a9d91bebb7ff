/* snapshot.c: see snapshot.h. */
#include "snapshot.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"
#include "state_memo.h"

#define RANGES_MAX	64u
#define BYTES_MAX	16u
#define PAGES_MAX	((size_t)1 << 20)	/* that ever change */
/*
 * For how many takes and puttings back a page stays writable that did not
 * change.  Each of them looks at it or copies it, and so many of those take
 * about as long as a fault with what it costs to protect it again.
 */
#define IDLE_MAX	128u
#define SLAB		((size_t)4 << 20) /* bytes that are mapped at a time */
#define WORDS_MAX	96u		/* different ones; else all are kept */
#define STRETCH		32u		/* words that are compared at once */
#define AHEAD_MAX	16u		/* pages that are opened by one fault */
#define GAP_MAX		16u		/* pages of another content between */
#define BRIDGE_MAX	8u		/* pages between that are protected */
#define STREAMS		8u		/* beside each other */
#define USED_MAX	((size_t)1 << 20) /* bytes, copied for a twin */

struct word {
	uint32_t at;			/* number in the page */
	uint64_t is;
};

/*
 * A page's contents, shared by who has them; never changed.  Either bytes, or
 * words of those of another one that are different: most snapshots differ in
 * little.
 */
struct content {
	uint32_t users;
	struct state_memo *chunks;
	struct content *next;		/* where it is free */
	uint8_t *bytes;			/* NULL: of base, which has some */
	struct content *base;
	struct word *words;
	size_t nwords;
};

struct page {
	uint8_t *at;
	struct content *first;		/* before anything changed it */
	struct content *seen;		/* when its state was asked for while it
					   was open, or NULL */
	uint64_t changed;		/* when that was noticed: a number of
					   looks */
	uint32_t open;			/* not protected: number in open, from
					   1, or 0 */
	uint32_t range;
};

struct range {
	uint8_t *start;
	size_t len;
	int is_stack;
	uint8_t *twin;			/* never protected; or NULL */
	uint32_t *page;			/* of each of its pages: number in
					   pages, from 1, or 0 */
};

struct few {
	void *start;
	size_t len;
};

/* Addresses, of which what is used is memory. */
struct tables {
	struct page page[PAGES_MAX];
	/* Of each page its contents at the latest snapshot, or putting back;
	   they are unchanged if it is protected. */
	struct content *now[PAGES_MAX];
	uint32_t open[PAGES_MAX];	/* numbers of pages, from 1 */
	uint32_t some[PAGES_MAX];	/* the same, of those to be protected, or
					   protected ones to be put back */
	uint8_t *slab[PAGES_MAX];
};

struct snapshot {
	unsigned users;
	size_t n;
	struct content **content;	/* of the first n pages */
	uint8_t *few;
};

/* Behind the pages that a fault has opened, and how many they were: who stores
   there next goes on so, and more are opened at once. */
struct ahead {
	uint8_t *at;
	size_t n;
};

/* In none of the ranges.  What a fault adds to is mapped, not allocated. */
static struct {
	int begun, taken;
	size_t page_size;
	struct range ranges[RANGES_MAX];
	size_t nranges;
	struct few few[BYTES_MAX];
	size_t nfew, few_len;
	struct tables *tables;
	size_t npages, nopen, nslabs;
	struct content *vacant;
	uint64_t looks;			/* snapshots taken and put back */
	uint64_t alive;			/* snapshots */
	struct ahead ahead[STREAMS];
	unsigned oldest;
} all;

/* --- contents --- */

static size_t
chunks_per_page(void)
{
	return all.page_size / SNAPSHOT_CHUNK;
}

/* Bytes, then states of chunks, then what says whose they are. */
static void
contents_more(void)
{
	size_t states = chunks_per_page() * sizeof(struct state_memo);
	size_t n = SLAB / (all.page_size + states + sizeof(struct content));
	uint8_t *slab = host_map_large(SLAB, NULL);
	struct state_memo *chunks;
	struct content *c;

	CHECK(slab != NULL && all.nslabs < PAGES_MAX);
	all.tables->slab[all.nslabs++] = slab;
	chunks = (struct state_memo *)(void *)(slab + n * all.page_size);
	c = (struct content *)(void *)(chunks + n * chunks_per_page());
	for (size_t i = 0; i < n; i++, c++) {
		c->bytes = slab + i * all.page_size;
		c->chunks = chunks + i * chunks_per_page();
		c->next = all.vacant;
		all.vacant = c;
	}
}

/* With one user; called where a fault is handled, too. */
static struct content *
content_of(const uint8_t *bytes)
{
	struct content *c;

	if (all.vacant == NULL)
		contents_more();
	c = all.vacant;
	all.vacant = c->next;
	c->users = 1;
	for (size_t i = 0; i < chunks_per_page(); i++)
		c->chunks[i].fresh = 0;
	host_copy(c->bytes, bytes, all.page_size);
	return c;
}

/* The same, by what is different of base's bytes; base has one user more. */
static struct content *
content_by_words(struct content *base, const struct word *words, size_t n)
{
	struct content *c = check_calloc(1, sizeof *c + chunks_per_page() *
	    sizeof c->chunks[0] + n * sizeof words[0]);

	c->users = 1;
	c->base = base;
	base->users++;
	c->nwords = n;
	c->chunks = (struct state_memo *)(void *)(c + 1);
	c->words = (struct word *)(void *)(c->chunks + chunks_per_page());
	if (n != 0)
		memcpy(c->words, words, n * sizeof words[0]);
	return c;
}

static void
content_leave(struct content *c)
{
	struct content *base = c->base;

	if (--c->users != 0)
		return;
	if (c->bytes == NULL) {
		check_free(c);
		content_leave(base);
		return;
	}
	c->next = all.vacant;
	all.vacant = c;
}

static void
seen_leave(struct page *p)
{
	if (p->seen != NULL)
		content_leave(p->seen);
	p->seen = NULL;
}

/* Stacks are among the pages: AddressSanitizer does not look. */
#define UNWATCHED __attribute__((no_sanitize("address")))

UNWATCHED static void
content_put(const struct content *c, uint8_t *at)
{
	const struct content *bytes = c->bytes != NULL ? c : c->base;
	uint64_t *words = (uint64_t *)(void *)at;

	host_copy(at, bytes->bytes, all.page_size);
	for (size_t i = 0; i < c->nwords; i++)
		words[c->words[i].at] = c->words[i].is;
}

/*
 * What is different of a page and bytes: words, at most WORDS_MAX; more than
 * that is not told, but that it is more.
 */
UNWATCHED static size_t
differences(const uint8_t *at, const uint8_t *bytes, struct word *words)
{
	const uint64_t *a = (const uint64_t *)(const void *)at;
	const uint64_t *b = (const uint64_t *)(const void *)bytes;
	size_t count = all.page_size / sizeof *a, n = 0;

	for (size_t k = 0; k < count; k += STRETCH) {
		if (host_same(a + k, b + k, STRETCH * sizeof *a))
			continue;
		for (size_t i = k; i < k + STRETCH; i++) {
			if (a[i] == b[i])
				continue;
			if (n == WORDS_MAX)
				return n + 1;
			words[n++] = (struct word){ (uint32_t)i, a[i] };
		}
	}
	return n;
}

/* It is now what the page of that number (from 0) has. */
static void
content_become(size_t i, struct content *c)
{
	c->users++;
	content_leave(all.tables->now[i]);
	all.tables->now[i] = c;
}

/* --- pages --- */

static void
protect(uint8_t *at, size_t len, unsigned access)
{
	CHECK(host_protect(at, len, access, NULL) == 0);
}

static struct page *
page_of(uint32_t number)
{
	return &all.tables->page[number - 1];
}

static void
page_open(uint32_t number)
{
	struct page *p = page_of(number);

	p->changed = all.looks;
	all.tables->open[all.nopen++] = number;
	p->open = (uint32_t)all.nopen;
}

static void
page_close(uint32_t number)
{
	struct page *p = page_of(number);
	uint32_t last = all.tables->open[--all.nopen];

	all.tables->open[p->open - 1] = last;
	page_of(last)->open = p->open;
	p->open = 0;
	seen_leave(p);
}

static int
by_address(const void *a, const void *b)
{
	const struct page *x = page_of(*(const uint32_t *)a);
	const struct page *y = page_of(*(const uint32_t *)b);

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Whether what lies between two pages, max at most, is protected, or soon is:
   none of it is open. */
static int
are_bridged(const struct page *from, const struct page *to, size_t max)
{
	const struct range *r = &all.ranges[from->range];
	size_t k = (size_t)(from->at - r->start) / all.page_size + 1;
	size_t end = (size_t)(to->at - r->start) / all.page_size;

	if (from->range != to->range || end - k > max)
		return 0;
	for (; k < end; k++)
		if (r->page[k] != 0 &&
		    page_of(r->page[k])->open != 0)
			return 0;
	return 1;
}

/*
 * The first n of some, by address, in runs of k: between each two there are gap
 * others at most, none of them open.
 */
static void
runs_each(size_t n, size_t gap, void (*run)(const uint32_t *list, size_t k))
{
	uint32_t *list = all.tables->some;

	qsort(list, n, sizeof list[0], by_address);
	for (size_t i = 0, k; i < n; i += k) {
		for (k = 1; i + k < n && are_bridged(page_of(list[i + k - 1]),
		    page_of(list[i + k]), gap);)
			k++;
		run(list + i, k);
	}
}

/* From the first of k pages of a list to the last. */
static void
run_protect(const uint32_t *list, size_t k, unsigned access)
{
	const struct page *first = page_of(list[0]);
	const struct page *last = page_of(list[k - 1]);

	protect(first->at, (size_t)(last->at - first->at) + all.page_size,
	    access);
}

static void
run_close(const uint32_t *list, size_t k)
{
	run_protect(list, k, HOST_READ);
}

/* Where the number of the page at an address is kept; NULL: not tracked. */
static uint32_t *
number_of(const uint8_t *at, struct range **range)
{
	for (size_t i = 0; i < all.nranges; i++) {
		struct range *r = &all.ranges[i];

		*range = r;
		if (at >= r->start && at < r->start + r->len)
			return &r->page[(size_t)(at - r->start) /
			    all.page_size];
	}
	return NULL;
}

/* The number of the page at an address, known from now on; 0: not tracked. */
static uint32_t
page_at(const uint8_t *at)
{
	struct range *r;
	uint32_t *number = number_of(at, &r);
	struct page *p;

	if (number == NULL)
		return 0;
	if (*number != 0)
		return *number;
	p = &all.tables->page[all.npages++];
	CHECK(all.npages <= PAGES_MAX);
	p->at = r->start + (size_t)(number - r->page) * all.page_size;
	p->range = (uint32_t)(r - all.ranges);
	p->first = content_of(p->at);
	all.tables->now[all.npages - 1] = p->first;
	p->first->users++;
	return *number = (uint32_t)all.npages;
}

static struct ahead *
ahead_of(const uint8_t *at)
{
	struct ahead *a;

	for (unsigned i = 0; i < STREAMS; i++)
		if (all.ahead[i].at == at)
			return &all.ahead[i];
	a = &all.ahead[all.oldest++ % STREAMS];
	a->n = 0;
	return a;
}

/* How many pages in a row are protected, of max; *news: some never changed. */
static size_t
protected_row(const uint8_t *at, size_t max, int *news)
{
	struct range *r;
	size_t n = 0;

	*news = 0;
	for (; n < max; n++, at += all.page_size) {
		const uint32_t *number = number_of(at, &r);

		if (number == NULL || (*number != 0 &&
		    page_of(*number)->open != 0))
			break;
		*news |= *number == 0;
	}
	return n;
}

/* A fault: the first store to a page since it was protected. */
static int
stored(void *address)
{
	uint8_t *at = (uint8_t *)address -
	    (uintptr_t)address % all.page_size;
	struct ahead *ahead = ahead_of(at);
	size_t max = ahead->n == 0 ? 1 :
	    ahead->n < AHEAD_MAX ? 2 * ahead->n : AHEAD_MAX;
	int news;
	size_t n = protected_row(at, max, &news);

	/* If it is not that, something else is wrong. */
	if (n == 0)
		return 0;
	protect(at, n * all.page_size, HOST_READ | HOST_WRITE);
	/* Else each is a fault when it is read, and one when it is stored to. */
	if (news)
		host_soon(at, n * all.page_size);
	for (size_t i = 0; i < n; i++)
		page_open(page_at(at + i * all.page_size));
	ahead->at = at + n * all.page_size;
	ahead->n = n;
	return 1;
}

/* To compare takes a tenth of what a state takes. */
static struct state_memo *
memo_of_open(struct page *page, const uint8_t *p)
{
	size_t at = (size_t)(p - page->at);
	struct state_memo *memo;

	if (page->seen == NULL)
		page->seen = content_of(page->at);
	memo = &page->seen->chunks[at / SNAPSHOT_CHUNK];
	if (!host_same(page->seen->bytes + at, p, SNAPSHOT_CHUNK)) {
		host_copy(page->seen->bytes + at, p, SNAPSHOT_CHUNK);
		memo->fresh = 0;
	}
	return memo;
}

void
snapshot_state(const void *p, struct state *s)
{
	uint32_t number = all.taken ? page_at(p) : 0;
	struct state_memo unknown = { 0 }, *chunk = &unknown;

	if (number != 0) {
		struct page *page = page_of(number);
		size_t at = (size_t)((const uint8_t *)p - page->at);

		chunk = page->open != 0 ? memo_of_open(page, p) :
		    &all.tables->now[number - 1]->chunks[at / SNAPSHOT_CHUNK];
	}
	state_memo_add(chunk, s, p, SNAPSHOT_CHUNK);
}

/* --- ranges --- */

int
snapshot_begin(struct error *err)
{
	CHECK(!all.begun);
	memset(&all, 0, sizeof all);
	all.page_size = host_page_size();
	CHECK(chunks_per_page() != 0);
	all.tables = host_map(sizeof *all.tables, err);
	if (all.tables == NULL)
		return -1;
	all.begun = 1;
	return 0;
}

static size_t
numbers_size(const struct range *r)
{
	return r->len / all.page_size * sizeof r->page[0];
}

static struct range *
track(void *start, size_t len, int is_stack)
{
	struct range *r;

	if (!all.begun)
		return NULL;
	CHECK(!all.taken && all.nranges < RANGES_MAX);
	CHECK((uintptr_t)start % all.page_size == 0 &&
	    len % all.page_size == 0 && len != 0);
	r = &all.ranges[all.nranges++];
	r->start = start;
	r->len = len;
	r->is_stack = is_stack;
	r->twin = NULL;
	r->page = host_map(numbers_size(r), NULL);
	CHECK(r->page != NULL);
	return r;
}

static void
track_no_more(struct range *r)
{
	host_unmap(r->page, numbers_size(r));
	if (r->twin != NULL)
		host_untwin(r->twin, r->len);
}

void
snapshot_track(void *start, size_t len)
{
	(void)track(start, len, 0);
}

void
snapshot_track_new(void *start, size_t len, size_t used)
{
	struct range *r = track(start, len, 0);

	if (r != NULL && used <= USED_MAX)
		r->twin = host_twin(start, len, used);
}

void
snapshot_track_stack(void *start, size_t len)
{
	(void)track(start, len, 1);
}

void
snapshot_track_bytes(void *start, size_t len)
{
	if (!all.begun)
		return;
	CHECK(!all.taken && all.nfew < BYTES_MAX);
	all.few[all.nfew++] = (struct few){ start, len };
	all.few_len += len;
}

void
snapshot_untrack(void *start)
{
	for (size_t i = 0; i < all.nranges; i++)
		if (all.ranges[i].start == start) {
			CHECK(!all.taken);
			track_no_more(&all.ranges[i]);
			all.ranges[i] = all.ranges[--all.nranges];
			return;
		}
}

static void
protect_all(unsigned access)
{
	for (size_t i = 0; i < all.nranges; i++)
		protect(all.ranges[i].start, all.ranges[i].len, access);
}

void
snapshot_end(void)
{
	if (!all.begun)
		return;
	CHECK(all.alive == 0);
	if (all.taken)
		protect_all(HOST_READ | HOST_WRITE);
	host_store_watch_set(NULL);
	for (size_t i = 0; i < all.npages; i++) {
		content_leave(all.tables->now[i]);
		content_leave(all.tables->page[i].first);
		seen_leave(&all.tables->page[i]);
	}
	for (size_t i = 0; i < all.nranges; i++)
		track_no_more(&all.ranges[i]);
	for (size_t i = 0; i < all.nslabs; i++)
		host_unmap(all.tables->slab[i], SLAB);
	host_unmap(all.tables, sizeof *all.tables);
	memset(&all, 0, sizeof all);
}

/* --- snapshots --- */

static void
few_keep(uint8_t *to)
{
	for (size_t i = 0; i < all.nfew; to += all.few[i++].len)
		memcpy(to, all.few[i].start, all.few[i].len);
}

static void
few_put(const uint8_t *from)
{
	for (size_t i = 0; i < all.nfew; from += all.few[i++].len)
		memcpy(all.few[i].start, from, all.few[i].len);
}

/* The contents of a page as it is now: those that it had, if it is the same. */
static struct content *
content_now(uint32_t number)
{
	const struct page *p = page_of(number);
	struct content *now = all.tables->now[number - 1];
	struct content *base = now->bytes != NULL ? now : now->base;
	struct word words[WORDS_MAX];
	size_t n;

	if (now == base && host_same(p->at, now->bytes, all.page_size))
		return now;
	n = differences(p->at, base->bytes, words);
	if (n > WORDS_MAX)
		return content_of(p->at);
	if (n == now->nwords) {
		size_t i = 0;

		while (i < n && words[i].at == now->words[i].at &&
		    words[i].is == now->words[i].is)
			i++;
		if (i == n)
			return now;
	}
	return content_by_words(base, words, n);
}

/* What changed since is new content; what did not for long is protected. */
static void
pages_settle(void)
{
	size_t n = 0;

	all.looks++;
	for (size_t i = all.nopen; i-- > 0;) {
		uint32_t number = all.tables->open[i];
		struct page *p = page_of(number);
		struct content *now = content_now(number);

		if (now != all.tables->now[number - 1]) {
			content_leave(all.tables->now[number - 1]);
			all.tables->now[number - 1] = now;
			p->changed = all.looks;
		} else if (all.looks - p->changed > IDLE_MAX) {
			all.tables->some[n++] = number;
			page_close(number);
		}
	}
	runs_each(n, BRIDGE_MAX, run_close);
}

struct snapshot *
snapshot_take(void)
{
	struct snapshot *s = check_malloc(sizeof *s);

	CHECK(all.begun);
	if (!all.taken) {
		all.taken = 1;
		host_store_watch_set(stored);
		protect_all(HOST_READ);
	}
	pages_settle();
	s->users = 1;
	s->n = all.npages;
	s->content = check_malloc(s->n * sizeof s->content[0]);
	for (size_t i = 0; i < s->n; i++) {
		s->content[i] = all.tables->now[i];
		s->content[i]->users++;
	}
	s->few = check_malloc(all.few_len);
	few_keep(s->few);
	all.alive++;
	return s;
}

/* Of pages that are protected and have no twins. */
static void
run_put(const uint32_t *list, size_t k)
{
	run_protect(list, k, HOST_READ | HOST_WRITE);
	for (size_t i = 0; i < k; i++)
		content_put(all.tables->now[list[i] - 1],
		    page_of(list[i])->at);
	run_protect(list, k, HOST_READ);
}

/* A protected page; 0: it has no twin. */
static int
twin_put(uint32_t number)
{
	const struct page *p = page_of(number);
	const struct range *in = &all.ranges[p->range];
	uint8_t *to;

	if (in->twin == NULL)
		return 0;
	to = in->twin + (p->at - in->start);
	/* To read first maps what lies around it as well. */
	(void)*(volatile uint8_t *)to;
	content_put(all.tables->now[number - 1], to);
	return 1;
}

void
snapshot_put_back(const struct snapshot *s)
{
	struct tables *t = all.tables;
	size_t n = 0;

	all.looks++;
	for (uint32_t i = 0; i < all.npages; i++) {
		struct content *c = i < s->n ? s->content[i] :
		    t->page[i].first;

		if (t->now[i] == c)
			continue;
		content_become(i, c);
		if (t->page[i].open == 0 && !twin_put(i + 1))
			t->some[n++] = i + 1;
	}
	runs_each(n, GAP_MAX, run_put);
	for (size_t i = 0; i < all.nopen; i++)
		content_put(t->now[t->open[i] - 1], page_of(t->open[i])->at);
	few_put(s->few);
	/* Calls that are undone have not returned. */
	for (size_t i = 0; i < all.nranges; i++)
		if (all.ranges[i].is_stack)
			host_stack_unmark(all.ranges[i].start,
			    all.ranges[i].len);
}

struct snapshot *
snapshot_share(struct snapshot *s)
{
	s->users++;
	return s;
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL || --s->users != 0)
		return;
	for (size_t i = 0; i < s->n; i++)
		content_leave(s->content[i]);
	check_free(s->content);
	check_free(s->few);
	check_free(s);
	all.alive--;
}
