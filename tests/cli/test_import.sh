#!/bin/sh
# test_import.sh: a log of QEMU's becomes a trace that check takes for what it
# holds, and says what it does not hold; packets become a scenario and come back
# as they were.  With QEMU: what a log of a session has is what the recorder of
# the same session saw.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
# shellcheck source=tests/cli/asking.sh
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking import
seeds=$VIOTAPE_SOURCE/tests/fuzz/corpus/import

absent() {
	for file; do
		[ -e "$file" ] && fail "$file was written after all"
	done
}

# --- logs ----------------------------------------------------------------------

run 0 import "$seeds/log-pci" -o pci.vtr
has out '^pci.vtr: virtio-gpu at 00:01.0, pci-intx: 196 register accesses, 3 '
has out '^what it does not hold: what is in its 3 chains'
run 0 import "$seeds/log-mmio" -o mmio.vtr
has out 'virtio-gpu in window 0, mmio: '
sed 's/^/99@1800000000.123456:/' "$seeds/log-pci" >timed
run 0 import timed -o again.vtr
cmp -s pci.vtr again.vtr || fail 'times are in a trace'

run 0 check -m arm64-qemu -m amd64-sev pci.vtr
has out '^what the import does not hold: pci: what is in its 3 chains'
has out '^HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings'
run 0 check -m arm64-qemu --json - mmio.vtr
has out '"unseen": "what is in its'
has out '"verdict": "HOLDS-BOUNDED"'
# What the driver does wrong is found by what the model makes of it.
# What a log has not is left out of every proof.
run 0 prove --work 2000 -m arm64-qemu --json p.json pci.vtr
has out '^bound of the model: what the log held that the trace was made of'
has p.json '"gaps": \[[^]]*"import"\]'
run 1 check -m amd64-sev --fault viogpu-no-fb-sync pci.vtr
has out ': sync-missing-prewrite: '
run 1 check -m arm64-qemu --fault virtio-feature-not-offered pci.vtr
run 0 show pci.vtr
has out 'common.device_feature\[0\] = '
has out 'CHAIN   queue 0 #0 2 descriptors, unseen'
run 0 verify pci.vtr
run 0 stat pci.vtr
has out '^  unseen     what is in its 3 chains'
run 0 recover pci.vtr -o recovered.vtr
run 0 stat recovered.vtr
has out '^  unseen     what is in its 3 chains'
# A recording says nothing of it.
run 0 check -m arm64-qemu viogpu-console
grep -q 'does not hold' out && fail 'a recording is taken for an import'
run 0 check -m arm64-qemu --json - viogpu-console
grep -q '"unseen":' out && fail 'a recording is taken for an import'

# The steps of another scenario, and one that is for another device.
printf 'title x\ntext a\\n\nexpect\ntext b\\n\nexpect\n' >mine.scn
run 0 import "$seeds/log-pci" --scenario mine.scn -o mine.vtr
run 0 replay -m arm64-qemu mine.vtr
has out 'text b'
run 2 import "$seeds/log-pci" --scenario net-dhcp -o no.vtr
has err 'scenario net-dhcp is for another device than virtio-gpu'

# --- what is refused -------------------------------------------------------------

printf 'one\ntwo\n' >text
printf 'virtio_set_status vdev 0x1 val 0\nfoo\n' >nothing
run 2 import text -o no.vtr
has err 'text is neither a log of QEMU.s .* nor a pcap or pcapng'
run 2 import nothing -o no.vtr
has err 'nothing: no virtio device is in it: wanted a guest that finds one'
run 2 import "$seeds/log-mmio" -m amd64-qemu -o no.vtr
has err 'at 0xa000000, where amd64-qemu has no window; name the machine'
cat "$seeds/log-pci" "$seeds/log-mmio" >both
run 2 import both -o no.vtr
has err '1 virtio-gpu at 00:01.0, 2 virtio-gpu in window 0; say which by'
run 0 import both --device 2 -o two.vtr
has out 'virtio-gpu in window 0'
run 2 import both --device 5 -o no.vtr
has err '--device 5: both has 1 virtio-gpu'
head -c 3000 "$seeds/log-pci" >begin
run 2 import begin -o no.vtr
run 2 import "$seeds/log-pci" -o no.scn
has err 'becomes a file whose name ends in .vtr'
run 2 import "$seeds/pcapng" -o no.vtr
has err 'becomes a file whose name ends in .scn'
run 2 import "$seeds/log-pci"
has err 'import wants -o'
run 2 import none.log -o no.vtr
run 2 import "$seeds/log-pci" --mac 52:54:00:12:34:56 -o no.vtr
has err '--mac is of no use for a log'
run 2 import "$seeds/pcapng" --device net -o no.scn
has err '--device is of no use for packets'
run 2 import "$seeds/pcapng" -m arm64-qemu -o no.scn
has err '-m is of no use for packets'
head -c 80 "$seeds/pcap-big" >cut
run 2 import cut -o no.scn
has err 'packet 2 (from byte 56 on) goes beyond the file.s end'
absent no.vtr no.scn

# --- packets ---------------------------------------------------------------------

for form in pcap-big pcap-nano pcapng pcapng-big; do
	run 0 import "$seeds/$form" -o $form.scn
done
cmp -s pcap-big.scn pcap-nano.scn || fail 'pcap differs by its form'
cmp -s pcapng.scn pcapng-big.scn || fail 'pcapng differs by its form'
has pcap-big.scn '^frame ffffffffffff5254000000010806'
has pcap-big.scn '^host frame 525400000001'

# There and back: the packets of a recording are those of a scenario.
run 0 export --pcapng 1.pcapng vio-dhcp
run 0 import 1.pcapng -o 1.scn
has out '^1.scn: 12 packets that the guest sends, 10 that it gets; it is 52:54'
run 0 record --host builtin --scenario 1.scn -o 1.vtr
has out '12 packets sent, 10 received'
grep -q 'while recording' out && fail "$(cat out)"
run 0 export --pcapng 2.pcapng 1.vtr
run 0 import 2.pcapng -o 2.scn
cmp -s 1.scn 2.scn || fail 'packets came back otherwise'
run 0 check -m arm64-qemu -m amd64-sev 1.vtr
has out '0 findings'
run 1 check -m arm64-noncoherent --fault vio-rx-no-postread 1.vtr
run 0 check -m arm64-noncoherent 1.vtr
run 2 export --pcapng no.pcapng pci.vtr

# --- with QEMU -------------------------------------------------------------------

command -v qemu-system-aarch64 >/dev/null 2>&1 || {
	echo 'no QEMU: its part is left out'
	exit $failed
}
cat >qemu <<'EOF'
#!/bin/sh
# QEMU that logs what its virtio devices do.
case " $* " in
*dumpdtb=*|*' --version '*|*' -version '*) exec qemu-system-aarch64 "$@" ;;
esac
exec qemu-system-aarch64 "$@" -trace 'virtio*' -trace 'memory_region_ops_*' \
    -trace 'virtqueue_*' -msg timestamp=on -D "$QEMU_LOG"
EOF
chmod +x qemu
# events TRACE WHERE: registers and interrupts of a device, without numbers.
events() {
	"$VIOTAPE" show "$1" | sed -n 's/^ *[0-9]* //p' |
	    grep -E "^(READ|WRITE) *$2 |^IRQ"
}
# A network: what the log does not have comes from a peer, so that a driver's
# fault shows all the same.
QEMU_LOG=$scratch/net.log
export QEMU_LOG
run 0 record --host qemu=./qemu --scenario net-dhcp -o net.vtr
run 0 import net.log -o net-log.vtr
has out 'virtio-net at 00:01.0, pci: .* 28 chains, 28 given back, 28 interrupts'
run 0 check -m arm64-qemu -m amd64-sev net-log.vtr
has out '^HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings'
run 1 check -m arm64-noncoherent --fault vio-rx-no-postread net-log.vtr

for transport in pci pci-intx mmio; do
	QEMU_LOG=$scratch/$transport.log
	export QEMU_LOG
	run 0 record --host qemu=./qemu --scenario console \
	    --transport $transport -o recorded.vtr
	run 0 import $transport.log -o imported.vtr
	has out "virtio-gpu .*, $transport: "
	where=00:01.0
	[ $transport = mmio ] && where='window 0'
	events recorded.vtr "$where" >1
	events imported.vtr "$where" >2
	[ -s 2 ] || fail "$transport: nothing is in the trace"
	cmp -s 1 2 || fail "$transport: $(diff 1 2 | head -n 5)"
	run 0 check -m arm64-qemu imported.vtr
	has out '^HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings'
	rm -f recorded.vtr imported.vtr
done
exit $failed
