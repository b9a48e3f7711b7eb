/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: every form of an option, what is left over, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cmd/opt.h"

static const char *const forms[] = { "text", "json", NULL };

/* What the options of these tests set. */
struct answers {
	bool flag, help;
	const char *text, *choice;
	uint64_t number;
};

/* Parses WORDS (blanks between; "_" stands for an empty word) and leaves the operands in
 * LEFT. */
static int parse(const char *words, struct answers *a, char left[static 128],
		 struct dw_err *err)
{
	const struct opt own[] = {
		{ "flag", OPT_FLAG, NULL, &a->flag, "a flag", NULL },
		{ "number", OPT_NUMBER, "N", &a->number, "a number", NULL },
		{ "form", OPT_CHOICE, "FORM", &a->choice, "one of", forms },
		{ .name = NULL },
	};
	const struct opt common[] = {
		{ "text", OPT_TEXT, "TEXT", &a->text, "a text", NULL },
		{ "help", OPT_FLAG, NULL, &a->help, "this", NULL },
		{ .name = NULL },
	};
	static char copy[256]; /* texts are borrowed from it */
	char *argv[16], *save = NULL;
	int argc = 0, operands = -1, r;

	*a = (struct answers){ .number = 7 };
	*err = (struct dw_err){ 0 };
	(void)snprintf(copy, sizeof(copy), "%s", words);
	for (char *w = strtok_r(copy, " ", &save); w != NULL;
	     w = strtok_r(NULL, " ", &save)) {
		if (strcmp(w, "_") == 0)
			*w = '\0';
		argv[argc++] = w;
	}
	r = opt_parse(own, common, argc, argv, &operands, err);
	left[0] = '\0';
	for (int i = 0; r == 0 && i < operands; i++)
		(void)snprintf(left + strlen(left), 128 - strlen(left), "<%s>", argv[i]);
	return r;
}

static void good(const char *words, struct answers *a, const char *operands)
{
	struct dw_err err;
	char left[128];

	if (parse(words, a, left, &err) < 0)
		fail_msg("%s: %s", words, err.message);
	assert_string_equal(left, operands);
}

static void takes_every_form(void **state)
{
	struct answers a;

	(void)state;
	good("", &a, "");
	assert_false(a.flag);
	assert_null(a.text);
	assert_int_equal(a.number, 7);
	good("--flag", &a, "");
	assert_true(a.flag);
	good("--text x", &a, "");
	assert_string_equal(a.text, "x");
	good("--text=x", &a, "");
	assert_string_equal(a.text, "x");
	good("--text=a=b", &a, "");
	assert_string_equal(a.text, "a=b");
	good("--text=", &a, "");
	assert_string_equal(a.text, "");
	good("--text _", &a, "");
	assert_string_equal(a.text, "");
	good("--text --flag", &a, ""); /* a value, whatever it looks like */
	assert_string_equal(a.text, "--flag");
	assert_false(a.flag);
	good("--text a --text b", &a, ""); /* the last one */
	assert_string_equal(a.text, "b");
	good("--number 0", &a, "");
	assert_int_equal(a.number, 0);
	good("--number=2147483647", &a, "");
	assert_int_equal(a.number, 2147483647);
	good("--form json", &a, "");
	assert_ptr_equal(a.choice, forms[1]);
	good("-h", &a, "");
	assert_true(a.help);
}

static void leaves_operands_in_order(void **state)
{
	struct answers a;

	(void)state;
	good("a --flag b --text t c", &a, "<a><b><c>");
	assert_true(a.flag);
	good("-", &a, "<->");
	good("_ x", &a, "<><x>");
	good("a -- --flag -h -- b", &a, "<a><--flag><-h><--><b>");
	assert_false(a.flag);
	assert_false(a.help);
	good("--text --", &a, "");
	assert_string_equal(a.text, "--");
	good("--", &a, "");
}

static void refuses_the_rest(void **state)
{
	static const struct {
		const char *words, *part;
	} bad[] = {
		{ "--nothing", "'--nothing'" },
		{ "--fla", "'--fla'" }, /* no abbreviations */
		{ "--flags", "'--flags'" },
		{ "--=x", "unknown option" },
		{ "-x", "'-x'" },
		{ "-hx", "'-hx'" },
		{ "--flag=yes", "--flag takes no value" },
		{ "--flag=", "--flag takes no value" },
		{ "--text", "--text needs a value: TEXT" },
		{ "--form", "--form needs a value, one of: text, json" },
		{ "a --number", "--number needs a value: N" },
		{ "--number x", "not 'x'" },
		{ "--number -1", "not '-1'" },
		{ "--number=", "not ''" },
		{ "--number 1.5", "not '1.5'" },
		{ "--number 0x10", "not '0x10'" },
		{ "--number 2147483648", "not '2147483648'" },
		{ "--number 99999999999999999999", "not '9" },
		{ "--form yaml", "one of: text, json (not 'yaml')" },
		{ "--form=", "one of: text, json (not '')" },
		{ "--form JSON", "not 'JSON'" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct answers a;
		struct dw_err err;
		char left[128];

		if (parse(bad[i].words, &a, left, &err) != -DW_USAGE)
			fail_msg("'%s' was taken", bad[i].words);
		if (strstr(err.message, bad[i].part) == NULL)
			fail_msg("'%s': %s", bad[i].words, err.message);
		assert_int_equal(dw_code_exit_status(err.code), 64);
	}
}

static void own_options_come_first(void **state)
{
	bool own = false, common = false;
	const struct opt first[] = { { "x", OPT_FLAG, NULL, &own, "", NULL },
				     { .name = NULL } },
			 second[] = { { "x", OPT_FLAG, NULL, &common, "", NULL },
				      { .name = NULL } };
	char word[] = "--x", *argv[] = { word };
	struct dw_err err;
	int operands;

	(void)state;
	assert_int_equal(opt_parse(first, second, 1, argv, &operands, &err), 0);
	assert_true(own && !common);
	assert_int_equal(opt_parse(NULL, second, 1, argv, &operands, &err), 0);
	assert_true(common);
	assert_int_equal(opt_parse(first, NULL, 1, argv, &operands, &err), 0);
}

static void prints_its_help(void **state)
{
	const struct opt options[] = {
		{ "flag", OPT_FLAG, NULL, NULL, "do so", NULL },
		{ "form", OPT_CHOICE, "FORM", NULL, "how to print", forms },
		{ .name = NULL },
	};
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);

	(void)state;
	assert_int_equal(opt_print(options, &b, NULL), 0);
	assert_string_equal(b.data,
			    "  --flag                     do so\n"
			    "  --form FORM                how to print: text, json\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_every_form),
		cmocka_unit_test(leaves_operands_in_order),
		cmocka_unit_test(refuses_the_rest),
		cmocka_unit_test(own_options_come_first),
		cmocka_unit_test(prints_its_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
