#!/bin/sh
# test_sys.sh: --sys DIR: the drivers of a tree, on its own virtio stack, by a
# small tree of our own drivers: where it may begin, what is compiled again,
# what is said of what is missing.
set -u
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_tree.sh"
asking sys

# A compiler that counts: a line a run of it, one more for the linker.
VIOTAPE_CACHE=$PWD/cache
VIOTAPE_CC=$PWD/cc
export VIOTAPE_CACHE VIOTAPE_CC
cat >cc <<END
#!/bin/sh
echo "\$*" >>$PWD/calls
exec ${CC:-cc} "\$@"
END
chmod +x cc
: >calls
compiled() {
	n=$(grep -c -e "$1" calls)
	[ "$n" = "$2" ] || fail "$n times $1, wanted $2: $(cut -c1-200 calls)"
}

mini_tree tree/sys/dev
run 0 check --sys tree -m arm64-qemu viogpu-console vio-dhcp
has out '^the drivers of tree$'
has out '^HOLDS-BOUNDED: 2 traces, 1 machines, 0 findings$'
compiled 'dev/pv/viogpu\.c$' 1
compiled 'drivers/viogpu\.c$' 0

# Nothing changed: nothing is compiled, wherever the tree is said to begin;
# only names in reports are others, which are compiled in.
: >calls
run 0 check --sys tree/ -m arm64-qemu vio-dhcp
run 0 check --sys ./tree -m arm64-qemu vio-dhcp
compiled . 0
run 0 check --sys tree/sys -m arm64-qemu vio-dhcp
run 0 check --sys tree/sys/dev -m arm64-qemu vio-dhcp
compiled . 0

# One source changed: it and the linker.  A header of theirs: drivers alone.
: >calls
patch -s -p2 -d tree/sys/dev/pv \
    <"$VIOTAPE_SOURCE/drivers/faults/viogpu-no-fb-sync.diff" || exit 2
run 1 check --sys tree -m amd64-sev viogpu-console
has out '^tree/sys/dev/pv/viogpu\.c:[0-9]*: sync-missing-prewrite: '
compiled . 2
compiled '/viogpu\.c$' 1
: >calls
echo '/* A word more. */' >>tree/sys/dev/pv/virtiovar.h
run 1 check --sys tree -m amd64-sev viogpu-console
compiled '/virtio\.c$' 1
compiled 'kern_.*\.c$' 0

# One driver of the tree in its place.
run 0 check --sys tree --driver "$VIOTAPE_SOURCE/drivers/viogpu.c" \
    -m amd64-sev viogpu-console
has out 'drivers/viogpu.c on the drivers of tree$'
cp "$VIOTAPE_SOURCE/drivers/viogpu.c" tree/sys/dev/pv/

# The other commands that take a guest.
run 0 replay --sys tree -m arm64-qemu viogpu-console
run 0 mutate --sys tree -m arm64-qemu -m amd64-sev --at viogpu.c:799 \
    viogpu-console
has out '^tree/sys/dev/pv/viogpu\.c:799 viogpu_transfer_to_host_2d: sync'
for how in pci-intx mmio mmio-legacy; do
	run 0 record --sys tree --host builtin --transport $how \
	    --scenario net-dhcp -o vio-$how.vtr
	run 0 check --sys tree -m arm64-qemu vio-$how.vtr
done

# What the tree has of the kernel is not used, and what the shim lacks is named
# with its place.
mkdir tree/sys/sys
echo '#define FROB 1' >tree/sys/sys/frob.h
lines=$(wc -l <tree/sys/dev/pv/if_vio.c)
missing() {
	cp "$VIOTAPE_SOURCE/drivers/if_vio.c" tree/sys/dev/pv/
	printf '%s\n' "$1" >>tree/sys/dev/pv/if_vio.c
	run 3 check --sys tree -m arm64-qemu vio-dhcp
	has err "^viotape: the guest does not build: tree/sys/dev/pv/if_vio\\.c:$((lines + 1)) needs $2, which neither these sources have nor the shim models; .*CONTRIBUTING\\.md.*another time"
	has err "^tree/sys/dev/pv/if_vio\\.c:$((lines + 1)):"
	grep -q cache/trees err && fail 'a path of the cache'
}
missing '#include <sys/frob.h>' sys/frob.h
missing 'int frob(void); int frob(void) { return if_frob(1); }' if_frob
missing 'int frob = IFXF_FROB;' IFXF_FROB
missing 'frob_t frob;' frob_t
cp "$VIOTAPE_SOURCE/drivers/if_vio.c" tree/sys/dev/pv/
echo 'int if_frob(int); int frob(void); int frob(void) { return if_frob(1); }' \
    >>tree/sys/dev/pv/if_vio.c
run 3 check --sys tree -m arm64-qemu vio-dhcp
has err 'tree/sys/dev/pv/if_vio\.c needs if_frob, which neither these sources have nor the shim models; .*kern_'
cp "$VIOTAPE_SOURCE/drivers/if_vio.c" tree/sys/dev/pv/

# A tree of a time without something, and one without enough.
rm tree/sys/dev/pv/viogpu*.c tree/sys/dev/fdt/*
run 0 check --sys tree -m arm64-qemu viogpu-console vio-dhcp
has out '^skipped: viogpu-console on arm64-qemu: the tree has no viogpu.c$'
has out '^HOLDS-BOUNDED: 2 traces, 1 machines, 0 findings, 1 skipped$'
run 2 check --sys tree -m arm64-qemu viogpu-console
has err 'every trace was skipped'
run 2 replay --sys tree -m arm64-qemu viogpu-console
has err 'viogpu-console: the tree has no viogpu.c'
run 2 record --sys tree --host builtin --scenario console -o no.vtr
has err 'scenario console: the tree has no viogpu.c'
run 2 diff --against --sys tree viogpu-console
has err 'viogpu-console: the tree has no viogpu.c'
# ... nor the driver of a transport.
run 2 check --sys tree -m arm64-qemu viogpu-console-mmio
has out '^skipped: viogpu-console-mmio on arm64-qemu: the tree has no virtio_mmio.c$'
mkdir pci
mv tree/sys/dev/pci/*.c pci/
cp "$VIOTAPE_SOURCE/drivers/virtio_mmio.c" tree/sys/dev/fdt/
run 2 check --sys tree -m arm64-qemu vio-dhcp
has out '^skipped: vio-dhcp on arm64-qemu: the tree has no virtio_pci.c$'
run 2 replay --sys tree -m arm64-qemu vio-dhcp
has err 'vio-dhcp: the tree has no virtio_pci.c'
run 2 record --sys tree --host builtin --scenario net-dhcp -o no.vtr
has err 'scenario net-dhcp: the tree has no virtio_pci.c'
rm tree/sys/dev/fdt/virtio_mmio.c
mv pci/*.c tree/sys/dev/pci/
[ ! -e no.vtr ] || fail 'it wrote no.vtr'
mv tree/sys/dev/pci tree/sys/dev/elsewhere
run 2 check --sys tree vio-dhcp
has err 'tree has neither tree/sys/dev/pci/virtio_pci\.c nor tree/sys/dev/fdt/virtio_mmio\.c; one of them'
mv tree/sys/dev/elsewhere tree/sys/dev/pci
mv tree/sys/dev/pv/if_vio.c .
run 2 check --sys tree vio-dhcp
has err 'neither tree/sys/dev/pv/viogpu\.c nor tree/sys/dev/pv/if_vio\.c'
mv if_vio.c tree/sys/dev/pv/
rm tree/sys/dev/pv/virtio.c
run 2 check --sys tree vio-dhcp
has err 'tree has no tree/sys/dev/pv/virtio\.c; a guest is made of'

# What is no tree.
run 2 check --sys nowhere vio-dhcp
has err 'there is no directory nowhere; --sys wants an OpenBSD source tree'
run 2 check --sys cc vio-dhcp
has err 'there is no directory cc;'
mkdir empty
run 2 check --sys empty vio-dhcp
has err 'empty is no OpenBSD source tree: it has no sys/dev/pv, no dev/pv'
run 2 check --sys tree --fault viogpu-no-fb-sync vio-dhcp
has err 'into our own drivers, and --sys names another'
exit $failed
