#!/bin/sh
# test_rules_cited.sh: each rule of sim/mem/MODEL.md is cited in the code that
# implements it, and has a diff in tests/seeded that takes it out, or a reason
# in tests/seeded/WITHOUT.  What the diffs do is for test_seeded.sh to see.  Then
# each of these is broken in a copy, and must be found broken.

set -u
top=${VIOTAPE_SOURCE:?the source tree}
temp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-rules.XXXXXX") || exit 2
trap 'rm -rf "$temp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$top" || exit 2
. tests/seeded/rules.sh

out=$(rules_wrong)
bad=0
[ -z "$out" ] || {
	printf '%s\n' "$out"
	bad=1
}

mkdir "$temp/tree" || exit 2
find sim tests -name '*.[ch]' -o -name 'test_*.sh' -o -path "$model" -o \
    -path "$seeded/*" | tar -cf - -T - 2>/dev/null | tar -xf - -C "$temp/tree"

# broken FILE SED WORDS: a copy with FILE so changed is found wrong in WORDS.
broken() {
	sed -E "$2" "$1" >"$temp/tree/$1"
	(cd "$temp/tree" && rules_wrong) | grep -qF -e "$3" || {
		echo "$1 broken by $2, and nobody says \"$3\""
		bad=1
	}
	cp "$1" "$temp/tree/$1"
}

try_diff=:
broken $model 's/^\*\*C3\./**C33./' 'C33: no code in sim cites it'
broken $model 's/^\*\*C3\./**C33./' "C33: no diff in $seeded takes it out"
broken $model 's/^\*\*C3\./**C33./' "C3.diff: $model has no rule C3"
broken $model 's/^\*\*C3\./**C33./' 'C3: cited in sim, and'
broken sim/machine/machine.c 's/[Rr]ule B5//' 'B5: no code in sim cites it'
broken $seeded/C3.diff 's/^# test: .*//' 'no line "# test: NAME"'
broken $seeded/C3.diff 's/^# test: .*/# test: none_such/' \
    'there is no test none_such'
broken $seeded/M2.diff 's/^# cases: .*/# cases: none_such/' \
    'the test rules has no case none_such'
broken $seeded/C3.diff 's/^# C3: .*//' 'no line "# C3: what is taken out"'
! command -v patch >/dev/null ||
    try_diff='patch --dry-run -s -p1 -F0' broken sim/mem/cache.c 's/&& !other\(/\&\& 0 < other(/' \
    'C3.diff: does not apply any more'
broken sim/engine/finding_kinds.c 's/"leak"/"leek"/' \
    'leak is neither a rule nor the id of a finding'
broken $seeded/WITHOUT '$s/$/\
C3: why/' "C3: has a diff and stands in $seeded/WITHOUT"
broken $seeded/WITHOUT '$s/$/\
Z9: no rule/' "WITHOUT: $model has no rule Z9"
# There has to be a reason.
echo 'C33:' >>"$temp/tree/$seeded/WITHOUT"
broken $model 's/^\*\*C3\./**C33./' "C33: no diff in $seeded takes it out"
exit $bad
