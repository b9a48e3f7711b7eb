/* SPDX-License-Identifier: Apache-2.0 */
/* The rules, each with its last good and its first bad value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/validate.h"

#define KEY \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICv/5IUQDVuRXv2qEXk9+kp3mj/jTLZnmoNk/eH3F+VT"

typedef int rule_fn(struct slice s, struct dw_err *err);

static void check(rule_fn *rule, const char *const *texts, size_t count, bool is_good)
{
	for (size_t i = 0; i < count; i++) {
		struct dw_err err = { 0 };
		int r = rule(slice_of(texts[i]), &err);

		if ((r == 0) != is_good)
			fail_msg("\"%s\": %s", texts[i],
				 is_good ? err.message : "is accepted");
		assert_true(r == 0 || r == -DW_MALFORMED || r == -DW_TOO_BIG ||
			    r == -DW_REFUSED);
		assert_true(r == 0 || err.message[0] != '\0');
	}
}

#define GOOD(rule, ...)                                              \
	do {                                                         \
		static const char *const texts_[] = { __VA_ARGS__ }; \
		check((rule), texts_, ARRAY_LEN(texts_), true);      \
	} while (0)
#define BAD(rule, ...)                                               \
	do {                                                         \
		static const char *const texts_[] = { __VA_ARGS__ }; \
		check((rule), texts_, ARRAY_LEN(texts_), false);     \
	} while (0)

/* LEN bytes of C are within the rule, LEN + 1 are over it. */
static void check_limit(rule_fn *rule, char c, size_t len, const char *prefix)
{
	char text[2000];

	for (size_t n = len - 1; n <= len + 1; n++) {
		memset(text, c, n);
		text[n] = '\0';
		memcpy(text, prefix, strlen(prefix));
		assert_int_equal(rule(slice_of(text), NULL), n <= len ? 0 : -DW_TOO_BIG);
	}
}

static void check_names(rule_fn *rule)
{
	GOOD(rule, "a", "_", "azureuser", "a-b_c9", "_apt", "root", "a--");
	BAD(rule, "", "A", "aB", "1", "123", "9a", "-a", ".", "..", "a/b", "../x", "a.b",
	    "a b", "a$", "a\n", "\xc3\xa9", "a:b", "a,b", "%a", "a\\b", "a;b", "`a`");
	check_limit(rule, 'a', DW_NAME_MAX, "");
	assert_true(rule((struct slice){ "a\0b", 3 }, NULL) < 0);
}

static void test_login_and_group_names(unused_arg void **state)
{
	check_names(validate_login_name);
	check_names(validate_group_name);
}

static void test_host_names(unused_arg void **state)
{
	char label[66];

	GOOD(validate_hostname, "a", "A", "0", "myvm", "a-b.example.org", "1.2.3.4",
	     "xn--bcher-kva");
	BAD(validate_hostname, "", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a.b-",
	    "a_b", "a b", "a/b", "..", "a\n", "\xc3\xa9", "$(id)", "a;b");
	for (size_t n = 62; n <= 64; n++) {
		memset(label, 'a', n);
		label[n] = '\0';
		assert_int_equal(validate_hostname(slice_of(label), NULL),
				 n <= DW_LABEL_MAX ? 0 : -DW_TOO_BIG);
	}
}

static void test_host_name_of_253_bytes(unused_arg void **state)
{
	char name[300];

	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i % 50 == 49 ? '.' : 'a';
	assert_int_equal(validate_hostname((struct slice){ name, 252 }, NULL), 0);
	assert_int_equal(validate_hostname((struct slice){ name, 253 }, NULL), 0);
	assert_int_equal(validate_hostname((struct slice){ name, 254 }, NULL),
			 -DW_TOO_BIG);
}

static void test_instance_ids(unused_arg void **state)
{
	GOOD(validate_instance_id, "i-0123", "/subscriptions/x/y", "nocloud", "a:b");
	BAD(validate_instance_id, "", "a b", "a\n", "\xc3\xa9", "\x7f");
	check_limit(validate_instance_id, 'a', DW_INSTANCE_ID_MAX, "");
}

static void test_uuids(unused_arg void **state)
{
	GOOD(validate_uuid, "02aab8a4-74ef-476e-8182-f6d2ba4166a6",
	     "00000000-0000-0000-0000-000000000000");
	BAD(validate_uuid, "", "02AAB8A4-74ef-476e-8182-f6d2ba4166a6",
	    "02aab8a4-74ef-476e-8182-f6d2ba4166a",
	    "02aab8a4-74ef-476e-8182-f6d2ba4166a66",
	    "02aab8a4x74ef-476e-8182-f6d2ba4166a6",
	    "02aab8a474ef-476e-8182-f6d2-ba4166a6",
	    "g2aab8a4-74ef-476e-8182-f6d2ba4166a6");
}

static void test_shells(unused_arg void **state)
{
	GOOD(validate_shell, "/bin/sh", "/usr/bin/bash-5.2", "/a..b", "/..a", "/a../b");
	BAD(validate_shell, "", "/", "bin/sh", "/bin/", "/bin//sh", "//bin", "/bin/../sh",
	    "/..", "/bin/..", "/bin/sh x", "/bin/sh\n", "/bin:sh", "/bin/\xc3\xa9");
	check_limit(validate_shell, 'a', 256, "/");
}

static void test_gecos(unused_arg void **state)
{
	GOOD(validate_gecos, "Alice A.", "J\xc3\xbcrgen", "a,b,c");
	BAD(validate_gecos, "", "a:b", "a\nb", "a\x1b[0m", "\xff");
	check_limit(validate_gecos, 'a', 256, "");
}

static void test_sudo_rules(unused_arg void **state)
{
	GOOD(validate_sudo_rule, "ALL=(ALL) NOPASSWD:ALL",
	     "ALL = (root:adm) /bin/ls, !/bin/sh", "a%b");
	BAD(validate_sudo_rule, "", " ALL=ALL", "ALL=ALL ", "ALL=ALL\nroot ALL=ALL",
	    "ALL=a\\,b", "ALL=ALL # x", "#include /x", "@include /x",
	    "ALL=ALL @includedir /x", "%adm ALL=ALL", "ALL=\xc3\xa9", "ALL=\t/bin/ls",
	    "ALL=ALL\x7f");
	check_limit(validate_sudo_rule, 'a', DW_WORD_MAX, "");
}

static void test_key_lines(unused_arg void **state)
{
	GOOD(validate_key_line, KEY, KEY " alice", KEY " alice and bob");
	BAD(validate_key_line, "", "x", " " KEY, KEY " ", KEY "\n", KEY "\n" KEY,
	    "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAICv/5IUQDVuRXv2qEXk9+kp3mj/jTLZnmoNk/eH3F+VT",
	    "ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAICv/5IUQDVuRXv2qEXk9+kp3mj/jTLZnmoNk/eH3F+VT",
	    "# " KEY, "from=\"x\" nonsense");
}

static void test_host_key_types_and_tags(unused_arg void **state)
{
	GOOD(validate_hostkey_type, "rsa", "ecdsa", "ed25519");
	BAD(validate_hostkey_type, "", "dsa", "RSA", "rsa ", "../rsa");
	GOOD(validate_tag, "azure", "cloud-config", "ec2");
	BAD(validate_tag, "", "Azure", "2ec", "-a", "a_b", "a b", "a\n",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
}

static void test_file_names(unused_arg void **state)
{
	GOOD(validate_file_name, "ovf-env.xml", "a");
	BAD(validate_file_name, "", ".", "..", ".hidden", "a/b", "/a", "a b", "a\n");
	check_limit(validate_file_name, 'a', 64, "");
}

/* An instance with one breach after the other; each must be found and named. */
static void test_whole_instance(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	struct user *u = NULL;

	instance_init(&i);
	assert_int_equal(validate_instance(&i, &err), 0);
	assert_int_equal(instance_user(&i, SLICE("alice"), &u, &err), 0);
	assert_int_equal(user_add_key(u, SLICE(KEY), SLICE("src"), 0, &err), 0);
	assert_int_equal(field_set(&i.hostname, SLICE(""), &err),
			 0); /* empty is a state */
	assert_int_equal(validate_instance(&i, &err), 0);

	assert_int_equal(field_set(&i.hostname, SLICE("a_b"), &err), 0);
	assert_int_equal(validate_instance(&i, &err), -DW_MALFORMED);
	assert_non_null(strstr(err.message, "hostname: "));
	field_done(&i.hostname);

	assert_int_equal(string_list_append(&u->groups, SLICE("adm"), 9, &err), 0);
	assert_int_equal(string_list_append(&u->groups, SLICE("adm"), 9, &err), 0);
	assert_int_equal(validate_instance(&i, &err), -DW_MALFORMED);
	assert_string_equal(err.message, "user 0: groups: \"adm\" is there twice");
	string_list_done(&u->groups);

	u->keys.items[0].expires = -1;
	assert_int_equal(validate_instance(&i, &err), -DW_MALFORMED);
	assert_string_equal(err.message, "user 0: key 0: expires before 1970");
	u->keys.items[0].expires = 0;

	assert_int_equal(user_add_key(u, SLICE("ssh-dss AAAA"), SLICE("src"), 0, &err),
			 0);
	assert_true(validate_instance(&i, &err) < 0);
	assert_non_null(strstr(err.message, "user 0: key 1: "));
}

static void test_instance_with_a_bad_user_name(unused_arg void **state)
{
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	struct user *u = NULL;

	instance_init(&i);
	assert_int_equal(instance_user(&i, SLICE("../root"), &u, &err), 0);
	assert_int_equal(validate_instance(&i, &err), -DW_MALFORMED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_login_and_group_names),
		cmocka_unit_test(test_host_names),
		cmocka_unit_test(test_host_name_of_253_bytes),
		cmocka_unit_test(test_instance_ids),
		cmocka_unit_test(test_uuids),
		cmocka_unit_test(test_shells),
		cmocka_unit_test(test_gecos),
		cmocka_unit_test(test_sudo_rules),
		cmocka_unit_test(test_key_lines),
		cmocka_unit_test(test_host_key_types_and_tags),
		cmocka_unit_test(test_file_names),
		cmocka_unit_test(test_whole_instance),
		cmocka_unit_test(test_instance_with_a_bad_user_name),
	};

	return cmocka_run_group_tests_name("validate", tests, NULL, NULL);
}
