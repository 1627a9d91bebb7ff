#!/bin/sh
# test_matrix_trees.sh: viotape matrix of trees and revisions: what stands in it
# is what check says of each; times only where they are asked for.
set -u
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_repo.sh"
asking matrix

matrix() {
	_wanted=$1
	shift
	run "$_wanted" matrix "$@" -m amd64-sev -m arm64-qemu viogpu-console \
	    viogpu-console-mmio
}

mini_repo src
commit holds
fault viogpu-no-fb-sync
commit unsynced
cp -r src/sys tree
echo '#error not yet' >>src/sys/dev/pv/virtio.c
commit broken
in_repo checkout -q -b driverless holds
in_repo rm -q sys/dev/pv/viogpu.c sys/dev/pv/viogpu_edid.c
commit driverless

matrix 3 --sys tree --repo src --rev holds --rev unsynced --rev broken \
    --rev driverless
cat >wanted <<'TABLE'
            amd64-sev      arm64-qemu
tree        FAILS 1        latent 1       sync-missing-prewrite
holds       HOLDS-BOUNDED  HOLDS-BOUNDED
unsynced    FAILS 1        latent 1       sync-missing-prewrite
broken      the guest does not build: sys/dev/pv/virtio.c does not compile
driverless  skipped        skipped
TABLE
cmp -s out wanted || {
	fail 'the table is another one'
	diff wanted out
}
# The same, asked of check.
run 1 check --sys tree -m amd64-sev viogpu-console
has out ': sync-missing-prewrite: '
run 0 check --sys tree -m arm64-qemu viogpu-console
has out 'latent on arm64-qemu'

# Times are added, and change nothing else.
matrix 0 -j 1 --repo src --rev holds --rev unsynced
cp out once
matrix 0 --times --json times.json --repo src --rev holds --rev unsynced
has out '^          *build  amd64-sev  '
has out '^unsynced  *[0-9]*\.[0-9][0-9]s  FAILS 1 [0-9]*\.[0-9][0-9]s '
sed -e 's/^\([a-z]*\)  *[0-9.]*s /\1 /' -e 's/ [0-9][0-9]*\.[0-9]*s//g' \
    -e 's/  *build//' out | tr -s ' ' >plain
tr -s ' ' <once >wanted
cmp -s plain wanted || fail 'with --times it says something else'
matrix 0 --json - --repo src --rev holds --rev unsynced
if grep -q seconds out; then
	fail 'a time that nobody asked for'
fi
if command -v python3 >/dev/null; then
	python3 - <<'PYTHON' || fail 'the JSON says something else'
import json
plain, timed = json.load(open("out")), json.load(open("times.json"))
t = plain["trees"]
assert [x["rev"] for x in t] == ["holds", "unsynced"]
assert [c["is"] for c in t[1]["machines"]] == ["FAILS", "latent"]
assert t[0]["findings"] == [] and len(t[1]["findings"]) == 1
f = t[1]["findings"][0]
assert f["id"] == "sync-missing-prewrite"
assert f["fatal"] == ["amd64-sev"] and f["latent"] == ["arm64-qemu"]
for x in timed["trees"]:
    assert x.pop("build_seconds") >= 0
    for c in x["machines"]:
        assert c.pop("seconds") > 0
assert timed == plain
PYTHON
fi

# Each commit of a history that changes the drivers.
in_repo checkout -q broken
echo 'no driver' >src/README
commit readme
name() {
	git -C src rev-parse "$1" | cut -c 1-12
}
matrix 3 --repo src --rev holds..readme
cat >wanted <<TABLE
$(name unsynced) 2026-01-12 FAILS 1 latent 1 sync-missing-prewrite
$(name broken) 2026-01-12 the guest does not build: sys/dev/pv/virtio.c does not compile
TABLE
sed 1d out | tr -s ' ' | cmp -s - wanted || fail "another table: $(cat out)"

# A driver in the place of each tree's mends it.
cp "$VIOTAPE_SOURCE/drivers/viogpu.c" viogpu.c
matrix 0 --driver viogpu.c --sys tree
has out '^tree  HOLDS-BOUNDED  HOLDS-BOUNDED$'

# Faults as JSON.
run 0 matrix -j 2 -m amd64-sev --json faults.json viogpu-console-mmio
has faults.json '^    { "fault": "viogpu-no-fb-sync",$'
if command -v python3 >/dev/null; then
	python3 -c 'import json
d = json.load(open("faults.json"))
assert d["faults"][0]["fault"] == ""
assert all(f["machines"][0]["is"] == "-" for f in d["faults"])' ||
	    fail 'the JSON says something else'
fi

# All that can be refused is refused before a line is printed.
matrix 2 --sys tree --sys nowhere
has err 'there is no directory nowhere'
[ ! -s out ] || fail 'it begins with what it cannot end'
matrix 2 --repo src
has err '--repo wants --rev'
matrix 2 --rev holds
has err '--rev wants --repo'
matrix 2 --times
has err 'for a matrix of trees'
matrix 2 --repo src --rev holds --rev hold
has err 'the repository src has no revision hold;'
matrix 2 --repo src --rev unsynced..holds
has err '--rev unsynced\.\.holds: holds is the older one; exchange them'
matrix 2 --repo src --rev ..holds
has err 'is no history; give OLDER\.\.NEWER'
matrix 2 --repo src --rev holds...broken
has err 'is no history; give OLDER\.\.NEWER'
matrix 2 --repo src --rev broken..readme
has err 'nothing that the guest is built from changed between broken and readme'
matrix 2 --sys tree --fault viogpu-no-fb-sync
has err 'matrix has no option --fault'
exit $failed
