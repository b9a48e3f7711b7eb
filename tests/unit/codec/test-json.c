/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: exact values, strict syntax, limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/json.h"

static struct value *load(const char *text)
{
	struct dw_err err = { 0 };
	struct value *v = NULL;

	if (json_load(slice_of(text), DW_DOC_MAX, &v, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return v;
}

static void test_reads_an_instance(unused_arg void **state)
{
	cleanup_value struct value *v = load(
		"{\"compute\": {\"vmId\": \"02aab8a4\",\n  \"publicKeys\": [{\"keyData\": "
		"\"ssh-rsa A\\r\\n\", \"path\": null}], \"flag\": true, \"e\": []},\n"
		" \"s\": \"\\u00e9\\ud83d\\ude00\\/\", \"m\": {}}");
	const struct value *key = value_path(v, "compute.publicKeys")->items[0];

	assert_string_equal(value_text(value_path(v, "compute.vmId")), "02aab8a4");
	assert_true(value_path(v, "compute.vmId")->is_quoted);
	assert_string_equal(value_text(value_get(key, "keyData")), "ssh-rsa A\r\n");
	assert_int_equal(value_get(key, "path")->kind, VALUE_NULL);
	assert_int_equal(value_bool(value_path(v, "compute.flag")), 1);
	assert_false(value_path(v, "compute.flag")->is_quoted);
	assert_int_equal(value_path(v, "compute.e")->count, 0);
	assert_int_equal(value_get(v, "m")->kind, VALUE_MAP);
	assert_string_equal(value_text(value_get(v, "s")), "\xc3\xa9\xf0\x9f\x98\x80/");
}

static void test_places(unused_arg void **state)
{
	cleanup_value struct value *v = load("{\n  \"a\": [1,\n 2],\n  \"b\": \"x\"\n}");

	assert_int_equal(value_get_key(v, "a")->line, 2);
	assert_int_equal(value_get_key(v, "a")->column, 3);
	assert_int_equal(value_get(v, "a")->items[1]->line, 3);
	assert_int_equal(value_get(v, "a")->items[1]->column, 2);
	assert_int_equal(value_get(v, "b")->line, 4);
	assert_int_equal(value_get(v, "b")->column, 8);
}

static void test_numbers_keep_their_digits(unused_arg void **state)
{
	static const char *const numbers[] = {
		"0",
		"-0",
		"-1",
		"7",
		"9223372036854775807",
		"9223372036854775808",
		"18446744073709551615",
		"18446744073709551616",
		"12345678901234567890",
		"123456789012345678901234567890",
		"-9223372036854775809",
		"1.10",
		"1e5",
		"1E+05",
		"0.10e-3",
		"1e999",
	};

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		cleanup_value struct value *v = load(numbers[i]);
		cleanup_buf struct dw_buf b = BUF_INIT(100);
		cleanup_value struct value *inner = NULL;

		assert_string_equal(value_text(v), numbers[i]);
		assert_int_equal(buf_printf(&b, NULL, "{\"a\":[%s ]}", numbers[i]), 0);
		assert_int_equal(json_load(slice_of_buf(&b), 100, &inner, NULL), 0);
		assert_string_equal(value_text(value_get(inner, "a")->items[0]),
				    numbers[i]);
	}
}

static void test_single_values(unused_arg void **state)
{
	static const struct {
		const char *text;
		enum value_kind kind;
	} rows[] = {
		{ "null", VALUE_NULL },
		{ " null\n", VALUE_NULL },
		{ "\"\"", VALUE_SCALAR },
		{ "true", VALUE_SCALAR },
		{ "[]", VALUE_LIST },
		{ "{}", VALUE_MAP },
		{ "\xef\xbb\xbf[]", VALUE_LIST },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_value struct value *v = load(rows[i].text);

		assert_int_equal(v->kind, rows[i].kind);
	}
}

static void test_refusals(unused_arg void **state)
{
	static const char *const bad[] = {
		"",
		" ",
		"[",
		"]",
		"[1",
		"[1,",
		"[1,]",
		"[,1]",
		"[1 2]",
		"[1]]",
		"[1]x",
		"[1] [2]",
		"1 2",
		"{",
		"{}}",
		"{\"a\"}",
		"{\"a\":}",
		"{\"a\":1,}",
		"{\"a\" 1}",
		"{a:1}",
		"{1:1}",
		"{'a':1}",
		"{\"a\"::1}",
		"[\"a\":1]",
		"\"a\":1",
		":",
		"'a'",
		"tru",
		"True",
		"NULL",
		"nul",
		"NaN",
		"[NaN]",
		"Infinity",
		"-Infinity",
		"01",
		"+1",
		".5",
		"1.",
		"1e",
		"1e+",
		"-",
		"0x1",
		"1_0",
		"\"a",
		"\"a\nb\"",
		"\"\t\"",
		"\"\\x41\"",
		"\"\\u12\"",
		"\"\\u12g4\"",
		"\"\\u0000\"",
		"{\"a\\u0000b\":1}",
		"\"\\ud800\"",
		"\"\\ud800\\u0041\"",
		"\"\\udc00\"",
		"\"\\ud800\\ud800\"",
		"\"\\",
		"\"\xff\"",
		"\"\xc0\x80\"",
		"\"\xed\xa0\x80\"",
		"/* c */ 1",
		"// c\n1",
		"[1] // c",
		"{\"a\":1,\"a\":2}",
		"{\"a\":1,\"\\u0061\":2}",
		"[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]",
		"\xef\xbb\xbf",
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct value *v = NULL;
		int r = json_load(slice_of(bad[i]), DW_DOC_MAX, &v, NULL);

		if (r != -DW_MALFORMED)
			fail_msg("%s gave %d", bad[i], r);
		assert_null(v);
	}
	assert_int_equal(json_load((struct slice){ "\"\0\"", 3 }, 10,
				   &(struct value *){ NULL }, NULL),
			 -DW_MALFORMED);
	assert_int_equal(json_load((struct slice){ "1\0", 2 }, 10,
				   &(struct value *){ NULL }, NULL),
			 -DW_MALFORMED);
}

static void test_refusals_name_their_place(unused_arg void **state)
{
	struct dw_err err = { 0 };
	struct value *v = NULL;

	assert_int_equal(
		json_load(SLICE("{\n \"a\": {\"k\":1,\n\"k\":2}}"), 100, &v, &err),
		-DW_MALFORMED);
	assert_string_equal(err.message, "line 2, column 7: this object has a key twice");
	assert_int_equal(json_load(SLICE("[1,\n  01]"), 100, &v, &err), -DW_MALFORMED);
	assert_string_equal(err.message, "line 2, column 3: no JSON value");
}

static void test_size_limit(unused_arg void **state)
{
	cleanup_value struct value *v = NULL;

	assert_int_equal(json_load(SLICE("[10]"), 3, &v, NULL), -DW_TOO_BIG);
	assert_int_equal(json_load(SLICE("[10]"), 4, &v, NULL), 0);
}

static void test_depth_limit(unused_arg void **state)
{
	char text[2 * DW_DEPTH_MAX + 4];

	for (size_t depth = DW_DEPTH_MAX - 1; depth <= DW_DEPTH_MAX + 1; depth++) {
		cleanup_value struct value *v = NULL;

		memset(text, '[', depth);
		memset(text + depth, ']', depth);
		assert_int_equal(
			json_load((struct slice){ text, 2 * depth }, 100, &v, NULL),
			depth <= DW_DEPTH_MAX ? 0 : -DW_TOO_BIG);
	}
}

static void test_node_limit(unused_arg void **state)
{
	for (size_t nodes = DW_NODES_MAX - 1; nodes <= DW_NODES_MAX + 1; nodes++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		cleanup_value struct value *v = NULL;

		/* The list itself is a node. */
		assert_int_equal(buf_append_str(&b, "[0", NULL), 0);
		for (size_t i = 2; i < nodes; i++)
			assert_int_equal(buf_append_str(&b, ",0", NULL), 0);
		assert_int_equal(buf_append_str(&b, "]", NULL), 0);
		assert_int_equal(json_load(slice_of_buf(&b), DW_DOC_MAX, &v, NULL),
				 nodes <= DW_NODES_MAX ? 0 : -DW_TOO_BIG);
	}
}

static void test_bombs_end_early(unused_arg void **state)
{
	static const char *const pieces[] = { "[", "{\"a\":", "[{\"a\":[", "1,", "[]," };

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		struct value *v = NULL;

		assert_int_equal(buf_append_str(&b, "[", NULL), 0);
		while (b.len + strlen(pieces[i]) <= DW_DOC_MAX)
			assert_int_equal(buf_append_str(&b, pieces[i], NULL), 0);
		assert_int_equal(json_load(slice_of_buf(&b), DW_DOC_MAX, &v, NULL),
				 -DW_TOO_BIG);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_an_instance),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_numbers_keep_their_digits),
		cmocka_unit_test(test_single_values),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_refusals_name_their_place),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_node_limit),
		cmocka_unit_test(test_bombs_end_early),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
