/*
 * Configuration space of a PCI function: PCI Local Bus Specification 3.0,
 * chapter 6.
 */
#ifndef _DEV_PCI_PCIREG_H_
#define _DEV_PCI_PCIREG_H_

/* Vendor and device. */
#define PCI_ID_REG			0x00
#define PCI_VENDOR(id)			((id) & 0xffff)
#define PCI_PRODUCT(id)			(((id) >> 16) & 0xffff)
#define PCI_ID_CODE(vid, pid)		(((vid) & 0xffff) | ((pid) << 16))
#define PCI_VENDOR_INVALID		0xffff

/* Command and status. */
#define PCI_COMMAND_STATUS_REG		0x04
#define PCI_COMMAND_IO_ENABLE		0x00000001
#define PCI_COMMAND_MEM_ENABLE		0x00000002
#define PCI_COMMAND_MASTER_ENABLE	0x00000004
#define PCI_COMMAND_INTERRUPT_DISABLE	0x00000400
#define PCI_STATUS_INTERRUPT		0x00080000
#define PCI_STATUS_CAPLIST_SUPPORT	0x00100000

/* Class and revision. */
#define PCI_CLASS_REG			0x08
#define PCI_CLASS(cr)			(((cr) >> 24) & 0xff)
#define PCI_SUBCLASS(cr)		(((cr) >> 16) & 0xff)
#define PCI_INTERFACE(cr)		(((cr) >> 8) & 0xff)
#define PCI_REVISION(cr)		((cr) & 0xff)

#define PCI_CLASS_PREHISTORIC		0x00
#define PCI_CLASS_MASS_STORAGE		0x01
#define PCI_CLASS_NETWORK		0x02
#define PCI_CLASS_DISPLAY		0x03
#define PCI_CLASS_MULTIMEDIA		0x04
#define PCI_CLASS_MEMORY		0x05
#define PCI_CLASS_BRIDGE		0x06
#define PCI_CLASS_COMMUNICATIONS	0x07
#define PCI_CLASS_SYSTEM		0x08
#define PCI_CLASS_INPUT			0x09
#define PCI_CLASS_SERIALBUS		0x0c
#define PCI_CLASS_UNDEFINED		0xff
#define PCI_SUBCLASS_BRIDGE_HOST	0x00
#define PCI_SUBCLASS_BRIDGE_ISA		0x01
#define PCI_SUBCLASS_BRIDGE_PCI		0x04

/* Header type. */
#define PCI_BHLC_REG			0x0c
#define PCI_HDRTYPE(bhlcr)		(((bhlcr) >> 16) & 0xff)
#define PCI_HDRTYPE_TYPE(bhlcr)		(PCI_HDRTYPE(bhlcr) & 0x7f)
#define PCI_HDRTYPE_MULTIFN(bhlcr)	((PCI_HDRTYPE(bhlcr) & 0x80) != 0)

/* Base address registers; END is the first beyond them. */
#define PCI_MAPREG_START		0x10
#define PCI_MAPREG_END			0x28
#define PCI_MAPREG_PPB_END		0x18

#define PCI_MAPREG_TYPE_MASK		0x00000001
#define PCI_MAPREG_TYPE(mr)		((mr) & PCI_MAPREG_TYPE_MASK)
#define PCI_MAPREG_TYPE_MEM		0x00000000
#define PCI_MAPREG_TYPE_IO		0x00000001

#define PCI_MAPREG_MEM_TYPE_MASK	0x00000006
#define PCI_MAPREG_MEM_TYPE(mr)		((mr) & PCI_MAPREG_MEM_TYPE_MASK)
#define PCI_MAPREG_MEM_TYPE_32BIT	0x00000000
#define PCI_MAPREG_MEM_TYPE_32BIT_1M	0x00000002
#define PCI_MAPREG_MEM_TYPE_64BIT	0x00000004
#define PCI_MAPREG_MEM_PREFETCHABLE_MASK 0x00000008
#define PCI_MAPREG_MEM_PREFETCHABLE(mr) \
	(((mr) & PCI_MAPREG_MEM_PREFETCHABLE_MASK) != 0)
#define PCI_MAPREG_MEM_ADDR_MASK	0xfffffff0
#define PCI_MAPREG_MEM_ADDR(mr)		((mr) & PCI_MAPREG_MEM_ADDR_MASK)
#define PCI_MAPREG_MEM64_ADDR_MASK	0xfffffffffffffff0ULL
#define PCI_MAPREG_IO_ADDR_MASK		0xfffffffc
#define PCI_MAPREG_IO_ADDR(mr)		((mr) & PCI_MAPREG_IO_ADDR_MASK)
#define PCI_MAPREG_IO_SIZE(mr)						\
	(PCI_MAPREG_IO_ADDR(mr) & -PCI_MAPREG_IO_ADDR(mr))

#define PCI_SUBSYS_ID_REG		0x2c

/* Of a bridge to another bus: primary, secondary, subordinate. */
#define PCI_PPB_BUSINFO_REG		0x18
#define PCI_PPB_BUSINFO_SECONDARY(b)	(((b) >> 8) & 0xff)

/* Capabilities: identifier, next pointer, then what the capability holds. */
#define PCI_CAPLISTPTR_REG		0x34
#define PCI_CAPLIST_PTR(ptr)		((ptr) & 0xfc)
#define PCI_CAPLIST_NEXT(cap)		(((cap) >> 8) & 0xfc)
#define PCI_CAPLIST_CAP(cap)		((cap) & 0xff)

#define PCI_CAP_RESERVED		0x00
#define PCI_CAP_PWRMGMT			0x01
#define PCI_CAP_MSI			0x05
#define PCI_CAP_VENDSPEC		0x09
#define PCI_CAP_PCIEXPRESS		0x10
#define PCI_CAP_MSIX			0x11

/* Message signalled interrupts. */
#define PCI_MSI_MC			0x00
#define PCI_MSI_MC_C64			0x00800000
#define PCI_MSI_MC_MME_MASK		0x00700000
#define PCI_MSI_MC_MSIE			0x00010000
#define PCI_MSI_MA			0x04
#define PCI_MSI_MAU32			0x08
#define PCI_MSI_MD32			0x08
#define PCI_MSI_MD64			0x0c

/* MSI-X: PCI 3.0, section 6.8.2; a table entry has 16 bytes. */
#define PCI_MSIX_MC			0x00
#define PCI_MSIX_MC_MSIXE		0x80000000
#define PCI_MSIX_MC_FM			0x40000000
#define PCI_MSIX_MC_TBLSZ_MASK		0x07ff0000
#define PCI_MSIX_MC_TBLSZ_SHIFT		16
#define PCI_MSIX_MC_TBLSZ(reg) \
	(((reg) & PCI_MSIX_MC_TBLSZ_MASK) >> PCI_MSIX_MC_TBLSZ_SHIFT)
#define PCI_MSIX_TABLE			0x04
#define PCI_MSIX_TABLE_BIR		0x00000007
#define PCI_MSIX_TABLE_OFF		0xfffffff8
#define PCI_MSIX_PBA			0x08
#define PCI_MSIX_MA(i)			((i) * 16 + 0)
#define PCI_MSIX_MAU32(i)		((i) * 16 + 4)
#define PCI_MSIX_MD(i)			((i) * 16 + 8)
#define PCI_MSIX_VC(i)			((i) * 16 + 12)
#define PCI_MSIX_VC_MASK		0x00000001

/* Interrupt pin and line. */
#define PCI_INTERRUPT_REG		0x3c
#define PCI_INTERRUPT_PIN(icr)		(((icr) >> 8) & 0xff)
#define PCI_INTERRUPT_LINE(icr)		((icr) & 0xff)
#define PCI_INTERRUPT_PIN_NONE		0
#define PCI_INTERRUPT_PIN_A		1

#endif
