#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The bash completion says what --help says, and completes as a person would expect.
# Usage: completion.sh [--print]   --print: the block for packaging/completion/doorward

top=${DW_SRCDIR:-$(cd "$(dirname "$0")/../.." && pwd)}
doorward=${DOORWARD:-$top/build/doorward}
file=$top/packaging/completion/doorward

# One case of the function _doorward_words for a verb, out of its --help.
verb_cases() {
	"$doorward" "$1" --help | awk -v verb="$1" '
		NR == 1 && match($0, /\[[^]]*\]$/) {
			operand = substr($0, RSTART + 1, RLENGTH - 2)
			if (operand == "OPTION...")
				operand = ""
			gsub(/\|/, " ", operand)
		}
		operand == "NAME" && /^NAME is / {
			line = $0
			sub(/^NAME is /, "", line)
			gsub(/ or /, " ", line)
			gsub(/[,.]/, " ", line)
			gsub(/ +/, " ", line)
			sub(/ $/, "", line)
			operand = line
		}
		/^  --/ {
			options = options " " $1
			if ($2 !~ /^[A-Z]+$/)
				next
			takes = $2 == "DIR" || $2 == "FILE" ? $2 : "TEXT"
			if (match($0, /: [a-z0-9-]+(, [a-z0-9-]+)+$/)) {
				takes = substr($0, RSTART + 2)
				gsub(/,/, "", takes)
			}
			rows = rows sprintf("\t\"%s %s\") echo \"%s\" ;;\n", verb, $1, takes)
		}
		END {
			printf "\t\"%s \") echo \"%s\" ;;\n", verb, substr(options, 2)
			if (operand != "")
				printf "\t\"%s operand\") echo \"%s\" ;;\n", verb, operand
			printf "%s", rows
		}'
}

block() {
	local verb verbs
	verbs=$("$doorward" --help | sed -n '/^Verbs:/,/^$/ s/^  \([a-z-]*\) .*/\1/p')
	echo "_doorward_words() {"
	echo "	case \"\$1 \${2-}\" in"
	echo "	\"verbs \") echo \"$(echo "$verbs" | tr '\n' ' ' | sed 's/ $//')\" ;;"
	for verb in $verbs; do
		verb_cases "$verb"
	done
	echo "	esac"
	echo "}"
}

if [ "${1-}" = --print ]; then
	block
	exit
fi

# shellcheck source=tests/harness/tap.sh
. "$top/tests/harness/tap.sh" || exit 99

tap_is "the table in the completion is what --help says (completion.sh --print)" \
	"$(sed -n '/^# -- from --help --$/,/^# -- end --$/p' "$file" | sed '1d;$d')" "$(block)"

# try WORD...: what is offered for the last word, in one line.
try() {
	bash --norc -c '
		. "$1"
		shift
		COMP_WORDS=(doorward "$@")
		COMP_CWORD=$#
		_doorward
		printf "%s\n" "${COMPREPLY[@]}" | sort | tr "\n" " " | sed "s/ $//"' -- "$file" "$@"
}

tap_is "a verb is completed" "$(try prov)" "provision"
tap_is "two verbs share a beginning" "$(try de)" "detect"
tap_is "an option is completed" "$(try fingerprints --ty)" "--type"
tap_is "an option's words" "$(try fingerprints --format s)" "short ssh-keygen sshfp"
tap_is "the same behind an equals sign" "$(try fingerprints --type = e)" "ecdsa ed25519"
tap_is "nothing typed behind the equals sign" "$(try provision --stage =)" "all local network"
tap_is "operands that are words" "$(try hostkeys a)" "adopt"
tap_is "fields of query" "$(try query inst)" "instance_id"
tap_is "help takes a verb" "$(try help conv)" "convert"
mkdir -p "$tap_dir/w/sub" && touch "$tap_dir/w/sun"
tap_is "a directory where one is wanted" "$(cd "$tap_dir/w" && try provision --root su)" "sub"
tap_is "a file for convert" "$(cd "$tap_dir/w" && try convert su)" "sub sun"
tap_is "free text offers nothing" "$(try fingerprints --host a)" ""
tap_is "an unknown verb offers nothing" "$(try nonsense --x)" ""

tap_done
