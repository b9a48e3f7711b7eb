/* SPDX-License-Identifier: Apache-2.0 */
/* The merge of authorized_keys: foreign bytes stay in front, merging twice adds nothing.
 */

/* Input: the old file, a form feed, then the wanted keys a line each. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "model/instance.h"
#include "plan/plan.h"
#include "tests/fuzz/fuzz.h"

enum { FILE_MAX = 8 << 20 };

/* Only what the record could carry is wanted: lines as sshpub_print() makes them. */
static void want(struct slice text, struct user *u)
{
	struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	struct slice line;

	while (slice_next_line(&text, &line)) {
		cleanup_sshpub struct sshpub k = { 0 };
		cleanup_buf struct dw_buf printed = BUF_INIT(DW_KEY_LINE_MAX);
		struct dw_err err = { 0 };

		if (sshpub_parse_line(slice_trim(line), &policy, &k, NULL) < 0 ||
		    sshpub_print(&k, &printed, NULL) < 0)
			continue;
		assert(user_add_key(u, slice_of_buf(&printed), SLICE("seed"), 0, &err) ==
		       0);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *mark = size > 0 ? memchr(data, '\f', size) : NULL;
	size_t old_len = mark != NULL ? (size_t)(mark - data) : size;
	struct slice old = { (const char *)data, old_len };
	cleanup_instance struct instance instance;
	struct user *u = NULL;
	cleanup_buf struct dw_buf merged = BUF_INIT(FILE_MAX);
	cleanup_buf struct dw_buf again = BUF_INIT(FILE_MAX);
	cleanup_buf struct dw_buf prints = BUF_INIT(FILE_MAX);
	size_t added = 0, described = 0;
	struct dw_err err = { 0 };

	instance_init(&instance);
	assert(instance_user(&instance, SLICE("u"), &u, &err) == 0);
	if (mark != NULL)
		want((struct slice){ (const char *)mark + 1, size - old_len - 1 }, u);
	assert(plan_merge_keys(&u->keys, old, &merged, &added, &err) == 0);
	assert(plan_describe_keys(&u->keys, old, &prints, &described, &err) == 0);
	assert(added == described && added <= u->keys.count);
	if (added == 0) {
		assert(merged.len == 0);
		return 0;
	}
	assert(merged.len > old.len && merged.data[merged.len - 1] == '\n');
	assert(memcmp(merged.data, old.data, old.len) == 0);
	assert(plan_merge_keys(&u->keys, slice_of_buf(&merged), &again, &added, &err) ==
	       0);
	assert(added == 0 && again.len == 0);
	return 0;
}
