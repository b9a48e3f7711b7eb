/* SPDX-License-Identifier: Apache-2.0 */
/* JSON (RFC 8259) to a tree of values, with nothing lost and nothing guessed. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "codec/value.h"

/*
 * One value of at most MAX bytes, DW_NODES_MAX nodes and DW_DEPTH_MAX levels, blanks
 * around it and nothing else. Refused with line and column: duplicate keys, comments,
 * trailing commas, NaN and its like, numbers with leading zeros, control bytes and \u0000
 * in strings, half surrogate pairs, invalid UTF-8. A byte order mark is skipped.
 *
 * Numbers, true and false are VALUE_SCALAR exactly as written (a 20-digit id keeps its
 * digits), strings are VALUE_SCALAR with is_quoted, null is VALUE_NULL. Lines and columns
 * (in bytes) are filled in.
 *
 * *RET is the caller's, value_free(); untouched on failure.
 */
int json_load(struct slice text, size_t max, struct value **ret, struct dw_err *err)
	must_check;
