/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the documents of one fetch under their names. */
#include "model/payload.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

static void blob_done(struct blob *b)
{
	free(b->name);
	free(b->data);
	*b = (struct blob){ 0 };
}

void payload_init(struct payload *p)
{
	*p = (struct payload){ 0 };
}

void payload_done(struct payload *p)
{
	for (size_t i = 0; i < p->count; i++)
		blob_done(&p->blobs[i]);
	free(p->blobs);
	*p = (struct payload){ 0 };
}

static struct blob *find(const struct payload *p, const char *name)
{
	for (size_t i = 0; i < p->count; i++)
		if (strcmp(p->blobs[i].name, name) == 0)
			return &p->blobs[i];
	return NULL;
}

int payload_add(struct payload *p, const char *name, enum dw_code outcome, long status,
		struct slice data, struct dw_err *err)
{
	cleanup_with(blob_done) struct blob blob = { .outcome = outcome,
						     .status = status };
	struct blob *old = find(p, name);
	size_t before = p->bytes - (old != NULL ? old->len : 0);
	int r;

	if (outcome != DW_OK)
		data = SLICE("");
	if (data.len > DW_PAYLOAD_MAX - before)
		return dw_fail(err, DW_TOO_BIG, "%s: more than %u bytes in one fetch",
			       name, DW_PAYLOAD_MAX);
	r = mem_strdup(&blob.name, name, err);
	if (r < 0)
		return r;
	r = mem_strndup(&blob.data, data.data, data.len, err);
	if (r < 0)
		return r;
	blob.len = data.len;
	if (old == NULL) {
		r = MEM_GROW(p->blobs, p->count, p->capacity, DW_PAYLOAD_BLOBS, err);
		if (r < 0)
			return dw_wrap_code(err, r, "%s: documents of one fetch", name);
		old = &p->blobs[p->count++];
	} else {
		blob_done(old);
	}
	*old = TAKE_STRUCT(blob);
	p->bytes = before + data.len;
	return 0;
}

const struct blob *payload_get(const struct payload *p, const char *name)
{
	return find(p, name);
}

const struct blob *payload_get_ok(const struct payload *p, const char *name)
{
	const struct blob *b = find(p, name);

	return b != NULL && b->outcome == DW_OK ? b : NULL;
}
