/* run_pack.c: a run's result as bytes, for another process of this program. */
#include "run_pack.h"

#include <string.h>

#include "check.h"

static void
add_block(struct bytes *out, const void *p, size_t n)
{
	bytes_add_le(out, n, 8);
	bytes_add(out, p, n);
}

static const uint8_t *
take_block(struct bytes_reader *in, size_t *n)
{
	const uint8_t *p;

	*n = (size_t)bytes_reader_le(in, 8);
	p = bytes_reader_take(in, *n);
	CHECK(p != NULL && !in->bad);
	return p;
}

void
run_result_pack(const struct run_result *r, struct bytes *out)
{
	add_block(out, &r->verdict, sizeof r->verdict);
	bytes_add_le(out, r->events, 8);
	bytes_add_le(out, r->stores, 8);
	bytes_add_le(out, r->allocations, 8);
	bytes_add_le(out, r->time_ns, 8);
	bytes_add_le(out, r->pictures, 8);
	bytes_add_le(out, (uint64_t)r->stopped, 8);
	bytes_add_le(out, r->nnotes_dropped, 8);
	add_block(out, r->unknown, sizeof r->unknown);
	add_block(out, r->digest, sizeof r->digest);
	add_block(out, r->dmesg.data, r->dmesg.len);
	bytes_add_le(out, r->nnotes, 8);
	for (size_t i = 0; i < r->nnotes; i++)
		add_block(out, r->notes[i], strlen(r->notes[i]) + 1);
	bytes_add_le(out, callpaths_count(r->paths), 8);
	for (uint32_t i = 1; i < callpaths_count(r->paths); i++)
		add_block(out, callpath_get(r->paths, i),
		    sizeof(struct callpath));
	bytes_add_le(out, r->findings.dropped, 8);
	bytes_add_le(out, r->findings.n, 8);
	for (size_t i = 0; i < r->findings.n; i++) {
		const struct finding *f = &r->findings.list[i];

		add_block(out, f->kind->id, strlen(f->kind->id) + 1);
		add_block(out, f, sizeof *f);
	}
}

static void
unpack_paths(struct bytes_reader *in, struct run_result *r)
{
	uint64_t n = bytes_reader_le(in, 8);

	r->paths = callpaths_create(0, 0, NULL, NULL);
	for (uint64_t i = 1; i < n; i++) {
		struct callpath p;
		size_t size;
		const uint8_t *block = take_block(in, &size);

		CHECK(size == sizeof p);
		memcpy(&p, block, size);
		CHECK(callpath_put(r->paths, &p) == i);
	}
}

static void
unpack_findings(struct bytes_reader *in, struct run_result *r)
{
	struct findings *f = &r->findings;
	size_t size;

	f->dropped = bytes_reader_le(in, 8);
	f->n = f->max = (size_t)bytes_reader_le(in, 8);
	CHECK(f->n <= FINDINGS_MAX);
	f->list = check_calloc(f->n + 1, sizeof f->list[0]);
	for (size_t i = 0; i < f->n; i++) {
		const char *id = (const char *)take_block(in, &size);
		const uint8_t *block = take_block(in, &size);

		CHECK(size == sizeof f->list[i]);
		memcpy(&f->list[i], block, size);
		f->list[i].kind = finding_kind_find(id);
		CHECK(f->list[i].kind != NULL);
		memset(f->list[i].followed, 0, sizeof f->list[i].followed);
	}
}

void
run_result_unpack(struct bytes_reader *in, struct run_result *r)
{
	const uint8_t *block;
	size_t size;

	memset(r, 0, sizeof *r);
	block = take_block(in, &size);
	CHECK(size == sizeof r->verdict);
	memcpy(&r->verdict, block, size);
	r->events = bytes_reader_le(in, 8);
	r->stores = bytes_reader_le(in, 8);
	r->allocations = bytes_reader_le(in, 8);
	r->time_ns = bytes_reader_le(in, 8);
	r->pictures = (size_t)bytes_reader_le(in, 8);
	r->stopped = (int)bytes_reader_le(in, 8);
	r->nnotes_dropped = bytes_reader_le(in, 8);
	block = take_block(in, &size);
	CHECK(size == sizeof r->unknown);
	memcpy(r->unknown, block, size);
	block = take_block(in, &size);
	CHECK(size == sizeof r->digest);
	memcpy(r->digest, block, size);
	block = take_block(in, &size);
	bytes_add(&r->dmesg, block, size);
	r->nnotes = (size_t)bytes_reader_le(in, 8);
	CHECK(r->nnotes <= RUN_NOTES_MAX);
	for (size_t i = 0; i < r->nnotes; i++)
		r->notes[i] = check_strdup((const char *)take_block(in,
		    &size));
	unpack_paths(in, r);
	unpack_findings(in, r);
	CHECK(!in->bad);
}
