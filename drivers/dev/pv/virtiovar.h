/*
 * The virtio kernel interface: what a transport (virtio_pci) offers, what a
 * device driver (viogpu, vio: the "child") calls, and the virtqueue.
 *
 * A child's attach function does this, in this order:
 *
 *	vsc->sc_child = self
 *	vsc->sc_driver_features = ...; virtio_negotiate_features()
 *	vsc->sc_ipl = ...; vsc->sc_vqs = array; vsc->sc_nvqs = n
 *	virtio_alloc_vq() for each queue, then vq_done
 *	virtio_intr_establish() for each vector, only if it wants its own
 *	virtio_attach_finish(): from here on the queues work
 *
 * and to hand one request to the device, under a lock of its own:
 *
 *	virtio_enqueue_prep(vq, &slot)			a free slot
 *	virtio_enqueue_reserve(vq, slot, nsegs)		room for the segments
 *	bus_dmamap_sync(PREWRITE or PREREAD)		each buffer
 *	virtio_enqueue() or _p(), nsegs times in all
 *	virtio_enqueue_commit(vsc, vq, slot, notifynow)
 *
 * When the device has used it, vq_done is called, which says:
 *
 *	virtio_dequeue(vsc, vq, &slot, &len) until it is not 0
 *	bus_dmamap_sync(POSTWRITE or POSTREAD)		each buffer
 *	virtio_dequeue_commit(vq, slot)			the slot is free again
 *
 * If the child cannot attach, it resets the device if that has seen any of
 * its memory, gives back what it took, and sets sc_child to
 * VIRTIO_CHILD_ERROR.
 */

#ifndef _DEV_PV_VIRTIOVAR_H_
#define _DEV_PV_VIRTIOVAR_H_

#include <sys/param.h>
#include <sys/queue.h>
#include <sys/device.h>
#include <sys/mutex.h>
#include <machine/bus.h>

#include <dev/pv/virtioreg.h>

#ifndef VIRTIO_DEBUG
#define VIRTIO_DEBUG	0
#endif

/* cf_flags of virtio at pci */
#define VIRTIO_CF_NO_INDIRECT		1	/* no indirect descriptors */
#define VIRTIO_CF_NO_EVENT_IDX		2	/* no event indices */
#define VIRTIO_CF_PREFER_VERSION_09	8	/* legacy, where both exist */

/* sc_child of a device whose driver matched and then failed */
#define VIRTIO_CHILD_ERROR	((void *)1)

struct cpu_info;
struct virtio_softc;
struct virtqueue;

/* What a transport tells the children it looks for. */
struct virtio_attach_args {
	int		va_devid;	/* PCI_PRODUCT_VIRTIO_* */
	unsigned int	va_nintr;	/* vectors, with that of the config */
};

struct virtio_feature_name {
	uint64_t	 bit;		/* 0 ends a list */
	const char	*name;
};

/*
 * One entry per descriptor, private to the driver: nothing that decides
 * which memory is freed is ever read back from memory the host can change.
 * A slot is the index of the entry at the head of a chain.
 */
struct vq_entry {
	SIMPLEQ_ENTRY(vq_entry)	 qe_list;	/* while free */
	uint16_t		 qe_index;	/* of this entry */
	int16_t			 qe_next;	/* descriptor to fill, or -1 */
	int16_t			 qe_chain;	/* next entry of chain, or -1 */
	int			 qe_indirect;	/* the chain has a table */
	int			 qe_posted;	/* the device has it */
	uint16_t		 qe_nsegs;	/* descriptors in the chain */
	uint32_t		 qe_writable;	/* bytes the device may write */
	struct vring_desc	*qe_desc_base;	/* table that is being filled */
};

/*
 * The memory of a queue is one segment: descriptors and available ring from
 * offset 0, used ring from vq_usedoffset, indirect tables (one of
 * vq_maxnsegs descriptors for each slot) from vq_indirectoffset.  The last
 * two begin on pages, so what the device writes shares no cache line with
 * what the driver writes.
 */
struct virtqueue {
	struct virtio_softc	*vq_owner;	/* NULL: not allocated */
	unsigned int		 vq_num;	/* entries, a power of two */
	unsigned int		 vq_mask;	/* vq_num - 1 */
	int			 vq_index;	/* number of the queue */
	const char		*vq_name;

	struct vring_desc	*vq_desc;
	struct vring_avail	*vq_avail;
	volatile struct vring_used *vq_used;
	struct vring_desc	*vq_indirect;	/* NULL: none */

	void			*vq_vaddr;
	int			 vq_availoffset;
	int			 vq_usedoffset;
	int			 vq_indirectoffset;
	bus_dma_segment_t	 vq_segs[1];
	unsigned int		 vq_bytesize;
	bus_dmamap_t		 vq_dmamap;
	int			 vq_maxnsegs;	/* per indirect table */

	/* The child's lock covers these ... */
	struct vq_entry		*vq_entries;
	SIMPLEQ_HEAD(, vq_entry)	 vq_freelist;
	uint16_t		 vq_avail_idx;	/* next to make available */
	uint16_t		 vq_used_idx;	/* next to be taken back */
	int			 vq_queued;	/* filled, not yet published */

	/* ... and this one every access to the rings and their syncs. */
	struct mutex		 vq_mtx;
	int			 vq_broken;	/* said so already */

	int			(*vq_done)(struct virtqueue *);
	uint32_t		 vq_notify_off;	/* transport's */
	int			 vq_intr_vec;	/* child's own vectors only */
};

/*
 * What a transport does.  set_status with 0 is a reset, and returns when the
 * device has finished it, or has had its time: get_status then tells.  Any
 * other value is added to the bits that are set.  setup_queue enables the
 * queue; a failure shows as FAILED in the status.
 */
struct virtio_ops {
	void		(*kick)(struct virtio_softc *, uint16_t);

	uint8_t		(*read_dev_cfg_1)(struct virtio_softc *, int);
	uint16_t	(*read_dev_cfg_2)(struct virtio_softc *, int);
	uint32_t	(*read_dev_cfg_4)(struct virtio_softc *, int);
	uint64_t	(*read_dev_cfg_8)(struct virtio_softc *, int);
	void		(*write_dev_cfg_1)(struct virtio_softc *, int,
			    uint8_t);
	void		(*write_dev_cfg_2)(struct virtio_softc *, int,
			    uint16_t);
	void		(*write_dev_cfg_4)(struct virtio_softc *, int,
			    uint32_t);
	void		(*write_dev_cfg_8)(struct virtio_softc *, int,
			    uint64_t);

	uint16_t	(*read_queue_size)(struct virtio_softc *, uint16_t);
	void		(*setup_queue)(struct virtio_softc *,
			    struct virtqueue *, uint64_t);
	int		(*setup_intrs)(struct virtio_softc *);
	int		(*get_status)(struct virtio_softc *);
	void		(*set_status)(struct virtio_softc *, int);
	int		(*neg_features)(struct virtio_softc *,
			    const struct virtio_feature_name *);
	int		(*attach_finish)(struct virtio_softc *,
			    struct virtio_attach_args *);
	int		(*poll_intr)(void *);
	void		(*intr_barrier)(struct virtio_softc *);
	int		(*intr_establish)(struct virtio_softc *,
			    struct virtio_attach_args *, int,
			    struct cpu_info *, int (*)(void *), void *);
};

/* First member of every transport's own softc. */
struct virtio_softc {
	struct device		 sc_dev;
	bus_dma_tag_t		 sc_dmat;
	const struct virtio_ops	*sc_ops;
	int			 sc_ipl;		/* child's, may have
							 * IPL_MPSAFE */
	uint64_t		 sc_driver_features;	/* wanted */
	uint64_t		 sc_active_features;	/* negotiated */
	int			 sc_indirect;
	int			 sc_version_1;

	int			 sc_nvqs;
	struct virtqueue	*sc_vqs;		/* child's array */

	struct device		*sc_child;
	int			 sc_childdevid;	/* see virtio_compat.c */
	int			(*sc_config_change)(struct virtio_softc *);
};

/* The transport's part, by name. */
#define virtio_read_device_config_1(sc, o)				\
	((sc)->sc_ops->read_dev_cfg_1((sc), (o)))
#define virtio_read_device_config_2(sc, o)				\
	((sc)->sc_ops->read_dev_cfg_2((sc), (o)))
#define virtio_read_device_config_4(sc, o)				\
	((sc)->sc_ops->read_dev_cfg_4((sc), (o)))
#define virtio_read_device_config_8(sc, o)				\
	((sc)->sc_ops->read_dev_cfg_8((sc), (o)))
#define virtio_write_device_config_1(sc, o, v)				\
	((sc)->sc_ops->write_dev_cfg_1((sc), (o), (v)))
#define virtio_write_device_config_2(sc, o, v)				\
	((sc)->sc_ops->write_dev_cfg_2((sc), (o), (v)))
#define virtio_write_device_config_4(sc, o, v)				\
	((sc)->sc_ops->write_dev_cfg_4((sc), (o), (v)))
#define virtio_write_device_config_8(sc, o, v)				\
	((sc)->sc_ops->write_dev_cfg_8((sc), (o), (v)))
#define virtio_read_queue_size(sc, i)					\
	((sc)->sc_ops->read_queue_size((sc), (i)))
#define virtio_setup_queue(sc, i, v)					\
	((sc)->sc_ops->setup_queue((sc), (i), (v)))
#define virtio_get_status(sc)		((sc)->sc_ops->get_status(sc))
#define virtio_set_status(sc, i)	((sc)->sc_ops->set_status((sc), (i)))
#define virtio_device_reset(sc)		virtio_set_status((sc), 0)
#define virtio_negotiate_features(sc, n)				\
	((sc)->sc_ops->neg_features((sc), (n)))
#define virtio_poll_intr(sc)		((sc)->sc_ops->poll_intr(sc))
#define virtio_intr_barrier(sc)		((sc)->sc_ops->intr_barrier(sc))
#define virtio_intr_establish(sc, va, v, ci, fn, a)			\
	((sc)->sc_ops->intr_establish((sc), (va), (v), (ci), (fn), (a)))

/* Publish what was committed without notifynow. */
#define virtio_notify(sc, vq)	virtio_enqueue_commit((sc), (vq), -1, 1)

/*
 * Queues.  Functions that return int and are not described return 0 or an
 * errno.
 *
 * virtio_alloc_vq	ENODEV: the device has no such queue; EINVAL: its size
 *			is no power of two.  A slot takes its segments out of
 *			a table of maxnsegs descriptors if the device can do
 *			that, else out of the queue.
 * virtio_free_vq	only of a device that was reset, or never got as far
 *			as DRIVER_OK; EBUSY: it is neither, nothing is freed.
 *			What was in flight at the reset is forgotten.
 * virtio_attach_finish	interrupts, queues, DRIVER_OK; after an error the
 *			device is FAILED and the queues can be freed
 */
int	virtio_alloc_vq(struct virtio_softc *, struct virtqueue *, int, int,
	    const char *);
/* Until 2023 the greatest segment was told, before the number of them. */
#define _VIRTIO_ALLOC_5(sc, vq, i, n, name)				\
	(virtio_alloc_vq)(sc, vq, i, n, name)
#define _VIRTIO_ALLOC_6(sc, vq, i, size, n, name)			\
	(virtio_alloc_vq)(sc, vq, i, n, name)
#define _VIRTIO_ALLOC(a, b, c, d, e, f, name, ...)	name
#define virtio_alloc_vq(...)						\
	_VIRTIO_ALLOC(__VA_ARGS__, _VIRTIO_ALLOC_6, _VIRTIO_ALLOC_5,	\
	    0)(__VA_ARGS__)
int	virtio_free_vq(struct virtio_softc *, struct virtqueue *);
int	virtio_attach_finish(struct virtio_softc *,
	    struct virtio_attach_args *);

/*
 * A reset forgets everything.  Between _start, which negotiates the same
 * features again and empties the queues, and _end, which lets the device
 * run, a child may fill its queues without notifying.
 */
void	virtio_reset(struct virtio_softc *);
void	virtio_reinit_start(struct virtio_softc *);
void	virtio_reinit_end(struct virtio_softc *);

/*
 * Requests.  prep and reserve return EAGAIN if there is no room; after
 * reserve said so the slot is free again.  abort gives back what was not
 * committed, trim what was reserved and not filled (the chain keeps the
 * first nsegs).  write is from the driver's side: not 0 if the device
 * reads.  dequeue returns ENOENT if nothing is there; dequeue_commit how many
 * entries of the queue it gave back, 1 for a chain in a table.
 */
int	virtio_enqueue_prep(struct virtqueue *, int *);
int	virtio_enqueue_reserve(struct virtqueue *, int, int);
int	virtio_enqueue(struct virtqueue *, int, bus_dmamap_t, int);
int	virtio_enqueue_p(struct virtqueue *, int, bus_dmamap_t, bus_addr_t,
	    bus_size_t, int);
void	virtio_enqueue_commit(struct virtio_softc *, struct virtqueue *, int,
	    int);
int	virtio_enqueue_abort(struct virtqueue *, int);
void	virtio_enqueue_trim(struct virtqueue *, int, int);
int	virtio_dequeue(struct virtio_softc *, struct virtqueue *, int *,
	    int *);
int	virtio_dequeue_commit(struct virtqueue *, int);

/*
 * Completions.  nused is the number of used entries not yet dequeued; check
 * calls vq_done if there are any and returns what it returned, else 0.
 *
 * start and the postpone functions ask for an interrupt and return 1 if
 * entries are there already, for which none may come: with the next one;
 * with the nslots-th from now; when three quarters, or all, of what is in
 * flight is used.
 */
int	virtio_nused(struct virtqueue *);
int	virtio_check_vq(struct virtio_softc *, struct virtqueue *);
int	virtio_check_vqs(struct virtio_softc *);
void	virtio_stop_vq_intr(struct virtio_softc *, struct virtqueue *);
int	virtio_start_vq_intr(struct virtio_softc *, struct virtqueue *);
int	virtio_postpone_intr(struct virtqueue *, uint16_t);
int	virtio_postpone_intr_smart(struct virtqueue *);
int	virtio_postpone_intr_far(struct virtqueue *);

/* not 0 if the feature was negotiated */
int	virtio_has_feature(struct virtio_softc *, uint64_t);

/*
 * For neg_features of a transport (3.1.1, steps 1 to 4).
 *
 * virtio_features_begin	ACK and DRIVER, after a reset if features are
 *				accepted already; EBUSY: it is not reset
 * virtio_features_choose	what is taken of what is offered: the child's,
 *				the rings' but for cf_flags, the transport's
 * virtio_features_settle	what was taken is active
 */
int	virtio_features_begin(struct virtio_softc *);
uint64_t virtio_features_choose(struct virtio_softc *, uint64_t, uint64_t);
void	virtio_features_settle(struct virtio_softc *, uint64_t, uint64_t, int,
	    const struct virtio_feature_name *);

/* For people. */
const char *virtio_device_string(int);
void	virtio_log_features(uint64_t, uint64_t,
	    const struct virtio_feature_name *);
#if VIRTIO_DEBUG
void	virtio_vq_dump(struct virtqueue *);
#endif

#endif /* _DEV_PV_VIRTIOVAR_H_ */
