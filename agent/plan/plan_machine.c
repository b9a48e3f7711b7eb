/* SPDX-License-Identifier: Apache-2.0 */
/* Users, groups, sudo rules, keys, hostname: what the record asks for and the machine
 * lacks. */
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "model/validate.h"
#include "plan/plan.h"

#define SUDOERS_PATH \
	"etc/sudoers.d/90-doorward-users" /* no dot, no tilde: sudo would skip it */
#define SSHD_DROPIN "etc/ssh/sshd_config.d/50-doorward.conf"

struct planning {
	struct instance *instance;
	const struct observed *observed;
	const struct plan_policy *policy;
	struct plan *plan;
	struct dw_buf sudoers;
	bool is_sudo_withdrawn; /* somebody is said to have no rule */
};

static int refuse_user(struct planning *p, const struct user *u, const char *reason,
		       const char *advice, struct dw_err *err)
{
	cleanup_free char *source = NULL;
	int r = mem_asprintf(&source, err, "user %s", u->name);

	if (r == 0)
		r = instance_remark(p->instance, REMARK_REFUSED, source, reason, advice,
				    err);
	return r;
}

static int note_user(struct planning *p, const struct user *u, const char *reason,
		     const char *advice, struct dw_err *err)
{
	cleanup_free char *source = NULL;
	int r = mem_asprintf(&source, err, "user %s", u->name);

	if (r == 0)
		r = instance_remark(p->instance, REMARK_NOTE, source, reason, advice,
				    err);
	return r;
}

/* 1: go on, 0: refused and told. */
static int check_user(struct planning *p, const struct user *u,
		      const struct observed_user *o, struct dw_err *err)
{
	int r;

	if (strcmp(u->name, "root") == 0) {
		if (p->instance->disable_root == TRI_NO)
			return 1;
		r = refuse_user(
			p, u,
			"keys for root are not installed while disable_root is true",
			"set 'disable_root: false' in user-data, or use the default user and sudo",
			err);
		return r < 0 ? r : 0;
	}
	if (o->exists && (o->is_system || o->uid == 0) &&
	    !p->policy->may_use_system_users) {
		r = refuse_user(
			p, u,
			"is a system account of this machine: a key or sudo rule for it would be an escalation",
			"choose another name, or set 'allow_system_users: true' in /etc/doorward/doorward.yaml",
			err);
		return r < 0 ? r : 0;
	}
	return 1;
}

static int add_existing_groups(struct planning *p, const struct user *u,
			       const struct string_list *wanted,
			       const struct string_list *have, struct string_list *ret,
			       struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && wanted != NULL && i < wanted->count; i++) {
		const char *name = wanted->items[i];

		if ((have != NULL && string_list_has(have, name)) ||
		    string_list_has(ret, name))
			continue;
		if (string_list_has(&p->observed->groups, name))
			r = string_list_append(ret, slice_of(name), DW_GROUPS_MAX, err);
		else if (u->groups.state == FIELD_SET) {
			cleanup_free char *reason = NULL;

			r = mem_asprintf(&reason, err, "group '%s' does not exist here",
					 name);
			if (r == 0)
				r = note_user(
					p, u, reason,
					"create the group in the image if it is needed",
					err);
		}
	}
	return r;
}

static const struct string_list *wanted_groups(const struct planning *p,
					       const struct user *u)
{
	if (u->groups.state != FIELD_UNSET)
		return &u->groups;
	return u->is_default ? p->policy->default_user.groups : NULL;
}

static const char *pick_shell(const struct planning *p, const struct user *u)
{
	const struct string_list *have = &p->observed->shells;

	if (u->shell.state == FIELD_SET && string_list_has(have, u->shell.text))
		return u->shell.text;
	if (u->is_default && p->policy->default_user.shell != NULL &&
	    string_list_has(have, p->policy->default_user.shell))
		return p->policy->default_user.shell;
	return have->count > 0 ? have->items[0] : "/bin/sh";
}

static int describe_creation(const struct op *op, char **ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_WORD_MAX * 4);
	int r = buf_printf(&b, err, "shell %s, password locked", op->shell);

	for (size_t i = 0; r == 0 && i < op->groups.count; i++)
		r = buf_printf(&b, err, "%s%s", i == 0 ? ", groups " : " ",
			       op->groups.items[i]);
	return r < 0 ? r : buf_take(&b, ret, NULL, err);
}

static int plan_creation(struct planning *p, const struct user *u, struct dw_err *err)
{
	const char *gecos = field_text(&u->gecos);
	struct op *op = NULL;
	int r;

	r = plan_add(p->plan, OP_USER_CREATE, u->name, &op, err);
	if (r < 0)
		return r;
	op->user = u;
	if (u->gecos.state == FIELD_UNSET && u->is_default &&
	    p->policy->default_user.gecos != NULL)
		gecos = p->policy->default_user.gecos;
	r = mem_strdup(&op->gecos, gecos, err);
	if (r == 0)
		r = mem_strdup(&op->shell, pick_shell(p, u), err);
	if (r == 0)
		r = add_existing_groups(p, u, wanted_groups(p, u), NULL, &op->groups,
					err);
	if (r == 0)
		r = describe_creation(op, &op->detail, err);
	if (r == 0 && u->shell.state == FIELD_SET &&
	    strcmp(op->shell, u->shell.text) != 0)
		r = note_user(
			p, u,
			"the shell asked for does not exist here; another was taken",
			"install the shell in the image", err);
	return r;
}

/* An account that exists keeps what it has; only groups that were asked for by name are
 * added. */
static int plan_adoption(struct planning *p, const struct user *u,
			 const struct observed_user *o, struct dw_err *err)
{
	cleanup_with(string_list_done) struct string_list missing = { 0 };
	struct op *op = NULL;
	int r;

	if (o->password == PASSWORD_BANG || o->password == PASSWORD_LOCKED_HASH) {
		r = note_user(
			p, u,
			"the account is locked with '!': where sshd runs without PAM, keys will not work",
			"run 'usermod -p \"*\" USER' if it has no password", err);
		if (r < 0)
			return r;
	}
	if (u->groups.state != FIELD_SET)
		return 0;
	r = add_existing_groups(p, u, &u->groups, &o->groups, &missing, err);
	if (r < 0 || missing.count == 0)
		return r;
	r = plan_add(p->plan, OP_USER_GROUPS, u->name, &op, err);
	if (r < 0)
		return r;
	op->user = u;
	op->groups = missing;
	missing = (struct string_list){ 0 };
	return mem_asprintf(&op->detail, err, "%zu more groups", op->groups.count);
}

static int plan_user_keys(struct planning *p, const struct user *u,
			  const struct observed_user *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf prints = BUF_INIT(DW_WORD_MAX * 2);
	struct slice old = { o->keys != NULL ? o->keys : "", o->keys_len };
	struct op *op = NULL;
	size_t count = 0;
	int r;

	if (u->keys.count == 0)
		return 0;
	if (o->keys_problem != NULL)
		return refuse_user(p, u, o->keys_problem,
				   "repair the file by hand; the keys were not installed",
				   err);
	r = plan_describe_keys(&u->keys, old, &prints, &count, err);
	if (r < 0 || count == 0)
		return r;
	r = plan_add(p->plan, OP_KEYS_ADD, u->name, &op, err);
	if (r < 0)
		return r;
	op->user = u;
	op->account = o;
	return mem_asprintf(&op->detail, err, "%zu key%s: %s", count,
			    count == 1 ? "" : "s", prints.data);
}

static int collect_sudo(struct planning *p, const struct user *u, struct dw_err *err)
{
	const struct string_list *rules = NULL;
	int r = 0;

	if (u->sudo.state != FIELD_UNSET)
		rules = &u->sudo;
	else if (u->is_default)
		rules = p->policy->default_user.sudo;
	if (rules == NULL || rules->count == 0) {
		p->is_sudo_withdrawn |= rules != NULL && rules->state == FIELD_EMPTY;
		return 0;
	}
	if (!p->observed->has_sudo)
		return note_user(
			p, u, "there is no sudo here, so its rules were not written",
			"install sudo in the image, or give root another way", err);
	for (size_t i = 0; r == 0 && i < rules->count; i++)
		r = buf_printf(&p->sudoers, err, "%s %s\n", u->name, rules->items[i]);
	return r;
}

static int plan_user(struct planning *p, const struct user *u, struct dw_err *err)
{
	const struct observed_user *o = observed_find_user(p->observed, u->name);
	int r;

	if (o == NULL)
		return dw_fail(err, DW_FAILED, "user %s was not observed", u->name);
	r = check_user(p, u, o, err);
	if (r <= 0)
		return r;
	r = o->exists ? plan_adoption(p, u, o, err) : plan_creation(p, u, err);
	if (r == 0)
		r = collect_sudo(p, u, err);
	if (r == 0)
		r = plan_user_keys(p, u, o, err);
	return r;
}

static int plan_file(struct planning *p, enum op_kind kind, const char *path,
		     struct slice data, unsigned mode, const char *detail,
		     struct dw_err *err)
{
	const struct observed_file *now = observed_find_file(&p->observed->files, path);
	cleanup_free char *target = NULL;
	struct op *op = NULL;
	int r;

	if (now != NULL && now->exists && now->mode == mode && now->len == data.len &&
	    memcmp(now->data, data.data, data.len) == 0)
		return 0;
	r = mem_asprintf(&target, err, "/%s", path);
	if (r == 0)
		r = plan_add(p->plan, kind, target, &op, err);
	if (r == 0)
		r = mem_strdup(&op->path, path, err);
	if (r == 0)
		r = mem_strdup(&op->detail, detail, err);
	if (r == 0)
		r = mem_strndup(&op->data, data.data, data.len, err);
	if (r == 0) {
		op->data_len = data.len;
		op->mode = mode;
	}
	return r;
}

/* The file goes on without rules only where somebody's were taken back. */
static bool needs_sudoers(const struct planning *p)
{
	const struct observed_file *now =
		observed_find_file(&p->observed->files, SUDOERS_PATH);

	return p->sudoers.len > 0 || (p->is_sudo_withdrawn && now != NULL && now->exists);
}

static int plan_sudoers(struct planning *p, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	int r;

	if (!needs_sudoers(p))
		return 0;
	if (p->sudoers.len > 0 && !p->observed->is_sudoers_d_read) {
		r = instance_remark(
			p->instance, REMARK_REFUSED, "sudo",
			"/etc/sudoers does not include /etc/sudoers.d, so rules there have no effect",
			"add '@includedir /etc/sudoers.d' to /etc/sudoers", err);
		if (r < 0)
			return r;
	}
	r = buf_append_str(
		&text,
		"# Written by doorward from the instance's metadata; replaced as a whole.\n",
		err);
	if (r == 0)
		r = buf_append(&text, p->sudoers.data, p->sudoers.len, err);
	if (r == 0)
		r = plan_file(p, OP_SUDOERS, SUDOERS_PATH, slice_of_buf(&text), 0440,
			      "checked with visudo", err);
	return r;
}

/* The platform's short name wins over the first label of the FQDN. */
static int plan_hostname(struct planning *p, struct dw_err *err)
{
	const struct instance *i = p->instance;
	const struct field *name =
		i->hostname.state == FIELD_SET ? &i->hostname : &i->fqdn;
	struct op *op = NULL;
	size_t len;
	int r;

	if (!p->policy->has_hostname || name->state != FIELD_SET)
		return 0;
	len = strlen(name->text);
	if (len > DW_LABEL_MAX) /* longer than the kernel takes: the first label is what
				   it can have */
		len = strcspn(name->text, ".");
	if (p->observed->hostname != NULL && strlen(p->observed->hostname) == len &&
	    strncmp(p->observed->hostname, name->text, len) == 0)
		return 0;
	r = plan_add(p->plan, OP_HOSTNAME, "/etc/hostname", &op, err);
	if (r == 0)
		r = mem_strndup(&op->data, name->text, len, err);
	if (r == 0) {
		op->data_len = len;
		r = mem_strdup(&op->detail, op->data, err);
	}
	return r;
}

static int plan_sshd(struct planning *p, struct dw_err *err)
{
	static const char no[] =
		"# Written by doorward: the platform says whether passwords may be used.\n"
		"PasswordAuthentication no\n";
	static const char yes[] =
		"# Written by doorward: the platform says whether passwords may be used.\n"
		"PasswordAuthentication yes\n";
	const char *text = p->instance->password_authentication == TRI_NO ? no : yes;

	if (p->instance->password_authentication == TRI_UNSET)
		return 0;
	return plan_file(p, OP_FILE, SSHD_DROPIN, slice_of(text), 0644,
			 text == no ? "PasswordAuthentication no"
				    : "PasswordAuthentication yes",
			 err);
}

/* Documents of the platform that others look for later; their secrets were taken out
 * already. */
static int plan_kept(struct planning *p, struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < p->instance->kept_count; i++) {
		const struct kept_file *k = &p->instance->kept[i];
		cleanup_free char *path = NULL;

		r = mem_asprintf(&path, err, "var/lib/doorward/kept/%s", k->name);
		if (r == 0)
			r = plan_file(p, OP_FILE, path, (struct slice){ k->data, k->len },
				      0600, "the platform's own document, redacted", err);
	}
	return r;
}

int plan_machine(struct instance *instance, const struct observed *observed,
		 const struct plan_policy *policy, struct plan *ret, struct dw_err *err)
{
	struct planning p = {
		.instance = instance,
		.observed = observed,
		.policy = policy,
		.plan = ret,
		.sudoers = BUF_INIT(DW_DOC_MAX),
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < instance->users_count; i++)
		r = plan_user(&p, &instance->users[i], err);
	if (r == 0)
		r = plan_sudoers(&p, err);
	if (r == 0)
		r = plan_hostname(&p, err);
	if (r == 0)
		r = plan_sshd(&p, err);
	if (r == 0)
		r = plan_kept(&p, err);
	buf_done(&p.sudoers);
	return r;
}
