/*
 * Registers and memory of devices, bus_space(9) and bus_dma(9).
 */
#ifndef _MACHINE_BUS_H_
#define _MACHINE_BUS_H_

#include <sys/types.h>

typedef u_long	bus_addr_t;
typedef u_long	bus_size_t;

/* --- bus_space(9) --- */

/* A handle is a physical address; a tag says what kind of registers. */
typedef struct bus_space	*bus_space_tag_t;
typedef u_long			 bus_space_handle_t;

extern struct bus_space mem_bus_space;	/* memory mapped registers */
extern struct bus_space io_bus_space;	/* I/O ports of PCI */

#define BUS_SPACE_MAP_CACHEABLE		0x01
#define BUS_SPACE_MAP_KSEG0		0x02
#define BUS_SPACE_MAP_LINEAR		0x04
#define BUS_SPACE_MAP_PREFETCHABLE	0x08

#define BUS_SPACE_BARRIER_READ		0x01
#define BUS_SPACE_BARRIER_WRITE		0x02

int bus_space_map(bus_space_tag_t, bus_addr_t, bus_size_t, int,
    bus_space_handle_t *);
void bus_space_unmap(bus_space_tag_t, bus_space_handle_t, bus_size_t);
int bus_space_subregion(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    bus_size_t, bus_space_handle_t *);
void bus_space_barrier(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    bus_size_t, int);

uint8_t bus_space_read_1(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint16_t bus_space_read_2(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint32_t bus_space_read_4(bus_space_tag_t, bus_space_handle_t, bus_size_t);
uint64_t bus_space_read_8(bus_space_tag_t, bus_space_handle_t, bus_size_t);
void bus_space_write_1(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    uint8_t);
void bus_space_write_2(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    uint16_t);
void bus_space_write_4(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    uint32_t);
void bus_space_write_8(bus_space_tag_t, bus_space_handle_t, bus_size_t,
    uint64_t);

/* --- bus_dma(9) --- */

#define BUS_DMA_WAITOK		0x0000
#define BUS_DMA_NOWAIT		0x0001
#define BUS_DMA_ALLOCNOW	0x0002
#define BUS_DMA_COHERENT	0x0004
#define BUS_DMA_BUS1		0x0010
#define BUS_DMA_BUS2		0x0020
#define BUS_DMA_BUS3		0x0040
#define BUS_DMA_BUS4		0x0080
#define BUS_DMA_READ		0x0100	/* the device writes memory */
#define BUS_DMA_WRITE		0x0200	/* the device reads memory */
#define BUS_DMA_STREAMING	0x0400
#define BUS_DMA_ZERO		0x0800
#define BUS_DMA_NOCACHE		0x1000
#define BUS_DMA_64BIT		0x2000

/* Operations of a sync; READ and WRITE are seen from memory. */
#define BUS_DMASYNC_POSTREAD	0x0001
#define BUS_DMASYNC_POSTWRITE	0x0002
#define BUS_DMASYNC_PREREAD	0x0004
#define BUS_DMASYNC_PREWRITE	0x0008

struct mbuf;
struct proc;
struct uio;

typedef struct bus_dma_tag	*bus_dma_tag_t;
typedef struct bus_dmamap	*bus_dmamap_t;

extern struct bus_dma_tag pci_bus_dma_tag;

/* Physical from bus_dmamem_alloc(), a bus address in a loaded map. */
typedef struct bus_dma_segment {
	bus_addr_t	ds_addr;
	bus_size_t	ds_len;
} bus_dma_segment_t;

struct bus_dmamap {
	uint64_t		 _dm_host;	/* number of the host's map */
	int			 _dm_segcnt;	/* room in dm_segs */
	bus_size_t		 _dm_size;	/* most that can be loaded */
	bus_size_t		 dm_mapsize;	/* 0: not loaded */
	int			 dm_nsegs;
	bus_dma_segment_t	 dm_segs[];
};

int bus_dmamap_create(bus_dma_tag_t, bus_size_t, int, bus_size_t, bus_size_t,
    int, bus_dmamap_t *);
void bus_dmamap_destroy(bus_dma_tag_t, bus_dmamap_t);
int bus_dmamap_load(bus_dma_tag_t, bus_dmamap_t, void *, bus_size_t,
    struct proc *, int);
int bus_dmamap_load_mbuf(bus_dma_tag_t, bus_dmamap_t, struct mbuf *, int);
int bus_dmamap_load_uio(bus_dma_tag_t, bus_dmamap_t, struct uio *, int);
int bus_dmamap_load_raw(bus_dma_tag_t, bus_dmamap_t, bus_dma_segment_t *, int,
    bus_size_t, int);
void bus_dmamap_unload(bus_dma_tag_t, bus_dmamap_t);
void bus_dmamap_sync(bus_dma_tag_t, bus_dmamap_t, bus_addr_t, bus_size_t, int);

int bus_dmamem_alloc(bus_dma_tag_t, bus_size_t, bus_size_t, bus_size_t,
    bus_dma_segment_t *, int, int *, int);
int bus_dmamem_alloc_range(bus_dma_tag_t, bus_size_t, bus_size_t, bus_size_t,
    bus_dma_segment_t *, int, int *, int, bus_addr_t, bus_addr_t);
void bus_dmamem_free(bus_dma_tag_t, bus_dma_segment_t *, int);
int bus_dmamem_map(bus_dma_tag_t, bus_dma_segment_t *, int, size_t, caddr_t *,
    int);
void bus_dmamem_unmap(bus_dma_tag_t, caddr_t, size_t);
paddr_t bus_dmamem_mmap(bus_dma_tag_t, bus_dma_segment_t *, int, off_t, int,
    int);

#endif
