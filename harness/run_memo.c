/* run_memo.c: what runs said before; see run_memo.h. */
#include "run_memo.h"

#include <stdlib.h>
#include <string.h>

#define GUEST_SIZE_MAX	(256u << 20)	/* bytes of a shared object */

struct entry {
	uint8_t key[DIGEST_SIZE];
	struct bytes said;
};

struct run_memo {
	uint8_t guest[DIGEST_SIZE];
	char guest_hex[DIGEST_HEX_SIZE];
	struct entry *entries;		/* the oldest first */
	size_t n, bytes, fresh;
};

struct run_memo *
run_memo_create(void)
{
	return check_calloc(1, sizeof(struct run_memo));
}

void
run_memo_free(struct run_memo *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->n; i++)
		bytes_free(&m->entries[i].said);
	check_free(m->entries);
	check_free(m);
}

int
run_memo_guest(struct run_memo *m, const char *path, struct error *err)
{
	struct bytes b = { 0 };
	struct digest d;

	if (host_file_read(path, &b, GUEST_SIZE_MAX, err) != 0)
		return -1;
	digest_init(&d);
	digest_add(&d, b.data, b.len);
	digest_final(&d, m->guest);
	digest_hex(m->guest, m->guest_hex);
	bytes_free(&b);
	return 0;
}

const char *
run_memo_guest_hex(const struct run_memo *m)
{
	return m->guest_hex;
}

static void
key_make(const struct run_memo *m, const struct loaded_trace *t,
    const struct machine_desc *desc, uint8_t key[DIGEST_SIZE])
{
	struct digest d;

	digest_init(&d);
	digest_add(&d, m->guest, DIGEST_SIZE);
	digest_add_string(&d, t->name);
	digest_add(&d, trace_hash(t->trace), DIGEST_SIZE);
	digest_add_string(&d, desc->name);
	digest_add_u64(&d, desc->dtb_len);
	digest_add(&d, desc->dtb, desc->dtb_len);
	digest_final(&d, key);
}

static const struct bytes *
entry_find(const struct run_memo *m, const uint8_t key[DIGEST_SIZE])
{
	for (size_t i = m->n; i-- > 0;)
		if (memcmp(m->entries[i].key, key, DIGEST_SIZE) == 0)
			return &m->entries[i].said;
	return NULL;
}

const struct bytes *
run_memo_find(const struct run_memo *m, const struct loaded_trace *t,
    const struct machine_desc *d)
{
	uint8_t key[DIGEST_SIZE];

	key_make(m, t, d, key);
	return entry_find(m, key);
}

static void
oldest_drop(struct run_memo *m)
{
	m->bytes -= m->entries[0].said.len;
	bytes_free(&m->entries[0].said);
	m->n--;
	memmove(m->entries, m->entries + 1, m->n * sizeof m->entries[0]);
}

void
run_memo_keep(struct run_memo *m, const struct loaded_trace *t,
    const struct machine_desc *d, const struct bytes_reader *in)
{
	size_t len = (size_t)(in->end - in->p);
	uint8_t key[DIGEST_SIZE];
	struct entry *e;

	key_make(m, t, d, key);
	if (entry_find(m, key) != NULL)
		return;
	m->fresh++;
	while (m->n > 0 && (m->n == RUN_MEMO_MAX || len + m->bytes >
	    RUN_MEMO_BYTES_MAX))
		oldest_drop(m);
	m->entries = check_realloc(m->entries,
	    (m->n + 1) * sizeof m->entries[0]);
	e = &m->entries[m->n++];
	memset(e, 0, sizeof *e);
	memcpy(e->key, key, DIGEST_SIZE);
	bytes_add(&e->said, in->p, len);
	m->bytes += len;
}

size_t
run_memo_new(struct run_memo *m)
{
	size_t fresh = m->fresh;

	m->fresh = 0;
	return fresh;
}
