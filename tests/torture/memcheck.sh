#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# doorward under valgrind: each verb on a tree reads, writes and frees only what it may.
# Not under it are doorward-fetch, whose filter ends a process for the calls valgrind makes (its
# units are watched instead), and the worker that writes authorized_keys: valgrind keeps the limit
# on descriptors which it lowers, so here provision has one failed operation to tell.

. "${DW_SRCDIR:?run me through ./dev check}/tests/harness/tap.sh" || exit 99
. "$DW_SRCDIR/tests/cli/world.sh" || exit 99
command -v valgrind >/dev/null || tap_skip_all "needs valgrind"
! nm -D "$DOORWARD" | grep -q __asan_ || tap_skip_all "valgrind cannot watch a sanitized program"

log=${tap_dir:?}/findings

# memcheck NAME STATUS ARG...: doorward exits with STATUS and valgrind has nothing to say.
memcheck() {
	local name=$1 want=$2
	shift 2
	rm -f "${log:?}"
	tap_run valgrind -q --error-exitcode=99 --leak-check=full --vgdb=no \
		--child-silent-after-fork=yes --log-file="$log" "$DOORWARD" "$@"
	tap_is "$name: exit status" "$tap_status" "$want"
	# It names system calls younger than itself, which is no finding.
	tap_is "$name: nothing found" \
		"$(grep -v -e 'unhandled .* syscall' -e 'You may be able to write' -e 'README_MISSING' \
			-e 'Nevertheless we consider' -e 'valgrind.org' "$log")" ""
}

new_world
new_seed i-1

from=(--root "$world" --datasource nocloud --seed "$seed")
memcheck "dry run" 0 provision --dry-run "${from[@]}"
memcheck "dry run, JSON" 0 provision --dry-run --json "${from[@]}"
memcheck "provision" 1 provision "${from[@]}"

# What the worker could not do is done without valgrind, so that the rest has a state to read.
tap_run "$DOORWARD" provision "${from[@]}"
tap_is "provision, alone: exit status" "$tap_status" 0
memcheck "status" 0 status --root "$world"
memcheck "status, JSON" 0 status --json --root "$world"
memcheck "fingerprints" 0 fingerprints --root "$world"
memcheck "query" 0 query --root "$world"
memcheck "convert" 0 convert "$tap_dir/a.pub"
memcheck "provision again, nothing to do" 0 provision "${from[@]}"
seed meta-data '{ not: [closed'
memcheck "a broken seed" 1 provision "${from[@]}"
memcheck "wrong usage" 64 provision --no-such-option

tap_done
