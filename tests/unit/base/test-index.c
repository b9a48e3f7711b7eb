/* SPDX-License-Identifier: Apache-2.0 */
/* The text index: finds what was put in, tells what is there already. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/index.h"

static void test_empty(unused_arg void **state)
{
	struct index x = { 0 };
	size_t at = 42;

	assert_false(index_find(&x, "a", &at));
	assert_int_equal(at, 42);
	index_done(&x);
	index_done(&x);
}

static void test_second_of_a_text_is_told(unused_arg void **state)
{
	char other[] = "same";
	struct index x = { 0 };
	size_t at = 0;

	assert_int_equal(index_add(&x, "same", 1, NULL), 0);
	assert_int_equal(index_add(&x, other, 2, NULL), 1);
	assert_true(index_find(&x, other, &at));
	assert_int_equal(at, 1);
	assert_int_equal(index_add(&x, "", 3, NULL), 0);
	assert_true(index_find(&x, "", &at));
	assert_int_equal(at, 3);
	index_done(&x);
}

static void test_sorted_thousands(unused_arg void **state)
{
	enum { COUNT = 20000 };
	static char texts[COUNT][8];
	struct index x = { 0 };
	size_t at;

	for (size_t i = 0; i < COUNT; i++) {
		(void)snprintf(texts[i], sizeof(texts[i]), "%05zu", i);
		assert_int_equal(index_add(&x, texts[i], i, NULL), 0);
	}
	for (size_t i = 0; i < COUNT; i++) {
		assert_true(index_find(&x, texts[i], &at));
		assert_int_equal(at, i);
	}
	assert_false(index_find(&x, "20000", &at));
	index_done(&x);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_second_of_a_text_is_told),
		cmocka_unit_test(test_sorted_thousands),
	};

	return cmocka_run_group_tests_name("index", tests, NULL, NULL);
}
