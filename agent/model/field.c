/* SPDX-License-Identifier: Apache-2.0 */
/* Tri-state fields and lists of words. */
#include "model/field.h"

#include <string.h>

#include "base/mem.h"

const char *field_text(const struct field *f)
{
	return f->state == FIELD_SET && f->text != NULL ? f->text : "";
}

void field_done(struct field *f)
{
	free(f->text);
	*f = (struct field){ 0 };
}

int field_set(struct field *f, struct slice s, struct dw_err *err)
{
	char *text = NULL;
	int r;

	if (s.len > 0) {
		r = mem_strndup(&text, s.data, s.len, err);
		if (r < 0)
			return r;
	}
	free(f->text);
	f->text = text;
	f->state = s.len > 0 ? FIELD_SET : FIELD_EMPTY;
	return 0;
}

void string_list_done(struct string_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		free(l->items[i]);
	free(l->items);
	*l = (struct string_list){ 0 };
}

int string_list_append(struct string_list *l, struct slice s, size_t max,
		       struct dw_err *err)
{
	int r = MEM_GROW(l->items, l->count, l->capacity, max, err);

	if (r < 0)
		return r;
	r = mem_strndup(&l->items[l->count], s.data, s.len, err);
	if (r < 0)
		return r;
	l->count++;
	l->state = FIELD_SET;
	return 0;
}

bool string_list_has(const struct string_list *l, const char *s)
{
	for (size_t i = 0; i < l->count; i++)
		if (strcmp(l->items[i], s) == 0)
			return true;
	return false;
}
