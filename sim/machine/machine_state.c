/* machine_state.c: what the future of the machine depends on. */
#include "machine_var.h"

int
machine_host_has_state(const struct machine *m)
{
	return m->host.ops == NULL || m->host.ops->state != NULL;
}

/* What firmware and guest placed. */
static void
add_configured(const struct machine *m, struct state *s)
{
	state_add_u64(s, m->nbars);
	for (size_t i = 0; i < m->nbars; i++) {
		const struct bar *b = &m->bars[i];

		state_add_u64(s, (uint64_t)b->bdf << 32 | (uint64_t)b->n << 16 |
		    (uint64_t)b->is64 << 8 | b->is_io);
		state_add_u64(s, b->base);
		state_add_u64(s, b->size);
	}
	state_add_u64(s, m->next32);
	state_add_u64(s, m->next64);
	state_add_u64(s, m->next_io);
	for (size_t i = 0; i < MACHINE_MSIS_MAX; i++) {
		state_add_u64(s, (uint64_t)m->msis[i].used);
		if (m->msis[i].used)
			state_add_u64(s, (uint64_t)m->msis[i].bdf << 32 |
			    m->msis[i].vector);
	}
}

void
machine_host_state(const struct machine *m, struct state *s)
{
	if (m->host.ops != NULL && m->host.ops->state != NULL)
		m->host.ops->state(m->host.self, s);
}

void
machine_state(const struct machine *m, struct state *s)
{
	add_configured(m, s);
	state_add_u64(s, (uint64_t)(m->host_gone != 0) << 2 |
	    (uint64_t)(m->looking != 0) << 1 | (m->failed_call != NULL));
	state_add_u64(s, (uint64_t)m->host_running);
	sched_state(m->sched, s);
	bus_dma_state(m->bus_dma, s);
	machine_host_state(m, s);
}
