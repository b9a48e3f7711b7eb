#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Several writers at once, a stopped worker, a full disk: nothing is lost, nothing waits for ever.
# DW_ROUNDS: rounds of each of the eight writers (50).

. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99

rounds=${DW_ROUNDS:-50}

# -- eight writers of one user's keys --
one_writer() {
	local i
	for ((i = 1; i <= rounds; i++)); do
		update "ssh-ed25519 AAAA$1-$i writer-$1" >/dev/null || echo "writer $1 round $i"
	done
}
new_tree
with_keys 'ssh-ed25519 AAAAold old-key
'
pids=()
for w in 1 2 3 4 5 6 7 8; do
	one_writer "$w" >"$tap_dir/writer-$w" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
tap_is 'eight writers: each said it succeeded' "$(cat "$tap_dir"/writer-*)" ''
tap_is 'eight writers: no key is lost and none is there twice' \
	"$(sort -u "$keys" | wc -l) of $(wc -l <"$keys")" "$((8 * rounds + 1)) of $((8 * rounds + 1))"
tap_is 'eight writers: nothing else is left' "$(ls -A "$tree/home/u/.ssh")" authorized_keys

# -- eight writers of one file without any lock --
one_file_writer() {
	local i
	for ((i = 1; i <= rounds; i++)); do
		"$drive" write "$tree" etc/file 0600 "writer $1 round $i" >/dev/null ||
			echo "writer $1 round $i"
	done
}
pids=()
for w in 1 2 3 4 5 6 7 8; do
	one_file_writer "$w" >"$tap_dir/writer-$w" 2>&1 &
	pids+=($!)
done
wait "${pids[@]}"
tap_is 'one file: each writer succeeded' "$(cat "$tap_dir"/writer-*)" ''
tap_like 'one file: whole lines of one writer' "$(cat "$tree/etc/file")" '^writer [1-8] round [0-9]+$'
tap_is 'one file: nothing else is left' "$(ls -A "$tree/etc")" file

# -- a worker that is stopped: its user can do that to it --
new_tree
with_keys 'ssh-ed25519 AAAAold old-key
'
exec 9<"$tree/home/u/.ssh"
flock 9 # holds the worker at a place where it can be found
begin=$SECONDS
"$drive" update "$tree" u "$user_id" "$user_id" /home/u 'ssh-ed25519 AAAAnew new-key' 4000 \
	>"$tap_dir/out" 2>"$tap_dir/err" 9<&- &
parent=$!
worker=
for _ in $(seq 100); do
	worker=$(cat "/proc/$parent/task/$parent/children" 2>/dev/null)
	worker=${worker// /}
	[ -z "$worker" ] || break
	sleep 0.02
done
tap_check 'a worker to stop is there' kill -STOP "${worker:-none}"
exec 9<&-
wait "$parent"
status=$?
elapsed=$((SECONDS - begin))
tap_is 'a stopped worker: the update fails' "$status" 1
tap_like 'a stopped worker: the reason' "$(cat "$tap_dir/err")" 'was not done within 4000 ms and was killed'
tap_check 'a stopped worker: the parent waited no longer than its limit' test "$elapsed" -le 8
tap_check 'a stopped worker is gone' test ! -d "/proc/${worker:-self}"
tap_is 'a stopped worker: the old keys are there' "$(cat "$keys")" 'ssh-ed25519 AAAAold old-key'

# -- a foreign lock that is never let go --
exec 9<"$tree/home/u/.ssh"
flock 9
update 'ssh-ed25519 AAAAnew new-key' 2000 >"$tap_dir/out" 2>"$tap_dir/err" 9<&-
tap_is 'a foreign lock: the update fails' "$?" 1
tap_like 'a foreign lock: the reason' "$(cat "$tap_dir/err")" 'holds a lock'
exec 9<&-

tap_check 'afterwards the update works' update 'ssh-ed25519 AAAAnew new-key'

# -- a second run writes nothing --
before=$(stat -c '%i %Y %Z' "$keys" "$tree/home/u/.ssh")
tap_is 'a second run says so' "$(update 'ssh-ed25519 AAAAnew new-key')" unchanged
tap_is 'a second run writes nothing' "$(stat -c '%i %Y %Z' "$keys" "$tree/home/u/.ssh")" "$before"

# -- a disk that is full --
if [ "$(id -u)" = 0 ] && mkdir "$tap_dir/small" &&
	mount -t tmpfs -o size=64k tmpfs "$tap_dir/small" 2>/dev/null; then
	trap 'umount "$tap_dir/small"; rm -rf "${tap_dir:?}"' EXIT
	mkdir "$tap_dir/small/etc"
	head -c 20000 /dev/zero | tr '\0' o >"$tap_dir/small/etc/file"
	sum=$(md5sum "$tap_dir/small/etc/file")
	"$drive" write "$tap_dir/small" etc/file 0644 "$(head -c 60000 /dev/zero | tr '\0' n)" \
		>"$tap_dir/out" 2>"$tap_dir/err"
	tap_is 'a full disk: the write fails' "$?" 1
	tap_like 'a full disk: the reason' "$(cat "$tap_dir/err")" 'free some space.*No space left'
	tap_is 'a full disk: the old file is intact' "$(md5sum "$tap_dir/small/etc/file")" "$sum"
	tap_is 'a full disk: nothing is left' "$(ls -A "$tap_dir/small/etc")" file
else
	tap_skip 'a full disk' 'needs root, to mount a small file system'
fi
tap_done
