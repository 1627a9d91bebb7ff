#!/bin/sh
# test_fuzz.sh: each fuzz target for half a minute, two at once, beginning with its
# corpus, by clang's libFuzzer with AddressSanitizer and
# UndefinedBehaviorSanitizer.  It belongs to the long tier: VIOTAPE_LONG=1.
# VIOTAPE_FUZZ_SECONDS is another time for each.
#
# What fails is kept as fuzz/crash-* of the build directory: mend the cause and
# put the input into tests/fuzz/corpus.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
: "${VIOTAPE_BUILD:?the build tree}"
export LC_ALL=C
seconds=${VIOTAPE_FUZZ_SECONDS:-30}

skip() {
	echo "skipped: $*"
	exit 77
}

[ "${VIOTAPE_LONG-}" = 1 ] ||
    skip 'this is of the long tier; VIOTAPE_LONG=1 asks for it'
for tool in clang cmake; do
	command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool"
done

dir=$VIOTAPE_BUILD/fuzz
mkdir -p "$dir" || exit 2
cat >"$dir/probe.c" <<'EOF'
#include <stddef.h>
#include <stdint.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	return data == NULL && size != 0;
}
EOF
clang -fsanitize=fuzzer,address,undefined -o "$dir/probe" "$dir/probe.c" \
    2>/dev/null || skip 'this clang has no libFuzzer (Debian: libclang-rt-*-dev)'

if ! { cmake -S "$VIOTAPE_SOURCE" -B "$dir" -DVIOTAPE_FUZZ=ON \
    -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1 -g" &&
    cmake --build "$dir" --parallel 2; } >"$dir/build.log" 2>&1; then
	tail -n 40 "$dir/build.log"
	echo 'FAILED: the fuzz targets do not build'
	exit 1
fi

VIOTAPE_DATA=$VIOTAPE_SOURCE
# Guests are made by the first compiler there is; what they miss is not ours.
export VIOTAPE_DATA

# fuzz NAME: a new folder takes what it finds, so that the corpus stays.
fuzz() {
	rm -rf "$dir/new-$1"
	mkdir "$dir/new-$1"
	"$dir/fuzz_$1" "-max_total_time=$seconds" -timeout=60 \
	    -rss_limit_mb=4096 -max_len=4096 -print_final_stats=1 \
	    "-artifact_prefix=$dir/" "$dir/new-$1" \
	    "$VIOTAPE_SOURCE/tests/fuzz/corpus/$1" >"$dir/$1.log" 2>&1
	echo $? >"$dir/$1.status"
}

failed=0
# ended NAME: what came of it, in one line, or what went wrong.
ended() {
	if [ "$(cat "$dir/$1.status")" = 0 ]; then
		printf '%-10s %s inputs, %s a second\n' "$1" \
		    "$(sed -n 's/^stat::number_of_executed_units: *//p' \
		    "$dir/$1.log")" \
		    "$(sed -n 's/^stat::average_exec_per_sec: *//p' \
		    "$dir/$1.log")"
		return
	fi
	echo "FAILED: fuzz_$1:"
	grep -v '^#' "$dir/$1.log" | tail -n 40
	failed=1
}

other=
for source in "$VIOTAPE_SOURCE"/tests/fuzz/fuzz_*.c; do
	name=$(basename "$source" .c)
	name=${name#fuzz_}
	[ "$name" != main ] || continue
	rm -f "$dir/$name.status"
	if [ -z "$other" ]; then
		other=$name
		fuzz "$name" &
		continue
	fi
	fuzz "$name"
	wait
	ended "$other"
	ended "$name"
	other=
done
if [ -n "$other" ]; then
	wait
	ended "$other"
fi
exit $failed
