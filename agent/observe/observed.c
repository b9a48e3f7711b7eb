/* SPDX-License-Identifier: Apache-2.0 */
/* The value itself, and the order in which its readers fill it. */
#include "observe/observed.h"

#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "observe/parts.h"

static void user_done(struct observed_user *u)
{
	free(u->name);
	free(u->home);
	free(u->shell);
	string_list_done(&u->groups);
	free(u->keys);
	free(u->keys_problem);
	*u = (struct observed_user){ 0 };
}

void observed_init(struct observed *o)
{
	*o = (struct observed){ .uid_min = 1000 };
}

void observed_done(struct observed *o)
{
	index_done(&o->by_name_);
	for (size_t i = 0; i < o->users_count; i++)
		user_done(&o->users[i]);
	free(o->users);
	for (size_t i = 0; i < o->hostkeys_count; i++) {
		sshpub_done(&o->hostkeys[i].pub);
		free(o->hostkeys[i].pub_line);
	}
	string_list_done(&o->groups);
	string_list_done(&o->shells);
	observed_files_done(&o->files);
	free(o->hostname);
	free(o->distribution);
	observed_init(o);
}

const struct observed_user *observed_find_user(const struct observed *o, const char *name)
{
	size_t at;

	return index_find(&o->by_name_, name, &at) ? &o->users[at] : NULL;
}

int observed_user_set_keys(struct observed_user *u, struct dw_buf *keys, bool exists,
			   const char *problem, struct dw_err *err)
{
	char *text = NULL;
	size_t len = 0;
	int r;

	r = problem != NULL ? mem_strdup(&text, problem, err)
			    : buf_take(keys, &text, &len, err);
	if (r < 0)
		return r;
	free(u->keys);
	free(u->keys_problem);
	u->are_keys_read = problem == NULL;
	u->has_keys_file = problem == NULL && exists;
	u->keys = problem == NULL ? text : NULL;
	u->keys_len = len;
	u->keys_problem = problem != NULL ? text : NULL;
	return 0;
}

int observe_read(int root_fd, const char *path, struct dw_buf *ret, bool *ret_is_read,
		 struct dw_err *err)
{
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, path, ret, &why);

	*ret_is_read = r >= 0;
	if (r == -DW_NO_MEMORY)
		return dw_err_copy(err, &why);
	if (r < 0)
		buf_clear(ret);
	if (r == -DW_TOO_BIG)
		log_debug("/%s: %s", path, why.message);
	return 0;
}

static int make_users(struct observed *o, const char *const *names, size_t count,
		      struct dw_err *err)
{
	void *p = NULL;
	int r;

	if (count > DW_USERS_MAX)
		return dw_fail(err, DW_TOO_BIG, "more than %u users to look at",
			       DW_USERS_MAX);
	r = mem_alloc(&p, count, sizeof(*o->users), err);
	if (r < 0)
		return r;
	o->users = p;
	for (size_t i = 0; i < count; i++) {
		struct observed_user *u = &o->users[o->users_count];

		r = mem_strdup(&u->name, names[i], err);
		if (r < 0)
			return r;
		r = index_add(&o->by_name_, u->name, o->users_count, err);
		if (r < 0) {
			free(TAKE_PTR(u->name));
			return r;
		}
		if (r == 1)
			free(TAKE_PTR(u->name)); /* asked for twice: one entry */
		else
			o->users_count++;
	}
	return 0;
}

int observe_machine(int root_fd, bool is_live, const char *const *names,
		    size_t names_count, struct observed *ret, struct dw_err *err)
{
	cleanup_observed struct observed o;
	int r;

	observed_init(&o);
	o.is_live = is_live;
	o.is_root = geteuid() == 0;
	r = make_users(&o, names, names_count, err);
	if (r >= 0)
		r = observe_accounts(root_fd, &o, err);
	if (r >= 0)
		r = observe_system(root_fd, &o, err);
	if (r >= 0)
		r = observe_hostkeys(root_fd, &o, err);
	if (r < 0)
		return r;
	*ret = o;
	observed_init(&o);
	return 0;
}
