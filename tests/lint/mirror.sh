#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Tests mirror code: each source has its test at the same place, and each test is really run.
# Usage: mirror.sh [TREE]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# Sources without a unit test of their own: file, then what tests them instead.
read -r -d '' exceptions <<'END'
agent/main.c              every tests/cli script goes through it
agent/fetch_main.c        every tests/cli script goes through it
END

excepted() {
	grep -Eq "^$1 +[^ ]" <<<"$exceptions"
}

# The platforms of the table, as file names without ending.
rows=$(sed -n '/^DATASOURCES/,/# EOL/ s,.*datasources/\([a-z0-9_]*\)\.c.*,\1,p' \
	"$tree/datasources/list.mk")

# Where the test of a source lives.
mirror_of() {
	local name=${1##*/} verb
	name=${name%.c}
	case $1 in
	agent/cmd/*)
		# A verb is tested through the built program, the machinery beside it as any room.
		verb=$(sed -n '/^const struct cmd cmd_/,/^};/ s/^[[:space:]]*\.name = "\([^"]*\)".*/\1/p' \
			"$tree/$1")
		if [ -n "$verb" ]; then
			echo "tests/cli/$verb.sh"
		else
			echo "tests/unit/cmd/test-$name.c"
		fi
		;;
	agent/*/*) echo "tests/unit/$(basename "${1%/*}")/test-$name.c" ;;
	datasources/*)
		if grep -Fxq -e "$name" <<<"$rows"; then
			echo "tests/datasources/$name"
		else
			echo "tests/unit/datasources/test-$name.c"
		fi
		;;
	esac
}

rule "each source has its mirror"
sources=0
while read -r f; do
	case $f in *.c) ;; *) continue ;; esac
	sources=$((sources + 1))
	mirror=$(mirror_of "$f")
	if excepted "$f"; then
		[ -z "$mirror" ] || [ ! -e "$tree/$mirror" ] ||
			finding "$f: has $mirror, so its exception can go"
	elif [ ! -e "$tree/$mirror" ] && [ ! -e "$tree/${mirror//_/-}" ]; then
		finding "$f: no $mirror"
	fi
done < <(product_files)
[ "$sources" -gt 0 ] || finding "no sources found in $tree"
while read -r f _; do
	[ -z "$f" ] || [ -e "$tree/$f" ] || finding "the exception for $f is for nothing"
done <<<"$exceptions"

rule "each unit test has its source"
while read -r f; do
	case $f in tests/unit/*/test-*.c) ;; *) continue ;; esac
	base=${f#tests/unit/}
	room=${base%/*}
	source=${base##*/test-}
	dashed=$source source=${source//-/_}
	[ -e "$tree/agent/$room/$source" ] || [ -e "$tree/agent/$room/${source%.c}.h" ] ||
		[ -e "$tree/$room/$source" ] || [ -e "$tree/agent/$room/$dashed" ] || finding "$f: no agent/$room/$source"
done < <(tree_files)

rule "each source and each test is in a list"
lists=$(cd "$tree" && cat Makefile.am agent/*/list.mk datasources/list.mk tests/list.mk \
	tests/*/list.mk packaging/list.mk docs/list.mk)
listed() {
	grep -Fqw -e "$1" <<<"$lists"
}
while read -r f; do
	case $f in
	agent/*.[ch] | datasources/*.[ch] | tests/unit/*.[ch] | tests/fuzz/*.c) listed "$f" ||
		finding "$f: in no list.mk" ;;
	tests/cli/world.sh | tests/lint/lint.sh) ;;
	tests/cli/*.sh | tests/lint/*.sh) listed "$f" ||
		finding "$f: in no list.mk, so nobody runs it" ;;
	esac
done < <(tree_files)

rule "each fuzz target has a corpus, each corpus a target"
while read -r f; do
	case $f in
	tests/fuzz/fuzz-*.c)
		name=$(basename "$f" .c)
		[ -n "$(ls "$tree/tests/fuzz/corpus/${name#fuzz-}" 2>/dev/null)" ] ||
			finding "$f: nothing in tests/fuzz/corpus/${name#fuzz-}/"
		;;
	tests/fuzz/corpus/*/*)
		name=${f#tests/fuzz/corpus/}
		[ -e "$tree/tests/fuzz/fuzz-${name%%/*}.c" ] || finding "$f: no fuzz-${name%%/*}.c"
		;;
	esac
done < <(tree_files)

lint_done
