/* SPDX-License-Identifier: Apache-2.0 */
/* The answer on stdout: written whole, or an error. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "model/instance.h"
#include "plan/plan.h"

/* Everything in B to stdout. */
int out_write(const struct dw_buf *b, struct dw_err *err) must_check;

/* The instance as JSON, schema 1: docs/record.md. */
int out_instance_json(const struct instance *i, struct dw_buf *ret, struct dw_err *err)
	must_check;

/* The plan for people, or as the list of operations { op, target, detail, outcome }. */
int out_plan(const struct plan *p, bool has_json, struct dw_buf *ret, struct dw_err *err)
	must_check;

/* Refusals, unsupported keys and notes of a run, on stderr through the log. */
void out_remarks(const struct instance *i);
