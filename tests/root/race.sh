#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# A user swaps .ssh and the key file with links to root's files while root updates keys: nothing escapes.
# DW_RACE_COUNT: how many updates (2,000; the full run is 10,000).

. "${DW_SRCDIR:?is not set}/tests/harness/tap.sh" || exit 99
[ "$(id -u)" = 0 ] || tap_skip_all "needs root: the attacker is another user"
. "$DW_SRCDIR/tests/harness/apply.sh" || exit 99

count=${DW_RACE_COUNT:-2000}
attackers=()
trap 'kill "${attackers[@]}" 2>/dev/null; rm -rf "$tap_dir"' EXIT

new_tree
with_keys 'key 0
'
mkdir -p "$tree/root-dir"
echo 'root key' >"$tree/root-dir/authorized_keys"
chmod 777 "$tree/root-dir" # what gives way, if anything does, is the writer and not this mode
chmod 600 "$tree/root-dir/authorized_keys"
ln -s "$tree/root-dir" "$tree/home/u/.evil"
ln -s "$tree/root-dir/authorized_keys" "$tree/home/u/.ssh/evil"
chown -hR 4242:4242 "$tree/home/u"

canary() {
	stat -c '%n %u %g %a %s %Y %Z %h %i' "$tree/root-dir/authorized_keys"
	cat "$tree/root-dir/authorized_keys"
	ls -A "$tree/root-dir"
}

storm() {
	timeout 120 "$drive" storm "$tree" u 4242 4242 /home/u "$count"
}

before=$(canary)
"${user_run[@]}" "$race" "$tree/home/u" .ssh .evil &
attackers+=($!)
"${user_run[@]}" "$race" "$tree/home/u/.ssh" authorized_keys evil &
attackers+=($!)
answer=$(storm)
status=$?
running=0
for pid in "${attackers[@]}"; do
	kill "$pid" && running=$((running + 1))
	wait "$pid" 2>/dev/null
done
attackers=()

tap_is 'the updates came to their end' "$status" 0
tap_is 'the attackers ran until then' "$running" 2
tap_is "root's file is what it was" "$(canary)" "$before"
echo "# $answer"
tap_like 'the attack did not simply stop all updates' "$answer" '^done=[1-9][0-9]* of='
tap_done
