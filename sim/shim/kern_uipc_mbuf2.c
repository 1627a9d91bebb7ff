/*
 * kern_uipc_mbuf2.c: what is done to packets, mbuf(9): cutting, joining,
 * copying.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>

#include "kern_net.h"

/* --- cutting --- */

static void
adj_front(struct mbuf *m0, u_int len)
{
	u_int left = len, n;
	struct mbuf *m;

	for (m = m0; m != NULL && left > 0; m = m->m_next) {
		n = m->m_len < left ? m->m_len : left;
		m->m_data += n;
		m->m_len -= n;
		left -= n;
	}
	if (m0->m_flags & M_PKTHDR)
		m0->m_pkthdr.len -= len - left;
}

static void
adj_end(struct mbuf *m0, u_int len)
{
	u_int total = m_length(m0), keep, n;
	struct mbuf *m;

	keep = len < total ? total - len : 0;
	if (m0->m_flags & M_PKTHDR)
		m0->m_pkthdr.len = keep;
	for (m = m0; m != NULL; m = m->m_next) {
		n = m->m_len < keep ? m->m_len : keep;
		m->m_len = n;
		keep -= n;
	}
}

void
m_adj(struct mbuf *m, int len)
{
	if (m == NULL)
		return;
	if (len >= 0)
		adj_front(m, len);
	else
		adj_end(m, -(u_int)len);
}

/* The byte at loc, or just behind the last one. */
struct mbuf *
m_getptr(struct mbuf *m, int loc, int *off)
{
	while (loc >= 0 && m != NULL) {
		if ((u_int)loc < m->m_len ||
		    (m->m_next == NULL && (u_int)loc == m->m_len)) {
			*off = loc;
			return m;
		}
		loc -= m->m_len;
		m = m->m_next;
	}
	return NULL;
}

/* m0 keeps len0 bytes; what comes after is returned. */
struct mbuf *
m_split(struct mbuf *m0, int len0, int wait)
{
	struct mbuf *m, *n, *last = NULL;
	u_int off = len0, rest;

	for (m = m0; m != NULL && off > m->m_len; m = m->m_next)
		off -= m->m_len;
	if (m == NULL)
		return NULL;
	rest = m->m_len - off;
	n = (m0->m_flags & M_PKTHDR) ? m_gethdr(wait, m0->m_type) :
	    m_get(wait, m->m_type);
	if (n == NULL)
		return NULL;
	n->m_len = 0;
	if (n->m_flags & M_PKTHDR) {
		if (m_dup_pkthdr(n, m0, wait) != 0) {
			m_freem(n);
			return NULL;
		}
		n->m_pkthdr.len = m0->m_pkthdr.len - len0;
		m0->m_pkthdr.len = len0;
	}
	if (rest > 0 && (m->m_flags & M_EXT)) {
		kern_mcl_share(n, m);
		n->m_data += off;
		n->m_len = rest;
	} else if (rest > 0) {
		last = n;
		if (n->m_flags & M_PKTHDR) {
			last = m_get(wait, m->m_type);
			if (last == NULL) {
				m0->m_pkthdr.len += n->m_pkthdr.len;
				m_freem(n);
				return NULL;
			}
			n->m_next = last;
		}
		m_align(last, rest);
		memcpy(mtod(last, void *), mtod(m, caddr_t) + off, rest);
		last->m_len = rest;
	}
	(last != NULL ? last : n)->m_next = m->m_next;
	m->m_len = off;
	m->m_next = NULL;
	return n;
}

/* --- joining --- */

void
m_cat(struct mbuf *m, struct mbuf *n)
{
	struct mbuf *next;

	while (m->m_next != NULL)
		m = m->m_next;
	while (n != NULL) {
		if (M_READONLY(m) || (u_int)m_trailingspace(m) < n->m_len) {
			m->m_next = n;
			return;
		}
		memcpy(mtod(m, caddr_t) + m->m_len, mtod(n, caddr_t),
		    n->m_len);
		m->m_len += n->m_len;
		next = m_free(n);
		n = next;
	}
}

/*
 * One mbuf for all: what does not fit inside gets a cluster of the packet's
 * size.  Until that is there nothing of m changes.
 */
int
m_defrag(struct mbuf *m, int how)
{
	struct mbuf *m0;
	int len;

	KASSERT(m->m_flags & M_PKTHDR);
	if (m->m_next == NULL)
		return 0;
	len = m->m_pkthdr.len;
	m0 = m_gethdr(how, m->m_type);
	if (m0 == NULL)
		return ENOBUFS;
	if ((u_int)len > MHLEN && m_clget(m0, how, len) == NULL) {
		m_free(m0);
		return ENOBUFS;
	}
	m_copydata(m, 0, len, mtod(m0, void *));
	m_freem(m->m_next);
	m->m_next = NULL;
	if (m->m_flags & M_EXT)
		kern_mcl_release(m);
	if (m0->m_flags & M_EXT) {	/* the cluster changes hands */
		kern_mcl_share(m, m0);
		kern_mcl_release(m0);
	} else {
		m->m_data = m->m_pktdat;
		memcpy(m->m_data, m0->m_data, len);
	}
	m->m_len = len;
	m_free(m0);
	return 0;
}

/* Shifts what m has to the start of its room, if len bytes fit there. */
static int
pullup_inside(struct mbuf *m, u_int len)
{
	caddr_t room;
	u_int size;

	if (M_READONLY(m))
		return 0;
	room = kern_mbuf_room(m, &size);
	if (len > size)
		return 0;
	if ((u_int)(m->m_data - room) + len > size) {
		memmove(room, m->m_data, m->m_len);
		m->m_data = room;
	}
	return 1;
}

struct mbuf *
m_pullup(struct mbuf *m0, int len)
{
	struct mbuf *m = m0, *n;
	u_int count;

	if (m0->m_len >= (u_int)len)
		return m0;
	if (len > MAXMCLBYTES || !pullup_inside(m, len)) {
		m = len > MAXMCLBYTES ? NULL :
		    (m0->m_flags & M_PKTHDR) ? m_gethdr(M_DONTWAIT,
		    m0->m_type) : m_get(M_DONTWAIT, m0->m_type);
		if (m == NULL)
			goto fail;
		m->m_len = 0;
		if ((u_int)len > MHLEN &&
		    m_clget(m, M_DONTWAIT, len) == NULL) {
			m_free(m);
			goto fail;
		}
		if (m0->m_flags & M_PKTHDR)
			m_move_pkthdr(m, m0);
		m->m_next = m0;
	}
	for (n = m->m_next; m->m_len < (u_int)len && n != NULL;) {
		count = MIN((u_int)len - m->m_len, n->m_len);
		memcpy(mtod(m, caddr_t) + m->m_len, mtod(n, caddr_t), count);
		m->m_len += count;
		n->m_data += count;
		n->m_len -= count;
		if (n->m_len == 0)
			n = m->m_next = m_free(n);
	}
	if (m->m_len >= (u_int)len)
		return m;
	m0 = m;
fail:
	m_freem(m0);
	return NULL;
}

struct mbuf *
m_prepend(struct mbuf *m, int len, int how)
{
	struct mbuf *n;

	if ((u_int)len > MHLEN)
		panic("m_prepend: %d bytes", len);
	if (m_leadingspace(m) >= len) {
		m->m_data -= len;
		m->m_len += len;
	} else {
		n = m_get(how, m->m_type);
		if (n == NULL) {
			m_freem(m);
			return NULL;
		}
		if (m->m_flags & M_PKTHDR)
			m_move_pkthdr(n, m);
		n->m_next = m;
		m = n;
		m_align(m, len);
		m->m_len = len;
	}
	if (m->m_flags & M_PKTHDR)
		m->m_pkthdr.len += len;
	return m;
}

/* --- copying --- */

int
m_apply(struct mbuf *m, int off, int len,
    int (*fn)(caddr_t, caddr_t, unsigned int), caddr_t state)
{
	u_int count, at = off, left = len;
	int error;

	if (off < 0 || len < 0)
		panic("m_apply: off %d, len %d", off, len);
	while (m != NULL && at >= m->m_len) {
		if (at == 0 && left == 0)
			return 0;
		at -= m->m_len;
		m = m->m_next;
	}
	for (; left > 0; m = m->m_next, at = 0) {
		if (m == NULL)
			panic("m_apply: null mbuf");
		count = MIN(m->m_len - at, left);
		error = fn(state, mtod(m, caddr_t) + at, count);
		if (error != 0)
			return error;
		left -= count;
	}
	return 0;
}

void
m_copydata(struct mbuf *m, int off, int len, void *p)
{
	u_int count, at = off, left = len;
	caddr_t to = p;

	if (off < 0 || len < 0)
		panic("m_copydata: off %d, len %d", off, len);
	while (m != NULL && at > 0 && at >= m->m_len) {
		at -= m->m_len;
		m = m->m_next;
	}
	for (; left > 0; m = m->m_next, at = 0) {
		if (m == NULL)
			panic("m_copydata: null mbuf");
		count = MIN(m->m_len - at, left);
		memcpy(to, mtod(m, caddr_t) + at, count);
		to += count;
		left -= count;
	}
}

/* Another mbuf at the end of the chain, with room for what is missing. */
static struct mbuf *
copyback_grow(struct mbuf *m, u_int want, int how)
{
	struct mbuf *n = m_get(how, m->m_type);

	if (n == NULL)
		return NULL;
	n->m_len = 0;
	if (want > MLEN && m_clget(n, how, MIN(want, MAXMCLBYTES)) == NULL) {
		m_free(n);
		return NULL;
	}
	m->m_next = n;
	return n;
}

int
m_copyback(struct mbuf *m0, int off, int len, const void *p, int how)
{
	u_int at = off, left = len, total = 0, n;
	const char *from = p;
	struct mbuf *m = m0;
	int error = 0;

	if (off < 0 || len < 0)
		panic("m_copyback: off %d, len %d", off, len);
	for (;;) {
		/* The last one may grow, over what lies between too. */
		if (m->m_next == NULL && m->m_len < at + left &&
		    m_trailingspace(m) > 0) {
			n = MIN((u_int)m_trailingspace(m),
			    at + left - m->m_len);
			memset(mtod(m, caddr_t) + m->m_len, 0, n);
			m->m_len += n;
		}
		if (at < m->m_len) {
			n = MIN(m->m_len - at, left);
			memcpy(mtod(m, caddr_t) + at, from, n);
			from += n;
			left -= n;
			at = 0;
		} else
			at -= m->m_len;
		total += m->m_len;
		if (left == 0)
			break;
		if (m->m_next == NULL &&
		    copyback_grow(m, at + left, how) == NULL) {
			error = ENOBUFS;
			break;
		}
		m = m->m_next;
	}
	if ((m0->m_flags & M_PKTHDR) && (u_int)m0->m_pkthdr.len < total)
		m0->m_pkthdr.len = total;
	return error;
}

int
m_dup_pkthdr(struct mbuf *to, struct mbuf *from, int how)
{
	KASSERT(from->m_flags & M_PKTHDR);
	to->m_flags = (to->m_flags & (M_EXT | M_EXTWR)) |
	    (from->m_flags & M_COPYFLAGS);
	to->m_pkthdr = from->m_pkthdr;
	if ((to->m_flags & M_EXT) == 0)
		to->m_data = to->m_pktdat;
	return 0;
}

/* One mbuf of the copy: shares a cluster, or has the bytes. */
static struct mbuf *
copym_one(struct mbuf *m, u_int off, u_int len, int header, int how)
{
	struct mbuf *n = header ? m_gethdr(how, m->m_type) :
	    m_get(how, m->m_type);

	if (n == NULL)
		return NULL;
	if (m->m_flags & M_EXT) {
		kern_mcl_share(n, m);
		n->m_data += off;
	} else {
		n->m_data += m->m_data - ((m->m_flags & M_PKTHDR) ?
		    m->m_pktdat : m->m_dat);
		n->m_data += off;
		memcpy(mtod(n, caddr_t), mtod(m, caddr_t) + off, len);
	}
	n->m_len = len;
	return n;
}

struct mbuf *
m_copym(struct mbuf *m0, int off0, int len0, int how)
{
	struct mbuf *top = NULL, **np = &top, *m = m0, *n;
	u_int off = off0, left = len0, count;
	int header = off0 == 0 && (m0->m_flags & M_PKTHDR);

	if (off0 < 0 || len0 < 0)
		panic("m_copym: off %d, len %d", off0, len0);
	for (; m != NULL && off > 0 && off >= m->m_len; m = m->m_next)
		off -= m->m_len;
	for (; left > 0; m = m->m_next, off = 0) {
		if (m == NULL) {
			if (len0 != M_COPYALL)
				panic("m_copym: null mbuf");
			break;
		}
		count = MIN(m->m_len - off, left);
		n = copym_one(m, off, count, header && np == &top, how);
		if (n == NULL) {
			m_freem(top);
			return NULL;
		}
		*np = n;
		np = &n->m_next;
		if (len0 != M_COPYALL)
			left -= count;
	}
	if (top != NULL && header) {
		caddr_t data = top->m_data;

		(void)m_dup_pkthdr(top, m0, how);
		top->m_data = data;
		if (len0 != M_COPYALL)
			top->m_pkthdr.len = len0;
	}
	return top;
}

/* A copy in one mbuf, its bytes adj bytes into its room. */
struct mbuf *
m_dup_pkt(struct mbuf *m0, unsigned int adj, int how)
{
	struct mbuf *m;
	u_int len;

	KASSERT(m0->m_flags & M_PKTHDR);
	len = m0->m_pkthdr.len + adj;
	if (len > MAXMCLBYTES)
		return NULL;
	m = m_gethdr(how, m0->m_type);
	if (m == NULL)
		return NULL;
	if (len > MHLEN && m_clget(m, how, len) == NULL) {
		m_free(m);
		return NULL;
	}
	(void)m_dup_pkthdr(m, m0, how);
	m->m_data += adj;
	m->m_len = m0->m_pkthdr.len;
	m_copydata(m0, 0, m0->m_pkthdr.len, mtod(m, void *));
	return m;
}

/* A packet of bytes that lie elsewhere; the first off bytes stay free. */
struct mbuf *
m_devget(char *buf, int total, int off)
{
	struct mbuf *m;

	KASSERT(off >= 0 && total >= 0);
	m = m_gethdr(M_DONTWAIT, MT_DATA);
	if (m == NULL)
		return NULL;
	if ((u_int)(total + off) > MHLEN &&
	    m_clget(m, M_DONTWAIT, total + off) == NULL) {
		m_free(m);
		return NULL;
	}
	m->m_data += off;
	m->m_len = m->m_pkthdr.len = total;
	memcpy(mtod(m, void *), buf, total);
	return m;
}
