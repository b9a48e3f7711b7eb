/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `query`: the instance record, whole or one field. */
#include <string.h>

#include "base/limits.h"
#include "cmd/out.h"
#include "cmd/saved.h"
#include "cmd/verbs.h"

static const struct opt options[] = { { 0 } };

static const struct {
	const char *name;
	size_t offset;
} fields[] = {
	{ "platform", offsetof(struct instance, platform) },
	{ "detected_by", offsetof(struct instance, detected_by) },
	{ "instance_id", offsetof(struct instance, instance_id) },
	{ "hostname", offsetof(struct instance, hostname) },
	{ "fqdn", offsetof(struct instance, fqdn) },
	{ "region", offsetof(struct instance, region) },
	{ "zone", offsetof(struct instance, zone) },
	{ "userdata", offsetof(struct instance, userdata_kind) },
};

static int print_users(const struct instance *i, bool has_keys, struct dw_buf *ret,
		       struct dw_err *err)
{
	int r = 0;

	for (size_t u = 0; r == 0 && u < i->users_count; u++) {
		if (!has_keys)
			r = buf_printf(ret, err, "%s\n", i->users[u].name);
		for (size_t k = 0; has_keys && r == 0 && k < i->users[u].keys.count; k++)
			r = buf_printf(ret, err, "%s\n", i->users[u].keys.items[k].line);
	}
	return r;
}

static bool is_name(const char *name)
{
	for (size_t n = 0; n < ARRAY_LEN(fields); n++)
		if (strcmp(fields[n].name, name) == 0)
			return true;
	return strcmp(name, "users") == 0 || strcmp(name, "keys") == 0;
}

static int print_field(const struct instance *i, const char *name, struct dw_buf *ret,
		       struct dw_err *err)
{
	if (strcmp(name, "users") == 0 || strcmp(name, "keys") == 0)
		return print_users(i, strcmp(name, "keys") == 0, ret, err);
	for (size_t n = 0; n < ARRAY_LEN(fields); n++) {
		const struct field *f =
			(const void *)((const char *)i + fields[n].offset);

		if (strcmp(fields[n].name, name) != 0)
			continue;
		if (f->state == FIELD_UNSET)
			return dw_fail(err, DW_ABSENT, "the platform does not say its %s",
				       name);
		return buf_printf(ret, err, "%s\n", field_text(f));
	}
	return dw_fail(err, DW_FAILED, "%s has no place in the record", name);
}

static int print_all(const struct instance *i, struct dw_buf *ret, struct dw_err *err)
{
	int r = 0;

	for (size_t n = 0; r == 0 && n < ARRAY_LEN(fields); n++) {
		const struct field *f =
			(const void *)((const char *)i + fields[n].offset);

		if (f->state != FIELD_UNSET)
			r = buf_printf(ret, err, "%s: %s\n", fields[n].name,
				       field_text(f));
	}
	for (size_t u = 0; r == 0 && u < i->users_count; u++)
		r = buf_printf(ret, err, "user: %s (%zu keys)\n", i->users[u].name,
			       i->users[u].keys.count);
	return r;
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX * 2);
	cleanup_instance struct instance i;
	int r;

	instance_init(&i);
	if (env->operands_count > 1)
		return dw_fail(err, DW_USAGE, "query takes one name at most");
	if (env->operands_count == 1 && !is_name(env->operands[0]))
		return dw_fail(err, DW_USAGE,
			       "unknown name '%s'; 'doorward query' shows them all",
			       env->operands[0]);
	r = saved_record(env->root_fd, &i, err);
	if (r < 0)
		return r;
	if (env->operands_count == 1)
		r = print_field(&i, env->operands[0], &text, err);
	else if (env->has_json)
		r = out_instance_json(&i, &text, err);
	else
		r = print_all(&i, &text, err);
	return r < 0 ? r : out_write(&text, err);
}

const struct cmd cmd_query = {
	.name = "query",
	.operands = "[NAME]",
	.summary = "show the instance record, one field of it, or all as JSON",
	.help = "NAME is platform, detected_by, instance_id, hostname, fqdn, region, zone, userdata, users or keys.\n"
		"Reads the record of the last run; needs neither root nor the network.",
	.needs = CMD_TAKES_OPERANDS,
	.options = options,
	.run = run,
};
