/* trace_pack.c: the one place that calls zstd. */
#include "trace_pack.h"
#include "check.h"

#include <zstd.h>

#define LEVEL_EVENTS	19	/* frames are small; size counts, not time */
#define LEVEL_KEY	9
#define LEVEL_DELTA	3	/* what is new since the key is little */

size_t
trace_pack_bound(size_t n)
{
	return ZSTD_compressBound(n);
}

static void
set_parameter(ZSTD_CCtx *c, ZSTD_cParameter parameter, int value)
{
	CHECK(!ZSTD_isError(ZSTD_CCtx_setParameter(c, parameter, value)));
}

/* The window that reaches from the end of n bytes to the prefix's start. */
static int
window_log(size_t n)
{
	int log = 10;		/* zstd's least */

	while (log < 27 && (size_t)1 << log < 2 * n)
		log++;
	return log;
}

static void
pack(const void *p, size_t n, const uint8_t *prefix, int level,
    struct bytes *out)
{
	size_t bound = ZSTD_compressBound(n), got;
	ZSTD_CCtx *c = ZSTD_createCCtx();

	CHECK(c != NULL);
	set_parameter(c, ZSTD_c_compressionLevel, level);
	if (prefix != NULL) {
		set_parameter(c, ZSTD_c_windowLog, window_log(n));
		/*
		 * Only the long distance matcher finds the key.  At its usual
		 * hash rate each block begins with 100 bytes it has missed,
		 * which is most of a delta.
		 */
		set_parameter(c, ZSTD_c_enableLongDistanceMatching, 1);
		set_parameter(c, ZSTD_c_ldmHashRateLog, 2);
		set_parameter(c, ZSTD_c_ldmHashLog, 20);
		CHECK(!ZSTD_isError(ZSTD_CCtx_refPrefix(c, prefix, n)));
	}
	bytes_reserve(out, bound);
	got = ZSTD_compress2(c, out->data + out->len, bound, p, n);
	CHECK(!ZSTD_isError(got));
	out->len += got;
	ZSTD_freeCCtx(c);
}

void
trace_pack_events(const void *p, size_t n, struct bytes *out)
{
	pack(p, n, NULL, LEVEL_EVENTS, out);
}

void
trace_pack_pixels(const void *p, size_t n, const uint8_t *key,
    struct bytes *out)
{
	pack(p, n, key, key != NULL ? LEVEL_DELTA : LEVEL_KEY, out);
}

const char *
trace_unpack(const uint8_t *p, size_t n, size_t raw_size,
    const uint8_t *prefix, struct bytes *out)
{
	ZSTD_DCtx *d;
	size_t got;

	if (n < 4 || bytes_le(p, 4) != ZSTD_MAGICNUMBER)
		return "it is no zstd frame";
	if (ZSTD_findFrameCompressedSize(p, n) != n)
		return "it is not one whole zstd frame";
	if (ZSTD_getFrameContentSize(p, n) != raw_size)
		return "its zstd frame is of another size";
	d = ZSTD_createDCtx();
	CHECK(d != NULL);
	if (prefix != NULL)
		CHECK(!ZSTD_isError(ZSTD_DCtx_refPrefix(d, prefix, raw_size)));
	bytes_clear(out);
	bytes_reserve(out, raw_size);
	got = ZSTD_decompressDCtx(d, out->data, raw_size, p, n);
	ZSTD_freeDCtx(d);
	if (ZSTD_isError(got) || got != raw_size)
		return "zstd cannot unpack it";
	out->len = raw_size;
	return NULL;
}
