/*
 * kern_net_bytes.c: the Internet checksum, and the pattern of streams.
 *
 * Bytes of packets are loaded and stored like any, into a buffer of the stack
 * and out of it; what is done there is done in private, so that a packet costs
 * no more hooks than it has words.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <netinet/in.h>

#include "kern_net.h"

#define CHUNK		512		/* bytes, a multiple of 256 */

/* What touches only its own buffer needs no hooks. */
#define PRIVATE		__attribute__((no_sanitize("thread")))

static const u_int64_t low7 = 0x7f7f7f7f7f7f7f7fULL;
static const u_int64_t high1 = 0x8080808080808080ULL;

/* --- checksum --- */

/* n bytes, the first at an even offset of what is summed. */
static PRIVATE u_int32_t
sum_private(const u_int64_t *buf, u_int n)
{
	const u_int8_t *p = (const u_int8_t *)buf;
	u_int64_t sum = 0;
	u_int i;

	for (i = 0; i + 2 <= n; i += 2)
		sum += *(const u_int16_t *)(const void *)(p + i);
	if (i < n)
		sum += htons(p[i] << 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

u_int16_t
kern_sum(struct mbuf *m, u_int off, u_int len, u_int32_t sum)
{
	u_int64_t buf[CHUNK / 8];
	u_int n;

	for (; len > 0; off += n, len -= n) {
		n = min(len, CHUNK);
		m_copydata(m, off, n, buf);
		sum += sum_private(buf, n);
	}
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

int
in_cksum(struct mbuf *m, int len)
{
	return ~kern_sum(m, 0, len, 0) & 0xffff;
}

/* The pseudo header is of the IP header that m begins with, if proto is not 0. */
int
in4_cksum(struct mbuf *m, u_int8_t proto, int off, int len)
{
	u_int32_t addrs[2], sum = 0;

	if (proto != 0) {
		m_copydata(m, 12, sizeof(addrs), addrs);
		sum = in_cksum_phdr(addrs[0], addrs[1],
		    htonl((u_int32_t)len + proto));
	}
	return ~kern_sum(m, off, len, sum) & 0xffff;
}

/* --- pattern --- */

/* Eight bytes of the pattern from o on, o a multiple of 8, as in memory. */
static PRIVATE u_int64_t
pattern_word(u_int64_t o)
{
	u_int64_t first, steps = htole64(0x0706050403020100ULL);

	first = (u_int8_t)(o + (o >> 8) * 7 + (o >> 16) * 31) *
	    0x0101010101010101ULL;
	return ((first & low7) + (steps & low7)) ^ ((first ^ steps) & high1);
}

/* The pattern from o on, o a multiple of 8; whole words, at least n bytes. */
static PRIVATE void
pattern_private(u_int64_t *buf, u_int n, u_int64_t o)
{
	u_int i;

	for (i = 0; i * 8 < n; i++)
		buf[i] = pattern_word(o + i * 8);
}

static PRIVATE u_int
differ_private(const u_int8_t *a, const u_int8_t *b, u_int n)
{
	u_int i, wrong = 0;

	for (i = 0; i < n; i++)
		wrong += a[i] != b[i];
	return wrong;
}

/* copy(9) of a chain, the other way; the packet is long enough. */
static void
copy_in(struct mbuf *m, u_int off, u_int len, const char *from)
{
	u_int n;

	while (off >= m->m_len) {
		off -= m->m_len;
		m = m->m_next;
	}
	for (; len > 0; m = m->m_next, off = 0) {
		n = min(m->m_len - off, len);
		memcpy(mtod(m, caddr_t) + off, from, n);
		from += n;
		len -= n;
	}
}

void
kern_pattern_fill(struct mbuf *m, u_int off, u_int len, u_int64_t o)
{
	u_int64_t buf[CHUNK / 8 + 1];
	u_int n, skip = o & 7;

	for (; len > 0; off += n, o += n, len -= n) {
		n = min(len, CHUNK);
		pattern_private(buf, n + skip, o - skip);
		copy_in(m, off, n, (char *)buf + skip);
	}
}

u_int
kern_pattern_check(struct mbuf *m, u_int off, u_int len, u_int64_t o)
{
	u_int64_t want[CHUNK / 8 + 1], buf[CHUNK / 8];
	u_int n, skip = o & 7, wrong = 0;

	for (; len > 0; off += n, o += n, len -= n) {
		n = min(len, CHUNK);
		pattern_private(want, n + skip, o - skip);
		m_copydata(m, off, n, buf);
		wrong += differ_private((u_int8_t *)want + skip,
		    (u_int8_t *)buf, n);
	}
	return wrong;
}
