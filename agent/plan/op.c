/* SPDX-License-Identifier: Apache-2.0 */
/* Names and printing of operations; nothing is executed here. */
#include "plan/op.h"

#include <stdlib.h>

static const char *const kind_texts[OP_KIND_MAX_] = {
#define X(kind, text) [kind] = text,
	OP_KINDS(X)
#undef X
};

static const char *const outcome_texts[] = {
	[OP_PLANNED] = "planned", [OP_DONE] = "done",	    [OP_UNCHANGED] = "unchanged",
	[OP_FAILED] = "failed",	  [OP_SKIPPED] = "skipped",
};

const char *op_kind_text(enum op_kind kind)
{
	return kind_texts[kind];
}

const char *op_outcome_text(enum op_outcome outcome)
{
	return outcome_texts[outcome];
}

void op_done(struct op *op)
{
	free(op->target);
	free(op->detail);
	free(op->shell);
	free(op->gecos);
	free(op->path);
	free(op->data);
	string_list_done(&op->groups);
	*op = (struct op){ 0 };
}

int op_print(const struct op *op, struct dw_buf *ret, struct dw_err *err)
{
	static const char marks[] = {
		[OP_PLANNED] = '+', [OP_DONE] = '*',	[OP_UNCHANGED] = '=',
		[OP_FAILED] = '!',  [OP_SKIPPED] = '-',
	};
	int r;

	r = buf_printf(ret, err, "%c %-15s %s", marks[op->outcome],
		       op_kind_text(op->kind), op->target);
	if (r < 0)
		return r;
	if (op->detail != NULL && op->detail[0] != '\0') {
		r = buf_printf(ret, err, "  %s", op->detail);
		if (r < 0)
			return r;
	}
	if (op->outcome == OP_FAILED) {
		r = buf_printf(ret, err, "\n    failed: %s", op->failure.message);
		if (r < 0)
			return r;
	}
	return buf_append_str(ret, "\n", err);
}
