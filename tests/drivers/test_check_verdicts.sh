#!/bin/sh
# test_check_verdicts.sh: what check says of drivers, end to end.  Ours hold
# everywhere; each fault that can be put back is fatal where this script's own
# reasoning says so: from what its diff takes out and from what the machine's
# tree says, by the manual's rules, with no list of answers.
#
#	VIOTAPE_VIOGPU=FILE.c		OpenBSD's viogpu.c before its fixes of
#					January 2026: both faults are found
#	VIOTAPE_VIOGPU_FIXED=FILE.c	the same with the two fixes: neither is

set -u
: "${VIOTAPE:?the executable}"
: "${VIOTAPE_SOURCE:?the source tree}"
export LC_ALL=C
scratch=$(mktemp -d "${TMPDIR:-/tmp}/viotape-verdicts.XXXXXX") || exit 2
trap 'rm -rf "$scratch"' EXIT
trap 'exit 2' HUP INT TERM
cd "$scratch" || exit 2
failed=0

# known NAMES FIELD: a field of the lines of traces/INDEX whose name is like it.
known() {
	awk -F '\t' -v name="^($1)\$" -v field="$2" \
	    '$0 !~ /^#/ && $1 ~ name { print $field }' \
	    "$VIOTAPE_SOURCE/traces/INDEX"
}

# The client maps and draws; the console is drawn by the kernel.  What is about
# the ring alone shows in either device.
traces='viogpu-client viogpu-console'
matrix_gpu=viogpu-client
matrix_net='vio-stream vio-mtu-limit vio-mtu-plain'
gpu_traces=$matrix_gpu
net_traces=$matrix_net
ring_traces=$gpu_traces
# With VIOTAPE_LONG=1 ours on every trace; for each fault of viogpu one trace of
# each way through the driver: a client, virtio-mmio, detach, reset, resize.
# Those left out go the way of one of these, with more pixels or text or with
# INTx, which some machines have anyway, and would double the time.  Traces of
# vio are short: all of them, for the faults of the ring, too.
if [ "${VIOTAPE_LONG-}" = 1 ]; then
	traces=
	gpu_traces='viogpu-client viogpu-console-mmio viogpu-detach
	    viogpu-needs-reset viogpu-resize'
	net_traces=$(known 'vio-.*' 1)
	[ -n "$net_traces" ] || exit 2
	ring_traces="$gpu_traces $net_traces"
fi
machines=$("$VIOTAPE" machines | cut -d ' ' -f 1)
faults=$("$VIOTAPE" faults | cut -d ' ' -f 1)
[ -n "$machines" ] && [ -n "$faults" ] || exit 2

fail() {
	echo "FAILED: $*"
	failed=1
}

# run STATUS ARGUMENT...: check, its output to out.
run() {
	wanted=$1
	shift
	words="viotape check $*"
	"$VIOTAPE" check "$@" >out 2>err
	status=$?
	[ "$status" = "$wanted" ] || {
		fail "$words: status $status, wanted $wanted"
		sed 's/^/  /' out err
	}
}

has() {
	grep -q -e "$1" out || {
		fail "$words: \"$1\" is not in what it prints:"
		sed 's/^/  /' out
	}
}

lacks() {
	if grep -q -e "$1" out; then
		fail "$words: \"$1\" is in what it prints"
	fi
}

# --- what must come out --------------------------------------------------------

# says MACHINE PATTERN: does the machine's tree say so?
says() {
	grep -q -e "$2" "$VIOTAPE_SOURCE/traces/machines/$1.dts"
}

# A device sees what the CPU has stored, or the other way, by a sync alone:
# bounce buffers are copied then, caches are written back and invalidated then.
needs_sync() {
	says "$1" 'viotape,bounce;' || ! says "$1" 'dma-coherent;'
}

# takes FAULT SIGN PATTERN: does the diff take out (-) or put in (+) such a line?
takes() {
	grep -q -e "^$2[^-+].*$3" "$VIOTAPE_SOURCE/drivers/faults/$1.diff"
}

# detaches TRACE...: does the scenario of one of them let the driver go?
detaches() {
	for trace; do
		! grep -q '^detach' "$VIOTAPE_SOURCE/traces/scenarios/$(known \
		    "$trace" 4).scn" || return 0
	done
	return 1
}

# expect FAULT MACHINE, of the traces $used: fatal, latent or none; elsewhere
# where another test says it, unknown where nothing is known.
expect() {
	if takes "$1" + 'return.*vm_kva'; then
		# A kernel address is a physical one on no machine.
		echo fatal
	elif grep -q -w -e "$1" "$VIOTAPE_SOURCE/tests/cli/test_way_out.sh"
	then
		echo elsewhere	# what drawing does not show
	elif takes "$1" + 'vq_avail_idx - 1'; then
		# The index is stored before what it covers, on every machine,
		# and a host may look at any time.
		echo fatal
	elif takes "$1" - 'VIO_F_MTU |'; then
		# No host wants it but one, which refuses to go on.
		says "$2" 'host-profile = "apple"' && echo fatal || echo none
	elif takes "$1" - 'MIN(mtu, ETHER_MAX' ||
	    takes "$1" + 'MIN(mtu, ETHER_MAX'; then
		# What ifconfig asks for is granted and may not be; buffers are
		# too small for what the host says.  Neither has to do with
		# memory.
		echo fatal
	elif takes "$1" - 'virtio_membar_[cs]'; then
		# Every machine runs as sc, which is one that needs none.
		echo none
	elif takes "$1" - 'device_status.* == 0'; then
		# Only a host whose reset takes a while shows it.
		says "$2" 'host-profile = "apple"' && echo fatal || echo none
	elif takes "$1" + 'return .*_status;' || takes "$1" + 'kick('; then
		# The registers show it, to any host: FEATURES_OK is not read,
		# a queue is notified before its time.
		echo fatal
	elif takes "$1" + 'VIRTIO_F_' || takes "$1" + 'idx = new <<'; then
		# What no host offers, and an index far beyond any queue.
		echo fatal
	elif takes "$1" + 'new - event) <'; then
		# 0 is never less than itself: the first chain is not told.
		echo fatal
	elif takes "$1" + 'F_NO_INTERRUPT' || takes "$1" + 'desc\[slot'; then
		# The driver's own words in the ring, or those that the device
		# has by now: which memory they are in does not matter.
		echo fatal
	elif takes "$1" + 'vq_sync_chain('; then
		# After the index instead of before: a host may look between.
		echo fatal
	elif takes "$1" + BUS_DMA_NOCACHE; then
		# Where devices do not snoop, uncached is how it should be.
		if says "$2" 'attributes = "mismatched"'; then
			echo fatal
		elif says "$2" 'dma-coherent;'; then
			echo latent
		else
			echo none
		fi
	elif takes "$1" - CD_COCOVM; then
		# Memory is encrypted where amd64 has bounce buffers.
		says "$2" 'arch = "amd64"' && says "$2" 'viotape,bounce;' &&
		    echo latent || echo none
	elif takes "$1" + 'sizeof(\*vq->vq_used)'; then
		# A line that was fetched between the sync and the look: not
		# where caches are snooped, nor where devices have a copy.  vio
		# also looks once more when it has asked for interrupts: at an
		# old index now, where there is a copy, and none comes.
		case $used in
		*vio-*) needs_sync "$2" && echo fatal || echo latent ;;
		*) says "$2" 'dma-coherent;\|viotape,bounce;' &&
		    echo latent || echo fatal ;;
		esac
	elif takes "$1" + 'bus_dmamap_load('; then
		# The addresses of the load before leak where there are any.
		says "$2" 'viotape,iommu;' && echo fatal || echo latent
	elif takes "$1" - POSTREAD && takes "$1" + POSTREAD; then
		# A range past the end: arm64 walks its cache lines.
		says "$2" 'arch = "arm64"' && ! says "$2" 'dma-coherent;' &&
		    echo fatal || echo latent
	elif takes "$1" - PREWRITE || takes "$1" - POSTREAD; then
		needs_sync "$2" && echo fatal || echo latent
	elif takes "$1" - PREREAD; then
		# A dirty line may come over what the device wrote, unless
		# that was snooped, or went to a bounce page.
		says "$2" 'dma-coherent;\|viotape,bounce;' && echo latent ||
		    echo fatal
	elif takes "$1" + 'bus_dmamem_unmap('; then
		# Attaching that goes well unmaps nothing (see the end for
		# one that does not), and detaching does.  An address that
		# was not given is wrong in any memory.
		# shellcheck disable=SC2086
		detaches $used && echo fatal || echo none
	else
		echo unknown
	fi
}

# got MACHINE [TRACE...]: the same, out of check --json of all machines in the
# file json; of these traces, or of all that it has.
got() {
	machine=$1
	shift
	of_traces=$(echo "$*" | tr ' ' '|')
	grep -E "\"trace\": \"(${of_traces:-.*})\", \"machine\": \"$machine\", \
\"verdict\"" json |
	    sed 's/.*"fatal": \([0-9]*\), "latent": \([0-9]*\),.*/\1 \2/' | awk '
	{ fatal += $1; latent += $2 }
	END { print NR == 0 ? "nothing" : fatal ? "fatal" : latent ? "latent" : "none" }'
}

# --- ours ------------------------------------------------------------------------

if [ -n "$traces" ]; then
	# shellcheck disable=SC2086
	run 0 $traces $net_traces
else
	run 0
fi
has ', 0 findings\(, [0-9]* skipped\)*$'	# a device that it has no place for
lacks ' note: '
lacks FAILS

# --- every fault on every machine ----------------------------------------------------

# MODEL.md says why, of each.
for fault in $faults; do
	grep -q -w -e "$fault" "$VIOTAPE_SOURCE/sim/mem/MODEL.md" ||
	    fail "sim/mem/MODEL.md, section 9, does not explain $fault"
done

# cell WORD: what matrix writes for it.
cell() {
	case $1 in
	fatal) echo FAILS ;;
	none) echo - ;;
	*) echo "$1" ;;
	esac
}

# One machine will do, in the long tier all: the same runs are behind check.
shown=amd64-sev
[ "${VIOTAPE_LONG-}" != 1 ] || shown=$machines
row='(none)'
for machine in $shown; do
	row="$row -"
done
echo "$row" >cells
echo "$row" >cells.net

# of FAULT: the traces of the device that it is about, as $used; those that the
# matrix is compared for as $compared, the file of its row as $rows.
of() {
	compared=$matrix_gpu
	rows=cells
	case $1 in
	viogpu-*) used=$gpu_traces ;;
	vio-*) used=$net_traces compared=$matrix_net rows=cells.net ;;
	*) used=$ring_traces ;;
	esac
}

for fault in $faults; do
	rm -f json
	of "$fault"
	# shellcheck disable=SC2086
	"$VIOTAPE" check --fault "$fault" --json json $used >out 2>err
	status=$?
	worst=0
	for machine in $machines; do
		wanted=$(expect "$fault" "$machine")
		said=$(got "$machine")
		[ "$wanted" != elsewhere ] || wanted=$said
		[ "$wanted" != unknown ] ||
		    fail "$fault: this test knows no rule for it; add one"
		[ "$said" = "$wanted" ] ||
		    fail "$fault on $machine: $said, by the rules $wanted"
		[ "$wanted" != fatal ] || worst=1
	done
	[ "$status" = "$worst" ] ||
	    fail "$fault: status $status, wanted $worst: $(cat err)"
	row=$fault
	for machine in $shown; do
		# shellcheck disable=SC2086
		row="$row $(cell "$(got "$machine" $compared)")"
	done
	echo "$row" >>"$rows"
done

# matrix ROWS TRACE...: does it say so of the faults in the file ROWS?
matrix() {
	rows=$1
	shift
	# shellcheck disable=SC2046,SC2086
	"$VIOTAPE" matrix $(printf -- '-m %s ' $shown) "$@" >out 2>err ||
	    fail "viotape matrix: $(cat err)"
	awk 'NR == FNR { wanted[$1] = 1; next } FNR == 1 { n = NF; next }
	$1 in wanted {
		for (i = 1; i <= n + 1; i++)
			printf "%s%s", $i, i <= n ? " " : "\n"
	}' "$rows" out | diff "$rows" - ||
	    fail 'viotape matrix says otherwise than viotape check'
}

# shellcheck disable=SC2086
matrix cells $matrix_gpu
# shellcheck disable=SC2086
matrix cells.net $matrix_net

# --- what the two of January 2026 say ----------------------------------------------------

# line FAULT FUNCTION PATTERN: where it is in viogpu.c once the fault is in.
line() {
	cp "$VIOTAPE_SOURCE/drivers/viogpu.c" patched.c
	patch -s patched.c <"$VIOTAPE_SOURCE/drivers/faults/$1.diff" || exit 2
	awk -v f="^$2[(]" -v p="$3" '$0 ~ f { in_it = 1 }
	    in_it && $0 ~ p { print NR; exit } /^}/ { in_it = 0 }' patched.c
}

kva=$(line viogpu-mmap-kva viogpu_wsmmap 'return .*vm_kva')
[ -n "$kva" ] || fail 'viogpu_wsmmap does not return the address'
for machine in $machines; do
	run 1 --fault viogpu-mmap-kva -m "$machine" viogpu-client
	has "^drivers/viogpu\\.c:$kva: mmap-kva: .*kernel virtual address"
	has '^  by viogpu_wsmmap '
	has '^  the address: byte 0 of a mapping of [0-9]* bytes by bus_dmamem_map: viogpu\.c:[0-9]* in viogpu_mem_alloc'
	has ', 1 findings$'
	if says "$machine" 'unbacked = "abort"'; then
		has 'the guest panicked'
	else
		has 'the host shows a black screen'
		lacks 'the guest panicked'
	fi
done
says arm64-apple-vz 'unbacked = "abort"' || fail 'Apple does not abort'

sync=$(line viogpu-no-fb-sync viogpu_transfer_to_host_2d viogpu_simple_cmd)
for machine in $machines; do
	if needs_sync "$machine"; then
		run 1 --fault viogpu-no-fb-sync -m "$machine" viogpu-console
		has "^drivers/viogpu\\.c:$sync: sync-missing-prewrite: "
		has "^  fatal on $machine\$"
		has 'prevented by: bus_dmamap_sync(9) of bytes [0-9]* to [0-9]* of the map with BUS_DMASYNC_PREWRITE'
		store=$(sed -n 's/^  the first store that the host never saw: \([^ ]*\) in .*/\1/p' out)
		file=$VIOTAPE_SOURCE/sim/shim/${store%:*}
		[ -f "$file" ] || file=$VIOTAPE_SOURCE/drivers/${store%:*}
		# The line that is named does store something.
		[ -f "$file" ] && sed -n "${store##*:}p" "$file" |
		    grep -q '[^=!<>]=[^=]' ||
		    fail "$words: no store is at \"$store\""
	else
		run 0 --fault viogpu-no-fb-sync -m "$machine" viogpu-console
		has "^drivers/viogpu\\.c:$sync: note: sync-missing-prewrite: .*(latent on $machine)"
		has ', 0 findings$'
	fi
done

# --- the MTU, of the same month ----------------------------------------------------------------

# Where nobody insists on the feature the interface is there, with 1500.
for machine in $machines; do
	if says "$machine" 'host-profile = "apple"'; then
		run 1 --fault vio-no-mtu -m "$machine" vio-mtu-limit
		has '^drivers/if_vio\.c:[0-9]*: step-failed: the step "up '
	else
		run 0 --fault vio-no-mtu -m "$machine" vio-mtu-limit
		has ', 0 findings$'
	fi
done

# --- what only encrypted memory makes a matter ------------------------------------------------

run 0 --fault viogpu-not-confidential -m amd64-sev viogpu-client
has ': note: attach-confidential: .*(latent on amd64-sev)$'

# --- what only a failed allocation shows -------------------------------------------------------

run 0 --fault viogpu-unmap-wrong-address -m arm64-qemu viogpu-client
run 1 --fault viogpu-unmap-wrong-address --fail-allocations -m arm64-qemu \
    viogpu-client
has '^drivers/viogpu\.c:[0-9]*: dma-'

# --- the real one, where there is one -------------------------------------------------------

if [ -n "${VIOTAPE_VIOGPU-}" ]; then
	base=$(basename "$VIOTAPE_VIOGPU" | sed 's/\./\\./g')
	# shellcheck disable=SC2086
	run 1 --driver "$VIOTAPE_VIOGPU" -m arm64-qemu -m amd64-sev $traces
	has "$base:[0-9]*: mmap-kva: .*kernel virtual address"
	has '^  by viogpu_wsmmap '
	has "$base:[0-9]*: sync-missing-prewrite: the host reads memory that a request named"
	has 'the first store that the host never saw: '
	has ', 2 findings$'
else
	echo 'skipped: VIOTAPE_VIOGPU names no viogpu.c of OpenBSD'
fi
if [ -n "${VIOTAPE_VIOGPU_FIXED-}" ]; then
	# shellcheck disable=SC2086
	run 0 --driver "$VIOTAPE_VIOGPU_FIXED" -m arm64-qemu -m amd64-sev \
	    $traces
	has ', 0 findings$'
	lacks mmap-kva
	lacks sync-missing-prewrite
else
	echo 'skipped: VIOTAPE_VIOGPU_FIXED names no such file with the fixes'
fi
exit $failed
