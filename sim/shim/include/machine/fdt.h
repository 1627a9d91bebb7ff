/*
 * What a driver found through the device tree is attached with.
 */
#ifndef _MACHINE_FDT_H_
#define _MACHINE_FDT_H_

#include <sys/types.h>
#include <machine/bus.h>

struct fdt_reg {
	uint64_t	addr;
	uint64_t	size;
};

struct fdt_attach_args {
	const char		*fa_name;	/* of the node */
	int			 fa_node;
	bus_space_tag_t		 fa_iot;
	bus_dma_tag_t		 fa_dmat;
	struct fdt_reg		*fa_reg;
	int			 fa_nreg;
	uint32_t		*fa_intr;
	int			 fa_nintr;
	int			 fa_acells;
	int			 fa_scells;
};

/* Node, level, handler, its argument, name; NULL if it could not be done. */
void *fdt_intr_establish(int, int, int (*)(void *), void *, char *);
void *fdt_intr_establish_idx(int, int, int, int (*)(void *), void *, char *);
void fdt_intr_disestablish(void *);

#endif
