#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# All C files are as clang-format 14 lays them out with the .clang-format of the top.
# Usage: format.sh [TREE]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# Another version breaks lines elsewhere, so only this one is asked.
if ! command -v clang-format-14 >/dev/null; then
	lint_skip "clang-format" "clang-format-14 is not installed"
	lint_done
fi

rule "clang-format"
findings < <(cd "$tree" && c_files |
	xargs -r clang-format-14 --style=file --dry-run --ferror-limit=0 2>&1 |
	grep -E '^[^ ]+:[0-9]+:[0-9]+:' | cut -d: -f1,2 | uniq |
	sed 's/$/: not as clang-format lays it out/')
lint_done
