#!/bin/sh
# test_jobs.sh: check prints the same, byte for byte, however many processes
# did the work; and a result that differs would be seen.
set -eu
tmp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-jobs.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
trap 'exit 2' HUP INT TERM

out() {
	jobs=$1
	shift
	"$VIOTAPE" check -j "$jobs" --json "$tmp/$jobs.json" \
	    --junit "$tmp/$jobs.xml" "$@" >"$tmp/$jobs.txt" || :
}

same() {
	for kind in json xml txt; do
		cmp "$tmp/1.$kind" "$tmp/$1.$kind" || {
			echo "FAILED: -j $1 gives another $kind than -j 1"
			exit 1
		}
	done
}

set -- --fault viogpu-no-fb-sync -m arm64-qemu -m amd64-sev -m contract \
    viogpu-console viogpu-client
for jobs in 1 2 3 16; do
	out $jobs "$@"
	[ $jobs = 1 ] || same $jobs
done
grep -q '"verdict": "FAILS"' "$tmp/1.json" || {
	echo 'FAILED: nothing was found, so nothing was compared'
	exit 1
}
out 5 --fault viogpu-no-command-sync -m amd64-sev viogpu-console
if cmp -s "$tmp/1.json" "$tmp/5.json"; then
	echo 'FAILED: two different results are taken for the same'
	exit 1
fi
# Each allocation in turn: the further runs of a pair come along.
out 1 --fault viogpu-unmap-wrong-address --fail-allocations -m arm64-qemu \
    -m amd64-qemu viogpu-console
out 2 --fault viogpu-unmap-wrong-address --fail-allocations -m arm64-qemu \
    -m amd64-qemu viogpu-console
same 2
grep -q 'dma-unmap-unknown' "$tmp/2.txt" || {
	echo 'FAILED: the further runs are lost'
	exit 1
}
echo ok
