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
		mke2fs ip unshare setpriv ssh ssh-keygen openssl python3; do
		command -v "$tool" >/dev/null || missing+=("$tool")
	done
	[ ${#missing[@]} = 0 ] ||
		die "missing: ${missing[*]} (apt-get install --no-install-recommends ${VM_PACKAGES[*]})"
	mkdir -p -- "$work" "$cache"
	work=$(realpath -- "$work")
	cache=$(realpath -- "$cache")
}

# Run python3 PROGRAM ARGS... in network, mount and pid namespaces of its own, and exit as it does.
# The namespaces have no name and end with the program, and with them every process in them.
# unshare keeps SIGTERM to itself, so it is passed on here; if this shell is killed outright, the
# kernel kills unshare (--pdeathsig) and then the program (--kill-child).
vm_enter() {
	local outer rc
	(
		export VM_RUN_PID=$$ VM_OUTER_PID=$BASHPID PYTHONDONTWRITEBYTECODE=1
		exec setpriv --pdeathsig KILL unshare --net --mount --pid --fork --kill-child=KILL \
			--mount-proc python3 "$@"
	) &
	outer=$!
	# shellcheck disable=SC2064 # $outer as it is now
	trap "vm_pass_on $outer" INT TERM HUP
	while :; do
		rc=0
		wait "$outer" || rc=$?
		kill -0 "$outer" 2>/dev/null || exit "$rc"
	done
}

vm_pass_on() {
	local inner
	# No newline ends that file, so this is not a job for read.
	inner=$(<"/proc/$1/task/$1/children") && kill -TERM ${inner:-"$1"} || true
}
