#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Lists what is larger than the house aims at, so that outliers are chosen; never fails on them.
# Usage: size.sh [TREE]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# A function is what stands between a "{" and a "}" in the first column, as our format has it.
report() {
	cd "$tree" || exit 99
	product_files | while read -r f; do
		awk -v path="$f" '
		FNR == 1 { depth = 0 }
		/^[A-Za-z_].*\(/ && !/;$/ { name = $0; sub(/\(.*/, "", name); sub(/.*[ *]/, "", name) }
		/^\{/ { inside = 1; start = FNR; branches = 1 }
		inside {
			line = $0
			branches += gsub(/(^|[^A-Za-z_])(if|for|while|case)($|[^A-Za-z_])|&&|\|\||\?/, "", line)
		}
		/^\}/ && inside {
			inside = 0
			if (FNR - start - 1 > 40)
				print path ": " name "() has " FNR - start - 1 " lines (aim: 40)"
			if (branches > 15)
				print path ": " name "() has " branches " branches (aim: 15)"
		}
		END {
			aim = path ~ /\.h$/ ? 250 : 600
			if (FNR > aim)
				print path ": " FNR " lines (aim: " aim ")"
		}' "$f"
	done
}

rule "sizes are reported"
mapfile -t outliers < <(report)
[ "$(product_files | wc -l)" -gt 0 ] || finding "no C files found in $tree"
echo "# ${#outliers[@]} outliers"
[ ${#outliers[@]} -eq 0 ] || printf '# %s\n' "${outliers[@]}"
lint_done
