#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward detect`: by firmware, command line and seed; nothing; a contradiction; and no packet.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99

detect() { tap_run "$DOORWARD" detect --root "$world" "$@"; }
azure=7783-7084-3265-9085-8269-3286-77

new_world
detect
tap_is "nothing" "$tap_status" 3
echo $azure >"$world/sys/class/dmi/id/chassis_asset_tag"
detect
tap_like "Azure by its asset tag" "$tap_status $tap_out" "^0 azure .*$azure"
detect --json
tap_check "--json" "$PYTHON3" -c '
import json, sys
d = json.loads(sys.argv[1])
assert d["platform"] == "azure" and d["detected_by"], d' "$tap_out"
echo 'quiet ds=nocloud;i=i-1' >"$world/proc/cmdline"
detect
tap_is "contradictory signs are an error" "$tap_status" 1
tap_like "that names both" "$tap_err" 'azure.*nocloud|nocloud.*azure'
new_world
echo 'ds=nocloud;i=i-1' >"$world/proc/cmdline"
detect
tap_like "NoCloud by the command line" "$tap_out" '^nocloud '
new_world
new_seed i-1
mkdir -p "$world/var/lib/cloud/seed/nocloud"
cp "$seed"/* "$world/var/lib/cloud/seed/nocloud/"
detect
tap_like "NoCloud by its seed directory" "$tap_out" '^nocloud '
if command -v strace >/dev/null; then
	new_world
	echo $azure >"$world/sys/class/dmi/id/chassis_asset_tag"
	strace -f -qq -e trace=socket,connect,sendto,sendmsg -o "$tap_dir/trace" "$DOORWARD" detect --root "$world" >/dev/null 2>&1
	tap_is "not one socket is opened" "$(grep -c 'socket(' "$tap_dir/trace")" 0
else
	tap_skip "not one socket is opened" "strace is not installed"
fi
tap_done
