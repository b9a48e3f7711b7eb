# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# TAP for shell tests: source it, call the checks, end with tap_done.

tap_count=0
tap_failed=0
tap_dir=$(mktemp -d)
trap 'chmod -R u+rwx "$tap_dir" 2>/dev/null; rm -rf "$tap_dir"' EXIT

# tap_ok NAME / tap_fail NAME [DETAIL...]: one result line.
tap_ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_fail() {
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	shift
	[ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/# /'
}

# tap_skip NAME REASON: a check that cannot be made here, and why.
tap_skip() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# tap_skip_all REASON: the whole script cannot run here.
tap_skip_all() {
	echo "1..0 # SKIP $1"
	exit 0
}

# tap_check NAME COMMAND...: the command must succeed; its output shows when it does not.
tap_check() {
	local name=$1
	shift
	if "$@" >"$tap_dir/check.out" 2>&1; then
		tap_ok "$name"
	else
		tap_fail "$name" "command: $*" "$(cat "$tap_dir/check.out")"
	fi
}

# tap_run COMMAND...: run it, keep $tap_status, $tap_out and $tap_err for the checks below.
# shellcheck disable=SC2034 # tap_status, tap_out and tap_err are for the caller
tap_run() {
	tap_status=0
	"$@" >"$tap_dir/run.out" 2>"$tap_dir/run.err" || tap_status=$?
	tap_out=$(cat "$tap_dir/run.out")
	tap_err=$(cat "$tap_dir/run.err")
}

# tap_is NAME GOT EXPECTED
tap_is() {
	if [ "$2" = "$3" ]; then
		tap_ok "$1"
	else
		tap_fail "$1" "got:      $2" "expected: $3"
	fi
}

# tap_like NAME GOT REGEX (extended, as in [[ =~ ]])
tap_like() {
	if [[ $2 =~ $3 ]]; then
		tap_ok "$1"
	else
		tap_fail "$1" "got:            $2" "does not match: $3"
	fi
}

# tap_unlike NAME GOT REGEX
tap_unlike() {
	if [[ $2 =~ $3 ]]; then
		tap_fail "$1" "got:     $2" "matches: $3"
	else
		tap_ok "$1"
	fi
}

# tap_done: prints the plan; a script that dies before it has no plan and so fails.
tap_done() {
	echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ]
	exit
}
