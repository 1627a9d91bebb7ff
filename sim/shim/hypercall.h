/*
 * hypercall.h: the one door between the guest world and the host world.
 *
 * The guest world is the driver under test and the kernel API below it
 * (kern_*.c, include/): instrumented, freestanding, one shared object.  The
 * host world is everything else.  They share no other header and no source
 * file; plain C types only, so that neither sees the other's <stdint.h>.
 *
 * Call sequence of a run:
 *
 *	host: dlopen the guest, look up guest_entry_get
 *	host: e = guest_entry_get(&hypercalls)
 *	host, in a fiber: e->boot()			attach every device
 *	host, in a fiber: e->op(...)			one step of the scenario
 *	host, in any fiber, at a hypercall or when a spl is lowered:
 *	      e->interrupt(token), e->softintr(token), e->timeout(token)
 *
 * Every function of struct hypercall is called by guest code on a fiber's
 * stack and may switch fibers before it returns.  Unless it says otherwise it
 * returns 0 for success or a positive errno of OpenBSD's numbering.  Pointers
 * given by the guest are read before the call returns and not kept; a "token"
 * is a number that the host gives back without looking into it.
 */
#ifndef VIOTAPE_HYPERCALL_H
#define VIOTAPE_HYPERCALL_H

typedef unsigned long long hc_u64;
typedef unsigned int hc_u32;

/* Changes whenever a structure or a number below changes. */
#define HYPERCALL_VERSION	7

/* Interrupt priority levels, low to high; spl(9).  IPL_MPSAFE is a flag, given
   to intr_establish. */
#define HC_IPL_MPSAFE	0x100u
enum hc_ipl {
	HC_IPL_NONE = 0, HC_IPL_SOFT = 1, HC_IPL_SOFTCLOCK = 2,
	HC_IPL_SOFTNET = 3, HC_IPL_SOFTTTY = 4, HC_IPL_BIO = 5, HC_IPL_NET = 6,
	HC_IPL_TTY = 7, HC_IPL_VM = 8, HC_IPL_AUDIO = 9, HC_IPL_CLOCK = 10,
	HC_IPL_SCHED = 11, HC_IPL_HIGH = 12
};

/* The CPU's barriers, membar_sync(9) and the virtio_ forms. */
enum hc_barrier {
	HC_BARRIER_SYNC = 0,		/* everything before, everything after */
	HC_BARRIER_PRODUCER = 1,	/* stores before, stores after */
	HC_BARRIER_CONSUMER = 2,	/* loads before, loads after */
	HC_BARRIER_ENTER = 3,		/* membar_enter */
	HC_BARRIER_EXIT = 4		/* membar_exit */
};

/* One segment of DMA memory: a physical address before load, bus after. */
struct hc_segment {
	hc_u64 addr;
	hc_u64 len;
};

/* bus_dma(9) flags and sync operations, as the drivers' headers number them. */
#define HC_DMA_NOWAIT		0x0001u
#define HC_DMA_ALLOCNOW		0x0002u
#define HC_DMA_COHERENT		0x0004u
#define HC_DMA_READ		0x0100u
#define HC_DMA_WRITE		0x0200u
#define HC_DMA_STREAMING	0x0400u
#define HC_DMA_ZERO		0x0800u
#define HC_DMA_NOCACHE		0x1000u
#define HC_DMA_64BIT		0x2000u

#define HC_SYNC_POSTREAD	0x1u
#define HC_SYNC_POSTWRITE	0x2u
#define HC_SYNC_PREREAD		0x4u
#define HC_SYNC_PREWRITE	0x8u

#define HC_SEGMENTS_MAX		256u	/* segments of one map or allocation */
#define HC_FREED_BYTE		0xdf	/* in what nobody is promised */

/* malloc(9) flags that the host looks at. */
#define HC_M_WAITOK		0x1u
#define HC_M_NOWAIT		0x2u
#define HC_M_CANFAIL		0x4u
#define HC_M_ZERO		0x8u
#define HC_M_KERNEL		0x10u	/* part of what is told otherwise */

/* Protection and attributes of a user mapping. */
#define HC_PROT_READ		0x1u
#define HC_PROT_WRITE		0x2u
#define HC_MAP_NOCACHE		0x1u	/* pmap(9)'s PMAP_NOCACHE */
#define HC_MAP_WRITECOMBINE	0x2u
#define HC_MAP_DEVICE		0x4u

/* A piece of a frame: guest memory. */
struct hc_piece {
	const void *at;
	hc_u64 len;
};

/*
 * What stack and driver promise each other of a frame.  OUT: left to the
 * driver or its device; IN: the driver says that it was looked at.
 */
#define HC_NET_CSUM_IPV4_OUT	0x0001u
#define HC_NET_CSUM_TCP_OUT	0x0002u
#define HC_NET_CSUM_UDP_OUT	0x0004u
#define HC_NET_CSUM_IPV4_IN_OK	0x0008u
#define HC_NET_CSUM_IPV4_IN_BAD	0x0010u
#define HC_NET_CSUM_TCP_IN_OK	0x0020u
#define HC_NET_CSUM_TCP_IN_BAD	0x0040u
#define HC_NET_CSUM_UDP_IN_OK	0x0080u
#define HC_NET_CSUM_UDP_IN_BAD	0x0100u
#define HC_NET_VLAN		0x0200u	/* a tag beside the frame */
#define HC_NET_TSO		0x0400u	/* to be cut into segments of mss */
#define HC_NET_LRO		0x0800u	/* joined from segments of mss */

/* An interface; numbers as <net/if.h> has them. */
struct hc_net_state {
	unsigned char mac[6];
	unsigned char attached;		/* 0: it is gone */
	unsigned char pad;
	hc_u32 link_state;		/* LINK_STATE_* */
	hc_u32 flags;			/* IFF_* */
	hc_u32 mtu, hardmtu;
	hc_u32 capabilities;		/* IFCAP_* of the driver */
	hc_u32 capenable;		/* ... that are in use */
	hc_u32 tx_queues, rx_queues;
	hc_u64 baudrate;
};

/* No timeout: INFSLP of tsleep_nsec(9). */
#define HC_FOREVER		(~0ull)

struct hypercall {
	hc_u32 version;

	/* --- what the kernel says, and how it ends --- */

	void (*print)(const char *bytes, hc_u64 len);	/* to the dmesg */
	/* panic(9): a finding; ends the run. */
	void (*panic)(const char *text) __attribute__((noreturn));
	/* A kernel function that is not modelled: stops with its name. */
	void (*unmodelled)(const char *function) __attribute__((noreturn));
	/*
	 * A kernel rule was broken (splassert, a lock held twice, wrong type
	 * in free): rule is a finding's id, text one sentence.  Returns.
	 */
	void (*rule_broken)(const char *rule, const char *text);

	/* --- malloc(9) --- */

	/* Guest memory of size bytes, or NULL; type is malloc(9)'s. */
	void *(*kmem_alloc)(hc_u64 size, hc_u32 type, hc_u32 flags);
	/* size 0 means "not told", as in free(9). */
	void (*kmem_free)(void *p, hc_u32 type, hc_u64 size);

	/* --- pool(9), for mbufs and their clusters --- */

	/*
	 * An item of size bytes (a multiple of 64, at most 65536), without a
	 * break in physical memory; items of one size lie side by side.  With
	 * HC_M_NOWAIT NULL if there is none.
	 */
	void *(*pool_get)(hc_u32 size, hc_u32 flags);
	void (*pool_put)(void *item, hc_u32 size);
	/*
	 * 1 if p is an item that is in use; else 0, and the rule is broken
	 * that what is freed was given.
	 */
	int (*pool_used)(const void *p);
	/* Nobody has a reason to keep an item any more: who does, leaks. */
	void (*pool_leaks)(void);

	/* --- bus_dma(9); a map is known by a number, never 0 --- */

	int (*dmamap_create)(hc_u64 size, hc_u32 nsegments, hc_u64 maxsegsz,
	    hc_u64 boundary, hc_u32 flags, hc_u64 *map);
	void (*dmamap_destroy)(hc_u64 map);
	/*
	 * Loads [kva, kva + len); fills at most HC_SEGMENTS_MAX segments.
	 * append is 1 for the further pieces of one load (mbuf, uio).
	 */
	int (*dmamap_load)(hc_u64 map, const void *kva, hc_u64 len, hc_u32 flags,
	    int append, struct hc_segment *segs, hc_u32 *nsegs);
	/* Loads physical segments, bus_dmamap_load_raw(9). */
	int (*dmamap_load_raw)(hc_u64 map, const struct hc_segment *raw,
	    hc_u32 nraw, hc_u64 len, hc_u32 flags, struct hc_segment *segs,
	    hc_u32 *nsegs);
	void (*dmamap_unload)(hc_u64 map);
	void (*dmamap_sync)(hc_u64 map, hc_u64 offset, hc_u64 len, hc_u32 ops);
	int (*dmamem_alloc)(hc_u64 size, hc_u64 alignment, hc_u64 boundary,
	    hc_u64 low, hc_u64 high, hc_u32 nsegs_max, hc_u32 flags,
	    struct hc_segment *segs, hc_u32 *nsegs);
	void (*dmamem_free)(const struct hc_segment *segs, hc_u32 nsegs);
	int (*dmamem_map)(const struct hc_segment *segs, hc_u32 nsegs,
	    hc_u64 size, hc_u32 flags, void **kva);
	void (*dmamem_unmap)(void *kva, hc_u64 size);
	/* A physical address with attributes in its low bits, or ~0. */
	hc_u64 (*dmamem_mmap)(const struct hc_segment *segs, hc_u32 nsegs,
	    hc_u64 offset, hc_u32 prot, hc_u32 flags);

	/* --- registers, bus_space(9); physical addresses, size 1 2 4 8 --- */

	int (*reg_map)(hc_u64 pa, hc_u64 size);
	void (*reg_unmap)(hc_u64 pa, hc_u64 size);
	hc_u64 (*reg_read)(hc_u64 pa, hc_u32 size);
	void (*reg_write)(hc_u64 pa, hc_u32 size, hc_u64 value);

	/* --- PCI; bdf is bus << 8 | device << 3 | function --- */

	/* 1 if this machine has a PCI host; then its buses are 0 to 255. */
	int (*pci_present)(void);
	hc_u32 (*pci_conf_read)(hc_u32 bdf, hc_u32 offset);	/* 4 bytes */
	void (*pci_conf_write)(hc_u32 bdf, hc_u32 offset, hc_u32 value);
	/* The interrupt number of pin 1 to 4 (INTA to INTD). */
	int (*pci_intx_irq)(hc_u32 bdf, hc_u32 pin, hc_u32 *irq);
	/*
	 * An address and a datum that a device may write to interrupt, and
	 * the interrupt number that this makes; ENODEV without MSIs.
	 */
	int (*msi_alloc)(hc_u32 bdf, hc_u32 vector, hc_u64 *addr, hc_u32 *data,
	    hc_u32 *irq);
	void (*msi_free)(hc_u32 irq);

	/* --- the device tree, as a flattened blob; NULL without one --- */

	const void *(*fdt)(hc_u64 *size);
	int (*fdt_irq)(hc_u32 node, hc_u32 index, hc_u32 *irq);
	/* The driver has work for n CPUs, intrmap_create(9). */
	void (*spread)(hc_u32 n);

	/* --- interrupts, spl(9), softintr, timeout(9), sleep(9) --- */

	int (*intr_establish)(hc_u32 irq, hc_u32 ipl, hc_u64 token,
	    const char *name);
	void (*intr_disestablish)(hc_u64 token);
	/* Waits until no handler of token runs. */
	void (*intr_barrier)(hc_u64 token);
	/* Sets the level, returns the old one; lowering delivers. */
	int (*spl)(int level);
	int (*spl_get)(void);
	void (*softintr_schedule)(hc_u64 token, hc_u32 ipl);
	void (*softintr_cancel)(hc_u64 token);
	/* Fires e->timeout(token) once, at softclock, after ns of virtual time. */
	/* mpsafe: it needs no kernel lock, as HC_IPL_MPSAFE of the others says. */
	void (*timer_set)(hc_u64 token, hc_u64 ns, hc_u32 mpsafe);
	int (*timer_del)(hc_u64 token);		/* 1 if it was pending */
	hc_u64 (*uptime_ns)(void);
	/* What the client's steps have waited so far: for what the kernel does
	   once in a while, and no driver sees when (MODEL.md, X6). */
	hc_u64 (*waited_ns)(void);
	void (*delay_us)(hc_u64 us);
	/* One turn of a loop that waits for the host: CPU_BUSY_CYCLE. */
	void (*busy)(void);
	/* What orders one CPU's accesses before another's, and is no call of
	   its own: another CPU may go on here. */
	void (*turn)(hc_u64 token);
	/* One turn of a loop that waits for what another CPU has begun. */
	void (*others)(void);
	/* From take 1 to take 0 the kernel is at something of its own, under a
	   lock that nobody waits for: no other CPU goes on in between. */
	void (*own)(hc_u64 what, int take);
	/*
	 * From own 1 on the kernel's own code runs in this context, from own 0
	 * a driver's, as when the context began: what it was (MODEL.md, R3).
	 */
	int (*kernel)(int own);
	/* 0 when woken, EWOULDBLOCK after ns. */
	int (*sleep)(hc_u64 channel, hc_u64 ns, const char *why);
	void (*wakeup)(hc_u64 channel, hc_u32 n);	/* n 0: all */
	int (*can_sleep)(void);			/* 1 in process context */
	void (*mtx_enter)(hc_u64 mtx, int ipl, const char *name);
	int (*mtx_enter_try)(hc_u64 mtx, int ipl, const char *name);
	void (*mtx_leave)(hc_u64 mtx);
	int (*mtx_owned)(hc_u64 mtx);
	void (*kernel_lock)(int enter);
	void (*barrier)(int kind);		/* enum hc_barrier */

	/* --- the user's side of mmap(2) --- */

	/*
	 * Maps one page of the physical address that a driver's mmap gave;
	 * NULL if the run ended because of it.  The pages of consecutive
	 * calls with the same window lie side by side; window 0 to 3.
	 */
	void *(*user_map)(hc_u32 window, hc_u64 index, hc_u64 pa, hc_u32 prot,
	    hc_u32 attributes);
	void (*user_unmap)(hc_u32 window);

	/* --- what the host should know of the display's console --- */

	/* A console screen is on the display: its cells and their place. */
	void (*console_geometry)(hc_u32 rows, hc_u32 columns, hc_u32 x, hc_u32 y);

	/*
	 * A function of the driver has just returned an answer that the guest
	 * will act upon (a page of its mmap): the host notes the line that the
	 * answer came from.  Call it before anything else is touched: take
	 * the pointer to it before the driver is called.
	 */
	void (*answered)(void);

	/*
	 * The attach function of the device softc begins, or (NULL) has
	 * returned: what it takes in between belongs to it.  The softc itself
	 * is the kernel's until the device is detached.
	 */
	void (*attaching)(const void *softc);

	/*
	 * Whether a function of the kernel that can fail, and takes nothing
	 * from the host, shall fail now; call is its name.
	 */
	int (*fails)(const char *call);

	/* --- what the host should know of network interfaces --- */

	/*
	 * A frame crosses between stack and driver: the driver has taken it
	 * from transmit queue `queue' (dir 0), or hands it up from receive
	 * queue `queue' (dir 1).  flags are HC_NET_*, mss belongs to
	 * HC_NET_TSO and HC_NET_LRO and is 0 without.
	 */
	void (*net_frame)(hc_u32 dir, hc_u32 queue,
	    const struct hc_piece *pieces, hc_u32 npieces, hc_u32 flags,
	    hc_u32 mss);
	/* What an interface is: when it attaches and whenever it changes. */
	void (*net_state)(const char *name, const struct hc_net_state *state);
	/* What the step under way received for its own use, in order. */
	void (*net_content)(const void *bytes, hc_u64 len);
};

/*
 * Steps of a scenario that the guest takes (the host takes wait and expect by
 * itself).  op() returns 0, or an errno: the step was not achieved.
 *
 * The console's text.  A screen has rows x columns of cells, foreground 7
 * (white) on background 0 (black) at first.  Printable ASCII is drawn and the
 * column grows; a character that would start beyond the last column first goes
 * to the start of the next row.  \n: start of the next row; \r: start of this
 * row; \b: one column left, not beyond the first; \t: to the next multiple of
 * eight, at most the last column.  A next row beyond the last scrolls by one
 * row, the new row being erased in the present background.  ESC [ n m with n
 * 0 (white on black), 1 (bright foreground), 7 (swap both colours), 30 to 37
 * (foreground), 40 to 47 (background), several with ';' between; ESC [ H:
 * first row and column; ESC [ J: erase from the cursor to the end of the
 * screen in the present background, ESC [ 2 J: the whole screen, cursor stays.
 * The cell at the cursor is shown with its pixels inverted (each of red, green
 * and blue becomes 255 minus itself) in text mode; beyond the last column, the
 * cursor shows in the last.
 */
enum hc_op {
	HC_OP_TEXT = 1,		/* text: to the present screen */
	HC_OP_SCREEN = 2,	/* arg 0: show screen n (0 to 3), made if new */
	HC_OP_GRAPHICS = 3,	/* a fresh console into graphics mode */
	HC_OP_TEXTMODE = 4,	/* back to text; the screen is drawn again */
	HC_OP_MAP = 5,		/* mmap the framebuffer, page by page */
	HC_OP_UNMAP = 6,
	/* Draw through the mapping. args: x, y, width, height, 0xRRGGBB */
	HC_OP_FILL = 7,
	/*
	 * args: x, y, width, height, seed.  The pixel at (x + i, y + j) gets
	 * the low 24 bits of h, all modulo 2^32:
	 *	h = seed * 2654435761 + j * 40503 * 65537 + i * 2246822519
	 *	h ^= h >> 15;  h *= 2246822519;  h ^= h >> 13
	 */
	HC_OP_PATTERN = 8,
	/* args: x, y, width, height, to x, to y: copy within the mapping */
	HC_OP_COPY = 9,
	HC_OP_DETACH = 10,	/* detach the device on a bus that came last */
	HC_OP_RAISE = 11,	/* arg 0: a test's own entry; tests only */
	HC_OP_ATTACH = 12,	/* offer what has no driver to the drivers again */

	/*
	 * The first network interface.  An address is a number whose highest
	 * byte comes first on the wire, so 10.0.2.2 is 0x0a000202 and a MAC
	 * has 48 bits.
	 */
	HC_OP_NET_UP = 32,	/* args: address, bits of the prefix; or 0, 0 */
	HC_OP_NET_DOWN = 33,
	HC_OP_NET_DHCP = 34,	/* until bound; fails after 10 s */
	HC_OP_NET_PING = 35,	/* address, count, bytes; 1 s for each answer */
	HC_OP_NET_UDP = 36,	/* address, port, count, bytes */
	HC_OP_NET_ECHO = 37,	/* the same; each must come back, within 1 s */
	HC_OP_NET_STREAM_OUT = 38,	/* address, port, bytes, mss */
	HC_OP_NET_STREAM_IN = 39,	/* address, port, bytes */
	HC_OP_NET_TFTP = 40,	/* address; text: the file's name */
	HC_OP_NET_MTU = 41,	/* bytes; 1: it must be refused */
	HC_OP_NET_PROMISC = 42,	/* 1 on, 0 off */
	HC_OP_NET_ALLMULTI = 43,
	HC_OP_NET_JOIN = 44,	/* a multicast MAC */
	HC_OP_NET_LEAVE = 45,
	HC_OP_NET_LLADDR = 46,	/* a MAC */
	/*
	 * args: count, seed, address (0: 10.0.2.2).  Datagrams of any size
	 * that the MTU allows, to port 7 (each must come back) or 9.
	 */
	HC_OP_NET_BURST = 47,
	HC_OP_NET_FRAME = 48	/* text: a frame as hexadecimal digits */
};

/* A font of fixed size; a row of a glyph is (width + 7) / 8 bytes, high first. */
struct hc_font {
	hc_u32 width, height;
	hc_u32 first, count;		/* characters first to first + count - 1 */
	const unsigned char *glyphs;	/* count x height x bytes a row */
};

struct guest_entry {
	hc_u32 version;			/* HYPERCALL_VERSION */
	/* Finds and attaches all devices; in process context. */
	void (*boot)(void);
	int (*op)(hc_u32 op, const hc_u64 args[6], const char *text);
	void (*interrupt)(hc_u64 token);
	void (*softintr)(hc_u64 token);
	void (*timeout)(hc_u64 token);
	/* For the display oracle: what text looks like. */
	const struct hc_font *font;
	const hc_u32 *palette;		/* 16 colours, 0xRRGGBB */
};

/* The guest's only exported function. */
const struct guest_entry *guest_entry_get(const struct hypercall *calls);

#endif
