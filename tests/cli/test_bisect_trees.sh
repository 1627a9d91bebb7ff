#!/bin/sh
# test_bisect_trees.sh: viotape bisect in a history made of OpenBSD trees finds a
# commit with which the answer changes, as asking every one of them has it.
#
# The trees are directories in VIOTAPE_SYS_HISTORY, oldest first, blanks between.
# Nothing of them goes anywhere but into a scratch repository.  It is asked on
# amd64-sev, and of these traces:
set -u
traces='vio-dhcp viogpu-console'
[ -n "${VIOTAPE_SYS_HISTORY:-}" ] || {
	echo 'VIOTAPE_SYS_HISTORY names no OpenBSD source trees: skipped'
	exit 77
}
. "$(dirname "$0")/asking.sh"
. "$(dirname "$0")/mini_repo.sh"
from=$PWD
asking bisect-trees
HOME=$PWD
export HOME
repo=src
git init -q src || exit 2
for tree in $VIOTAPE_SYS_HISTORY; do
	case $tree in /*) ;; *) tree=$from/$tree ;; esac
	[ ! -d "$tree/sys" ] || tree=$tree/sys
	rm -rf src/sys
	mkdir -p src/sys
	cp -r "$tree/dev" src/sys/ || exit 2
	in_repo add -A
	# The same tree twice is one.
	git -C src diff --cached --quiet 2>/dev/null ||
	    in_repo commit -q -m "${tree##*/}"
done
git -C src rev-list --reverse HEAD >commits
first=$(head -n 1 commits) last=$(tail -n 1 commits)

# all DO: a line "COMMIT ANSWER" for each, by asking each.
all() {
	while read -r commit; do
		echo "$commit $($1 "$commit")"
	done <commits >answers
}
verdict() {
	"$VIOTAPE" check --repo src --rev "$1" -m amd64-sev $trace \
	    >/dev/null 2>&1
	echo $?
}
# What diff counts, but for what no host sees.
seen() {
	"$VIOTAPE" diff --stat --repo src --rev "$first" --against --repo src \
	    --rev "$1" -m amd64-sev $trace >out 2>err
	awk '/^(syncs|findings|virtual time)/ { next }
	NF == 8 && $5 + $6 + $7 + $8 > 0 { other = 1 }
	END { print 0 + other }' out
}

# found: that commit, or fail: with it the answer is the last one's, and with
# the one before it the first one's.
found() {
	hash=$(sed -n 's/^\([0-9a-f]\{40,64\}\) is the first .* one$/\1/p' out)
	before=$(awk -v h="$hash" '$1 == h { print last } { last = $2 }' answers)
	with=$(awk -v h="$hash" '$1 == h { print $2 }' answers)
	[ "$before" = "$1" ] && [ "$with" = "$2" ] || {
		fail "\"$hash\" has $with, the one before it has $before"
		cat answers out
	}
	echo "$trace by $3: $(git -C src log -1 --format=%s "$hash")"
}

answer() {
	sed -n "s/^$1 //p" answers
}

for trace in $traces; do
	# The oldest that has the driver.
	all verdict
	awk '$2 == 0 || $2 == 1 { print $1 }' answers >commits.of
	first=$(head -n 1 commits.of)
	a=$(answer "$first") b=$(answer "$last")
	if [ "$a" = 0 ] && [ "$b" = 1 ]; then
		run 0 bisect --repo src --good "$first" --bad "$last" \
		    -m amd64-sev $trace
		found 0 1 verdict
	elif [ "$a" = 1 ] && [ "$b" = 0 ]; then
		run 0 bisect --repo src --bad "$first" --good "$last" \
		    -m amd64-sev $trace
		found 1 0 verdict
	else
		echo "$trace: both ends have status $a: not by verdict"
	fi
	sed -n "/^$first/,\$p" commits >commits.since
	cp commits commits.all && cp commits.since commits
	all seen
	cp commits.all commits
	if [ "$(answer "$last")" = 1 ]; then
		run 0 bisect --repo src --good "$first" --bad "$last" --host \
		    -m amd64-sev $trace
		found 0 1 host
	else
		run 2 bisect --repo src --good "$first" --bad "$last" --host \
		    -m amd64-sev $trace
	fi
done
exit $failed
