/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over a plan, and the table from kind of operation to tool. */
#include "apply/apply.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/file.h"
#include "apply/spawn.h"
#include "apply/user.h"
#include "apply/userfile.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "observe/observed.h"

#define STAMP_MAX     32
#define ROOT_PATH_MAX 4096

static void stamp_of(const struct apply_context *ctx, char stamp[static STAMP_MAX])
{
	(void)snprintf(stamp, STAMP_MAX, "%lld", (long long)ctx->now);
}

static int do_hostkey_make(struct apply_context *ctx, struct op *op,
			   bool *ret_changed unused_arg, struct dw_err *err)
{
	return hostkey_install(ctx->root_fd, ctx->jobs, op->hostkey, NULL, err);
}

static int do_hostkey_replace(struct apply_context *ctx, struct op *op,
			      bool *ret_changed unused_arg, struct dw_err *err)
{
	char stamp[STAMP_MAX];

	stamp_of(ctx, stamp);
	return hostkey_install(ctx->root_fd, ctx->jobs, op->hostkey, stamp, err);
}

static int do_hostkey_retire(struct apply_context *ctx, struct op *op,
			     bool *ret_changed unused_arg, struct dw_err *err)
{
	char stamp[STAMP_MAX];

	stamp_of(ctx, stamp);
	return hostkey_retire(ctx->root_fd, op->hostkey, stamp, err);
}

static int do_hostkey_mend(struct apply_context *ctx, struct op *op,
			   bool *ret_changed unused_arg, struct dw_err *err)
{
	return hostkey_mend(ctx->root_fd, op->hostkey,
			    observe_is_private_right(ctx->root_fd, op->hostkey), err);
}

static int do_user_create(struct apply_context *ctx, struct op *op,
			  bool *ret_changed unused_arg, struct dw_err *err)
{
	const struct user_spec spec = {
		.name = op->user->name,
		.gecos = op->gecos,
		.shell = op->shell,
		.primary_group = op->user->primary_group.state == FIELD_SET
					 ? op->user->primary_group.text
					 : NULL,
		.groups = &op->groups,
	};

	return user_create(ctx->root_fd, ctx->is_live, &spec, err);
}

static int do_user_groups(struct apply_context *ctx, struct op *op,
			  bool *ret_changed unused_arg, struct dw_err *err)
{
	return user_add_groups(ctx->root_fd, ctx->is_live, op->user->name, &op->groups,
			       err);
}

static int merge_keys(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		      bool *ret_wanted, struct dw_err *err)
{
	const struct user *user = ctx;
	struct slice bytes = old != NULL ? slice_of_buf(old) : (struct slice){ "", 0 };
	size_t added = 0;
	int r = plan_merge_keys(&user->keys, bytes, ret_new, &added, err);

	*ret_wanted = added > 0;
	return r;
}

static int add_keys_to(struct apply_context *ctx, const struct op *op,
		       const struct observed_user *u, bool *ret_changed,
		       struct dw_err *err)
{
	const struct account account = {
		.name = u->name, .uid = u->uid, .gid = u->gid, .home = u->home
	};

	return userfile_update(ctx->root_fd, &account, ".ssh/authorized_keys", merge_keys,
			       (void *)(uintptr_t)op->user, ret_changed, err);
}

/* An account that was made a moment ago has to be looked up first. */
static int do_keys_add(struct apply_context *ctx, struct op *op, bool *ret_changed,
		       struct dw_err *err)
{
	const char *names[] = { op->user->name };
	cleanup_observed struct observed o;
	int r;

	observed_init(&o); /* before any return: it is cleaned up in each */
	if (op->account->exists)
		return add_keys_to(ctx, op, op->account, ret_changed, err);
	r = observe_machine(ctx->root_fd, ctx->is_live, names, 1, &o, err);
	if (r == 0 && (o.users_count == 0 || !o.users[0].exists))
		r = dw_fail(err, DW_ABSENT, "there is no account %s to give keys to",
			    op->user->name);
	if (r == 0)
		r = add_keys_to(ctx, op, &o.users[0], ret_changed, err);
	return r;
}

static int write_op_file(struct apply_context *ctx, const struct op *op,
			 int (*check)(void *, const char *, struct dw_err *),
			 bool *ret_changed, struct dw_err *err)
{
	const struct file_spec spec = {
		.path = op->path,
		.data = { op->data, op->data_len },
		.mode = op->mode,
		.uid = 0,
		.gid = 0,
		.dir_mode = op->mode == 0600 ? 0700 : 0755,
		.check = check,
		.check_ctx = ctx,
	};

	return file_write(ctx->root_fd, &spec, ret_changed, err);
}

static int do_file(struct apply_context *ctx, struct op *op, bool *ret_changed,
		   struct dw_err *err)
{
	return write_op_file(ctx, op, NULL, ret_changed, err);
}

/* The path of the tree we work in, for tools that take a file name. */
static int root_path(int root_fd, char path[static ROOT_PATH_MAX], struct dw_err *err)
{
	char link[64];
	ssize_t n;

	(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", root_fd);
	n = readlink(link, path, ROOT_PATH_MAX - 1);
	if (n < 0)
		return dw_fail(err, DW_SYSTEM,
			       "cannot tell the path of the root directory");
	path[n] = '\0';
	return 0;
}

static int check_sudoers(void *p, const char *temp_path, struct dw_err *err)
{
	const struct apply_context *ctx = p;
	cleanup_free char *whole = NULL;
	char root[ROOT_PATH_MAX];
	struct spawn_result result = { 0 };
	int r;

	if (!spawn_has("visudo")) {
		log_debug(
			"no visudo here: the sudoers file is placed by our own rules alone");
		return 0;
	}
	r = root_path(ctx->root_fd, root, err);
	if (r == 0)
		r = mem_asprintf(&whole, err, "%s/%s", strcmp(root, "/") == 0 ? "" : root,
				 temp_path);
	if (r == 0) {
		const char *const argv[] = { "visudo", "-c", "-q", "-f", whole, NULL };

		r = spawn_run(argv, NULL, DW_TOOL_MS, &result, err);
	}
	if (r == 0 && result.exit_status != 0)
		r = dw_fail(err, DW_TOOL, "visudo refuses the rules: %s", result.output);
	return r;
}

static int do_sudoers(struct apply_context *ctx, struct op *op, bool *ret_changed,
		      struct dw_err *err)
{
	return write_op_file(ctx, op, check_sudoers, ret_changed, err);
}

static int do_hostname(struct apply_context *ctx, struct op *op, bool *ret_changed,
		       struct dw_err *err)
{
	cleanup_free char *line = NULL;
	int r = mem_asprintf(&line, err, "%s\n", op->data);

	if (r == 0) {
		const struct file_spec spec = {
			.path = "etc/hostname",
			.data = slice_of(line),
			.mode = 0644,
			.uid = 0,
			.gid = 0,
			.dir_mode = 0755,
		};

		r = file_write(ctx->root_fd, &spec, ret_changed, err);
	}
	if (r == 0 && ctx->is_live && sethostname(op->data, op->data_len) < 0)
		r = dw_fail(err, DW_PERMISSION,
			    "the kernel does not take the hostname %s", op->data);
	return r;
}

/*
 * sshd reads keys and configuration at start only. systemd itself knows whether there is
 * somebody to tell: nobody when sshd is not running, and after its start when it is just
 * starting.
 */
static int do_sshd_reload(struct apply_context *ctx, struct op *op unused_arg,
			  bool *ret_changed, struct dw_err *err)
{
	static const char *const units[] = { "ssh.service", "sshd.service" };
	int r;

	*ret_changed = false;
	if (!ctx->is_live || !spawn_has("systemctl"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const char *const argv[] = { "systemctl",  "--quiet",
					     "--no-block", "try-reload-or-restart",
					     units[i],	   NULL };
		struct spawn_result result = { 0 };

		r = spawn_run(argv, NULL, DW_TOOL_MS, &result, err);
		if (r < 0)
			return r;
		if (result.exit_status == 0) {
			*ret_changed = true;
			return 0;
		}
		log_debug("systemctl: %s: %s", units[i], result.output);
	}
	return 0;
}

static int (*const tools[OP_KIND_MAX_])(struct apply_context *, struct op *, bool *,
					struct dw_err *) = {
	[OP_HOSTKEY_MAKE] = do_hostkey_make,
	[OP_HOSTKEY_REPLACE] = do_hostkey_replace,
	[OP_HOSTKEY_RETIRE] = do_hostkey_retire,
	[OP_HOSTKEY_MEND] = do_hostkey_mend,
	[OP_HOSTKEYS_OWN] = do_file,
	[OP_USER_CREATE] = do_user_create,
	[OP_USER_GROUPS] = do_user_groups,
	[OP_KEYS_ADD] = do_keys_add,
	[OP_SUDOERS] = do_sudoers,
	[OP_HOSTNAME] = do_hostname,
	[OP_FILE] = do_file,
	[OP_SSHD_RELOAD] = do_sshd_reload,
};

static bool is_hostkey_op(enum op_kind kind)
{
	return kind <= OP_HOSTKEY_MEND;
}

/* Has something failed that OP builds on: its user's account, or a host key before the
 * set is owned? */
static bool lacks_ground(const struct plan *plan, size_t at)
{
	const struct op *op = &plan->ops[at];

	for (size_t i = 0; i < at; i++) {
		const struct op *before = &plan->ops[i];

		if (before->outcome != OP_FAILED)
			continue;
		if (before->kind == OP_USER_CREATE && op->user != NULL &&
		    before->user == op->user)
			return true;
		if (op->kind == OP_HOSTKEYS_OWN && is_hostkey_op(before->kind))
			return true;
		/* An old key goes only after the new ones came. */
		if (op->kind == OP_HOSTKEY_RETIRE && is_hostkey_op(before->kind))
			return true;
	}
	return false;
}

int apply_plan(struct apply_context *ctx, struct plan *plan, bool *ret_changed,
	       struct dw_err *err)
{
	int first = 0;

	*ret_changed = false;
	/* A half-written private key is nobody's next write when its kind is no longer
	 * wanted. */
	file_sweep(ctx->root_fd, "etc/ssh");
	for (size_t i = 0; i < plan->count; i++) {
		struct op *op = &plan->ops[i];
		bool changed = true;
		int r;

		if (op->outcome != OP_PLANNED)
			continue;
		if (first < 0 && lacks_ground(plan, i)) {
			op->outcome = OP_SKIPPED;
			continue;
		}
		r = tools[op->kind](ctx, op, &changed, &op->failure);
		op->outcome = r < 0 ? OP_FAILED : changed ? OP_DONE : OP_UNCHANGED;
		*ret_changed |= r == 0 && changed;
		if (r < 0 && first == 0) {
			first = dw_err_copy(err, &op->failure);
			(void)dw_wrap(err, "%s %s", op_kind_text(op->kind), op->target);
		}
	}
	return first;
}
