/* bus_dma_memory.c: memory for DMA: allocated, mapped, given to clients. */
#include "bus_dma_var.h"

#include <string.h>

#include "check.h"

/* Flags of hypercall.h that matter here. */
#define FLAG_ZERO	0x0800u

static struct bus_memory *
memory_at(struct bus_dma *b, uint64_t pa)
{
	for (size_t i = b->nmemory; i > 0; i--) {
		struct bus_memory *m = &b->memory[i - 1];

		if (m->live && pa >= m->pa && pa - m->pa < m->size)
			return m;
	}
	return NULL;
}

int
bus_dma_mem_alloc(struct bus_dma *b, uint64_t size, uint64_t alignment,
    uint64_t boundary, uint64_t low, uint64_t high, uint32_t nsegs_max,
    uint32_t flags, struct bus_segment *segs, uint32_t *nsegs)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE, pa;
	struct bus_memory *m;

	*nsegs = 0;
	if (alignment < MEM_PAGE)
		alignment = MEM_PAGE;
	if (size == 0 || nsegs_max == 0 || (alignment & (alignment - 1)) != 0 ||
	    (boundary & (boundary - 1)) != 0 || low >= high) {
		bus_dma_rule(b, "dma-alloc-arguments", 1, NULL,
		    "bus_dmamem_alloc of %llu bytes in %u segments: neither "
		    "may be 0, alignment and boundary are powers of two",
		    (unsigned long long)size, nsegs_max);
		return BUS_DMA_EINVAL;
	}
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	pa = mem_pages_alloc(b->mem, npages, alignment, boundary, low, high);
	if (pa == MEM_NOWHERE)
		return BUS_DMA_ENOMEM;
	if (b->nmemory == b->memory_max) {
		b->memory_max = b->memory_max != 0 ? 2 * b->memory_max : 16;
		b->memory = check_realloc(b->memory,
		    b->memory_max * sizeof b->memory[0]);
	}
	m = &b->memory[b->nmemory++];
	memset(m, 0, sizeof *m);
	m->pa = pa;
	m->size = npages * MEM_PAGE;
	m->flags = flags;
	m->live = 1;
	m->allocated = callpath_here(b->paths, NULL);
	m->owner = b->owner;
	segs[0].addr = pa;
	segs[0].len = m->size;
	*nsegs = 1;
	return 0;
}

void
bus_dma_mem_free(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs)
{
	for (uint32_t i = 0; i < nsegs; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr);

		if (m == NULL || m->pa != segs[i].addr ||
		    m->size != segs[i].len) {
			bus_dma_rule(b, "dma-free-unknown", 1, NULL,
			    "bus_dmamem_free of a segment at 0x%llx of %llu "
			    "bytes, which bus_dmamem_alloc did not give",
			    (unsigned long long)segs[i].addr,
			    (unsigned long long)segs[i].len);
			continue;
		}
		if (m->va != 0)
			bus_dma_rule(b, "dma-free-mapped", 1, NULL,
			    "bus_dmamem_free of memory at 0x%llx that is still "
			    "mapped (%llu bytes)", (unsigned long long)m->pa,
			    (unsigned long long)m->mapped);
		m->live = 0;
		mem_pages_free(b->mem, m->pa, m->size / MEM_PAGE);
	}
}

/*
 * Memory that was asked for zeroed is stored to when it gets an address: those
 * stores are the CPU's, and dirty at birth (rule M2).
 */
static void
memory_zero(struct bus_dma *b, const struct bus_memory *m)
{
	static const uint8_t zeros[MEM_PAGE];

	for (uint64_t at = 0; at < m->size; at += MEM_PAGE)
		mem_cpu_store(b->mem, m->pa + at, zeros, MEM_PAGE,
		    MEM_PC_ZEROED);
}

int
bus_dma_mem_map(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t size, uint32_t flags, uint64_t *va)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE, at, have = 0;

	(void)flags;
	*va = 0;
	for (uint32_t i = 0; i < nsegs; i++) {
		if (memory_at(b, segs[i].addr) == NULL) {
			bus_dma_rule(b, "dma-mem-map-unknown", 1, NULL,
			    "bus_dmamem_map of a segment at 0x%llx that "
			    "bus_dmamem_alloc did not give",
			    (unsigned long long)segs[i].addr);
			return BUS_DMA_EINVAL;
		}
		have += segs[i].len;
	}
	if (size == 0 || have < size)
		return BUS_DMA_EINVAL;
	if (b->events.fail(b->self))
		return BUS_DMA_ENOMEM;
	*va = at = mem_va_alloc(b->mem, npages);
	if (at == 0)
		return BUS_DMA_ENOMEM;
	for (uint32_t i = 0; i < nsegs; i++) {
		struct bus_memory *m = memory_at(b, segs[i].addr);

		for (uint64_t off = 0; off < segs[i].len &&
		    at < *va + npages * MEM_PAGE; off += MEM_PAGE) {
			mem_va_map(b->mem, at, segs[i].addr + off,
			    MEM_VA_TRACKED);
			at += MEM_PAGE;
		}
		if ((m->flags & FLAG_ZERO) != 0 && m->mapped == 0)
			memory_zero(b, m);
		m->va = *va;
		m->mapped = npages * MEM_PAGE;
		m->mapped_at = callpath_here(b->paths, NULL);
	}
	return 0;
}

void
bus_dma_mem_unmap(struct bus_dma *b, uint64_t va, uint64_t size)
{
	uint64_t npages = (size + MEM_PAGE - 1) / MEM_PAGE;
	int found = 0;

	for (size_t i = 0; i < b->nmemory; i++) {
		struct bus_memory *m = &b->memory[i];

		if (m->va == va && va != 0) {
			if (m->mapped != npages * MEM_PAGE)
				bus_dma_rule(b, "dma-unmap-size", 1, NULL,
				    "bus_dmamem_unmap of %llu bytes where %llu "
				    "were mapped", (unsigned long long)size,
				    (unsigned long long)m->mapped);
			npages = m->mapped / MEM_PAGE;
			m->va = 0;
			found = 1;
		}
	}
	if (!found) {
		bus_dma_rule(b, "dma-unmap-unknown", 1, NULL,
		    "bus_dmamem_unmap of 0x%llx, which bus_dmamem_map did not "
		    "give (the address of the pointer instead of the pointer?)",
		    (unsigned long long)(mem_va_inside(va, 1) ? va : 0));
		return;
	}
	for (uint64_t i = 0; i < npages; i++)
		mem_va_unmap(b->mem, va + i * MEM_PAGE);
}

uint64_t
bus_dma_mem_mmap(struct bus_dma *b, const struct bus_segment *segs,
    uint32_t nsegs, uint64_t offset)
{
	(void)b;
	for (uint32_t i = 0; i < nsegs; i++) {
		if (offset < segs[i].len)
			return segs[i].addr + offset;
		offset -= segs[i].len;
	}
	return UINT64_MAX;
}
