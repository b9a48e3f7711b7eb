#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The Debian package in a chroot of its own: installs, upgrades, is removed and purged, and
# leaves what it promises to leave. Needs root, mmdebstrap and a Debian mirror.
# Usage: deb.sh [FILE.deb]   without one: the newest in build/, made by "./dev deb" if none
# shellcheck disable=SC2317 # functions are called by tap_check

top=${DW_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/harness/tap.sh
. "$top/tests/harness/tap.sh"

[ "$(id -u)" = 0 ] || tap_skip_all "needs root for a chroot"
command -v mmdebstrap >/dev/null || tap_skip_all "mmdebstrap is not installed"
command -v lintian >/dev/null || tap_skip_all "lintian is not installed"

newest() {
	find "$top/build" -maxdepth 1 -name 'doorward_*.deb' -printf '%T@ %p\n' 2>/dev/null |
		sort -n | tail -n 1 | cut -d' ' -f2-
}

deb=${1:-$(newest)}
if [ -z "$deb" ]; then
	tap_check "the package builds" "$top/dev" deb
	deb=$(newest)
fi
[ -f "$deb" ] || tap_skip_all "there is no package $deb"

tap_check "lintian finds no error" lintian --allow-root --fail-on error "$deb"

# The same package with a higher version, as an upgrade.
dpkg-deb -R "$deb" "$tap_dir/tree"
version=$(dpkg-deb -f "$deb" Version)
sed -i "s/^Version: .*/Version: $version+next/" "$tap_dir/tree/DEBIAN/control"
dpkg-deb --root-owner-group -b "$tap_dir/tree" "$tap_dir/next.deb" >"$tap_dir/build.log"

# What it depends on comes with the chroot, so that only the package itself makes a difference.
depends=$(dpkg-deb -f "$deb" Depends | tr ',' '\n' | sed 's/|.*//; s/(.*//; s/ //g' | paste -sd,)
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
root=$tap_dir/root
sources=()
for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.sources; do
	[ ! -s "$file" ] || sources+=("$file")
done
if ! mmdebstrap --quiet --variant=minbase --include="$depends,openssh-client" "$codename" "$root" \
	"${sources[@]}" >"$tap_dir/mmdebstrap.log" 2>&1; then
	tap_skip_all "mmdebstrap cannot make a chroot here: $(tail -n 1 "$tap_dir/mmdebstrap.log")"
fi

# With /proc, as package tools expect; in a mount namespace of its own, so none is left.
in_root() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount --propagation private sh -c '
		mount -t proc proc "$0/proc" && exec chroot "$0" env PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"' "$root" "$@"
}

install_deb() {
	cp "$1" "$root/package.deb"
	in_root dpkg --force-confold -i /package.deb
	local status=$?
	rm -f "$root/package.deb"
	return "$status"
}

# All files but those in which dpkg, debconf and the account tools keep their books.
snapshot() {
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp \) -prune -o \
		! -path './var/lib/dpkg/*' ! -path './var/log/*' ! -path './var/cache/*' \
		! -path './var/lib/systemd/*' ! -name 'passwd*' ! -name 'shadow*' ! -name 'group*' \
		! -name 'gshadow*' ! -name .pwd.lock -printf '%M %p\n' | sort)
}

is_enabled() {
	[ -L "$root/etc/systemd/system/multi-user.target.wants/$1" ]
}

isnt_enabled() {
	! is_enabled "$1"
}

mode_of() {
	stat -c '%a %U:%G' "$root$1"
}

snapshot >"$tap_dir/before"

# -- a fresh installation in an image: nothing runs --

ssh-keygen -q -t ed25519 -N '' -f "$tap_dir/key"
mkdir -p "$root/etc/ssh"
install -m 600 "$tap_dir/key" "$root/etc/ssh/ssh_host_ed25519_key"
tap_check "it installs" install_deb "$deb"
tap_is "the program runs" "$(in_root doorward --version)" "doorward ${version%%[-+]*}"
tap_check "the fetcher's account is there" in_root getent passwd doorward-fetch
tap_like "and cannot log in" "$(in_root getent passwd doorward-fetch)" "(nologin|false)$"
tap_check "the local unit is enabled" is_enabled doorward-local.service
tap_check "the network unit is enabled" is_enabled doorward.service
tap_is "state is root's alone" "$(mode_of /var/lib/doorward)" "700 root:root"
tap_check "an image's host keys are not adopted" test ! -e "$root/var/lib/doorward/hostkeys"
tap_run in_root doorward detect
tap_is "detect finds no platform in a chroot, or one: no crash" \
	"$(case $tap_status in 0 | 1 | 3) echo fine ;; *) echo "$tap_status" ;; esac)" fine

# -- an upgrade keeps what the administrator did --

echo "min_rsa_bits: 3072" >>"$root/etc/doorward/doorward.yaml"
in_root systemctl disable doorward.service >/dev/null 2>&1
echo state >"$root/var/lib/doorward/receipt"
tap_check "it upgrades" install_deb "$tap_dir/next.deb"
# shellcheck disable=SC2016 # dpkg-query fills it in
tap_is "to the new version" "$(in_root dpkg-query -W -f '${Version}' doorward)" "$version+next"
tap_check "a changed configuration stays" grep -q 3072 "$root/etc/doorward/doorward.yaml"
tap_check "a disabled unit stays disabled" isnt_enabled doorward.service
tap_check "an enabled one stays enabled" is_enabled doorward-local.service
tap_check "state stays" test -e "$root/var/lib/doorward/receipt"

# -- removed, purged --

mkdir -p "$root/etc/sudoers.d" "$root/run/issue.d"
echo "alice ALL=(ALL) ALL" >"$root/etc/sudoers.d/90-doorward-users"
echo banner >"$root/run/issue.d/60-doorward.issue"
tap_check "it is removed" in_root dpkg -r doorward
tap_check "removal keeps state" test -e "$root/var/lib/doorward/receipt"
tap_check "removal keeps the configuration" test -e "$root/etc/doorward/doorward.yaml"
tap_check "it is purged" in_root dpkg -P doorward
tap_check "purging keeps the sudo rules of people" test -e "$root/etc/sudoers.d/90-doorward-users"
tap_check "purging keeps the host keys" test -e "$root/etc/ssh/ssh_host_ed25519_key"
rm -r "$root/etc/sudoers.d" "$root/run/issue.d" "$root/etc/ssh/ssh_host_ed25519_key"
snapshot >"$tap_dir/after"
tap_is "nothing else is left" "$(diff "$tap_dir/before" "$tap_dir/after" | grep '^[<>]')" ""

# -- on a machine that is up: its host keys are its own --

install -m 600 "$tap_dir/key" "$root/etc/ssh/ssh_host_ed25519_key"
mkdir -p "$root/run/systemd/system"
tap_check "it installs on a machine that is up" install_deb "$deb"
tap_like "the host keys are adopted" "$(cat "$root/var/lib/doorward/hostkeys" 2>&1)" "^doorward-state 1"
tap_is "and untouched" "$(cat "$root/etc/ssh/ssh_host_ed25519_key")" "$(cat "$tap_dir/key")"
tap_check "no run was made" test ! -e "$root/var/lib/doorward/receipt"

tap_done
