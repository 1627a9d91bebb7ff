/* finding_kinds.c: every kind of finding: what it says, why, and its source. */
#include "finding.h"

#include <stddef.h>
#include <string.h>

#define DMA "bus_dma(9)"

static const struct finding_kind kinds[] = {
	/* --- addresses --- */
	{ "address-kva", "a kernel virtual address was given to the device",
	  "A device takes bus addresses, which only a loaded map has. A kernel "
	  "virtual address means nothing to it: what it reaches there is "
	  "nothing, or somebody else's memory.", DMA ", dm_segs", 0 },
	{ "address-nowhere", "the device was given an address with no memory",
	  "The address is no bus address of this machine. The access is lost, "
	  "or aborts.", DMA ", dm_segs", 0 },
	{ "address-not-loaded", "the device was given memory no map has loaded",
	  "A bus address is good from bus_dmamap_load to bus_dmamap_unload. "
	  "The address of a segment of bus_dmamem_alloc is physical and not "
	  "for the device. Where bus addresses are physical ones this goes "
	  "unseen; with an IOMMU the access faults, with bounce buffers the "
	  "device sees other bytes than the CPU.",
	  DMA ", bus_dmamap_load, bus_dmamem_alloc", 0 },
	{ "mmap-kva", "mmap answered a kernel virtual address",
	  "A driver's mmap returns the physical address of a page. A kernel "
	  "virtual address is taken as a physical one, where there is no "
	  "memory: what the client draws goes nowhere (a black screen under "
	  "QEMU), or the access aborts (a guest panic under Apple's "
	  "hypervisor). OpenBSD's viogpu(4) did this until January 2026.",
	  "bus_dmamem_mmap in " DMA "; wsdisplay's mmap in wscons(9)", 0 },
	{ "mmap-nowhere", "mmap answered an address with no memory",
	  "A driver's mmap returns the physical address of a page; there is "
	  "no memory at this one.", "bus_dmamem_mmap in " DMA, 0 },
	/* --- syncs --- */
	{ "sync-missing-prewrite",
	  "the host reads bytes that were never synced for it",
	  "Stores of the CPU need a bus_dmamap_sync with PREWRITE before a "
	  "device reads them. Where caches are snooped and nothing bounces the "
	  "device sees them anyway, and the fault is latent; where the device "
	  "has a copy (bounce buffers) or memory without the cache, it reads "
	  "old bytes.", DMA ", bus_dmamap_sync, BUS_DMASYNC_PREWRITE", 0 },
	{ "sync-missing-preread",
	  "the host writes to bytes that were never prepared for it",
	  "Before a device writes to memory, PREREAD gives up what the CPU's "
	  "cache still has of it. Without, a dirty line may be written back "
	  "over what the device wrote.",
	  DMA ", bus_dmamap_sync, BUS_DMASYNC_PREREAD", 0 },
	{ "sync-missing-postread",
	  "the driver reads what the host wrote without a sync",
	  "What a device wrote is the CPU's to read after POSTREAD. Without, "
	  "the CPU may see what was there before: old lines of its cache, or "
	  "with bounce buffers always.",
	  DMA ", bus_dmamap_sync, BUS_DMASYNC_POSTREAD", 0 },
	{ "posted-buffer-touched", "the driver touches a buffer it gave away",
	  "From the moment a chain is available until it is found in the used "
	  "ring its buffers belong to the device.",
	  "VIRTIO 1.2, 2.7.13.3", 0 },
	{ "ring-published-early",
	  "avail.idx is stored before what it covers is the device's",
	  "A device may look at its queue as soon as it sees a new avail.idx; "
	  "it waits for no notification. So the buffers, the descriptors and "
	  "the entry of the available ring are stored, and given with "
	  "PREWRITE, before avail.idx is. A run in which the host looks right "
	  "at the store shows whether it goes wrong on a machine.",
	  "VIRTIO 1.2, 2.7.13.1 to 2.7.13.3", 0 },
	{ "order-store-late", "the host looks before a store is visible",
	  "A CPU may keep a store to itself for a while, and make a later one "
	  "visible first. What a published chain covers is ordered before "
	  "avail.idx by a barrier, membar_producer(9) or a stronger one; a "
	  "sync is one on some machines only.",
	  "VIRTIO 1.2, 2.7.13.3.1; the architecture's memory model", 0 },
	{ "order-load-early", "a load may give what the device overwrote",
	  "A CPU may load early, and so get what was there before the device "
	  "wrote it, although a load before it in the program has seen later "
	  "things. Between the look at used.idx and the look at what it covers "
	  "stands a barrier, membar_consumer(9) or a stronger one; a sync is "
	  "one on some machines only.",
	  "VIRTIO 1.2, 2.7.14; the architecture's memory model", 0 },
	{ "order-load-late", "a load may be made after a later store",
	  "A CPU may keep a load back until a later store of its own is "
	  "visible; a device that acts on the store can then write what the "
	  "load gives: load buffering. Native code does not say which store "
	  "hangs on what was loaded, and is taken to have none that does, so "
	  "this can be a false alarm.",
	  "Arm ARM, B2; RISC-V unprivileged ISA, RVWMO; VIRTIO 1.2, 2.7.13", 0 },
	{ "line-shared", "the driver stores into a line that the host writes to",
	  "A cache knows lines, no bytes. What is stored beside a buffer while "
	  "the device has it makes the line dirty: written back it comes over "
	  "what the device wrote, thrown away by POSTREAD it takes the store "
	  "with it. Only where devices do not snoop; the line is taken to have "
	  "64 bytes where the machine does not say.",
	  DMA ", bus_dmamap_sync, BUS_DMASYNC_PREREAD", 0 },
	{ "sync-loses-store", "POSTREAD comes over what the driver stored",
	  "POSTREAD makes the bytes what the device wrote: it copies from the "
	  "bounce pages, or throws lines away. A store that was made before it "
	  "and given to nobody is gone.",
	  DMA ", bus_dmamap_sync, BUS_DMASYNC_POSTREAD", 0 },
	{ "memory-uncached", "memory of a coherent bus is mapped uncached",
	  "Where devices snoop, or are a host's own code, they look into caches "
	  "that an uncached access passes by. On one machine hardware keeps "
	  "the two together; on another (a hypervisor that maps the guest's "
	  "memory cached, without FEAT_S2FWB) the host sees old lines.",
	  "bus_dmamem_map and bus_dmamem_mmap in " DMA "; Arm ARM, mismatched "
	  "memory attributes", 0 },
	{ "interrupt-race", "an interrupt may come between two accesses",
	  "Interrupts come between any two instructions that the level allows. "
	  "Here a handler came after both accesses, and touches the bytes of "
	  "both, one of each two accesses a store: had it come between them, "
	  "it would have seen, or left, half of what is done there. No run "
	  "goes that way, so nothing is said of what would come of it.",
	  "spl(9), mutex(9), intr_establish(9)", 0 },
	{ "data-race", "two CPUs access the same bytes in no order",
	  "One of the accesses is a store, and no lock, no interrupt and no "
	  "wakeup is between them: what is loaded may be the old value, the "
	  "new one or a part of each, and the compiler relies on it that "
	  "this does not happen.",
	  "mutex(9), intr_establish(9) with IPL_MPSAFE; C11, 5.1.2.4", 0 },
	/* --- the calls of bus_dma(9) --- */
	{ "dma-create-arguments", "bus_dmamap_create with impossible limits",
	  "Size, segment count and segment size are at least 1; a boundary is "
	  "a power of two and no less than a segment.",
	  DMA ", bus_dmamap_create", 0 },
	{ "dma-alloc-arguments", "bus_dmamem_alloc with impossible limits",
	  "Size and segment count are at least 1; alignment and boundary are "
	  "powers of two, and a boundary is no less than the size.",
	  DMA ", bus_dmamem_alloc", 0 },
	{ "dma-map-unknown", "a map that does not exist is used",
	  "The map was destroyed, or never created.", DMA, 0 },
	{ "dma-load-over-load", "a loaded map is loaded again",
	  "A map is unloaded before it is loaded again. Where loading only "
	  "computes addresses nothing comes of it; with an IOMMU the first "
	  "load's addresses leak and stay reachable for the device.",
	  DMA ", bus_dmamap_load", 0 },
	{ "dma-load-address", "what is loaded is not memory of the kernel",
	  "bus_dmamap_load takes memory of malloc(9) or a mapping of "
	  "bus_dmamem_map.", DMA ", bus_dmamap_load", 0 },
	{ "dma-load-stack", "a variable on the stack is loaded",
	  "The memory of a transfer stays where it is until the transfer is "
	  "over; a variable is gone when its function returns. Its cache "
	  "lines hold other variables, which a sync throws away.",
	  DMA ", bus_dmamap_load: pages are wired", 0 },
	{ "dma-load-freed", "memory is loaded that is not allocated",
	  "It was freed, or malloc(9) never gave it: the device will read or "
	  "write somebody else's.", DMA ", bus_dmamap_load; free(9)", 0 },
	{ "dma-load-beyond", "a load reaches past the end of an allocation",
	  "The bytes behind it belong to somebody else. As malloc(9) rounds "
	  "sizes up nothing may come of it, until sizes change.",
	  DMA ", bus_dmamap_load; malloc(9)", 0 },
	{ "dma-load-nothing", "a load of 0 bytes",
	  "The kernels then say that there is one segment, and it is what was "
	  "there before: the device gets an old address.",
	  DMA ", bus_dmamap_load", 0 },
	{ "dma-load-raw-unknown", "what is loaded raw was not allocated",
	  "bus_dmamap_load_raw takes the segments that bus_dmamem_alloc gave, "
	  "until they are freed.", DMA ", bus_dmamap_load_raw", 0 },
	{ "dma-load-raw-size", "more is loaded raw than the segments have",
	  "The kernels load what there is and say that all is loaded: dm_segs "
	  "have less than dm_mapsize.", DMA ", bus_dmamap_load_raw", 0 },
	{ "dma-direction", "a map is used against the direction of its load",
	  "BUS_DMA_READ promises that the device only writes memory, "
	  "BUS_DMA_WRITE that it only reads it; a kernel may rely on that. "
	  "With both, or neither, everything is allowed.",
	  DMA ", BUS_DMA_READ, BUS_DMA_WRITE", 0 },
	{ "dma-overlap", "two requests have the same bytes by two maps",
	  "The device writes bytes that it also has by another map, before "
	  "either request came back. Which comes last is not determined; with "
	  "bounce buffers each map has a copy, and the last POSTREAD wins.",
	  DMA ", bus_dmamap_sync", 0 },
	{ "dma-unload-posted", "a map is unloaded while the device has it",
	  "Its addresses are the device's until the request has come back, or "
	  "the device was reset. Where devices reach only what is loaded the "
	  "rest of the transfer is lost.",
	  DMA ", bus_dmamap_unload; VIRTIO 1.2, 2.7.13 and 3.3.1", 0 },
	{ "dma-unload-unloaded", "a map that is not loaded is unloaded",
	  "Unloading a map that is not loaded is invalid.",
	  DMA ", bus_dmamap_unload", 0 },
	{ "dma-sync-unloaded", "a map that is not loaded is synced",
	  "A sync concerns the memory that is loaded; without any it does "
	  "nothing.", DMA ", bus_dmamap_sync", 0 },
	{ "dma-sync-past-end", "a sync reaches past what is loaded",
	  "Offset and length lie within the loaded length. amd64 ignores the "
	  "rest without a word; arm64 without coherent caches panics.",
	  DMA ", bus_dmamap_sync", 0 },
	{ "dma-sync-operation", "a sync with no operation, or an unknown one",
	  "Each sync says what it is for.",
	  DMA ", bus_dmamap_sync", 0 },
	{ "dma-sync-unmapped", "a sync of memory that is not mapped any more",
	  "Kernels copy bounce buffers and clean cache lines by the address "
	  "that was loaded: bus_dmamem_unmap comes after the last sync.",
	  DMA ", bus_dmamap_sync, bus_dmamem_unmap", 0 },
	{ "dma-sync-mixed", "PRE and POST operations in one sync",
	  "Mixing PRE and POST operations is undefined.",
	  DMA ", bus_dmamap_sync", 0 },
	{ "dma-free-unknown", "DMA memory is freed that was not allocated",
	  "bus_dmamem_free takes the segments that bus_dmamem_alloc gave.",
	  DMA ", bus_dmamem_free", 0 },
	{ "dma-free-twice", "DMA memory is freed twice",
	  "Its pages may be somebody else's by now.",
	  DMA ", bus_dmamem_free", 0 },
	{ "dma-free-size", "DMA memory is freed in another size",
	  "bus_dmamem_free takes all the segments that bus_dmamem_alloc gave, "
	  "as they were: what is left out leaks, what is too much is somebody "
	  "else's.", DMA ", bus_dmamem_free", 0 },
	{ "dma-free-loaded", "memory is freed while a map has it loaded",
	  "What is loaded stays allocated: bus_dmamap_unload comes before "
	  "bus_dmamem_free and before free(9). It is fatal if the device has "
	  "been given it.", DMA ", bus_dmamap_load, bus_dmamem_free", 0 },
	{ "dma-free-mapped", "DMA memory is freed while it is mapped",
	  "bus_dmamem_unmap comes before bus_dmamem_free.",
	  DMA ", bus_dmamem_free", 0 },
	{ "dma-mem-map-unknown", "DMA memory is mapped that was not allocated",
	  "bus_dmamem_map takes the segments that bus_dmamem_alloc gave.",
	  DMA ", bus_dmamem_map", 0 },
	{ "dma-mem-map-size", "DMA memory is mapped in another size",
	  "The segments are mapped whole. With less, arm64 panics, and amd64 "
	  "where there are several segments; behind them nothing is mapped.",
	  DMA ", bus_dmamem_map", 0 },
	{ "dma-mmap-unknown", "a client is given memory that was not allocated",
	  "bus_dmamem_mmap takes the segments that bus_dmamem_alloc gave, "
	  "until they are freed.", DMA ", bus_dmamem_mmap", 0 },
	{ "dma-mmap-offset", "a client is given what is no page",
	  "The offset is that of a page. Kernels with DIAGNOSTIC, which is "
	  "the default, panic.", DMA ", bus_dmamem_mmap", 0 },
	{ "dma-call-in-interrupt", "a call that is for a process only",
	  "bus_dmamem_map and bus_dmamem_unmap must not be called from an "
	  "interrupt context, whatever their flags.",
	  DMA ", bus_dmamem_map, bus_dmamem_unmap", 0 },
	{ "dma-unmap-size", "a mapping is unmapped with another size",
	  "bus_dmamem_unmap takes the size that was mapped.",
	  DMA ", bus_dmamem_unmap", 0 },
	{ "dma-unmap-unknown", "what is unmapped was never mapped",
	  "bus_dmamem_unmap takes the address that bus_dmamem_map gave, not "
	  "the address of the variable that holds it.",
	  DMA ", bus_dmamem_unmap", 0 },
	/* --- kernel --- */
	{ "access-unmapped", "access to an address that maps nothing",
	  "In a kernel this is a page fault.", "pmap(9)", 0 },
	{ "access-freed", "access to memory that is not allocated",
	  "Use after free, or a wild pointer into the heap.", "malloc(9)", 0 },
	{ "access-beyond", "access past the end of an allocation",
	  "The bytes belong to somebody else.", "malloc(9)", 0 },
	{ "access-aborted", "access to physical memory that is not there",
	  "This machine aborts such an access, and the guest panics.",
	  "pmap(9)", 1 },
	{ "mbuf-leak", "an mbuf is kept by a driver that was detached",
	  "Of the mbufs that a driver took from a transmit queue, or got for "
	  "its receive ring, each is handed up or freed once. What its rings "
	  "hold when it stops is freed then; after a detach nobody knows of it "
	  "any more.", "mbuf(9), m_freem; if_detach in ifnet(9)", 0 },
	{ "mbuf-double-free", "an mbuf is freed twice",
	  "After m_freem(9), or after it was handed to if_input(9), an mbuf is "
	  "somebody else's.", "mbuf(9), m_freem", 0 },
	{ "mbuf-free-unknown", "what is freed is no mbuf",
	  "m_freem(9) takes what m_get(9) and its kind gave, and a chain whose "
	  "m_next is another such.", "mbuf(9), m_freem", 0 },
	{ "leak", "memory is not given back when an attach fails, or a detach",
	  "The device is given up, so nobody can free it any more. The same "
	  "goes for maps, and for registers that stay mapped.",
	  "autoconf(9); bus_dmamem_free in " DMA "; free(9); bus_space(9)", 0 },
	{ "interrupt-left-behind",
	  "an interrupt handler outlives the device's driver",
	  "The next interrupt calls it with memory that is freed, or with a "
	  "device that nobody has.", "pci_intr_map(9), pci_intr_disestablish",
	  0 },
	{ "timeout-left-behind", "a timeout outlives the device's driver",
	  "It will run later, on memory that is freed by then, or on a device "
	  "that was given up.", "timeout_del(9)", 0 },
	{ "detach-device-live", "the device goes on after its driver is gone",
	  "A driver MUST ensure that a virtqueue is not live, by a device "
	  "reset, before it takes away buffers that the device has. What it "
	  "frees the device may still read and write.",
	  "VIRTIO 1.2, 3.3.1", 0 },
	{ "register-unmap", "registers are unmapped that are not mapped so",
	  "bus_space_unmap takes the address and the size that were mapped.",
	  "bus_space(9)", 0 },
	{ "mbuf-bad", "an mbuf does not hold what it says",
	  "The lengths and pointers of an mbuf stay within its bytes, and "
	  "m_pkthdr.len is the sum of the m_len of the chain. A packet that is "
	  "handed up or taken apart is read by them.", "mbuf(9)", 0 },
	{ "ifnet-rule", "a rule of network interfaces is broken",
	  "What ifnet(9), ifq_enqueue(9), if_rxr_init(9) and their kind ask of "
	  "a driver; the text says which.", "ifnet(9)", 0 },
	{ "attach-confidential", "a driver that no confidential guest attaches",
	  "Where memory is encrypted, the kernel attaches only drivers whose "
	  "cfdriver says CD_COCOVM: those that were looked at for it. Here it "
	  "attaches, so that what lies behind is seen.",
	  "autoconf(9); struct cfdriver, cd_mode", 0 },
	{ "free-unknown", "free of what malloc did not give",
	  "In a kernel this panics or corrupts the heap.", "free(9)", 0 },
	{ "free-twice", "memory is freed twice",
	  "In a kernel this panics or corrupts the heap.", "free(9)", 0 },
	{ "free-mismatch", "free with another type or size than malloc",
	  "free(9) wants the type, and the size or 0.", "free(9)", 0 },
	{ "sleep-not-allowed", "the driver sleeps where it must not",
	  "Only a process may sleep.", "tsleep(9)", 0 },
	{ "sleep-in-interrupt", "the driver waits in an interrupt",
	  "Only a process may sleep; M_WAITOK may sleep.", "tsleep(9)", 0 },
	{ "mutex-held-twice", "a mutex is entered that is held already",
	  "The CPU would wait for itself.", "mutex(9)", 0 },
	{ "mutex-not-held", "a mutex is left that is not held",
	  "mtx_leave belongs to mtx_enter.", "mutex(9)", 0 },
	{ "splassert", "code runs below the interrupt level it needs",
	  "splassert(9) failed.", "splassert(9)", 0 },
	{ "kernel-rule", "a rule of the kernel was broken",
	  "The sentence says which.", "the manual's section 9", 0 },
	{ "register-unclaimed", "a register access that no device claims",
	  "Reads give all ones, writes are gone.", "bus_space(9)", 0 },
	/* --- what follows from others --- */
	{ "display-differs", "the host does not show what was drawn",
	  "The picture that the host computes from what it saw is compared "
	  "with the one that the scenario intended, never with the "
	  "framebuffer.", "viotape explain scenario", 1 },
	{ "no-progress", "the guest waits for what will never happen",
	  "A loop polls, or a process sleeps, and neither the host nor a "
	  "timeout nor an interrupt will end it.", "", 1 },
	{ "step-failed", "a step of the scenario was not achieved",
	  "The guest returned an error, or a device never attached.", "", 1 },
	{ "guest-panic", "the guest panicked", "Its message is kept.",
	  "panic(9)", 1 },
	{ "host-aborted", "the host's access ended the guest",
	  "The device reached for memory that is not there, and this machine "
	  "aborts.", "", 1 },
	{ "host-died", "the host died", "A result: the trace ends with it.", "",
	  1 },
#define PACKET(id, title) { id, title, "Frames are compared as they cross " \
	"between stack and driver, and between driver and host.", \
	"viotape explain scenario", FINDING_MAY_FOLLOW }
	PACKET("packet-torn", "a packet has other bytes at the other end"),
	PACKET("packet-wrong-length", "a packet is shorter or longer at the "
	    "other end"),
	PACKET("packet-lost", "a packet never arrived"),
	PACKET("packet-doubled", "a packet arrived twice"),
	PACKET("packet-reordered", "a packet overtook another on its queue"),
	PACKET("packet-wrong-queue", "a packet arrived on another queue"),
	PACKET("packet-unknown", "a packet that nobody handed over"),
	PACKET("packet-too-long", "a packet longer than the hard mtu"),
	PACKET("packet-wrong-header", "virtio_net_hdr and the stack do not say "
	    "the same"),
	PACKET("packet-checksum-wrong", "a packet leaves with a wrong checksum"),
	PACKET("packet-content-wrong", "a program received other bytes than were"
	    " sent"),
	{ "packet-checksum-trusted", "a checksum is called right that nobody "
	  "looked at", "Without NEEDS_CSUM and DATA_VALID the host has not "
	  "said that it is right, and the stack has to look itself.",
	  "VIRTIO 1.2, 5.1.6.4.2", 0 },
	{ "queue-stuck", "packets wait in a ring and nobody was told",
	  "The driver made chains available and the notification is missing: "
	  "lost, or withheld by a look at a stale avail_event or flag.",
	  "VIRTIO 1.2, 2.7.13.3", FINDING_MAY_FOLLOW },
	{ "interrupt-lost", "packets wait in a used ring and nobody looks",
	  "The host gave them back after the driver looked for the last time "
	  "and before it said that it wants an interrupt.",
	  "VIRTIO 1.2, 2.7.7.1", FINDING_MAY_FOLLOW },
	/* --- VIRTIO: the ring --- */
#define RING(id, title, section) { id, title, "The device cannot go on, or " \
	"goes on with what it must not trust.", "VIRTIO 1.2, " section, 0 }
	RING("ring-index-jump", "avail.idx moved on by more than the queue has",
	    "2.7.6.1"),
	RING("ring-head-out-of-range", "the available ring names no descriptor",
	    "2.7.6"),
	RING("ring-head-in-flight", "a chain is made available twice",
	    "2.7.13.1"),
	RING("ring-descriptor-in-flight", "a descriptor that the device has is "
	    "used in another chain", "2.7.13.1"),
	RING("ring-descriptor-altered", "a descriptor of a chain that the device "
	    "has was written", "3.3.1"),
	RING("ring-used-written", "the used ring was written by the driver",
	    "2.7.8"),
	{ "ring-not-notified", "the device was not told of a chain",
	  "It had asked for notifications, a chain was made available, and "
	  "none came; now nobody will do anything any more. An index that was "
	  "read before the new avail.idx was visible is enough for this.",
	  "VIRTIO 1.2, 2.7.10.1", FINDING_MAY_FOLLOW },
	RING("ring-next-out-of-range", "a descriptor's next is out of range",
	    "2.7.5"),
	RING("ring-descriptor-loop", "a chain of descriptors has a loop",
	    "2.7.5.2"),
	RING("ring-order", "a readable descriptor after a writable one",
	    "2.7.4.2"),
	{ "ring-zero-length", "a descriptor of length 0",
	  "The specification has no rule for one; QEMU takes it for a broken "
	  "ring and stops the device.", "VIRTIO 1.2, 2.7.13.1; QEMU", 0 },
	RING("ring-chain-too-large", "a chain of more than 2^32 bytes",
	    "2.7.5.2"),
	RING("ring-chain-too-long", "a chain longer than the queue",
	    "2.7.5.3.1"),
	RING("ring-indirect-nested", "an indirect table in an indirect table",
	    "2.7.5.3.1"),
	RING("ring-indirect-length", "an indirect table of a broken length",
	    "2.7.5.3"),
	RING("ring-indirect-next", "a descriptor with INDIRECT and NEXT",
	    "2.7.5.3.1"),
	RING("ring-indirect-not-negotiated",
	    "an indirect table without the feature", "2.7.5.3.1"),
	RING("ring-not-in-order", "descriptors out of order with IN_ORDER",
	    "2.7.5.2"),
	RING("ring-avail-flags", "avail.flags have a value that is not theirs",
	    "2.7.7.1"),
	RING("ring-used-flags", "used.flags were not 0 at the beginning",
	    "2.7.10.1"),
	/* --- VIRTIO: the device --- */
#define DEV(id, title, section) { id, title, "A MUST of the specification " \
	"that this driver broke; a host may refuse or misbehave.", \
	"VIRTIO 1.2, " section, 0 }
	DEV("virtio-access-width", "a register was accessed with another width "
	    "than its own", "4.1.3.1"),
	DEV("virtio-reset-not-awaited", "the device was used before its reset "
	    "was complete", "4.1.4.3.2"),
	DEV("virtio-status-cleared", "a bit of device_status was taken back",
	    "2.1.1"),
	DEV("virtio-continued-after-failed", "the driver went on after FAILED",
	    "2.1.1"),
	DEV("virtio-init-order", "the steps of initialisation are out of order",
	    "3.1.1"),
	DEV("virtio-driver-ok-early", "DRIVER_OK without FEATURES_OK", "3.1.1"),
	DEV("virtio-features-ok-not-read", "FEATURES_OK was not read back",
	    "3.1.1"),
	DEV("virtio-feature-needs-another", "a feature was accepted without one "
	    "that it needs", "2.2.1, 5.1.3.1"),
	DEV("virtio-feature-not-offered", "a feature was accepted that was not "
	    "offered", "2.2.1"),
	DEV("virtio-features-changed", "features changed after FEATURES_OK",
	    "3.1.1"),
	DEV("virtio-version-1-not-accepted", "VERSION_1 was not accepted",
	    "6.1"),
	DEV("virtio-config-not-offered", "a field of the device configuration "
	    "was read that is not there", "2.5.1"),
	DEV("virtio-config-torn", "parts of a field from before and after a "
	    "change were put together", "2.5.1"),
	DEV("virtio-config-written-early", "device configuration written during "
	    "negotiation", "3.1.1"),
	DEV("virtio-queue-before-features-ok", "a queue was set up before "
	    "FEATURES_OK", "3.1.1"),
	DEV("virtio-queue-missing", "a queue was set up that the device does "
	    "not have", "4.1.5.1.3"),
	DEV("virtio-queue-size", "a queue size that cannot be", "4.1.4.3.2"),
	DEV("virtio-queue-enable-zero", "0 was written to queue_enable",
	    "4.1.4.3.2"),
	DEV("virtio-queue-enable-early", "a queue was enabled before it was set "
	    "up", "4.1.4.3.2"),
	DEV("virtio-queue-changed", "an enabled queue was changed",
	    "4.1.4.3.2"),
	{ "virtio-queue-vector-late", "the vector of an enabled queue was "
	  "changed", "A queue is configured before it is enabled, its MSI-X "
	  "vector too. Latent: hosts take another vector at any time, and "
	  "OpenBSD's virtio_pci(4) counted on it until 2024. One that did "
	  "not would interrupt by no vector, or by an old one.",
	  "VIRTIO 1.2, 4.1.4.3.2", FINDING_LET_PASS },
	DEV("virtio-queue-reset-not-awaited", "a queue was enabled before its "
	    "reset was complete", "4.1.4.3.2"),
	DEV("virtio-ring-misaligned", "a ring is not aligned", "2.7.1"),
	DEV("virtio-vector-out-of-range", "an MSI-X vector that there is not",
	    "4.1.5.1.2.2"),
	{ "virtio-vector-not-verified", "an MSI-X vector was not read back",
	  "The device may refuse a vector, and only reading it back shows it: "
	  "then no interrupt comes. Latent, for where the vector was refused "
	  "nothing works, and where it was not nothing shows.",
	  "VIRTIO 1.2, 4.1.5.1.2.2", FINDING_LET_PASS },
	DEV("virtio-field-not-negotiated", "a register was used that comes with "
	    "a feature that was not accepted", "2.6.1, 4.1.4.3"),
	DEV("virtio-capability-written", "a virtio capability in configuration "
	    "space was written", "4.1.4.1"),
	DEV("virtio-config-window", "configuration access to what is no virtio "
	    "structure", "4.1.4.9.2"),
	DEV("virtio-read-only-written", "a read-only register was written",
	    "4.1.4.3.2"),
	DEV("virtio-notify-before-driver-ok", "a notification before DRIVER_OK",
	    "3.1.1"),
	DEV("virtio-notify-value", "a notification with another queue's index",
	    "4.1.5.2"),
	{ "virtio-needs-reset-ignored", "the device needs a reset and gets none",
	  "A device that cannot go on sets DEVICE_NEEDS_RESET and serves no "
	  "request any more. The driver SHOULD NOT rely on requests being "
	  "completed then, and recovers by a reset. It is no MUST, so this is "
	  "latent, and what follows from it is told with it.",
	  "VIRTIO 1.2, 2.1.1", 0 },
	{ "gpu-event-not-cleared", "the display's event is never cleared",
	  "The driver SHOULD ask GET_DISPLAY_INFO at VIRTIO_GPU_EVENT_DISPLAY, "
	  "and clears the event by events_clear. While it stands a driver "
	  "cannot see the next one, and a host may not tell it again. "
	  "Nothing has to come of it, so it is latent.",
	  "VIRTIO 1.2, 5.7.4.1", 0 },
	DEV("virtio-legacy-features-ok", "FEATURES_OK through the legacy "
	    "interface", "3.1.2"),
	DEV("virtio-legacy-size-unread", "a legacy queue was set up without "
	    "asking for its size", "2.7.2"),
	DEV("virtio-legacy-page-size", "QueuePFN before GuestPageSize",
	    "4.2.4"),
	DEV("virtio-legacy-align", "QueueAlign is missing or no power of 2",
	    "4.2.4"),
	DEV("virtio-mmio-not-identified", "a window was used before its "
	    "MagicValue, Version and DeviceID were read", "4.2.3.1.1"),
	DEV("virtio-mmio-no-device", "an empty window was used", "4.2.3.1.1"),
	DEV("virtio-mmio-register", "an access of a window where there is no "
	    "register for it", "4.2.2.2"),
	DEV("virtio-mmio-select", "features without their selector",
	    "4.2.2.2"),
	DEV("virtio-mmio-stop-not-read", "a queue was stopped and QueueReady "
	    "not read back", "4.2.2.2"),
	DEV("virtio-mmio-ack", "undefined bits in InterruptACK", "4.2.2.2"),
	DEV("virtio-mmio-ack-unread", "an interrupt was acknowledged and "
	    "InterruptStatus not read", "4.2.3.4.1"),
	DEV("gpu-request-short", "a GPU request shorter than its structure",
	    "5.7.6.8"),
	DEV("gpu-response-short", "a GPU response has less room than it takes",
	    "5.7.6.8"),
	DEV("gpu-transfer-past-backing", "a transfer from past the end of the "
	    "backing", "5.7.6.8"),
	/* --- VIRTIO: the network device --- */
	DEV("net-rx-buffer-small", "a receive buffer that is too small",
	    "5.1.6.3.1"),
	DEV("net-rx-buffer-mtu", "a receive buffer that is too small for the "
	    "mtu", "5.1.4.2"),
	/* Of what was sent: a stale header or command breaks them, too. */
#define SENT(id, title, section) { id, title, "A MUST of the specification " \
	"that this driver broke; a host may refuse or misbehave.", \
	"VIRTIO 1.2, " section, FINDING_MAY_FOLLOW }
	SENT("net-header-short", "a packet that has not even its header",
	    "5.1.6.2"),
	SENT("net-packet-short", "a packet that has no Ethernet header",
	    "5.1.6.2"),
	SENT("net-packet-too-long", "a packet longer than the mtu", "5.1.4.2"),
	SENT("net-length-wrong", "a packet shorter than its IP header says",
	    "5.1.6.2"),
	SENT("net-num-buffers", "num_buffers of a packet that is sent is not 0",
	    "5.1.6.2.1"),
	SENT("net-flags", "flags of a packet that a driver must not set",
	    "5.1.6.2.1"),
	SENT("net-checksum-place", "csum_start and csum_offset name another place"
	    " than the checksum's", "5.1.6.2.1"),
	SENT("net-checksum-pseudo", "a promised checksum does not hold the sum of"
	    " the pseudo header", "5.1.6.2.1"),
	SENT("net-checksum-wrong", "a checksum that is not promised is wrong",
	    "5.1.6.2.1"),
	SENT("net-gso-not-negotiated", "a kind of segmentation that was not "
	    "negotiated", "5.1.6.2.1"),
	SENT("net-gso-type", "gso_type is not what the packet is", "5.1.6.2.1"),
	SENT("net-gso-no-checksum", "segmentation without a promised checksum",
	    "5.1.6.2.1"),
	SENT("net-gso-size", "segmentation into segments of no bytes",
	    "5.1.6.2.1"),
	SENT("net-gso-ecn", "segmentation with ECN that was not negotiated",
	    "5.1.6.2.1"),
	SENT("net-header-length", "hdr_len is not the length of the headers",
	    "5.1.6.2.1"),
	SENT("net-queue-not-enabled", "a packet on a queue pair that is not in "
	    "use", "5.1.6.5.6.1"),
	SENT("net-control-format", "a control command of a wrong form",
	    "5.1.6.5"),
	SENT("net-control-not-negotiated", "a control command whose feature was "
	    "not negotiated", "5.1.6.5"),
	SENT("net-control-value", "a control command with a value that cannot be"
	    , "5.1.6.5.1"),
	SENT("net-control-mac-table", "a multicast address among the unicast "
	    "ones, or the other way", "5.1.6.5.2.2"),
	SENT("net-control-pairs", "a number of queue pairs that cannot be",
	    "5.1.6.5.6.1"),
	SENT("net-control-offloads", "an offload is enabled that was not "
	    "negotiated", "5.1.6.5.8"),
};
#define NKINDS (sizeof kinds / sizeof kinds[0])

const struct finding_kind *
finding_kind_at(size_t n)
{
	return n < NKINDS ? &kinds[n] : NULL;
}

const struct finding_kind *
finding_kind_find(const char *id)
{
	for (size_t i = 0; i < NKINDS; i++)
		if (strcmp(kinds[i].id, id) == 0)
			return &kinds[i];
	return NULL;
}
