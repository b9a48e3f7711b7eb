/* SPDX-License-Identifier: Apache-2.0 */
/* What is: the actual twin of the record, read beneath a root descriptor, changing
 * nothing. */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/index.h"
#include "codec/sshpub.h"
#include "model/field.h"

enum password_state {
	PASSWORD_UNKNOWN, /* shadow could not be read */
	PASSWORD_USABLE,  /* a hash */
	PASSWORD_EMPTY,
	PASSWORD_STAR,	      /* "*": no password, keys work everywhere */
	PASSWORD_BANG,	      /* exactly "!" or "!!" */
	PASSWORD_LOCKED_HASH, /* "!" before a hash */
};

struct observed_user {
	char *name;
	bool exists;
	uid_t uid;
	gid_t gid;
	char *home, *shell;
	enum password_state password;
	bool is_system;		   /* uid below UID_MIN of login.defs and not root */
	struct string_list groups; /* supplementary */

	bool are_keys_read; /* false: see keys_problem */
	bool has_keys_file;
	char *keys; /* bytes of ~/.ssh/authorized_keys, NUL-terminated beside keys_len */
	size_t keys_len;
	char *keys_problem; /* why it could not be read, or NULL */
};

enum hostkey_state {
	HOSTKEY_ABSENT,
	HOSTKEY_EMPTY,	 /* zero length: a crash left it */
	HOSTKEY_GARBAGE, /* not a private key of that type */
	HOSTKEY_GOOD,
	HOSTKEY_UNREADABLE, /* we lack the right to look: nothing may be concluded */
};

struct observed_hostkey {
	const struct hostkey_kind *kind; /* codec/hostkey.h */
	enum hostkey_state state;
	struct sshpub pub;  /* from the private file; blob NULL unless GOOD */
	char *pub_line;	    /* first line of the .pub file, or NULL */
	bool pub_matches;   /* the .pub is there and is this key */
	bool is_mode_right; /* private 0600, public 0644, owner root (when we are root) */
	int64_t mtime;
};

#define OBSERVED_HOSTKEYS 8

/* Our own files as they are, so that the plan can tell what would change
 * (observe/files.c). */
struct observed_file {
	char *path; /* beneath the root, no leading slash */
	bool exists;
	unsigned mode;
	char *data;
	size_t len;
};

struct observed_files {
	struct observed_file *items;
	size_t count, capacity;
};

void observed_files_done(struct observed_files *f);

struct observed {
	bool is_live;		   /* the root is "/" and we are root */
	bool is_root;		   /* effective uid 0 */
	unsigned uid_min;	   /* from login.defs */
	char *hostname;		   /* /etc/hostname without newline, "" when absent */
	char *distribution;	   /* ID of /etc/os-release, "" */
	struct string_list groups; /* every group name */
	struct string_list
		shells; /* candidates that exist: /bin/bash, /bin/sh, /bin/ash */
	struct observed_user
		*users; /* exactly those asked for, each once, in that order */
	size_t users_count;
	struct index by_name_; /* users, for observed_find_user() */
	struct observed_hostkey
		hostkeys[OBSERVED_HOSTKEYS]; /* one per hostkey_kinds[] row */
	size_t hostkeys_count;
	bool has_sudo;		/* etc/sudoers exists */
	bool is_sudoers_d_read; /* it includes sudoers.d */
	bool has_doas;
	struct observed_files
		files;	   /* freed by observed_done() with observed_files_done() */
	int64_t boot_time; /* seconds since 1970, from /proc/stat; 0 unknown */
};

void observed_init(struct observed *o);
void observed_done(struct observed *o);
#define cleanup_observed cleanup_with(observed_done)

/* Accounts, groups, hostname, host keys, tools. NAMES: the users that matter. Linear in
 * the size of passwd and group. */
int observe_machine(int root_fd, bool is_live, const char *const *names,
		    size_t names_count, struct observed *ret, struct dw_err *err)
	must_check;

/* Only the host keys (no passwd): what `fingerprints` and `hostkeys` need. */
int observe_hostkeys(int root_fd, struct observed *ret, struct dw_err *err) must_check;

/* Has the private host key of KIND an owner and a mode that may stay as they are? */
bool observe_is_private_right(int root_fd, const struct hostkey_kind *kind);

/* Looks at PATH (our own file; absent is fine) and remembers it. */
int observe_file(int root_fd, const char *path, struct observed_files *f,
		 struct dw_err *err) must_check;
const struct observed_file *observed_find_file(const struct observed_files *f,
					       const char *path);

const struct observed_user *observed_find_user(const struct observed *o,
					       const char *name);

/*
 * The public keys to show as fingerprints, readable without root: the .pub files of
 * etc/ssh in the order of hostkey_kinds. *RET is an array for the caller to free with
 * sshpub_done() each.
 */
int observe_hostkey_publics(int root_fd, struct sshpub **ret, size_t *ret_count,
			    struct dw_err *err) must_check;

/*
 * Stores what userfile_read() of apply/ found: this room does not go into homes. With
 * PROBLEM (why it could not be read) KEYS is not looked at; otherwise its bytes are taken
 * out of it.
 */
int observed_user_set_keys(struct observed_user *u, struct dw_buf *keys, bool exists,
			   const char *problem, struct dw_err *err) must_check;
