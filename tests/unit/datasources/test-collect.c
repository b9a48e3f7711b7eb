/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses under --metadata-url, and that nothing is sent before the network. */
#include "datasources/collect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void test_url(void **state unused_arg)
{
	static const struct {
		const char *replacement, *expected;
	} samples[] = {
		{ NULL, "http://169.254.169.254/metadata/x?y=1" },
		{ "http://127.0.0.1:8000", "http://127.0.0.1:8000/metadata/x?y=1" },
		{ "http://127.0.0.1:8000//", "http://127.0.0.1:8000/metadata/x?y=1" },
		{ "http://[::1]:80/below", "http://[::1]:80/below/metadata/x?y=1" },
		{ "", "/metadata/x?y=1" },
	};

	for (size_t n = 0; n < ARRAY_LEN(samples); n++) {
		cleanup_free char *url = NULL;
		struct dw_err err;

		assert_int_equal(collect_url("http://169.254.169.254",
					     samples[n].replacement, "/metadata/x?y=1",
					     &url, &err),
				 0);
		assert_string_equal(url, samples[n].expected);
	}
}

static void test_local_stage_sends_nothing(void **state unused_arg)
{
	struct ds_context ctx = { .deadline = deadline_after(1000) };
	struct collect_request request = { .name = "doc", .url = "http://127.0.0.1:1/" };
	cleanup_payload struct payload payload;
	struct http *http = NULL;
	struct dw_err err = { 0 };

	payload_init(&payload);
	assert_int_equal(collect_get(&ctx, &http, /* local_only= */ true, &request,
				     &payload, &err),
			 -DW_NOT_YET);
	assert_null(http);
	assert_int_equal(payload.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url),
		cmocka_unit_test(test_local_stage_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
