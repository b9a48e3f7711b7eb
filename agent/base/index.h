/* SPDX-License-Identifier: Apache-2.0 */
/* From a text to a number in logarithmic time, whatever the texts are: for "is it there
 * already?". */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * A balanced tree, not a hash table: its worst case is its usual case, so nobody who
 * chooses the texts can make it slow. The texts are borrowed: they stay where they are,
 * unchanged, until index_done(). Zero-initialised is empty.
 */
struct index {
	void *root_;
};

void index_done(struct index *x);

/* Remembers AT under TEXT. Returns 0, or 1 when TEXT is there already (nothing changes
 * then). */
int index_add(struct index *x, const char *text, size_t at, struct dw_err *err)
	must_check;

/* True when TEXT is there; then *RET_AT is its number. */
bool index_find(const struct index *x, const char *text, size_t *ret_at);
