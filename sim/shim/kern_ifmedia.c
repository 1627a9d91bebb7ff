/*
 * kern_ifmedia.c: media of an interface, ifmedia(4), and its requests.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <sys/sockio.h>
#include <net/if.h>
#include <net/if_media.h>

void
ifmedia_init(struct ifmedia *ifm, uint64_t dontcare, ifm_change_cb_t change,
    ifm_stat_cb_t status)
{
	TAILQ_INIT(&ifm->ifm_list);
	ifm->ifm_cur = NULL;
	ifm->ifm_media = 0;
	ifm->ifm_mask = dontcare;
	ifm->ifm_change_cb = change;
	ifm->ifm_stat_cb = status;
}

void
ifmedia_add(struct ifmedia *ifm, uint64_t media, int data, void *aux)
{
	struct ifmedia_entry *e;

	e = malloc(sizeof(*e), M_DEVBUF, M_WAITOK);
	e->ifm_media = media;
	e->ifm_data = data;
	e->ifm_aux = aux;
	TAILQ_INSERT_TAIL(&ifm->ifm_list, e, ifm_list);
}

static struct ifmedia_entry *
ifmedia_find(struct ifmedia *ifm, uint64_t media)
{
	struct ifmedia_entry *e;

	TAILQ_FOREACH(e, &ifm->ifm_list, ifm_list) {
		if (((e->ifm_media ^ media) & ~ifm->ifm_mask) == 0)
			return e;
	}
	return NULL;
}

int
ifmedia_match(struct ifmedia *ifm, uint64_t media, uint64_t mask)
{
	struct ifmedia_entry *e;

	TAILQ_FOREACH(e, &ifm->ifm_list, ifm_list) {
		if (((e->ifm_media ^ media) & ~mask) == 0)
			return 1;
	}
	return 0;
}

/* A driver chooses among what it has added. */
void
ifmedia_set(struct ifmedia *ifm, uint64_t media)
{
	ifm->ifm_cur = ifmedia_find(ifm, media);
	if (ifm->ifm_cur == NULL)
		panic("ifmedia_set: no match for 0x%llx",
		    (unsigned long long)media);
	ifm->ifm_media = ifm->ifm_cur->ifm_media;
}

static int
ifmedia_change(struct ifnet *ifp, struct ifmedia *ifm, uint64_t media)
{
	struct ifmedia_entry *e = ifmedia_find(ifm, media), *old;
	uint64_t old_media;
	int error;

	if (e == NULL)
		return EINVAL;
	if (e == ifm->ifm_cur && media == ifm->ifm_media)
		return 0;
	old = ifm->ifm_cur;
	old_media = ifm->ifm_media;
	ifm->ifm_cur = e;
	ifm->ifm_media = media;
	error = ifm->ifm_change_cb(ifp);
	if (error != 0 && error != ENETRESET) {
		ifm->ifm_cur = old;
		ifm->ifm_media = old_media;
	}
	return error;
}

static int
ifmedia_tell(struct ifnet *ifp, struct ifmedia *ifm, struct ifmediareq *imr)
{
	struct ifmedia_entry *e;
	int n = 0, error = 0;

	if (imr->ifm_count < 0)
		return EINVAL;
	imr->ifm_current = ifm->ifm_cur != NULL ? ifm->ifm_cur->ifm_media :
	    IFM_NONE;
	imr->ifm_active = imr->ifm_current;
	imr->ifm_mask = ifm->ifm_mask;
	imr->ifm_status = 0;
	ifm->ifm_stat_cb(ifp, imr);
	TAILQ_FOREACH(e, &ifm->ifm_list, ifm_list) {
		if (n < imr->ifm_count && imr->ifm_ulist != NULL)
			imr->ifm_ulist[n] = e->ifm_media;
		else if (imr->ifm_count != 0)
			error = E2BIG;
		n++;
	}
	imr->ifm_count = n;
	return error;
}

int
ifmedia_ioctl(struct ifnet *ifp, struct ifreq *ifr, struct ifmedia *ifm,
    u_long cmd)
{
	switch (cmd) {
	case SIOCSIFMEDIA:
		return ifmedia_change(ifp, ifm, ifr->ifr_media);
	case SIOCGIFMEDIA:
		return ifmedia_tell(ifp, ifm, (struct ifmediareq *)ifr);
	default:
		return ENOTTY;
	}
}

void
ifmedia_delete_instance(struct ifmedia *ifm, uint64_t inst)
{
	struct ifmedia_entry *e, *next;

	TAILQ_FOREACH_SAFE(e, &ifm->ifm_list, ifm_list, next) {
		if (inst != IFM_INST_ANY && IFM_INST(e->ifm_media) != inst)
			continue;
		TAILQ_REMOVE(&ifm->ifm_list, e, ifm_list);
		free(e, M_DEVBUF, sizeof(*e));
	}
	ifm->ifm_cur = NULL;
}

/* Bits a second of a subtype; 0 for one that says nothing of it. */
uint64_t
ifmedia_baudrate(uint64_t media)
{
	switch (IFM_SUBTYPE(media)) {
	case IFM_10_T:
		return IF_Mbps(10);
	case IFM_100_TX:
		return IF_Mbps(100);
	case IFM_1000_T:
		return IF_Gbps(1);
	case IFM_10G_T:
		return IF_Gbps(10);
	default:
		return 0;
	}
}
