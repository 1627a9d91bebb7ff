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

#include "machine_tree.h"
#include "sim.h"

static const struct machine_events events;	/* none is told here ... */
static const struct dma_what what = { .purpose = DMA_BACKING };

static void
on_dma(void *self, const struct machine_dma *a)	/* ... but this one */
{
	(void)self;
	(void)a;
}

static void
no_stack(void *self, uint64_t *low, uint64_t *high)
{
	(void)self;
	*low = *high = 0;
}

struct fixture {
	struct machine_desc desc;
	struct callpaths *paths;
	struct machine *m;
	const struct boundary_port *port;
};

static void
begin(struct fixture *f, const struct tree *tree)
{
	struct machine_events told = events;
	struct machine_config config = { .desc = &f->desc, .events = &told };
	struct error err;

	error_clear(&err);
	told.dma = on_dma;
	tree_machine(tree, "dma", &f->desc);
	config.paths = f->paths = callpaths_create(0, 0, no_stack, NULL);
	f->m = machine_create(&config, &err);
	assert_non_null(f->m);
	f->port = machine_port(f->m);
}

static void
end(struct fixture *f)
{
	machine_destroy(f->m);
	callpaths_destroy(f->paths);
	machine_desc_free(&f->desc);
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
		struct fixture f;

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
		end(&f);
	}
}

/* dma-ranges of 32 MiB of the 64: what lies beyond is not there. */
static void
a_device_reaches_what_dma_ranges_say(void **state)
{
	static const struct tree tree = { .arch = "arm64",
	    .dma_size = 0x2000000 };
	struct fixture f;
	uint8_t b[4];

	(void)state;
	begin(&f, &tree);
	assert_true(f.desc.dma_limit == TREE_RAM + 0x1ffffff);
	assert_int_equal(f.port->dma_read(f.port->machine, TREE_RAM + 0x1fffffc,
	    b, 4, &what), DMA_OK);
	assert_int_equal(f.port->dma_read(f.port->machine, TREE_RAM + 0x2000000,
	    b, 4, &what), DMA_LOST);
	assert_memory_equal(b, "\xff\xff\xff\xff", 4);
	end(&f);
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
		struct fixture f;

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
		end(&f);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(private_memory_is_ciphertext_to_a_device),
		cmocka_unit_test(a_device_reaches_what_dma_ranges_say),
		cmocka_unit_test(an_iommu_hides_what_is_not_loaded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
