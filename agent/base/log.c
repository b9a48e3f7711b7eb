/* SPDX-License-Identifier: Apache-2.0 */
/* The logger: formats, makes visible, writes one line with one write(2). */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"

#define LOG_LINE_MAX 1024

/* Set once by main() before anything else runs: the one mutable state of this room. */
static enum log_level max_level = LOG_NOTICE_;
static bool has_prefix;

static const char priority[] = { '3', '4', '5', '6', '7' };
static const char *const words[] = { "error: ", "warning: ", "", "", "debug: " };

void log_init(enum log_level max, bool is_journal)
{
	max_level = max;
	has_prefix = is_journal;
}

bool log_is_shown(enum log_level level)
{
	return level <= max_level;
}

void log_at(enum log_level level, const char *fmt, ...)
{
	char line[LOG_LINE_MAX];
	size_t head, used;
	va_list ap;
	int n;

	if (!log_is_shown(level))
		return;
	if (has_prefix)
		n = snprintf(line, sizeof(line), "<%c>", priority[level]);
	else
		n = snprintf(line, sizeof(line), "doorward: %s", words[level]);
	head = n > 0 ? (size_t)n : 0;
	va_start(ap, fmt);
	n = vsnprintf(line + head, sizeof(line) - head - 1, fmt, ap);
	va_end(ap);
	if (n < 0)
		return;
	str_make_visible(line + head);
	used = strlen(line);
	line[used++] = '\n';
	(void)!write(STDERR_FILENO, line, used); /* nowhere left to complain */
}
