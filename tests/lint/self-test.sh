#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Proves that each lint can fail: plants one breach in a copy of the tree and wants it found.
# Usage: self-test.sh [TREE [BUILD]]

# shellcheck source=tests/lint/lint.sh
. "$(dirname "$0")/lint.sh"

lint_dir=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A small tree of the same shape: it is quick to copy, and the lints find nothing in it.
mkdir -p "$work/clean" "$work/clean-build"
(
	cd "$work/clean" || exit 99
	mkdir -p agent/base agent/plan agent/apply agent/codec agent/cmd datasources \
		tests/unit/base tests/unit/plan tests/unit/apply tests/cli tests/lint \
		tests/fuzz/corpus/sample docs packaging
	cp "$tree/.clang-format" .
	for f in tests datasources packaging docs; do
		echo '# SPDX-License-Identifier: Apache-2.0' >$f/list.mk
	done
	head_of() { printf '/* %s */\n/* %s. */\n' 'SPDX-License-Identifier: Apache-2.0' "$1"; }
	{
		head_of "A header"
		printf '#pragma once\n\nint sample(void);\n'
	} >agent/base/sample.h
	for f in agent/base/sample agent/plan/draw agent/apply/tool; do
		{
			head_of "A source"
			printf '#include "base/sample.h"\n\nint %s(void)\n{\n\treturn 0;\n}\n' "${f##*/}"
		} >$f.c
		test=tests/unit/${f#agent/}
		{ head_of "A test" && printf 'int main(void)\n{\n\treturn 0;\n}\n'; } >"${test%/*}/test-${f##*/}.c"
		echo "$f.c ${test%/*}/test-${f##*/}.c" >>agent/base/list.mk
	done
	for f in main fetch_main; do
		{ head_of "A program" && printf 'int main(void)\n{\n\treturn 0;\n}\n'; } >agent/$f.c
		echo "agent/$f.c" >>agent/base/list.mk
	done
	# One row of each table, known to all who must know it.
	{
		head_of "A verb"
		printf 'const struct cmd cmd_sample = {\n\t.name = "sample",\n};\n'
	} >agent/cmd/sample.c
	{ head_of "The table" && printf 'const struct cmd *const cmds[] = { &cmd_sample, NULL };\n'; } \
		>agent/cmd/table.c
	{
		head_of "Keys"
		printf 'static const struct config_key {\n} keys[] = {\n\t{ "some.key", 1 },\n};\n'
	} >agent/cmd/config.c
	{
		head_of "Codes"
		printf '#pragma once\n\n/* clang-format off */\n#define DW_CODES(X) \\\n\tX(DW_SAMPLE, 1)\n\n/* clang-format on */\n'
	} >agent/base/err.h
	{ head_of "A cloud" && printf 'int cloud;\n'; } >datasources/sky.c
	printf 'DATASOURCES = \\\n\tdatasources/sky.c \\\n\t# EOL\n' >>datasources/list.mk
	for f in cmd/table cmd/config; do
		test=tests/unit/${f%/*}/test-${f##*/}.c
		mkdir -p "${test%/*}"
		{ head_of "A test" && printf 'int main(void)\n{\n\treturn 0;\n}\n'; } >"$test"
		echo "agent/$f.c $test" >>agent/base/list.mk
	done
	echo "agent/cmd/sample.c agent/base/err.h" >>agent/base/list.mk
	mkdir -p docs/man docs/datasources tests/datasources/sky packaging/completion
	echo '.B doorward\-sample' >docs/man/doorward.8
	echo '.B \-\-loud' >docs/man/doorward-sample.8
	echo '.B some.key' >docs/man/doorward.yaml.5
	echo '# docs/man/doorward.8 docs/man/doorward-sample.8 docs/man/doorward.yaml.5' >>docs/list.mk
	echo 'sample --loud' >packaging/completion/doorward
	echo 'DW_SAMPLE' >docs/errors.md
	echo 'The sky.' >docs/datasources/sky.md
	echo 'a case' >tests/datasources/sky/blue.case
	{ head_of "A target" && printf 'int fuzz_target;\n'; } >tests/fuzz/fuzz-sample.c
	echo "agent/base/sample.h tests/fuzz/fuzz-sample.c" >>agent/base/list.mk
	echo seed >tests/fuzz/corpus/sample/seed
	sed -i '1i # SPDX-License-Identifier: Apache-2.0' agent/base/list.mk
	cp tests/list.mk Makefile.am
	cp tests/list.mk tests/unit/list.mk
	printf '#!/bin/sh\n# SPDX-License-Identifier: Apache-2.0\ntrue\n' >tests/cli/sample.sh
	chmod +x tests/cli/sample.sh
	echo '# tests/cli/sample.sh' >>tests/list.mk
)

# compile OBJECT: C from stdin becomes an object of the build, as if make had made it.
compile() {
	mkdir -p "$work/build/${1%/*}"
	${CC:-cc} -x c -D_GNU_SOURCE -c - -o "$work/build/$1"
}

# program NAME OPTION...: an executable of the build, linked with these options.
program() {
	local name=$1
	shift
	mkdir -p "$work/build"
	printf 'int main(void) { return 0; }' |
		${CC:-cc} -x c - -o "$work/build/$name" -Wl,--no-as-needed "$@" 2>"$work/cc.log"
}

fresh() {
	rm -rf "$work/tree" "$work/build"
	cp -a "$work/clean" "$work/tree"
	mkdir -p "$work/build"
	if [ "$1" = layers ]; then
		echo 'int f(void) { return 0; }' | compile agent/base/sample.o
		echo 'int rename(const char *, const char *); int g(void) { return rename("a", "b"); }' |
			compile agent/apply/tool.o
		program doorward
		program doorward-fetch
	elif [ "$1" = tables ]; then
		helpful ''
	fi
}

# finds LINT NAME REGEX: the lint must fail and say what the regex says.
finds() {
	local out status=0
	rule "$1 finds $2"
	out=$(bash "$lint_dir/$1.sh" "$work/tree" "$work/build" 2>&1) || status=$?
	[ "$status" -ne 0 ] || finding "it passed"
	grep -Eq "$3" <<<"$out" || findings <<<"$out"
}

passes() {
	local out status=0
	fresh "$1"
	rule "$1 passes a clean tree"
	out=$(bash "$lint_dir/$1.sh" "$work/tree" "$work/build" 2>&1) || status=$?
	[ "$status" -eq 0 ] || findings <<<"$out"
}

# breach LINT NAME REGEX: shell on stdin, run in a fresh copy, plants it; then finds().
breach() {
	local plant
	plant=$(cat)
	fresh "$1"
	(cd "$work/tree" && eval "$plant") || finding "planting failed"
	finds "$@"
}

passes layers
breach layers "an include against the matrix" 'draw.c:.*plan may not include "apply/tool.h"' <<'END'
	echo '#include "apply/tool.h"' >>agent/plan/draw.c
END
breach layers "an include without its room" 'does not name its room' <<'END'
	echo '#include "sample.h"' >>agent/plan/draw.c
END
breach layers "a second includer of a library" '<curl/curl.h> belongs to' <<'END'
	echo '#include <curl/curl.h>' >>agent/plan/draw.c
END
breach layers "a header that needs another" 'sample.h:.*error' <<'END'
	echo 'size_t missing(void);' >>agent/base/sample.h
END
breach layers "a file opened for writing" 'draw.c:[0-9]+:.*O_CREAT' <<'END'
	echo 'int flag = O_CREAT;' >>agent/plan/draw.c
END
breach layers "a call that changes the machine" 'draw.o calls rename\(\)' <<'END'
	echo 'int rename(const char *, const char *); int h(void) { return rename("a", "b"); }' |
		compile agent/plan/draw.o
END
breach layers "a call hidden in a fortified or 64 bit name" 'draw.o calls ftruncate\(\)' <<'END'
	echo 'int ftruncate64(int, long); int h(void) { return ftruncate64(0, 0); }' |
		compile agent/plan/draw.o
END
breach layers "a library too many" 'doorward loads libz' <<'END'
	program doorward -l:libz.so.1
END
breach layers "a build without objects" 'no objects in' <<'END'
	rm -rf "$work/build/agent"
END
breach layers "a build without programs" 'doorward-fetch is not built' <<'END'
	rm -f "$work/build/doorward-fetch"
END

# The program as tables asks it: two options, one of them common.
helpful() {
	printf '#!/bin/sh\necho "usage"; echo "  --loud    be loud"%s\n' "$1" >"$work/build/doorward"
	chmod +x "$work/build/doorward"
}

passes tables
breach tables "a verb outside the table" 'cmd_sample is not in agent/cmd/table.c' <<'END'
	sed -i 's/&cmd_sample, //' agent/cmd/table.c
END
breach tables "a verb without a manual page" 'sample: no docs/man/doorward-sample.8' <<'END'
	rm docs/man/doorward-sample.8
END
breach tables "a verb without a test" 'sample: no tests/cli/sample.sh' <<'END'
	rm tests/cli/sample.sh
END
breach tables "a verb without completion" 'sample: not in packaging/completion' <<'END'
	echo 'other --loud' >packaging/completion/doorward
END
breach tables "an undocumented option" 'sample: --quiet is not in its manual' <<'END'
	helpful '; echo "  --quiet   be quiet"'
END
breach tables "a page of no verb" 'there is no verb ghost' <<'END'
	cp docs/man/doorward-sample.8 docs/man/doorward-ghost.8
END
breach tables "an undocumented key" 'some.key: not in' <<'END'
	echo '.B other.key' >docs/man/doorward.yaml.5
END
breach tables "a datasource without cases" 'sky: nothing in tests/datasources/sky' <<'END'
	rm tests/datasources/sky/blue.case
END
breach tables "a datasource without a page" 'sky: no docs/datasources/sky.md' <<'END'
	rm docs/datasources/sky.md
END
breach tables "an unexplained error code" 'DW_SAMPLE: not in docs/errors.md' <<'END'
	echo nothing >docs/errors.md
END

passes mirror
breach mirror "a source without a test" 'agent/plan/draw.c: no tests/unit/plan/test-draw.c' <<'END'
	rm tests/unit/plan/test-draw.c
END
breach mirror "a test without a source" 'test-gone.c: no agent/plan/gone.c' <<'END'
	cp tests/unit/plan/test-draw.c tests/unit/plan/test-gone.c
END
breach mirror "a test nobody runs" 'other.sh: in no list.mk' <<'END'
	cp tests/cli/sample.sh tests/cli/other.sh
END
breach mirror "a target without a corpus" 'fuzz-sample.c: nothing in' <<'END'
	rm tests/fuzz/corpus/sample/seed
END

passes text
breach text "a missing licence line" 'draw.c:1: no licence' <<'END'
	sed -i 1d agent/plan/draw.c
END
breach text "a script without a licence line" 'sample.sh: no licence' <<'END'
	sed -i 2d tests/cli/sample.sh
END
breach text "a // comment" 'draw.c:[0-9]+: a // comment' <<'END'
	echo 'int url; /* http://fine */ // not fine' >>agent/plan/draw.c
END
breach text "a goto" 'draw.c:[0-9]+: goto' <<'END'
	echo 'static void f(void) { goto out; out: return; }' >>agent/plan/draw.c
END
breach text "trailing white space" 'trailing white space' <<'END'
	printf 'int a; \n' >>agent/plan/draw.c
END
breach text "a mark of unfinished work" 'draw.c:[0-9]+:' <<'END'
	echo "/* TO""DO: later */" >>agent/plan/draw.c
END
breach text "a path of this machine" 'draw.c:[0-9]+:' <<'END'
	echo "/* see /wor""k/main */" >>agent/plan/draw.c
END
breach text "a script that cannot run" 'sample.sh: not executable' <<'END'
	chmod -x tests/cli/sample.sh
END

if command -v clang-format-14 >/dev/null; then
	passes format
	breach format "a file laid out otherwise" 'draw.c:[0-9]+: not as clang-format' <<'END'
		printf 'int  f( void ){return 0 ;}\n' >>agent/plan/draw.c
END
else
	lint_skip "format finds a file laid out otherwise" "clang-format-14 is not installed"
fi

# size only reports, so what counts is that the report has it.
fresh size
{
	printf 'int long_one(void)\n{\n'
	for _ in $(seq 50); do printf '\tsample();\n'; done
	printf '}\n'
} >>"$work/tree/agent/plan/draw.c"
rule "size reports a long function"
out=$(bash "$lint_dir/size.sh" "$work/tree")
grep -q 'long_one() has 50 lines' <<<"$out" || findings <<<"$out"

lint_done
