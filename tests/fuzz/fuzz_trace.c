/*
 * fuzz_trace.c: a trace: read strictly and recovered, every event printed, the
 * pictures verified, what is whole made into a tape.
 *
 * A SHA-256 seals each block, which no fuzzer guesses.  So the first byte says
 * what the rest is: a whole file, the events of the one frame of a trace that
 * is sealed as it must be, or the fields of such a trace's header.
 */
#include "fuzz.h"

#include "bytes.h"
#include "check.h"
#include "replay_host.h"
#include "trace.h"
#include "trace_layout.h"
#include "trace_pack.h"

#define EVENTS_TRIED	64u

static const struct trace_header header = {
	.device = "virtio-gpu-pci", .host_name = "fuzz",
	.host_version = "1", .scenario_name = "fuzz",
	.scenario_text = "expect\n", .creator = "fuzz",
	.machine = (const uint8_t *)"machine", .machine_len = 7,
};

static void
look(const uint8_t *p, size_t n, enum trace_mode mode)
{
	struct bytes line = { 0 };
	struct replay_tape *tape;
	struct trace_stat stat;
	struct error err;
	struct trace *t;
	struct event e;

	error_clear(&err);
	t = trace_open_memory("fuzz", p, n, mode, &err);
	if (t == NULL) {
		CHECK(err.code != ERROR_NONE && err.text[0] != '\0');
		return;
	}
	CHECK((trace_loss_count(t) == 0) || mode == TRACE_RECOVER);
	trace_stat(t, &stat);
	for (size_t i = 0; i < trace_event_count(t); i++) {
		trace_event_get_packed(t, i, &e);
		bytes_clear(&line);
		event_print(&e, &line);
		CHECK(line.len != 0);
		if (trace_event_get(t, i, &e, &err) != 0)
			CHECK(err.code == ERROR_INPUT);
	}
	(void)trace_verify(t, &err);
	tape = mode == TRACE_STRICT ? replay_tape_read(t, &err) : NULL;
	replay_tape_free(tape);
	bytes_free(&line);
	trace_close(t);
}

static void
reseal(uint8_t *block)
{
	size_t size = (size_t)bytes_le(block + 4, 4);
	struct digest d;

	digest_init(&d);
	digest_add(&d, block + 8, size - DIGEST_SIZE);
	digest_final(&d, block + 8 + size - DIGEST_SIZE);
}

/* A trace of one frame whose count events are these bytes. */
static void
forge(struct bytes *out, const uint8_t *raw, size_t n, uint32_t count)
{
	struct layout_frame f = { .event_count = count };
	struct layout_end end = { .frame_count = 1, .event_count = count };
	struct bytes packed = { 0 };
	struct digest hash, d;
	uint8_t seal[DIGEST_SIZE];
	size_t header_size;

	bytes_clear(out);
	digest_init(&hash);
	CHECK(layout_put_header(out, &header, seal, NULL) == 0);
	digest_add(&hash, seal, DIGEST_SIZE);
	header_size = out->len;
	trace_pack_events(raw, n, &packed);
	f.packed_size = (uint32_t)packed.len;
	f.raw_size = (uint32_t)n;
	digest_init(&d);
	digest_add(&d, raw, n);
	digest_final(&d, f.raw_hash);
	layout_put_frame(out, TRACE_VERSION_PLAIN, &f);
	bytes_add(out, packed.data, packed.len);
	digest_add(&hash, f.seal, DIGEST_SIZE);
	digest_final(&hash, end.hash);
	end.raw_size = n;
	layout_put_end(out, TRACE_VERSION_PLAIN, &end);
	layout_put_seek(out, header_size, 0, &f, 1);
	bytes_free(&packed);
}

/* How many events those bytes are, up to the first that is none. */
static uint32_t
count_events(const uint8_t *raw, size_t n)
{
	uint32_t count = 0;
	size_t at = 0;

	while (at < n && count < EVENTS_TRIED) {
		struct bytes_reader in = { .p = raw + at, .end = raw + n };
		uint64_t size = bytes_reader_leb(&in);

		if (in.bad || size == 0 || size > (uint64_t)(in.end - in.p))
			break;
		at = (size_t)(in.p - raw) + (size_t)size;
		count++;
	}
	return count;
}

static void
forge_header(struct bytes *out, const uint8_t *fields, size_t n)
{
	struct layout_end end = { 0 };
	struct bytes block = { 0 };
	uint8_t seal[DIGEST_SIZE];
	struct digest d;

	CHECK(layout_put_header(out, &header, seal, NULL) == 0);
	bytes_add(&block, out->data, LAYOUT_HEAD_SIZE);
	bytes_add(&block, fields, n);
	bytes_add(&block, seal, DIGEST_SIZE);
	bytes_le_put(block.data + 4, LAYOUT_BLOCK_SIZE_MIN - 8 + n, 4);
	reseal(block.data);
	bytes_clear(out);
	bytes_add(out, block.data, block.len);
	digest_init(&d);
	digest_add(&d, block.data + LAYOUT_HEAD_SIZE + n, DIGEST_SIZE);
	digest_final(&d, end.hash);
	layout_put_end(out, TRACE_VERSION_PLAIN, &end);
	layout_put_seek(out, LAYOUT_BLOCK_SIZE_MIN + n, 0, NULL, 0);
	bytes_free(&block);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = { data, size };
	unsigned what = (unsigned)fuzz_le(&in, 1);
	struct bytes file = { 0 };

	if (what % 4 == 1 && in.n != 0)
		forge(&file, in.p, in.n, count_events(in.p, in.n));
	else if (what % 4 == 2)
		forge_header(&file, in.p, in.n);
	else
		bytes_add(&file, in.p, in.n);
	look(file.data, file.len, TRACE_STRICT);
	look(file.data, file.len, TRACE_RECOVER);
	bytes_free(&file);
	return 0;
}
