#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Whatever a user plants in the own .ssh: refused with a reason or handled, root's files untouched.

# Mounts of this test are nobody else's business.
if [ "$(id -u)" = 0 ] && [ -z "$HOSTILE_IN_NAMESPACE" ]; then
	HOSTILE_IN_NAMESPACE=1 exec unshare --mount --propagation private bash "$0"
fi
. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
[ "$(id -u)" = 0 ] || tap_skip_all "needs root: devices, other owners, mounts"
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99

line='ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHostileObjectsTest doorward'
secret=$tree/root-secret
rounds=0

canary() {
	stat -c '%n %u %g %a %s %Y %h' "$secret" "$tree/root-dir" "$tree/root-dir/authorized_keys"
	cat "$secret" "$tree/root-dir/authorized_keys"
	ls -A "$tree/root-dir"
}

# A tree, a second user who must be served, and what root owns.
prepare() {
	chattr -R -i -a "$tree" 2>/dev/null
	new_tree
	with_keys 'ssh-ed25519 AAAAold old-key
'
	mkdir -p "$tree/home/alice" "$tree/root-dir"
	chown 4343:4343 "$tree/home/alice"
	echo 'root only' >"$secret"
	echo 'root key' >"$tree/root-dir/authorized_keys"
	chmod 600 "$secret" "$tree/root-dir/authorized_keys"
	chmod 700 "$tree/root-dir"
}

serve_alice() {
	timeout 10 "$drive" update "$tree" alice 4343 4343 /home/alice "$line" >/dev/null 2>&1 &&
		grep -qxF "$line" "$tree/home/alice/.ssh/authorized_keys"
}

# expect NAME refused|served REGEX PLANT...: PLANT makes the object in the prepared tree.
# The number of hard links of the secret is part of the object, so the canary is taken after it.
expect() {
	local name=$1 how=$2 regex=$3 before status=0 err problem=
	shift 3
	rounds=$((rounds + 1))
	prepare
	if ! "$@" 2>"$tap_dir/plant.err"; then
		tap_skip "$name" "cannot be made here: $(head -c 100 "$tap_dir/plant.err")"
		return
	fi
	before=$(canary)
	timeout 10 "$drive" update "$tree" u 4242 4242 /home/u "$line" \
		>"$tap_dir/out" 2>"$tap_dir/err" || status=$?
	err=$(cat "$tap_dir/err")
	[ "$status" != 124 ] || problem="hung"
	if [ "$how" = refused ]; then
		[ "$status" = 1 ] || problem="status $status instead of a refusal"
		[[ $err =~ $regex ]] || problem="the reason does not match: $regex"
	else
		[ "$status" = 0 ] || problem="status $status instead of success"
		grep -qxF "$line" "$keys" || problem="the key is not there"
		[ "$(stat -c '%u %g %a %h' "$keys")" = '4242 4242 600 1' ] ||
			problem="owner or mode: $(stat -c '%u %g %a %h' "$keys")"
		[[ $(stat -c %A "$tree/home/u/.ssh") =~ ^d....-..-.$ ]] ||
			problem="others may write to .ssh"
	fi
	[ "$(canary)" = "$before" ] || problem="root's files were touched"
	[ -z "$(find "$tree" -name '*.dw-*')" ] || problem="a temporary file was left"
	serve_alice || problem="the next user was not served"
	umount -q "$tree/home/u/.ssh" 2>/dev/null
	if [ -z "$problem" ]; then
		tap_ok "$name: $how"
	else
		tap_fail "$name" "$problem" "stdout: $(cat "$tap_dir/out")" "stderr: $err"
	fi
}

# -- objects: the file --
swap() { rm -f "$keys" && "$@"; }
own_hard_link() { ln "$keys" "$tree/home/u/second"; }
huge() { truncate -s 0 "$keys" && head -c $((17 * 1024 * 1024)) /dev/zero >"$keys"; }
sparse() { truncate -s 10G "$keys"; }
make_socket() {
	rm -f "$keys"
	python3 -c 'import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' "$keys"
}
with_acl() { setfacl -m u:4343:rw "$keys"; }
planted_temp() { ln -s "$secret" "$tree/home/u/.ssh/.authorized_keys.dw-0123456789abcdef"; }
no_newline() { printf 'ssh-ed25519 AAAAold no-newline' >"$keys"; }
binary() { printf 'a\0b\377\376\r\n' >"$keys"; }

expect 'symlink to a root-only file' refused 'symbolic link' swap ln -s "$secret" "$keys"
expect 'dangling symlink' refused 'symbolic link' swap ln -s /nowhere/at/all "$keys"
expect 'symlink to itself' refused 'symbolic link' swap ln -s authorized_keys "$keys"
expect 'symlink to /proc/self/fd' refused 'symbolic link' swap ln -s /proc/self/fd/0 "$keys"
expect 'hard link to a root-only file' refused 'hard links' swap ln "$secret" "$keys"
expect 'second hard link of an own file' refused 'hard links' own_hard_link
expect 'FIFO' refused 'a FIFO' swap mkfifo "$keys"
expect 'socket' refused 'a socket' make_socket
expect 'character device' refused 'a device' swap mknod "$keys" c 1 5
expect 'block device' refused 'a device' swap mknod "$keys" b 7 0
expect 'directory' refused 'a directory' swap mkdir "$keys"
expect 'huge file' refused 'bytes, more than' huge
expect 'sparse file of 10 GiB' refused 'bytes, more than' sparse
expect 'immutable file' refused 'immutable.*chattr -i' chattr +i "$keys"
expect 'append-only file' refused 'append-only.*chattr -a' chattr +a "$keys"
expect 'file of another user' refused 'belongs to uid 4343' chown 4343:4343 "$keys"
expect 'file of mode 000' refused 'may not read it' chmod 000 "$keys"
expect 'unreadable file of root' refused 'may not read it' chown root:root "$keys"
expect 'file with an access list' served '' with_acl
expect 'planted temporary name' served '' planted_temp
expect 'file without a last newline' served '' no_newline
expect 'file with NUL and binary bytes' served '' binary

# -- objects: the directory --
away() { rm -rf "$tree/home/u/.ssh" && "$@"; }
read_only_mount() {
	mount --bind "$tree/home/u/.ssh" "$tree/home/u/.ssh" &&
		mount -o remount,ro,bind "$tree/home/u/.ssh"
}
full_mount() {
	mount -t tmpfs -o size=16k,mode=700,uid=4242,gid=4242 tmpfs "$tree/home/u/.ssh" &&
		head -c 8192 /dev/urandom | base64 -w 60 >"$keys" && chown 4242:4242 "$keys" &&
		{ head -c 65536 /dev/zero >"$tree/home/u/.ssh/fill" 2>/dev/null || :; }
}

expect '.ssh is a symlink to a root directory' refused 'symbolic link' \
	away ln -s "$tree/root-dir" "$tree/home/u/.ssh"
expect '.ssh is a dangling symlink' refused 'symbolic link' \
	away ln -s /nowhere "$tree/home/u/.ssh"
expect '.ssh is a relative symlink out of the home' refused 'symbolic link' \
	away ln -s ../../root-dir "$tree/home/u/.ssh"
expect '.ssh is a file' refused 'not a directory' away touch "$tree/home/u/.ssh"
expect '.ssh is a FIFO' refused 'not a directory' away mkfifo "$tree/home/u/.ssh"
expect '.ssh of another user' refused 'belongs to uid 4343' chown 4343:4343 "$tree/home/u/.ssh"
expect '.ssh of root, open to all' refused 'belongs to uid 0' \
	eval 'chown root:root "$tree/home/u/.ssh" && chmod 755 "$tree/home/u/.ssh"'
expect '.ssh writable by everybody' served '' chmod 777 "$tree/home/u/.ssh"
expect '.ssh writable by the group' served '' chmod 770 "$tree/home/u/.ssh"
expect '.ssh of mode 000' refused 'may not read it' chmod 000 "$tree/home/u/.ssh"
expect '.ssh without write right' refused 'ermission' chmod 500 "$tree/home/u/.ssh"
expect 'immutable .ssh' refused 'directory of.*immutable' chattr +i "$tree/home/u/.ssh"
expect 'append-only .ssh' refused 'directory of.*append-only' chattr +a "$tree/home/u/.ssh"
expect '.ssh on a read-only mount' refused 'read-only' read_only_mount
expect '.ssh on a full disk' refused 'free some space' full_mount

# -- objects: the home --
homeless() { rm -rf "$tree/home/u"; }
expect 'no home' refused 'does not exist' homeless
expect 'home writable by everybody' refused 'writable by everybody' chmod 777 "$tree/home/u"
expect 'home of another user' refused 'belongs to uid 4343' chown 4343:4343 "$tree/home/u"
expect 'home of mode 000' refused 'may not|ermission' chmod 000 "$tree/home/u"
expect 'home that its user cannot reach' refused 'cannot reach' \
	eval 'mkdir -m 700 "$tree/x" && mv "$tree/home/u" "$tree/x/" && ln -s ../x/u "$tree/home/u"'

# What is ours to keep is kept byte for byte.
prepare
printf 'a\0b\377\376\r\nlast' >"$keys"
update "$line" >/dev/null
tap_is 'foreign bytes stay as they were' "$(head -c 12 "$keys" | od -An -tx1)" \
	"$(printf 'a\0b\377\376\r\nlast\n' | od -An -tx1)"

[ "$rounds" -ge 24 ] || tap_fail 'at least 24 kinds of object' "only $rounds"
chattr -R -i -a "$tree" 2>/dev/null
tap_done
