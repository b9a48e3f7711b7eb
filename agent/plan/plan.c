/* SPDX-License-Identifier: Apache-2.0 */
/* The ordered list of operations; what goes into it is decided in plan_*.c. */
#include "plan/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

#define PLAN_OPS_MAX (DW_USERS_MAX * 4u + 64u) /* four per user and the machine's own */

void plan_init(struct plan *p)
{
	*p = (struct plan){ 0 };
}

void plan_done(struct plan *p)
{
	for (size_t i = 0; i < p->count; i++)
		op_done(&p->ops[i]);
	free(p->ops);
	*p = (struct plan){ 0 };
}

int plan_add(struct plan *p, enum op_kind kind, const char *target, struct op **ret,
	     struct dw_err *err)
{
	char *copy = NULL;
	int r;

	r = MEM_GROW(p->ops, p->count, p->capacity, PLAN_OPS_MAX, err);
	if (r < 0)
		return r;
	r = mem_strdup(&copy, target, err);
	if (r < 0)
		return r;
	*ret = &p->ops[p->count++];
	**ret = (struct op){ .kind = kind, .target = copy, .outcome = OP_PLANNED };
	return 0;
}

bool plan_is_empty(const struct plan *p)
{
	return p->count == 0;
}

/* Only where nothing is there: another machine's key must go before the new owner is
 * noted. */
static bool is_slow(const struct op *op)
{
	return op->kind == OP_HOSTKEY_MAKE && op->hostkey->type == SSHPUB_RSA;
}

void plan_put_slow_last(struct plan *p)
{
	size_t left = p->count;

	/* What goes waits for what comes: the slow one may be all that stays. */
	for (size_t i = 0; i < p->count; i++)
		if (p->ops[i].kind == OP_HOSTKEY_RETIRE)
			return;
	for (size_t i = 0; left > 0; left--) {
		struct op op = p->ops[i];

		if (!is_slow(&op)) {
			i++;
			continue;
		}
		memmove(&p->ops[i], &p->ops[i + 1], (p->count - i - 1) * sizeof(*p->ops));
		p->ops[p->count - 1] = op;
	}
}
