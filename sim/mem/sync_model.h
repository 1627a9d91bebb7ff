/*
 * sync_model.h: what bus_dmamap_sync(9) does on each architecture, as a table
 * of rules; MODEL.md explains them and says where each was read.
 */
#ifndef VIOTAPE_SYNC_MODEL_H
#define VIOTAPE_SYNC_MODEL_H

#include <stdint.h>

/* SYNC_CONTRACT is no kernel: it does what bus_dma(9) promises, no more. */
enum sync_arch { SYNC_AMD64, SYNC_ARM64, SYNC_RISCV64, SYNC_CONTRACT };
#define SYNC_ARCHS	4

/* Operations; the numbers are bus_dma(9)'s as in hypercall.h. */
#define SYNC_POSTREAD	0x1u
#define SYNC_POSTWRITE	0x2u
#define SYNC_PREREAD	0x4u
#define SYNC_PREWRITE	0x8u

struct sync_effect {
	int copy_in;		/* bounce page to memory, before copy_out */
	int copy_out;		/* memory to bounce page */
	int barrier;		/* a full barrier of the CPU */
	int clean;		/* dirty lines are written back, then ... */
	int invalidate;		/* ... lines go */
};

/* What ops do on this architecture, with bounce buffers or without. */
struct sync_effect sync_effect_of(enum sync_arch arch, int bounce,
    uint32_t ops);

/* The same where devices do not snoop the cache, and nothing bounces. */
struct sync_effect sync_effect_uncached(enum sync_arch arch, uint32_t ops);

const char *sync_arch_name(enum sync_arch arch);
int sync_arch_find(const char *name);		/* -1: none */

#endif
