/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, numbers, UTF-8, text classes and escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"

#define BYTES(s) ((struct slice){ (s), sizeof(s) - 1 })

static void test_slices(unused_arg void **state)
{
	assert_true(slice_eq(slice_of(NULL), ""));
	assert_true(slice_starts_with(slice_of(NULL), ""));
	assert_false(slice_eq(slice_of(NULL), "a"));
	assert_true(slice_eq(SLICE("abc"), "abc"));
	assert_false(slice_eq(SLICE("abc"), "abcd"));
	assert_false(slice_eq(SLICE("abcd"), "abc"));
	assert_true(slice_eq_nocase(SLICE("AbZ"), "aBz"));
	assert_false(slice_eq_nocase(SLICE("\xc3\xa9"), "\xc3\x89")); /* ASCII only */
	assert_true(slice_starts_with(SLICE("ssh-rsa"), "ssh-"));
	assert_false(slice_starts_with(SLICE("ssh"), "ssh-"));
	assert_true(slice_eq(slice_trim(SLICE(" \t\r\n a b \n")), "a b"));
	assert_true(slice_eq(slice_trim(SLICE(" \n")), ""));
	assert_true(str_ends_with("a.yaml", ".yaml"));
	assert_false(str_ends_with("yaml", ".yaml"));
	assert_true(str_starts_with("abc", ""));
	assert_true(str_eq_nocase("Name", "NAME"));
}

static void test_next_line(unused_arg void **state)
{
	struct slice rest = SLICE("a\r\n\nb\r\r\nlast"), line;

	assert_true(slice_next_line(&rest, &line) && slice_eq(line, "a"));
	assert_true(slice_next_line(&rest, &line) && slice_eq(line, ""));
	assert_true(slice_next_line(&rest, &line) && slice_eq(line, "b\r"));
	assert_true(slice_next_line(&rest, &line) && slice_eq(line, "last"));
	assert_false(slice_next_line(&rest, &line));
	rest = slice_of(NULL);
	assert_false(slice_next_line(&rest, &line));
}

static void test_next_word(unused_arg void **state)
{
	struct slice rest = SLICE("  a\t bc "), word;

	assert_true(slice_next_word(&rest, &word) && slice_eq(word, "a"));
	assert_true(slice_next_word(&rest, &word) && slice_eq(word, "bc"));
	assert_false(slice_next_word(&rest, &word));
}

static void test_numbers(unused_arg void **state)
{
	static const struct {
		const char *text;
		uint64_t max;
		int result;
		uint64_t value;
	} rows[] = {
		{ "0", 10, 0, 0 },
		{ "9", 10, 0, 9 },
		{ "10", 10, 0, 10 },
		{ "11", 10, -DW_TOO_BIG, 0 },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX },
		{ "18446744073709551616", UINT64_MAX, -DW_TOO_BIG, 0 },
		{ "99999999999999999999999", UINT64_MAX, -DW_TOO_BIG, 0 },
		{ "", 10, -DW_MALFORMED, 0 },
		{ "00", 10, -DW_MALFORMED, 0 },
		{ "01", 10, -DW_MALFORMED, 0 },
		{ "+1", 10, -DW_MALFORMED, 0 },
		{ "-1", 10, -DW_MALFORMED, 0 },
		{ " 1", 10, -DW_MALFORMED, 0 },
		{ "1 ", 10, -DW_MALFORMED, 0 },
		{ "0x1", 10, -DW_MALFORMED, 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t v = 0;

		assert_int_equal(
			str_to_u64(slice_of(rows[i].text), rows[i].max, &v, NULL),
			rows[i].result);
		assert_int_equal(v, rows[i].value);
	}
}

static void test_booleans(unused_arg void **state)
{
	assert_int_equal(str_to_bool(SLICE("Yes")), 1);
	assert_int_equal(str_to_bool(SLICE("1")), 1);
	assert_int_equal(str_to_bool(SLICE("OFF")), 0);
	assert_int_equal(str_to_bool(SLICE("f")), 0);
	assert_int_equal(str_to_bool(SLICE("")), -1);
	assert_int_equal(str_to_bool(SLICE("2")), -1);
	assert_int_equal(str_to_bool(SLICE("true ")), -1);
}

static void test_utf8(unused_arg void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "a", 1 },
		{ "\x7f", 1 },
		{ "\xc2\x80", 2 },
		{ "\xe0\xa0\x80", 3 },
		{ "\xed\x9f\xbf", 3 },
		{ "\xef\xbf\xbf", 3 },
		{ "\xf0\x90\x80\x80", 4 },
		{ "\xf4\x8f\xbf\xbf", 4 },
		{ "\x80", 0 },		   /* continuation alone */
		{ "\xc0\x80", 0 },	   /* overlong NUL */
		{ "\xc1\xbf", 0 },	   /* overlong */
		{ "\xe0\x9f\xbf", 0 },	   /* overlong */
		{ "\xed\xa0\x80", 0 },	   /* surrogate */
		{ "\xf0\x8f\xbf\xbf", 0 }, /* overlong */
		{ "\xf4\x90\x80\x80", 0 }, /* beyond U+10FFFF */
		{ "\xf5\x80\x80\x80", 0 },
		{ "\xff", 0 },
		{ "\xc3", 0 },	       /* cut */
		{ "\xe2\x82", 0 },     /* cut */
		{ "\xf0\x9f\x98", 0 }, /* cut */
		{ "\xe2"
		  "a\x80",
		  0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(utf8_len(slice_of(rows[i].bytes)), rows[i].len);
	assert_int_equal(utf8_len(slice_of("")), 0);
	assert_int_equal(utf8_len(BYTES("\0")), 1);
}

static void test_text_classes(unused_arg void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		bool is_word, is_line, is_lines;
	} rows[] = {
		{ "", 0, true, true, true },
		{ "word", 4, true, true, true },
		{ "two words", 9, false, true, true },
		{ "tab\t", 4, false, false, true },
		{ "lf\n", 3, false, false, true },
		{ "crlf\r\n", 6, false, false, true },
		{ "cr\r", 3, false, false, false },
		{ "cr\rx", 4, false, false, false },
		{ "nul\0x", 5, false, false, false },
		{ "\x1b[0m", 4, false, false, false },
		{ "\x7f", 1, false, false, false },
		{ "\xc3\xa9", 2, false, true, true },
		{ "\xc2\x9b", 2, false, false, false }, /* C1: a terminal's CSI */
		{ "\xc2\xa0", 2, false, true, true },
		{ "\xff", 1, false, false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct slice s = { rows[i].bytes, rows[i].len };

		assert_int_equal(text_check(s, TEXT_WORD, 100, NULL) == 0,
				 rows[i].is_word);
		assert_int_equal(text_check(s, TEXT_LINE, 100, NULL) == 0,
				 rows[i].is_line);
		assert_int_equal(text_check(s, TEXT_LINES, 100, NULL) == 0,
				 rows[i].is_lines);
	}
}

static void test_text_limit_and_offset(unused_arg void **state)
{
	struct dw_err err = { 0 };
	char *copy = NULL;

	assert_int_equal(text_check(SLICE("abcd"), TEXT_WORD, 5, &err), 0);
	assert_int_equal(text_check(SLICE("abcde"), TEXT_WORD, 5, &err), 0);
	assert_int_equal(text_check(SLICE("abcdef"), TEXT_WORD, 5, &err), -DW_TOO_BIG);
	assert_int_equal(text_check(SLICE("abc\ndef"), TEXT_LINE, 50, &err),
			 -DW_MALFORMED);
	assert_string_equal(err.message, "byte 3 (0x0a) is not allowed here");
	assert_int_equal(text_copy(SLICE("a\n"), TEXT_LINE, 5, &copy, &err),
			 -DW_MALFORMED);
	assert_null(copy);
	assert_int_equal(text_copy(SLICE("abc"), TEXT_LINE, 5, &copy, &err), 0);
	assert_string_equal(copy, "abc");
	free(copy);
}

static void test_escapes(unused_arg void **state)
{
	static const struct {
		const char *plain;
		size_t len;
		const char *escaped;
	} rows[] = {
		{ "", 0, "" },
		{ "plain text", 10, "plain text" },
		{ "a\\b", 3, "a\\\\b" },
		{ "\n\t\r", 3, "\\n\\t\\x0d" },
		{ "\0", 1, "\\x00" },
		{ "\x1b"
		  "[",
		  2, "\\x1b[" },
		{ "\xc3\xa9", 2, "\xc3\xa9" },
		{ "\xc2\x9b", 2, "\\xc2\\x9b" },
		{ "\xff"
		  "a",
		  2, "\\xffa" },
		{ "\xe2\x82", 2, "\\xe2\\x82" },
		{ "\x7f", 1, "\\x7f" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf to = BUF_INIT(100);
		cleanup_buf struct dw_buf back = BUF_INIT(100);
		struct slice plain = { rows[i].plain, rows[i].len };

		assert_int_equal(buf_append_escaped(&to, plain, NULL), 0);
		assert_string_equal(to.data, rows[i].escaped);
		assert_int_equal(buf_append_unescaped(&back, slice_of_buf(&to), NULL), 0);
		assert_int_equal(back.len, rows[i].len);
		assert_memory_equal(back.data, rows[i].plain, rows[i].len);
	}
}

static void test_each_byte_comes_back(unused_arg void **state)
{
	cleanup_buf struct dw_buf to = BUF_INIT(2000);
	cleanup_buf struct dw_buf back = BUF_INIT(2000);
	char all[256];

	for (size_t i = 0; i < sizeof(all); i++)
		all[i] = (char)i;
	assert_int_equal(buf_append_escaped(&to, (struct slice){ all, 256 }, NULL), 0);
	assert_int_equal(text_check(slice_of_buf(&to), TEXT_LINE, 2000, NULL), 0);
	assert_int_equal(buf_append_unescaped(&back, slice_of_buf(&to), NULL), 0);
	assert_int_equal(back.len, 256);
	assert_memory_equal(back.data, all, 256);
}

static void test_bad_escapes(unused_arg void **state)
{
	static const char *const bad[] = { "\\",    "\\a",   "\\x",    "\\x1", "\\x1g",
					   "\\xAB", "\\x1B", "\\\\\\", "a\\r", "\\xa" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		cleanup_buf struct dw_buf to = BUF_INIT(100);

		assert_int_equal(buf_append_unescaped(&to, slice_of(bad[i]), NULL),
				 -DW_MALFORMED);
	}
}

static void test_make_visible(unused_arg void **state)
{
	char text[] = "ok \x01\x7f\xc2\x85\xc3\xa9\xe2\x82";

	str_make_visible(text);
	assert_string_equal(text, "ok ????\xc3\xa9??");
}

static void test_fields_of_a_line(void **state)
{
	struct slice f[3];

	(void)state;
	assert_int_equal(slice_split(SLICE("a::c"), ':', f, 3), 3);
	assert_true(slice_eq(f[0], "a") && slice_eq(f[1], "") && slice_eq(f[2], "c"));
	assert_int_equal(slice_split(SLICE("a"), ':', f, 3), 1);
	assert_true(slice_eq(f[0], "a") && f[1].len == 0 && f[2].len == 0);
	assert_int_equal(slice_split((struct slice){ NULL, 0 }, ':', f, 3), 1);
	assert_int_equal(f[0].len, 0);
	assert_int_equal(slice_split(SLICE("a:b:c:d"), ':', f, 3), 3);
	assert_true(slice_eq(f[2], "c"));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields_of_a_line),
		cmocka_unit_test(test_slices),
		cmocka_unit_test(test_next_line),
		cmocka_unit_test(test_next_word),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_text_classes),
		cmocka_unit_test(test_text_limit_and_offset),
		cmocka_unit_test(test_escapes),
		cmocka_unit_test(test_each_byte_comes_back),
		cmocka_unit_test(test_bad_escapes),
		cmocka_unit_test(test_make_visible),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
