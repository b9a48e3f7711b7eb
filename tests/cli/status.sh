#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward status`: states, exit statuses, waiting.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99

status() { tap_run "$DOORWARD" status --root "$world" "$@"; }

new_world
status
tap_is "before any run" "$tap_status" 1
status --wait --timeout 1
tap_is "waiting has an end" "$tap_status" 1
mkdir -p "$world/run/doorward"
printf 'state: running\n' >"$world/run/doorward/status"
status
tap_is "a run under way" "$tap_status" 0
(sleep 1; printf 'state: done\n' >"$world/run/doorward/status.new"
	mv "$world/run/doorward/status.new" "$world/run/doorward/status") &
status --wait --timeout 20
tap_is "--wait waits for its end" "$tap_status $tap_out" "0 state: done"
wait
printf 'state: running\n' >"$world/run/doorward/status"
: >"$world/run/doorward/lock"
status
tap_is "a run that was killed is no run" "$tap_status" 1
tap_like "a run that was killed: what to do" "$tap_err" 'killed.*doorward provision'
printf 'state: running\nmessage: waiting for the network\n' >"$world/run/doorward/status"
status
tap_is "waiting for the next stage is no death" "$tap_status" 0
printf 'rubbish\n' >"$world/run/doorward/status"
status
tap_is "a file that is not ours" "$tap_status" 1
new_seed i-1
provision
status
tap_like "after a run" "$tap_status $tap_out" '^0 state: done'
tap_like "the walls are shown" "$tap_out" 'walls: own user yes, landlock [0-9]+, seccomp yes'
status --json
tap_check "--json" "$PYTHON3" -c 'import json, sys; assert json.loads(sys.argv[1])["state"] == "done"' "$tap_out"
tap_is "for anybody" "$(stat -c %a "$world/run/doorward" "$world/run/doorward/status" "$world/run/doorward/status.json" | tr '\n' ' ')" "755 644 644 "
new_world
tap_run "$DOORWARD" provision --root "$world"
status
tap_is "no platform: its own state" "$tap_status ${tap_out%%$'\n'*}" "3 state: no-platform"
tap_done
