/*
 * trace_scan.h: finds the frames of a trace, and what is wrong with it.  The
 * same scan serves strict reading, which accepts no loss, and recovery.  For
 * users inside sim/trace only.
 */
#ifndef VIOTAPE_TRACE_SCAN_H
#define VIOTAPE_TRACE_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "digest.h"
#include "error.h"
#include "trace.h"
#include "trace_frame.h"
#include "trace_layout.h"

/* A frame that can be had. */
struct trace_scan_frame {
	struct layout_frame info;
	size_t first;		/* trace_event_get's number of its first */
};

struct trace_scan {
	const uint8_t *data;		/* the file; not owned */
	size_t len;

	int has_header;
	struct trace_header header;
	struct bytes header_text;	/* what header points into */
	uint32_t version;		/* of the blocks so far; 0: none yet */
	struct trace_way way;		/* header points to it if way_size is
					   not 0 */
	struct bytes way_text, way_choices;	/* what way points into */

	struct trace_scan_frame *frames;
	size_t frame_count, frame_cap;
	struct trace_loss *losses;
	size_t loss_count, loss_cap;

	int has_end;
	struct layout_end end;
	uint8_t hash[DIGEST_SIZE];	/* zeros after a loss */
	struct trace_stat stat;

	/* While it runs. */
	struct trace_frame frame;
	struct digest seals;
	size_t header_size, way_size;	/* bytes; 0: none */
	uint32_t frame_next;		/* number that should come next */
	uint64_t event_next;
	int bad;			/* in a stretch that cannot be used */
	size_t bad_first;		/* byte where it begins */
	char bad_cause[sizeof ((struct trace_loss *)0)->cause];
};

void trace_scan_free(struct trace_scan *s);

/*
 * Scans the len bytes at data; s is zeroed before.  Returns 0 with at least a
 * header or a frame, losses listed; or -1 with ERROR_INPUT when this is no
 * trace, one of another version, or one of which nothing is left.
 */
int trace_scan_run(struct trace_scan *s, const uint8_t *data, size_t len,
    struct error *err);

#endif
