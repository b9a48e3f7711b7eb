/* SPDX-License-Identifier: Apache-2.0 */
/* Building and releasing the typed form of an instance; judges nothing, see validate.c.
 */
#include "model/instance.h"

#include <string.h>

#include "base/mem.h"

void instance_init(struct instance *i)
{
	*i = (struct instance){
		.disable_root = TRI_UNSET,
		.password_authentication = TRI_UNSET,
		.ssh_deletekeys = TRI_UNSET,
	};
}

static void user_done(struct user *u)
{
	for (size_t i = 0; i < u->keys.count; i++) {
		free(u->keys.items[i].line);
		free(u->keys.items[i].source);
	}
	index_done(&u->keys.index_);
	free(u->keys.items);
	free(u->name);
	field_done(&u->gecos);
	field_done(&u->shell);
	field_done(&u->primary_group);
	string_list_done(&u->groups);
	string_list_done(&u->sudo);
}

static void remark_done(struct remark *r)
{
	free(r->source);
	free(r->reason);
	free(r->advice);
}

static void kept_done(struct kept_file *k)
{
	free(k->name);
	free(k->data);
}

void instance_done(struct instance *i)
{
	struct field *fields[] = {
		&i->platform,	 &i->detected_by, &i->machine_uuid,
		&i->instance_id, &i->hostname,	  &i->fqdn,
		&i->region,	 &i->zone,	  &i->userdata_kind,
	};

	for (size_t n = 0; n < ARRAY_LEN(fields); n++)
		field_done(fields[n]);
	string_list_done(&i->ssh_genkeytypes);
	index_done(&i->users_index_);
	for (size_t n = 0; n < i->users_count; n++)
		user_done(&i->users[n]);
	free(i->users);
	for (size_t n = 0; n < i->remarks_count; n++)
		remark_done(&i->remarks[n]);
	free(i->remarks);
	for (size_t n = 0; n < i->kept_count; n++)
		kept_done(&i->kept[n]);
	free(i->kept);
	instance_init(i);
}

struct user *instance_find_user(const struct instance *i, const char *name)
{
	size_t at = 0;

	return index_find(&i->users_index_, name, &at) ? &i->users[at] : NULL;
}

int instance_user(struct instance *i, struct slice name, struct user **ret,
		  struct dw_err *err)
{
	cleanup_free char *copy = NULL;
	struct user *u;
	int r;

	r = mem_strndup(&copy, name.data, name.len, err);
	if (r < 0)
		return r;
	u = instance_find_user(i, copy);
	if (u == NULL) {
		r = MEM_GROW(i->users, i->users_count, i->users_capacity, DW_USERS_MAX,
			     err);
		if (r < 0)
			return dw_wrap_code(err, r, "users");
		r = index_add(&i->users_index_, copy, i->users_count, err);
		if (r < 0)
			return r;
		u = &i->users[i->users_count++];
		*u = (struct user){
			.name = TAKE_PTR(copy),
			.lock_passwd = TRI_UNSET,
			.admin = TRI_UNSET,
		};
	}
	*ret = u;
	return 0;
}

int user_add_key(struct user *u, struct slice line, struct slice source, int64_t expires,
		 struct dw_err *err)
{
	cleanup_free char *line_copy = NULL;
	cleanup_free char *source_copy = NULL;
	struct key_list *keys = &u->keys;
	size_t at;
	int r;

	r = mem_strndup(&line_copy, line.data, line.len, err);
	if (r < 0)
		return r;
	if (keys->count == DW_KEYS_MAX && index_find(&keys->index_, line_copy, &at))
		return 0; /* full, but this one needs no room */
	r = mem_strndup(&source_copy, source.data, source.len, err);
	if (r < 0)
		return r;
	r = MEM_GROW(keys->items, keys->count, keys->capacity, DW_KEYS_MAX, err);
	if (r < 0)
		return dw_wrap_code(err, r, "keys of %s", u->name);
	r = index_add(&keys->index_, line_copy, keys->count, err);
	if (r < 0)
		return r;
	if (r == 0)
		keys->items[keys->count++] = (struct key){
			.line = TAKE_PTR(line_copy),
			.source = TAKE_PTR(source_copy),
			.expires = expires,
		};
	keys->state = FIELD_SET;
	return 0;
}

/* One visible line of at most DW_WORD_MAX bytes, cut between characters. */
static int make_line(const char *s, char **ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf visible = BUF_INIT(DW_RECORD_LINE_MAX);
	struct slice line = { s, strnlen(s, DW_WORD_MAX) };
	size_t kept = 0;
	int r;

	if (text_check(line, TEXT_LINE, DW_WORD_MAX, NULL) < 0) {
		r = buf_append_escaped(&visible, line, err);
		if (r < 0)
			return r;
		line = slice_of_buf(&visible);
	}
	while (kept < line.len) {
		size_t n = utf8_len((struct slice){ line.data + kept, line.len - kept });

		if (kept + n > DW_WORD_MAX)
			break;
		kept += n;
	}
	return mem_strndup(ret, line.data, kept, err);
}

int instance_remark(struct instance *i, enum remark_kind kind, const char *source,
		    const char *reason, const char *advice, struct dw_err *err)
{
	cleanup_with(remark_done) struct remark remark = { .kind = kind };
	int r;

	if (i->remarks_count == DW_REFUSED_MAX) {
		i->remarks_dropped++;
		return 0;
	}
	r = make_line(source, &remark.source, err);
	if (r < 0)
		return r;
	r = make_line(reason, &remark.reason, err);
	if (r < 0)
		return r;
	r = make_line(advice, &remark.advice, err);
	if (r < 0)
		return r;
	r = MEM_GROW(i->remarks, i->remarks_count, i->remarks_capacity, DW_REFUSED_MAX,
		     err);
	if (r < 0)
		return r;
	i->remarks[i->remarks_count++] = TAKE_STRUCT(remark);
	return 0;
}

bool instance_is_degraded(const struct instance *i)
{
	for (size_t n = 0; n < i->remarks_count; n++)
		if (i->remarks[n].kind == REMARK_REFUSED)
			return true;
	return i->remarks_dropped > 0;
}

int instance_keep(struct instance *i, const char *name, struct slice data,
		  struct dw_err *err)
{
	cleanup_with(kept_done) struct kept_file kept = { .len = data.len };
	int r;

	r = mem_strdup(&kept.name, name, err);
	if (r < 0)
		return r;
	r = mem_strndup(&kept.data, data.data, data.len, err);
	if (r < 0)
		return r;
	r = MEM_GROW(i->kept, i->kept_count, i->kept_capacity, DW_KEPT_FILES, err);
	if (r < 0)
		return r;
	i->kept[i->kept_count++] = TAKE_STRUCT(kept);
	return 0;
}
