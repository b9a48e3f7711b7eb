#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The walls of doorward-fetch are up before the first byte that somebody else wrote is read.

# shellcheck source=tests/harness/tap.sh
. "${DW_SRCDIR:?run me through make check or ./dev}/tests/harness/tap.sh" || exit 99

[ "$(id -u)" = 0 ] || tap_skip_all "needs root: it is about giving root up"
command -v strace >/dev/null || tap_skip_all "needs strace"
fetch=${DOORWARD_FETCH:-$DW_BUILDDIR/doorward-fetch}

root=${tap_dir:?}/root
chmod 755 "$tap_dir"
mkdir -p "$root/sys/class/dmi/id" "$root/proc" "$root/var/lib/cloud/seed/nocloud" "$root/srv/seed"
echo QEMU >"$root/sys/class/dmi/id/sys_vendor"
echo none-of-it >"$root/sys/class/dmi/id/product_serial"
echo 550e8400-e29b-41d4-a716-446655440000 >"$root/sys/class/dmi/id/product_uuid"
echo quiet >"$root/proc/cmdline"
chmod 0400 "$root/sys/class/dmi/id/product_"{uuid,serial}
printf 'instance-id: i-1\n' | tee "$root/srv/seed/meta-data" >"$root/var/lib/cloud/seed/nocloud/meta-data"
printf '#cloud-config\n' | tee "$root/srv/seed/user-data" >"$root/var/lib/cloud/seed/nocloud/user-data"
chmod 0600 "$root/var/lib/cloud/seed/nocloud/"*

# early_reads LOG: what a process read beneath the root before its own seccomp filter was in force,
# and whether the four walls came in their order.
early_reads() {
	awk -v root="$root/" '
	{ pid = $1 }
	/ setresuid\(/ && / = 0$/ { uid[pid] = ++n }
	/ prctl\(PR_SET_NO_NEW_PRIVS, 1/ && / = 0$/ { nnp[pid] = ++n }
	/ landlock_restrict_self\(/ && / = 0$/ { landlock[pid] = ++n }
	/ seccomp\(SECCOMP_SET_MODE_FILTER/ && / = 0$/ { seccomp[pid] = ++n }
	/ (read|pread64|readv|mmap)\(/ && index($0, "<" root) {
		reads++
		if (!(pid in seccomp) || !(uid[pid] < nnp[pid] && nnp[pid] < landlock[pid] &&
		      landlock[pid] < seccomp[pid] && uid[pid]))
			print "early: " $0
	}
	/ connect\(/ && !(pid in seccomp) { print "early: " $0 }
	END { print (reads > 0 ? "some" : "no") " reads" }' "$1"
}

for stage in local any; do
	tap_run strace -f -y -o "$tap_dir/log" "$fetch" --root "$root" --stage "$stage"
	tap_like "a record comes ($stage)" "$tap_out" 'instance_id: i-1'
	tap_is "no foreign byte is read before the walls ($stage)" "$(early_reads "$tap_dir/log")" "some reads"
	grep -v 'seccomp(' "$tap_dir/log" >"$tap_dir/late"
	tap_like "this check notices a missing wall ($stage)" "$(early_reads "$tap_dir/late")" '^early: '
	tap_like "the record says which walls ($stage)" "$tap_out" \
		$'walls.uid: yes\nwalls.landlock: [1-9][0-9]*\nwalls.seccomp: yes'
done

# A directory that the firmware names: found out by a child without rights, opened by us, read later.
echo 'ds=nocloud;s=/srv/seed/' >"$root/sys/class/dmi/id/product_serial"
rm -r "${root:?}/var/lib/cloud"
tap_run strace -f -y -o "$tap_dir/log" "$fetch" --root "$root" --stage local
tap_like "a seed that the serial number names is found" "$tap_out" 'instance_id: i-1'
tap_is "by a child that reads it behind its own walls" "$(early_reads "$tap_dir/log")" "some reads"
tap_is "two processes had their walls" \
	"$(grep -c 'seccomp(SECCOMP_SET_MODE_FILTER.* = 0$' "$tap_dir/log")" 2

tap_run strace -f -o "$tap_dir/log" -e trace=%file "$fetch" --root "$root" --stage local
tap_is "nothing of this machine is opened but libraries and the list of users" \
	"$(grep -oE 'openat2?\([^,]+, "[^"]+"' "$tap_dir/log" | sed 's/.*"\(.*\)"/\1/' |
		grep -vE '^(/etc/ld\.so\.|(/usr)?/lib|etc/passwd$|/$|/proc/self/|/sys/kernel/mm/)' |
		grep '^/' | grep -vF "$root" | sort -u)" ""

# Held in the middle of a request, looked at from outside.
ready=$tap_dir/ready
echo 7783-7084-3265-9085-8269-3286-77 >"$root/sys/class/dmi/id/chassis_asset_tag"
rm "${root:?}/sys/class/dmi/id/product_serial"
"$PYTHON3" "$DW_SRCDIR/tests/sim/sim" azure --port 0 --ready "$ready" --requests "$tap_dir/seen" \
	--fault hang --lifetime 60 --quiet &
sim=$!
for _ in $(seq 200); do [ -e "$ready" ] && break; sleep 0.05; done
read -r address port <"$ready"
"$fetch" --root "$root" --metadata-url "http://$address:$port" --deadline-ms 20000 >"$tap_dir/out" 2>&1 9</etc/shadow &
pid=$!
for _ in $(seq 200); do [ -s "$tap_dir/seen" ] && break; sleep 0.05; done
status=$(cat "/proc/$pid/status")
tap_like "not root in any of its four ids" "$status" $'\nUid:\t([1-9][0-9]*)\t\\1\t\\1\t\\1\n'
tap_unlike "not even in its groups" "$(grep -E '^(Gid|Groups):' <<<"$status")" '[[:space:]]0([[:space:]]|$)'
tap_like "no capability" "$status" $'CapPrm:\t0+\n.*CapEff:\t0+\n'
tap_like "no_new_privs" "$status" $'\nNoNewPrivs:\t1\n'
tap_like "seccomp filters" "$status" $'\nSeccomp:\t2\n'
tap_is "no descriptor but its three, those of facts, and one socket" \
	"$(find "/proc/$pid/fd" -lname '*' -printf '%l\n' | grep -vE "^($root/|/dev/|pipe:|socket:|anon_inode:)" |
		grep -vF "$tap_dir/out")" ""
tap_like "no core dumps" "$(cat "/proc/$pid/limits")" 'Max core file size +0 +0'
kill "$pid" "$sim"
wait "$pid" "$sim" 2>/dev/null

# Without root there is nothing to drop, and the other walls go up all the same.
chmod -R a+rX "${root:?}"
tap_run setpriv --reuid 65534 --regid 65534 --clear-groups "$fetch" --root "$root" --stage local
tap_like "as a plain user too" "$tap_out" $'walls.uid: yes\nwalls.landlock: [1-9][0-9]*\nwalls.seccomp: yes'
tap_done
