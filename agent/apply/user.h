/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts, through the distribution's own tools; offline trees through their files. */
#pragma once

#include <stdbool.h>

#include "base/err.h"
#include "model/field.h"

/* Everything has passed model/validate.h. Groups that do not exist are left out by the
 * plan. */
struct user_spec {
	const char *name;
	const char *gecos; /* "" for none */
	const char *shell;
	const char *primary_group; /* NULL: a group of its own name */
	const struct string_list *groups;
};

/*
 * Makes the account with a home and the password locked as "*" (never "!": that blocks
 * public keys where sshd runs without PAM). IS_LIVE: useradd, or busybox adduser;
 * otherwise passwd, shadow, group, gshadow and the home beneath the root are written
 * through the one writer, with the tree's own login.defs and skel. An account that exists
 * already is DW_BUSY.
 */
int user_create(int root_fd, bool is_live, const struct user_spec *spec,
		struct dw_err *err) must_check;

/* Adds the account to groups that exist; usermod -aG, addgroup, or the files. */
int user_add_groups(int root_fd, bool is_live, const char *name,
		    const struct string_list *groups, struct dw_err *err) must_check;

/* Replaces a shadow field that is exactly "!" or "!!" by "*"; a real hash behind '!' is
 * never touched. */
int user_unlock_for_keys(int root_fd, bool is_live, const char *name, struct dw_err *err)
	must_check;
