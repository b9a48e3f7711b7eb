/* SPDX-License-Identifier: Apache-2.0 */
/* The documents of one fetch: by name, replaced, counted, limited. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "model/payload.h"

static void test_names_and_outcomes(unused_arg void **state)
{
	cleanup_payload struct payload p;

	payload_init(&p);
	assert_null(payload_get(&p, "meta-data"));
	assert_int_equal(payload_add(&p, "meta-data", DW_OK, 200, SLICE("a\0b"), NULL),
			 0);
	assert_int_equal(
		payload_add(&p, "user-data", DW_ABSENT, 404, SLICE("page"), NULL), 0);
	assert_int_equal(payload_get_ok(&p, "meta-data")->len, 3);
	assert_memory_equal(payload_get(&p, "meta-data")->data, "a\0b\0", 4);
	assert_null(payload_get_ok(&p, "user-data"));
	assert_int_equal(payload_get(&p, "user-data")->outcome, DW_ABSENT);
	assert_int_equal(payload_get(&p, "user-data")->status, 404);
	assert_string_equal(payload_get(&p, "user-data")->data, "");
	assert_int_equal(p.bytes, 3);
}

static void test_second_of_a_name_replaces(unused_arg void **state)
{
	cleanup_payload struct payload p;

	payload_init(&p);
	assert_int_equal(payload_add(&p, "a", DW_OK, 200, SLICE("long text"), NULL), 0);
	assert_int_equal(payload_add(&p, "a", DW_OK, 200, SLICE("b"), NULL), 0);
	assert_int_equal(p.count, 1);
	assert_int_equal(p.bytes, 1);
	assert_string_equal(payload_get(&p, "a")->data, "b");
}

static void test_limit_of_blobs(unused_arg void **state)
{
	cleanup_payload struct payload p;
	struct dw_err err = { 0 };
	char name[16];

	payload_init(&p);
	for (int i = 0; i < DW_PAYLOAD_BLOBS; i++) {
		(void)snprintf(name, sizeof(name), "%d", i);
		assert_int_equal(payload_add(&p, name, DW_OK, 0, SLICE("x"), NULL), 0);
	}
	assert_int_equal(payload_add(&p, "more", DW_OK, 0, SLICE("x"), &err),
			 -DW_TOO_BIG);
	assert_int_equal(payload_add(&p, "0", DW_OK, 0, SLICE("y"), NULL), 0);
	assert_int_equal(p.bytes, DW_PAYLOAD_BLOBS);
}

static void test_limit_of_bytes(unused_arg void **state)
{
	cleanup_payload struct payload p;
	char *zeros = calloc(1, DW_PAYLOAD_MAX);

	assert_non_null(zeros);
	payload_init(&p);
	assert_int_equal(payload_add(&p, "a", DW_OK, 0,
				     (struct slice){ zeros, DW_PAYLOAD_MAX - 1 }, NULL),
			 0);
	assert_int_equal(payload_add(&p, "b", DW_OK, 0, SLICE("xy"), NULL), -DW_TOO_BIG);
	assert_null(payload_get(&p, "b"));
	assert_int_equal(payload_add(&p, "b", DW_OK, 0, SLICE("x"), NULL), 0);
	assert_int_equal(payload_add(&p, "c", DW_OK, 0, SLICE("x"), NULL), -DW_TOO_BIG);
	/* What is replaced makes room for what replaces it. */
	assert_int_equal(payload_add(&p, "a", DW_OK, 0,
				     (struct slice){ zeros, DW_PAYLOAD_MAX - 1 }, NULL),
			 0);
	assert_int_equal(p.bytes, DW_PAYLOAD_MAX);
	free(zeros);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_and_outcomes),
		cmocka_unit_test(test_second_of_a_name_replaces),
		cmocka_unit_test(test_limit_of_blobs),
		cmocka_unit_test(test_limit_of_bytes),
	};

	return cmocka_run_group_tests_name("payload", tests, NULL, NULL);
}
