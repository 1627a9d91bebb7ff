#!/bin/sh
# test_certificate.sh: what prove has shown is the same for any number of
# processes and for gcc and clang; shards put together are the whole; verify
# shows it again; what was altered, is of something else or is not whole is
# noticed.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
. "$VIOTAPE_SOURCE/tests/cli/mini_tree.sh"
asking certificate

digest() {
	sed -n 's/^  "digest": "\([0-9a-f]*\)",$/\1/p' "$1"
}

# --- the same ------------------------------------------------------------------

set -- -m amd64-qemu -m arm64-qemu viogpu-detach
run 0 prove -j 1 --certificate a.json "$@"
has out "^certificate: $(digest a.json)\$"
[ -n "$(digest a.json)" ] || fail 'a certificate has no digest'
[ "$(grep -c '"whole": true' a.json)" -eq 2 ] || fail 'two pairs are wanted'
run 0 prove -j 2 --certificate b.json "$@"
cmp a.json b.json || fail '-j 2 shows something else than -j 1'
run 0 prove --certificate - "$@"
cmp a.json out || fail 'on standard output it is another one'
if command -v gcc >/dev/null 2>&1 && command -v clang >/dev/null 2>&1 &&
    ! gcc --version 2>/dev/null | grep -q clang; then
	for cc in gcc clang; do
		VIOTAPE_CC=$cc
		export VIOTAPE_CC
		run 0 prove --certificate $cc.json -m riscv64-qemu vio-mtu-68
	done
	unset VIOTAPE_CC
	[ "$(digest gcc.json)" = "$(digest clang.json)" ] ||
	    fail 'what clang made shows something else than what gcc made'
fi

# Another machine, guest or bound is another one.
run 0 prove --certificate c.json -m amd64-qemu viogpu-detach
run 0 prove --certificate d.json --also cpus "$@"
run 0 prove --certificate e.json --executions 3000 "$@"
run 0 prove --certificate f.json --fault virtio-lost-kick -m amd64-qemu \
    viogpu-detach
for name in a c d e f; do
	digest $name.json
done | sort >digests
[ "$(sort -u digests | wc -l)" -eq 5 ] || fail 'two of five are the same'

# --- shards --------------------------------------------------------------------

for i in 1 2; do
	run 0 prove --shard $i/2 --certificate s$i.json "$@"
	[ "$(grep -c '"whole"' s$i.json)" -eq 1 ] || fail "shard $i has not one"
done
run 0 merge -o m.json s2.json s1.json
has out "^certificate $(digest a.json)\$"
[ "$(tail -n 1 out)" = 'HOLDS: 1 traces, 2 machines, 0 findings' ] ||
    fail "merge ends with $(tail -n 1 out)"
cmp m.json a.json || fail 'the shards together are not the whole'
run 0 merge -o - s1.json s2.json
cmp out a.json || fail 'on standard output it is another one'
run 2 merge -o x.json s1.json
has err '1 pairs of trace and machine are in none of the certificates, viogpu-detach on arm64-qemu the first'
run 2 merge -o x.json s1.json s2.json s1.json
has err 'viogpu-detach on amd64-qemu is in two of the certificates'
run 2 merge -o x.json s1.json e.json
has err 'not of one run: executions of a pair at most: 0 there, 3000 here'
[ ! -e x.json ] || fail 'merge wrote what it refused'
for shard in 0/2 3/2 1 1/ /2 1/0 a/b 1/2x -1/2 99/99; do
	run 2 prove --shard=$shard "$@"
done
has err 'too few for 99 shards'

# --- verify --------------------------------------------------------------------

run 0 verify a.json
has out "^a.json: proved again, the same; digest $(digest a.json)\$"
run 0 verify s2.json
run 0 verify f.json
run 0 verify --quick a.json
has out 'a.json: not proved again, of what is here; digest'
run 1 verify --quick --fault virtio-lost-kick a.json
has out 'not proved again, and of something else: the guest'
# What was given by path is found by it; what is gone, or another, is told.
cp "$VIOTAPE_SOURCE/drivers/virtio.c" virtio.c
cp "$VIOTAPE_SOURCE/traces/viogpu-detach.vtr" mine.vtr
run 0 prove --driver virtio.c -m amd64-qemu --certificate g.json ./mine.vtr
run 0 verify g.json
echo '/* more */' >>virtio.c
run 1 verify --quick g.json
has out 'the digest of its sources'
rm mine.vtr
run 2 verify --quick g.json
# A tree, and a machine of one's own.
mini_tree tree
cp "$VIOTAPE_SOURCE/traces/machines/amd64-qemu.dts" own.dts
run 0 prove --sys tree -m own.dts --certificate h.json viogpu-detach
run 0 verify h.json
sed "s/0x0 0x10000000>/0x0 0x8000000>/" own.dts >new && mv new own.dts
run 1 verify --quick h.json
has out 'of something else: the digest of machine own'
cp "$VIOTAPE_SOURCE/traces/machines/amd64-qemu.dts" own.dts
run 0 verify --quick h.json
echo '/* more */' >>tree/pv/virtio.c
run 1 verify --quick h.json
has out 'the digest of its sources'
run 1 verify --fault virtio-lost-kick c.json
has out 'not the same: the guest: "our drivers" there'

# altered SED: something of what it says.
altered() {
	sed "$1" a.json >t.json
	cmp -s t.json a.json && fail "$1 alters nothing"
	run 2 verify --quick t.json
}

altered 's/"ends": /"ends": 9/'
has err 'it was altered'
altered 's/"ends_digest": "[0-9a-f]/"ends_digest": "x/'
has err '64 hexadecimal digits'
altered 's/"verdict": "HOLDS", "f/"verdict": "HOLDS-BOUNDED", "f/'
has err 'it was altered'
altered 's/"verdict": "HOLDS", "f/"verdict": "GOOD", "f/'
has err '"verdict" is wanted, and it is none of the four'
altered 's/"words": "our/"words": "my/'
altered 's/"tries": "[a-z,]*"/"tries": "cpus"/'
altered 's/"executions_max": 0/"executions_max": 20/'
altered 's/"work_max": [0-9]*/"work_max": 20/'
altered 's/"whole_ways": [0-9]*/"whole_ways": 20/'
altered 's/"gaps": \[\]/"gaps": ["time"]/'
altered 's/"gaps": \[\]/"gaps": ["naps"]/'
has err '"gaps" is wanted, and it has one that is not known'
altered 's/"order": "arm"/"order": "sc"/'
altered 's/"whole": true/"whole": false/'
altered 's/"findings": \[\]/"findings": ["x at y:1"]/'
altered '/"machine": "arm64-qemu"/s/"machine": "arm64-qemu"/"machine": "vax"/'
has err '"machine" is wanted, and a pair has one that is not listed'
altered 's/"format": 3/"format": 4/'
has err 'a certificate of format 4; this viotape reads format 3'
altered '/"traces"/d'
has err '"[a-z]*" is wanted, and it is'
altered 's/"version": [0-9]*, "tries/"version": 99, "tries/'
head -c 400 a.json >t.json
run 2 verify t.json
echo '{}' >t.json
run 2 verify t.json
has err '"format" is wanted, and it is not there'
sed 's/"format": 3,/"format": 3, "extra": 1,/' a.json >t.json
run 2 verify --quick t.json
has err 'not as it was written: something was added'
# Work that was done is no part of what was shown.
sed 's/"executions": [0-9]*/"executions": 5/' a.json >t.json
run 0 verify --quick t.json

exit $failed
