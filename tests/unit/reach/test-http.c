/* SPDX-License-Identifier: Apache-2.0 */
/* Retry-After: what is believed. The transfers themselves are tested by
 * tests/cli/http.py. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "reach/http.h"

#define NOW 784111770 /* Sun, 06 Nov 1994 08:49:30 GMT */

static uint64_t ms(const char *value)
{
	return http_retry_after_ms(slice_of(value), NOW);
}

static void seconds_are_taken(unused_arg void **state)
{
	assert_int_equal(ms("0"), 0);
	assert_int_equal(ms("1"), 1000);
	assert_int_equal(ms("  120\t"), 120000);
	assert_int_equal(ms("300"), DW_RETRY_AFTER_MAX_MS);
}

static void a_date_is_taken(unused_arg void **state)
{
	assert_int_equal(ms("Sun, 06 Nov 1994 08:49:37 GMT"), 7000);
	assert_int_equal(ms("Sun, 06 Nov 1994 08:49:30 GMT"), 0);
	assert_int_equal(ms("Sun, 06 Nov 1994 08:49:29 GMT"), 0);
}

static void the_absurd_is_capped(unused_arg void **state)
{
	assert_int_equal(ms("301"), DW_RETRY_AFTER_MAX_MS);
	assert_int_equal(ms("4294967295"), DW_RETRY_AFTER_MAX_MS);
	assert_int_equal(ms("Fri, 31 Dec 2999 23:59:59 GMT"), DW_RETRY_AFTER_MAX_MS);
	assert_int_equal(ms("Fri, 31 Dec 9999 99:99:99 GMT"), DW_RETRY_AFTER_MAX_MS);
}

static void nonsense_is_ignored(unused_arg void **state)
{
	static const char *const nonsense[] = {
		"",
		"-1",
		"+1",
		"1.5",
		"0x10",
		"1s",
		"soon",
		"99999999999999999999",
		"Sun, 06 Nov 1994 08:49:37 CET",
		"Sun, 06 nov 2094 08:49:37 GMT",
		"Sunday, 06-Nov-94 08:49:37 GMT",
		"Sun Nov  6 08:49:37 2094",
		"Sun, 6 Nov 2094 08:49:37 GMT",
		"Sun, 06 Nov 2094 08-49-37 GMT",
		"Sun, 06 Nov 2094 08:49:3x GMT",
		"Sun, 06 Nov 1894 08:49:37 GMT",
	};

	for (size_t i = 0; i < ARRAY_LEN(nonsense); i++)
		assert_int_equal(ms(nonsense[i]), 0);
}

/* What needs no request needs no library. */
static void other_schemes_are_refused_without_libcurl(unused_arg void **state)
{
	static const char *const urls[] = { "file:///etc/passwd", "ftp://127.0.0.1/",
					    "/x", "", "http:/x" };
	cleanup_http struct http *h = NULL;
	struct http_answer answer;
	struct dw_err err;

	assert_int_equal(http_new(&h, &err), 0);
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct http_request request = { .url = urls[i], .max_bytes = 10 };

		assert_int_equal(
			http_get(h, &request, deadline_after(1000), &answer, &err),
			-DW_UNSUPPORTED);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds_are_taken),
		cmocka_unit_test(a_date_is_taken),
		cmocka_unit_test(the_absurd_is_capped),
		cmocka_unit_test(nonsense_is_ignored),
		cmocka_unit_test(other_schemes_are_refused_without_libcurl),
	};

	return cmocka_run_group_tests_name("http", tests, NULL, NULL);
}
