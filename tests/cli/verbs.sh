#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What all verbs share: help, version, wrong words, closed descriptors, an empty environment.

. "${DW_SRCDIR:?run me through make check}/tests/harness/tap.sh" || exit 99

tap_run "$DOORWARD" --help
tap_is "overview" "$tap_status" 0
verbs=$(sed -n '/^Verbs:/,/^$/ s/^  \([a-z-]*\) .*/\1/p' <<<"$tap_out")
tap_like "overview names verbs" "$verbs" provision
for verb in $verbs; do
	tap_run "$DOORWARD" "$verb" --help
	tap_like "$verb --help" "$tap_status $tap_out" "^0 usage: doorward $verb "
	tap_like "$verb --help: a sentence says what it does" "$(sed -n 3p <<<"$tap_out")" '^[A-Z].*\.$'
	tap_run "$DOORWARD" "$verb" --nonsense
	tap_is "$verb: unknown option" "$tap_status" 64
	tap_run "$DOORWARD" "$verb" --root
	tap_is "$verb: option without its value" "$tap_status" 64
done
tap_run "$DOORWARD" --version
tap_like "version" "$tap_status $tap_out" '^0 doorward [0-9]'
tap_run "$DOORWARD" conjure
tap_is "unknown verb" "$tap_status" 64
tap_like "unknown verb: told what to do" "$tap_err" '--help'
tap_run "$DOORWARD"
tap_like "no verb: the overview, as an error" "$tap_status $tap_out$tap_err" "^64 usage: doorward VERB"
tap_is "and not on stdout" "$tap_out" ""

mkdir -p "$tap_dir/root/etc/ssh"
ssh-keygen -q -t ed25519 -N '' -f "$tap_dir/root/etc/ssh/ssh_host_ed25519_key"
want=$(ssh-keygen -lf "$tap_dir/root/etc/ssh/ssh_host_ed25519_key.pub" | cut -d' ' -f2)
tap_is "empty environment, all descriptors but stdout closed" \
	"$(env -i "$DOORWARD" fingerprints --format short --root "$tap_dir/root" <&- 2>&-)" "$want"
tap_run bash -c '"$0" fingerprints --root "$1" >/dev/full' "$DOORWARD" "$tap_dir/root"
tap_is "a full disk under stdout is an error" "$tap_status" 1
tap_done
