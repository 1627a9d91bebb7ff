/* sync_model.c: what bus_dmamap_sync(9) does on each architecture. */
#include "sync_model.h"

#include <string.h>

static const char *const arch_names[] = { "amd64", "arm64", "riscv64" };

struct sync_effect
sync_effect_of(enum sync_arch arch, int bounce, uint32_t ops)
{
	struct sync_effect e = { 0, 0, 0 };

	if (bounce) {			/* rule S2: as bits, in this order */
		e.copy_in = (ops & SYNC_POSTREAD) != 0;
		e.copy_out = (ops & SYNC_PREWRITE) != 0;
		return e;
	}
	switch (arch) {
	case SYNC_AMD64:		/* rule S1: nothing at all */
		break;
	case SYNC_ARM64:		/* rule S3: a barrier, whatever ops */
	case SYNC_RISCV64:		/* rule S4: the same, I/O included */
		e.barrier = 1;
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
	for (int i = 0; i < 3; i++)
		if (strcmp(name, arch_names[i]) == 0)
			return i;
	return -1;
}
