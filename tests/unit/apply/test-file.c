/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer: what it writes, what it refuses, what it leaves alone. */
#include "apply/file.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

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

static struct file_spec spec_of(const char *path, mode_t mode, const char *text)
{
	return (struct file_spec){
		.path = path,
		.mode = mode,
		.data = slice_of(text),
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
	};
}

static int put(struct fakeroot *f, const char *path, mode_t mode, const char *text,
	       bool *changed, struct dw_err *err)
{
	struct file_spec spec = spec_of(path, mode, text);

	return file_write(f->fd, &spec, changed, err);
}

static void writes_new_and_old(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool changed = false;

	fakeroot_dir(f, "etc");
	assert_int_equal(put(f, "etc/x", 0644, "one", &changed, &err), 0);
	assert_true(changed);
	assert_true(fakeroot_holds(f, "etc/x", "one"));
	assert_int_equal(fakeroot_mode(f, "etc/x"), 0644);
	assert_int_equal(put(f, "/etc/x", 0600, "two", &changed, &err), 0);
	assert_true(changed);
	assert_true(fakeroot_holds(f, "etc/x", "two"));
	assert_int_equal(fakeroot_mode(f, "etc/x"), 0600);
	assert_int_equal(put(f, "etc/x", 0600, "", &changed, &err), 0);
	assert_true(fakeroot_holds(f, "etc/x", ""));
	assert_int_equal(fakeroot_count(f, "etc"), 1);
}

/* Neither umask may take bits away nor may the mode be given later. */
static void mode_is_exact(void **state)
{
	struct fakeroot *f = *state;
	mode_t old = umask(077);

	fakeroot_dir(f, "etc");
	assert_int_equal(put(f, "etc/a", 0644, "a", NULL, NULL), 0);
	assert_int_equal(put(f, "etc/b", 0440, "b", NULL, NULL), 0);
	(void)umask(old);
	assert_int_equal(fakeroot_mode(f, "etc/a"), 0644);
	assert_int_equal(fakeroot_mode(f, "etc/b"), 0440);
}

static void equal_is_not_written(void **state)
{
	struct fakeroot *f = *state;
	struct stat before, after;
	bool changed = true;
	char path[512];

	fakeroot_file(f, "etc/x", 0600, "same");
	(void)snprintf(path, sizeof(path), "%s/etc/x", f->path);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(put(f, "etc/x", 0600, "same", &changed, NULL), 0);
	assert_false(changed);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_memory_equal(&before.st_ctim, &after.st_ctim, sizeof(before.st_ctim));

	/* another mode: changed in place, the bytes are not written again */
	assert_int_equal(put(f, "etc/x", 0644, "same", &changed, NULL), 0);
	assert_true(changed);
	assert_int_equal(stat(path, &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_int_equal(after.st_mode & 07777, 0644);
}

static void assert_refused(struct fakeroot *f, const char *path, const char *word)
{
	struct dw_err err = { 0 };

	assert_int_equal(put(f, path, 0644, "new", NULL, &err), -DW_REFUSED);
	if (strstr(err.message, word) == NULL)
		fail_msg("\"%s\" lacks \"%s\"", err.message, word);
}

static void refuses_what_is_no_file(void **state)
{
	struct fakeroot *f = *state;
	char path[512];

	fakeroot_file(f, "target", 0600, "old");
	fakeroot_dir(f, "etc/dir");
	fakeroot_link(f, "../target", "etc/link");
	fakeroot_link(f, "/nowhere", "etc/dangling");
	(void)snprintf(path, sizeof(path), "%s/etc/fifo", f->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	fakeroot_file(f, "etc/hard", 0600, "hard");
	assert_int_equal(linkat(f->fd, "etc/hard", f->fd, "etc/hard2", 0), 0);

	assert_refused(f, "etc/link", "a symbolic link");
	assert_refused(f, "etc/dangling", "a symbolic link");
	assert_refused(f, "etc/dir", "a directory");
	assert_refused(f, "etc/fifo", "a FIFO");
	assert_refused(f, "etc/hard", "2 hard links");
	assert_refused(f, "etc/..", "no file name");
	assert_refused(f, "etc/", "no file name");
	assert_true(fakeroot_holds(f, "target", "old"));
	assert_true(fakeroot_holds(f, "etc/hard2", "hard"));
}

static void refuses_links_on_the_way(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	fakeroot_dir(f, "real/sub");
	fakeroot_link(f, "real", "etc");
	assert_int_equal(put(f, "etc/x", 0644, "x", NULL, &err), -DW_REFUSED);
	assert_non_null(strstr(err.message, "a symbolic link"));
	assert_int_equal(put(f, "etc/sub/x", 0644, "x", NULL, &err), -DW_REFUSED);
	assert_int_equal(put(f, "real/../x", 0644, "x", NULL, &err), -DW_REFUSED);
	assert_int_equal(fakeroot_count(f, "real"), 1);
}

static void makes_directories_only_when_told(void **state)
{
	struct fakeroot *f = *state;
	struct file_spec spec = spec_of("a/b/c", 0644, "x");
	struct dw_err err = { 0 };

	assert_int_equal(file_write(f->fd, &spec, NULL, &err), -DW_ABSENT);
	assert_false(fakeroot_exists(f, "a"));
	spec.dir_mode = 0700;
	assert_int_equal(file_write(f->fd, &spec, NULL, &err), 0);
	assert_int_equal(fakeroot_mode(f, "a"), 0700);
	assert_int_equal(fakeroot_mode(f, "a/b"), 0700);
	assert_true(fakeroot_holds(f, "a/b/c", "x"));
}

struct seen {
	struct fakeroot *f;
	char path[512];
	int answer;
};

static int look(void *ctx, const char *temp_path, struct dw_err *err)
{
	struct seen *s = ctx;

	(void)snprintf(s->path, sizeof(s->path), "%s", temp_path);
	assert_true(fakeroot_holds(s->f, temp_path, "new"));
	assert_int_equal(fakeroot_mode(s->f, temp_path), 0440);
	return s->answer == 0 ? 0 : dw_fail(err, DW_REFUSED, "not liked");
}

static void check_decides(void **state)
{
	struct fakeroot *f = *state;
	struct seen seen = { .f = f, .answer = 1 };
	struct file_spec spec = spec_of("etc/sudoers.d/90-x", 0440, "new");
	struct dw_err err = { 0 };

	fakeroot_file(f, "etc/sudoers.d/90-x", 0440, "old");
	spec.check = look;
	spec.check_ctx = &seen;
	assert_int_equal(file_write(f->fd, &spec, NULL, &err), -DW_REFUSED);
	assert_string_equal(err.message, "not liked");
	assert_true(fakeroot_holds(f, "etc/sudoers.d/90-x", "old"));
	assert_int_equal(fakeroot_count(f, "etc/sudoers.d"), 1);
	/* sudo skips names with a dot */
	assert_int_equal(strncmp(seen.path, "etc/sudoers.d/.90-x.", 20), 0);
	seen.answer = 0;
	assert_int_equal(file_write(f->fd, &spec, NULL, &err), 0);
	assert_true(fakeroot_holds(f, "etc/sudoers.d/90-x", "new"));
}

static void removes_what_a_killed_run_left(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "etc/.x.dw-0123456789abcdef", 0600, "half");
	fakeroot_file(f, "etc/.x.dw-0123456789abcdeg", 0600,
		      "not ours: no hexadecimal number");
	fakeroot_file(f, "etc/.xy.dw-0123456789abcdef", 0600, "of another file");
	assert_int_equal(put(f, "etc/x", 0644, "new", NULL, NULL), 0);
	assert_false(fakeroot_exists(f, "etc/.x.dw-0123456789abcdef"));
	assert_true(fakeroot_exists(f, "etc/.x.dw-0123456789abcdeg"));
	assert_true(fakeroot_exists(f, "etc/.xy.dw-0123456789abcdef"));
}

static void moves_and_removes(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	fakeroot_file(f, "a/x", 0600, "x");
	fakeroot_dir(f, "b");
	fakeroot_link(f, "x", "a/link");
	assert_int_equal(file_move(f->fd, "a/x", "b/y", &err), 0);
	assert_true(fakeroot_holds(f, "b/y", "x"));
	assert_false(fakeroot_exists(f, "a/x"));
	assert_int_equal(file_move(f->fd, "a/x", "b/y", &err), -DW_ABSENT);
	assert_int_equal(file_move(f->fd, "a/link", "b/z", &err), -DW_REFUSED);
	assert_int_equal(file_remove(f->fd, "a/link", &err), -DW_REFUSED);
	assert_int_equal(file_remove(f->fd, "b", &err), -DW_REFUSED);
	assert_int_equal(file_remove(f->fd, "b/y", &err), 0);
	assert_false(fakeroot_exists(f, "b/y"));
	assert_int_equal(file_remove(f->fd, "b/y", &err), 0);
	assert_int_equal(file_remove(f->fd, "nowhere/y", &err), 0);
}

static void one_holder_of_the_lock(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	int first = -1, second = -1;

	assert_int_equal(file_lock(f->fd, "run/doorward/lock", 0, &first, &err), 0);
	assert_int_equal(file_lock(f->fd, "run/doorward/lock", 50, &second, &err),
			 -DW_BUSY);
	assert_int_equal(second, -1);
	close(first);
	assert_int_equal(file_lock(f->fd, "run/doorward/lock", 0, &second, &err), 0);
	close(second);
}

static void console_takes_lines(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	char path[512];

	fakeroot_file(f, "dev/console", 0600, "before\n");
	assert_int_equal(file_write_console(f->fd, "/dev/console", SLICE("a\nb"), &err),
			 0);
	assert_true(fakeroot_holds(f, "dev/console", "before\na\nb"));
	assert_int_equal(file_write_console(f->fd, "dev/ttyS0", SLICE("a"), &err),
			 -DW_ABSENT);
	assert_false(fakeroot_exists(f, "dev/ttyS0"));
	(void)snprintf(path, sizeof(path), "%s/dev/fifo", f->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_true(file_write_console(f->fd, "dev/fifo", SLICE("a"), &err) < 0);
	/* a character device, but no terminal */
	if (geteuid() == 0) {
		assert_int_equal(
			mknodat(f->fd, "dev/null", S_IFCHR | 0600, makedev(1, 3)), 0);
		assert_int_equal(file_write_console(f->fd, "dev/null", SLICE("a"), &err),
				 -DW_REFUSED);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(writes_new_and_old),
		TEST(mode_is_exact),
		TEST(equal_is_not_written),
		TEST(refuses_what_is_no_file),
		TEST(refuses_links_on_the_way),
		TEST(makes_directories_only_when_told),
		TEST(check_decides),
		TEST(removes_what_a_killed_run_left),
		TEST(moves_and_removes),
		TEST(one_holder_of_the_lock),
		TEST(console_takes_lines),
	};

	return cmocka_run_group_tests_name("apply/file", tests, NULL, NULL);
}
