/*
 * kern_uipc_mbuf.c: where mbufs and clusters come from and go to, mbuf(9).
 *
 * The memory is the host's (pool_get): it knows who has which, and finds what
 * is freed twice, used after it was freed, or never freed.  How an mbuf may
 * look is told to kern_mbuf_check(), which asks it of what a driver hands up.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>

#include "kern_net.h"
#include "kern_var.h"

/* Room that is left before a packet for headers of lower layers. */
int max_linkhdr = 64;
int max_hdr = 64 + 104;

/* Clusters by size, as the kernel's pools are; the second is 2050 rounded up. */
static const u_int mclsizes[] = {
	MCLBYTES, MCLBYTES + 64, 4 * 1024, 8 * 1024, 9 * 1024, 12 * 1024,
	16 * 1024, 64 * 1024
};

CTASSERT(sizeof(struct mbuf) == MSIZE);

/* --- one mbuf --- */

static hc_u32
mbuf_how(int how)
{
	if (how == M_WAIT)
		assertwaitok();
	return how == M_WAIT ? HC_M_WAITOK : HC_M_NOWAIT;
}

struct mbuf *
m_get(int how, int type)
{
	struct mbuf *m;

	KASSERT(type >= MT_DATA && type <= MT_OOBDATA);
	m = hc->pool_get(MSIZE, mbuf_how(how));
	if (m == NULL)
		return NULL;
	m->m_next = NULL;
	m->m_nextpkt = NULL;
	m->m_data = m->m_dat;
	m->m_type = type;
	m->m_flags = 0;
	/* m_len is the caller's, and whatever it was until then. */
	return m;
}

struct mbuf *
m_inithdr(struct mbuf *m)
{
	m->m_next = NULL;
	m->m_nextpkt = NULL;
	m->m_data = m->m_pktdat;
	m->m_flags = M_PKTHDR;
	memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
	m->m_pkthdr.pf.prio = IFQ_DEFPRIO;
	return m;
}

struct mbuf *
m_gethdr(int how, int type)
{
	struct mbuf *m = m_get(how, type);

	return m == NULL ? NULL : m_inithdr(m);
}

void
m_removehdr(struct mbuf *m)
{
	KASSERT(m->m_flags & M_PKTHDR);
	m->m_flags &= ~M_PKTHDR;
	memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
}

void
m_resethdr(struct mbuf *m)
{
	u_int8_t loopcnt = m->m_pkthdr.ph_loopcnt;
	int len = m->m_pkthdr.len;

	KASSERT(m->m_flags & M_PKTHDR);
	m->m_flags &= M_EXT | M_PKTHDR | M_EOR | M_EXTWR | M_ZEROIZE;
	memset(&m->m_pkthdr, 0, sizeof(m->m_pkthdr));
	m->m_pkthdr.pf.prio = IFQ_DEFPRIO;
	m->m_pkthdr.ph_loopcnt = loopcnt;
	m->m_pkthdr.len = len;
}

void
m_calchdrlen(struct mbuf *m)
{
	KASSERT(m->m_flags & M_PKTHDR);
	m->m_pkthdr.len = m_length(m);
}

u_int
m_length(struct mbuf *m)
{
	u_int len = 0;

	for (; m != NULL; m = m->m_next)
		len += m->m_len;
	return len;
}

void
m_move_pkthdr(struct mbuf *to, struct mbuf *from)
{
	to->m_flags = (to->m_flags & (M_EXT | M_EXTWR)) |
	    (from->m_flags & M_COPYFLAGS);
	to->m_pkthdr = from->m_pkthdr;
	from->m_flags &= ~M_PKTHDR;
	if ((to->m_flags & M_EXT) == 0)
		to->m_data = to->m_pktdat;
}

/* --- clusters --- */

static u_int
mcl_size(u_int len)
{
	u_int i;

	for (i = 0; i < nitems(mclsizes); i++) {
		if (len <= mclsizes[i])
			return mclsizes[i];
	}
	panic("m_clget: request for %u byte cluster", len);
}

static void
mcl_attach(struct mbuf *m, caddr_t buf, u_int size)
{
	m->m_data = buf;
	m->m_ext.ext_buf = buf;
	m->m_ext.ext_arg = NULL;
	m->m_ext.ext_free_fn = 0;
	m->m_ext.ext_size = size;
	m->m_ext.ext_nextref = m;
	m->m_ext.ext_prevref = m;
	m->m_flags |= M_EXT | M_EXTWR;
}

struct mbuf *
m_clget(struct mbuf *m, int how, u_int len)
{
	u_int size = mcl_size(len);
	struct mbuf *m0 = NULL;
	caddr_t buf;

	if (m == NULL) {
		m0 = m_gethdr(how, MT_DATA);
		if (m0 == NULL)
			return NULL;
		m = m0;
	}
	KASSERT((m->m_flags & M_EXT) == 0);
	buf = hc->pool_get(size, mbuf_how(how));
	if (buf == NULL) {
		m_freem(m0);
		return NULL;
	}
	mcl_attach(m, buf, size);
	return m;
}

/* Who has a cluster, too, may let it go in a handler. */
static char sharing;

int
m_isshared(struct mbuf *m)
{
	int shared;

	if ((m->m_flags & M_EXT) == 0)
		return 0;
	KERN_OWN(&sharing);
	shared = m->m_ext.ext_nextref != m;
	KERN_OWN_END(&sharing);
	return shared;
}

/* to has from's cluster too. */
void
kern_mcl_share(struct mbuf *to, struct mbuf *from)
{
	KASSERT(from->m_flags & M_EXT);
	KERN_OWN(&sharing);
	to->m_data = from->m_data;
	to->m_ext = from->m_ext;
	to->m_ext.ext_nextref = from->m_ext.ext_nextref;
	to->m_ext.ext_prevref = from;
	to->m_ext.ext_nextref->m_ext.ext_prevref = to;
	from->m_ext.ext_nextref = to;
	KERN_OWN_END(&sharing);
	to->m_flags |= M_EXT | (from->m_flags & M_EXTWR);
}

/* m has no cluster any more; its last user frees it. */
void
kern_mcl_release(struct mbuf *m)
{
	struct mbuf_ext *ext = &m->m_ext;
	int shared;

	KERN_OWN(&sharing);
	shared = ext->ext_nextref != m;
	ext->ext_nextref->m_ext.ext_prevref = ext->ext_prevref;
	ext->ext_prevref->m_ext.ext_nextref = ext->ext_nextref;
	KERN_OWN_END(&sharing);
	if (!shared) {
		if (m->m_flags & M_ZEROIZE)
			memset(ext->ext_buf, 0, ext->ext_size);
		hc->pool_put(ext->ext_buf, ext->ext_size);
	}
	m->m_flags &= ~(M_EXT | M_EXTWR);
}

/* --- freeing --- */

struct mbuf *
m_free(struct mbuf *m)
{
	struct mbuf *next;

	if (m == NULL)
		return NULL;
	if (!hc->pool_used(m))		/* the rule is broken */
		return NULL;
	next = m->m_next;
	if (m->m_flags & M_EXT)
		kern_mcl_release(m);
	else if (m->m_flags & M_ZEROIZE)
		memset(m->m_data, 0, m->m_len);
	hc->pool_put(m, MSIZE);
	return next;
}

struct mbuf *
m_freem(struct mbuf *m)
{
	struct mbuf *nextpkt;

	if (m == NULL)
		return NULL;
	if (!hc->pool_used(m))
		return NULL;
	nextpkt = m->m_nextpkt;
	do
		m = m_free(m);
	while (m != NULL);
	return nextpkt;
}

void
m_purge(struct mbuf *m)
{
	while (m != NULL)
		m = m_freem(m);
}

/* --- room --- */

/* Where the bytes of m may lie, and how many. */
caddr_t
kern_mbuf_room(struct mbuf *m, u_int *size)
{
	if (m->m_flags & M_EXT) {
		*size = m->m_ext.ext_size;
		return m->m_ext.ext_buf;
	}
	if (m->m_flags & M_PKTHDR) {
		*size = MHLEN;
		return m->m_pktdat;
	}
	*size = MLEN;
	return m->m_dat;
}

int
m_leadingspace(struct mbuf *m)
{
	u_int size;

	if (M_READONLY(m))
		return 0;
	return m->m_data - kern_mbuf_room(m, &size);
}

int
m_trailingspace(struct mbuf *m)
{
	caddr_t room;
	u_int size;

	if (M_READONLY(m))
		return 0;
	room = kern_mbuf_room(m, &size);
	return room + size - (m->m_data + m->m_len);
}

/* len bytes at the end, on a multiple of a long. */
void
m_align(struct mbuf *m, int len)
{
	u_int size;

	(void)kern_mbuf_room(m, &size);
	KASSERT(len >= 0 && (u_int)len <= size && !M_READONLY(m));
	m->m_data = kern_mbuf_room(m, &size) +
	    ((size - len) & ~(sizeof(long) - 1));
}

/*
 * Whether a packet of a driver is one; breaks the rule if not.  Its lengths
 * are asked for, its bytes are not.
 */
int
kern_mbuf_check(const char *who, struct mbuf *m0)
{
	struct mbuf *m;
	u_int len = 0, size, n;
	caddr_t room;

	if ((m0->m_flags & M_PKTHDR) == 0) {
		kern_rule_broken("mbuf-bad", "%s: a packet's first mbuf has "
		    "no M_PKTHDR", who);
		return 0;
	}
	for (m = m0, n = 0; m != NULL; m = m->m_next, n++) {
		room = kern_mbuf_room(m, &size);
		if (m->m_data < room || m->m_len > size ||
		    (u_int)(m->m_data - room) > size - m->m_len) {
			kern_rule_broken("mbuf-bad", "%s: %u bytes from byte "
			    "%ld of an mbuf that has room for %u", who,
			    m->m_len, (long)(m->m_data - room), size);
			return 0;
		}
		len += m->m_len;
	}
	if (m0->m_pkthdr.len >= 0 && (u_int)m0->m_pkthdr.len == len)
		return 1;
	kern_rule_broken("mbuf-bad", "%s: a packet of %u bytes in %u mbufs "
	    "says that it has %d", who, len, n, m0->m_pkthdr.len);
	return 0;
}
