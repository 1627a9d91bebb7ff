/*
 * kern_entry.c: where the host enters the guest: boot, steps, interrupts.
 */
#include <sys/param.h>
#include <sys/systm.h>
#include <sys/device.h>
#include <sys/proc.h>

#include "kern_display.h"
#include "kern_ioconf.h"
#include "kern_net.h"
#include "kern_var.h"

const struct hypercall *hc;

int cold = 1;
int ncpus = MAXCPUS;
int db_active;
const char *panicstr;

struct proc proc0 = { .p_tid = 1 };
struct cpu_info cpu_info_primary = { .ci_cpuid = 0, .ci_curproc = &proc0 };
struct cpu_info cpu_info_others[MAXCPUS - 1] = {
	{ .ci_cpuid = 1 }, { .ci_cpuid = 2 }, { .ci_cpuid = 3 }
};

#if NWSDISPLAY == 0
/* Without a display the entry has nothing to draw with. */
static const struct hc_font no_font;
static const hc_u32 no_palette[16];
#endif

/*
 * As cpu_configure() of a real machine: devices are attached with every
 * interrupt blocked and `cold' set; what is pending then comes in.
 */
static void
entry_boot(void)
{
	(void)splhigh();
	if (config_rootfound("mainbus", NULL) == NULL)
		panic("no mainbus in the configuration");
	cold = 0;
	(void)spl0();
	kern_if_tell_all();		/* as their attach functions left them */
}

static int
entry_op(hc_u32 op, const hc_u64 args[6], const char *text)
{
#if NTESTDEV > 0 || NTESTVQ > 0
	if (op == HC_OP_RAISE)
		return testdev_raise(args[0]);
#endif
	if (op >= HC_OP_NET_UP && op <= HC_OP_NET_FRAME)
		return kern_net_op(op, args, text);
#if NWSDISPLAY > 0
	return kern_user_op(op, args, text);
#else
	(void)op;
	(void)args;
	(void)text;
	return ENODEV;
#endif
}

static const struct guest_entry entry = {
	.version = HYPERCALL_VERSION,
	.boot = entry_boot,
	.op = entry_op,
	.interrupt = kern_intr_dispatch,
	.softintr = kern_softintr_dispatch,
	.timeout = kern_timeout_dispatch,
#if NWSDISPLAY > 0
	.font = &kern_font,
	.palette = kern_palette,
#else
	.font = &no_font,
	.palette = no_palette,
#endif
};

/* NULL if the host speaks another version. */
__attribute__((visibility("default"))) const struct guest_entry *
guest_entry_get(const struct hypercall *calls)
{
	if (calls->version != HYPERCALL_VERSION)
		return NULL;
	hc = calls;
	return &entry;
}
