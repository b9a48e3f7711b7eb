/* SPDX-License-Identifier: Apache-2.0 */
/* The list of operations itself: order, ownership, ceiling. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "plan/plan.h"

static void new_is_empty(void **state)
{
	struct plan p;

	(void)state;
	plan_init(&p);
	assert_true(plan_is_empty(&p));
	plan_done(&p);
	assert_true(plan_is_empty(&p));
	plan_done(&p);
}

static void keeps_order_and_copies_the_target(void **state)
{
	char target[] = "first";
	struct dw_err err = { 0 };
	struct op *op = NULL;
	struct plan p;

	(void)state;
	plan_init(&p);
	assert_int_equal(plan_add(&p, OP_USER_CREATE, target, &op, &err), 0);
	assert_int_equal(op->outcome, OP_PLANNED);
	assert_null(op->detail);
	assert_int_equal(mem_strdup(&op->detail, "owned by the plan", &err), 0);
	target[0] = 'X';
	assert_int_equal(plan_add(&p, OP_HOSTNAME, "second", &op, &err), 0);
	assert_false(plan_is_empty(&p));
	assert_int_equal(p.count, 2);
	assert_string_equal(p.ops[0].target, "first");
	assert_int_equal(p.ops[0].kind, OP_USER_CREATE);
	assert_ptr_equal(op, &p.ops[1]);
	assert_string_equal(p.ops[1].target, "second");
	plan_done(&p);
}

/* Every user of the largest record may need an operation of each kind. */
static void holds_the_largest_machine_and_no_more(void **state)
{
	struct dw_err err = { 0 };
	struct op *op = NULL;
	struct plan p;
	size_t n = 0;
	int r = 0;

	(void)state;
	plan_init(&p);
	for (; r == 0 && n < 100000; n++)
		r = plan_add(&p, OP_KEYS_ADD, "u", &op, &err);
	assert_int_equal(r, -DW_TOO_BIG);
	assert_true(p.count >= DW_USERS_MAX * 3);
	assert_int_equal(p.count, n - 1);
	assert_string_equal(p.ops[p.count - 1].target, "u");
	plan_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(new_is_empty),
		cmocka_unit_test(keeps_order_and_copies_the_target),
		cmocka_unit_test(holds_the_largest_machine_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
