#!/bin/sh
# test_sys_tree.sh: OpenBSD's own drivers, as they are, on their own virtio
# stack: they build, attach over each transport, and pass traffic; known faults
# are found in the revisions that have them, and in no other.
#
# The tree is VIOTAPE_SYS: a directory; or, with VIOTAPE_SYS_REV, a git
# repository and what is to be taken out of it, revisions with blanks between.
set -u
[ -n "${VIOTAPE_SYS:-}" ] || {
	echo 'VIOTAPE_SYS names no OpenBSD source tree: skipped'
	exit 77
}
. "$(dirname "$0")/asking.sh"
case $VIOTAPE_SYS in /*) ;; *) VIOTAPE_SYS=$PWD/$VIOTAPE_SYS ;; esac
asking sys-tree

# check says what it likes of the drivers, but no step was missed.
passes() {
	"$VIOTAPE" check $tree "$@" >out 2>err
	status=$?
	asked="viotape check $tree $*"
	case $status in
	0 | 1) ;;
	*) fail "status $status: $(head -5 err)" ;;
	esac
	! grep -q -e 'step-failed\|packet-\|display-differs\|guest-panic' out ||
	    fail "$(grep -e 'step-failed\|packet-\|display-\|-panic' out)"
}

# What OpenBSD calls a revision: "1.12", of pv/viogpu.c; none if it is not there.
revision() {
	case $tree in
	--sys*)
		cat "$VIOTAPE_SYS/sys/dev/$1" "$VIOTAPE_SYS/dev/$1" \
		    "$VIOTAPE_SYS/$1" 2>/dev/null
		;;
	*)
		git -C "$VIOTAPE_SYS" show "$rev:sys/dev/$1" 2>/dev/null ||
		    git -C "$VIOTAPE_SYS" show "$rev:dev/$1" 2>/dev/null
		;;
	esac >text
	sed -n 's/.*\$OpenBSD: [a-z_]*\.[ch],v 1\.\([0-9]*\) .*/\1/p' text |
	    head -1
}

finds() {
	grep -q -e "$1" out || fail "\"$1\" is not found"
}
finds_not() {
	! grep -q -e "$1" out || fail "$(grep -e "$1" out)"
}

network() {
	passes -m arm64-qemu -m amd64-qemu -m riscv64-qemu vio-dhcp vio-sizes \
	    vio-stream vio-link
	for how in pci pci-intx pci-legacy mmio-legacy; do
		rm -f net.vtr
		run 0 record $tree --host builtin --transport $how \
		    --scenario net-dhcp -o net.vtr
		has out ' 12 packets sent, 10 received,'
		# shellcheck disable=SC2086 # options
		passes -m arm64-qemu net.vtr
	done
	# Until January 2026 the host's mtu was not accepted: Apple's host
	# refuses such a driver.
	passes -m arm64-qemu vio-mtu-1500
	"$VIOTAPE" check $tree -m arm64-apple-vz vio-mtu-1500 >out 2>&1
	asked="viotape check $tree -m arm64-apple-vz vio-mtu-1500"
	if grep -q '|= VIRTIO_NET_F_MTU' text; then
		finds_not 'the host refused the features'
		finds '^vio-mtu-1500  HOLDS-BOUNDED'
	else
		finds 'FAILS'
	fi
}

display() {
	passes -m arm64-qemu -m amd64-qemu -m riscv64-qemu viogpu-console \
	    viogpu-client viogpu-screens
	# It declines a window; the transport of 2023 sets DRIVER_OK all the same.
	if [ "$1" -ge 6 ]; then
		run 2 check $tree -m arm64-qemu viogpu-console-mmio
		has out '^skipped: viogpu-console-mmio on arm64-qemu: the guest'
	else
		run 1 check $tree -m arm64-qemu viogpu-console-mmio
		has out ': virtio-driver-ok-early: '
	fi
	# A virtio.c of before August 2024 does not get as far on amd64-sev: there
	# it is a note of the other machine.
	"$VIOTAPE" check $tree -m arm64-qemu -m amd64-sev viogpu-client \
	    >out 2>&1
	asked="viotape check $tree -m arm64-qemu -m amd64-sev viogpu-client"
	if [ "$1" -lt 13 ]; then
		finds 'viogpu\.c:[0-9]*: mmap-kva: .*kernel virtual address'
		finds 'viogpu\.c:[0-9]*: .*sync-missing-prewrite: .*a request named'
		[ "$1" -lt 9 ] || finds 'viogpu\.c:[0-9]*: sync-missing-prewrite'
	else
		finds_not mmap-kva
		finds_not 'sync-missing-prewrite: .*a request named'
		finds '^viogpu-client  HOLDS-BOUNDED  HOLDS-BOUNDED'
	fi
}

one_tree() {
	gpu=$(revision pv/viogpu.c)
	[ -z "$gpu" ] || display "$gpu"
	net=$(revision pv/if_vio.c)
	[ -z "$net" ] || network
	[ -n "$gpu$net" ] || fail "$tree has neither viogpu.c nor if_vio.c"
}

if [ -z "${VIOTAPE_SYS_REV:-}" ]; then
	tree="--sys $VIOTAPE_SYS"
	one_tree
else
	for rev in $VIOTAPE_SYS_REV; do
		tree="--repo $VIOTAPE_SYS --rev $rev"
		one_tree
	done
fi
exit $failed
