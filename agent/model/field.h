/* SPDX-License-Identifier: Apache-2.0 */
/* Absent, empty, set: three states that are never confused. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/*
 * Unset means the platform cannot or did not say; empty means it said "nothing". Only
 * empty may ever remove something.
 */
enum field_state { FIELD_UNSET, FIELD_EMPTY, FIELD_SET };

/* A line of text; zeroing makes it unset. Read it with field_text(). */
struct field {
	enum field_state state;
	char *text; /* owned; NULL unless FIELD_SET */
};

const char *field_text(const struct field *f); /* the text, or "" */
void field_done(struct field *f);
/* Copies S: FIELD_EMPTY when it has no bytes, else FIELD_SET. Judges nothing
 * (validate.h). */
int field_set(struct field *f, struct slice s, struct dw_err *err) must_check;

/* Yes, no, not said. */
enum tristate { TRI_UNSET = -1, TRI_NO = 0, TRI_YES = 1 };

/* A list of words. */
struct string_list {
	enum field_state state;
	char **items;
	size_t count, capacity;
};

void string_list_done(struct string_list *l);
/* Appends a copy (state becomes FIELD_SET); more than MAX is DW_TOO_BIG. */
int string_list_append(struct string_list *l, struct slice s, size_t max,
		       struct dw_err *err) must_check;
bool string_list_has(const struct string_list *l, const char *s);
