#!/bin/sh
# test_requirements.sh: sim/device/REQUIREMENTS.md and the code agree: each
# finding that a row names is of the table in finding_kinds.c and stands in the
# test that the row names (or a fault that there is shows it), and each finding
# about queues, virtio devices and their requests is in some row.  Then both are
# broken in a copy, and must be found broken.

set -u
top=${VIOTAPE_SOURCE:?the source tree}
temp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-requirements.XXXXXX") || exit 2
trap 'rm -rf "$temp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$top" || exit 2
kinds=sim/engine/finding_kinds.c
find tests -type f >"$temp/tests"

# rows FILE: finding|test of each row that has a finding.
rows() {
	awk -F' *[|] *' 'NF == 7 && $5 ~ /^`/ {
		gsub(/`/, "", $5)
		print $5 "|" $6
	}' "$1"
}

# check FILE: what is wrong with it, a line each.
check() {
	rows "$1" >"$temp/rows"
	while IFS='|' read -r id test; do
		grep -qF "\"$id\"" $kinds || echo "$id: there is no such finding"
		case $test in
		'fault '*)
			[ -f "drivers/faults/${test#fault }.diff" ] ||
			    echo "$id: there is no ${test}"
			;;
		*)
			found=$(grep "/$test\$" "$temp/tests")
			if [ -z "$found" ]; then
				echo "$id: there is no test $test"
			elif ! grep -q -e "$id" "$found"; then
				echo "$id: $test has not heard of it"
			fi
			;;
		esac
	done <"$temp/rows"
	grep -oE '"(ring|virtio|gpu|net)-[a-z0-9-]+"' $kinds | tr -d '"' |
	while read -r id; do
		grep -q "^$id|" "$temp/rows" || echo "$id: is in no row"
	done
}

bad=0
out=$(check sim/device/REQUIREMENTS.md)
[ -z "$out" ] || {
	printf '%s\n' "$out"
	bad=1
}

# broken SED WORDS: a copy so changed is found to be wrong in these words.
broken() {
	sed "$1" sim/device/REQUIREMENTS.md >"$temp/copy.md"
	check "$temp/copy.md" | grep -qF "$2" || {
		echo "broken by $1, and nobody says \"$2\""
		bad=1
	}
}

broken 's/`ring-order`/`ring-odor`/' 'ring-odor: there is no such finding'
broken 's/`ring-order`/`ring-odor`/' 'ring-order: is in no row'
broken '/`ring-order`/s/test_vring.c/test_gpu2d.c/' \
    'ring-order: test_gpu2d.c has not heard of it'
broken '/`ring-order`/s/test_vring.c/test_none.c/' \
    'ring-order: there is no test test_none.c'
exit $bad
