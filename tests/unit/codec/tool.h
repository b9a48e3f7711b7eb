/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the real tools (ssh-keygen, openssl) in a folder that goes away; for tests that
 * compare. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/str.h"

enum { TOOL_MAX = 1 << 20 };

static char tool_dir[64];

/* Group fixtures: the folder in which tool() works. */
static int tool_setup(unused_arg void **state)
{
	(void)snprintf(tool_dir, sizeof(tool_dir), "/tmp/doorward-test-XXXXXX");
	return mkdtemp(tool_dir) != NULL ? 0 : -1;
}

static int tool_teardown(unused_arg void **state)
{
	char command[128];

	(void)snprintf(command, sizeof(command), "rm -rf %s", tool_dir);
	return system(command);
}

/*
 * Runs a shell command in the folder, in UTF-8 (elsewhere ssh-keygen escapes comments);
 * its output replaces OUT (may be NULL). Returns its status.
 */
printf_like(2, 3) static int tool(struct dw_buf *out, const char *fmt, ...)
{
	char command[4096], chunk[4096];
	int at = snprintf(command, sizeof(command),
			  "cd %s || exit; export LC_ALL=C.UTF-8; ", tool_dir),
	    status;
	size_t n;
	va_list ap;
	FILE *pipe;

	va_start(ap, fmt);
	(void)vsnprintf(command + at, sizeof(command) - (size_t)at, fmt, ap);
	va_end(ap);
	if (out != NULL)
		buf_clear(out);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	while ((n = fread(chunk, 1, sizeof(chunk), pipe)) > 0)
		if (out != NULL)
			assert_int_equal(buf_append(out, chunk, n, NULL), 0);
	status = pclose(pipe);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A build machine need not have every tool; without it there is nothing to compare with.
 */
#define tool_need(name)                                                         \
	do {                                                                    \
		if (tool(NULL, "command -v %s >/dev/null 2>&1", (name)) != 0) { \
			print_message("%s is not installed here\n", (name));    \
			skip();                                                 \
		}                                                               \
	} while (0)

/* A file of the folder (or any absolute path), whole, into RET. */
static unused_arg void tool_read(const char *name, struct dw_buf *ret)
{
	assert_int_equal(tool(ret, "cat '%s'", name), 0);
}

static unused_arg void tool_write(const char *name, struct slice content)
{
	char path[128];
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", tool_dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(content.data, 1, content.len, f), content.len);
	assert_int_equal(fclose(f), 0);
}

/* The example values of tests/data/keys. */
static unused_arg void tool_example(const char *name, struct dw_buf *ret)
{
	const char *top = getenv("DW_SRCDIR");
	char path[512];
	FILE *f;
	size_t n;
	char chunk[4096];

	(void)snprintf(path, sizeof(path), "%s/tests/data/keys/%s",
		       top != NULL ? top : ".", name);
	buf_clear(ret);
	f = fopen(path, "rb");
	if (f == NULL)
		fail_msg("no %s", path);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		assert_int_equal(buf_append(ret, chunk, n, NULL), 0);
	assert_int_equal(fclose(f), 0);
}

/* Without the newline at its end. */
static unused_arg struct slice tool_line(const struct dw_buf *b)
{
	struct slice s = slice_of_buf(b);

	while (s.len > 0 && s.data[s.len - 1] == '\n')
		s.len--;
	return s;
}
