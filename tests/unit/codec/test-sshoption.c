/* SPDX-License-Identifier: Apache-2.0 */
/* The option list: one spelling out of many, and each way in which sshd would skip the
 * line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/macros.h"
#include "codec/sshoption.h"

static void test_one_spelling(unused_arg void **state)
{
	static const char *const rows[][2] = {
		{ "RESTRICT,No-PTY,x11-forwarding", "restrict,no-pty,X11-forwarding" },
		{ ",,no-pty,,", "no-pty" },
		{ "CoMMand=\"a,b \\\"c\\\" \\\\ \\n\"",
		  "command=\"a,b \\\"c\\\" \\\\ \\n\"" },
		{ "from=\"\"", "from=\"\"" },
		{ "tunnel=\"0\",tunnel=\"1\"", "tunnel=\"0\",tunnel=\"1\"" },
		{ "expiry-time=\"203001012359Z\"", "expiry-time=\"203001012359Z\"" },
		{ "cert-authority,principals=\"a\"", "cert-authority,principals=\"a\"" },
		{ "command=\"\xc3\xa9\xff\"", "command=\"\xc3\xa9\xff\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_free char *once = NULL;
		cleanup_free char *twice = NULL;

		assert_int_equal(sshoption_copy(slice_of(rows[i][0]), &once, NULL), 0);
		assert_string_equal(once, rows[i][1]);
		assert_int_equal(sshoption_copy(slice_of(once), &twice, NULL), 0);
		assert_string_equal(once, twice);
	}
}

static void test_nothing_leaves_null(unused_arg void **state)
{
	char *ret = NULL;

	assert_int_equal(sshoption_copy(SLICE(","), &ret, NULL), 0);
	assert_null(ret);
	assert_int_equal(sshoption_copy(SLICE(""), &ret, NULL), 0);
	assert_null(ret);
}

static void test_refusals(unused_arg void **state)
{
	static const struct {
		const char *list;
		enum dw_code code;
		const char *message;
	} rows[] = {
		{ "bogus", DW_MALFORMED, "unknown option 'bogus'" },
		{ "no-pty x", DW_MALFORMED, "unknown option" },
		{ "pty2", DW_MALFORMED, "unknown option 'pty2'" },
		{ "no-restrict", DW_MALFORMED, "unknown option 'no-restrict'" },
		{ "no-cert-authority", DW_MALFORMED, "unknown option" },
		{ "no-command=\"x\"", DW_MALFORMED, "unknown option" },
		{ "no-", DW_MALFORMED, "unknown option" },
		{ "=\"x\"", DW_MALFORMED, "unknown option" },
		{ "command", DW_MALFORMED, "needs a value" },
		{ "command=", DW_MALFORMED, "not in quotes" },
		{ "command=x", DW_MALFORMED, "not in quotes" },
		{ "command=\"x", DW_MALFORMED, "not closed" },
		{ "command=\"x\\\"", DW_MALFORMED, "not closed" },
		{ "command=\"x\"\"y\"", DW_MALFORMED, "not separated" },
		{ "pty=\"x\"", DW_MALFORMED, "not separated" },
		{ "command=\"a\",COMMAND=\"b\"", DW_MALFORMED, "twice" },
		{ "principals=\"a\"", DW_MALFORMED, "needs cert-authority" },
		{ "environment=\"=x\"", DW_MALFORMED, "NAME=value" },
		{ "environment=\"A B=x\"", DW_MALFORMED, "NAME=value" },
		{ "expiry-time=\"\"", DW_MALFORMED, "YYYYMMDD" },
		{ "expiry-time=\"20300132\"", DW_MALFORMED, "YYYYMMDD" },
		{ "expiry-time=\"203001012460\"", DW_MALFORMED, "YYYYMMDD" },
		{ "expiry-time=\"20300101000061\"", DW_MALFORMED, "YYYYMMDD" },
		{ "expiry-time=\"2030010100\"", DW_MALFORMED, "YYYYMMDD" },
		{ "command=\"a\x1b\"", DW_REFUSED, "control byte 0x1b" },
		{ "command=\"a\rb\"", DW_REFUSED, "control byte 0x0d" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dw_err err = { 0 };
		char *ret = NULL;

		assert_int_equal(sshoption_copy(slice_of(rows[i].list), &ret, &err),
				 -(int)rows[i].code);
		assert_null(ret);
		if (strstr(err.message, rows[i].message) == NULL)
			fail_msg("%s: %s", rows[i].list, err.message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_spelling),
		cmocka_unit_test(test_nothing_leaves_null),
		cmocka_unit_test(test_refusals),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
