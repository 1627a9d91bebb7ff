/*
 * Media of an interface, ifmedia(4), ifmedia_init(9): a word of 64 bits.
 *
 *	63      56 55     40 39      16 15    8 7     0
 *	+---------+---------+----------+-------+-------+
 *	|instance | options | options  | type  |subtype|
 *	+---------+---------+----------+-------+-------+
 */
#ifndef _NET_IF_MEDIA_H_
#define _NET_IF_MEDIA_H_

#include <sys/types.h>
#include <sys/queue.h>

struct ifnet;
struct ifreq;
struct ifmediareq;

/* An interface's entries, and the calls that change and tell the medium. */
typedef int (*ifm_change_cb_t)(struct ifnet *);
typedef void (*ifm_stat_cb_t)(struct ifnet *, struct ifmediareq *);

struct ifmedia_entry {
	TAILQ_ENTRY(ifmedia_entry)	 ifm_list;
	uint64_t			 ifm_media;
	u_int				 ifm_data;
	void				*ifm_aux;
};

TAILQ_HEAD(ifmedia_list, ifmedia_entry);

struct ifmedia {
	uint64_t		 ifm_mask;	/* of what is not compared */
	uint64_t		 ifm_media;	/* set by a request */
	struct ifmedia_entry	*ifm_cur;
	struct ifmedia_list	 ifm_list;
	ifm_change_cb_t		 ifm_change_cb;
	ifm_stat_cb_t		 ifm_stat_cb;
};

void ifmedia_init(struct ifmedia *, uint64_t, ifm_change_cb_t, ifm_stat_cb_t);
void ifmedia_add(struct ifmedia *, uint64_t, int, void *);
void ifmedia_set(struct ifmedia *, uint64_t);
int ifmedia_ioctl(struct ifnet *, struct ifreq *, struct ifmedia *, u_long);
int ifmedia_match(struct ifmedia *, uint64_t, uint64_t);
void ifmedia_delete_instance(struct ifmedia *, uint64_t);
uint64_t ifmedia_baudrate(uint64_t);

#define IFM_INST_ANY	((uint64_t)-1)

/* Types. */
#define IFM_ETHER	0x0000000000000100ULL

/* Subtypes that every type has, and some of Ethernet's. */
#define IFM_AUTO	0ULL
#define IFM_MANUAL	1ULL
#define IFM_NONE	2ULL
#define IFM_10_T	3ULL
#define IFM_100_TX	6ULL
#define IFM_1000_T	16ULL
#define IFM_10G_T	22ULL

/* Options. */
#define IFM_FDX		0x0000010000000000ULL
#define IFM_HDX		0x0000020000000000ULL
#define IFM_FLOW	0x0000040000000000ULL
#define IFM_LOOP	0x0000080000000000ULL

/* Parts. */
#define IFM_TMASK	0x00000000000000ffULL
#define IFM_NMASK	0x000000000000ff00ULL
#define IFM_IMASK	0xff00000000000000ULL
#define IFM_ISHIFT	56
#define IFM_OMASK	0x00000000ffff0000ULL
#define IFM_GMASK	0x00ffff0000000000ULL
#define IFM_TYPE(x)	((x) & IFM_NMASK)
#define IFM_SUBTYPE(x)	((x) & IFM_TMASK)
#define IFM_INST(x)	(((x) & IFM_IMASK) >> IFM_ISHIFT)
#define IFM_OPTIONS(x)	((x) & (IFM_OMASK | IFM_GMASK))

/* ifm_status */
#define IFM_AVALID	0x0000000000000001ULL	/* IFM_ACTIVE is valid */
#define IFM_ACTIVE	0x0000000000000002ULL	/* there is a link */

#endif
