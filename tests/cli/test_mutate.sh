#!/bin/sh
# test_mutate.sh: mutate leaves out what the drivers do, call path by call path,
# and says what comes of it: killed where a machine has a copy or a cache of its
# own, latent where memory is one, and of what check cannot see no more than
# that.  What there is to be left out is counted in the drivers' sources.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking mutate
drivers=$VIOTAPE_SOURCE/drivers

lacks() {
	if grep -q -e "$2" "$1"; then
		fail "\"$2\" is in $1: $(grep -m 3 -e "$2" "$1")"
	fi
}

# line FILE FUNCTION PATTERN: of the first such line in the function.
line() {
	awk -v at="^$2\\\\(" -v what="$3" '$0 ~ at { on = 1 }
	    on && $0 ~ what { print NR; exit }' "$drivers/$1"
}

# mutants KIND FILE: the lines that those are at, each once.
mutants() {
	sed -n "s/^    { \"kind\": \"$1\", .*\"file\": \"drivers\/$2\", \"line\": \([0-9]*\),.*/\1/p" \
	    m.json | sort -un
}

# lines PATTERN FILE: the lines of the source that have it, as statements.
lines() {
	grep -n -e "$1" "$drivers/$2" | grep '^[0-9]*:	' | cut -d : -f 1 |
	    sort -un
}

# --- what it refuses ----------------------------------------------------------

run 2 mutate -m arm64-qemuu
has err 'did you mean arm64-qemu?'
run 2 mutate missing.vtr
run 2 mutate --junit x.xml
run 2 mutate -m amd64-qemu viogpu-console-mmio
has err 'every trace was skipped'
run 2 mutate -m amd64-qemu --json j.json --at no_such_function viogpu-detach
has err 'comes by no_such_function'
echo 'int x = ;' >viogpu.c
run 3 mutate --driver viogpu.c -m amd64-qemu viogpu-detach
# A guest that does not hold cannot show what anything is good for.
run 5 mutate --fault viogpu-mmap-kva -m amd64-qemu --json j.json viogpu-detach
has err 'mutate wants a guest that holds'
has err 'mmap-kva'
[ ! -e j.json ] || fail 'it wrote a file all the same'

# --- a framebuffer that is not synced -----------------------------------------

# Where there is one memory it is latent, where there are two it kills.
at=$(line viogpu.c viogpu_transfer_to_host_2d bus_dmamap_sync)
run 0 mutate -m amd64-qemu -m amd64-sev -m arm64-noncoherent \
    --at "viogpu.c:$at" viogpu-console
has out "^drivers/viogpu.c:$at viogpu_transfer_to_host_2d: sync PREWRITE\$"
has out '^    dropped  *latent  *killed  *killed  *sync-missing-prewrite$'
# The first, of a screen that nobody drew on yet, is no matter.
has out '^  <- viogpu_repaint:[0-9]*$'
has out '^  <- viogpu_repaint:[0-9]* <- viogpu_attach_console:'
has out '^2 mutants, 1 traces, 3 machines: 1 killed, 1 latent, 0 not seen, 0 not needed$'

# --- all of a short trace -----------------------------------------------------

run 0 mutate -j 1 --json m.json -m amd64-qemu viogpu-detach
cp out one
cp m.json one.json
run 0 mutate -j 3 --json m.json -m amd64-qemu viogpu-detach
cmp -s out one && cmp -s m.json one.json ||
    fail '-j 3 gives another result than -j 1'
run 0 mutate -j 2 --json - -m amd64-qemu viogpu-detach
cmp -s out one.json || fail '--json - is not what --json FILE gets'

# Each sync of viogpu.c is reached, and there is no line that has none.
mutants sync viogpu.c >got
lines 'bus_dmamap_sync(' viogpu.c >wanted
[ -s wanted ] && cmp -s got wanted ||
    fail "syncs at lines $(tr '\n' ' ' <got), of $(tr '\n' ' ' <wanted)"
# virtio.c has one, in a helper, and many that call it.
mutants sync virtio.c >got
lines 'bus_dmamap_sync(' virtio.c >wanted
[ "$(wc -l <wanted)" -eq 1 ] && cmp -s got wanted || fail 'vq_sync is not it'
lines 'vq_sync(' virtio.c >callers
sed -n 's/.*"function": "vq_sync" }, { "file": "drivers\/virtio.c", "line": \([0-9]*\),.*/\1/p' \
    m.json | sort -un >got
[ "$(wc -l <got)" -ge 8 ] && [ -z "$(comm -13 callers got)" ] ||
    fail "callers of vq_sync: $(tr '\n' ' ' <got), of $(tr '\n' ' ' <callers)"
# The others are where the source has such a call.
for pair in barrier:virtio_membar_ load:bus_dmamap_load mmap:bus_dmamem_mmap; do
	for file in virtio.c viogpu.c; do
		mutants "${pair%:*}" $file >got
		lines "${pair#*:}" $file >wanted
		[ -z "$(comm -13 wanted got)" ] || fail "${pair%:*} at $file: \
$(tr '\n' ' ' <got), where the source has $(tr '\n' ' ' <wanted)"
	done
done
mutants barrier virtio.c >got
[ "$(wc -l <got)" -ge 3 ] || fail "barriers at $(tr '\n' ' ' <got)"
mutants mmap viogpu.c >got
[ -s got ] || fail 'no mmap was reached'

# Canary: of the PREWRITEs of viogpu.c none survives.  The diffs J1-4.diff of
# tests/seeded takes the checker out that tells of them.
awk '/^    { "kind"/ { at = $0 }
    /"machine"/ && at ~ /"PREWRITE".*viogpu.c/ { print at $0 }' m.json >cells
[ -s cells ] || fail 'nothing is known of any PREWRITE'
lacks cells '"fate": "not'
has cells '"fate": "latent", "finding": "sync-missing-prewrite", "trace": "viogpu-detach"'
awk '/^    { "kind"/ { at = $0 }
    /"machine"/ && at ~ /"PREREAD".*viogpu.c/ { print at $0 }' m.json >cells
has cells '"fate": "latent", "finding": "sync-missing-preread"'

# A kernel virtual address for a client, a barrier that check cannot see, an
# operation that this machine makes nothing of.
awk '/^    { "kind"/ { at = $0 } /"machine"/ { print at $0 }' m.json >cells
grep '"kind": "mmap".*"change": "kernel' cells >some
has some '"fate": "killed", "finding": "mmap-kva"'
grep '"kind": "barrier"' cells >some
[ -s some ] || fail 'no barriers'
[ -z "$(grep -v '"fate": "not seen"' some)" ] ||
    fail 'more is said of a barrier than check can see'
grep '"what": "POSTWRITE"' cells >some
[ -s some ] && [ -z "$(grep -v '"fate": "not needed"' some)" ] ||
    fail 'a POSTWRITE is needed where a sync is nothing'

# --- a network, whose driver is entered from many sides -----------------------

run 0 mutate --verbose --json m.json -m amd64-sev --at vio_start vio-mtu-68
lacks out 'call paths)'
run 0 mutate --json m.json -m amd64-sev vio-mtu-68
has out 'call paths)'
mutants sync if_vio.c >got
lines bus_dmamap_sync if_vio.c >wanted
[ "$(wc -l <got)" -ge 4 ] && [ -z "$(comm -13 wanted got)" ] ||
    fail "syncs of if_vio.c at $(tr '\n' ' ' <got)"
[ $failed = 0 ] && echo ok
exit $failed
