#!/bin/sh
# test_reports.sh: SARIF and HTML of check and prove, as files and on the
# standard output: what they say of a finding, of none, of what a baseline
# accepts and of a way; that nothing in them depends on where or how they were
# made; and that a name of somebody else's is never markup.  What test_report.c
# says of their structure is not said again.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
. "$VIOTAPE_SOURCE/tests/cli/asking.sh"
. "$VIOTAPE_SOURCE/tests/cli/mini_tree.sh"
asking reports

# A page is too long to be shown.
has() {
	grep -q -e "$2" "$1" || fail "\"$2\" is not in $1"
}

lacks() {
	if grep -q -e "$2" "$1"; then
		fail "\"$2\" is in $1: $(grep -m 1 -e "$2" "$1")"
	fi
}

# The line of a fault's place, of the first place in a report for people.
place() {
	sed -n 's/^\(drivers\/[a-z_]*\.c:[0-9]*\): .*/\1/p' out | head -n 1
}

# Any tool that is there and knows the format, beside test_report.c's checks.
sound() {
	if command -v python3 >python; then
		python3 -c 'import json, sys, xml.dom.minidom as dom
json.load(open(sys.argv[1])), dom.parse(sys.argv[2])' "$1.sarif" "$1.html" \
		    >python 2>&1 || fail "$1: $(tail -n 1 python)"
	fi
	# One that is named validates against a schema that is named, too.
	if [ -n "${VIOTAPE_SARIF_SCHEMA:-}" ]; then
		python3 -m jsonschema -i "$1.sarif" "$VIOTAPE_SARIF_SCHEMA" \
		    >schema 2>&1 || fail "$1.sarif: $(tail -n 3 schema)"
	fi
	if command -v tidy >tidy; then
		tidy -q -e "$1.html" >tidy 2>&1
		[ ! -s tidy ] || fail "$1.html: $(cat tidy)"
	fi
	# Nothing from elsewhere, and nothing that runs.
	lacks "$1.html" '<script\|<link\|<img\|<iframe\|src=\|url(\|@import'
	lacks "$1.html" 'https*:\| on[a-z]*="\|javascript:'
	# Nothing of where and when.
	for report in "$1.sarif" "$1.html"; do
		lacks "$report" "$scratch"
		lacks "$report" "$VIOTAPE_SOURCE"
		lacks "$report" "${VIOTAPE_CACHE:-no such cache}"
	done
}

# --- a fault that is fatal here and latent there --------------------------------

set -- --fault viogpu-no-fb-sync -m arm64-qemu -m amd64-sev viogpu-console \
    viogpu-console-mmio
run 1 check -j 1 --sarif f.sarif --html f.html "$@"
at=$(place)
line=${at#*:}
sound f
has f.sarif '"version": "2.1.0"'
has f.sarif '"ruleId": "sync-missing-prewrite", "ruleIndex": 0,'
has f.sarif '"level": "error"'
has f.sarif '"uri": "drivers/viogpu.c", "uriBaseId": "%SRCROOT%" }, "region": { "startLine": '"$line }"
has f.sarif 'Fatal on amd64-sev. Latent on arm64-qemu. Prevented by: bus_dmamap_sync(9)'
has f.sarif '"id": "skipped" }, "level": "note"'
has f.sarif '"exitCode": 1'
has f.sarif "\"commandLine\": \"viotape check $*\""
lacks f.sarif baselineState
lacks f.sarif suppressions
run 0 explain sync-missing-prewrite
title=$(sed -n '1s/^[^:]*: \(.*\)\.$/\1/p' out)
has f.sarif "\"shortDescription\": { \"text\": \"$title.\" }"
has f.html '<p class="summary fails">FAILS: 2 traces, 2 machines, 1 findings, 1 skipped</p>'
has f.html '<td class="fails">FAILS<small>1 fatal</small></td>'
has f.html '<td class="holds">HOLDS-BOUNDED<small>1 latent</small></td>'
has f.html "<h3><code>drivers/viogpu.c:$line</code> in <code>"
# The line itself, as the fault's diff leaves it, and its place in the call path.
has f.html "<span class=\"n\"> *$line &gt;</span>.*(sc, &amp;cmd, sizeof(cmd));"
has f.html '<th scope="row">guest</th><td class="mono">'
has f.html '>viotape replay --gdb --fault viogpu-no-fb-sync -m amd64-sev viogpu-console$\|^viotape replay --gdb --fault viogpu-no-fb-sync -m amd64-sev viogpu-console$'
lacks f.html '<details class="latent-only">'

# The same bytes again, by two processes, and from elsewhere.
mkdir elsewhere
run 1 check -j 2 --sarif elsewhere/f.sarif --html elsewhere/f.html "$@"
cmp f.sarif elsewhere/f.sarif >differ || fail "$(cat differ)"
cmp f.html elsewhere/f.html >differ || fail "$(cat differ)"
run 1 check --sarif - "$@"
cmp out f.sarif >differ || fail "$(cat differ)"
run 1 check --html - "$@"
cmp out f.html >differ || fail "$(cat differ)"

# --- latent alone, and counted all the same --------------------------------------

run 0 check --sarif l.sarif --html l.html --fault viogpu-no-fb-sync \
    -m arm64-qemu viogpu-console
sound l
has l.sarif '"level": "note"'
lacks l.sarif '"level": "error", *"message"'
has l.html '<p>None that counts.</p>'
has l.html '<details class="latent-only"><summary>1 finding '
run 1 check --strict --sarif l.sarif --html l.html \
    --fault viogpu-no-fb-sync -m arm64-qemu viogpu-console
has l.sarif '"kind": "fail", "level": "error"'
lacks l.html '<details class="latent-only">'
has l.html '>viotape check --fault viogpu-no-fb-sync --strict -m arm64-qemu viogpu-console$'

# --- nothing, and a baseline -----------------------------------------------------

run 0 check --sarif n.sarif --html n.html -m arm64-qemu viogpu-client
sound n
has n.sarif '"rules": \[\] } }'
has n.sarif '"results": \[\]'
has n.sarif '"exitCodeDescription": "HOLDS-BOUNDED"'
has n.html '<p>None that counts.</p>'
run 1 check --sarif m.sarif --html m.html --write-baseline known \
    --fault viogpu-mmap-kva -m arm64-qemu viogpu-client
sound m
has m.sarif '"ruleId": "mmap-kva"'
run 0 check --sarif k.sarif --html k.html --baseline known \
    --fault viogpu-mmap-kva -m arm64-qemu viogpu-client
sound k
has k.sarif '"baselineState": "unchanged"'
has k.sarif '"suppressions": \[{ "kind": "external", "status": "accepted"'
has k.html '<summary>1 finding that the baseline accepts</summary>'
: >empty
run 1 check --sarif e.sarif --baseline empty --fault viogpu-mmap-kva \
    -m arm64-qemu viogpu-client
has e.sarif '"baselineState": "new"'
lacks e.sarif suppressions
run 0 check --sarif g.sarif --html g.html --baseline known -m arm64-qemu \
    viogpu-client
has g.sarif 'not found any more: the baseline.s mmap-kva'

# --- hostile names, edited lines -------------------------------------------------

# Somebody's driver in a folder that is markup, a placeholder and two words; what
# stands above the fault moves it and is no other fault.
dir='a<b>&"c {0}#'
mkdir "$dir" && cp "$VIOTAPE_SOURCE/drivers/viogpu.c" "$dir/viogpu.c"
(cd "$dir" && patch -s -p2 \
    <"$VIOTAPE_SOURCE/drivers/faults/viogpu-mmap-kva.diff") || fail 'no patch'
run 1 check --sarif h.sarif --html h.html --driver "$dir/viogpu.c" \
    -m arm64-qemu viogpu-client
sound h
has h.sarif '"uri": "a%3Cb%3E%26%22c%20%7B0%7D%23/viogpu.c", "uriBaseId": "%SRCROOT%"'
has h.sarif '"uri": "sim/shim/[a-z_]*.c", "uriBaseId": "VIOTAPE"'
has h.html 'a&lt;b&gt;&amp;&quot;c {0}#/viogpu.c'
has h.html "viotape check --driver 'a&lt;b&gt;&amp;&quot;c {0}#/viogpu.c' -m arm64-qemu viogpu-client"
has h.html '<span class="at"><span class="n">'
lacks h.html '<b>&'
print_of() {
	sed -n 's/.*"viotapeFinding\/v1": "\([0-9a-f:]*\)".*/\1/p' "$1"
}
line_of() {
	sed -n 's/.*"locations": .*"startLine": \([0-9]*\).*/\1/p' "$1"
}
{ printf '/* one */\n/* two */\n'; cat "$dir/viogpu.c"; } >moved &&
    mv moved "$dir/viogpu.c"
run 1 check --sarif i.sarif --driver "$dir/viogpu.c" -m arm64-qemu \
    viogpu-client
[ "$(line_of i.sarif)" -eq $(($(line_of h.sarif) + 2)) ] ||
    fail 'the line did not move'
[ -n "$(print_of h.sarif)" ] && [ "$(print_of i.sarif)" = \
    "$(print_of h.sarif)" ] || fail 'another fingerprint after an edit above'

# --- somebody's tree --------------------------------------------------------------

# By an absolute name it is the base of places that stay relative.
mini_tree tree/sys/dev
(cd tree/sys/dev/pv && patch -s -p2 \
    <"$VIOTAPE_SOURCE/drivers/faults/viogpu-mmap-kva.diff") || fail 'no patch'
run 1 check --sarif s.sarif --html s.html --sys "$PWD/tree/" -m arm64-qemu \
    viogpu-client
has s.sarif "\"%SRCROOT%\": { \"uri\": \"file://$PWD/tree/\","
has s.sarif '"locations": \[{ "physicalLocation": { "artifactLocation": { "uri": "sys/dev/pv/viogpu.c", "uriBaseId": "%SRCROOT%" }'
has s.sarif '"uri": "sim/shim/[a-z_]*.c", "uriBaseId": "VIOTAPE"'
has s.html '<span class="at"><span class="n">'

# --- a way -------------------------------------------------------------------------

run 1 prove --executions 1500 --sarif w.sarif --html w.html \
    --fault virtio-lost-kick -m amd64-qemu vio-dhcp
sound w
has w.sarif '"text": "the way to it, in the order of time"'
has w.sarif '"text": "event [0-9]*, choice [0-9]*: '
run 0 prove --executions 20 --sarif bound.sarif -m amd64-qemu vio-dhcp
has bound.sarif '"id": "bound" }, "level": "warning"'
has w.html '<dt>The way to it, in the order of time</dt>'
has w.html 'one CPU: code that needs no kernel lock ran'
# What the page says shows it again does.
again=$(sed -n 's/^viotape \(replay .*--choices .*\)$/\1/p' w.html)
[ -n "$again" ] || fail 'no line that shows it again'
# shellcheck disable=SC2086
run 1 $again
has out 'queue-stuck: '

exit $failed
