/* SPDX-License-Identifier: Apache-2.0 */
/* The difference between what should be and what is, as an ordered list of operations.
 * Pure. */
#pragma once

#include "base/err.h"
#include "model/instance.h"
#include "model/state.h"
#include "observe/observed.h"
#include "plan/op.h"

/* The configuration's default user: fills what the platform leaves open. */
struct default_user {
	const char *name;
	const char *gecos;
	const char *shell; /* NULL: the first that exists */
	const struct string_list *groups;
	const struct string_list *sudo; /* rules */
};

struct plan_policy {
	struct default_user default_user;
	const struct string_list *
		hostkey_types; /* configured; the instance's ssh_genkeytypes come first */
	bool may_delete_hostkeys;   /* configured ssh_deletekeys; the instance may only
				       forbid */
	bool is_first_run;	    /* of this instance: its ssh_genkeytypes rule */
	bool is_slow_hostkey_later; /* local stage: RSA is made after sshd may start */
	bool may_use_system_users;
	bool has_hostname; /* manage the hostname at all */
	int64_t now;	   /* wall clock at the local stage; 0: not to be relied on */
	const struct state
		*hostkeys_owner; /* whose the host keys are; NULL: nobody wrote it down */
};

struct plan {
	struct op *ops;
	size_t count, capacity;
};

void plan_init(struct plan *p);
void plan_done(struct plan *p);
#define cleanup_plan cleanup_with(plan_done)

/*
 * Host keys alone: what `hostkeys heal`, the local stage and a machine without metadata
 * need. INSTANCE may be NULL (identity unknown): then nothing is ever replaced, only made
 * and mended. The rule table is docs/hostkeys.md.
 */
int plan_hostkeys(const struct instance *instance, const struct observed *observed,
		  const struct plan_policy *policy, struct plan *ret, struct dw_err *err)
	must_check;

/*
 * Users, groups, sudo rules, keys, hostname, sshd's drop-in. What policy forbids becomes
 * a REMARK_REFUSED of INSTANCE and no operation. Users must have been observed.
 */
int plan_machine(struct instance *instance, const struct observed *observed,
		 const struct plan_policy *policy, struct plan *ret, struct dw_err *err)
	must_check;

/* Appends an operation (target copied) for the caller to fill in. Borrowed until the next
 * call. */
int plan_add(struct plan *p, enum op_kind kind, const char *target, struct op **ret,
	     struct dw_err *err) must_check;

bool plan_is_empty(const struct plan *p);

/*
 * Moves the making of slow host keys behind everything else: a key that takes seconds
 * must not hold up the account that somebody waits for. A plan that puts keys aside stays
 * as it is, for they go only after the new ones came.
 */
void plan_put_slow_last(struct plan *p);

/*
 * The merge of one authorized_keys file: OLD stays byte for byte, each line of WANTED
 * whose key (blob, not text) is not there yet is added at the end, after making sure that
 * the last line ends. *RET_ADDED gets how many. Linear. Nothing to add: RET is left empty
 * and *RET_ADDED is 0.
 */
int plan_merge_keys(const struct key_list *wanted, struct slice old, struct dw_buf *ret,
		    size_t *ret_added, struct dw_err *err) must_check;

/* A key line that shows no sign of anybody: fingerprints of what would be added,
 * "SHA256:... SHA256:...". */
int plan_describe_keys(const struct key_list *wanted, struct slice old,
		       struct dw_buf *ret, size_t *ret_count, struct dw_err *err)
	must_check;
