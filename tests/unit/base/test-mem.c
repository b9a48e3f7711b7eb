/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation: zeroed, never overflowing, growing up to its ceiling and not beyond. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"

static void test_alloc_is_zeroed(unused_arg void **state)
{
	void *p = NULL;

	assert_int_equal(mem_alloc(&p, 100, 10, NULL), 0);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(((char *)p)[i], 0);
	free(p);
}

static void test_alloc_of_nothing_is_something(unused_arg void **state)
{
	void *p = NULL;

	assert_int_equal(mem_alloc(&p, 0, 0, NULL), 0);
	assert_non_null(p);
	free(p);
}

static void test_alloc_overflow_is_an_error(unused_arg void **state)
{
	void *p = &p;
	struct dw_err err = { 0 };
	volatile size_t huge = SIZE_MAX / 2; /* not a constant: compilers refuse those */

	assert_int_equal(mem_alloc(&p, huge, 3, &err), -DW_NO_MEMORY);
	assert_ptr_equal(p, &p);
	assert_int_equal(err.code, DW_NO_MEMORY);
}

static void test_strndup_keeps_nul_inside(unused_arg void **state)
{
	char *s = NULL;

	assert_int_equal(mem_strndup(&s, "a\0b", 3, NULL), 0);
	assert_memory_equal(s, "a\0b\0", 4);
	free(s);
	assert_int_equal(mem_strndup(&s, NULL, 0, NULL), 0);
	assert_string_equal(s, "");
	free(s);
	assert_int_equal(mem_strndup(&s, "a", SIZE_MAX, NULL), -DW_TOO_BIG);
}

static void test_asprintf(unused_arg void **state)
{
	char *s = NULL;

	assert_int_equal(mem_asprintf(&s, NULL, "%s-%d", "a", 5), 0);
	assert_string_equal(s, "a-5");
	free(s);
}

static void grow_to(size_t max)
{
	uint64_t *items = NULL;
	size_t count = 0, capacity = 0;
	struct dw_err err = { 0 };

	while (count < max) {
		assert_int_equal(MEM_GROW(items, count, capacity, max, &err), 0);
		assert_true(capacity > count && capacity <= max);
		assert_int_equal(items[count], 0);
		items[count] = count;
		count++;
	}
	assert_int_equal(MEM_GROW(items, count, capacity, max, &err), -DW_TOO_BIG);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(items[i], i);
	free(items);
}

static void test_grow_stops_at_its_ceiling(unused_arg void **state)
{
	static const size_t ceilings[] = { 1, 7, 8, 9, 15, 16, 17, 1000 };

	for (size_t i = 0; i < ARRAY_LEN(ceilings); i++)
		grow_to(ceilings[i]);
}

static void test_wipe(unused_arg void **state)
{
	char secret[8] = "secret";

	mem_wipe(secret, sizeof(secret));
	assert_memory_equal(secret, "\0\0\0\0\0\0\0\0", 8);
	mem_wipe(NULL, 5);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alloc_is_zeroed),
		cmocka_unit_test(test_alloc_of_nothing_is_something),
		cmocka_unit_test(test_alloc_overflow_is_an_error),
		cmocka_unit_test(test_strndup_keeps_nul_inside),
		cmocka_unit_test(test_asprintf),
		cmocka_unit_test(test_grow_stops_at_its_ceiling),
		cmocka_unit_test(test_wipe),
	};

	return cmocka_run_group_tests_name("mem", tests, NULL, NULL);
}
