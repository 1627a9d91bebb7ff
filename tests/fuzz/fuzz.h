/*
 * fuzz.h: what the fuzz targets share.  A target is one function of some bytes,
 * which must come back whatever they are: no crash, no CHECK, no loop without
 * end, nothing that a sanitizer has to say.
 *
 *	cmake --preset fuzz && cmake --build build/fuzz
 *	build/fuzz/fuzz_trace -max_total_time=60 NEW tests/fuzz/corpus/trace
 *
 * In every other build the same targets are programs that run the files, and
 * the files of the folders, that they are given; each corpus is a test so.
 */
#ifndef VIOTAPE_FUZZ_H
#define VIOTAPE_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The name and the type are libFuzzer's. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* An input as it is used up; behind its end are zeros. */
struct fuzz_input {
	const uint8_t *p;
	size_t n;
};

static inline uint64_t
fuzz_le(struct fuzz_input *in, size_t width)
{
	uint64_t v = 0;

	for (size_t i = 0; i < width && in->n != 0; i++, in->p++, in->n--)
		v |= (uint64_t)*in->p << (8 * i);
	return v;
}

/* The next n bytes at most, *got of them; valid as long as the input. */
static inline const uint8_t *
fuzz_bytes(struct fuzz_input *in, size_t n, size_t *got)
{
	const uint8_t *p = in->p;

	*got = n < in->n ? n : in->n;
	in->p += *got;
	in->n -= *got;
	return p;
}

#endif
