/*
 * event_samples.h: one event of every kind with fixed values, for the tests of
 * events and traces.  The golden digests there are of these values: a change
 * here changes them too.
 */
#ifndef VIOTAPE_EVENT_SAMPLES_H
#define VIOTAPE_EVENT_SAMPLES_H

#include "event.h"

static const uint8_t sample_request[24] = { 0x00, 0x01, 0, 0, 1, 2, 3, 4 };
static const uint8_t sample_answer[4] = { 0x00, 0x11, 0xfe, 0xff };
static const uint8_t sample_pixels[2 * 3 * 4] = {
	0, 0, 0, 0, 1, 2, 3, 4, 255, 254, 253, 252,
	9, 9, 9, 9, 8, 8, 8, 8, 7, 7, 7, 7
};
static const struct event_descriptor sample_descriptors[3] = {
	{ 24, 0 }, { 0, 0 }, { 0xffffffff, 1 }
};

#define SAMPLE_TEXT(s)	(const uint8_t *)(s), sizeof (s) - 1
#define SAMPLE_DATA(a)	(a), sizeof (a)
#define SAMPLE_COUNT	12

static inline void
event_samples(struct event e[SAMPLE_COUNT])
{
	const struct event table[SAMPLE_COUNT] = {
		{ EVENT_STEP, { .step = { 3 } }, SAMPLE_TEXT("draw \"a\"\n") },
		{ EVENT_READ, { .access = { 0x0108, EVENT_REGION_CONFIG, 4,
		    0x100, 0x10501af4 } }, NULL, 0 },
		{ EVENT_WRITE, { .access = { 8, EVENT_REGION_BAR0 + 4, 8, 0x20,
		    UINT64_C(0xfedcba9876543210) } }, NULL, 0 },
		{ EVENT_READ, { .access = { 2, EVENT_REGION_MMIO, 1, 0xffffffff,
		    0xff } }, NULL, 0 },
		{ EVENT_CHAIN, { .chain = { 1, EVENT_CHAIN_INFERRED, 200,
		    sample_descriptors, 3 } }, SAMPLE_DATA(sample_request) },
		{ EVENT_USED, { .used = { 1, 200, 4 } },
		    SAMPLE_DATA(sample_answer) },
		{ EVENT_IRQ, { .irq = { EVENT_IRQ_RAISE, 35 } }, NULL, 0 },
		{ EVENT_IRQ, { .irq = { EVENT_IRQ_MSIX, 1 } }, NULL, 0 },
		{ EVENT_TIME, { .time_ns = UINT64_C(1500000000000) }, NULL, 0 },
		{ EVENT_PICTURE, { .picture = { 0, 2, 3, EVENT_ORIGIN_HOST,
		    EVENT_PACK_NONE, { 0 } } }, SAMPLE_DATA(sample_pixels) },
		{ EVENT_HOST_END, { .time_ns = 0 }, SAMPLE_TEXT("killed") },
		{ EVENT_NOTE, { .time_ns = 0 }, SAMPLE_TEXT("\xc3\xa4\x01") },
	};

	for (size_t i = 0; i < SAMPLE_COUNT; i++)
		e[i] = table[i];
}

#endif
