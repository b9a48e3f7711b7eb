/* SPDX-License-Identifier: Apache-2.0 */
/* The host keys of etc/ssh: which are whole, which a crash has torn, and what their .pub
 * files claim. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"
#include "codec/hostkey.h"
#include "observe/parts.h"

#define PATH_SIZE    64
#define PRIVATE_MODE 0600
#define PUBLIC_MODE  0644
#define GROUP_MODE   0640
#define KEYS_GROUP   "ssh_keys"

static void private_path(const struct hostkey_kind *kind, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "etc/ssh/ssh_host_%s_key", kind->name);
}

static void public_path(const struct hostkey_kind *kind, char path[static PATH_SIZE])
{
	(void)snprintf(path, PATH_SIZE, "etc/ssh/ssh_host_%s_key.pub", kind->name);
}

static bool is_owner_right(const struct stat *st)
{
	return geteuid() != 0 || st->st_uid == 0;
}

/* Is GID the group that Fedora and its kin give host keys to, for ssh-keysign? */
static bool is_keys_group(int root_fd, gid_t gid)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_PASSWD_MAX);
	struct slice rest, line;
	char number[32];

	if (fd_read_file(root_fd, "etc/group", &text, NULL) < 0)
		return false;
	(void)snprintf(number, sizeof(number), ":%u:", (unsigned)gid);
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line)) {
		const char *colon;

		if (!slice_starts_with(line, KEYS_GROUP ":"))
			continue;
		line.data += strlen(KEYS_GROUP ":"); /* now the password */
		line.len -= strlen(KEYS_GROUP ":");
		colon = line.len > 0 ? memchr(line.data, ':', line.len) : NULL;
		if (colon == NULL)
			continue;
		line.len -= (size_t)(colon - line.data);
		line.data = colon;
		return slice_starts_with(line, number);
	}
	return false;
}

/* 0400 is as good to sshd, and somebody's choice. */
static bool is_private_right(int root_fd, const struct stat *st)
{
	mode_t mode = st->st_mode & 07777;

	if (!is_owner_right(st))
		return false;
	return mode == PRIVATE_MODE || mode == 0400 ||
	       (mode == GROUP_MODE && is_keys_group(root_fd, st->st_gid));
}

bool observe_is_private_right(int root_fd, const struct hostkey_kind *kind)
{
	cleanup_fd int fd = -1;
	char path[PATH_SIZE];
	struct stat st;

	private_path(kind, path);
	return fd_open_at(root_fd, path, O_RDONLY, &fd, NULL) == 0 &&
	       fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       is_private_right(root_fd, &st);
}

/* What the bytes of the private file are. Only a clear answer is a verdict; all else is
 * "unreadable". */
static int judge_private(struct slice text, struct observed_hostkey *k,
			 struct dw_err *err)
{
	struct dw_err why = { 0 };
	int r;

	if (text.len == 0) {
		k->state = HOSTKEY_EMPTY;
		return 0;
	}
	r = hostkey_public_of(text, &k->pub, &why);
	if (r >= 0 && k->pub.type == k->kind->type) {
		k->state = HOSTKEY_GOOD;
	} else if (r >= 0) {
		sshpub_done(&k->pub);
		k->pub = (struct sshpub){ 0 };
		k->state = HOSTKEY_GARBAGE;
	} else if (r == -DW_MALFORMED || r == -DW_REFUSED) {
		k->state = HOSTKEY_GARBAGE;
	} else if (r == -DW_NO_MEMORY) {
		return dw_err_copy(err, &why);
	} else {
		log_debug("host key %s: %s", k->kind->name, why.message);
		k->state = HOSTKEY_UNREADABLE; /* encrypted, or the library is at fault */
	}
	return 0;
}

static int look_at_private(int root_fd, struct observed_hostkey *k, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	struct dw_err why = { 0 };
	cleanup_fd int fd = -1;
	char path[PATH_SIZE];
	struct stat st;
	int r;

	private_path(k->kind, path);
	r = fd_open_at(root_fd, path, O_RDONLY, &fd, &why);
	if (r < 0) {
		k->state = r == -DW_ABSENT ? HOSTKEY_ABSENT : HOSTKEY_UNREADABLE;
		return 0;
	}
	k->state = HOSTKEY_UNREADABLE;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return 0;
	k->mtime = (int64_t)st.st_mtim.tv_sec;
	k->is_mode_right = is_private_right(root_fd, &st);
	r = fd_read_all(fd, &text, &why);
	if (r == -DW_NO_MEMORY)
		return dw_err_copy(err, &why);
	if (r == -DW_TOO_BIG)
		k->state = HOSTKEY_GARBAGE;
	if (r < 0)
		return 0;
	return judge_private(slice_of_buf(&text), k, err);
}

static int look_at_public(int root_fd, struct observed_hostkey *k, struct dw_err *err)
{
	const struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	cleanup_buf struct dw_buf text = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	cleanup_sshpub struct sshpub pub = { 0 };
	cleanup_fd int fd = -1;
	struct slice rest, line;
	char path[PATH_SIZE];
	struct stat st;
	int r;

	public_path(k->kind, path);
	if (fd_open_at(root_fd, path, O_RDONLY, &fd, NULL) < 0 || fstat(fd, &st) < 0 ||
	    !S_ISREG(st.st_mode))
		return 0;
	k->is_mode_right &= (st.st_mode & 07777) == PUBLIC_MODE && is_owner_right(&st);
	if (fd_read_all(fd, &text, NULL) < 0)
		return 0;
	rest = slice_of_buf(&text);
	if (!slice_next_line(&rest, &line))
		return 0;
	r = mem_strndup(&k->pub_line, line.data, line.len, err);
	if (r < 0)
		return r;
	k->pub_matches = k->state == HOSTKEY_GOOD &&
			 sshpub_parse_line(line, &policy, &pub, NULL) >= 0 &&
			 sshpub_same(&pub, &k->pub);
	return 0;
}

int observe_hostkeys(int root_fd, struct observed *ret, struct dw_err *err)
{
	for (size_t i = 0; i < OBSERVED_HOSTKEYS && hostkey_kinds[i].name != NULL; i++) {
		struct observed_hostkey *k = &ret->hostkeys[i];
		int r;

		*k = (struct observed_hostkey){ .kind = &hostkey_kinds[i] };
		ret->hostkeys_count = i + 1;
		r = look_at_private(root_fd, k, err);
		if (r >= 0)
			r = look_at_public(root_fd, k, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_public(int root_fd, const struct hostkey_kind *kind, struct sshpub *ret,
		       bool *ret_is_there, struct dw_err *err)
{
	const struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	cleanup_buf struct dw_buf text = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	struct dw_err why = { 0 };
	struct slice rest, line;
	char path[PATH_SIZE];
	bool is_read = false;
	int r;

	*ret_is_there = false;
	public_path(kind, path);
	r = observe_read(root_fd, path, &text, &is_read, err);
	if (r < 0 || !is_read)
		return r;
	rest = slice_of_buf(&text);
	if (!slice_next_line(&rest, &line))
		return 0;
	r = sshpub_parse_line(line, &policy, ret, &why);
	if (r == -DW_NO_MEMORY)
		return dw_err_copy(err, &why);
	if (r < 0) {
		log_debug("/%s: %s", path, why.message);
		return 0;
	}
	*ret_is_there = true;
	return 0;
}

int observe_hostkey_publics(int root_fd, struct sshpub **ret, size_t *ret_count,
			    struct dw_err *err)
{
	struct sshpub *list;
	size_t count = 0;
	void *p = NULL;
	int r;

	r = mem_alloc(&p, OBSERVED_HOSTKEYS, sizeof(*list), err);
	if (r < 0)
		return r;
	list = p;
	for (size_t i = 0; i < OBSERVED_HOSTKEYS && hostkey_kinds[i].name != NULL; i++) {
		bool is_there = false;

		r = read_public(root_fd, &hostkey_kinds[i], &list[count], &is_there, err);
		if (r < 0) {
			while (count > 0)
				sshpub_done(&list[--count]);
			free(list);
			return r;
		}
		count += is_there;
	}
	*ret = list;
	*ret_count = count;
	return 0;
}
