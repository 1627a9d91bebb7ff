/*
 * fuzz_liar.h: a host that lies, for fuzz targets: a built-in device whose
 * registers and configuration, used entries and answers, and interrupts, are
 * not what they should be, as the input says.
 *
 * For each thing that the host says a byte of input: below FUZZ_HONEST the
 * truth, else a lie and, if it needs one, its number.  Behind the input's end
 * the host is honest.
 */
#ifndef VIOTAPE_FUZZ_LIAR_H
#define VIOTAPE_FUZZ_LIAR_H

#include "fuzz.h"

#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sim.h"

#define FUZZ_HONEST	0xc0u
#define FUZZ_ACCESS_MAX	8192u		/* bytes of one access that is lied about */

enum lie { LIE_NUMBER, LIE_BIT, LIE_ONES, LIE_ZERO, LIE_MORE, LIE_LESS,
    LIE_LINE, LIE_DROP };

struct liar {
	struct fuzz_input in;
	struct boundary_port port;	/* the device's, ours behind it */
	const struct boundary_port *real;
	struct boundary_host device;
	unsigned lies;
	int misheard;			/* a register's write as another one */
};

static int
says_truth(struct liar *l, enum lie *lie)
{
	unsigned b = (unsigned)fuzz_le(&l->in, 1);

	*lie = (enum lie)(b & 7u);
	l->lies += b >= FUZZ_HONEST;
	return b < FUZZ_HONEST;
}

static uint64_t
lie_about(struct liar *l, enum lie lie, uint64_t value, unsigned size)
{
	uint64_t mask = UINT64_MAX >> (64 - 8 * size);

	switch (lie) {
	case LIE_NUMBER:
		return fuzz_le(&l->in, size);
	case LIE_BIT:
		return value ^ UINT64_C(1) << fuzz_le(&l->in, 1) % (8 * size);
	case LIE_ONES:
		return mask;
	case LIE_MORE:
		return (value + 1) & mask;
	case LIE_LESS:
		return (value - 1) & mask;
	default:
		return 0;
	}
}

/* --- what the driver reads and writes --- */

static int
liar_read(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t *value, struct error *err)
{
	struct liar *l = self;
	int r = l->device.ops->read(l->device.self, bdf, region, offset, size,
	    value, err);
	enum lie lie;

	/* Where no device is there is nobody to lie. */
	if (r == 0 && bdf == VIRTIO_PCI_BDF_DEFAULT && !says_truth(l, &lie))
		*value = lie_about(l, lie, *value, size);
	return r;
}

static int
liar_write(void *self, uint16_t bdf, enum boundary_region region,
    uint32_t offset, unsigned size, uint64_t value, struct error *err)
{
	struct liar *l = self;
	enum lie lie;

	if (bdf == VIRTIO_PCI_BDF_DEFAULT && !says_truth(l, &lie)) {
		l->misheard = 1;
		if (lie == LIE_DROP)
			return 0;
		value = lie_about(l, lie, value, size);
	}
	return l->device.ops->write(l->device.self, bdf, region, offset, size,
	    value, err);
}

static int
liar_step(void *self, int block, struct error *err)
{
	struct liar *l = self;
	enum lie lie;

	if (block && !says_truth(l, &lie)) {
		/* An interrupt for nothing, then one for something. */
		l->real->irq_line(l->real->machine, VIRTIO_PCI_BDF_DEFAULT, 1,
		    lie == LIE_LINE);
	}
	return l->device.ops->step(l->device.self, block, err);
}

static void
liar_time(void *self, uint64_t ns)
{
	struct liar *l = self;

	if (l->device.ops->time != NULL)
		l->device.ops->time(l->device.self, ns);
}

static int
liar_happen(void *self, const struct boundary_happening *what,
    struct error *err)
{
	struct liar *l = self;

	if (l->device.ops->happen == NULL)
		return 1;
	return l->device.ops->happen(l->device.self, what, err);
}

static void
liar_close(void *self)
{
	struct liar *l = self;

	l->device.ops->close(l->device.self);
}

/* --- what the device does with memory --- */

static enum dma_result
liar_dma_read(void *self, uint64_t addr, void *dst, size_t len,
    const struct dma_what *what)
{
	struct liar *l = self;

	return l->real->dma_read(l->real->machine, addr, dst, len, what);
}

static enum dma_result
liar_dma_write(void *self, uint64_t addr, const void *src, size_t len,
    const struct dma_what *what)
{
	struct liar *l = self;
	uint8_t bytes[FUZZ_ACCESS_MAX];
	enum lie lie;

	if (len == 0 || len > sizeof bytes || says_truth(l, &lie))
		return l->real->dma_write(l->real->machine, addr, src, len,
		    what);
	if (lie == LIE_DROP)
		return DMA_OK;
	memcpy(bytes, src, len);
	if (len <= 8) {			/* an index, an entry: all of it */
		bytes_le_put(bytes, lie_about(l, lie, bytes_le(bytes, len),
		    (unsigned)len), len);
	} else {			/* an answer: 4 bytes somewhere */
		size_t at = fuzz_le(&l->in, 2) % (len - 3);

		bytes_le_put(bytes + at, lie_about(l, lie, bytes_le(bytes +
		    at, 4), 4), 4);
	}
	return l->real->dma_write(l->real->machine, addr, bytes, len, what);
}

static void
liar_irq_line(void *self, uint16_t bdf, unsigned pin, int level)
{
	struct liar *l = self;

	l->real->irq_line(l->real->machine, bdf, pin, level);
}

static void
liar_irq_message(void *self, uint16_t bdf, unsigned vector, uint64_t addr,
    uint32_t data)
{
	struct liar *l = self;

	l->real->irq_message(l->real->machine, bdf, vector, addr, data);
}

static void
liar_taken(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	struct liar *l = self;

	l->real->chain_taken(l->real->machine, bdf, queue, ordinal, lens,
	    ndesc, nread, read, nread_bytes);
}

static void
liar_used(void *self, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t nwritten)
{
	struct liar *l = self;

	l->real->chain_used(l->real->machine, bdf, queue, ordinal, used_len,
	    written, nwritten);
}

static void
liar_broken(void *self, const char *id, const char *section, const char *text)
{
	struct liar *l = self;

	l->real->protocol_broken(l->real->machine, id, section, text);
}

static void
liar_picture(void *self, unsigned scanout, unsigned width, unsigned height,
    const uint8_t *bgrx)
{
	struct liar *l = self;

	l->real->picture(l->real->machine, scanout, width, height, bgrx);
}

static void
liar_diverged(void *self, const char *text)
{
	struct liar *l = self;

	l->real->diverged(l->real->machine, text);
}

/*
 * l as a host on m.  The device is made by the target, on &l->port, and put
 * into l->device; it is the liar's own from then on.
 */
static void
liar_begin(struct liar *l, struct machine *m, struct boundary_host *host)
{
	static const struct boundary_host_ops ops = { .name = "liar",
	    .read = liar_read, .write = liar_write, .step = liar_step,
	    .time = liar_time, .happen = liar_happen, .close = liar_close };

	l->real = machine_port(m);
	l->port = (struct boundary_port){ .machine = l,
	    .dma_read = liar_dma_read, .dma_write = liar_dma_write,
	    .irq_line = liar_irq_line, .irq_message = liar_irq_message,
	    .chain_taken = liar_taken, .chain_used = liar_used,
	    .protocol_broken = liar_broken, .picture = liar_picture,
	    .diverged = liar_diverged };
	host->ops = &ops;
	host->self = l;
}

/*
 * Of a host that heard another number than was said: it takes one buffer for
 * another one, or did not hear of its reset and says that it was reset, and what
 * it still has is taken back.
 */
static int
is_of_host(const char *id)
{
	return strcmp(id, "dma-unload-posted") == 0 ||
	    strcmp(id, "dma-free-loaded") == 0 ||
	    strcmp(id, "dma-direction") == 0;
}

/*
 * What may be said of a driver whose host lies: that it gave up, that what it
 * shows or hands up is wrong, or, where the host misheard, that an address is and
 * what follows from it.  Not: that it used memory that is not its own.
 */
static void
liar_check_findings(const struct liar *l, const struct run_result *result)
{
	for (size_t i = 0; i < result->findings.n; i++) {
		const struct finding *f = &result->findings.list[i];

		if (strncmp(f->kind->id, "access-", 7) != 0 &&
		    strncmp(f->kind->id, "free-", 5) != 0 &&
		    strncmp(f->kind->id, "mbuf-", 5) != 0 &&
		    strncmp(f->kind->id, "dma-", 4) != 0)
			continue;
		if (l->misheard && is_of_host(f->kind->id))
			continue;
		fprintf(stderr, "%s: %s\n", f->kind->id, f->text);
		CHECK(!"our driver used memory that is not its own");
	}
}

#endif
