/* SPDX-License-Identifier: Apache-2.0 */
/* The child without rights: answers come back bounded, and whatever it does costs only
 * itself. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "reach/ask.h"

/* In place of the C library's: a kernel in which nobody ends, as with a device that does
 * not answer. */
static bool nobody_ends;

pid_t waitpid(pid_t pid, int *status, int options)
{
	if (nobody_ends && (options & WNOHANG) != 0)
		return 0;
	return wait4(pid, status, options, NULL);
}

static int say_hello(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	return buf_append_str(ret, arg, err);
}

static int say_rights(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

	(void)arg;
	return buf_printf(ret, err, "uid=%d file=%d", (int)(geteuid() != 0), fd);
}

static int say_too_much(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	(void)ret;
	for (;;)
		if (write(*(const int *)arg, "x", 1) < 0)
			return dw_fail(err, DW_FAILED, "stopped");
}

static int say_no(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	(void)arg;
	(void)ret;
	return dw_fail(err, DW_MALFORMED, "no");
}

static int crash(void *arg, unused_arg struct dw_buf *ret, unused_arg struct dw_err *err)
{
	(void)arg;
	abort();
}

static int hang(void *arg, unused_arg struct dw_buf *ret, unused_arg struct dw_err *err)
{
	(void)arg;
	clock_sleep_ms(60000, deadline_after(60000));
	return 0;
}

static int run(ask_work *work, void *arg, uint64_t ms, struct dw_buf *ret)
{
	struct dw_err err;

	return ask(work, arg, deadline_after(ms), ret, &err);
}

static void the_answer_comes_back(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	char hello[] = "hello";

	assert_int_equal(run(say_hello, hello, 5000, &b), 0);
	assert_string_equal(b.data, "hello");
}

static void it_has_no_rights(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);

	assert_int_equal(run(say_rights, NULL, 5000, &b), 0);
	assert_string_equal(b.data, "uid=1 file=-1");
}

static void too_much_is_refused(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(4);
	char hello[] = "hello";

	assert_true(run(say_hello, hello, 5000, &b) < 0);
	assert_int_equal(b.len, 0);
}

/* Not through its buffer, as taken-over code would not: the descriptor after the pipe's
 * reading end. */
static void too_much_behind_our_back_is_refused(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(1000);
	int probe[2];

	assert_int_equal(pipe(probe), 0);
	(void)close(probe[0]);
	(void)close(probe[1]);
	assert_int_equal(run(say_too_much, &probe[1], 5000, &b), -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
}

static void failing_and_crashing_are_errors(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);

	assert_int_equal(run(say_no, NULL, 5000, &b), -DW_FAILED);
	assert_int_equal(run(crash, NULL, 5000, &b), -DW_FAILED);
}

static void hanging_ends_at_the_deadline(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	uint64_t start = clock_now_ms();

	assert_int_equal(run(hang, NULL, 200, &b), -DW_TIMEOUT);
	assert_true(clock_now_ms() - start < 3000);
	/* It was killed and waited for: nobody is left behind. */
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

/* Neither the wait nor who reads our standard output to its end depends on that child. */
static void an_immortal_child_is_left_behind(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	uint64_t start = clock_now_ms();

	nobody_ends = true;
	assert_int_equal(run(hang, NULL, 200, &b), -DW_TIMEOUT);
	nobody_ends = false;
	assert_true(clock_now_ms() - start < 5000);
	assert_true(waitpid(-1, NULL, 0) > 0);
}

static int say_output(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	struct stat st;

	if (fstat(STDOUT_FILENO, &st) < 0)
		return dw_fail(err, DW_FAILED, "no standard output");
	return buf_printf(ret, err, "%d", (int)(st.st_ino == *(const ino_t *)arg));
}

static void our_standard_output_is_not_its(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(100);
	struct stat st;

	assert_int_equal(fstat(STDOUT_FILENO, &st), 0);
	assert_int_equal(run(say_output, &st.st_ino, 5000, &b), 0);
	assert_string_equal(b.data, "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_answer_comes_back),
		cmocka_unit_test(it_has_no_rights),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(too_much_behind_our_back_is_refused),
		cmocka_unit_test(failing_and_crashing_are_errors),
		cmocka_unit_test(hanging_ends_at_the_deadline),
		cmocka_unit_test(an_immortal_child_is_left_behind),
		cmocka_unit_test(our_standard_output_is_not_its),
	};

	(void)signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("ask", tests, NULL, NULL);
}
