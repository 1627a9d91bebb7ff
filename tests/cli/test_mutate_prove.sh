#!/bin/sh
# test_mutate_prove.sh: mutate --prove shows what a barrier is good for, which
# check cannot see: killed where a machine's stores wait, and not seen where not
# all was looked at, which the report says.  test_mutate_needless.sh has the one
# that is not needed.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking mutate_prove
drivers=$VIOTAPE_SOURCE/drivers

# line FILE FUNCTION PATTERN: of the first such line in the function.
line() {
	awk -v at="^$2\\\\(" -v what="$3" '$0 ~ at { on = 1 }
	    on && $0 ~ what { print NR; exit }' "$drivers/$1"
}

# cells JSON: a line for each cell, the mutant's first.
cells() {
	awk '/^    { "kind"/ { at = $0 } /"machine"/ { print at $0 }' "$1"
}

notify=$(line if_vio.c vio_start 'virtio_notify')

# --- what it refuses ----------------------------------------------------------

run 2 mutate --executions 10 -m amd64-qemu viogpu-detach
has err '^viotape: --executions and --also are about --prove'
run 2 check --prove viogpu-detach
# Check holds of this guest, and what prove finds in it is no mutant's.
run 0 check --fault virtio-lost-kick -m amd64-qemu vio-dhcp
run 5 mutate --prove --fault virtio-lost-kick -m amd64-qemu --json j.json \
    --at "if_vio.c:$notify" --executions 1500 vio-dhcp
has err 'does not hold on amd64-qemu as it is (queue-stuck)'
has err 'viotape prove says what is wrong'
[ ! -e j.json ] || fail 'it wrote a file all the same'

# --- a barrier that is needed ---------------------------------------------------

# The store of avail.idx waits while the driver looks whether the host sleeps:
# without the fence a notification is lost.  A fence by another name is one.
set -- -m amd64-qemu --at "if_vio.c:$notify" vio-dhcp
run 0 mutate --prove --executions 1500 -j 1 --json 1.json "$@"
has out '; judged by prove: '
has out '^    dropped  *killed  *queue-stuck$'
has out '^    producer instead  *killed  *queue-stuck$'
has out '^    consumer instead  *killed  *queue-stuck$'
has out '^    exit instead  *killed  *queue-stuck$'
has out '^    enter instead  *not needed$'
has out '^bound of the model: interrupts come at once, chains that wait'
has out '^bound of mutate: .*; 1500 executions of each$'
has out ': 4 killed, 2 latent, 0 not seen, 2 not needed$'
has 1.json '"judge": "prove"'
has 1.json '"executions_max": 1500'
has 1.json '"fate": "killed", "finding": "queue-stuck", "trace": "vio-dhcp", "left_out": \[\], "executions": [1-9]'
cp out 1.txt
run 0 mutate --prove --executions 1500 -j 3 --json 3.json "$@"
cmp out 1.txt || fail '-j 3 prints something else than -j 1'
cmp 3.json 1.json || fail '-j 3 gives another JSON than -j 1'
# Check, which runs every machine as sc, has no say.
run 0 mutate "$@"
has out '^    dropped  *not seen$'
has out ': 0 killed, 2 latent, 6 not seen, 0 not needed$'

# --- a bound that is reached ----------------------------------------------------

run 0 mutate --prove --executions 20 --json cut.json "$@"
has out '^    dropped  *not seen$'
has out '^not seen  *nothing was found, and not all was looked at: executions beyond 20 (4)$'
has out ': 0 killed, 2 latent, 4 not seen, 2 not needed$'
cells cut.json | grep '"change": "dropped".*"not seen"' >some
has some '"fate": "not seen", "left_out": \["executions"\], "executions": 2[0-9]'
run 0 mutate --prove --also interrupts --executions 5 "$@"
has out '^bound of the model: chains that wait are served at once, '

# --- calls that only a late host leads to ---------------------------------------

run 0 mutate --json check.json -m amd64-qemu --at virtio_dequeue vio-dhcp
run 0 mutate --prove --json prove.json -m amd64-qemu --at virtio_dequeue \
    vio-dhcp
has out '; 1000 executions of each$'
[ "$(cells prove.json | wc -l)" -gt "$(cells check.json | wc -l)" ] ||
    fail 'every behaviour comes by no more calls than one run does'

[ $failed = 0 ] && echo ok
exit $failed
