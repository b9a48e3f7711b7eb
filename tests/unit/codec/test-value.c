/* SPDX-License-Identifier: Apache-2.0 */
/* The value tree: building by hand, and every look-up with its NULL cases. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/value.h"

static struct value *scalar(const char *text)
{
	struct value *v = NULL;

	assert_int_equal(value_new(VALUE_SCALAR, &v, NULL), 0);
	assert_int_equal(mem_strdup(&v->text, text, NULL), 0);
	v->text_len = strlen(text);
	return v;
}

static struct value *node(enum value_kind kind)
{
	struct value *v = NULL;

	assert_int_equal(value_new(kind, &v, NULL), 0);
	return v;
}

static void test_paths(unused_arg void **state)
{
	cleanup_value struct value *top = node(VALUE_MAP);
	struct value *inner = node(VALUE_MAP);

	assert_int_equal(value_set(inner, scalar("b"), scalar("x"), NULL), 0);
	assert_int_equal(value_set(top, scalar("a"), inner, NULL), 0);
	assert_int_equal(value_set(top, scalar("n"), node(VALUE_NULL), NULL), 0);
	assert_string_equal(value_text(value_path(top, "a.b")), "x");
	assert_ptr_equal(value_path(top, "a"), inner);
	assert_null(value_path(top, "a.b.c"));
	assert_null(value_path(top, "a."));
	assert_null(value_path(top, ""));
	assert_null(value_path(NULL, "a"));
	assert_null(value_get(NULL, "a"));
	assert_null(value_get(value_path(top, "a.b"), "a"));
	assert_string_equal(value_get_key(top, "a")->text, "a");
	assert_null(value_get_key(top, "b"));
	assert_null(value_text(top));
	assert_null(value_text(NULL));
	assert_null(value_text(value_get(top, "n")));
}

static void test_duplicate_key_is_refused_and_stays_ours(unused_arg void **state)
{
	cleanup_value struct value *map = node(VALUE_MAP);
	cleanup_value struct value *key = scalar("a");
	cleanup_value struct value *item = scalar("2");
	struct dw_err err = { 0 };

	key->line = 3;
	key->column = 5;
	assert_int_equal(value_set(map, scalar("a"), scalar("1"), NULL), 0);
	assert_int_equal(value_set(map, key, item, &err), -DW_MALFORMED);
	assert_string_equal(err.message, "line 3, column 5: key \"a\" is there twice");
	assert_int_equal(map->count, 1);
	assert_string_equal(value_text(value_get(map, "a")), "1");
}

static void test_booleans(unused_arg void **state)
{
	static const struct {
		const char *text;
		int is;
	} rows[] = { { "true", 1 },  { "Yes", 1 }, { "ON", 1 },	 { "1", 1 },
		     { "false", 0 }, { "no", 0 },  { "off", 0 }, { "0", 0 },
		     { "t", -1 },    { "F", -1 },  { "2", -1 },	 { "", -1 },
		     { "maybe", -1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_value struct value *v = scalar(rows[i].text);

		assert_int_equal(value_bool(v), rows[i].is);
	}
	assert_int_equal(value_bool(NULL), -1);
}

static void test_list_ends_at_its_limit(unused_arg void **state)
{
	cleanup_value struct value *list = node(VALUE_LIST);
	cleanup_value struct value *more = scalar("x");

	for (size_t i = 0; i < DW_NODES_MAX; i++)
		assert_int_equal(value_append(list, node(VALUE_NULL), NULL), 0);
	assert_int_equal(value_append(list, more, NULL), -DW_TOO_BIG);
	assert_int_equal(list->count, DW_NODES_MAX);
}

static void test_free_of_nothing(unused_arg void **state)
{
	value_free(NULL);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_duplicate_key_is_refused_and_stays_ours),
		cmocka_unit_test(test_booleans),
		cmocka_unit_test(test_list_ends_at_its_limit),
		cmocka_unit_test(test_free_of_nothing),
	};

	return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
