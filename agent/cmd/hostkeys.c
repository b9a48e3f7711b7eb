/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `hostkeys`: list, check, heal and adopt the machine's SSH host keys. */
#include <string.h>

#include "apply/apply.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "cmd/config.h"
#include "cmd/flow.h"
#include "cmd/out.h"
#include "cmd/saved.h"
#include "cmd/verbs.h"
#include "codec/fingerprint.h"
#include "codec/jsonout.h"
#include "publish/publish.h"

static bool arg_dry_run;

static const struct opt options[] = {
	{ "dry-run", OPT_FLAG, NULL, &arg_dry_run,
	  "print what heal would do, change nothing", NULL },
	{ 0 },
};

static const char *state_text(const struct observed_hostkey *k)
{
	static const char *const texts[] = {
		[HOSTKEY_ABSENT] = "absent",
		[HOSTKEY_EMPTY] = "empty",
		[HOSTKEY_GARBAGE] = "not a key",
		[HOSTKEY_GOOD] = "good",
		[HOSTKEY_UNREADABLE] = "not readable for you",
	};

	if (k->state == HOSTKEY_GOOD && !k->pub_matches)
		return "the .pub file is missing or of another key";
	if (k->state == HOSTKEY_GOOD && !k->is_mode_right)
		return "mode or owner is wrong";
	return texts[k->state];
}

static bool is_well(const struct observed_hostkey *k)
{
	if (k->state == HOSTKEY_GOOD)
		return k->pub_matches && k->is_mode_right;
	return k->state == HOSTKEY_ABSENT || k->state == HOSTKEY_UNREADABLE;
}

static int list(const struct cmd_env *env, const struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	struct jsonout j = jsonout_to(&text, err);
	int r = 0;

	if (env->has_json)
		jsonout_begin_list(&j, NULL);
	for (size_t i = 0; r == 0 && i < o->hostkeys_count; i++) {
		const struct observed_hostkey *k = &o->hostkeys[i];
		cleanup_buf struct dw_buf print = BUF_INIT(DW_WORD_MAX);

		if (k->state == HOSTKEY_GOOD)
			r = fingerprint_short(&k->pub, FINGERPRINT_SHA256, &print, err);
		if (r == 0 && env->has_json) {
			jsonout_begin_object(&j, NULL);
			jsonout_text(&j, "type", k->kind->name);
			jsonout_text(&j, "state", state_text(k));
			jsonout_bool(&j, "ok", is_well(k));
			jsonout_text(&j, "fingerprint",
				     print.len > 0 ? print.data : NULL);
			jsonout_end_object(&j);
		} else if (r == 0) {
			r = buf_printf(&text, err, "%-8s %s%s%s\n", k->kind->name,
				       state_text(k), print.len > 0 ? "  " : "",
				       print.data);
		}
	}
	if (env->has_json) {
		jsonout_end_list(&j);
		if (r == 0)
			r = jsonout_finish(&j);
	}
	return r < 0 ? r : out_write(&text, err);
}

/* sshd needs one good key of any kind; a broken one beside it still wants attention. */
static int check(const struct cmd_env *env, const struct observed *o, struct dw_err *err)
{
	size_t good = 0, bad = 0;
	int r = list(env, o, err);

	for (size_t i = 0; i < o->hostkeys_count; i++) {
		good += o->hostkeys[i].state == HOSTKEY_GOOD ||
			o->hostkeys[i].state == HOSTKEY_UNREADABLE;
		bad += !is_well(&o->hostkeys[i]);
	}
	if (r < 0)
		return r;
	return good == 0 ? dw_code_exit_status(DW_FAILED)
	       : bad > 0 ? dw_code_exit_status(DW_DEGRADED)
			 : 0;
}

static int heal(const struct cmd_env *env, const struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	cleanup_config struct config config = { 0 };
	cleanup_plan struct plan plan;
	struct apply_context apply = { .root_fd = env->root_fd,
				       .is_live = env->is_live,
				       .now = clock_wall_s() };
	struct plan_policy policy;
	struct op *reload = NULL;
	bool changed = false;
	int r, applied = 0;

	plan_init(&plan);
	r = config_load(env->root_fd, &config, err);
	if (r < 0)
		return r;
	policy = config_policy(&config);
	r = plan_hostkeys(/* instance= */ NULL, o, &policy, &plan, err);
	if (r == 0 && env->is_live && !plan_is_empty(&plan))
		r = plan_add(&plan, OP_SSHD_RELOAD, "sshd", &reload, err);
	if (r == 0 && !arg_dry_run)
		applied = apply_plan(&apply, &plan, &changed, err);
	if (r == 0)
		r = out_plan(&plan, env->has_json, &text, applied < 0 ? NULL : err);
	if (r == 0)
		r = out_write(&text, applied < 0 ? NULL : err);
	return applied < 0 ? applied : r;
}

/*
 * "These keys are this machine's own": for a package installed on a machine in service,
 * whose keys must not be taken for the image's at the next boot.
 */
static int adopt(const struct cmd_env *env, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(STATE_TEXT_MAX);
	cleanup_config struct config config = { 0 };
	cleanup_state struct state owner = { .time = clock_wall_s() };
	cleanup_instance struct instance i;
	struct file_spec spec = { .path = PATH_HOSTKEYS_OWNER,
				  .mode = 0600,
				  .uid = 0,
				  .gid = 0,
				  .dir_mode = 0700 };
	struct dw_err why = { 0 };
	int r;

	instance_init(&i);
	if (arg_dry_run)
		return dw_fail(err, DW_USAGE, "--dry-run is for heal; adopt has no plan");
	r = config_load(env->root_fd, &config, err);
	if (r < 0)
		return r;
	/* Where no platform is recognised there may still be a uuid; without either
	 * nothing is ever replaced. */
	if (flow_fetch(&(struct flow_request){ .root = env->root,
					       .is_local = true,
					       .config = &config },
		       &i, &why) < 0)
		log_info("no identity of this machine could be found: %s", why.message);
	else if (!i.id_is_placeholder)
		r = field_set(&owner.instance_id, slice_of(field_text(&i.instance_id)),
			      err);
	if (r == 0)
		r = field_set(&owner.machine_uuid, slice_of(field_text(&i.machine_uuid)),
			      err);
	if (r == 0)
		r = state_write(&owner, &text, err);
	if (r < 0)
		return r;
	spec.data = slice_of_buf(&text);
	r = file_write(env->root_fd, &spec, NULL, err);
	if (r == 0)
		log_notice(
			"the host keys that are here belong to this machine from now on");
	return r;
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	const char *what = env->operands_count > 0 ? env->operands[0] : "list";
	bool is_change = strcmp(what, "heal") == 0 || strcmp(what, "adopt") == 0;
	cleanup_with(observed_done) struct observed o;
	cleanup_fd int lock_fd = -1;
	int r;

	observed_init(&o);
	if (env->operands_count > 1)
		return dw_fail(err, DW_USAGE,
			       "hostkeys takes one word: list, check, heal or adopt");
	if (is_change && !arg_dry_run && env->root == NULL && !env->is_live)
		return dw_fail(err, DW_PERMISSION,
			       "'hostkeys %s' needs root; try sudo, or --root DIR", what);
	if (is_change && !arg_dry_run) {
		r = file_lock(env->root_fd, PATH_LOCK, DW_LOCK_MS, &lock_fd, err);
		if (r < 0)
			return r;
	}
	if (strcmp(what, "adopt") == 0)
		return adopt(env, err);
	r = observe_hostkeys(env->root_fd, &o, err);
	if (r < 0)
		return r;
	if (strcmp(what, "list") == 0)
		return list(env, &o, err);
	if (strcmp(what, "check") == 0)
		return check(env, &o, err);
	if (strcmp(what, "heal") == 0)
		return heal(env, &o, err);
	return dw_fail(err, DW_USAGE,
		       "unknown word '%s': hostkeys takes list, check, heal or adopt",
		       what);
}

const struct cmd cmd_hostkeys = {
	.name = "hostkeys",
	.operands = "[list|check|heal|adopt]",
	.summary = "list, check, heal or adopt this machine's SSH host keys",
	.help = "list   each type and its state (the default)\n"
		"check  the same; exit status 1 when sshd has no usable key, 2 when one is broken\n"
		"heal   make what is missing, empty or garbage, mend modes and .pub files; replaces no good key\n"
		"adopt  note that the keys belong to this machine, so that the next boot keeps them",
	.needs = CMD_TAKES_OPERANDS,
	.options = options,
	.run = run,
};
