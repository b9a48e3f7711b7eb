/* SPDX-License-Identifier: Apache-2.0 */
/* passwd, shadow, group and login.defs: each read once from end to end, however many
 * users matter. */
#include <pwd.h>
#include <string.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "observe/parts.h"

#define FIELDS_MAX 9 /* shadow has the most */
#define ID_LIMIT   4294967294u
#define GROUPS_MAX \
	200000 /* names in group: directories of large sites have tens of thousands */
#define USER_GROUPS_MAX 4096
#define NSS_BUFFER	(64u * 1024)

static struct observed_user *find(struct observed *o, struct slice name)
{
	char text[DW_WORD_MAX];
	size_t at;

	if (name.len == 0 || name.len >= sizeof(text) ||
	    memchr(name.data, '\0', name.len) != NULL)
		return NULL;
	memcpy(text, name.data, name.len);
	text[name.len] = '\0';
	return index_find(&o->by_name_, text, &at) ? &o->users[at] : NULL;
}

/* Half of a database would make accounts twice: what is too big is an error, unlike what
 * is absent. */
static int read_database(int root_fd, const char *path, struct dw_buf *ret,
			 struct dw_err *err)
{
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, path, ret, &why);

	if (r == -DW_NO_MEMORY || r == -DW_TOO_BIG) {
		(void)dw_err_copy(err, &why);
		return dw_wrap_code(err, r, "/%s", path);
	}
	return 0;
}

static int read_login_defs(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_CONFIG_MAX);
	struct slice rest, line, key, value;
	bool is_read = false;
	uint64_t number;
	int r;

	r = observe_read(root_fd, "etc/login.defs", &text, &is_read, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line))
		if (slice_next_word(&line, &key) && slice_eq(key, "UID_MIN") &&
		    slice_next_word(&line, &value) &&
		    str_to_u64(value, ID_LIMIT, &number, NULL) >= 0)
			o->uid_min = (unsigned)number;
	return 0;
}

static int fill_user(struct observed *o, struct observed_user *u, uint64_t uid,
		     uint64_t gid, struct slice home, struct slice shell,
		     struct dw_err *err)
{
	int r = mem_strndup(&u->home, home.data, home.len, err);

	if (r >= 0)
		r = mem_strndup(&u->shell, shell.data, shell.len, err);
	if (r < 0)
		return r;
	u->exists = true;
	u->uid = (uid_t)uid;
	u->gid = (gid_t)gid;
	u->is_system = uid != 0 && uid < o->uid_min;
	return 0;
}

/* The first line of a name counts, as in getpwnam(3). A line that makes no sense is
 * nobody's account. */
static int read_passwd(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_PASSWD_MAX);
	struct slice rest, line, f[FIELDS_MAX];
	int r;

	r = read_database(root_fd, "etc/passwd", &text, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (r >= 0 && slice_next_line(&rest, &line)) {
		struct observed_user *u;
		uint64_t uid, gid;

		(void)slice_split(line, ':', f, FIELDS_MAX);
		u = find(o, f[0]);
		if (u == NULL || u->exists ||
		    str_to_u64(f[2], ID_LIMIT, &uid, NULL) < 0 ||
		    str_to_u64(f[3], ID_LIMIT, &gid, NULL) < 0)
			continue;
		r = fill_user(o, u, uid, gid, f[5], f[6], err);
	}
	return r;
}

static enum password_state password_state_of(struct slice field)
{
	if (field.len == 0)
		return PASSWORD_EMPTY;
	if (slice_eq(field, "!") || slice_eq(field, "!!"))
		return PASSWORD_BANG;
	if (field.data[0] == '!')
		return PASSWORD_LOCKED_HASH;
	if (field.data[0] == '*')
		return PASSWORD_STAR; /* also Solaris' *LK*, which sshd here does not take
					 for locked */
	return PASSWORD_USABLE;
}

static int read_shadow(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT_SECRET(DW_PASSWD_MAX);
	struct slice rest, line, f[FIELDS_MAX];
	int r;

	r = read_database(root_fd, "etc/shadow", &text, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line)) {
		struct observed_user *u;

		(void)slice_split(line, ':', f, FIELDS_MAX);
		u = find(o, f[0]);
		/* A torn line says nothing, least of all that the password is empty. */
		if (u != NULL && u->password == PASSWORD_UNKNOWN && f[0].len < line.len)
			u->password = password_state_of(f[1]);
	}
	return 0;
}

static int add_members(struct observed *o, struct slice group, struct slice members,
		       struct dw_err *err)
{
	int r = 0;

	while (r >= 0 && members.len > 0) {
		const char *comma = memchr(members.data, ',', members.len);
		size_t n = comma != NULL ? (size_t)(comma - members.data) : members.len;
		struct observed_user *u = find(o, (struct slice){ members.data, n });

		if (u != NULL)
			r = string_list_append(&u->groups, group, USER_GROUPS_MAX, err);
		if (comma == NULL)
			break;
		members.data += n + 1;
		members.len -= n + 1;
	}
	return r;
}

static int read_group(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_PASSWD_MAX);
	struct slice rest, line, f[FIELDS_MAX];
	int r;

	r = read_database(root_fd, "etc/group", &text, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (r >= 0 && slice_next_line(&rest, &line)) {
		(void)slice_split(line, ':', f, FIELDS_MAX);
		if (f[0].len == 0 || f[0].data[0] == '#' || f[0].data[0] == '+')
			continue;
		r = string_list_append(&o->groups, f[0], GROUPS_MAX, err);
		if (r >= 0)
			r = add_members(o, f[0], f[3], err);
	}
	return r;
}

/*
 * An account may live in another name service (sssd, homed, an image's own): what NSS
 * resolves exists. Asked only for names that the files do not have, and only about the
 * running system.
 */
static int ask_nss(struct observed *o, struct observed_user *u, struct dw_err *err)
{
	cleanup_free char *buffer = NULL;
	struct passwd pw, *found = NULL;
	void *p = NULL;
	int r;

	r = mem_alloc(&p, NSS_BUFFER, 1, err);
	if (r < 0)
		return r;
	buffer = p;
	if (getpwnam_r(u->name, &pw, buffer, NSS_BUFFER, &found) != 0 || found == NULL)
		return 0;
	log_debug("user %s is not in /etc/passwd, but a name service knows it", u->name);
	return fill_user(o, u, pw.pw_uid, pw.pw_gid, slice_of(pw.pw_dir),
			 slice_of(pw.pw_shell), err);
}

int observe_accounts(int root_fd, struct observed *o, struct dw_err *err)
{
	int r;

	r = read_login_defs(root_fd, o, err);
	if (r >= 0)
		r = read_passwd(root_fd, o, err);
	if (r >= 0)
		r = read_shadow(root_fd, o, err);
	if (r >= 0)
		r = read_group(root_fd, o, err);
	for (size_t i = 0; r >= 0 && o->is_live && i < o->users_count; i++)
		if (!o->users[i].exists)
			r = ask_nss(o, &o->users[i], err);
	return r;
}
