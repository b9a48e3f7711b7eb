/* SPDX-License-Identifier: Apache-2.0 */
/* Making accounts: the distribution's tools on a running system, the account files
 * elsewhere. */
#include "apply/user.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "apply/file.h"
#include "apply/spawn.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"

#define FIELDS_MAX	9	       /* shadow has the most */
#define ID_SPAN_MAX	(1024u * 1024) /* ids looked at for a free one */
#define ID_LIMIT	4294967294u    /* the last one that is not "no id" */
#define SKEL_DEPTH	4
#define SKEL_ENTRIES	1000
#define SKEL_FILE_MAX	(1024u * 1024)
#define NSS_BUFFER_MAX	(1024u * 1024)
#define SECONDS_PER_DAY 86400

/* -- the account files as text -- */

/* One of passwd, shadow, group, gshadow: its bytes, and what the file around them must
 * stay. */
struct table {
	const char *path;
	struct dw_buf text;
	bool exists;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

static void table_done(struct table *t)
{
	buf_done(&t->text);
}
#define cleanup_table cleanup_with(table_done)
#define TABLE_INIT(p, m)                                                         \
	{                                                                        \
		.path = (p), .text = BUF_INIT_SECRET(DW_PASSWD_MAX), .mode = (m) \
	}

static int table_read(int root_fd, struct table *t, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	r = fd_open_at(root_fd, t->path, O_RDONLY | O_NOFOLLOW, &fd, err);
	if (r == -DW_ABSENT)
		return 0;
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat /%s", t->path);
	r = fd_read_all(fd, &t->text, err);
	if (r < 0)
		return dw_wrap_code(err, r, "/%s", t->path);
	t->exists = true;
	t->mode = st.st_mode & 07777;
	t->uid = st.st_uid;
	t->gid = st.st_gid;
	if (t->text.len > 0 && t->text.data[t->text.len - 1] != '\n')
		return buf_append_byte(&t->text, '\n', err);
	return 0;
}

static int table_write(int root_fd, const struct table *t, struct dw_err *err)
{
	const struct file_spec spec = {
		.path = t->path,
		.data = slice_of_buf(&t->text),
		.mode = t->mode,
		.uid = t->uid,
		.gid = t->gid,
		.dir_mode = 0755,
		.is_secret = true,
	};

	return file_write(root_fd, &spec, NULL, err);
}

static bool table_find(const struct table *t, const char *name,
		       struct slice fields[static FIELDS_MAX])
{
	struct slice rest = slice_of_buf(&t->text), line;

	while (slice_next_line(&rest, &line)) {
		(void)slice_split(line, ':', fields, FIELDS_MAX);
		if (slice_eq(fields[0], name))
			return true;
	}
	return false;
}

static int field_number(struct slice field, uint64_t *ret)
{
	return str_to_u64(field, ID_LIMIT, ret, NULL);
}

/* Every line but NAME's, then LINE: a half-made account of a killed run is replaced, not
 * doubled. */
static int table_put(struct table *t, const char *name, const char *line,
		     struct dw_err *err)
{
	cleanup_buf struct dw_buf new = BUF_INIT_SECRET(DW_PASSWD_MAX);
	struct slice rest = slice_of_buf(&t->text), old, fields[FIELDS_MAX];
	struct dw_buf swap;
	int r = 0;

	while (r >= 0 && slice_next_line(&rest, &old)) {
		(void)slice_split(old, ':', fields, FIELDS_MAX);
		if (slice_eq(fields[0], name))
			continue;
		r = buf_append(&new, old.data, old.len, err);
		if (r >= 0)
			r = buf_append_byte(&new, '\n', err);
	}
	if (r >= 0)
		r = buf_printf(&new, err, "%s\n", line);
	if (r < 0)
		return r;
	swap = t->text;
	t->text = new;
	new = swap;
	return 0;
}

static bool has_member(struct slice members, const char *name)
{
	while (members.len > 0) {
		const char *comma = memchr(members.data, ',', members.len);
		size_t n = comma != NULL ? (size_t)(comma - members.data) : members.len;

		if (slice_eq((struct slice){ members.data, n }, name))
			return true;
		if (comma == NULL)
			return false;
		members.data += n + 1;
		members.len -= n + 1;
	}
	return false;
}

/* In group and gshadow alike the members are the last of four fields. */
static int table_add_member(struct table *t, const struct string_list *groups,
			    const char *user, bool *ret_changed, struct dw_err *err)
{
	cleanup_buf struct dw_buf new = BUF_INIT_SECRET(DW_PASSWD_MAX);
	struct slice rest = slice_of_buf(&t->text), line, fields[FIELDS_MAX];
	struct dw_buf swap;
	int r = 0;

	*ret_changed = false;
	while (r >= 0 && slice_next_line(&rest, &line)) {
		char name[DW_NAME_MAX + 1];
		size_t count = slice_split(line, ':', fields, FIELDS_MAX);

		r = buf_append(&new, line.data, line.len, err);
		if (r >= 0 && count == 4 && fields[0].len <= DW_NAME_MAX) {
			memcpy(name, fields[0].data, fields[0].len);
			name[fields[0].len] = '\0';
			if (string_list_has(groups, name) &&
			    !has_member(fields[3], user)) {
				*ret_changed = true;
				r = buf_printf(&new, err, "%s%s",
					       fields[3].len > 0 ? "," : "", user);
			}
		}
		if (r >= 0)
			r = buf_append_byte(&new, '\n', err);
	}
	if (r < 0)
		return r;
	swap = t->text;
	t->text = new;
	new = swap;
	return 0;
}

/* -- login.defs -- */

struct login_defs {
	uint64_t uid_min, uid_max, gid_min, gid_max;
	mode_t home_mode;
};

static bool parse_octal(struct slice s, mode_t *ret)
{
	mode_t v = 0;

	if (s.len == 0 || s.len > 4)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.data[i] < '0' || s.data[i] > '7')
			return false;
		v = v * 8 + (mode_t)(s.data[i] - '0');
	}
	*ret = v;
	return true;
}

static void login_defs_line(struct login_defs *d, struct slice key, struct slice value,
			    bool *has_mode)
{
	mode_t mode;

	if (slice_eq(key, "UID_MIN"))
		(void)field_number(value, &d->uid_min);
	else if (slice_eq(key, "UID_MAX"))
		(void)field_number(value, &d->uid_max);
	else if (slice_eq(key, "GID_MIN"))
		(void)field_number(value, &d->gid_min);
	else if (slice_eq(key, "GID_MAX"))
		(void)field_number(value, &d->gid_max);
	else if (slice_eq(key, "HOME_MODE") && parse_octal(value, &mode)) {
		d->home_mode = mode & 0777;
		*has_mode = true;
	} else if (slice_eq(key, "UMASK") && !*has_mode && parse_octal(value, &mode))
		d->home_mode = 0777 & ~mode;
}

static int login_defs_read(int root_fd, struct login_defs *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_CONFIG_MAX);
	struct slice rest, line, key, value;
	bool has_mode = false;
	int r;

	*ret = (struct login_defs){ 1000, 60000, 1000, 60000, 0755 };
	r = fd_read_file(root_fd, "etc/login.defs", &text, err);
	if (r == -DW_ABSENT)
		return 0;
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line))
		if (slice_next_word(&line, &key) && slice_next_word(&line, &value))
			login_defs_line(ret, key, value, &has_mode);
	return 0;
}

/* -- free ids -- */

/* As useradd does: one above the highest in use, and only when that is out of range the
 * lowest that is free. */
static int free_id(const struct table *a, const struct table *b, uint64_t min,
		   uint64_t max, uint64_t *ret, struct dw_err *err)
{
	const struct table *tables[] = { a, b };
	cleanup_free unsigned char *used = NULL;
	uint64_t span, highest = min;
	void *p = NULL;
	int r;

	if (max < min)
		return dw_fail(err, DW_MALFORMED,
			       "the range of ids in login.defs is empty");
	span = MIN_OF(max - min + 1, (uint64_t)ID_SPAN_MAX);
	r = mem_alloc(&p, span, 1, err);
	if (r < 0)
		return r;
	used = p;
	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct slice rest = slice_of_buf(&tables[i]->text), line,
			     fields[FIELDS_MAX];

		while (slice_next_line(&rest, &line)) {
			uint64_t id;

			(void)slice_split(line, ':', fields, FIELDS_MAX);
			if (field_number(fields[2], &id) < 0 || id < min ||
			    id - min >= span)
				continue;
			used[id - min] = 1;
			if (id + 1 > highest)
				highest = id + 1;
		}
	}
	if (highest - min < span) {
		*ret = highest;
		return 0;
	}
	for (uint64_t i = 0; i < span; i++)
		if (used[i] == 0) {
			*ret = min + i;
			return 0;
		}
	return dw_fail(err, DW_FAILED, "every id from %ju to %ju is in use",
		       (uintmax_t)min, (uintmax_t)max);
}

static bool is_gid_used(const struct table *group, uint64_t gid)
{
	struct slice rest = slice_of_buf(&group->text), line, fields[FIELDS_MAX];
	uint64_t id;

	while (slice_next_line(&rest, &line)) {
		(void)slice_split(line, ':', fields, FIELDS_MAX);
		if (field_number(fields[2], &id) >= 0 && id == gid)
			return true;
	}
	return false;
}

/* -- home directory of an offline tree -- */

static int copy_skel(int from_fd, int to_fd, uid_t uid, gid_t gid, int depth,
		     size_t *entries, struct dw_err *err);

static int copy_skel_file(int from_fd, const char *name, const struct stat *st, int to_fd,
			  uid_t uid, gid_t gid, struct dw_err *err)
{
	cleanup_buf struct dw_buf data = BUF_INIT(SKEL_FILE_MAX);
	struct file_spec spec = { .mode = st->st_mode & 0777, .uid = uid, .gid = gid };
	int r = fd_read_file(from_fd, name, &data, err);

	if (r == -DW_TOO_BIG) {
		log_debug("skel file %s is over %u bytes and is left out", name,
			  SKEL_FILE_MAX);
		return 0;
	}
	if (r < 0)
		return r;
	spec.data = slice_of_buf(&data);
	return file_write_at(to_fd, name, &spec, NULL, err);
}

static int copy_skel_dir(int from_fd, const char *name, const struct stat *st, int to_fd,
			 uid_t uid, gid_t gid, int depth, size_t *entries,
			 struct dw_err *err)
{
	cleanup_fd int from = -1, to = -1;
	int r;

	if (depth >= SKEL_DEPTH)
		return 0;
	r = file_open_dir(from_fd, name, 0, &from, err);
	if (r >= 0)
		r = file_open_dir(to_fd, name, st->st_mode & 0777, &to, err);
	if (r < 0)
		return r;
	if (geteuid() == 0 && fchown(to, uid, gid) < 0)
		return dw_fail_errno(err, errno,
				     "cannot give %s of the new home to its user", name);
	return copy_skel(from, to, uid, gid, depth + 1, entries, err);
}

static void dir_close(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* Regular files and directories; links and devices have no business in a skeleton that
 * root copies. */
static int copy_skel(int from_fd, int to_fd, uid_t uid, gid_t gid, int depth,
		     size_t *entries, struct dw_err *err)
{
	cleanup_with(dir_close) DIR *dir = NULL;
	cleanup_fd int fd = openat(from_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *e;
	int r = 0;

	dir = fd >= 0 ? fdopendir(fd) : NULL;
	if (dir == NULL)
		return dw_fail_errno(err, errno, "cannot list etc/skel");
	(void)TAKE_FD(fd);
	while (r >= 0 && (e = readdir(dir)) != NULL) {
		struct stat st;

		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (++*entries > SKEL_ENTRIES)
			return dw_fail(err, DW_TOO_BIG,
				       "etc/skel has more than %d entries", SKEL_ENTRIES);
		if (fstatat(from_fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if (S_ISREG(st.st_mode))
			r = copy_skel_file(from_fd, e->d_name, &st, to_fd, uid, gid, err);
		else if (S_ISDIR(st.st_mode))
			r = copy_skel_dir(from_fd, e->d_name, &st, to_fd, uid, gid, depth,
					  entries, err);
	}
	return r;
}

static int make_home(int root_fd, const char *name, uid_t uid, gid_t gid, mode_t mode,
		     struct dw_err *err)
{
	cleanup_fd int homes = -1, home = -1, skel = -1;
	struct stat st;
	size_t entries = 0;
	int r;

	r = fd_open_at(root_fd, "home", O_RDONLY | O_DIRECTORY, &homes, err);
	if (r == -DW_ABSENT)
		r = file_open_dir(root_fd, "home", 0755, &homes, err);
	if (r >= 0)
		r = file_open_dir(homes, name, mode, &home, err);
	if (r < 0)
		return r;
	if (fstat(home, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat the home of user %s", name);
	if (geteuid() == 0 && st.st_uid != uid) {
		/* Made a moment ago, or by nobody but us in a run that was killed: empty
		 * and root's. */
		if (st.st_uid != 0 || st.st_nlink > 2)
			return dw_fail(
				err, DW_REFUSED,
				"/home/%s is there already and belongs to uid %u: remove it or "
				"give it to uid %u, then try again",
				name, (unsigned)st.st_uid, (unsigned)uid);
		if (fchown(home, uid, gid) < 0)
			return dw_fail_errno(err, errno,
					     "cannot give /home/%s to its user", name);
	}
	if (fd_open_at(root_fd, "etc/skel", O_RDONLY | O_DIRECTORY, &skel, NULL) < 0)
		return 0; /* no skeleton: an empty home will do */
	return copy_skel(skel, home, uid, gid, 0, &entries, err);
}

/* -- offline -- */

struct tables {
	struct table passwd, shadow, group, gshadow;
};

static void tables_done(struct tables *t)
{
	table_done(&t->passwd);
	table_done(&t->shadow);
	table_done(&t->group);
	table_done(&t->gshadow);
}
#define cleanup_tables cleanup_with(tables_done)
#define TABLES_INIT                                                                    \
	{                                                                              \
		TABLE_INIT("etc/passwd", 0644), TABLE_INIT("etc/shadow", 0640),        \
			TABLE_INIT("etc/group", 0644), TABLE_INIT("etc/gshadow", 0640) \
	}

static int tables_read(int root_fd, struct tables *t, struct dw_err *err)
{
	struct table *all[] = { &t->passwd, &t->shadow, &t->group, &t->gshadow };
	struct slice fields[FIELDS_MAX];
	uint64_t gid = 0;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		int r = table_read(root_fd, all[i], err);

		if (r < 0)
			return r;
	}
	if (!t->shadow.exists && table_find(&t->group, "shadow", fields) &&
	    field_number(fields[2], &gid) >= 0)
		t->shadow.gid = (gid_t)gid;
	return 0;
}

/* Finds or makes the primary group: *RET_GID, and whether a line has to be written. */
static int choose_group(const struct tables *t, const struct login_defs *defs,
			const struct user_spec *spec, uint64_t uid, uint64_t *ret_gid,
			bool *ret_is_new, struct dw_err *err)
{
	const char *name = spec->primary_group != NULL ? spec->primary_group : spec->name;
	struct slice fields[FIELDS_MAX];

	*ret_is_new = false;
	if (table_find(&t->group, name, fields)) {
		if (field_number(fields[2], ret_gid) < 0)
			return dw_fail(err, DW_MALFORMED,
				       "group %s has no number in /etc/group", name);
		return 0;
	}
	if (spec->primary_group != NULL)
		return dw_fail(err, DW_ABSENT, "there is no group %s for user %s", name,
			       spec->name);
	*ret_is_new = true;
	if (!is_gid_used(&t->group, uid)) {
		*ret_gid = uid;
		return 0;
	}
	return free_id(&t->group, &t->group, defs->gid_min, defs->gid_max, ret_gid, err);
}

static int put_group(int root_fd, struct tables *t, const char *name, uint64_t gid,
		     struct dw_err *err)
{
	char line[2 * DW_NAME_MAX + 64];
	int r;

	(void)snprintf(line, sizeof(line), "%s:x:%ju:", name, (uintmax_t)gid);
	r = table_put(&t->group, name, line, err);
	if (r >= 0)
		r = table_write(root_fd, &t->group, err);
	if (r < 0 || !t->gshadow.exists)
		return r;
	(void)snprintf(line, sizeof(line), "%s:!::", name);
	r = table_put(&t->gshadow, name, line, err);
	if (r < 0)
		return r;
	return table_write(root_fd, &t->gshadow, err);
}

static int add_members_offline(int root_fd, struct tables *t, const char *name,
			       const struct string_list *groups, struct dw_err *err)
{
	struct table *both[] = { &t->group, &t->gshadow };

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		bool is_changed = false;
		int r;

		if (!both[i]->exists)
			continue;
		r = table_add_member(both[i], groups, name, &is_changed, err);
		if (r >= 0 && is_changed)
			r = table_write(root_fd, both[i], err);
		if (r < 0)
			return r;
	}
	return 0;
}

/*
 * passwd is written last: until then the account does not exist, and a run that was
 * killed is simply done again. The ids come out the same, as nothing that decides them
 * was written.
 */
static int create_offline(int root_fd, const struct user_spec *spec, struct dw_err *err)
{
	cleanup_tables struct tables t = TABLES_INIT;
	cleanup_free char *line = NULL;
	char shadow_line[DW_NAME_MAX + 64];
	struct slice fields[FIELDS_MAX];
	struct login_defs defs;
	uint64_t uid = 0, gid = 0;
	bool is_new_group = false;
	int r;

	r = tables_read(root_fd, &t, err);
	if (r >= 0)
		r = login_defs_read(root_fd, &defs, err);
	if (r < 0)
		return r;
	if (table_find(&t.passwd, spec->name, fields))
		return dw_fail(err, DW_BUSY, "user %s exists already", spec->name);
	r = free_id(&t.passwd, &t.passwd, defs.uid_min, defs.uid_max, &uid, err);
	if (r >= 0)
		r = choose_group(&t, &defs, spec, uid, &gid, &is_new_group, err);
	if (r >= 0 && is_new_group)
		r = put_group(root_fd, &t, spec->name, gid, err);
	if (r >= 0)
		r = make_home(root_fd, spec->name, (uid_t)uid, (gid_t)gid, defs.home_mode,
			      err);
	if (r < 0)
		return r;

	(void)snprintf(shadow_line, sizeof(shadow_line),
		       "%s:*:%jd:0:99999:7:::", spec->name,
		       (intmax_t)(clock_wall_s() / SECONDS_PER_DAY));
	r = table_put(&t.shadow, spec->name, shadow_line, err);
	if (r >= 0)
		r = table_write(root_fd, &t.shadow, err);
	if (r >= 0 && spec->groups != NULL)
		r = add_members_offline(root_fd, &t, spec->name, spec->groups, err);
	if (r >= 0)
		r = mem_asprintf(&line, err, "%s:x:%ju:%ju:%s:/home/%s:%s", spec->name,
				 (uintmax_t)uid, (uintmax_t)gid, spec->gecos, spec->name,
				 spec->shell);
	if (r >= 0)
		r = table_put(&t.passwd, spec->name, line, err);
	if (r < 0)
		return r;
	return table_write(root_fd, &t.passwd, err);
}

/* -- live: the distribution's tools -- */

/* Exit statuses of useradd(8) and usermod(8), and what a person can do about each. */
static const struct {
	int status;
	enum dw_code code;
	const char *text;
} tool_statuses[] = {
	{ 1, DW_FAILED, "the account files could not be locked or written" },
	{ 2, DW_TOOL, "this version of the tool does not know one of our options" },
	{ 3, DW_REFUSED,
	  "this distribution's rules do not allow that name, shell or comment" },
	{ 4, DW_CONFLICT, "the user id is in use already" },
	{ 6, DW_ABSENT, "a group or the user does not exist: make it with groupadd" },
	{ 8, DW_BUSY, "the user is logged in: try again after the user has logged out" },
	{ 9, DW_BUSY, "a user or group of that name exists already" },
	{ 10, DW_FAILED, "the group file could not be written" },
	{ 12, DW_FAILED,
	  "the home directory could not be made: is /home mounted, writable, and has it room?" },
	{ 14, DW_FAILED, "the SELinux user mapping could not be written" },
};

static const char *stale_lock(int root_fd)
{
	static const char *const locks[] = { "etc/passwd.lock", "etc/shadow.lock",
					     "etc/group.lock", "etc/gshadow.lock" };

	for (size_t i = 0; i < ARRAY_LEN(locks); i++)
		if (fd_exists_at(root_fd, locks[i]))
			return locks[i];
	return NULL;
}

static bool is_read_only(int root_fd, const char *path)
{
	cleanup_fd int fd = -1;
	struct statvfs fs;

	return fd_open_at(root_fd, path, O_RDONLY | O_DIRECTORY, &fd, NULL) == 0 &&
	       fstatvfs(fd, &fs) == 0 && (fs.f_flag & ST_RDONLY) != 0;
}

static int fail_tool(int root_fd, const char *tool, const char *user,
		     const struct spawn_result *got, struct dw_err *err)
{
	enum dw_code code = DW_TOOL;
	const char *text = "it failed";
	const char *lock;

	for (size_t i = 0; i < ARRAY_LEN(tool_statuses); i++)
		if (tool_statuses[i].status == got->exit_status) {
			code = tool_statuses[i].code;
			text = tool_statuses[i].text;
		}
	if (is_read_only(root_fd, "etc"))
		return dw_fail(
			err, DW_PERMISSION,
			"%s for user %s: /etc is mounted read-only: remount it writable, or make "
			"the account in the image",
			tool, user);
	lock = stale_lock(root_fd);
	if (lock != NULL && (got->exit_status == 1 || got->exit_status == 10))
		return dw_fail(
			err, DW_BUSY,
			"%s for user %s: /%s exists: another tool changes accounts right now, or "
			"was killed (then remove that file)",
			tool, user, lock);
	return dw_fail(err, code, "%s for user %s: %s (exit status %d%s%s)", tool, user,
		       text, got->exit_status,
		       got->output[0] != '\0' ? "; it said: " : "", got->output);
}

static int run_tool(int root_fd, const char *const *argv, const char *input,
		    const char *user, struct dw_err *err)
{
	struct spawn_result got;
	int r = spawn_run(argv, input, DW_TOOL_MS, &got, err);

	if (r < 0)
		return r;
	if (got.exit_status != 0)
		return fail_tool(root_fd, argv[0], user, &got, err);
	if (got.output[0] != '\0')
		log_debug("%s: %s", argv[0], got.output);
	return 0;
}

static int join(const struct string_list *l, struct dw_buf *ret, struct dw_err *err)
{
	for (size_t i = 0; i < l->count; i++) {
		int r = buf_printf(ret, err, "%s%s", i > 0 ? "," : "", l->items[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

/* Name services other than the files may know the name: making it again would shadow that
 * account. */
static int check_name_is_free(int root_fd, const char *name, struct dw_err *err)
{
	cleanup_table struct table passwd = TABLE_INIT("etc/passwd", 0644);
	cleanup_free char *buffer = NULL;
	struct slice fields[FIELDS_MAX];
	struct passwd pw, *found = NULL;
	void *p = NULL;
	int r;

	r = table_read(root_fd, &passwd, err);
	if (r < 0)
		return r;
	if (table_find(&passwd, name, fields))
		return dw_fail(err, DW_BUSY, "user %s exists already", name);
	r = mem_alloc(&p, NSS_BUFFER_MAX, 1, err);
	if (r < 0)
		return r;
	buffer = p;
	if (getpwnam_r(name, &pw, buffer, NSS_BUFFER_MAX, &found) == 0 && found != NULL)
		return dw_fail(
			err, DW_BUSY,
			"user %s exists already, in a name service (uid %u), and is not made a "
			"second time",
			name, (unsigned)pw.pw_uid);
	return 0;
}

static int run_useradd(int root_fd, const struct user_spec *spec, bool has_own_group,
		       struct dw_err *err)
{
	cleanup_buf struct dw_buf groups = BUF_INIT(DW_GROUPS_MAX * (DW_NAME_MAX + 1));
	const char *argv[20];
	size_t n = 0;

	argv[n++] = "useradd";
	argv[n++] = "-m";
	argv[n++] = "-s";
	argv[n++] = spec->shell;
	argv[n++] = "-p";
	argv[n++] = "*";
	if (spec->gecos[0] != '\0') {
		argv[n++] = "-c";
		argv[n++] = spec->gecos;
	}
	if (spec->primary_group != NULL || has_own_group) {
		argv[n++] = "-g";
		argv[n++] =
			spec->primary_group != NULL ? spec->primary_group : spec->name;
	} else {
		argv[n++] = "-U";
	}
	if (spec->groups != NULL && spec->groups->count > 0) {
		int r = join(spec->groups, &groups, err);

		if (r < 0)
			return r;
		argv[n++] = "-G";
		argv[n++] = groups.data;
	}
	argv[n++] = spec->name;
	argv[n] = NULL;
	return run_tool(root_fd, argv, NULL, spec->name, err);
}

/* busybox' adduser locks with "!", which keeps keys out where sshd runs without PAM. */
static int set_star(int root_fd, const char *name, struct dw_err *err);

static int run_adduser(int root_fd, const struct user_spec *spec, bool has_own_group,
		       struct dw_err *err)
{
	const char *argv[16];
	size_t n = 0;
	int r;

	argv[n++] = "adduser";
	argv[n++] = "-D";
	argv[n++] = "-s";
	argv[n++] = spec->shell;
	if (spec->gecos[0] != '\0') {
		argv[n++] = "-g";
		argv[n++] = spec->gecos;
	}
	if (spec->primary_group != NULL || has_own_group) {
		argv[n++] = "-G";
		argv[n++] =
			spec->primary_group != NULL ? spec->primary_group : spec->name;
	}
	argv[n++] = spec->name;
	argv[n] = NULL;
	r = run_tool(root_fd, argv, NULL, spec->name, err);
	if (r < 0)
		return r;
	r = set_star(root_fd, spec->name, err);
	if (r < 0 || spec->groups == NULL)
		return r;
	return user_add_groups(root_fd, /* is_live= */ true, spec->name, spec->groups,
			       err);
}

/* useradd keeps a home that is there with its old owner, and says so with status 0 only.
 */
static int check_home_owner(int root_fd, const char *name, struct dw_err *err)
{
	cleanup_table struct table passwd = TABLE_INIT("etc/passwd", 0644);
	struct slice fields[FIELDS_MAX];
	cleanup_free char *home = NULL;
	cleanup_fd int fd = -1;
	struct stat st;
	uint64_t uid;
	int r;

	r = table_read(root_fd, &passwd, err);
	if (r < 0)
		return r;
	if (!table_find(&passwd, name, fields) || field_number(fields[2], &uid) < 0)
		return 0; /* in a name service of the image's own (extrausers): nothing to
			     compare with */
	r = mem_strndup(&home, fields[5].data, fields[5].len, err);
	if (r >= 0)
		r = fd_open_at(root_fd, home, O_PATH | O_DIRECTORY, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) == 0 && st.st_uid != uid)
		return dw_fail(
			err, DW_REFUSED,
			"user %s was made, but %s was there already and belongs to uid %u: "
			"chown -R %s: %s, then try again",
			name, home, (unsigned)st.st_uid, name, home);
	return 0;
}

static int create_live(int root_fd, const struct user_spec *spec, struct dw_err *err)
{
	cleanup_table struct table group = TABLE_INIT("etc/group", 0644);
	struct slice fields[FIELDS_MAX];
	bool has_own_group;
	int r;

	r = check_name_is_free(root_fd, spec->name, err);
	if (r >= 0)
		r = table_read(root_fd, &group, err);
	if (r < 0)
		return r;
	has_own_group = table_find(&group, spec->name, fields);
	if (spawn_has("useradd"))
		r = run_useradd(root_fd, spec, has_own_group, err);
	else if (spawn_has("adduser"))
		r = run_adduser(root_fd, spec, has_own_group, err);
	else
		r = dw_fail(
			err, DW_ABSENT,
			"there is neither useradd nor adduser here: install the distribution's "
			"package (passwd, shadow-utils, busybox) or make user %s in the image",
			spec->name);
	if (r < 0)
		return r;
	return check_home_owner(root_fd, spec->name, err);
}

int user_create(int root_fd, bool is_live, const struct user_spec *spec,
		struct dw_err *err)
{
	return is_live ? create_live(root_fd, spec, err)
		       : create_offline(root_fd, spec, err);
}

/* -- groups -- */

static int add_groups_live(int root_fd, const char *name,
			   const struct string_list *groups, struct dw_err *err)
{
	cleanup_buf struct dw_buf list = BUF_INIT(DW_GROUPS_MAX * (DW_NAME_MAX + 1));
	int r;

	if (spawn_has("usermod")) {
		const char *argv[] = { "usermod", "-a", "-G", NULL, name, NULL };

		r = join(groups, &list, err);
		if (r < 0)
			return r;
		argv[3] = list.data;
		return run_tool(root_fd, argv, NULL, name, err);
	}
	for (size_t i = 0; i < groups->count; i++) {
		const char *const argv[] = { "addgroup", name, groups->items[i], NULL };

		r = run_tool(root_fd, argv, NULL, name, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int user_add_groups(int root_fd, bool is_live, const char *name,
		    const struct string_list *groups, struct dw_err *err)
{
	cleanup_tables struct tables t = TABLES_INIT;
	int r;

	if (groups->count == 0)
		return 0;
	if (is_live)
		return add_groups_live(root_fd, name, groups, err);
	r = tables_read(root_fd, &t, err);
	if (r < 0)
		return r;
	return add_members_offline(root_fd, &t, name, groups, err);
}

/* -- password field -- */

static int set_star_in_file(int root_fd, const char *name, struct dw_err *err)
{
	cleanup_table struct table shadow = TABLE_INIT("etc/shadow", 0640);
	cleanup_free char *line = NULL;
	struct slice fields[FIELDS_MAX];
	const char *rest;
	int r;

	r = table_read(root_fd, &shadow, err);
	if (r < 0 || !table_find(&shadow, name, fields))
		return r;
	rest = fields[1].data +
	       fields[1].len; /* table_read() has seen to a line end at the very end */
	r = mem_asprintf(&line, err, "%s:*%.*s", name, (int)strcspn(rest, "\n"), rest);
	if (r >= 0)
		r = table_put(&shadow, name, line, err);
	if (r < 0)
		return r;
	return table_write(root_fd, &shadow, err);
}

static int set_star(int root_fd, const char *name, struct dw_err *err)
{
	const char *const usermod[] = { "usermod", "-p", "*", name, NULL };
	const char *const chpasswd[] = { "chpasswd", "-e", NULL };
	char input[DW_NAME_MAX + 8];

	if (spawn_has("usermod"))
		return run_tool(root_fd, usermod, NULL, name, err);
	if (!spawn_has("chpasswd"))
		return set_star_in_file(root_fd, name, err);
	(void)snprintf(input, sizeof(input), "%s:*\n", name);
	return run_tool(root_fd, chpasswd, input, name, err);
}

int user_unlock_for_keys(int root_fd, bool is_live, const char *name, struct dw_err *err)
{
	cleanup_table struct table shadow = TABLE_INIT("etc/shadow", 0640);
	struct slice fields[FIELDS_MAX];
	int r;

	r = table_read(root_fd, &shadow, err);
	if (r < 0)
		return r;
	if (!table_find(&shadow, name, fields))
		return dw_fail(err, DW_ABSENT, "user %s has no line in /etc/shadow",
			       name);
	if (!slice_eq(fields[1], "!") && !slice_eq(fields[1], "!!"))
		return 0;
	return is_live ? set_star(root_fd, name, err)
		       : set_star_in_file(root_fd, name, err);
}
