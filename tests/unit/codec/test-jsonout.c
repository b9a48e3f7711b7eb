/* SPDX-License-Identifier: Apache-2.0 */
/* What the JSON pen writes, read back by Python: another's reader, and a strict one. */
#include "tests/unit/codec/tool.h"

#include "base/limits.h"
#include "codec/jsonout.h"

/* Python's value of TEXT, as its repr(): "['a', 1, None]". */
static void expect(const struct dw_buf *text, const char *repr)
{
	cleanup_buf struct dw_buf out = BUF_INIT(TOOL_MAX);

	tool_write("x.json", slice_of_buf(text));
	if (tool(&out, "python3 -c 'import json; "
		       "t = open(\"x.json\", encoding=\"utf-8\").read(); "
		       "print(ascii(json.loads(t)), end=\"\")' 2>&1") != 0)
		fail_msg("%s", out.data);
	assert_string_equal(out.data, repr);
}

static void all_kinds_nested(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	struct jsonout j = jsonout_to(&b, NULL);

	(void)state;
	tool_need("python3");
	jsonout_begin_object(&j, NULL);
	jsonout_text(&j, "text", "a");
	jsonout_text(&j, "no text", NULL);
	jsonout_slice(&j, "slice", (struct slice){ "abc", 2 });
	jsonout_number(&j, "least", INT64_MIN);
	jsonout_number(&j, "most", INT64_MAX);
	jsonout_bool(&j, "yes", true);
	jsonout_bool(&j, "no", false);
	jsonout_null(&j, "null");
	jsonout_begin_list(&j, "list");
	jsonout_number(&j, NULL, 0);
	jsonout_text(&j, NULL, "");
	jsonout_begin_list(&j, NULL);
	jsonout_end_list(&j);
	jsonout_begin_object(&j, NULL);
	jsonout_end_object(&j);
	jsonout_bool(&j, NULL, true);
	jsonout_null(&j, NULL);
	jsonout_end_list(&j);
	jsonout_begin_object(&j, "object");
	jsonout_begin_object(&j, "in it");
	jsonout_number(&j, "n", -1);
	jsonout_end_object(&j);
	jsonout_end_object(&j);
	jsonout_text(&j, "after", "z");
	jsonout_end_object(&j);
	assert_int_equal(jsonout_finish(&j), 0);
	expect(&b, "{'text': 'a', 'no text': None, 'slice': 'ab', "
		   "'least': -9223372036854775808, 'most': 9223372036854775807, "
		   "'yes': True, 'no': False, 'null': None, "
		   "'list': [0, '', [], {}, True, None], "
		   "'object': {'in it': {'n': -1}}, 'after': 'z'}");
}

/* Every byte alone, in a text and in a key: no byte may break the document. */
static void every_byte_as_text(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX), out = BUF_INIT(TOOL_MAX);
	struct jsonout j = jsonout_to(&b, NULL);

	(void)state;
	tool_need("python3");
	jsonout_begin_list(&j, NULL);
	for (int c = 0; c < 256; c++) {
		const char byte = (char)c;

		jsonout_slice(&j, NULL, (struct slice){ &byte, 1 });
	}
	jsonout_end_list(&j);
	assert_int_equal(jsonout_finish(&j), 0);
	tool_write("x.json", slice_of_buf(&b));
	assert_int_equal(
		tool(&out,
		     "python3 -c 'import json; t = json.load(open(\"x.json\", "
		     "encoding=\"utf-8\")); "
		     "print(t == [chr(c) if c < 128 else chr(0xfffd) for c in range(256)])'"),
		0);
	assert_string_equal(out.data, "True\n");
	/* and none that a terminal would obey */
	for (size_t i = 0; i < b.len; i++)
		assert_true(b.data[i] == '\n' || ((unsigned char)b.data[i] >= 0x20 &&
						  (unsigned char)b.data[i] != 0x7f));
}

static void broken_and_whole_utf8(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	struct jsonout j = jsonout_to(&b, NULL);

	(void)state;
	tool_need("python3");
	jsonout_begin_object(&j, NULL);
	jsonout_text(&j, "\xc3\xa4\"\\\n", "\xe2\x82\xac \xf0\x9f\x94\x91");
	jsonout_text(&j, "cut", "a\xe2\x82");
	jsonout_text(&j, "overlong", "\xc0\xaf");
	jsonout_text(&j, "surrogate", "\xed\xa0\x80");
	jsonout_text(&j, "beyond", "\xf4\x90\x80\x80");
	jsonout_slice(&j, "nul", (struct slice){ "a\0b", 3 });
	jsonout_end_object(&j);
	assert_int_equal(jsonout_finish(&j), 0);
	expect(&b, "{'\\xe4\"\\\\\\n': '\\u20ac \\U0001f511', 'cut': 'a\\ufffd\\ufffd', "
		   "'overlong': '\\ufffd\\ufffd', 'surrogate': '\\ufffd\\ufffd\\ufffd', "
		   "'beyond': '\\ufffd\\ufffd\\ufffd\\ufffd', 'nul': 'a\\x00b'}");
}

/* People read it too. */
static void layout(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	struct jsonout j = jsonout_to(&b, NULL);

	(void)state;
	jsonout_begin_object(&j, NULL);
	jsonout_begin_list(&j, "a");
	jsonout_number(&j, NULL, 1);
	jsonout_number(&j, NULL, 2);
	jsonout_end_list(&j);
	jsonout_begin_list(&j, "b");
	jsonout_end_list(&j);
	jsonout_end_object(&j);
	assert_int_equal(jsonout_finish(&j), 0);
	assert_string_equal(b.data,
			    "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": []\n}\n");
}

static void the_first_failure_sticks(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(16);
	struct dw_err err = { 0 };
	struct jsonout j = jsonout_to(&b, &err);

	(void)state;
	jsonout_begin_list(&j, NULL);
	jsonout_text(&j, NULL, "much longer than the ceiling");
	jsonout_text(&j, NULL, "x");
	jsonout_end_list(&j);
	assert_int_equal(jsonout_finish(&j), -DW_TOO_BIG);
	assert_int_equal(err.code, DW_TOO_BIG);
	assert_int_equal(b.len, 0); /* not the half of a document */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_kinds_nested),
		cmocka_unit_test(every_byte_as_text),
		cmocka_unit_test(broken_and_whole_utf8),
		cmocka_unit_test(layout),
		cmocka_unit_test(the_first_failure_sticks),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
