#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward hostkeys`: list, check, heal, adopt; judged by sshd -t and ssh-keygen.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99

hostkeys() { tap_run "$DOORWARD" hostkeys --root "$world" "$@"; }
dir() { echo "$world/etc/ssh"; }

new_world
hostkeys
tap_is "list: nothing there" "$tap_status $(awk '{print $2}' <<<"$tap_out" | sort -u)" "0 absent"
hostkeys check
tap_is "check: sshd would have no key" "$tap_status" 1
hostkeys heal --dry-run
tap_is "heal --dry-run changes nothing" "$(ls "$(dir)")" ""
hostkeys heal
tap_is "heal makes all" "$tap_status $(cd "$(dir)" && echo *_key)" "0 ssh_host_ecdsa_key ssh_host_ed25519_key ssh_host_rsa_key"
hostkeys check
tap_is "check: all well" "$tap_status" 0
before=$(cat "$(dir)"/*)
hostkeys heal
tap_is "heal again: nothing to do" "$tap_out" "nothing to do"
tap_is "heal again: nothing touched" "$(cat "$(dir)"/*)" "$before"

sshd=$(PATH=$PATH:/usr/sbin command -v sshd)
if [ -n "$sshd" ] && [ "$(id -u)" = 0 ]; then
	mkdir -p /run/sshd
	for type in ed25519 ecdsa rsa; do
		printf 'HostKey %s\nUsePAM no\n' "$(dir)/ssh_host_${type}_key" >"$tap_dir/sshd_config"
		tap_check "sshd loads the $type key" "$sshd" -t -f "$tap_dir/sshd_config"
	done
else
	tap_skip "sshd loads the keys" "sshd -t needs root and an installed sshd"
fi

: >"$(dir)/ssh_host_ed25519_key"
echo garbage >"$(dir)/ssh_host_ecdsa_key"
chmod 640 "$(dir)/ssh_host_rsa_key"
hostkeys check
tap_is "check: broken ones" "$tap_status" 2
hostkeys --json
tap_check "list --json" "$PYTHON3" -c '
import json, sys
assert [k["ok"] for k in json.loads(sys.argv[1])] == [False, False, False]' "$tap_out"
hostkeys heal
tap_is "heal: exit status" "$tap_status" 0
hostkeys check
tap_is "heal: all well again" "$tap_status" 0
tap_is "the garbage was put aside, not lost" "$(cat "$world"/var/lib/doorward/old-hostkeys/*/ssh_host_ecdsa_key)" garbage
cp "$(dir)/ssh_host_ed25519_key.pub" "$(dir)/ssh_host_rsa_key.pub"
hostkeys heal
tap_is "a .pub of another key is made anew" "$(cut -d' ' -f1 "$(dir)/ssh_host_rsa_key.pub")" ssh-rsa

new_seed i-9
mkdir -p "$world/var/lib/cloud/seed/nocloud"
cp "$seed"/* "$world/var/lib/cloud/seed/nocloud/"
keep=$(cat "$(dir)"/*_key)
hostkeys adopt --dry-run
tap_is "adopt: has no dry run" "$tap_status $(find "$world/var/lib/doorward" -name hostkeys | wc -l)" "64 0"
hostkeys adopt
tap_is "adopt" "$tap_status" 0
provision
tap_is "adopted keys survive the first provisioning" "$(cat "$(dir)"/*_key)" "$keep"
hostkeys polish
tap_is "unknown word" "$tap_status" 64
tap_done
