/* SPDX-License-Identifier: Apache-2.0 */
/* The logger: levels, prefixes, and one visible line whatever it is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"

static char seen[4096];

/* Runs F with stderr into a pipe and leaves what it wrote in SEEN. */
static const char *catch_stderr(void (*f)(void))
{
	int old = dup(STDERR_FILENO);
	ssize_t n;
	int p[2];

	assert_true(old >= 0);
	assert_int_equal(pipe(p), 0);
	assert_true(dup2(p[1], STDERR_FILENO) >= 0);
	f();
	assert_true(dup2(old, STDERR_FILENO) >= 0);
	(void)close(p[1]); /* so that read() meets the end */
	n = read(p[0], seen, sizeof(seen) - 1);
	assert_true(n >= 0);
	seen[n] = '\0';
	(void)close(p[0]); /* only read from */
	(void)close(old);  /* a copy */
	return seen;
}

static void say_all(void)
{
	log_error("e");
	log_warning("w");
	log_notice("n %d", 5);
	log_info("i");
	log_debug("d");
}

static void test_levels_on_a_terminal(unused_arg void **state)
{
	log_init(LOG_INFO_, false);
	assert_string_equal(catch_stderr(say_all), "doorward: error: e\n"
						   "doorward: warning: w\n"
						   "doorward: n 5\n"
						   "doorward: i\n");
	assert_false(log_is_shown(LOG_DEBUG_));
	log_init(LOG_ERR_, false);
	assert_string_equal(catch_stderr(say_all), "doorward: error: e\n");
}

static void test_levels_in_the_journal(unused_arg void **state)
{
	log_init(LOG_DEBUG_, true);
	assert_string_equal(catch_stderr(say_all), "<3>e\n<4>w\n<5>n 5\n<6>i\n<7>d\n");
}

static void say_hostile(void)
{
	log_error("a\nb\x1b[0m\xc2\x9b"
		  "c\xff");
}

static void test_nothing_a_terminal_would_obey(unused_arg void **state)
{
	log_init(LOG_ERR_, true);
	assert_string_equal(catch_stderr(say_hostile), "<3>a?b?[0m??c?\n");
}

static void say_long(void)
{
	char text[3000];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_error("%s", text);
}

static void test_long_line_is_cut_but_ended(unused_arg void **state)
{
	log_init(LOG_ERR_, true);
	(void)catch_stderr(say_long);
	assert_in_range(strlen(seen), 1000, 1024);
	assert_int_equal(seen[strlen(seen) - 1], '\n');
	assert_ptr_equal(strchr(seen, '\n'), seen + strlen(seen) - 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_levels_on_a_terminal),
		cmocka_unit_test(test_levels_in_the_journal),
		cmocka_unit_test(test_nothing_a_terminal_would_obey),
		cmocka_unit_test(test_long_line_is_cut_but_ended),
	};

	return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
