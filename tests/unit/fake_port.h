/*
 * fake_port.h: for tests: a boundary_port over a plain byte array, which
 * remembers what the device did; and a driver that does everything right.
 */
#ifndef VIOTAPE_FAKE_PORT_H
#define VIOTAPE_FAKE_PORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boundary.h"
#include "bytes.h"
#include "check.h"
#include "finding.h"
#include "virtio_pci_spec.h"
#include "virtio_spec.h"

#define FAKE_BASE	0x40000000u
#define FAKE_SIZE	0x400000u	/* bytes of memory */
#define FAKE_LOG_MAX	256

struct fake {
	struct boundary_port port;
	uint8_t *ram;
	int abort_on_lost;		/* the machine aborts where nothing is */
	/* What was seen. */
	unsigned broken;		/* rules broken */
	char ids[FAKE_LOG_MAX][48];	/* their ids */
	enum dma_purpose order[FAKE_LOG_MAX];	/* writes, in order */
	unsigned writes;
	unsigned seen_reads[DMA_PURPOSES], unseen_reads;
	uint64_t lost_addr;		/* last seen read of nothing */
	unsigned lost;
	int line;			/* INTx */
	unsigned raised, messages;
	unsigned vector;
	uint64_t msg_addr;
	uint32_t msg_data;
	unsigned taken, used;
	uint32_t used_len;
	unsigned pictures, width, height;
	uint8_t pixel[4];		/* the first one of the last picture */
};

static inline enum dma_result
fake_read(void *m, uint64_t addr, void *dst, size_t len,
    const struct dma_what *what)
{
	struct fake *f = m;

	if (what == NULL)
		f->unseen_reads++;
	else
		f->seen_reads[what->purpose]++;
	if (addr < FAKE_BASE || addr - FAKE_BASE > FAKE_SIZE ||
	    len > FAKE_SIZE - (addr - FAKE_BASE)) {
		memset(dst, 0xff, len);
		if (what != NULL) {
			f->lost_addr = addr;
			f->lost++;
		}
		return what != NULL && f->abort_on_lost ? DMA_ABORTED :
		    DMA_LOST;
	}
	memcpy(dst, f->ram + (addr - FAKE_BASE), len);
	return DMA_OK;
}

static inline enum dma_result
fake_write(void *m, uint64_t addr, const void *src, size_t len,
    const struct dma_what *what)
{
	struct fake *f = m;

	assert_non_null(what);
	if (f->writes < FAKE_LOG_MAX)
		f->order[f->writes++] = what->purpose;
	if (addr < FAKE_BASE || addr - FAKE_BASE > FAKE_SIZE ||
	    len > FAKE_SIZE - (addr - FAKE_BASE))
		return f->abort_on_lost ? DMA_ABORTED : DMA_LOST;
	memcpy(f->ram + (addr - FAKE_BASE), src, len);
	return DMA_OK;
}

static inline void
fake_irq_line(void *m, uint16_t bdf, unsigned pin, int level)
{
	struct fake *f = m;

	(void)bdf;
	assert_int_equal(pin, 1);
	assert_int_not_equal(level, f->line);	/* changes only */
	f->line = level;
	f->raised += level != 0;
}

static inline void
fake_irq_message(void *m, uint16_t bdf, unsigned vector, uint64_t addr,
    uint32_t data)
{
	struct fake *f = m;

	(void)bdf;
	f->messages++;
	f->vector = vector;
	f->msg_addr = addr;
	f->msg_data = data;
}

static inline void
fake_chain_taken(void *m, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    const uint32_t *lens, unsigned ndesc, unsigned nread, const uint8_t *read,
    size_t nread_bytes)
{
	struct fake *f = m;
	size_t sum = 0;

	(void)bdf;
	(void)queue;
	(void)ordinal;
	(void)read;
	assert_true(nread <= ndesc);
	for (unsigned i = 0; i < nread; i++)
		sum += lens[i];
	assert_int_equal(sum, nread_bytes);
	f->taken++;
}

static inline void
fake_chain_used(void *m, uint16_t bdf, uint16_t queue, uint32_t ordinal,
    uint32_t used_len, const uint8_t *written, size_t nwritten)
{
	struct fake *f = m;

	(void)bdf;
	(void)queue;
	(void)ordinal;
	(void)written;
	assert_int_equal(used_len, nwritten);
	f->used++;
	f->used_len = used_len;
}

static inline void
fake_protocol_broken(void *m, const char *id, const char *section,
    const char *text)
{
	struct fake *f = m;

	if (finding_kind_find(id) == NULL)
		fail_msg("%s is no kind of finding", id);
	assert_true(section[0] >= '2' && section[0] <= '6');
	assert_true(text[0] != '\0');
	if (f->broken < FAKE_LOG_MAX)
		snprintf(f->ids[f->broken++], sizeof f->ids[0], "%s", id);
}

static inline void
fake_picture(void *m, unsigned scanout, unsigned width, unsigned height,
    const uint8_t *bgrx)
{
	struct fake *f = m;

	assert_int_equal(scanout, 0);
	f->pictures++;
	f->width = width;
	f->height = height;
	memcpy(f->pixel, bgrx, 4);
}

static inline void
fake_diverged(void *m, const char *text)
{
	(void)m;
	(void)text;
	fail();
}

static inline void
fake_init(struct fake *f)
{
	memset(f, 0, sizeof *f);
	f->ram = calloc(1, FAKE_SIZE);
	assert_non_null(f->ram);
	f->port.machine = f;
	f->port.dma_read = fake_read;
	f->port.dma_write = fake_write;
	f->port.irq_line = fake_irq_line;
	f->port.irq_message = fake_irq_message;
	f->port.chain_taken = fake_chain_taken;
	f->port.chain_used = fake_chain_used;
	f->port.protocol_broken = fake_protocol_broken;
	f->port.picture = fake_picture;
	f->port.diverged = fake_diverged;
}

static inline void
fake_free(struct fake *f)
{
	check_free(f->ram);
}

/* Exactly one rule was broken since the last call: this one.  "" is none. */
static inline void
fake_expect(struct fake *f, const char *id)
{
	assert_string_equal(f->broken != 0 ? f->ids[0] : "", id);
	assert_in_range(f->broken, 0, 1);
	f->broken = 0;
}

static inline uint8_t *
fake_at(struct fake *f, uint64_t addr)
{
	return f->ram + (addr - FAKE_BASE);
}

static inline void
fake_put(struct fake *f, uint64_t addr, uint64_t value, size_t width)
{
	bytes_le_put(fake_at(f, addr), value, width);
}

static inline uint64_t
fake_get(struct fake *f, uint64_t addr, size_t width)
{
	return bytes_le(fake_at(f, addr), width);
}

/* ---------------------------------------------------------------- driver */

/* Where the driver keeps the rings of queue q: 64 KiB each. */
#define RING_DESC(q)	(FAKE_BASE + 0x10000u * (q))
#define RING_AVAIL(q)	(RING_DESC(q) + 0x1000u)
#define RING_USED(q)	(RING_DESC(q) + 0x2000u)
#define REQUEST		(FAKE_BASE + 0x100000u)
#define RESPONSE	(FAKE_BASE + 0x101000u)

static inline void
fake_desc(struct fake *f, uint64_t table, unsigned i, uint64_t addr,
    uint32_t len, unsigned flags, unsigned next)
{
	fake_put(f, table + 16u * i, addr, 8);
	fake_put(f, table + 16u * i + 8, len, 4);
	fake_put(f, table + 16u * i + 12, flags, 2);
	fake_put(f, table + 16u * i + 14, next, 2);
}

/* Makes a chain available: entry, then index. */
static inline void
fake_avail(struct fake *f, unsigned q, unsigned size, unsigned head)
{
	unsigned idx = (unsigned)fake_get(f, RING_AVAIL(q) + 2, 2);

	fake_put(f, RING_AVAIL(q) + 4 + 2 * (idx % size), head, 2);
	fake_put(f, RING_AVAIL(q) + 2, idx + 1, 2);
}

#endif
