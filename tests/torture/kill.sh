#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# kill -9 at every system call stop of each writer: the old or the new file, whole, and the next run heals.
# DW_KILL_STEP: every how manyth stop is tried (1; 97 for the whole program).

. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99

# A kill asks nothing of the disk: memory makes the sweep several times faster.
if [ -w /dev/shm ]; then
	shm=$(mktemp -d /dev/shm/doorward-test.XXXXXX)
	trap 'rm -rf "${shm:?}" "${tap_dir:?}"' EXIT
	chmod 755 "$shm"
	tree=$shm/tree
	keys=$tree/home/u/.ssh/authorized_keys
fi

step=${DW_KILL_STEP:-1}
old='ssh-ed25519 AAAAold the-key-that-lets-the-owner-in
'
new='ssh-ed25519 AAAAnew the-key-from-the-cloud'
export drive hostkey_drive tree keys user_id old new

# script NAME <<TEXT: a program of that name.
script() {
	{
		echo '#!/bin/bash'
		cat
	} >"$tap_dir/$1"
	chmod +x "$tap_dir/$1"
}

# sweep NAME SETUP CHECK [-w] [-1] COMMAND...: one test line; -w: the whole program, not
# only from the mark on that the drivers make.
sweep() {
	local name=$1 setup=$tap_dir/$2 check=$tap_dir/$3 status=0
	local -a flags=(-m -s "$step")
	shift 3
	if [ "$1" = -w ]; then
		flags=(-s "$step")
		shift
	fi
	if [ "$1" = -1 ]; then
		flags+=(-1)
		shift
	fi
	"$killat" "${flags[@]}" "$setup" "$check" "$@" >"$tap_dir/sweep" 2>"$tap_dir/sweep.err" ||
		status=$?
	if [ "$status" = 0 ]; then
		tap_ok "$name: $(tail -n 1 "$tap_dir/sweep")"
	else
		tap_fail "$name" "$(tail -n 20 "$tap_dir/sweep")" \
			"$(sort "$tap_dir/sweep.err" | uniq -c | sort -rn | head -n 20)"
	fi
}

# -- one file_write --
script write-setup <<'END'
rm -rf "$tree" && mkdir -p "$tree/etc" && printf 'old content\n' >"$tree/etc/file" &&
	chmod 640 "$tree/etc/file"
END
script write-check <<'END'
fail() { echo "$*" >&2; exit 1; }
f=$tree/etc/file
case $(stat -c %a "$f")/$(cat "$f") in
'640/old content' | '600/new content') ;;
*) fail "torn: $(stat -c '%a %s' "$f")" ;;
esac
"$drive" write "$tree" etc/file 0600 'new content' >/dev/null || fail "the next run failed"
[ "$(stat -c %a "$f")/$(cat "$f")" = '600/new content' ] || fail "the next run did not converge"
# One that was killed between two runs may have come to its end; then nothing was left to clean.
[ -z "$(find "$tree" -name '.*')" ] || fail "left over: $(find "$tree" -name '.*')"
END
sweep 'replacing a file' write-setup write-check "$drive" write "$tree" etc/file 0600 'new content'

script fresh-setup <<'END'
rm -rf "$tree" && mkdir -p "$tree"
END
script fresh-check <<'END'
fail() { echo "$*" >&2; exit 1; }
f=$tree/etc/conf.d/file
if [ -e "$f" ]; then
	[ "$(stat -c %a "$f")/$(cat "$f")" = '600/new content' ] || fail "torn: $(stat -c '%a %s' "$f")"
fi
"$drive" write "$tree" etc/conf.d/file 0600 'new content' >/dev/null || fail "the next run failed"
[ "$(stat -c %a "$f")/$(cat "$f")" = '600/new content' ] || fail "the next run did not converge"
[ -z "$(find "$tree" -name '.*')" ] || fail "left over: $(find "$tree" -name '.*')"
END
sweep 'a new file in new directories' fresh-setup fresh-check \
	"$drive" write "$tree" etc/conf.d/file 0600 'new content'

# -- keys of a user, written by the worker --
script update-setup <<'END'
rm -rf "$tree" && mkdir -p "$tree/home/u/.ssh" && printf '%s' "$old" >"$keys" &&
	chmod 700 "$tree/home/u/.ssh" && chmod 600 "$keys" || exit 1
[ "$(id -u)" != 0 ] || chown -R "$user_id:$user_id" "$tree/home/u"
END
script update-check <<'END'
fail() { echo "$*" >&2; exit 1; }
[ "$(stat -c '%a %u' "$keys")" = "600 $user_id" ] || fail "mode or owner: $(stat -c '%a %u' "$keys")"
[ "$(cat "$keys")" = "${old%?}" ] || [ "$(cat "$keys")" = "$old$new" ] ||
	fail "torn: $(stat -c '%s bytes' "$keys")"
"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new" >/dev/null ||
	fail "the next run failed"
[ "$(cat "$keys")" = "$old$new" ] || fail "the next run did not converge"
# A temporary file of a run that had already replaced the file cannot exist.
[ -z "$(find "$tree/home/u/.ssh" -name '.*.dw-*')" ] || fail "left over: $(ls -A "$tree/home/u/.ssh")"
END
sweep 'keys of a user' update-setup update-check \
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new"
sweep 'keys of a user, only one of the two processes killed' update-setup update-check -1 \
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new"

script first-setup <<'END'
rm -rf "$tree" && mkdir -p "$tree/home/u" || exit 1
[ "$(id -u)" != 0 ] || chown "$user_id:$user_id" "$tree/home/u"
END
script first-check <<'END'
fail() { echo "$*" >&2; exit 1; }
if [ -e "$tree/home/u/.ssh" ]; then
	[ "$(stat -c '%a %u' "$tree/home/u/.ssh")" = "700 $user_id" ] || fail ".ssh is wrong"
fi
if [ -e "$keys" ]; then
	[ "$(stat -c '%a %u' "$keys")" = "600 $user_id" ] || fail "mode or owner"
	[ "$(cat "$keys")" = "$new" ] || fail "torn"
fi
"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new" >/dev/null ||
	fail "the next run failed"
[ "$(cat "$keys")" = "$new" ] || fail "the next run did not converge"
[ "$(ls -A "$tree/home/u/.ssh")" = authorized_keys ] || fail "left over"
END
sweep 'the first key of a user' first-setup first-check \
	"$drive" update "$tree" u "$user_id" "$user_id" /home/u "$new"

# -- a host key --
if [ -x "$hostkey_drive" ] && command -v ssh-keygen >/dev/null; then
	script hostkey-setup <<'END'
rm -rf "$tree" && mkdir -p "$tree/etc/ssh"
END
	script hostkey-check <<'END'
fail() { echo "$*" >&2; exit 1; }
k=$tree/etc/ssh/ssh_host_ed25519_key
if [ -e "$k" ]; then
	[ "$(stat -c %a "$k")" = 600 ] || fail "mode $(stat -c %a "$k")"
	ssh-keygen -y -f "$k" >/dev/null 2>&1 || fail "not a private key: $(stat -c '%s bytes' "$k")"
fi
if [ -e "$k.pub" ]; then
	[ -e "$k" ] || fail "a .pub without its key"
	[ "$(ssh-keygen -y -f "$k" | cut -d' ' -f1,2)" = "$(cut -d' ' -f1,2 "$k.pub")" ] ||
		fail "the .pub is of another key"
fi
"$hostkey_drive" "$tree" ed25519 >/dev/null || fail "the next run failed"
[ "$(ssh-keygen -y -f "$k" | cut -d' ' -f1,2)" = "$(cut -d' ' -f1,2 "$k.pub")" ] ||
	fail "the next run did not converge"
[ "$(find "$tree/etc/ssh" -name '.*' | wc -l)" = 0 ] || fail "left over: $(ls -A "$tree/etc/ssh")"
END
	sweep 'a host key' hostkey-setup hostkey-check "$hostkey_drive" "$tree" ed25519
else
	tap_skip 'a host key' 'no ssh-keygen here to judge it'
fi

# -- a clone: the whole program puts the keys of another machine aside and makes its own --
# It has thousands of stops, most of them in start-up: every so manyth, a prime, is tried.
if command -v ssh-keygen >/dev/null; then
	# shellcheck source=tests/cli/world.sh
	. "$DW_SRCDIR/tests/cli/world.sh" || exit 99
	new_world
	new_seed i-owner
	echo 11111111-e29b-41d4-a716-446655440000 >"$world/sys/class/dmi/id/product_uuid"
	provision
	tap_is 'the first owner has its keys' "$tap_status $(find "$world/etc/ssh" -name '*_key' | wc -l)" '0 3'
	rm -r "${world:?}/run"
	mkdir "$world/run"
	echo 22222222-e29b-41d4-a716-446655440000 >"$world/sys/class/dmi/id/product_uuid"
	seed meta-data 'instance-id: i-clone'
	golden=${shm:-$tap_dir}/golden
	mv "$world" "$golden"
	export golden seed DOORWARD

	script clone-setup <<'END'
rm -rf "${tree:?}" && cp -a "$golden" "$tree"
END
	script clone-check <<'END'
fail() { echo "$*" >&2; exit 1; }
print_of() { ssh-keygen -y -P '' -f "$1" 2>/dev/null | cut -d' ' -f1,2; }
for kind in ed25519 ecdsa; do
	k=etc/ssh/ssh_host_${kind}_key
	[ "$(stat -c %a "$tree/$k")" = 600 ] || fail "$kind: mode or gone"
	[ -n "$(print_of "$tree/$k")" ] || fail "$kind: not a private key: $(stat -c '%s bytes' "$tree/$k")"
done
"$DOORWARD" provision --stage local --root "$tree" --datasource nocloud --seed "$seed" \
	>/dev/null 2>&1 || fail "the next run failed"
for kind in ed25519 ecdsa rsa; do
	k=etc/ssh/ssh_host_${kind}_key
	old=$(print_of "$golden/$k")
	if [ $kind != rsa ] || [ -e "$tree/$k" ]; then
		now=$(print_of "$tree/$k")
		[ -n "$now" ] && [ "$now" != "$old" ] || fail "$kind: not a new key after the next run"
		[ "$now" = "$(cut -d' ' -f1,2 "$tree/$k.pub")" ] || fail "$kind: the .pub is of another key"
	fi
	cat "$tree"/var/lib/doorward/old-hostkeys/*/"${k##*/}.pub" | grep -qF "$old" ||
		fail "$kind: the old .pub is lost"
	saved=
	for f in "$tree"/var/lib/doorward/old-hostkeys/*/"${k##*/}"; do
		! cmp -s "$f" "$golden/$k" || saved=yes
	done
	[ -n "$saved" ] || fail "$kind: the old key is lost"
done
left=$(find "$tree/etc/ssh" "$tree/var/lib/doorward" -name '.*')
[ -z "$left" ] || fail "left over: $left"
END
	step=${DW_KILL_STEP:-97}
	sweep 'host keys of a clone' clone-setup clone-check -w \
		"$DOORWARD" provision --stage local --root "$tree" --datasource nocloud --seed "$seed"
else
	tap_skip 'host keys of a clone' 'no ssh-keygen here to judge it'
fi

# The sweep must be able to find something: a writer that truncates in place does not pass.
script truncating <<'END'
exec dd if=/dev/null of="$tree/etc/file" bs=1 status=none
END
script blind-check <<'END'
[ -s "$tree/etc/file" ]
END
if "$killat" "$tap_dir/write-setup" "$tap_dir/blind-check" "$tap_dir/truncating" >/dev/null 2>&1; then
	tap_fail 'the sweep catches a writer that truncates'
else
	tap_ok 'the sweep catches a writer that truncates'
fi
tap_done
