/* SPDX-License-Identifier: Apache-2.0 */
/* Host keys on disk, judged by ssh-keygen: installed, replaced, retired, mended. */
#include <sys/stat.h>

#include "apply/hostkey.h"
#include "base/limits.h"
#include "tests/harness/fakeroot.h"
#include "tests/unit/codec/tool.h"

#define ED	 "etc/ssh/ssh_host_ed25519_key"
#define OLD(dir) "var/lib/doorward/old-hostkeys/" dir "/ssh_host_ed25519_key"

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

/* The public line that ssh-keygen makes of the private file, or "". The caller frees it.
 */
static char *public_of(struct fakeroot *f, const char *path)
{
	cleanup_buf struct dw_buf out = BUF_INIT(TOOL_MAX);
	char *text = NULL;

	if (tool(&out, "ssh-keygen -y -f '%s/%s' </dev/null 2>/dev/null", f->path,
		 path) != 0)
		buf_clear(&out);
	assert_int_equal(buf_take(&out, &text, NULL, NULL), 0);
	return text;
}

static const struct hostkey_kind *ed25519(void)
{
	return hostkey_kind_by_name("ed25519");
}

static void ok(int r, const struct dw_err *err)
{
	if (r < 0)
		fail_msg("%s", err->message);
}

static void installs_what_ssh_keygen_reads(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	tool_need("ssh-keygen");
	for (size_t i = 0; hostkey_kinds[i].name != NULL; i++) {
		cleanup_free char *public = NULL;
		char path[64], pub[80];

		(void)snprintf(path, sizeof(path), "etc/ssh/ssh_host_%s_key",
			       hostkey_kinds[i].name);
		(void)snprintf(pub, sizeof(pub), "%s.pub", path);
		ok(hostkey_install(f->fd, NULL, &hostkey_kinds[i], NULL, &err), &err);
		assert_int_equal(fakeroot_mode(f, path), 0600);
		assert_int_equal(fakeroot_mode(f, pub), 0644);
		public = public_of(f, path);
		assert_string_not_equal(public, "");
		assert_int_equal(tool(NULL,
				      "ssh-keygen -y -f '%s/%s' | cut -d' ' -f1,2 >a; "
				      "cut -d' ' -f1,2 '%s/%s' >b; cmp a b",
				      f->path, path, f->path, pub),
				 0);
	}
	assert_int_equal(fakeroot_count(f, "etc/ssh"), 6);
	assert_false(fakeroot_exists(f, "var/lib/doorward/old-hostkeys"));
}

static void replaces_after_saving(void **state)
{
	cleanup_free char *first = NULL, *second = NULL, *saved = NULL;
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	tool_need("ssh-keygen");
	ok(hostkey_install(f->fd, NULL, ed25519(), NULL, &err), &err);
	first = public_of(f, ED);
	ok(hostkey_install(f->fd, NULL, ed25519(), "17", &err), &err);
	second = public_of(f, ED);
	saved = public_of(f, OLD("17"));
	assert_string_not_equal(first, "");
	assert_string_not_equal(second, "");
	assert_string_not_equal(first, second);
	assert_string_equal(saved, first);
	assert_int_equal(fakeroot_mode(f, OLD("17")), 0600);
	assert_int_equal(fakeroot_mode(f, "var/lib/doorward/old-hostkeys/17"), 0700);
	assert_true(fakeroot_exists(f, OLD("17") ".pub"));
	free(saved);
	/* a second time at the same second: the first one saved stays */
	ok(hostkey_install(f->fd, NULL, ed25519(), "17", &err), &err);
	saved = public_of(f, OLD("17"));
	assert_string_equal(saved, first);
	free(saved);
	saved = public_of(f, OLD("17.1"));
	assert_string_equal(saved, second);
}

/* Whatever stood there: a file that is bigger than any key as well. */
static void garbage_is_put_aside(void **state)
{
	char *big = malloc(DW_HOSTKEY_FILE_MAX + 2);
	const char *const garbage[] = { "", "not a key\n", big };
	/* one second for all three: none takes another's place */
	const char *const places[] = { OLD("5"), OLD("5.1"), OLD("5.2") };
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	tool_need("ssh-keygen");
	assert_non_null(big);
	memset(big, 'x', DW_HOSTKEY_FILE_MAX + 1);
	big[DW_HOSTKEY_FILE_MAX + 1] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(garbage); i++) {
		cleanup_free char *public = NULL;

		fakeroot_file(f, ED, 0600, garbage[i]);
		ok(hostkey_install(f->fd, NULL, ed25519(), "5", &err), &err);
		public = public_of(f, ED);
		assert_string_not_equal(public, "");
		if (garbage[i] != big)
			assert_true(fakeroot_holds(f, places[i], garbage[i]));
		else
			assert_true(fakeroot_exists(f, places[i]));
	}
	free(big);
}

static void takes_the_key_that_was_begun(void **state)
{
	const struct hostkey_kind *kinds[] = { ed25519(), hostkey_kind_by_name("ecdsa"),
					       NULL };
	cleanup_hostkey_jobs struct hostkey_jobs *jobs = NULL;
	cleanup_free char *first = NULL, *again = NULL;
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	tool_need("ssh-keygen");
	ok(hostkey_jobs_start(kinds, "root@box", &jobs, &err), &err);
	ok(hostkey_install(f->fd, jobs, ed25519(), NULL, &err), &err);
	assert_int_equal(tool(NULL, "grep -q ' root@box$' '%s/" ED ".pub'", f->path), 0);
	/* the same job is the same key: nothing is written again */
	first = public_of(f, ED);
	ok(hostkey_install(f->fd, jobs, ed25519(), NULL, &err), &err);
	again = public_of(f, ED);
	assert_string_not_equal(first, "");
	assert_string_equal(first, again);
	/* a kind that nobody began is made now */
	ok(hostkey_install(f->fd, jobs, hostkey_kind_by_name("rsa"), NULL, &err), &err);
	assert_true(fakeroot_exists(f, "etc/ssh/ssh_host_rsa_key.pub"));
	hostkey_jobs_free(NULL);
}

static void retires(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	fakeroot_file(f, ED, 0600, "private");
	fakeroot_file(f, ED ".pub", 0644, "public");
	fakeroot_file(f, "etc/ssh/sshd_config", 0644, "x");
	ok(hostkey_retire(f->fd, ed25519(), "9", &err), &err);
	assert_int_equal(fakeroot_count(f, "etc/ssh"), 1);
	assert_true(fakeroot_holds(f, OLD("9"), "private"));
	assert_true(fakeroot_holds(f, OLD("9") ".pub", "public"));
	assert_int_equal(fakeroot_mode(f, OLD("9")), 0600);
	/* again: there is nothing to do */
	ok(hostkey_retire(f->fd, ed25519(), "10", &err), &err);
}

static void mends_the_public_half_and_modes(void **state)
{
	cleanup_free char *before = NULL, *after = NULL;
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	char path[512];

	tool_need("ssh-keygen");
	ok(hostkey_install(f->fd, NULL, ed25519(), NULL, &err), &err);
	before = public_of(f, ED);
	fakeroot_file(f, ED ".pub", 0600, "torn");
	(void)snprintf(path, sizeof(path), "%s/%s", f->path, ED);
	assert_int_equal(chmod(path, 0644), 0);
	ok(hostkey_mend(f->fd, ed25519(), true, &err), &err);
	assert_int_equal(fakeroot_mode(f, ED), 0644);
	assert_int_equal(fakeroot_mode(f, ED ".pub"), 0644);
	fakeroot_file(f, ED ".pub", 0600, "torn");
	ok(hostkey_mend(f->fd, ed25519(), false, &err), &err);
	assert_int_equal(fakeroot_mode(f, ED), 0600);
	assert_int_equal(fakeroot_mode(f, ED ".pub"), 0644);
	after = public_of(f, ED);
	assert_string_not_equal(before, "");
	assert_string_equal(before, after);
	assert_int_equal(tool(NULL,
			      "ssh-keygen -y -f '%s/" ED "' | cut -d' ' -f1,2 >a; "
			      "cut -d' ' -f1,2 '%s/" ED ".pub' >b; cmp a b",
			      f->path, f->path),
			 0);
	fakeroot_file(f, ED, 0600, "garbage");
	assert_int_equal(hostkey_mend(f->fd, ed25519(), false, &err), -DW_MALFORMED);
	assert_true(fakeroot_holds(f, ED, "garbage"));
}

/* A link there is somebody's doing: refused, and what it points to stays. */
static void links_are_refused(void **state)
{
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };

	fakeroot_file(f, "etc/precious", 0600, "keep");
	fakeroot_link(f, "../precious", ED);
	assert_true(hostkey_install(f->fd, NULL, ed25519(), NULL, &err) < 0);
	assert_true(hostkey_retire(f->fd, ed25519(), "1", &err) < 0);
	assert_true(fakeroot_holds(f, "etc/precious", "keep"));
	assert_false(fakeroot_exists(f, ED ".pub"));
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(installs_what_ssh_keygen_reads),
		IN_A_TREE(replaces_after_saving),
		IN_A_TREE(garbage_is_put_aside),
		IN_A_TREE(takes_the_key_that_was_begun),
		IN_A_TREE(retires),
		IN_A_TREE(mends_the_public_half_and_modes),
		IN_A_TREE(links_are_refused),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
