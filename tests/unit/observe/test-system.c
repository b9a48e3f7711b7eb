/* SPDX-License-Identifier: Apache-2.0 */
/* Hostname, distribution, shells, sudo and boot time of a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "observe/observed.h"
#include "tests/harness/fakeroot.h"

static int set_up(void **state)
{
	static struct fakeroot f;

	fakeroot_new(&f);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

static void look(struct fakeroot *f, struct observed *o)
{
	struct dw_err err = { 0 };

	observed_init(o);
	if (observe_machine(f->fd, /* is_live= */ false, NULL, 0, o, &err) < 0)
		fail_msg("%s", err.message);
}

static void reads_the_small_files(void **state)
{
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	fakeroot_file(f, "etc/hostname", 0644, "# set by hand\n\n  box \n");
	fakeroot_file(f, "usr/lib/os-release", 0644,
		      "NAME=Debian\nID=debian\nVERSION_ID=\"12\"\n");
	fakeroot_link(f, "../usr/lib/os-release", "etc/os-release");
	fakeroot_file(f, "bin/sh", 0755, "");
	fakeroot_file(f, "bin/ash", 0755, "");
	fakeroot_file(f, "proc/stat", 0444, "cpu 1 2 3\nbtime 1763650000\nprocesses 1\n");
	fakeroot_file(f, "etc/sudoers", 0440, "Defaults x\n@includedir /etc/sudoers.d\n");
	look(f, &o);
	assert_string_equal(o.hostname, "box");
	assert_string_equal(o.distribution, "debian");
	assert_int_equal(o.shells.count, 2);
	assert_string_equal(o.shells.items[0], "/bin/sh");
	assert_int_equal(o.boot_time, 1763650000);
	assert_true(o.has_sudo);
	assert_true(o.is_sudoers_d_read);
	assert_false(o.has_doas);
}

static void sudoers_spellings(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ "#includedir /etc/sudoers.d\n", true },
		{ "@includedir /etc/sudoers.d/\n", true },
		{ "@includedir \"/etc/sudoers.d\"\n", true },
		{ "@includedir sudoers.d\n", true },
		{ "# includedir /etc/sudoers.d\n", false },
		{ "#@includedir /etc/sudoers.d\n", false },
		{ "@includedir /etc/other.d\n", false },
		{ "", false },
	};
	struct fakeroot *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		cleanup_observed struct observed o;

		fakeroot_file(f, "etc/sudoers", 0440, cases[i].text);
		look(f, &o);
		if (o.is_sudoers_d_read != cases[i].expected)
			fail_msg("%s", cases[i].text);
	}
}

static void quotes_of_os_release(void **state)
{
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	fakeroot_file(f, "etc/os-release", 0644, "ID_LIKE=fedora\nID=\"rocky\"\r\n");
	fakeroot_file(f, "etc/doas.conf", 0644, "");
	look(f, &o);
	assert_string_equal(o.distribution, "rocky");
	assert_true(o.has_doas);
}

/* On purpose or by a slip: none of these may stand between a key and its owner. */
static void what_is_too_big_is_not_read(void **state)
{
	struct fakeroot *f = *state;
	cleanup_buf struct dw_buf big = BUF_INIT(8u << 20);
	cleanup_observed struct observed o;

	assert_int_equal(buf_append_str(&big, "cpu 1 2\nintr 7", NULL), 0);
	while (big.len < 2 * DW_DOC_MAX)
		assert_int_equal(buf_append_str(&big, " 0 btime 5", NULL), 0);
	assert_int_equal(buf_append_str(&big, "\nbtime 1763650000\n", NULL), 0);
	fakeroot_file(f, "proc/stat", 0444, big.data);
	fakeroot_file(f, "etc/hostname", 0644, big.data);
	fakeroot_file(f, "etc/os-release", 0644, big.data);
	fakeroot_file(f, "usr/lib/os-release", 0644, "ID=debian\n");
	fakeroot_file(f, "etc/sudoers", 0440, big.data);
	fakeroot_file(f, "etc/login.defs", 0644, big.data);
	look(f, &o);
	assert_int_equal(o.boot_time, 1763650000);
	assert_string_equal(o.hostname, "");
	assert_string_equal(o.distribution, "debian");
	assert_true(o.is_sudoers_d_read); /* as for a plain user */
	assert_int_equal(o.uid_min, 1000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_the_small_files),
		TEST(sudoers_spellings),
		TEST(quotes_of_os_release),
		TEST(what_is_too_big_is_not_read),
	};

	return cmocka_run_group_tests_name("observe/system", tests, NULL, NULL);
}
