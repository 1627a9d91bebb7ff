#!/bin/sh
# test_fail_allocations.sh: with --fail-allocations each allocation of the boot
# fails in turn.  Our drivers give back what they took; a driver that unmaps
# the wrong address on its way out, or forgets to free, is found there and
# nowhere else.
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
echo ok
