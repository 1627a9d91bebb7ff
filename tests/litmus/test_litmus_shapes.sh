#!/bin/sh
# test_litmus_shapes.sh: the tests of the classic shapes are those that shapes.awk
# makes: nobody has changed one by hand, and none is missing.

set -u
: "${VIOTAPE_SOURCE:?the source tree}"
here=$VIOTAPE_SOURCE/tests/litmus
temp=$(mktemp -d "${TMPDIR:-/tmp}/viotape-shapes.XXXXXX") || exit 2
trap 'rm -rf "$temp"' EXIT
trap 'exit 2' HUP INT TERM
mkdir "$temp/aarch64" "$temp/x86_64" || exit 2
awk -v dir="$temp" -f "$here/shapes.awk" || exit 1
n=0
for file in "$temp"/*/*.litmus; do
	name=${file#"$temp/"}
	cmp "$file" "$here/$name" || exit 1
	n=$((n + 1))
done
echo "$n tests"
[ "$n" -gt 400 ]
