/*
 * Virtio: virtqueues and what is common to all transports.
 *
 * The split virtqueue of VIRTIO 1.2 section 2.7, for machines on which
 * memory that the device shares may be cached by the CPU only, may be a copy
 * (bounce buffers), and may be seen out of order.  Three rules make it right
 * on all of them:
 *
 *	store, bus_dmamap_sync(PREWRITE) of exactly those bytes, and only then
 *	a barrier: the copy that the sync makes is what has to be ordered;
 *
 *	barrier, bus_dmamap_sync(POSTREAD), and only then load, again for the
 *	entry after the index that announced it;
 *
 *	what the device writes is in pages of its own, so no sync of ours can
 *	write an old line back over it or throw a line of ours away.
 */

#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/malloc.h>
#include <sys/mutex.h>
#include <sys/atomic.h>

#include <dev/pv/virtioreg.h>
#include <dev/pv/virtiovar.h>

void	virtio_init_vq(struct virtio_softc *, struct virtqueue *);
int	virtio_alloc_vq_mem(struct virtio_softc *, struct virtqueue *);
void	virtio_free_vq_mem(struct virtio_softc *, struct virtqueue *);

struct vq_entry *vq_take_entry(struct virtqueue *);
int	vq_free_chain(struct virtqueue *, struct vq_entry *);
void	vq_put_back(struct virtqueue *, struct vq_entry *);
void	vq_fill_desc(struct virtqueue *, struct vq_entry *, bus_addr_t,
	    bus_size_t, int);
void	vq_sync(struct virtqueue *, volatile void *, bus_size_t, int);
void	vq_sync_chain(struct virtqueue *, struct vq_entry *);
int	vq_publish(struct virtio_softc *, struct virtqueue *);
uint16_t vq_nused_locked(struct virtqueue *);
void	vq_complain(struct virtqueue *, const char *, unsigned int);

struct cfdriver virtio_cd = {
	NULL, "virtio", DV_DULL, CD_COCOVM
};

static const char *const virtio_device_names[] = {
	[PCI_PRODUCT_VIRTIO_NETWORK] = "Network",
	[PCI_PRODUCT_VIRTIO_BLOCK] = "Block",
	[PCI_PRODUCT_VIRTIO_CONSOLE] = "Console",
	[PCI_PRODUCT_VIRTIO_ENTROPY] = "Entropy",
	[PCI_PRODUCT_VIRTIO_BALLOON] = "Memory Balloon",
	[PCI_PRODUCT_VIRTIO_IOMEM] = "I/O Memory",
	[PCI_PRODUCT_VIRTIO_RPMSG] = "Remote Processor Messages",
	[PCI_PRODUCT_VIRTIO_SCSI] = "SCSI",
	[PCI_PRODUCT_VIRTIO_9P] = "9P",
	[PCI_PRODUCT_VIRTIO_MAC80211] = "Wireless",
	[PCI_PRODUCT_VIRTIO_GPU] = "GPU",
	[PCI_PRODUCT_VIRTIO_INPUT] = "Input",
	[PCI_PRODUCT_VIRTIO_VSOCK] = "Socket",
	[PCI_PRODUCT_VIRTIO_CRYPTO] = "Crypto",
	[PCI_PRODUCT_VIRTIO_SOUND] = "Sound",
	[PCI_PRODUCT_VIRTIO_FS] = "Filesystem",
};

static const struct virtio_feature_name virtio_ring_feature_names[] = {
	{ VIRTIO_F_NOTIFY_ON_EMPTY,	"NotifyOnEmpty" },
	{ VIRTIO_F_ANY_LAYOUT,		"AnyLayout" },
	{ VIRTIO_F_RING_INDIRECT_DESC,	"IndirectDesc" },
	{ VIRTIO_F_RING_EVENT_IDX,	"EventIdx" },
	{ VIRTIO_F_BAD_FEATURE,		"BadFeature" },
	{ VIRTIO_F_VERSION_1,		"Version1" },
	{ VIRTIO_F_ACCESS_PLATFORM,	"AccessPlatform" },
	{ VIRTIO_F_RING_PACKED,		"Packed" },
	{ VIRTIO_F_IN_ORDER,		"InOrder" },
	{ VIRTIO_F_ORDER_PLATFORM,	"OrderPlatform" },
	{ VIRTIO_F_SR_IOV,		"SrIov" },
	{ VIRTIO_F_NOTIFICATION_DATA,	"NotificationData" },
	{ VIRTIO_F_NOTIF_CONFIG_DATA,	"NotifConfigData" },
	{ VIRTIO_F_RING_RESET,		"RingReset" },
	{ 0,				NULL }
};

const char *
virtio_device_string(int id)
{
	if (id < 0 || id >= (int)nitems(virtio_device_names) ||
	    virtio_device_names[id] == NULL)
		return "Unknown";
	return virtio_device_names[id];
}

static const char *
virtio_feature_name(uint64_t bit, const struct virtio_feature_name *names)
{
	for (; names != NULL && names->bit != 0; names++)
		if (names->bit == bit)
			return names->name;
	return NULL;
}

/* Print each offered feature, those not taken in brackets. */
void
virtio_log_features(uint64_t offered, uint64_t taken,
    const struct virtio_feature_name *guest_names)
{
	const char *name;
	uint64_t bit;
	int i;

	for (i = 0; i < 64; i++) {
		bit = 1ULL << i;
		if ((offered & bit) == 0)
			continue;
		name = virtio_feature_name(bit, guest_names);
		if (name == NULL)
			name = virtio_feature_name(bit,
			    virtio_ring_feature_names);
		if (name != NULL)
			printf((taken & bit) ? " %s" : " [%s]", name);
		else
			printf((taken & bit) ? " %d" : " [%d]", i);
	}
	printf("\n");
}

int
virtio_has_feature(struct virtio_softc *sc, uint64_t feature)
{
	return (sc->sc_active_features & feature) != 0;
}

/*
 * Life of the device
 */
int
virtio_attach_finish(struct virtio_softc *sc, struct virtio_attach_args *va)
{
	struct virtqueue *vq;
	int error, i;

	/* A queue's vector has to be known before it is enabled (4.1.5.1). */
	error = sc->sc_ops->attach_finish(sc, va);
	if (error != 0)
		goto fail;

	for (i = 0; i < sc->sc_nvqs; i++) {
		vq = &sc->sc_vqs[i];
		if (vq->vq_owner == NULL)
			continue;
		virtio_setup_queue(sc, vq, vq->vq_dmamap->dm_segs[0].ds_addr);
	}
	if (virtio_get_status(sc) & VIRTIO_CONFIG_DEVICE_STATUS_FAILED) {
		error = EIO;
		goto fail;
	}

	virtio_set_status(sc, VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK);
	return 0;

fail:
	/* Queues may be live: the reset gives their memory back. */
	virtio_reset(sc);
	virtio_set_status(sc, VIRTIO_CONFIG_DEVICE_STATUS_FAILED);
	return error;
}

void
virtio_reset(struct virtio_softc *sc)
{
	virtio_device_reset(sc);
	sc->sc_active_features = 0;
}

void
virtio_reinit_start(struct virtio_softc *sc)
{
	struct virtqueue *vq;
	int i;

	/* This sets ACK and DRIVER, too. */
	if (virtio_negotiate_features(sc, NULL) != 0) {
		printf("%s: features refused after a reset\n",
		    sc->sc_dev.dv_xname);
		goto fail;
	}
	if (sc->sc_ops->setup_intrs(sc) != 0) {
		printf("%s: vectors refused after a reset\n",
		    sc->sc_dev.dv_xname);
		goto fail;
	}

	for (i = 0; i < sc->sc_nvqs; i++) {
		vq = &sc->sc_vqs[i];
		if (vq->vq_owner == NULL)
			continue;
		if (virtio_read_queue_size(sc, vq->vq_index) < vq->vq_num) {
			printf("%s: queue %d shrank over a reset\n",
			    sc->sc_dev.dv_xname, vq->vq_index);
			goto fail;
		}
		virtio_init_vq(sc, vq);
		virtio_setup_queue(sc, vq, vq->vq_dmamap->dm_segs[0].ds_addr);
	}
	return;

fail:
	virtio_set_status(sc, VIRTIO_CONFIG_DEVICE_STATUS_FAILED);
}

void
virtio_reinit_end(struct virtio_softc *sc)
{
	if (virtio_get_status(sc) & VIRTIO_CONFIG_DEVICE_STATUS_FAILED)
		return;
	virtio_set_status(sc, VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK);
}

/*
 * Life of a queue
 */

/* Empty queue, as after attach or a reset; the device must not have it. */
void
virtio_init_vq(struct virtio_softc *sc, struct virtqueue *vq)
{
	struct vq_entry *qe;
	int i;

	/* An interrupt from before the reset may be on its way still. */
	mtx_enter(&vq->vq_mtx);
	SIMPLEQ_INIT(&vq->vq_freelist);
	for (i = 0; i < (int)vq->vq_num; i++) {
		qe = &vq->vq_entries[i];
		memset(qe, 0, sizeof(*qe));
		qe->qe_index = i;
		qe->qe_next = qe->qe_chain = -1;
		SIMPLEQ_INSERT_TAIL(&vq->vq_freelist, qe, qe_list);
	}
	vq->vq_avail_idx = 0;
	vq->vq_used_idx = 0;
	vq->vq_queued = 0;
	vq->vq_broken = 0;

	/*
	 * Everything goes out, the used ring too: the device reads its own
	 * index there, and a bounce page may hold old bytes.  Then the used
	 * ring is the device's: from here on the CPU never stores to it.
	 */
	memset(vq->vq_vaddr, 0, vq->vq_bytesize);
	vq_sync(vq, vq->vq_vaddr, vq->vq_bytesize, BUS_DMASYNC_PREWRITE);
	vq_sync(vq, vq->vq_used, VRING_AVAIL_EVENT_OFF(vq->vq_num) +
	    sizeof(uint16_t), BUS_DMASYNC_PREREAD);
	mtx_leave(&vq->vq_mtx);
}

/* One segment, mapped and loaded. */
int
virtio_alloc_vq_mem(struct virtio_softc *sc, struct virtqueue *vq)
{
	caddr_t kva;
	int flags, nsegs, error;

	flags = BUS_DMA_NOWAIT;
	if (sc->sc_version_1)
		flags |= BUS_DMA_64BIT;

	error = bus_dmamem_alloc(sc->sc_dmat, vq->vq_bytesize,
	    VIRTIO_PAGE_SIZE, 0, vq->vq_segs, 1, &nsegs,
	    BUS_DMA_NOWAIT | BUS_DMA_ZERO);
	if (error != 0)
		return error;
	error = bus_dmamem_map(sc->sc_dmat, vq->vq_segs, nsegs,
	    vq->vq_bytesize, &kva, BUS_DMA_NOWAIT);
	if (error != 0)
		goto free;
	vq->vq_vaddr = kva;
	error = bus_dmamap_create(sc->sc_dmat, vq->vq_bytesize, 1,
	    vq->vq_bytesize, 0, flags, &vq->vq_dmamap);
	if (error != 0)
		goto unmap;
	error = bus_dmamap_load(sc->sc_dmat, vq->vq_dmamap, kva,
	    vq->vq_bytesize, NULL, BUS_DMA_NOWAIT);
	if (error != 0)
		goto destroy;
	return 0;

destroy:
	bus_dmamap_destroy(sc->sc_dmat, vq->vq_dmamap);
unmap:
	bus_dmamem_unmap(sc->sc_dmat, kva, vq->vq_bytesize);
free:
	bus_dmamem_free(sc->sc_dmat, vq->vq_segs, 1);
	return error;
}

void
virtio_free_vq_mem(struct virtio_softc *sc, struct virtqueue *vq)
{
	bus_dmamap_unload(sc->sc_dmat, vq->vq_dmamap);
	bus_dmamem_unmap(sc->sc_dmat, vq->vq_vaddr, vq->vq_bytesize);
	bus_dmamem_free(sc->sc_dmat, vq->vq_segs, 1);
	bus_dmamap_destroy(sc->sc_dmat, vq->vq_dmamap);
}

int
virtio_alloc_vq(struct virtio_softc *sc, struct virtqueue *vq, int index,
    int maxnsegs, const char *name)
{
	unsigned int num, availsize, usedsize, indirectsize;
	char *base;
	int error;

	memset(vq, 0, sizeof(*vq));

	num = virtio_read_queue_size(sc, index);
	if (num == 0)
		return ENODEV;
	if ((num & (num - 1)) != 0)
		return EINVAL;

	availsize = sizeof(struct vring_desc) * num +
	    VRING_USED_EVENT_OFF(num) + sizeof(uint16_t);
	usedsize = VRING_AVAIL_EVENT_OFF(num) + sizeof(uint16_t);
	indirectsize = 0;
	if (sc->sc_indirect && maxnsegs >= 2)
		indirectsize = sizeof(struct vring_desc) * maxnsegs * num;

	vq->vq_num = num;
	vq->vq_mask = num - 1;
	vq->vq_index = index;
	vq->vq_name = name;
	vq->vq_maxnsegs = maxnsegs;
	vq->vq_availoffset = sizeof(struct vring_desc) * num;
	vq->vq_usedoffset = roundup(availsize, VIRTIO_PAGE_SIZE);
	vq->vq_indirectoffset = vq->vq_usedoffset +
	    roundup(usedsize, VIRTIO_PAGE_SIZE);
	vq->vq_bytesize = vq->vq_indirectoffset +
	    roundup(indirectsize, VIRTIO_PAGE_SIZE);

	vq->vq_entries = mallocarray(num, sizeof(struct vq_entry), M_DEVBUF,
	    M_NOWAIT | M_ZERO);
	if (vq->vq_entries == NULL) {
		error = ENOMEM;
		goto fail;
	}
	error = virtio_alloc_vq_mem(sc, vq);
	if (error != 0)
		goto fail;

	base = vq->vq_vaddr;
	vq->vq_desc = (struct vring_desc *)base;
	vq->vq_avail = (struct vring_avail *)(base + vq->vq_availoffset);
	vq->vq_used = (volatile struct vring_used *)(base + vq->vq_usedoffset);
	if (indirectsize != 0)
		vq->vq_indirect =
		    (struct vring_desc *)(base + vq->vq_indirectoffset);

	/* The child's level may not be known yet, so block everything. */
	mtx_init(&vq->vq_mtx, IPL_HIGH);
	vq->vq_owner = sc;
	virtio_init_vq(sc, vq);
	return 0;

fail:
	if (vq->vq_entries != NULL)
		free(vq->vq_entries, M_DEVBUF, num * sizeof(struct vq_entry));
	memset(vq, 0, sizeof(*vq));
	return error;
}

int
virtio_free_vq(struct virtio_softc *sc, struct virtqueue *vq)
{
	if (vq->vq_owner == NULL)
		return 0;

	/* A device that is not reset may read the rings at any time. */
	if (virtio_get_status(sc) & VIRTIO_CONFIG_DEVICE_STATUS_DRIVER_OK) {
		printf("%s: %s queue is still the device's\n",
		    sc->sc_dev.dv_xname, vq->vq_name);
		return EBUSY;
	}

	virtio_free_vq_mem(sc, vq);
	free(vq->vq_entries, M_DEVBUF, vq->vq_num * sizeof(struct vq_entry));
	memset(vq, 0, sizeof(*vq));
	return 0;
}

/*
 * Ring memory
 */

/* Sync the bytes at p, which lie in the queue's memory. */
void
vq_sync(struct virtqueue *vq, volatile void *p, bus_size_t len, int ops)
{
	struct virtio_softc *sc = vq->vq_owner;
	bus_addr_t off = (volatile char *)p - (char *)vq->vq_vaddr;

	bus_dmamap_sync(sc->sc_dmat, vq->vq_dmamap, off, len, ops);
}

/* The host gave us nonsense; say so once, or a hostile one fills the log. */
void
vq_complain(struct virtqueue *vq, const char *what, unsigned int value)
{
	if (vq->vq_broken)
		return;
	vq->vq_broken = 1;
	printf("%s: %s queue: device sent bad %s %u\n",
	    vq->vq_owner->sc_dev.dv_xname, vq->vq_name, what, value);
}

struct vq_entry *
vq_take_entry(struct virtqueue *vq)
{
	struct vq_entry *qe;

	qe = SIMPLEQ_FIRST(&vq->vq_freelist);
	if (qe == NULL)
		return NULL;
	SIMPLEQ_REMOVE_HEAD(&vq->vq_freelist, qe_list);
	qe->qe_next = qe->qe_chain = -1;
	qe->qe_indirect = 0;
	qe->qe_posted = 0;
	qe->qe_nsegs = 0;
	qe->qe_writable = 0;
	qe->qe_desc_base = vq->vq_desc;
	return qe;
}

/*
 * How many entries these were.  They are the last to come again: so which
 * slot the next request has depends on how many there were, and not on when
 * the device was done with them.
 */
int
vq_free_chain(struct virtqueue *vq, struct vq_entry *qe)
{
	int next, n;

	for (n = 1;; n++) {
		next = qe->qe_chain;
		qe->qe_chain = -1;
		SIMPLEQ_INSERT_TAIL(&vq->vq_freelist, qe, qe_list);
		if (next == -1)
			return n;
		qe = &vq->vq_entries[next];
	}
}

/* Entries that were taken for nothing are the next again, as they were. */
void
vq_put_back(struct virtqueue *vq, struct vq_entry *qe)
{
	struct vq_entry *before = NULL;
	int next;

	for (;;) {
		next = qe->qe_chain;
		qe->qe_chain = -1;
		if (before == NULL)
			SIMPLEQ_INSERT_HEAD(&vq->vq_freelist, qe, qe_list);
		else
			SIMPLEQ_INSERT_AFTER(&vq->vq_freelist, before, qe,
			    qe_list);
		if (next == -1)
			return;
		before = qe;
		qe = &vq->vq_entries[next];
	}
}

/*
 * Requests
 */
int
virtio_enqueue_prep(struct virtqueue *vq, int *slotp)
{
	struct vq_entry *qe;

	KASSERT(slotp != NULL);

	qe = vq_take_entry(vq);
	if (qe == NULL)
		return EAGAIN;
	*slotp = qe->qe_index;
	return 0;
}

/*
 * Link nsegs descriptors, the flags of each saying already whether one
 * follows: in the slot's table if it has one that is long enough, else in
 * the queue itself.
 */
int
virtio_enqueue_reserve(struct virtqueue *vq, int slot, int nsegs)
{
	struct vq_entry *head, *qe, *last;
	struct vring_desc *table;
	int i;

	KASSERT(slot >= 0 && slot < (int)vq->vq_num);
	KASSERT(nsegs >= 1);

	head = &vq->vq_entries[slot];
	KASSERT(head->qe_nsegs == 0 && head->qe_posted == 0);

	if (vq->vq_indirect != NULL && nsegs >= 2 && nsegs <= vq->vq_maxnsegs) {
		table = &vq->vq_indirect[slot * vq->vq_maxnsegs];
		for (i = 0; i < nsegs; i++) {
			table[i].flags = i < nsegs - 1 ? VRING_DESC_F_NEXT : 0;
			table[i].next = i < nsegs - 1 ? i + 1 : 0;
		}
		head->qe_indirect = 1;
		head->qe_desc_base = table;
		head->qe_next = 0;
		head->qe_nsegs = nsegs;
		return 0;
	}

	last = head;
	for (i = 1; i < nsegs; i++) {
		qe = vq_take_entry(vq);
		if (qe == NULL) {
			vq_put_back(vq, head);
			return EAGAIN;
		}
		last->qe_chain = qe->qe_index;
		vq->vq_desc[last->qe_index].flags = VRING_DESC_F_NEXT;
		vq->vq_desc[last->qe_index].next = qe->qe_index;
		last = qe;
	}
	vq->vq_desc[last->qe_index].flags = 0;
	vq->vq_desc[last->qe_index].next = 0;
	head->qe_next = head->qe_index;
	head->qe_nsegs = nsegs;
	return 0;
}

/* Fill the next descriptor of the chain. */
void
vq_fill_desc(struct virtqueue *vq, struct vq_entry *head, bus_addr_t addr,
    bus_size_t len, int write)
{
	struct vring_desc *d;

	KASSERT(head->qe_next != -1);
	d = &head->qe_desc_base[head->qe_next];

	d->addr = addr;
	d->len = len;
	if (!write) {
		d->flags |= VRING_DESC_F_WRITE;
		head->qe_writable += len;
	}

	if ((d->flags & VRING_DESC_F_NEXT) == 0)
		head->qe_next = -1;
	else if (head->qe_indirect)
		head->qe_next++;
	else
		head->qe_next = vq->vq_entries[head->qe_next].qe_chain;
}

int
virtio_enqueue(struct virtqueue *vq, int slot, bus_dmamap_t map, int write)
{
	struct vq_entry *head = &vq->vq_entries[slot];
	int i;

	for (i = 0; i < map->dm_nsegs; i++)
		vq_fill_desc(vq, head, map->dm_segs[i].ds_addr,
		    map->dm_segs[i].ds_len, write);
	return 0;
}

/* The same for part of a map; a descriptor for each segment it touches. */
int
virtio_enqueue_p(struct virtqueue *vq, int slot, bus_dmamap_t map,
    bus_addr_t start, bus_size_t len, int write)
{
	struct vq_entry *head = &vq->vq_entries[slot];
	bus_size_t n;
	int i;

	for (i = 0; i < map->dm_nsegs && len > 0; i++) {
		if (start >= map->dm_segs[i].ds_len) {
			start -= map->dm_segs[i].ds_len;
			continue;
		}
		n = map->dm_segs[i].ds_len - start;
		if (n > len)
			n = len;
		vq_fill_desc(vq, head, map->dm_segs[i].ds_addr + start, n,
		    write);
		start = 0;
		len -= n;
	}
	KASSERT(len == 0);
	return 0;
}

int
virtio_enqueue_abort(struct virtqueue *vq, int slot)
{
	struct vq_entry *head = &vq->vq_entries[slot];

	KASSERT(head->qe_posted == 0);
	vq_put_back(vq, head);
	return 0;
}

/* Only the first nsegs were filled: end the chain there. */
void
virtio_enqueue_trim(struct virtqueue *vq, int slot, int nsegs)
{
	struct vq_entry *head = &vq->vq_entries[slot];
	struct vq_entry *last = head;
	struct vring_desc *d;
	int i;

	KASSERT(nsegs >= 1 && nsegs <= head->qe_nsegs);
	KASSERT(head->qe_posted == 0);

	if (head->qe_indirect) {
		d = &head->qe_desc_base[nsegs - 1];
	} else {
		for (i = 1; i < nsegs; i++)
			last = &vq->vq_entries[last->qe_chain];
		d = &vq->vq_desc[last->qe_index];
		if (last->qe_chain != -1)
			vq_put_back(vq, &vq->vq_entries[last->qe_chain]);
		last->qe_chain = -1;
	}
	d->flags &= ~VRING_DESC_F_NEXT;
	d->next = 0;
	head->qe_nsegs = nsegs;
	head->qe_next = -1;
}

/* Show the device a finished chain; nothing points to it yet. */
void
vq_sync_chain(struct virtqueue *vq, struct vq_entry *head)
{
	struct vring_desc *d;
	struct vq_entry *qe;

	if (head->qe_indirect) {
		vq_sync(vq, head->qe_desc_base,
		    head->qe_nsegs * sizeof(struct vring_desc),
		    BUS_DMASYNC_PREWRITE);
		d = &vq->vq_desc[head->qe_index];
		d->addr = vq->vq_dmamap->dm_segs[0].ds_addr +
		    ((char *)head->qe_desc_base - (char *)vq->vq_vaddr);
		d->len = head->qe_nsegs * sizeof(struct vring_desc);
		d->flags = VRING_DESC_F_INDIRECT;
		d->next = 0;
	}

	for (qe = head;; qe = &vq->vq_entries[qe->qe_chain]) {
		vq_sync(vq, &vq->vq_desc[qe->qe_index],
		    sizeof(struct vring_desc), BUS_DMASYNC_PREWRITE);
		if (qe->qe_chain == -1)
			break;
	}
}

/*
 * Move the available index over everything that is queued.  Returns 1 if
 * the device wants to be told.
 */
int
vq_publish(struct virtio_softc *sc, struct virtqueue *vq)
{
	uint16_t *idx = &vq->vq_avail->idx;
	uint16_t old, new, event;
	volatile uint16_t *eventp;

	new = vq->vq_avail_idx;
	old = new - vq->vq_queued;
	vq->vq_queued = 0;

	/* Descriptors and ring entries before the index ... */
	virtio_membar_producer();
	*idx = new;
	vq_sync(vq, idx, sizeof(*idx), BUS_DMASYNC_PREWRITE);
	/*
	 * ... and the index before we look whether the device sleeps; it
	 * does the same the other way round, so one of us sees the other.
	 */
	virtio_membar_sync();

	if (virtio_has_feature(sc, VIRTIO_F_RING_EVENT_IDX)) {
		eventp = &VQ_AVAIL_EVENT(vq);
		vq_sync(vq, eventp, sizeof(*eventp), BUS_DMASYNC_POSTREAD);
		event = *eventp;
		return (uint16_t)(new - event - 1) < (uint16_t)(new - old);
	}

	vq_sync(vq, &vq->vq_used->flags, sizeof(vq->vq_used->flags),
	    BUS_DMASYNC_POSTREAD);
	return (vq->vq_used->flags & VRING_USED_F_NO_NOTIFY) == 0;
}

/* A negative slot only publishes what earlier commits left behind. */
void
virtio_enqueue_commit(struct virtio_softc *sc, struct virtqueue *vq, int slot,
    int notifynow)
{
	struct vq_entry *head;
	uint16_t *elem;
	int kick = 0;

	mtx_enter(&vq->vq_mtx);
	if (slot >= 0) {
		KASSERT(slot < (int)vq->vq_num);
		head = &vq->vq_entries[slot];
		KASSERT(head->qe_nsegs != 0 && head->qe_next == -1);
		KASSERT(head->qe_posted == 0);

		vq_sync_chain(vq, head);
		head->qe_posted = 1;

		elem = &vq->vq_avail->ring[vq->vq_avail_idx & vq->vq_mask];
		*elem = slot;
		vq_sync(vq, elem, sizeof(*elem), BUS_DMASYNC_PREWRITE);
		vq->vq_avail_idx++;
		vq->vq_queued++;
	}
	if (notifynow && vq->vq_queued != 0)
		kick = vq_publish(sc, vq);
	mtx_leave(&vq->vq_mtx);

	if (kick)
		sc->sc_ops->kick(sc, vq->vq_index);
}

/*
 * Completions
 */

/*
 * Entries that the device has used and we have not taken back.  More than
 * the queue holds is nonsense, and taken for none.
 */
uint16_t
vq_nused_locked(struct virtqueue *vq)
{
	uint16_t n, idx;

	vq_sync(vq, &vq->vq_used->idx, sizeof(vq->vq_used->idx),
	    BUS_DMASYNC_POSTREAD);
	idx = vq->vq_used->idx;
	/* Whatever the index covers is looked at after the index. */
	virtio_membar_consumer();

	n = idx - vq->vq_used_idx;
	if (n > vq->vq_num) {
		vq_complain(vq, "used index", idx);
		return 0;
	}
	return n;
}

int
virtio_nused(struct virtqueue *vq)
{
	uint16_t n;

	mtx_enter(&vq->vq_mtx);
	n = vq_nused_locked(vq);
	mtx_leave(&vq->vq_mtx);
	return n;
}

int
virtio_check_vq(struct virtio_softc *sc, struct virtqueue *vq)
{
	if (vq->vq_owner == NULL || vq->vq_done == NULL)
		return 0;
	if (virtio_nused(vq) == 0)
		return 0;
	return vq->vq_done(vq);
}

int
virtio_check_vqs(struct virtio_softc *sc)
{
	int i, r = 0;

	for (i = 0; i < sc->sc_nvqs; i++)
		r |= virtio_check_vq(sc, &sc->sc_vqs[i]);
	return r;
}

int
virtio_dequeue(struct virtio_softc *sc, struct virtqueue *vq, int *slotp,
    int *lenp)
{
	volatile struct vring_used_elem *elem;
	struct vq_entry *qe = NULL;
	uint32_t id = 0, len = 0;

	mtx_enter(&vq->vq_mtx);
	while (vq_nused_locked(vq) != 0) {
		elem = &vq->vq_used->ring[vq->vq_used_idx & vq->vq_mask];
		vq_sync(vq, elem, sizeof(*elem), BUS_DMASYNC_POSTREAD);
		id = elem->id;
		len = elem->len;
		vq->vq_used_idx++;

		if (id < vq->vq_num && vq->vq_entries[id].qe_posted) {
			qe = &vq->vq_entries[id];
			break;
		}
		vq_complain(vq, "entry", id);
	}
	if (qe != NULL) {
		/* It cannot be used twice, and not longer than it is. */
		qe->qe_posted = 0;
		if (len > qe->qe_writable) {
			vq_complain(vq, "length", len);
			len = qe->qe_writable;
		}
	}
	mtx_leave(&vq->vq_mtx);

	if (qe == NULL)
		return ENOENT;
	if (slotp != NULL)
		*slotp = id;
	if (lenp != NULL)
		*lenp = len;
	return 0;
}

int
virtio_dequeue_commit(struct virtqueue *vq, int slot)
{
	struct vq_entry *qe = &vq->vq_entries[slot];

	KASSERT(qe->qe_posted == 0);
	qe->qe_nsegs = 0;
	return vq_free_chain(vq, qe);
}

/*
 * Interrupts of one queue
 */

/* Ask for one when the used index passes event.  The lock is held. */
static void
vq_set_used_event(struct virtqueue *vq, uint16_t event)
{
	uint16_t *eventp = &VQ_USED_EVENT(vq);

	*eventp = event;
	vq_sync(vq, eventp, sizeof(*eventp), BUS_DMASYNC_PREWRITE);
}

static void
vq_set_avail_flags(struct virtqueue *vq, uint16_t flags)
{
	vq->vq_avail->flags = flags;
	vq_sync(vq, &vq->vq_avail->flags, sizeof(vq->vq_avail->flags),
	    BUS_DMASYNC_PREWRITE);
}

/* Only a hint: interrupts may come all the same (2.7.7). */
void
virtio_stop_vq_intr(struct virtio_softc *sc, struct virtqueue *vq)
{
	mtx_enter(&vq->vq_mtx);
	if (virtio_has_feature(sc, VIRTIO_F_RING_EVENT_IDX)) {
		/* as far away as an index can be */
		vq_set_used_event(vq, vq->vq_used_idx + 0x8000);
	} else {
		vq_set_avail_flags(vq, VRING_AVAIL_F_NO_INTERRUPT);
	}
	mtx_leave(&vq->vq_mtx);
}

int
virtio_start_vq_intr(struct virtio_softc *sc, struct virtqueue *vq)
{
	int there;

	mtx_enter(&vq->vq_mtx);
	if (virtio_has_feature(sc, VIRTIO_F_RING_EVENT_IDX))
		vq_set_used_event(vq, vq->vq_used_idx);
	else
		vq_set_avail_flags(vq, 0);
	/* Asked first, then looked: nothing falls between. */
	virtio_membar_sync();
	there = vq_nused_locked(vq) != 0;
	mtx_leave(&vq->vq_mtx);
	return there;
}

int
virtio_postpone_intr(struct virtqueue *vq, uint16_t nslots)
{
	struct virtio_softc *sc = vq->vq_owner;
	int there;

	if (nslots <= 1 || !virtio_has_feature(sc, VIRTIO_F_RING_EVENT_IDX))
		return virtio_start_vq_intr(sc, vq);

	mtx_enter(&vq->vq_mtx);
	vq_set_used_event(vq, vq->vq_used_idx + nslots - 1);
	virtio_membar_sync();
	there = vq_nused_locked(vq) >= nslots;
	mtx_leave(&vq->vq_mtx);
	return there;
}

int
virtio_postpone_intr_smart(struct virtqueue *vq)
{
	uint16_t inflight = vq->vq_avail_idx - vq->vq_used_idx;

	return virtio_postpone_intr(vq, inflight * 3U / 4);
}

int
virtio_postpone_intr_far(struct virtqueue *vq)
{
	uint16_t inflight = vq->vq_avail_idx - vq->vq_used_idx;

	return virtio_postpone_intr(vq, inflight);
}

#if VIRTIO_DEBUG
void
virtio_vq_dump(struct virtqueue *vq)
{
	printf("%s: %s queue %d: %u entries, %u bytes\n",
	    vq->vq_owner->sc_dev.dv_xname, vq->vq_name, vq->vq_index,
	    vq->vq_num, vq->vq_bytesize);
	printf("driver: avail %u, used %u, queued %d\n", vq->vq_avail_idx,
	    vq->vq_used_idx, vq->vq_queued);
	mtx_enter(&vq->vq_mtx);
	vq_sync(vq, vq->vq_used, VRING_AVAIL_EVENT_OFF(vq->vq_num) +
	    sizeof(uint16_t), BUS_DMASYNC_POSTREAD);
	printf("avail: flags 0x%x, idx %u, used_event %u\n",
	    vq->vq_avail->flags, vq->vq_avail->idx, VQ_USED_EVENT(vq));
	printf("used: flags 0x%x, idx %u, avail_event %u\n",
	    vq->vq_used->flags, vq->vq_used->idx, VQ_AVAIL_EVENT(vq));
	mtx_leave(&vq->vq_mtx);
}
#endif
