/* SPDX-License-Identifier: Apache-2.0 */
/* The loop over a plan: what each operation leaves, what a failure stops and what it does
 * not. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <cmocka.h>

#include "apply/apply.h"
#include "apply/spawn.h"
#include "base/mem.h"
#include "tests/harness/fakeroot.h"

/* A tree, a plan to fill, and what applying it said. */
struct world {
	struct fakeroot root;
	struct plan plan;
	bool changed;
	struct dw_err err;
};

static int set_up(void **state)
{
	static struct world w;

	w = (struct world){ 0 };
	fakeroot_new(&w.root);
	fakeroot_dir(&w.root, "etc");
	plan_init(&w.plan);
	*state = &w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *w = *state;

	plan_done(&w->plan);
	fakeroot_free(&w->root);
	return 0;
}

static struct op *add(struct world *w, enum op_kind kind, const char *target)
{
	struct op *op = NULL;

	assert_int_equal(plan_add(&w->plan, kind, target, &op, NULL), 0);
	return op;
}

static void add_file(struct world *w, enum op_kind kind, const char *path,
		     const char *text, unsigned mode)
{
	struct op *op = add(w, kind, path);

	assert_int_equal(mem_strdup(&op->path, path, NULL), 0);
	assert_int_equal(mem_strdup(&op->data, text, NULL), 0);
	op->data_len = strlen(text);
	op->mode = mode;
}

static int apply(struct world *w)
{
	struct apply_context ctx = { .root_fd = w->root.fd, .now = 17 };

	return apply_plan(&ctx, &w->plan, &w->changed, &w->err);
}

static void expect(const struct world *w, const enum op_outcome *outcomes, size_t count)
{
	assert_int_equal(w->plan.count, count);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(op_outcome_text(w->plan.ops[i].outcome),
				    op_outcome_text(outcomes[i]));
}

#define EXPECT(w, ...)                                      \
	expect(w, (const enum op_outcome[]){ __VA_ARGS__ }, \
	       ARRAY_LEN(((const enum op_outcome[]){ __VA_ARGS__ })))

static void nothing_to_do(void **state)
{
	struct world *w = *state;

	w->changed = true;
	assert_int_equal(apply(w), 0);
	assert_false(w->changed);
}

/* A private key that a killed run left is swept whatever the plan is; what only looks
 * like one, or is being written, stays. */
static void what_a_killed_run_left_is_swept(void **state)
{
	static const char *const kept[] = {
		"etc/ssh/.ssh_host_rsa_key.dw-0123456789abcdeg",
		"etc/ssh/.ssh_host_rsa_key.dw-0123456789abcde",
		"etc/ssh/ssh_host_rsa_key.dw-0123456789abcdef",
		"etc/ssh/.dw-0123456789abcdef",
	};
	const char *const stale = "etc/ssh/.ssh_host_rsa_key.dw-0123456789abcdef";
	const char *const busy = "etc/ssh/.ssh_host_rsa_key.dw-fedcba9876543210";
	struct world *w = *state;
	char path[512];
	int fd;

	for (size_t i = 0; i < ARRAY_LEN(kept); i++)
		fakeroot_file(&w->root, kept[i], 0600, "x");
	fakeroot_file(&w->root, stale, 0600, "half a key");
	fakeroot_file(&w->root, busy, 0600, "half a key");
	(void)snprintf(path, sizeof(path), "%s/%s", w->root.path, busy);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	assert_int_equal(apply(w), 0);
	assert_int_equal(fakeroot_count(&w->root, "etc/ssh"), ARRAY_LEN(kept) + 1);
	assert_true(fakeroot_holds(&w->root, busy, "half a key"));
	assert_int_equal(close(fd), 0);
	assert_int_equal(apply(w), 0);
	assert_int_equal(fakeroot_count(&w->root, "etc/ssh"), ARRAY_LEN(kept));
}

static void files_and_hostname(void **state)
{
	struct world *w = *state;
	struct op *op;

	add_file(w, OP_FILE, "etc/ssh/sshd_config.d/x.conf", "a\n", 0644);
	add_file(w, OP_FILE, "var/lib/doorward/kept/k", "b", 0600);
	op = add(w, OP_HOSTNAME, "/etc/hostname");
	assert_int_equal(mem_strdup(&op->data, "web1", NULL), 0);
	op->data_len = 4;
	(void)add(w, OP_SSHD_RELOAD, "sshd"); /* nobody to tell in a tree */
	assert_int_equal(apply(w), 0);
	assert_true(w->changed);
	EXPECT(w, OP_DONE, OP_DONE, OP_DONE, OP_UNCHANGED);
	assert_true(fakeroot_holds(&w->root, "etc/ssh/sshd_config.d/x.conf", "a\n"));
	assert_int_equal(fakeroot_mode(&w->root, "etc/ssh/sshd_config.d/x.conf"), 0644);
	assert_int_equal(fakeroot_mode(&w->root, "etc/ssh/sshd_config.d"), 0755);
	assert_true(fakeroot_holds(&w->root, "var/lib/doorward/kept/k", "b"));
	assert_int_equal(fakeroot_mode(&w->root, "var/lib/doorward/kept/k"), 0600);
	assert_int_equal(fakeroot_mode(&w->root, "var/lib/doorward/kept"), 0700);
	assert_true(fakeroot_holds(&w->root, "etc/hostname", "web1\n"));
}

static void done_before_is_unchanged(void **state)
{
	struct world *w = *state;

	fakeroot_file(&w->root, "etc/x", 0644, "a");
	add_file(w, OP_FILE, "etc/x", "a", 0644);
	assert_int_equal(apply(w), 0);
	EXPECT(w, OP_UNCHANGED);
	assert_false(w->changed);
	/* an operation that was gone through is not gone through again */
	fakeroot_file(&w->root, "etc/x", 0644, "b");
	assert_int_equal(apply(w), 0);
	assert_true(fakeroot_holds(&w->root, "etc/x", "b"));
}

/* The first failure is told, the rest is tried. */
static void failures_are_independent(void **state)
{
	struct world *w = *state;

	fakeroot_dir(&w->root, "etc/one");
	fakeroot_dir(&w->root, "etc/two");
	add_file(w, OP_FILE, "etc/one", "a", 0644);
	add_file(w, OP_FILE, "etc/good", "b", 0644);
	add_file(w, OP_FILE, "etc/two", "c", 0644);
	assert_true(apply(w) < 0);
	EXPECT(w, OP_FAILED, OP_DONE, OP_FAILED);
	assert_true(w->changed);
	assert_non_null(strstr(w->err.message, "file etc/one"));
	assert_null(strstr(w->err.message, "etc/two"));
	assert_string_not_equal(w->plan.ops[2].failure.message, "");
	assert_true(fakeroot_holds(&w->root, "etc/good", "b"));
}

/* No account, no keys; another's keys are another matter. */
static void keys_need_their_account(void **state)
{
	struct world *w = *state;
	char name_a[] = "a", name_b[] = "b", shell[] = "/bin/sh";
	struct user a = { .name = name_a }, b = { .name = name_b };
	struct observed_user missing = { .name = name_a };
	struct op *op;

	op = add(w, OP_USER_CREATE, "a"); /* a tree without passwd */
	op->user = &a;
	assert_int_equal(mem_strdup(&op->shell, shell, NULL), 0);
	assert_int_equal(mem_strdup(&op->gecos, "", NULL), 0);
	op = add(w, OP_KEYS_ADD, "a");
	op->user = &a;
	op->account = &missing;
	op = add(w, OP_KEYS_ADD, "b");
	op->user = &b;
	op->account = &missing;
	add_file(w, OP_FILE, "etc/x", "x", 0644);
	fakeroot_dir(&w->root, "etc/passwd"); /* nor can one be made */
	assert_true(apply(w) < 0);
	EXPECT(w, OP_FAILED, OP_SKIPPED, OP_FAILED, OP_DONE);
}

/* Old keys go and the set is owned only when the new ones stand. */
static void hostkeys_hang_together(void **state)
{
	struct world *w = *state;

	fakeroot_dir(&w->root, "etc/ssh/ssh_host_ed25519_key"); /* in the way */
	fakeroot_file(&w->root, "etc/ssh/ssh_host_rsa_key", 0600, "old");
	add(w, OP_HOSTKEY_MAKE, "ssh_host_ed25519_key")->hostkey =
		hostkey_kind_by_name("ed25519");
	add(w, OP_HOSTKEY_RETIRE, "ssh_host_rsa_key")->hostkey =
		hostkey_kind_by_name("rsa");
	add_file(w, OP_HOSTKEYS_OWN, "var/lib/doorward/hostkeys", "x", 0600);
	assert_true(apply(w) < 0);
	EXPECT(w, OP_FAILED, OP_SKIPPED, OP_SKIPPED);
	assert_true(fakeroot_holds(&w->root, "etc/ssh/ssh_host_rsa_key", "old"));
	assert_false(fakeroot_exists(&w->root, "var/lib/doorward/hostkeys"));
	assert_false(w->changed);
}

static void hostkeys_of_a_clone(void **state)
{
	struct world *w = *state;

	fakeroot_file(&w->root, "etc/ssh/ssh_host_ed25519_key", 0600, "old");
	fakeroot_file(&w->root, "etc/ssh/ssh_host_rsa_key", 0600, "older");
	add(w, OP_HOSTKEY_REPLACE, "ssh_host_ed25519_key")->hostkey =
		hostkey_kind_by_name("ed25519");
	add(w, OP_HOSTKEY_RETIRE, "ssh_host_rsa_key")->hostkey =
		hostkey_kind_by_name("rsa");
	add_file(w, OP_HOSTKEYS_OWN, "var/lib/doorward/hostkeys", "x", 0600);
	if (apply(w) < 0)
		fail_msg("%s", w->err.message);
	EXPECT(w, OP_DONE, OP_DONE, OP_DONE);
	assert_true(fakeroot_holds(
		&w->root, "var/lib/doorward/old-hostkeys/17/ssh_host_ed25519_key",
		"old"));
	assert_true(fakeroot_holds(
		&w->root, "var/lib/doorward/old-hostkeys/17/ssh_host_rsa_key", "older"));
	assert_false(fakeroot_exists(&w->root, "etc/ssh/ssh_host_rsa_key"));
	assert_int_equal(fakeroot_mode(&w->root, "etc/ssh/ssh_host_ed25519_key"), 0600);
}

/* A sudoers file that sudo cannot read would take sudo from everybody. */
static void sudoers_are_checked(void **state)
{
	struct world *w = *state;

	fakeroot_file(&w->root, "etc/sudoers.d/90-x", 0440, "a ALL=(ALL) ALL\n");
	add_file(w, OP_SUDOERS, "etc/sudoers.d/90-x", "a ALL=(ALL NOPASSWD\n", 0440);
	add_file(w, OP_SUDOERS, "etc/sudoers.d/90-y", "b ALL=(ALL) NOPASSWD:ALL\n", 0440);
	if (!spawn_has("visudo")) {
		print_message("visudo is not installed here\n");
		skip();
	}
	assert_true(apply(w) < 0);
	EXPECT(w, OP_FAILED, OP_DONE);
	assert_non_null(strstr(w->err.message, "visudo"));
	assert_true(fakeroot_holds(&w->root, "etc/sudoers.d/90-x", "a ALL=(ALL) ALL\n"));
	assert_int_equal(fakeroot_mode(&w->root, "etc/sudoers.d/90-y"), 0440);
	assert_int_equal(fakeroot_count(&w->root, "etc/sudoers.d"), 2);
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(nothing_to_do),
		IN_A_TREE(what_a_killed_run_left_is_swept),
		IN_A_TREE(files_and_hostname),
		IN_A_TREE(done_before_is_unchanged),
		IN_A_TREE(failures_are_independent),
		IN_A_TREE(keys_need_their_account),
		IN_A_TREE(hostkeys_hang_together),
		IN_A_TREE(hostkeys_of_a_clone),
		IN_A_TREE(sudoers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
