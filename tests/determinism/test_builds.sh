#!/bin/sh
# test_builds.sh: the simulator built by clang at -O0 and by gcc at -O2 gives
# the same digests, every trace on every machine.  It builds viotape twice, so
# it belongs to the long tier: VIOTAPE_LONG=1 asks for it.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
export LC_ALL=C
. "$VIOTAPE_SOURCE/tests/determinism/digests.sh"

if [ "${VIOTAPE_LONG-}" != 1 ]; then
	echo 'skipped: this is of the long tier; VIOTAPE_LONG=1 asks for it'
	exit 77
fi
for cc in gcc clang cmake; do
	command -v $cc >/dev/null 2>&1 || {
		echo "skipped: there is no $cc"
		exit 77
	}
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-builds.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM

# build DIR COMPILER FLAG: viotape alone, without a build type's own flags.
build() {
	if ! { cmake -S "$VIOTAPE_SOURCE" -B "$1" -DBUILD_TESTING=OFF \
	    -DCMAKE_BUILD_TYPE=None "-DCMAKE_C_COMPILER=$2" \
	    "-DCMAKE_C_FLAGS=$3" &&
	    cmake --build "$1" --parallel 2 --target viotape; } \
	    >"$1.log" 2>&1; then
		tail -n 40 "$1.log"
		echo "FAILED: $2 $3 does not build viotape"
		exit 1
	fi
}

# The guest is one: only what runs it differs.
VIOTAPE_CACHE=$scratch/cache
export VIOTAPE_CACHE
build "$scratch/clang-O0" clang -O0
build "$scratch/gcc-O2" gcc -O2
failed=0
# compare NAME ARGUMENT...: the digests of both, kept as NAME.
compare() {
	name=$1
	shift
	for build in clang-O0 gcc-O2; do
		digests "$scratch/$build.digests" "$scratch/$build/viotape" \
		    "$@" || exit 1
	done
	same 'clang -O0' "$scratch/clang-O0.digests" \
	    'gcc -O2' "$scratch/gcc-O2.digests" || failed=1
	mv "$scratch/gcc-O2.digests" "$scratch/$name"
}

compare all
compare ours -m amd64-sev viogpu-console
compare fault -m amd64-sev --fault viogpu-no-fb-sync viogpu-console
if cmp -s "$scratch/ours" "$scratch/fault"; then
	echo 'FAILED: a fault does not change the digests'
	failed=1
fi
exit $failed
