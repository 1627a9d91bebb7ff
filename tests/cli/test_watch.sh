#!/bin/sh
# test_watch.sh: viotape watch: what it says of each save, and of what is none;
# whatever way a file is saved; and that it ends as it should.
#
# A round is over when its last line is there, which is check's.  Nothing here
# needs to be quick: whoever waits, waits a minute.
set -u
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_tree.sh"
asking watch

# A compiler that counts: a line a run of it.  It is called cc, wherever it is,
# so that what it makes is in the cache when this is run again.
real=${CC:-cc}
real="$(command -v "${real%% *}")${real#"${real%% *}"}" || exit 2
mkdir bin
cat >bin/cc <<END
#!/bin/sh
echo "\$*" >>$PWD/calls
exec $real "\$@"
END
chmod +x bin/cc
: >calls
unset VIOTAPE_CC
CC=cc
PATH=$PWD/bin:$PATH
export CC PATH

line='^[A-Z-]*: [0-9]* traces, [0-9]* machines, [0-9]* findings'

# begin ARGUMENT...: watches, and waits for the first round.
begin() {
	asked="viotape watch $*"
	rm -f pid ended
	: >log
	(
		"$VIOTAPE" watch "$@" >log 2>log.err &
		echo $! >new && mv new pid
		wait $!
		echo $? >ended
	) &
	until [ -s pid ]; do
		sleep 0.1
	done
	watcher=$(cat pid)
	trap '[ -s ended ] || kill -9 "$watcher"; rm -rf "$scratch"' EXIT
	rounds=0
	round
}

there() {
	[ -e "$1" ] && [ "$(grep -c -e "$2" "$1")" -ge "$3" ]
}

# await FILE PATTERN COUNT: until so many lines are there.
await() {
	tries=0
	until there "$@"; do
		tries=$((tries + 1))
		if [ $tries -gt 600 ] || { [ -s ended ] && ! there "$@"; }; then
			fail "no \"$2\" came, in: $(cat "$1" log.err)"
			exit 1
		fi
		sleep 0.1
	done
}

# save FILE: what is read, all at once: a save that is seen half done would be
# a round more.
save() {
	cat >new && mv new "$1"
}

# round: waits for the next one; now has its lines, without the empty one.
round() {
	rounds=$((rounds + 1))
	await log "$line" $rounds
	awk -v n=$rounds -v line="$line" '
	    seen == n - 1 && NF > 0 && !/^saved without/ { print }
	    $0 ~ line { seen++ }' log >now
	[ "$(tail -n 1 now | grep -c -e "$line")" = 1 ] ||
	    fail "round $rounds does not end so: $(cat now)"
}

last() {
	[ "$(tail -n 1 now)" = "$1" ] || fail "not \"$1\": $(cat now)"
}

lines() {
	[ "$(grep -c . now)" = "$1" ] || fail "not $1 lines: $(cat now)"
}

# end: by Ctrl-C, which is no failure.
end() {
	kill -INT "$watcher"
	await ended '^0$' 1
	grep -v -e "$asan" log.err >err
	[ ! -s err ] || fail "it said: $(cat err)"
}

good=$VIOTAPE_SOURCE/drivers/viogpu.c
holds='HOLDS-BOUNDED: 1 traces, 2 machines, 0 findings'
patch -s -o bad.c "$good" \
    <"$VIOTAPE_SOURCE/drivers/faults/viogpu-no-fb-sync.diff" || exit 2

# --- one driver ----------------------------------------------------------------

cp "$good" viogpu.c
begin --driver viogpu.c -m arm64-qemu -m amd64-sev viogpu-console
has now '^watching viogpu\.c on our virtio stack: [0-9]* files, 1 traces, 2 machines$'
last "$holds"
lines 2

# A sync less: what is new, with its place, and where.
save viogpu.c <bad.c
round
has now '^changed: viogpu\.c$'
has now '^viogpu-console on amd64-sev: FAILS, was HOLDS-BOUNDED$'
has now '^viogpu\.c:[0-9]*: sync-missing-prewrite: '
has now '^  prevented by: bus_dmamap_sync(9)'
last 'FAILS: 1 traces, 2 machines, 1 findings'

# Lines above it: the same finding, elsewhere.
{ printf '\n\n\n' && cat bad.c; } | save viogpu.c
round
lines 2
last 'FAILS: 1 traces, 2 machines, 1 findings'

# And as it was.
save viogpu.c <"$good"
round
has now '^gone: viogpu\.c:[0-9]*: sync-missing-prewrite: '
has now '^viogpu-console on amd64-sev: HOLDS-BOUNDED, was FAILS$'
lines 4
last "$holds"

# Touched, or written again: nothing is built.
: >calls
touch viogpu.c
await log '^saved without a change: viogpu\.c$' 1
save viogpu.c <"$good"
await log '^saved without a change: viogpu\.c$' 2
[ ! -s calls ] || fail "it ran: $(cat calls)"

# Other bytes, the same guest.
printf '/* The end. */\n' >>viogpu.c
round
has now '^the guest is the same to the byte: nothing to run$'
lines 3
last "$holds"

# No C: the compiler's words, and once.
lines=$(wc -l <viogpu.c)
echo 'int broken(void) { return 1 }' >>viogpu.c
round
has now "^viogpu\\.c:$((lines + 1)):[0-9]*: error: "
last 'UNKNOWN: 1 traces, 2 machines, 0 findings'
printf '/* and so on */\n' >>viogpu.c
round
has now '^still: the guest does not build'
lines 3
# Mended, and worse: both are told.
save viogpu.c <bad.c
round
has now '^builds again$'
has now '^viogpu\.c:[0-9]*: sync-missing-prewrite: '

# Gone for a moment, empty for one, and written in place: what comes of it is
# seen; if this shell is slow, what was between as well.
rm viogpu.c && cp "$good" viogpu.c
round
while ! grep -q "^$holds$" now; do
	round
done
rm viogpu.c
round
has now '^changed: viogpu\.c (gone)$'
has now 'cannot open viogpu\.c'
last 'UNKNOWN: 1 traces, 2 machines, 0 findings'
save viogpu.c <"$good"
round
has now '^can be run again$'
last "$holds"

# A header beside it, named by nobody before.
{ echo '#include "mine.h"' && cat "$good"; } | save viogpu.c
round
has now 'mine\.h'
echo '#define MINE 1' | save mine.h
round
has now '^changed: mine\.h (new)$'
has now '^builds again$'
last "$holds"
echo '#error MINE is bad' | save mine.h
round
has now '^changed: mine\.h$'
has now 'MINE is bad'
# One that only the compiler knows where to find.
mkdir elsewhere
echo '#define THEIRS 1' >elsewhere/theirs.h
echo '#include "elsewhere/theirs.h"' | save mine.h
round
has now '^builds again$'
last "$holds"
echo '#error THEIRS is bad' | save elsewhere/theirs.h
round
has now '^changed: elsewhere/theirs\.h$'
has now 'THEIRS is bad'
end

# --- a tree, a machine, a trace ---------------------------------------------------

mini_tree tree/sys/dev
grep -v '^/dts-v1/' "$VIOTAPE_SOURCE/traces/machines/amd64-sev.dts" >part.dtsi
printf '/dts-v1/;\n/include/ "part.dtsi"\n' >mine.dts
cp "$VIOTAPE_SOURCE/traces/viogpu-console.vtr" mine.vtr
begin --sys tree -m mine.dts mine.vtr
has now '^watching the drivers of tree: '
last 'HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings'
save tree/sys/dev/pv/viogpu.c <bad.c
: >calls
round
has now '^changed: tree/sys/dev/pv/viogpu\.c$'
has now '^tree/sys/dev/pv/viogpu\.c:[0-9]*: sync-missing-prewrite: '
n=$(grep -c -e '^-c ' calls)
[ "$n" -le 1 ] || fail "$n compilations: $(cat calls)"
# A header of the tree's.
echo '/* A word. */' >>tree/sys/dev/pv/virtiovar.h
round
has now '^changed: tree/sys/dev/pv/virtiovar\.h$'
last 'FAILS: 1 traces, 1 machines, 1 findings'
# The machine becomes another one, on which nothing goes wrong.
: >calls
grep -q 'viotape,bounce;' part.dtsi || fail 'amd64-sev has no such word'
sed '/viotape,bounce;/d' part.dtsi | save part.dtsi
round
has now '^changed: part\.dtsi$'
has now '^mine on mine: HOLDS-BOUNDED, was FAILS$'
has now ': sync-missing-prewrite: now latent on mine (was fatal on mine)$'
[ ! -s calls ] || fail "it ran: $(cat calls)"
# The trace, too; and what is none.
save mine.vtr <"$VIOTAPE_SOURCE/traces/vio-dhcp.vtr"
round
has now '^changed: mine\.vtr$'
has now '^gone: .*: sync-missing-prewrite: '
echo nonsense | save mine.vtr
round
has now '^changed: mine\.vtr$'
has now 'mine'
last 'UNKNOWN: 1 traces, 1 machines, 0 findings'
end

# --- a branch -----------------------------------------------------------------------

if command -v git >git.path; then
	# Nobody's settings, nobody's name.
	export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
	export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a \
	    GIT_COMMITTER_EMAIL=a@b
	save tree/sys/dev/pv/viogpu.c <"$good"
	{
		git -C tree init -q && git -C tree add . &&
		git -C tree commit -q -m one
	} >git.out 2>&1 || fail "git: $(cat git.out)"
	begin --repo tree --rev HEAD -m amd64-sev viogpu-console
	last 'HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings'
	save tree/sys/dev/pv/viogpu.c <bad.c
	git -C tree commit -q -a -m two
	round
	has now '^changed: HEAD$'
	has now '^sys/dev/pv/viogpu\.c:[0-9]*: sync-missing-prewrite: '
	git -C tree reset -q --hard HEAD~1
	round
	has now '^changed: HEAD$'
	last 'HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings'
	end
fi

# --- how it ends ---------------------------------------------------------------------

run 0 watch --times 1 --driver "$good" -m arm64-qemu viogpu-console
has out '^HOLDS-BOUNDED: 1 traces, 1 machines, 0 findings$'
run 1 watch --times 1 --fault viogpu-no-fb-sync -m amd64-sev viogpu-console
has out '^drivers/viogpu\.c:[0-9]*: sync-missing-prewrite: '
[ "$(grep -c . out)" = 3 ] || fail "more than the state in short: $(cat out)"
echo 'int' >viogpu.c
run 3 watch --times 1 --driver viogpu.c -m arm64-qemu viogpu-console
has out '^viogpu\.c:[0-9]*:[0-9]*: error: '
run 2 watch --times 1 -m nowhere viogpu-console
has err 'there is no machine nowhere'
run 2 watch --driver missing/viogpu.c -m arm64-qemu viogpu-console
has err 'cannot open missing/viogpu\.c'
exit $failed
