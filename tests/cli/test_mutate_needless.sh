#!/bin/sh
# test_mutate_needless.sh: what mutate --prove calls not needed it has explored,
# all of it; what exploring could not show is not called so.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking mutate_needless

# cells JSON: a line for each cell, the mutant's first.
cells() {
	awk '/^    { "kind"/ { at = $0 } /"machine"/ { print at $0 }' "$1"
}

producer=$(awk '/^vq_publish\(/ { on = 1 }
    on && /virtio_membar_producer/ { print NR; exit }' \
    "$VIOTAPE_SOURCE/drivers/virtio.c")

# Between the ring's entry and avail.idx arm64's sync is a barrier as well
# (rule S3).  All ways were gone: by the model alone it is not without effect.
run 0 mutate --prove --json arm.json -m arm64-qemu --at "virtio.c:$producer" \
    viogpu-detach
cells arm.json >some
[ -s some ] && [ -z "$(grep -v '"fate": "not needed", "left_out": \[\], "executions": [1-9]' \
    some)" ] || fail "of a producer behind a sync: $(cat some)"
# Where only a load that a later store overtakes could tell, nobody looked.
run 0 mutate --prove --json arm.json -m arm64-qemu --executions 10 \
    --at viogpu_get_mode viogpu-detach
cells arm.json | grep '"what": "consumer"' >some
has some '"fate": "not seen", "left_out": \["executions", "load buffering"\]'

[ $failed = 0 ] && echo ok
exit $failed
