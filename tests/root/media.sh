#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Media on real block devices: probed without rights, mounted read-only where nobody else sees it.

# shellcheck source=tests/harness/tap.sh
. "${DW_SRCDIR:?run me through make check or ./dev}/tests/harness/tap.sh" || exit 99

[ "$(id -u)" = 0 ] || tap_skip_all "needs root for loop devices, mknod and mount"
for tool in losetup mkfs.ext4 mkfs.vfat genisoimage strace; do
	command -v "$tool" >/dev/null || tap_skip_all "needs $tool"
done
driver=${MEDIA_OPEN:-$DW_BUILDDIR/tests/harness/media-open}
fetch=${DOORWARD_FETCH:-$DW_BUILDDIR/doorward-fetch}
media=$DW_SRCDIR/tests/sim/media

loops=()
cleanup() {
	for loop in "${loops[@]}"; do losetup -d "$loop"; done
	rm -rf "${tap_dir:?}"
}
trap cleanup EXIT

mkdir "$tap_dir/seed"
printf 'instance-id: i-9\n' >"$tap_dir/seed/meta-data"
printf '#cloud-config\n' >"$tap_dir/seed/user-data"
ln -s /etc/passwd "$tap_dir/seed/vendor-data"

"$PYTHON3" "$media" nocloud "$tap_dir/iso" --meta-data "$tap_dir/seed/meta-data" \
	--user-data "$tap_dir/seed/user-data" >/dev/null
"$PYTHON3" "$media" nocloud "$tap_dir/vfat" --meta-data "$tap_dir/seed/meta-data" \
	--user-data "$tap_dir/seed/user-data" --format vfat --label CIDATA >/dev/null
"$PYTHON3" "$media" ovf-xml --user alice --hostname door >"$tap_dir/ovf.xml"
"$PYTHON3" "$media" ovf "$tap_dir/udf" --xml "$tap_dir/ovf.xml" >/dev/null
truncate -s 4M "$tap_dir/ext4"
mkfs.ext4 -q -d "$tap_dir/seed" "$tap_dir/ext4"

# A root whose devices are these images, under names that are not skipped as loop devices are.
root=${tap_dir:?}/root
mkdir -p "$root/dev"
for name in iso vfat udf ext4; do
	loop=$(losetup -f --show "$tap_dir/$name" 2>/dev/null) || tap_skip_all "no loop device to be had"
	loops+=("$loop")
	mkdir -p "$root/sys/class/block/vd$name" "$root/sys/class/block/${loop##*/}"
	mknod "$root/dev/vd$name" b $((16#$(stat -c %t "$loop"))) $((16#$(stat -c %T "$loop")))
	cp -a "$root/dev/vd$name" "$root/dev/${loop##*/}"
	[ "$name" != ext4 ] || ext4=${loop##*/}
done

tap_run "$driver" probe "$root"
tap_is "the probe succeeds" "$tap_status" 0
tap_like "ISO 9660 is found by its label" "$tap_out" 'vdiso iso9660 disk cidata'
tap_like "so is vfat" "$tap_out" 'vdvfat vfat disk CIDATA'
tap_like "a bridge disc is UDF" "$tap_out" 'vdudf udf disk '
tap_like "and ISO 9660" "$tap_out" 'vdudf iso9660 disk '
tap_unlike "other file systems and loop devices are not looked at" "$tap_out" 'vdext4|loop'

before=$(cat /proc/self/mountinfo)
# The leak detector of a sanitizer build cannot work under strace, which is a debugger as it is.
tap_run env ASAN_OPTIONS=detect_leaks=0 strace -f -y -o "$tap_dir/log" -e trace=mount,unshare,umount2,read "$driver" open "$ext4" ext4 CiData
tap_like "a labelled medium is mounted and read" "$tap_out" 'meta-data DW_OK instance-id: i-9'
tap_like "its origin is told" "$tap_out" "from $ext4 \(ext4, label CiData\)"
tap_like "a link on it leads nowhere" "$tap_out" 'vendor-data DW_REFUSED'
tap_like "read-only, without set-uid, devices or programs" "$(cat "$tap_dir/log")" \
	'mount\("/dev/loop[0-9]+", "[a-z/]+", "ext4", MS_RDONLY\|MS_NOSUID\|MS_NODEV\|MS_NOEXEC, NULL\) = 0'
order=$(grep -oE 'unshare\(CLONE_NEWNS\)|MS_REC\|MS_PRIVATE|"ext4"|umount2\(|read\([0-9]+<[^>]*/meta-data>' \
	"$tap_dir/log" | tr '\n' ' ')
tap_like "own namespace, private, mount, detach, and only then the first byte of a file" "$order" \
	'^unshare\(CLONE_NEWNS\) MS_REC\|MS_PRIVATE "ext4" umount2\( read\('
tap_is "nobody else sees a mount" "$(cat /proc/self/mountinfo)" "$before"

tap_run "$driver" open "$ext4" ext4 other
tap_like "another label is not mounted" "$tap_out" 'error=DW_ABSENT'
tap_run "$driver" open "$ext4" nosuchfs cidata
tap_like "a file system that the kernel lacks is named" "$tap_out" 'error=DW_UNSUPPORTED .*no file system nosuchfs'

# The whole program, in a mount namespace where the machine's devices are those of the tree.
cat >"$tap_dir/inside" <<END
mount --bind "$root/sys/class/block" /sys/class/block &&
mount --bind "$root/dev/vdiso" /dev/null &&
mount -t tmpfs none /mnt && mkdir /mnt/dev && cp -a "$root/dev/vdiso" /mnt/dev/ &&
mount --bind /mnt/dev /dev && exec "$fetch" --stage local --datasource nocloud
END
rmdir "${root:?}/sys/class/block/vd"{vfat,udf,ext4} "$root/sys/class/block/"loop*
tap_run unshare -m bash "$tap_dir/inside"
if grep -qw iso9660 /proc/filesystems; then
	tap_like "the program takes the seed from the disc" "$tap_out" 'instance_id: i-9'
else
	tap_like "the program says which file system the kernel lacks" "$tap_out" \
		'failure: DW_UNSUPPORTED.*vdiso \(iso9660, label cidata\).*no file system iso9660'
fi

# A disk that nobody can look at costs its own sign, and nothing else.
cat >"$tap_dir/blind" <<END
mount --bind "$root/sys/class/block" /sys/class/block &&
mount -t tmpfs none /mnt && mkdir /mnt/dev && cp -a "$root/dev/vdiso" /mnt/dev/ &&
mknod -m 666 /mnt/dev/null c 1 3 && mknod -m 666 /mnt/dev/urandom c 1 9 &&
mount -t tmpfs none /var/lib && mkdir -p /var/lib/cloud/seed/nocloud &&
cp "$tap_dir/seed/meta-data" "$tap_dir/seed/user-data" /var/lib/cloud/seed/nocloud/ &&
mount --bind /mnt/dev /dev &&
ASAN_OPTIONS=detect_leaks=0 exec strace -qq -o /mnt/log -e trace=pipe2 -e inject=pipe2:error=EMFILE:when=1 \
	"$fetch" --stage local
END
tap_run unshare -m bash "$tap_dir/blind"
tap_like "a seed directory is taken although the devices could not be looked at" "$tap_out" 'instance_id: i-9'
tap_like "and that is noted" "$tap_out" 'looking at block devices'
sed -i 's,/var/lib/cloud/seed/nocloud,/var/lib/other,g' "$tap_dir/blind"
tap_run unshare -m bash "$tap_dir/blind"
tap_like "without any other sign that is what is told, not that there is no platform" "$tap_out" \
	'failure: DW_SYSTEM.*looking at block devices'
tap_done
