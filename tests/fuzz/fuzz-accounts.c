/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the account files: each user asked for gets an answer that a line backs.
 */

/* Input: the files of files[] in that order, a form feed between two. */
#include <assert.h>
#include <string.h>

#include "observe/parts.h"
#include "tests/fuzz/fuzz-tree.h"
#include "tests/fuzz/fuzz.h"

static const char *const files[] = {
	"etc/passwd",  "etc/shadow",   "etc/group",	 "etc/login.defs",
	"etc/sudoers", "etc/hostname", "etc/os-release",
};

static const char *const names[] = { "root", "alice", "u" };

/* Does a line of TEXT begin with "NAME:"? */
static bool has_line_of(struct slice text, const char *name)
{
	size_t n = strlen(name);
	struct slice line;

	while (slice_next_line(&text, &line))
		if (slice_starts_with(line, name) && line.len > n && line.data[n] == ':')
			return true;
	return false;
}

static void check_user(const struct observed *o, const char *name, struct slice passwd,
		       struct slice shadow)
{
	const struct observed_user *u = observed_find_user(o, name);

	assert(u != NULL && strcmp(u->name, name) == 0);
	assert(!u->exists || has_line_of(passwd, name));
	assert((u->home != NULL) == u->exists && (u->shell != NULL) == u->exists);
	assert(!u->exists || u->is_system == (u->uid != 0 && u->uid < o->uid_min));
	assert((u->password != PASSWORD_UNKNOWN) == has_line_of(shadow, name));
	for (size_t i = 0; i < u->groups.count; i++)
		assert(string_list_has(&o->groups, u->groups.items[i]));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fakeroot *f = fuzz_tree();
	struct slice rest = { (const char *)data, size }, parts[ARRAY_LEN(files)];
	cleanup_observed struct observed o;
	struct dw_err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		const char *mark =
			rest.len > 0 ? memchr(rest.data, '\f', rest.len) : NULL;
		size_t n = mark != NULL ? (size_t)(mark - rest.data) : rest.len;

		parts[i] = (struct slice){ rest.data, n };
		fuzz_tree_write(f, files[i], parts[i]);
		n += mark != NULL;
		rest = (struct slice){ rest.data + n, rest.len - n };
	}
	observed_init(&o);
	if (observe_machine(f->fd, /* is_live= */ false, names, ARRAY_LEN(names), &o,
			    &err) < 0) {
		assert(err.message[0] != '\0');
		return 0;
	}
	assert(o.users_count == ARRAY_LEN(names));
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		check_user(&o, names[i], parts[0], parts[1]);
	for (size_t i = 0; i < o.groups.count; i++)
		assert(o.groups.items[i] != NULL);
	assert(o.has_sudo && o.hostname != NULL && o.distribution != NULL);
	return 0;
}
