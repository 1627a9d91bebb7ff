/* trace_samples.h: a small trace whose event n is known, for trace tests. */
#ifndef VIOTAPE_TRACE_SAMPLES_H
#define VIOTAPE_TRACE_SAMPLES_H

#include <stdio.h>

#include "check.h"
#include "event_samples.h"
#include "trace.h"

#define SAMPLE_FRAME_EVENTS	44u	/* has a key picture and a delta */

static const uint8_t sample_machine[6] = { 0xd0, 0x0d, 0xfe, 0xed, 0, 1 };
static const uint8_t sample_run_digest[DIGEST_SIZE] = { 1, 2, 3 };

static const struct trace_header sample_header = {
	.device = "virtio-gpu-pci",
	.host_name = "qemu",
	.host_version = "7.2.15",
	.scenario_name = "attach",
	.scenario_text = "attach\nprint \"hello\"\n",
	.creator = "viotape test",
	.machine = sample_machine,
	.machine_len = sizeof sample_machine,
	.driver_digest = { 0xab, [31] = 0xcd },
};

struct sample_room {
	char text[32];
	uint8_t pixels[sizeof sample_pixels];
};

/* Event n of the sample trace: notes with their number, and all the kinds. */
static inline void
sample_event(size_t n, struct event *e, struct sample_room *room)
{
	struct event all[SAMPLE_COUNT];

	event_samples(all);
	*e = all[n / 2 % SAMPLE_COUNT];
	if (n % 2 == 1) {
		*e = (struct event){ .kind = EVENT_NOTE,
		    .data = (const uint8_t *)room->text };
		e->data_len = (size_t)snprintf(room->text, sizeof room->text,
		    "event %zu", n);
	} else if (e->kind == EVENT_PICTURE) {
		for (size_t i = 0; i < sizeof room->pixels; i++)
			room->pixels[i] = sample_pixels[i];
		room->pixels[5] = (uint8_t)n;
		e->data = room->pixels;
	}
}

/* Adds events first to first + count - 1 and ends the frame. */
static inline void
sample_add_frame(struct trace_writer *w, size_t first, size_t count)
{
	struct sample_room room;
	struct event e;

	for (size_t n = first; n < first + count; n++) {
		sample_event(n, &e, &room);
		CHECK(trace_writer_add(w, &e, NULL) == 0);
	}
	CHECK(trace_writer_flush(w, NULL) == 0);
}

/* A whole trace of so many frames; returns its number of events. */
static inline size_t
sample_trace(size_t frames, struct bytes *out)
{
	struct trace_writer *w = trace_writer_open_memory(&sample_header,
	    NULL);

	for (size_t f = 0; f < frames; f++)
		sample_add_frame(w, f * SAMPLE_FRAME_EVENTS,
		    SAMPLE_FRAME_EVENTS);
	CHECK(trace_writer_close_memory(w, sample_run_digest, out, NULL) == 0);
	return frames * SAMPLE_FRAME_EVENTS;
}

/* How many events of t are those that their numbers say; -1 if one is not. */
static inline long
sample_compare(struct trace *t)
{
	struct sample_room room;
	struct event e, wanted;
	size_t n;

	for (n = 0; n < trace_event_count(t); n++) {
		sample_event((size_t)trace_event_number(t, n), &wanted, &room);
		if (trace_event_get(t, n, &e, NULL) == -1 ||
		    !event_equal(&e, &wanted))
			return -1;
	}
	return (long)n;
}

#endif
