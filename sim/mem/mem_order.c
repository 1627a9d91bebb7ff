/* mem_order.c: memory behind an order model: who is delayed, and when it ends. */
#include "mem_var.h"

#include "check.h"

#define BUCKETS		32768u		/* a screen is drawn into one buffer */

static void
memory_load(void *self, uint64_t pa, void *dst, size_t n)
{
	struct mem *m = self;

	mem_past_buffer(m, pa, dst, n);
}

static void
memory_store(void *self, uint64_t pa, const void *src, size_t n, int uncached)
{
	mem_visible(self, pa, src, n, uncached);
}

static unsigned
memory_pick(void *self, int is_load, uint64_t pa, size_t size, unsigned n)
{
	struct mem *m = self;

	return m->pick(m->pick_self, is_load, pa, size, n);
}

void
mem_order_begin(struct mem *m, enum order_model model,
    unsigned (*pick)(void *self, int is_load, uint64_t pa, size_t size,
    unsigned n), void *self)
{
	const struct order_memory memory = { memory_load, memory_store,
	    memory_pick, m };

	CHECK(m->order == NULL);
	if (model != ORDER_SC)		/* rule O1 */
		m->order = order_create(model, MEM_AGENTS, BUCKETS,
		    &memory);
	if (m->order != NULL) {
		order_never_old(m->order, MEM_DEVICE_AGENT, 1);
		for (unsigned i = MEM_SECOND_CPU; i < MEM_AGENTS; i++)
			order_never_old(m->order, i, 1);
	}
	m->ncpus = 1;
	m->model = model;
	if ((order_program(model) & ORDER_RW) == 0)
		m->overtaken = overtaken_create();
	m->pick = pick;
	m->pick_self = self;
}

static unsigned
agent_of(unsigned cpu)
{
	return cpu == 0 ? MEM_FIRST_CPU : MEM_SECOND_CPU + cpu - 1;
}

/* Whether somebody waits to see what the buffer holds: avail.idx. */
static int
is_awaited(const struct mem *m)
{
	for (size_t i = 0; i < m->nranges; i++)
		if (order_is_pending(m->order, m->cpu, m->ranges[i].pa,
		    m->ranges[i].len))
			return 1;
	return 0;
}

/* Rule O2: a barrier settles, and orders what its bits say. */
void
mem_barrier_bits(struct mem *m, unsigned bits)
{
	mem_settle(m);
	if (m->order != NULL && (bits & ORDER_WR) != 0 && is_awaited(m) &&
	    m->events.draining != NULL)
		m->events.draining(m->self);
	if (m->order != NULL)
		order_barrier(m->order, m->cpu, bits);
	if (m->overtaken != NULL && (bits & ORDER_RW) != 0)
		overtaken_barrier(m->overtaken, mem_cpu_number(m));
}

void
mem_barrier(struct mem *m, enum order_barrier barrier)
{
	mem_barrier_bits(m, order_barrier_bits(m->model, barrier));
}

/* Rule O8: amd64's are locked; the others order nothing but themselves. */
void
mem_atomic(struct mem *m)
{
	mem_barrier_bits(m, m->model == ORDER_TSO ? ORDER_ALL : 0);
}

void
mem_register_write(struct mem *m)
{
	mem_settle(m);
	if (m->overtaken != NULL)
		overtaken_store(m->overtaken, mem_cpu_number(m),
		    OVERTAKEN_REGISTER);
	if (m->order != NULL)
		order_register_write(m->order, m->cpu);
}

void
mem_drain(struct mem *m)
{
	mem_settle(m);
	if (m->order != NULL)
		order_drain(m->order, m->cpu);
	for (unsigned cpu = 1; m->order != NULL && cpu < m->ncpus; cpu++)
		if ((m->others >> cpu & 1) == 0)
			order_drain(m->order, agent_of(cpu));
}

void
mem_interrupted(struct mem *m)
{
	if (m->order != NULL)
		order_acquire(m->order, m->cpu);
}

void
mem_race_begin(struct mem *m)
{
	if (m->race == NULL)
		m->race = race_create();
}

void
mem_race_let(struct mem *m, uint64_t token)
{
	if (m->race != NULL)
		race_let(m->race, token);
}

void
mem_race_take(struct mem *m, uint64_t token)
{
	if (m->race != NULL)
		race_take(m->race, token);
}

void
mem_race_forget(struct mem *m, uint64_t va, uint64_t size)
{
	if (m->race != NULL)
		race_forget(m->race, va, size);
}

void
mem_between_begin(struct mem *m)
{
	if (m->between == NULL)
		m->between = between_create();
}

void
mem_between_stretch(struct mem *m, unsigned depth, int exposed)
{
	if (m->between == NULL)
		return;
	between_stretch(m->between, depth);
	between_exposed(m->between, exposed);
}

void
mem_between_back(struct mem *m, unsigned depth)
{
	if (m->between != NULL)
		between_back(m->between, depth);
}

void
mem_between_exposed(struct mem *m, int exposed)
{
	if (m->between != NULL)
		between_exposed(m->between, exposed);
}

void
mem_between_access(struct mem *m, uint64_t va, size_t size, int write,
    const void *pc)
{
	struct between_pair pair;

	if (m->shielded == 0 && m->cpu == MEM_FIRST_CPU &&
	    between_access(m->between, va, size, write, pc, &pair) &&
	    m->events.between != NULL)
		m->events.between(m->self, pc, &pair);
}

void
mem_between_touch(struct mem *m, uint64_t token, const void *pc)
{
	if (m->between != NULL)
		mem_between_access(m, token, 1, 1, pc);
}

void
mem_between_shield(struct mem *m, int begins)
{
	m->shielded += begins ? 1u : -1u;
}

void
mem_copies_begin(struct mem *m)
{
	if (m->copies == NULL)
		m->copies = check_calloc(1, sizeof *m->copies);
}

void
mem_copies_add(struct mem *m, uint64_t home, uint64_t view, size_t size)
{
	if (m->copies != NULL && (home != view || m->line_size != 0) &&
	    size <= MEM_PAGE - home % MEM_PAGE &&
	    copies_add(m->copies, home, size, home != view))
		(void)page_touch(m, home);
}

void
mem_copies_look(struct mem *m, uint64_t pa, size_t size)
{
	if (m->copies != NULL)
		copies_look(m->copies, pa, size);
}

void
mem_copies_compared(struct mem *m)
{
	if (m->copies != NULL)
		copies_compared(m->copies);
}

int
mem_copies_looked(const struct mem *m)
{
	return m->copies != NULL && m->copies->looked;
}

void
mem_cpu_set(struct mem *m, unsigned cpu, unsigned others)
{
	unsigned changed = m->others ^ others;

	CHECK(cpu < MEM_CPUS_MAX);
	mem_settle(m);
	m->cpu = agent_of(cpu);
	m->others = others;
	if (m->ncpus <= cpu)
		m->ncpus = cpu + 1;
	if (m->race != NULL)
		race_cpu(m->race, cpu);
	/* What an idle CPU could still see that is old is nobody's matter. */
	for (unsigned i = 1; m->order != NULL && i < MEM_CPUS_MAX; i++)
		if ((changed >> i & 1) != 0)
			order_never_old(m->order, agent_of(i),
			    (others >> i & 1) == 0);
}

void
mem_blocks(struct mem *m, struct blocks *b)
{
	m->blocks = b;
}

void
mem_block(struct mem *m, uint32_t block, uint32_t within)
{
	m->block = block;
	m->within = within;
}

void
mem_block_touch(struct mem *m, uint64_t what, int change)
{
	blocks_touch_within(m->blocks, m->block, m->within, what, change);
}

/* As access_touch(). */
static __attribute__((noinline)) void
pages_touch(struct mem *m, uint64_t pa, uint64_t size)
{
	for (uint64_t at = pa; at < pa + size; at += MEM_PAGE - at % MEM_PAGE)
		mem_block_touch(m, MEM_BLOCK_PAGE | at / MEM_PAGE, 1);
}

void
mem_block_pages(struct mem *m, uint64_t pa, uint64_t size)
{
	if (m->blocks != NULL)
		pages_touch(m, pa, size);
}

uint64_t
mem_lock_left(struct mem *m)
{
	mem_settle(m);
	mem_barrier(m, ORDER_BARRIER_UNLOCK);
	return m->order != NULL ? order_mark(m->order, m->cpu) : 0;
}

void
mem_lock_taken(struct mem *m, unsigned cpu, uint64_t mark)
{
	if (m->order != NULL && agent_of(cpu) != m->cpu) {
		order_drain_to(m->order, agent_of(cpu), mark);
		order_acquire(m->order, m->cpu);
	}
	mem_barrier(m, ORDER_BARRIER_LOCK);
}

uint64_t
mem_lock_buffered(const struct mem *m, unsigned cpu, uint64_t mark)
{
	return m->order != NULL ? order_left_to(m->order, agent_of(cpu),
	    mark) : 0;
}

void
mem_cpu_looks(struct mem *m, uint64_t pa, size_t size)
{
	if (m->order != NULL)
		order_look(m->order, m->cpu, pa, size);
}

void
mem_device_looks(struct mem *m, uint64_t pa, size_t size)
{
	mem_settle(m);
	if (m->order != NULL)
		order_look(m->order, MEM_DEVICE_AGENT, pa, size);
}

int
mem_is_buffered(const struct mem *m, uint64_t pa, size_t size)
{
	for (unsigned cpu = 0; m->order != NULL && cpu < m->ncpus; cpu++)
		if (order_is_pending(m->order, agent_of(cpu), pa, size))
			return 1;
	return 0;
}

int
mem_order_capped(const struct mem *m)
{
	return m->order != NULL && order_capped(m->order);
}

void
mem_device_sees(struct mem *m, uint64_t pa, size_t size)
{
	mem_settle(m);
	if (m->order != NULL)
		order_look_surely(m->order, MEM_DEVICE_AGENT, pa, size);
}

void
mem_cpu_sees(struct mem *m, uint64_t pa, size_t size)
{
	if (m->order != NULL)
		order_seen(m->order, m->cpu, pa, size);
}
