/* SPDX-License-Identifier: Apache-2.0 */
/* The error value: filled whole, always one visible line, never longer than its room. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void test_table_has_a_row_for_each_code(unused_arg void **state)
{
	for (int code = DW_OK; code < DW_CODE_MAX_; code++) {
		assert_non_null(dw_code_name((enum dw_code)code));
		assert_true(dw_code_text((enum dw_code)code)[0] != '\0');
		assert_true(code == DW_OK ||
			    dw_code_exit_status((enum dw_code)code) != 0);
	}
	assert_string_equal(dw_code_name(DW_TOO_BIG), "DW_TOO_BIG");
	assert_int_equal(dw_code_exit_status(DW_USAGE), 64);
	assert_int_equal(dw_code_exit_status(DW_NOT_HERE), 3);
	assert_int_equal(dw_code_exit_status(DW_DRIFT), 4);
	assert_true(dw_code_may_retry(DW_TIMEOUT));
	assert_false(dw_code_may_retry(DW_MALFORMED));
}

static void test_unknown_code_reads_as_failed(unused_arg void **state)
{
	assert_string_equal(dw_code_name(DW_CODE_MAX_), "DW_FAILED");
	assert_int_equal(dw_code_exit_status((enum dw_code)(DW_CODE_MAX_ + 1000)), 1);
}

static void test_fail_fills_all_fields(unused_arg void **state)
{
	struct dw_err err = { .sys_errno = 99 };

	assert_int_equal(dw_fail(&err, DW_MALFORMED, "line %d is bad", 7), -DW_MALFORMED);
	assert_int_equal(err.code, DW_MALFORMED);
	assert_int_equal(err.sys_errno, 0);
	assert_string_equal(err.message, "line 7 is bad");
	assert_string_equal(err.where, __func__);
}

static void test_errno_chooses_the_code(unused_arg void **state)
{
	static const struct {
		int errnum;
		enum dw_code code;
	} rows[] = {
		{ ENOSPC, DW_NO_SPACE },   { EDQUOT, DW_NO_SPACE },
		{ EACCES, DW_PERMISSION }, { ENOENT, DW_ABSENT },
		{ ELOOP, DW_REFUSED },	   { ENOMEM, DW_NO_MEMORY },
		{ EIO, DW_SYSTEM },
	};
	struct dw_err err;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(dw_fail_errno(&err, rows[i].errnum, "x"),
				 -(int)rows[i].code);
		assert_int_equal(err.sys_errno, rows[i].errnum);
	}
	(void)dw_fail_errno(&err, ENOENT, "cannot open %s", "/x");
	assert_string_equal(err.message, "cannot open /x: No such file or directory");
}

static void test_null_error_is_fine(unused_arg void **state)
{
	assert_int_equal(dw_fail(NULL, DW_TOO_BIG, "x"), -DW_TOO_BIG);
	assert_int_equal(dw_fail_errno(NULL, ENOSPC, "x"), -DW_NO_SPACE);
	assert_true(dw_wrap(NULL, "x") < 0);
	assert_int_equal(dw_err_copy(NULL, NULL), -DW_FAILED);
}

static void test_wrap_puts_words_in_front(unused_arg void **state)
{
	struct dw_err err;

	(void)dw_fail(&err, DW_TIMEOUT, "no answer");
	assert_int_equal(dw_wrap(&err, "while asking %s", "IMDS"), -DW_TIMEOUT);
	assert_string_equal(err.message, "while asking IMDS: no answer");
}

static void test_old_message_may_be_an_argument(unused_arg void **state)
{
	struct dw_err err;

	(void)dw_fail(&err, DW_TIMEOUT, "inner");
	(void)dw_fail(&err, DW_FAILED, "outer (%s)", err.message);
	assert_string_equal(err.message, "outer (inner)");
	(void)dw_wrap(&err, "again %s", err.message);
	assert_string_equal(err.message, "again outer (inner): outer (inner)");
}

static void test_long_message_is_cut(unused_arg void **state)
{
	char text[DW_ERR_MESSAGE_MAX + 2];
	struct dw_err err;

	for (size_t len = DW_ERR_MESSAGE_MAX - 2; len <= DW_ERR_MESSAGE_MAX + 1; len++) {
		memset(text, 'a', len);
		text[len] = '\0';
		(void)dw_fail(&err, DW_FAILED, "%s", text);
		assert_int_equal(strlen(err.message),
				 len < DW_ERR_MESSAGE_MAX ? len : DW_ERR_MESSAGE_MAX - 1);
		(void)dw_wrap(&err, "%s", text);
		assert_int_equal(strlen(err.message), DW_ERR_MESSAGE_MAX - 1);
	}
}

static void test_terminal_sequences_become_visible(unused_arg void **state)
{
	struct dw_err err;

	(void)dw_fail(&err, DW_FAILED,
		      "a\x1b[2Jb\nc\x7f"
		      "d\xc2\x9b"
		      "e\xff"
		      "f\xc3\xa9");
	assert_string_equal(err.message, "a?[2Jb?c?d??e?f\xc3\xa9");
}

static void test_copy(unused_arg void **state)
{
	struct dw_err from, to = { 0 };

	(void)dw_fail(&from, DW_GONE, "gone");
	assert_int_equal(dw_err_copy(&to, &from), -DW_GONE);
	assert_string_equal(to.message, "gone");
}

static void test_nothing_that_failed_reads_as_done(unused_arg void **state)
{
	struct dw_err to = { 0 }, empty = { 0 };

	assert_int_equal(dw_wrap(&empty, "words"), -DW_FAILED);
	assert_int_equal(dw_err_copy(&to, &(struct dw_err){ 0 }), -DW_FAILED);
	assert_int_equal(dw_fail(&to, (enum dw_code)DW_CODE_MAX_, "beyond"), -DW_FAILED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table_has_a_row_for_each_code),
		cmocka_unit_test(test_unknown_code_reads_as_failed),
		cmocka_unit_test(test_fail_fills_all_fields),
		cmocka_unit_test(test_errno_chooses_the_code),
		cmocka_unit_test(test_null_error_is_fine),
		cmocka_unit_test(test_wrap_puts_words_in_front),
		cmocka_unit_test(test_old_message_may_be_an_argument),
		cmocka_unit_test(test_long_message_is_cut),
		cmocka_unit_test(test_terminal_sequences_become_visible),
		cmocka_unit_test(test_copy),
		cmocka_unit_test(test_nothing_that_failed_reads_as_done),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
