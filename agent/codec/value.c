/* SPDX-License-Identifier: Apache-2.0 */
/* The value tree: building, look-up, release; knows no syntax. */
#include "codec/value.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

void value_free(struct value *v)
{
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->count; i++) {
		value_free(v->items[i]);
		if (v->kind == VALUE_MAP)
			value_free(v->keys[i]);
	}
	index_done(&v->index_);
	free(v->items);
	free(v->keys);
	free(v->text);
	free(v);
}

int value_new(enum value_kind kind, struct value **ret, struct dw_err *err)
{
	void *p = NULL;
	int r = mem_alloc(&p, 1, sizeof(struct value), err);

	if (r < 0)
		return r;
	*ret = p;
	(*ret)->kind = kind;
	return 0;
}

int value_append(struct value *list, struct value *item, struct dw_err *err)
{
	int r = MEM_GROW(list->items, list->count, list->capacity, DW_NODES_MAX, err);

	if (r < 0)
		return r;
	list->items[list->count++] = item;
	return 0;
}

int value_set(struct value *map, struct value *key, struct value *item,
	      struct dw_err *err)
{
	int r = MEM_GROW(map->items, map->count, map->capacity, DW_NODES_MAX, err);

	if (r < 0)
		return r;
	r = MEM_GROW(map->keys, map->count, map->keys_capacity_, DW_NODES_MAX, err);
	if (r < 0)
		return r;
	r = index_add(&map->index_, key->text, map->count, err);
	if (r < 0)
		return r;
	if (r > 0)
		return dw_fail(err, DW_MALFORMED,
			       "line %u, column %u: key \"%.64s\" is there twice",
			       key->line, key->column, key->text);
	map->keys[map->count] = key;
	map->items[map->count++] = item;
	return 0;
}

static bool find(const struct value *v, const char *key, size_t *ret_at)
{
	return v != NULL && v->kind == VALUE_MAP && index_find(&v->index_, key, ret_at);
}

const struct value *value_get(const struct value *v, const char *key)
{
	size_t at = 0;

	return find(v, key, &at) ? v->items[at] : NULL;
}

const struct value *value_get_key(const struct value *v, const char *key)
{
	size_t at = 0;

	return find(v, key, &at) ? v->keys[at] : NULL;
}

const struct value *value_path(const struct value *v, const char *dotted)
{
	char name[128];

	for (;;) {
		size_t n = strcspn(dotted, ".");

		if (n >= sizeof(name))
			return NULL; /* we ask for no such names */
		memcpy(name, dotted, n);
		name[n] = '\0';
		v = value_get(v, name);
		if (v == NULL || dotted[n] == '\0')
			return v;
		dotted += n + 1;
	}
}

const char *value_text(const struct value *v)
{
	return v != NULL && v->kind == VALUE_SCALAR ? v->text : NULL;
}

int value_bool(const struct value *v)
{
	const char *text = value_text(v);

	/* str_to_bool() also takes "t" and "f", which YAML and JSON never meant as
	 * booleans. */
	if (text == NULL || str_eq_nocase(text, "t") || str_eq_nocase(text, "f"))
		return -1;
	return str_to_bool(slice_of(text));
}
