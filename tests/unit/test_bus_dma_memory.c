/*
 * test_bus_dma_memory.c: memory of bus_dma(9) below the door: allocated, mapped, freed.
 */
#include "bus_dma_rig.h"

/* What BUS_DMA_ZERO zeroes is dirty at birth, and once only. */
static void
zeroed_memory_is_stored_to(void **state)
{
	struct bus_segment seg;
	uint64_t va, other;
	uint32_t n;

	(void)state;
	assert_int_equal(bus_dma_mem_alloc(t.b, 4096, 0, 0, 0, UINT64_MAX, 1,
	    0x0800, &seg, &n), 0);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &va), 0);
	assert_true(mem_shadow_any(t.mem, seg.addr + 4095, 1, MEM_UNWRITTEN));
	assert_int_equal(mem_last_writer(t.mem, seg.addr).pc, MEM_PC_ZEROED);
	mem_shadow_set(t.mem, seg.addr, 4096, 0, 0xff);
	assert_int_equal(bus_dma_mem_map(t.b, &seg, 1, 4096, 0, &other), 0);
	assert_false(mem_shadow_any(t.mem, seg.addr, 4096, MEM_UNWRITTEN));
}

static void
alloc_checks_its_arguments(void **state)
{
	struct bus_segment seg;
	uint32_t n = 5;

	(void)state;
	assert_int_equal(bus_dma_mem_alloc(t.b, 0, 0, 0, 0, UINT64_MAX, 1, 0,
	    &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 0, 0, 0, UINT64_MAX, 0, 0,
	    &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 12288, 0, 0, UINT64_MAX, 1,
	    0, &seg, &n), 22);
	assert_int_equal(bus_dma_mem_alloc(t.b, 1, 0, 12288, 0, UINT64_MAX, 1,
	    0, &seg, &n), 22);
	assert_int_equal(n, 0);
	rules_are("dma-alloc-arguments! dma-alloc-arguments! "
	    "dma-alloc-arguments! dma-alloc-arguments! ");
	assert_int_equal(bus_dma_mem_alloc(t.b, 100, 65536, 65536, RAM_BASE +
	    0x10000, RAM_BASE + 0x10fff, 1, 0, &seg, &n), 0);
	assert_int_equal(seg.addr, RAM_BASE + 0x10000);
	assert_int_equal(seg.len, MEM_PAGE);
	rules_are("");
}

static void
memory_is_freed_as_it_was_given(void **state)
{
	struct bus_segment half;
	struct buf f;
	uint64_t va;

	(void)state;
	buf_alloc(&f, 8192);
	half = f.seg[0];
	half.len = 4096;
	bus_dma_mem_free(t.b, &half, 1);
	half.addr += 4096;
	bus_dma_mem_free(t.b, &half, 1);
	rules_are("dma-free-unknown! dma-free-unknown! ");
	bus_dma_mem_unmap(t.b, f.va + 4096, 4096);
	rules_are("dma-unmap-unknown! ");
	bus_dma_mem_unmap(t.b, f.va, 4096);
	rules_are("dma-unmap-size! ");
	bus_dma_mem_unmap(t.b, f.va, 8192);	/* it is gone */
	rules_are("dma-unmap-unknown! ");
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("");
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-unknown! ");
	assert_int_equal(bus_dma_mem_map(t.b, f.seg, 1, 8192, 0, &va),
	    BUS_DMA_EINVAL);
	rules_are("dma-mem-map-unknown! ");
	buf_alloc(&f, 4096);
	bus_dma_mem_free(t.b, f.seg, 1);
	rules_are("dma-free-mapped! ");
}

static void
memory_is_found_by_either_address(void **state)
{
	struct buf f;

	(void)state;
	buf_alloc(&f, 8192);
	assert_non_null(bus_dma_memory_by_va(t.b, f.va + 8191));
	assert_null(bus_dma_memory_by_va(t.b, f.va + 8192));
	assert_non_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr - 1));
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 4096), f.seg[0].addr +
	    4096);
	assert_int_equal(bus_dma_mem_mmap(t.b, f.seg, 1, 8192), UINT64_MAX);
	bus_dma_mem_unmap(t.b, f.va, 8192);
	assert_null(bus_dma_memory_by_va(t.b, f.va));
	bus_dma_mem_free(t.b, f.seg, 1);
	assert_null(bus_dma_memory_by_pa(t.b, f.seg[0].addr));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(zeroed_memory_is_stored_to),
		TEST(alloc_checks_its_arguments),
		TEST(memory_is_freed_as_it_was_given),
		TEST(memory_is_found_by_either_address),
	};

	return cmocka_run_group_tests_name("bus_dma_memory", tests, NULL, NULL);
}
