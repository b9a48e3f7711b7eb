/* SPDX-License-Identifier: Apache-2.0 */
/* The tree that YAML and JSON documents become, each node with its place in the text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/index.h"
#include "base/str.h"

/*
 * One owned tree per document, freed at once with value_free(). Its size is bounded by
 * DW_NODES_MAX and DW_DEPTH_MAX while it is built. Duplicate keys of a map are refused by
 * the loaders, so a look-up has one answer.
 */
enum value_kind {
	VALUE_NULL,   /* YAML null, ~, empty plain scalar; JSON null */
	VALUE_SCALAR, /* text, number, boolean as written; is_quoted tells "1" from 1 */
	VALUE_LIST,
	VALUE_MAP,
};

struct value {
	enum value_kind kind;
	unsigned line, column; /* of its first byte, from 1; 0 where unknown */
	bool is_quoted; /* scalar in quotes or a block: text, whatever it looks like */
	char *text;	/* VALUE_SCALAR: NUL-terminated UTF-8 */
	size_t text_len;
	struct value **items; /* VALUE_LIST and VALUE_MAP: the values */
	struct value **keys;  /* VALUE_MAP: keys[i] is the scalar that names items[i] */
	size_t count, capacity;
	size_t keys_capacity_;
	struct index index_; /* VALUE_MAP: key text to position */
};

void value_free(struct value *v); /* NULL is fine */
DEFINE_CLEANUP_PTR(struct value, value_free);
#define cleanup_value cleanup_with(value_free_cleanup_)

/* The value of KEY in a map, or NULL (also when V is NULL or no map). Borrowed. */
const struct value *value_get(const struct value *v, const char *key);

/* The key node itself (for its line and column), or NULL. */
const struct value *value_get_key(const struct value *v, const char *key);

/* Follows "a.b.c" through maps. Borrowed, or NULL. */
const struct value *value_path(const struct value *v, const char *dotted);

/* The text of a scalar, NULL for anything else (also VALUE_NULL). Borrowed. */
const char *value_text(const struct value *v);

/* true/false/yes/no/on/off/1/0 of a scalar: 1 or 0; -1 for anything else. */
int value_bool(const struct value *v);

/* Building blocks for the loaders. */
int value_new(enum value_kind kind, struct value **ret, struct dw_err *err) must_check;
/* Takes ITEM on success. */
int value_append(struct value *list, struct value *item, struct dw_err *err) must_check;
/* Takes both on success. A second KEY of that text is DW_MALFORMED. */
int value_set(struct value *map, struct value *key, struct value *item,
	      struct dw_err *err) must_check;
