/* SPDX-License-Identifier: Apache-2.0 */
/* The text index, over the C library's balanced tree. */
#include "base/index.h"

#include <search.h>
#include <string.h>

#include "base/mem.h"

struct index_entry {
	const char *text;
	size_t at;
};

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct index_entry *)a)->text,
		      ((const struct index_entry *)b)->text);
}

void index_done(struct index *x)
{
	if (x->root_ != NULL)
		tdestroy(x->root_, free);
	x->root_ = NULL;
}

int index_add(struct index *x, const char *text, size_t at, struct dw_err *err)
{
	cleanup_free struct index_entry *e = NULL;
	struct index_entry **there;
	void *p = NULL;
	int r;

	r = mem_alloc(&p, 1, sizeof(*e), err);
	if (r < 0)
		return r;
	e = p;
	*e = (struct index_entry){ text, at };
	there = tsearch(e, &x->root_, compare);
	if (there == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for an index");
	if (*there != e)
		return 1;
	(void)TAKE_PTR(e); /* the tree owns it now */
	return 0;
}

bool index_find(const struct index *x, const char *text, size_t *ret_at)
{
	struct index_entry wanted = { text, 0 };
	struct index_entry *const *there = tfind(&wanted, &x->root_, compare);

	if (there == NULL)
		return false;
	*ret_at = (*there)->at;
	return true;
}
