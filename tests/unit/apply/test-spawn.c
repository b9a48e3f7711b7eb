/* SPDX-License-Identifier: Apache-2.0 */
/* Running tools: what they get, what they leave, and that none outlives its deadline. */
#include "apply/spawn.h"

#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/fd.h"

static void run(const char *script, const char *input, struct spawn_result *ret)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	struct dw_err err = { 0 };

	if (spawn_run(argv, input, 20000, ret, &err) < 0)
		fail_msg("%s", err.message);
}

static void tells_status_and_output(void **state unused_arg)
{
	struct spawn_result got;

	run("echo out; echo err >&2; exit 7", NULL, &got);
	assert_int_equal(got.exit_status, 7);
	assert_string_equal(got.output, "out; err");
	run("kill -TERM $$", NULL, &got);
	assert_int_equal(got.exit_status, 128 + SIGTERM);
	assert_string_equal(got.output, "");
	run("printf 'a\\033[31mb'", NULL, &got);
	assert_string_equal(got.output, "a?[31mb");
}

static void output_is_cut_not_waited_for(void **state unused_arg)
{
	struct spawn_result got;

	run("i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i + 1)); done; exit 3",
	    NULL, &got);
	assert_int_equal(got.exit_status, 3);
	assert_true(strlen(got.output) < sizeof(got.output));
	assert_int_equal(strncmp(got.output, "0123456789; ", 12), 0);
}

static void input_arrives(void **state unused_arg)
{
	struct spawn_result got;

	run("cat", "user:*\n", &got);
	assert_string_equal(got.output, "user:*");
	run("cat", NULL, &got);
	assert_string_equal(got.output, "");
	run("exec <&-; exit 0", "nobody reads this\n", &got);
	assert_int_equal(got.exit_status, 0);
}

/* A descriptor or a variable of ours in a tool is a leak. */
static void nothing_is_inherited(void **state unused_arg)
{
	struct spawn_result got;
	int leak = open("/dev/null",
			O_RDONLY); /* without O_CLOEXEC, as a careless library may do */

	assert_true(leak > 2);
	assert_int_equal(setenv("DW_TEST_SECRET", "leaked", 1), 0);
	run("for f in /proc/self/fd/*; do echo ${f##*/}; done | sort -n | tail -n 1; env | sort",
	    NULL, &got);
	close(leak);
	assert_null(strstr(got.output, "leaked"));
	assert_non_null(strstr(got.output, "PATH=/usr/sbin:/usr/bin:/sbin:/bin"));
	assert_non_null(strstr(got.output, "LANG=C"));
	run("test -e /proc/$$/fd/3 || test -e /proc/$$/fd/4 || echo clean", NULL, &got);
	assert_string_equal(got.output, "clean");
}

static void deadline_kills_the_group(void **state unused_arg)
{
	const char *const argv[] = { "sh", "-c", "echo started; sleep 60 & wait", NULL };
	uint64_t begin = clock_now_ms();
	struct spawn_result got;
	struct dw_err err = { 0 };

	assert_int_equal(spawn_run(argv, NULL, 300, &got, &err), -DW_TIMEOUT);
	assert_true(clock_now_ms() - begin < 20000);
	assert_non_null(strstr(err.message, "started"));
}

static void a_daemon_is_not_waited_for(void **state unused_arg)
{
	uint64_t begin = clock_now_ms();
	struct spawn_result got;

	run("sleep 30 & exit 0", NULL, &got);
	assert_int_equal(got.exit_status, 0);
	assert_true(clock_now_ms() - begin < 15000);
}

static void absent_is_told(void **state unused_arg)
{
	const char *const argv[] = { "no-such-program-anywhere", NULL };
	struct spawn_result got;
	struct dw_err err = { 0 };

	assert_int_equal(spawn_run(argv, NULL, 1000, &got, &err), -DW_ABSENT);
	assert_non_null(strstr(err.message, "no-such-program-anywhere"));
	assert_false(spawn_has("no-such-program-anywhere"));
	assert_true(spawn_has("sh"));
}

static void pipe_hands_out_bytes(void **state unused_arg)
{
	const char *const argv[] = { "sh", "-c", "printf abc; exit 5", NULL };
	const char *const slow[] = { "sleep", "60", NULL };
	cleanup_buf struct dw_buf b = BUF_INIT(64);
	struct dw_err err = { 0 };
	int fd = -1, status = -1;
	pid_t pid;

	assert_int_equal(spawn_pipe(argv, &pid, &fd, &err), 0);
	assert_int_equal(fd_read_all(fd, &b, &err), 0);
	close(fd);
	assert_string_equal(b.data, "abc");
	assert_int_equal(spawn_wait(pid, 10000, &status, &err), 0);
	assert_int_equal(status, 5);

	assert_int_equal(spawn_pipe(slow, &pid, &fd, &err), 0);
	close(fd);
	assert_int_equal(spawn_wait(pid, 100, &status, &err), -DW_TIMEOUT);
	assert_int_equal(kill(pid, 0), -1); /* killed and reaped */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_status_and_output),
		cmocka_unit_test(output_is_cut_not_waited_for),
		cmocka_unit_test(input_arrives),
		cmocka_unit_test(nothing_is_inherited),
		cmocka_unit_test(deadline_kills_the_group),
		cmocka_unit_test(a_daemon_is_not_waited_for),
		cmocka_unit_test(absent_is_told),
		cmocka_unit_test(pipe_hands_out_bytes),
	};

	return cmocka_run_group_tests_name("apply/spawn", tests, NULL, NULL);
}
