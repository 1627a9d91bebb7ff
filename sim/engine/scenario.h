/*
 * scenario.h: what the guest is asked to do, as text: one step a line.
 *
 *	# a comment
 *	title attach and console text	    one line for people
 *	display 640 480			    the display it is made for, pixels
 *	text hello\n			    to the console; \n \t \r \b \e \\
 *	lines 1 40 line %d of it\n	    the text with 1, 2, ... 40 for %d
 *	screen 1			    show virtual screen 1 (0 to 3)
 *	graphics | textmode		    console mode, as wsdisplay(4)
 *	map | unmap			    mmap(2) of the framebuffer
 *	fill X Y W H RRGGBB		    draw through the mapping
 *	pattern X Y W H SEED		    the same, see hypercall.h
 *	copy X Y W H TOX TOY
 *	detach | attach			    the device's driver goes, comes back
 *	resize W H			    the host wants another display mode
 *	needs-reset			    the host sets DEVICE_NEEDS_RESET
 *	wait MS				    virtual milliseconds
 *	expect				    the display shows what was intended,
 *					    packets arrived as they were sent
 *	raise N				    tests only: the guest's own case N
 *
 * Of a network device; these stand before the first step:
 *
 *	device net			    the scenario is for one
 *	mtu N				    the host offers this mtu, 0 to 65535
 *	mac AA:BB:CC:DD:EE:FF		    of the device; 52:54:00:12:34:56
 *	queues N			    pairs that the host offers
 *	without FEATURE ...		    not offered: mrg_rxbuf, csum, ...
 *	peer loss N | reorder N | seed N    how net_peer.h behaves
 *	peer silent			    it answers nothing
 *
 * and these are its steps (see hypercall.h for what they mean exactly):
 *
 *	up A.B.C.D/P | up | down | dhcp
 *	ping A.B.C.D COUNT SIZE
 *	udp A.B.C.D PORT COUNT SIZE	    datagrams; echo: each comes back
 *	echo A.B.C.D PORT COUNT SIZE
 *	stream out A.B.C.D PORT BYTES MSS
 *	stream in A.B.C.D PORT BYTES
 *	tftp A.B.C.D FILE
 *	mtu N | mtu N refused		    of the interface
 *	promisc on|off | allmulti on|off | join MAC | leave MAC | lladdr MAC
 *	burst COUNT SEED		    datagrams of any size to 10.0.2.2
 *	link up | link down		    the host's cable
 *	announce			    the host asks for gratuitous packets
 *	host mtu N | host mac MAC	    the host changes its configuration
 *	host send MAC COUNT SIZE	    the peer sends frames to an address
 *	frame HEX			    the guest sends this frame, from its
 *					    Ethernet header on, two digits a byte
 *	host frame HEX			    the peer does
 *
 * Every scenario begins with the boot of the guest, which has no line.  The
 * text is kept in a trace's header, so a recording brings its scenario along.
 */
#ifndef VIOTAPE_SCENARIO_H
#define VIOTAPE_SCENARIO_H

#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define SCENARIO_STEPS_MAX	4096u
#define SCENARIO_LINE_MAX	1024u	/* bytes of one line, but a frame's */
#define SCENARIO_FRAME_MIN	14u	/* bytes of a frame: its header, */
#define SCENARIO_FRAME_MAX	9018u	/* an mtu of 9000 with a VLAN's tag */
#define SCENARIO_NAME_MAX	64u
#define SCENARIO_TITLE_MAX	120u
#define SCENARIO_WAIT_MAX_MS	60000u
#define SCENARIO_SIDE_MAX	8192u	/* pixels */

enum scenario_op {
	SCENARIO_TEXT, SCENARIO_SCREEN, SCENARIO_GRAPHICS, SCENARIO_TEXTMODE,
	SCENARIO_MAP, SCENARIO_UNMAP, SCENARIO_FILL, SCENARIO_PATTERN,
	SCENARIO_COPY, SCENARIO_WAIT, SCENARIO_EXPECT, SCENARIO_RAISE,
	SCENARIO_DETACH, SCENARIO_ATTACH, SCENARIO_RESIZE, SCENARIO_NEEDS_RESET,
	/* args[0] is an address, a MAC, 1 or 0, or a number, as hypercall.h
	   has them. */
	SCENARIO_NET_UP, SCENARIO_NET_DOWN, SCENARIO_NET_DHCP,
	SCENARIO_NET_PING, SCENARIO_NET_UDP, SCENARIO_NET_ECHO,
	SCENARIO_NET_STREAM_OUT, SCENARIO_NET_STREAM_IN, SCENARIO_NET_TFTP,
	SCENARIO_NET_MTU, SCENARIO_NET_PROMISC, SCENARIO_NET_ALLMULTI,
	SCENARIO_NET_JOIN, SCENARIO_NET_LEAVE, SCENARIO_NET_LLADDR,
	SCENARIO_NET_BURST, SCENARIO_NET_FRAME,
	/* Of the host. */
	SCENARIO_LINK, SCENARIO_ANNOUNCE, SCENARIO_HOST_MTU, SCENARIO_HOST_MAC,
	SCENARIO_HOST_SEND, SCENARIO_HOST_FRAME
};

enum scenario_device { SCENARIO_DEVICE_GPU, SCENARIO_DEVICE_NET };

/* What the network device and its peer are to be like. */
struct scenario_net {
	int mtu_offered;
	uint16_t mtu;
	uint8_t mac[6];
	unsigned queues;		/* pairs, at least 1 */
	uint64_t features_off;		/* by bits of net_spec.h */
	unsigned loss, reorder;		/* of the peer; 0: none */
	uint64_t seed;
	int silent;			/* the peer is */
};

struct scenario_step {
	enum scenario_op op;
	uint32_t line;			/* in the text, from 1 */
	uint64_t args[6];
	char *text;			/* SCENARIO_TEXT, escapes resolved;
					   SCENARIO_NET_TFTP, a file's name;
					   *_FRAME, hexadecimal digits */
};

struct scenario {
	char name[SCENARIO_NAME_MAX];
	char title[SCENARIO_TITLE_MAX];
	unsigned width, height;		/* of the display; 640 x 480 if unsaid */
	enum scenario_device device;
	struct scenario_net net;
	char *source;			/* the text as it was read */
	struct scenario_step *steps;
	size_t n;
};

/* -1 with ERROR_INPUT: name, line, what was found and what is wanted. */
int scenario_parse(struct scenario *s, const char *name, const char *text,
    size_t len, struct error *err);
void scenario_free(struct scenario *s);
/* The features that "without" knows: the nth name, or NULL behind the last;
   and its bit, as a number. */
const char *scenario_feature_name(size_t nth);
uint64_t scenario_feature(size_t nth);
/* "fill 0 0 640 480 ff0000": one line, for people and for the record.  Of a
   frame its header and its size. */
void scenario_step_line(const struct scenario_step *step, char *buf,
    size_t size);

#endif
