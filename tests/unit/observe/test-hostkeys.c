/* SPDX-License-Identifier: Apache-2.0 */
/* Host keys on disk: whole, torn, of the wrong type, or not for us to judge. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/hostkey.h"
#include "observe/observed.h"
#include "tests/harness/fakeroot.h"

#define ED25519 "etc/ssh/ssh_host_ed25519_key"
#define ECDSA	"etc/ssh/ssh_host_ecdsa_key"

static int set_up(void **state)
{
	static struct fakeroot f;

	fakeroot_new(&f);
	fakeroot_dir(&f, "etc/ssh");
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

static void make(const char *kind, struct dw_buf *private, struct dw_buf *public)
{
	struct dw_err err = { 0 };

	buf_clear(private);
	buf_clear(public);
	if (hostkey_make(hostkey_kind_by_name(kind), "test", private, public, &err) < 0)
		fail_msg("%s", err.message);
}

static const struct observed_hostkey *look(struct fakeroot *f, struct observed *o,
					   const char *kind)
{
	struct dw_err err = { 0 };

	observed_done(o);
	if (observe_hostkeys(f->fd, o, &err) < 0)
		fail_msg("%s", err.message);
	for (size_t i = 0; i < o->hostkeys_count; i++)
		if (strcmp(o->hostkeys[i].kind->name, kind) == 0)
			return &o->hostkeys[i];
	fail_msg("no row for %s", kind);
	return NULL;
}

static void sees_each_state(void **state)
{
	cleanup_buf struct dw_buf private = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	const struct observed_hostkey *k;
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;
	char group[64];

	observed_init(&o);
	assert_int_equal(look(f, &o, "ed25519")->state, HOSTKEY_ABSENT);
	fakeroot_file(f, ED25519, 0600, "");
	assert_int_equal(look(f, &o, "ed25519")->state, HOSTKEY_EMPTY);
	fakeroot_file(f, ED25519, 0600,
		      "-----BEGIN OPENSSH PRIVATE KEY-----\nnonsense\n");
	assert_int_equal(look(f, &o, "ed25519")->state, HOSTKEY_GARBAGE);

	make("ed25519", &private, &public);
	fakeroot_file(f, ED25519, 0600, private.data);
	k = look(f, &o, "ed25519");
	assert_int_equal(k->state, HOSTKEY_GOOD);
	assert_null(k->pub_line);
	assert_false(k->pub_matches);
	assert_true(k->is_mode_right);
	assert_true(k->mtime > 0);

	fakeroot_file(f, ED25519 ".pub", 0644, public.data);
	k = look(f, &o, "ed25519");
	assert_true(k->pub_matches);
	assert_true(k->is_mode_right);
	assert_int_equal(strncmp(k->pub_line, "ssh-ed25519 ", 12), 0);

	fakeroot_file(f, ED25519, 0640, private.data);
	assert_false(look(f, &o, "ed25519")->is_mode_right);
	/* Fedora's way, and only by that name */
	(void)snprintf(group, sizeof(group), "root:x:0:\nxssh_keys:x:%u:\n", getegid());
	fakeroot_file(f, "etc/group", 0644, group);
	assert_false(look(f, &o, "ed25519")->is_mode_right);
	(void)snprintf(group, sizeof(group), "ssh_keys:x:%u1:\n", getegid());
	fakeroot_file(f, "etc/group", 0644, group);
	assert_false(look(f, &o, "ed25519")->is_mode_right);
	(void)snprintf(group, sizeof(group), "root:x:0:\nssh_keys:x:%u:\n", getegid());
	fakeroot_file(f, "etc/group", 0644, group);
	assert_true(look(f, &o, "ed25519")->is_mode_right);
	assert_true(observe_is_private_right(f->fd, hostkey_kind_by_name("ed25519")));
	fakeroot_file(f, ED25519, 0660, private.data);
	assert_false(look(f, &o, "ed25519")->is_mode_right);
	fakeroot_file(f, ED25519, 0400, private.data);
	assert_true(look(f, &o, "ed25519")->is_mode_right);
	/* the right bytes under the wrong name: sshd would take it, tools would be misled
	 */
	fakeroot_file(f, ECDSA, 0600, private.data);
	assert_int_equal(look(f, &o, "ecdsa")->state, HOSTKEY_GARBAGE);
	/* cut anywhere, as a crash may leave it */
	for (size_t n = private.len - 1; n > 0; n = n * 2 / 3) {
		private.data[n] = '\0';
		fakeroot_file(f, ED25519, 0600, private.data);
		k = look(f, &o, "ed25519");
		/* only the very last newline may go without harm */
		assert_true(k->state == HOSTKEY_GARBAGE ||
			    (n == private.len - 1 && k->state == HOSTKEY_GOOD));
	}
}

static void another_public_key_does_not_match(void **state)
{
	cleanup_buf struct dw_buf private = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;

	observed_init(&o);
	make("ecdsa", &private, &public);
	fakeroot_file(f, ECDSA, 0600, private.data);
	make("ecdsa", &private, &public);
	fakeroot_file(f, ECDSA ".pub", 0644, public.data);
	assert_int_equal(look(f, &o, "ecdsa")->state, HOSTKEY_GOOD);
	assert_false(look(f, &o, "ecdsa")->pub_matches);
	fakeroot_file(f, ECDSA ".pub", 0644, "nonsense\n");
	assert_false(look(f, &o, "ecdsa")->pub_matches);
}

static void what_cannot_be_read_is_not_judged(void **state)
{
	struct fakeroot *f = *state;
	cleanup_observed struct observed o;
	char path[512];

	observed_init(&o);
	fakeroot_dir(f, ED25519);
	assert_int_equal(look(f, &o, "ed25519")->state, HOSTKEY_UNREADABLE);
	(void)snprintf(path, sizeof(path), "%s/" ECDSA, f->path);
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(look(f, &o, "ecdsa")->state, HOSTKEY_UNREADABLE);
	if (geteuid() == 0)
		return; /* root may read everything */
	fakeroot_file(f, "etc/ssh/ssh_host_rsa_key", 0000, "secret");
	assert_int_equal(look(f, &o, "rsa")->state, HOSTKEY_UNREADABLE);
}

static void publics_in_order_without_the_bad(void **state)
{
	cleanup_buf struct dw_buf private = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	struct fakeroot *f = *state;
	struct sshpub *list = NULL;
	struct dw_err err = { 0 };
	size_t count = 9;

	assert_int_equal(observe_hostkey_publics(f->fd, &list, &count, &err), 0);
	assert_int_equal(count, 0);
	free(list);
	make("ecdsa", &private, &public);
	fakeroot_file(f, ECDSA ".pub", 0644, public.data);
	make("ed25519", &private, &public);
	fakeroot_file(f, ED25519 ".pub", 0644, public.data);
	fakeroot_file(f, "etc/ssh/ssh_host_rsa_key.pub", 0644, "torn");
	assert_int_equal(observe_hostkey_publics(f->fd, &list, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_int_equal(list[0].type, SSHPUB_ED25519);
	assert_int_equal(list[1].type, SSHPUB_ECDSA_P256);
	sshpub_done(&list[0]);
	sshpub_done(&list[1]);
	free(list);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(sees_each_state),
		TEST(another_public_key_does_not_match),
		TEST(what_cannot_be_read_is_not_judged),
		TEST(publics_in_order_without_the_bad),
	};

	return cmocka_run_group_tests_name("observe/hostkeys", tests, NULL, NULL);
}
