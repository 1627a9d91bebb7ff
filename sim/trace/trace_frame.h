/*
 * trace_frame.h: one data frame in memory, unpacked and checked.  For users
 * inside sim/trace only.
 */
#ifndef VIOTAPE_TRACE_FRAME_H
#define VIOTAPE_TRACE_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "error.h"
#include "event.h"
#include "trace_layout.h"

struct trace_frame {
	struct bytes raw;		/* the events */
	uint32_t *offsets;		/* of each event in raw */
	uint32_t count, cap;		/* events */
	uint32_t keys[LAYOUT_KEY_COUNT_MAX];	/* events that are keys */
	size_t key_count;
	uint64_t key_size;		/* bytes of the keys' pixels */
	uint64_t kind_count[EVENT_KIND_END];
	uint32_t unseen_count;		/* chains that are unseen */
	uint64_t pixels_size;		/* bytes of all pictures, unpacked */
	struct event_room room;		/* of trace_frame_event */
};

void trace_frame_free(struct trace_frame *f);	/* and makes it empty */

/*
 * Unpacks and checks what info announces: size, hash, number of events, every
 * event, and that pictures are keys and deltas as FORMAT.md orders them.
 * packed has info->packed_size bytes.  Returns 0; or -1 with ERROR_INPUT and
 * f as good as empty.
 */
int trace_frame_load(struct trace_frame *f, const struct layout_frame *info,
    const uint8_t *packed, struct error *err);

/*
 * Event n of the frame, as it is there: pictures are packed.  It points into
 * f, and its descriptors last until the next call.
 */
void trace_frame_event(struct trace_frame *f, uint32_t n, struct event *e);

/*
 * Which of the frame's keys is that of e, a picture; key_count if none is.
 */
size_t trace_frame_key(struct trace_frame *f, const struct event *e);

#endif
