#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward fingerprints` says byte for byte what ssh-keygen says of the same keys.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99

root=${tap_dir:?}/root
mkdir -p "$root/etc/ssh"
for type in ed25519 ecdsa rsa; do
	ssh-keygen -q -t $type -N '' -C "root@web1" -f "$root/etc/ssh/ssh_host_${type}_key"
done
each() { for type in ed25519 ecdsa rsa; do ssh-keygen "$@" -f "$root/etc/ssh/ssh_host_${type}_key.pub"; done; }
show() { tap_run "$DOORWARD" fingerprints --root "$root" "$@"; }

show
tap_is "ssh-keygen -l" "$tap_out" "$(each -l)"
show --format md5
tap_is "ssh-keygen -l -E md5" "$tap_out" "$(each -l -E md5)"
show --format randomart
tap_is "ssh-keygen -lv" "$tap_out" "$(each -lv)"
show --format sshfp --host web1.example
tap_is "ssh-keygen -r" "$tap_out" "$(each -r web1.example)"
show --type ecdsa --format short
tap_is "the one word of a run-command" "$tap_out" \
	"$(ssh-keygen -lf "$root/etc/ssh/ssh_host_ecdsa_key.pub" | awk '{print $2}')"
show --format known-hosts --host web1.example --port 2222
printf '%s\n' "$tap_out" >"$tap_dir/known_hosts"
tap_is "known_hosts lines are found by ssh-keygen -F" \
	"$(ssh-keygen -F '[web1.example]:2222' -f "$tap_dir/known_hosts" | grep -vc '^#')" 3
show --format known-hosts --host 192.0.2.7
tap_is "known_hosts: plain on port 22" "$(cut -d' ' -f1 <<<"$tap_out" | sort -u)" 192.0.2.7
show --json
tap_check "json" "$PYTHON3" -c '
import json, sys
k = json.loads(sys.argv[1])
assert [x["type"] for x in k] == ["ssh-ed25519", "ecdsa-sha2-nistp256", "ssh-rsa"], k
assert [x["bits"] for x in k] == [256, 256, 3072], k' "$tap_out"

for word in '--format nonsense' '--type dsa' '--port 0' '--port 70000' '--host #x' 'operand'; do
	# shellcheck disable=SC2086 # words are words
	show $word
	tap_is "wrong usage: $word" "$tap_status" 64
done
rm "$root/etc/ssh/ssh_host_rsa_key.pub"
show --type rsa
tap_is "a type that is not there" "$tap_status" 1
tap_like "a type that is not there: what to do" "$tap_err" 'hostkeys heal'
printf 'ssh-rsa nonsense\n' >"$root/etc/ssh/ssh_host_rsa_key.pub"
show
tap_is "a broken .pub costs only itself" "$(wc -l <<<"$tap_out")" 2
tap_done
