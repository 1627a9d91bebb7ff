#!/bin/sh
# test_transport_skipped.sh: how a device is reached: recorded by name, replayed where
# the machine has it, skipped with its reason where not; a guest that is right
# to leave a device alone is told from one that fails.
set -u
. "$(dirname "$0")/asking.sh"
asking transports

run 2 record --host builtin --transport isa --scenario console -o new.vtr
has err 'wanted pci, pci-intx, pci-legacy, mmio or mmio-legacy'
[ ! -e new.vtr ] || fail 'it wrote new.vtr'
for how in pci-intx mmio; do
	run 0 record --host builtin --transport $how --scenario console \
	    -o $how.vtr
	run 0 stat $how.vtr
	has out "virtio-gpu-$how"
	run 0 check -m arm64-qemu -m contract $how.vtr
	has out '2 machines, 0 findings$'
done
# A machine without the transport: skipped, and bad input if nothing is left.
run 0 check -m arm64-qemu -m amd64-qemu mmio.vtr
has out '^skipped: mmio on amd64-qemu: the machine has no virtio-mmio$'
has out '0 findings, 1 skipped$'
run 2 check -m amd64-qemu -m arm64-apple-vz mmio.vtr
has err 'every trace was skipped'
run 2 replay -m amd64-qemu mmio.vtr
# Interrupts are levels of the line, and no message is there.
run 0 show pci-intx.vtr
has out 'IRQ'
grep -q msix out && fail 'a message over INTx'
run 0 show mmio.vtr
has out 'mmio.interrupt_ack'

# A transport's driver that knows version 1 alone leaves the window, rightly.
sed 's/if (\*version != 1 && \*version != 2)/if (*version != 1)/' \
    "$VIOTAPE_SOURCE/drivers/virtio_mmio.c" >virtio_mmio.1.c
run 2 check --driver virtio_mmio.1.c -m arm64-qemu mmio.vtr
has out '^skipped: mmio on arm64-qemu: the guest declines the device'
# One that gives up half-way does not.
sed 's/^\tva.va_nintr = 1;/\tva.va_devid = 0;/' \
    "$VIOTAPE_SOURCE/drivers/virtio_mmio.c" >virtio_mmio.2.c
run 1 check --driver virtio_mmio.2.c -m arm64-qemu mmio.vtr
has out 'step-failed'
exit $failed
