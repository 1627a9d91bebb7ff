#!/bin/sh
# test_architecture.sh: the tree keeps the rules of architecture.sh, and each
# rule, broken on purpose in a copy of the tree, is found to be broken.

set -u
here=$(cd "$(dirname "$0")" && pwd)
top=${VIOTAPE_SOURCE:-$(cd "$here/../.." && pwd)}
temp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-architecture.XXXXXX")
copy=$temp/some/tree
mkdir -p "$copy"
trap 'rm -rf "$temp"' EXIT
trap 'exit 2' HUP INT TERM
bad=0

echo "the tree itself"
sh "$here/architecture.sh" all "$top" || bad=1

cp -R "$top/sim" "$top/harness" "$top/drivers" "$top/tests" "$copy" || exit 2

# seed CHECK EXPECTED FILE TEXT: with TEXT as FILE in the copy, CHECK must say
# EXPECTED; the copy is as before afterwards.
seed() {
	mkdir -p "$copy/$(dirname "$3")"
	printf '%b' "$4" >"$copy/$3"
	out=$(sh "$here/architecture.sh" "$1" "$copy")
	status=$?
	rm -f "$copy/$3"
	if [ "$status" != 1 ] || ! printf '%s\n' "$out" | grep -qF "$2"; then
		echo "$1 did not say \"$2\" of $3 (status $status): $out"
		bad=1
	else
		echo "found: $2"
	fi
}

echo "what is broken on purpose"
seed layers 'seed.c: sim/base may not include sim/mem (mem.h)' \
    sim/base/seed.c '#include "mem.h"\n'
seed layers 'seed.c: sim/trace may not include sim/machine (machine.h)' \
    sim/trace/seed.c '  #  include   "machine.h"\n'
seed layers 'seed.c: sim/mem may not use the library of <zstd.h>' \
    sim/mem/seed.c '#include <zstd.h>\n'
seed layers 'seed.c: sim/device may not use the library of <libfdt.h>' \
    sim/device/seed.c '#include <libfdt.h>\n'
seed layers 'seed.c: harness may not include sim/base (bytes.h)' \
    harness/seed.c '#include "bytes.h"\n'
seed layers 'seed.c: drivers may not include door (hypercall.h)' \
    drivers/seed.c '#include "hypercall.h"\n'
seed layers 'seed.c: includes <stdio.h>, which is not a kernel header' \
    drivers/seed.c '#include <stdio.h>\n'
seed layers 'kern_seed.c: guest may not include sim/machine (machine.h)' \
    sim/shim/kern_seed.c '#include "machine.h"\n'
seed layers 'seed.c: sim/shim may not include guest (kern_var.h)' \
    sim/shim/seed.c '#include "kern_var.h"\n'
seed layers 'seed.c: includes "nowhere.h", which is nowhere' \
    sim/engine/seed.c '#include "nowhere.h"\n'
seed layers 'seed.c: includes "../base/bytes.h" by a path' \
    sim/mem/seed.c '#include "../base/bytes.h"\n'
seed layers 'sim/new/seed.c: is in no layer' sim/new/seed.c 'int seed;\n'
seed names 'sim/mem/bytes.c: has the name of sim/base/bytes.c' \
    sim/mem/bytes.c 'int seed;\n'
seed paths 'harness/seed.c:1' harness/seed.c "/* /ho""me/somebody/src */\n"
seed paths 'harness/seed.md:1' harness/seed.md "see /wo""rk/there\n"
seed paths 'harness/seed.c: the path of this tree' \
    harness/seed.c "/* $copy/harness */\n"
seed hosts 'sim/mem/seed.c:1' sim/mem/seed.c '#ifdef __linux__\n#endif\n'
seed hosts 'harness/seed.c:1' harness/seed.c '#include <sys/prctl.h>\n'
# The slow one, with few headers left.
rm -rf "$copy"/harness "$copy"/tests "$copy"/sim/trace "$copy"/sim/device \
    "$copy"/sim/engine "$copy"/sim/shim/include/dev
seed headers 'sim/mem/seed.h: does not compile alone' \
    sim/mem/seed.h 'size_t seed(void);\n'
seed headers 'sim/shim/include/sys/seed.h: does not compile alone' \
    sim/shim/include/sys/seed.h 'struct seed { no_such_t x; };\n'
exit $bad
