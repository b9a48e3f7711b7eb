/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts of a tree that is not running: the four files, the home, the ids. */
#include "apply/user.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/limits.h"
#include "tests/harness/fakeroot.h"

#define PASSWD	"root:x:0:0:root:/root:/bin/bash\nold:x:1000:1000::/home/old:/bin/sh\n"
#define GROUP	"root:x:0:\nsudo:x:27:old\nadm:x:4:\nold:x:1000:\n"
#define GSHADOW "root:*::\nsudo:*::old\nadm:*::\nold:!::\n"
#define SHADOW	"root:*:19000:0:99999:7:::\nold:!:19000:0:99999:7:::\n"

static int set_up(void **state)
{
	static struct fakeroot f;

	fakeroot_new(&f);
	fakeroot_file(&f, "etc/passwd", 0644, PASSWD);
	fakeroot_file(&f, "etc/group", 0644, GROUP);
	fakeroot_file(&f, "etc/gshadow", 0640, GSHADOW);
	fakeroot_file(&f, "etc/shadow", 0640, SHADOW);
	fakeroot_file(&f, "etc/login.defs", 0644,
		      "UID_MIN 1000\nUID_MAX\t60000\nHOME_MODE 0700\n");
	fakeroot_file(&f, "etc/skel/.profile", 0644, "profile\n");
	fakeroot_file(&f, "etc/skel/.config/deep", 0600, "deep\n");
	fakeroot_link(&f, "/etc/shadow", "etc/skel/link");
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

static void create(struct fakeroot *f, const char *name, const char *primary,
		   const struct string_list *groups)
{
	const struct user_spec spec = {
		.name = name,
		.gecos = "A B",
		.shell = "/bin/bash",
		.primary_group = primary,
		.groups = groups,
	};
	struct dw_err err = { 0 };

	if (user_create(f->fd, false, &spec, &err) < 0)
		fail_msg("%s", err.message);
}

static void makes_everything(void **state)
{
	struct fakeroot *f = *state;
	struct string_list groups = { 0 };
	char shadow[256];

	assert_int_equal(string_list_append(&groups, SLICE("sudo"), 9, NULL), 0);
	assert_int_equal(string_list_append(&groups, SLICE("adm"), 9, NULL), 0);
	create(f, "new", NULL, &groups);
	string_list_done(&groups);
	assert_true(fakeroot_holds(f, "etc/passwd",
				   PASSWD "new:x:1001:1001:A B:/home/new:/bin/bash\n"));
	assert_true(fakeroot_holds(
		f, "etc/group",
		"root:x:0:\nsudo:x:27:old,new\nadm:x:4:new\nold:x:1000:\nnew:x:1001:\n"));
	assert_true(fakeroot_holds(
		f, "etc/gshadow",
		"root:*::\nsudo:*::old,new\nadm:*::new\nold:!::\nnew:!::\n"));
	(void)snprintf(shadow, sizeof(shadow), SHADOW "new:*:%jd:0:99999:7:::\n",
		       (intmax_t)(clock_wall_s() / 86400));
	assert_true(fakeroot_holds(f, "etc/shadow", shadow));
	assert_int_equal(fakeroot_mode(f, "etc/shadow"), 0640);
	assert_int_equal(fakeroot_mode(f, "etc/passwd"), 0644);
	assert_int_equal(fakeroot_mode(f, "home/new"), 0700);
	assert_true(fakeroot_holds(f, "home/new/.profile", "profile\n"));
	assert_true(fakeroot_holds(f, "home/new/.config/deep", "deep\n"));
	assert_int_equal(fakeroot_mode(f, "home/new/.config/deep"), 0600);
	assert_false(fakeroot_exists(f, "home/new/link"));
}

static void second_time_is_busy(void **state)
{
	const struct user_spec spec = { .name = "old", .gecos = "", .shell = "/bin/sh" };
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	assert_int_equal(user_create(f->fd, false, &spec, &err), -DW_BUSY);
	assert_true(fakeroot_holds(f, "etc/passwd", PASSWD));
}

/* What a run that was killed before passwd was written has left does no harm. */
static void half_made_is_made_whole(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "etc/group", 0644, GROUP "new:x:1001:\n");
	fakeroot_file(f, "etc/shadow", 0640, SHADOW "new:!:1:0:99999:7:::\n");
	create(f, "new", NULL, NULL);
	assert_true(fakeroot_holds(f, "etc/group", GROUP "new:x:1001:\n"));
	assert_true(fakeroot_holds(f, "etc/passwd",
				   PASSWD "new:x:1001:1001:A B:/home/new:/bin/bash\n"));
}

static void primary_group_is_respected(void **state)
{
	const struct user_spec spec = {
		.name = "y", .gecos = "", .shell = "/bin/sh", .primary_group = "nogroup"
	};
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	create(f, "new", "adm", NULL);
	assert_true(fakeroot_holds(f, "etc/group", GROUP));
	assert_true(fakeroot_holds(f, "etc/passwd",
				   PASSWD "new:x:1001:4:A B:/home/new:/bin/bash\n"));
	assert_int_equal(user_create(f->fd, false, &spec, &err), -DW_ABSENT);
}

static void ids_do_not_run_out_early(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "etc/passwd", 0644,
		      "a:x:60000:60000::/:/bin/sh\nb:x:1000:1::/:/bin/sh");
	create(f, "new", NULL, NULL); /* the last line had no newline */
	assert_true(fakeroot_holds(f, "etc/passwd",
				   "a:x:60000:60000::/:/bin/sh\nb:x:1000:1::/:/bin/sh\n"
				   "new:x:1001:1001:A B:/home/new:/bin/bash\n"));
}

static void an_empty_tree_will_do(void **state)
{
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	create(&f, "new", NULL, NULL);
	assert_true(fakeroot_holds(&f, "etc/passwd",
				   "new:x:1000:1000:A B:/home/new:/bin/bash\n"));
	assert_int_equal(fakeroot_mode(&f, "etc/shadow"), 0640);
	assert_int_equal(fakeroot_mode(&f, "home/new"), 0755);
	assert_false(fakeroot_exists(&f, "etc/gshadow"));
	fakeroot_free(&f);
}

static void groups_are_added_once(void **state)
{
	struct fakeroot *f = *state;
	struct string_list groups = { 0 };
	struct dw_err err = { 0 };

	assert_int_equal(string_list_append(&groups, SLICE("sudo"), 9, NULL), 0);
	assert_int_equal(string_list_append(&groups, SLICE("adm"), 9, NULL), 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(user_add_groups(f->fd, false, "old", &groups, &err), 0);
		assert_true(fakeroot_holds(
			f, "etc/group",
			"root:x:0:\nsudo:x:27:old\nadm:x:4:old\nold:x:1000:\n"));
	}
	string_list_done(&groups);
}

static void only_a_bare_bang_is_unlocked(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	assert_int_equal(user_unlock_for_keys(f->fd, false, "old", &err), 0);
	assert_true(
		fakeroot_holds(f, "etc/shadow",
			       "root:*:19000:0:99999:7:::\nold:*:19000:0:99999:7:::\n"));
	fakeroot_file(f, "etc/shadow", 0600, "old:!$6$salt$hash:1:2:3:4:::\n");
	assert_int_equal(user_unlock_for_keys(f->fd, false, "old", &err), 0);
	assert_true(fakeroot_holds(f, "etc/shadow", "old:!$6$salt$hash:1:2:3:4:::\n"));
	assert_int_equal(user_unlock_for_keys(f->fd, false, "nobody-there", &err),
			 -DW_ABSENT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_everything),		TEST(second_time_is_busy),
		TEST(half_made_is_made_whole),	TEST(primary_group_is_respected),
		TEST(ids_do_not_run_out_early), TEST(an_empty_tree_will_do),
		TEST(groups_are_added_once),	TEST(only_a_bare_bang_is_unlocked),
	};

	return cmocka_run_group_tests_name("apply/user", tests, NULL, NULL);
}
