/* scenario_head.c: the words that stand before a scenario's steps. */
#include "scenario_args.h"

#include <stdio.h>
#include <string.h>

#include "net_device.h"
#include "net_spec.h"
#include "virtio_spec.h"

/* Names of features, as the specification has them behind VIRTIO_NET_F_ and
   VIRTIO_F_, in small letters. */
static const struct { const char *name; unsigned bit; } features[] = {
	{ "csum", NET_BIT_CSUM },
	{ "guest_csum", NET_BIT_GUEST_CSUM },
	{ "ctrl_guest_offloads", NET_BIT_CTRL_GUEST_OFFLOADS },
	{ "mac", NET_BIT_MAC },
	{ "guest_tso4", NET_BIT_GUEST_TSO4 },
	{ "guest_tso6", NET_BIT_GUEST_TSO6 },
	{ "guest_ecn", NET_BIT_GUEST_ECN },
	{ "guest_ufo", NET_BIT_GUEST_UFO },
	{ "host_tso4", NET_BIT_HOST_TSO4 },
	{ "host_tso6", NET_BIT_HOST_TSO6 },
	{ "host_ecn", NET_BIT_HOST_ECN },
	{ "host_ufo", NET_BIT_HOST_UFO },
	{ "mrg_rxbuf", NET_BIT_MRG_RXBUF },
	{ "status", NET_BIT_STATUS },
	{ "ctrl_vq", NET_BIT_CTRL_VQ },
	{ "ctrl_rx", NET_BIT_CTRL_RX },
	{ "ctrl_vlan", NET_BIT_CTRL_VLAN },
	{ "ctrl_rx_extra", NET_BIT_CTRL_RX_EXTRA },
	{ "guest_announce", NET_BIT_GUEST_ANNOUNCE },
	{ "ctrl_mac_addr", NET_BIT_CTRL_MAC_ADDR },
	{ "indirect_desc", VIRTIO_BIT_INDIRECT_DESC },
	{ "event_idx", VIRTIO_BIT_EVENT_IDX },
	{ "ring_reset", VIRTIO_BIT_RING_RESET },
};

const char *
scenario_feature_name(size_t nth)
{
	return nth < sizeof features / sizeof features[0] ?
	    features[nth].name : NULL;
}

uint64_t
scenario_feature(size_t nth)
{
	return VIRTIO_FEATURE(features[nth].bit);
}

static int
head_title(struct scenario_parser *p, char *rest)
{
	snprintf(p->s->title, sizeof p->s->title, "%s",
	    rest + (*rest != '\0'));
	return 1;
}

static int
at_end(struct scenario_parser *p, char *rest)
{
	rest += strspn(rest, " \t");
	if (*rest != '\0')
		return scenario_wrong(p, "more than is wanted", rest);
	return 1;
}

static int
head_display(struct scenario_parser *p, char *rest)
{
	uint64_t width, height;

	if (scenario_number(p, &rest, 10, &width) != 0 ||
	    scenario_number(p, &rest, 10, &height) != 0)
		return -1;
	if (*rest != '\0' || width < 16 || height < 16 ||
	    width > SCENARIO_SIDE_MAX || height > SCENARIO_SIDE_MAX)
		return scenario_wrong(p, "wanted a width and a height, 16 to "
		    "8192 each", rest);
	p->s->width = (unsigned)width;
	p->s->height = (unsigned)height;
	return 1;
}

static int
head_device(struct scenario_parser *p, char *rest)
{
	char *word = scenario_word(p, &rest);

	if (word == NULL)
		return -1;
	if (strcmp(word, "gpu") == 0)
		p->s->device = SCENARIO_DEVICE_GPU;
	else if (strcmp(word, "net") == 0)
		p->s->device = SCENARIO_DEVICE_NET;
	else
		return scenario_wrong(p, "wanted gpu or net", word);
	return at_end(p, rest);
}

static int
head_mtu(struct scenario_parser *p, char *rest)
{
	uint64_t mtu;

	if (scenario_number(p, &rest, 10, &mtu) != 0)
		return -1;
	if (mtu > 65535)
		return scenario_wrong(p, "an mtu is 0 to 65535", rest);
	p->s->net.mtu_offered = 1;
	p->s->net.mtu = (uint16_t)mtu;
	return at_end(p, rest);
}

static int
head_mac(struct scenario_parser *p, char *rest)
{
	uint64_t mac;

	if (scenario_arg(p, &rest, 'm', &mac) != 0)
		return -1;
	for (int i = 0; i < 6; i++)
		p->s->net.mac[i] = (uint8_t)(mac >> (40 - 8 * i));
	return at_end(p, rest);
}

static int
head_queues(struct scenario_parser *p, char *rest)
{
	uint64_t n;

	if (scenario_number(p, &rest, 10, &n) != 0)
		return -1;
	if (n < 1 || n > NET_DEVICE_PAIRS_MAX)
		return scenario_wrong(p, "wanted 1 to 16 pairs", rest);
	p->s->net.queues = (unsigned)n;
	return at_end(p, rest);
}

static int
head_without(struct scenario_parser *p, char *rest)
{
	size_t i, n = sizeof features / sizeof features[0];
	char *word = scenario_word(p, &rest);

	for (; word != NULL; word = scenario_word(p, &rest)) {
		for (i = 0; i < n; i++)
			if (strcmp(features[i].name, word) == 0)
				break;
		if (i == n)
			return scenario_wrong(p, "not a feature of the network "
			    "device", word);
		p->s->net.features_off |= VIRTIO_FEATURE(features[i].bit);
		rest += strspn(rest, " \t");
		if (*rest == '\0')
			return 1;
	}
	return -1;
}

static int
head_peer(struct scenario_parser *p, char *rest)
{
	char *word = scenario_word(p, &rest);
	uint64_t n;

	if (word == NULL)
		return -1;
	if (strcmp(word, "silent") == 0) {
		p->s->net.silent = 1;
		return at_end(p, rest);
	}
	if (strcmp(word, "loss") != 0 && strcmp(word, "reorder") != 0 &&
	    strcmp(word, "seed") != 0)
		return scenario_wrong(p, "wanted loss, reorder, seed or silent", word);
	if (scenario_number(p, &rest, 10, &n) != 0)
		return -1;
	if (word[0] == 'l')
		p->s->net.loss = (unsigned)n;
	else if (word[0] == 'r')
		p->s->net.reorder = (unsigned)n;
	else
		p->s->net.seed = n;
	return at_end(p, rest);
}

static const struct {
	const char *word;
	int net;			/* wants "device net" before it */
	int (*read)(struct scenario_parser *p, char *rest);
} heads[] = {
	{ "title", 0, head_title },
	{ "display", 0, head_display },
	{ "device", 0, head_device },
	{ "mtu", 1, head_mtu },
	{ "mac", 1, head_mac },
	{ "queues", 1, head_queues },
	{ "without", 1, head_without },
	{ "peer", 1, head_peer },
};

int
scenario_head(struct scenario_parser *p, char *line)
{
	size_t len = strcspn(line, " \t");

	for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
		if (strlen(heads[i].word) != len ||
		    strncmp(heads[i].word, line, len) != 0)
			continue;
		if (p->s->n != 0 && strcmp(heads[i].word, "mtu") == 0)
			return 0;
		if (p->s->n != 0 && i >= 2)
			return scenario_wrong(p, "has to stand before the first"
			    " step", line);
		if (heads[i].net && p->s->device != SCENARIO_DEVICE_NET)
			return scenario_wrong(p, "wants the line \"device net\""
			    " before it", line);
		return heads[i].read(p, line + len);
	}
	return 0;
}

void
scenario_head_default(struct scenario *s)
{
	static const uint8_t mac[6] = { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 };

	s->width = 640;
	s->height = 480;
	s->net.queues = 1;
	memcpy(s->net.mac, mac, sizeof mac);
}
