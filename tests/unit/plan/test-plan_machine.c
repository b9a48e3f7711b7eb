/* SPDX-License-Identifier: Apache-2.0 */
/* Users, groups, sudo, keys, hostname: what is asked x what is there -> operations and
 * remarks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "plan/plan.h"

/* Made by ssh-keygen, which also told the fingerprints. */
#define KEY_A \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHSfPZI9LIqtC8oMeqFmDYkBeEqPHdhV9pHOXR9rPHxu a@example"
#define PRINT_A "SHA256:WQGLv3huRb6H8ggYxyaIEmHeeYAD5rUHhbn5rKxX8l0"
#define KEY_B \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJvYGnrwgZYWf2C8HV1VyGhfVu7rZyYHub0W7Il1Dfic b@example"
#define PRINT_B "SHA256:19nDkZLlAw6z3UInn9MiH7orGaaTZtnUnKRXlSYJQvI"

#define SUDO_ALL "ALL=(ALL) NOPASSWD:ALL"
#define SUDOERS	 "/etc/sudoers.d/90-doorward-users"
#define SUDOERS_HEAD \
	"# Written by doorward from the instance's metadata; replaced as a whole.\n"

#define NONE "" /* a list that the platform says is empty; NULL: it says nothing */

/* One account as it is asked for and as it is found. Lists are words with blanks between.
 */
struct row {
	const char *name;
	bool is_default;
	const char *groups, *sudo, *shell, *gecos;		/* sudo: one rule */
	const char *keys;					/* lines */
	enum { ROOT_UNSAID, ROOT_OPEN, ROOT_CLOSED } root_rule; /* 0: not said */

	bool exists, is_system;
	uid_t uid;
	const char *has_groups;
	enum password_state password;
	const char *has_keys, *keys_problem;
	bool has_no_sudo, has_no_sudoers_d, has_no_shells;
	const char *has_sudoers_file;

	bool may_use_system_users;

	const char *ops;     /* "kind target detail", a line each */
	const char *remarks; /* "refused user x: ...", a line each */
};

/* What the tests share: built, planned, rendered, freed. */
struct world {
	struct instance instance;
	struct observed observed;
	struct plan_policy policy;
	struct string_list default_groups, default_sudo;
	struct plan plan;
	struct dw_buf ops, remarks;
	struct dw_err err;
};

static void set_words(struct string_list *l, const char *words)
{
	struct slice rest = slice_of(words), word;

	if (words == NULL)
		return;
	l->state = FIELD_EMPTY;
	while (slice_next_word(&rest, &word))
		assert_int_equal(string_list_append(l, word, DW_GROUPS_MAX, NULL), 0);
}

static void world_new(struct world *w)
{
	*w = (struct world){ .ops = BUF_INIT(DW_DOC_MAX),
			     .remarks = BUF_INIT(DW_DOC_MAX) };
	instance_init(&w->instance);
	observed_init(&w->observed);
	plan_init(&w->plan);
	set_words(&w->observed.groups, "adm sudo docker users");
	set_words(&w->observed.shells, "/bin/bash /bin/sh");
	w->observed.has_sudo = w->observed.is_sudoers_d_read = true;
	set_words(&w->default_groups, "adm wheel sudo");
	assert_int_equal(string_list_append(&w->default_sudo, SLICE(SUDO_ALL), 1, NULL),
			 0);
	w->policy = (struct plan_policy){
		.default_user = { .name = "debian",
				  .gecos = "Debian",
				  .groups = &w->default_groups,
				  .sudo = &w->default_sudo },
		.has_hostname = true,
	};
	assert_int_equal(mem_alloc((void **)&w->observed.users, 8,
				   sizeof(*w->observed.users), NULL),
			 0);
}

static void world_free(struct world *w)
{
	plan_done(&w->plan);
	buf_done(&w->ops);
	buf_done(&w->remarks);
	instance_done(&w->instance);
	observed_done(&w->observed);
	string_list_done(&w->default_groups);
	string_list_done(&w->default_sudo);
}

static void copy_text(char **to, const char *text)
{
	if (text != NULL)
		assert_int_equal(mem_strdup(to, text, NULL), 0);
}

static void set_field(struct field *f, const char *text)
{
	if (text != NULL)
		assert_int_equal(field_set(f, slice_of(text), NULL), 0);
}

static void ask_for(struct world *w, const struct row *row)
{
	struct slice rest = slice_of(row->keys), line;
	struct user *u = NULL;

	assert_int_equal(instance_user(&w->instance, slice_of(row->name), &u, NULL), 0);
	u->is_default = row->is_default;
	set_words(&u->groups, row->groups);
	if (row->sudo != NULL) {
		u->sudo.state = FIELD_EMPTY;
		if (row->sudo[0] != '\0')
			assert_int_equal(string_list_append(&u->sudo, slice_of(row->sudo),
							    1, NULL),
					 0);
	}
	set_field(&u->shell, row->shell);
	set_field(&u->gecos, row->gecos);
	if (row->keys != NULL)
		u->keys.state = FIELD_EMPTY;
	while (slice_next_line(&rest, &line))
		assert_int_equal(user_add_key(u, line, SLICE("test"), 0, NULL), 0);
}

static void find(struct world *w, const struct row *row)
{
	struct observed_user *u = &w->observed.users[w->observed.users_count];

	*u = (struct observed_user){ .exists = row->exists,
				     .is_system = row->is_system,
				     .uid = row->uid,
				     .password = row->password,
				     .are_keys_read = row->keys_problem == NULL };
	copy_text(&u->name, row->name);
	set_words(&u->groups, row->has_groups);
	copy_text(&u->keys, row->has_keys);
	u->keys_len = u->keys != NULL ? strlen(u->keys) : 0;
	copy_text(&u->keys_problem, row->keys_problem);
	assert_int_equal(
		index_add(&w->observed.by_name_, u->name, w->observed.users_count, NULL),
		0);
	w->observed.users_count++;
}

static void find_file(struct world *w, const char *path, unsigned mode, const char *text)
{
	struct observed_files *f = &w->observed.files;

	assert_int_equal(MEM_GROW(f->items, f->count, f->capacity, 8, NULL), 0);
	f->items[f->count] = (struct observed_file){ .exists = true,
						     .mode = mode,
						     .len = strlen(text) };
	copy_text(&f->items[f->count].path, path);
	copy_text(&f->items[f->count].data, text);
	f->count++;
}

static void render(struct world *w)
{
	static const char *const kinds[] = { [REMARK_REFUSED] = "refused",
					     [REMARK_UNSUPPORTED] = "unsupported",
					     [REMARK_NOTE] = "note" };

	buf_clear(&w->ops);
	buf_clear(&w->remarks);
	for (size_t i = 0; i < w->plan.count; i++) {
		const struct op *op = &w->plan.ops[i];

		assert_int_equal(op->outcome, OP_PLANNED);
		assert_int_equal(buf_printf(&w->ops, NULL, "%s %s %s\n",
					    op_kind_text(op->kind), op->target,
					    op->detail),
				 0);
	}
	for (size_t i = 0; i < w->instance.remarks_count; i++) {
		const struct remark *m = &w->instance.remarks[i];

		/* advice is worth nothing when it is empty */
		assert_int_not_equal(strlen(m->advice), 0);
		assert_int_equal(buf_printf(&w->remarks, NULL, "%s %s: %s\n",
					    kinds[m->kind], m->source, m->reason),
				 0);
	}
}

static void plan_it(struct world *w)
{
	if (plan_machine(&w->instance, &w->observed, &w->policy, &w->plan, &w->err) < 0)
		fail_msg("%s", w->err.message);
	render(w);
}

static void build(struct world *w, const struct row *row)
{
	world_new(w);
	ask_for(w, row);
	find(w, row);
	if (row->root_rule == ROOT_OPEN)
		w->instance.disable_root = TRI_NO;
	if (row->root_rule == ROOT_CLOSED)
		w->instance.disable_root = TRI_YES;
	w->observed.has_sudo = !row->has_no_sudo;
	w->observed.is_sudoers_d_read = !row->has_no_sudoers_d;
	if (row->has_no_shells)
		string_list_done(&w->observed.shells);
	if (row->has_sudoers_file != NULL)
		find_file(w, &SUDOERS[1], 0440, row->has_sudoers_file);
	w->policy.may_use_system_users = row->may_use_system_users;
}

static const struct {
	const char *title;
	struct row row;
} rows[] = {
	/* -- new accounts -- */
	{ "a plain new user",
	  { .name = "alice",
	    .keys = KEY_A,
	    .ops = "user-create alice shell /bin/bash, password locked\n"
		   "keys-add alice 1 key: " PRINT_A "\n" } },
	{ "two keys",
	  { .name = "alice",
	    .keys = KEY_A "\n" KEY_B,
	    .ops = "user-create alice shell /bin/bash, password locked\n"
		   "keys-add alice 2 keys: " PRINT_A " " PRINT_B "\n" } },
	{ "the default user gets the configuration's groups that exist, and its sudo",
	  { .name = "debian",
	    .is_default = true,
	    .keys = KEY_A,
	    .ops = "user-create debian shell /bin/bash, password locked, groups adm sudo\n"
		   "keys-add debian 1 key: " PRINT_A "\n"
		   "sudoers " SUDOERS " checked with visudo\n" } },
	{ "somebody else gets none of it",
	  { .name = "bob",
	    .ops = "user-create bob shell /bin/bash, password locked\n" } },
	{ "what the platform says replaces the configuration's groups and sudo",
	  { .name = "debian",
	    .is_default = true,
	    .groups = "docker",
	    .sudo = NONE,
	    .ops = "user-create debian shell /bin/bash, password locked, groups docker\n" } },
	{ "an empty list of groups is no group, not the configuration's",
	  { .name = "debian",
	    .is_default = true,
	    .groups = NONE,
	    .sudo = NONE,
	    .ops = "user-create debian shell /bin/bash, password locked\n" } },
	{ "groups that were asked for by name and are missing are told",
	  { .name = "alice",
	    .groups = "docker libvirt kvm",
	    .ops = "user-create alice shell /bin/bash, password locked, groups docker\n",
	    .remarks = "note user alice: group 'libvirt' does not exist here\n"
		       "note user alice: group 'kvm' does not exist here\n" } },
	{ "a group asked for twice is joined once",
	  { .name = "alice",
	    .groups = "docker adm docker",
	    .ops = "user-create alice shell /bin/bash, password locked, groups docker adm\n" } },
	{ "the shell asked for",
	  { .name = "alice",
	    .shell = "/bin/sh",
	    .ops = "user-create alice shell /bin/sh, password locked\n" } },
	{ "a shell that is missing would lock everybody out",
	  { .name = "alice",
	    .shell = "/usr/bin/zsh",
	    .ops = "user-create alice shell /bin/bash, password locked\n",
	    .remarks =
		    "note user alice: the shell asked for does not exist here; another was taken\n" } },
	{ "no shell was found at all",
	  { .name = "alice",
	    .has_no_shells = true,
	    .ops = "user-create alice shell /bin/sh, password locked\n" } },

	/* -- adopted accounts -- */
	{ "an account of the image is adopted: its keys, nothing else",
	  { .name = "debian",
	    .is_default = true,
	    .sudo = NONE,
	    .shell = "/bin/sh",
	    .gecos = "Somebody Else",
	    .keys = KEY_A,
	    .exists = true,
	    .uid = 1000,
	    .password = PASSWORD_STAR,
	    .ops = "keys-add debian 1 key: " PRINT_A "\n" } },
	{ "only groups asked for by name and missing are added",
	  { .name = "alice",
	    .groups = "adm docker users",
	    .exists = true,
	    .uid = 1000,
	    .has_groups = "docker sudo",
	    .password = PASSWORD_USABLE,
	    .ops = "user-groups alice 2 more groups\n" } },
	{ "all groups are there",
	  { .name = "alice",
	    .groups = "docker",
	    .exists = true,
	    .uid = 1000,
	    .has_groups = "docker sudo",
	    .ops = "" } },
	{ "all is as it should be: no operation",
	  { .name = "debian",
	    .is_default = true,
	    .keys = KEY_A,
	    .exists = true,
	    .uid = 1000,
	    .has_groups = "adm",
	    .has_keys = "# mine\n" KEY_A "\n",
	    .has_sudoers_file = SUDOERS_HEAD "debian " SUDO_ALL "\n",
	    .ops = "" } },
	{ "an empty list of keys adds nothing, and touches nothing",
	  { .name = "alice",
	    .keys = NONE,
	    .exists = true,
	    .uid = 1000,
	    .has_keys = KEY_B "\n",
	    .ops = "" } },
	{ "nothing said about keys adds nothing",
	  { .name = "alice", .exists = true, .uid = 1000, .ops = "" } },
	{ "only the key that is not there yet",
	  { .name = "alice",
	    .keys = KEY_A "\n" KEY_B,
	    .exists = true,
	    .uid = 1000,
	    .has_keys = KEY_A "\n",
	    .ops = "keys-add alice 1 key: " PRINT_B "\n" } },
	{ "an account locked with '!' is told, its password is not touched",
	  { .name = "alice",
	    .keys = KEY_A,
	    .exists = true,
	    .uid = 1000,
	    .password = PASSWORD_BANG,
	    .ops = "keys-add alice 1 key: " PRINT_A "\n",
	    .remarks =
		    "note user alice: the account is locked with '!': where sshd runs without PAM, keys will not work\n" } },
	{ "the same with a hash behind the '!'",
	  { .name = "alice",
	    .exists = true,
	    .uid = 1000,
	    .password = PASSWORD_LOCKED_HASH,
	    .ops = "",
	    .remarks =
		    "note user alice: the account is locked with '!': where sshd runs without PAM, keys will not work\n" } },
	{ "a keys file that cannot be read is not written over",
	  { .name = "alice",
	    .keys = KEY_A,
	    .exists = true,
	    .uid = 1000,
	    .keys_problem = ".ssh is a symbolic link",
	    .ops = "",
	    .remarks = "refused user alice: .ssh is a symbolic link\n" } },
	{ "without keys nobody cares for the file",
	  { .name = "alice",
	    .keys = NONE,
	    .exists = true,
	    .uid = 1000,
	    .keys_problem = ".ssh is a symbolic link",
	    .ops = "" } },

	/* -- accounts that may not be touched -- */
	{ "a system account gets neither key nor sudo nor group",
	  { .name = "www-data",
	    .is_default = true,
	    .groups = "docker",
	    .sudo = SUDO_ALL,
	    .keys = KEY_A,
	    .exists = true,
	    .is_system = true,
	    .uid = 33,
	    .ops = "",
	    .remarks =
		    "refused user www-data: is a system account of this machine: a key or sudo rule for it would be an escalation\n" } },
	{ "unless the administrator allows it",
	  { .name = "git",
	    .keys = KEY_A,
	    .exists = true,
	    .is_system = true,
	    .uid = 33,
	    .may_use_system_users = true,
	    .ops = "keys-add git 1 key: " PRINT_A "\n" } },
	{ "another name for uid 0 is a system account",
	  { .name = "toor",
	    .keys = KEY_A,
	    .exists = true,
	    .uid = 0,
	    .ops = "",
	    .remarks =
		    "refused user toor: is a system account of this machine: a key or sudo rule for it would be an escalation\n" } },
	{ "a new user is no system account, whatever uid zeroed memory has",
	  { .name = "carol",
	    .ops = "user-create carol shell /bin/bash, password locked\n" } },
	{ "root, disable_root not said: refused",
	  { .name = "root",
	    .keys = KEY_A,
	    .exists = true,
	    .ops = "",
	    .remarks =
		    "refused user root: keys for root are not installed while disable_root is true\n" } },
	{ "root, disable_root true: refused, also where system accounts are allowed",
	  { .name = "root",
	    .keys = KEY_A,
	    .exists = true,
	    .root_rule = ROOT_CLOSED,
	    .may_use_system_users = true,
	    .ops = "",
	    .remarks =
		    "refused user root: keys for root are not installed while disable_root is true\n" } },
	{ "root, disable_root false: its keys",
	  { .name = "root",
	    .keys = KEY_A,
	    .exists = true,
	    .root_rule = ROOT_OPEN,
	    .ops = "keys-add root 1 key: " PRINT_A "\n" } },
	{ "disable_root false opens root alone, not its other names",
	  { .name = "toor",
	    .keys = KEY_A,
	    .exists = true,
	    .root_rule = ROOT_OPEN,
	    .ops = "",
	    .remarks =
		    "refused user toor: is a system account of this machine: a key or sudo rule for it would be an escalation\n" } },

	/* -- sudo -- */
	{ "no sudo here",
	  { .name = "alice",
	    .sudo = SUDO_ALL,
	    .has_no_sudo = true,
	    .ops = "user-create alice shell /bin/bash, password locked\n",
	    .remarks =
		    "note user alice: there is no sudo here, so its rules were not written\n" } },
	{ "sudoers.d is not read: written and told",
	  { .name = "alice",
	    .sudo = SUDO_ALL,
	    .exists = true,
	    .uid = 1000,
	    .has_no_sudoers_d = true,
	    .ops = "sudoers " SUDOERS " checked with visudo\n",
	    .remarks =
		    "refused sudo: /etc/sudoers does not include /etc/sudoers.d, so rules there have no effect\n" } },
	{ "no rules, so it does not matter",
	  { .name = "alice",
	    .exists = true,
	    .uid = 1000,
	    .has_no_sudoers_d = true,
	    .has_no_sudo = true,
	    .ops = "" } },
	{ "rules of an earlier run are replaced as a whole",
	  { .name = "alice",
	    .sudo = "ALL=(ALL) ALL",
	    .exists = true,
	    .uid = 1000,
	    .has_sudoers_file = SUDOERS_HEAD "mallory " SUDO_ALL "\n",
	    .ops = "sudoers " SUDOERS " checked with visudo\n" } },
	{ "nothing said about sudo: what is there stays",
	  { .name = "alice",
	    .exists = true,
	    .uid = 1000,
	    .has_sudoers_file = SUDOERS_HEAD "alice " SUDO_ALL "\n",
	    .ops = "" } },
	{ "the platform says \"no rules\": those of before go",
	  { .name = "alice",
	    .sudo = NONE,
	    .exists = true,
	    .uid = 1000,
	    .has_sudoers_file = SUDOERS_HEAD "alice " SUDO_ALL "\n",
	    .ops = "sudoers " SUDOERS " checked with visudo\n" } },
	{ "the same, and there are none left",
	  { .name = "alice",
	    .sudo = NONE,
	    .exists = true,
	    .uid = 1000,
	    .has_sudoers_file = SUDOERS_HEAD,
	    .ops = "" } },
};

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i].row;
		const char *remarks = row->remarks != NULL ? row->remarks : "";
		struct world w;

		build(&w, row);
		plan_it(&w);
		if (strcmp(w.ops.data, row->ops) != 0 ||
		    strcmp(w.remarks.data, remarks) != 0)
			print_error("row '%s'\n", rows[i].title);
		assert_string_equal(w.ops.data, row->ops);
		assert_string_equal(w.remarks.data, remarks);
		world_free(&w);
	}
}

/* The same question has the same answer, and asking changes nothing but the remarks. */
static void test_purity(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_free char *before = NULL;
		struct world w;

		build(&w, &rows[i].row);
		plan_it(&w);
		copy_text(&before, w.ops.data);
		plan_done(&w.plan);
		plan_it(&w);
		assert_string_equal(w.ops.data, before);
		assert_int_equal(w.instance.users_count, 1);
		assert_int_equal(w.observed.users_count, 1);
		world_free(&w);
	}
}

static const struct op *op_of(const struct world *w, enum op_kind kind)
{
	for (size_t i = 0; i < w->plan.count; i++)
		if (w->plan.ops[i].kind == kind)
			return &w->plan.ops[i];
	fail_msg("no %s in the plan", op_kind_text(kind));
	return NULL;
}

/* What the tools get, beside what people see. */
static void test_material(void **state)
{
	const struct row row = { .name = "debian", .is_default = true, .keys = KEY_A };
	const struct op *op;
	struct world w;

	(void)state;
	build(&w, &row);
	plan_it(&w);
	op = op_of(&w, OP_USER_CREATE);
	assert_ptr_equal(op->user, &w.instance.users[0]);
	assert_string_equal(op->shell, "/bin/bash");
	assert_string_equal(op->gecos, "Debian");
	assert_int_equal(op->groups.count, 2);
	assert_string_equal(op->groups.items[1], "sudo");
	op = op_of(&w, OP_KEYS_ADD);
	assert_ptr_equal(op->user, &w.instance.users[0]);
	assert_ptr_equal(op->account, &w.observed.users[0]);
	op = op_of(&w, OP_SUDOERS);
	assert_string_equal(op->path, &SUDOERS[1]);
	assert_string_equal(op->data, SUDOERS_HEAD "debian " SUDO_ALL "\n");
	assert_int_equal(op->data_len, strlen(op->data));
	assert_int_equal(op->mode, 0440);
	world_free(&w);
}

static void test_configured_shell_and_gecos(void **state)
{
	const struct row own = { .name = "debian", .is_default = true, .gecos = "Own" },
			 other = { .name = "alice" };
	struct world w;

	(void)state;
	build(&w, &own);
	w.policy.default_user.shell = "/bin/sh";
	plan_it(&w);
	assert_string_equal(op_of(&w, OP_USER_CREATE)->shell, "/bin/sh");
	assert_string_equal(op_of(&w, OP_USER_CREATE)->gecos, "Own");
	world_free(&w);

	/* a configured shell that is not there */
	build(&w, &own);
	w.policy.default_user.shell = "/bin/zsh";
	plan_it(&w);
	assert_string_equal(op_of(&w, OP_USER_CREATE)->shell, "/bin/bash");
	world_free(&w);

	build(&w, &other);
	w.policy.default_user.shell = "/bin/sh";
	plan_it(&w);
	assert_string_equal(op_of(&w, OP_USER_CREATE)->shell, "/bin/bash");
	assert_string_equal(op_of(&w, OP_USER_CREATE)->gecos, "");
	world_free(&w);
}

/* Users stand in the order of the record; the sudoers file is one, after all of them. */
static void test_several_users(void **state)
{
	const struct row users[] = {
		{ .name = "alice", .sudo = SUDO_ALL, .exists = true, .uid = 1000 },
		{ .name = "daemon",
		  .sudo = SUDO_ALL,
		  .exists = true,
		  .is_system = true,
		  .uid = 1 },
		{ .name = "bob", .sudo = "ALL=(ALL) ALL", .keys = KEY_B },
		{ .name = "carol", .sudo = NONE, .exists = true, .uid = 1001 },
	};
	struct world w;

	(void)state;
	world_new(&w);
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		ask_for(&w, &users[i]);
		find(&w, &users[i]);
	}
	plan_it(&w);
	assert_string_equal(w.ops.data,
			    "user-create bob shell /bin/bash, password locked\n"
			    "keys-add bob 1 key: " PRINT_B "\n"
			    "sudoers " SUDOERS " checked with visudo\n");
	/* the refused one has no rule in it */
	assert_string_equal(op_of(&w, OP_SUDOERS)->data,
			    SUDOERS_HEAD "alice " SUDO_ALL "\nbob ALL=(ALL) ALL\n");
	assert_true(instance_is_degraded(&w.instance));
	world_free(&w);
}

static void test_user_nobody_looked_at(void **state)
{
	const struct row row = { .name = "alice" };
	struct world w;

	(void)state;
	world_new(&w);
	ask_for(&w, &row);
	assert_int_equal(
		plan_machine(&w.instance, &w.observed, &w.policy, &w.plan, &w.err),
		-DW_FAILED);
	assert_true(plan_is_empty(&w.plan));
	world_free(&w);
}

#define LABEL_63 "a123456789b123456789c123456789d123456789e123456789f123456789xyz"

static void test_hostname(void **state)
{
	static const struct {
		const char *title, *hostname, *fqdn, *now, *expected;
		bool is_not_ours;
	} names[] = {
		{ "not said", NULL, NULL, "old", NULL, false },
		{ "said to be nothing", "", NULL, "old", NULL, false },
		{ "another", "web1", NULL, "old", "web1", false },
		{ "there is none yet", "web1", NULL, "", "web1", false },
		{ "nobody looked", "web1", NULL, NULL, "web1", false },
		{ "the same", "web1", NULL, "web1", NULL, false },
		{ "longer than the one that is", "web10", NULL, "web1", "web10", false },
		{ "shorter than the one that is", "web", NULL, "web1", "web", false },
		{ "the short name wins", "web1", "web1.example.com", "old", "web1",
		  false },
		{ "only the full one", NULL, "web1.example.com", "old",
		  "web1.example.com", false },
		{ "empty short name", "", "web1.example.com", "old", "web1.example.com",
		  false },
		{ "the longest", LABEL_63, NULL, "old", LABEL_63, false },
		{ "full name too long for the kernel", LABEL_63 ".example.com", NULL,
		  "old", LABEL_63, false },
		{ "the same, done before", LABEL_63 ".example.com", NULL, LABEL_63, NULL,
		  false },
		{ "too long, short first label", "web1." LABEL_63 ".example.com", NULL,
		  "old", "web1", false },
		{ "manage_hostname: false", "web1", NULL, "old", NULL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct world w;

		world_new(&w);
		set_field(&w.instance.hostname, names[i].hostname);
		set_field(&w.instance.fqdn, names[i].fqdn);
		copy_text(&w.observed.hostname, names[i].now);
		w.policy.has_hostname = !names[i].is_not_ours;
		plan_it(&w);
		if (w.plan.count != (names[i].expected != NULL))
			print_error("hostname '%s'\n", names[i].title);
		assert_int_equal(w.plan.count, names[i].expected != NULL);
		if (names[i].expected != NULL) {
			const struct op *op = op_of(&w, OP_HOSTNAME);

			assert_string_equal(op->target, "/etc/hostname");
			assert_string_equal(op->data, names[i].expected);
			assert_int_equal(op->data_len, strlen(names[i].expected));
			assert_string_equal(op->detail, names[i].expected);
		}
		world_free(&w);
	}
}

#define DROPIN "etc/ssh/sshd_config.d/50-doorward.conf"
#define DROPIN_HEAD \
	"# Written by doorward: the platform says whether passwords may be used.\n"

static void test_passwords_of_sshd(void **state)
{
	static const struct {
		enum tristate wanted;
		const char *now;
		unsigned mode;
		const char *expected;
	} cases[] = {
		{ TRI_UNSET, NULL, 0, NULL },
		{ TRI_UNSET, DROPIN_HEAD "PasswordAuthentication no\n", 0644, NULL },
		{ TRI_NO, NULL, 0, "PasswordAuthentication no" },
		{ TRI_YES, NULL, 0, "PasswordAuthentication yes" },
		{ TRI_NO, DROPIN_HEAD "PasswordAuthentication no\n", 0644, NULL },
		{ TRI_NO, DROPIN_HEAD "PasswordAuthentication no\n", 0600,
		  "PasswordAuthentication no" },
		{ TRI_NO, DROPIN_HEAD "PasswordAuthentication yes\n", 0644,
		  "PasswordAuthentication no" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;

		world_new(&w);
		w.instance.password_authentication = cases[i].wanted;
		if (cases[i].now != NULL)
			find_file(&w, DROPIN, cases[i].mode, cases[i].now);
		plan_it(&w);
		assert_int_equal(w.plan.count, cases[i].expected != NULL);
		if (cases[i].expected != NULL) {
			const struct op *op = op_of(&w, OP_FILE);
			char text[256];

			(void)snprintf(text, sizeof(text), DROPIN_HEAD "%s\n",
				       cases[i].expected);
			assert_string_equal(op->path, DROPIN);
			assert_string_equal(op->data, text);
			assert_string_equal(op->detail, cases[i].expected);
			assert_int_equal(op->mode, 0644);
		}
		world_free(&w);
	}
}

static void test_kept_files(void **state)
{
	struct world w;

	(void)state;
	world_new(&w);
	assert_int_equal(instance_keep(&w.instance, "ovf-env.xml",
				       (struct slice){ "<a>\0</a>", 8 }, NULL),
			 0);
	assert_int_equal(instance_keep(&w.instance, "same", SLICE("x"), NULL), 0);
	assert_int_equal(instance_keep(&w.instance, "readable", SLICE("y"), NULL), 0);
	find_file(&w, "var/lib/doorward/kept/same", 0600, "x");
	find_file(&w, "var/lib/doorward/kept/readable", 0644, "y");
	plan_it(&w);
	assert_int_equal(w.plan.count, 2);
	assert_string_equal(w.plan.ops[0].path, "var/lib/doorward/kept/ovf-env.xml");
	assert_int_equal(w.plan.ops[0].data_len, 8);
	assert_memory_equal(w.plan.ops[0].data, "<a>\0</a>", 8);
	assert_int_equal(w.plan.ops[0].mode, 0600);
	assert_string_equal(w.plan.ops[1].target, "/var/lib/doorward/kept/readable");
	world_free(&w);
}

/* The plan is a list of what to do in that order. */
static void test_order(void **state)
{
	const struct row row = { .name = "debian", .is_default = true, .keys = KEY_A };
	static const enum op_kind order[] = { OP_USER_CREATE, OP_KEYS_ADD, OP_SUDOERS,
					      OP_HOSTNAME,    OP_FILE,	   OP_FILE };
	struct world w;

	(void)state;
	build(&w, &row);
	set_field(&w.instance.hostname, "web1");
	w.instance.password_authentication = TRI_NO;
	assert_int_equal(instance_keep(&w.instance, "k", SLICE("x"), NULL), 0);
	plan_it(&w);
	assert_int_equal(w.plan.count, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		assert_int_equal(w.plan.ops[i].kind, order[i]);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_purity),
		cmocka_unit_test(test_material),
		cmocka_unit_test(test_configured_shell_and_gecos),
		cmocka_unit_test(test_several_users),
		cmocka_unit_test(test_user_nobody_looked_at),
		cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_passwords_of_sshd),
		cmocka_unit_test(test_kept_files),
		cmocka_unit_test(test_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
