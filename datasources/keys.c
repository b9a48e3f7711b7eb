/* SPDX-License-Identifier: Apache-2.0 */
/* The callbacks between codec/keyvalue.h and the instance. */
#include "datasources/keys.h"

#include <string.h>

#include "codec/keyvalue.h"

struct adding {
	struct instance *instance;
	struct user *user;
	const char *source;
	struct keys_count *count;
};

int remark_failure(struct instance *i, int rc, const char *source, const char *advice,
		   struct dw_err *err)
{
	struct dw_err cause;

	if (rc >= 0)
		return 0;
	if (err->code != DW_MALFORMED && err->code != DW_REFUSED &&
	    err->code != DW_TOO_BIG)
		return rc;
	cause = *err;
	return instance_remark(i, REMARK_REFUSED, source, cause.message, advice, err);
}

static int accept_key(void *ctx, const struct sshpub *key, struct dw_err *err)
{
	cleanup_buf struct dw_buf line = BUF_INIT(DW_KEY_LINE_MAX);
	struct adding *a = ctx;
	int rc;

	rc = sshpub_print(key, &line, err);
	if (rc == 0)
		rc = user_add_key(a->user, slice_of_buf(&line), slice_of(a->source),
				  /* expires= */ 0, err);
	if (rc < 0) {
		a->count->refused++;
		return remark_failure(a->instance, rc, a->source, "", err);
	}
	a->count->accepted++;
	return 0;
}

static int refuse_key(void *ctx, const char *reason, const char *advice,
		      struct dw_err *err)
{
	struct adding *a = ctx;

	a->count->refused++;
	return instance_remark(a->instance, REMARK_REFUSED, a->source, reason, advice,
			       err);
}

static int note_key(void *ctx, const char *text, struct dw_err *err)
{
	struct adding *a = ctx;

	return instance_remark(a->instance, REMARK_NOTE, a->source, text, "", err);
}

static struct sshpub_policy policy_of(const struct ds_context *ctx)
{
	return (struct sshpub_policy){ .min_rsa_bits = ctx->min_rsa_bits,
				       .may_have_options = ctx->may_have_key_options };
}

int keys_add(const struct ds_context *ctx, struct instance *i, const char *user,
	     struct slice value, const char *source, struct keys_count *count,
	     struct dw_err *err)
{
	struct adding a = { .instance = i, .source = source, .count = count };
	struct keyvalue_sink sink = {
		.ctx = &a,
		.accept = accept_key,
		.refuse = refuse_key,
		.note = note_key,
	};
	struct sshpub_policy policy = policy_of(ctx);
	int rc;

	rc = instance_user(i, slice_of(user), &a.user, err);
	if (rc < 0)
		return rc;
	return keyvalue_read(value, &policy, &sink, err);
}

struct comparing {
	const struct user *user; /* or NULL */
	struct keys_count *count;
};

/* Does LINE, options in front and comment behind, hold the key whose bare text is BARE?
 */
static bool line_has_key(const char *line, struct slice bare)
{
	struct slice rest = slice_of(line);
	size_t skip = sshpub_options_len(rest);

	if (skip > 0) {
		rest.data += skip;
		rest.len -= skip;
		rest = slice_trim(rest);
	}
	return rest.len >= bare.len && memcmp(rest.data, bare.data, bare.len) == 0 &&
	       (rest.len == bare.len || rest.data[bare.len] == ' ');
}

static int compare_key(void *ctx, const struct sshpub *key, struct dw_err *err)
{
	static char no_comment[] = "";
	cleanup_buf struct dw_buf bare = BUF_INIT(DW_KEY_LINE_MAX);
	struct comparing *c = ctx;
	struct sshpub plain = *key; /* borrows everything */
	int rc;

	plain.options = NULL;
	plain.comment = no_comment;
	rc = sshpub_print(&plain, &bare, err);
	if (rc < 0)
		return rc;
	c->count->accepted++;
	for (size_t n = 0; c->user != NULL && n < c->user->keys.count; n++)
		if (line_has_key(c->user->keys.items[n].line, slice_of_buf(&bare)))
			return 0;
	c->count->missing++;
	return 0;
}

static int count_refused(void *ctx, const char *reason unused_arg,
			 const char *advice unused_arg, struct dw_err *err unused_arg)
{
	struct comparing *c = ctx;

	c->count->refused++;
	return 0;
}

int keys_compare(const struct ds_context *ctx, const struct instance *i, const char *user,
		 struct slice value, struct keys_count *count, struct dw_err *err)
{
	struct comparing c = { .user = user != NULL ? instance_find_user(i, user) : NULL,
			       .count = count };
	struct keyvalue_sink sink = { .ctx = &c,
				      .accept = compare_key,
				      .refuse = count_refused };
	struct sshpub_policy policy = policy_of(ctx);

	return keyvalue_read(value, &policy, &sink, err);
}
