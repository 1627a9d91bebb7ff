/*
 * bench_size.c: how large a trace is, against the bytes that crossed the
 * boundary (its events, encoded, pictures as pixels), and against zstd -19 of
 * these.
 */
#include "bench.h"
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define LEVEL	19

/* All events of a trace as they were before they were packed. */
static void
raw_bytes(struct trace *t, struct bytes *raw)
{
	struct error err;
	struct event e;

	error_clear(&err);
	for (size_t i = 0; i < trace_event_count(t); i++)
		if (trace_event_get(t, i, &e, &err) != 0 ||
		    event_encode(&e, raw, &err) != 0)
			bench_fail(&err);
}

static size_t
zstd_size(const struct bytes *raw)
{
	size_t max = ZSTD_compressBound(raw->len), n;
	void *out = check_malloc(max);

	n = ZSTD_compress(out, max, raw->data, raw->len, LEVEL);
	if (ZSTD_isError(n))
		bench_fail_words("zstd: %s", ZSTD_getErrorName(n));
	check_free(out);
	return n;
}

void
bench_size(void)
{
	struct loaded_traces traces;
	struct error err;
	char what[160];

	error_clear(&err);
	bench_head("a trace's size");
	if (load_traces(NULL, 0, &traces, &err) != 0)
		bench_fail(&err);
	for (size_t i = 0; i < traces.n; i++) {
		const struct loaded_trace *t = &traces.list[i];
		struct bytes raw = { 0 };
		struct trace_stat s;
		size_t packed;

		raw_bytes(t->trace, &raw);
		packed = zstd_size(&raw);
		trace_stat(t->trace, &s);
		snprintf(what, sizeof what, "%s: raw bytes / trace", t->name);
		bench_row(what, (double)raw.len / (double)s.file_size, "x", 0,
		    0);
		snprintf(what, sizeof what, "%s: zstd -%d of them / trace",
		    t->name, LEVEL);
		bench_row(what, (double)packed / (double)s.file_size, "x", 2,
		    0);
		bytes_free(&raw);
	}
	loaded_traces_free(&traces);
}
