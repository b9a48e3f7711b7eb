/* SPDX-License-Identifier: Apache-2.0 */
/* The child that becomes the user, and what it does to one file of that user's home. */
#include "apply/userfile.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/capability.h>
#include <linux/openat2.h>

#include "apply/file.h"
#include "apply/label.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

#define MERGE_TRIES  5 /* an editor saved the file while we were merging */
#define LOCK_STEP_MS 5
#define REAP_MS \
	500 /* a killed worker that hangs in the kernel (dead NFS) is left behind */
#define RESULT_MAGIC 0x64774601u
#define SSH_DIR_MODE 0700
#define KEYS_MODE    0600
#define OTHERS_WRITE (S_IWGRP | S_IWOTH)

/* In the child, nothing but these and 0-2 is open. */
#define ROOT_FD	  3
#define RESULT_FD 4

struct job {
	const struct account *account;
	const char *relative;
	userfile_merge merge; /* NULL: only read */
	void *ctx;
	struct deadline lock_deadline;
	bool is_live;
	/* filled in by the worker */
	uid_t uid; /* who the files must belong to: the user, or we when we cannot change
		    */
	bool may_chown;
};

/* What comes back through the pipe, followed by `len` bytes of file. */
struct result {
	uint32_t magic;
	int status; /* 0 or the negative code that is also in `err` */
	bool is_changed;
	bool exists;
	struct dw_err err;
	size_t len;
};

/* ".ssh/authorized_keys" cut in two. */
struct target {
	char dir[NAME_MAX + 1];
	const char *name;
};

static int target_split(const char *relative, struct target *ret, struct dw_err *err)
{
	const char *slash = strchr(relative, '/');
	size_t n = slash != NULL ? (size_t)(slash - relative) : 0;

	if (n == 0 || n > NAME_MAX || strchr(slash + 1, '/') != NULL || slash[1] == '\0')
		return dw_fail(err, DW_REFUSED,
			       "\"%s\" is not a file in a directory of a home", relative);
	memcpy(ret->dir, relative, n);
	ret->dir[n] = '\0';
	ret->name = slash + 1;
	return 0;
}

/* -- becoming the user -- */

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };
	const struct __user_cap_data_struct none[2] = { { 0 } };

	/* Changing from uid 0 has dropped them; this is for root's own file, which needs
	 * none either. */
	if (syscall(SYS_capset, &header, none) < 0)
		log_debug("cannot drop capabilities: %m");
}

static int become_user(struct job *job, struct dw_err *err)
{
	const struct account *a = job->account;

	job->uid = geteuid();
	job->may_chown = false;
	if (geteuid() != 0)
		return 0;
	/* A home may be reachable through a supplementary group only. Offline, only the
	 * tree's own gid counts. */
	if (!job->is_live || initgroups(a->name, a->gid) < 0) {
		if (setgroups(1, &a->gid) < 0)
			return dw_fail_errno(
				err, errno, "cannot take the groups of user %s", a->name);
	}
	if (setresgid(a->gid, a->gid, a->gid) < 0 ||
	    setresuid(a->uid, a->uid, a->uid) < 0)
		return dw_fail_errno(err, errno, "cannot become user %s", a->name);
	if (a->uid != 0 && setresuid(0, 0, 0) == 0)
		return dw_fail(err, DW_SYSTEM,
			       "still able to become root: refusing to go on");
	job->uid = a->uid;
	job->may_chown = true;
	drop_capabilities();
	return 0;
}

static int limit_self(struct dw_err *err)
{
	const struct rlimit no_core = { 0, 0 };
	const struct rlimit size = { DW_KEYFILE_MAX, DW_KEYFILE_MAX };
	const struct rlimit files = { 64, 64 };

	(void)umask(077);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    setrlimit(RLIMIT_CORE, &no_core) < 0 || setrlimit(RLIMIT_FSIZE, &size) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &files) < 0)
		return dw_fail_errno(err, errno, "cannot limit the worker");
	return 0;
}

/* -- the walk: home, directory, file -- */

static int open_home(const struct job *job, int *ret_fd, struct dw_err *err)
{
	const struct account *a = job->account;
	struct dw_err why = { 0 };
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	/* Links on the way are the administrator's (/home on another disk) and stay
	 * inside the root. */
	r = fd_open_at(ROOT_FD, a->home, O_PATH | O_DIRECTORY, &fd, &why);
	if (r == -DW_ABSENT)
		return dw_fail(
			err, DW_ABSENT,
			"the home directory %s of user %s does not exist: make it (as "
			"mkhomedir_helper does), or correct it with usermod -d",
			a->home, a->name);
	if (r == -DW_PERMISSION)
		return dw_fail(
			err, DW_PERMISSION,
			"user %s cannot reach the own home directory %s: each directory above it "
			"must be searchable (chmod a+x)",
			a->name, a->home);
	if (r < 0)
		return dw_err_copy(err, &why);
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat the home directory %s",
				     a->home);
	if (st.st_uid != job->uid && st.st_uid != 0)
		return dw_fail(
			err, DW_REFUSED,
			"the home directory %s belongs to uid %u, not to user %s: chown it, then "
			"try again",
			a->home, (unsigned)st.st_uid, a->name);
	if ((st.st_mode & S_IWOTH) != 0)
		return dw_fail(
			err, DW_REFUSED,
			"the home directory %s is writable by everybody: chmod o-w it, then try "
			"again (sshd would not read keys from it either)",
			a->home);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int open_beneath(int home_fd, const char *name)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, home_fd, name, &how, sizeof(how));

	if (fd < 0 && (errno == ENOSYS ||
		       errno == EPERM)) /* one component: O_NOFOLLOW says as much */
		fd = openat(home_fd, name, (int)how.flags);
	return fd;
}

static int fail_owner(const struct job *job, const char *name, uid_t owner,
		      struct dw_err *err)
{
	return dw_fail(
		err, DW_REFUSED,
		"%s/%s belongs to uid %u, not to user %s: left as it is; chown it, then "
		"try again",
		job->account->home, name, (unsigned)owner, job->account->name);
}

static int fail_dir(const struct job *job, int home_fd, const char *name, int errnum,
		    struct dw_err *err)
{
	struct stat st = { 0 };
	bool is_seen = fstatat(home_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;

	if (is_seen && !S_ISDIR(st.st_mode))
		return dw_fail(err, DW_REFUSED,
			       "%s/%s: it is %s, not a directory: left as it is; put a "
			       "directory there",
			       job->account->home, name, file_kind_text(st.st_mode));
	if (is_seen && st.st_uid != job->uid)
		return fail_owner(job, name, st.st_uid, err);
	if (errnum == EACCES)
		return dw_fail(
			err, DW_PERMISSION,
			"%s/%s: user %s may not read it: chmod 700 it, then try again",
			job->account->home, name, job->account->name);
	return dw_fail_errno(err, errnum, "cannot open %s/%s", job->account->home, name);
}

static int make_ssh_dir(const struct job *job, int home_fd, const char *name,
			bool *is_changed, struct dw_err *err)
{
	int r;

	label_begin(home_fd, name, S_IFDIR | SSH_DIR_MODE);
	r = mkdirat(home_fd, name, SSH_DIR_MODE) < 0 ? -errno : 0;
	label_end();
	if (r == -EEXIST)
		return 0;
	if (r < 0)
		return dw_fail_errno(err, -r, "cannot make the directory %s/%s",
				     job->account->home, name);
	*is_changed = true;
	return 0;
}

static int sync_home(const struct job *job, int home_fd, struct dw_err *err)
{
	cleanup_fd int fd = openat(home_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	/* A home that its owner may not list cannot be synced by its owner: the file
	 * system's commit will do. */
	if (fd < 0)
		return 0;
	if (fsync(fd) < 0 && errno != EINVAL)
		return dw_fail_errno(err, errno, "cannot bring %s to the disk",
				     job->account->home);
	return 0;
}

/* *RET_FD stays -1 when there is no such directory and nothing is to be written. */
static int open_ssh_dir(const struct job *job, int home_fd, const char *name, int *ret_fd,
			bool *is_changed, struct dw_err *err)
{
	cleanup_fd int fd = open_beneath(home_fd, name);
	struct stat st;
	int r;

	if (fd < 0 && errno == ENOENT) {
		if (job->merge == NULL)
			return 0;
		r = make_ssh_dir(job, home_fd, name, is_changed, err);
		if (r >= 0)
			r = sync_home(job, home_fd, err);
		if (r < 0)
			return r;
		fd = open_beneath(home_fd, name);
	}
	if (fd < 0)
		return fail_dir(job, home_fd, name, errno, err);
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat %s/%s", job->account->home,
				     name);
	if (st.st_uid != job->uid)
		return fail_owner(job, name, st.st_uid, err);
	if (job->merge != NULL && (st.st_mode & OTHERS_WRITE) != 0) {
		if (fchmod(fd, st.st_mode & 07777 & ~(mode_t)OTHERS_WRITE) < 0)
			return dw_fail_errno(err, errno,
					     "cannot take others' write right from %s/%s",
					     job->account->home, name);
		*is_changed = true;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* Between ourselves: other programs do not know this lock, hence the look before the
 * rename. */
static int lock_dir(const struct job *job, int dir_fd, struct dw_err *err)
{
	for (;;) {
		if (flock(dir_fd, LOCK_EX | LOCK_NB) == 0)
			return 0;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return dw_fail_errno(err, errno,
					     "cannot lock the directory of %s/%s",
					     job->account->home, job->relative);
		if (deadline_is_over(job->lock_deadline))
			return dw_fail(
				err, DW_BUSY,
				"another program holds a lock on the directory of %s/%s: try "
				"again when it is done",
				job->account->home, job->relative);
		clock_sleep_ms(LOCK_STEP_MS, job->lock_deadline);
	}
}

static int check_file(const struct job *job, const struct stat *st, struct dw_err *err)
{
	const char *home = job->account->home, *file = job->relative;

	if (S_ISLNK(st->st_mode))
		return dw_fail(
			err, DW_REFUSED,
			"%s/%s: it is a symbolic link: left as it is; put a plain file there to "
			"have keys managed",
			home, file);
	if (!S_ISREG(st->st_mode))
		return dw_fail(err, DW_REFUSED,
			       "%s/%s: it is %s, not a regular file: left as it is", home,
			       file, file_kind_text(st->st_mode));
	if (st->st_nlink > 1)
		return dw_fail(
			err, DW_REFUSED,
			"%s/%s: it has %ju hard links, so it may be somebody else's file: left "
			"as it is; copy it and move the copy over it",
			home, file, (uintmax_t)st->st_nlink);
	if (st->st_uid != job->uid && st->st_uid != 0)
		return fail_owner(job, file, st->st_uid, err);
	if (st->st_size > (off_t)DW_KEYFILE_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "%s/%s has %jd bytes, more than the %u that are read: "
			       "left as it is",
			       home, file, (intmax_t)st->st_size, DW_KEYFILE_MAX);
	return 0;
}

/* Reads the file through a descriptor that was checked; *RET_EXISTS tells whether there
 * is one. */
static int read_file(const struct job *job, int dir_fd, const char *name,
		     struct dw_buf *ret, struct stat *ret_stat, bool *ret_exists,
		     struct dw_err *err)
{
	cleanup_fd int fd = -1;
	int r;

	*ret_exists = false;
	buf_clear(ret);
	/* A look first: opening a device can do things. What is opened is then looked at
	 * again. */
	if (fstatat(dir_fd, name, ret_stat, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return dw_fail_errno(err, errno, "cannot look at %s/%s",
				     job->account->home, job->relative);
	}
	r = check_file(job, ret_stat, err);
	if (r < 0)
		return r;
	fd = openat(dir_fd, name,
		    O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 && errno == EACCES)
		return dw_fail(
			err, DW_PERMISSION,
			"%s/%s: user %s may not read it (mode %04o): left as it is; chmod 600 it, "
			"then try again",
			job->account->home, job->relative, job->account->name,
			(unsigned)(ret_stat->st_mode & 07777));
	if (fd < 0 && errno == ELOOP)
		return dw_fail(err, DW_CHANGED,
			       "%s/%s was just replaced by a symbolic link",
			       job->account->home, job->relative);
	if (fd < 0 || fstat(fd, ret_stat) < 0)
		return dw_fail_errno(err, errno, "cannot open %s/%s", job->account->home,
				     job->relative);
	r = check_file(job, ret_stat, err);
	if (r < 0)
		return r;
	r = fd_read_all(fd, ret, err);
	if (r < 0)
		return dw_wrap_code(err, r, "%s/%s", job->account->home, job->relative);
	*ret_exists = true;
	return 0;
}

/* -- replacing -- */

struct unchanged_check {
	int dir_fd;
	const char *name;
	bool existed;
	struct stat st;
};

static bool is_same_state(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
	       a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
	       a->st_mtim.tv_nsec == b->st_mtim.tv_nsec &&
	       a->st_ctim.tv_sec == b->st_ctim.tv_sec &&
	       a->st_ctim.tv_nsec == b->st_ctim.tv_nsec;
}

/* The last thing before the rename: is it still the file that was merged? */
static int check_unchanged(void *ctx, const char *temp_path unused_arg,
			   struct dw_err *err)
{
	const struct unchanged_check *c = ctx;
	struct stat now;
	bool exists = fstatat(c->dir_fd, c->name, &now, AT_SYMLINK_NOFOLLOW) == 0;

	if (exists != c->existed || (exists && !is_same_state(&now, &c->st)))
		return dw_fail(err, DW_CHANGED,
			       "%s was changed by somebody else meanwhile", c->name);
	return 0;
}

static int update_once(const struct job *job, int dir_fd, const char *name,
		       bool *is_changed, struct dw_err *err)
{
	cleanup_buf struct dw_buf old = BUF_INIT(DW_KEYFILE_MAX);
	cleanup_buf struct dw_buf new = BUF_INIT(DW_KEYFILE_MAX);
	struct unchanged_check check = { .dir_fd = dir_fd, .name = name };
	struct file_spec spec = {
		.path = job->relative,
		.mode = KEYS_MODE,
		.uid = job->may_chown ? job->account->uid : (uid_t)-1,
		.gid = job->may_chown ? job->account->gid : (gid_t)-1,
		.check = check_unchanged,
		.check_ctx = &check,
	};
	bool wanted = true, did = false;
	int r;

	r = read_file(job, dir_fd, name, &old, &check.st, &check.existed, err);
	if (r < 0)
		return r;
	r = job->merge(job->ctx, check.existed ? &old : NULL, &new, &wanted, err);
	if (r < 0 || !wanted)
		return r;
	spec.data = slice_of_buf(&new);
	r = file_write_at(dir_fd, name, &spec, &did, err);
	if (r < 0)
		return r;
	*is_changed |= did;
	return 0;
}

static int update(const struct job *job, const struct target *target, bool *is_changed,
		  struct dw_err *err)
{
	cleanup_fd int home_fd = -1, dir_fd = -1;
	int r;

	r = open_home(job, &home_fd, err);
	if (r < 0)
		return r;
	r = open_ssh_dir(job, home_fd, target->dir, &dir_fd, is_changed, err);
	if (r < 0)
		return r;
	r = lock_dir(job, dir_fd, err);
	if (r < 0)
		return r;
	for (int i = 0; i < MERGE_TRIES; i++) {
		r = update_once(job, dir_fd, target->name, is_changed, err);
		if (r != -DW_CHANGED)
			break;
	}
	return r;
}

static int read_only(const struct job *job, const struct target *target,
		     struct dw_buf *ret, bool *ret_exists, struct dw_err *err)
{
	cleanup_fd int home_fd = -1, dir_fd = -1;
	bool is_changed = false;
	struct stat st;
	int r;

	r = open_home(job, &home_fd, err);
	if (r < 0)
		return r;
	r = open_ssh_dir(job, home_fd, target->dir, &dir_fd, &is_changed, err);
	if (r < 0 || dir_fd < 0)
		return r;
	return read_file(job, dir_fd, target->name, ret, &st, ret_exists, err);
}

/* -- the two sides of the pipe -- */

static void keep_only(int root_fd, int pipe_fd)
{
	int root = fcntl(root_fd, F_DUPFD_CLOEXEC, RESULT_FD + 1);
	int pipe = fcntl(pipe_fd, F_DUPFD_CLOEXEC, RESULT_FD + 1);

	if (root < 0 || pipe < 0 || dup3(root, ROOT_FD, O_CLOEXEC) < 0 ||
	    dup3(pipe, RESULT_FD, O_CLOEXEC) < 0)
		_exit(1);
	if (syscall(SYS_close_range, (unsigned)RESULT_FD + 1, ~0u, 0u) < 0)
		for (int fd = RESULT_FD + 1; fd < 1024; fd++)
			(void)close(fd);
}

static void reset_worker_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL },
			 ignore = { .sa_handler = SIG_IGN };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &standard, NULL);
	(void)sigaction(SIGXFSZ, &ignore,
			NULL); /* so that RLIMIT_FSIZE is an error, not a death */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

no_return static void run_worker(struct job *job, const struct target *target,
				 int root_fd, int pipe_fd, pid_t parent)
{
	cleanup_buf struct dw_buf data = BUF_INIT(DW_KEYFILE_MAX);
	struct result result = { .magic = RESULT_MAGIC };
	int r;

	keep_only(root_fd, pipe_fd);
	reset_worker_signals();
	r = become_user(job, &result.err);
	if (r >= 0)
		r = limit_self(&result.err);
	/* After the change of ids, which clears it. A parent that is gone already sends
	 * no signal. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) < 0 || getppid() != parent)
		_exit(1);
	if (r >= 0 && job->merge != NULL)
		r = update(job, target, &result.is_changed, &result.err);
	else if (r >= 0)
		r = read_only(job, target, &data, &result.exists, &result.err);
	result.status = r;
	result.len = r >= 0 ? data.len : 0;
	if (fd_write_all(RESULT_FD, &result, sizeof(result), NULL) < 0 ||
	    fd_write_all(RESULT_FD, data.data, result.len, NULL) < 0)
		_exit(1);
	_exit(0);
}

/* The user may stop or kill the worker, but not answer for it; still nothing here is
 * believed unseen. */
static int check_result(const struct dw_buf *answer, struct result *ret, const char *name,
			struct dw_err *err)
{
	if (answer->len < sizeof(*ret))
		return dw_fail(err, DW_SYSTEM,
			       "the worker for user %s was killed before it was done",
			       name);
	memcpy(ret, answer->data, sizeof(*ret));
	if (ret->magic != RESULT_MAGIC || ret->len != answer->len - sizeof(*ret) ||
	    ret->status > 0 || ret->status <= -(int)DW_CODE_MAX_)
		return dw_fail(err, DW_MALFORMED,
			       "the worker for user %s gave no sensible answer", name);
	ret->err.where[DW_ERR_WHERE_MAX - 1] = '\0';
	ret->err.message[DW_ERR_MESSAGE_MAX - 1] = '\0';
	if (ret->status < 0) {
		ret->err.code = (enum dw_code) - ret->status;
		return dw_err_copy(err, &ret->err);
	}
	return 0;
}

static void end_worker(pid_t pid, bool is_late)
{
	struct deadline deadline = deadline_after(REAP_MS);

	if (!is_late) {
		(void)waitpid(
			pid, NULL,
			0); /* it has closed the pipe: nothing is left that could wait */
		return;
	}
	(void)kill(pid, SIGCONT);
	(void)kill(pid, SIGKILL);
	while (waitpid(pid, NULL, WNOHANG) == 0 && !deadline_is_over(deadline))
		clock_sleep_ms(LOCK_STEP_MS, deadline);
}

static bool is_running_root(int root_fd)
{
	struct stat here, root;

	return fstat(root_fd, &here) == 0 && stat("/", &root) == 0 &&
	       here.st_dev == root.st_dev && here.st_ino == root.st_ino;
}

static int run(struct job *job, int root_fd, struct dw_buf *answer, struct result *ret,
	       struct dw_err *err)
{
	const struct account *a = job->account;
	int timeout_ms = a->timeout_ms > 0 ? a->timeout_ms : DW_WORKER_MS;
	struct deadline deadline = deadline_after((uint64_t)timeout_ms);
	cleanup_fd int read_fd = -1, write_fd = -1;
	pid_t pid, parent = getpid();
	struct target target;
	int pair[2], r;

	r = target_split(job->relative, &target, err);
	if (r < 0)
		return r;
	job->is_live = is_running_root(root_fd);
	job->lock_deadline = deadline_after((uint64_t)timeout_ms / 2);
	label_prepare(); /* once here rather than in each child */
	if (pipe2(pair, O_CLOEXEC) < 0)
		return dw_fail_errno(err, errno,
				     "cannot make a pipe for the worker of user %s",
				     a->name);
	read_fd = pair[0];
	write_fd = pair[1];
	pid = fork();
	if (pid < 0)
		return dw_fail_errno(err, errno, "cannot start the worker of user %s",
				     a->name);
	if (pid == 0)
		run_worker(job, &target, root_fd, write_fd, parent);
	(void)close(TAKE_FD(write_fd));

	r = fd_read_until(read_fd, deadline, answer, err);
	end_worker(pid, r < 0);
	if (r == -DW_TIMEOUT)
		return dw_fail(
			err, DW_TIMEOUT,
			"the worker for user %s was not done within %d ms and was killed: is %s "
			"on a file server that does not answer?",
			a->name, timeout_ms, a->home);
	if (r < 0)
		return dw_wrap_code(err, r, "the worker for user %s", a->name);
	return check_result(answer, ret, a->name, err);
}

int userfile_update(int root_fd, const struct account *account, const char *relative,
		    userfile_merge merge, void *ctx, bool *ret_changed,
		    struct dw_err *err)
{
	cleanup_buf struct dw_buf answer = BUF_INIT(sizeof(struct result));
	struct job job = {
		.account = account, .relative = relative, .merge = merge, .ctx = ctx
	};
	struct result result;
	int r;

	r = run(&job, root_fd, &answer, &result, err);
	if (r < 0)
		return r;
	if (ret_changed != NULL)
		*ret_changed = result.is_changed;
	return 0;
}

int userfile_read(int root_fd, const struct account *account, const char *relative,
		  struct dw_buf *ret, bool *ret_exists, struct dw_err *err)
{
	cleanup_buf struct dw_buf answer =
		BUF_INIT(sizeof(struct result) + DW_KEYFILE_MAX);
	struct job job = { .account = account, .relative = relative };
	struct result result;
	int r;

	r = run(&job, root_fd, &answer, &result, err);
	if (r < 0)
		return r;
	r = buf_append(ret, answer.data + sizeof(result), result.len, err);
	if (r < 0)
		return r;
	*ret_exists = result.exists;
	return 0;
}
