/* SPDX-License-Identifier: Apache-2.0 */
/* Builds and removes the trees of unit tests. */
#include "tests/harness/fakeroot.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void check(bool is_fine, const char *what, const char *path)
{
	if (is_fine)
		return;
	perror(what);
	fprintf(stderr, "Bail out! fakeroot: %s %s\n", what, path);
	abort();
}

static const char *full(const struct fakeroot *f, const char *path,
			char text[static PATH_MAX])
{
	snprintf(text, PATH_MAX, "%s/%s", f->path, path);
	return text;
}

void fakeroot_new(struct fakeroot *f)
{
	const char *base = getenv("TMPDIR");

	snprintf(f->path, sizeof(f->path), "%s/doorward-unit.XXXXXX",
		 base != NULL ? base : "/tmp");
	check(mkdtemp(f->path) != NULL && chmod(f->path, 0755) == 0, "mkdtemp", f->path);
	f->fd = open(f->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	check(f->fd >= 0, "open", f->path);
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return remove(path);
}

void fakeroot_free(struct fakeroot *f)
{
	close(f->fd);
	check(nftw(f->path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0, "remove",
	      f->path);
}

void fakeroot_dir(struct fakeroot *f, const char *path)
{
	char part[PATH_MAX];

	full(f, path, part);
	for (char *p = part + strlen(f->path) + 1; *p != '\0'; p++)
		if (*p == '/') {
			*p = '\0';
			mkdir(part, 0755);
			*p = '/';
		}
	mkdir(part, 0755);
	check(access(part, F_OK) == 0, "mkdir", part);
}

void fakeroot_file(struct fakeroot *f, const char *path, mode_t mode, const char *text)
{
	char name[PATH_MAX], dir[PATH_MAX];
	const char *slash = strrchr(path, '/');
	size_t len = strlen(text);
	int fd;

	if (slash != NULL) {
		snprintf(dir, sizeof(dir), "%.*s", (int)(slash - path), path);
		fakeroot_dir(f, dir);
	}
	(void)unlink(full(f, path, name)); /* the one before may be read-only */
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	check(fd >= 0, "open", name);
	check(write(fd, text, len) == (ssize_t)len && fchmod(fd, mode) == 0, "write",
	      name);
	close(fd);
}

void fakeroot_link(struct fakeroot *f, const char *target, const char *path)
{
	char name[PATH_MAX];

	check(symlink(target, full(f, path, name)) == 0, "symlink", name);
}

bool fakeroot_holds(struct fakeroot *f, const char *path, const char *text)
{
	char name[PATH_MAX], data[65536];
	ssize_t n;
	int fd = open(full(f, path, name), O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return false;
	n = read(fd, data, sizeof(data));
	close(fd);
	if (n == (ssize_t)strlen(text) && memcmp(data, text, (size_t)n) == 0)
		return true;
	fprintf(stderr, "# %s holds: %.*s\n", path, n > 0 ? (int)n : 0, data);
	return false;
}

mode_t fakeroot_mode(struct fakeroot *f, const char *path)
{
	char name[PATH_MAX];
	struct stat st;

	return lstat(full(f, path, name), &st) == 0 ? st.st_mode & 07777 : 0;
}

bool fakeroot_exists(struct fakeroot *f, const char *path)
{
	char name[PATH_MAX];
	struct stat st;

	return lstat(full(f, path, name), &st) == 0;
}

size_t fakeroot_count(struct fakeroot *f, const char *path)
{
	char name[PATH_MAX];
	DIR *dir = opendir(full(f, path, name));
	size_t count = 0;

	check(dir != NULL, "opendir", name);
	while (readdir(dir) != NULL)
		count++;
	closedir(dir);
	return count - 2; /* "." and ".." */
}
