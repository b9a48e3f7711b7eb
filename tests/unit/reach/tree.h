/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of a test's own, filled with files, gone at its end. */
#pragma once

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/macros.h"

struct tree {
	char path[64];
	int fd;
};

/* 0, or -1 when the file could not be made. Directories on the way are made. */
static inline int tree_put(const struct tree *t, const char *name, const void *data,
			   size_t len)
{
	char dir[256];
	int fd;

	(void)snprintf(dir, sizeof(dir), "%s", name);
	for (char *p = strchr(dir, '/'); p != NULL; p = strchr(p + 1, '/')) {
		*p = '\0';
		(void)mkdirat(t->fd, dir, 0700); /* may be there */
		*p = '/';
	}
	fd = openat(t->fd, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	if (write(fd, data, len) != (ssize_t)len) {
		(void)close(fd);
		return -1;
	}
	return close(fd);
}

static inline int tree_set_up(void **state)
{
	struct tree *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return -1;
	(void)snprintf(t->path, sizeof(t->path), "/tmp/test-reach.XXXXXX");
	if (mkdtemp(t->path) == NULL)
		return -1;
	t->fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*state = t;
	return t->fd < 0 ? -1 : 0;
}

static inline int tree_remove_one(const char *path, unused_arg const struct stat *st,
				  unused_arg int type, unused_arg struct FTW *ftw)
{
	return remove(path);
}

static inline int tree_tear_down(void **state)
{
	struct tree *t = *state;
	int r;

	(void)close(t->fd); /* only for looking */
	r = nftw(t->path, tree_remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(t);
	return r;
}
