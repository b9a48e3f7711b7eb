#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The units: valid, at most 4.0 exposed, and ordered so that only the local stage is before sshd.
# shellcheck disable=SC2317 # has and hasnt are called by tap_check

top=${DW_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/harness/tap.sh
. "$top/tests/harness/tap.sh" || exit 99

command -v systemd-analyze >/dev/null || tap_skip_all "systemd-analyze is not installed"

# systemd counts in tenths here: 40 is "4.0".
threshold=40

# words UNIT KEY: all values of a key, one a line.
words() {
	sed -n "s/^$2=//p" "$tap_dir/$1" | tr ' ' '\n' | grep . | sort -u
}

has() {
	words "$1" "$2" | grep -Fxq -e "$3"
}

hasnt() {
	! has "$@"
}

for unit in doorward-local.service doorward.service; do
	sed 's,@bindir@,/usr/bin,g' "$top/packaging/systemd/$unit.in" >"$tap_dir/$unit"
	tap_unlike "$unit has no unfilled place" "$(cat "$tap_dir/$unit")" '@[A-Za-z_]+@'
	tap_check "$unit is exposed by at most 4.0" systemd-analyze security --offline=true \
		--no-pager --threshold=$threshold "$tap_dir/$unit"
	# What is not installed on this machine (the program, its manual) is no fault of the unit.
	tap_is "systemd understands every line of $unit" "$(systemd-analyze verify "$tap_dir/$unit" 2>&1 |
		grep -F "$unit:" | grep -v -e 'is not executable' -e "Command 'man ")" ""
	tap_check "$unit: no platform (exit 3) is no failure" has "$unit" SuccessExitStatus 3
	tap_check "$unit: runs once" has "$unit" Type oneshot
	# Both were tried and broke the job: see docs/architecture.md.
	tap_check "$unit: openat2 stays allowed" hasnt "$unit" RestrictSUIDSGID yes
	tap_is "$unit: /etc is writable" "$(words "$unit" ProtectSystem)$(words "$unit" ReadWritePaths |
		grep -x /etc)" strict/etc
done

# The unit file that a test breaks must fail, or the threshold is not looked at.
sed '/^CapabilityBoundingSet=/d; /^SystemCallFilter=/d; /^DevicePolicy=/d; /^Device/d; /^Restrict/d' \
	"$tap_dir/doorward.service" >"$tap_dir/open.service"
tap_run systemd-analyze security --offline=true --no-pager --threshold=$threshold "$tap_dir/open.service"
tap_is "an opened sandbox is found" "$tap_status" 1

for name in ssh.service ssh.socket sshd.service sshd.socket network-pre.target \
	systemd-user-sessions.service sshd-keygen.service sshd-keygen@rsa.service; do
	tap_check "the local stage is before $name" has doorward-local.service Before $name
done
tap_check "the local stage waits for file systems" has doorward-local.service After local-fs.target
tap_check "the local stage does not settle udev" hasnt doorward-local.service After systemd-udev-settle.service
tap_check "the local stage does not wait for the network" hasnt doorward-local.service After network-online.target
tap_check "the local stage has no address family of a network" \
	hasnt doorward-local.service RestrictAddressFamilies AF_INET
tap_is "nothing is behind the network stage" "$(words doorward.service Before)" ""
tap_check "the network stage is after the local one" has doorward.service After doorward-local.service
tap_check "the network stage asks for the network" has doorward.service Wants network-online.target

# The program's own end must come first: seconds of the configuration's default against the unit's.
budget=$(sed -n 's/.*c->network_seconds = \([0-9]*\);.*/\1/p' "$top/agent/cmd/config.c")
limit=$(words doorward.service TimeoutStartSec)
tap_check "the unit's time limit (${limit}) is beyond the program's (${budget}s)" \
	test "${budget:-0}" -gt 0 -a "${limit%s}" -gt "${budget:-99999}"

tap_done
