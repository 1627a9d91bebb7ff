#!/bin/sh
# test_counterexample.sh: a way to a finding as a trace: prove writes it, the
# same for any -j; replay comes to the same finding without options (100 times of
# 100: hundred_replays); it says plainly that a driver that was put right does
# not; show, stat, verify and recover know it.
set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
. "$VIOTAPE_SOURCE/tests/cli/mini_tree.sh"
asking counterexample

# --- a lost notification, which the plain run has not -------------------------

set -- --fault virtio-lost-kick -m amd64-qemu --executions 1500 vio-dhcp
run 1 prove -j 1 --counterexamples one/deep "$@"
way=one/deep/vio-dhcp-amd64-qemu-queue-stuck.vtr
has out "^  written as a trace: viotape replay $way\$"
[ "$(ls one/deep)" = "${way##*/}" ] || fail "there is $(ls one/deep)"
place='^drivers/[a-z_]*\.c:[0-9]*: '
grep "$place" out >found
run 1 prove -j 2 --counterexamples two "$@"
cmp "$way" "two/${way##*/}" || fail 'another file with -j 2'

run 1 replay "$way"
cp out first
grep "$place" first >again
cmp found again || fail 'the trace leads to another finding'
has first 'this trace is of queue-stuck in virtio_pci_kick, and it is found again, at event [0-9]* of the same run$'
has first 'on amd64-qemu, our drivers, with fault virtio-lost-kick$'

# The story: in the order of time, what was seen, what was stored and where.
events=$(sed -n 's/^  event \([0-9]*\), choice [0-9]*: .*/\1/p' first)
[ -n "$events" ] || fail 'no story'
[ "$events" = "$(echo "$events" | sort -n)" ] || fail 'not in order of time'
# Choices that only seemed to be needed, because others behind them were counted
# on from them, are gone: with those there are six.
[ "$(echo "$events" | wc -l)" -le 4 ] || fail 'not as short as it can be'
has first 'the host looks at avail.idx of queue 1 and sees [0-9]*: [0-9]*, which the driver has stored, is still in its CPU.s store buffer; by the store: virtio.c:[0-9]* in vq_publish'
[ "$(sed -n '/^  it follows: /,$p' first | grep -c 'choice')" = 0 ] ||
    fail 'what follows stands before what it follows from'

# --- put right -----------------------------------------------------------------

for guest in '--fault none' "--driver $VIOTAPE_SOURCE/drivers/virtio.c" \
    '--fault virtio-no-event-sync'; do
	# shellcheck disable=SC2086
	run 0 replay $guest "$way"
	has out 'this trace is of queue-stuck in virtio_pci_kick, and it is NOT found'
	has out 'in these drivers, which are others than those'
done
run 0 replay -m arm64-noncoherent --fault none "$way"
run 2 replay --fault none --fault virtio-lost-kick "$way"
has err 'stands alone'
run 0 replay --choices 0=1 "$way"
has out 'NOT found'
has out 'machine, choices or viotape are others'

# --- what does not fit is told ---------------------------------------------------

run 0 replay --choices 9999=1 -m amd64-qemu vio-dhcp
has out '^note: divergence: choice 9999 is never asked for: this run has choices 0 to [0-9]* only'
run 1 replay --strict --choices 9999=1 -m amd64-qemu vio-dhcp
run 0 replay --choices 0=7 -m amd64-qemu vio-dhcp
has out '^note: divergence: choice 0 has [0-9]* alternatives, .* 7 is not one of them'
run 1 replay "$way"
grep -q divergence out && fail 'the way itself does not fit'

# --- other commands ---------------------------------------------------------------

run 0 verify "$way"
has out ': whole, [0-9]* events and a way$'
run 0 stat "$way"
has out '^  way  *queue-stuck in virtio_pci_kick, event [0-9]* of a run on amd64-qemu, our drivers with fault virtio-lost-kick, choices [0-9=,]*$'
run 0 show "$way"
has out '^ *way queue-stuck in virtio_pci_kick, '
run 0 verify vio-dhcp
has out 'events$'
# As a recording it is the one that it was made of.
run 0 check -m amd64-qemu "$way"

# The way begins where the header ends; a byte in its middle is changed.
size=$(od -An -tu4 -j4 -N4 "$way" | tr -d ' ')
{ head -c $((size + 8 + 60)) "$way"; printf '\377'
    tail -c +$((size + 8 + 62)) "$way"; } >hurt.vtr
run 2 replay hurt.vtr
has err 'the way has been changed'
run 0 recover hurt.vtr -o saved.vtr
has out 'the way is lost: this is the recording only, and no counterexample'
run 0 verify saved.vtr
run 0 check -m amd64-qemu saved.vtr
run 0 recover "$way" -o copy.vtr
run 1 replay copy.vtr
has out 'is found again'

# --- a driver of the user's ---------------------------------------------------------

mkdir drivers
cp "$VIOTAPE_SOURCE/drivers/virtio.c" drivers
patch -s -p1 <"$VIOTAPE_SOURCE/drivers/faults/virtio-lost-kick.diff" ||
    fail 'the fault does not apply'
run 1 prove --driver drivers/virtio.c -m amd64-qemu --executions 1500 \
    --counterexamples three vio-dhcp
run 2 replay "three/${way##*/}"
has err 'this trace is of a finding in virtio.c, which is not in it: .* --driver FILE.c'
run 1 replay --driver drivers/virtio.c "three/${way##*/}"
has out 'is found again'
run 0 replay --driver "$VIOTAPE_SOURCE/drivers/virtio.c" "three/${way##*/}"
has out 'NOT found'

# --- what the plain run has, and what cannot be written ---------------------------------

run 1 prove --fault viogpu-no-fb-sync -m amd64-sev --executions 10 \
    --counterexamples four viogpu-console
plain=four/viogpu-console-amd64-sev-sync-missing-prewrite.vtr
run 1 replay "$plain"
has out 'this trace is of sync-missing-prewrite in [a-z0-9_]*, and it is found again, at event [0-9]* of the same run'
run 0 stat "$plain"
has out 'with fault viogpu-no-fb-sync, no choices$'
run 0 prove -m amd64-sev --executions 10 --counterexamples five \
    viogpu-console
[ ! -e five ] || fail 'a directory for nothing'

# --- of a tree's drivers: they are not in the trace, what they were called is --------

mini_tree tree
if patch -s -p2 -d tree/pv <"$VIOTAPE_SOURCE/drivers/faults/viogpu-no-fb-sync.diff"; then
	run 1 prove --sys tree -m amd64-sev --executions 10 \
	    --counterexamples six viogpu-console
	plain=six/viogpu-console-amd64-sev-sync-missing-prewrite.vtr
	run 2 replay "$plain"
	has err 'a finding in the drivers of a tree (--sys tree), which are not in it: give that tree'
	run 1 replay --sys tree "$plain"
	has out 'and it is found again, at event [0-9]* of the same run'
	run 0 replay --fault none "$plain"
	has out 'NOT found'
else
	fail 'the tree has no place for the fault'
fi

: >file
run 2 prove --counterexamples file "$@"
has err 'file'

exit $failed
