#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The text of the tree: licence line, purpose line, no marks of unfinished or local work.
# Usage: text.sh [TREE]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

# Data of tests is what it is: seeds, certificates, recorded answers, notes for packagers.
is_data() {
	case $1 in
	tests/fuzz/corpus/* | tests/datasources/* | tests/plan/* | tests/*/data/* | COPYING) true ;;
	*.der | *.pem | *.png | *.svg | *.iso | *.bin) true ;;
	*) false ;;
	esac
}

spdx='SPDX-License-Identifier: Apache-2.0'

rule "C files start with the licence line and one sentence on what lives there"
while read -r f; do
	{ IFS= read -r first && IFS= read -r second; } <"$tree/$f"
	[ "$first" = "/* $spdx */" ] || finding "$f:1: no licence line"
	[[ $second == "/* "* ]] || finding "$f:2: no sentence on what lives here"
done < <(c_files)

rule "scripts and makefile pieces carry the licence line"
while read -r f; do
	case $f in
	*.sh | *.py | *.mk | *.m4 | *.awk | *.am | *.ac | dev | .ci/run) ;;
	*) continue ;;
	esac
	is_data "$f" || head -n 3 "$tree/$f" | grep -q "$spdx" || finding "$f: no licence line"
done < <(tree_files)

# Comments and string literals are taken out by a scanner, not by a guess.
rule "C has no // comment, no goto, no trailing white space"
findings < <(cd "$tree" && c_files | xargs -r python3 -c '
import re, sys
token = re.compile(r"/\*.*?\*/|\"(?:\\.|[^\"\\\n])*\"|\x27(?:\\.|[^\x27\\\n])*\x27|//[^\n]*|\bgoto\b", re.S)
for path in sys.argv[1:]:
    with open(path, encoding="utf-8", errors="replace") as f:
        text = f.read()
    for m in token.finditer(text):
        line = text.count("\n", 0, m.start()) + 1
        if m[0].startswith("//"):
            print(f"{path}:{line}: a // comment")
        elif m[0] == "goto" and path.startswith(("agent/", "datasources/")):
            print(f"{path}:{line}: goto")
    for n, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            print(f"{path}:{n}: trailing white space")
    if not text.endswith("\n"):
        print(f"{path}: no newline at the end")
')

# The patterns are spelt so that this file does not match itself.
rule "no marks of unfinished work and no merge conflicts"
while read -r f; do
	is_data "$f" && continue
	findings < <(grep -nEIw -e 'TO[D]O|FIX[M]E|X[X]X' -- "$tree/$f" | sed "s,^,$f:,")
	findings < <(grep -nEI -e '^(<{7}|>{7}) ' -- "$tree/$f" | sed "s,^,$f:,")
done < <(tree_files)

rule "no paths of the machine it was written on"
while read -r f; do
	is_data "$f" && continue
	findings < <(grep -nEI -e '(^|[^[:alnum:]_.}])(/wor[k]/[a-z]|/tm[p]/b-)' -- "$tree/$f" |
		sed "s,^,$f:,")
done < <(tree_files)

rule "scripts with a first line to run are executable"
while read -r f; do
	[ "$(head -c 2 "$tree/$f" | tr -d '\0')" = '#!' ] || continue
	is_data "$f" || [ -x "$tree/$f" ] || finding "$f: not executable"
done < <(tree_files)

if command -v shellcheck >/dev/null; then
	rule "shellcheck"
	mapfile -t scripts < <(tree_files | while read -r f; do
		is_data "$f" || case $(head -n 1 "$tree/$f" | tr -d '\0') in
		'#!'*[/\ ]sh | '#!'*[/\ ]bash | '#!'*[/\ ]'sh '* | '#!'*[/\ ]'bash '*) echo "$f" ;;
		esac
	done)
	findings < <(cd "$tree" && shellcheck -x -f gcc -S warning -e SC1007,SC2034,SC2154 "${scripts[@]}")
else
	lint_skip "shellcheck" "shellcheck is not installed"
fi

lint_done
