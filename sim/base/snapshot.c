/* snapshot.c: see snapshot.h. */
#include "snapshot.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "host.h"

#define RANGES_MAX	64u
#define BYTES_MAX	16u
#define PAGES_MAX	((size_t)1 << 20)	/* that ever change */
#define IDLE_MAX	48u		/* snapshots; then protected again */
#define SLAB		256u		/* pages that are mapped at a time */

/* A page's contents, shared by who has them; never changed. */
struct content {
	uint32_t users;
	uint32_t known;			/* of chunks, those whose state is */
	struct state *chunks;
	struct content *next;		/* where it is free */
	uint8_t *bytes;
};

struct page {
	uint8_t *at;
	struct content *first;		/* before anything changed it */
	struct content *now;		/* at the latest snapshot, or putting
					   back; unchanged if it is protected */
	uint32_t idle;			/* snapshots since it changed */
	uint32_t open;			/* not protected: number in open, from
					   1, or 0 */
};

struct range {
	uint8_t *start;
	size_t len;
	int is_stack;
	uint32_t *page;			/* of each of its pages: number in
					   pages, from 1, or 0 */
};

struct few {
	void *start;
	size_t len;
};

struct snapshot {
	size_t n;
	struct content **content;	/* of the first n pages */
	uint8_t *few;
};

/* In none of the ranges.  What a fault adds to is mapped, not allocated. */
static struct {
	int begun, taken;
	size_t page_size;
	struct range ranges[RANGES_MAX];
	size_t nranges;
	struct few few[BYTES_MAX];
	size_t nfew, few_len;
	struct page *pages;
	size_t npages;
	uint32_t *open;			/* numbers in pages, from 1 */
	size_t nopen;
	struct content *vacant;
	uint8_t **slabs;
	size_t nslabs, slabs_max;
	uint64_t alive;			/* snapshots */
} all;

/* --- contents --- */

static size_t
slab_size(void)
{
	size_t size = SLAB * (all.page_size + sizeof(struct content) +
	    all.page_size / SNAPSHOT_CHUNK * sizeof(struct state));

	return (size + all.page_size - 1) / all.page_size * all.page_size;
}

/* Bytes, then states of chunks, then what says whose they are. */
static void
contents_more(void)
{
	size_t chunks = all.page_size / SNAPSHOT_CHUNK;
	uint8_t *slab = host_map(slab_size(), NULL);
	struct state *states;
	struct content *c;

	CHECK(slab != NULL && all.nslabs < all.slabs_max);
	all.slabs[all.nslabs++] = slab;
	states = (struct state *)(void *)(slab + SLAB * all.page_size);
	c = (struct content *)(void *)(states + SLAB * chunks);
	for (unsigned i = 0; i < SLAB; i++, c++) {
		c->bytes = slab + i * all.page_size;
		c->chunks = states + i * chunks;
		c->next = all.vacant;
		all.vacant = c;
	}
}

/* With one user. */
static struct content *
content_of(const uint8_t *bytes)
{
	struct content *c;

	if (all.vacant == NULL)
		contents_more();
	c = all.vacant;
	all.vacant = c->next;
	c->users = 1;
	c->known = 0;
	host_copy(c->bytes, bytes, all.page_size);
	return c;
}

static void
content_leave(struct content *c)
{
	if (--c->users != 0)
		return;
	c->next = all.vacant;
	all.vacant = c;
}

/* It is now what the page has. */
static void
content_become(struct page *p, struct content *c)
{
	c->users++;
	content_leave(p->now);
	p->now = c;
}

/* --- pages --- */

static void
page_open(uint32_t number)
{
	struct page *p = &all.pages[number - 1];

	CHECK(host_protect(p->at, all.page_size, HOST_READ | HOST_WRITE,
	    NULL) == 0);
	p->idle = 0;
	all.open[all.nopen++] = number;
	p->open = (uint32_t)all.nopen;
}

static void
page_close(uint32_t number)
{
	struct page *p = &all.pages[number - 1];
	uint32_t last = all.open[--all.nopen];

	CHECK(host_protect(p->at, all.page_size, HOST_READ, NULL) == 0);
	all.open[p->open - 1] = last;
	all.pages[last - 1].open = p->open;
	p->open = 0;
}

/* The number of the page at an address, known from now on; 0: not tracked. */
static uint32_t
page_at(const uint8_t *at)
{
	for (size_t i = 0; i < all.nranges; i++) {
		struct range *r = &all.ranges[i];
		size_t k = (size_t)(at - r->start) / all.page_size;
		struct page *p;

		if (at < r->start || at >= r->start + r->len)
			continue;
		if (r->page[k] != 0)
			return r->page[k];
		p = &all.pages[all.npages++];
		CHECK(all.npages <= PAGES_MAX);
		p->at = r->start + k * all.page_size;
		p->first = content_of(p->at);
		p->now = p->first;
		p->first->users++;
		return r->page[k] = (uint32_t)all.npages;
	}
	return 0;
}

/* A fault: the first store to a page since it was protected. */
static int
stored(void *address)
{
	uint32_t number = page_at(address);

	/* If it is not that, something else is wrong. */
	if (number == 0 || all.pages[number - 1].open != 0)
		return 0;
	page_open(number);
	return 1;
}

void
snapshot_state(const void *p, struct state *s)
{
	uint32_t number = all.taken ? page_at(p) : 0;
	struct state own, *of = &own;
	struct content *c = NULL;
	size_t chunk = 0;

	if (number != 0 && all.pages[number - 1].open == 0) {
		const struct page *page = &all.pages[number - 1];

		c = page->now;
		chunk = (size_t)((const uint8_t *)p - page->at) /
		    SNAPSHOT_CHUNK;
		if (chunk < 32)
			of = &c->chunks[chunk];
		else
			c = NULL;
	}
	if (c == NULL || (c->known >> chunk & 1) == 0) {
		state_init(of);
		state_add(of, p, SNAPSHOT_CHUNK);
		if (c != NULL)
			c->known |= (uint32_t)1 << chunk;
	}
	state_add_u64(s, of->a);
	state_add_u64(s, of->b);
}

/* --- ranges --- */

int
snapshot_begin(struct error *err)
{
	CHECK(!all.begun);
	memset(&all, 0, sizeof all);
	all.page_size = host_page_size();
	all.pages = host_map(PAGES_MAX * sizeof all.pages[0], err);
	if (all.pages == NULL)
		return -1;
	all.open = host_map(PAGES_MAX * sizeof all.open[0], err);
	if (all.open == NULL) {
		host_unmap(all.pages, PAGES_MAX * sizeof all.pages[0]);
		return -1;
	}
	all.slabs_max = PAGES_MAX;
	all.slabs = host_map(all.slabs_max * sizeof all.slabs[0], err);
	if (all.slabs == NULL) {
		host_unmap(all.pages, PAGES_MAX * sizeof all.pages[0]);
		host_unmap(all.open, PAGES_MAX * sizeof all.open[0]);
		return -1;
	}
	all.begun = 1;
	return 0;
}

static size_t
numbers_size(const struct range *r)
{
	return r->len / all.page_size * sizeof r->page[0];
}

static void
track(void *start, size_t len, int is_stack)
{
	struct range *r;

	if (!all.begun)
		return;
	CHECK(!all.taken && all.nranges < RANGES_MAX);
	CHECK((uintptr_t)start % all.page_size == 0 &&
	    len % all.page_size == 0 && len != 0);
	r = &all.ranges[all.nranges++];
	r->start = start;
	r->len = len;
	r->is_stack = is_stack;
	r->page = host_map(numbers_size(r), NULL);
	CHECK(r->page != NULL);
}

void
snapshot_track(void *start, size_t len)
{
	track(start, len, 0);
}

void
snapshot_track_stack(void *start, size_t len)
{
	track(start, len, 1);
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
			host_unmap(all.ranges[i].page,
			    numbers_size(&all.ranges[i]));
			all.ranges[i] = all.ranges[--all.nranges];
			return;
		}
}

static void
protect_all(unsigned access)
{
	for (size_t i = 0; i < all.nranges; i++)
		CHECK(host_protect(all.ranges[i].start, all.ranges[i].len,
		    access, NULL) == 0);
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
	for (size_t i = 0; i < all.nranges; i++)
		host_unmap(all.ranges[i].page, numbers_size(&all.ranges[i]));
	for (size_t i = 0; i < all.nslabs; i++)
		host_unmap(all.slabs[i], slab_size());
	host_unmap(all.slabs, all.slabs_max * sizeof all.slabs[0]);
	host_unmap(all.pages, PAGES_MAX * sizeof all.pages[0]);
	host_unmap(all.open, PAGES_MAX * sizeof all.open[0]);
	memset(&all, 0, sizeof all);
}

/* --- snapshots --- */

static void
few_copy(uint8_t *to, const uint8_t *from)
{
	for (size_t i = 0; i < all.nfew; i++) {
		if (to != NULL) {
			memcpy(to, all.few[i].start, all.few[i].len);
			to += all.few[i].len;
		} else {
			memcpy(all.few[i].start, from, all.few[i].len);
			from += all.few[i].len;
		}
	}
}

/* What changed since is new content; what did not for long is protected. */
static void
pages_settle(void)
{
	for (size_t i = all.nopen; i-- > 0;) {
		struct page *p = &all.pages[all.open[i] - 1];

		if (!host_same(p->at, p->now->bytes, all.page_size)) {
			content_leave(p->now);
			p->now = content_of(p->at);
			p->idle = 0;
		} else if (++p->idle > IDLE_MAX) {
			page_close(all.open[i]);
		}
	}
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
	s->n = all.npages;
	s->content = check_malloc(s->n * sizeof s->content[0]);
	for (size_t i = 0; i < s->n; i++) {
		s->content[i] = all.pages[i].now;
		s->content[i]->users++;
	}
	s->few = check_malloc(all.few_len);
	few_copy(s->few, NULL);
	all.alive++;
	return s;
}

void
snapshot_put_back(const struct snapshot *s)
{
	for (size_t i = 0; i < all.npages; i++) {
		struct page *p = &all.pages[i];
		struct content *c = i < s->n ? s->content[i] : p->first;

		if (p->open == 0) {
			if (p->now == c)
				continue;
			page_open((uint32_t)i + 1);
		}
		host_copy(p->at, c->bytes, all.page_size);
		if (p->now != c)
			content_become(p, c);
	}
	few_copy(NULL, s->few);
	/* Calls that are undone have not returned. */
	for (size_t i = 0; i < all.nranges; i++)
		if (all.ranges[i].is_stack)
			host_stack_unmark(all.ranges[i].start,
			    all.ranges[i].len);
}

void
snapshot_free(struct snapshot *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->n; i++)
		content_leave(s->content[i]);
	check_free(s->content);
	check_free(s->few);
	check_free(s);
	all.alive--;
}
