/* SPDX-License-Identifier: Apache-2.0 */
/* Puts host keys into etc/ssh through the one writer; the making itself is
 * codec/hostkey.h. */
#include "apply/hostkey.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "apply/file.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"

#define SSH_DIR	   "etc/ssh"
#define OLD_DIR	   "var/lib/doorward/old-hostkeys"
#define PATH_LEN   192
#define JOBS_MAX   8
#define PLACE_LEN  64
#define PLACES_MAX 100

struct job {
	const struct hostkey_kind *kind;
	char *comment;
	pthread_t thread;
	bool is_started, is_joined;
	int result;
	struct dw_err failure;
	struct dw_buf private_file, public_line;
};

struct hostkey_jobs {
	struct job jobs[JOBS_MAX];
	size_t count;
};

static void *run_job(void *p)
{
	struct job *j = p;

	j->result = hostkey_make(j->kind, j->comment, &j->private_file, &j->public_line,
				 &j->failure);
	return NULL;
}

static void job_join(struct job *j)
{
	if (j->is_started && !j->is_joined)
		(void)pthread_join(j->thread,
				   NULL); /* fails only for a thread that is not ours */
	j->is_joined = true;
}

int hostkey_jobs_start(const struct hostkey_kind *const *kinds, const char *comment,
		       struct hostkey_jobs **ret, struct dw_err *err)
{
	cleanup_hostkey_jobs struct hostkey_jobs *jobs = NULL;
	int r;

	r = mem_alloc((void **)&jobs, 1, sizeof(*jobs), err);
	if (r < 0)
		return r;
	for (; *kinds != NULL && jobs->count < JOBS_MAX; kinds++) {
		struct job *j = &jobs->jobs[jobs->count];

		j->kind = *kinds;
		j->private_file = (struct dw_buf)BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
		buf_init(&j->public_line, DW_KEY_LINE_MAX);
		jobs->count++;
		r = mem_strdup(&j->comment, comment, err);
		if (r < 0)
			return r;
		r = pthread_create(&j->thread, NULL, run_job, j);
		if (r != 0)
			return dw_fail_errno(err, r,
					     "cannot start a thread for the %s host key",
					     j->kind->name);
		j->is_started = true;
	}
	*ret = TAKE_PTR(jobs);
	return 0;
}

void hostkey_jobs_free(struct hostkey_jobs *jobs)
{
	if (jobs == NULL)
		return;
	for (size_t i = 0; i < jobs->count; i++) {
		job_join(&jobs->jobs[i]);
		free(jobs->jobs[i].comment);
		buf_done(&jobs->jobs[i].private_file);
		buf_done(&jobs->jobs[i].public_line);
	}
	free(jobs);
}

static struct job *find_job(struct hostkey_jobs *jobs, const struct hostkey_kind *kind)
{
	for (size_t i = 0; jobs != NULL && i < jobs->count; i++)
		if (jobs->jobs[i].kind == kind)
			return &jobs->jobs[i];
	return NULL;
}

static void key_path(const struct hostkey_kind *kind, const char *suffix,
		     char path[static PATH_LEN])
{
	(void)snprintf(path, PATH_LEN, SSH_DIR "/ssh_host_%s_key%s", kind->name, suffix);
}

static int write_key_file(int root_fd, const char *path, struct slice data, mode_t mode,
			  struct dw_err *err)
{
	const struct file_spec spec = {
		.path = path,
		.data = data,
		.mode = mode,
		.uid = 0,
		.gid = 0,
		.dir_mode = 0755,
		.is_secret = mode == 0600,
	};

	return file_write(root_fd, &spec, NULL, err);
}

/* Bigger than any key: garbage that serves nobody, so it may go before the new one comes.
 */
static int move_aside(int root_fd, const char *path, const char *stamp, const char *to,
		      struct dw_err *err)
{
	char dir[PATH_LEN];
	cleanup_fd int fd = -1;
	int r;

	(void)snprintf(dir, sizeof(dir), OLD_DIR "/%s", stamp);
	r = file_open_dir(root_fd, dir, 0700, &fd, err);
	return r < 0 ? r : file_move(root_fd, path, to, err);
}

/* A copy, not a move: the old key serves until the new one is complete in its place. */
static int save_copy(int root_fd, const char *path, const char *stamp, mode_t mode,
		     struct dw_err *err)
{
	struct dw_buf old = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	struct dw_err why = { 0 };
	char to[PATH_LEN];
	int r;

	(void)snprintf(to, sizeof(to), OLD_DIR "/%s/%s", stamp,
		       path + strlen(SSH_DIR "/"));
	r = fd_read_file(root_fd, path, &old, &why);
	if (r == -DW_ABSENT) {
		buf_done(&old);
		return 0;
	}
	if (r == -DW_TOO_BIG) {
		r = move_aside(root_fd, path, stamp, to, err);
	} else if (r < 0) {
		r = dw_err_copy(err, &why);
	} else {
		const struct file_spec spec = {
			.path = to,
			.data = slice_of_buf(&old),
			.mode = mode,
			.uid = 0,
			.gid = 0,
			.dir_mode = 0700,
			.is_secret = true,
		};

		r = file_write(root_fd, &spec, NULL, err);
	}
	buf_done(&old);
	return r;
}

static int holds_same(int root_fd, const char *path, const char *other, bool *ret,
		      struct dw_err *err)
{
	struct dw_buf a = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	struct dw_buf b = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	int r = fd_read_file(root_fd, path, &a, err);

	if (r == 0)
		r = fd_read_file(root_fd, other, &b, err);
	*ret = r == 0 && a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
	buf_done(&a);
	buf_done(&b);
	return r;
}

/*
 * Where the files of KIND may go: STAMP, or STAMP.1 and so on when another key lies
 * there. A machine without a clock comes up at the same second each time, and what was
 * saved before a crash must not be lost to what the crashed run had made.
 */
static int find_place(int root_fd, const struct hostkey_kind *kind, const char *stamp,
		      char place[static PLACE_LEN], struct dw_err *err)
{
	char path[PATH_LEN], to[PATH_LEN * 2];
	bool is_same = false;

	key_path(kind, "", path);
	(void)snprintf(place, PLACE_LEN, "%s", stamp);
	for (unsigned n = 1; n < PLACES_MAX; n++) {
		(void)snprintf(to, sizeof(to), OLD_DIR "/%s/%s", place,
			       path + strlen(SSH_DIR "/"));
		if (!fd_exists_at(root_fd, to) ||
		    (holds_same(root_fd, path, to, &is_same, NULL) == 0 && is_same))
			return 0;
		(void)snprintf(place, PLACE_LEN, "%.40s.%u", stamp, n);
	}
	return dw_fail(err, DW_REFUSED, "too many old host keys in /" OLD_DIR "/%s",
		       stamp);
}

static int save_both(int root_fd, const struct hostkey_kind *kind, const char *stamp,
		     struct dw_err *err)
{
	char path[PATH_LEN], place[PLACE_LEN];
	int r = find_place(root_fd, kind, stamp, place, err);

	if (r < 0)
		return r;
	key_path(kind, "", path);
	r = save_copy(root_fd, path, place, 0600, err);
	if (r == 0) {
		key_path(kind, ".pub", path);
		r = save_copy(root_fd, path, place, 0644, err);
	}
	return r;
}

static int write_public(int root_fd, const struct hostkey_kind *kind,
			const struct dw_buf *public_line, struct dw_err *err)
{
	char path[PATH_LEN];

	key_path(kind, ".pub", path);
	return write_key_file(root_fd, path, slice_of_buf(public_line), 0644, err);
}

static int write_both(int root_fd, const struct hostkey_kind *kind,
		      const struct dw_buf *private_file, const struct dw_buf *public_line,
		      struct dw_err *err)
{
	char path[PATH_LEN];
	int r;

	key_path(kind, "", path);
	r = write_key_file(root_fd, path, slice_of_buf(private_file), 0600, err);
	return r < 0 ? r : write_public(root_fd, kind, public_line, err);
}

int hostkey_install(int root_fd, struct hostkey_jobs *jobs,
		    const struct hostkey_kind *kind, const char *save_old_stamp,
		    struct dw_err *err)
{
	struct job *j = find_job(jobs, kind);
	struct job now = { .kind = kind,
			   .private_file = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX),
			   .public_line = BUF_INIT(DW_KEY_LINE_MAX) };
	int r;

	if (j == NULL) {
		now.result = hostkey_make(kind, "", &now.private_file, &now.public_line,
					  &now.failure);
		j = &now;
	} else {
		job_join(j);
	}
	r = j->result;
	if (r < 0)
		r = dw_err_copy(err, &j->failure);
	if (r == 0 && save_old_stamp != NULL)
		r = save_both(root_fd, kind, save_old_stamp, err);
	if (r == 0)
		r = write_both(root_fd, kind, &j->private_file, &j->public_line, err);
	buf_done(&now.private_file);
	buf_done(&now.public_line);
	return r;
}

int hostkey_retire(int root_fd, const struct hostkey_kind *kind, const char *stamp,
		   struct dw_err *err)
{
	char path[PATH_LEN];
	int r;

	r = save_both(root_fd, kind, stamp, err);
	if (r < 0)
		return r;
	/* The .pub first: one without its key would be shown as a key that nobody has. */
	key_path(kind, ".pub", path);
	r = file_remove(root_fd, path, err);
	if (r < 0)
		return r;
	key_path(kind, "", path);
	return file_remove(root_fd, path, err);
}

int hostkey_mend(int root_fd, const struct hostkey_kind *kind, bool keep_private,
		 struct dw_err *err)
{
	struct dw_buf private_file = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public_line = BUF_INIT(DW_KEY_LINE_MAX);
	cleanup_sshpub struct sshpub pub = { 0 };
	char path[PATH_LEN];
	int r;

	key_path(kind, "", path);
	r = fd_read_file(root_fd, path, &private_file, err);
	if (r == 0)
		r = hostkey_public_of(slice_of_buf(&private_file), &pub, err);
	if (r == 0)
		r = sshpub_print(&pub, &public_line, err);
	if (r == 0)
		r = buf_append_str(&public_line, "\n", err);
	if (r == 0 && keep_private)
		r = write_public(root_fd, kind, &public_line, err);
	else if (r == 0)
		r = write_both(root_fd, kind, &private_file, &public_line, err);
	buf_done(&private_file);
	return r;
}
