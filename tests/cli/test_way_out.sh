#!/bin/sh
# test_way_out.sh: what a driver leaves behind when it is detached, what it does
# with a device that needs a reset or would show another size.  Our drivers
# hold; each fault is found in the trace that goes its way, and nowhere else.
set -eu
viotape=$VIOTAPE
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

fail() { printf 'FAIL: %s\n' "$*"; cat "$tmp/out"; exit 1; }
run() { set +e; "$viotape" "$@" >"$tmp/out" 2>&1; status=$?; set -e; }

# found FAULT TRACE STATUS WORDS: the fault on its trace.
found() {
	run check --fault "$1" -m arm64-qemu -m contract "viogpu-$2"
	[ $status = "$3" ] || fail "$1: status $status, not $3"
	grep -q "$4" "$tmp/out" || fail "$1: nothing says $4"
	run check --fault "$1" -m arm64-qemu viogpu-console
	[ $status = 0 ] || fail "$1 shows where nobody goes its way ($status)"
}

run check -m arm64-qemu -m contract viogpu-detach viogpu-resize \
    viogpu-needs-reset
[ $status = 0 ] || fail "our drivers do not hold ($status)"
grep -q ': note: ' "$tmp/out" && fail "our drivers have something latent"

found viogpu-detach-leak detach 1 \
    '^drivers/viogpu\.c:[0-9]*: leak: .* by bus_dmamap_create .* detached'
found viogpu-detach-no-reset detach 1 ': detach-device-live: '
found viogpu-detach-no-reset detach 1 \
    'dma-unload-posted: .* the rings of queue 0, while the device may look'
found viogpu-timeout-after-detach detach 1 \
    '^drivers/viogpu\.c:[0-9]*: timeout-left-behind: '
found viogpu-resize-stale-size resize 1 ': display-differs: '
found viogpu-reset-stale-resources needs-reset 1 ': display-differs: '
# VIRTIO says SHOULD, or nothing: latent, and counted with --strict.
found viogpu-resize-event-not-cleared resize 0 ': note: gpu-event-not-cleared: '
found viogpu-needs-reset-ignored needs-reset 0 \
    ': note: virtio-needs-reset-ignored: '
run check --strict --fault viogpu-needs-reset-ignored -m arm64-qemu \
    viogpu-needs-reset
[ $status = 1 ] || fail "--strict does not count what is latent ($status)"
grep -q 'it follows: the host shows another picture' "$tmp/out" ||
    fail "nothing says what follows"

# A driver that knows no detach is in its right: the run ends there, and says so.
sed '/\.ca_detach = viogpu_detach,/d' "$VIOTAPE_SOURCE/drivers/viogpu.c" \
    >"$tmp/viogpu-stays.c"
cmp -s "$tmp/viogpu-stays.c" "$VIOTAPE_SOURCE/drivers/viogpu.c" &&
    fail "viogpu.c has another shape: this test breaks nothing"
run check --driver "$tmp/viogpu-stays.c" -m arm64-qemu viogpu-detach
[ $status = 0 ] || fail "a driver without a detach function fails ($status)"
grep -q 'the driver knows no detach' "$tmp/out" || fail "nothing says why"

# A host that cannot be made to do it is bad input, not a silent pass.
printf 'needs-reset\n' >"$tmp/reset.scn"
if command -v qemu-system-aarch64 >/dev/null 2>&1; then
	run record --host qemu --scenario "$tmp/reset.scn" -o "$tmp/x.vtr"
	[ $status = 2 ] || fail "QEMU needs a reset? ($status)"
	grep -q -- '--host builtin' "$tmp/out" || fail "nothing says what to do"
	[ ! -e "$tmp/x.vtr" ] || fail "something was written"
fi
echo ok
