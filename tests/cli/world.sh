# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A small world for the verbs' tests: source it after tap.sh.

# new_world: $world is a tree like a freshly installed Debian, without keys and accounts.
new_world() {
	world=${tap_dir:?}/world
	rm -rf "${world:?}"
	mkdir -p "$world"/{bin,dev,etc/ssh,etc/sudoers.d,home,proc,run,sys/class/dmi/id,var/lib}
	printf 'root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34:backup:/var/backups:/usr/sbin/nologin\n' \
		>"$world/etc/passwd"
	printf 'root:*:19000:0:99999:7:::\nbackup:*:19000:0:99999:7:::\n' >"$world/etc/shadow"
	printf 'root:x:0:\nadm:x:4:\nsudo:x:27:\nbackup:x:34:\n' >"$world/etc/group"
	printf 'UID_MIN 1000\nUID_MAX 60000\nHOME_MODE 0700\n' >"$world/etc/login.defs"
	printf 'ID=debian\n' >"$world/etc/os-release"
	printf '@includedir /etc/sudoers.d\n' >"$world/etc/sudoers"
	printf 'console=ttyS0\n' >"$world/proc/cmdline"
	: >"$world/dev/console"
	: >"$world/bin/bash"
	chmod 755 "$world/bin/bash"
}

# seed NAME TEXT: one file of a NoCloud seed in $seed
seed() {
	seed=${tap_dir:?}/seed
	mkdir -p "$seed"
	printf '%s\n' "$2" >"$seed/$1"
}

# new_seed ID: a seed with the keys $key_a (default user) in the platform's own list
new_seed() {
	rm -rf "${tap_dir:?}/seed"
	[ -e "$tap_dir/a" ] || ssh-keygen -q -t ed25519 -N '' -C alice@laptop -f "$tap_dir/a"
	[ -e "$tap_dir/b" ] || ssh-keygen -q -t rsa -b 2048 -N '' -C bob -f "$tap_dir/b"
	key_a=$(cat "$tap_dir/a.pub")
	key_b=$(cat "$tap_dir/b.pub")
	seed meta-data "instance-id: $1
local-hostname: web1
public-keys:
  - $key_a"
	seed user-data "#cloud-config"
}

# provision ARG...: with the seed, in the world
provision() {
	tap_run "$DOORWARD" provision --root "$world" --datasource nocloud --seed "$seed" "$@"
}
