/* import_packets.c: from a capture to a scenario; see import_packets.h. */
#include "import_packets.h"
#include "capture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define MTU_PLAIN	1500u
#define MTU_OF_MAX	(SCENARIO_FRAME_MAX - ETHER_HEADER_SIZE - \
			    ETHER_VLAN_SIZE)

struct packets {
	const char *name;
	struct import_packets *told;
	int has_mac;
	size_t longest;
	uint64_t n;
	struct bytes *out;		/* NULL: only looking */
};

static int
mac_read(const char *text, uint8_t mac[6])
{
	unsigned b[6];
	char more;

	if (strlen(text) != 17 || sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c",
	    &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &more) != 6)
		return -1;
	for (int i = 0; i < 6; i++)
		mac[i] = (uint8_t)b[i];
	return (mac[0] & 1) != 0 ? -1 : 0;
}

static void
mac_take(struct packets *x, const uint8_t *mac)
{
	if (x->has_mac || (mac[0] & 1) != 0)
		return;
	memcpy(x->told->mac, mac, 6);
	x->has_mac = 1;
}

/* What has to be known before the first line is written. */
static int
look(void *self, const struct capture_packet *p, struct error *err)
{
	struct packets *x = self;

	if (p->n < SCENARIO_FRAME_MIN || p->n > SCENARIO_FRAME_MAX)
		return error_set(err, ERROR_LIMIT, "%s: packet %" PRIu64 " has "
		    "%zu bytes, a scenario's frames have %u to %u%s", x->name,
		    p->number, p->n, SCENARIO_FRAME_MIN, SCENARIO_FRAME_MAX,
		    p->n > SCENARIO_FRAME_MAX ? ": capture with the card's "
		    "offloads off (ethtool -K tso off gro off), or take it out "
		    "(editcap)" : "");
	if (++x->n > IMPORT_PACKETS_MAX)
		return error_set(err, ERROR_LIMIT, "%s has more than %u "
		    "packets, which are too many for a scenario: take a part "
		    "of it (editcap -r FILE PART 1-%u)", x->name,
		    IMPORT_PACKETS_MAX, IMPORT_PACKETS_MAX);
	if (p->n > x->longest)
		x->longest = p->n;
	if (p->mac != NULL)
		mac_take(x, p->mac);
	else if (p->way == CAPTURE_OUT || p->way == CAPTURE_UNKNOWN)
		mac_take(x, p->bytes + 6);
	return 0;
}

static int
write_step(void *self, const struct capture_packet *p, struct error *err)
{
	static const char digits[] = "0123456789abcdef";
	struct packets *x = self;
	int ours = memcmp(p->bytes + 6, x->told->mac, 6) == 0;
	int out = p->way == CAPTURE_UNKNOWN ? ours : p->way == CAPTURE_OUT;

	(void)err;
	bytes_printf(x->out, out ? "frame " : "host frame ");
	bytes_reserve(x->out, 2 * p->n + 1);
	for (size_t i = 0; i < p->n; i++) {
		x->out->data[x->out->len++] = (uint8_t)digits[p->bytes[i] >> 4];
		x->out->data[x->out->len++] = (uint8_t)digits[p->bytes[i] & 15];
	}
	bytes_add(x->out, "\n", 1);
	x->told->out += out != 0;
	x->told->in += out == 0;
	return 0;
}

static void
write_head(const struct packets *x)
{
	const uint8_t *m = x->told->mac;
	size_t mtu = x->longest > ETHER_HEADER_SIZE + ETHER_VLAN_SIZE ?
	    x->longest - ETHER_HEADER_SIZE : 0;

	bytes_printf(x->out, "title %" PRIu64 " packets of a capture\n"
	    "device net\nmac %02x:%02x:%02x:%02x:%02x:%02x\npeer silent\n",
	    x->n, m[0], m[1], m[2], m[3], m[4], m[5]);
	if (mtu > MTU_OF_MAX)
		mtu = MTU_OF_MAX;
	if (mtu > MTU_PLAIN)
		bytes_printf(x->out, "mtu %zu\nup\nmtu %zu\n", mtu, mtu);
	else
		bytes_printf(x->out, "up\n");
}

int
import_packets(const char *name, const uint8_t *data, size_t n,
    const char *mac, struct bytes *out, struct import_packets *told,
    struct error *err)
{
	struct packets x = { .name = name, .told = told, .out = out };
	size_t before = out->len;

	memset(told, 0, sizeof *told);
	if (mac != NULL && mac_read(mac, told->mac) != 0)
		return error_set(err, ERROR_USAGE, "--mac %s: wanted the "
		    "address of a machine, like 52:54:00:12:34:56", mac);
	x.has_mac = mac != NULL;
	if (capture_read(name, data, n, look, &x, err) != 0)
		return -1;
	if (x.n == 0)
		return error_set(err, ERROR_INPUT, "%s has no packets in it",
		    name);
	if (!x.has_mac)
		return error_set(err, ERROR_INPUT, "%s: nobody sends in it "
		    "whom the guest could be; give its address by --mac",
		    name);
	write_head(&x);
	CHECK(capture_read(name, data, n, write_step, &x, err) == 0);
	bytes_printf(out, "expect\n");
	if (out->len - before > TRACE_SCENARIO_SIZE_MAX)
		return error_set(err, ERROR_LIMIT, "%s: its packets make a "
		    "scenario of %zu bytes, at most %u are allowed: take a "
		    "part of it (editcap -r)", name, out->len - before,
		    TRACE_SCENARIO_SIZE_MAX);
	return 0;
}
