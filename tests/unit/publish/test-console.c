/* SPDX-License-Identifier: Apache-2.0 */
/* The console blocks byte for byte, the consoles that get them, and the login banner. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/limits.h"
#include "publish/publish.h"
#include "tests/harness/fakeroot.h"
#include "tests/unit/codec/tool.h"

#define RULE "#############################################################\n"

enum { KEYS = 3 };

static struct sshpub keys[KEYS];
static char expected[16384], banner[4096]; /* by ssh-keygen and this file alone */

static int set_up(void **state)
{
	static const char *const types[KEYS] = { "ed25519", "ecdsa", "rsa -b 2048" };
	struct dw_buf lines = BUF_INIT(TOOL_MAX), prints = BUF_INIT(TOOL_MAX),
		      one = BUF_INIT(TOOL_MAX);

	if (tool_setup(state) != 0)
		return -1;
	if (tool(NULL, "command -v ssh-keygen >/dev/null 2>&1") != 0)
		return 0; /* each test says so */
	for (size_t i = 0; i < KEYS; i++) {
		assert_int_equal(
			tool(NULL, "ssh-keygen -q -t %s -N '' -C 'root@box %zu' -f k%zu",
			     types[i], i, i),
			0);
		assert_int_equal(tool(&one, "cat k%zu.pub", i), 0);
		assert_int_equal(sshpub_parse_line(tool_line(&one), &SSHPUB_POLICY_SSHD,
						   &keys[i], NULL),
				 0);
		assert_int_equal(buf_append(&lines, one.data, one.len, NULL), 0);
		assert_int_equal(tool(&one, "ssh-keygen -l -E sha256 -f k%zu.pub", i), 0);
		assert_int_equal(buf_append(&prints, one.data, one.len, NULL), 0);
	}
	(void)snprintf(expected, sizeof(expected),
		       "\n" RULE "-----BEGIN SSH HOST KEY FINGERPRINTS-----\n"
		       "%s"
		       "-----END SSH HOST KEY FINGERPRINTS-----\n" RULE
		       "-----BEGIN SSH HOST KEY KEYS-----\n"
		       "%s"
		       "-----END SSH HOST KEY KEYS-----\n",
		       prints.data, lines.data);
	(void)snprintf(banner, sizeof(banner), "SSH host key fingerprints:\n%s\n",
		       prints.data);
	buf_done(&lines);
	buf_done(&prints);
	buf_done(&one);
	return 0;
}

static int tear_down(void **state)
{
	for (size_t i = 0; i < KEYS; i++)
		sshpub_done(&keys[i]);
	return tool_teardown(state);
}

static void blocks_are_what_scrapers_look_for(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);

	(void)state;
	tool_need("ssh-keygen");
	assert_int_equal(publish_render_console(keys, KEYS, &b, NULL), 0);
	assert_string_equal(b.data, expected);
}

/* Which of these files got the blocks? */
static const struct {
	const char *title, *cmdline, *active;
	const char *printed; /* names beneath dev/, in the order of NAMES below */
} cases[] = {
	{ "no command line to read", NULL, NULL, "console" },
	{ "no console named", "root=/dev/sda1 quiet\n", NULL, "console" },
	{ "one named, nothing known of it", "console=ttyS0\n", NULL, "console ttyS0" },
	{ "with a speed", "quiet console=ttyS0,115200n8 ro\n", NULL, "console ttyS0" },
	{ "two", "console=tty0 console=ttyS0,115200\n", NULL, "console tty0 ttyS0" },
	{ "the last of the active ones is dev/console", "console=tty0 console=ttyS0\n",
	  "tty0 ttyS0\n", "console tty0" },
	{ "the last active one, not the first", "console=tty0 console=ttyS0\n",
	  "ttyS0 tty0\n", "console ttyS0" },
	{ "one alone is dev/console", "console=ttyS0\n", "ttyS0\n", "console" },
	{ "a name that begins like it is another", "console=tty0\n", "tty0 tty01\n",
	  "console tty0" },
	{ "named twice, printed once", "console=ttyS0 console=ttyS0,115200\n", NULL,
	  "console ttyS0" },
	{ "named a third time after another",
	  "console=tty0 console=ttyS0 console=tty0 console=ttyS0\n", NULL,
	  "console tty0 ttyS0" },
	{ "a name with a slash is ignored", "console=pts/0 console=../etc/x\n", NULL,
	  "console" },
	{ "so is one with a dot, or none", "console=.. console= console=,9600\n", NULL,
	  "console" },
	{ "so is one that is too long",
	  "console=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa console=ttyS0\n", NULL,
	  "console ttyS0" },
	{ "only whole words", "xconsole=ttyS0 earlyconsole=tty0\n", NULL, "console" },
	{ "one that is not there does not stop the rest", "console=hvc0 console=ttyS0\n",
	  NULL, "console ttyS0" },
};

static void prints_on_the_right_consoles(void **state)
{
	static const char *const names[] = { "console", "tty0", "ttyS0", "pts/0" };

	(void)state;
	tool_need("ssh-keygen");
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char printed[64] = "", path[32];
		struct fakeroot f;

		fakeroot_new(&f);
		for (size_t n = 0; n < ARRAY_LEN(names); n++) {
			(void)snprintf(path, sizeof(path), "dev/%s", names[n]);
			fakeroot_file(&f, path, 0600, "");
		}
		fakeroot_file(&f, "etc/x", 0600, "");
		if (cases[i].cmdline != NULL)
			fakeroot_file(&f, "proc/cmdline", 0444, cases[i].cmdline);
		if (cases[i].active != NULL)
			fakeroot_file(&f, "sys/class/tty/console/active", 0444,
				      cases[i].active);
		assert_int_equal(publish_console(f.fd, keys, KEYS, NULL), 0);
		for (size_t n = 0; n < ARRAY_LEN(names); n++) {
			(void)snprintf(path, sizeof(path), "dev/%s", names[n]);
			if (fakeroot_holds(&f, path, expected))
				(void)snprintf(printed + strlen(printed),
					       sizeof(printed) - strlen(printed), "%s%s",
					       printed[0] != '\0' ? " " : "", names[n]);
			else /* whole and once, or not at all */
				assert_true(fakeroot_holds(&f, path, ""));
		}
		assert_true(fakeroot_holds(&f, "etc/x", ""));
		if (strcmp(printed, cases[i].printed) != 0)
			print_error("case '%s'\n", cases[i].title);
		assert_string_equal(printed, cases[i].printed);
		fakeroot_free(&f);
	}
}

static void no_console_is_no_failure(void **state)
{
	struct fakeroot f;

	(void)state;
	tool_need("ssh-keygen");
	fakeroot_new(&f);
	assert_int_equal(publish_console(f.fd, keys, KEYS, NULL), 0);
	fakeroot_dir(&f, "dev/console");
	assert_int_equal(publish_console(f.fd, keys, KEYS, NULL), 0);
	assert_false(fakeroot_exists(&f, "dev/ttyS0")); /* never made */
	fakeroot_free(&f);
}

static void no_keys_no_words(void **state)
{
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	fakeroot_file(&f, "dev/console", 0600, "");
	assert_int_equal(publish_console(f.fd, NULL, 0, NULL), 0);
	assert_int_equal(publish_banner(f.fd, NULL, 0, NULL), 0);
	assert_true(fakeroot_holds(&f, "dev/console", ""));
	assert_false(fakeroot_exists(&f, PATH_BANNER));
	fakeroot_free(&f);
}

static void banner_is_for_everybody_and_written_once(void **state)
{
	struct stat before, after;
	char path[512];
	struct fakeroot f;

	(void)state;
	tool_need("ssh-keygen");
	fakeroot_new(&f);
	assert_int_equal(publish_banner(f.fd, keys, KEYS, NULL), 0);
	assert_true(fakeroot_holds(&f, PATH_BANNER, banner));
	assert_int_equal(fakeroot_mode(&f, PATH_BANNER), 0644);
	assert_int_equal(fakeroot_mode(&f, "run/issue.d"), 0755);
	(void)snprintf(path, sizeof(path), "%s/%s", f.path, PATH_BANNER);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(publish_banner(f.fd, keys, KEYS, NULL), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	fakeroot_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_what_scrapers_look_for),
		cmocka_unit_test(prints_on_the_right_consoles),
		cmocka_unit_test(no_console_is_no_failure),
		cmocka_unit_test(no_keys_no_words),
		cmocka_unit_test(banner_is_for_everybody_and_written_once),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
