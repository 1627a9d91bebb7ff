/*
 * test_machine_desc.c: machines from device trees: what is read, what each bad
 * tree is told, and that no damage to a tree does worse than an error.
 */
#include "machine_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "check.h"
#include "host.h"
#include "prng.h"

static uint8_t dtb[TREE_SIZE];

/* -1 and a sentence that has these words. */
static void
refused(const void *tree, size_t len, enum error_code code, const char *words)
{
	struct machine_desc d;
	struct error err;

	error_clear(&err);
	assert_int_equal(machine_desc_read(&d, "some", tree, len, &err), -1);
	assert_int_equal(err.code, code);
	if (strstr(err.text, words) == NULL ||
	    strstr(err.text, "machine some") == NULL)
		fail_msg("\"%s\" is not in: %s", words, err.text);
	assert_null(d.dtb);
}

static void
all_of_a_tree_is_read(void **state)
{
	static const struct tree t = { .arch = "riscv64", .order = "tso",
	    .unbacked = "abort", .profile = "apple", .title = "For people",
	    .bounce = 1, .iommu = 1 };
	struct machine_desc d;
	char line[200];

	(void)state;
	tree_machine(&t, "mine", &d);
	assert_string_equal(d.name, "mine");
	assert_string_equal(d.title, "For people");
	assert_int_equal(d.arch, SYNC_RISCV64);
	assert_int_equal(d.order, ORDER_TSO);
	assert_int_equal(d.unbacked, UNBACKED_ABORT);
	assert_true(d.apple && d.bounce && d.iommu && d.coherent && d.has_pci &&
	    d.has_msi);
	assert_int_equal(d.ram.base, TREE_RAM);
	assert_int_equal(d.ram.size, TREE_RAM_SIZE);
	assert_int_equal(d.ecam.base, 0xb0000000);
	assert_int_equal(d.mmio32.base, 0xc0000000);
	assert_int_equal(d.mmio32.size, 0x10000000);
	assert_int_equal(d.mmio64.base, UINT64_C(0x800000000));
	assert_int_equal(d.nintx, 4);
	assert_int_equal(d.intx_mask, 0x1800);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(d.intx[i].address, 0x800 * i);
		assert_int_equal(d.intx[i].pin, 1);
		assert_int_equal(d.intx[i].irq, TREE_IRQ + i);
	}
	machine_desc_line(&d, line, sizeof line);
	assert_non_null(strstr(line, "riscv64, one CPU, order tso (run as sc)"));
	assert_non_null(strstr(line, "bounce buffers"));
	machine_desc_free(&d);
	machine_desc_free(&d);			/* twice does no harm */
}

static void
what_is_not_said_follows_from_the_processor(void **state)
{
	static const struct {
		struct tree t;
		enum sync_arch arch;
		enum order_model order;
	} trees[] = {
		{ { .arch = "amd64" }, SYNC_AMD64, ORDER_TSO },
		{ { .arch = "arm64" }, SYNC_ARM64, ORDER_ARM },
		{ { .no_arch = 1, .cpu = "arm,cortex-a57" }, SYNC_ARM64,
		    ORDER_ARM },
		{ { .no_arch = 1, .cpu = "apple,m1" }, SYNC_ARM64, ORDER_ARM },
		{ { .no_arch = 1, .cpu = "riscv" }, SYNC_RISCV64,
		    ORDER_RVWMO },
		{ { .no_arch = 1, .cpu = "sifive,u74-riscv" }, SYNC_RISCV64,
		    ORDER_RVWMO },
		{ { .arch = "amd64", .cpu = "arm,cortex-a57" }, SYNC_AMD64,
		    ORDER_TSO },
	};
	struct machine_desc d;

	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		tree_machine(&trees[i].t, "m", &d);
		assert_int_equal(d.arch, trees[i].arch);
		assert_int_equal(d.order, trees[i].order);
		assert_int_equal(d.unbacked, UNBACKED_LOST);
		assert_false(d.bounce || d.apple);
		machine_desc_free(&d);
	}
}

static void
without_pci_or_msi_a_machine_is_one_too(void **state)
{
	static const struct tree no_pci = { .no_pci = 1, .model = "Board" };
	static const struct tree no_msi = { .no_msi = 1 };
	struct machine_desc d;

	(void)state;
	tree_machine(&no_pci, "m", &d);
	assert_false(d.has_pci);
	assert_true(d.coherent);
	assert_string_equal(d.title, "Board");
	machine_desc_free(&d);
	tree_machine(&no_msi, "m", &d);
	assert_true(d.has_pci);
	assert_false(d.has_msi);
	machine_desc_free(&d);
}

static void
caches_that_are_not_snooped_have_a_line(void **state)
{
	static const struct tree t = { .not_coherent = 1 };
	struct machine_desc d;

	(void)state;
	tree_machine(&t, "m", &d);
	assert_false(d.coherent);
	assert_int_equal(d.line_size, 64);
	machine_desc_free(&d);
}

/* More memory than is used of it: the beginning. */
/* Where a tree does not say, processors differ. */
static void
what_snoops_by_itself(void **state)
{
	static const struct {
		struct tree t;
		int coherent;
	} trees[] = {
		{ { .no_arch = 1, .cpu = "riscv", .unsaid = 1 }, 1 },
		{ { .no_arch = 1, .cpu = "riscv", .not_coherent = 1,
		    .said = 1 }, 0 },
		{ { .no_arch = 1, .cpu = "arm,cortex-a57", .unsaid = 1 }, 0 },
		{ { .no_arch = 1, .cpu = "arm,cortex-a57" }, 1 },
	};
	struct machine_desc d;

	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++) {
		tree_machine(&trees[i].t, "m", &d);
		assert_int_equal(d.coherent, trees[i].coherent);
		machine_desc_free(&d);
	}
}

static void
much_memory_is_cut(void **state)
{
	static const struct tree t = { .ram_base = 0,
	    .ram_size = MACHINE_RAM_MAX * 4 };
	struct machine_desc d;

	(void)state;
	tree_machine(&t, "m", &d);
	assert_int_equal(d.ram.size, MACHINE_RAM_MAX);
	machine_desc_free(&d);
}

static void
each_bad_tree_has_its_sentence(void **state)
{
	static const struct {
		struct tree t;
		const char *words;
	} trees[] = {
		{ { .no_memory = 1 }, "no memory node" },
		{ { .memory_cells = 3 }, "reg has 3 cells, wanted at least 4" },
		{ { .ram_base = 0x40000800, .ram_size = 0x2000000 },
		    "whole pages" },
		{ { .ram_base = 0x40000000, .ram_size = 0x2000800 },
		    "whole pages" },
		{ { .ram_base = 0x40000000, .ram_size = 0xfff000 },
		    "at least 16 MiB" },
		{ { .ram_base = UINT64_MAX - 0xffffff,
		    .ram_size = 0x2000000 }, "memory at" },
		{ { .pci_cells = 2 }, "PCI host's reg has 2 cells" },
		{ { .no_ranges = 1 }, "no memory window" },
		{ { .arch = "vax" }, "viotape,arch is \"vax\"" },
		{ { .order = "power" }, "viotape,order is \"power\"" },
		{ { .unbacked = "gone" }, "viotape,unbacked is \"gone\"" },
		{ { .profile = "acme" }, "viotape,host-profile is \"acme\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof trees / sizeof trees[0]; i++)
		refused(dtb, tree_write(&trees[i].t, dtb), ERROR_INPUT,
		    trees[i].words);
}

static void
what_is_no_tree_is_refused(void **state)
{
	static const struct tree t = { 0 };
	size_t len = tree_write(&t, dtb);

	(void)state;
	refused("", 0, ERROR_INPUT, "not a sound device tree");
	refused("abc", 3, ERROR_INPUT, "not a sound device tree");
	refused("/dts-v1/; / { };", 16, ERROR_INPUT, "not a sound device tree");
	for (size_t n = 4; n < len; n += 7)
		refused(dtb, n, ERROR_INPUT, "not a sound device tree");
	refused(dtb, MACHINE_DTB_MAX + 1, ERROR_LIMIT, "are read");
}

/* What can be read of a damaged tree keeps the promises of a good one. */
static int
damaged(const uint8_t *tree, size_t len)
{
	struct machine_desc d;
	struct error err;
	char line[200];

	error_clear(&err);
	if (machine_desc_read(&d, "some", tree, len, &err) != 0) {
		assert_true(err.code == ERROR_INPUT ||
		    err.code == ERROR_LIMIT);
		assert_true(err.text[0] != '\0');
		return 0;
	}
	assert_true(d.ram.size >= UINT64_C(16) << 20);
	assert_true(d.ram.size <= MACHINE_RAM_MAX);
	assert_true(d.ram.base % 4096 == 0 && d.ram.size % 4096 == 0);
	assert_true(d.nintx <= MACHINE_INTX_MAP_MAX);
	for (size_t i = 0; i < d.nintx; i++)
		assert_true(d.intx[i].irq < 1024);
	machine_desc_line(&d, line, sizeof line);
	machine_desc_free(&d);
	return 1;
}

static void
a_flipped_byte_does_no_harm(void **state)
{
	static const struct tree t = { .order = "tso", .title = "x",
	    .cpu = "arm,x", .profile = "apple" };
	size_t len = tree_write(&t, dtb), read = 0;

	(void)state;
	for (size_t i = 0; i < len; i++)
		for (unsigned k = 0; k < 4; k++) {
			static const uint8_t flips[] = { 0xff, 0x80, 0x01,
			    0x10 };
			/* At the end of what is allocated: overruns show. */
			uint8_t *end = malloc(len);

			assert_non_null(end);
			memcpy(end, dtb, len);
			end[i] ^= flips[k];
			read += (size_t)damaged(end, len);
			check_free(end);
		}
	/* Both happened: this is no test of a reader that always refuses. */
	assert_true(read > len / 2 && read < 4 * len);
}

static void
random_damage_does_no_harm(void **state)
{
	static const struct tree t = { .bounce = 1 };
	static uint8_t copy[TREE_SIZE];
	size_t len = tree_write(&t, dtb);
	struct prng r = { 1 };

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		unsigned n = 1 + (unsigned)prng_below(&r, 6);

		memcpy(copy, dtb, len);
		while (n-- > 0)
			copy[prng_below(&r, len)] = (uint8_t)prng_next(&r);
		(void)damaged(copy, len - prng_below(&r, 2) *
		    prng_below(&r, len));
	}
}

/* --- trees of others -------------------------------------------------------------- */

static void
dumped_tree_of(const char *qemu, const char *machine, enum sync_arch arch)
{
	char option[512], *dir, *file, *found = host_program_find(qemu);
	const char *argv[] = { qemu, "-machine", option, "-m", "256",
	    "-display", "none", NULL };
	struct bytes b = { 0 };
	struct machine_desc d;
	struct error err;
	int status;

	if (found == NULL) {
		print_message("skipped: there is no %s\n", qemu);
		return;
	}
	check_free(found);
	error_clear(&err);
	dir = host_temp_dir_create(NULL, "viotape-test", &err);
	assert_non_null(dir);
	file = host_path_join(dir, "tree");
	snprintf(option, sizeof option, "%s,dumpdtb=%s", machine, file);
	assert_int_equal(host_spawn_wait(argv, NULL, &status, &err), 0);
	assert_int_equal(status, 0);
	assert_int_equal(host_file_read(file, &b, MACHINE_DTB_MAX, &err), 0);
	if (machine_desc_read(&d, "dumped", b.data, b.len, &err) != 0)
		fail_msg("%s", err.text);
	assert_int_equal(d.arch, arch);
	assert_int_equal(d.ram.size, UINT64_C(256) << 20);
	assert_true(d.has_pci && d.coherent);
	assert_true(d.nintx >= 16);
	assert_true(d.mmio32.size >= 0x10000000);
	machine_desc_free(&d);
	bytes_free(&b);
	check_free(file);
	assert_int_equal(host_tree_remove(dir, &err), 0);
	check_free(dir);
}

static void
trees_that_qemu_dumps_work_as_they_are(void **state)
{
	(void)state;
	dumped_tree_of("qemu-system-aarch64", "virt", SYNC_ARM64);
	dumped_tree_of("qemu-system-riscv64", "virt", SYNC_RISCV64);
}

/* The presets of this tree; what their names say of them. */
static void
presets_are_what_their_names_say(void **state)
{
	static const struct {
		const char *name;
		enum sync_arch arch;
		int bounce, coherent;
	} presets[] = {
		{ "amd64-qemu", SYNC_AMD64, 0, 1 },
		{ "amd64-sev", SYNC_AMD64, 1, 1 },
		{ "arm64-qemu", SYNC_ARM64, 0, 1 },
		{ "arm64-apple-vz", SYNC_ARM64, 0, 1 },
		{ "arm64-noncoherent", SYNC_ARM64, 0, 0 },
		{ "riscv64-qemu", SYNC_RISCV64, 0, 1 },
	};
	char *dtc = host_program_find("dtc"), path[1024];

	(void)state;
	if (dtc == NULL)
		skip();
	check_free(dtc);
	for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
		const char *argv[] = { "dtc", "-q", "-I", "dts", "-O", "dtb",
		    path, NULL };
		struct bytes b = { 0 };
		struct machine_desc d;
		struct error err;
		int status;

		error_clear(&err);
		snprintf(path, sizeof path, "%s/traces/machines/%s.dts",
		    VIOTAPE_SOURCE_DIR, presets[i].name);
		assert_int_equal(host_spawn_wait(argv, &b, &status, &err), 0);
		assert_int_equal(status, 0);
		if (machine_desc_read(&d, presets[i].name, b.data, b.len,
		    &err) != 0)
			fail_msg("%s", err.text);
		assert_int_equal(d.arch, presets[i].arch);
		assert_int_equal(d.bounce, presets[i].bounce);
		assert_int_equal(d.coherent, presets[i].coherent);
		assert_int_equal(d.apple, strstr(presets[i].name, "apple") !=
		    NULL);
		assert_int_equal(d.unbacked == UNBACKED_ABORT, d.apple);
		assert_true(d.title[0] != '\0');
		machine_desc_free(&d);
		bytes_free(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_of_a_tree_is_read),
		cmocka_unit_test(what_is_not_said_follows_from_the_processor),
		cmocka_unit_test(without_pci_or_msi_a_machine_is_one_too),
		cmocka_unit_test(caches_that_are_not_snooped_have_a_line),
		cmocka_unit_test(what_snoops_by_itself),
		cmocka_unit_test(much_memory_is_cut),
		cmocka_unit_test(each_bad_tree_has_its_sentence),
		cmocka_unit_test(what_is_no_tree_is_refused),
		cmocka_unit_test(a_flipped_byte_does_no_harm),
		cmocka_unit_test(random_damage_does_no_harm),
		cmocka_unit_test(trees_that_qemu_dumps_work_as_they_are),
		cmocka_unit_test(presets_are_what_their_names_say),
	};

	return cmocka_run_group_tests_name("machine_desc", tests, NULL, NULL);
}
