/* SPDX-License-Identifier: Apache-2.0 */
/* The one place outside apply/ that opens files, and only to read them. */
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

#define COMMON_FLAGS	  (O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
#define READ_CHUNK	  16384u
#define WRITE_PATIENCE_MS 1000 /* a reader that stalls this long is gone */

int fd_open_root(const char *path, int *ret_fd, struct dw_err *err)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot use %s as root directory", path);
	*ret_fd = fd;
	return 0;
}

int fd_open_input(const char *path, int *ret_fd, struct dw_err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot open %s", path);
	*ret_fd = fd;
	return 0;
}

/*
 * Before openat2(2), or where a filter takes it away: a walk that resolves links itself,
 * so that "/" and ".." never lead out of the root. `plain` holds no link and no "..".
 */
struct walk {
	char plain[PATH_MAX];
	char buffer[PATH_MAX];
	const char *rest; /* in buffer: what is still to be walked */
	unsigned links;
};

#define WALK_LINKS_MAX 16

/* PLAIN component by component, none of which may be a link. */
static int open_plain(int root_fd, const char *plain, int flags)
{
	cleanup_fd int dir = -1;
	char name[NAME_MAX + 1];

	for (;;) {
		size_t n = strcspn(plain, "/");
		int at = dir >= 0 ? dir : root_fd;
		int next;

		if (n >= sizeof(name)) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, plain, n);
		name[n] = '\0';
		plain += n;
		plain += strspn(plain, "/");
		if (*plain == '\0')
			return openat(at, n > 0 ? name : ".", flags | O_NOFOLLOW);
		next = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (next < 0)
			return -1;
		if (dir >= 0)
			(void)close(dir); /* only looked at */
		dir = next;
	}
}

/* Moves the first component of w->rest to the end of w->plain. */
static bool walk_step(struct walk *w)
{
	size_t n = strcspn(w->rest, "/"), used = strlen(w->plain);

	if (n == 2 && w->rest[0] == '.' && w->rest[1] == '.') {
		char *slash = strrchr(w->plain, '/');

		*(slash != NULL ? slash : w->plain) = '\0';
	} else if (n > 0 && !(n == 1 && w->rest[0] == '.')) {
		if (used + n + 2 > sizeof(w->plain))
			return false;
		if (used > 0)
			w->plain[used++] = '/';
		memcpy(w->plain + used, w->rest, n);
		w->plain[used + n] = '\0';
	}
	w->rest += n;
	w->rest += strspn(w->rest, "/");
	return true;
}

/* If w->plain is a link, puts its target before w->rest. False: too many, or too long. */
static bool walk_link(int root_fd, struct walk *w)
{
	cleanup_fd int fd = open_plain(root_fd, w->plain, O_PATH | O_CLOEXEC);
	char target[PATH_MAX], whole[PATH_MAX];
	char *slash = strrchr(w->plain, '/');
	ssize_t len;
	int n;

	len = fd >= 0 ? readlinkat(fd, "", target, sizeof(target) - 1) : -1;
	if (len < 0)
		return true; /* no link: opening it will say what else is wrong */
	target[len] = '\0';
	n = snprintf(whole, sizeof(whole), "%s/%s", target, w->rest);
	if (++w->links > WALK_LINKS_MAX || n < 0 || (size_t)n >= sizeof(whole))
		return false;
	if (target[0] == '/' || slash == NULL)
		w->plain[0] = '\0';
	else
		*slash = '\0';
	memcpy(w->buffer, whole, (size_t)n + 1);
	w->rest = w->buffer + strspn(w->buffer, "/");
	return true;
}

static int open_walking(int root_fd, const char *path, int flags)
{
	struct walk w = { .links = 0 };

	if (strlen(path) >= sizeof(w.buffer)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(w.buffer, path, strlen(path) + 1);
	w.rest = w.buffer;
	while (w.rest[0] != '\0') {
		bool ok = walk_step(&w);

		if (ok && (w.rest[0] != '\0' || (flags & O_NOFOLLOW) == 0))
			ok = walk_link(root_fd, &w);
		if (!ok) {
			errno = ELOOP;
			return -1;
		}
	}
	return open_plain(root_fd, w.plain, flags);
}

int fd_open_at(int root_fd, const char *path, int flags, int *ret_fd, struct dw_err *err)
{
	struct open_how how = {
		.flags = (unsigned)(flags | COMMON_FLAGS),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	int fd;

	path += strspn(path, "/");
	if ((flags & O_PATH) != 0)
		/* openat2 refuses others beside O_PATH. */
		how.flags = (unsigned)(flags | O_CLOEXEC);
	fd = (int)syscall(SYS_openat2, root_fd, *path != '\0' ? path : ".", &how,
			  sizeof(how));
	if (fd < 0 && (errno == ENOSYS || errno == EPERM))
		fd = open_walking(root_fd, path, (int)how.flags);
	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot open /%s", path);
	*ret_fd = fd;
	return 0;
}

bool fd_exists_at(int root_fd, const char *path)
{
	cleanup_fd int fd = -1;

	return fd_open_at(root_fd, path, O_PATH, &fd, NULL) == 0;
}

static int wait_readable(int fd, const struct deadline *deadline, struct dw_err *err)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };
	int n;

	do {
		n = poll(&p, 1, deadline != NULL ? deadline_left_ms(*deadline) : -1);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return dw_fail_errno(err, errno, "cannot wait for input");
	if (n == 0)
		return dw_fail(err, DW_TIMEOUT, "no answer in time");
	return 0;
}

static int read_whole(int fd, const struct deadline *deadline, struct dw_buf *ret,
		      struct dw_err *err)
{
	int r;

	for (;;) {
		/* Ask for what fits; with no room left, one byte of probe tells overflow.
		 */
		size_t room = MIN_OF(ret->max - ret->len, (size_t)READ_CHUNK);
		char probe, *to = &probe;
		ssize_t n;

		if (deadline != NULL) {
			r = wait_readable(fd, deadline, err);
			if (r < 0)
				return r;
		}
		if (room > 0) {
			r = buf_reserve(ret, room, &to, err);
			if (r < 0)
				return r;
		}
		n = read(fd, to, room > 0 ? room : 1);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			r = wait_readable(fd, deadline, err);
			if (r < 0)
				return r;
			continue;
		}
		if (n < 0)
			return dw_fail_errno(err, errno, "cannot read");
		if (room == 0) {
			buf_clear(ret);
			return dw_fail(err, DW_TOO_BIG, "more than %zu bytes", ret->max);
		}
		buf_commit(ret, (size_t)n);
	}
}

int fd_read_all(int fd, struct dw_buf *ret, struct dw_err *err)
{
	return read_whole(fd, NULL, ret, err);
}

int fd_read_until(int fd, struct deadline deadline, struct dw_buf *ret,
		  struct dw_err *err)
{
	return read_whole(fd, &deadline, ret, err);
}

int fd_read_file(int root_fd, const char *path, struct dw_buf *ret, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	r = fd_open_at(root_fd, path, O_RDONLY, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat /%s", path);
	if (!S_ISREG(st.st_mode))
		return dw_fail(err, DW_REFUSED, "/%s is not a regular file", path);
	r = fd_read_all(fd, ret, err);
	if (r < 0)
		(void)dw_wrap(err, "/%s",
			      path); /* r knows the code even if ERR is NULL */
	return r;
}

int fd_write_all(int fd, const void *data, size_t len, struct dw_err *err)
{
	const char *p = data;

	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN) {
			struct pollfd wait = { .fd = fd, .events = POLLOUT };
			int ready = poll(&wait, 1, WRITE_PATIENCE_MS);

			if (ready > 0 || (ready < 0 && errno == EINTR))
				continue;
			return dw_fail(err, DW_TIMEOUT, "nobody reads what we write");
		}
		if (n < 0)
			return dw_fail_errno(err, errno, "cannot write");
		p += n;
		len -= (size_t)n;
	}
	return 0;
}
