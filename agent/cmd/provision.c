/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `provision`: the whole job, once per instance, resumable. */
#include <string.h>

#include "apply/apply.h"
#include "apply/userfile.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "cmd/config.h"
#include "cmd/flow.h"
#include "cmd/out.h"
#include "cmd/saved.h"
#include "cmd/verbs.h"
#include "publish/publish.h"

static const char *const stages[] = { "all", "local", "network", NULL };

static const char *arg_stage = "all";
static bool arg_dry_run;
static bool arg_force;
static const char *arg_datasource;
static const char *arg_seed;
static const char *arg_metadata_url;
static const char *arg_wireserver_url;

static const struct opt options[] = {
	{ "dry-run", OPT_FLAG, NULL, &arg_dry_run, "print the plan, change nothing",
	  NULL },
	{ "force", OPT_FLAG, NULL, &arg_force,
	  "again, although this instance is provisioned", NULL },
	{ "stage", OPT_CHOICE, "STAGE", &arg_stage, "which part of the job", stages },
	{ "datasource", OPT_TEXT, "NAME", &arg_datasource,
	  "do not detect, take this platform", NULL },
	{ "seed", OPT_TEXT, "DIR", &arg_seed, "stands for the platform's medium", NULL },
	{ "metadata-url", OPT_TEXT, "URL", &arg_metadata_url,
	  "stands for the metadata service's address", NULL },
	{ "wireserver-url", OPT_TEXT, "URL", &arg_wireserver_url,
	  "stands for Azure's wire server", NULL },
	{ 0 },
};

/* One run, from lock to receipt. */
struct run {
	const struct cmd_env *env;
	struct config config;
	int lock_fd;
	int64_t started;
	bool is_local_stage;

	struct hostkey_jobs *jobs;
	struct state receipt, owner;
	bool has_receipt, has_owner;

	struct instance instance;
	bool has_instance; /* the fetch went well */
	struct observed observed;
	struct plan plan;
	bool is_changed;
};

static void run_init(struct run *r, const struct cmd_env *env)
{
	*r = (struct run){ .env = env, .lock_fd = -1, .started = clock_wall_s() };
	r->is_local_stage = strcmp(arg_stage, "local") == 0;
	instance_init(&r->instance);
	observed_init(&r->observed);
	plan_init(&r->plan);
}

static void run_done(struct run *r)
{
	hostkey_jobs_free(r->jobs);
	plan_done(&r->plan);
	observed_done(&r->observed);
	instance_done(&r->instance);
	state_done(&r->receipt);
	state_done(&r->owner);
	config_done(&r->config);
	if (r->lock_fd >= 0)
		(void)close(r->lock_fd); /* a lock has nothing to write back */
}

static size_t count_keys(const struct instance *i)
{
	size_t n = 0;

	for (size_t u = 0; u < i->users_count; u++)
		n += i->users[u].keys.count;
	return n;
}

static int tell_status(struct run *r, enum run_state state, const char *message,
		       struct dw_err *err)
{
	struct sshpub *keys = NULL;
	size_t count = 0;
	struct run_status status = {
		.state = state,
		.stage = r->is_local_stage ? "local" : "network",
		.started = r->started,
		.finished = state == RUN_RUNNING ? 0 : clock_wall_s(),
		.is_changed = r->is_changed,
		.message = message,
		.instance = r->has_instance ? &r->instance : NULL,
		.keys_installed = r->has_instance ? count_keys(&r->instance) : 0,
	};
	int e;

	if (arg_dry_run)
		return 0;
	e = observe_hostkey_publics(r->env->root_fd, &keys, &count, err);
	status.hostkeys = keys;
	status.hostkeys_count = count;
	if (e == 0)
		e = publish_status(r->env->root_fd, &status, err);
	for (size_t i = 0; i < count; i++)
		sshpub_done(&keys[i]);
	free(keys);
	return e;
}

/* Keys that will surely be wanted start growing before anything is waited for. */
static int start_jobs(struct run *r, struct dw_err *err)
{
	const struct hostkey_kind *kinds[OBSERVED_HOSTKEYS + 1] = { NULL };
	struct observed now;
	size_t n = 0;
	int e;

	if (arg_dry_run)
		return 0;
	observed_init(&now);
	e = observe_hostkeys(r->env->root_fd, &now, err);
	for (size_t i = 0; e == 0 && i < now.hostkeys_count; i++) {
		const struct observed_hostkey *k = &now.hostkeys[i];
		bool wanted = r->config.hostkey_types.state != FIELD_SET ||
			      string_list_has(&r->config.hostkey_types, k->kind->name);

		if (wanted && (k->state == HOSTKEY_ABSENT || k->state == HOSTKEY_EMPTY) &&
		    !(r->is_local_stage && k->kind->type == SSHPUB_RSA))
			kinds[n++] = k->kind;
	}
	observed_done(&now);
	if (e == 0 && n > 0)
		e = hostkey_jobs_start(kinds, "", &r->jobs, err);
	return e;
}

static int fetch(struct run *r, bool is_local, struct dw_err *err)
{
	int e;

	instance_done(&r->instance);
	instance_init(&r->instance);
	e = flow_fetch(
		&(struct flow_request){
			.root = r->env->root,
			.is_local = is_local,
			.datasource = arg_datasource,
			.seed = arg_seed,
			.metadata_url = arg_metadata_url,
			.wireserver_url = arg_wireserver_url,
			.config = &r->config,
		},
		&r->instance, err);
	r->has_instance = e == 0;
	return e;
}

/*
 * Has this very instance been provisioned? The instance-id decides where both sides have
 * a real one; else the machine's uuid; and where nothing can be compared, the receipt is
 * believed.
 */
static bool is_provisioned(const struct run *r)
{
	const struct field *id = &r->instance.instance_id,
			   *uuid = &r->instance.machine_uuid;

	if (!r->has_receipt || arg_force)
		return false;
	if (!r->instance.id_is_placeholder && id->state == FIELD_SET &&
	    r->receipt.instance_id.state == FIELD_SET)
		return strcmp(id->text, r->receipt.instance_id.text) == 0 ||
		       state_same_uuid(id->text, r->receipt.instance_id.text);
	if (uuid->state == FIELD_SET && r->receipt.machine_uuid.state == FIELD_SET)
		return state_same_uuid(uuid->text, r->receipt.machine_uuid.text);
	return !r->instance.is_partial;
}

/*
 * After the first boot the firmware or the medium usually tell that nothing is new, and
 * the network is not asked at all.
 */
static int fetch_what_is_needed(struct run *r, struct dw_err *err)
{
	if (r->is_local_stage)
		return fetch(r, /* is_local= */ true, err);
	if (r->has_receipt && !arg_force && fetch(r, /* is_local= */ true, NULL) == 0 &&
	    is_provisioned(r))
		return 0;
	return fetch(r, /* is_local= */ false, err);
}

static int observe_shells(struct run *r, struct dw_err *err)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < r->instance.users_count; i++) {
		const struct field *shell = &r->instance.users[i].shell;

		if (shell->state == FIELD_SET &&
		    !string_list_has(&r->observed.shells, shell->text) &&
		    fd_exists_at(r->env->root_fd, shell->text))
			e = string_list_append(&r->observed.shells, slice_of(shell->text),
					       DW_GROUPS_MAX * 4, err);
	}
	return e;
}

/*
 * Is it the file that is wrong, which only a person can mend? Everything else (no
 * process, no memory, a file server that does not answer) may pass: it must never end in
 * a receipt.
 */
static bool is_about_the_file(enum dw_code code)
{
	return code == DW_REFUSED || code == DW_TOO_BIG || code == DW_MALFORMED ||
	       code == DW_ABSENT;
}

/*
 * What sshd will find for each user who is there. A file that is wrong costs that user
 * only. One that could not be read this time counts as empty in the plan: apply reads it
 * again, merges what is there, and fails the run if it cannot.
 */
static int observe_keys(struct run *r, struct dw_err *err)
{
	int e = 0;

	for (size_t i = 0; e == 0 && i < r->observed.users_count; i++) {
		struct observed_user *u = &r->observed.users[i];
		struct account account = {
			.name = u->name, .uid = u->uid, .gid = u->gid, .home = u->home
		};
		cleanup_buf struct dw_buf text = BUF_INIT(DW_KEYFILE_MAX);
		struct dw_err why = { 0 };
		bool exists = false;

		if (!u->exists)
			continue;
		if (userfile_read(r->env->root_fd, &account, ".ssh/authorized_keys",
				  &text, &exists, &why) < 0) {
			buf_clear(&text);
			exists = false;
		}
		e = observed_user_set_keys(
			u, &text, exists,
			is_about_the_file(why.code) ? why.message : NULL, err);
	}
	return e;
}

static int observe(struct run *r, struct dw_err *err)
{
	static const char *const files[] = { "etc/sudoers.d/90-doorward-users",
					     "etc/ssh/sshd_config.d/50-doorward.conf" };
	size_t count = r->has_instance ? r->instance.users_count : 0;
	cleanup_free const char **names = NULL;
	int e;

	e = mem_alloc((void **)&names, count + 1, sizeof(*names), err);
	for (size_t i = 0; e == 0 && i < count; i++)
		names[i] = r->instance.users[i].name;
	if (e == 0)
		e = observe_machine(r->env->root_fd, r->env->is_live, names, count,
				    &r->observed, err);
	for (size_t i = 0; e == 0 && i < ARRAY_LEN(files); i++)
		e = observe_file(r->env->root_fd, files[i], &r->observed.files, err);
	for (size_t i = 0; e == 0 && i < r->instance.kept_count; i++) {
		cleanup_free char *path = NULL;

		e = mem_asprintf(&path, err, "var/lib/doorward/kept/%s",
				 r->instance.kept[i].name);
		if (e == 0)
			e = observe_file(r->env->root_fd, path, &r->observed.files, err);
	}
	if (e == 0)
		e = observe_shells(r, err);
	if (e == 0)
		e = observe_keys(r, err);
	return e;
}

/* sshd reads keys and configuration at its start only. At the local stage it has not
 * started. */
static int plan_reload(struct run *r, struct dw_err *err)
{
	struct op *op = NULL;

	if (r->is_local_stage || !r->env->is_live)
		return 0;
	for (size_t i = 0; i < r->plan.count; i++) {
		const struct op *o = &r->plan.ops[i];

		if (o->kind <= OP_HOSTKEY_MEND ||
		    (o->kind == OP_FILE && str_starts_with(o->path, "etc/ssh/")))
			return plan_add(&r->plan, OP_SSHD_RELOAD, "sshd", &op, err);
	}
	return 0;
}

static int make_plan(struct run *r, struct dw_err *err)
{
	struct plan_policy policy = config_policy(&r->config);
	bool is_whole = r->has_instance && !r->instance.is_partial && !is_provisioned(r);
	int e;

	policy.is_slow_hostkey_later = r->is_local_stage;
	/* Later in a boot the clock may have been set, and back. */
	policy.now = r->is_local_stage ? clock_wall_s() : 0;
	policy.hostkeys_owner = r->has_owner ? &r->owner : NULL;
	policy.is_first_run = is_whole;
	e = plan_hostkeys(r->has_instance ? &r->instance : NULL, &r->observed, &policy,
			  &r->plan, err);
	if (e == 0 && is_whole)
		e = plan_machine(&r->instance, &r->observed, &policy, &r->plan, err);
	plan_put_slow_last(&r->plan);
	if (e == 0)
		e = plan_reload(r, err);
	return e;
}

static int apply(struct run *r, struct dw_err *err)
{
	struct apply_context ctx = {
		.root_fd = r->env->root_fd,
		.is_live = r->env->is_live,
		.jobs = r->jobs,
		.now = clock_wall_s(),
	};
	int e;

	for (size_t i = 0; i < r->plan.count && isatty(STDERR_FILENO) == 1; i++)
		if (r->plan.ops[i].hostkey != NULL &&
		    r->plan.ops[i].hostkey->type == SSHPUB_RSA)
			log_info("making an RSA host key takes a few seconds");
	e = apply_plan(&ctx, &r->plan, &r->is_changed, err);

	return e;
}

static bool has_new_hostkeys(const struct run *r)
{
	for (size_t i = 0; i < r->plan.count; i++)
		if (r->plan.ops[i].kind <= OP_HOSTKEY_MEND &&
		    r->plan.ops[i].outcome == OP_DONE)
			return true;
	return false;
}

/*
 * Fingerprints are shown at every boot: consoles scroll, and the owner may look at any
 * time. The network stage shows them again only if it made a key.
 */
static int show_hostkeys(struct run *r, struct dw_err *err)
{
	struct sshpub *keys = NULL;
	size_t count = 0;
	int e;

	if (strcmp(arg_stage, "network") == 0 && !has_new_hostkeys(r))
		return 0;
	e = observe_hostkey_publics(r->env->root_fd, &keys, &count, err);
	/* The console first: it can be had when there is no room for a file. */
	if (e == 0 && r->config.has_console)
		e = publish_console(r->env->root_fd, keys, count, err);
	if (e == 0 && r->config.has_banner)
		e = publish_banner(r->env->root_fd, keys, count, err);
	for (size_t i = 0; i < count; i++)
		sshpub_done(&keys[i]);
	free(keys);
	return e;
}

static int print_plan(struct run *r, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX * 8);
	int e = out_plan(&r->plan, r->env->has_json, &text, err);

	return e < 0 ? e : out_write(&text, err);
}

/*
 * What is shown of an instance that was provisioned before is what was applied then, with
 * its remarks; only the walls are today's. Without a saved record, today's instance has
 * to do.
 */
static void recall(struct run *r)
{
	struct instance saved;
	struct dw_err why = { 0 };

	if (saved_record(r->env->root_fd, &saved, &why) < 0) {
		log_info("%s", why.message);
		return;
	}
	if (r->has_instance)
		saved.walls = r->instance.walls;
	instance_done(&r->instance);
	r->instance = saved;
	r->has_instance = true;
}

static enum run_state state_of(const struct instance *i)
{
	return instance_is_degraded(i) ? RUN_DEGRADED : RUN_DONE;
}

/* Host keys are looked after whatever became of the metadata. */
static int heal(struct run *r, struct dw_err *err)
{
	int e = observe(r, err);

	if (e == 0)
		e = make_plan(r, err);
	if (e == 0)
		e = apply(r, err);
	if (e == 0)
		e = show_hostkeys(r, err);
	return e;
}

/*
 * A failed fetch never means "no keys": the machine stays as it is. An instance that was
 * provisioned from a medium which was taken out since is no failure either.
 */
static int fail(struct run *r, const struct dw_err *why, struct dw_err *err)
{
	bool is_done = why->code == DW_NOT_HERE && r->has_receipt && !arg_force;
	enum run_state state = why->code == DW_NOT_HERE ? RUN_NO_PLATFORM : RUN_FAILED;
	struct dw_err second = { 0 }, told = *why;

	if (arg_dry_run)
		return dw_err_copy(err, why);
	if (!r->has_instance && r->plan.count == 0) {
		if (heal(r, &second) < 0) {
			log_error("%s", second.message);
			is_done = false;
		}
	} else if (show_hostkeys(r, &second) < 0) {
		log_error("%s", second.message);
	}
	if (is_done) {
		recall(r);
		state = state_of(&r->instance);
	}
	/* For `query` by anybody: /run is empty after a reboot. */
	if (is_done && r->has_instance &&
	    publish_record(r->env->root_fd, &r->instance, &second) < 0)
		log_warning("the record could not be written: %s", second.message);
	/* A medium or a driver may be late: the verdict is the network stage's. */
	if (!is_done && strcmp(arg_stage, "local") == 0) {
		state = RUN_RUNNING;
		(void)dw_wrap(&told, "waiting for the network stage; so far");
	}
	if (tell_status(r, state,
			is_done ? "provisioned before; the platform shows no sign now"
				: told.message,
			&second) < 0)
		log_warning("the status could not be written: %s", second.message);
	return is_done ? 0 : dw_err_copy(err, why);
}

static int publish(struct run *r, struct dw_err *err)
{
	bool was_provisioned = is_provisioned(r);
	bool waits = r->instance.is_partial && !was_provisioned;
	enum run_state state;
	int e;

	if (was_provisioned)
		recall(r);
	state = waits				     ? RUN_RUNNING
		: instance_is_degraded(&r->instance) ? RUN_DEGRADED
						     : RUN_DONE;
	e = show_hostkeys(r, err);
	if (e == 0 && !r->instance.is_partial)
		e = publish_record(r->env->root_fd, &r->instance, err);
	if (e == 0)
		e = tell_status(r, state, waits ? "waiting for the network" : "", err);
	if (e == 0 && !r->instance.is_partial && !was_provisioned)
		e = publish_receipt(r->env->root_fd, &r->instance, clock_wall_s(), err);
	return e;
}

static int work(struct run *r, struct dw_err *err)
{
	int e = start_jobs(r, err);

	if (e == 0)
		e = saved_state(r->env->root_fd, PATH_RECEIPT, &r->receipt,
				&r->has_receipt, err);
	if (e == 0)
		e = saved_state(r->env->root_fd, PATH_HOSTKEYS_OWNER, &r->owner,
				&r->has_owner, err);
	if (e == 0)
		e = fetch_what_is_needed(r, err);
	if (e == 0)
		e = observe(r, err);
	if (e == 0)
		e = make_plan(r, err);
	if (e == 0 && !arg_dry_run)
		e = apply(r, err);
	if (e == 0 && !arg_dry_run)
		e = publish(r, err);
	return e;
}

/* Without a word from the configuration: a slip in it must not leave sshd without a key.
 */
static void set_cautious(struct config *c)
{
	*c = (struct config){ .has_console = true, .has_banner = true };
}

static int provision(struct run *r, struct dw_err *err)
{
	struct dw_err why = { 0 }, second = { 0 };
	int e, configured;

	configured = config_load(r->env->root_fd, &r->config, &why);
	if (configured < 0)
		set_cautious(&r->config);
	if (!arg_dry_run) {
		e = file_lock(r->env->root_fd, PATH_LOCK, DW_LOCK_MS, &r->lock_fd,
			      &second);
		if (e == -DW_BUSY || e == -DW_TIMEOUT)
			return dw_err_copy(err, &second);
		/* /run is full or read-only: the writers are atomic, and the keys matter
		 * more. */
		if (e < 0)
			log_warning("no lock against other runs: %s", second.message);
	}
	if (configured < 0)
		return fail(r, &why, err);
	if (tell_status(r, RUN_RUNNING, "", &why) < 0)
		log_warning("the status could not be written: %s", why.message);
	e = work(r, &why);
	if (r->has_instance)
		out_remarks(&r->instance);
	/* stdout has what was planned and done, also when something failed. */
	if (e == 0 || r->plan.count > 0) {
		int printed = print_plan(r, e == 0 ? err : NULL);

		if (e == 0 && printed < 0)
			return printed;
	}
	if (e < 0)
		return fail(r, &why, err);
	return r->env->is_strict && instance_is_degraded(&r->instance)
		       ? dw_code_exit_status(DW_DEGRADED)
		       : 0;
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	struct run r;
	int e;

	if (!arg_dry_run && env->root == NULL && !env->is_live)
		return dw_fail(
			err, DW_PERMISSION,
			"'provision' changes this machine and needs root; try sudo, --dry-run, or --root DIR");
	run_init(&r, env);
	e = provision(&r, err);
	run_done(&r);
	return e;
}

const struct cmd cmd_provision = {
	.name = "provision",
	.operands = "",
	.summary =
		"do the whole job for this instance: account, keys, host keys, fingerprints",
	.help = "Finds out where it runs, fetches the metadata in a separate program without rights, plans, and\n"
		"applies. Done once per instance; a half-finished run is taken up again. '--stage local'\n"
		"does what needs no network and puts RSA host keys off; 'network' does the rest; 'all', the default,\n"
		"both at once. --root DIR works on the tree beneath DIR and touches nothing outside of it.",
	.options = options,
	.run = run,
};
