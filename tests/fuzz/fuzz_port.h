/*
 * fuzz_port.h: for the targets of the device's side: a boundary_port over a
 * little memory of its own, at BASE.  Every access outside of it is lost or, as
 * the input wants it, aborts; a device that goes on for ever is a CHECK.
 */
#ifndef VIOTAPE_FUZZ_PORT_H
#define VIOTAPE_FUZZ_PORT_H

#include <stdlib.h>

#include "boundary.h"
#include "check.h"
#include "fuzz.h"

#define FUZZ_BASE	UINT64_C(0x40000000)
#define FUZZ_RAM	0x4000u			/* bytes */
#define FUZZ_CALLS_MAX	(1u << 22)		/* of the port, an input */

struct fuzz_port {
	struct boundary_port port;
	uint8_t *ram;
	int aborts;
	unsigned calls;
};

static inline int
fuzz_port_inside(struct fuzz_port *f, uint64_t addr, size_t len)
{
	CHECK(++f->calls < FUZZ_CALLS_MAX);
	return addr >= FUZZ_BASE && addr - FUZZ_BASE <= FUZZ_RAM &&
	    len <= FUZZ_RAM - (addr - FUZZ_BASE);
}

static inline enum dma_result
fuzz_port_read(void *m, uint64_t addr, void *dst, size_t len,
    const struct dma_what *what)
{
	struct fuzz_port *f = m;

	if (fuzz_port_inside(f, addr, len)) {
		memcpy(dst, f->ram + (addr - FUZZ_BASE), len);
		return DMA_OK;
	}
	memset(dst, 0xff, len);
	return what != NULL && f->aborts ? DMA_ABORTED : DMA_LOST;
}

static inline enum dma_result
fuzz_port_write(void *m, uint64_t addr, const void *src, size_t len,
    const struct dma_what *what)
{
	struct fuzz_port *f = m;

	CHECK(what != NULL && what->purpose < DMA_PURPOSES);
	if (fuzz_port_inside(f, addr, len)) {
		memcpy(f->ram + (addr - FUZZ_BASE), src, len);
		return DMA_OK;
	}
	return f->aborts ? DMA_ABORTED : DMA_LOST;
}

static inline void
fuzz_port_irq_line(void *m, uint16_t bdf, unsigned pin, int level)
{
	(void)m;
	(void)bdf;
	(void)level;
	CHECK(pin >= 1 && pin <= 4);
}

static inline void
fuzz_port_irq_message(void *m, uint16_t bdf, unsigned vector, uint64_t addr,
    uint32_t data)
{
	(void)m;
	(void)bdf;
	(void)vector;
	(void)addr;
	(void)data;
}

static inline void
fuzz_port_taken(void *m, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	uint64_t sum = 0;
	uint8_t all = 0;

	(void)m;
	(void)bdf;
	(void)queue;
	(void)ordinal;
	CHECK(nread <= ndesc);
	for (unsigned i = 0; i < nread; i++)
		sum += lens[i];
	CHECK(sum == nread_bytes);
	for (size_t i = 0; i < nread_bytes; i++)	/* all can be read */
		all |= read[i];
	(void)all;
}

static inline void
fuzz_port_used(void *m, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t nwritten)
{
	(void)m;
	(void)bdf;
	(void)queue;
	(void)ordinal;
	(void)written;
	CHECK(nwritten <= used_len);
}

static inline void
fuzz_port_broken(void *m, const char *id, const char *section,
    const char *text)
{
	(void)m;
	CHECK(id[0] != '\0' && section[0] != '\0' && text[0] != '\0');
}

static inline void
fuzz_port_picture(void *m, unsigned scanout, unsigned width, unsigned height,
    const uint8_t *bgrx)
{
	(void)m;
	(void)scanout;
	CHECK(width != 0 && height != 0);
	CHECK(bgrx[((size_t)width * height - 1) * 4 + 3] == 0);
}

static inline void
fuzz_port_diverged(void *m, const char *text)
{
	(void)m;
	CHECK(text[0] != '\0');
}

static inline void
fuzz_port_init(struct fuzz_port *f, int aborts)
{
	memset(f, 0, sizeof *f);
	f->ram = check_calloc(1, FUZZ_RAM);
	f->aborts = aborts;
	f->port.machine = f;
	f->port.dma_read = fuzz_port_read;
	f->port.dma_write = fuzz_port_write;
	f->port.irq_line = fuzz_port_irq_line;
	f->port.irq_message = fuzz_port_irq_message;
	f->port.chain_taken = fuzz_port_taken;
	f->port.chain_used = fuzz_port_used;
	f->port.protocol_broken = fuzz_port_broken;
	f->port.picture = fuzz_port_picture;
	f->port.diverged = fuzz_port_diverged;
}

/* The rest of the input is what memory holds. */
static inline void
fuzz_port_fill(struct fuzz_port *f, struct fuzz_input *in, size_t at)
{
	size_t n;
	const uint8_t *p = fuzz_bytes(in, FUZZ_RAM - at, &n);

	if (n != 0)
		memcpy(f->ram + at, p, n);
}

#endif
