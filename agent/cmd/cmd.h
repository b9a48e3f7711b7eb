/* SPDX-License-Identifier: Apache-2.0 */
/* What a verb is: one const row, from which help, man page check and completion come. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "cmd/opt.h"

/* Everything a verb may ask about how it was called. */
struct cmd_env {
	int root_fd;
	const char *root; /* --root as given, NULL for "/" */
	bool is_live; /* no --root, and we are root: tools of the distribution may run */
	bool has_json;
	bool is_strict; /* degraded is exit status 2 */
	char **operands;
	int operands_count;
};

enum cmd_needs {
	CMD_NEEDS_ROOT =
		1 << 0, /* to change the machine, unless --root says which tree */
	CMD_TAKES_OPERANDS = 1 << 1, /* anything after the options */
};

struct cmd {
	const char *name;
	const char *operands; /* "[FILE]" for the synopsis, "" when there are none */
	const char *summary;  /* one line, lower case, no period */
	const char *help;     /* paragraphs below the synopsis */
	unsigned needs;
	const struct opt *options; /* ends with a NULL name */
	/* The exit status (0..), or a negative error that main() tells. */
	int (*run)(const struct cmd_env *env, struct dw_err *err);
};

extern const struct cmd *const cmds[]; /* ends with NULL */
