/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and printing authorized_keys options: one table of names, one quoting rule. */
#include "codec/sshoption.h"

#include <stdbool.h>
#include <string.h>

#include "base/limits.h"

enum { NAME_SHOWN_MAX = 32 }; /* bytes of an unknown name that a message repeats */

enum option_kind {
	OPTION_FLAG,	/* no-NAME as well */
	OPTION_ONLY_ON, /* no "no-" form */
	OPTION_TEXT,	/* NAME="value", once */
	OPTION_MANY,	/* NAME="value", as often as wanted */
};

static const struct {
	const char *name;
	enum option_kind kind;
} option_rows[] = {
	{ "agent-forwarding", OPTION_FLAG },
	{ "cert-authority", OPTION_ONLY_ON },
	{ "command", OPTION_TEXT },
	{ "environment", OPTION_MANY },
	{ "expiry-time", OPTION_MANY },
	{ "from", OPTION_TEXT },
	{ "permitlisten", OPTION_MANY },
	{ "permitopen", OPTION_MANY },
	{ "port-forwarding", OPTION_FLAG },
	{ "principals", OPTION_TEXT },
	{ "pty", OPTION_FLAG },
	{ "restrict", OPTION_ONLY_ON },
	{ "touch-required", OPTION_FLAG },
	{ "tunnel", OPTION_MANY },
	{ "user-rc", OPTION_FLAG },
	{ "verify-required", OPTION_FLAG },
	{ "X11-forwarding", OPTION_FLAG },
};

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	return true;
}

static unsigned two_digits(struct slice s, size_t at)
{
	return (unsigned)(s.data[at] - '0') * 10 + (unsigned)(s.data[at + 1] - '0');
}

/* YYYYMMDD, YYYYMMDDHHMM or YYYYMMDDHHMMSS, with or without Z. */
static bool is_expiry(struct slice v)
{
	if (v.len > 0 && (v.data[v.len - 1] == 'Z' || v.data[v.len - 1] == 'z'))
		v.len--;
	if ((v.len != 8 && v.len != 12 && v.len != 14) || !is_digits(v))
		return false;
	if (two_digits(v, 4) < 1 || two_digits(v, 4) > 12 || two_digits(v, 6) < 1 ||
	    two_digits(v, 6) > 31)
		return false;
	if (v.len >= 12 && (two_digits(v, 8) > 23 || two_digits(v, 10) > 59))
		return false;
	return v.len < 14 || two_digits(v, 12) <= 60;
}

/* NAME=value with a name of letters, digits and '_'. */
static bool is_environment(struct slice v)
{
	size_t n = 0;

	for (; n < v.len && v.data[n] != '='; n++) {
		char c = v.data[n];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '_')
			return false;
	}
	return n > 0 && n < v.len;
}

static int check_value(const char *name, struct slice value, struct dw_err *err)
{
	if (strcmp(name, "expiry-time") == 0 && !is_expiry(value))
		return dw_fail(
			err, DW_MALFORMED,
			"option expiry-time needs YYYYMMDD or YYYYMMDDHHMM[SS], with or "
			"without Z");
	if (strcmp(name, "environment") == 0 && !is_environment(value))
		return dw_fail(err, DW_MALFORMED, "option environment needs NAME=value");
	return 0;
}

struct option_reader {
	struct slice rest;
	uint32_t seen; /* a bit for each row of option_rows[] */
	bool wants_authority, is_authority;
};

/* The quoted value at the start of REST, with \" made ", into VALUE. */
static int read_quoted(struct slice *rest, const char *name, struct dw_buf *value,
		       struct dw_err *err)
{
	size_t at = 1;

	if (rest->len == 0 || rest->data[0] != '"')
		return dw_fail(err, DW_MALFORMED, "value of option %s is not in quotes",
			       name);
	for (; at < rest->len && rest->data[at] != '"'; at++) {
		uint8_t c;
		int r;

		if (rest->data[at] == '\\' && at + 1 < rest->len &&
		    rest->data[at + 1] == '"')
			at++;
		c = (uint8_t)rest->data[at];
		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return dw_fail(err, DW_REFUSED,
				       "option %s holds the control byte 0x%02x", name,
				       c);
		r = buf_append_byte(value, c, err);
		if (r < 0)
			return r;
	}
	if (at >= rest->len)
		return dw_fail(err, DW_MALFORMED, "quote of option %s is not closed",
			       name);
	rest->data += at + 1;
	rest->len -= at + 1;
	return 0;
}

static int print_quoted(struct slice value, struct dw_buf *out, struct dw_err *err)
{
	int r = buf_append_str(out, "=\"", err);

	for (size_t i = 0; r == 0 && i < value.len; i++) {
		if (value.data[i] == '"')
			r = buf_append_byte(out, '\\', err);
		if (r == 0)
			r = buf_append_byte(out, (uint8_t)value.data[i], err);
	}
	return r < 0 ? r : buf_append_byte(out, '"', err);
}

static int read_value(struct option_reader *o, size_t row, struct dw_buf *out,
		      struct dw_err *err)
{
	cleanup_buf struct dw_buf value = BUF_INIT(DW_KEYFILE_MAX);
	const char *name = option_rows[row].name;
	int r;

	if (option_rows[row].kind == OPTION_TEXT && o->seen & 1u << row)
		return dw_fail(err, DW_MALFORMED, "option %s is there twice", name);
	if (o->rest.len == 0 || o->rest.data[0] != '=')
		return dw_fail(err, DW_MALFORMED, "option %s needs a value: %s=\"...\"",
			       name, name);
	o->rest.data++;
	o->rest.len--;
	r = read_quoted(&o->rest, name, &value, err);
	if (r == 0)
		r = check_value(name, slice_of_buf(&value), err);
	if (r < 0)
		return r;
	return print_quoted(slice_of_buf(&value), out, err);
}

/* Only what could be an option's name is repeated in a message. */
static bool is_name(struct slice word)
{
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && c != '-')
			return false;
	}
	return word.len > 0 && word.len <= NAME_SHOWN_MAX;
}

static int read_option(struct option_reader *o, struct dw_buf *out, struct dw_err *err)
{
	struct slice word = o->rest, name;
	bool is_off;
	int r;

	for (word.len = 0; word.len < o->rest.len; word.len++)
		if (strchr("=,\"", o->rest.data[word.len]) != NULL)
			break;
	is_off = word.len > 3 && slice_eq_nocase((struct slice){ word.data, 3 }, "no-");
	name = is_off ? (struct slice){ word.data + 3, word.len - 3 } : word;

	for (size_t i = 0; i < ARRAY_LEN(option_rows); i++) {
		enum option_kind kind = option_rows[i].kind;

		if (!slice_eq_nocase(name, option_rows[i].name) ||
		    (is_off && kind != OPTION_FLAG))
			continue;
		o->rest.data += word.len;
		o->rest.len -= word.len;
		r = buf_append_str(out, is_off ? "no-" : "", err);
		if (r == 0)
			r = buf_append_str(out, option_rows[i].name, err);
		if (r == 0 && (kind == OPTION_TEXT || kind == OPTION_MANY))
			r = read_value(o, i, out, err);
		o->seen |= 1u << i;
		o->is_authority |= strcmp(option_rows[i].name, "cert-authority") == 0;
		o->wants_authority |= strcmp(option_rows[i].name, "principals") == 0;
		return r;
	}
	if (is_name(word))
		return dw_fail(err, DW_MALFORMED,
			       "unknown option '%.*s' in front of the key", (int)word.len,
			       word.data);
	return dw_fail(err, DW_MALFORMED, "unknown option in front of the key");
}

int sshoption_copy(struct slice in, char **ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf out = BUF_INIT(DW_KEYFILE_MAX);
	struct option_reader o = { .rest = in };
	int r;

	while (o.rest.len > 0) {
		if (o.rest.data[0] ==
		    ',') { /* sshd shrugs at an empty place in the list */
			o.rest.data++;
			o.rest.len--;
			continue;
		}
		if (out.len > 0) {
			r = buf_append_byte(&out, ',', err);
			if (r < 0)
				return r;
		}
		r = read_option(&o, &out, err);
		if (r < 0)
			return r;
		if (o.rest.len > 0 && o.rest.data[0] != ',')
			return dw_fail(
				err, DW_MALFORMED,
				"options in front of the key are not separated by commas");
	}
	if (o.wants_authority && !o.is_authority)
		return dw_fail(err, DW_MALFORMED,
			       "option principals needs cert-authority");
	if (out.len == 0)
		return 0;
	return buf_take(&out, ret, NULL, err);
}
