# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# For tests of the writers: a tree with a user's home, and the programs that work on it.
# Source it after tap.sh. As a plain user the "user" is whoever runs the test.

# shellcheck disable=SC2154,SC2034 # set by the caller, used by the caller
drive=${DW_BUILDDIR:?is not set}/tests/harness/drive
killat=$DW_BUILDDIR/tests/harness/killat
race=$DW_BUILDDIR/tests/harness/race
hostkey_drive=$DW_BUILDDIR/tests/harness/drive-hostkey

# Leak checking needs ptrace for itself and so cannot be traced.
export ASAN_OPTIONS=detect_leaks=0

if [ "$(id -u)" = 0 ]; then
	user_id=4242
	user_run=(setpriv --reuid=4242 --regid=4242 --clear-groups)
else
	user_id=$(id -u)
	user_run=()
fi

# Where a tracer may look and any user may walk.
chmod 755 "$tap_dir"
tree=${tap_dir:?}/tree
keys=$tree/home/u/.ssh/authorized_keys

# A fresh tree with an empty home for "u".
new_tree() {
	rm -rf "$tree"
	mkdir -p "$tree/home/u" "$tree/etc"
	[ "$(id -u)" != 0 ] || chown "$user_id:$user_id" "$tree/home/u"
}

# with_keys TEXT: ~/.ssh/authorized_keys as sshd wants it.
with_keys() {
	mkdir -p "$tree/home/u/.ssh"
	printf '%s' "$1" >"$keys"
	chmod 700 "$tree/home/u/.ssh"
	chmod 600 "$keys"
	[ "$(id -u)" != 0 ] || chown -R "$user_id:$user_id" "$tree/home/u/.ssh"
}

# update LINE [MS]
update() {
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$@"
}

# Preloads are compiled here: automake's flags (sanitizers, PIE) are not for them.
# preload NAME: $preload_NAME.so from tests/harness/NAME.c; false when there is no compiler.
preload() {
	"${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -o "$tap_dir/$1.so" \
		"$DW_SRCDIR/tests/harness/$1.c" >"$tap_dir/cc.log" 2>&1
}

# A sanitizer's own allocator and start-up are in the way of preloads.
is_sanitized() {
	ldd "$drive" | grep -q 'libasan'
}
