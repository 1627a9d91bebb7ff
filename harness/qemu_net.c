/* qemu_net.c: what QEMU's network card is plugged into. */
#include "qemu_net.h"
#include "qemu_host.h"
#include "qemu_line.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARGS_MAX	8
#define MTU_USER	1500u		/* of QEMU's user network */
#define SOCKET_ROOM	(1 << 19)	/* bytes, of several frames */

struct qemu_net {
	char netdev[512], device[512];
	const char *args[ARGS_MAX];
	int ours, theirs;		/* of the datagram socket; -1: none */
	struct net_peer *peer;
	unsigned mtu;
	char *folder;			/* of TFTP, or NULL */
	char **files;
	size_t nfiles;
	uint8_t frame[NET_FRAME_MAX];
};

/* --- choosing ------------------------------------------------------------ */

/* Whether QEMU's user network has all that the scenario asks. */
static int
user_suffices(const struct scenario *s)
{
	if (s->net.silent || s->net.loss != 0 || s->net.reorder != 0 ||
	    (s->net.mtu_offered && s->net.mtu > MTU_USER))
		return 0;
	for (size_t i = 0; i < s->n; i++)
		switch (s->steps[i].op) {
		case SCENARIO_NET_UDP:
		case SCENARIO_NET_ECHO:
		case SCENARIO_NET_STREAM_OUT:
		case SCENARIO_NET_STREAM_IN:
		case SCENARIO_NET_BURST:
		case SCENARIO_HOST_SEND:
		case SCENARIO_NET_FRAME:
		case SCENARIO_HOST_FRAME:
			return 0;
		default:
			break;
		}
	return 1;
}

/* QEMU cannot change what its card offers while it runs. */
static int
refused(const struct scenario *s, struct error *err)
{
	char line[SCENARIO_LINE_MAX + 64];

	if (s->net.queues > 1)
		return error_set(err, ERROR_INPUT, "scenario %s wants %u pairs "
		    "of queues, which QEMU has with a tap only: record it with "
		    "--host builtin", s->name, s->net.queues);
	for (size_t i = 0; i < s->n; i++) {
		if (s->steps[i].op != SCENARIO_HOST_MTU &&
		    s->steps[i].op != SCENARIO_HOST_MAC)
			continue;
		scenario_step_line(&s->steps[i], line, sizeof line);
		return error_set(err, ERROR_INPUT, "scenario %s has the step "
		    "%s, which QEMU cannot be made to do: record it with "
		    "--host builtin", s->name, line);
	}
	return 0;
}

/* --- the folder of TFTP -------------------------------------------------- */

static int
file_make(struct qemu_net *n, const char *name, struct error *err)
{
	struct bytes content = { 0 };
	char *path;
	int ret;

	if (name[0] == '.' || strchr(name, '/') != NULL)
		return error_set(err, ERROR_INPUT, "a file of TFTP is called "
		    "\"%.60s\": wanted a plain name", name);
	for (unsigned i = 0; i < NET_PEER_FILE_SIZE; i++)
		bytes_add_le(&content, net_peer_pattern(i), 1);
	path = host_path_join(n->folder, name);
	ret = host_file_write_atomic(path, content.data, content.len, err);
	bytes_free(&content);
	if (ret != 0) {
		check_free(path);
		return -1;
	}
	n->files = check_realloc(n->files, (n->nfiles + 1) *
	    sizeof n->files[0]);
	n->files[n->nfiles++] = path;
	return 0;
}

static int
folder_make(struct qemu_net *n, const struct scenario *s, struct error *err)
{
	const char *base = getenv("TMPDIR");
	char path[256];

	snprintf(path, sizeof path, "%s/viotape-tftp-XXXXXX",
	    base != NULL && base[0] != '\0' ? base : "/tmp");
	if (mkdtemp(path) == NULL)
		return error_set(err, ERROR_SYSTEM, "cannot make a folder for "
		    "TFTP like %s: %s", path, strerror(errno));
	n->folder = check_strdup(path);
	for (size_t i = 0; i < s->n; i++)
		if (s->steps[i].op == SCENARIO_NET_TFTP &&
		    strcmp(s->steps[i].text, "missing") != 0 &&
		    file_make(n, s->steps[i].text, err) != 0)
			return -1;
	return 0;
}

/* --- arguments ----------------------------------------------------------- */

static void
device_describe(struct qemu_net *n, const struct scenario_net *s,
    enum virtio_transport t)
{
	char device[QEMU_DEVICE_SIZE];
	char mac[NET_MAC_TEXT_SIZE];
	int at;

	net_mac_print(s->mac, mac);
	qemu_host_device(t, "net", device);
	at = snprintf(n->device, sizeof n->device, "%s,id="
	    QEMU_NET_DEVICE_ID ",netdev=n0%s%s,mac=%s", device,
	    virtio_transport_bus(t) == VIRTIO_BUS_PCI ? ",romfile=" : "",
	    t == VIRTIO_TRANSPORT_PCI || t == VIRTIO_TRANSPORT_PCI_INTX ?
	    ",disable-legacy=on" : "", mac);
	/* QEMU does not offer an mtu of 0. */
	if (s->mtu_offered && s->mtu != 0)
		at += snprintf(n->device + at, sizeof n->device - (size_t)at,
		    ",host_mtu=%u", s->mtu);
	for (size_t i = 0; ; i++) {
		const char *name = scenario_feature_name(i);

		if (name == NULL)
			break;
		if ((s->features_off & scenario_feature(i)) == 0)
			continue;
		/* Two are called otherwise, one cannot be left out. */
		if (strcmp(name, "ring_reset") == 0)
			name = "queue_reset";
		if (strcmp(name, "mac") != 0 && (size_t)at < sizeof n->device)
			at += snprintf(n->device + at, sizeof n->device -
			    (size_t)at, ",%s=off", name);
	}
}

/* A frame of 64 KB has to fit; some systems begin with 2 KB. */
static int
room_make(int fd)
{
	int size = SOCKET_ROOM;

	return setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) |
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
}

static int
peer_make(struct qemu_net *n, const struct scenario_net *s, struct error *err)
{
	struct net_peer_config cfg = { .silent = s->silent,
	    .loss = s->loss, .reorder = s->reorder,
	    .seed = s->seed };
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == -1)
		return error_set(err, ERROR_SYSTEM, "cannot make a pair of "
		    "sockets: %s", strerror(errno));
	n->ours = qemu_fd_own(pair[0]);
	n->theirs = qemu_fd_own(pair[1]);
	if (n->ours == -1 || n->theirs == -1 || room_make(n->ours) != 0 ||
	    room_make(n->theirs) != 0 ||
	    fcntl(n->ours, F_SETFL, O_NONBLOCK) == -1)
		return error_set(err, ERROR_SYSTEM, "cannot keep a socket: %s",
		    strerror(errno));
	n->peer = net_peer_create(&cfg);
	n->mtu = s->mtu_offered && s->mtu >= NET_MTU_MIN ? s->mtu : MTU_USER;
	snprintf(n->netdev, sizeof n->netdev, "dgram,id=n0,local.type=fd,"
	    "local.str=%d", n->theirs);
	return 0;
}

struct qemu_net *
qemu_net_create(const struct scenario *s, enum virtio_transport t,
    struct error *err)
{
	struct qemu_net *n;
	int ret;

	if (refused(s, err) != 0)
		return NULL;
	n = check_calloc(1, sizeof *n);
	n->ours = n->theirs = -1;
	if (user_suffices(s)) {
		ret = folder_make(n, s, err);
		snprintf(n->netdev, sizeof n->netdev, "user,id=n0,restrict=on,"
		    "ipv6=off,tftp=%s", n->folder != NULL ? n->folder : "");
	} else {
		ret = peer_make(n, &s->net, err);
	}
	if (ret != 0) {
		qemu_net_free(n);
		return NULL;
	}
	device_describe(n, &s->net, t);
	n->args[0] = "-netdev";
	n->args[1] = n->netdev;
	n->args[2] = "-device";
	n->args[3] = n->device;
	return n;
}

void
qemu_net_free(struct qemu_net *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->nfiles; i++) {
		(void)unlink(n->files[i]);
		check_free(n->files[i]);
	}
	check_free(n->files);
	if (n->folder != NULL)
		(void)rmdir(n->folder);
	check_free(n->folder);
	qemu_fd_close(&n->ours);
	qemu_fd_close(&n->theirs);
	net_peer_free(n->peer);
	check_free(n);
}

const char *const *
qemu_net_args(const struct qemu_net *n)
{
	return n->args;
}

const int *
qemu_net_fds(const struct qemu_net *n, size_t *count)
{
	*count = n->theirs != -1;
	return &n->theirs;
}

void
qemu_net_started(struct qemu_net *n)
{
	qemu_fd_close(&n->theirs);
}

/* --- the peer ------------------------------------------------------------ */

int
qemu_net_has_peer(const struct qemu_net *n)
{
	return n->peer != NULL;
}

void
qemu_net_receive(struct qemu_net *n)
{
	ssize_t got;

	while (n->peer != NULL && (got = recv(n->ours, n->frame,
	    sizeof n->frame, 0)) >= 0)
		net_peer_take(n->peer, n->frame, (size_t)got);
}

int
qemu_net_pending(const struct qemu_net *n)
{
	return n->peer != NULL && net_peer_pending(n->peer);
}

size_t
qemu_net_frame_max(const struct qemu_net *n)
{
	return NET_HDR_SIZE + ETHER_HEADER_SIZE + n->mtu;
}

size_t
qemu_net_send(struct qemu_net *n)
{
	struct net_wire_frame f;

	if (!qemu_net_pending(n) ||
	    !net_peer_next(n->peer, n->mtu, 0, &f))
		return 0;
	/* One at a time, so there is always room for it. */
	if (send(n->ours, f.bytes, f.n, 0) != (ssize_t)f.n)
		return 0;
	return f.n;
}

void
qemu_net_frames(struct qemu_net *n, const uint8_t mac[6], unsigned count,
    unsigned size)
{
	net_peer_send(n->peer, mac, count, size);
}

void
qemu_net_frame(struct qemu_net *n, const uint8_t *frame, size_t len)
{
	net_peer_frame(n->peer, frame, len);
}
