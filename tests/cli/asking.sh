# shellcheck shell=sh
# asking.sh: sourced by the tests of this folder that ask the executable.
#
#	asking NAME		a scratch folder of that name, and into it
#	run STATUS ARGUMENT...	runs viotape, its output to out and err
#	has FILE PATTERN	a basic regular expression
#	fail WORDS		says what was asked; failed is 1 from now on

: "${VIOTAPE:?the executable}"
export LC_ALL=C
failed=0
asked=
# AddressSanitizer says this of every run with fibers; it is nobody's output.
asan='^==[0-9]*==WARNING: ASan does'

asking() {
	scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-$1.XXXXXX") || exit 2
	trap 'rm -rf "$scratch"' EXIT
	trap 'exit 2' HUP INT TERM
	cd "$scratch" || exit 2
}

fail() {
	echo "FAILED: $asked: $*"
	failed=1
}

run() {
	wanted=$1
	shift
	asked="viotape $*"
	"$VIOTAPE" "$@" >out 2>err.all
	status=$?
	grep -v -e "$asan" err.all >err
	rm err.all
	[ "$status" = "$wanted" ] || {
		fail "status $status, wanted $wanted"
		sed 's/^/  /' out err
	}
}

has() {
	grep -q -e "$2" "$1" || fail "\"$2\" is not in $1: $(cat "$1")"
}
