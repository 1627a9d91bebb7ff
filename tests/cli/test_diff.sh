#!/bin/sh
# test_diff.sh: viotape diff: quiet where nothing differs, the first difference
# by its name where something does, the same read from either side.

set -u
. "${VIOTAPE_SOURCE:?the source tree}/tests/cli/asking.sh"
asking diff

quiet() {
	[ ! -s out ] && [ ! -s err ] || fail "it says $(cat out err)"
}

# The first difference, without what stands before it.
first() {
	sed -n -e '/^the first difference/,/^in all/p' out |
	    grep -e ' [AB]: ' -A 2
}

# --- nothing differs ---------------------------------------------------------

for trace in viogpu-console viogpu-detach vio-queues; do
	run 0 diff $trace $trace
	quiet
done
run 0 diff --against viogpu-console
quiet
run 0 diff --stat --fault viogpu-no-fb-sync --against \
    --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
quiet
# A fault that this trace does not come by.
run 0 diff --against --fault viogpu-mmap-kva viogpu-console
quiet
# Recorded here, twice, and with a driver that was compiled otherwise.
for name in one two; do
	run 0 record --host builtin --scenario console -m arm64-qemu \
	    -o $name.vtr
done
run 0 diff one.vtr two.vtr
quiet
# Elsewhere memory lies elsewhere, and so do rings and BARs.
run 0 record --host builtin --scenario console -m amd64-qemu -o far.vtr
run 0 diff one.vtr far.vtr
quiet

# --- two recordings ----------------------------------------------------------

run 1 diff viogpu-console viogpu-console-mmio
has out '^A is reached by pci, B by mmio$'
has out '^  requests  *20 in both$'
has out '^  pictures  *6 in both$'
run 1 diff viogpu-console viogpu-console-intx
has out 'A: read config.capabilities/4 = 0x00000098'
has out '^  requests  *20 in both$'
has out 'only in A interrupt: MSI-X message 1'
has out 'only in B interrupt: the line rises'
run 1 diff viogpu-client viogpu-client-1024x768
has out 'its bytes differ from 32 on: A 40 01 00 00 f0 00'
has out 'SET_SCANOUT scanout 0 resource 1 0,0 1024x768'
run 1 diff vio-mtu-1280 vio-mtu-9000
has out 'A: read device+0xa = 0x0500$'
has out 'B: read device+0xa = 0x2328$'
has out 'only in B request queue 1 sent, plain: ICMP .* 1514 bytes'

# --- two guests --------------------------------------------------------------

# differs FAULT TRACE PATTERN: A is our driver, B has the fault.
differs() {
	run 1 diff --against --fault "$1" "$2"
	first >told
	has told "$3"
	cp out there
}

# The same, read from the other side, too.
differs_both() {
	differs "$@"
	run 1 diff --fault "$1" --against "$2"
	sed -e 's/only in A/only in b/g' -e 's/only in B/only in A/g' \
	    -e 's/only in b/only in B/g' out |
	    grep '^  [a-z]*  .* in both' | sort >back
	grep '^  [a-z]*  .* in both' there |
	    sed 's/\(, [0-9]* only in A\)\(, [0-9]* only in B\)/\2\1/' |
	    sort >forth
	sed 's/\(, [0-9]* only in A\)\(, [0-9]* only in B\)/\2\1/' back |
	    sort | cmp -s - forth || fail "not the same from the other side:
$(diff back forth)"
}
differs_both viogpu-no-fb-sync viogpu-console \
    'A: sync PREWRITE of a map of 153600 bytes.*(only in A)'
has told 'by viogpu.c:[0-9]* viogpu_transfer_to_host_2d'
has there 'only in B finding sync-missing-prewrite, latent'
differs viogpu-sync-past-map viogpu-console \
    'B: sync POSTREAD of a map of 4096 bytes, 4096 bytes from 2048$'
differs_both viogpu-resize-stale-size viogpu-resize \
    'A: request queue 0 TRANSFER_TO_HOST_2D resource 1 0,0 320x240'
differs viogpu-resize-event-not-cleared viogpu-resize \
    'A: write device+0x4 = 0x00000001  (only in A)'
differs viogpu-reset-stale-resources viogpu-needs-reset \
    'by viogpu.c:[0-9]* .* <- viogpu_create_2d'
differs virtio-feature-not-offered viogpu-console \
    'B: write common.driver_feature.1. = 0x00000009$'
differs virtio-no-entry-sync viogpu-console \
    'by virtio.c:[0-9]* .*virtio_dequeue'
has there '^  syncs .* 20 only in A$'
differs vio-tx-no-header-sync vio-dhcp \
    'A: sync PREWRITE of a map of 4096 bytes, 12 bytes from 0  (only in A)'
differs_both vio-rx-refill-before-sync vio-dhcp \
    'A: sync PREREAD of a map of 2048 bytes.*(in B at '

# What the host cannot see, and what it is shown.
run 1 diff --against --fault viogpu-detach-leak viogpu-detach
has out '^the host sees the same; what is found differs$'
has out 'only in B 2 x finding leak, fatal'
run 1 diff --against --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
has out '^  pictures .* 3 with other contents'
# A run that ends early.
run 1 diff --against --fault viogpu-timeout-after-detach viogpu-detach
has out 'A: step 7: attach  (only in A)'
has out 'B: nothing more'
has out '^  virtual time  *A 130000.000 us, B '

# A driver of the user's own; only its clock differs.
cp "$VIOTAPE_SOURCE/drivers/viogpu.c" mine.c
mkdir own && sed 's/viogpu_repaint(sc);/&	\/* as it was *\//' mine.c \
    >own/viogpu.c
run 0 diff --driver own/viogpu.c --against viogpu-console
quiet

# --- as a table, for programs, twice -----------------------------------------

run 1 diff --stat --against --fault viogpu-no-fb-sync viogpu-console
has out '^syncs  *261  *245  *245  *16  *0  *0  *0$'
[ "$(grep -c first out)" -eq 0 ] || fail 'more than numbers'
run 1 diff --json d.json --against --fault viogpu-no-fb-sync viogpu-console
cp out once
run 1 diff --json - --against --fault viogpu-no-fb-sync viogpu-console
cmp -s out d.json || fail 'not the same JSON'
has out '"syncs": { "both": 245, "only_a": 16, "only_b": 0'
if command -v python3 >/dev/null; then
	python3 -c 'import json, sys
d = json.load(open("d.json"))
assert d["differs"] is True
assert d["first"]["a"]["text"].startswith("PREWRITE")
assert "viogpu_transfer_to_host_2d" in d["first"]["a"]["place"]
assert sum(x["how"] == "only_a" for x in d["differences"]) == 16' ||
	    fail 'the JSON says something else'
fi
run 1 diff --against --fault viogpu-no-fb-sync viogpu-console
cmp -s out once || fail 'not the same twice'
run 0 diff --json same.json viogpu-console viogpu-console
has same.json '"differs": false'

# --- bad input ---------------------------------------------------------------

run 2 diff
run 2 diff viogpu-console
has err 'diff wants two traces; or one, and two guests'
run 2 diff viogpu-console vio-dhcp
has err 'viogpu-console has a virtio display, vio-dhcp has a virtio network'
run 2 diff -m amd64-sev viogpu-console viogpu-console
has err 'without a guest or a machine'
run 2 diff --fault viogpu-no-fb-sync viogpu-console viogpu-console
has err 'without a guest or a machine'
run 2 diff --against viogpu-console viogpu-client
has err 'two guests on one trace; "viogpu-client" is one too many'
run 2 diff --against -m arm64-qemu -m amd64-sev viogpu-console
has err 'one machine'
run 2 diff --against -m amd64-sev viogpu-console-mmio
run 2 diff --against --fault viogpu-no-fb-sink viogpu-console
has err 'there is no fault viogpu-no-fb-sink'
run 2 diff viogpu-console missing
whole=$VIOTAPE_SOURCE/traces/viogpu-client.vtr
size=$(wc -c <"$whole")
head -c $((size / 2)) "$whole" >cut.vtr
run 2 diff "$whole" cut.vtr
has err 'viotape recover'
[ ! -s out ] || fail 'it speaks of a damaged trace'
run 2 diff --against cut.vtr
echo '}' >>mine.c
mkdir bad && mv mine.c bad/viogpu.c
run 3 diff --against --driver bad/viogpu.c viogpu-console
has err 'error'

exit $failed
