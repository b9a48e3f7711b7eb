#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# `doorward provision` on a tree: plan, apply, again, another instance, failures; judged by OpenSSH's tools.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99

keys=home/debian/.ssh/authorized_keys
mode() { stat -c %a "$world/$1"; }
stamp() { stat -c '%i %Y %Z' "$world/$1"; }
prints() { for f in "$world"/etc/ssh/*_key.pub; do ssh-keygen -lf "$f"; done | sort; }

# --- the plan changes nothing ------------------------------------------------------------------
new_world
new_seed i-1
before=$(find "$world" -printf '%p %T@ %s\n' | sort)
provision --dry-run
tap_is "dry run: exit status" "$tap_status" 0
tap_is "dry run: nothing is touched" "$(find "$world" -printf '%p %T@ %s\n' | sort)" "$before"
tap_like "dry run: tells the account" "$tap_out" 'user-create +debian'
tap_like "dry run: tells the key by its fingerprint" "$tap_out" "$(ssh-keygen -lf "$tap_dir/a.pub" | cut -d' ' -f2 | sed 's/[+]/[+]/g')"
provision --dry-run --json
tap_check "dry run: --json is JSON with planned operations" "$PYTHON3" -c '
import json, sys
ops = json.loads(sys.argv[1])
assert {o["outcome"] for o in ops} == {"planned"}, ops
assert {"user-create", "keys-add", "hostkey-make", "sudoers", "hostname"} <= {o["op"] for o in ops}, ops' "$tap_out"

# --- for real ----------------------------------------------------------------------------------
provision
tap_is "provision: exit status" "$tap_status" 0
tap_is "the key is there, once" "$(cat "$world/$keys")" "$key_a"
tap_is "modes of .ssh and authorized_keys" "$(mode home/debian/.ssh) $(mode $keys)" "700 600"
tap_is "the password is locked as *" "$(grep ^debian: "$world/etc/shadow" | cut -d: -f2)" "*"
tap_is "hostname" "$(cat "$world/etc/hostname")" web1
tap_is "sudoers: mode" "$(mode etc/sudoers.d/90-doorward-users)" 440
tap_like "sudoers: rule" "$(cat "$world/etc/sudoers.d/90-doorward-users")" 'debian ALL=\(ALL:ALL\) NOPASSWD:ALL'
for type in ed25519 ecdsa rsa; do
	tap_is "$type host key: modes" "$(mode etc/ssh/ssh_host_${type}_key) $(mode etc/ssh/ssh_host_${type}_key.pub)" "600 644"
	tap_is "$type host key: ssh-keygen derives the .pub from it" \
		"$(ssh-keygen -y -f "$world/etc/ssh/ssh_host_${type}_key" | cut -d' ' -f1,2)" \
		"$(cut -d' ' -f1,2 "$world/etc/ssh/ssh_host_${type}_key.pub")"
done
console=$(cat "$world/dev/console")
for f in "$world"/etc/ssh/*_key.pub; do
	tap_like "console has ssh-keygen's line of ${f##*/}" "$console" "$(ssh-keygen -lf "$f" | cut -d' ' -f1,2 | sed 's/[+]/[+]/g')"
	tap_like "console has the key of ${f##*/}" "$console" "$(cut -d' ' -f2 "$f" | sed 's/[+]/[+]/g')"
done
tap_like "banner" "$(cat "$world/run/issue.d/60-doorward.issue")" "$(ssh-keygen -lf "$world/etc/ssh/ssh_host_rsa_key.pub" | cut -d' ' -f2 | sed 's/[+]/[+]/g')"
tap_check "status.json is JSON, state done" "$PYTHON3" -c '
import json, sys
s = json.load(open(sys.argv[1]))
assert s["state"] == "done" and s["keys"] == 1 and s["instance_id"] == "i-1" and len(s["hostkeys"]) == 3, s
assert s["walls"]["seccomp"] is True, s' "$world/run/doorward/status.json"
tap_is "state directory is private" "$(mode var/lib/doorward) $(mode var/lib/doorward/receipt)" "700 600"

# --- again: nothing to do ----------------------------------------------------------------------
key_stamp=$(stamp $keys)
host_stamp=$(stamp etc/ssh/ssh_host_rsa_key)
: >"$world/dev/console"
provision
tap_is "again: says so" "$tap_status $tap_out" "0 nothing to do"
tap_is "again: authorized_keys untouched" "$(stamp $keys)" "$key_stamp"
tap_is "again: host keys untouched" "$(stamp etc/ssh/ssh_host_rsa_key)" "$host_stamp"
tap_like "again: fingerprints are printed at every boot" "$(cat "$world/dev/console")" 'BEGIN SSH HOST KEY KEYS'

# --- what the administrator wrote stays --------------------------------------------------------
printf '# by hand\nfrom="10.0.0.0/8" %s\nno key at all' "$key_b" >"$world/$keys"
by_hand=$(cat "$world/$keys")
seed user-data "#cloud-config
ssh_authorized_keys:
  - $key_b"
provision --force
tap_is "force: a restricted key is not added a second time, the rest byte for byte" \
	"$(cat "$world/$keys")" "$by_hand
$key_a"

# --- one bad key among three -------------------------------------------------------------------
new_world
new_seed i-2
seed user-data "#cloud-config
ssh_authorized_keys:
  - $key_b
  - ssh-rsa AAAAB3NzaC1yc2EAAAADAQ"
provision
tap_is "one bad key: still fine" "$tap_status" 0
tap_is "one bad key: the good ones are there" "$(sort "$world/$keys")" "$(printf '%s\n' "$key_a" "$key_b" | sort)"
tap_like "one bad key: told with line and column" "$tap_err" 'user-data:4:5: '
provision --force --strict
tap_is "one bad key: degraded with --strict" "$tap_status" 2
tap_run "$DOORWARD" status --root "$world"
tap_is "one bad key: status is degraded" "$tap_status ${tap_out%%$'\n'*}" "2 state: degraded"

# --- a failed fetch is never "no keys" ---------------------------------------------------------
new_world
new_seed i-3
provision
good=$(cat "$world/$keys")
printf 'a: [\n' >"$seed/meta-data"
provision --force
tap_is "broken meta-data: exit status" "$tap_status" 1
tap_like "broken meta-data: names the place" "$tap_err" 'meta-data.*[0-9]'
tap_is "broken meta-data: the keys stay" "$(cat "$world/$keys")" "$good"
tap_run "$DOORWARD" status --root "$world"
tap_is "broken meta-data: status" "$tap_status ${tap_out%%$'\n'*}" "1 state: failed"

# --- host keys: another machine, a healed one --------------------------------------------------
new_world
new_seed i-4
echo 550e8400-e29b-41d4-a716-446655440000 >"$world/sys/class/dmi/id/product_uuid"
provision
first=$(prints)
echo 11111111-e29b-41d4-a716-446655440000 >"$world/sys/class/dmi/id/product_uuid"
provision
tap_is "moved to another hypervisor, same id: same host keys" "$(prints)" "$first"
seed meta-data "instance-id: i-5"
echo 22222222-e29b-41d4-a716-446655440000 >"$world/sys/class/dmi/id/product_uuid"
provision
tap_is "a clone: exit status" "$tap_status" 0
tap_is "a clone: no host key in common" "$(comm -12 <(prints) <(echo "$first") | wc -l)" 0
tap_is "a clone: the old keys were put aside" "$(find "$world/var/lib/doorward/old-hostkeys" -name '*_key' | wc -l)" 3
second=$(prints)
: >"$world/etc/ssh/ssh_host_ecdsa_key"
rm "$world/etc/ssh/ssh_host_rsa_key.pub"
provision
tap_is "an empty key is healed, a lost .pub made again, the others kept" \
	"$(prints | grep -v ECDSA)" "$(echo "$second" | grep -v ECDSA)"
tap_check "the healed key is a key" ssh-keygen -y -f "$world/etc/ssh/ssh_host_ecdsa_key"

# --- a worker that cannot work this once is no finding about the file ------------------------------
if command -v strace >/dev/null; then
	new_world
	new_seed i-10
	printf 'debian:x:%s:%s::/home/debian:/bin/bash\n' "$(id -u)" "$(id -g)" >>"$world/etc/passwd"
	sed -i "s/^UID_MIN.*/UID_MIN 0/" "$world/etc/login.defs"
	printf 'allow_system_users: true\n' | install -D -m 644 /dev/stdin "$world/etc/doorward/doorward.yaml"
	mkdir -p "$world/home/debian/.ssh"
	chmod 700 "$world/home/debian" "$world/home/debian/.ssh"
	chmod 755 "$tap_dir"
	tap_run env ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=prlimit64 \
		-e inject=prlimit64:error=EPERM "$DOORWARD" provision --root "$world" --datasource nocloud --seed "$seed"
	tap_is "a worker without limits: the run fails" "$tap_status" 1
	tap_check "a worker without limits: no receipt" test ! -e "$world/var/lib/doorward/receipt"
	provision
	tap_is "the next run has the key" "$tap_status $(cat "$world/$keys")" "0 $key_a"
else
	tap_skip "a worker that cannot work this once" "strace is not installed"
fi

# --- the medium is taken out after the first boot ------------------------------------------------
new_world
new_seed i-8
mkdir -p "$world/var/lib/cloud/seed"
cp -r "$seed" "$world/var/lib/cloud/seed/nocloud"
tap_run "$DOORWARD" provision --root "$world"
tap_is "seed directory: provisioned" "$tap_status" 0
third=$(prints)
rm -r "$world/var/lib/cloud"
rm "$world/run/doorward/record"
: >"$world/etc/ssh/ssh_host_ed25519_key"
tap_run "$DOORWARD" provision --root "$world"
tap_is "no sign of the platform any more: fine" "$tap_status" 0
tap_run "$DOORWARD" status --root "$world"
tap_like "no sign of the platform any more: status" "$tap_status $tap_out" '^0 state: done'
tap_is "no sign of the platform any more: a record for anybody" "$(mode run/doorward/record)" 644
tap_is "no sign of the platform any more: keys stay" "$(cat "$world/$keys")" "$key_a"
tap_is "no sign of the platform any more: good host keys stay" "$(prints | grep -v ED25519)" "$(echo "$third" | grep -v ED25519)"
tap_check "no sign of the platform any more: the empty one is healed" ssh-keygen -y -f "$world/etc/ssh/ssh_host_ed25519_key"

# --- who may not be given keys -----------------------------------------------------------------
new_world
new_seed i-6
seed user-data "#cloud-config
users:
  - default
  - name: backup
    ssh_authorized_keys: ['$key_b']
    sudo: ALL=(ALL) NOPASSWD:ALL
  - name: ../evil
    ssh_authorized_keys: ['$key_b']"
provision
tap_is "system user: the run is fine" "$tap_status" 0
tap_like "system user: refused and told" "$tap_err" 'user backup: .*system account'
tap_unlike "system user: no sudo rule" "$(cat "$world/etc/sudoers.d/90-doorward-users")" backup
tap_is "others are served" "$(cat "$world/$keys")" "$key_a"

# --- the local stage ---------------------------------------------------------------------------
new_world
new_seed i-7
provision --stage local
tap_is "local stage: no RSA key yet" "$(cd "$world/etc/ssh" && echo *_key)" "ssh_host_ecdsa_key ssh_host_ed25519_key"
tap_is "local stage: the whole job from a local seed" "$(cat "$world/$keys")" "$key_a"
provision --stage network
tap_is "network stage: the RSA key" "$tap_status $(ls "$world/etc/ssh/ssh_host_rsa_key")" "0 $world/etc/ssh/ssh_host_rsa_key"

new_world
new_seed i-8
seed user-data "#cloud-config
ssh_genkeytypes: [rsa]"
provision --stage local
tap_is "local stage: RSA alone is not left to the network stage" "$(cd "$world/etc/ssh" && echo *_key)" ssh_host_rsa_key

new_world
tap_run "$DOORWARD" provision --root "$world" --stage local
tap_is "local stage without a platform: exit status" "$tap_status" 3
tap_run "$DOORWARD" status --root "$world"
tap_like "local stage without a platform: the verdict is the network stage's" "$tap_out" \
	'^state: running.*waiting for the network stage'

# --- wrong usage -------------------------------------------------------------------------------
tap_run "$DOORWARD" provision --stage tomorrow
tap_is "wrong stage" "$tap_status" 64
tap_run "$DOORWARD" provision --root "$tap_dir/nowhere" --dry-run
tap_is "a root that is not there" "$tap_status" 1
new_world
tap_run "$DOORWARD" provision --root "$world"
tap_is "no platform" "$tap_status" 3
tap_check "no platform: host keys all the same" ssh-keygen -lf "$world/etc/ssh/ssh_host_ed25519_key"
new_world
printf 'datasource: nocloud\ncolour: red\n' | install -D -m 644 /dev/stdin "$world/etc/doorward/doorward.yaml"
tap_run "$DOORWARD" provision --root "$world"
tap_is "configuration: an unknown key is an error" "$tap_status" 1
tap_check "configuration: host keys and fingerprints all the same" grep -q "$(ssh-keygen -lf "$world/etc/ssh/ssh_host_rsa_key" | cut -d' ' -f2)" "$world/dev/console"
tap_like "configuration: status" "$(cat "$world/run/doorward/status")" '^state: failed'
tap_like "configuration: with file, line and column" "$tap_err" '/etc/doorward/doorward.yaml:2:1: unknown key'
tap_done
