/* SPDX-License-Identifier: Apache-2.0 */
/* Deadlines as values, and the stamp that people read. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/macros.h"

static void test_utc_stamps(unused_arg void **state)
{
	static const struct {
		int64_t seconds;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ 951782400, "2000-02-29T00:00:00Z" },
		{ 1769860800, "2026-01-31T12:00:00Z" },
		{ 2147483648, "2038-01-19T03:14:08Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ INT64_MAX, "1970-01-01T00:00:00Z" }, /* beyond the calendar */
	};
	char text[CLOCK_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		clock_format_utc(rows[i].seconds, text);
		assert_string_equal(text, rows[i].text);
	}
}

static void test_deadline_now_is_over(unused_arg void **state)
{
	struct deadline d = deadline_after(0);

	assert_true(deadline_is_over(d));
	assert_int_equal(deadline_left_ms(d), 0);
}

static void test_deadline_far_away(unused_arg void **state)
{
	struct deadline hour = deadline_after(3600000);
	struct deadline never = deadline_after(UINT64_MAX);

	assert_false(deadline_is_over(hour));
	assert_in_range(deadline_left_ms(hour), 3590000, 3600000);
	assert_false(deadline_is_over(never));
	assert_int_equal(deadline_left_ms(never), INT_MAX);
	assert_int_equal(deadline_sooner(hour, never).at_ms, hour.at_ms);
	assert_int_equal(deadline_sooner(never, hour).at_ms, hour.at_ms);
}

static void test_sleep_ends_at_the_deadline(unused_arg void **state)
{
	uint64_t before = clock_now_ms();

	clock_sleep_ms(3600000, deadline_after(5));
	assert_true(clock_now_ms() - before >= 4);
	clock_sleep_ms(3600000, (struct deadline){ 0 });
	assert_true(clock_now_ms() - before < 3600000);
}

static void test_wall_clock_is_this_century(unused_arg void **state)
{
	assert_true(clock_wall_s() > 946684800);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_utc_stamps),
		cmocka_unit_test(test_deadline_now_is_over),
		cmocka_unit_test(test_deadline_far_away),
		cmocka_unit_test(test_sleep_ends_at_the_deadline),
		cmocka_unit_test(test_wall_clock_is_this_century),
	};

	return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
