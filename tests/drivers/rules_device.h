/*
 * rules_device.h: for tests: the device of rules_cases.h as a host behind the
 * boundary, the machines it is tried on, and the guest that drives it.
 */
#ifndef RULES_DEVICE_H
#define RULES_DEVICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "guest_build.h"
#include "machine_tree.h"
#include "pci_function.h"
#include "rules_cases.h"
#include "sim.h"

_Static_assert(TD_DESCRIPTOR == DMA_DESCRIPTOR &&
    TD_INDIRECT == DMA_INDIRECT && TD_AVAIL_FLAGS == DMA_AVAIL_FLAGS &&
    TD_AVAIL_INDEX == DMA_AVAIL_INDEX && TD_PAYLOAD == DMA_PAYLOAD &&
    TD_BACKING == DMA_BACKING && TD_AVAIL_EVENT == DMA_AVAIL_EVENT,
    "the guest's numbers are those of boundary.h");

#define TD_QUEUE	1u		/* not 0: that is a display's */
#define TD_ACCESS_MAX	4096u

struct rules_device {
	struct pci_function pci;
	const struct boundary_port *port;
	uint64_t addr, ring;
	uint32_t len, purpose, pending;
	uint32_t ordinal, given_back;	/* chains */
	uint16_t index;
	uint8_t seen[TD_ACCESS_MAX];	/* what the last read saw */
};

static inline struct dma_what
device_what(const struct rules_device *d, enum dma_purpose purpose)
{
	return (struct dma_what){ purpose, 0, TD_QUEUE, d->ordinal, 0 };
}

/* Gives every chain back: the entry first, then the index that covers it. */
static inline void
device_complete(struct rules_device *d)
{
	struct dma_what entry = device_what(d, DMA_USED_ENTRY);
	struct dma_what index = device_what(d, DMA_USED_INDEX);
	uint8_t b[8] = { 0 };

	for (; d->given_back < d->ordinal; d->given_back++)
		d->port->chain_used(d->port->machine, 0, TD_QUEUE,
		    d->given_back, 0, NULL, 0);
	bytes_le_put(b, ++d->index, 2);
	(void)d->port->dma_write(d->port->machine, d->ring + TD_RING_ENTRY, b,
	    8, &entry);
	(void)d->port->dma_write(d->port->machine, d->ring + TD_RING_INDEX, b,
	    2, &index);
}

static inline int
device_work(struct rules_device *d, uint32_t op)
{
	struct dma_what what = device_what(d, (enum dma_purpose)d->purpose);

	assert_true(d->len <= TD_ACCESS_MAX && d->purpose < DMA_PURPOSES);
	switch (op) {
	case TD_OP_READ:
		(void)d->port->dma_read(d->port->machine, d->addr, d->seen,
		    d->len, &what);
		d->ordinal += d->purpose == DMA_PAYLOAD;
		break;
	case TD_OP_WRITE:
		memset(d->seen, 0xa5, d->len);
		(void)d->port->dma_write(d->port->machine, d->addr, d->seen,
		    d->len, &what);
		d->ordinal += d->purpose == DMA_PAYLOAD;
		break;
	case TD_OP_HOLD:
		d->port->held(d->port->machine, d->addr, d->len, &what);
		d->ordinal++;
		break;
	case TD_OP_COMPLETE:
	case TD_OP_LATER:
		device_complete(d);
		break;
	case TD_OP_RAISE:
		d->port->irq_line(d->port->machine, 0, 1, 1);
		break;
	default:
		fail_msg("the guest asks for %u", op);
	}
	return 1;
}

static inline int
device_step(void *self, int block, struct error *err)
{
	struct rules_device *d = self;
	uint32_t op = d->pending;

	(void)err;
	if (op == 0 || ((op == TD_OP_LATER || op == TD_OP_RAISE) && !block))
		return 0;
	d->pending = 0;
	return device_work(d, op);
}

static inline int
device_write_register(struct rules_device *d, uint32_t offset, uint32_t value,
    struct error *err)
{
	switch (offset) {
	case TD_ADDR_LOW:
		d->addr = (d->addr & ~(uint64_t)UINT32_MAX) | value;
		break;
	case TD_ADDR_HIGH:
		d->addr = (d->addr & UINT32_MAX) | (uint64_t)value << 32;
		break;
	case TD_LEN:
		d->len = value;
		break;
	case TD_PURPOSE:
		d->purpose = value;
		break;
	case TD_GO:
		if (value == TD_OP_DIE)
			return error_set(err, ERROR_HOST, "the device of the "
			    "test went away");
		d->pending = value;
		break;
	case TD_IRQ:
		d->port->irq_line(d->port->machine, 0, 1, value != 0);
		break;
	case TD_RING:
		d->ring = value;
		break;
	case TD_RING_HIGH:
		d->ring |= (uint64_t)value << 32;
		break;
	default:
		fail_msg("the guest writes to register 0x%x", offset);
	}
	return 0;
}

static inline int
device_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct rules_device *d = self;

	(void)err;
	*value = UINT64_MAX >> (64 - 8 * size);
	if (bdf == 0 && region == REGION_CONFIG)
		*value = pci_function_read(&d->pci, offset, size);
	else if (bdf == 0)
		*value = 0;
	return 0;
}

static inline int
device_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct rules_device *d = self;

	if (bdf != 0)
		return 0;
	if (region == REGION_CONFIG)
		pci_function_write(&d->pci, offset, size, value);
	else
		return device_write_register(d, offset, (uint32_t)value, err);
	return 0;
}

/* run_config.host; self is not used. */
static inline int
device_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	static const struct boundary_host_ops ops = { "test", device_read,
	    device_write, device_step, NULL, free, NULL,
	    NULL, NULL, NULL, NULL };
	struct rules_device *d = check_calloc(1, sizeof *d);

	(void)self;
	(void)err;
	d->port = machine_port(m);
	bytes_le_put(d->pci.image + PCI_CFG_VENDOR_ID, 0x1af4, 2);
	bytes_le_put(d->pci.image + PCI_CFG_DEVICE_ID, 0x10ff, 2);
	bytes_le_put(d->pci.mask + PCI_CFG_COMMAND, 0x0407, 2);
	d->pci.image[PCI_CFG_CLASS + 2] = 0xff;
	bytes_le_put(d->pci.mask + PCI_CFG_BAR0, ~(uint64_t)(TD_SIZE - 1), 4);
	d->pci.mask[PCI_CFG_IRQ_LINE] = 0xff;
	d->pci.image[PCI_CFG_IRQ_PIN] = 1;
	host->ops = &ops;
	host->self = d;
	return 0;
}

/* --- the guest --- */

#define RULES_GUEST	"tests/drivers/rules_guest.c"

/* Its sources, as reports call them; rules_guest.h says what is where. */
static const char *const rules_sources[] = {
	RULES_GUEST, "tests/drivers/rules_addresses.c",
	"tests/drivers/rules_prewrite.c", "tests/drivers/rules_preread.c",
	"tests/drivers/rules_post.c", "tests/drivers/rules_virtio.c",
	"tests/drivers/rules_calls.c",
	"tests/drivers/rules_loads.c", "tests/drivers/rules_memory.c",
	"tests/drivers/rules_kernel.c", "tests/drivers/rules_left.c",
	"tests/drivers/rules_mbuf.c",
	"tests/drivers/rules_lines.c", "tests/drivers/rules_net.c",
	"tests/drivers/rules_progress.c",
};
#define RULES_SOURCES	(sizeof rules_sources / sizeof rules_sources[0])

/*
 * Builds the guest with them in it, out of the source tree at top, by the
 * compiler that is set.
 */
static inline struct guest *
rules_guest_load(const char *top, struct guest_built *built)
{
	static const char *const defines[] = { "-DNTESTDEV=1" };
	const char *extra[RULES_SOURCES];
	char *paths[RULES_SOURCES];
	const struct guest_spec spec = { .extra = extra,
	    .nextra = RULES_SOURCES, .defines = defines, .ndefines = 1 };
	struct error err;
	struct guest *g;

	error_clear(&err);
	for (size_t i = 0; i < RULES_SOURCES; i++)
		extra[i] = paths[i] = host_path_join(top, rules_sources[i]);
	if (guest_build(&spec, built, &err) != 0)
		fail_msg("%s", err.text);
	for (size_t i = 0; i < RULES_SOURCES; i++)
		check_free(paths[i]);
	g = guest_load(built->path, &err);
	if (g == NULL)
		fail_msg("%s", err.text);
	return g;
}

/* Runs the steps of text. */
static inline void
rules_run_text(struct guest *g, const struct machine_desc *m, const char *text,
    struct run_config config, struct run_result *result)
{
	struct scenario s;
	struct error err;

	error_clear(&err);
	assert_int_equal(scenario_parse(&s, "rules", text, strlen(text), &err),
	    0);
	config.desc = m;
	config.guest = g;
	config.scenario = &s;
	config.host = device_create;
	if (run_execute(&config, result, &err) != 0)
		fail_msg("%s", err.text);
	scenario_free(&s);
}

static inline void
rules_run(struct guest *g, const struct machine_desc *m, unsigned number,
    struct run_result *result)
{
	struct run_config config = { .once = 0 };
	int leaves = number >= RULE_left_handler && number <= RULE_left_nothing;
	char text[32];

	snprintf(text, sizeof text, "raise %u\n%s", number, leaves ?
	    "detach\n" : "");
	rules_run_text(g, m, text, config, result);
}

#endif
