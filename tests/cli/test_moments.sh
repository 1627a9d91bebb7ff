#!/bin/sh
# test_moments.sh: what goes wrong only if the host looks, or works, at the
# wrong moment is told as latent and then made to happen (rules J16 and J17 of
# MODEL.md); and what is a matter for a confidential guest alone is told there
# (J21).  Our drivers have nothing of it.
set -eu
viotape=$VIOTAPE
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT INT TERM

fail() { printf 'FAIL: %s\n' "$*"; cat "$tmp/out"; exit 1; }
trace=viogpu-client
run() {
	set +e
	"$viotape" check "$@" "$trace" >"$tmp/out" 2>&1
	status=$?
	set -e
}
says() { grep -q -e "$1" "$tmp/out" || fail "nothing says \"$1\""; }

run --strict -m amd64-sev -m arm64-noncoherent
[ $status = 0 ] || fail "our drivers do not hold ($status)"

# The index before what it covers: a host that looks right then is confused, on
# a machine without any cache or bounce page.
run --fault virtio-avail-before-descriptor -m amd64-qemu
[ $status = 1 ] || fail "an index too early holds ($status)"
says ': ring-published-early: '
says 'made to happen: in a run where the host looks right at that store'

# The entry is synced before the index is looked at: fatal where a line that was
# fetched in between stays, latent where memory is one.
run --fault virtio-used-one-sync -m arm64-noncoherent
[ $status = 1 ] || fail "a sync too early holds without coherence ($status)"
says ': sync-missing-postread: '
says 'made to happen: in a run where the host works between'
run --fault virtio-used-one-sync -m amd64-qemu
[ $status = 0 ] || fail "a sync too early goes wrong on amd64 ($status)"
says ': note: sync-missing-postread: .*(latent on amd64-qemu)'
# Where devices have a copy the index is as old as the entries: the driver does
# not see what a host does in between, and reads no old entry.
trace=vio-mtu-1500
run --fault virtio-used-one-sync -m amd64-sev
[ $status = 0 ] || fail "an old index is taken for an old entry ($status)"
says ': note: .* that it synced before it looked at .*(latent on amd64-sev)'
trace=viogpu-client

run --fault viogpu-not-confidential -m amd64-sev
[ $status = 0 ] || fail "what is latent counts ($status)"
says ': note: attach-confidential: .*(latent on amd64-sev)'
run --strict --fault viogpu-not-confidential -m amd64-qemu
[ $status = 0 ] || fail "it matters where memory is not encrypted ($status)"
echo ok
