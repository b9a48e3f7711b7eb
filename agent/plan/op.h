/* SPDX-License-Identifier: Apache-2.0 */
/* One operation: what shall be done to the machine, and how it went. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "codec/hostkey.h"
#include "model/instance.h"
#include "observe/observed.h"

/*        kind                text */
#define OP_KINDS(X)                                                                \
	X(OP_HOSTKEY_MAKE,                                                         \
	  "hostkey-make") /* a type that is missing, empty or garbage */           \
	X(OP_HOSTKEY_REPLACE,                                                      \
	  "hostkey-replace") /* another machine's: old one is put aside first */   \
	X(OP_HOSTKEY_RETIRE,                                                       \
	  "hostkey-retire") /* another machine's, of a type not made (now) */      \
	X(OP_HOSTKEY_MEND, "hostkey-mend") /* mode, owner or .pub of a good key */ \
	X(OP_HOSTKEYS_OWN, "hostkeys-own") /* note whose keys these are now */     \
	X(OP_USER_CREATE, "user-create")                                           \
	X(OP_USER_GROUPS, "user-groups")                                           \
	X(OP_KEYS_ADD, "keys-add")                                                 \
	X(OP_SUDOERS, "sudoers")                                                   \
	X(OP_HOSTNAME, "hostname")                                                 \
	X(OP_FILE, "file")                                                         \
	X(OP_SSHD_RELOAD, "sshd-reload")

enum op_kind {
#define X(kind, text) kind,
	OP_KINDS(X)
#undef X
		OP_KIND_MAX_
};

enum op_outcome {
	OP_PLANNED,
	OP_DONE,
	OP_UNCHANGED, /* it was so already when we came to it */
	OP_FAILED,
	OP_SKIPPED, /* something it depends on failed */
};

struct op {
	enum op_kind kind;
	char *target; /* "azureuser", "/etc/hostname", "ssh_host_rsa_key" */
	char *detail; /* for people: "3 keys: SHA256:... SHA256:..." */

	/* What the tool needs. Borrowed from the instance and the tables, except `data`.
	 */
	const struct user *user;	     /* OP_USER_*, OP_KEYS_ADD */
	const struct observed_user *account; /* OP_KEYS_ADD: as it was found */
	struct string_list groups; /* OP_USER_CREATE, OP_USER_GROUPS: those that exist */
	char *shell;		   /* OP_USER_CREATE: one that exists */
	char *gecos;		   /* OP_USER_CREATE */
	const struct hostkey_kind *hostkey; /* OP_HOSTKEY_* */
	char *path; /* OP_FILE, OP_SUDOERS: beneath the root, no leading slash */
	char *data; /* their bytes; OP_HOSTNAME: the name */
	size_t data_len;
	unsigned mode;

	enum op_outcome outcome;
	struct dw_err failure; /* OP_FAILED */
};

const char *op_kind_text(enum op_kind kind);
const char *op_outcome_text(enum op_outcome outcome);

void op_done(struct op *op);

/* "+ user-create  azureuser  groups sudo, adm; shell /bin/bash" and, when applied, how it
 * went. */
int op_print(const struct op *op, struct dw_buf *ret, struct dw_err *err) must_check;
