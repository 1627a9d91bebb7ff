#!/bin/sh
# test_prove.sh: prove says that our driver has no way to a finding, the same
# however many processes looked; a driver without one of its barriers has one
# where stores or loads are not kept in order, and what is printed of it is
# enough to go it again.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking prove

# --- our driver --------------------------------------------------------------

set -- -m amd64-qemu -m arm64-qemu -m riscv64-qemu viogpu-detach
run 0 prove -j 1 --json 1.json "$@"
[ "$(tail -n 1 out)" = \
    'HOLDS: 1 traces, 3 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
has out '^explored: [0-9][0-9]* executions, [0-9][0-9]* windows, '
grep -q '^bound' out && fail 'it holds, and a bound is told'
has 1.json '"executions": [1-9]'
cp out 1.txt
run 0 prove -j 2 --json 2.json "$@"
cmp out 1.txt || fail '-j 2 prints something else than -j 1'
cmp 2.json 1.json || fail '-j 2 gives another JSON than -j 1'

# --- what is left out ----------------------------------------------------------

run 0 prove -m amd64-qemu -m contract viogpu-detach
sed -n 's/^explored: \([0-9]*\) .*/\1/p' out >usual
[ "$(tail -n 1 out)" = 'HOLDS: 1 traces, 2 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
grep -q '^bound' out && fail 'it holds, and a bound is told'
# All that such a driver has needs the kernel lock.
run 0 prove --also cpus -m amd64-qemu -m contract viogpu-detach
[ "$(tail -n 1 out)" = 'HOLDS: 1 traces, 2 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
sed -n 's/^explored: \([0-9]*\) .*/\1/p' out >more
cmp more usual || fail 'another CPU goes on beside one that has the kernel lock'
run 0 prove --executions 1500 -m amd64-qemu -m contract vio-mtu-68
grep -q '^bound of the model' out && fail 'the model has a bound for vio-mtu-68'
has out '^one CPU: code that needs no kernel lock ran on one CPU'
# As on a machine that has several, and where the driver counts on them.
if command -v dtc >/dev/null 2>&1; then
	sed 's/cpu@0 {/cpu@1 { device_type = "cpu"; reg = <1>; }; &/' \
	    "$VIOTAPE_SOURCE/traces/machines/amd64-qemu.dts" >smp.dts
	dtc -q -I dts -O dtb -o smp.dtb smp.dts
	run 0 prove --executions 100 -m smp.dtb vio-mtu-68
	has out '^bound of the model: one CPU of several (--also cpus has more)'
	grep -q '^one CPU:' out && fail 'a machine of two CPUs has one'
	run 0 prove --executions 100 -m smp.dtb viogpu-detach
	grep -q '^bound of the model' out && fail 'a second CPU has work here'
fi
run 0 prove --executions 100 -m amd64-qemu vio-queues
has out '^bound of the model: one CPU of several'
run 0 prove --executions 1500 --also cpus -m amd64-qemu vio-mtu-68
grep -q '^bound of the model' out && fail 'four CPUs have a bound'
grep -q '^one CPU:' out && fail 'four CPUs are one'
has out '^bound: not all was explored of vio-mtu-68'
run 0 prove --executions 400 -m amd64-qemu viogpu-detach
has out '^bound: not all was explored of viogpu-detach on amd64-qemu: all but ways'
has out 'interrupts that wait, pauses of the host or early timeouts; --work'
# More than the bound, where HOLDS can be had for it, and no more than it if not;
# of more than nine pairs a quarter of that, or --whole.
run 0 prove --work 2500 -m amd64-qemu viogpu-detach
[ "$(tail -n 1 out)" = 'HOLDS: 1 traces, 1 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
run 0 prove --work 100 -m amd64-qemu viogpu-detach
has out '^bound: not all was explored of viogpu-detach on amd64-qemu'
sed -n 's/^explored: \([0-9]*\) .*/\1/p' out >few
[ "$(cat few)" -lt 100 ] || fail "$(cat few) executions are no work of 100"
pairs='-m amd64-qemu -m arm64-qemu -m arm64-apple-vz -m amd64-sev
    -m arm64-mismatched vio-mtu-68 viogpu-detach'
# shellcheck disable=SC2086
run 0 prove --work 600 $pairs
has out '^vio-mtu-68  *HOLDS-BOUNDED'
# shellcheck disable=SC2086
run 0 prove --whole --work 600 --certificate whole.crt $pairs
has out '^vio-mtu-68  *HOLDS '
has whole.crt '"whole_ways": 2400 }'
run 1 prove --fault viogpu-no-preread -m arm64-noncoherent viogpu-detach
has out '^bound of the model: fates of lines of the cache that nobody was asked for'

# A repaint that comes less often than ours is right as well, though code may
# take some of the time in which it is waited for.
sed 's/\(VIOGPU_REPAINT_MSEC[^0-9]*\)10$/\116/' \
    "$VIOTAPE_SOURCE/drivers/viogpu.c" >viogpu.c
cmp -s viogpu.c "$VIOTAPE_SOURCE/drivers/viogpu.c" && fail 'nothing is altered'
run 0 prove --driver viogpu.c -m amd64-qemu viogpu-resize
[ "$(sed -n 's/.*, \([0-9]*\) findings$/\1/p' out)" = 0 ] ||
    fail 'a slower repaint is taken for none'

# A driver without a timeout, and a screen that nobody draws on: nothing is.
sed 's/timeout_add_msec(&sc->sc_repaint, VIOGPU_REPAINT_MSEC);/(void)0;/' \
    "$VIOTAPE_SOURCE/drivers/viogpu.c" >viogpu.c
cmp -s viogpu.c "$VIOTAPE_SOURCE/drivers/viogpu.c" && fail 'nothing is altered'
printf 'display 640 480\nwait 5\n' >still.scn
run 0 record --host builtin --scenario still.scn --driver viogpu.c -o still.vtr
run 0 prove --driver viogpu.c -m amd64-qemu -m arm64-qemu -m riscv64-qemu \
    -m amd64-sev --json holds.json --certificate holds.crt ./still.vtr
[ "$(tail -n 1 out)" = 'HOLDS: 1 traces, 4 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
grep -q '^bound' out && fail 'it holds, and a bound is told'
[ "$(grep -c '"verdict": "HOLDS", "events"' holds.json)" -eq 4 ] ||
    fail 'the JSON has another verdict'
has holds.json '"whole": true, "gaps": \[\], "unlocked": false }'
run 0 verify holds.crt
run 0 prove --driver viogpu.c --executions 5 -m arm64-qemu ./still.vtr
[ "$(tail -n 1 out)" = 'HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"

run 0 prove --executions 10 -m amd64-qemu viogpu-client
has out '^bound: not all was explored of viogpu-client on amd64-qemu: not even all w'
run 0 prove --executions 200 --json bound.json -m amd64-qemu vio-dhcp
has out '^bound: not all .* vio-dhcp on amd64-qemu: all ways with at most [01] choices o'
has bound.json '"whole": false, "whole_to_choices": [01], "usual_whole": false, "gaps"'
cmp -s out 1.txt && fail 'two different results are taken for the same'
run 0 prove --executions 600 --json bound.json -m amd64-qemu -m arm64-qemu vio-mtu-68
has out '^bound: .* of vio-mtu-68 on amd64-qemu, arm64-qemu: all but ways with more than [0-9]'
has bound.json '"whole": false, "whole_to_choices": [0-9], "usual_whole": true, "gaps"'
run 0 prove --work 40 -m amd64-qemu vio-mtu-68
sed -n 's/^explored: \([0-9]*\) .*/\1/p' out >few
run 0 prove --work 200 -m amd64-qemu vio-mtu-68
sed -n 's/^explored: \([0-9]*\) .*/\1/p' out >more
[ "$(cat more)" -gt "$(cat few)" ] || fail 'more work is no more executions'

# --- what tells states apart -----------------------------------------------------

# A few hundred ways each.  Where memory behind a copy of a bounce page, or used
# entries that were synced too early once, told states apart that have one
# future, there were thousands.
whole() {
	run 0 prove --executions 1000 "$@" viogpu-client
	! grep -q '^bound: viogpu' out || fail "$*: not all of it was explored"
}
whole -m contract-bounce
whole -m amd64-qemu --fault virtio-used-one-sync

# --- interrupts ------------------------------------------------------------------

# A queue that is made anew needs no mutex: an interrupt from before the reset came
# before intr_barrier(9) was over (rule K2).
awk '/^virtio_init_vq/ { inside = 1 } inside && /mtx_enter/ { next }
    { print } inside && /memset\(vq->vq_vaddr/ { print "\tmtx_enter(&vq->vq_mtx);"
    inside = 0 }' "$VIOTAPE_SOURCE/drivers/virtio.c" >virtio.c
[ "$(diff virtio.c "$VIOTAPE_SOURCE/drivers/virtio.c" | grep -c mtx_enter)" -eq 2 ] ||
    fail 'the mutex was not moved'
run 0 prove --driver virtio.c --work 60000 -m amd64-qemu vio-link
grep -q interrupt-race out && fail 'an interrupt came behind the barrier'

# --- barriers that are missing --------------------------------------------------

# fails ID EXECUTIONS FAULT MACHINE TRACE: one finding, that check has not, by
# choices; the choices lead to it again, and it takes both, them and the fault.
fails() {
	first="^drivers/virtio[a-z_]*\\.c:[0-9]*: $1: "
	executions=$2
	fault=$3
	shift 3
	set -- -m "$@"
	run 0 check --fault "$fault" "$@"
	run 1 prove --executions "$executions" --fault "$fault" "$@"
	has out "$first"
	has out '^  event [0-9]*, choice [0-9]*: '
	has out '^FAILS: 1 traces, 1 machines, 1 findings$'
	grep "$first" out >found
	choices=$(sed -n 's/.* again by viotape replay with --choices //p' out)
	[ -n "$choices" ] || fail 'no choices are printed'
	run 1 replay --choices "$choices" --fault "$fault" "$@"
	grep '^drivers/[a-z_]*\.c:[0-9]*: ' out | head -n 1 >again
	cmp found again || fail 'the way leads to another finding'
	cp out first
	run 1 replay --choices "$choices" --fault "$fault" "$@"
	cmp -s out first || fail 'not the same twice'
	run 0 replay --fault "$fault" "$@"
	run 0 replay --choices "$choices" "$@"
}

fails queue-stuck 1500 virtio-lost-kick amd64-qemu vio-dhcp
# Of a queue whose chains the host keeps only who was behind can miss some.
fails ring-not-notified 1000 virtio-lost-kick-receive amd64-qemu vio-mtu-limit
fails order-load-early 1000 virtio-used-read-early arm64-qemu vio-changes
fails order-load-early 1000 virtio-used-read-early riscv64-qemu vio-changes
# tso keeps loads in order.
run 0 prove --executions 1000 --fault virtio-used-read-early -m amd64-qemu \
    vio-changes

# --- what is refused ---------------------------------------------------------

run 2 prove --fail-allocations -m amd64-qemu viogpu-client
has err 'prove makes no step fail; check --fail-allocations does'
run 2 prove --also naps viogpu-client
has err '"naps" is nothing that can be tried: interrupts, pauses, timers, cpus, or several'
run 2 prove --also interrupts, viogpu-client
run 2 check --also interrupts viogpu-client
run 2 prove --executions x viogpu-client
run 2 prove --work x viogpu-client
run 2 mutate --work 5 viogpu-client
run 2 prove --choices 1=1 viogpu-client
run 2 replay --choices= -m amd64-qemu vio-dhcp
has err 'choices is given nothing'
for list in 1 1= =1 1=0 1=255 1=-1 -1=1 '1=1,' '2=1,1=1' '1=1;2=1' x; do
	run 2 replay "--choices=$list" -m amd64-qemu vio-dhcp
	has err "^viotape: \"$list\" is no list of choices: NUMBER="
	[ ! -s out ] || fail "it began with $(head -n 1 out)"
done

exit $failed
