#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Each manual page is clean roff, says what it is of, and shows nothing unfilled.

top=${DW_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
# shellcheck source=tests/harness/tap.sh
. "$top/tests/harness/tap.sh"

command -v mandoc >/dev/null || tap_skip_all "mandoc is not installed"

for page in "$top"/docs/man/*.[1-9]; do
	name=${page##*/}
	title=${name%.*}
	section=${name##*.}
	tap_is "$name: mandoc finds nothing" "$(mandoc -T lint -W warning "$page" 2>&1)" ""
	tap_like "$name: its title is its name" "$(grep -m 1 '^\.TH' "$page")" \
		"^\.TH ${title^^} $section [0-9-]+ doorward "
	tap_like "$name: one line says what it is" "$(mandoc -T ascii "$page" | sed 's/.\x08//g')" \
		"NAME
 +$title - [a-z]"
	tap_unlike "$name: nothing is left to fill in" "$(cat "$page")" '@[A-Z]+@'
	# A page that is named must be one of ours or of the system; ours must exist.
	missing=
	# shellcheck disable=SC2013 # page names have no blanks
	for other in $(grep -oE '^\.BR doorward[a-z\\.-]* \([0-9]\)' "$page" |
		sed -E 's/^\.BR ([^ ]*) \(([0-9])\)/\1.\2/; s/\\//g'); do
		[ -e "$top/docs/man/$other" ] || missing="$missing $other"
	done
	tap_is "$name: the pages of ours that it names exist" "$missing" ""
done

tap_done
