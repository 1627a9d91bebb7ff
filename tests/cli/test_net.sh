#!/bin/sh
# test_net.sh: a network from the recorder to Wireshark: recorded twice it is the
# same, replayed it holds, exported it is what tshark reads without a warning.
# Also what QEMU's network card does, where there is a QEMU.
#
# VIOTAPE_TEST_NET_DRIVER names another driver to try this with.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
# shellcheck source=tests/cli/asking.sh
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking net
if [ -n "${VIOTAPE_TEST_NET_DRIVER:-}" ]; then
	set -- --driver "$VIOTAPE_TEST_NET_DRIVER"
elif [ -f "$VIOTAPE_SOURCE/drivers/if_vio.c" ]; then
	set --
else
	echo 'skipped: there is no network driver in drivers/'
	exit 77
fi

same() {
	cmp "$1" "$2" || fail "$1 and $2 differ"
}

# record HOST SCENARIO FILE: without a finding.
record() {
	host=$1 scenario=$2 file=$3
	shift 3
	run 0 record "$@" --host "$host" --scenario "$scenario" -o "$file"
	grep -q 'while recording' out && fail "$(cat out)"
}

hosts=builtin
command -v qemu-system-aarch64 >/dev/null 2>&1 &&
    hosts='builtin qemu' || echo 'no QEMU: its part is left out'
for host in $hosts; do
	for scenario in net-dhcp net-stream net-sizes; do
		record $host $scenario 1.vtr "$@"
		record $host $scenario 2.vtr "$@"
		same 1.vtr 2.vtr
		mv 1.vtr $host-$scenario.vtr
		run 0 check "$@" -m arm64-qemu -m amd64-sev \
		    -m arm64-noncoherent $host-$scenario.vtr
		has out '0 findings'
	done
done

# What would be too much to be explored.
record builtin net-bulk bulk.vtr "$@"
has out ' 2[0-9][0-9] packets sent, 1[0-9][0-9] received,'
run 0 check "$@" bulk.vtr
has out ' 9 machines, 0 findings'

run 0 show builtin-net-dhcp.vtr
has out '| sent, .*: UDP 0.0.0.0:68 > 255.255.255.255:67'
has out '| received, .*: ICMP 10.0.2.2 > 10.0.2.15, 1442 bytes'
run 0 export --pcapng net.pcapng builtin-net-stream.vtr
has out 'packets sent, .* received'
run 2 export builtin-net-stream.vtr
has err 'wants --pcapng FILE'
run 2 export --pcapng no.pcapng viogpu-console
has err 'wants one of a network device'
[ -e no.pcapng ] && fail 'a file was written after all'

# What QEMU cannot be made to do is refused before anything is written.
printf 'device net\nup\nhost mtu 1400\n' >change.scn
printf 'device net\nqueues 2\nup\n' >pairs.scn
for scenario in change pairs; do
	run 2 record "$@" --host qemu --scenario ./$scenario.scn -o no.vtr
	has err 'record it with --host builtin'
	[ -e no.vtr ] && fail 'a trace was written after all'
done

if ! command -v tshark >/dev/null 2>&1; then
	echo 'no tshark: what it makes of the packets is left out'
	exit $failed
fi
for trace in *-net-*.vtr; do
	run 0 export --pcapng net.pcapng "$trace"
	tshark -n -r net.pcapng >list 2>said || fail "tshark: $(cat said)"
	grep -v 'Running as user' said >warnings && fail "$(cat warnings)"
	tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE \
	    -r net.pcapng -Y 'frame.p2p_dir == 1 && udp.checksum.status == "Bad"' \
	    >bad 2>/dev/null
	[ -s bad ] && fail "$trace: $(cat bad)"
	[ "$(wc -l <list)" -ge 10 ] || fail "$trace has few packets"
	tshark -n -r net.pcapng -T fields -e frame.comment -e frame.packet_flags \
	    2>/dev/null | grep -q '^event [0-9]' || fail "$trace: no comment"
done
tshark -n -r net.pcapng -Y _ws.malformed 2>/dev/null | grep . &&
    fail 'a packet is malformed'
exit $failed
