/* SPDX-License-Identifier: Apache-2.0 */
/* Building an instance: no user, key or remark twice, none beyond the limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/instance.h"

static struct user *user(struct instance *i, const char *name)
{
	struct user *u = NULL;

	assert_int_equal(instance_user(i, slice_of(name), &u, NULL), 0);
	return u;
}

static void test_starts_unset(unused_arg void **state)
{
	cleanup_instance struct instance i;

	instance_init(&i);
	assert_int_equal(i.hostname.state, FIELD_UNSET);
	assert_int_equal(i.disable_root, TRI_UNSET);
	assert_int_equal(i.password_authentication, TRI_UNSET);
	assert_int_equal(i.ssh_deletekeys, TRI_UNSET);
	assert_null(instance_find_user(&i, "a"));
	assert_int_equal(user(&i, "a")->admin, TRI_UNSET);
	assert_int_equal(user(&i, "a")->lock_passwd, TRI_UNSET);
	assert_int_equal(user(&i, "a")->keys.state, FIELD_UNSET);
}

static void test_one_user_per_name(unused_arg void **state)
{
	cleanup_instance struct instance i;

	instance_init(&i);
	for (int n = 0; n < 100; n++) {
		(void)user(&i, "a");
		(void)user(&i, "b");
	}
	assert_int_equal(i.users_count, 2);
	assert_string_equal(instance_find_user(&i, "b")->name, "b");
	assert_null(instance_find_user(&i, "c"));
}

static void test_limit_of_users(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	struct user *u = NULL;
	char name[16];

	instance_init(&i);
	for (int n = 0; n < DW_USERS_MAX; n++) {
		(void)snprintf(name, sizeof(name), "u%d", n);
		assert_string_equal(user(&i, name)->name, name);
	}
	assert_int_equal(instance_user(&i, SLICE("more"), &u, &err), -DW_TOO_BIG);
	assert_null(u);
	assert_int_equal(i.users_count, DW_USERS_MAX);
	assert_string_equal(user(&i, "u0")->name, "u0");
}

static void test_first_key_of_a_line_stays(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct user *u;

	instance_init(&i);
	u = user(&i, "a");
	u->keys.state = FIELD_EMPTY;
	assert_int_equal(user_add_key(u, SLICE("k1"), SLICE("first"), 5, NULL), 0);
	assert_int_equal(user_add_key(u, SLICE("k1"), SLICE("second"), 6, NULL), 0);
	assert_int_equal(user_add_key(u, SLICE("k2"), SLICE("second"), 0, NULL), 0);
	assert_int_equal(u->keys.state, FIELD_SET);
	assert_int_equal(u->keys.count, 2);
	assert_string_equal(u->keys.items[0].source, "first");
	assert_int_equal(u->keys.items[0].expires, 5);
	assert_string_equal(u->keys.items[1].line, "k2");
}

static void test_limit_of_keys(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	struct user *u;
	char line[32];

	instance_init(&i);
	u = user(&i, "a");
	for (int n = 0; n < DW_KEYS_MAX; n++) {
		(void)snprintf(line, sizeof(line), "key %d", n);
		assert_int_equal(user_add_key(u, slice_of(line), SLICE("s"), 0, NULL), 0);
	}
	assert_int_equal(user_add_key(u, SLICE("more"), SLICE("s"), 0, &err),
			 -DW_TOO_BIG);
	assert_int_equal(user_add_key(u, SLICE("key 7"), SLICE("s"), 0, NULL), 0);
	assert_int_equal(u->keys.count, DW_KEYS_MAX);
}

static void test_remarks_are_one_visible_line(unused_arg void **state)
{
	cleanup_instance struct instance i;
	char text[DW_WORD_MAX + 3];

	instance_init(&i);
	assert_int_equal(
		instance_remark(&i, REMARK_NOTE, "a\nb", "\x1b[2J\xff", "\xc3\xa9", NULL),
		0);
	assert_string_equal(i.remarks[0].source, "a\\nb");
	assert_string_equal(i.remarks[0].reason, "\\x1b[2J\\xff");
	assert_string_equal(i.remarks[0].advice, "\xc3\xa9");
	for (size_t len = DW_WORD_MAX - 1; len <= DW_WORD_MAX + 1; len++) {
		memset(text, 'x', len);
		text[len] = '\0';
		assert_int_equal(instance_remark(&i, REMARK_NOTE, text, "", "", NULL), 0);
		assert_int_equal(strlen(i.remarks[i.remarks_count - 1].source),
				 len < DW_WORD_MAX ? len : DW_WORD_MAX);
	}
	memset(text, '\n', DW_WORD_MAX);
	text[DW_WORD_MAX] = '\0';
	assert_int_equal(instance_remark(&i, REMARK_NOTE, text, "", "", NULL), 0);
	assert_int_equal(strlen(i.remarks[i.remarks_count - 1].source), DW_WORD_MAX);
}

static void test_degraded(unused_arg void **state)
{
	cleanup_instance struct instance i;

	instance_init(&i);
	assert_false(instance_is_degraded(&i));
	assert_int_equal(instance_remark(&i, REMARK_NOTE, "a", "b", "", NULL), 0);
	assert_int_equal(instance_remark(&i, REMARK_UNSUPPORTED, "a", "b", "", NULL), 0);
	assert_false(instance_is_degraded(&i));
	assert_int_equal(instance_remark(&i, REMARK_REFUSED, "a", "b", "", NULL), 0);
	assert_true(instance_is_degraded(&i));
}

static void test_remarks_beyond_the_limit_are_counted(unused_arg void **state)
{
	cleanup_instance struct instance i;

	instance_init(&i);
	for (int n = 0; n < DW_REFUSED_MAX; n++)
		assert_int_equal(instance_remark(&i, REMARK_NOTE, "a", "b", "", NULL), 0);
	assert_int_equal(i.remarks_dropped, 0);
	assert_false(instance_is_degraded(&i));
	assert_int_equal(instance_remark(&i, REMARK_REFUSED, "a", "b", "", NULL), 0);
	assert_int_equal(i.remarks_count, DW_REFUSED_MAX);
	assert_int_equal(i.remarks_dropped, 1);
	assert_true(instance_is_degraded(&i));
}

static void test_kept_files(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };

	instance_init(&i);
	for (int n = 0; n < DW_KEPT_FILES; n++)
		assert_int_equal(instance_keep(&i, "f", SLICE("a\0b"), NULL), 0);
	assert_int_equal(instance_keep(&i, "g", SLICE(""), &err), -DW_TOO_BIG);
	assert_int_equal(i.kept[0].len, 3);
	assert_memory_equal(i.kept[0].data, "a\0b", 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_starts_unset),
		cmocka_unit_test(test_one_user_per_name),
		cmocka_unit_test(test_limit_of_users),
		cmocka_unit_test(test_first_key_of_a_line_stays),
		cmocka_unit_test(test_limit_of_keys),
		cmocka_unit_test(test_remarks_are_one_visible_line),
		cmocka_unit_test(test_degraded),
		cmocka_unit_test(test_remarks_beyond_the_limit_are_counted),
		cmocka_unit_test(test_kept_files),
	};

	return cmocka_run_group_tests_name("instance", tests, NULL, NULL);
}
