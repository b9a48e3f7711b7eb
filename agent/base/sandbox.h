/* SPDX-License-Identifier: Apache-2.0 */
/* The walls: unprivileged user, no_new_privs, Landlock, seccomp; each reported as had or
 * not had. */
#pragma once

#include <stdbool.h>

#include "base/err.h"

/*
 * Opened first, locked second, read third. What a kernel lacks is not an error here: the
 * result says what is in force, the record carries it, `status` and `doctor` show it (a
 * build with
 * --enable-required-walls makes a missing wall fatal). Nothing can be taken back.
 */
struct sandbox_result {
	bool uid;	   /* not root any more (or never was), cannot become it again,
			      no_new_privs set */
	unsigned landlock; /* ABI in force, 0: none */
	bool seccomp;
};

/* What may still be done inside. */
enum sandbox_profile {
	SANDBOX_PURE, /* read and write descriptors that are open; memory; nothing else */
	SANDBOX_NETWORK, /* also sockets out, name look-up, and reading libraries and
			    certificates below /usr, /lib, /etc */
};

/*
 * Changes to the user USER (falls back to "nobody" when there is no such user), drops
 * every group and capability, then locks. As a plain user the change of uid is skipped
 * and `uid` says true only because there was nothing to drop.
 */
int sandbox_enter(enum sandbox_profile profile, const char *user,
		  struct sandbox_result *ret, struct dw_err *err) must_check;
