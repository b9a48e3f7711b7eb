/* SPDX-License-Identifier: Apache-2.0 */
/* The words of operations and outcomes, and the line that people see. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "plan/op.h"

static void expect(const struct op *op, const char *text)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	struct dw_err err = { 0 };

	assert_int_equal(op_print(op, &b, &err), 0);
	assert_string_equal(b.data, text);
}

static void every_kind_has_a_word_of_its_own(void **state)
{
	(void)state;
	for (int a = 0; a < OP_KIND_MAX_; a++) {
		assert_non_null(op_kind_text((enum op_kind)a));
		assert_true(strlen(op_kind_text((enum op_kind)a)) <= 15);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(op_kind_text((enum op_kind)a),
						op_kind_text((enum op_kind)b));
	}
	assert_string_equal(op_kind_text(OP_HOSTKEY_MAKE), "hostkey-make");
	assert_string_equal(op_kind_text(OP_SSHD_RELOAD), "sshd-reload");
}

static void outcomes_have_words(void **state)
{
	static const char *const words[] = { "planned", "done", "unchanged", "failed",
					     "skipped" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_string_equal(op_outcome_text((enum op_outcome)i), words[i]);
}

static void each_outcome_has_its_mark(void **state)
{
	static const char marks[] = "+*=!-";
	struct op op = { .kind = OP_HOSTNAME,
			 .target = (char *)(uintptr_t) "/etc/hostname",
			 .detail = (char *)(uintptr_t) "web1" };

	(void)state;
	(void)dw_fail(&op.failure, DW_NO_SPACE, "disk full");
	for (size_t i = 0; i < sizeof(marks) - 1; i++) {
		char text[128];

		op.outcome = (enum op_outcome)i;
		(void)snprintf(text, sizeof(text),
			       "%c hostname        /etc/hostname  web1\n%s", marks[i],
			       op.outcome == OP_FAILED ? "    failed: disk full\n" : "");
		expect(&op, text);
	}
}

static void no_detail_no_blanks(void **state)
{
	struct op op = { .kind = OP_SSHD_RELOAD, .target = (char *)(uintptr_t) "sshd" };

	(void)state;
	expect(&op, "+ sshd-reload     sshd\n");
	op.detail = (char *)(uintptr_t) "";
	expect(&op, "+ sshd-reload     sshd\n");
}

static void too_long_is_an_error(void **state)
{
	struct op op = { .kind = OP_FILE, .target = (char *)(uintptr_t) "/etc/x" };
	cleanup_buf struct dw_buf b = BUF_INIT(8);
	struct dw_err err = { 0 };

	(void)state;
	assert_int_equal(op_print(&op, &b, &err), -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
}

/* Under a leak checker this tells whether each owned text is freed. */
static void done_frees_all_and_leaves_nothing(void **state)
{
	struct op op = { .kind = OP_USER_CREATE }, empty = { 0 };
	struct dw_err err = { 0 };

	(void)state;
	assert_int_equal(mem_strdup(&op.target, "a", &err), 0);
	assert_int_equal(mem_strdup(&op.detail, "b", &err), 0);
	assert_int_equal(mem_strdup(&op.shell, "c", &err), 0);
	assert_int_equal(mem_strdup(&op.gecos, "d", &err), 0);
	assert_int_equal(mem_strdup(&op.path, "e", &err), 0);
	assert_int_equal(mem_strdup(&op.data, "f", &err), 0);
	assert_int_equal(string_list_append(&op.groups, SLICE("g"), 1, &err), 0);
	op_done(&op);
	assert_null(op.target);
	assert_null(op.data);
	assert_int_equal(op.groups.count, 0);
	op_done(&op);
	op_done(&empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_kind_has_a_word_of_its_own),
		cmocka_unit_test(outcomes_have_words),
		cmocka_unit_test(each_outcome_has_its_mark),
		cmocka_unit_test(no_detail_no_blanks),
		cmocka_unit_test(too_long_is_an_error),
		cmocka_unit_test(done_frees_all_and_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
