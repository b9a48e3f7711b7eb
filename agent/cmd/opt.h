/* SPDX-License-Identifier: Apache-2.0 */
/* Declarative options: one row each, long names only, parsed and printed from the same
 * table. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

enum opt_kind {
	OPT_FLAG,   /* to: bool * */
	OPT_TEXT,   /* to: const char **, borrowed from argv */
	OPT_NUMBER, /* to: uint64_t * */
	OPT_CHOICE, /* to: const char **, one of the words in `choices` */
};

struct opt {
	const char *name; /* "root": given as --root X or --root=X */
	enum opt_kind kind;
	const char *arg; /* "DIR"; NULL for flags */
	void *to;
	const char *help;
	const char *const *choices; /* OPT_CHOICE: ends with NULL */
};

/*
 * Takes the options out of ARGV (which is permuted: operands move to the front), trying
 * OWN, then COMMON. "--" ends the options. *RET_OPERANDS counts what is left. DW_USAGE
 * names the word.
 */
int opt_parse(const struct opt *own, const struct opt *common, int argc, char **argv,
	      int *ret_operands, struct dw_err *err) must_check;

/* The lines of --help. */
int opt_print(const struct opt *options, struct dw_buf *ret, struct dw_err *err)
	must_check;
