#!/bin/sh
# test_hundred_replays.sh: a counterexample that prove wrote leads to the same
# finding by the same run, 100 times of 100.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking hundred
AGAIN=100

run 1 prove --fault virtio-lost-kick -m amd64-qemu --executions 1500 \
    --counterexamples . vio-dhcp
way=vio-dhcp-amd64-qemu-queue-stuck.vtr
n=0
while [ $n -lt $AGAIN ] && [ $failed = 0 ]; do
	n=$((n + 1))
	run 1 replay "$way"
	[ $n -gt 1 ] || cp out first
	cmp -s out first || fail "replay $n is another one"
done
has first 'queue-stuck in virtio_pci_kick, and it is found again, at event [0-9]* of the same run$'
has first '^drivers/virtio_pci.c:[0-9]*: queue-stuck: '
echo "$n replays"

exit $failed
