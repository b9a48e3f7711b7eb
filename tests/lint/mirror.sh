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

# Where the test of a source lives.
mirror_of() {
	local base=${1##*/}
	base=${base%.c}
	case $1 in
	agent/cmd/*)
		# A verb is tested through the built program, the machinery beside it as any room.
		if grep -Eq "^const struct cmd cmd_$base\b" "$tree/$1"; then
			echo "tests/cli/${base//_/-}.sh"
		else
			echo "tests/unit/cmd/test-${base//_/-}.c"
		fi
		;;
	agent/*/*)
		base=${1#agent/}
		echo "tests/unit/${base%/*}/test-$(basename "${base//_/-}" .c).c"
		;;
	datasources/*)
		if grep -Eqw "datasources/$base\.c" <(sed -n '/^DATASOURCES/,/# EOL/p' "$tree/datasources/list.mk"); then
			echo "tests/datasources/$base"
		else
			echo "tests/unit/datasources/test-${base//_/-}.c"
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
	elif [ ! -e "$tree/$mirror" ]; then
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
	base=${base##*/test-}
	source=${base//-/_}
	[ -e "$tree/agent/$room/$source" ] || [ -e "$tree/agent/$room/${source%.c}.h" ] ||
		[ -e "$tree/$room/$source" ] || finding "$f: no agent/$room/$source"
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
	tests/cli/lib.sh | tests/lint/lint.sh) ;;
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
