#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The walls between the rooms: who may include whom, who may call what, who links what.
# Usage: layers.sh [TREE [BUILD]]
#
# These are gates: they make "only agent/apply/ changes the machine" a thing one can check.

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# -- the include matrix: room, then what it may include: whole rooms or single headers --

read -r -d '' matrix <<'END'
base         base
codec        base codec
model        base codec/sshpub.h model
reach        base model reach
datasources  base codec model reach/http.h reach/media.h reach/serial.h datasources
observe      base codec/sshpub.h model observe
plan         base model observe/observed.h plan
apply        base model plan apply
publish      base codec model plan/op.h apply/apply.h publish
cmd          base codec model reach datasources observe plan apply publish cmd
END

# Single inclusions beyond the matrix: includer, header, and why there is no other way.
read -r -d '' include_exceptions <<'END'
agent/apply/apply.c       observe/observed.h   an account made a moment ago is looked up before its keys
agent/apply/hostkey.h     codec/hostkey.h      which kinds there are; the codec makes the key, pure
agent/observe/hostkeys.c  codec/hostkey.h      whether a key on disk is whole, and its public half
agent/plan/op.h           codec/hostkey.h      an operation names the kind of key
agent/plan/plan_keys.c    codec/fingerprint.h  the plan prints keys as fingerprints
END

# -- third-party headers: header (a glob), then its only includers (globs) --

read -r -d '' owners <<'END'
curl/*            agent/reach/http.[ch]
json-c/*          agent/codec/json.c
json.h            agent/codec/json.c
expat.h           agent/codec/xml.c
yaml.h            agent/codec/yaml.c
zlib.h            agent/codec/gunzip.c
openssl/*         agent/codec/*
blkid/*           agent/reach/media.c
linux/filter.h    agent/base/sandbox.c
linux/landlock.h  agent/base/sandbox.c
linux/seccomp.h   agent/base/sandbox.c
selinux/*         agent/apply/*
dlfcn.h           agent/reach/http.c agent/apply/*
END

# -- calls that change the machine or start programs; only agent/apply/ has them --

read -r -d '' tools <<'END'
rename renameat renameat2 unlink unlinkat remove rmdir mkdir mkdirat mkdtemp mkstemp mkostemp
mknod mknodat mkfifo mkfifoat chmod fchmod fchmodat chown fchown lchown fchownat
link linkat symlink symlinkat truncate ftruncate fallocate posix_fallocate creat utimensat futimens
setxattr fsetxattr lsetxattr removexattr sethostname setdomainname settimeofday reboot
execl execle execlp execv execve execvp execvpe execveat fexecve posix_spawn posix_spawnp
fork vfork clone clone3 _Fork system popen mount umount umount2 unshare setns pivot_root chroot
setuid setgid seteuid setegid setreuid setregid setresuid setresgid setgroups initgroups
prctl ptrace kill tgkill syscall init_module delete_module
END

# Object, calls it may make all the same, and why. A row that nothing uses any more is a finding.
read -r -d '' tool_exceptions <<'END'
base/sandbox       prctl syscall setuid setresuid setresgid setgroups   it is the wall: ids, Landlock
base/fd            syscall                                       openat2(2), which the C library lacks
main               prctl                                         not dumpable: it has keys in memory
reach/media        unshare mount umount2                         read-only mount in a private namespace
reach/ask          fork kill                                     the child without rights, and its end
fetch_main         syscall                                       close_range, before anything is open
END

# -- what each program may load; sanitizers and the C library are common to both --

common_needed='libc|libm|libpthread|libdl|librt|ld-linux.*|libgcc_s|libasan|libubsan|libc\.musl.*'
doorward_needed="$common_needed|libcrypto|libyaml-0"
fetch_needed="$common_needed|libcrypto|libyaml-0|libjson-c|libexpat|libz|libblkid"

room_of() {
	case $1 in
	agent/main.c | agent/fetch_main.c) echo cmd ;;
	agent/*/*) echo "${1#agent/}" | cut -d/ -f1 ;;
	datasources/*) echo datasources ;;
	esac
}

in_words() {
	local word=$1 item
	shift
	# shellcheck disable=SC2048,SC2086 # words on purpose
	for item in $*; do
		[ "$item" != "$word" ] || return 0
	done
	return 1
}

rule "includes keep to the matrix"
seen_includes=0
while IFS=: read -r f n line; do
	header=$(sed -E 's/^[^"]*"([^"]+)".*/\1/' <<<"$line")
	room=$(room_of "$f")
	seen_includes=$((seen_includes + 1))
	if [ "$header" = "${header#*/}" ]; then
		finding "$f:$n: \"$header\" does not name its room"
		continue
	fi
	allowed=$(awk -v room="$room" '$1 == room { $1 = ""; print }' <<<"$matrix")
	[ -n "$allowed" ] || finding "$f:$n: \"$room\" is not a room of the matrix"
	in_words "${header%%/*}" "$allowed" || in_words "$header" "$allowed" ||
		grep -Eq "^$f +$header +[^ ]" <<<"$include_exceptions" ||
		finding "$f:$n: $room may not include \"$header\""
done < <(cd "$tree" && product_files | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"')
[ "$seen_includes" -gt 0 ] || finding "no includes found in $tree"
while read -r f header _; do
	[ ! -f "$tree/$f" ] || grep -q "#include \"$header\"" "$tree/$f" ||
		finding "the exception for $f and $header is not used"
done <<<"$include_exceptions"

rule "each third-party header has one includer"
while IFS=: read -r f n line; do
	header=$(sed -E 's/^[^<]*<([^>]+)>.*/\1/' <<<"$line")
	while read -ra includers; do
		glob=${includers[0]}
		unset 'includers[0]'
		# shellcheck disable=SC2053 # a glob on purpose
		[[ $header == $glob ]] || continue
		may=no
		for includer in "${includers[@]}"; do
			# shellcheck disable=SC2053
			[[ $f != $includer ]] || may=yes
		done
		[ $may = yes ] || finding "$f:$n: <$header> belongs to ${includers[*]}"
	done <<<"$owners"
done < <(cd "$tree" && product_files | xargs -r grep -nHE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<')

rule "each header compiles alone"
while read -r f; do
	case $f in *.h) ;; *) continue ;; esac
	findings < <(printf '#include "%s"\n' "${f#agent/}" |
		${CC:-cc} -std=gnu17 -D_GNU_SOURCE -fsyntax-only -x c -I"$tree/agent" -I"$tree" - 2>&1 |
		grep -E 'error' | head -n 1 | sed "s,^,$f: ,")
done < <(product_files)

rule "files are opened for writing only in agent/apply/"
# The console and a serial line are devices: bytes go out, nothing on a disk changes.
# sandbox.c names the flags to forbid them: they are what its filter looks for.
findings < <(cd "$tree" && product_files | grep -v -e '^agent/apply/' -e '^agent/base/sandbox.c$' |
	xargs -r grep -nHwE 'O_(CREAT|TRUNC|APPEND|TMPFILE)' |
	sed 's/$/  (belongs into agent\/apply\/)/')

# -- what the objects call --

mapfile -t objects < <(cd "$build" 2>/dev/null &&
	find agent datasources -name '*.o' 2>/dev/null | sort)

# agent/cmd/libcmd_a-flow.o and agent/cmd/flow.o are both cmd/flow.
object_name() {
	local dir=${1%/*} base=${1##*/}
	dir=${dir#agent/}
	[ "$dir" != agent ] || dir=
	base=${base%.o}
	echo "${dir:+$dir/}${base#*-}"
}

rule "only agent/apply/ calls what changes the machine"
[ ${#objects[@]} -gt 0 ] || finding "no objects in $build"
used_exceptions=
names=()
for o in "${objects[@]}"; do
	case $o in agent/apply/*) continue ;; esac
	name=$(object_name "$o")
	names+=("$name")
	read -r _ excepted < <(awk -v name="$name" '$1 == name' <<<"$tool_exceptions") || excepted=
	for symbol in $(nm -u "$build/$o" | awk '{ print $NF }' |
		sed -E 's/@.*//; s/^__(.*)_chk$/\1/; s/64$//' | sort -u); do
		in_words "$symbol" "$tools" || continue
		if in_words "$symbol" "$excepted"; then
			used_exceptions="$used_exceptions $name"
		else
			finding "$o calls $symbol()"
		fi
	done
done
while read -r name _; do
	! in_words "$name" "${names[*]}" || in_words "$name" "$used_exceptions" ||
		finding "the exception for $name is not used"
done <<<"$tool_exceptions"

rule "the programs load what they may, libcurl never at start"
for program in doorward doorward-fetch; do
	if [ ! -e "$build/$program" ]; then
		finding "$build/$program is not built"
		continue
	fi
	allowed=$doorward_needed
	[ $program = doorward ] || allowed=$fetch_needed
	while read -r library; do
		[[ $library =~ ^($allowed)\.so ]] || finding "$program loads $library"
	done < <(readelf -d "$build/$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p')
done

lint_done
