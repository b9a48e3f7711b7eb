/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of one value: added, compared, refused; and which failures are only remarks. */
#include "datasources/keys.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ALICE \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP9Kgl0vzP6UQZlkYVFrceaQBKuU2M1BfQLdP/JcHdg6"
#define BOB \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDQXqzsHE585cok+SR3Khq6iCu0Ak/TrN8YgBN6KHMX5"

static const struct ds_context context = { .min_rsa_bits = 2048,
					   .may_have_key_options = true };

static void add(struct instance *i, const char *value, struct keys_count *count)
{
	struct dw_err err;

	assert_int_equal(
		keys_add(&context, i, "alice", slice_of(value), "here", count, &err), 0);
}

static struct keys_count compare(const struct instance *i, const char *user,
				 const char *value)
{
	struct keys_count count = { 0 };
	struct dw_err err;

	assert_int_equal(keys_compare(&context, i, user, slice_of(value), &count, &err),
			 0);
	return count;
}

static void test_counts(void **state unused_arg)
{
	cleanup_instance struct instance i;
	struct keys_count count = { 0 };

	instance_init(&i);
	add(&i, ALICE " a\nnonsense\n" BOB " b\n", &count);
	assert_int_equal(count.accepted, 2);
	assert_int_equal(count.refused, 1);
	assert_int_equal(i.remarks_count, 1);
	assert_int_equal(i.remarks[0].kind, REMARK_REFUSED);
	assert_string_equal(i.remarks[0].source, "here");
	add(&i, ALICE " a\n", &count);
	assert_int_equal(count.accepted, 3);
	assert_int_equal(instance_find_user(&i, "alice")->keys.count, 2);
}

static void test_compare(void **state unused_arg)
{
	cleanup_instance struct instance i;
	struct keys_count count = { 0 };

	instance_init(&i);
	add(&i, "from=\"10.0.0.0/8\" " ALICE " the old comment", &count);
	assert_int_equal(compare(&i, "alice", ALICE " another comment").missing, 0);
	assert_int_equal(compare(&i, "alice", ALICE "\n" BOB).missing, 1);
	assert_int_equal(compare(&i, "bob", ALICE).missing, 1);
	assert_int_equal(compare(&i, NULL, ALICE).missing, 1);
	assert_int_equal(compare(&i, "alice", "nonsense").refused, 1);
	assert_int_equal(i.remarks_count, 0);
	assert_null(instance_find_user(&i, "bob"));
}

static void test_which_failures_are_remarks(void **state unused_arg)
{
	static const enum dw_code about_the_value[] = { DW_MALFORMED, DW_REFUSED,
							DW_TOO_BIG };
	static const enum dw_code about_us[] = { DW_NO_MEMORY, DW_SYSTEM, DW_CRYPTO };
	cleanup_instance struct instance i;
	struct dw_err err;

	instance_init(&i);
	assert_int_equal(remark_failure(&i, 0, "here", "", &err), 0);
	assert_int_equal(i.remarks_count, 0);
	for (size_t n = 0; n < 3; n++) {
		int rc = dw_fail(&err, about_the_value[n], "reason %zu", n);

		assert_int_equal(remark_failure(&i, rc, "here", "advice", &err), 0);
		assert_int_equal(i.remarks_count, n + 1);
		rc = dw_fail(&err, about_us[n], "ours");
		assert_int_equal(remark_failure(&i, rc, "here", "", &err), rc);
	}
	assert_string_equal(i.remarks[1].reason, "reason 1");
	assert_string_equal(i.remarks[1].advice, "advice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_compare),
		cmocka_unit_test(test_which_failures_are_remarks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
