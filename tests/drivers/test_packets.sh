#!/bin/sh
# test_packets.sh: ten million packets of random sizes, in bursts, through our
# driver and the built-in host, over each transport, with receive buffers that
# are put together and without: none is lost, doubled or torn.  It is
# test_vio_burst, by two programs at once.  It belongs to the long tier:
# VIOTAPE_LONG=1.  VIOTAPE_PACKETS is another number.

set -u
: "${VIOTAPE_BUILD:?the build tree}"
export LC_ALL=C
VIOTAPE_PACKETS=${VIOTAPE_PACKETS:-10000000}
export VIOTAPE_PACKETS
[ "${VIOTAPE_LONG-}" = 1 ] || {
	echo 'skipped: this is of the long tier; VIOTAPE_LONG=1 asks for it'
	exit 77
}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-packets.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM

program=$VIOTAPE_BUILD/tests/bin/test_vio_burst
VIOTAPE_SHARE=0/2 "$program" >"$scratch/0" 2>&1 &
VIOTAPE_SHARE=1/2 "$program" >"$scratch/1" 2>&1
second=$?
wait $!
first=$?
cat "$scratch/0" "$scratch/1"
sent=$(sed -n 's/^\([0-9]*\) packets sent$/\1/p' "$scratch/0" "$scratch/1" |
    awk '{ n += $1 } END { print n + 0 }')
echo "$sent packets sent in all"
[ "$first" = 0 ] && [ "$second" = 0 ] && [ "$sent" -ge "$VIOTAPE_PACKETS" ]
