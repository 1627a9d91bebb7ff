#!/bin/sh
# test_aarch64.sh: host and guests made for aarch64 and run by qemu-user give
# the digests that they give here: all traces on all machines.  It builds
# viotape once more, so it belongs to the long tier: VIOTAPE_LONG=1.
#
# Wanted: aarch64-linux-gnu-gcc, qemu-aarch64, and zstd's and libfdt's libraries
# for aarch64 (Debian: dpkg --add-architecture arm64, then libzstd1:arm64 and
# libfdt1:arm64); their headers are those of this machine.

set -u
: "${VIOTAPE:?the executable}"
: "${VIOTAPE_SOURCE:?the source tree}"
export LC_ALL=C
. "$VIOTAPE_SOURCE/tests/determinism/digests.sh"

skip() {
	echo "skipped: $*"
	exit 77
}

[ "${VIOTAPE_LONG-}" = 1 ] ||
    skip 'this is of the long tier; VIOTAPE_LONG=1 asks for it'
cross=aarch64-linux-gnu-gcc
case $(uname -m) in
aarch64|arm64) skip 'this machine is an arm64 itself' ;;
esac
for tool in $cross cmake; do
	command -v "$tool" >/dev/null 2>&1 || skip "there is no $tool"
done
for qemu in qemu-aarch64 qemu-aarch64-static none; do
	! command -v "$qemu" >/dev/null 2>&1 || break
done
[ "$qemu" != none ] || skip 'there is no qemu-aarch64 (QEMU, user mode)'

# library NAME: its file for aarch64.
library() {
	for dir in /usr/lib/aarch64-linux-gnu /usr/aarch64-linux-gnu/lib \
	    /usr/aarch64-linux-gnu/lib64; do
		for file in "$dir/$1.so" "$dir/$1.so.1"; do
			if [ -e "$file" ]; then
				echo "$file"
				return
			fi
		done
	done
}
zstd=$(library libzstd)
[ -n "$zstd" ] || skip 'there is no libzstd for aarch64'
fdt=$(library libfdt)
[ -n "$fdt" ] || skip 'there is no libfdt for aarch64'
# A loader that is not at its own place is where the cross compiler has it.
[ -e /lib/ld-linux-aarch64.so.1 ] || {
	QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
	export QEMU_LD_PREFIX
}

scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-aarch64.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
cd "$scratch" || exit 2

# Copied, since their folder has the other machine's C library in it too.
mkdir include
for header in zstd.h zstd_errors.h libfdt.h libfdt_env.h fdt.h; do
	[ ! -e "/usr/include/$header" ] ||
	    cp "/usr/include/$header" include/ || exit 2
done
cat >aarch64.cmake <<EOF
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER $cross)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
EOF
if ! { cmake -S "$VIOTAPE_SOURCE" -B build -DBUILD_TESTING=OFF \
    -DCMAKE_TOOLCHAIN_FILE="$scratch/aarch64.cmake" \
    -DCMAKE_BUILD_TYPE=RelWithDebInfo \
    -DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=TRUE \
    -Dzstd_HEADERS="$scratch/include" -Dzstd_LIBRARY="$zstd" \
    -Dfdt_HEADERS="$scratch/include" -Dfdt_LIBRARY="$fdt" &&
    cmake --build build --parallel 2 --target viotape; } >build.log 2>&1; then
	tail -n 40 build.log
	echo 'FAILED: viotape does not build for aarch64'
	exit 1
fi
# What was built is what is meant: EM_AARCH64, 183, in the ELF header.
machine=$(od -An -tu1 -j18 -N1 build/viotape | tr -d ' ')
[ "$machine" = 183 ] || {
	echo "FAILED: the ELF machine is $machine, not 183, aarch64"
	exit 1
}

# there ARGUMENT...: viotape on aarch64.  Its guests' compiler runs here.
printf '#!/bin/sh\nexec %s %s/build/viotape "$@"\n' "$qemu" "$scratch" >there
chmod +x there
VIOTAPE_DATA=$VIOTAPE_SOURCE
export VIOTAPE_DATA

failed=0
# compare NAME ARGUMENT...: the digests of both, kept as NAME.
compare() {
	name=$1
	shift
	digests here.digests "$VIOTAPE" "$@" || exit 1
	(
		VIOTAPE_CC=$cross
		VIOTAPE_CACHE=$scratch/cache
		export VIOTAPE_CC VIOTAPE_CACHE
		digests there.digests ./there "$@"
	) || exit 1
	without_stores here.digests && without_stores there.digests || exit 2
	same 'this machine' here.digests aarch64 there.digests || failed=1
	mv there.digests "$name"
}

compare all
compare ours -m arm64-noncoherent viogpu-console
compare fault -m arm64-noncoherent --fault viogpu-no-fb-sync viogpu-console
# And it would be seen if they were not.
if cmp -s ours fault; then
	echo 'FAILED: a fault does not change the digests'
	failed=1
fi
exit $failed
