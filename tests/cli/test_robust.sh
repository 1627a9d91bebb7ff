#!/bin/sh
# test_robust.sh: bad input, a full disk, a recorder that is killed, a host
# that dies: each ends with its exit status, one sentence, and no half file.
# Exit status 4 and death by a signal are viotape's own faults, always.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking robust
mkdir empty || exit 2

# One sentence on standard error, nothing on standard output.
sentence() {
	[ "$(wc -l <err)" -eq 1 ] || fail "not one line: $(cat err)"
	has err '^viotape: ..'
	[ ! -s out ] || fail "it printed $(head -n 3 out)"
}

# In the folder empty: run, and nothing may be there afterwards.
nothing() {
	cd empty || exit 2
	asked="viotape $*"
	"$VIOTAPE" "$@" >../out 2>../err
	status=$?
	cd ..
	[ "$status" = 2 ] || fail "status $status, wanted 2: $(cat err)"
	sentence
	[ -z "$(ls -A empty)" ] || {
		fail "it left $(ls -A empty)"
		rm -rf empty
		mkdir empty
	}
}

# flip FILE AT: the byte at AT becomes another.
flip() {
	byte=$(dd if="$1" bs=1 skip="$2" count=1 2>/dev/null | od -An -tu1)
	# shellcheck disable=SC2059
	printf "\\$(printf %o $(((byte + 85) % 256)))" |
	    dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}

# --- traces that are none ------------------------------------------------------

run 0 record --host builtin --scenario client -o good.vtr
size=$(wc -c <good.vtr)
: >zero.vtr
mkdir folder.vtr
echo 'nothing of the kind' >foreign.vtr
cp "$VIOTAPE" program.vtr
for cut in 1 40 $((size / 3)) $((size - 1)); do
	head -c "$cut" good.vtr >"cut$cut.vtr"
done
for at in 0 5 30 $((size / 4)) $((size / 2)) $((size * 3 / 4)) \
    $((size - 9)); do
	cp good.vtr "flip$at.vtr"
	flip "flip$at.vtr" "$at"
done
for bad in zero folder foreign program cut1 cut40 "cut$((size / 3))" \
    "cut$((size - 1))" flip0 flip5 flip30 "flip$((size / 4))" \
    "flip$((size / 2))" "flip$((size * 3 / 4))" "flip$((size - 9))" \
    missing; do
	for command in check replay show stat verify; do
		nothing $command "../$bad.vtr"
	done
done
for bad in zero folder foreign program cut1 missing; do
	nothing recover "../$bad.vtr" -o new.vtr
done
# The first frame has what the device is; one behind it can be missed.
for bad in "cut$((size - 1))" "flip$((size * 3 / 4))"; do
	run 0 recover "$bad.vtr" -o "$bad.new"
	has out '^lost: '
	run 0 verify "$bad.new"
	run 0 replay "$bad.new"
done
# Without its header a trace has no machine and no scenario.
run 2 recover flip30.vtr -o flip30.new
has err 'its header is lost'
[ ! -e flip30.new ] || fail 'it wrote flip30.new'
if [ "$(id -u)" != 0 ]; then
	cp good.vtr secret.vtr
	chmod 0 secret.vtr
	nothing check ../secret.vtr
fi
nothing check /dev/null
nothing check "$(printf '%300s' x | tr ' ' x)"
nothing check --json report.json good ../good.vtr

# --- names that nearly are -------------------------------------------------------

nothing check -m arm64-qmeu ../good.vtr
has err 'did you mean arm64-qemu?'
nothing record --host builtin --scenario consloe -o new.vtr
has err 'did you mean console?'
nothing check --fault viogpu-no-fb-snyc ../good.vtr
has err 'viogpu-no-fb-sync'
nothing check --mahcine arm64-qemu ../good.vtr
has err 'did you mean --machine?'
nothing recrod
has err 'did you mean record?'
nothing record --host bochs --scenario console -o new.vtr
has err 'wanted builtin, qemu or qemu=PROGRAM'
nothing record --host builtin --scenario console
nothing record --host qemu=/nonexistent --scenario console -o new.vtr
has err '/nonexistent: no such program; .*install'
nothing record --host builtin --scenario console -o nowhere/new.vtr
nothing record --host builtin --scenario console -o ..
has err 'is a directory'
echo 'fill the screen' >bad.scn
nothing record --host builtin --scenario ../bad.scn -o new.vtr
has err 'scenario bad, line 1: '

# --- machines that are damaged ----------------------------------------------------

if command -v dtc >/dev/null 2>&1; then
	dtc -q -I dts -O dtb -o sev.dtb \
	    "$VIOTAPE_SOURCE/traces/machines/amd64-sev.dts" 2>/dev/null
	run 0 check -m sev.dtb good.vtr
	size=$(wc -c <sev.dtb)
	at=0
	while [ "$at" -lt "$size" ]; do
		cp sev.dtb flipped.dtb
		flip flipped.dtb "$at"
		asked="viotape check -m flipped.dtb (byte $at)"
		"$VIOTAPE" check -m flipped.dtb good.vtr >out 2>err
		status=$?
		case $status in
		0|1) ;;			# it is a machine all the same
		2) has err '^viotape: ' ;;
		*) fail "status $status: $(cat err)" ;;
		esac
		at=$((at + 7))
		# All of them where there is time; each takes a run.
		[ "${VIOTAPE_LONG-}" = 1 ] || at=$((at + 70))
	done
	head -c $((size / 2)) sev.dtb >half.dtb
	nothing check -m ../half.dtb ../good.vtr
else
	echo 'skipped: there is no dtc'
fi

# --- a disk that is full ------------------------------------------------------------

# A file may have so many blocks of 512 bytes; 0 is nothing at all.
run 0 record --host builtin --scenario client -o whole.vtr
for blocks in 0 1 16 100; do
	asked="viotape record, at most $blocks blocks"
	(ulimit -f "$blocks" && cd empty && "$VIOTAPE" record --host builtin \
	    --scenario client -o full.vtr) 2>&1 | grep -v "$asan" >err
	[ -z "$(ls -A empty)" ] || fail "it left $(ls -A empty)"
	rm -f empty/*
	[ "$(wc -l <err)" -eq 1 ] || fail "not one line: $(cat err)"
	has err '^viotape: .*full\.vtr'
done
asked='viotape check --json, at most 1 block'
(ulimit -f 1 && cd empty && "$VIOTAPE" check -m arm64-qemu --json report.json \
    ../good.vtr; echo "status $?") 2>&1 | cat >err
has err '^status 2$'
[ -z "$(ls -A empty)" ] || fail "it left $(ls -A empty)"
if [ -e /dev/full ]; then
	asked='viotape check >/dev/full'
	"$VIOTAPE" check -m arm64-qemu good.vtr >/dev/full 2>err
	status=$?
	[ "$status" = 2 ] || fail "status $status, wanted 2"
	has err 'cannot be written'
fi

# --- onto a file that is there -----------------------------------------------------

# It stays until the new one is whole, which then takes its place at once.
echo mine >there.vtr
asked='record onto a file, at most 16 blocks'
(ulimit -f 16 && "$VIOTAPE" record --host builtin --scenario client \
    -o there.vtr) >out 2>&1 && fail 'it says that all is well'
[ "$(cat there.vtr)" = mine ] || fail 'the old file is lost'
[ ! -e there.vtr.part ] || fail 'there.vtr.part is left'
run 0 record --host builtin --scenario console -o there.vtr
run 0 verify there.vtr
echo mine >there.vtr.part
run 2 record --host builtin --scenario console -o there.vtr
sentence
has err 'viotape recover'
[ "$(cat there.vtr.part)" = mine ] || fail 'the file .part was written'
run 0 verify there.vtr

# --- a recorder that is killed ----------------------------------------------------------

# A height of its own tells this run's QEMU from any other.
height=$((200 + $$ % 97))
{
	printf 'display 320 %d\nscreen 1\ngraphics\nmap\n' $height
	i=0
	while [ $i -lt 400 ]; do
		printf 'pattern 0 0 320 200 %d\nexpect\n' $i
		i=$((i + 1))
	done
} >long.scn

# size FILE: its bytes, 0 where there is none.
size() {
	[ -e "$1" ] && wc -c <"$1" || echo 0
}

# record_long HOST FILE BYTES: in the background, until FILE.part has so many.
record_long() {
	asked="record --host $1, at $3 bytes"
	rm -f "$2" "$2.part"
	"$VIOTAPE" record --host "$1" --scenario ./long.scn -o "$2" \
	    >recorder.out 2>&1 &
	recorder=$!
	tries=0
	while [ "$(size "$2.part")" -lt "$3" ] && [ $tries -lt 1200 ] &&
	    kill -0 $recorder 2>/dev/null; do
		sleep 0.05
		tries=$((tries + 1))
	done
	[ -e "$2.part" ] || fail "no $2.part: $(cat recorder.out)"
}

# The processes of QEMU that this run has started.
qemus() {
	ps -A -o pid= -o args= 2>/dev/null |
	    grep "[q]emu-system.*virtio-gpu-pci,id=gpu0,xres=320,yres=$height" |
	    awk '{ print $1 }'
}

no_qemu() {
	tries=0
	while [ -n "$(qemus)" ] && [ $tries -lt 100 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	[ -z "$(qemus)" ] || fail "QEMU is still there: $(qemus)"
}

killed() {
	record_long "$1" killed.vtr "$2"
	kill -9 $recorder 2>/dev/null || fail "too late: $(cat recorder.out)"
	wait $recorder 2>/dev/null
	[ ! -e killed.vtr ] || fail 'killed.vtr is there'
	run 2 verify killed.vtr.part
	sentence
	rm -f saved.vtr
	"$VIOTAPE" recover killed.vtr.part -o saved.vtr >out 2>err
	status=$?
	has out '^lost: '
	case $status in
	0)	run 0 verify saved.vtr
		has out 'whole, [1-9]'
		run 0 show saved.vtr ;;
	2)	# Before the end of the first frame there is nothing to save.
		[ "$2" = 1 ] || fail "nothing was recovered: $(cat err)"
		[ ! -e saved.vtr ] || fail 'it wrote saved.vtr'
		has err '^viotape: ' ;;
	*)	fail "recover: status $status: $(cat err)" ;;
	esac
}

for bytes in 1 100001 700000 2500000; do
	killed builtin $bytes
done

qemu=
command -v qemu-system-aarch64 >/dev/null 2>&1 && qemu=1
[ -n "$qemu" ] || echo 'skipped: QEMU is not installed'
[ -z "$qemu" ] || {
	others=$(qemus)
	[ -z "$others" ] || fail "QEMU was there before: $others"
	for bytes in 1 700000; do
		killed qemu $bytes
		no_qemu
	done
}

# --- a host that dies -----------------------------------------------------------------------

# dead FILE: it ends with the host, and it replays.
dead() {
	run 0 verify "$1"
	run 0 show "$1"
	tail -n 1 out | grep -q 'HOST_END "QEMU died of signal' ||
	    fail "its last event is $(tail -n 1 out)"
	"$VIOTAPE" replay "$1" >out 2>err
	status=$?
	[ "$status" -le 1 ] || fail "replay $1: status $status: $(cat err)"
}

[ -z "$qemu" ] || {
	record_long qemu died.vtr 100000
	# shellcheck disable=SC2046
	kill -9 $(qemus)
	wait $recorder
	status=$?
	[ "$status" -le 1 ] || fail "status $status: $(cat recorder.out)"
	cp recorder.out out
	has out 'the host died; the trace ends there'
	no_qemu
	dead died.vtr

	# Past the end of the backing: QEMU before version 8 aborts, later ones
	# answer with an error.  Both are results.
	sed 's/\.hdr\.type = VIRTIO_GPU_CMD_TRANSFER_TO_HOST_2D,/& .offset = 0x4000000,/' \
	    "$VIOTAPE_SOURCE/drivers/viogpu.c" >viogpu-offset.c
	cmp -s viogpu-offset.c "$VIOTAPE_SOURCE/drivers/viogpu.c" &&
	    fail 'the driver is not changed'
	asked='record of a driver that transfers from past the backing'
	"$VIOTAPE" record --driver viogpu-offset.c --host qemu \
	    --scenario console -o past.vtr >out 2>err
	status=$?
	[ "$status" -le 1 ] || fail "status $status: $(cat err)"
	has out 'gpu-transfer-past-backing'
	run 0 verify past.vtr
	"$VIOTAPE" show past.vtr >events
	if grep -q HOST_END events; then
		dead past.vtr
	fi
	run 1 check --driver viogpu-offset.c -m arm64-qemu past.vtr
	has out 'gpu-transfer-past-backing'
}

exit $failed
