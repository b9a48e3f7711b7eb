/* SPDX-License-Identifier: Apache-2.0 */
/* The value: what is put into it comes out, and goes away with it. */
#include "observe/observed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"

static void keys_or_a_problem(void **state)
{
	cleanup_buf struct dw_buf keys = BUF_INIT(DW_KEYFILE_MAX);
	struct observed_user u = { 0 };

	(void)state;
	assert_int_equal(buf_append(&keys, "a\0b\n", 4, NULL), 0);
	assert_int_equal(observed_user_set_keys(&u, &keys, true, NULL, NULL), 0);
	assert_true(u.are_keys_read);
	assert_true(u.has_keys_file);
	assert_int_equal(u.keys_len, 4);
	assert_memory_equal(u.keys, "a\0b\n", 5);
	assert_int_equal(keys.len, 0);

	assert_int_equal(observed_user_set_keys(&u, NULL, true, "it is a FIFO", NULL), 0);
	assert_false(u.are_keys_read);
	assert_false(u.has_keys_file);
	assert_null(u.keys);
	assert_int_equal(u.keys_len, 0);
	assert_string_equal(u.keys_problem, "it is a FIFO");

	assert_int_equal(observed_user_set_keys(&u, &keys, false, NULL, NULL), 0);
	assert_true(u.are_keys_read);
	assert_false(u.has_keys_file);
	assert_null(u.keys_problem);
	assert_string_equal(u.keys, "");
	free(u.keys);
}

static void done_twice_is_fine(void **state)
{
	struct observed o;

	(void)state;
	observed_init(&o);
	observed_done(&o);
	observed_done(&o);
	assert_null(observed_find_user(&o, "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_or_a_problem),
		cmocka_unit_test(done_twice_is_fine),
	};

	return cmocka_run_group_tests_name("observe/observed", tests, NULL, NULL);
}
