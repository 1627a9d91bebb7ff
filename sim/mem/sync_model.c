/* sync_model.c: what bus_dmamap_sync(9) does on each architecture. */
#include "sync_model.h"

#include <string.h>

static const char *const arch_names[] = { "amd64", "arm64", "riscv64",
    "contract" };

struct sync_effect
sync_effect_of(enum sync_arch arch, int bounce, uint32_t ops)
{
	struct sync_effect e = { 0, 0, 0, 0, 0 };

	if (bounce) {			/* rule S2: as bits, in this order */
		e.copy_in = (ops & SYNC_POSTREAD) != 0;
		e.copy_out = (ops & SYNC_PREWRITE) != 0;
		e.barrier = arch == SYNC_CONTRACT;	/* rule S7 */
		return e;
	}
	switch (arch) {
	case SYNC_AMD64:		/* rule S1: nothing at all */
		break;
	case SYNC_ARM64:		/* rule S3: a barrier, whatever ops */
	case SYNC_RISCV64:		/* rule S4: the same, I/O included */
	case SYNC_CONTRACT:		/* rule S7: any sync flushes stores */
		e.barrier = 1;
		break;
	}
	return e;
}

/*
 * Rule S5, arm64: an exact switch over the operations, as its bus_dma.c has
 * it; what is not listed falls through and does nothing.  amd64 has no such
 * machine (S1).  Rule S6: riscv64 is taken to do as arm64.
 */
struct sync_effect
sync_effect_uncached(enum sync_arch arch, uint32_t ops)
{
	struct sync_effect e = { 0, 0, 0, 0, 0 };

	if (arch == SYNC_AMD64)
		return e;
	if (arch == SYNC_CONTRACT) {	/* rule S7: each bit by itself */
		e.barrier = 1;
		e.clean = (ops & (SYNC_PREREAD | SYNC_PREWRITE)) != 0;
		e.invalidate = (ops & (SYNC_PREREAD | SYNC_POSTREAD)) != 0;
		return e;
	}
	switch (ops) {
	case SYNC_PREREAD:
	case SYNC_PREREAD | SYNC_PREWRITE:
		e.clean = e.invalidate = 1;
		break;
	case SYNC_PREWRITE:
		e.clean = 1;
		break;
	case SYNC_POSTREAD:
	case SYNC_POSTREAD | SYNC_POSTWRITE:
		e.barrier = e.invalidate = 1;
		break;
	default:
		break;
	}
	return e;
}

const char *
sync_arch_name(enum sync_arch arch)
{
	return arch_names[arch];
}

int
sync_arch_find(const char *name)
{
	for (int i = 0; i < SYNC_ARCHS; i++)
		if (strcmp(name, arch_names[i]) == 0)
			return i;
	return -1;
}
