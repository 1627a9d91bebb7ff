/*
 * kern_pci_map.c: base address registers, pci_mapreg_map(9).
 *
 * The firmware has given every register its address; a guest that has to
 * assign one itself is not modelled.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kern_var.h"

/* Type and, of memory, width: what drivers compare. */
#define PCI_MAPREG_TYPEBITS(mr)						\
	(PCI_MAPREG_TYPE(mr) == PCI_MAPREG_TYPE_IO ?			\
	    PCI_MAPREG_TYPE_IO :					\
	    PCI_MAPREG_TYPE_MEM | PCI_MAPREG_MEM_TYPE(mr))

static int
pci_mapreg_ok(int reg)
{
	return reg >= PCI_MAPREG_START && reg < PCI_MAPREG_END &&
	    (reg & 0x3) == 0;
}

/*
 * The bits of the register that can be set: all ones are written, what stays
 * is read, and the address put back; PCI 3.0, section 6.2.5.1.
 */
static pcireg_t
pci_mapreg_mask(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t old)
{
	pcireg_t mask;
	int s;

	s = splhigh();
	pci_conf_write(pc, tag, reg, 0xffffffff);
	mask = pci_conf_read(pc, tag, reg);
	pci_conf_write(pc, tag, reg, old);
	splx(s);
	return mask;
}

pcireg_t
pci_mapreg_type(pci_chipset_tag_t pc, pcitag_t tag, int reg)
{
	return PCI_MAPREG_TYPEBITS(pci_conf_read(pc, tag, reg));
}

/* 1 and the type if the register is there, 0 if not. */
int
pci_mapreg_probe(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t *type)
{
	pcireg_t address, mask;

	address = pci_conf_read(pc, tag, reg);
	mask = pci_mapreg_mask(pc, tag, reg, address);
	if (mask == 0)
		return 0;
	if (type != NULL)
		*type = PCI_MAPREG_TYPEBITS(address);
	return 1;
}

static int
pci_mapreg_io_info(pci_chipset_tag_t pc, pcitag_t tag, int reg,
    bus_addr_t *base, bus_size_t *size, int *flags)
{
	pcireg_t address, mask;

	address = pci_conf_read(pc, tag, reg);
	if (PCI_MAPREG_TYPE(address) != PCI_MAPREG_TYPE_IO)
		return EINVAL;
	mask = pci_mapreg_mask(pc, tag, reg, address);
	if (PCI_MAPREG_IO_ADDR(mask) == 0)
		return ENOENT;		/* there is no such register */
	if (base != NULL)
		*base = PCI_MAPREG_IO_ADDR(address);
	if (size != NULL)
		*size = PCI_MAPREG_IO_SIZE(mask);
	if (flags != NULL)
		*flags = 0;
	return 0;
}

int
pci_mapreg_info(pci_chipset_tag_t pc, pcitag_t tag, int reg, pcireg_t type,
    bus_addr_t *base, bus_size_t *size, int *flags)
{
	uint64_t address, mask;
	pcireg_t low;

	if (!pci_mapreg_ok(reg))
		return EINVAL;
	if (PCI_MAPREG_TYPE(type) == PCI_MAPREG_TYPE_IO)
		return pci_mapreg_io_info(pc, tag, reg, base, size, flags);
	low = pci_conf_read(pc, tag, reg);
	if (PCI_MAPREG_TYPEBITS(low) != PCI_MAPREG_TYPEBITS(type))
		return EINVAL;
	address = PCI_MAPREG_MEM_ADDR(low);
	mask = PCI_MAPREG_MEM_ADDR(pci_mapreg_mask(pc, tag, reg, low)) |
	    0xffffffff00000000ULL;
	if (PCI_MAPREG_MEM_TYPE(low) == PCI_MAPREG_MEM_TYPE_64BIT) {
		pcireg_t high;

		if (!pci_mapreg_ok(reg + 4))
			return EINVAL;
		high = pci_conf_read(pc, tag, reg + 4);
		address |= (uint64_t)high << 32;
		mask &= (uint64_t)pci_mapreg_mask(pc, tag, reg + 4, high) <<
		    32 | 0xffffffff;
	}
	if (PCI_MAPREG_MEM_ADDR(mask) == 0)
		return ENOENT;		/* there is no such register */
	if (base != NULL)
		*base = address;
	if (size != NULL)
		*size = ~mask + 1;
	if (flags != NULL)
		*flags = PCI_MAPREG_MEM_PREFETCHABLE(low) ?
		    BUS_SPACE_MAP_PREFETCHABLE : 0;
	return 0;
}

int
pci_mapreg_map(struct pci_attach_args *pa, int reg, pcireg_t type, int flags,
    bus_space_tag_t *tagp, bus_space_handle_t *handlep, bus_addr_t *basep,
    bus_size_t *sizep, bus_size_t size_max)
{
	int io = PCI_MAPREG_TYPE(type) == PCI_MAPREG_TYPE_IO;
	bus_space_tag_t tag = io ? pa->pa_iot : pa->pa_memt;
	bus_space_handle_t handle;
	bus_addr_t base;
	bus_size_t size;
	pcireg_t csr;
	int error, more_flags;

	error = pci_mapreg_info(pa->pa_pc, pa->pa_tag, reg, type, &base, &size,
	    &more_flags);
	if (error != 0)
		return error;
	if (io && !kern_io_space_present())
		return EINVAL;
	if (base == 0)
		KERN_UNMODELLED("pci_mapreg_map of a register without address");
	csr = pci_conf_read(pa->pa_pc, pa->pa_tag, PCI_COMMAND_STATUS_REG);
	csr &= 0xffff;		/* ones would clear the status bits */
	csr |= (io ? PCI_COMMAND_IO_ENABLE : PCI_COMMAND_MEM_ENABLE) |
	    PCI_COMMAND_MASTER_ENABLE;
	pci_conf_write(pa->pa_pc, pa->pa_tag, PCI_COMMAND_STATUS_REG, csr);

	if (size_max != 0 && size > size_max)
		size = size_max;
	error = bus_space_map(tag, base, size, flags | more_flags, &handle);
	if (error != 0)
		return error;
	if (tagp != NULL)
		*tagp = tag;
	if (handlep != NULL)
		*handlep = handle;
	if (basep != NULL)
		*basep = base;
	if (sizep != NULL)
		*sizep = size;
	return 0;
}
