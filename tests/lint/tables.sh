#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One list, one row: what the code declares, the manual, the tests and the completion also know.
# Usage: tables.sh [TREE [BUILD]]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

completion=$(find "$tree/packaging/completion" -type f 2>/dev/null | head -n 1)

# The words of a file, one a line, roff's "\-" read as "-".
words_of() {
	[ ! -e "$1" ] || sed 's/\\-/-/g; s/\\&//g' "$1" | grep -oE '[A-Za-z0-9_.-]+' | sed 's/\.$//' | sort -u
}

has_word() {
	grep -Fxq -e "$1" <<<"$2"
}

# verb NAME FILE, as each verb's const row says it.
verbs() {
	(cd "$tree" && grep -lE '^const struct cmd cmd_' agent/cmd/*.c 2>/dev/null | while read -r f; do
		sed -n '/^const struct cmd cmd_/,/^};/ s/^[[:space:]]*\.name = "\([^"]*\)".*/\1/p' "$f" |
			sed "s,$, $f,"
	done)
}

rule "each verb is in the table, the table has no other"
count=0
while read -r f name; do
	count=$((count + 1))
	grep -Eqs "&$name\b" "$tree/agent/cmd/table.c" || finding "$f: $name is not in agent/cmd/table.c"
done < <(cd "$tree" && grep -oE '^const struct cmd cmd_[a-z_]+' agent/cmd/*.c 2>/dev/null |
	sed 's/:const struct cmd / /')
[ "$count" -gt 0 ] || finding "no verbs found in agent/cmd/"

rule "each verb has its manual page, its test and its completion"
completion_words=$(words_of "${completion:-/nonexistent}")
while read -r verb f; do
	[ -e "$tree/docs/man/doorward-$verb.8" ] || [ -e "$tree/docs/man/doorward-$verb.1" ] ||
		finding "$verb: no docs/man/doorward-$verb.8"
	[ -e "$tree/tests/cli/$verb.sh" ] || finding "$verb: no tests/cli/$verb.sh"
	has_word "$verb" "$completion_words" || finding "$verb: not in packaging/completion/"
	has_word "doorward-$verb" "$(words_of "$tree/docs/man/doorward.8")" ||
		finding "$verb: not in docs/man/doorward.8"
done < <(verbs)

rule "each option of --help is in the manual and in the completion"
common=$(words_of "$tree/docs/man/doorward.8")
if [ -x "$build/doorward" ]; then
	while read -r verb f; do
		manual=$(cat "$tree/docs/man/doorward-$verb."[18] 2>/dev/null | words_of /dev/stdin)
		for option in $("$build/doorward" "$verb" --help 2>/dev/null |
			grep -oE '^ +--[a-z][a-z0-9-]*' | tr -d ' ' | sort -u); do
			has_word "$option" "$manual" || has_word "$option" "$common" ||
				finding "$verb: $option is not in its manual page"
			has_word "$option" "$completion_words" ||
				finding "$verb: $option is not in packaging/completion/"
		done
		[ -n "$("$build/doorward" "$verb" --help 2>/dev/null)" ] || finding "$verb: --help says nothing"
	done < <(verbs)
else
	finding "$build/doorward is not built"
fi

rule "each manual page is of a verb, a program or a file, and is installed"
for page in "$tree"/docs/man/*.[1-8]; do
	[ -e "$page" ] || continue
	page=${page##*/}
	case $page in
	doorward-fetch.8 | doorward.8 | *.5) ;;
	doorward-*)
		verb=${page#doorward-}
		verbs | grep -q "^${verb%.*} " || finding "docs/man/$page: there is no verb ${verb%.*}"
		;;
	*) finding "docs/man/$page: what is it of?" ;;
	esac
	grep -Fq "docs/man/$page" "$tree/docs/list.mk" || finding "docs/man/$page: not in docs/list.mk"
done

rule "each key of the configuration is in doorward.yaml(5)"
keys=$(sed -n '/config_key {/,/^};/ s/^[[:space:]]*{ "\([^"]*\)".*/\1/p' \
	"$tree/agent/cmd/config.c" 2>/dev/null)
[ -n "$keys" ] || finding "no keys found in agent/cmd/config.c"
manual=$(words_of "$tree/docs/man/doorward.yaml.5")
for key in $keys; do
	has_word "$key" "$manual" || finding "$key: not in docs/man/doorward.yaml.5"
done

rule "each datasource has its cases and its page, and the other way round"
rows=$(sed -n '/^DATASOURCES/,/# EOL/ s,.*datasources/\([a-z0-9_]*\)\.c.*,\1,p' \
	"$tree/datasources/list.mk" 2>/dev/null)
[ -n "$rows" ] || finding "no rows found in datasources/list.mk"
for row in $rows; do
	[ -e "$tree/datasources/$row.c" ] || finding "$row: no datasources/$row.c"
	[ -n "$(ls "$tree/tests/datasources/$row" 2>/dev/null)" ] ||
		finding "$row: nothing in tests/datasources/$row/"
	[ -s "$tree/docs/datasources/$row.md" ] || finding "$row: no docs/datasources/$row.md"
done
for page in "$tree"/docs/datasources/*.md; do
	[ -e "$page" ] || continue
	page=$(basename "$page" .md)
	[ "$page" = README ] || [ "$page" = index ] || has_word "$page" "$rows" ||
		finding "docs/datasources/$page.md: there is no such row"
done

rule "each error code is explained in docs/errors.md"
codes=$(sed -n '/define DW_CODES/,/^$/ s/^[[:space:]]*X(\(DW_[A-Z_]*\),.*/\1/p' \
	"$tree/agent/base/err.h" 2>/dev/null)
[ -n "$codes" ] || finding "no codes found in agent/base/err.h"
explained=$(words_of "$tree/docs/errors.md")
for code in $codes; do
	has_word "$code" "$explained" || finding "$code: not in docs/errors.md"
done

lint_done
