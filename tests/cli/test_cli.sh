#!/bin/sh
# test_cli.sh: the contract of the command line, asked of the executable: exit
# statuses, what is printed where, that nothing is written on bad usage, and
# that a fault put back makes it fail.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
asking cli

# The opposite of has.
lacks() {
	if grep -q -e "$2" "$1"; then
		fail "\"$2\" is in $1"
	fi
}

# --- usage -------------------------------------------------------------------

run 2
has err 'a command is missing'
run 0 --help
has out 'usage: viotape COMMAND'
run 0 --version
has out '^viotape [0-9]'
run 0 check --help
has out '--baseline FILE'
run 2 chekc
has err 'did you mean check?'
run 2 check --strcit
has err 'did you mean --strict?'
run 2 check --json j.json --junit x.xml --sarif s --html s --strict
has err '--sarif and --html would both write s'
run 2 bisect
has err 'bisect wants one argument more; usage: viotape bisect'
run 2 check --json j.json --junit x.xml -m arm64-qemuu
has err 'did you mean arm64-qemu?'
run 2 check --json j.json --write-baseline b --fault viogpu-no-fb-sink x
run 2 check --json j.json missing.vtr
run 2 check --git-bizect
run 125 check --git-bisect missing.vtr
[ -z "$(ls | grep -v -e '^out$' -e '^err$' -e '^err\.all$')" ] ||
    fail "bad usage wrote $(ls)"

# --- lists -------------------------------------------------------------------

for list in machines scenarios faults findings; do
	run 0 $list
	[ -s out ] || fail 'an empty list'
	cp out names
	while read -r name rest; do
		run 0 explain "$name"
		has out "$name"
		[ -n "$rest" ] || fail "$name has no title"
	done <names
done
run 2 explain mmap-kav
has err 'did you mean mmap-kva?'
run 0 machines
[ "$(head -n 1 out | cut -d ' ' -f 1)" = arm64-qemu ] ||
    fail 'arm64-qemu is not the first'

# The second words of a list stand below each other.
for command in machines scenarios faults findings; do
	run 0 $command
	columns=$(sed 's/^\([^ ]* *\).*/\1/' out | awk '{ print length }' |
	    sort -u | wc -l)
	[ "$columns" -eq 1 ] || fail "its words stand in $columns columns"
done

# --- a trace -----------------------------------------------------------------

run 0 record --host builtin --scenario client -m arm64-qemu -o client.vtr
run 0 verify client.vtr
has out 'client.vtr: whole'
run 0 stat client.vtr
has out 'scenario *client'
run 0 show client.vtr --from 0 --to 4
[ "$(wc -l <out)" -eq 5 ] || fail 'not five events'
run 0 show client.vtr
has out 'common.device_status = 0x'
has out 'CHAIN .*TRANSFER_TO_HOST_2D'
has out 'USED .*OK_NODATA'
# What a terminal would obey is spelled out: a recording may be a stranger's.
escape=$(printf '\033')
printf 'expect\n' >"red${escape}[31m.scn"
run 0 record --host builtin --scenario "./red${escape}[31m.scn" -o red.vtr
run 0 stat red.vtr
has out 'scenario *red\\x1b\[31m$'
lacks out "$escape"
size=$(wc -c <client.vtr)
head -c $((size / 2)) client.vtr >cut.vtr
for command in show stat verify check replay; do
	run 2 $command cut.vtr
	has err 'viotape recover'
done
run 0 recover cut.vtr -o whole.vtr
has out '^lost: bytes'
run 0 verify whole.vtr
run 2 recover cut.vtr -o whole.vtr
has err 'is there'
echo nonsense >not.vtr
run 2 recover not.vtr -o new.vtr
[ ! -e new.vtr ] || fail 'wrote new.vtr'

# --- check -------------------------------------------------------------------

run 0 check -m arm64-qemu -m amd64-sev client.vtr
has out '^client  *HOLDS-BOUNDED  *HOLDS-BOUNDED$'
[ "$(tail -n 1 out)" = \
    'HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings' ] ||
    fail "the last line is $(tail -n 1 out)"
lacks out "$(printf '\033')"
cp out first
run 0 check client.vtr -m arm64-qemu -m amd64-sev
cmp -s out first || fail 'not the same twice'
run 0 check -m amd64-sev -m amd64-sev --json - client.vtr
has out '^  "verdict": "HOLDS-BOUNDED",$'
lacks out '^HOLDS-BOUNDED: '

set -- --fault viogpu-no-fb-sync -m arm64-qemu -m amd64-sev client.vtr
run 1 check "$@" --json j.json --junit x.xml --write-baseline known
has out '^client  *HOLDS-BOUNDED  *FAILS$'
has out '^drivers/viogpu\.c:[0-9]*: sync-missing-prewrite: '
has out 'the first store that the host never saw: '
has out 'fatal on amd64-sev; latent on arm64-qemu$'
has out '^FAILS: 1 traces, 2 machines, 1 findings$'
has known '^sync-missing-prewrite drivers/viogpu\.c [a-z]'
has x.xml '<failure type="sync-missing-prewrite"'
lacks x.xml '<failure type="display-differs"'
has j.json '"severity": "fatal", "counted": true'
if command -v python3 >python.path; then
	python3 -c 'import json, sys, xml.dom.minidom
json.load(open("j.json"))
xml.dom.minidom.parse("x.xml")' 2>err || fail "$(cat err)"
fi
run 0 check "$@" --baseline known
has out ': accepted: sync-missing-prewrite: '
has out ', 0 findings$'
run 1 check "$@" --git-bisect
run 0 check --fault viogpu-no-fb-sync -m arm64-qemu client.vtr
has out ': note: sync-missing-prewrite: .* (latent on arm64-qemu)$'
run 1 check --fault viogpu-no-fb-sync -m arm64-qemu --strict client.vtr
echo 'no-such-finding a.c f' >bad
run 2 check --baseline bad -m arm64-qemu client.vtr
has err '^viotape: bad:1: '

# A driver that does not compile; a machine that is none.
echo 'this is no C' >viogpu.c
run 3 check --driver viogpu.c -m arm64-qemu client.vtr
has err 'error'
run 125 check --driver viogpu.c --git-bisect -m arm64-qemu client.vtr
echo 'no tree' >none.dts
run 2 check -m none.dts client.vtr
has err 'none.dts'
cp none.dts none.dtb
run 2 check -m none.dtb client.vtr

# A machine without PCI: everything is skipped.
cat >bare.dts <<'END'
/dts-v1/;
/ {
	#address-cells = <2>;
	#size-cells = <2>;
	memory@40000000 {
		device_type = "memory";
		reg = <0x0 0x40000000 0x0 0x10000000>;
	};
};
END
run 2 check -m bare.dts client.vtr
has out '^skipped: client on bare: '
has err 'every trace was skipped'
run 0 check -m bare.dts -m arm64-qemu client.vtr
has out ', 0 findings, 1 skipped$'

# --- replay ------------------------------------------------------------------

run 0 replay client.vtr --png pictures
has out 'the host shows what was intended'
run 1 replay --fault viogpu-mmap-kva client.vtr --png pictures -m amd64-qemu
has out 'the host shows a black screen'
has out ': mmap-kva: .*kernel virtual address'
for what in intended shown difference; do
	set -- pictures/*-$what.png
	[ -s "$1" ] || fail "no picture $what"
done
run 1 replay --fault viogpu-mmap-kva client.vtr -m arm64-apple-vz
has out 'the guest panicked'
run 0 replay --until 50 client.vtr
has out 'stopped'
run 2 replay -m all client.vtr

exit $failed
