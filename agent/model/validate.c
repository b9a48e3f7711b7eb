/* SPDX-License-Identifier: Apache-2.0 */
/* The rules. Each is written once, here; both programs call them. */
#include "model/validate.h"

#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "codec/sshpub.h"

#define PATH_MAX_BYTES	    256
#define FILE_NAME_MAX_BYTES 64
#define GECOS_MAX_BYTES	    256
#define UUID_LEN	    36

static bool is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool has(struct slice s, const char *part)
{
	return memmem(s.data, s.len, part, strlen(part)) != NULL;
}

/* WHAT names the thing in the message; S itself is shown too, made visible by dw_fail().
 */
static int check_name(struct slice s, const char *what, struct dw_err *err)
{
	if (s.len == 0)
		return dw_fail(err, DW_MALFORMED, "empty %s", what);
	if (s.len > DW_NAME_MAX)
		return dw_fail(err, DW_TOO_BIG, "%s of %zu bytes, at most %d are allowed",
			       what, s.len, DW_NAME_MAX);
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (is_lower(c) || c == '_' || (i > 0 && (is_digit(c) || c == '-')))
			continue;
		return dw_fail(
			err, DW_MALFORMED,
			"%s \"%.*s\": must begin with a-z or _, go on with a-z 0-9 _ -",
			what, (int)s.len, s.data);
	}
	return 0;
}

int validate_login_name(struct slice s, struct dw_err *err)
{
	return check_name(s, "login name", err);
}

int validate_group_name(struct slice s, struct dw_err *err)
{
	return check_name(s, "group name", err);
}

static int check_label(struct slice s, struct dw_err *err)
{
	if (s.len == 0)
		return dw_fail(err, DW_MALFORMED, "host name with an empty label");
	if (s.len > DW_LABEL_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "host name label of %zu bytes, at most %d are allowed",
			       s.len, DW_LABEL_MAX);
	for (size_t i = 0; i < s.len; i++) {
		char c = s.data[i];

		if (is_alnum(c) || (c == '-' && i > 0 && i < s.len - 1))
			continue;
		return dw_fail(
			err, DW_MALFORMED,
			"host name label \"%.*s\": only letters, digits and inner '-'",
			(int)s.len, s.data);
	}
	return 0;
}

int validate_hostname(struct slice s, struct dw_err *err)
{
	int r;

	if (s.len > DW_HOSTNAME_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "host name of %zu bytes, at most %d are allowed", s.len,
			       DW_HOSTNAME_MAX);
	for (;;) {
		const char *dot = s.len > 0 ? memchr(s.data, '.', s.len) : NULL;
		size_t n = dot != NULL ? (size_t)(dot - s.data) : s.len;

		r = check_label((struct slice){ s.data, n }, err);
		if (r < 0 || dot == NULL)
			return r;
		s = (struct slice){ dot + 1, s.len - n - 1 };
	}
}

static int check_text(struct slice s, enum text_class class, size_t max, const char *what,
		      struct dw_err *err)
{
	int r;

	if (s.len == 0)
		return dw_fail(err, DW_MALFORMED, "empty %s", what);
	r = text_check(s, class, max, err);
	return r < 0 ? dw_wrap_code(err, r, "%s", what) : 0;
}

int validate_instance_id(struct slice s, struct dw_err *err)
{
	return check_text(s, TEXT_WORD, DW_INSTANCE_ID_MAX, "instance id", err);
}

int validate_uuid(struct slice s, struct dw_err *err)
{
	bool is_good = s.len == UUID_LEN;

	for (size_t i = 0; is_good && i < s.len; i++) {
		bool wants_dash = i == 8 || i == 13 || i == 18 || i == 23;
		char c = s.data[i];

		is_good = wants_dash ? c == '-' : is_digit(c) || (c >= 'a' && c <= 'f');
	}
	if (!is_good)
		return dw_fail(err, DW_MALFORMED,
			       "no uuid of the form 8-4-4-4-12 in lower case");
	return 0;
}

static bool has_dotdot(struct slice path)
{
	for (size_t i = 0; i + 2 < path.len; i++)
		if (memcmp(path.data + i, "/..", 3) == 0 &&
		    (i + 3 == path.len || path.data[i + 3] == '/'))
			return true;
	return false;
}

int validate_shell(struct slice s, struct dw_err *err)
{
	int r = check_text(s, TEXT_WORD, PATH_MAX_BYTES, "shell", err);

	if (r < 0)
		return r;
	/* ':' would be a seventh colon in passwd(5). */
	if (s.data[0] != '/' || s.len == 1 || s.data[s.len - 1] == '/' || has_dotdot(s) ||
	    has(s, "//") || has(s, ":"))
		return dw_fail(
			err, DW_MALFORMED,
			"shell \"%.*s\": must be an absolute path without \"..\", \"//\", ':'",
			(int)s.len, s.data);
	return 0;
}

int validate_gecos(struct slice s, struct dw_err *err)
{
	int r = check_text(s, TEXT_LINE, GECOS_MAX_BYTES, "gecos", err);

	if (r < 0)
		return r;
	if (has(s, ":"))
		return dw_fail(err, DW_MALFORMED, "gecos with ':'");
	return 0;
}

int validate_sudo_rule(struct slice s, struct dw_err *err)
{
	if (s.len == 0)
		return dw_fail(err, DW_MALFORMED, "empty sudo rule");
	if (s.len > DW_WORD_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "sudo rule of %zu bytes, at most %d are allowed", s.len,
			       DW_WORD_MAX);
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < 0x20 || s.data[i] > 0x7e || s.data[i] == '\\' ||
		    s.data[i] == '#')
			return dw_fail(err, DW_MALFORMED,
				       "sudo rule: byte %zu (0x%02x) is not allowed", i,
				       (unsigned char)s.data[i]);
	if (s.data[0] == ' ' || s.data[s.len - 1] == ' ')
		return dw_fail(err, DW_MALFORMED, "sudo rule with blanks around it");
	if (s.data[0] == '%' || has(s, "@include"))
		return dw_fail(err, DW_MALFORMED,
			       "sudo rule with '%%' in front or @include");
	return 0;
}

int validate_key_line(struct slice s, struct dw_err *err)
{
	cleanup_sshpub struct sshpub key = { 0 };
	cleanup_buf struct dw_buf line = BUF_INIT(DW_KEY_LINE_MAX);
	int r;

	if (s.len > DW_KEY_LINE_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "key line of %zu bytes, at most %d are allowed", s.len,
			       DW_KEY_LINE_MAX);
	r = sshpub_parse_line(s, &SSHPUB_POLICY_SSHD, &key, err);
	if (r < 0)
		return r;
	r = sshpub_print(&key, &line, err);
	if (r < 0)
		return r;
	if (line.len != s.len || memcmp(line.data, s.data, s.len) != 0)
		return dw_fail(err, DW_MALFORMED,
			       "key line is not in its canonical form");
	return 0;
}

int validate_hostkey_type(struct slice s, struct dw_err *err)
{
	if (slice_eq(s, "rsa") || slice_eq(s, "ecdsa") || slice_eq(s, "ed25519"))
		return 0;
	return dw_fail(err, DW_MALFORMED, "host key type must be rsa, ecdsa or ed25519");
}

int validate_tag(struct slice s, struct dw_err *err)
{
	bool is_good = s.len > 0 && s.len <= DW_NAME_MAX && is_lower(s.data[0]);

	for (size_t i = 0; is_good && i < s.len; i++)
		is_good = is_lower(s.data[i]) || is_digit(s.data[i]) || s.data[i] == '-';
	if (!is_good)
		return dw_fail(err, DW_MALFORMED, "must be at most %d of a-z, 0-9, '-'",
			       DW_NAME_MAX);
	return 0;
}

int validate_file_name(struct slice s, struct dw_err *err)
{
	int r = check_text(s, TEXT_WORD, FILE_NAME_MAX_BYTES, "file name", err);

	if (r < 0)
		return r;
	if (s.data[0] == '.' || has(s, "/"))
		return dw_fail(err, DW_MALFORMED,
			       "file name \"%.*s\": no '/', no '.' in front", (int)s.len,
			       s.data);
	return 0;
}

static int validate_line(struct slice s, struct dw_err *err)
{
	return check_text(s, TEXT_LINE, DW_WORD_MAX, "value", err);
}

static int check_field(const struct field *f, const char *name,
		       int (*rule)(struct slice, struct dw_err *), struct dw_err *err)
{
	int r;

	if (f->state != FIELD_SET)
		return 0;
	r = rule(slice_of(field_text(f)), err);
	return r < 0 ? dw_wrap_code(err, r, "%s", name) : 0;
}

static int check_list(const struct string_list *l, const char *name, size_t max,
		      int (*rule)(struct slice, struct dw_err *), struct dw_err *err)
{
	int r;

	if (l->count > max)
		return dw_fail(err, DW_TOO_BIG, "%s: more than %zu", name, max);
	for (size_t i = 0; i < l->count; i++) {
		r = rule(slice_of(l->items[i]), err);
		if (r < 0)
			return dw_wrap_code(err, r, "%s", name);
		for (size_t j = 0; j < i; j++)
			if (strcmp(l->items[i], l->items[j]) == 0)
				return dw_fail(err, DW_MALFORMED,
					       "%s: \"%s\" is there twice", name,
					       l->items[i]);
	}
	return 0;
}

static int check_key(const struct key *k, struct dw_err *err)
{
	int r;

	r = validate_key_line(slice_of(k->line), err);
	if (r < 0)
		return r;
	r = text_check(slice_of(k->source), TEXT_LINE, DW_WORD_MAX, err);
	if (r < 0)
		return dw_wrap_code(err, r, "source");
	if (k->expires < 0)
		return dw_fail(err, DW_MALFORMED, "expires before 1970");
	return 0;
}

static int check_user(const struct user *u, struct dw_err *err)
{
	int r;

	r = validate_login_name(slice_of(u->name), err);
	if (r < 0)
		return r;
	r = check_field(&u->gecos, "gecos", validate_gecos, err);
	if (r < 0)
		return r;
	r = check_field(&u->shell, "shell", validate_shell, err);
	if (r < 0)
		return r;
	r = check_field(&u->primary_group, "primary_group", validate_group_name, err);
	if (r < 0)
		return r;
	r = check_list(&u->groups, "groups", DW_GROUPS_MAX, validate_group_name, err);
	if (r < 0)
		return r;
	r = check_list(&u->sudo, "sudo", DW_GROUPS_MAX, validate_sudo_rule, err);
	if (r < 0)
		return r;
	if (u->keys.count > DW_KEYS_MAX)
		return dw_fail(err, DW_TOO_BIG, "more than %d keys", DW_KEYS_MAX);
	for (size_t i = 0; i < u->keys.count; i++) {
		r = check_key(&u->keys.items[i], err);
		if (r < 0)
			return dw_wrap_code(err, r, "key %zu", i);
	}
	return 0;
}

static int check_remark(const struct remark *m, struct dw_err *err)
{
	int r;

	r = text_check(slice_of(m->source), TEXT_LINE, DW_WORD_MAX, err);
	if (r < 0)
		return dw_wrap_code(err, r, "source");
	r = text_check(slice_of(m->reason), TEXT_LINE, DW_WORD_MAX, err);
	if (r < 0)
		return dw_wrap_code(err, r, "reason");
	return text_check(slice_of(m->advice), TEXT_LINE, DW_WORD_MAX, err);
}

static int check_kept(const struct instance *i, struct dw_err *err)
{
	int r;

	if (i->kept_count > DW_KEPT_FILES)
		return dw_fail(err, DW_TOO_BIG, "more than %d kept files", DW_KEPT_FILES);
	for (size_t n = 0; n < i->kept_count; n++) {
		r = validate_file_name(slice_of(i->kept[n].name), err);
		if (r < 0)
			return dw_wrap_code(err, r, "kept");
		for (size_t m = 0; m < n; m++)
			if (strcmp(i->kept[n].name, i->kept[m].name) == 0)
				return dw_fail(err, DW_MALFORMED,
					       "kept: %s is there twice",
					       i->kept[n].name);
	}
	return 0;
}

static int check_fields(const struct instance *i, struct dw_err *err)
{
	const struct {
		const char *name;
		const struct field *field;
		int (*rule)(struct slice, struct dw_err *);
	} rows[] = {
		{ "platform", &i->platform, validate_tag },
		{ "detected_by", &i->detected_by, validate_line },
		{ "machine_uuid", &i->machine_uuid, validate_uuid },
		{ "instance_id", &i->instance_id, validate_instance_id },
		{ "hostname", &i->hostname, validate_hostname },
		{ "fqdn", &i->fqdn, validate_hostname },
		{ "region", &i->region, validate_line },
		{ "zone", &i->zone, validate_line },
		{ "userdata_kind", &i->userdata_kind, validate_tag },
	};
	int r;

	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		r = check_field(rows[n].field, rows[n].name, rows[n].rule, err);
		if (r < 0)
			return r;
	}
	return check_list(&i->ssh_genkeytypes, "ssh_genkeytypes", 3,
			  validate_hostkey_type, err);
}

int validate_instance(const struct instance *i, struct dw_err *err)
{
	int r = check_fields(i, err);

	if (r < 0)
		return r;
	for (size_t n = 0; n < i->users_count; n++) {
		r = check_user(&i->users[n], err);
		if (r < 0)
			return dw_wrap_code(err, r, "user %zu", n);
	}
	for (size_t n = 0; n < i->remarks_count; n++) {
		r = check_remark(&i->remarks[n], err);
		if (r < 0)
			return dw_wrap_code(err, r, "remark %zu", n);
	}
	return check_kept(i, err);
}
