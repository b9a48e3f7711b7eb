/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts as the files have them: first line wins, nonsense is nobody, and it stays
 * linear. */
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"
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

static void look(struct fakeroot *f, const char *const *names, size_t count,
		 struct observed *o)
{
	struct dw_err err = { 0 };

	if (observe_machine(f->fd, /* is_live= */ false, names, count, o, &err) < 0)
		fail_msg("%s", err.message);
}

static void reads_the_files(void **state)
{
	static const char *const names[] = { "u", "gone", "backup", "root" };
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;
	const struct observed_user *u;

	observed_init(&o);
	fakeroot_file(f, "etc/passwd", 0644,
		      "root:x:0:0:root:/root:/bin/bash\nbackup:x:34:34::/var:/bin/sh\n"
		      "u:x:1000:1001:Gecos:/home/u:/bin/zsh\nu:x:7:7::/second:/bin/sh\n");
	fakeroot_file(f, "etc/shadow", 0600, "root:$6$x:1\nbackup:*:1\nu:!:1\n");
	fakeroot_file(f, "etc/group", 0644,
		      "root:x:0:\nsudo:x:27:u,backup\nadm:x:4:u\n#no:x:1:u\n");
	look(f, names, ARRAY_LEN(names), &o);

	assert_int_equal(o.users_count, 4);
	u = observed_find_user(&o, "u");
	assert_ptr_equal(u, &o.users[0]);
	assert_true(u->exists);
	assert_int_equal(u->uid, 1000);
	assert_int_equal(u->gid, 1001);
	assert_string_equal(u->home, "/home/u");
	assert_string_equal(u->shell, "/bin/zsh");
	assert_int_equal(u->password, PASSWORD_BANG);
	assert_false(u->is_system);
	assert_int_equal(u->groups.count, 2);
	assert_true(string_list_has(&u->groups, "sudo"));
	assert_true(string_list_has(&u->groups, "adm"));
	assert_false(u->are_keys_read);
	assert_false(observed_find_user(&o, "gone")->exists);
	assert_true(observed_find_user(&o, "backup")->is_system);
	assert_false(observed_find_user(&o, "root")->is_system);
	assert_null(observed_find_user(&o, "nobody-asked"));
	assert_int_equal(o.groups.count, 3);
}

static void password_states(void **state)
{
	static const char *const names[] = { "a", "b", "c", "d", "e", "f", "g", "h" };
	static const enum password_state expected[] = {
		PASSWORD_EMPTY,	 PASSWORD_STAR,	       PASSWORD_BANG,
		PASSWORD_BANG,	 PASSWORD_LOCKED_HASH, PASSWORD_LOCKED_HASH,
		PASSWORD_USABLE, PASSWORD_UNKNOWN,
	};
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	observed_init(&o);
	fakeroot_file(f, "etc/shadow", 0600,
		      "a::1\nb:*:1\nc:!:1\nd:!!:1\ne:!$6$x$y:1\nf:!*:1\ng:$6$x$y:1\n");
	look(f, names, ARRAY_LEN(names), &o);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_int_equal(o.users[i].password, expected[i]);
}

static void login_defs_moves_the_border(void **state)
{
	static const char *const names[] = { "u" };
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	observed_init(&o);
	fakeroot_file(f, "etc/login.defs", 0644, "# UID_MIN 7\nUID_MIN\t\t  2000\n");
	fakeroot_file(f, "etc/passwd", 0644, "u:x:1999:1::/:/bin/sh\n");
	look(f, names, 1, &o);
	assert_int_equal(o.uid_min, 2000);
	assert_true(o.users[0].is_system);
}

static void nonsense_is_nobody(void **state)
{
	static const char *const names[] = { "u", "v", "w", "" };
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	observed_init(&o);
	fakeroot_file(
		f, "etc/passwd", 0644,
		"u\nv:x:-1:0::/:/bin/sh\nw:x:99999999999:0::/:/bin/sh\n:x:1:1::/:/bin/sh\n\n+::::::\n");
	look(f, names, ARRAY_LEN(names), &o);
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		assert_false(o.users[i].exists);
}

static void an_empty_tree_is_no_error(void **state)
{
	static const char *const names[] = { "u", "u" };
	cleanup_observed struct observed o;

	observed_init(&o);
	look(*state, names, 2, &o);
	assert_int_equal(o.users_count, 1); /* asked for twice */
	assert_int_equal(o.users[0].password, PASSWORD_UNKNOWN);
	assert_int_equal(o.uid_min, 1000);
	assert_string_equal(o.hostname, "");
	assert_false(o.has_sudo);
}

/* Offline the machine we run on says nothing: root of the test host is not in the tree.
 */
static void offline_asks_no_name_service(void **state)
{
	static const char *const names[] = { "root" };
	cleanup_observed struct observed o;

	observed_init(&o);
	look(*state, names, 1, &o);
	assert_false(o.users[0].exists);
}

static void live_asks_the_name_service(void **state)
{
	static const char *const names[] = { "root", "surely-nobody-has-this" };
	cleanup_observed struct observed o;
	struct dw_err err = { 0 };
	struct fakeroot *f = *state;

	if (getpwnam("root") == NULL)
		skip(); /* a build chroot without any passwd */
	observed_init(&o);
	assert_int_equal(observe_machine(f->fd, /* is_live= */ true, names, 2, &o, &err),
			 0);
	assert_true(o.users[0].exists); /* not in the tree's files */
	assert_int_equal(o.users[0].uid, 0);
	assert_false(o.users[1].exists);
}

#define MANY  1000
#define LINES 50000

static void many_users_are_linear(void **state)
{
	static char text[LINES * 48], names_text[MANY][16];
	static const char *names[MANY];
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;
	uint64_t begin;
	size_t used = 0;

	for (size_t i = 0; i < LINES; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
					 "user%zu:x:%zu:100::/home/u:/bin/sh\n", i,
					 1000 + i);
	for (size_t i = 0; i < MANY; i++) {
		(void)snprintf(names_text[i], sizeof(names_text[i]), "user%zu", i * 50);
		names[i] = names_text[i];
	}
	fakeroot_file(f, "etc/passwd", 0644, text);
	begin = clock_now_ms();
	observed_init(&o);
	look(f, names, MANY, &o);
	assert_int_equal(o.users_count, MANY);
	for (size_t i = 0; i < MANY; i++)
		assert_int_equal(observed_find_user(&o, names[i])->uid, 1000 + i * 50);
	/* 50 million comparisons would take longer, on any machine and under any
	 * sanitizer */
	assert_true(clock_now_ms() - begin < 5000);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_the_files),
		TEST(password_states),
		TEST(login_defs_moves_the_border),
		TEST(nonsense_is_nobody),
		TEST(an_empty_tree_is_no_error),
		TEST(offline_asks_no_name_service),
		TEST(live_asks_the_name_service),
		TEST(many_users_are_linear),
	};

	return cmocka_run_group_tests_name("observe/accounts", tests, NULL, NULL);
}
