#!/bin/sh
# test_debugger.sh: replay --gdb stands at the guest's line where a finding comes
# about, at the very store, with its source before it.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking debugger
# Nobody is asked for sources over the network.
export DEBUGINFOD_URLS=

# under WORDS STATUS ARGUMENT...: run, with these words for the debugger.
under() {
	export VIOTAPE_DEBUGGER="$1"
	shift
	run "$@" </dev/null
	unset VIOTAPE_DEBUGGER
}

# --- what there is none of ---------------------------------------------------

under no-such-debugger 2 replay --gdb --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
has err 'VIOTAPE_DEBUGGER names the debugger no-such-debugger, which is not there'
[ ! -s out ] || fail "it began with $(head -n 1 out)"
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
	under "./my-$name first second" 0 replay --gdb \
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

# --- gdb and lldb themselves -------------------------------------------------------

# Where processes may not be traced no debugger can do anything, and without its
# Python lldb does not find the frame.
debuggers=
for name in gdb lldb; do
	command -v $name >/dev/null || continue
	case $name in
	gdb) gdb -q -batch -ex run --args "$VIOTAPE" --version ;;
	lldb) lldb -b -o run -o 'script print("exited n" + "ormally")' -- \
	    "$VIOTAPE" --version ;;
	esac >trace 2>&1 </dev/null
	if grep -q 'exited normally' trace && grep -q '^viotape [0-9]' trace
	then
		debuggers="$debuggers $name"
	else
		echo "$name cannot run a program here:"
		cat trace
	fi
done
[ -n "$debuggers" ] || {
	echo 'skipped: there is no debugger, gdb or lldb, that works here'
	[ $failed = 0 ] && exit 77
	exit $failed
}

# stands FUNCTION FILE TEXT ARGUMENT...: in this function, at this source line.
stands() {
	function=$1
	file=$2
	text=$3
	shift 3
	for name in $debuggers; do
		case $name in
		gdb)
			under 'gdb -batch' 0 replay --gdb "$@"
			has out '^Breakpoint 1, sim_stopped_here '
			has out "^#[0-9]* .* in $function (.*) at .*$file:[0-9]*\$"
			has out "^[0-9]*	.*$text" ;;
		lldb)
			under 'lldb -b' 0 replay --gdb "$@"
			has out 'stop reason = breakpoint 1'
			has out "frame #[0-9]*: .*\`$function(.*) at ${file##*/}:"
			has out "^-> [0-9]*[[:blank:]].*$text" ;;
		esac
	done
}

# A store that the host never saw; where something is noticed; a way.
stands put_pixels kern_rasops.c 'second << 32 | first;$' \
    --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
stands vio_rx_first drivers/if_vio.c 'memcpy(&vp->vp_rxhdr' \
    --fault vio-rx-no-postread -m amd64-sev vio-dhcp
run 1 prove --fault virtio-lost-kick -m amd64-qemu --executions 1500 \
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
case $debuggers in
*gdb*)
	printf '%s\n' 'define hook-stop' 'frame function vq_publish' \
	    'print/d new' 'end' >asks
	under 'gdb -batch -x asks' 0 replay --gdb "$way"
	has out "virtio.c:$line\$"
	has out "^\\\$1 = $stored\$" ;;
esac

# The user's own driver, by the name that the user gave it.
mkdir mine
cp "$VIOTAPE_SOURCE/drivers/virtio.c" mine
(cd mine && patch -s -p2 virtio.c \
    <"$VIOTAPE_SOURCE/drivers/faults/virtio-lost-kick.diff")
stands vq_publish mine/virtio.c '\*idx = new;$' --driver mine/virtio.c "$way"

# A driver's function that has answered already: the kernel that asked it.
under ./my-gdb 0 replay --gdb --fault viogpu-mmap-kva -m arm64-qemu viogpu-client
has out '^my-gdb stops when viogpu.c:[0-9]* in viogpu_wsmmap has answered$'
has out '^bt 16$'

exit $failed
