/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer: temporary file, fsync, rename, fsync of the directory; no other file
 * writes to a disk. */
#include "apply/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/fs.h>
#include <linux/openat2.h>

#include "apply/label.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

#define DIR_FLAGS  (O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK)
#define LOOK_FLAGS (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)

/* ".NAME.dw-<16 hex>": hidden, with a dot for sudo and without a suffix that any drop-in
 * reader takes. */
#define TEMP_MARK   ".dw-"
#define TEMP_RANDOM 16u
#define TEMP_MAX    (NAME_MAX + 1)

#define TEMP_TRIES   16	  /* random names that exist already */
#define WRITE_TRIES  3	  /* temporary files that somebody took away */
#define CONSOLE_MS   2000 /* a console that takes nothing for this long is not read */
#define LOCK_STEP_MS 20

/* A place to write: NAME in DIR_FD, called SHOWN in messages, reported to check() under
 * PREFIX. */
struct place {
	int dir_fd;
	const char *name;
	const char *shown;
	const char *prefix; /* "etc/sudoers.d/" or "" */
};

/* The file that is there now. */
struct old_file {
	bool exists;
	bool is_same; /* its bytes are what is wanted */
	struct stat st;
};

const char *file_kind_text(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFREG:
		return "a regular file";
	case S_IFDIR:
		return "a directory";
	case S_IFLNK:
		return "a symbolic link";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFCHR:
	case S_IFBLK:
		return "a device";
	default:
		return "something odd";
	}
}

static const char *advice_for(int errnum)
{
	switch (errnum) {
	case ENOSPC:
		return " (the old file is as it was; free some space, then try again)";
	case EDQUOT:
		return " (the old file is as it was; the quota is used up, raise it or delete something)";
	case EIO:
		return " (the old file is as it was; the disk has a fault, see the kernel's log)";
	case EROFS:
		return " (mounted read-only; mount -o remount,rw makes it writable)";
	case EBUSY:
		return " (something is mounted on it; unmount that first)";
	case EMFILE:
	case ENFILE:
		return " (the old file is as it was; too many open files)";
	default:
		return " (the old file is as it was)";
	}
}

static int fail_write(const struct place *at, int errnum, const char *verb,
		      struct dw_err *err)
{
	return dw_fail_errno(err, errnum, "cannot %s %s%s", verb, at->shown,
			     advice_for(errnum));
}

static bool is_good_name(const char *name)
{
	size_t n = strlen(name);

	return n > 0 && n <= NAME_MAX - sizeof(TEMP_MARK) - TEMP_RANDOM &&
	       strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

/* -- what is there -- */

/* Attributes that no right overcomes; found before anything is made that could not be
 * removed again. */
static int check_attributes(int fd, const char *shown, bool is_dir, struct dw_err *err)
{
	int flags = 0;

	if (ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return 0; /* this file system has none */
	if ((flags & (FS_IMMUTABLE_FL | FS_APPEND_FL)) == 0)
		return 0;
	return dw_fail(
		err, DW_PERMISSION,
		"%s%s is %s, so it was left as it is: chattr -%c it, then try again",
		is_dir ? "the directory of " : "", shown,
		(flags & FS_IMMUTABLE_FL) != 0 ? "immutable (chattr +i)"
					       : "append-only (chattr +a)",
		(flags & FS_IMMUTABLE_FL) != 0 ? 'i' : 'a');
}

static int read_same(int fd, const struct place *at, struct slice data, bool *ret,
		     struct dw_err *err)
{
	char chunk[16384];
	size_t done = 0;

	*ret = false;
	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return dw_fail_errno(err, errno, "cannot read %s%s", at->shown,
					     advice_for(errno));
		if (n == 0)
			break;
		if ((size_t)n > data.len - done ||
		    memcmp(chunk, data.data + done, (size_t)n) != 0)
			return 0;
		done += (size_t)n;
	}
	*ret = done == data.len;
	return 0;
}

static int check_old(const struct place *at, const struct stat *st, struct dw_err *err)
{
	if (!S_ISREG(st->st_mode))
		return dw_fail(err, DW_REFUSED,
			       "%s is %s, not a regular file: left as it is", at->shown,
			       file_kind_text(st->st_mode));
	if (st->st_nlink > 1)
		return dw_fail(err, DW_REFUSED, "%s has %ju hard links: left as it is",
			       at->shown, (uintmax_t)st->st_nlink);
	return 0;
}

/* Looks without opening first: a device may act on being opened. */
static int look_at_old(const struct place *at, struct slice data, int *ret_fd,
		       struct old_file *ret, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	int r;

	*ret = (struct old_file){ 0 };
	if (fstatat(at->dir_fd, at->name, &ret->st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return dw_fail_errno(err, errno, "cannot look at %s", at->shown);
	}
	r = check_old(at, &ret->st, err);
	if (r < 0)
		return r;
	ret->exists = true;
	fd = openat(at->dir_fd, at->name, LOOK_FLAGS);
	if (fd < 0 && errno == EACCES)
		return 0; /* not ours to read: cannot be the same */
	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot open %s", at->shown);
	if (fstat(fd, &ret->st) < 0)
		return dw_fail_errno(err, errno, "cannot stat %s", at->shown);
	r = check_old(at, &ret->st, err);
	if (r < 0)
		return r;
	if (ret->st.st_size >= 0 && (size_t)ret->st.st_size == data.len) {
		r = read_same(fd, at, data, &ret->is_same, err);
		if (r < 0)
			return r;
	}
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* -- owner and mode -- */

static bool is_owner_right(const struct file_spec *spec, const struct stat *st)
{
	if (geteuid() != 0)
		return true; /* we could not change it */
	return (spec->uid == (uid_t)-1 || spec->uid == st->st_uid) &&
	       (spec->gid == (gid_t)-1 || spec->gid == st->st_gid);
}

static bool is_mode_right(const struct file_spec *spec, const struct stat *st)
{
	return (st->st_mode & 07777) == spec->mode;
}

/* Owner first: a change of owner takes mode bits away, and the new owner must not get the
 * old mode. */
static int set_owner_and_mode(const struct place *at, int fd,
			      const struct file_spec *spec, struct dw_err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat %s", at->shown);
	if ((spec->uid != (uid_t)-1 && spec->uid != st.st_uid) ||
	    (spec->gid != (gid_t)-1 && spec->gid != st.st_gid)) {
		if (fchown(fd, spec->uid, spec->gid) < 0) {
			if (geteuid() == 0)
				return fail_write(at, errno, "give an owner to", err);
			log_debug("%s stays ours: only root may give it to %u:%u",
				  at->shown, (unsigned)spec->uid, (unsigned)spec->gid);
		}
	}
	if ((st.st_mode & 07777) != spec->mode && fchmod(fd, spec->mode) < 0)
		return fail_write(at, errno, "set the mode of", err);
	return 0;
}

/* -- the temporary file -- */

static void temp_name(const struct place *at, char name[static TEMP_MAX])
{
	uint64_t random = 0;

	/* Only has to be new: O_EXCL is what protects. Never waits for the pool of a
	 * young kernel. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) !=
	    (ssize_t)sizeof(random)) {
		struct timespec now = { 0 };

		(void)clock_gettime(CLOCK_MONOTONIC, &now);
		random = ((uint64_t)getpid() << 40) ^ ((uint64_t)now.tv_sec << 30) ^
			 (uint64_t)now.tv_nsec;
	}
	(void)snprintf(name, TEMP_MAX, ".%s" TEMP_MARK "%016jx", at->name,
		       (uintmax_t)random);
}

/* FOR: the name it stands in for; NULL: any. */
static bool is_temp_of(const char *name, const char *for_name)
{
	size_t all = strlen(name), tail = sizeof(TEMP_MARK) - 1 + TEMP_RANDOM;
	const char *mark = name + all - tail;

	if (all < 1 + 1 + tail || name[0] != '.' || !str_starts_with(mark, TEMP_MARK))
		return false;
	if (for_name != NULL && (strlen(for_name) != (size_t)(mark - name) - 1 ||
				 !str_starts_with(name + 1, for_name)))
		return false;
	return strspn(mark + sizeof(TEMP_MARK) - 1, "0123456789abcdef") == TEMP_RANDOM;
}

/* The lock on its descriptor tells a temporary file that is being written from one that
 * was left behind. */
static bool is_abandoned(int dir_fd, const char *name)
{
	cleanup_fd int fd = openat(dir_fd, name, LOOK_FLAGS);

	return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void dir_close(DIR **dir)
{
	if (*dir != NULL)
		(void)closedir(*dir);
}

/* What a killed run left. Best effort: a failure here must not keep a key from being
 * written. */
static void remove_stale(int dir_fd, const char *for_name)
{
	cleanup_with(dir_close) DIR *dir = NULL;
	cleanup_fd int fd = openat(dir_fd, ".", DIR_FLAGS);
	const struct dirent *e;

	if (fd < 0)
		return;
	dir = fdopendir(fd);
	if (dir == NULL)
		return;
	(void)TAKE_FD(fd);
	while ((e = readdir(dir)) != NULL)
		if (is_temp_of(e->d_name, for_name) && is_abandoned(dir_fd, e->d_name))
			(void)unlinkat(dir_fd, e->d_name, 0);
}

/* A file without a name, where the file system can do that: a kill leaves nothing at all.
 */
static int open_unnamed(const struct place *at, mode_t mode)
{
	return openat(at->dir_fd, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
}

static int open_named(const struct place *at, mode_t mode, char name[static TEMP_MAX],
		      struct dw_err *err)
{
	for (int i = 0; i < TEMP_TRIES; i++) {
		int fd;

		temp_name(at, name);
		fd = openat(at->dir_fd, name,
			    O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, mode);
		if (fd >= 0)
			return fd;
		if (errno != EEXIST)
			break;
	}
	name[0] = '\0';
	return fail_write(at, errno, "make a temporary file for", err);
}

/* Gives the unnamed file a temporary name; false: not possible here. */
static bool name_it(const struct place *at, int fd, char name[static TEMP_MAX])
{
	char link[64];

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	for (int i = 0; i < TEMP_TRIES; i++) {
		temp_name(at, name);
		if (linkat(AT_FDCWD, link, at->dir_fd, name, AT_SYMLINK_FOLLOW) == 0)
			return true;
		if (errno == EEXIST)
			continue;
		/* no /proc: kernels since 6.10 let the file's maker do it directly, older
		 * ones need a capability */
		if (linkat(fd, "", at->dir_fd, name, AT_EMPTY_PATH) == 0)
			return true;
		if (errno != EEXIST)
			break;
	}
	name[0] = '\0';
	return false;
}

static int fill(const struct place *at, int fd, const struct file_spec *spec,
		struct dw_err *err)
{
	const char *p = spec->data.data;
	size_t left = spec->data.len;
	int r;

	(void)flock(fd, LOCK_EX | LOCK_NB); /* marks it as in use, see is_abandoned() */
	r = set_owner_and_mode(at, fd, spec, err);
	if (r < 0)
		return r;
	while (left > 0) {
		ssize_t n = write(fd, p, left);

		if (n < 0 && errno == EINTR)
			continue;
		if (n == 0)
			return fail_write(at, EIO, "write", err);
		if (n < 0)
			return fail_write(at, errno, "write", err);
		p += n;
		left -= (size_t)n;
	}
	return 0;
}

static int sync_file(const struct place *at, int fd, struct dw_err *err)
{
	if (fsync(fd) < 0)
		return fail_write(at, errno, "bring to the disk", err);
	return 0;
}

/*
 * Makes the complete temporary file: *RET_FD, and its name in NAME. On failure both may
 * be set already, for the caller to close and remove.
 */
static int make_temp(const struct place *at, const struct file_spec *spec, int *ret_fd,
		     char name[static TEMP_MAX], struct dw_err *err)
{
	cleanup_fd int fd = -1;
	int r;

	name[0] = '\0';
	fd = open_unnamed(at, spec->mode & 0600);
	if (fd >= 0) {
		r = fill(at, fd, spec, err);
		if (r < 0)
			return r;
		/* Named before it is synced: not every file system makes a link count
		 * durable afterwards. */
		if (name_it(at, fd, name)) {
			*ret_fd = fd;
			return sync_file(at, TAKE_FD(fd), err);
		}
		(void)close(TAKE_FD(fd));
	}
	fd = open_named(at, spec->mode & 0600, name, err);
	if (fd < 0)
		return fd;
	r = fill(at, fd, spec, err);
	if (r < 0)
		return r;
	*ret_fd = fd;
	return sync_file(at, TAKE_FD(fd), err);
}

/* -- the directory -- */

static int sync_dir(int dir_fd)
{
	cleanup_fd int again = -1;

	if (fsync(dir_fd) == 0)
		return 0;
	if (errno == EBADF) { /* an O_PATH descriptor, such as a root's */
		again = openat(dir_fd, ".", DIR_FLAGS);
		if (again < 0)
			return -1;
		if (fsync(again) == 0)
			return 0;
	}
	return errno == EINVAL ? 0 : -1; /* EINVAL: this file system has no such thing */
}

static int call_check(const struct place *at, const struct file_spec *spec,
		      const char *temp, struct dw_err *err)
{
	char path[PATH_MAX];

	if (spec->check == NULL)
		return 0;
	if ((size_t)snprintf(path, sizeof(path), "%s%s", at->prefix, temp) >=
	    sizeof(path))
		return dw_fail(err, DW_TOO_BIG, "path of %s is too long", at->shown);
	return spec->check(spec->check_ctx, path, err);
}

/* One try. DW_CHANGED: the temporary file vanished, nothing is wrong with trying again.
 */
static int replace(const struct place *at, const struct file_spec *spec,
		   struct dw_err *err)
{
	char temp[TEMP_MAX] = "";
	cleanup_fd int fd = -1;
	int r;

	label_begin(at->dir_fd, at->name, S_IFREG | spec->mode);
	r = make_temp(at, spec, &fd, temp, err);
	label_end();
	if (r >= 0)
		r = call_check(at, spec, temp, err);
	if (r >= 0 && renameat(at->dir_fd, temp, at->dir_fd, at->name) < 0) {
		if (errno == ENOENT)
			r = dw_fail(err, DW_CHANGED,
				    "the temporary file of %s was taken away", at->shown);
		else
			r = fail_write(at, errno, "replace", err);
	}
	if (r < 0) {
		if (temp[0] != '\0')
			(void)unlinkat(at->dir_fd, temp,
				       0); /* the first error is the one to tell */
		return r;
	}
	if (sync_dir(at->dir_fd) < 0)
		return dw_fail_errno(
			err, errno,
			"cannot bring the directory of %s to the disk (the new file is "
			"there, but may not survive a power cut)",
			at->shown);
	return 0;
}

static int fix_old(const struct place *at, int fd, const struct file_spec *spec,
		   struct dw_err *err)
{
	int r = set_owner_and_mode(at, fd, spec, err);

	if (r < 0)
		return r;
	return sync_file(at, fd, err);
}

static int write_place(const struct place *at, const struct file_spec *spec,
		       bool *ret_changed, struct dw_err *err)
{
	cleanup_fd int old_fd = -1;
	struct old_file old;
	int r = 0;

	if (!is_good_name(at->name))
		return dw_fail(err, DW_REFUSED, "\"%s\" is no file name to write to",
			       at->name);
	r = look_at_old(at, spec->data, &old_fd, &old, err);
	if (r < 0)
		return r;
	if (old.is_same && is_mode_right(spec, &old.st) &&
	    is_owner_right(spec, &old.st)) {
		if (ret_changed != NULL)
			*ret_changed = false;
		return 0;
	}
	r = check_attributes(at->dir_fd, at->shown, true, err);
	if (r >= 0 && old_fd >= 0)
		r = check_attributes(old_fd, at->shown, false, err);
	if (r < 0)
		return r;

	if (old.is_same) {
		r = fix_old(at, old_fd, spec, err);
	} else {
		remove_stale(at->dir_fd, at->name);
		for (int i = 0; i < WRITE_TRIES; i++) {
			r = replace(at, spec, err);
			if (r != -DW_CHANGED || spec->check != NULL)
				break; /* with a check, DW_CHANGED may be its word: it is
					  the caller's turn */
		}
	}
	if (r < 0)
		return r;
	if (ret_changed != NULL)
		*ret_changed = true;
	return 0;
}

int file_write_at(int dir_fd, const char *name, const struct file_spec *spec,
		  bool *ret_changed, struct dw_err *err)
{
	const struct place at = {
		.dir_fd = dir_fd, .name = name, .shown = name, .prefix = ""
	};

	return write_place(&at, spec, ret_changed, err);
}

/* -- directories -- */

/* A directory that is missing: with its mode at once, and durable before anything is put
 * into it. */
static int make_dir(int parent_fd, const char *name, mode_t mode, const char *shown,
		    int *ret_fd, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	label_begin(parent_fd, name, S_IFDIR | mode);
	r = mkdirat(parent_fd, name, mode) < 0 && errno != EEXIST ? -errno : 0;
	label_end();
	if (r < 0)
		return dw_fail_errno(err, -r, "cannot make the directory %s of /%s%s",
				     name, shown, r == -EROFS ? advice_for(EROFS) : "");
	fd = openat(parent_fd, name, DIR_FLAGS | O_NOFOLLOW);
	if (fd < 0 || fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot open the directory %s of /%s",
				     name, shown);
	if ((st.st_mode & 07777) != mode && st.st_uid == geteuid() &&
	    fchmod(fd, mode) < 0)
		return dw_fail_errno(err, errno,
				     "cannot set the mode of directory %s of /%s", name,
				     shown);
	if (sync_dir(fd) < 0 || sync_dir(parent_fd) < 0)
		return dw_fail_errno(err, errno,
				     "cannot bring the directory %s of /%s to the disk",
				     name, shown);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static int fail_component(int at_fd, const char *name, const char *shown, int errnum,
			  struct dw_err *err)
{
	struct stat st;

	/* O_DIRECTORY | O_NOFOLLOW on a symbolic link gives ENOTDIR: look what it was */
	if ((errnum == ENOTDIR || errnum == ELOOP) &&
	    fstatat(at_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return dw_fail(err, DW_REFUSED,
			       "%s in /%s is %s, not a directory: left as it is", name,
			       shown, file_kind_text(st.st_mode));
	return dw_fail_errno(err, errnum, "cannot open the directory %s of /%s", name,
			     shown);
}

static int walk_dir(int root_fd, const char *path, mode_t create_mode, int *ret_fd,
		    struct dw_err *err)
{
	cleanup_fd int dir = openat(root_fd, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct slice name;
	const char *rest = path;
	int r;

	if (dir < 0)
		return dw_fail_errno(err, errno, "cannot open the root directory");
	for (;;) {
		char text[NAME_MAX + 1];
		int next;

		rest += strspn(rest, "/");
		name = (struct slice){ rest, strcspn(rest, "/") };
		if (name.len == 0)
			break;
		memcpy(text, name.data, name.len);
		text[name.len] = '\0';
		rest += name.len;

		next = openat(dir, text, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0 && errno == ENOENT && create_mode != 0) {
			r = make_dir(dir, text, create_mode, path, &next, err);
			if (r < 0)
				return r;
		} else if (next < 0) {
			return fail_component(dir, text, path, errno, err);
		}
		(void)close(dir);
		dir = next;
	}
	*ret_fd = openat(dir, ".", DIR_FLAGS);
	if (*ret_fd < 0)
		return dw_fail_errno(err, errno, "cannot open the directory /%s", path);
	return 0;
}

/* No ".." and no ".": a path to write to is said plainly. */
static bool is_plain_path(const char *path)
{
	struct slice part;

	for (;;) {
		path += strspn(path, "/");
		part = (struct slice){ path, strcspn(path, "/") };
		if (part.len == 0)
			return true;
		if (part.len > NAME_MAX || slice_eq(part, "..") || slice_eq(part, "."))
			return false;
		path += part.len;
	}
}

int file_open_dir(int root_fd, const char *path, mode_t create_mode, int *ret_fd,
		  struct dw_err *err)
{
	const struct open_how how = {
		.flags = DIR_FLAGS | O_NOFOLLOW,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	path += strspn(path, "/");
	if (!is_plain_path(path))
		return dw_fail(err, DW_REFUSED, "/%s is no path to write to", path);
	fd = (int)syscall(SYS_openat2, root_fd, *path != '\0' ? path : ".", &how,
			  sizeof(how));
	if (fd >= 0) {
		*ret_fd = fd;
		return 0;
	}
	/* The walk makes what is missing, serves kernels without openat2, and finds words
	 * for the rest. */
	return walk_dir(root_fd, path, create_mode, ret_fd, err);
}

/* -- by path -- */

/* PATH cut in two: its directory, opened, and its last component (borrowed from PATH). */
static int open_parent(int root_fd, const char *path, mode_t create_mode, int *ret_fd,
		       const char **ret_name, char prefix[static PATH_MAX],
		       struct dw_err *err)
{
	const char *slash;
	size_t n = 0;

	path += strspn(path, "/");
	slash = strrchr(path, '/');
	if (slash != NULL)
		n = (size_t)(slash - path) + 1;
	if (n >= PATH_MAX)
		return dw_fail(err, DW_TOO_BIG, "path too long");
	memcpy(prefix, path, n);
	prefix[n] = '\0';
	*ret_name = path + n;
	return file_open_dir(root_fd, prefix, create_mode, ret_fd, err);
}

int file_write(int root_fd, const struct file_spec *spec, bool *ret_changed,
	       struct dw_err *err)
{
	char prefix[PATH_MAX];
	cleanup_fd int dir_fd = -1;
	struct place at = { .dir_fd = -1 };
	int r;

	r = open_parent(root_fd, spec->path, spec->dir_mode, &dir_fd, &at.name, prefix,
			err);
	if (r < 0)
		return r;
	at.dir_fd = dir_fd;
	at.shown = spec->path;
	at.prefix = prefix;
	return write_place(&at, spec, ret_changed, err);
}

void file_sweep(int root_fd, const char *dir)
{
	cleanup_fd int fd = -1;

	if (file_open_dir(root_fd, dir, 0, &fd, NULL) == 0)
		remove_stale(fd, NULL);
}

/* Another file system: the copy is complete and durable before the source goes. */
static int move_by_copy(int from_fd, const char *from, int to_fd, const char *to,
			struct dw_err *err)
{
	cleanup_buf struct dw_buf data = BUF_INIT_SECRET(DW_KEYFILE_MAX);
	cleanup_fd int fd = openat(from_fd, from, LOOK_FLAGS);
	struct file_spec spec = { .is_secret = true };
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot open %s", from);
	if (!S_ISREG(st.st_mode))
		return dw_fail(err, DW_REFUSED, "%s is %s, not a regular file", from,
			       file_kind_text(st.st_mode));
	r = fd_read_all(fd, &data, err);
	if (r < 0)
		return r;
	spec.data = slice_of_buf(&data);
	spec.mode = st.st_mode & 0777;
	spec.uid = st.st_uid;
	spec.gid = st.st_gid;
	r = file_write_at(to_fd, to, &spec, NULL, err);
	if (r < 0)
		return r;
	if (unlinkat(from_fd, from, 0) < 0)
		return dw_fail_errno(err, errno, "cannot remove %s after copying it",
				     from);
	return 0;
}

int file_move(int root_fd, const char *from, const char *to, struct dw_err *err)
{
	char prefix[PATH_MAX];
	cleanup_fd int from_fd = -1, to_fd = -1;
	const char *from_name = "", *to_name = "";
	struct stat st;
	int r;

	r = open_parent(root_fd, from, 0, &from_fd, &from_name, prefix, err);
	if (r < 0)
		return r;
	if (fstatat(from_fd, from_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return dw_fail_errno(err, errno, "cannot move %s", from);
	if (!S_ISREG(st.st_mode))
		return dw_fail(err, DW_REFUSED,
			       "%s is %s, not a regular file: left as it is", from,
			       file_kind_text(st.st_mode));
	r = open_parent(root_fd, to, 0, &to_fd, &to_name, prefix, err);
	if (r < 0)
		return r;
	if (!is_good_name(to_name))
		return dw_fail(err, DW_REFUSED, "%s is no file name to move to", to);
	if (renameat(from_fd, from_name, to_fd, to_name) < 0) {
		if (errno != EXDEV)
			return dw_fail_errno(err, errno, "cannot move %s to %s%s", from,
					     to, advice_for(errno));
		r = move_by_copy(from_fd, from_name, to_fd, to_name, err);
		if (r < 0)
			return r;
	}
	/* The new name first: a power cut between the two may leave both names, never
	 * none. */
	if (sync_dir(to_fd) < 0 || sync_dir(from_fd) < 0)
		return dw_fail_errno(err, errno,
				     "cannot bring the move of %s to the disk", from);
	return 0;
}

int file_remove(int root_fd, const char *path, struct dw_err *err)
{
	char prefix[PATH_MAX];
	cleanup_fd int dir_fd = -1;
	const char *name;
	struct stat st;
	int r;

	r = open_parent(root_fd, path, 0, &dir_fd, &name, prefix, err);
	if (r == -DW_ABSENT)
		return 0;
	if (r < 0)
		return r;
	if (fstatat(dir_fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno == ENOENT)
			return 0;
		return dw_fail_errno(err, errno, "cannot look at %s", path);
	}
	if (!S_ISREG(st.st_mode))
		return dw_fail(err, DW_REFUSED,
			       "%s is %s, not a regular file: left as it is", path,
			       file_kind_text(st.st_mode));
	if (unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT)
		return dw_fail_errno(err, errno, "cannot remove %s%s", path,
				     advice_for(errno));
	if (sync_dir(dir_fd) < 0)
		return dw_fail_errno(err, errno,
				     "cannot bring the removal of %s to the disk", path);
	return 0;
}

/* -- lock -- */

static int open_lock(int dir_fd, const char *name, const char *shown, int *ret_fd,
		     struct dw_err *err)
{
	int fd = openat(dir_fd, name,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC,
			0600);
	struct stat st;

	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot open the lock %s%s", shown,
				     errno == EROFS ? advice_for(EROFS) : "");
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return dw_fail(err, DW_REFUSED, "the lock %s is not a regular file",
			       shown);
	}
	*ret_fd = fd;
	return 0;
}

/* Somebody may have removed the file between our opening and locking it: then we hold
 * nothing. */
static bool is_still_there(int dir_fd, const char *name, int fd)
{
	struct stat held, named;

	return fstat(fd, &held) == 0 &&
	       fstatat(dir_fd, name, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
	       held.st_dev == named.st_dev && held.st_ino == named.st_ino;
}

int file_lock(int root_fd, const char *path, int timeout_ms, int *ret_fd,
	      struct dw_err *err)
{
	struct deadline deadline =
		deadline_after(timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
	char prefix[PATH_MAX];
	cleanup_fd int dir_fd = -1;
	const char *name;
	int r;

	r = open_parent(root_fd, path, 0755, &dir_fd, &name, prefix, err);
	if (r < 0)
		return r;
	for (;;) {
		cleanup_fd int fd = -1;

		r = open_lock(dir_fd, name, path, &fd, err);
		if (r < 0)
			return r;
		if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
			if (is_still_there(dir_fd, name, fd)) {
				*ret_fd = TAKE_FD(fd);
				return 0;
			}
		} else if (errno != EWOULDBLOCK && errno != EINTR) {
			return dw_fail_errno(err, errno, "cannot lock %s", path);
		}
		if (deadline_is_over(deadline))
			return dw_fail(
				err, DW_BUSY,
				"another doorward is at work (it holds %s): wait for it, or see "
				"what it does with: fuser %s",
				path, path);
		clock_sleep_ms(LOCK_STEP_MS, deadline);
	}
}

/* -- consoles -- */

static int write_line(int fd, struct slice line, struct deadline deadline,
		      const char *path, struct dw_err *err)
{
	while (line.len > 0) {
		struct pollfd p = { .fd = fd, .events = POLLOUT };
		ssize_t n = write(fd, line.data, line.len);

		if (n > 0) {
			line.data += n;
			line.len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return dw_fail_errno(err, errno, "cannot write to /%s", path);
		if (deadline_is_over(deadline) ||
		    poll(&p, 1, deadline_left_ms(deadline)) == 0)
			return dw_fail(err, DW_TIMEOUT, "/%s takes no more text", path);
	}
	return 0;
}

int file_write_console(int root_fd, const char *path, struct slice text,
		       struct dw_err *err)
{
	struct deadline deadline = deadline_after(CONSOLE_MS);
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	path += strspn(path, "/");
	/* A regular file serves in trees that are not running. */
	r = fd_open_at(root_fd, path, O_WRONLY | O_APPEND, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat /%s", path);
	/* A device that is no terminal is not written, whatever console= says: /dev/mem
	 * is one. */
	if (!S_ISREG(st.st_mode) && isatty(fd) != 1)
		return dw_fail(err, DW_REFUSED, "/%s is %s, not a console", path,
			       file_kind_text(st.st_mode));
	while (text.len > 0) {
		const char *lf = memchr(text.data, '\n', text.len);
		size_t n = lf != NULL ? (size_t)(lf - text.data) + 1 : text.len;

		r = write_line(fd, (struct slice){ text.data, n }, deadline, path, err);
		if (r < 0)
			return r;
		text.data += n;
		text.len -= n;
	}
	return 0;
}
