/* SPDX-License-Identifier: Apache-2.0 */
/* YAML: what is read, what is refused and where, and bombs that must not go off. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/yaml.h"

static struct value *load(const char *text)
{
	struct dw_err err = { 0 };
	struct value *v = NULL;

	if (yaml_load(slice_of(text), DW_DOC_MAX, &v, &err) < 0)
		fail_msg("%s: %s", text, err.message);
	return v;
}

static void test_reads_a_cloud_config(unused_arg void **state)
{
	cleanup_value struct value *v = load("#cloud-config\n"
					     "users:\n"
					     "  - default\n"
					     "  - name: alice\n"
					     "    sudo: [\"ALL=(ALL) NOPASSWD:ALL\"]\n"
					     "    lock_passwd: true\n"
					     "text: |\n"
					     "  a\n"
					     "  b\n"
					     "empty:\n"
					     "tilde: ~\n"
					     "quoted: \"null\"\n");
	const struct value *users = value_get(v, "users");

	assert_int_equal(users->kind, VALUE_LIST);
	assert_int_equal(users->count, 2);
	assert_string_equal(value_text(users->items[0]), "default");
	assert_string_equal(value_text(value_get(users->items[1], "name")), "alice");
	assert_int_equal(value_get(users->items[1], "name")->line, 4);
	assert_int_equal(value_get(users->items[1], "name")->column, 11);
	assert_int_equal(value_get_key(users->items[1], "sudo")->line, 5);
	assert_int_equal(value_bool(value_get(users->items[1], "lock_passwd")), 1);
	assert_string_equal(value_text(value_get(v, "text")), "a\nb\n");
	assert_true(value_get(v, "text")->is_quoted);
	assert_int_equal(value_get(v, "empty")->kind, VALUE_NULL);
	assert_int_equal(value_get(v, "tilde")->kind, VALUE_NULL);
	assert_string_equal(value_text(value_get(v, "quoted")), "null");
}

static void test_scalars_are_kept_as_written(unused_arg void **state)
{
	cleanup_value struct value *v = load(
		"{a: 18446744073709551616, b: 0x1F, c: 1e3, d: !!str 007, e: !x tagged}");

	assert_string_equal(value_text(value_get(v, "a")), "18446744073709551616");
	assert_false(value_get(v, "a")->is_quoted);
	assert_string_equal(value_text(value_get(v, "b")), "0x1F");
	assert_string_equal(value_text(value_get(v, "c")), "1e3");
	assert_string_equal(value_text(value_get(v, "d")), "007");
	assert_true(value_get(v, "d")->is_quoted);
	assert_string_equal(value_text(value_get(v, "e")), "tagged");
}

static void test_reads_json_too(unused_arg void **state)
{
	cleanup_value struct value *v =
		load("{\"instance-id\": \"i-1\", \"n\": [1, null]}");

	assert_string_equal(value_path(v, "instance-id")->text, "i-1");
	assert_int_equal(value_get(v, "n")->items[1]->kind, VALUE_NULL);
}

static void test_empty_documents_are_null(unused_arg void **state)
{
	static const char *const texts[] = { "",      "\n",	    "# only a comment\n",
					     "---\n", "---\n...\n", "\xef\xbb\xbf",
					     "null" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		cleanup_value struct value *v = load(texts[i]);

		assert_int_equal(v->kind, VALUE_NULL);
	}
}

static void test_byte_order_mark_is_skipped(unused_arg void **state)
{
	cleanup_value struct value *v = load("\xef\xbb\xbf"
					     "a: 1");

	assert_string_equal(value_text(value_get(v, "a")), "1");
	assert_int_equal(value_get_key(v, "a")->column, 1);
}

static void test_anchor_without_alias_is_harmless(unused_arg void **state)
{
	cleanup_value struct value *v = load("a: &x 1");

	assert_string_equal(value_text(value_get(v, "a")), "1");
}

static void test_refusals_name_their_place(unused_arg void **state)
{
	static const struct {
		const char *name, *text;
		int result;
		const char *message;
	} rows[] = {
		{ "alias", "a: &x 1\nb: *x\n", -DW_REFUSED, "line 2, column 4: aliases" },
		{ "billion-laughs", "a: &a [x, x]\nb: &b [*a, *a]\n", -DW_REFUSED,
		  "line 2, column 8: aliases" },
		{ "merge-key", "a:\n  <<: {b: 1}\n", -DW_REFUSED,
		  "line 2, column 3: merge" },
		{ "merge-alias", "a: &a {}\nb:\n  <<: *a\n", -DW_REFUSED,
		  "line 3, column 3: merge" },
		{ "duplicate-key", "a: 1\nb: 2\na: 3\n", -DW_MALFORMED,
		  "line 3, column 1: key \"a\" is there twice" },
		{ "duplicate-quoted", "{a: 1, \"a\": 2}", -DW_MALFORMED,
		  "line 1, column 8: key" },
		{ "list-as-key", "? [a]\n: 1\n", -DW_MALFORMED,
		  "line 1, column 3: the key" },
		{ "map-as-key", "{{a: 1}: 2}", -DW_MALFORMED,
		  "line 1, column 2: the key" },
		{ "alias-as-key", "a: &x 1\n*x : 2\n", -DW_REFUSED,
		  "line 2, column 1: aliases" },
		{ "second-document", "a: 1\n---\nb: 2\n", -DW_MALFORMED,
		  "line 2, column 1: a second document" },
		{ "nul-escape", "a: \"x\\0y\"\n", -DW_MALFORMED,
		  "line 1, column 4: NUL" },
		{ "tab-indent", "a:\n\tb: 1\n", -DW_MALFORMED, "line 2, column 1" },
		{ "torn-flow", "a: [1, 2\n", -DW_MALFORMED, "line 2, column 1" },
		{ "torn-quote", "a: \"x\n", -DW_MALFORMED, "line 2, column 1" },
		{ "bad-utf8", "a: \xff\n", -DW_MALFORMED, "byte 3" },
		{ "control-byte", "a: \x01\n", -DW_MALFORMED, "byte 3" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dw_err err = { 0 };
		struct value *v = NULL;

		assert_int_equal(yaml_load(slice_of(rows[i].text), DW_DOC_MAX, &v, &err),
				 rows[i].result);
		assert_null(v);
		if (strstr(err.message, rows[i].message) != err.message)
			fail_msg("%s: %s", rows[i].name, err.message);
	}
}

static void test_utf16_is_refused(unused_arg void **state)
{
	struct value *v = NULL;

	assert_int_equal(yaml_load((struct slice){ "\xff\xfe"
						   "a\0:\0",
						   6 },
				   DW_DOC_MAX, &v, NULL),
			 -DW_MALFORMED);
	assert_int_equal(yaml_load((struct slice){ "a: \0", 4 }, DW_DOC_MAX, &v, NULL),
			 -DW_MALFORMED);
}

static void test_size_limit(unused_arg void **state)
{
	cleanup_value struct value *v = NULL;

	assert_int_equal(yaml_load(SLICE("a: 1"), 4, &v, NULL), 0);
	value_free(v);
	v = NULL;
	assert_int_equal(yaml_load(SLICE("a: 1"), 3, &v, NULL), -DW_TOO_BIG);
	assert_int_equal(yaml_load((struct slice){ NULL, 0 }, 0, &v, NULL), 0);
}

static int load_nested(size_t depth, const char *open, const char *close)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_value struct value *v = NULL;

	for (size_t i = 0; i < depth; i++)
		assert_int_equal(buf_append_str(&b, open, NULL), 0);
	for (size_t i = 0; i < depth; i++)
		assert_int_equal(buf_append_str(&b, close, NULL), 0);
	return yaml_load(slice_of_buf(&b), DW_DOC_MAX, &v, NULL);
}

static void test_depth_limit(unused_arg void **state)
{
	for (size_t depth = DW_DEPTH_MAX - 1; depth <= DW_DEPTH_MAX + 1; depth++) {
		int expected = depth <= DW_DEPTH_MAX ? 0 : -DW_TOO_BIG;

		assert_int_equal(load_nested(depth, "[", "]"), expected);
		assert_int_equal(load_nested(depth, "{a: ", "}"), expected);
		assert_int_equal(load_nested(depth, "- ", ""), expected);
	}
}

static void test_node_limit(unused_arg void **state)
{
	for (size_t nodes = DW_NODES_MAX - 1; nodes <= DW_NODES_MAX + 1; nodes++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		cleanup_value struct value *v = NULL;

		/* The list itself is a node. */
		for (size_t i = 1; i < nodes; i++)
			assert_int_equal(buf_append_str(&b, "- x\n", NULL), 0);
		assert_int_equal(yaml_load(slice_of_buf(&b), DW_DOC_MAX, &v, NULL),
				 nodes <= DW_NODES_MAX ? 0 : -DW_TOO_BIG);
	}
}

/*
 * Unguarded, libyaml needs seconds to hours for a megabyte of most of these. That they
 * end here at all is the proof; the place in the message shows that it was the budget
 * which ended them, within the first thousands of bytes.
 */
static void test_bombs_end_early(unused_arg void **state)
{
	static const struct {
		const char *name, *piece;
		int result;
		const char *message;
	} rows[] = {
		{ "flow-lists", "[", -DW_TOO_BIG,
		  "line 1, column 33: nested too deeply" },
		{ "flow-maps", "{", -DW_MALFORMED, "line 1, column 2: the key" },
		{ "flow-mixed", "[{a: ", -DW_TOO_BIG,
		  "line 1, column 81: nested too deeply" },
		{ "flow-lines", "[\n", -DW_TOO_BIG,
		  "line 33, column 1: nested too deeply" },
		{ "block-lists", "- ", -DW_TOO_BIG,
		  "line 1, column 65: nested too deeply" },
		{ "explicit-keys", "? ", -DW_MALFORMED, "line 1, column 3: the key" },
		{ "list-of-lists", "- []\n", -DW_TOO_BIG,
		  "line 20000, column 3: too many" },
		{ "anchors", "- &a x\n", -DW_TOO_BIG, "line 20000, column 3: too many" },
		{ "tag-directives", "%TAG !a! b\n", -DW_TOO_BIG,
		  "more than 16 lines begin" },
		{ "tag-directives-nel", "%TAG !a! b\xc2\x85", -DW_TOO_BIG,
		  "more than 16 lines begin" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		struct dw_err err = { 0 };
		struct value *v = NULL;

		while (b.len + strlen(rows[i].piece) <= DW_DOC_MAX)
			assert_int_equal(buf_append_str(&b, rows[i].piece, NULL), 0);
		assert_int_equal(yaml_load(slice_of_buf(&b), DW_DOC_MAX, &v, &err),
				 rows[i].result);
		if (strstr(err.message, rows[i].message) != err.message)
			fail_msg("%s: %s", rows[i].name, err.message);
	}
}

static void test_percent_inside_text_is_no_directive(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_value struct value *v = NULL;

	assert_int_equal(buf_append_str(&b, "rules: |\n", NULL), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(buf_append_str(&b, "  %sudo ALL=(ALL) ALL % %\n", NULL),
				 0);
	assert_int_equal(yaml_load(slice_of_buf(&b), DW_DOC_MAX, &v, NULL), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_a_cloud_config),
		cmocka_unit_test(test_scalars_are_kept_as_written),
		cmocka_unit_test(test_reads_json_too),
		cmocka_unit_test(test_empty_documents_are_null),
		cmocka_unit_test(test_byte_order_mark_is_skipped),
		cmocka_unit_test(test_anchor_without_alias_is_harmless),
		cmocka_unit_test(test_refusals_name_their_place),
		cmocka_unit_test(test_utf16_is_refused),
		cmocka_unit_test(test_size_limit),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_node_limit),
		cmocka_unit_test(test_bombs_end_early),
		cmocka_unit_test(test_percent_inside_text_is_no_directive),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
