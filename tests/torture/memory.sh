#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Each allocation of a write fails, once and for ever from there: no crash, no torn file, and a reason.

. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99
! is_sanitized || tap_skip_all "a sanitizer has its own allocator"
preload failmalloc || tap_skip_all "no compiler here, or a C library without __libc_malloc"

old='ssh-ed25519 AAAAold the-key-that-lets-the-owner-in
'
new='ssh-ed25519 AAAAnew the-key-from-the-cloud'

prepare_write() {
	rm -rf "${tree:?}"
	mkdir -p "$tree/etc"
	printf 'old content\n' >"$tree/etc/file"
}
content_write() { cat "$tree/etc/file"; }
prepare_update() {
	new_tree
	with_keys "$old"
}
content_update() { cat "$keys"; }

# sweep NAME KIND OLD NEW COMMAND...
sweep() {
	local name=$1 kind=$2 old_text=$3 new_text=$4 n status total tries=0 text
	local -a bad=() how
	shift 4
	"prepare_$kind"
	FAIL_COUNT_FILE=$tap_dir/count LD_PRELOAD=$tap_dir/failmalloc.so "$@" >/dev/null
	total=$(cat "$tap_dir/count")
	for ((n = 1; n <= total + 20; n++)); do # children and error paths allocate a few more
		for how in once ever; do
			"prepare_$kind"
			status=0
			env FAIL_ALLOC="$n" ${how:+$([ $how = ever ] && echo FAIL_EVER=1)} \
				LD_PRELOAD="$tap_dir/failmalloc.so" timeout 30 "$@" \
				>"$tap_dir/out" 2>"$tap_dir/err" || status=$?
			tries=$((tries + 1))
			text=$("content_$kind")
			[ "$status" -lt 124 ] || bad+=("$n $how: died with status $status")
			[ "$text" = "$old_text" ] || [ "$text" = "$new_text" ] || bad+=("$n $how: torn")
			[ "$status" != 0 ] || [ "$text" = "$new_text" ] ||
				bad+=("$n $how: status 0, but the old file is there")
			[ "$status" = 0 ] || [ -s "$tap_dir/err" ] ||
				bad+=("$n $how: failed without a word")
		done
	done
	if [ "$total" -lt 1 ]; then
		tap_fail "$name" "no allocation was counted"
	elif [ ${#bad[@]} = 0 ]; then
		tap_ok "$name: $total allocations in the parent, $tries runs"
	else
		tap_fail "$name" "${bad[@]:0:30}"
	fi
}

sweep 'replacing a file' write 'old content' 'new content' \
	"$drive" write "$tree" etc/file 0600 'new content'
sweep 'keys of a user' update "${old%?}" "$old$new" \
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new"
tap_done
