/*
 * kern_uipc_mlist.c: lists and queues of packets, ml_init(9), mq_init(9).
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/mbuf.h>

void
ml_init(struct mbuf_list *ml)
{
	ml->ml_head = ml->ml_tail = NULL;
	ml->ml_len = 0;
}

void
ml_enqueue(struct mbuf_list *ml, struct mbuf *m)
{
	m->m_nextpkt = NULL;
	if (ml->ml_tail == NULL)
		ml->ml_head = m;
	else
		ml->ml_tail->m_nextpkt = m;
	ml->ml_tail = m;
	ml->ml_len++;
}

void
ml_enlist(struct mbuf_list *to, struct mbuf_list *from)
{
	if (!ml_empty(from)) {
		if (ml_empty(to))
			to->ml_head = from->ml_head;
		else
			to->ml_tail->m_nextpkt = from->ml_head;
		to->ml_tail = from->ml_tail;
		to->ml_len += from->ml_len;
		ml_init(from);
	}
}

struct mbuf *
ml_dequeue(struct mbuf_list *ml)
{
	struct mbuf *m = ml->ml_head;

	if (m == NULL)
		return NULL;
	ml->ml_head = m->m_nextpkt;
	if (ml->ml_head == NULL)
		ml->ml_tail = NULL;
	ml->ml_len--;
	m->m_nextpkt = NULL;
	return m;
}

struct mbuf *
ml_dechain(struct mbuf_list *ml)
{
	struct mbuf *m = ml->ml_head;

	ml_init(ml);
	return m;
}

unsigned int
ml_purge(struct mbuf_list *ml)
{
	unsigned int n = ml->ml_len;

	m_purge(ml_dechain(ml));
	return n;
}

unsigned int
ml_hdatalen(struct mbuf_list *ml)
{
	return ml->ml_head != NULL ? ml->ml_head->m_pkthdr.len : 0;
}

/* --- with a mutex and a limit --- */

void
mq_init(struct mbuf_queue *mq, u_int maxlen, int ipl)
{
	mtx_init(&mq->mq_mtx, ipl);
	ml_init(&mq->mq_list);
	mq->mq_maxlen = maxlen;
	mq->mq_drops = 0;
}

int
mq_push(struct mbuf_queue *mq, struct mbuf *m)
{
	struct mbuf *dropped = NULL;

	mtx_enter(&mq->mq_mtx);
	if (mq_full(mq)) {
		dropped = ml_dequeue(&mq->mq_list);
		mq->mq_drops++;
	}
	ml_enqueue(&mq->mq_list, m);
	mtx_leave(&mq->mq_mtx);
	m_freem(dropped);
	return dropped != NULL;
}

int
mq_enqueue(struct mbuf_queue *mq, struct mbuf *m)
{
	int full;

	mtx_enter(&mq->mq_mtx);
	full = mq_full(mq);
	if (full)
		mq->mq_drops++;
	else
		ml_enqueue(&mq->mq_list, m);
	mtx_leave(&mq->mq_mtx);
	if (full)
		m_freem(m);
	return full;
}

struct mbuf *
mq_dequeue(struct mbuf_queue *mq)
{
	struct mbuf *m;

	mtx_enter(&mq->mq_mtx);
	m = ml_dequeue(&mq->mq_list);
	mtx_leave(&mq->mq_mtx);
	return m;
}

/* What does not fit any more is dropped; how many. */
int
mq_enlist(struct mbuf_queue *mq, struct mbuf_list *ml)
{
	int dropped = 0;
	struct mbuf *m;

	while ((m = ml_dequeue(ml)) != NULL)
		dropped += mq_enqueue(mq, m);
	return dropped;
}

void
mq_delist(struct mbuf_queue *mq, struct mbuf_list *ml)
{
	mtx_enter(&mq->mq_mtx);
	*ml = mq->mq_list;
	ml_init(&mq->mq_list);
	mtx_leave(&mq->mq_mtx);
}

struct mbuf *
mq_dechain(struct mbuf_queue *mq)
{
	struct mbuf_list ml;

	mq_delist(mq, &ml);
	return ml_dechain(&ml);
}

unsigned int
mq_purge(struct mbuf_queue *mq)
{
	struct mbuf_list ml;

	mq_delist(mq, &ml);
	return ml_purge(&ml);
}

unsigned int
mq_hdatalen(struct mbuf_queue *mq)
{
	unsigned int len;

	mtx_enter(&mq->mq_mtx);
	len = ml_hdatalen(&mq->mq_list);
	mtx_leave(&mq->mq_mtx);
	return len;
}

void
mq_set_maxlen(struct mbuf_queue *mq, u_int maxlen)
{
	mtx_enter(&mq->mq_mtx);
	mq->mq_maxlen = maxlen;
	mtx_leave(&mq->mq_mtx);
}
