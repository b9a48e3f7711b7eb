/* SPDX-License-Identifier: Apache-2.0 */
/* What every value tree must be like, for the fuzz targets of its loaders. */
#pragma once

#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/value.h"

/* Asserts the shape of V and all below it; returns how many nodes there are. */
static inline size_t fuzz_check_value(const struct value *v, unsigned depth)
{
	size_t nodes = 1;

	assert(depth <= DW_DEPTH_MAX);
	assert(v->line > 0 && v->column > 0);
	if (v->kind == VALUE_SCALAR)
		assert(v->text != NULL && strlen(v->text) == v->text_len);
	else
		assert(value_text(v) == NULL);
	if (v->kind != VALUE_LIST && v->kind != VALUE_MAP)
		assert(v->count == 0);
	for (size_t i = 0; i < v->count; i++) {
		if (v->kind == VALUE_MAP) {
			assert(value_get(v, v->keys[i]->text) == v->items[i]);
			assert(value_get_key(v, v->keys[i]->text) == v->keys[i]);
			nodes++;
		}
		nodes += fuzz_check_value(v->items[i], depth + 1);
	}
	return nodes;
}
