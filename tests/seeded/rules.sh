# rules.sh: which rules sim/mem/MODEL.md has, and whether each is cited in the
# code and has a diff that takes it out.  To be sourced at the top of a source
# tree.

model=sim/mem/MODEL.md
seeded=tests/seeded
try_diff='patch --dry-run -s -p1 -F0'	# or :, to save time

# The numbers of the rules, in the order of MODEL.md.
model_rules() {
	sed -nE -e 's/^\*\*([A-Z][0-9]+)\.\*\*.*/\1/p' \
	    -e 's/^\| \*\*([A-Z][0-9]+)\*\* \|.*/\1/p' "$model"
}

# The rules that code names after the word "rule", one a line.
cited_rules() {
	find sim -name '*.[ch]' -exec cat {} + |
	    sed -e 's,^[[:blank:]]*/*\*,,' | tr -s '[:space:]' ' ' |
	    grep -oE '[Rr]ules? [A-Z][0-9]+((,| and| or| to|, and) [A-Z][0-9]+)*' |
	    grep -oE '[A-Z][0-9]+' | LC_ALL=C sort -u
}

# The tests that its head names.
diff_tests() {
	sed -n -e '/^--- /q' -e 's/^# test: *//p' "$1"
}

# The cases of the test rules that its head names; none: all.
diff_cases() {
	sed -n -e '/^--- /q' -e 's/^# cases: *//p' "$1"
}

# The rules that stand in WITHOUT, with a reason after the colon.
without_rules() {
	sed -nE 's/^([A-Z][0-9]+): +.+/\1/p' "$seeded/WITHOUT"
}

is_rule() {
	case $1 in
	[A-Z][0-9] | [A-Z][0-9][0-9]) return 0 ;;
	esac
	return 1
}

# The tests that CMake makes of tests/*/test_NAME, one a line.
tests_there_are() {
	find tests -name 'test_*.c' -o -name 'test_*.sh' |
	    sed -E 's,.*/test_(.*)\.(c|sh)$,\1,'
}

# FILE|OF|1 if it says what is taken out|TESTS|CASES of each diff.
diffs_told() {
	awk '
	function tell() {
		if (file != "")
			print file "|" of "|" what "|" tests "|" cases
	}
	FNR == 1 {
		tell()
		file = of = FILENAME
		sub(/.*\//, "", of)
		sub(/\.diff$/, "", of)
		sub(/-[0-9]+$/, "", of)
		what = head = 0
		tests = cases = ""
	}
	/^--- / { head = 1 }
	!head && index($0, "# " of ": ") == 1 && NF > 2 { what = 1 }
	!head && sub(/^# test: */, "") { tests = $0 }
	!head && sub(/^# cases: */, "") { cases = $0 }
	END { tell() }' "$seeded"/*.diff
}

# Whether the word $1 is in the list $2.
among() {
	case " $2 " in
	*" $1 "*) return 0 ;;
	esac
	return 1
}

# What is wrong with the diffs as such, a sentence a line.
diffs_wrong() {
	_there=$(tests_there_are | tr '\n' ' ')
	_ids=$(grep -oE '"[a-z][a-z0-9-]*"' sim/engine/finding_kinds.c |
	    tr -d '"' | tr '\n' ' ')
	_known=$(sed -nE 's/.*R\(([a-z0-9_]+), .*/\1/p' \
	    tests/drivers/rules_cases.h | tr '\n' ' ')
	_patch=$try_diff
	command -v patch >/dev/null || _patch=:
	diffs_told | while IFS='|' read -r _diff _of _what _tests _cases; do
		[ "$_what" = 1 ] ||
		    echo "$_diff: no line \"# $_of: what is taken out\" before its first ---"
		[ -n "$_tests" ] ||
		    echo "$_diff: no line \"# test: NAME\" before its first ---"
		for _t in $_tests; do
			among "$_t" "$_there" ||
			    echo "$_diff: there is no test $_t"
		done
		$_patch <"$_diff" >/dev/null 2>&1 ||
		    echo "$_diff: does not apply any more; make it anew (diff -U1) for the code as it is now"
		for _c in $_cases; do
			among "$_c" "$_known" ||
			    echo "$_diff: the test rules has no case $_c"
		done
		if is_rule "$_of"; then
			among "$_of" "$1" ||
			    echo "$_diff: $model has no rule $_of"
		elif ! among "$_of" "$_ids"; then
			echo "$_diff: $_of is neither a rule nor the id of a finding"
		fi
	done
}

# All that is wrong, a sentence a line; nothing if all is well.
rules_wrong() {
	_rules=$(model_rules | tr '\n' ' ')
	_cited=$(cited_rules | tr '\n' ' ')
	_without=$(without_rules | tr '\n' ' ')
	[ -n "$_rules" ] || echo "$model: no rules found in it"
	for _r in $_rules; do
		among "$_r" "$_cited" ||
		    echo "$_r: no code in sim cites it; say \"rule $_r\" where it is implemented"
		_has=no
		for _diff in "$seeded/$_r.diff" "$seeded/$_r"-[0-9]*.diff; do
			[ ! -f "$_diff" ] || _has=yes
		done
		if among "$_r" "$_without"; then
			[ $_has = no ] ||
			    echo "$_r: has a diff and stands in $seeded/WITHOUT"
		elif [ $_has = no ]; then
			echo "$_r: no diff in $seeded takes it out, and $seeded/WITHOUT has no reason why"
		fi
	done
	for _r in $_without; do
		among "$_r" "$_rules" ||
		    echo "$seeded/WITHOUT: $model has no rule $_r"
	done
	for _r in $_cited; do
		among "$_r" "$_rules" ||
		    echo "$_r: cited in sim, and $model has no such rule"
	done
	diffs_wrong "$_rules"
}
