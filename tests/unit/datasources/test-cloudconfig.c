/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets the keys that name nobody, and hostnames; the rest is in the cases of nocloud.
 */
#include "datasources/cloudconfig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#define ALICE \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP9Kgl0vzP6UQZlkYVFrceaQBKuU2M1BfQLdP/JcHdg6"

static const struct ds_context context = { .min_rsa_bits = 2048 };

static void apply(const char *text, const char *default_user, struct instance *i,
		  struct cloudconfig_target *ret)
{
	struct cloudconfig_doc doc = { .name = "user-data", .data = slice_of(text) };
	struct dw_err err;

	*ret = (struct cloudconfig_target){ 0 };
	assert_int_equal(cloudconfig_apply(&context, &doc, 1, default_user, i, ret, &err),
			 0);
}

static void test_target(void **state unused_arg)
{
	static const struct {
		const char *text, *default_user, *expected; /* NULL: nobody */
		bool also_root;
	} samples[] = {
		{ "", "debian", "debian", false },
		{ "", NULL, NULL, false },
		{ "", "", NULL, false },
		{ "#cloud-config\nusers:\n", "debian", "debian", false },
		{ "#cloud-config\nusers: []\n", "debian", NULL, false },
		{ "#cloud-config\nusers: [bob]\n", "debian", NULL, false },
		{ "#cloud-config\nusers: 'bob,default'\n", "debian", "debian", false },
		{ "#cloud-config\nusers: {bob: true}\n", "debian", "debian", false },
		{ "#cloud-config\nusers: {default: false}\n", "debian", NULL, false },
		{ "#cloud-config\nuser: ops\n", "debian", "ops", false },
		{ "#cloud-config\nuser: ops\nusers: [bob]\n", "debian", "ops", false },
		{ "#cloud-config\nuser: {gecos: x}\n", "debian", "debian", false },
		{ "#cloud-config\nuser: root\n", "debian", NULL, false },
		{ "#cloud-config\nuser: '../x'\n", "debian", NULL, false },
		{ "#cloud-config\ndisable_root: false\n", "debian", "debian", true },
		{ "#cloud-config\ndisable_root: false\nusers: []\n", "debian", NULL,
		  true },
	};

	for (size_t n = 0; n < ARRAY_LEN(samples); n++) {
		cleanup_cloudconfig_target struct cloudconfig_target target;
		cleanup_instance struct instance i;

		instance_init(&i);
		apply(samples[n].text, samples[n].default_user, &i, &target);
		assert_int_equal(target.user != NULL, samples[n].expected != NULL);
		if (samples[n].expected != NULL) {
			assert_string_equal(target.user, samples[n].expected);
			assert_true(instance_find_user(&i, target.user)->is_default);
		}
		assert_int_equal(target.also_root, samples[n].also_root);
	}
}

static void test_keys_for_nobody(void **state unused_arg)
{
	struct cloudconfig_target nobody = { 0 }, root = { .also_root = true };
	cleanup_instance struct instance i;
	struct keys_count count = { 0 };
	struct dw_err err;

	instance_init(&i);
	assert_int_equal(cloudconfig_add_keys(&context, &nobody, slice_of(ALICE), "here",
					      &i, &count, &err),
			 0);
	assert_int_equal(count.accepted, 0);
	assert_int_equal(count.refused, 1);
	assert_int_equal(i.users_count, 0);
	assert_true(instance_is_degraded(&i));
	assert_int_equal(cloudconfig_add_keys(&context, &root, slice_of(ALICE), "here",
					      &i, &count, &err),
			 0);
	assert_int_equal(count.accepted, 1);
	assert_int_equal(instance_find_user(&i, "root")->keys.count, 1);
}

static void test_hostname(void **state unused_arg)
{
	cleanup_instance struct instance i;
	struct dw_err err;

	instance_init(&i);
	assert_int_equal(
		instance_name_host(&i, slice_of("web1.example.org"), "here", &err), 0);
	assert_string_equal(field_text(&i.hostname), "web1");
	assert_string_equal(field_text(&i.fqdn), "web1.example.org");
	assert_int_equal(instance_name_host(&i, slice_of("web2"), "here", &err), 0);
	assert_string_equal(field_text(&i.hostname), "web2");
	assert_int_equal(instance_name_host(&i, slice_of("no way"), "here", &err), 0);
	assert_int_equal(instance_name_host(&i, slice_of(""), "here", &err), 0);
	assert_string_equal(field_text(&i.hostname), "web2");
	assert_int_equal(i.remarks_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_target),
		cmocka_unit_test(test_keys_for_nobody),
		cmocka_unit_test(test_hostname),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
