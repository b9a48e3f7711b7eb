/* SPDX-License-Identifier: Apache-2.0 */
/* Opening beneath a root: links stay inside, nothing blocks, ceilings hold. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fd.h"

struct tree {
	char path[64];
	int fd;
};

static void put(const struct tree *t, const char *name, const char *text)
{
	int fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(close(fd), 0);
}

static int set_up(void **state)
{
	static struct tree t;
	struct dw_err err = { 0 };

	(void)snprintf(t.path, sizeof(t.path), "/tmp/test-fd.XXXXXX");
	assert_non_null(mkdtemp(t.path));
	t.fd = open(t.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	assert_true(t.fd >= 0);
	assert_int_equal(mkdirat(t.fd, "root", 0700), 0);
	put(&t, "outside", "secret");
	(void)close(t.fd); /* the tests begin one level down */
	(void)snprintf(t.path + strlen(t.path), sizeof(t.path) - strlen(t.path), "/root");
	assert_int_equal(fd_open_root(t.path, &t.fd, &err), 0);
	*state = &t;
	return 0;
}

static int remove_one(const char *path, unused_arg const struct stat *st,
		      unused_arg int type, unused_arg struct FTW *ftw)
{
	return remove(path);
}

static int tear_down(void **state)
{
	struct tree *t = *state;

	(void)close(t->fd); /* only for looking */
	*strrchr(t->path, '/') = '\0';
	return nftw(t->path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int read_text(const struct tree *t, const char *path, struct dw_buf *ret)
{
	return fd_read_file(t->fd, path, ret, NULL);
}

static void test_reads_whole_files(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	const struct tree *t = *state;

	put(t, "a", "text");
	put(t, "empty", "");
	assert_int_equal(read_text(t, "a", &b), 0);
	assert_string_equal(b.data, "text");
	assert_int_equal(read_text(t, "/a", &b), 0);
	assert_int_equal(read_text(t, "///a", &b), 0);
	assert_string_equal(b.data, "texttexttext");
	buf_clear(&b);
	assert_int_equal(read_text(t, "empty", &b), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(read_text(t, "missing", &b), -DW_ABSENT);
	assert_int_equal(read_text(t, "a/b", &b), -DW_ABSENT);
}

static void test_ceiling_to_the_byte(void **state)
{
	const struct tree *t = *state;
	char text[12] = "0123456789a";

	for (size_t len = 9; len <= 11; len++) {
		cleanup_buf struct dw_buf b = BUF_INIT(10);

		text[len] = '\0';
		put(t, "a", text);
		assert_int_equal(read_text(t, "a", &b), len <= 10 ? 0 : -DW_TOO_BIG);
		assert_int_equal(b.len, len <= 10 ? len : 0);
		text[len] = 'a';
	}
}

static void test_only_regular_files_are_read(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	const struct tree *t = *state;

	assert_int_equal(mkfifoat(t->fd, "fifo", 0600), 0);
	assert_int_equal(read_text(t, "fifo", &b), -DW_REFUSED); /* and did not block */
	assert_int_equal(mkdirat(t->fd, "dir", 0700), 0);
	assert_int_equal(read_text(t, "dir", &b), -DW_REFUSED);
}

static void test_links_lead_nowhere_but_inside(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	const struct tree *t = *state;

	put(t, "a", "inside");
	assert_int_equal(symlinkat("/a", t->fd, "absolute"), 0);
	assert_int_equal(symlinkat("a", t->fd, "relative"), 0);
	assert_int_equal(symlinkat("../outside", t->fd, "up"), 0);
	assert_int_equal(symlinkat("/etc/passwd", t->fd, "passwd"), 0);
	assert_int_equal(symlinkat("loop", t->fd, "loop"), 0);
	assert_int_equal(read_text(t, "absolute", &b), 0);
	assert_int_equal(read_text(t, "relative", &b), 0);
	assert_string_equal(b.data, "insideinside");
	assert_true(read_text(t, "up", &b) < 0);
	assert_true(read_text(t, "../outside", &b) < 0);
	assert_int_equal(read_text(t, "passwd", &b), -DW_ABSENT);
	assert_int_equal(read_text(t, "loop", &b), -DW_REFUSED);
	assert_string_equal(b.data, "insideinside");
}

static void test_no_follow_is_obeyed(void **state)
{
	const struct tree *t = *state;
	int fd = -1;

	put(t, "a", "x");
	assert_int_equal(symlinkat("a", t->fd, "link"), 0);
	assert_int_equal(fd_open_at(t->fd, "link", O_RDONLY | O_NOFOLLOW, &fd, NULL),
			 -DW_REFUSED);
	assert_int_equal(fd, -1);
}

static void test_exists(void **state)
{
	const struct tree *t = *state;

	put(t, "a", "x");
	assert_int_equal(symlinkat("nothing", t->fd, "dangling"), 0);
	assert_true(fd_exists_at(t->fd, "a"));
	assert_true(fd_exists_at(t->fd, "/"));
	assert_false(fd_exists_at(t->fd, "b"));
	assert_false(fd_exists_at(t->fd, "dangling"));
}

static void test_root_must_be_a_directory(void **state)
{
	struct dw_err err = { 0 };
	int fd = -1;

	(void)state; /* needs no tree */
	assert_int_equal(fd_open_root("/dev/null", &fd, &err), -DW_ABSENT);
	assert_int_equal(fd_open_root("/does/not/exist", &fd, &err), -DW_ABSENT);
	assert_int_equal(fd, -1);
}

static void test_pipe_is_read_to_its_end(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	int p[2];

	(void)state; /* needs no tree */
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(fd_write_all(p[1], "abc", 3, NULL), 0);
	assert_int_equal(fd_read_until(p[0], deadline_after(1), &b, NULL), -DW_TIMEOUT);
	assert_int_equal(close(p[1]), 0);
	buf_clear(&b);
	assert_int_equal(fd_read_all(p[0], &b, NULL), 0);
	assert_int_equal(b.len, 0);
	assert_int_equal(close(p[0]), 0);
}

static void test_full_pipe_is_given_up(void **state)
{
	static const char bytes[65536];
	int p[2];

	(void)state; /* needs no tree */
	assert_int_equal(pipe2(p, O_CLOEXEC | O_NONBLOCK), 0);
	assert_true(fcntl(p[1], F_SETPIPE_SZ, 4096) >= 4096);
	assert_int_equal(fd_write_all(p[1], bytes, sizeof(bytes), NULL), -DW_TIMEOUT);
	assert_int_equal(close(p[0]), 0);
	assert_int_equal(close(p[1]), 0);
}

/* An old kernel, or systemd's RestrictSUIDSGID=: openat2 says that it does not exist. */
static void lose_openat2(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]),
				      .filter = code };

	assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
	assert_int_equal(syscall(SYS_openat2, -1, "", NULL, 0), -1);
	assert_int_equal(errno, ENOSYS);
}

/* The filter stays for good: this group runs after all others. */
static void test_without_openat2(void **state)
{
	lose_openat2();
	test_links_lead_nowhere_but_inside(state);
	test_no_follow_is_obeyed(state);
}

int main(void)
{
#define WITH_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		WITH_TREE(test_reads_whole_files),
		WITH_TREE(test_ceiling_to_the_byte),
		WITH_TREE(test_only_regular_files_are_read),
		WITH_TREE(test_links_lead_nowhere_but_inside),
		WITH_TREE(test_no_follow_is_obeyed),
		WITH_TREE(test_exists),
		cmocka_unit_test(test_root_must_be_a_directory),
		cmocka_unit_test(test_pipe_is_read_to_its_end),
		cmocka_unit_test(test_full_pipe_is_given_up),
		WITH_TREE(test_without_openat2),
	};

	return cmocka_run_group_tests_name("fd", tests, NULL, NULL);
}
