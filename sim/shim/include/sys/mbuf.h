/*
 * Packets in memory, mbuf(9): chains of small buffers, each with its bytes
 * inside or in a cluster of their own.
 *
 *	m_nextpkt ──► next packet of a list
 *	    │
 *	+---------+ m_next +---------+ m_next
 *	| mbuf    |───────►| mbuf    |───────► NULL	one packet
 *	| pkthdr  |        |         |
 *	+---------+        +---------+
 *	  m_data, m_len      m_data, m_len ──► cluster, if M_EXT
 *
 * An mbuf is MSIZE bytes, and 16 of them share a page; a cluster lies in
 * memory without a break, so that it is one DMA segment.  Both are looked at
 * when accessed: one that was freed is nobody's memory.
 */
#ifndef _SYS_MBUF_H_
#define _SYS_MBUF_H_

#include <sys/param.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/queue.h>

#define MSIZE		256
#define MCLSHIFT	11
#define MCLBYTES	(1 << MCLSHIFT)		/* a small cluster */
#define MCLOFSET	(MCLBYTES - 1)
#define MAXMCLBYTES	(64 * 1024)		/* the largest cluster */
#define MLEN		(MSIZE - sizeof(struct m_hdr))	/* bytes inside */
#define MHLEN		(MLEN - sizeof(struct pkthdr))	/* after a pkthdr */
#define MINCLSIZE	(MHLEN + MLEN + 1)
#define M_MAXCOMPRESS	(MHLEN / 2)

struct m_hdr {
	struct mbuf	*mh_next;	/* of this packet */
	struct mbuf	*mh_nextpkt;	/* of a list of packets */
	caddr_t		 mh_data;
	u_int		 mh_len;	/* bytes at mh_data */
	short		 mh_type;
	u_short		 mh_flags;
};

/* What pf(4) notes; not modelled, the room is kept. */
struct pkthdr_pf {
	void		*statekey;
	void		*inp;
	u_int32_t	 qid;
	u_int16_t	 tag;
	u_int8_t	 flags;
	u_int8_t	 routed;
	u_int8_t	 prio;
	u_int8_t	 pad[3];
};

#define IFQ_MINPRIO	0
#define IFQ_MAXPRIO	7
#define IFQ_DEFPRIO	3

/* The first mbuf of a packet has one. */
struct pkthdr {
	void		*ph_cookie;
	void		*ph_tags;
	int64_t		 ph_timestamp;
	int		 len;		/* of the packet */
	u_int16_t	 ph_tagsset;
	u_int16_t	 ph_flowid;	/* valid with M_FLOWID */
	u_int16_t	 csum_flags;	/* M_*_CSUM_*, M_TCP_TSO, M_FLOWID */
	u_int16_t	 ether_vtag;	/* valid with M_VLANTAG */
	u_int16_t	 ph_mss;	/* of TSO and LRO */
	u_int8_t	 ph_loopcnt;
	u_int8_t	 ph_family;
	u_int		 ph_rtableid;
	u_int		 ph_ifidx;	/* received on */
	struct pkthdr_pf pf;
};

struct mbuf_ext {
	caddr_t		 ext_buf;
	void		*ext_arg;
	u_int		 ext_free_fn;	/* 0: a cluster of ours */
	u_int		 ext_size;
	struct mbuf	*ext_nextref;	/* a ring of all that share it */
	struct mbuf	*ext_prevref;
};

struct mbuf {
	struct m_hdr	m_hdr;
	union {
		struct {
			struct pkthdr	MH_pkthdr;
			union {
				struct mbuf_ext	MH_ext;
				char		MH_databuf[MHLEN];
			} MH_dat;
		} MH;
		char	M_databuf[MLEN];
	} M_dat;
};
#define m_next		m_hdr.mh_next
#define m_nextpkt	m_hdr.mh_nextpkt
#define m_data		m_hdr.mh_data
#define m_len		m_hdr.mh_len
#define m_type		m_hdr.mh_type
#define m_flags		m_hdr.mh_flags
#define m_pkthdr	M_dat.MH.MH_pkthdr
#define m_ext		M_dat.MH.MH_dat.MH_ext
#define m_pktdat	M_dat.MH.MH_dat.MH_databuf
#define m_dat		M_dat.M_databuf

#define mtod(m, t)	((t)((m)->m_data))

/* m_flags */
#define M_EXT		0x0001		/* the bytes are in m_ext */
#define M_PKTHDR	0x0002		/* m_pkthdr is valid */
#define M_EOR		0x0004
#define M_EXTWR		0x0008		/* m_ext may be written to */
#define M_PROTO1	0x0010
#define M_VLANTAG	0x0020		/* ether_vtag is valid */
#define M_LOOP		0x0040
#define M_ACAST		0x0080
#define M_BCAST		0x0100		/* link-level broadcast */
#define M_MCAST		0x0200		/* link-level multicast */
#define M_CONF		0x0400
#define M_AUTH		0x0800
#define M_TUNNEL	0x1000
#define M_ZEROIZE	0x2000
#define M_COMP		0x4000
#define M_LINK0		0x8000

#define M_COPYFLAGS \
	(M_PKTHDR | M_EOR | M_PROTO1 | M_BCAST | M_MCAST | M_CONF | M_COMP | \
	M_AUTH | M_LOOP | M_TUNNEL | M_LINK0 | M_VLANTAG | M_ACAST | M_ZEROIZE)

/* m_pkthdr.csum_flags: what is left to the hardware, what it has checked. */
#define M_IPV4_CSUM_OUT		0x0001
#define M_TCP_CSUM_OUT		0x0002
#define M_UDP_CSUM_OUT		0x0004
#define M_IPV4_CSUM_IN_OK	0x0008
#define M_IPV4_CSUM_IN_BAD	0x0010
#define M_TCP_CSUM_IN_OK	0x0020
#define M_TCP_CSUM_IN_BAD	0x0040
#define M_UDP_CSUM_IN_OK	0x0080
#define M_UDP_CSUM_IN_BAD	0x0100
#define M_ICMP_CSUM_OUT		0x0200
#define M_ICMP_CSUM_IN_OK	0x0400
#define M_ICMP_CSUM_IN_BAD	0x0800
#define M_IPV6_DF_OUT		0x1000
#define M_TIMESTAMP		0x2000
#define M_FLOWID		0x4000
#define M_TCP_TSO		0x8000		/* to be cut into ph_mss */

/* m_type */
#define MT_FREE		0
#define MT_DATA		1
#define MT_HEADER	2
#define MT_SONAME	3
#define MT_SOOPTS	4
#define MT_FTABLE	5
#define MT_CONTROL	6
#define MT_OOBDATA	7

#define M_DONTWAIT	M_NOWAIT
#define M_WAIT		M_WAITOK
#define M_COPYALL	1000000000

/* One mbuf; NULL with M_DONTWAIT only.  m_gethdr's has a pkthdr. */
struct mbuf *m_get(int, int);
struct mbuf *m_gethdr(int, int);
struct mbuf *m_inithdr(struct mbuf *);
#define MGET(m, how, type)	((m) = m_get((how), (type)))
#define MGETHDR(m, how, type)	((m) = m_gethdr((how), (type)))

/*
 * A cluster of at least so many bytes, up to MAXMCLBYTES, for m, which is
 * returned; NULL: one that has no cluster.  With m NULL an mbuf with a pkthdr
 * and a cluster, or NULL.
 */
struct mbuf *m_clget(struct mbuf *, int, u_int);
#define MCLGETL(m, how, l)	m_clget((m), (how), (l))
#define MCLGET(m, how)		((void)m_clget((m), (how), MCLBYTES))
/* Until 2020: the third argument is the interface that is charged. */
#define MCLGETI(m, how, ifp, l)	((void)(ifp), m_clget((m), (how), (l)))

struct mbuf *m_free(struct mbuf *);	/* m_next */
struct mbuf *m_freem(struct mbuf *);	/* m_nextpkt; m may be NULL */
void m_purge(struct mbuf *);		/* a list of packets */

/* Room before and behind the bytes, where it may be written to. */
int m_leadingspace(struct mbuf *);
int m_trailingspace(struct mbuf *);
void m_align(struct mbuf *, int);
#define M_ALIGN(m, len)		m_align((m), (len))
#define MH_ALIGN(m, len)	m_align((m), (len))
#define M_LEADINGSPACE(m)	m_leadingspace(m)
#define M_TRAILINGSPACE(m)	m_trailingspace(m)
#define M_READONLY(m) \
	(((m)->m_flags & M_EXT) != 0 && (((m)->m_flags & M_EXTWR) == 0 || \
	m_isshared(m)))
int m_isshared(struct mbuf *);		/* another mbuf has this cluster */

/* Cuts: from the front if positive, from the end if negative. */
void m_adj(struct mbuf *, int);
/* Puts all into one mbuf; ENOBUFS, EINVAL, and m is as it was. */
int m_defrag(struct mbuf *, int);
/* The mbuf of byte off, and where in it; NULL past the end. */
struct mbuf *m_getptr(struct mbuf *, int, int *);
void m_copydata(struct mbuf *, int, int, void *);
/* Makes the packet longer if needed; ENOBUFS. */
int m_copyback(struct mbuf *, int, int, const void *, int);
/* The first len bytes in one mbuf; NULL, and m is freed. */
struct mbuf *m_pullup(struct mbuf *, int);
/* len bytes from off with clusters shared; _pkt: a whole copy. */
struct mbuf *m_copym(struct mbuf *, int, int, int);
struct mbuf *m_dup_pkt(struct mbuf *, unsigned int, int);
int m_dup_pkthdr(struct mbuf *, struct mbuf *, int);
struct mbuf *m_prepend(struct mbuf *, int, int);
struct mbuf *m_split(struct mbuf *, int, int);
void m_cat(struct mbuf *, struct mbuf *);
struct mbuf *m_devget(char *, int, int);
int m_apply(struct mbuf *, int, int, int (*)(caddr_t, caddr_t, unsigned int),
    caddr_t);
void m_removehdr(struct mbuf *);
void m_resethdr(struct mbuf *);
void m_calchdrlen(struct mbuf *);
u_int m_length(struct mbuf *);
/* M_PREPEND: m becomes NULL if there is no memory. */
#define M_PREPEND(m, len, how)	((m) = m_prepend((m), (len), (how)))
#define M_MOVE_PKTHDR(to, from)	m_move_pkthdr((to), (from))
void m_move_pkthdr(struct mbuf *, struct mbuf *);

/* --- lists of packets --- */

struct mbuf_list {
	struct mbuf	*ml_head;
	struct mbuf	*ml_tail;
	u_int		 ml_len;
};

#define MBUF_LIST_INITIALIZER()	{ NULL, NULL, 0 }

void ml_init(struct mbuf_list *);
void ml_enqueue(struct mbuf_list *, struct mbuf *);
void ml_enlist(struct mbuf_list *, struct mbuf_list *);	/* at the end */
struct mbuf *ml_dequeue(struct mbuf_list *);
struct mbuf *ml_dechain(struct mbuf_list *);
unsigned int ml_purge(struct mbuf_list *);
unsigned int ml_hdatalen(struct mbuf_list *);	/* bytes of the first */

#define ml_len(ml)		((ml)->ml_len)
#define ml_empty(ml)		((ml)->ml_len == 0)
#define MBUF_LIST_FIRST(ml)	((ml)->ml_head)
#define MBUF_LIST_NEXT(m)	((m)->m_nextpkt)
#define MBUF_LIST_FOREACH(ml, m) \
	for ((m) = MBUF_LIST_FIRST(ml); (m) != NULL; (m) = MBUF_LIST_NEXT(m))

/* The same with a mutex and a limit. */
struct mbuf_queue {
	struct mutex	 mq_mtx;
	struct mbuf_list mq_list;
	u_int		 mq_maxlen;
	u_int		 mq_drops;
};

#define MBUF_QUEUE_INITIALIZER(maxlen, ipl) \
	{ MUTEX_INITIALIZER(ipl), MBUF_LIST_INITIALIZER(), (maxlen), 0 }

void mq_init(struct mbuf_queue *, u_int, int);
int mq_push(struct mbuf_queue *, struct mbuf *);	/* drops the oldest */
int mq_enqueue(struct mbuf_queue *, struct mbuf *);	/* or drops m: 1 */
struct mbuf *mq_dequeue(struct mbuf_queue *);
int mq_enlist(struct mbuf_queue *, struct mbuf_list *);
void mq_delist(struct mbuf_queue *, struct mbuf_list *);
struct mbuf *mq_dechain(struct mbuf_queue *);
unsigned int mq_purge(struct mbuf_queue *);
unsigned int mq_hdatalen(struct mbuf_queue *);
void mq_set_maxlen(struct mbuf_queue *, u_int);

#define mq_len(mq)		ml_len(&(mq)->mq_list)
#define mq_empty(mq)		ml_empty(&(mq)->mq_list)
#define mq_full(mq)		(mq_len(mq) >= (mq)->mq_maxlen)
#define mq_drops(mq)		((mq)->mq_drops)

extern int max_linkhdr;		/* the longest link-level header */
extern int max_hdr;		/* ... and protocol headers */

#endif
