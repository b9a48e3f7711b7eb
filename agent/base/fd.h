/* SPDX-License-Identifier: Apache-2.0 */
/* Opening for reading beneath a directory descriptor, reading whole with a ceiling,
 * writing to pipes. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Paths are always (root descriptor, relative path): production passes a descriptor of
 * "/",
 * --root and the tests one of their own tree. A leading '/' in PATH is skipped. Symbolic
 * links are followed, but only inside the root: one that points to /x means x beneath the
 * root, and none leads out (openat2 RESOLVE_IN_ROOT; where the kernel lacks it, a walk of
 * our own). Everything is opened O_CLOEXEC | O_NOCTTY | O_NONBLOCK, so a FIFO cannot hold
 * us.
 */

/* Opens the directory PATH (an ordinary path, of a user's choosing) as a root. */
int fd_open_root(const char *path, int *ret_fd, struct dw_err *err) must_check;

/* The file PATH that a person named on the command line, for reading; follows links as
 * they would expect. */
int fd_open_input(const char *path, int *ret_fd, struct dw_err *err) must_check;

/* FLAGS: O_RDONLY, O_PATH, O_DIRECTORY, O_NOFOLLOW; no flag that creates. */
int fd_open_at(int root_fd, const char *path, int flags, int *ret_fd, struct dw_err *err)
	must_check;

/* A regular file, whole, appended to RET; more than RET's ceiling is DW_TOO_BIG. */
int fd_read_file(int root_fd, const char *path, struct dw_buf *ret, struct dw_err *err)
	must_check;

/* Everything up to the end of FD (regular file, pipe or socket) appended to RET. */
int fd_read_all(int fd, struct dw_buf *ret, struct dw_err *err) must_check;

/* The same, but gives up with DW_TIMEOUT at DEADLINE. */
int fd_read_until(int fd, struct deadline deadline, struct dw_buf *ret,
		  struct dw_err *err) must_check;

/* All of it, through short writes and EINTR. For pipes, terminals and files opened by
 * apply/. */
int fd_write_all(int fd, const void *data, size_t len, struct dw_err *err) must_check;

bool fd_exists_at(int root_fd, const char *path); /* follows links inside the root */
