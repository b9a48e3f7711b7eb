/* SPDX-License-Identifier: Apache-2.0 */
/* The buffer: its ceiling holds to the byte, and a failed append leaves nothing half. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void test_empty_is_a_string(unused_arg void **state)
{
	struct dw_buf b;

	buf_init(&b, 10);
	assert_string_equal(b.data, "");
	assert_int_equal(b.len, 0);
	buf_done(&b);
	buf_done(&b);
	buf_clear(&b);
	buf_commit(&b, 0);
	assert_string_equal(b.data, "");
}

static void test_ceiling_to_the_byte(unused_arg void **state)
{
	static const char bytes[201];

	for (size_t max = 0; max <= 200; max += 25) {
		for (size_t len = max > 0 ? max - 1 : 0; len <= max + 1; len++) {
			cleanup_buf struct dw_buf b = BUF_INIT(max);
			struct dw_err err = { 0 };
			int r = buf_append(&b, bytes, len, &err);

			assert_int_equal(r, len <= max ? 0 : -DW_TOO_BIG);
			assert_int_equal(b.len, len <= max ? len : 0);
			assert_int_equal(b.data[b.len], '\0');
		}
	}
}

static void test_ceiling_bytewise(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(1000);

	for (size_t i = 0; i < 1000; i++) {
		assert_int_equal(buf_append_byte(&b, (uint8_t)('a' + i % 26), NULL), 0);
		assert_int_equal(b.data[b.len], '\0');
	}
	assert_int_equal(b.data[999], 'a' + 999 % 26);
	assert_int_equal(buf_append_byte(&b, 'x', NULL), -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_append_str(&b, "again", NULL), 0);
	assert_string_equal(b.data, "again");
}

static void test_huge_lengths_do_not_wrap(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(SIZE_MAX);
	char *to;

	assert_int_equal(buf_append_str(&b, "abc", NULL), 0);
	assert_true(buf_reserve(&b, SIZE_MAX, &to, NULL) < 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(buf_append_str(&b, "abc", NULL), 0);
	assert_string_equal(b.data, "abc");
}

static void test_printf(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(8);

	assert_int_equal(buf_printf(&b, NULL, "%d%s", 12, "ab"), 0);
	assert_string_equal(b.data, "12ab");
	assert_int_equal(buf_printf(&b, NULL, "%s", "wxyz"), 0);
	assert_string_equal(b.data, "12abwxyz");
	assert_int_equal(buf_printf(&b, NULL, "%s", ""), 0);
	assert_int_equal(buf_printf(&b, NULL, "z"), -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
}

static void test_ssh_wire_primitives(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(64);

	assert_int_equal(buf_put_u32(&b, 0x01020304, NULL), 0);
	assert_int_equal(buf_put_string(&b, "ab", 2, NULL), 0);
	assert_int_equal(buf_put_string(&b, "", 0, NULL), 0);
	assert_int_equal(b.len, 14);
	assert_memory_equal(b.data, "\1\2\3\4\0\0\0\2ab\0\0\0\0", 14);
}

static void test_take_gives_the_bytes_away(unused_arg void **state)
{
	struct dw_buf b = BUF_INIT(10);
	size_t len = 99;
	char *s = NULL;

	assert_int_equal(buf_take(&b, &s, &len, NULL), 0);
	assert_string_equal(s, "");
	assert_int_equal(len, 0);
	free(s);
	assert_int_equal(buf_append_str(&b, "abc", NULL), 0);
	assert_int_equal(buf_take(&b, &s, NULL, NULL), 0);
	assert_string_equal(s, "abc");
	assert_int_equal(b.len, 0);
	assert_string_equal(b.data, "");
	free(s);
	buf_done(&b);
}

static void test_secret_is_wiped_and_grows(unused_arg void **state)
{
	struct dw_buf b = BUF_INIT_SECRET(1000);
	size_t size;

	for (int i = 0; i < 1000; i++)
		assert_int_equal(buf_append_byte(&b, 's', NULL), 0);
	assert_int_equal(b.data[0], 's');
	assert_int_equal(b.data[999], 's');
	size = b.size_;
	buf_clear(&b);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(b.data[i], 0);
	buf_done(&b);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty_is_a_string),
		cmocka_unit_test(test_ceiling_to_the_byte),
		cmocka_unit_test(test_ceiling_bytewise),
		cmocka_unit_test(test_huge_lengths_do_not_wrap),
		cmocka_unit_test(test_printf),
		cmocka_unit_test(test_ssh_wire_primitives),
		cmocka_unit_test(test_take_gives_the_bytes_away),
		cmocka_unit_test(test_secret_is_wiped_and_grows),
	};

	return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
