#!/bin/sh
# test_other_years.sh: drivers that know less than the recorded one did, as
# those of other years do: what a recording has no answer to is not their fault.
# Each is ours with something taken out of it.
set -u
. "$(dirname "$0")/asking.sh"
asking other-years

without() {
	sed "$2" "$VIOTAPE_SOURCE/drivers/$1" >"$3"
	! cmp -s "$VIOTAPE_SOURCE/drivers/$1" "$3" || fail "$3 is as it was"
}

# One that has its segments cut sends what was not recorded: our own peer, of
# which the recording is, goes on.
without if_vio.c '/^\t    VIO_F_MTU/s/ | VIO_F_HOST_TSO//' if_vio-cut.c
run 0 check --driver if_vio-cut.c -m arm64-qemu -m contract vio-stream \
    vio-queues
has out 'packets: expected TCP 10\.0\.2\.15:40000 > 10\.0\.2\.2:9, [0-9]* bytes, driver sent TCP .* 1502 bytes'
has out 'note: divergence: packets: the recorded host said what the built-in peer says, which answers from here on'
run 0 check -m arm64-qemu vio-stream vio-queues
! grep -q 'built-in peer' out || fail 'the peer took over for the same driver'

# One that leaves a packet out gets the answers to the others, in time.
without if_vio.c 's/VIO_F_GUEST_ANNOUNCE | VIO_F_MQ/VIO_F_MQ/' if_vio-quiet.c
run 0 check --driver if_vio-quiet.c -m arm64-qemu -m riscv64-qemu vio-changes

# One that does not take the host's mtu may have a limit; one that takes it not.
without if_vio.c 's/^\t    VIO_F_MTU |/\t   /
s/^\t\t\tifp->if_hardmtu = ETHER_MAX_HARDMTU_LEN;/\t\t\tifp->if_hardmtu = 9000;/' \
    if_vio-limit.c
run 0 check --driver if_vio-limit.c -m arm64-qemu vio-jumbo vio-mtu-limit
run 0 replay --driver if_vio-limit.c --verbose -m arm64-qemu vio-jumbo
has out 'did not take the host.s mtu (VIRTIO_NET_F_MTU), which is its right'
without if_vio.c 's/if_hardmtu = MIN(mtu, ETHER_MAX_HARDMTU_LEN);/if_hardmtu = 9000;/' \
    if_vio-wrong.c
run 1 check --driver if_vio-wrong.c -m arm64-qemu vio-jumbo
has out 'step-failed: the step "mtu 65435" was not achieved'

# A display in a window whose transport never accepts VERSION_1 is declined;
# where it was accepted, it is no reason.
run 0 record --host builtin --transport mmio --scenario console -o mmio.vtr
without virtio_mmio.c 's/VIRTIO_F_VERSION_1 | VIRTIO_F_ACCESS_PLATFORM/VIRTIO_F_ACCESS_PLATFORM/
s/^\tif (modern \&\& (taken/\tif (0 \&\& (taken/
s/^\tif (modern) {/\tif (0) {/
s/taken, modern, names/taken, 0, names/' virtio_mmio-old.c
run 2 check --driver virtio_mmio-old.c -m arm64-qemu mmio.vtr
has out '^skipped: mmio on arm64-qemu: the guest declines the device, which has no form without VERSION_1: '
without viogpu.c 's/^\tif (!vsc->sc_version_1/\tif (1 || !vsc->sc_version_1/' \
    viogpu-never.c
run 1 check --driver viogpu-never.c -m arm64-qemu mmio.vtr
has out 'step-failed'
exit $failed
