#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The units are valid and their sandbox is at most 4.0 in systemd's own count.
# Usage: units.sh [TREE [BUILD]]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# systemd counts in tenths: 40 is "4.0".
threshold=40

if ! command -v systemd-analyze >/dev/null; then
	lint_skip "units" "systemd-analyze is not installed"
	lint_done
fi

# A unit with @paths@ is judged as it is installed, so from the build.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for f in "$tree"/packaging/systemd/*.service "$build"/packaging/systemd/*.service; do
	[ ! -e "$f" ] || cp "$f" "$work/"
done

rule "no unit has unfilled places"
[ -n "$(ls "$work")" ] || finding "no units in packaging/systemd"
findings < <(cd "$work" && grep -nE '@[A-Za-z_]+@' -- * 2>/dev/null)

rule "each sandbox is at most 4.0"
for f in "$work"/*.service; do
	[ -e "$f" ] || continue
	out=$(systemd-analyze security --offline=true --no-pager --threshold="$threshold" "$f" 2>&1) ||
		finding "${f##*/}: $(grep -E 'Overall exposure' <<<"$out" || tail -n 1 <<<"$out")"
done

lint_done
