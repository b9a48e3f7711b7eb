#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Accounts made with the distribution's own tools: in copies of /etc and /home that only this test sees.

if [ "$(id -u)" = 0 ] && [ -z "$ACCOUNTS_IN_NAMESPACE" ]; then
	ACCOUNTS_IN_NAMESPACE=1 exec unshare --mount --propagation private bash "$0"
fi
. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
[ "$(id -u)" = 0 ] || tap_skip_all "needs root: it makes accounts"
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99
command -v useradd >/dev/null || tap_skip_all "no useradd here"

# From here on nothing reaches the machine's own files: without both mounts the test must not run.
cp -a /etc "$tap_dir/etc" || exit 99
mount -t tmpfs tmpfs /home || tap_skip_all "cannot mount here"
mount --bind "$tap_dir/etc" /etc || exit 99
trap 'umount /etc; umount /home; rm -rf "${tap_dir:?}"' EXIT
name=dwtest$$
getent group adm >/dev/null || groupadd adm
rm -f /etc/passwd.lock /etc/shadow.lock /etc/group.lock /etc/gshadow.lock

tap_check 'an account is made' "$drive" user / "$name" adm
tap_is 'its password is a star' "$(grep "^$name:" /etc/shadow | cut -d: -f2)" '*'
tap_is 'it is in the group asked for' "$(id -nG "$name" | tr ' ' '\n' | grep -x adm)" adm
tap_is 'its primary group has its name' "$(id -gn "$name")" "$name"
tap_is 'its home belongs to it' "$(stat -c %U "/home/$name")" "$name"
tap_is 'its shell' "$(getent passwd "$name" | cut -d: -f7)" /bin/sh
tap_run "$drive" user / "$name" adm
tap_is 'a second time it is refused' "$tap_status" 1
tap_like 'and why' "$tap_err" 'exists already'

usermod -p '!' "$name"
tap_check 'a bare "!" is unlocked' "$drive" unlock / "$name"
tap_is 'to a star' "$(grep "^$name:" /etc/shadow | cut -d: -f2)" '*'
# shellcheck disable=SC2016 # a hash, not a variable
usermod -p '!$6$salt$hash' "$name"
tap_check 'a locked hash is no failure' "$drive" unlock / "$name"
# shellcheck disable=SC2016
tap_is 'and stays as it is' "$(grep "^$name:" /etc/shadow | cut -d: -f2)" '!$6$salt$hash'

groupadd "${name}g"
tap_check 'a group of that name is taken as primary group' "$drive" user / "${name}g" adm
tap_is 'it is' "$(id -gn "${name}g")" "${name}g"

tap_run "$drive" user / "${name}x" no-such-group-here
tap_is 'a missing group: refused' "$tap_status" 1
tap_like 'a missing group: what to do' "$tap_err" 'groupadd'
tap_is 'a missing group: no account' "$(getent passwd "${name}x")" ''

mkdir "/home/${name}h"
chown 4343 "/home/${name}h"
tap_run "$drive" user / "${name}h" adm
tap_like 'a home of somebody else: what to do' "$tap_err" 'belongs to uid 4343: chown -R'

# useradd itself waits for a lock; an empty lock file it does not believe, and fails at once.
: >/etc/passwd.lock
tap_run "$drive" user / "${name}l" adm
tap_is 'a stale lock: refused' "$tap_status" 1
tap_like 'a stale lock: what to do' "$tap_err" '/etc/passwd.lock exists'
rm -f /etc/passwd.lock

mount -o remount,ro,bind /etc
tap_run "$drive" user / "${name}r" adm
mount -o remount,rw,bind /etc
tap_is 'a read-only /etc: refused' "$tap_status" 1
tap_like 'a read-only /etc: what to do' "$tap_err" 'mounted read-only'
tap_done
