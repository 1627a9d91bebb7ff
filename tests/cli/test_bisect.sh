#!/bin/sh
# test_bisect.sh: viotape bisect finds the commit in a history that is made here
# of our own drivers: by verdict, by a finding, by what the host sees; leaves
# out what does not build; and says what makes no sense.  The same by git bisect
# run.
set -u
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_repo.sh"
asking bisect

# name COMMIT: its hash.
name() {
	git -C src rev-parse "$1^{commit}"
}

# found COMMIT WORDS: what bisect says it is, and no other.
found() {
	[ "$(sed -n 's/^\([0-9a-f]\{40,64\}\) .*/\1/p' out)" = "$(name "$1")" ] ||
	    fail "it does not find $1, $(name "$1"): $(cat out)"
	has out "^$(name "$1") is the first $2 one\$"
}

# tried CLASS COMMIT...: those, in this order.
tried() {
	class=$1
	shift
	[ "$(sed -n "s/^  $class .*(\\(.*\\))\$/\\1/p" out | tr '\n' ' ')" = \
	    "$* " ] || fail "$class are not $*: $(cat out)"
}

remark() {
	echo "/* $1 */" >>src/sys/dev/pv/viogpu.c
}

bisect() {
	_wanted=$1
	shift
	run "$_wanted" bisect --repo src "$@" -m amd64-sev viogpu-console
}

# --- the history --------------------------------------------------------------

mini_repo src
driver=src/sys/dev/pv/viogpu.c
commit begin
echo 'no driver' >src/README
commit readme				# changes nothing
remark one
commit remark
echo '#error not yet' >>src/sys/dev/pv/virtio.c
commit broken
remark two
commit broken-still
sed '$d' src/sys/dev/pv/virtio.c >last && cp last src/sys/dev/pv/virtio.c
commit builds
sed 's/if (\(viogpu_transfer_to_host_2d(sc) == 0\))$/if (viogpu_flush(sc) == 0 \&\& \1)/' \
    $driver >new && cp new $driver
commit flushes				# the host sees it, and it holds
remark three
commit holds
fault viogpu-no-fb-sync
commit unsynced				# sync-missing-prewrite
remark four
commit fails
fault virtio-features-ok-not-read
commit unread				# virtio-features-ok-not-read
remark five
commit end
in_repo checkout -q -b mending
in_repo revert --no-edit unsynced
in_repo commit -q --amend -m synced
in_repo tag synced
remark six
commit mended
grep -q 'viogpu_flush(sc) == 0 && viogpu_transfer' $driver ||
    fail 'the drivers are not those that this test knows'

# --- each way to tell ----------------------------------------------------------

bisect 0 --good begin --bad fails
has out '^src: 8 commits change the drivers between good begin and bad fails;'
found unsynced bad
tried good begin builds holds
tried bad fails unsynced
has out '^  files    sys/dev/pv/viogpu\.c$'
has out '^  date     2026-01-12 18:15:33 +0100$'
has out "^before it, $(name holds | cut -c 1-12): HOLDS-BOUNDED\$"
has out 'viogpu\.c:[0-9]*: sync-missing-prewrite: the host reads memory that a'
has out '^    fatal on amd64-sev$'
has out 'A: sync PREWRITE of a map of 153600 bytes.*(only in A)$'
has out '^                  by viogpu\.c:[0-9]* viogpu_transfer_to_host_2d '
# The command that it names is one.
sed -n 's/^the whole difference: viotape //p' out >command
# shellcheck disable=SC2046
run 1 $(cat command)
has out '^in all:'

# What else is found does not matter.
bisect 0 --good fails --bad end --finding virtio-features-ok-not-read
found unread bad
has out '^  files    sys/dev/pci/virtio_pci\.c$'
has out ': virtio-features-ok-not-read: '
if grep -q 'sync-missing-prewrite: ' out; then
	fail 'it tells of another finding'
fi

# The same id in another place is another fault.
bisect 2 --good holds --bad unsynced --finding sync-missing-prewrite \
    --at virtio.c
has err '--bad unsynced is not bad: not found'
bisect 0 --good holds --bad unsynced --finding sync-missing-prewrite \
    --at viogpu_transfer_to_host_2d
found unsynced bad
has out 'by the finding sync-missing-prewrite at viogpu_transfer_to_host_2d$'

bisect 0 --good begin --bad fails --host
found flushes bad
has out 'A: request queue 0 TRANSFER_TO_HOST_2D'
if grep -q 'sync P' out; then
	fail 'the host sees no sync'
fi
if grep -q '^in all:' out; then
	fail 'it tells all without --verbose'
fi
# What holds counts where it departs from the recording.
bisect 0 --good builds --bad holds --strict --verbose
has out '^in all:$'
found flushes bad
has out 'FAILS: [0-9]* divergences'

# The good one may be the newer one.
bisect 0 --bad end --good mended --finding sync-missing-prewrite
found synced good
has out "^before it, $(name end | cut -c 1-12): found\$"

# --- what cannot be judged ------------------------------------------------------

# A stretch that does not build, and its end is the change.
in_repo checkout -q -b hidden holds
fault viogpu-no-fb-sync
echo '#error not yet' >>src/sys/dev/pv/virtio.c
commit hidden-1
remark seven
commit hidden-2
in_repo rm -q --cached sys/dev/pv/virtio.c
rm src/sys/dev/pv/virtio.c
in_repo commit -q -m hidden-3
in_repo checkout -q holds -- sys/dev/pv/virtio.c
commit hidden-4
remark eight
commit hidden-5
bisect 5 --good remark --bad hidden-5 --json found.json
has out '^one of these 4 is the first bad one; all but the last could not be'
for i in 1 2 3 4; do
	has out "^$(name "hidden-$i" 2>/dev/null || name hidden-4~1)\$"
done
tried skipped hidden-2 hidden-3 hidden-1
has out '^  skipped .* does not build: sys/dev/pv/virtio\.c does not compile '
has out '^  skipped .* has no sys/dev/pv/virtio\.c  (hidden-3)$'
has found.json '"found": false'
# Here they are on the way, and make no difference.
bisect 0 --good remark --bad unsynced --json found.json
found unsynced bad
bisect 3 --good broken --bad fails
has err '^viotape: --good broken cannot be judged: the guest does not build: '
bisect 3 --good begin --bad broken
has err '^viotape: --bad broken cannot be judged: '
# A device that nobody drives.
in_repo checkout -q -b driverless begin
in_repo rm -q sys/dev/pv/viogpu.c sys/dev/pv/viogpu_edid.c
commit driverless
bisect 2 --good begin --bad driverless
has err '--bad driverless cannot be judged: every trace is skipped: the tree has'
bisect 2 --good begin --bad driverless --host
has err '--bad driverless cannot be judged: the tree has no viogpu\.c'

# --- for programs -----------------------------------------------------------------

if command -v python3 >/dev/null; then
	python3 - "$(name unsynced)" <<'PYTHON' || fail 'the JSON says something else'
import json, sys
d = json.load(open("found.json"))
assert d["command"] == "bisect" and d["by"] == "verdict" and d["found"]
assert [c["hash"] for c in d["first"]] == [sys.argv[1]]
assert d["first"][0]["files"] == ["sys/dev/pv/viogpu.c"]
assert d["first"][0]["date"] == "2026-01-12 18:15:33 +0100"
assert d["before"]["is"] == "good" and not d["before"]["findings"]
assert d["with"]["is"] == "bad"
assert [f["id"] for f in d["with"]["findings"]] == ["sync-missing-prewrite"]
assert d["diff"]["machine"] == "amd64-sev"
assert d["diff"]["of"]["first"]["a"]["text"].startswith("PREWRITE")
assert [t["is"] for t in d["tried"]][:2] == ["good", "bad"]
PYTHON
fi
bisect 0 --good holds --bad unsynced --json -
has out '^  "found": true,$'
[ "$(head -n 1 out)" = '{' ] || fail 'something stands before the JSON'

# --- what makes no sense ------------------------------------------------------------

bisect 2 --good fails --bad end
has err '^viotape: --good fails is not good: FAILS: sync-missing-prewrite; give'
bisect 2 --good begin --bad holds
has err '^viotape: --bad holds is not bad: HOLDS-BOUNDED$'
bisect 2 --good unsynced --bad mended --finding sync-missing-prewrite
has err '--good unsynced is not good: found; --bad is: exchange them, and'
bisect 2 --good flushes --bad holds --host
has err '--bad holds is not bad: the host sees the same as at --good'
bisect 2 --good begin --bad readme
has err 'nothing that the guest is built from changed between begin and readme'
bisect 2 --good begin --bad begin
has err 'begin and begin are the same commit'
bisect 2 --good beginn --bad end
has err 'the repository src has no revision beginn; --good wants a commit'
bisect 2 --good begin --bad=--all
has err 'has no revision --all; --bad wants'
bisect 2 --good mended --bad hidden-5
has err "two branches, which parted at $(name holds | cut -c 1-12); one has"
in_repo checkout -q -b merging holds
remark nine
commit side
in_repo merge -q -s ours --no-edit fails
fault viogpu-no-fb-sync
commit merged
bisect 2 --good unsynced --bad merged
has err '^viotape: unsynced came in by a merge, and .* give [0-9a-f]\{12\}, the'
bisect 2 --good begin
has err 'bisect wants a revision for --good and one for --bad'
bisect 2 --good begin --bad end --finding sync-missing-prewrit
has err 'there is no finding sync-missing-prewrit; did you mean sync-missing-pre'
bisect 2 --good begin --bad end --host --finding mmap-kva
has err '--finding and --host are two ways'
bisect 2 --good begin --bad end --at viogpu.c
has err '--at is the place of a --finding'
bisect 2 --good begin --bad end --at viogpu.c:7 --finding mmap-kva
has err 'lines move with each commit'
bisect 2 --good begin --bad end --rev end
has err 'bisect has no option --rev'
run 2 bisect --repo src --good begin --bad end
has err 'bisect wants one argument more'
run 2 bisect --repo src --good begin --bad end --host viogpu-console vio-dhcp
has err 'one trace; "vio-dhcp" is one too many'
run 2 bisect --repo src --good begin --bad end --host -m all viogpu-console
has err 'bisect has one machine'
run 2 bisect --repo src --good begin --bad end viogpu-consol
has err 'did you mean viogpu-console'
run 2 bisect --repo src --good begin --bad end -m amd64-sew viogpu-console
has err 'did you mean amd64-sev?'
run 2 bisect --repo nowhere --good begin --bad end viogpu-console
has err 'nowhere is no git repository'
[ ! -s out ] || fail "it speaks of what it cannot search: $(cat out)"

# --- the repository stays as it is, and git has its own way ---------------------------

in_repo checkout -q end
echo 'not C' >$driver
git -C src status --porcelain >before
# By one process the order is the same.
(cd src && run 0 bisect --good begin --bad fails -j 1 -m amd64-sev \
    viogpu-console && mv out err .. && exit $failed) || failed=1
found unsynced bad
tried good begin builds holds
tried bad fails unsynced
git -C src status --porcelain >after
cmp -s before after || fail 'the work tree changed'
in_repo checkout -q -f end

# As README.md has it: sys is the work tree's.
in_repo bisect start fails begin
(cd src && git bisect run "$VIOTAPE" check --git-bisect --sys . -m amd64-sev \
    viogpu-console) >out 2>&1 || fail "git bisect run: $(cat out)"
has out "^$(name unsynced) is the first bad commit\$"
git -C src bisect log >log
in_repo bisect reset 2>/dev/null
has log "^# first bad commit: \\[$(name unsynced)\\] unsynced\$"
# What does not build it has to leave out, by status 125.
run 125 check --git-bisect --repo src --rev broken viogpu-console
exit $failed
