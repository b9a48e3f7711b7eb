#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every system call of a write fails once, in each way that disks fail: old file intact or new file whole, and a reason.
# DW_INJECT_ERRORS: which errors (all of them).

. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99
command -v strace >/dev/null || tap_skip_all "needs strace"
! is_sanitized || tap_skip_all "a sanitizer's own system calls would be made to fail"

errors=${DW_INJECT_ERRORS:-ENOSPC EIO EDQUOT EACCES EMFILE EINTR}
old='ssh-ed25519 AAAAold the-key-that-lets-the-owner-in
'
new='ssh-ed25519 AAAAnew the-key-from-the-cloud'

if [ -w /dev/shm ]; then
	shm=$(mktemp -d /dev/shm/doorward-test.XXXXXX)
	trap 'rm -rf "${shm:?}" "${tap_dir:?}"' EXIT
	chmod 755 "$shm"
	tree=$shm/tree
	keys=$tree/home/u/.ssh/authorized_keys
fi

# points COMMAND...: "name ordinal" of each call after close(-1000), and of each child's calls; strace
# counts per process and per name, so a bare number would miss most points.
points() {
	strace -f -qq -o "$tap_dir/trace" "$@" >/dev/null 2>&1
	awk '
		{ pid = $1; sub(/^[0-9]+ +/, "") }
		!first { first = pid }
		/^(\+\+\+|---|<\.\.\.)/ { next }
		{ name = $0; sub(/\(.*/, "", name) }
		name !~ /^[a-z_0-9]+$/ { next }
		{ count[pid, name]++ }
		/^close\(-1000\)/ { marked = 1; next }
		marked && name !~ /^(exit|exit_group|brk|mmap|munmap|mprotect|futex|rt_sigaction|rt_sigprocmask|rt_sigreturn|close|wait4|getpid|getppid|geteuid|getuid|execve|restart_syscall|clock_nanosleep|set_robust_list|rseq)$/ {
			print name, count[pid, name]
		}' "$tap_dir/trace" | sort -u
}

# sweep NAME PREPARE JUDGE COMMAND...: JUDGE STATUS prints what is wrong, or nothing.
sweep() {
	local name=$1 prepare=$2 judge=$3 call ordinal error status wrong tries=0
	local -a bad=() list
	shift 3
	"$prepare"
	mapfile -t list < <(points "$@")
	for call in "${list[@]}"; do
		ordinal=${call#* }
		call=${call% *}
		for error in $errors; do
			"$prepare"
			status=0
			timeout 30 strace -f -qq -o "$tap_dir/injected" \
				-e trace="$call" -e inject="$call:error=$error:when=$ordinal" \
				"$@" >"$tap_dir/out" 2>"$tap_dir/err" || status=$?
			tries=$((tries + 1))
			wrong=$("$judge" "$status")
			[ -z "$wrong" ] || bad+=("$call $ordinal $error: $wrong: $(cat "$tap_dir/err")")
		done
	done
	if [ ${#list[@]} -lt 10 ]; then
		tap_fail "$name" "only ${#list[@]} points were found"
	elif [ ${#bad[@]} = 0 ]; then
		tap_ok "$name: ${#list[@]} points, $tries runs"
	else
		tap_fail "$name" "${#bad[@]} of $tries runs" "${bad[@]:0:30}"
	fi
}

# Success must have done it; failure must say why. Then a run without fault puts all right.
judge_status() {
	local status=$1 is_new=$2
	# A child's ordinal may lie in its parent's start-up, which is the loader's.
	! grep -q 'error while loading shared libraries' "$tap_dir/err" || return
	if [ "$status" = 0 ]; then
		[ "$is_new" = yes ] || echo "status 0, but the old file is there"
	elif [ "$status" = 124 ]; then
		echo "hung"
	elif [ "$status" -ge 126 ]; then
		echo "died with status $status"
	else
		# unless it was the word itself that could not be written
		[ -s "$tap_dir/err" ] || grep -q 'write(2, .*INJECTED' "$tap_dir/injected" ||
			echo "failed without a word"
	fi
}

prepare_write() {
	rm -rf "${tree:?}"
	mkdir -p "$tree/etc"
	printf 'old content\n' >"$tree/etc/file"
	chmod 640 "$tree/etc/file"
}

judge_write() {
	local is_new=no
	case $(stat -c %a "$tree/etc/file")/$(cat "$tree/etc/file") in
	'640/old content') ;;
	'600/new content') is_new=yes ;;
	*) echo "torn: $(stat -c '%a %s' "$tree/etc/file")" ;;
	esac
	judge_status "$1" "$is_new"
	"$drive" write "$tree" etc/file 0600 'new content' >/dev/null 2>&1 || echo "the next run failed"
	[ "$(cat "$tree/etc/file")" = 'new content' ] || echo "the next run did not converge"
	find "$tree" -name '.*.dw-*' -printf 'left over: %f\n'
}

prepare_update() {
	new_tree
	with_keys "$old"
}

judge_update() {
	local is_new=no
	case $(cat "$keys") in
	"${old%?}") ;;
	"$old$new") is_new=yes ;;
	*) echo "torn: $(stat -c '%a %s' "$keys")" ;;
	esac
	[ "$(stat -c '%a %u' "$keys")" = "600 $user_id" ] || echo "mode or owner is wrong"
	judge_status "$1" "$is_new"
	update "$new" >/dev/null 2>&1 || echo "the next run failed"
	[ "$(cat "$keys")" = "$old$new" ] || echo "the next run did not converge"
	find "$tree" -name '.*.dw-*' -printf 'left over: %f\n'
}

prepare_write
if ! strace -qq -o /dev/null -e inject=fsync:error=EIO:when=1 true 2>/dev/null; then
	tap_skip_all "strace cannot trace or inject here"
fi
sweep 'replacing a file' prepare_write judge_write \
	"$drive" write "$tree" etc/file 0600 'new content'
sweep 'keys of a user' prepare_update judge_update \
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new"

# What people read when a disk is full or broken.
said() {
	local call=$1 error=$2
	prepare_write
	strace -f -qq -o /dev/null -e trace="$call" -e inject="$call:error=$error:when=1" \
		"$drive" write "$tree" etc/file 0600 'new content' 2>"$tap_dir/said" >"$tap_dir/out"
	cat "$tap_dir/said"
}
tap_like 'a full disk: what to do' "$(said fsync ENOSPC)" 'old file is as it was; free some space'
tap_like 'a used-up quota: what to do' "$(said fsync EDQUOT)" 'quota is used up'
tap_like 'a broken disk: what to do' "$(said fsync EIO)" 'the disk has a fault'
tap_like 'a read-only disk: what to do' "$(said renameat EROFS)" 'mounted read-only'

# Short writes: the rest is written too.
if preload shortwrite; then
	prepare_write
	LD_PRELOAD=$tap_dir/shortwrite.so "$drive" write "$tree" etc/file 0600 \
		'a content that takes many short writes' >/dev/null 2>&1
	tap_is 'short writes are completed' "$(cat "$tree/etc/file")" \
		'a content that takes many short writes'
	prepare_update
	LD_PRELOAD=$tap_dir/shortwrite.so update "$new" >/dev/null 2>&1
	tap_is "short writes in the user's worker are completed" "$(cat "$keys")" "$old$new"
else
	tap_skip 'short writes are completed' 'no compiler here'
fi
tap_done
