#!/bin/sh
# test_readme.sh: what README.md shows of check, prove and mutate is what they
# print: each line below a command stands there, but for how many executions it
# took, which a compiler decides, and lines that are cut ("...").

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking readme

# shown README DIR: the nth command with lines below it, to DIR/n.command and
# DIR/n.lines.
shown() {
	awk -v dir="$2" '
	function over() { if (n > 0 && file != "") close(file); file = "" }
	/^    \$ viotape (check|prove|mutate) / {
		over(); command = substr($0, 15); next
	}
	/^    \$ / { over(); command = ""; next }
	/^    / && (command != "" || file != "") {
		if (file == "") {
			n++
			print command >(dir "/" n ".command")
			close(dir "/" n ".command")
			command = ""
			file = dir "/" n ".lines"
		}
		print substr($0, 5) >file
		next
	}
	/^$/ { command = ""; next }
	{ over(); command = "" }' "$1"
}

# differs LINES OUTPUT: those that are not there.
differs() {
	grep -v -e '^$' -e '^explored: ' -e '\.\.\.$' "$1" |
	    grep -vxF -f "$2"
}

# ask COMMAND: what it prints, to printed.
ask() {
	asked="viotape $(cat "$1")"
	# shellcheck disable=SC2046
	"$VIOTAPE" $(cat "$1") >printed 2>&1
}

mkdir blocks
n=0
shown "$VIOTAPE_SOURCE/README.md" blocks
for command in blocks/*.command; do
	n=$((n + 1))
	ask "$command"
	if differs "${command%.command}.lines" printed >missing; then
		fail 'README.md shows what it does not print:'
		sed 's/^/  /' missing
	fi
done
[ "$n" -ge 3 ] ||
    fail 'README.md shows fewer than three commands with what they print'

# That it can fail.
sed 's/^\(    certificate: \)./\1x/' "$VIOTAPE_SOURCE/README.md" >other.md
mkdir other
shown other.md other
prove=$(grep -l '^certificate: ' other/*.lines) || fail 'there is no certificate'
ask "${prove%.lines}.command"
differs "$prove" printed >missing || fail 'another certificate passes'
exit $failed
