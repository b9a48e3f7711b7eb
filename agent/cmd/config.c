/* SPDX-License-Identifier: Apache-2.0 */
/* Reads doorward.yaml and its drop-ins; one table row per key. */
#include "cmd/config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "codec/value.h"
#include "codec/yaml.h"
#include "model/validate.h"

enum key_kind {
	KEY_BOOL,
	KEY_NUMBER,
	KEY_LOGIN,
	KEY_SHELL,
	KEY_GECOS,
	KEY_WORD,
	KEY_GROUPS,
	KEY_RULES,
	KEY_TYPES
};

static const struct config_key {
	const char *path;
	enum key_kind kind;
	size_t offset;
	uint64_t min, max; /* KEY_NUMBER */
} keys[] = {
	{ "datasource", KEY_WORD, offsetof(struct config, datasource), 0, 0 },
	{ "default_user.name", KEY_LOGIN, offsetof(struct config, user_name), 0, 0 },
	{ "default_user.gecos", KEY_GECOS, offsetof(struct config, user_gecos), 0, 0 },
	{ "default_user.shell", KEY_SHELL, offsetof(struct config, user_shell), 0, 0 },
	{ "default_user.groups", KEY_GROUPS, offsetof(struct config, user_groups), 0, 0 },
	{ "default_user.sudo", KEY_RULES, offsetof(struct config, user_sudo), 0, 0 },
	{ "ssh_genkeytypes", KEY_TYPES, offsetof(struct config, hostkey_types), 0, 0 },
	{ "ssh_deletekeys", KEY_BOOL, offsetof(struct config, may_delete_hostkeys), 0,
	  0 },
	{ "allow_key_options", KEY_BOOL, offsetof(struct config, may_have_key_options), 0,
	  0 },
	{ "allow_plain_http", KEY_BOOL, offsetof(struct config, may_use_plain_http), 0,
	  0 },
	{ "allow_system_users", KEY_BOOL, offsetof(struct config, may_use_system_users),
	  0, 0 },
	{ "manage_hostname", KEY_BOOL, offsetof(struct config, has_hostname), 0, 0 },
	{ "publish.console", KEY_BOOL, offsetof(struct config, has_console), 0, 0 },
	{ "publish.banner", KEY_BOOL, offsetof(struct config, has_banner), 0, 0 },
	{ "min_rsa_bits", KEY_NUMBER, offsetof(struct config, min_rsa_bits), 1024,
	  16384 },
	{ "network_seconds", KEY_NUMBER, offsetof(struct config, network_seconds), 1,
	  86400 },
};

/* Which account an image's users expect, by ID of os-release; groups that do not exist
 * are left out later. */
static const struct distribution {
	const char *id, *user, *gecos, *groups;
} distributions[] = {
	{ "debian", "debian", "Debian",
	  "adm audio cdrom dialout dip floppy netdev plugdev sudo video" },
	{ "ubuntu", "ubuntu", "Ubuntu", "adm cdrom dip sudo" },
	{ "alpine", "alpine", "Alpine", "adm wheel" },
	{ "arch", "arch", "Arch", "wheel users" },
	{ "fedora", "fedora", "Fedora", "wheel adm systemd-journal" },
	{ "rhel", "cloud-user", "Cloud User", "adm systemd-journal" },
	{ "centos", "cloud-user", "Cloud User", "adm systemd-journal" },
	{ "rocky", "rocky", "Rocky", "adm systemd-journal" },
	{ "almalinux", "almalinux", "AlmaLinux", "adm systemd-journal" },
	{ "amzn", "ec2-user", "EC2 User", "wheel adm systemd-journal" },
	{ "opensuse-leap", "opensuse", "openSUSE", "cdrom users" },
	{ "sles", "sles", "SLES", "cdrom users" },
	{ "azurelinux", "azureuser", "Azure Linux", "wheel adm systemd-journal" },
};

static const struct distribution other_distribution = { "", "admin", "Administrator",
							"wheel adm sudo" };

static int complain(const char *file, const struct value *at, struct dw_err *err,
		    const char *what)
{
	return dw_fail(err, DW_MALFORMED, "/%s:%u:%u: %s; see doorward.yaml(5)", file,
		       at->line, at->column, what);
}

static int set_text(char **to, const struct value *v, enum key_kind kind,
		    struct dw_err *err)
{
	struct slice s = slice_of(value_text(v));
	int r;

	switch ((int)kind) {
	case KEY_LOGIN:
		r = validate_login_name(s, err);
		break;
	case KEY_SHELL:
		r = validate_shell(s, err);
		break;
	case KEY_GECOS:
		r = validate_gecos(s, err);
		break;
	default:
		r = text_check(s, TEXT_WORD, DW_WORD_MAX, err);
		break;
	}
	if (r < 0)
		return r;
	free(*to);
	*to = NULL;
	return mem_strndup(to, s.data, s.len, err);
}

static int check_item(struct slice s, enum key_kind kind, struct dw_err *err)
{
	if (kind == KEY_GROUPS)
		return validate_group_name(s, err);
	if (kind == KEY_TYPES)
		return validate_hostkey_type(s, err);
	return validate_sudo_rule(s, err);
}

static int set_list(struct string_list *to, const struct value *v, enum key_kind kind,
		    struct dw_err *err)
{
	int r = 0;

	string_list_done(to);
	to->state = FIELD_EMPTY;
	for (size_t i = 0; r == 0 && i < v->count; i++) {
		const char *text = value_text(v->items[i]);

		if (text == NULL)
			return dw_fail(err, DW_MALFORMED, "takes a list of words");
		r = check_item(slice_of(text), kind, err);
		if (r == 0)
			r = string_list_append(to, slice_of(text), DW_GROUPS_MAX, err);
	}
	return r;
}

static int set_key(struct config *c, const struct config_key *k, const struct value *v,
		   struct dw_err *err)
{
	char *to = (char *)c + k->offset;
	int b;

	switch (k->kind) {
	case KEY_BOOL:
		b = value_bool(v);
		if (b < 0)
			return dw_fail(err, DW_MALFORMED, "takes true or false");
		*(bool *)(void *)to = b == 1;
		return 0;
	case KEY_NUMBER:
		if (value_text(v) == NULL ||
		    str_to_u64(slice_of(value_text(v)), k->max, (uint64_t *)(void *)to,
			       NULL) < 0 ||
		    *(uint64_t *)(void *)to < k->min)
			return dw_fail(
				err, DW_MALFORMED, "takes a number from %llu to %llu",
				(unsigned long long)k->min, (unsigned long long)k->max);
		return 0;
	case KEY_GROUPS:
	case KEY_RULES:
	case KEY_TYPES:
		if (v->kind != VALUE_LIST)
			return dw_fail(err, DW_MALFORMED, "takes a list");
		return set_list((struct string_list *)(void *)to, v, k->kind, err);
	case KEY_LOGIN:
	case KEY_SHELL:
	case KEY_GECOS:
	case KEY_WORD:
	default:
		if (value_text(v) == NULL)
			return dw_fail(err, DW_MALFORMED, "takes a word");
		return set_text((char **)(void *)to, v, k->kind, err);
	}
}

static const struct config_key *find_key(const char *prefix, const char *name)
{
	size_t n = strlen(prefix);

	if (strchr(name, '.') != NULL) /* one spelling: nested, as in the manual */
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		if (strncmp(keys[i].path, prefix, n) == 0 &&
		    strcmp(keys[i].path + n, name) == 0)
			return &keys[i];
	return NULL;
}

static bool is_section(const char *name)
{
	return strcmp(name, "default_user") == 0 || strcmp(name, "publish") == 0;
}

static int read_map(struct config *c, const char *file, const char *prefix,
		    const struct value *map, struct dw_err *err) must_check;

static int read_section(struct config *c, const char *file, const char *name,
			const struct value *v, struct dw_err *err)
{
	if (v->kind == VALUE_NULL) /* all of its keys are commented out */
		return 0;
	if (v->kind != VALUE_MAP)
		return complain(file, v, err, "must be a map of keys");
	return read_map(c, file,
			strcmp(name, "publish") == 0 ? "publish." : "default_user.", v,
			err);
}

static int read_map(struct config *c, const char *file, const char *prefix,
		    const struct value *map, struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < map->count; i++) {
		const struct value *name = map->keys[i], *item = map->items[i];
		const struct config_key *k = find_key(prefix, name->text);
		struct dw_err why = { 0 };

		if (k == NULL && prefix[0] == '\0' && is_section(name->text)) {
			r = read_section(c, file, name->text, item, err);
			continue;
		}
		if (k == NULL)
			return complain(file, name, err, "unknown key");
		if (set_key(c, k, item, &why) < 0) {
			cleanup_free char *what = NULL;

			r = mem_asprintf(&what, err, "%s: %s", k->path, why.message);
			return r < 0 ? r : complain(file, item, err, what);
		}
	}
	return r;
}

static int read_file(struct config *c, int root_fd, const char *path, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_CONFIG_MAX);
	cleanup_value struct value *v = NULL;
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, path, &text, &why);

	if (r == -DW_ABSENT)
		return 0;
	if (r < 0)
		return dw_err_copy(err, &why);
	r = yaml_load(slice_of_buf(&text), DW_CONFIG_MAX, &v, err);
	if (r < 0)
		return dw_wrap(err, "/%s", path);
	if (v->kind == VALUE_NULL)
		return 0;
	if (v->kind != VALUE_MAP)
		return complain(path, v, err, "must be a map of keys");
	return read_map(c, path, "", v, err);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_yaml(int root_fd, const char *dir, struct string_list *ret,
		     struct dw_err *err)
{
	cleanup_fd int fd = -1;
	struct dw_err why = { 0 };
	struct dirent *e;
	DIR *d;
	int r;

	r = fd_open_at(root_fd, dir, O_RDONLY | O_DIRECTORY, &fd, &why);
	if (r == -DW_ABSENT && !fd_exists_at(root_fd, dir)) /* a file there is an error */
		return 0;
	if (r < 0)
		return dw_err_copy(err, &why);
	d = fdopendir(fd);
	if (d == NULL)
		return dw_fail(err, DW_SYSTEM, "cannot list /%s", dir);
	(void)TAKE_FD(fd); /* the stream owns it now */
	while (r == 0 && (e = readdir(d)) != NULL)
		if (e->d_name[0] != '.' && str_ends_with(e->d_name, ".yaml"))
			r = string_list_append(ret, slice_of(e->d_name), DW_CONFIG_FILES,
					       err);
	(void)closedir(d); /* only read from */
	if (r == 0 && ret->count > 1)
		qsort(ret->items, ret->count, sizeof(*ret->items), by_name);
	return r;
}

static int read_dir(struct config *c, int root_fd, const char *dir, struct dw_err *err)
{
	cleanup_with(string_list_done) struct string_list names = { 0 };
	int r = list_yaml(root_fd, dir, &names, err);

	for (size_t i = 0; r == 0 && i < names.count; i++) {
		cleanup_free char *path = NULL;

		r = mem_asprintf(&path, err, "%s/%s", dir, names.items[i]);
		if (r == 0)
			r = read_file(c, root_fd, path, err);
	}
	return r;
}

static const struct distribution *find_distribution(int root_fd)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DMI_MAX * 4);
	struct slice rest, line;

	if (fd_read_file(root_fd, "etc/os-release", &text, NULL) < 0)
		return &other_distribution;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line)) {
		if (!slice_starts_with(line, "ID="))
			continue;
		line.data += 3;
		line.len -= 3;
		if (line.len >= 2 && (line.data[0] == '"' || line.data[0] == '\'') &&
		    line.data[line.len - 1] == line.data[0]) {
			line.data++;
			line.len -= 2;
		}
		for (size_t i = 0; i < ARRAY_LEN(distributions); i++)
			if (slice_eq(line, distributions[i].id))
				return &distributions[i];
	}
	return &other_distribution;
}

static int set_defaults(struct config *c, int root_fd, struct dw_err *err)
{
	const struct distribution *d = find_distribution(root_fd);
	struct slice rest = slice_of(d->groups), word;
	int r;

	c->may_delete_hostkeys = c->has_hostname = c->has_console = c->has_banner = true;
	c->min_rsa_bits = 2048;
	c->network_seconds = 300;
	r = mem_strdup(&c->user_name, d->user, err);
	if (r == 0)
		r = mem_strdup(&c->user_gecos, d->gecos, err);
	while (r == 0 && slice_next_word(&rest, &word))
		r = string_list_append(&c->user_groups, word, DW_GROUPS_MAX, err);
	if (r == 0)
		r = string_list_append(&c->user_sudo, SLICE("ALL=(ALL:ALL) NOPASSWD:ALL"),
				       DW_GROUPS_MAX, err);
	return r;
}

int config_load(int root_fd, struct config *ret, struct dw_err *err)
{
	cleanup_config struct config c = { 0 };
	int r = set_defaults(&c, root_fd, err);

	if (r == 0)
		r = read_dir(&c, root_fd, "usr/lib/doorward", err);
	if (r == 0)
		r = read_file(&c, root_fd, "etc/doorward/doorward.yaml", err);
	if (r == 0)
		r = read_dir(&c, root_fd, "etc/doorward/conf.d", err);
	if (r < 0)
		return r;
	*ret = c;
	c = (struct config){ 0 };
	return 0;
}

void config_done(struct config *c)
{
	free(c->datasource);
	free(c->user_name);
	free(c->user_gecos);
	free(c->user_shell);
	string_list_done(&c->user_groups);
	string_list_done(&c->user_sudo);
	string_list_done(&c->hostkey_types);
	*c = (struct config){ 0 };
}

struct plan_policy config_policy(const struct config *c)
{
	return (struct plan_policy){
		.default_user = {
			.name = c->user_name,
			.gecos = c->user_gecos,
			.shell = c->user_shell,
			.groups = &c->user_groups,
			.sudo = &c->user_sudo,
		},
		.hostkey_types = &c->hostkey_types,
		.may_delete_hostkeys = c->may_delete_hostkeys,
		.may_use_system_users = c->may_use_system_users,
		.has_hostname = c->has_hostname,
	};
}
