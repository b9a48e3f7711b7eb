#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward query`: the record, one field, JSON; before the first run; as anybody.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99

query() { tap_run "$DOORWARD" query --root "$world" "$@"; }

new_world
query
tap_is "before the first run" "$tap_status" 1
tap_like "before the first run: what to do" "$tap_err" 'doorward provision'
new_seed i-1
provision
query
tap_like "all" "$tap_status $tap_out" '^0 platform: nocloud'
query instance_id
tap_is "one field" "$tap_status $tap_out" "0 i-1"
query users
tap_is "users" "$tap_out" debian
query keys
tap_is "keys" "$tap_out" "$key_a"
query region
tap_is "a field that the platform does not have" "$tap_status" 1
query colour
tap_is "an unknown name" "$tap_status" 64
query --json
tap_check "--json: schema 1" "$PYTHON3" -c '
import json, sys
r = json.loads(sys.argv[1])
assert r["schema"] == 1 and r["platform"] == "nocloud" and r["hostname"] == "web1", r
(u,) = r["users"]
assert u["name"] == "debian" and u["admin"] is True, u
assert u["keys"][0]["fingerprint"] == sys.argv[2], u
assert r["region"] is None and r["refused"] == []' "$tap_out" "$(ssh-keygen -lf "$tap_dir/a.pub" | cut -d' ' -f2)"
tap_is "the record for anybody is readable by all" "$(stat -c %a "$world/run/doorward/record")" 644
rm "$world/run/doorward/record"
query instance_id
tap_is "after a reboot: the saved one" "$tap_out" i-1
tap_run "$DOORWARD" query colour --root "$tap_dir"
tap_like "an unknown name is told before any record is looked for" "$tap_status $tap_err" "^64 .*unknown name 'colour'"
head -c 100 "$world/var/lib/doorward/record" >"$world/run/doorward/record"
query
tap_is "a torn record is never shown" "$tap_status" 1
tap_done
