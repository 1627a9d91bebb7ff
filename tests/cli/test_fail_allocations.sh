#!/bin/sh
# test_fail_allocations.sh: with --fail-allocations every step that can fail
# fails in turn, in the boot and after it.  Our drivers give back what they
# took; a driver that unmaps the wrong address on its way out, or forgets to
# free, is found there and nowhere else.
set -eu
viotape=$VIOTAPE
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

fail() { printf 'FAIL: %s\n' "$*"; cat "$tmp/out"; exit 1; }
run() { set +e; "$viotape" "$@" >"$tmp/out" 2>&1; status=$?; set -e; }

run check --fail-allocations -m arm64-qemu -m contract viogpu-console
[ $status = 0 ] || fail "our drivers do not find their way out ($status)"

run check --fault viogpu-unmap-wrong-address -m arm64-qemu viogpu-console
[ $status = 0 ] || fail "the wrong unmap shows where nothing fails ($status)"
run check --fail-allocations --fault viogpu-unmap-wrong-address \
    -m arm64-qemu viogpu-console
[ $status = 1 ] || fail "the wrong unmap is not found ($status)"
grep -q '^drivers/viogpu\.c:[0-9]*: dma-unmap-unknown: ' "$tmp/out" ||
    fail "no finding names the unmap"

# A way out that forgets something: the memory of viogpu_mem_alloc().
sed 's/bus_dmamem_free(dmat, &vm->vm_seg, 1);/;/' \
    "$VIOTAPE_SOURCE/drivers/viogpu.c" >"$tmp/viogpu-leaky.c"
cmp -s "$tmp/viogpu-leaky.c" "$VIOTAPE_SOURCE/drivers/viogpu.c" &&
    fail "viogpu.c has another shape: this test breaks nothing"
run check --fail-allocations --driver "$tmp/viogpu-leaky.c" \
    -m arm64-qemu viogpu-console
[ $status = 1 ] || fail "a leak is not found ($status)"
grep -q 'viogpu-leaky\.c:[0-9]*: leak: 4096 bytes by bus_dmamem_alloc' \
    "$tmp/out" || fail "no finding names the leak"
grep -q 'what failed: .*: .*\.c:[0-9]* in ' "$tmp/out" ||
    fail "the leak does not say what failed"

# A way out that forgets something only the second time: after a detach.
awk '/^#define VIOGPU_SCANOUT/ { print "static int viogpu_seen;" }
	/^destroy:$/ { print; print "\tif (!viogpu_seen)"; next }
	/sc->sc_attached = 0;/ { print "\tviogpu_seen = 1;" }
	{ print }' "$VIOTAPE_SOURCE/drivers/viogpu.c" >"$tmp/viogpu-again.c"
run check --fail-allocations --driver "$tmp/viogpu-again.c" \
    -m arm64-qemu viogpu-console
[ $status = 0 ] || fail "the second way out shows in the first ($status)"
run check --fail-allocations --driver "$tmp/viogpu-again.c" \
    -m arm64-qemu viogpu-detach
[ $status = 1 ] || fail "a leak of the second attach is not found ($status)"
grep -q 'viogpu-again\.c:[0-9]*: leak: 4096 bytes by bus_dmamap_create' \
    "$tmp/out" || fail "no finding names the second leak"
grep -q 'what failed: bus_dmamap_load: ' "$tmp/out" ||
    fail "the second leak does not say what failed"

# The host refuses: a driver that does not look goes on, and shows nothing.
sed 's/if ((virtio_get_status(vsc) & VIRTIO_STATUS(FEATURES_OK)) == 0)/if (0)/' \
    "$VIOTAPE_SOURCE/drivers/virtio_pci.c" >"$tmp/virtio_pci-blind.c"
cmp -s "$tmp/virtio_pci-blind.c" "$VIOTAPE_SOURCE/drivers/virtio_pci.c" &&
    fail "virtio_pci.c has another shape: this test breaks nothing"
run check --fail-allocations --driver "$tmp/virtio_pci-blind.c" \
    -m arm64-qemu viogpu-console
[ $status = 1 ] || fail "nobody looks at FEATURES_OK, unseen ($status)"
grep -q 'what failed: FEATURES_OK: ' "$tmp/out" ||
    fail "nothing names FEATURES_OK"
echo ok
