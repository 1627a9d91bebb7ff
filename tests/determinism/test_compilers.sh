#!/bin/sh
# test_compilers.sh: a guest made by gcc and one made by clang give the same
# digests on every machine, with our drivers and with a fault: two traces, and
# with VIOTAPE_LONG=1 all of them.

set -u
: "${VIOTAPE:?the executable}"
: "${VIOTAPE_SOURCE:?the source tree}"
export LC_ALL=C
. "$VIOTAPE_SOURCE/tests/determinism/digests.sh"

for cc in gcc clang; do
	command -v $cc >/dev/null 2>&1 || {
		echo "skipped: there is no $cc"
		exit 77
	}
done
# macOS calls its clang gcc, too: then there is nothing to compare.
if gcc --version 2>/dev/null | grep -q clang; then
	echo 'skipped: gcc is clang here'
	exit 77
fi

scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-compilers.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
failed=0

# compare NAME ARGUMENT...: the digests of both compilers' guests, kept as NAME.
compare() {
	name=$1
	shift
	for cc in gcc clang; do
		VIOTAPE_CC=$cc
		export VIOTAPE_CC
		digests "$scratch/$cc" "$VIOTAPE" "$@" || exit 1
		without_stores "$scratch/$cc" || exit 2
	done
	same gcc "$scratch/gcc" clang "$scratch/clang" || failed=1
	mv "$scratch/gcc" "$scratch/$name"
}

if [ "${VIOTAPE_LONG-}" = 1 ]; then
	compare all
else
	compare two viogpu-client viogpu-console
fi
compare ours -m amd64-sev viogpu-console
compare fault -m amd64-sev --fault viogpu-no-fb-sync viogpu-console
# And it would be seen if they were not.
if cmp -s "$scratch/ours" "$scratch/fault"; then
	echo 'FAILED: a fault does not change the digests'
	failed=1
fi
exit $failed
