/* SPDX-License-Identifier: Apache-2.0 */
/* From user-data documents to users, names and switches of the instance; runs nothing. */
#include "datasources/cloudconfig.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/base64.h"
#include "codec/gunzip.h"
#include "codec/mime.h"
#include "codec/value.h"
#include "codec/yaml.h"
#include "model/validate.h"

/* One #cloud-config text; several make up the whole, later ones win. */
struct config {
	char *name; /* "user-data", "user-data[2]" for the second part of a multipart */
	struct value *root;
};

struct reader {
	const struct ds_context *ctx;
	struct instance *instance;
	struct config *configs;
	size_t count, capacity;
	size_t bytes;		  /* of all configs: a multipart of bombs is one bomb */
	bool may_be_root;	  /* disable_root: false was said */
	const char *default_user; /* borrowed; NULL: none */
};

#define PLACE_MAX 160

static void reader_done(struct reader *r)
{
	for (size_t n = 0; n < r->count; n++) {
		free(r->configs[n].name);
		value_free(r->configs[n].root);
	}
	free(r->configs);
}

void cloudconfig_target_done(struct cloudconfig_target *t)
{
	free(t->user);
	t->user = NULL;
}

/* -- documents to configs -- */

static int add_config(struct reader *r, const char *name, struct slice text,
		      struct dw_err *err)
{
	cleanup_value struct value *root = NULL;
	cleanup_free char *copy = NULL;
	int rc;

	r->bytes += text.len;
	if (r->bytes > DW_USERDATA_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "%s: more than %u bytes of cloud-config in all", name,
			       DW_USERDATA_MAX);
	rc = yaml_load(text, DW_USERDATA_MAX, &root, err);
	if (rc < 0)
		return dw_wrap(err, "%s", name);
	if (root->kind == VALUE_NULL)
		return 0;
	if (root->kind != VALUE_MAP)
		return dw_fail(err, DW_MALFORMED,
			       "%s:%u:%u: cloud-config must be a map of keys", name,
			       root->line, root->column);
	rc = mem_strdup(&copy, name, err);
	if (rc < 0)
		return rc;
	rc = MEM_GROW(r->configs, r->count, r->capacity, 2 * DW_MIME_PARTS, err);
	if (rc < 0)
		return rc;
	r->configs[r->count++] =
		(struct config){ .name = TAKE_PTR(copy), .root = TAKE_PTR(root) };
	return 0;
}

/* What the first bytes of a text say it is. */
static const struct kind {
	const char *start; /* of the first line */
	const char *kind;  /* userdata_kind */
	enum remark_kind remark;
	const char *reason; /* NULL: it is taken */
	const char *advice;
} kinds[] = {
	{ "#cloud-config-archive", "unknown", REMARK_UNSUPPORTED,
	  "a cloud-config archive is not read", "write its parts as MIME multipart" },
	{ "#cloud-config-jsonp", "unknown", REMARK_UNSUPPORTED,
	  "cloud-config as JSON patch is not read", "write it as #cloud-config" },
	{ "#cloud-config", "cloud-config", REMARK_NOTE, NULL, "" },
	{ "## template:", "unknown", REMARK_REFUSED,
	  "a template is not rendered (## template: jinja), so nothing in it was done",
	  "write the values out under #cloud-config" },
	{ "#!", "script", REMARK_UNSUPPORTED,
	  "a script: doorward runs nothing from user-data", "" },
	{ "#include", "unknown", REMARK_UNSUPPORTED,
	  "#include: other addresses are not fetched", "put the content in place" },
	{ "#part-handler", "unknown", REMARK_UNSUPPORTED,
	  "a part handler: doorward runs nothing from user-data", "" },
	{ "#cloud-boothook", "script", REMARK_UNSUPPORTED,
	  "a boothook: doorward runs nothing from user-data", "" },
	{ "#upstart-job", "script", REMARK_UNSUPPORTED,
	  "an upstart job: doorward runs nothing from user-data", "" },
};

static struct slice skip_bom(struct slice s)
{
	if (slice_starts_with(s, "\xef\xbb\xbf")) {
		s.data += 3;
		s.len -= 3;
	}
	return s;
}

static const struct kind *kind_of(struct slice text)
{
	text = skip_bom(text);
	for (size_t n = 0; n < ARRAY_LEN(kinds); n++)
		if (slice_starts_with(text, kinds[n].start))
			return &kinds[n];
	return NULL;
}

/* A text that is neither compressed nor multipart. *RET_KIND is a word of userdata_kind.
 */
static int add_text(struct reader *r, const char *name, struct slice text,
		    const char **ret_kind, struct dw_err *err)
{
	const struct kind *kind = kind_of(text);

	if (slice_trim(skip_bom(text)).len == 0) {
		*ret_kind = "none";
		return 0;
	}
	*ret_kind = kind != NULL ? kind->kind : "unknown";
	if (kind == NULL)
		return instance_remark(r->instance, REMARK_UNSUPPORTED, name,
				       "the first line says nothing that doorward knows",
				       "cloud-config must begin with #cloud-config", err);
	if (kind->reason != NULL)
		return instance_remark(r->instance, kind->remark, name, kind->reason,
				       kind->advice, err);
	return add_config(r, name, text, err);
}

static bool is_one_of(const char *s, const char *const *list)
{
	for (; *list != NULL; list++)
		if (strcmp(s, *list) == 0)
			return true;
	return false;
}

static int add_part(struct reader *r, const char *name, const struct mime_part *part,
		    struct dw_err *err)
{
	/* Types that say too little: the first line decides, as in cloud-init. */
	static const char *const vague[] = { "text/plain",
					     "text/x-not-multipart",
					     "application/octet-stream",
					     "application/gzip",
					     "application/x-gzip",
					     "application/gzip-compressed",
					     "application/x-compressed",
					     NULL };
	cleanup_buf struct dw_buf inflated = BUF_INIT(DW_USERDATA_MAX);
	cleanup_free char *reason = NULL;
	struct slice text = { part->data, part->len };
	const char *kind;
	int rc;

	if (gunzip_is_gzip(text)) {
		rc = gunzip(text, &inflated, err);
		if (rc < 0)
			return dw_wrap(err, "%s", name);
		text = slice_of_buf(&inflated);
	}
	if (strcmp(part->type, "text/cloud-config") == 0)
		return slice_starts_with(skip_bom(text), "## template:")
			       ? add_text(r, name, text, &kind, err)
			       : add_config(r, name, text, err);
	if (is_one_of(part->type, vague))
		return add_text(r, name, text, &kind, err);
	rc = mem_asprintf(&reason, err,
			  "a part of type %s: doorward reads only text/cloud-config",
			  part->type);
	if (rc < 0)
		return rc;
	return instance_remark(r->instance, REMARK_UNSUPPORTED, name, reason, "", err);
}

static int add_multipart(struct reader *r, const char *name, struct slice text,
			 struct dw_err *err)
{
	cleanup_mime_parts struct mime_parts parts = { 0 };
	char part_name[PLACE_MAX];
	int rc;

	rc = mime_read(text, DW_USERDATA_MAX, &parts, err);
	if (rc < 0)
		return dw_wrap(err, "%s", name);
	for (size_t n = 0; n < parts.count; n++) {
		(void)snprintf(part_name, sizeof(part_name), "%s[%zu]", name, n + 1);
		rc = add_part(r, part_name, &parts.items[n], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * People paste base64 where the text itself belongs. Only what decodes to something that
 * we know by its first bytes is taken for that.
 */
static int decode_if_base64(struct slice text, struct dw_buf *ret, bool *ret_is,
			    struct dw_err *err)
{
	struct dw_err ignored;
	int rc;

	*ret_is = false;
	if (text.len == 0 || kind_of(text) != NULL || mime_is_message(text) ||
	    gunzip_is_gzip(text))
		return 0;
	rc = base64_decode_wrapped(text, ret, &ignored);
	if (rc == -DW_NO_MEMORY)
		return dw_err_copy(err, &ignored);
	if (rc < 0)
		return 0;
	*ret_is = kind_of(slice_of_buf(ret)) != NULL ||
		  mime_is_message(slice_of_buf(ret)) || gunzip_is_gzip(slice_of_buf(ret));
	return 0;
}

static int add_document(struct reader *r, const struct cloudconfig_doc *doc,
			struct dw_err *err)
{
	cleanup_buf struct dw_buf decoded = BUF_INIT(DW_USERDATA_MAX);
	cleanup_buf struct dw_buf inflated = BUF_INIT(DW_USERDATA_MAX);
	const char *kind = "none";
	struct slice text = doc->data;
	bool is_base64;
	int rc;

	rc = decode_if_base64(text, &decoded, &is_base64, err);
	if (rc < 0)
		return rc;
	if (is_base64) {
		text = slice_of_buf(&decoded);
		rc = instance_remark(r->instance, REMARK_NOTE, doc->name,
				     "was base64 as a whole; decoded", "", err);
		if (rc < 0)
			return rc;
	}
	if (gunzip_is_gzip(text)) {
		rc = gunzip(text, &inflated, err);
		if (rc < 0)
			return dw_wrap(err, "%s", doc->name);
		text = slice_of_buf(&inflated);
	}
	if (mime_is_message(text)) {
		kind = "multipart";
		rc = add_multipart(r, doc->name, text, err);
	} else {
		rc = add_text(r, doc->name, text, &kind, err);
	}
	if (rc < 0 || doc->is_vendor)
		return rc;
	r->instance->userdata_bytes = doc->data.len;
	return field_set(&r->instance->userdata_kind, slice_of(kind), err);
}

/* -- looking up, telling -- */

/* KEY in the last config that has it. */
static const struct value *find(const struct reader *r, const char *key,
				const struct config **ret)
{
	for (size_t n = r->count; n > 0; n--) {
		const struct value *v = value_get(r->configs[n - 1].root, key);

		if (v == NULL)
			continue;
		*ret = &r->configs[n - 1];
		return v;
	}
	return NULL;
}

static const char *place_of(const struct config *c, const struct value *v,
			    char buf[static PLACE_MAX])
{
	(void)snprintf(buf, PLACE_MAX, "%s:%u:%u", c->name, v->line, v->column);
	return buf;
}

static int remark_at(struct reader *r, enum remark_kind kind, const struct config *c,
		     const struct value *v, const char *reason, const char *advice,
		     struct dw_err *err)
{
	char place[PLACE_MAX];

	return instance_remark(r->instance, kind, place_of(c, v, place), reason, advice,
			       err);
}

/* The failure RC is about the value V alone: told, and the run goes on. */
static int forgive(struct reader *r, int rc, const struct config *c,
		   const struct value *v, const char *advice, struct dw_err *err)
{
	char place[PLACE_MAX];

	return remark_failure(r->instance, rc, place_of(c, v, place), advice, err);
}

/* A key may be null ("~: x"); then it has no name. */
static const char *name_of(const struct value *key)
{
	const char *name = value_text(key);

	return name != NULL ? name : "";
}

static int remark_unsupported(struct reader *r, const struct config *c,
			      const struct value *key, struct dw_err *err)
{
	static const char *const passwords[] = {
		"chpasswd",	 "password",	      "passwd",
		"hashed_passwd", "plain_text_passwd", NULL
	};
	cleanup_free char *reason = NULL;
	int rc;

	rc = mem_asprintf(
		&reason, err, "\"%s\" is not supported%s", name_of(key),
		is_one_of(name_of(key), passwords) ? ": doorward sets no password" : "");
	if (rc < 0)
		return rc;
	return remark_at(r, REMARK_UNSUPPORTED, c, key, reason, "", err);
}

/* Keys are compared with '-' read as '_', as in cloud-init's user entries. */
static bool is_same_key(const char *written, const char *name)
{
	for (; *written != '\0' && *name != '\0'; written++, name++)
		if (*written != *name && !(*written == '-' && *name == '_'))
			return false;
	return *written == *name;
}

static int read_bool(struct reader *r, const struct config *c, const struct value *v,
		     enum tristate *ret, struct dw_err *err)
{
	int is = value_bool(v);

	if (v->kind == VALUE_NULL)
		return 0;
	if (is < 0)
		return remark_at(r, REMARK_REFUSED, c, v, "neither true nor false", "",
				 err);
	*ret = is == 1 ? TRI_YES : TRI_NO;
	return 0;
}

typedef int validator(struct slice s, struct dw_err *err);

static int read_field(struct reader *r, const struct config *c, const struct value *v,
		      validator *validate, struct field *ret, struct dw_err *err)
{
	struct slice text;
	int rc;

	if (v->kind == VALUE_NULL)
		return 0;
	if (v->kind != VALUE_SCALAR)
		return remark_at(r, REMARK_REFUSED, c, v, "a single value is expected",
				 "", err);
	text = (struct slice){ v->text, v->text_len };
	if (text.len == 0)
		return 0;
	rc = validate(text, err);
	if (rc < 0)
		return forgive(r, rc, c, v, "", err);
	return field_set(ret, text, err);
}

static int append_word(struct reader *r, const struct config *c, const struct value *v,
		       struct slice word, validator *validate, struct string_list *ret,
		       struct dw_err *err)
{
	cleanup_free char *text = NULL;
	int rc;

	rc = validate(word, err);
	if (rc < 0)
		return forgive(r, rc, c, v, "", err);
	rc = mem_strndup(&text, word.data, word.len, err);
	if (rc < 0)
		return rc;
	if (string_list_has(ret, text))
		return 0;
	rc = string_list_append(ret, word, DW_GROUPS_MAX, err);
	return rc < 0 ? forgive(r, rc, c, v, "", err) : 0;
}

/* A list of scalars; or one scalar, cut at SEPARATOR (0: not cut). */
static int read_words(struct reader *r, const struct config *c, const struct value *v,
		      char separator, validator *validate, struct string_list *ret,
		      struct dw_err *err)
{
	struct slice rest;
	int rc;

	if (v->kind == VALUE_LIST) {
		if (v->count == 0 && ret->count == 0)
			ret->state = FIELD_EMPTY;
		for (size_t n = 0; n < v->count; n++) {
			rc = v->items[n]->kind == VALUE_SCALAR
				     ? read_words(r, c, v->items[n], separator, validate,
						  ret, err)
				     : remark_at(r, REMARK_REFUSED, c, v->items[n],
						 "a single value is expected", "", err);
			if (rc < 0)
				return rc;
		}
		return 0;
	}
	if (v->kind != VALUE_SCALAR)
		return remark_at(r, REMARK_REFUSED, c, v,
				 "a text or a list of texts is expected", "", err);
	for (rest = (struct slice){ v->text, v->text_len }; rest.len > 0;) {
		const char *end =
			separator != 0 ? memchr(rest.data, separator, rest.len) : NULL;
		size_t len = end != NULL ? (size_t)(end - rest.data) : rest.len;
		struct slice word = slice_trim((struct slice){ rest.data, len });

		rest.data += len + (end != NULL);
		rest.len -= len + (end != NULL);
		if (word.len == 0)
			continue;
		rc = append_word(r, c, v, word, validate, ret, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* -- users -- */

static int read_user_keys(struct reader *r, const struct config *c, const struct value *v,
			  const char *user, struct dw_err *err)
{
	struct keys_count count = { 0 };
	char place[PLACE_MAX];
	struct user *owner;
	struct slice text;
	int rc;

	if (v->kind == VALUE_SCALAR) {
		text = (struct slice){ v->text, v->text_len };
		return keys_add(r->ctx, r->instance, user, text, place_of(c, v, place),
				&count, err);
	}
	if (v->kind == VALUE_MAP)
		return remark_at(r, REMARK_REFUSED, c, v, "a list of keys is expected",
				 "", err);
	if (v->kind == VALUE_LIST && v->count == 0) {
		rc = instance_user(r->instance, slice_of(user), &owner, err);
		if (rc < 0)
			return rc;
		if (owner->keys.state == FIELD_UNSET)
			owner->keys.state = FIELD_EMPTY;
	}
	for (size_t n = 0; v->kind == VALUE_LIST && n < v->count; n++) {
		const struct value *item = v->items[n];

		rc = item->kind == VALUE_SCALAR
			     ? read_user_keys(r, c, item, user, err)
			     : remark_at(
				       r, REMARK_REFUSED, c, item,
				       "not a key but a list or a map",
				       "write the key in quotes: a ': ' in its comment makes it a map",
				       err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_sudo(struct reader *r, const struct config *c, const struct value *v,
		     struct user *user, struct dw_err *err)
{
	if (v->kind == VALUE_NULL ||
	    (v->kind == VALUE_SCALAR && !v->is_quoted && value_bool(v) == 0)) {
		user->sudo.state = user->sudo.count > 0 ? FIELD_SET : FIELD_EMPTY;
		return 0;
	}
	if (v->kind == VALUE_SCALAR && !v->is_quoted && value_bool(v) == 1)
		return remark_at(r, REMARK_REFUSED, c, v, "true is no sudo rule",
				 "write ALL=(ALL) NOPASSWD:ALL", err);
	return read_words(r, c, v, /* separator= */ 0, validate_sudo_rule, &user->sudo,
			  err);
}

static int read_groups(struct reader *r, const struct config *c, const struct value *v,
		       struct user *user, struct dw_err *err)
{
	int rc;

	if (v->kind == VALUE_NULL)
		return 0;
	if (v->kind != VALUE_MAP)
		return read_words(r, c, v, ',', validate_group_name, &user->groups, err);
	for (size_t n = 0; n < v->count;
	     n++) { /* {docker: null, adm: null} is a list too */
		rc = read_words(r, c, v->keys[n], ',', validate_group_name, &user->groups,
				err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* One key of a user's map. USER is looked up by name each time: keys_add() may move it.
 */
static int read_user_key(struct reader *r, const struct config *c,
			 const struct value *key, const struct value *v, const char *name,
			 struct dw_err *err)
{
	const char *word = name_of(key);
	struct user *user;
	int rc;

	if (is_same_key(word, "name"))
		return 0;
	if (is_same_key(word, "ssh_authorized_keys"))
		return read_user_keys(r, c, v, name, err);
	rc = instance_user(r->instance, slice_of(name), &user, err);
	if (rc < 0)
		return rc;
	if (is_same_key(word, "gecos"))
		return read_field(r, c, v, validate_gecos, &user->gecos, err);
	if (is_same_key(word, "shell"))
		return read_field(r, c, v, validate_shell, &user->shell, err);
	if (is_same_key(word, "primary_group"))
		return read_field(r, c, v, validate_group_name, &user->primary_group,
				  err);
	if (is_same_key(word, "lock_passwd"))
		return read_bool(r, c, v, &user->lock_passwd, err);
	if (is_same_key(word, "groups"))
		return read_groups(r, c, v, user, err);
	if (is_same_key(word, "sudo"))
		return read_sudo(r, c, v, user, err);
	return remark_unsupported(r, c, key, err);
}

/* Is NAME a login name, and may it be used? Tells why not. */
static int may_use_name(struct reader *r, const struct config *c, const struct value *at,
			struct slice name, bool *ret, struct dw_err *err)
{
	int rc;

	*ret = false;
	rc = validate_login_name(name, err);
	if (rc < 0)
		return forgive(r, rc, c, at, "", err);
	if (slice_eq(name, "root") && !r->may_be_root)
		return remark_at(r, REMARK_REFUSED, c, at, "logins as root are disabled",
				 "set disable_root: false, or name another user", err);
	*ret = true;
	return 0;
}

/* MAP may be NULL: a user that is only named. */
static int read_user(struct reader *r, const struct config *c, const struct value *at,
		     struct slice name, const struct value *map, struct dw_err *err)
{
	cleanup_free char *copy = NULL;
	struct user *user;
	bool is_usable;
	int rc;

	rc = may_use_name(r, c, at, name, &is_usable, err);
	if (rc < 0 || !is_usable)
		return rc;
	rc = mem_strndup(&copy, name.data, name.len, err);
	if (rc < 0)
		return rc;
	user = instance_find_user(r->instance, copy);
	if (user != NULL && !user->is_default) {
		rc = remark_at(
			r, REMARK_NOTE, c, at,
			"this user was named before; both entries count, the later one first",
			"", err);
		if (rc < 0)
			return rc;
	}
	rc = instance_user(r->instance, name, &user, err);
	for (size_t n = 0;
	     rc == 0 && map != NULL && map->kind == VALUE_MAP && n < map->count; n++)
		rc = read_user_key(r, c, map->keys[n], map->items[n], copy, err);
	return rc;
}

static struct slice text_of(const struct value *v)
{
	return v != NULL && v->kind == VALUE_SCALAR
		       ? (struct slice){ v->text, v->text_len }
		       : SLICE("");
}

/* An entry for the default user; HAS_ENTRY is whether it was asked for at all. */
static int read_default_entry(struct reader *r, const struct config *c,
			      const struct value *at, const struct value *map,
			      struct dw_err *err)
{
	if (r->default_user == NULL)
		return remark_at(
			r, REMARK_REFUSED, c, at, "no default user is configured",
			"name one: default_user: in doorward.yaml, or user: here", err);
	return read_user(r, c, at, slice_of(r->default_user), map, err);
}

static int read_entry(struct reader *r, const struct config *c, const struct value *at,
		      struct slice name, const struct value *map, struct dw_err *err)
{
	if (name.len == 0)
		return remark_at(r, REMARK_REFUSED, c, at, "a user without a name", "",
				 err);
	if (slice_eq(name, "default"))
		return read_default_entry(r, c, at, map, err);
	return read_user(r, c, at, name, map, err);
}

/* "default,bob" */
static int read_names(struct reader *r, const struct config *c, const struct value *v,
		      struct dw_err *err)
{
	struct slice rest = { v->text, v->text_len };
	int rc;

	while (rest.len > 0) {
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len = comma != NULL ? (size_t)(comma - rest.data) : rest.len;
		struct slice name = slice_trim((struct slice){ rest.data, len });

		rest.data += len + (comma != NULL);
		rest.len -= len + (comma != NULL);
		rc = name.len > 0 ? read_entry(r, c, v, name, /* map= */ NULL, err) : 0;
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_users(struct reader *r, const struct config *c, const struct value *users,
		      struct dw_err *err)
{
	int rc = 0;

	if (users->kind == VALUE_SCALAR)
		return read_names(r, c, users, err);
	for (size_t n = 0; rc == 0 && users->kind == VALUE_LIST && n < users->count;
	     n++) {
		const struct value *item = users->items[n];

		if (item->kind == VALUE_SCALAR)
			rc = read_names(r, c, item, err);
		else if (item->kind == VALUE_MAP)
			rc = read_entry(r, c, item, text_of(value_get(item, "name")),
					item, err);
		else
			rc = remark_at(r, REMARK_REFUSED, c, item,
				       "a user without a name", "", err);
	}
	for (size_t n = 0; rc == 0 && users->kind == VALUE_MAP && n < users->count; n++)
		if (value_bool(users->items[n]) != 0) /* {bob: false} takes bob out */
			rc = read_entry(r, c, users->keys[n], text_of(users->keys[n]),
					users->items[n], err);
	return rc;
}

/* Does NAMES ("default,bob") hold the word default? */
static bool names_default(struct slice names)
{
	while (names.len > 0) {
		const char *comma = memchr(names.data, ',', names.len);
		size_t len = comma != NULL ? (size_t)(comma - names.data) : names.len;

		if (slice_eq(slice_trim((struct slice){ names.data, len }), "default"))
			return true;
		names.data += len + (comma != NULL);
		names.len -= len + (comma != NULL);
	}
	return false;
}

/* No list: the default user it is. A list decides for itself. */
static bool wants_default(const struct value *users)
{
	const struct value *entry;

	if (users == NULL || users->kind == VALUE_NULL)
		return true;
	if (users->kind == VALUE_SCALAR)
		return names_default(text_of(users));
	if (users->kind == VALUE_MAP) {
		entry = value_get(users, "default");
		return entry == NULL || value_bool(entry) != 0;
	}
	for (size_t n = 0; n < users->count; n++) {
		entry = users->items[n];
		if (entry->kind == VALUE_MAP)
			entry = value_get(entry, "name");
		if (names_default(text_of(entry)))
			return true;
	}
	return false;
}

/* user: NAME, or user: {name: NAME, ...}. *RET_IS_NAMED: the default user is asked for by
 * it. */
static int read_user_override(struct reader *r, const struct config *c,
			      const struct value *v, bool *ret_is_named,
			      struct dw_err *err)
{
	const struct value *name = v;
	bool is_usable;
	int rc;

	if (v->kind == VALUE_NULL)
		return 0;
	if (v->kind == VALUE_MAP)
		name = value_get(v, "name");
	*ret_is_named = true;
	if (name == NULL || name->kind == VALUE_NULL)
		return 0;
	rc = may_use_name(r, c, name, text_of(name), &is_usable, err);
	if (rc < 0)
		return rc;
	r->default_user = is_usable ? value_text(name) : NULL;
	return 0;
}

static int make_default_user(struct reader *r, struct dw_err *err)
{
	struct user *user;
	int rc;

	rc = instance_user(r->instance, slice_of(r->default_user), &user, err);
	if (rc < 0)
		return rc;
	user->is_default = true;
	user->admin = TRI_YES;
	return 0;
}

static int read_people(struct reader *r, struct dw_err *err)
{
	const struct config *user_config = NULL, *users_config = NULL;
	const struct value *user = find(r, "user", &user_config);
	const struct value *users = find(r, "users", &users_config);
	struct user *made;
	bool is_named = false;
	int rc = 0;

	if (user != NULL)
		rc = read_user_override(r, user_config, user, &is_named, err);
	if (rc < 0)
		return rc;
	if (!is_named && !wants_default(users))
		r->default_user = NULL;
	if (r->default_user != NULL)
		rc = make_default_user(r, err);
	if (rc == 0 && r->default_user != NULL && user != NULL && user->kind == VALUE_MAP)
		rc = read_default_entry(r, user_config, user, user, err);
	if (rc == 0 && users != NULL)
		rc = read_users(r, users_config, users, err);
	if (rc < 0 || r->default_user == NULL)
		return rc;
	made = instance_find_user(r->instance, r->default_user);
	if (made != NULL && made->sudo.state == FIELD_EMPTY)
		made->admin = TRI_NO; /* "sudo: false" was said of the default user */
	return 0;
}

/* -- everything else -- */

static int read_switch(struct reader *r, const char *key, enum tristate *ret,
		       struct dw_err *err)
{
	const struct config *c = NULL;
	const struct value *v = find(r, key, &c);

	return v != NULL ? read_bool(r, c, v, ret, err) : 0;
}

/* ssh_pwauth has a third word: "unchanged", which is what absent means too. */
static int read_pwauth(struct reader *r, struct dw_err *err)
{
	const struct config *c = NULL;
	const struct value *v = find(r, "ssh_pwauth", &c);

	if (v == NULL || slice_eq_nocase(text_of(v), "unchanged"))
		return 0;
	return read_bool(r, c, v, &r->instance->password_authentication, err);
}

static int read_key_types(struct reader *r, struct dw_err *err)
{
	const struct config *c = NULL;
	const struct value *v = find(r, "ssh_genkeytypes", &c);

	if (v == NULL || v->kind == VALUE_NULL)
		return 0;
	return read_words(r, c, v, ',', validate_hostkey_type,
			  &r->instance->ssh_genkeytypes, err);
}

int instance_name_host(struct instance *i, struct slice name, const char *source,
		       struct dw_err *err)
{
	const char *dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;
	int rc;

	rc = validate_hostname(name, err);
	if (rc < 0)
		return remark_failure(i, rc, source, "", err);
	if (dot == NULL)
		return field_set(&i->hostname, name, err);
	rc = field_set(&i->fqdn, name, err);
	if (rc < 0)
		return rc;
	return field_set(&i->hostname,
			 (struct slice){ name.data, (size_t)(dot - name.data) }, err);
}

/* The fqdn of the platform does not fit a hostname of the user. */
static void drop_other_fqdn(struct instance *i)
{
	size_t len = strlen(field_text(&i->hostname));

	if (i->fqdn.state == FIELD_SET &&
	    (strncmp(i->fqdn.text, field_text(&i->hostname), len) != 0 ||
	     i->fqdn.text[len] != '.'))
		field_done(&i->fqdn);
}

static int name_host(struct reader *r, const struct config *c, const struct value *v,
		     struct slice name, struct dw_err *err)
{
	char place[PLACE_MAX];

	if (v->kind != VALUE_SCALAR)
		return remark_at(r, REMARK_REFUSED, c, v, "a single name is expected", "",
				 err);
	return instance_name_host(r->instance, name, place_of(c, v, place), err);
}

/* With both said, the hostname counts up to its first dot. */
static int read_names_of_host(struct reader *r, struct dw_err *err)
{
	const struct config *fqdn_config = NULL, *hostname_config = NULL;
	const struct value *fqdn = find(r, "fqdn", &fqdn_config);
	const struct value *hostname = find(r, "hostname", &hostname_config);
	struct slice name = text_of(hostname);
	const char *dot;
	int rc = 0;

	if (fqdn != NULL && fqdn->kind != VALUE_NULL)
		rc = name_host(r, fqdn_config, fqdn, text_of(fqdn), err);
	else
		fqdn = NULL;
	if (rc < 0 || hostname == NULL || hostname->kind == VALUE_NULL)
		return rc;
	dot = name.len > 0 ? memchr(name.data, '.', name.len) : NULL;
	if (fqdn != NULL && dot != NULL)
		name.len = (size_t)(dot - name.data);
	rc = name_host(r, hostname_config, hostname, name, err);
	if (rc == 0 && fqdn == NULL)
		drop_other_fqdn(r->instance);
	return rc;
}

static int remark_unknown_keys(struct reader *r, struct dw_err *err)
{
	static const char *const known[] = {
		"users",      "user",		"ssh_authorized_keys",
		"hostname",   "fqdn",		"disable_root",
		"ssh_pwauth", "ssh_deletekeys", "ssh_genkeytypes",
		NULL
	};
	int rc;

	for (size_t n = 0; n < r->count; n++) {
		const struct value *root = r->configs[n].root;

		for (size_t k = 0; k < root->count; k++) {
			if (is_one_of(name_of(root->keys[k]), known))
				continue;
			rc = remark_unsupported(r, &r->configs[n], root->keys[k], err);
			if (rc < 0)
				return rc;
		}
	}
	return 0;
}

int cloudconfig_add_keys(const struct ds_context *ctx,
			 const struct cloudconfig_target *target, struct slice value,
			 const char *source, struct instance *i, struct keys_count *count,
			 struct dw_err *err)
{
	struct keys_count again = { 0 };
	int rc;

	if (target->user == NULL && !target->also_root) {
		count->refused++;
		return instance_remark(
			i, REMARK_REFUSED, source,
			"a key for the default user, but there is none",
			"add default to users:, or give the key to one of them", err);
	}
	if (target->user != NULL) {
		rc = keys_add(ctx, i, target->user, value, source, count, err);
		if (rc < 0 || !target->also_root)
			return rc;
	}
	return keys_add(ctx, i, "root", value, source,
			target->user != NULL ? &again : count, err);
}

static int read_common_keys(struct reader *r, const struct cloudconfig_target *target,
			    struct dw_err *err)
{
	struct keys_count count = { 0 };
	const struct config *c = NULL;
	const struct value *v = find(r, "ssh_authorized_keys", &c), *item;
	char place[PLACE_MAX];
	int rc;

	if (v == NULL || v->kind == VALUE_NULL)
		return 0;
	for (size_t n = 0; n < (v->kind == VALUE_LIST ? v->count : 1); n++) {
		item = v->kind == VALUE_LIST ? v->items[n] : v;
		rc = item->kind == VALUE_SCALAR
			     ? cloudconfig_add_keys(r->ctx, target, text_of(item),
						    place_of(c, item, place), r->instance,
						    &count, err)
			     : remark_at(
				       r, REMARK_REFUSED, c, item,
				       "not a key but a list or a map",
				       "write the key in quotes: a ': ' in its comment makes it a map",
				       err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int read_everything(struct reader *r, struct dw_err *err)
{
	struct instance *i = r->instance;
	int rc;

	rc = remark_unknown_keys(r, err);
	if (rc == 0)
		rc = read_switch(r, "disable_root", &i->disable_root, err);
	r->may_be_root = i->disable_root == TRI_NO;
	if (rc == 0)
		rc = read_switch(r, "ssh_deletekeys", &i->ssh_deletekeys, err);
	if (rc == 0)
		rc = read_pwauth(r, err);
	if (rc == 0)
		rc = read_key_types(r, err);
	if (rc == 0)
		rc = read_names_of_host(r, err);
	return rc == 0 ? read_people(r, err) : rc;
}

int cloudconfig_apply(const struct ds_context *ctx, const struct cloudconfig_doc *docs,
		      size_t count, const char *default_user, struct instance *i,
		      struct cloudconfig_target *ret, struct dw_err *err)
{
	cleanup_with(reader_done) struct reader r = { .ctx = ctx, .instance = i };
	cleanup_cloudconfig_target struct cloudconfig_target target = { 0 };
	int rc;

	if (default_user != NULL && default_user[0] != '\0')
		r.default_user = default_user;
	rc = field_set(&i->userdata_kind, SLICE("none"), err);
	for (size_t n = 0; rc == 0 && n < count; n++)
		rc = add_document(&r, &docs[n], err);
	if (rc == 0)
		rc = read_everything(&r, err);
	if (rc < 0)
		return rc;
	if (r.default_user != NULL) {
		rc = mem_strdup(&target.user, r.default_user, err);
		if (rc < 0)
			return rc;
	}
	target.also_root = r.may_be_root;
	rc = read_common_keys(&r, &target, err);
	if (rc < 0)
		return rc;
	ret->also_root = target.also_root;
	ret->user = TAKE_PTR(target.user);
	return 0;
}
