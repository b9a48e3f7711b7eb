/* SPDX-License-Identifier: Apache-2.0 */
/* A temporary tree for unit tests, and its root descriptor. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * fakeroot_new() makes an empty directory under TMPDIR (or /tmp); fakeroot_free() removes
 * it with all that is in it. The helpers end the test program when they fail: a tree that
 * is not as the test wants it proves nothing.
 */
struct fakeroot {
	char path[256];
	int fd; /* O_PATH, as fd_open_root() gives it */
};

void fakeroot_new(struct fakeroot *f);
void fakeroot_free(struct fakeroot *f);

/* Makes the directory PATH and what is above it, 0755. */
void fakeroot_dir(struct fakeroot *f, const char *path);
/* Makes the file PATH with TEXT and MODE, and the directories above it. */
void fakeroot_file(struct fakeroot *f, const char *path, mode_t mode, const char *text);
void fakeroot_link(struct fakeroot *f, const char *target, const char *path);
/* Does PATH hold exactly TEXT? */
bool fakeroot_holds(struct fakeroot *f, const char *path, const char *text);
/* Mode bits of PATH, not following a link; 0 when it is not there. */
mode_t fakeroot_mode(struct fakeroot *f, const char *path);
bool fakeroot_exists(struct fakeroot *f, const char *path);
/* How many entries the directory PATH has. */
size_t fakeroot_count(struct fakeroot *f, const char *path);
