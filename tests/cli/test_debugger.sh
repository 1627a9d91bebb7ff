#!/bin/sh
# test_debugger.sh: replay --gdb stands at the guest's line where a finding comes
# about, at the very store, with its source before it.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking debugger
# Nobody is asked for sources over the network.
export DEBUGINFOD_URLS=

# --- what there is none of ---------------------------------------------------

export VIOTAPE_DEBUGGER=no-such-debugger
run 2 replay --gdb --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
has err 'VIOTAPE_DEBUGGER names the debugger no-such-debugger, which is not there'
[ ! -s out ] || fail "it began with $(head -n 1 out)"
unset VIOTAPE_DEBUGGER
run 2 replay --gdb -m amd64-qemu vio-dhcp
has err 'nothing is found in this run of vio-dhcp, so there is nowhere to stop'
# What compiles and patches, and no debugger.
mkdir bin
for program in "${CC:-cc}" cc gcc clang ld as nm addr2line llvm-symbolizer \
    dtc patch sh; do
	found=$(command -v "$program") && [ ! -e "bin/${program##*/}" ] &&
	    ln -s "$found" "bin/${program##*/}"
done
run 1 replay --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
whole=$PATH
PATH=$scratch/bin
run 2 replay --gdb --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
PATH=$whole
has err 'no debugger was found (gdb, lldb); install one, or name one in VIOTAPE_DEBUGGER'

# --stop is for debuggers of other names: without one it is a replay.
run 1 replay --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
cp out plain
run 1 replay --stop --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
cmp out plain || fail '--stop without a debugger is another replay'

# --- what is said to it ------------------------------------------------------

# Something that prints its words is a debugger by its name.
for name in gdb lldb; do
	printf '#!/bin/sh\nfor word; do printf "%%s\\n" "$word"; done\n' \
	    >my-$name
	chmod +x my-$name
	VIOTAPE_DEBUGGER="./my-$name first second" run 0 replay --gdb \
	    --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
	[ "$(sed -n '2p;3p' out | tr '\n' ' ')" = 'first second ' ] ||
	    fail "its own words are $(sed -n '2p;3p' out)"
	has out "^my-$name stops before the store at kern_rasops.c:[0-9]* in put_pixels\$"
	has out 'sim_stopped_here$'
	has out '^--stop$'
	has out '^viogpu-no-fb-sync$'
	[ "$(tail -n 1 out)" = viogpu-console ] || fail 'the trace is missing'
done
has out 'settings set target.source-map /viotape:/'
has out "'put_pixels'"

# --- gdb itself ------------------------------------------------------------------

command -v gdb >/dev/null || {
	echo 'skipped: there is no gdb'
	[ $failed = 0 ] && exit 77
	exit $failed
}
# Where processes may not be traced, gdb can do nothing.
gdb -q -batch -ex run --args "$VIOTAPE" --version >trace 2>&1 </dev/null
grep -q 'exited normally' trace || {
	echo 'skipped: gdb cannot run a program here:'
	cat trace
	[ $failed = 0 ] && exit 77
	exit $failed
}
export VIOTAPE_DEBUGGER='gdb -batch'

# stands FUNCTION FILE TEXT ARGUMENT...: in this function, at this source line.
stands() {
	function=$1
	file=$2
	text=$3
	shift 3
	run 0 replay --gdb "$@" </dev/null
	has out "^Breakpoint 1, sim_stopped_here "
	has out "^#[0-9]* .* in $function (.*) at .*$file:[0-9]*\$"
	has out "^[0-9]*	.*$text"
}

# A store that the host never saw; where something is noticed; a way.
stands put_pixels kern_rasops.c 'second << 32 | first;$' \
    --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
stands vio_rx_first drivers/if_vio.c 'memcpy(&vp->vp_rxhdr' \
    --fault vio-rx-no-postread -m amd64-sev vio-dhcp
run 1 prove --fault virtio-lost-kick -m amd64-qemu --executions 400 \
    --counterexamples . vio-dhcp
way=vio-dhcp-amd64-qemu-queue-stuck.vtr
stands vq_publish drivers/virtio.c '\*idx = new;$' "$way"
run 1 replay "$way"
line=$(sed -n 's/.*by the store: virtio.c:\([0-9]*\) in vq_publish.*/\1/p' \
    out | head -n 1)
stored=$(sed -n 's/.* and sees [0-9]*: \([0-9]*\), which the driver.*/\1/p' \
    out | head -n 1)
[ -n "$stored" ] || fail 'no store is told'

# At its nth execution: what is about to be stored there is what was told.
cat >asks <<'END'
define hook-stop
frame function vq_publish
print/d new
end
END
VIOTAPE_DEBUGGER='gdb -batch -x asks'
run 0 replay --gdb "$way" </dev/null
has out "virtio.c:$line\$"
has out "^\\\$1 = $stored\$"

# The user's own driver, by the name that the user gave it.
mkdir mine
cp "$VIOTAPE_SOURCE/drivers/virtio.c" mine
(cd mine && patch -s -p2 virtio.c \
    <"$VIOTAPE_SOURCE/drivers/faults/virtio-lost-kick.diff")
VIOTAPE_DEBUGGER='gdb -batch'
stands vq_publish mine/virtio.c '\*idx = new;$' --driver mine/virtio.c "$way"

exit $failed
