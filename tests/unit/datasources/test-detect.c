/* SPDX-License-Identifier: Apache-2.0 */
/* Detection beyond what fixtures say: the words of the serial number, names, the table
 * itself. */
#include "datasources/detect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void read_facts(const char *text, struct facts *ret)
{
	struct dw_err err;

	facts_init(ret);
	assert_int_equal(facts_read_text(slice_of(text), ret, &err), 0);
}

static void test_table(void **state unused_arg)
{
	for (size_t n = 0; datasources[n] != NULL; n++) {
		const struct datasource *row = datasources[n];

		assert_ptr_equal(datasource_by_name(row->name), row);
		assert_non_null(row->title);
		assert_non_null(row->documentation);
		assert_non_null(row->detect);
		assert_non_null(row->fetch);
		assert_non_null(row->parse);
		assert_true(row->flags != 0);
		for (size_t other = n + 1; datasources[other] != NULL; other++)
			assert_string_not_equal(row->name, datasources[other]->name);
	}
	assert_null(datasource_by_name("no-such-cloud"));
	assert_null(datasource_by_name(""));
}

static void test_serial_words(void **state unused_arg)
{
	static const struct {
		const char *serial, *words; /* NULL: none */
	} samples[] = {
		{ "ds=nocloud;h=a", "nocloud;h=a" },
		{ "S-1 ds=nocloud more", "nocloud" },
		{ "xds=nocloud", NULL },
		{ "S-1", NULL },
		{ "ds=", "" },
	};
	char text[128];

	for (size_t n = 0; n < ARRAY_LEN(samples); n++) {
		cleanup_facts struct facts facts;
		struct slice words;

		(void)snprintf(text, sizeof(text), "dmi.product_serial=%s\n",
			       samples[n].serial);
		read_facts(text, &facts);
		assert_int_equal(detect_serial_words(&facts, &words),
				 samples[n].words != NULL);
		if (samples[n].words != NULL)
			assert_true(slice_eq(words, samples[n].words));
	}
}

static void test_long_names_fit_the_message(void **state unused_arg)
{
	cleanup_facts struct facts facts;
	struct detection found = { 0 };
	struct dw_err err = { 0 };
	char text[2048] = "cmdline=ds=";

	memset(text + strlen(text), 'x', 1500);
	read_facts(text, &facts);
	assert_int_equal(detect_platform(&facts, &found, &err), -DW_NOT_HERE);
	assert_null(found.row);
	assert_true(strlen(err.message) < sizeof(err.message) - 1);
}

static void test_every_contradiction_names_the_way_out(void **state unused_arg)
{
	static const char *const samples[] = {
		"dmi.chassis_asset_tag=7783-7084-3265-9085-8269-3286-77\nseed=nocloud\n",
		"dmi.chassis_asset_tag=7783-7084-3265-9085-8269-3286-77\ncmdline=ds=nocloud\n",
		"dmi.chassis_asset_tag=7783-7084-3265-9085-8269-3286-77\ncmdline=ds=ec2\n",
		("dmi.chassis_asset_tag=7783-7084-3265-9085-8269-3286-77\n"
		 "medium=sr0 iso9660 optical cidata\n"),
	};

	for (size_t n = 0; n < ARRAY_LEN(samples); n++) {
		cleanup_facts struct facts facts;
		struct detection found;
		struct dw_err err = { 0 };

		read_facts(samples[n], &facts);
		assert_int_equal(detect_platform(&facts, &found, &err), -DW_CONFLICT);
		assert_non_null(strstr(err.message, "azure"));
		assert_non_null(strstr(err.message, "doorward.yaml"));
		assert_non_null(strstr(err.message, "--datasource NAME"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_serial_words),
		cmocka_unit_test(test_long_names_fit_the_message),
		cmocka_unit_test(test_every_contradiction_names_the_way_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
