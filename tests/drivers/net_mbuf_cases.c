/* net_mbuf_cases.c: what mbuf(9) promises, at its edges. */
#include "net_guest.h"

#include <netinet/in.h>

struct mbuf *
lp_chain(u_int len, u_int each)
{
	struct mbuf *top = NULL, **np = &top, *m;
	u_int left = len, n;

	do {
		n = MIN(left, each);
		m = top == NULL ? m_gethdr(M_WAIT, MT_DATA) :
		    m_get(M_WAIT, MT_DATA);
		if (n > (top == NULL ? MHLEN : MLEN))
			(void)m_clget(m, M_WAIT, n);
		m->m_len = n;
		*np = m;
		np = &m->m_next;
		left -= n;
	} while (left > 0);
	top->m_pkthdr.len = len;
	kern_pattern_fill(top, 0, len, 0);
	return top;
}

u_int
lp_wrong(struct mbuf *m, u_int64_t o)
{
	return kern_pattern_check(m, 0, m_length(m), o);
}

/* The smallest cluster that fits; one byte more takes the next. */
CASE(sizes)
{
	static const u_int sizes[] = { 2048, 2112, 4096, 8192, 9216, 12288,
	    16384, 65536 };
	struct mbuf *m;
	u_int i;

	for (i = 0; i < nitems(sizes); i++) {
		m = MCLGETL(NULL, M_DONTWAIT, sizes[i]);
		IS(m != NULL && m->m_ext.ext_size == sizes[i]);
		IS((m->m_flags & (M_EXT | M_PKTHDR)) == (M_EXT | M_PKTHDR));
		IS(m->m_data == m->m_ext.ext_buf);
		memset(m->m_data, 0x5a, sizes[i]);
		m_freem(m);
		m = MCLGETL(NULL, M_DONTWAIT, (i == 0 ? 0 : sizes[i - 1]) + 1);
		IS(m != NULL && m->m_ext.ext_size == sizes[i]);
		m_freem(m);
	}
	return 0;
}

/* Sixteen share a page; a cluster has no break. */
CASE(layout)
{
	struct mbuf *m[40];
	u_int i, same = 0;

	IS(sizeof(struct mbuf) == 256 && MLEN + sizeof(struct m_hdr) == 256);
	for (i = 0; i < nitems(m); i++) {
		m[i] = m_gethdr(M_DONTWAIT, MT_DATA);
		IS(m[i] != NULL && (uintptr_t)m[i] % MSIZE == 0);
		IS(m[i]->m_data == m[i]->m_pktdat && m[i]->m_next == NULL);
		if (i > 0 && (uintptr_t)m[i] / PAGE_SIZE ==
		    (uintptr_t)m[i - 1] / PAGE_SIZE)
			same++;
	}
	IS(same >= 20);
	for (i = 0; i < nitems(m); i++)
		m_freem(m[i]);
	return 0;
}

/* What was freed does not come again at once. */
CASE(rests)
{
	struct mbuf *m, *n, *held[300];
	u_int i;

	/* Not even the last one of a slab. */
	for (i = 0; i < nitems(held); i++) {
		held[i] = m_gethdr(M_DONTWAIT, MT_DATA);
		m = m_gethdr(M_DONTWAIT, MT_DATA);
		IS(held[i] != NULL && m != NULL);
		m_freem(m);
		n = m_gethdr(M_DONTWAIT, MT_DATA);
		IS(n != NULL && n != m);
		m_freem(n);
	}
	for (i = 0; i < nitems(held); i++)
		m_freem(held[i]);
	return 0;
}

CASE(adj_front)
{
	struct mbuf *m = lp_chain(300, 100);

	m_adj(m, 0);
	IS(m->m_pkthdr.len == 300 && m->m_len == 100);
	m_adj(m, 99);
	IS(m->m_pkthdr.len == 201 && m->m_len == 1 && lp_wrong(m, 99) == 0);
	m_adj(m, 2);		/* over an edge: the first is empty now */
	IS(m->m_pkthdr.len == 199 && m->m_len == 0 &&
	    m->m_next->m_len == 99 && lp_wrong(m, 101) == 0);
	m_adj(m, 1000);		/* more than there is */
	IS(m->m_pkthdr.len == 0 && m_length(m) == 0);
	m_freem(m);
	return 0;
}

CASE(adj_end)
{
	struct mbuf *m = lp_chain(300, 100);

	m_adj(m, -1);
	IS(m->m_pkthdr.len == 299 && m->m_next->m_next->m_len == 99);
	m_adj(m, -99);		/* the last is empty */
	IS(m->m_pkthdr.len == 200 && m->m_next->m_next->m_len == 0);
	m_adj(m, -150);
	IS(m->m_pkthdr.len == 50 && m->m_len == 50 && m->m_next->m_len == 0);
	IS(lp_wrong(m, 0) == 0);
	m_adj(m, -1000);
	IS(m->m_pkthdr.len == 0 && m_length(m) == 0);
	m_freem(m);
	return 0;
}

CASE(getptr)
{
	struct mbuf *m = lp_chain(300, 100), *last = m->m_next->m_next;
	int off = -1;

	IS(m_getptr(m, 0, &off) == m && off == 0);
	IS(m_getptr(m, 99, &off) == m && off == 99);
	IS(m_getptr(m, 100, &off) == m->m_next && off == 0);
	IS(m_getptr(m, 299, &off) == last && off == 99);
	IS(m_getptr(m, 300, &off) == last && off == 100);	/* the end */
	IS(m_getptr(m, 301, &off) == NULL);
	IS(m_getptr(m, -1, &off) == NULL);
	m_freem(m);
	return 0;
}

CASE(copydata)
{
	struct mbuf *m = lp_chain(1000, 77);
	u_int8_t b[1000];

	memset(b, 0, sizeof(b));
	m_copydata(m, 0, 1000, b);
	IS(b[0] == 0 && b[255] == 255 && b[256] == 7 && b[999] ==
	    (u_int8_t)(999 + 3 * 7));
	m_copydata(m, 76, 2, b);
	IS(b[0] == 76 && b[1] == 77 && b[2] == 2);
	m_copydata(m, 999, 1, b);
	m_copydata(m, 1000, 0, b);
	m_freem(m);
	return 0;
}

CASE(copyback)
{
	struct mbuf *m = lp_chain(100, 40);
	u_int8_t b[3000], c[3000];
	u_int i;

	for (i = 0; i < sizeof(b); i++)
		b[i] = i * 3;
	IS(m_copyback(m, 30, 20, b, M_DONTWAIT) == 0);	/* over an edge */
	m_copydata(m, 0, 100, c);
	IS(m->m_pkthdr.len == 100 && c[29] == 29 && c[30] == 0 &&
	    c[49] == 57 && c[50] == 50);
	IS(m_copyback(m, 150, 3000, b, M_DONTWAIT) == 0);	/* grows */
	IS(m->m_pkthdr.len == 3150 && m_length(m) == 3150);
	m_copydata(m, 150, 3000, c);
	IS(memcmp(b, c, 3000) == 0);
	m_freem(m);
	return 0;
}

CASE(pullup)
{
	struct mbuf *m = lp_chain(300, 10), *n;

	IS(m_pullup(m, 10) == m);
	n = m_pullup(m, 60);
	IS(n != NULL && n->m_len >= 60 && n->m_pkthdr.len == 300);
	IS(lp_wrong(n, 0) == 0);
	n = m_pullup(n, 250);		/* more than an mbuf holds */
	IS(n != NULL && n->m_len >= 250 && (n->m_flags & M_EXT) != 0);
	IS(lp_wrong(n, 0) == 0 && m_length(n) == 300);
	IS(m_pullup(n, 301) == NULL);	/* and it is freed */
	return 0;
}

CASE(prepend)
{
	struct mbuf *m = lp_chain(100, 100);

	M_PREPEND(m, 14, M_DONTWAIT);	/* no room: an mbuf before it */
	IS(m != NULL && m->m_len == 14 && m->m_next->m_len == 100);
	IS(m->m_pkthdr.len == 114 && (m->m_flags & M_PKTHDR) != 0 &&
	    (m->m_next->m_flags & M_PKTHDR) == 0);
	M_PREPEND(m, 20, M_DONTWAIT);	/* there is room now */
	IS(m->m_len == 34 && m->m_pkthdr.len == 134);
	m_freem(m);
	return 0;
}

CASE(defrag)
{
	static const u_int lens[] = { 1, 100, 120, 200, 1500, 2048, 9000,
	    65536 };
	struct mbuf *m;
	u_int i;

	for (i = 0; i < nitems(lens); i++) {
		m = lp_chain(lens[i], lens[i] / 9 + 1);
		m->m_pkthdr.ph_mss = 77;
		IS(m_defrag(m, M_DONTWAIT) == 0);
		IS(m->m_next == NULL && m->m_len == lens[i]);
		IS(m->m_pkthdr.len == (int)lens[i] &&
		    m->m_pkthdr.ph_mss == 77);
		IS(lp_wrong(m, 0) == 0);
		IS(m_defrag(m, M_DONTWAIT) == 0);	/* it is one */
		m_freem(m);
	}
	return 0;
}

/* Whoever shares a cluster keeps it. */
CASE(defrag_shared)
{
	struct mbuf *m = lp_chain(3000, 1500), *n;

	n = m_copym(m, 0, M_COPYALL, M_DONTWAIT);
	IS(n != NULL && m_isshared(m) && M_READONLY(n));
	IS(m_defrag(n, M_DONTWAIT) == 0 && n->m_next == NULL);
	IS(!m_isshared(m) && !M_READONLY(n));
	IS(lp_wrong(n, 0) == 0 && lp_wrong(m, 0) == 0);
	m_freem(m);
	IS(lp_wrong(n, 0) == 0);
	m_freem(n);
	return 0;
}

CASE(copym)
{
	struct mbuf *m = lp_chain(5000, 1000), *n, *k;

	n = m_copym(m, 999, 2, M_DONTWAIT);
	IS(n != NULL && m_length(n) == 2 && lp_wrong(n, 999) == 0);
	IS((n->m_flags & M_PKTHDR) == 0);
	k = m_copym(m, 0, 1500, M_DONTWAIT);
	IS(k != NULL && k->m_pkthdr.len == 1500 && m_length(k) == 1500);
	m_freem(m);			/* in any order */
	IS(lp_wrong(n, 999) == 0 && lp_wrong(k, 0) == 0);
	m_freem(k);
	m_freem(n);
	m = lp_chain(90, 50);		/* inside an mbuf: copied */
	n = m_copym(m, 10, 70, M_DONTWAIT);
	m_freem(m);
	IS(m_length(n) == 70 && lp_wrong(n, 10) == 0);
	m_freem(n);
	return 0;
}

CASE(split)
{
	static const u_int at[] = { 0, 1, 1000, 1500, 2999 };
	struct mbuf *m, *n;
	u_int i;

	for (i = 0; i < nitems(at); i++) {
		m = lp_chain(3000, 1000);
		n = m_split(m, at[i], M_DONTWAIT);
		IS(n != NULL && m_length(m) == at[i] &&
		    m_length(n) == 3000 - at[i]);
		IS(m->m_pkthdr.len == (int)at[i] &&
		    n->m_pkthdr.len == 3000 - (int)at[i]);
		IS(lp_wrong(m, 0) == 0 && lp_wrong(n, at[i]) == 0);
		m_freem(m);
		IS(lp_wrong(n, at[i]) == 0);
		m_freem(n);
	}
	m = lp_chain(150, 75);
	n = m_split(m, 20, M_DONTWAIT);
	IS(lp_wrong(m, 0) == 0 && lp_wrong(n, 20) == 0);
	m_freem(m);
	m_freem(n);
	return 0;
}

CASE(cat)
{
	struct mbuf *m = lp_chain(50, 50), *n = lp_chain(30, 30);

	m_cat(m, n);			/* fits: one mbuf */
	IS(m->m_next == NULL && m->m_len == 80);
	n = lp_chain(1000, 1000);
	m_cat(m, n);
	IS(m->m_next == n && m_length(m) == 1080);
	m_freem(m);
	return 0;
}

CASE(dup_pkt)
{
	struct mbuf *m = lp_chain(700, 100), *n;

	n = m_dup_pkt(m, 2, M_DONTWAIT);
	IS(n != NULL && n->m_next == NULL && n->m_len == 700);
	IS(((uintptr_t)n->m_data & 3) == 2 && lp_wrong(n, 0) == 0);
	m_freem(n);
	m_freem(m);
	m = lp_chain(65536, 8192);
	IS(m_dup_pkt(m, 1, M_DONTWAIT) == NULL);
	m_freem(m);
	return 0;
}

CASE(devget)
{
	char b[400];
	struct mbuf *m;

	memset(b, 7, sizeof(b));
	m = m_devget(b, sizeof(b), ETHER_ALIGN);
	IS(m != NULL && m->m_pkthdr.len == 400 && *mtod(m, char *) == 7);
	m_freem(m);
	return 0;
}

CASE(lists)
{
	struct mbuf_list a = MBUF_LIST_INITIALIZER(), b;
	struct mbuf *m[4];
	u_int i;

	ml_init(&b);
	IS(ml_empty(&a) && ml_dequeue(&a) == NULL && ml_hdatalen(&a) == 0);
	for (i = 0; i < 4; i++) {
		m[i] = lp_chain(10 + i, 10 + i);
		ml_enqueue(i < 2 ? &a : &b, m[i]);
	}
	ml_enlist(&a, &b);
	IS(ml_len(&a) == 4 && ml_empty(&b) && ml_hdatalen(&a) == 10);
	ml_enlist(&a, &b);		/* nothing */
	for (i = 0; i < 3; i++) {
		IS(ml_dequeue(&a) == m[i] && m[i]->m_nextpkt == NULL);
		m_freem(m[i]);
	}
	IS(ml_purge(&a) == 1 && ml_empty(&a) && a.ml_tail == NULL);
	return 0;
}

CASE(queues)
{
	struct mbuf_queue q;

	mq_init(&q, 2, IPL_NET);
	IS(mq_enqueue(&q, lp_chain(1, 1)) == 0);
	IS(mq_enqueue(&q, lp_chain(2, 2)) == 0 && mq_full(&q));
	IS(mq_enqueue(&q, lp_chain(3, 3)) == 1);	/* the new one goes */
	IS(mq_len(&q) == 2 && mq_drops(&q) == 1 && mq_hdatalen(&q) == 1);
	IS(mq_push(&q, lp_chain(4, 4)) == 1);		/* the oldest goes */
	IS(mq_hdatalen(&q) == 2 && mq_purge(&q) == 2 && mq_empty(&q));
	return 0;
}

/* Each allocation that fails leaves all as it was; the test says which. */
CASE(no_memory)
{
	struct mbuf *m = m_gethdr(M_DONTWAIT, MT_DATA), *n;
	u_int failed = m == NULL;

	m_freem(m);
	m = MCLGETL(NULL, M_DONTWAIT, 4096);
	failed += m == NULL;
	m_freem(m);
	m = lp_chain(3000, 700);
	if (m_defrag(m, M_DONTWAIT) != 0) {
		failed++;
		IS(m->m_next != NULL);
	}
	IS(lp_wrong(m, 0) == 0 && m_length(m) == 3000);
	n = m_copym(m, 0, M_COPYALL, M_DONTWAIT);
	failed += n == NULL;
	m_freem(n);
	IS(!m_isshared(m));
	m = m_pullup(m, 3000);
	failed += m == NULL;
	m_freem(m);
	return failed > 1 ? __LINE__ : 0;
}

CASE(pattern)
{
	struct mbuf *m = lp_chain(3000, 333);
	u_int8_t b = 99;

	IS(kern_pattern_check(m, 0, 3000, 0) == 0);
	IS(kern_pattern_check(m, 1, 2999, 1) == 0);
	IS(kern_pattern_check(m, 0, 3000, 1) == 3000);
	IS(m_copyback(m, 2999, 1, &b, M_DONTWAIT) == 0);
	IS(kern_pattern_check(m, 0, 3000, 0) == 1);
	kern_pattern_fill(m, 5, 2995, 65536 - 100);	/* over 64 KB */
	IS(kern_pattern_check(m, 5, 2995, 65536 - 100) == 0);
	m_freem(m);
	return 0;
}

/* RFC 1071's example, and over an edge at an odd byte. */
CASE(checksum)
{
	static const u_int8_t bytes[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5,
	    0xf6, 0xf7 };
	struct mbuf *m = lp_chain(8, 3);

	IS(m_copyback(m, 0, sizeof(bytes), bytes, M_DONTWAIT) == 0);
	IS(kern_sum(m, 0, 8, 0) == htons(0xddf2));
	IS(in_cksum(m, 8) == (u_int16_t)~htons(0xddf2));
	m_freem(m);
	return 0;
}
