/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as doorward.yaml: refused with its place, or a configuration within its
 * rules. */
#include <assert.h>
#include <string.h>

#include "cmd/config.h"
#include "model/validate.h"
#include "tests/fuzz/fuzz-tree.h"
#include "tests/fuzz/fuzz.h"

typedef int (*rule_fn)(struct slice s, struct dw_err *err);

static void check_list(const struct string_list *l, rule_fn rule)
{
	struct dw_err err = { 0 };

	for (size_t i = 0; i < l->count; i++)
		assert(rule(slice_of(l->items[i]), &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fakeroot *f = fuzz_tree();
	cleanup_config struct config c = { 0 };
	struct dw_err err = { 0 };

	fuzz_tree_write(f, "etc/doorward/doorward.yaml",
			(struct slice){ (const char *)data, size });
	if (config_load(f->fd, &c, &err) < 0) {
		assert(strstr(err.message, "doorward.yaml") != NULL);
		assert(c.user_name == NULL);
		return 0;
	}
	assert(c.user_name != NULL &&
	       validate_login_name(slice_of(c.user_name), &err) == 0);
	if (c.user_gecos != NULL)
		assert(validate_gecos(slice_of(c.user_gecos), &err) == 0);
	if (c.user_shell != NULL)
		assert(validate_shell(slice_of(c.user_shell), &err) == 0);
	check_list(&c.user_groups, validate_group_name);
	check_list(&c.user_sudo, validate_sudo_rule);
	check_list(&c.hostkey_types, validate_hostkey_type);
	assert(c.min_rsa_bits >= 1024 && c.min_rsa_bits <= 16384);
	assert(c.network_seconds >= 1 && c.network_seconds <= 86400);
	return 0;
}
