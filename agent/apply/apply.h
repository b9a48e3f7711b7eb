/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a plan and does it: one tool per kind of operation, outcome written into each. */
#pragma once

#include "apply/file.h"
#include "apply/hostkey.h"
#include "base/err.h"
#include "plan/plan.h"

struct apply_context {
	int root_fd;
	bool is_live; /* the root is "/" and we are root: tools of the distribution may
			 run */
	struct hostkey_jobs *jobs; /* keys already being made; NULL: make them now */
	int64_t now;		   /* seconds since 1970, for names of things put aside */
};

/*
 * Does every planned operation in order. Users are independent: one that fails does not
 * stop the others, but what depends on it (its keys, its groups) is skipped. *RET_CHANGED
 * says whether anything was changed. Returns 0 when all went well, else the first failure
 * after trying the rest.
 */
int apply_plan(struct apply_context *ctx, struct plan *plan, bool *ret_changed,
	       struct dw_err *err) must_check;
