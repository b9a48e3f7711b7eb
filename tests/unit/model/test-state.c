/* SPDX-License-Identifier: Apache-2.0 */
/* State files: written, read back, torn, foreign; and the comparison of identities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/state.h"

static struct field set(const char *text)
{
	return (struct field){ .state = FIELD_SET, .text = (char *)(uintptr_t)text };
}

static const struct field unset;

static void test_round_trip_and_every_cut(void **unused)
{
	cleanup_buf struct dw_buf text = BUF_INIT(STATE_TEXT_MAX);
	struct state s = { .platform = set("azure"),
			   .instance_id = set("an odd\nid"),
			   .time = 1763650000 };
	cleanup_state struct state back = { 0 };
	struct dw_err err = { 0 };

	(void)unused;
	assert_int_equal(state_write(&s, &text, &err), 0);
	/* An id with a newline is no TEXT_LINE: what cannot be read back is not believed.
	 */
	assert_int_equal(state_read(slice_of_buf(&text), &back, &err), -DW_MALFORMED);

	buf_clear(&text);
	s.instance_id = set("i-0123");
	assert_int_equal(state_write(&s, &text, &err), 0);
	assert_int_equal(state_read(slice_of_buf(&text), &back, &err), 0);
	assert_string_equal(back.instance_id.text, "i-0123");
	assert_int_equal(back.machine_uuid.state, FIELD_UNSET);
	assert_true(back.time == 1763650000);
	for (size_t n = 0; n + 1 < text.len; n++) {
		struct state torn = { 0 };

		assert_int_equal(state_read((struct slice){ text.data, n }, &torn, &err),
				 -DW_MALFORMED);
	}
}

static void test_strangers(void **unused)
{
	static const char *const texts[] = {
		"",
		"end\n",
		"doorward-state 2\ntime: 1\nend\n",
		"doorward-state 1\ncolour: red\nend\n",
		"doorward-state 1\ntime: -1\nend\n",
		"doorward-state 1\ntime: 1\nend\nmore\n",
		"doorward-state 1\nplatform: \\q\nend\n",
	};
	struct dw_err err = { 0 };

	(void)unused;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct state s = { 0 };

		assert_true(state_read(slice_of(texts[i]), &s, &err) < 0);
	}
}

static void test_verdicts(void **unused)
{
	const char *a = "D0DF4C54-4ECB-4A4B-9954-5BDF3ED5C3B8",
		   *swapped = "544cdfd0-cb4e-4b4a-9954-5bdf3ed5c3b8";
	const char *b = "00000000-0000-4000-8000-000000000001";
	struct state s = { .instance_id = set("i-1"), .machine_uuid = set(a) };
	struct state only_uuid = { .machine_uuid = set(a) };
	struct field id = set("i-1"), other_id = set("i-2"), uuid = set(swapped),
		     other_uuid = set(b);

	(void)unused;
	assert_true(state_same_uuid(a, swapped));
	assert_true(state_same_uuid(swapped, a));
	assert_false(state_same_uuid(a, b));
	assert_int_equal(state_compare(&s, &id, &uuid), STATE_SAME);
	assert_int_equal(state_compare(&s, &other_id, &uuid), STATE_MOVED);
	assert_int_equal(state_compare(&s, &id, &other_uuid), STATE_MOVED);
	assert_int_equal(state_compare(&s, &other_id, &other_uuid), STATE_OTHER);
	assert_int_equal(state_compare(&s, &unset, &unset), STATE_UNKNOWN);
	assert_int_equal(state_compare(&s, &unset, &uuid), STATE_SAME);
	assert_int_equal(state_compare(&s, &other_id, &unset), STATE_OTHER);
	assert_int_equal(state_compare(&only_uuid, &id, &unset), STATE_UNKNOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip_and_every_cut),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_verdicts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
