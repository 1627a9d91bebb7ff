#!/bin/sh
# test_seeded.sh: each rule of sim/mem/MODEL.md is taken out of the code, by the
# diffs beside this script, and a test must notice; the same with checks that are
# no rule of the model.  For the long tier: VIOTAPE_LONG=1.
#
# A diff is RULE.diff, RULE-2.diff, or the same with the id of a finding.  Before
# its first "---" it says
#
#	# RULE: what is taken out
#	# test: NAME [NAME...]		one of them must fail
#	# cases: NAME [NAME...]		of the test rules, run no others
#
# The tree is copied, once for each core, and built there; the tests must pass
# as it is.  Then one diff after another is put in, what it touches is built, its
# tests are run, and it is taken out.  By hand, some of them:
#
#	VIOTAPE_LONG=1 VIOTAPE_SEEDED='J4* C3' ctest --test-dir build -R seeded -V

set -u
top=${VIOTAPE_SOURCE:?the source tree}
[ "${VIOTAPE_LONG-}" = 1 ] || {
	echo 'skipped: asks for VIOTAPE_LONG=1, it takes some minutes'
	exit 77
}
unset VIOTAPE_LONG VIOTAPE_DATA
export LC_ALL=C
for tool in patch cmake ctest; do
	command -v $tool >/dev/null || {
		echo "skipped: there is no $tool"
		exit 77
	}
done
temp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-seeded.XXXXXX") || exit 2
trap 'rm -rf "$temp"' EXIT
trap 'exit 2' HUP INT TERM
cd "$top" || exit 2
. tests/seeded/rules.sh

# The diffs to try: all, or those that VIOTAPE_SEEDED names.
chosen() {
	set -f				# patterns are for find
	for _name in ${VIOTAPE_SEEDED:-'*'}; do
		find "$seeded" -name "$_name.diff"
	done | sort -u
	set +f
}

tree_copy() {
	mkdir -p "$1" || return
	if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
		git ls-files -co --exclude-standard
	else
		find . -path ./build -prune -o -type f -print
	fi | while read -r _file; do
		[ ! -f "$_file" ] || echo "$_file"
	done | tar -cf - -T - | tar -xf - -C "$1"
}

# What has to be built for these tests: scripts run the executable.
targets_of() {
	for _t in "$@"; do
		if [ -n "$(find tests -name "test_$_t.c")" ]; then
			echo "test_$_t"
		else
			echo viotape
		fi
	done
}

any_of() {
	echo "^($(echo "$@" | tr ' ' '|'))\$"
}

# build TREE TEST...
build() {
	_tree=$1
	shift
	# shellcheck disable=SC2046
	cmake --build "$_tree/build" -j"$each" --target $(targets_of "$@") \
	    >"$_tree.out" 2>&1
}

# run TREE TEST...: the tests that failed, to the file TREE.failed.
run() {
	_tree=$1
	shift
	ctest --test-dir "$_tree/build" -j"$each" --output-on-failure \
	    -R "$(any_of "$@")" >"$_tree.out" 2>&1
	sed -nE 's/^[[:blank:]]*[0-9]+ - ([^ ]+) \((.*)\).*/\1 \2/p' \
	    "$_tree.out" >"$_tree.failed"
}

wrong() {
	echo "FAILED: $*"
	echo "$*" >>"$temp/wrong"
}

# tree_make TREE TEST...: a build of it in which the tests pass.
tree_make() {
	_at=$1
	shift
	tree_copy "$_at" || return
	# shellcheck disable=SC2086
	cmake -S "$_at" -B "$_at/build" -DCMAKE_BUILD_TYPE=None \
	    -DCMAKE_C_FLAGS=-O1 $launcher >"$_at.out" 2>&1 &&
	    build "$_at" "$@" || {
		wrong "the tree does not build as it is"
		tail -30 "$_at.out"
		return 1
	}
	# All of them, and as they are run below: some cases only.
	run "$_at" "$@"
	passed_as_it_is "$_at" || return
	case " $* " in
	*' rules '*)
		VIOTAPE_CASES=$_cases
		export VIOTAPE_CASES
		run "$_at" rules
		passed_as_it_is "$_at" || return
		;;
	esac
}

passed_as_it_is() {
	_at=$1
	[ ! -s "$_at.failed" ] && grep -q '^100% tests passed' "$_at.out" || {
		wrong "the tests do not pass as it is: $(tr '\n' ' ' <"$_at.failed")"
		tail -60 "$_at.out"
		return 1
	}
}

# seed TREE DIFF: put in, built, seen or not, taken out.
seed() {
	_of=$(basename "$2" .diff)
	# shellcheck disable=SC2046
	set -- "$1" "$2" $(diff_tests "$2")
	_at=$1 _diff=$2
	shift 2
	(cd "$_at" && patch -s -p1 -F0 <"$_diff") >"$_at.out" 2>&1 || {
		wrong "$_of: the diff does not apply any more; make it anew (diff -U1) for the code as it is now"
		cat "$_at.out"
		return 1
	}
	if build "$_at" "$@"; then
		VIOTAPE_CASES=$(diff_cases "$_diff")
		export VIOTAPE_CASES
		run "$_at" "$@"
		_by=$(grep -v -e Skipped -e 'Not Run' "$_at.failed" |
		    cut -d ' ' -f 1 | tr '\n' ' ')
		if [ -n "$_by" ]; then
			echo "$_of noticed by ${_by% }"
			echo "$_of" >>"$temp/noticed"
		else
			wrong "$_of: taken out, and none of these tests notices: $*"
		fi
	else
		wrong "$_of: the code does not build with its diff"
		grep -m 5 -e error "$_at.out"
	fi
	(cd "$_at" && patch -s -R -p1 -F0 <"$_diff") >"$_at.out" 2>&1 || {
		wrong "$_of: the diff cannot be taken out again"
		return 1
	}
}

# part K OF: each diff whose turn it is, in a tree of its own.
part() {
	_mine=$(chosen | awk -v k="$1" -v n="$2" 'NR % n == k')
	[ -n "$_mine" ] || return 0
	_tests=$(for _d in $_mine; do
		diff_tests "$_d"
	done | tr ' ' '\n' | sort -u)
	_cases=$(for _d in $_mine; do
		diff_cases "$_d"
	done | tr '\n' ' ')
	# shellcheck disable=SC2086
	tree_make "$temp/tree$1" $_tests || return
	for _d in $_mine; do
		seed "$temp/tree$1" "$top/$_d" || return
	done
}

out=$(rules_wrong)
[ -z "$out" ] || {
	printf '%s\n' "$out"
	exit 1
}
cores=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
parts=$cores each=1
[ "$parts" -le 4 ] || parts=4 each=$((cores / 4))
launcher=
! command -v ccache >/dev/null || launcher=-DCMAKE_C_COMPILER_LAUNCHER=ccache
: >"$temp/wrong"
: >"$temp/noticed"

k=0
while [ $k -lt "$parts" ]; do
	part $k "$parts" &
	k=$((k + 1))
done
wait

sed -n 's/^\([A-Z][0-9]*\): /\1 not taken out: /p' "$seeded/WITHOUT"
all=$(chosen | wc -l) noticed=$(wc -l <"$temp/noticed")
echo "$((noticed)) of $((all)) seeded faults noticed"
[ ! -s "$temp/wrong" ] && [ "$((noticed))" = "$((all))" ]
