/*
 * trace_layout.h: the byte layout of a trace, as traces/FORMAT.md has it.
 *
 *	block HEADER
 *	block WAY			where there is one
 *	block FRAME, zstd frame		as often as there are data frames
 *	block END
 *	seek table			zstd's seekable format
 *
 * A block is a zstd skippable frame of ours:
 *
 *	0	4	magic 0x184d2a56
 *	4	4	size of the rest
 *	8	8	tag: "viotape" and one letter
 *	16	4	version
 *	20	n	body, by tag
 *	20+n	32	seal: SHA-256 of bytes 8 to 19+n
 *
 * Numbers are little-endian.  For users inside sim/trace only.
 */
#ifndef VIOTAPE_TRACE_LAYOUT_H
#define VIOTAPE_TRACE_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "bytes.h"
#include "digest.h"
#include "error.h"
#include "trace.h"

#define LAYOUT_MAGIC		UINT32_C(0x184d2a56)
#define LAYOUT_SEEK_MAGIC	UINT32_C(0x184d2a5e)
#define LAYOUT_SEEK_END_MAGIC	UINT32_C(0x8f92eab1)

#define LAYOUT_HEAD_SIZE	20u	/* bytes before the body */
#define LAYOUT_BLOCK_SIZE_MIN	(LAYOUT_HEAD_SIZE + DIGEST_SIZE)
#define LAYOUT_FRAME_SIZE	(LAYOUT_BLOCK_SIZE_MIN + 56u) /* block FRAME */
#define LAYOUT_END_SIZE		(LAYOUT_BLOCK_SIZE_MIN + 84u) /* block END */

/* A frame holds no more key pictures, and no more bytes of their pixels. */
#define LAYOUT_KEY_COUNT_MAX	8u
#define LAYOUT_KEY_SIZE_MAX	EVENT_PIXELS_MAX

enum layout_tag {
	LAYOUT_HEADER = 'H',
	LAYOUT_WAY = 'W',
	LAYOUT_FRAME = 'F',
	LAYOUT_END = 'E'
};

/* Body of block FRAME, and where its zstd frame is. */
struct layout_frame {
	uint32_t number;		/* from 0 */
	uint64_t event_first;		/* number of its first event */
	uint32_t event_count;
	uint32_t packed_size;		/* bytes of the zstd frame */
	uint32_t raw_size;		/* bytes of the events in it */
	uint8_t raw_hash[DIGEST_SIZE];	/* SHA-256 of the events in it */

	uint8_t seal[DIGEST_SIZE];	/* of the block */
	uint64_t offset;		/* in the file, of the zstd frame */
};

/* Body of block END. */
struct layout_end {
	uint32_t frame_count;
	uint64_t event_count;
	uint64_t raw_size;		/* sum over all frames */
	uint8_t hash[DIGEST_SIZE];	/* SHA-256 of the header's seal and
					   of all frames' seals */
	uint8_t run_digest[DIGEST_SIZE];
};

/* A block's begin, which returns where it is, and its end, which seals it. */
size_t layout_block_begin(struct bytes *out, enum layout_tag tag,
    uint32_t version);
void layout_block_end(struct bytes *out, size_t start,
    uint8_t seal[DIGEST_SIZE]);

/* The version that a trace with this header has. */
uint32_t layout_version(const struct trace_header *header);

/*
 * Append a block, set the seal.  The fields of header and way are checked
 * first; version is layout_version().
 */
int layout_put_header(struct bytes *out, const struct trace_header *header,
    uint8_t seal[DIGEST_SIZE], struct error *err);
int layout_put_way(struct bytes *out, uint32_t version,
    const struct trace_way *way, uint8_t seal[DIGEST_SIZE], struct error *err);
void layout_put_frame(struct bytes *out, uint32_t version,
    struct layout_frame *frame);
void layout_put_end(struct bytes *out, uint32_t version,
    const struct layout_end *end);

/*
 * Appends the seek table of a trace whose block HEADER has header_size, and
 * block WAY way_size; 0: there is none.
 */
void layout_put_seek(struct bytes *out, uint64_t header_size,
    uint64_t way_size, const struct layout_frame *frames, size_t frame_count);

/* The bytes that END and seek table take behind so many frames. */
uint64_t layout_tail_size(int has_way, size_t frame_count);

/* A block as it was found. */
struct layout_block {
	enum layout_tag tag;
	uint32_t version;
	const uint8_t *body;
	size_t body_size;
	const uint8_t *seal;
	size_t size;			/* of the whole block */
};

enum layout_found {
	LAYOUT_FOUND,		/* block is set, its seal is right */
	LAYOUT_FOUND_PART,	/* a block begins, but the bytes end first */
	LAYOUT_FOUND_DAMAGED,	/* a block begins, but is wrong inside */
	LAYOUT_FOUND_NONE	/* no block begins here */
};

/* What begins at p.  Only HEADER and WAY can be of more than END's size. */
enum layout_found layout_find(const uint8_t *p, size_t len,
    struct layout_block *block);

/* Whether the first bytes, however few, are those of a block. */
int layout_begins(const uint8_t *p, size_t len);

/* Where in the n bytes at p a block may begin; n if nowhere. */
size_t layout_search(const uint8_t *p, size_t n);

/* Bodies.  0, or -1 if a field is missing or over its limit. */
int layout_get_frame(const struct layout_block *block,
    struct layout_frame *frame);
int layout_get_end(const struct layout_block *block, struct layout_end *end);

/* The header; strings are copied to text, which owns them. */
int layout_get_header(const struct layout_block *block,
    struct trace_header *header, struct bytes *text);

/* The way: text owns its strings, choices (an array of them) its choices. */
int layout_get_way(const struct layout_block *block, struct trace_way *way,
    struct bytes *text, struct bytes *choices);

#endif
