/* SPDX-License-Identifier: Apache-2.0 */
/* For readers that take a root directory instead of bytes: one small tree a process. */
#pragma once

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/str.h"
#include "tests/harness/fakeroot.h"

static struct fakeroot fuzz_tree_root;

static inline void fuzz_tree_remove(void)
{
	fakeroot_free(&fuzz_tree_root);
}

/* The tree, made at the first call and removed when the process ends. */
static inline struct fakeroot *fuzz_tree(void)
{
	if (fuzz_tree_root.path[0] == '\0') {
		fakeroot_new(&fuzz_tree_root);
		assert(atexit(fuzz_tree_remove) == 0);
	}
	return &fuzz_tree_root;
}

/* BYTES as all of the file PATH, in place: an inode less to make per input. */
static inline void fuzz_tree_write(struct fakeroot *f, const char *path,
				   struct slice bytes)
{
	int fd = openat(f->fd, path, O_WRONLY | O_CLOEXEC);

	if (fd < 0) {
		fakeroot_file(f, path, 0644, "");
		fd = openat(f->fd, path, O_WRONLY | O_CLOEXEC);
	}
	assert(fd >= 0 && ftruncate(fd, 0) == 0);
	assert(write(fd, bytes.data, bytes.len) == (ssize_t)bytes.len);
	close(fd);
}
