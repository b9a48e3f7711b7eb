# SPDX-License-Identifier: Apache-2.0
# What `run` and `boot-bench` share: options, the checks before the start, the way into the namespaces.
# Sourced by bash; sets the variables deb, work, cache, keep and the array rest.

# Debian packages whose tools are used here.
VM_PACKAGES=(mmdebstrap qemu-system-x86 qemu-utils dnsmasq-base genisoimage dosfstools mtools
	e2fsprogs iproute2 util-linux openssh-client openssl python3)

die() { printf '%s: %s\n' "${0##*/}" "$*" >&2; exit 1; }

vm_options() {
	deb= work=build/vm cache= keep= rest=()
	while [ $# -gt 0 ]; do
		case $1 in
		--deb | --work | --image-cache)
			[ $# -ge 2 ] || die "$1 needs a value" ;;
		esac
		case $1 in
		--deb) deb=$2; shift ;;
		--work) work=$2; shift ;;
		--image-cache) cache=$2; shift ;;
		--keep) keep=1 ;;
		--packages) printf '%s\n' "${VM_PACKAGES[@]}"; exit 0 ;;
		--help | -h) usage; exit 0 ;;
		-*) die "unknown option $1" ;;
		*) rest+=("$1") ;;
		esac
		shift
	done
	: "${cache:=$work/images}"
}

vm_ready() {
	local tool missing=()
	[ -n "$deb" ] || die "say which package to test: --deb FILE.deb"
	[ -f "$deb" ] || die "no package at $deb"
	[ "$(id -u)" = 0 ] ||
		die "needs root: it makes a network namespace with a tap device and fills a disk image in a chroot"
	[ -c /dev/net/tun ] || die "needs /dev/net/tun for the guest's network"
	for tool in mmdebstrap qemu-system-x86_64 qemu-img dnsmasq genisoimage mkfs.vfat mcopy \
		mke2fs ip unshare ssh ssh-keygen openssl python3; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} = 0 ] ||
		die "missing: ${missing[*]} (apt-get install --no-install-recommends ${VM_PACKAGES[*]})"
	mkdir -p -- "$work" "$cache"
	work=$(realpath -- "$work")
	cache=$(realpath -- "$cache")
}

# Replace this process by python3 PROGRAM ARGS... in network, mount and pid namespaces of its own.
# They have no name and end with the program, and with them every process in them.
vm_enter() {
	VM_OUTER_PID=$$ PYTHONDONTWRITEBYTECODE=1 exec unshare --net --mount --pid --fork \
		--kill-child=KILL --mount-proc python3 "$@"
}
