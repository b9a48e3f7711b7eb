/* SPDX-License-Identifier: Apache-2.0 */
/* Facts: their text form, junk that firmware ships, the kernel command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "model/facts.h"

static void load(const char *text, struct facts *ret)
{
	struct dw_err err = { 0 };

	if (facts_read_text(slice_of(text), ret, &err) < 0)
		fail_msg("%s: %s", text, err.message);
}

static void test_reads_all_kinds(unused_arg void **state)
{
	cleanup_facts struct facts f;

	load("# comment\n\n"
	     "dmi.sys_vendor=Microsoft Corporation\n"
	     "dmi.chassis_asset_tag= 7783 \r\n"
	     "cmdline=ro quiet=1\n"
	     "container=no\nefi=yes\n"
	     "medium=sr0 iso9660 optical cidata\n"
	     "medium=vdb1 vfat disk OVF ENV\n"
	     "medium=sr1 udf optical\n"
	     "seed=nocloud\n",
	     &f);
	assert_string_equal(field_text(&f.dmi[DMI_SYS_VENDOR]), "Microsoft Corporation");
	assert_string_equal(field_text(&f.dmi[DMI_CHASSIS_ASSET_TAG]), "7783");
	assert_int_equal(f.dmi[DMI_BOARD_NAME].state, FIELD_UNSET);
	assert_string_equal(f.cmdline, "ro quiet=1");
	assert_true(f.is_efi);
	assert_false(f.is_container);
	assert_int_equal(f.media_count, 3);
	assert_string_equal(f.media[0].label, "cidata");
	assert_true(f.media[0].is_optical);
	assert_string_equal(f.media[1].device, "vdb1");
	assert_string_equal(f.media[1].fstype, "vfat");
	assert_string_equal(f.media[1].label, "OVF ENV");
	assert_false(f.media[1].is_optical);
	assert_string_equal(f.media[2].label, "");
	assert_true(string_list_has(&f.seed_dirs, "nocloud"));
}

static void test_empty_text(unused_arg void **state)
{
	cleanup_facts struct facts f;

	load("", &f);
	assert_string_equal(f.cmdline, "");
	assert_int_equal(f.media_count, 0);
}

static void test_each_dmi_field_has_its_name(unused_arg void **state)
{
	for (int i = 0; i < DMI_FIELD_MAX_; i++) {
		cleanup_facts struct facts f;
		char line[64];

		(void)snprintf(line, sizeof(line), "dmi.%s=x\n", dmi_field_names[i]);
		load(line, &f);
		assert_string_equal(field_text(&f.dmi[i]), "x");
	}
}

static void test_junk_dmi_is_unset(unused_arg void **state)
{
	static const char *const junk[] = {
		"",
		" \n",
		"\xff\xff\xff\xff",
		"None",
		"none",
		"Not Specified",
		"NOT SPECIFIED",
		"N/A\n",
		"To be filled by O.E.M.",
		("a\x01"
		 "b"),
		"\xffx",
	};
	cleanup_facts struct facts f = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(junk); i++) {
		assert_int_equal(facts_set_dmi(&f, DMI_BOARD_SERIAL, SLICE("good"), NULL),
				 0);
		assert_int_equal(
			facts_set_dmi(&f, DMI_BOARD_SERIAL, slice_of(junk[i]), NULL), 0);
		assert_int_equal(f.dmi[DMI_BOARD_SERIAL].state, FIELD_UNSET);
	}
	assert_int_equal(facts_set_dmi(&f, DMI_BOARD_SERIAL, SLICE(" Nonesuch\n"), NULL),
			 0);
	assert_string_equal(field_text(&f.dmi[DMI_BOARD_SERIAL]), "Nonesuch");
}

static void test_bad_lines(unused_arg void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "efi=yes\nnonsense\n", "facts line 2: no '='" },
		{ "what=ever", "facts line 1: no such fact" },
		{ "dmi.what=ever", "facts line 1: no such DMI field" },
		{ "dmi.sys_vendor=a\ndmi.sys_vendor=b", "facts line 2: is there twice" },
		{ "cmdline=a\ncmdline=a", "facts line 2: is there twice" },
		{ "efi=1", "facts line 1: neither yes nor no" },
		{ "medium=sr0 iso9660",
		  "facts line 1: must be DEVICE FSTYPE optical|disk LABEL" },
		{ "medium=sr0 iso9660 tape x", "facts line 1: neither optical nor disk" },
		{ "seed=", "facts line 1: empty name" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct dw_err err = { 0 };
		struct facts f;

		assert_int_equal(facts_read_text(slice_of(rows[i].text), &f, &err),
				 -DW_MALFORMED);
		assert_string_equal(err.message, rows[i].message);
		assert_null(f.cmdline);
	}
}

static void test_limit_of_media(unused_arg void **state)
{
	cleanup_facts struct facts f = { 0 };
	struct dw_err err = { 0 };

	for (int i = 0; i < DW_BLOCK_DEVICES; i++)
		assert_int_equal(facts_add_medium(&f, "sda", "vfat", "", false, NULL), 0);
	assert_int_equal(facts_add_medium(&f, "sda", "vfat", "", false, &err),
			 -DW_TOO_BIG);
	assert_int_equal(f.media_count, DW_BLOCK_DEVICES);
}

static void test_command_line(unused_arg void **state)
{
	static const struct {
		const char *cmdline, *key, *value;
	} rows[] = {
		{ "ro ds=nocloud;s=http://x/ quiet", "ds", "nocloud;s=http://x/" },
		{ "ro quiet", "quiet", "" },
		{ "ro quiet", "ro", "" },
		{ "ro quiet", "qui", NULL },
		{ "ro quiet", "quiet2", NULL },
		{ "ds=", "ds", "" },
		{ "xds=1", "ds", NULL },
		{ "ds=a ds=b", "ds", "b" },
		{ "ds=\"a b\" x", "ds", "a b" },
		{ "\"ds=a b\" x", "ds", "a b" },
		{ "ds=a\"b c\"d x", "ds", "a\"b c\"d" },
		{ "x=\"ds=1 ds=2\"", "ds", NULL },
		{ "ds=\"a b", "ds", "a b" },
		{ "\t a=1 \t b=2\t", "b", "2" },
		{ "a=b=c", "a", "b=c" },
		{ "\"", "", "" },
		{ "", "ds", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *cmdline = strdup(rows[i].cmdline);
		struct facts f = { .cmdline = cmdline };
		struct slice value = SLICE("untouched");
		bool is_there = facts_cmdline_get(&f, rows[i].key, &value);

		assert_int_equal(is_there, rows[i].value != NULL);
		assert_true(slice_eq(value, is_there ? rows[i].value : "untouched"));
		free(cmdline);
	}
	assert_false(facts_cmdline_get(&(struct facts){ 0 }, "ds", &(struct slice){ 0 }));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_all_kinds),
		cmocka_unit_test(test_empty_text),
		cmocka_unit_test(test_each_dmi_field_has_its_name),
		cmocka_unit_test(test_junk_dmi_is_unset),
		cmocka_unit_test(test_bad_lines),
		cmocka_unit_test(test_limit_of_media),
		cmocka_unit_test(test_command_line),
	};

	return cmocka_run_group_tests_name("facts", tests, NULL, NULL);
}
