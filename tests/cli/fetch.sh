#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# doorward-fetch from outside: one record whatever happens, the right exit status, in time.

# shellcheck source=tests/harness/tap.sh
. "${DW_SRCDIR:?run me through make check or ./dev}/tests/harness/tap.sh" || exit 99
fetch=${DOORWARD_FETCH:-$DW_BUILDDIR/doorward-fetch}
chmod 755 "$tap_dir"
root=${tap_dir:?}/root

# A root of its own beneath $root, empty.
new_root() {
	rm -rf "${root:?}"
	mkdir -p "$root/sys/class/dmi/id" "$root/proc"
}

# put PATH TEXT beneath the root
put() {
	mkdir -p "$(dirname "$root/$1")"
	printf '%s\n' "$2" >"$root/$1"
}

# is_one_record: first line, and a last line that counts those before it
is_one_record() {
	[ "$(head -n 1 <<<"$tap_out")" = "doorward-record 1" ] &&
		[ "$(grep -c '^doorward-record' <<<"$tap_out")" = 1 ] &&
		[ "$(tail -n 1 <<<"$tap_out")" = "end $(($(wc -l <<<"$tap_out") - 1))" ]
}

start_sim() {
	rm -f "$tap_dir/ready"
	"$PYTHON3" "$DW_SRCDIR/tests/sim/sim" "$@" --port 0 --ready "$tap_dir/ready" \
		--requests "$tap_dir/seen" --lifetime 120 --quiet &
	sim=$!
	for _ in $(seq 200); do [ -e "$tap_dir/ready" ] && break; sleep 0.05; done
	read -r address port <"$tap_dir/ready"
	url=http://$address:$port
}

stop_sim() {
	kill "$sim"
	wait "$sim" 2>/dev/null
}

# --- wrong usage -------------------------------------------------------------------------------

for words in "--nonsense" "--stage tomorrow" "--stage" "--datasource nosuchcloud" "--deadline-ms soon" \
	"--deadline-ms -1" "--min-rsa-bits 99999999" "operand"; do
	# shellcheck disable=SC2086 # words are words
	tap_run "$fetch" $words
	tap_is "usage: $words" "$tap_status" 64
	tap_check "usage: $words: still a record" is_one_record
	tap_like "usage: $words: told on stderr, too" "$tap_err" .
done
tap_run "$fetch" --help
tap_is "--help" "$tap_status ${tap_out%% *}" "0 usage:"
tap_run "$fetch" --root "$tap_dir/missing"
tap_is "a root that is not there" "$tap_status" 1
tap_like "is told in the record" "$tap_out" 'failure: DW_ABSENT'

# --- no platform ---------------------------------------------------------------------------------

new_root
tap_run "$fetch" --root "$root"
tap_is "no sign of a platform" "$tap_status" 3
tap_like "no sign of a platform: a failure record" "$tap_out" $'^doorward-record 1\nfailure: DW_NOT_HERE\n'
tap_check "no sign of a platform: whole" is_one_record
tap_is "and not a word on stderr" "$tap_err" ""

# --- seeds ---------------------------------------------------------------------------------------

new_root
put var/lib/cloud/seed/nocloud/meta-data 'instance-id: i-1'
put var/lib/cloud/seed/nocloud/user-data '#cloud-config'
put sys/class/dmi/id/product_uuid 550E8400-E29B-41D4-A716-446655440000
tap_run "$fetch" --root "$root" --stage local
tap_is "a seed directory" "$tap_status" 0
tap_check "a seed directory: one record" is_one_record
tap_like "detected by it" "$tap_out" $'\nplatform: nocloud\ndetected_by: seed directory nocloud\n'
tap_like "with the machine's uuid in lower case" "$tap_out" \
	$'\nmachine_uuid: 550e8400-e29b-41d4-a716-446655440000\n'
tap_unlike "whole at the local stage" "$tap_out" is_partial
tap_run "$fetch" --root "$root" --detect-only
tap_like "--detect-only is partial" "$tap_out" $'\nis_partial: yes\n'
tap_unlike "--detect-only reads no documents" "$tap_out" instance_id
put run/systemd/container lxc
tap_run "$fetch" --root "$root"
tap_unlike "in a container firmware says nothing" "$tap_out" machine_uuid
rm "${root:?}/run/systemd/container"

mkdir "$tap_dir/seed"
printf 'instance-id: i-2\n' >"$tap_dir/seed/meta-data"
printf '#cloud-config\n' >"$tap_dir/seed/user-data"
tap_run "$fetch" --root "$root" --seed "$tap_dir/seed"
tap_like "--seed takes the place of the root's" "$tap_out" $'\ninstance_id: i-2\n'
rm -r "${root:?}/var/lib/cloud"
tap_run "$fetch" --root "$root" --seed "$tap_dir/seed"
tap_like "--seed is a sign of its platform" "$tap_out" $'\nplatform: nocloud\n'
rm "$tap_dir/seed/user-data"
tap_run "$fetch" --root "$root" --seed "$tap_dir/seed" --datasource nocloud
tap_like "--datasource needs no sign" "$tap_out" $'\ndetected_by: named by --datasource\n'
tap_run "$fetch" --root "$root" --seed "$tap_dir/nowhere"
tap_like "a --seed that is not there" "$tap_status $tap_out" '^1 .*failure: DW_ABSENT'

put proc/cmdline 'ro ds=nocloud;s=/srv/seed quiet'
put srv/seed/meta-data 'instance-id: i-3'
put srv/seed/user-data '#cloud-config'
tap_run "$fetch" --root "$root" --stage local
tap_like "s=/path on the command line is beneath the root" "$tap_out" $'\ninstance_id: i-3\n'
put proc/cmdline 'ro ds=nocloud;s=/srv/seed/../../../../../../../../../etc quiet'
tap_run "$fetch" --root "$root" --stage local
tap_is "and stays there" "$tap_status" 1

new_root
put proc/cmdline 'ds=nocloud'
mkdir -p "$root/var/lib/cloud/seed/nocloud"
head -c 20000000 /dev/zero >"$root/var/lib/cloud/seed/nocloud/user-data"
put var/lib/cloud/seed/nocloud/meta-data 'instance-id: i-4'
tap_run "$fetch" --root "$root" --stage local
tap_like "a giant document is refused by name" "$tap_status $tap_out" '^1 .*failure: DW_TOO_BIG.*user-data'

# --- the network -----------------------------------------------------------------------------------

new_root
put sys/class/dmi/id/chassis_asset_tag 7783-7084-3265-9085-8269-3286-77
put sys/class/dmi/id/product_uuid 550e8400-e29b-41d4-a716-446655440000
start_sim azure --admin alice
tap_run "$fetch" --root "$root" --stage local --metadata-url "$url"
tap_like "locally a cloud's identity is known" "$tap_status $tap_out" \
	$'^0 .*\ninstance_id: [0-9a-f-]+\nis_partial: yes\n'
tap_is "without a request" "$(wc -l <"$tap_dir/seen")" 0
tap_run strace -f -o "$tap_dir/log" -e trace=openat "$fetch" --root "$root" --stage local
tap_unlike "nor libcurl" "$(cat "$tap_dir/log")" libcurl
tap_run "$fetch" --root "$root" --metadata-url "$url"
tap_like "with the network it is whole" "$tap_status $tap_out" $'^0 .*\nuser: alice\n'
tap_is "after one request" "$(wc -l <"$tap_dir/seen")" 1
stop_sim

start_sim azure --fault hang
start=$EPOCHREALTIME
tap_run "$fetch" --root "$root" --metadata-url "$url" --deadline-ms 1500
ms=$(((${EPOCHREALTIME/./} - ${start/./}) / 1000))
tap_like "a server that hangs" "$tap_status $tap_out" '^1 .*failure: DW_TIMEOUT'
tap_check "costs no more than the deadline ($ms ms)" test "$ms" -lt 3500
stop_sim

for fault in truncate eof-body endless-body endless-headers redirect:file:///etc/passwd depth invalid-utf8; do
	start_sim azure --fault "$fault"
	tap_run "$fetch" --root "$root" --metadata-url "$url" --deadline-ms 2000
	tap_is "$fault: failed" "$tap_status" 1
	tap_check "$fault: one record" is_one_record
	tap_unlike "$fault: nothing of another file in it" "$tap_out" root:
	stop_sim
done

# --- odd surroundings -------------------------------------------------------------------------------

new_root
put var/lib/cloud/seed/nocloud/meta-data 'instance-id: i-5'
put var/lib/cloud/seed/nocloud/user-data '#cloud-config'
"$fetch" --root "$root" >"$tap_dir/file" 2>/dev/null
tap_is "a file for output" "$?" 0
"$fetch" --root "$root" >/dev/full 2>"$tap_dir/err"
tap_is "a full disk" "$?" 1
tap_like "is told" "$(cat "$tap_dir/err")" 'standard output'
"$fetch" --root "$root" >&- 2>/dev/null
tap_is "no output at all" "$?" 1
tap_run env -i "$fetch" --root "$root" </dev/null
tap_is "no environment" "$tap_status" 0
tap_done
