/* SPDX-License-Identifier: Apache-2.0 */
/* A file in a home: merged by the child, refused when it is not the user's, merged again
 * when it moves. */
#include "apply/userfile.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/limits.h"
#include "tests/harness/fakeroot.h"

#define KEYS "home/u/.ssh/authorized_keys"

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

static struct account us(void)
{
	return (struct account){
		.name = "u", .uid = geteuid(), .gid = getegid(), .home = "/home/u"
	};
}

static int append(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		  bool *ret_wanted, struct dw_err *err)
{
	int r = 0;

	if (old != NULL && strstr(old->data, ctx) != NULL) {
		*ret_wanted = false;
		return 0;
	}
	if (old != NULL)
		r = buf_append(ret_new, old->data, old->len, err);
	if (r >= 0)
		r = buf_append_str(ret_new, ctx, err);
	return r;
}

static int refuse(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		  bool *ret_wanted, struct dw_err *err)
{
	(void)old;
	(void)ret_new;
	(void)ret_wanted;
	return dw_fail(err, DW_MALFORMED, "%s", (const char *)ctx);
}

static int update(struct fakeroot *f, const char *line, bool *changed, struct dw_err *err)
{
	struct account a = us();

	return userfile_update(f->fd, &a, ".ssh/authorized_keys", append,
			       (void *)(uintptr_t)line,
			       /* append() only reads it */ changed, err);
}

static void makes_directory_and_file(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool changed = false;

	fakeroot_dir(f, "home/u");
	if (update(f, "key 1\n", &changed, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(changed);
	assert_true(fakeroot_holds(f, KEYS, "key 1\n"));
	assert_int_equal(fakeroot_mode(f, KEYS), 0600);
	assert_int_equal(fakeroot_mode(f, "home/u/.ssh"), 0700);
	assert_int_equal(update(f, "key 1\n", &changed, &err), 0);
	assert_false(changed);
	assert_int_equal(update(f, "key 2\n", &changed, &err), 0);
	assert_true(fakeroot_holds(f, KEYS, "key 1\nkey 2\n"));
	assert_int_equal(fakeroot_count(f, "home/u/.ssh"), 1);
}

static void takes_others_right_to_write(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool changed = false;
	char path[512];

	fakeroot_file(f, KEYS, 0600, "key\n");
	(void)snprintf(path, sizeof(path), "%s/home/u/.ssh", f->path);
	assert_int_equal(chmod(path, 0777), 0);
	assert_int_equal(update(f, "key\n", &changed, &err), 0);
	assert_true(changed);
	assert_int_equal(fakeroot_mode(f, "home/u/.ssh"), 0755);
	/* stricter than ours is left alone */
	assert_int_equal(chmod(path, 0700), 0);
	assert_int_equal(update(f, "key\n", &changed, &err), 0);
	assert_false(changed);
}

static void assert_refused(struct fakeroot *f, const char *word)
{
	struct dw_err err = { 0 };
	int r = update(f, "key\n", NULL, &err);

	if (r >= 0 || strstr(err.message, word) == NULL)
		fail_msg("%d \"%s\" lacks \"%s\"", r, err.message, word);
}

static void refuses_links(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "elsewhere/keys", 0600, "root\n");
	fakeroot_dir(f, "home/u/.ssh");
	fakeroot_link(f, "../../../elsewhere/keys", KEYS);
	assert_refused(f, "it is a symbolic link");
	assert_true(fakeroot_holds(f, "elsewhere/keys", "root\n"));
}

static void refuses_a_linked_directory(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_dir(f, "elsewhere");
	fakeroot_dir(f, "home/u");
	fakeroot_link(f, "../../elsewhere", "home/u/.ssh");
	assert_refused(f, "it is a symbolic link, not a directory");
	assert_int_equal(fakeroot_count(f, "elsewhere"), 0);
}

static void refuses_a_missing_home(void **state)
{
	assert_refused(*state, "does not exist");
}

static void home_may_be_a_link_inside_the_root(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	fakeroot_dir(f, "srv/homes/u");
	fakeroot_dir(f, "home");
	fakeroot_link(f, "/srv/homes/u",
		      "home/u"); /* absolute: means the root's own /srv */
	if (update(f, "key\n", NULL, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(fakeroot_holds(f, "srv/homes/u/.ssh/authorized_keys", "key\n"));
}

static void size_limit_is_exact(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	char path[512];

	fakeroot_file(f, KEYS, 0600, "key\n");
	(void)snprintf(path, sizeof(path), "%s/" KEYS, f->path);
	assert_int_equal(truncate(path, DW_KEYFILE_MAX), 0);
	assert_int_equal(update(f, "key\n", NULL, &err),
			 0); /* at the limit: read, key found */
	assert_int_equal(truncate(path, DW_KEYFILE_MAX + 1), 0);
	assert_int_equal(update(f, "key\n", NULL, &err), -DW_TOO_BIG);
}

static void reads_as_the_user(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_KEYFILE_MAX);
	struct fakeroot *f = *state;
	struct account a = us();
	struct dw_err err = { 0 };
	bool exists = true;

	fakeroot_dir(f, "home/u");
	assert_int_equal(
		userfile_read(f->fd, &a, ".ssh/authorized_keys", &b, &exists, &err), 0);
	assert_false(exists);
	assert_false(fakeroot_exists(f, "home/u/.ssh")); /* reading makes nothing */
	fakeroot_file(f, KEYS, 0600, "key 1\n");
	assert_int_equal(
		userfile_read(f->fd, &a, ".ssh/authorized_keys", &b, &exists, &err), 0);
	assert_true(exists);
	assert_string_equal(b.data, "key 1\n");
}

static void the_merge_may_refuse(void **state)
{
	struct fakeroot *f = *state;
	struct account a = us();
	struct dw_err err = { 0 };

	fakeroot_file(f, KEYS, 0600, "old\n");
	assert_int_equal(userfile_update(f->fd, &a, ".ssh/authorized_keys", refuse,
					 (void *)(uintptr_t) "line 3 is odd", NULL, &err),
			 -DW_MALFORMED);
	assert_string_equal(err.message, "line 3 is odd");
	assert_true(fakeroot_holds(f, KEYS, "old\n"));
}

/* An editor that saves at the worst moment, TIMES times: CTX tells the child where the
 * file is. */
struct editor {
	const char *path;
	int times;
	bool is_mad; /* saves for ever */
};

static int merge_while_edited(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
			      bool *ret_wanted, struct dw_err *err)
{
	struct editor *e = ctx;

	(void)ret_wanted;
	if (e->is_mad || e->times-- > 0) {
		cleanup_fd int fd = open(e->path, O_WRONLY | O_APPEND | O_CLOEXEC);
		int r = fd_write_all(fd, "edited\n", 7, err);

		if (r < 0)
			return r;
	}
	if (buf_append(ret_new, old->data, old->len, err) < 0)
		return -DW_NO_MEMORY;
	return buf_append_str(ret_new, "ours\n", err);
}

static void an_editor_is_not_overwritten(void **state)
{
	struct fakeroot *f = *state;
	struct account a = us();
	struct dw_err err = { 0 };
	char path[512];
	struct editor e = { .path = path, .times = 2 };

	(void)snprintf(path, sizeof(path), "%s/" KEYS, f->path);
	fakeroot_file(f, KEYS, 0600, "old\n");
	if (userfile_update(f->fd, &a, ".ssh/authorized_keys", merge_while_edited, &e,
			    NULL, &err) < 0)
		fail_msg("%s", err.message);
	assert_true(fakeroot_holds(f, KEYS, "old\nedited\nedited\nours\n"));
	e.is_mad = true;
	assert_int_equal(userfile_update(f->fd, &a, ".ssh/authorized_keys",
					 merge_while_edited, &e, NULL, &err),
			 -DW_CHANGED);
	assert_int_equal(fakeroot_count(f, "home/u/.ssh"), 1);
}

static int hang(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		bool *ret_wanted, struct dw_err *err)
{
	(void)ctx;
	(void)old;
	(void)ret_new;
	(void)ret_wanted;
	(void)err;
	while (pause() < 0)
		continue;
	return 0;
}

static void a_hanging_worker_is_given_up(void **state)
{
	struct fakeroot *f = *state;
	struct account a = us();
	struct dw_err err = { 0 };

	a.timeout_ms = 300;
	fakeroot_file(f, KEYS, 0600, "old\n");
	assert_int_equal(userfile_update(f->fd, &a, ".ssh/authorized_keys", hang, NULL,
					 NULL, &err),
			 -DW_TIMEOUT);
	assert_true(fakeroot_holds(f, KEYS, "old\n"));
}

static void only_one_directory_deep(void **state)
{
	static const char *const bad[] = { "authorized_keys", "a/b/c", "/etc/passwd",
					   ".ssh/", "" };
	struct fakeroot *f = *state;
	struct account a = us();

	fakeroot_dir(f, "home/u");
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(userfile_update(f->fd, &a, bad[i], append,
						 (void *)(uintptr_t) "x", NULL, NULL),
				 -DW_REFUSED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(makes_directory_and_file),
		TEST(takes_others_right_to_write),
		TEST(refuses_links),
		TEST(refuses_a_linked_directory),
		TEST(refuses_a_missing_home),
		TEST(home_may_be_a_link_inside_the_root),
		TEST(size_limit_is_exact),
		TEST(reads_as_the_user),
		TEST(the_merge_may_refuse),
		TEST(an_editor_is_not_overwritten),
		TEST(a_hanging_worker_is_given_up),
		TEST(only_one_directory_deep),
	};

	return cmocka_run_group_tests_name("apply/userfile", tests, NULL, NULL);
}
