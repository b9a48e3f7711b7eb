/* SPDX-License-Identifier: Apache-2.0 */
/* YAML to a tree of values: libyaml's events only, with a budget. */
#pragma once

#include "base/err.h"
#include "base/str.h"
#include "codec/value.h"

/*
 * One document of at most MAX bytes, DW_NODES_MAX nodes and DW_DEPTH_MAX levels. Refused
 * with line and column: aliases and merge keys (<<), duplicate keys, keys that are no
 * scalars, NUL, a second document. Anchors that nobody refers to and tags are ignored,
 * but for !!str, which makes a plain scalar text. An empty document is one VALUE_NULL. A
 * byte order mark is skipped.
 *
 * The work is bounded too: what makes libyaml's scanner quadratic (deep flow nesting,
 * thousands of tag directives) is stopped by the budget before it can cost anything.
 *
 * *RET is the caller's, value_free(); untouched on failure.
 */
int yaml_load(struct slice text, size_t max, struct value **ret, struct dw_err *err)
	must_check;
