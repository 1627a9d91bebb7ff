/*
 * fuzz_vio.c: our network driver in front of a host that lies (fuzz_liar.h): in
 * every register and byte of configuration, in headers and packets, in used
 * entries and answers of commands, in when it interrupts.  The driver may give
 * up, and packets may be lost; it may not touch memory that is not its own, and
 * it may not hang.
 *
 * Input: 1 byte, bits 0 and 1 the machine, 2 and 3 what is not offered, 6
 * whether the run goes to its end; then the liar's.
 */
#include "fuzz_run.h"

#define WHOLE		0x40u
#define EVENTS_MAX	8000u		/* of a run that is cut short */

static const char steps[] =
    "device net\n"
    "mtu 1500\n"
    "up 10.0.2.15/24\n"
    "ping 10.0.2.2 1 56\n"
    "join 01:00:5e:00:00:05\n"
    "burst 12 1\n"
    "stream out 10.0.2.2 9 9000 1448\n"
    "stream in 10.0.2.2 19 9000\n"
    "promisc on\n"
    "down\n"
    "up\n"
    "expect\n";

struct target {
	struct liar liar;		/* first: it is the host's self */
	struct net_device_config device;
};

static int
target_create(void *self, struct machine *m, struct boundary_host *host,
    struct error *err)
{
	struct target *t = self;

	(void)err;
	liar_begin(&t->liar, m, host);
	t->liar.device = net_device_host(&t->liar.port, &t->device, NULL);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t off[4] = { 0, VIRTIO_FEATURE(NET_BIT_MRG_RXBUF),
	    VIRTIO_FEATURE(VIRTIO_BIT_INDIRECT_DESC) |
	    VIRTIO_FEATURE(VIRTIO_BIT_EVENT_IDX),
	    VIRTIO_FEATURE(NET_BIT_CTRL_VQ) };
	struct target t = { .liar.in = { data, size }, .device = {
	    .mac = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 }, .mtu_offered = 1,
	    .mtu = 1500, .pairs = 2 } };
	struct run_config config = { .host = target_create, .self = &t,
	    .once = 1 };
	unsigned what;

	fuzz_run_begin("fuzz_vio", 0);
	what = (unsigned)fuzz_le(&t.liar.in, 1);
	t.device.features_off = off[what >> 2 & 3];
	config.until = (what & WHOLE) != 0 ? 0 : EVENTS_MAX;
	fuzz_run(&config, what, steps, sizeof steps - 1);
	return 0;
}
