# shellcheck shell=sh
# digests.sh: sourced by the tests of this folder.
#
#	digests FILE VIOTAPE ARGUMENT...	runs check, keeps each run's line
#	without_stores FILE			for guests of different compilers
#	same NAME FILE NAME FILE		are they equal?

# Trace, machine, verdict, events, digest: a line each, out of check --json.
digests() {
	digests_to=$1
	digests_program=$2
	shift 2
	"$digests_program" check --json - "$@" >"$digests_to.json"
	digests_status=$?
	if [ "$digests_status" -gt 1 ]; then
		echo "FAILED: $digests_program check $*: $digests_status"
		return 1
	fi
	sed -n 's/^ *\({ "trace": .*"digest": "[0-9a-f]*"\).*/\1/p' \
	    "$digests_to.json" >"$digests_to"
	[ -s "$digests_to" ] || {
		echo "FAILED: no digest in what check --json prints"
		return 1
	}
}

# The number of stores is of the code, not of what it does: one compiler makes
# one store of two neighbours or of a small copy, one does not, and va_arg
# stores into a va_list, each ABI its own number of times.  No host sees these.
without_stores() {
	sed 's/, "stores": [0-9]*//' "$1" >"$1.new" && mv "$1.new" "$1"
}

same() {
	cmp -s "$2" "$4" && return
	echo "FAILED: $1 and $3 do not give the same:"
	diff "$2" "$4"
	return 1
}
