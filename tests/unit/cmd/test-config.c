/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: each key good and bad, places of errors, order of files,
 * distributions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cmd/config.h"
#include "tests/harness/fakeroot.h"

#define MAIN_FILE "etc/doorward/doorward.yaml"

static int set_up(void **state)
{
	static struct fakeroot f;

	fakeroot_new(&f);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

static void load(struct fakeroot *f, struct config *ret)
{
	struct dw_err err = { 0 };

	if (config_load(f->fd, ret, &err) < 0)
		fail_msg("%s", err.message);
}

static void load_text(struct fakeroot *f, const char *text, struct config *ret)
{
	fakeroot_file(f, MAIN_FILE, 0644, text);
	load(f, ret);
}

static void expect_list(const struct string_list *l, const char *words)
{
	char text[512] = "";

	for (size_t i = 0; i < l->count; i++)
		(void)snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
			       i > 0 ? "|" : "", l->items[i]);
	assert_string_equal(text, words);
}

static void defaults(void **state)
{
	cleanup_config struct config c;

	load(*state, &c);
	assert_null(c.datasource);
	assert_string_equal(c.user_name, "admin");
	assert_null(c.user_shell);
	expect_list(&c.user_sudo, "ALL=(ALL:ALL) NOPASSWD:ALL");
	assert_int_equal(c.hostkey_types.state, FIELD_UNSET);
	assert_true(c.may_delete_hostkeys);
	assert_false(c.may_have_key_options);
	assert_false(c.may_use_system_users);
	assert_true(c.has_hostname);
	assert_true(c.has_console);
	assert_true(c.has_banner);
	assert_int_equal(c.min_rsa_bits, 2048);
	assert_int_equal(c.network_seconds, 300);
}

static void every_key(void **state)
{
	cleanup_config struct config c;
	struct plan_policy p;

	load_text(*state,
		  "datasource: nocloud\n"
		  "default_user:\n"
		  "  name: ops\n"
		  "  gecos: The Operators\n"
		  "  shell: /bin/zsh\n"
		  "  groups: [adm, docker]\n"
		  "  sudo:\n"
		  "    - ALL=(ALL) ALL\n"
		  "    - \"ALL=(root) NOPASSWD: /bin/true\"\n"
		  "ssh_genkeytypes: [ed25519, rsa]\n"
		  "ssh_deletekeys: false\n"
		  "allow_key_options: true\n"
		  "allow_plain_http: true\n"
		  "allow_system_users: yes\n"
		  "manage_hostname: no\n"
		  "publish:\n"
		  "  console: off\n"
		  "  banner: 0\n"
		  "min_rsa_bits: 3072\n"
		  "network_seconds: 60\n",
		  &c);
	assert_string_equal(c.datasource, "nocloud");
	assert_string_equal(c.user_name, "ops");
	assert_string_equal(c.user_gecos, "The Operators");
	assert_string_equal(c.user_shell, "/bin/zsh");
	expect_list(&c.user_groups, "adm|docker");
	expect_list(&c.user_sudo, "ALL=(ALL) ALL|ALL=(root) NOPASSWD: /bin/true");
	expect_list(&c.hostkey_types, "ed25519|rsa");
	assert_false(c.may_delete_hostkeys);
	assert_true(c.may_have_key_options);
	assert_true(c.may_use_plain_http);
	assert_true(c.may_use_system_users);
	assert_false(c.has_hostname);
	assert_false(c.has_console);
	assert_false(c.has_banner);
	assert_int_equal(c.min_rsa_bits, 3072);
	assert_int_equal(c.network_seconds, 60);

	p = config_policy(&c);
	assert_string_equal(p.default_user.name, "ops");
	assert_string_equal(p.default_user.gecos, "The Operators");
	assert_string_equal(p.default_user.shell, "/bin/zsh");
	assert_ptr_equal(p.default_user.groups, &c.user_groups);
	assert_ptr_equal(p.default_user.sudo, &c.user_sudo);
	assert_ptr_equal(p.hostkey_types, &c.hostkey_types);
	assert_false(p.may_delete_hostkeys);
	assert_true(p.may_use_system_users);
	assert_false(p.has_hostname);
}

static void edges_of_numbers(void **state)
{
	cleanup_config struct config a, b;

	load_text(*state, "min_rsa_bits: 1024\nnetwork_seconds: 1\n", &a);
	assert_int_equal(a.min_rsa_bits, 1024);
	assert_int_equal(a.network_seconds, 1);
	load_text(*state, "min_rsa_bits: 16384\nnetwork_seconds: 86400\n", &b);
	assert_int_equal(b.min_rsa_bits, 16384);
	assert_int_equal(b.network_seconds, 86400);
}

/* Empty is an answer: no group, no rule. */
static void empty_lists_replace(void **state)
{
	cleanup_config struct config c;

	load_text(*state, "default_user: {groups: [], sudo: []}\n", &c);
	assert_int_equal(c.user_groups.state, FIELD_EMPTY);
	assert_int_equal(c.user_groups.count, 0);
	assert_int_equal(c.user_sudo.state, FIELD_EMPTY);
	assert_int_equal(c.user_sudo.count, 0);
}

/* A file as packages ship it, everything commented out. */
static void nothing_said(void **state)
{
	static const char *const texts[] = {
		"",	 "\n",	"# all\n# of it\n",
		"---\n", "~\n", "default_user:\n#  name: x\npublish:\n"
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		cleanup_config struct config c;

		load_text(*state, texts[i], &c);
		assert_string_equal(c.user_name, "admin");
	}
}

static void refuses_with_the_place(void **state)
{
	static const struct {
		const char *text, *place, *part;
	} bad[] = {
		/* unknown, misspelt or misplaced */
		{ "manage_hostname: true\nallow_sytem_users: true\n",
		  ":2:1:", "unknown key" },
		{ "default_user:\n  nam: x\n", ":2:3:", "unknown key" },
		{ "publish: {console: true, motd: true}\n", ":1:26:", "unknown key" },
		{ "name: x\n", ":1:1:", "unknown key" },
		{ "default_user.name: x\n", ":1:1:", "unknown key" },
		{ "publish: {publish: {console: true}}\n", ":1:11:", "unknown key" },
		{ "Datasource: nocloud\n", ":1:1:", "unknown key" },
		{ "\"\": 1\n", ":1:1:", "unknown key" },
		/* wrong types */
		{ "- datasource\n", ":1:1:", "must be a map" },
		{ "datasource\n", ":1:1:", "must be a map" },
		{ "publish: true\n", ":1:10:", "must be a map" },
		{ "default_user: [ops]\n", ":1:15:", "must be a map" },
		{ "datasource: [nocloud]\n", ":1:13:", "datasource: takes a word" },
		{ "datasource: ~\n", ":1:13:", "datasource: takes a word" },
		{ "default_user:\n  name: {a: b}\n",
		  ":2:9:", "default_user.name: takes a word" },
		{ "default_user:\n  groups: adm\n", ":2:11:", "groups: takes a list" },
		{ "default_user:\n  groups: [[adm]]\n",
		  ":2:11:", "takes a list of words" },
		{ "default_user:\n  sudo: true\n", ":2:9:", "sudo: takes a list" },
		{ "ssh_genkeytypes: rsa\n", ":1:18:", "takes a list" },
		{ "ssh_deletekeys: maybe\n", ":1:17:", "takes true or false" },
		{ "ssh_deletekeys: [true]\n", ":1:17:", "takes true or false" },
		{ "ssh_deletekeys:\n", ":1:", "takes true or false" },
		{ "allow_key_options: 2\n", ":1:20:", "takes true or false" },
		{ "allow_system_users: t\n", ":1:21:", "takes true or false" },
		{ "manage_hostname: \"\"\n", ":1:18:", "takes true or false" },
		{ "publish: {console: x}\n", ":1:20:", "publish.console: takes true or" },
		{ "publish: {banner: x}\n", ":1:19:", "publish.banner: takes true or" },
		{ "min_rsa_bits: many\n", ":1:15:", "a number from 1024 to 16384" },
		{ "min_rsa_bits: {}\n", ":1:15:", "a number from 1024 to 16384" },
		/* wrong values */
		{ "min_rsa_bits: 1023\n", ":1:15:", "a number from 1024 to 16384" },
		{ "min_rsa_bits: 16385\n", ":1:15:", "a number from 1024 to 16384" },
		{ "min_rsa_bits: -1\n", ":1:15:", "a number from 1024 to 16384" },
		{ "network_seconds: 0\n", ":1:18:", "a number from 1 to 86400" },
		{ "network_seconds: 86401\n", ":1:18:", "a number from 1 to 86400" },
		{ "network_seconds: 1.5\n", ":1:18:", "a number from 1 to 86400" },
		{ "datasource: a b\n", ":1:13:", "datasource:" },
		{ "default_user: {name: Ops}\n", ":1:22:", "default_user.name:" },
		{ "default_user: {name: ../x}\n", ":1:22:", "default_user.name:" },
		{ "default_user: {name: \"\"}\n", ":1:22:", "default_user.name:" },
		{ "default_user: {gecos: \"a:b\"}\n", ":1:23:", "default_user.gecos:" },
		{ "default_user: {shell: bash}\n", ":1:23:", "default_user.shell:" },
		{ "default_user: {groups: [a/b]}\n", ":1:24:", "default_user.groups:" },
		{ "default_user: {sudo: [\"#include x\"]}\n",
		  ":1:22:", "default_user.sudo:" },
		{ "ssh_genkeytypes: [dsa]\n", ":1:18:", "ssh_genkeytypes:" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct config c = { 0 };
		struct dw_err err = { 0 };

		fakeroot_file(*state, MAIN_FILE, 0644, bad[i].text);
		if (config_load(((struct fakeroot *)*state)->fd, &c, &err) !=
		    -DW_MALFORMED)
			fail_msg("taken: %s", bad[i].text);
		if (strncmp(err.message, "/" MAIN_FILE, strlen("/" MAIN_FILE)) != 0 ||
		    strstr(err.message, bad[i].place) == NULL ||
		    strstr(err.message, bad[i].part) == NULL)
			fail_msg("%s -> %s", bad[i].text, err.message);
		assert_null(c.user_name); /* nothing to free */
	}
}

static void refuses_what_is_no_yaml(void **state)
{
	static const char *const texts[] = {
		"a: [\n",
		"\tdatasource: x\n",
		"datasource: a\ndatasource: b\n",
		"{[a]: b}\n",
		"&a datasource: x\ny: *a\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config c;
		struct dw_err err = { 0 };

		fakeroot_file(*state, MAIN_FILE, 0644, texts[i]);
		assert_true(config_load(((struct fakeroot *)*state)->fd, &c, &err) < 0);
		assert_non_null(strstr(err.message, "/" MAIN_FILE));
		assert_non_null(strstr(err.message, "line "));
	}
}

/* Later wins: the vendor's directory, the administrator's file, the administrator's
 * drop-ins. */
static void order_of_files(void **state)
{
	struct fakeroot *f = *state;
	cleanup_config struct config one, two, three, four;

	fakeroot_file(f, "usr/lib/doorward/10-a.yaml", 0644,
		      "network_seconds: 10\nmin_rsa_bits: 3072\ndatasource: azure\n");
	fakeroot_file(f, "usr/lib/doorward/20-b.yaml", 0644, "network_seconds: 20\n");
	load(f, &one);
	assert_int_equal(one.network_seconds, 20);
	assert_int_equal(one.min_rsa_bits, 3072);
	fakeroot_file(f, MAIN_FILE, 0644,
		      "network_seconds: 30\ndefault_user: {name: a}\n");
	load(f, &two);
	assert_int_equal(two.network_seconds, 30);
	fakeroot_file(f, "etc/doorward/conf.d/90-z.yaml", 0644, "network_seconds: 90\n");
	fakeroot_file(f, "etc/doorward/conf.d/10-a.yaml", 0644,
		      "network_seconds: 11\ndefault_user: {groups: [x]}\n");
	fakeroot_file(f, "etc/doorward/conf.d/100-c.yaml", 0644,
		      "network_seconds: 100\n");
	load(f, &three);
	assert_int_equal(three.network_seconds, 90); /* by name, not by number */
	assert_string_equal(three.datasource, "azure");
	assert_string_equal(three.user_name, "a"); /* sections merge key by key */
	expect_list(&three.user_groups, "x");	   /* lists are replaced whole */

	/* what is no drop-in */
	fakeroot_file(f, "etc/doorward/conf.d/99-x.yaml.dpkg-old", 0644, "bogus: 1\n");
	fakeroot_file(f, "etc/doorward/conf.d/.99-x.yaml", 0644, "bogus: 1\n");
	fakeroot_file(f, "etc/doorward/conf.d/README", 0644, "bogus: 1\n");
	fakeroot_file(f, "etc/doorward/conf.d/99-x.yml", 0644, "bogus: 1\n");
	load(f, &four);
	assert_int_equal(four.network_seconds, 90);
}

static void expect_error(struct fakeroot *f, const char *part)
{
	struct config c;
	struct dw_err err = { 0 };

	assert_true(config_load(f->fd, &c, &err) < 0);
	if (strstr(err.message, part) == NULL)
		fail_msg("no '%s' in: %s", part, err.message);
}

static void errors_name_the_file(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "etc/doorward/conf.d/50-x.yaml", 0644, "a: 1\n");
	expect_error(f, "/etc/doorward/conf.d/50-x.yaml:1:1: unknown key");
	fakeroot_file(f, "usr/lib/doorward/50-y.yaml", 0644, "\n b: 1\n");
	expect_error(f, "/usr/lib/doorward/50-y.yaml:2:2: unknown key");
}

/* What may hold rules and cannot be read must not count as "no rules". */
static void unreadable_is_an_error(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_dir(f, MAIN_FILE);
	expect_error(f, MAIN_FILE);
}

static void drop_ins_that_are_no_folder(void **state)
{
	struct fakeroot *f = *state;

	fakeroot_file(f, "etc/doorward/conf.d", 0644, "");
	expect_error(f, "etc/doorward/conf.d");
}

static void too_big(void **state)
{
	char *text = malloc(DW_CONFIG_MAX + 2);
	struct fakeroot *f = *state;

	assert_non_null(text);
	memset(text, '#', DW_CONFIG_MAX + 1);
	text[DW_CONFIG_MAX + 1] = '\0';
	fakeroot_file(f, MAIN_FILE, 0644, text);
	expect_error(f, "more than 1048576 bytes");
	free(text);
}

static void too_many_drop_ins(void **state)
{
	struct fakeroot *f = *state;
	char path[64];

	for (unsigned i = 0; i <= DW_CONFIG_FILES; i++) {
		(void)snprintf(path, sizeof(path), "etc/doorward/conf.d/%u.yaml", i);
		fakeroot_file(f, path, 0644, "");
	}
	expect_error(f, "64");
}

static void defaults_by_distribution(void **state)
{
	static const struct {
		const char *os_release, *user, *group;
	} distributions[] = {
		{ "ID=debian\n", "debian", "sudo" },
		{ "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n", "ubuntu", "sudo" },
		{ "ID=\"rhel\"\n", "cloud-user", "adm" },
		{ "ID='fedora'\n", "fedora", "wheel" },
		{ "ID=\"centos\"\n", "cloud-user", "adm" },
		{ "ID=\"rocky\"\n", "rocky", "adm" },
		{ "ID=\"almalinux\"\n", "almalinux", "adm" },
		{ "ID=\"amzn\"\n", "ec2-user", "wheel" },
		{ "ID=alpine\n", "alpine", "wheel" },
		{ "ID=arch\n", "arch", "wheel" },
		{ "ID=\"opensuse-leap\"\n", "opensuse", "users" },
		{ "ID=\"sles\"\n", "sles", "users" },
		{ "ID=azurelinux\n", "azureuser", "wheel" },
		{ "ID_LIKE=debian\n", "admin", "sudo" },
		{ "VARIANT_ID=debian\n", "admin", "sudo" },
		{ "ID=\"debian\n", "admin", "sudo" },
		{ "ID=\n", "admin", "sudo" },
		{ "ID=nothing-we-know\n", "admin", "sudo" },
		{ "ID=debian\r\nX=y\r\n", "debian", "sudo" },
	};
	struct fakeroot *f = *state;

	fakeroot_dir(f, "etc");
	fakeroot_link(f, "../usr/lib/os-release", "etc/os-release");
	for (size_t i = 0; i < ARRAY_LEN(distributions); i++) {
		cleanup_config struct config c;

		fakeroot_file(f, "usr/lib/os-release", 0644, distributions[i].os_release);
		load(f, &c);
		if (strcmp(c.user_name, distributions[i].user) != 0)
			print_error("%s", distributions[i].os_release);
		assert_string_equal(c.user_name, distributions[i].user);
		assert_true(string_list_has(&c.user_groups, distributions[i].group));
		assert_non_null(c.user_gecos);
	}
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(defaults),
		IN_A_TREE(every_key),
		IN_A_TREE(edges_of_numbers),
		IN_A_TREE(empty_lists_replace),
		IN_A_TREE(nothing_said),
		IN_A_TREE(refuses_with_the_place),
		IN_A_TREE(refuses_what_is_no_yaml),
		IN_A_TREE(order_of_files),
		IN_A_TREE(errors_name_the_file),
		IN_A_TREE(unreadable_is_an_error),
		IN_A_TREE(drop_ins_that_are_no_folder),
		IN_A_TREE(too_big),
		IN_A_TREE(too_many_drop_ins),
		IN_A_TREE(defaults_by_distribution),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
