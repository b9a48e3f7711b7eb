# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What the lints share: rules as TAP lines, findings as their diagnostics, lists of files.
#
#   . "$(dirname "$0")/lint.sh"     sets $tree (argument 1) and $build (argument 2)
#   rule "name"                     opens a rule; those that follow are its findings
#   finding "path: what is wrong"
#   lint_done                       prints the plan; exit status 1 when anything was found

set -u
export LC_ALL=C

# shellcheck disable=SC2034 # both are for the lint that sources this file
tree=$(cd "${1:-${DW_SRCDIR:-.}}" && pwd) || exit 99
# shellcheck disable=SC2034
build=${2:-${DW_BUILDDIR:-$tree/build}}

lint_count=0
lint_failed=0
lint_rule=
lint_findings=()

lint_close() {
	[ -n "$lint_rule" ] || return 0
	lint_count=$((lint_count + 1))
	if [ ${#lint_findings[@]} -eq 0 ]; then
		echo "ok $lint_count - $lint_rule"
	else
		lint_failed=$((lint_failed + 1))
		echo "not ok $lint_count - $lint_rule"
		printf '# %s\n' "${lint_findings[@]}"
	fi
}

rule() {
	lint_close
	lint_rule=$1
	lint_findings=()
}

finding() {
	lint_findings+=("$1")
}

# findings: one a line from stdin; call it with "< <(command)", a pipe would lose them.
findings() {
	local line
	while IFS= read -r line; do
		[ -z "$line" ] || finding "$line"
	done
}

lint_skip() {
	lint_close
	lint_count=$((lint_count + 1))
	lint_rule=
	echo "ok $lint_count - $1 # SKIP $2"
}

lint_done() {
	lint_close
	echo "1..$lint_count"
	[ "$lint_failed" -eq 0 ]
	exit
}

# Every file a person wrote, as paths from the top, sorted. Not git's list: a release has none.
tree_files() {
	(cd "$tree" && find . \
		\( -name .git -o -name build-aux -o -name autom4te.cache -o -name __pycache__ \
		-o -name .deps -o -path ./build -o -path './doorward-*' \
		-o -path ./_build -o -path ./_inst \) -prune -o \
		-type f ! -name configure ! -name 'configure~' ! -path './config.*' \
		! -name Makefile.in ! -name Makefile ! -name aclocal.m4 ! -name stamp-h1 \
		! -name '*.o' ! -name '*.a' ! -name '*.log' ! -name '*.trs' ! -name .dirstamp \
		-print) | sed 's,^\./,,' | sort
}

c_files() {
	tree_files | grep -E '^(agent|datasources|tests)/.*\.[ch]$'
}

# The C files that become part of the two programs.
product_files() {
	tree_files | grep -E '^(agent|datasources)/.*\.[ch]$'
}
