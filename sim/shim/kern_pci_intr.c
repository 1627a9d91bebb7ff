/*
 * kern_pci_intr.c: interrupts of PCI functions, pci_intr_map(9): pins, MSI
 * and MSI-X.
 *
 * A message is got from the host and written into the function when it is
 * established: for MSI into the capability, for MSI-X into an entry of the
 * vector table, which lies in memory behind a base address register.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/malloc.h>
#include <dev/pci/pcireg.h>
#include <dev/pci/pcivar.h>

#include "kern_var.h"

struct pci_intrhand {
	struct kern_intrhand	pih_ih;		/* first */
	pci_intr_handle_t	pih_handle;
	hc_u32			pih_irq;
};

/* 1 if the host has a message for this vector; none is kept. */
static int
pci_msi_available(pcitag_t tag, hc_u32 vector)
{
	hc_u64 addr;
	hc_u32 data, irq;

	if (hc->msi_alloc(tag, vector, &addr, &data, &irq) != 0)
		return 0;
	hc->msi_free(irq);
	return 1;
}

int
pci_intr_map(struct pci_attach_args *pa, pci_intr_handle_t *ihp)
{
	hc_u32 irq;

	memset(ihp, 0, sizeof(*ihp));
	ihp->ih_pc = pa->pa_pc;
	ihp->ih_tag = pa->pa_tag;
	if (pa->pa_intrpin == PCI_INTERRUPT_PIN_NONE || pa->pa_intrpin > 4)
		return 1;
	if (hc->pci_intx_irq(pa->pa_tag, pa->pa_intrpin, &irq) != 0)
		return 1;
	ihp->ih_type = PCI_INTX;
	ihp->ih_irq = irq;
	return 0;
}

int
pci_intr_map_msi(struct pci_attach_args *pa, pci_intr_handle_t *ihp)
{
	memset(ihp, 0, sizeof(*ihp));
	if (!pci_get_capability(pa->pa_pc, pa->pa_tag, PCI_CAP_MSI, NULL,
	    NULL) || !pci_msi_available(pa->pa_tag, 0))
		return 1;
	ihp->ih_pc = pa->pa_pc;
	ihp->ih_tag = pa->pa_tag;
	ihp->ih_type = PCI_MSI;
	return 0;
}

int
pci_intr_msix_count(struct pci_attach_args *pa)
{
	pcireg_t reg;

	if (!pci_get_capability(pa->pa_pc, pa->pa_tag, PCI_CAP_MSIX, NULL,
	    &reg) || !pci_msi_available(pa->pa_tag, 0))
		return 0;
	return PCI_MSIX_MC_TBLSZ(reg) + 1;
}

int
pci_intr_map_msix(struct pci_attach_args *pa, int vector,
    pci_intr_handle_t *ihp)
{
	pcireg_t reg;

	memset(ihp, 0, sizeof(*ihp));
	if (!pci_get_capability(pa->pa_pc, pa->pa_tag, PCI_CAP_MSIX, NULL,
	    &reg))
		return 1;
	if (vector < 0 || vector > (int)PCI_MSIX_MC_TBLSZ(reg) ||
	    !pci_msi_available(pa->pa_tag, vector))
		return 1;
	ihp->ih_pc = pa->pa_pc;
	ihp->ih_tag = pa->pa_tag;
	ihp->ih_type = PCI_MSIX;
	ihp->ih_vector = vector;
	return 0;
}

const char *
pci_intr_string(pci_chipset_tag_t pc, pci_intr_handle_t ih)
{
	static char text[16];

	switch (ih.ih_type) {
	case PCI_MSI:
		return "msi";
	case PCI_MSIX:
		return "msix";
	case PCI_INTX:
		snprintf(text, sizeof(text), "irq %u", ih.ih_irq);
		return text;
	default:
		return "none";
	}
}

/* --- MSI --- */

static void
pci_msi_enable(pci_intr_handle_t *ih, hc_u64 addr, hc_u32 data)
{
	pcireg_t mc;
	int cap;

	if (!pci_get_capability(ih->ih_pc, ih->ih_tag, PCI_CAP_MSI, &cap, &mc))
		panic("%s: no capability", __func__);
	pci_conf_write(ih->ih_pc, ih->ih_tag, cap + PCI_MSI_MA, addr);
	if (mc & PCI_MSI_MC_C64) {
		pci_conf_write(ih->ih_pc, ih->ih_tag, cap + PCI_MSI_MAU32,
		    addr >> 32);
		pci_conf_write(ih->ih_pc, ih->ih_tag, cap + PCI_MSI_MD64,
		    data);
	} else {
		pci_conf_write(ih->ih_pc, ih->ih_tag, cap + PCI_MSI_MD32,
		    data);
	}
	mc &= ~PCI_MSI_MC_MME_MASK;	/* one message */
	pci_conf_write(ih->ih_pc, ih->ih_tag, cap, mc | PCI_MSI_MC_MSIE);
}

static void
pci_msi_disable(pci_intr_handle_t *ih)
{
	pcireg_t mc;
	int cap;

	if (!pci_get_capability(ih->ih_pc, ih->ih_tag, PCI_CAP_MSI, &cap, &mc))
		panic("%s: no capability", __func__);
	pci_conf_write(ih->ih_pc, ih->ih_tag, cap, mc & ~PCI_MSI_MC_MSIE);
}

/* --- MSI-X --- */

/* Physical address and size of the vector table; 0 if it has none. */
static hc_u64
pci_msix_table(pci_intr_handle_t *ih, int cap, pcireg_t mc, hc_u64 *size)
{
	pcireg_t table, low, high = 0;
	int bar;

	table = pci_conf_read(ih->ih_pc, ih->ih_tag, cap + PCI_MSIX_TABLE);
	bar = PCI_MAPREG_START + 4 * (table & PCI_MSIX_TABLE_BIR);
	if (bar >= PCI_MAPREG_END)
		return 0;
	low = pci_conf_read(ih->ih_pc, ih->ih_tag, bar);
	if (PCI_MAPREG_TYPE(low) != PCI_MAPREG_TYPE_MEM)
		return 0;
	if (PCI_MAPREG_MEM_TYPE(low) == PCI_MAPREG_MEM_TYPE_64BIT)
		high = pci_conf_read(ih->ih_pc, ih->ih_tag, bar + 4);
	*size = (PCI_MSIX_MC_TBLSZ(mc) + 1) * 16;
	low = PCI_MAPREG_MEM_ADDR(low);
	if (low == 0 && high == 0)
		return 0;
	return ((hc_u64)high << 32 | low) + (table & PCI_MSIX_TABLE_OFF);
}

/* Memory decoding has to be on before the table can be written. */
static void
pci_msix_decode(pci_intr_handle_t *ih)
{
	pcireg_t csr;

	csr = pci_conf_read(ih->ih_pc, ih->ih_tag, PCI_COMMAND_STATUS_REG);
	if ((csr & PCI_COMMAND_MEM_ENABLE) == 0)
		pci_conf_write(ih->ih_pc, ih->ih_tag, PCI_COMMAND_STATUS_REG,
		    (csr & 0xffff) | PCI_COMMAND_MEM_ENABLE);
}

/* Writes the entry and lets it fire; 0 or an errno. */
static int
pci_msix_enable(pci_intr_handle_t *ih, hc_u64 addr, hc_u32 data)
{
	hc_u64 pa, size;
	pcireg_t mc;
	int cap, error;

	if (!pci_get_capability(ih->ih_pc, ih->ih_tag, PCI_CAP_MSIX, &cap,
	    &mc))
		panic("%s: no capability", __func__);
	pa = pci_msix_table(ih, cap, mc, &size);
	if (pa == 0)
		return ENXIO;
	pci_msix_decode(ih);
	error = hc->reg_map(pa, size);
	if (error != 0)
		return error;
	hc->reg_write(pa + PCI_MSIX_MA(ih->ih_vector), 4, (hc_u32)addr);
	hc->reg_write(pa + PCI_MSIX_MAU32(ih->ih_vector), 4, addr >> 32);
	hc->reg_write(pa + PCI_MSIX_MD(ih->ih_vector), 4, data);
	hc->reg_write(pa + PCI_MSIX_VC(ih->ih_vector), 4, 0);
	hc->reg_unmap(pa, size);
	mc &= ~PCI_MSIX_MC_FM;
	pci_conf_write(ih->ih_pc, ih->ih_tag, cap, mc | PCI_MSIX_MC_MSIXE);
	return 0;
}

/* Masks the entry; the function stays with MSI-X for its other vectors. */
static void
pci_msix_disable(pci_intr_handle_t *ih)
{
	hc_u64 pa, size;
	pcireg_t mc;
	int cap;

	if (!pci_get_capability(ih->ih_pc, ih->ih_tag, PCI_CAP_MSIX, &cap,
	    &mc))
		panic("%s: no capability", __func__);
	pa = pci_msix_table(ih, cap, mc, &size);
	if (pa == 0 || hc->reg_map(pa, size) != 0)
		return;
	hc->reg_write(pa + PCI_MSIX_VC(ih->ih_vector), 4, PCI_MSIX_VC_MASK);
	hc->reg_unmap(pa, size);
}

/* --- establish --- */

/* Points the function at a message of the host's; 0 or an errno. */
static int
pci_intr_route(struct pci_intrhand *pih, hc_u64 addr, hc_u32 data)
{
	switch (pih->pih_handle.ih_type) {
	case PCI_MSI:
		pci_msi_enable(&pih->pih_handle, addr, data);
		return 0;
	case PCI_MSIX:
		return pci_msix_enable(&pih->pih_handle, addr, data);
	default:
		return 0;
	}
}

void *
pci_intr_establish(pci_chipset_tag_t pc, pci_intr_handle_t ih, int ipl,
    int (*fn)(void *), void *arg, const char *name)
{
	struct pci_intrhand *pih;
	hc_u64 addr = 0;
	hc_u32 data = 0;

	KASSERT(ih.ih_type != PCI_NONE);
	pih = malloc(sizeof(*pih), M_DEVBUF, KERN_M_PART | M_NOWAIT | M_ZERO);
	if (pih == NULL)
		return NULL;
	pih->pih_handle = ih;
	pih->pih_irq = ih.ih_irq;
	if (ih.ih_type != PCI_INTX && hc->msi_alloc(ih.ih_tag, ih.ih_vector,
	    &addr, &data, &pih->pih_irq) != 0)
		goto fail_free;
	if (kern_intr_establish(&pih->pih_ih, pih->pih_irq, ipl, fn, arg,
	    name) != 0)
		goto fail_msi;
	if (pci_intr_route(pih, addr, data) != 0)
		goto fail_intr;
	return pih;

fail_intr:
	kern_intr_disestablish(&pih->pih_ih);
fail_msi:
	if (ih.ih_type != PCI_INTX)
		hc->msi_free(pih->pih_irq);
fail_free:
	free(pih, M_DEVBUF, sizeof(*pih));
	return NULL;
}

void *
pci_intr_establish_cpu(pci_chipset_tag_t pc, pci_intr_handle_t ih, int ipl,
    struct cpu_info *ci, int (*fn)(void *), void *arg, const char *name)
{
	return pci_intr_establish(pc, ih, ipl, fn, arg, name);
}

void
pci_intr_disestablish(pci_chipset_tag_t pc, void *cookie)
{
	struct pci_intrhand *pih = cookie;

	if (pih->pih_handle.ih_type == PCI_MSI)
		pci_msi_disable(&pih->pih_handle);
	else if (pih->pih_handle.ih_type == PCI_MSIX)
		pci_msix_disable(&pih->pih_handle);
	kern_intr_disestablish(&pih->pih_ih);
	if (pih->pih_handle.ih_type != PCI_INTX)
		hc->msi_free(pih->pih_irq);
	free(pih, M_DEVBUF, sizeof(*pih));
}
