/* SPDX-License-Identifier: Apache-2.0 */
/* Three states, and lists that end at their limit. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/field.h"

static void test_three_states(unused_arg void **state)
{
	struct field f = { 0 };

	assert_int_equal(f.state, FIELD_UNSET);
	assert_string_equal(field_text(&f), "");
	assert_int_equal(field_set(&f, SLICE(""), NULL), 0);
	assert_int_equal(f.state, FIELD_EMPTY);
	assert_string_equal(field_text(&f), "");
	assert_int_equal(field_set(&f, SLICE("a"), NULL), 0);
	assert_int_equal(f.state, FIELD_SET);
	assert_string_equal(field_text(&f), "a");
	assert_int_equal(field_set(&f, slice_of(f.text), NULL), 0); /* from itself */
	assert_string_equal(field_text(&f), "a");
	assert_int_equal(field_set(&f, slice_of(NULL), NULL), 0);
	assert_int_equal(f.state, FIELD_EMPTY);
	field_done(&f);
	assert_int_equal(f.state, FIELD_UNSET);
	field_done(&f);
}

static void test_list(unused_arg void **state)
{
	struct string_list l = { 0 };

	assert_false(string_list_has(&l, "a"));
	l.state = FIELD_EMPTY;
	assert_int_equal(string_list_append(&l, SLICE("a"), 2, NULL), 0);
	assert_int_equal(l.state, FIELD_SET);
	assert_int_equal(string_list_append(&l, SLICE("b"), 2, NULL), 0);
	assert_int_equal(string_list_append(&l, SLICE("c"), 2, NULL), -DW_TOO_BIG);
	assert_int_equal(l.count, 2);
	assert_true(string_list_has(&l, "b"));
	assert_false(string_list_has(&l, "c"));
	string_list_done(&l);
	assert_int_equal(l.state, FIELD_UNSET);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_three_states),
		cmocka_unit_test(test_list),
	};

	return cmocka_run_group_tests_name("field", tests, NULL, NULL);
}
