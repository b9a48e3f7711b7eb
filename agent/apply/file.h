/* SPDX-License-Identifier: Apache-2.0 */
/* The one writer: every byte that doorward puts on a disk goes through here. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/str.h"

/*
 * What it promises: after any kill, power cut or full disk the name holds exactly the old
 * or the new bytes, with the right mode; success means durable. Directories are opened
 * component by component without following any link; a link, FIFO, device or directory in
 * place of the file is refused; the new file is made under a random name, O_EXCL, with
 * its final mode and owner, written, fsynced, renamed over the old one, and the directory
 * is fsynced. Equal content with equal mode and owner means that nothing is written at
 * all. Stale temporary files of a killed run are removed by the next write to the same
 * name.
 */
struct file_spec {
	const char *path; /* relative to the root descriptor; parents must exist or
			     dir_mode say so */
	struct slice data;
	mode_t mode; /* 0644, 0600, 0440 */
	uid_t uid;   /* (uid_t)-1: whoever we are */
	gid_t gid;
	mode_t dir_mode; /* missing parents are made with it (and fsynced); 0: they are an
			    error */
	bool is_secret;	 /* told nowhere, not even as digest */
	/*
	 * MAY. Called with the complete temporary file (its path beneath the root) before
	 * the rename; nonzero: the old file stays and that error is returned. The
	 * temporary name has a dot in it, so that sudo skips it in sudoers.d.
	 */
	int (*check)(void *ctx, const char *temp_path, struct dw_err *err);
	void *check_ctx;
};

/*
 * *RET_CHANGED (may be NULL) tells whether anything was written, mode and owner included.
 * An owner that a plain user may not set is no failure: the file stays ours, and counts
 * as right next time.
 */
int file_write(int root_fd, const struct file_spec *spec, bool *ret_changed,
	       struct dw_err *err) must_check;

/* The same between two open directories' worth of knowledge: NAME directly in DIR_FD. */
int file_write_at(int dir_fd, const char *name, const struct file_spec *spec,
		  bool *ret_changed, struct dw_err *err) must_check;

/* Opens (making what is missing, with MODE, fsynced) the directory PATH beneath the root,
 * following no link. */
int file_open_dir(int root_fd, const char *path, mode_t create_mode, int *ret_fd,
		  struct dw_err *err) must_check;

/*
 * Moves a regular file within one root, durably (both directories fsynced), replacing a
 * regular file of that name; between two file systems it is copied first. An absent
 * source is DW_ABSENT.
 */
int file_move(int root_fd, const char *from, const char *to, struct dw_err *err)
	must_check;

/*
 * Removes what killed runs left of their temporary files in the directory DIR, whichever
 * name they were for; those that are being written stay. Best effort: it tells nothing.
 */
void file_sweep(int root_fd, const char *dir);

/* Removes one regular file, durably; absent is fine. */
int file_remove(int root_fd, const char *path, struct dw_err *err) must_check;

/* The lock: one doorward at a time works on one root. Held until the descriptor is
 * closed. */
int file_lock(int root_fd, const char *path, int timeout_ms, int *ret_fd,
	      struct dw_err *err) must_check;

/* A short text to a device that is already there (console, tty), one write(2) per line,
 * never blocking for long. */
int file_write_console(int root_fd, const char *path, struct slice text,
		       struct dw_err *err) must_check;

/* What stands where a regular file should: "a symbolic link", "a FIFO". */
const char *file_kind_text(mode_t mode);
