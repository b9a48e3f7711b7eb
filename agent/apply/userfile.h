/* SPDX-License-Identifier: Apache-2.0 */
/* Files in a user's home: read and replaced by a child that is that user. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * Root never touches a path below somebody's home. A child with the user's uid, gid and
 * groups (no capability, no_new_privs, not dumpable, RLIMIT_FSIZE) opens the home and
 * .ssh through descriptors with openat2(RESOLVE_BENEATH | NO_MAGICLINKS | NO_SYMLINKS),
 * refuses what is no regular file of the user's (or root's) with one link and at most
 * DW_KEYFILE_MAX bytes, locks, reads, merges, and replaces through file_write_at(). The
 * parent gives it DW_WORKER_MS and then kills it. When we are a plain user (--root in a
 * scratch tree), the same is done without changing ids.
 */
struct account {
	const char *name;
	uid_t uid;
	gid_t gid;
	const char *home; /* absolute; taken beneath the root */
	int timeout_ms;	  /* for the whole child; 0: DW_WORKER_MS */
};

/*
 * Pure: old bytes (NULL: no file) to new bytes in RET. Sets *RET_WANTED to false when the
 * file shall stay as it is. Runs in the child: must not depend on anything that is not in
 * CTX.
 */
typedef int (*userfile_merge)(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
			      bool *ret_wanted, struct dw_err *err);

/*
 * RELATIVE is ".ssh/authorized_keys". The directory is made 0700 if missing (group and
 * world write bits are taken away from an existing one), the file 0600. If the file
 * changes between reading and renaming (an editor), the merge is done again, at most five
 * times.
 */
int userfile_update(int root_fd, const struct account *account, const char *relative,
		    userfile_merge merge, void *ctx, bool *ret_changed,
		    struct dw_err *err) must_check;

/* Reads it, as the user, under the same rules; *RET_EXISTS false when there is none. */
int userfile_read(int root_fd, const struct account *account, const char *relative,
		  struct dw_buf *ret, bool *ret_exists, struct dw_err *err) must_check;
