/*
 * test_machine_dma.c: what a device gets at an address, by the machine: memory
 * that is encrypted (rule B5), and the end of what devices reach (rule B4).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "machine_rig.h"
#include "pick_plain.h"

static const struct dma_what what = { .purpose = DMA_BACKING };

static void
on_dma(void *self, const struct machine_dma *a)
{
	(void)self;
	(void)a;
}

static void
begin(struct machine_rig *r, const struct tree *tree)
{
	static const struct machine_events told = { .dma = on_dma };

	machine_rig_open(r, tree, &told);
}

/* Plain for an observer, and ciphertext for the device, both ways. */
static void
private_memory_is_ciphertext_to_a_device(void **state)
{
	static const struct tree trees[] = { { .arch = "amd64", .bounce = 1 },
	    { .arch = "amd64" }, { .arch = "contract", .bounce = 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		const uint64_t pa = TREE_RAM + 0x300000;
		uint8_t plain[64], seen[64], back[64];
		struct machine_rig f;

		begin(&f, &trees[i]);
		memset(plain, 0x5a, sizeof plain);
		mem_device_store(machine_mem(f.m), pa, plain, sizeof plain);
		assert_int_equal(f.port->dma_read(f.port->machine, pa, seen,
		    sizeof seen, NULL), DMA_OK);
		assert_memory_equal(seen, plain, sizeof plain);
		assert_int_equal(f.port->dma_read(f.port->machine, pa, seen,
		    sizeof seen, &what), DMA_OK);
		for (size_t k = 0; k < sizeof seen; k++)
			assert_int_equal(seen[k] != plain[k], i == 0);
		assert_int_equal(f.port->dma_write(f.port->machine, pa, plain,
		    sizeof plain, &what), DMA_OK);
		mem_device_load(machine_mem(f.m), pa, back, sizeof back);
		assert_int_equal(memcmp(back, plain, sizeof plain) != 0,
		    i == 0);
		machine_rig_close(&f);
	}
}

/* dma-ranges of 32 MiB of the 64: what lies beyond is not there. */
static void
a_device_reaches_what_dma_ranges_say(void **state)
{
	static const struct tree tree = { .arch = "arm64",
	    .dma_size = 0x2000000 };
	struct machine_rig f;
	uint8_t b[4];

	(void)state;
	begin(&f, &tree);
	assert_true(f.desc.dma_limit == TREE_RAM + 0x1ffffff);
	assert_int_equal(f.port->dma_read(f.port->machine, TREE_RAM + 0x1fffffc,
	    b, 4, &what), DMA_OK);
	assert_int_equal(f.port->dma_read(f.port->machine, TREE_RAM + 0x2000000,
	    b, 4, &what), DMA_LOST);
	assert_memory_equal(b, "\xff\xff\xff\xff", 4);
	machine_rig_close(&f);
}

/* Nothing is loaded: what is there is memory, or behind an IOMMU nothing. */
static void
an_iommu_hides_what_is_not_loaded(void **state)
{
	static const struct tree trees[] = { { .arch = "arm64" },
	    { .arch = "arm64", .iommu = 1 } };

	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		const uint64_t pa = TREE_RAM + 0x300000;
		uint8_t seen[4], back[4];
		struct machine_rig f;

		begin(&f, &trees[i]);
		mem_device_store(machine_mem(f.m), pa, "abc", 4);
		assert_int_equal(f.port->dma_read(f.port->machine, pa, seen, 4,
		    &what), i == 0 ? DMA_OK : DMA_LOST);
		assert_memory_equal(seen, i == 0 ? "abc" : "\xff\xff\xff\xff",
		    4);
		assert_int_equal(f.port->dma_write(f.port->machine, pa, "def",
		    4, &what), i == 0 ? DMA_OK : DMA_LOST);
		mem_device_load(machine_mem(f.m), pa, back, 4);
		assert_memory_equal(back, i == 0 ? "def" : "abc", 4);
		machine_rig_close(&f);
	}
}

/* A page that devices may see: its address, and where the CPU has it. */
static uint64_t
tracked(struct mem *m, uint64_t *va)
{
	uint64_t pa = mem_pages_alloc(m, 1, MEM_PAGE, 0, 0, UINT64_MAX);

	*va = mem_va_alloc(m, 1);
	mem_va_map(m, *va, pa, MEM_VA_TRACKED);
	return pa;
}

static void
cpu_store(struct mem *m, uint64_t va, uint32_t v)
{
	mem_access(m, va, 4, MEM_WRITE, NULL);
	memcpy((void *)(uintptr_t)va, &v, 4);
}

static uint32_t
cpu_load(struct mem *m, uint64_t va)
{
	uint32_t v;

	mem_access(m, va, 4, MEM_READ, NULL);
	memcpy(&v, (void *)(uintptr_t)va, 4);
	return v;
}

/* Rule C6: of a machine's line, asked when it is looked at, and not before. */
static void
a_look_at_a_line_is_a_choice(void **state)
{
	static const struct tree trees[] = { { .arch = "arm64" },
	    { .arch = "arm64", .not_coherent = 1 } };
	const uint32_t first = 7, second = 9;

	(void)state;
	for (unsigned i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		struct machine_rig f;
		struct choice *c;
		struct mem *m;
		uint64_t pa, va;
		uint32_t seen;

		begin(&f, &trees[i]);
		m = machine_mem(f.m);
		c = machine_choice(f.m);
		machine_fates_ask(f.m);
		c->mode = CHOICE_EVERY;
		c->kinds = 1u << CHOICE_CACHE_EVICT | 1u << CHOICE_CACHE_FILL;
		pa = tracked(m, &va);
		cpu_store(m, va, first);
		assert_int_equal(c->asked[CHOICE_CACHE_EVICT], 0);
		assert_int_equal(f.port->dma_read(f.port->machine, pa, &seen, 4,
		    &what), DMA_OK);
		assert_int_equal(seen, first);
		assert_int_equal(c->asked[CHOICE_CACHE_EVICT], i);
		assert_int_equal(f.port->dma_write(f.port->machine, pa + 256,
		    &second, 4, &what), DMA_OK);
		assert_int_equal(c->asked[CHOICE_CACHE_FILL], 0);
		assert_int_equal(cpu_load(m, va + 256), second);
		assert_int_equal(c->asked[CHOICE_CACHE_FILL], i);
		machine_rig_close(&f);
	}
}

/* Whoever sees it yet: not in memory, or in no cache either. */
static void
what_a_driver_has_stored_is_known(void **state)
{
	static const struct tree tree = { .arch = "arm64", .not_coherent = 1 };
	const uint32_t first = 7, second = 9;
	struct machine_rig f;
	struct mem *m;
	uint64_t pa, va;
	uint32_t got;

	(void)state;
	begin(&f, &tree);
	m = machine_mem(f.m);
	pa = tracked(m, &va);
	cpu_store(m, va, first);
	mem_settle(m);
	assert_int_equal(f.port->dma_read(f.port->machine, pa, &got, 4, NULL),
	    DMA_OK);
	assert_int_equal(got, 0);
	assert_int_equal(f.port->stored(f.port->machine, pa, &got, 4), 0);
	assert_int_equal(got, first);
	assert_int_equal(f.port->stored(f.port->machine, TREE_RAM +
	    TREE_RAM_SIZE, &got, 4), -1);
	/* What is in a buffer may be another CPU's. */
	mem_order_begin(m, ORDER_TSO, pick_plain, NULL);
	cpu_store(m, va, second);
	mem_settle(m);
	assert_int_equal(f.port->stored(f.port->machine, pa, &got, 4), -1);
	mem_drain(m);
	assert_int_equal(f.port->stored(f.port->machine, pa, &got, 4), 0);
	assert_int_equal(got, second);
	machine_rig_close(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_memory_is_ciphertext_to_a_device),
		cmocka_unit_test(a_device_reaches_what_dma_ranges_say),
		cmocka_unit_test(an_iommu_hides_what_is_not_loaded),
		cmocka_unit_test(a_look_at_a_line_is_a_choice),
		cmocka_unit_test(what_a_driver_has_stored_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
