/*
 * kern_net_stream.c: streams both ways, the simplest of TCP: handshake and
 * FIN, true headers, nothing is sent twice.  What is sent goes as packets that
 * the interface is to cut (TSO) where it can; what comes in may be joined.
 *
 *	out	SYN  SYN,ACK  ACK  data ... data,FIN  FIN,ACK  ACK
 *	in	the same, but that ours is eight bytes: how many are wanted
 *
 * As a socket's bytes do, those of a stream lie in clusters, and a segment is
 * an mbuf with headers in front of mbufs that share them.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>
#include <sys/time.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/tcp_var.h>

#include "kern_net.h"
#include "kern_var.h"

#define PORT_FIRST	40000u		/* ours; each stream has the next */
#define ISS		1000000u	/* our first sequence number */
#define BUFFER		16384u		/* bytes of a cluster of the socket */
#define WINDOW		(256u * 1024u)	/* bytes that are not acknowledged */
#define WAIT_NS		MSEC_TO_NSEC(1000)
#define TCP_HLEN	((u_int)sizeof(struct tcphdr))

static struct {
	struct ifnet	*ifp;		/* NULL: no stream */
	struct kern_ip	 ip;		/* how our packets are addressed */
	u_int16_t	 sport, dport;
	u_int32_t	 seq, ack;	/* next of ours, of theirs */
	u_int32_t	 acked;		/* of ours */
	u_int64_t	 received;	/* bytes of theirs */
	u_int64_t	 wrong;		/* ... that are not the pattern */
	u_int		 unacked;	/* packets of theirs */
	u_int		 lost;		/* packets out of order */
	int		 open, fin, reset;
} st;

static u_int stream_count;

/* --- segments out --- */

/*
 * Takes payload, which may be NULL.  mss is not 0 for a packet that is to be
 * cut.
 */
static int
segment_send(struct mbuf *payload, u_int len, int flags, u_int mss)
{
	struct ifnet *ifp = st.ifp;
	struct tcphdr th;
	struct mbuf *m;
	u_int16_t sum;

	m = kern_net_packet(TCP_HLEN, M_DONTWAIT);
	if (m == NULL) {
		m_freem(payload);
		return ENOBUFS;
	}
	m->m_next = payload;
	m->m_pkthdr.len += len;
	memset(&th, 0, sizeof(th));
	th.th_sport = htons(st.sport);
	th.th_dport = htons(st.dport);
	th.th_seq = htonl(st.seq);
	th.th_ack = htonl((flags & TH_ACK) ? st.ack : 0);
	th.th_off = TCP_HLEN >> 2;
	th.th_flags = flags;
	th.th_win = htons(TCP_MAXWIN);
	/* Of what is cut later, the sum has no length in it. */
	sum = in_cksum_phdr(htonl(st.ip.src), htonl(st.ip.dst),
	    htonl((mss != 0 ? 0 : TCP_HLEN + len) + IPPROTO_TCP));
	if (mss != 0) {
		m->m_pkthdr.csum_flags |= M_TCP_TSO;
		m->m_pkthdr.ph_mss = mss;
		tcpstat_inc(tcps_outhwtso);
	}
	if (ISSET(ifp->if_capabilities, IFCAP_CSUM_TCPv4)) {
		m->m_pkthdr.csum_flags |= M_TCP_CSUM_OUT;
		th.th_sum = sum;
		memcpy(mtod(m, void *), &th, sizeof(th));
	} else {
		memcpy(mtod(m, void *), &th, sizeof(th));
		th.th_sum = ~kern_sum(m, 0, TCP_HLEN + len, sum);
		memcpy(mtod(m, caddr_t) + offsetof(struct tcphdr, th_sum),
		    &th.th_sum, sizeof(th.th_sum));
	}
	st.seq += len + ((flags & (TH_SYN | TH_FIN)) != 0);
	return kern_ip_send(ifp, m, &st.ip);
}

static int
stream_ack(void)
{
	st.unacked = 0;
	return segment_send(NULL, 0, TH_ACK, 0);
}

/* --- segments in, at softnet --- */

static void
stream_data(struct mbuf *m, u_int off, u_int len, u_int32_t seq)
{
	if (seq != st.ack) {
		st.lost++;
		return;
	}
	st.wrong += kern_pattern_check(m, off, len, st.received);
	st.received += len;
	st.ack += len;
	if (++st.unacked >= 2)
		(void)stream_ack();
}

static void
stream_input(struct ifnet *ifp, struct mbuf *m, const struct kern_ip *ip)
{
	struct tcphdr th;
	u_int off;

	if (ip->len < TCP_HLEN) {
		kern_stack_drops.short_len++;
		m_freem(m);
		return;
	}
	m_copydata(m, 0, sizeof(th), &th);
	off = th.th_off << 2;
	if (off < TCP_HLEN || off > ip->len || ip->src != st.ip.dst ||
	    ntohs(th.th_sport) != st.dport || ntohs(th.th_dport) != st.sport) {
		kern_stack_drops.noport++;
		m_freem(m);
		return;
	}
	if (th.th_flags & TH_RST)
		st.reset = 1;
	if (th.th_flags & TH_ACK)
		st.acked = ntohl(th.th_ack);
	if ((th.th_flags & (TH_SYN | TH_ACK)) == (TH_SYN | TH_ACK)) {
		st.ack = ntohl(th.th_seq) + 1;
		st.open = 1;
	}
	if (ip->len > off)
		stream_data(m, off, ip->len - off, ntohl(th.th_seq));
	if ((th.th_flags & TH_FIN) && !st.fin) {
		st.fin = 1;
		st.ack++;
	}
	m_freem(m);
	wakeup(&st);
}

/* --- the process --- */

/* Waits for something new; ETIMEDOUT, or EIO for what cannot be mended. */
static int
stream_wait(void)
{
	u_int64_t received = st.received;
	u_int32_t acked = st.acked;
	int open = st.open, fin = st.fin;

	if (st.reset)
		return ECONNREFUSED;
	if (st.lost > 0)
		return EIO;
	if (kern_sleep(&st, "stream", WAIT_NS) == 0)
		return 0;
	return received == st.received && acked == st.acked &&
	    open == st.open && fin == st.fin ? ETIMEDOUT : 0;
}

static int
stream_open(struct ifnet *ifp, u_int32_t addr, u_int16_t port)
{
	int error;

	st.ifp = NULL;
	if (kern_stack_self() == 0)
		return EADDRNOTAVAIL;
	memset(&st, 0, sizeof(st));
	st.ifp = ifp;
	st.ip.src = kern_stack_self();
	st.ip.dst = addr;
	st.ip.proto = IPPROTO_TCP;
	st.sport = PORT_FIRST + stream_count++ % 20000;
	st.dport = port;
	st.seq = st.acked = ISS;
	kern_tcp_input = stream_input;
	NET_LOCK();
	error = segment_send(NULL, 0, TH_SYN, 0);
	NET_UNLOCK();
	while (error == 0 && !st.open)
		error = stream_wait();
	if (error != 0)
		return error;
	NET_LOCK();
	error = stream_ack();
	NET_UNLOCK();
	return error;
}

/* Until the other end has said its FIN and had ours. */
static int
stream_close(int error)
{
	if (st.ifp == NULL)		/* it was never opened */
		return error;
	while (error == 0 && (!st.fin || st.acked != st.seq))
		error = stream_wait();
	if (error == 0) {
		NET_LOCK();
		error = stream_ack();
		NET_UNLOCK();
	}
	if (error == 0 && (st.wrong > 0 || st.lost > 0))
		error = EIO;
	if (error != 0)
		printf("%s: stream: error %d after %u bytes out, %llu in, %llu "
		    "wrong, %u packets out of order\n", st.ifp->if_xname,
		    error, st.seq - ISS, (unsigned long long)st.received,
		    (unsigned long long)st.wrong, st.lost);
	kern_tcp_input = NULL;
	st.ifp = NULL;
	return error;
}

/* n bytes of the pattern from o on, in clusters. */
static struct mbuf *
socket_bytes(u_int n, u_int64_t o)
{
	struct mbuf *top = NULL, **np = &top, *m;
	u_int len;

	for (; n > 0; n -= len, o += len) {
		len = min(n, BUFFER);
		m = m_get(M_WAIT, MT_DATA);
		if (len > MLEN)
			(void)m_clget(m, M_WAIT, len);
		m->m_len = len;
		kern_pattern_fill(m, 0, len, o);
		*np = m;
		np = &m->m_next;
	}
	return top;
}

/* One packet from the socket's bytes, which stay until it is sent. */
static int
socket_send(struct mbuf *so, u_int at, u_int len, int flags, u_int mss)
{
	struct mbuf *payload;
	int error;

	payload = m_copym(so, at, len, M_WAIT);
	NET_LOCK();
	error = segment_send(payload, len, flags, mss);
	NET_UNLOCK();
	return error;
}

int
kern_stream_out(struct ifnet *ifp, u_int32_t addr, u_int16_t port,
    u_int64_t bytes, u_int mss)
{
	u_int most = ifp->if_mtu - sizeof(struct ip) - TCP_HLEN, n, len, at;
	int tso = ISSET(ifp->if_capabilities, IFCAP_TSOv4), error, flags;
	u_int64_t done = 0;
	struct mbuf *so;

	if (mss == 0 || mss > most)
		mss = most;
	error = stream_open(ifp, addr, port);
	while (error == 0 && done < bytes) {
		/* As many whole segments as an IP packet holds. */
		n = (IP_MAXPACKET - sizeof(struct ip) - TCP_HLEN) / mss * mss;
		n = MIN(n, bytes - done);
		so = socket_bytes(n, done);
		for (at = 0; error == 0 && at < n; at += len) {
			len = tso ? n : min(n - at, mss);
			flags = TH_ACK;
			if (done + at + len == bytes)
				flags |= TH_PUSH | TH_FIN;
			error = socket_send(so, at, len, flags,
			    len > mss ? mss : 0);
			while (error == 0 && st.seq - st.acked > WINDOW)
				error = stream_wait();
		}
		m_freem(so);
		done += n;
	}
	if (error == 0 && bytes == 0) {
		NET_LOCK();
		error = segment_send(NULL, 0, TH_ACK | TH_FIN, 0);
		NET_UNLOCK();
	}
	return stream_close(error);
}

int
kern_stream_in(struct ifnet *ifp, u_int32_t addr, u_int16_t port,
    u_int64_t bytes)
{
	u_int64_t want = htobe64(bytes);
	struct mbuf *m;
	int error;

	error = stream_open(ifp, addr, port);
	if (error == 0) {
		m = m_get(M_WAIT, MT_DATA);
		memcpy(mtod(m, void *), &want, sizeof(want));
		m->m_len = sizeof(want);
		NET_LOCK();
		error = segment_send(m, m->m_len, TH_ACK | TH_PUSH, 0);
		NET_UNLOCK();
	}
	while (error == 0 && st.received < bytes)
		error = stream_wait();
	if (error == 0) {
		NET_LOCK();
		error = segment_send(NULL, 0, TH_ACK | TH_FIN, 0);
		NET_UNLOCK();
	}
	return stream_close(error);
}
