/* SPDX-License-Identifier: Apache-2.0 */
/* The record's writer and its strict reader, driven by the same rows; the rules are
 * validate.c's. */
#include "model/record.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/str.h"
#include "model/validate.h"

#define FIRST_LINE "doorward-record 1"
#define END_WORD   "end "

enum row_kind {
	ROW_FIELD,    /* struct field: absent, empty or a text */
	ROW_TRI,      /* enum tristate: absent, yes or no */
	ROW_FLAG,     /* bool: yes or absent */
	ROW_U64,      /* uint64_t: absent when 0 */
	ROW_UNSIGNED, /* unsigned: absent when 0 */
	ROW_LIST,     /* struct string_list: absent, one empty line, or a line an item */
};

struct row {
	const char *name;
	enum row_kind kind;
	size_t offset;
	size_t max; /* items of a list */
};

#define ROW(row_name, row_kind, type, member)           \
	{                                               \
		.name = (row_name), .kind = (row_kind), \
		.offset = offsetof(struct type, member) \
	}
#define ROW_OF_LIST(row_name, type, member, ceiling)                      \
	{                                                                 \
		.name = (row_name), .kind = ROW_LIST,                     \
		.offset = offsetof(struct type, member), .max = (ceiling) \
	}

/* The order of the rows is the order of the lines. */
static const struct row instance_rows[] = {
	ROW("platform", ROW_FIELD, instance, platform),
	ROW("detected_by", ROW_FIELD, instance, detected_by),
	ROW("machine_uuid", ROW_FIELD, instance, machine_uuid),
	ROW("instance_id", ROW_FIELD, instance, instance_id),
	ROW("is_partial", ROW_FLAG, instance, is_partial),
	ROW("id_is_placeholder", ROW_FLAG, instance, id_is_placeholder),
	ROW("hostname", ROW_FIELD, instance, hostname),
	ROW("fqdn", ROW_FIELD, instance, fqdn),
	ROW("region", ROW_FIELD, instance, region),
	ROW("zone", ROW_FIELD, instance, zone),
	ROW("userdata_kind", ROW_FIELD, instance, userdata_kind),
	ROW("userdata_bytes", ROW_U64, instance, userdata_bytes),
	ROW("disable_root", ROW_TRI, instance, disable_root),
	ROW("password_authentication", ROW_TRI, instance, password_authentication),
	ROW("ssh_deletekeys", ROW_TRI, instance, ssh_deletekeys),
	ROW_OF_LIST("ssh_genkeytypes", instance, ssh_genkeytypes, 3),
	ROW("walls.uid", ROW_FLAG, instance, walls.uid),
	ROW("walls.landlock", ROW_UNSIGNED, instance, walls.landlock),
	ROW("walls.seccomp", ROW_FLAG, instance, walls.seccomp),
	ROW("remarks_dropped", ROW_U64, instance, remarks_dropped),
};

static const struct row user_rows[] = {
	ROW("user.default", ROW_FLAG, user, is_default),
	ROW("user.gecos", ROW_FIELD, user, gecos),
	ROW("user.shell", ROW_FIELD, user, shell),
	ROW("user.primary_group", ROW_FIELD, user, primary_group),
	ROW_OF_LIST("user.groups", user, groups, DW_GROUPS_MAX),
	ROW_OF_LIST("user.sudo", user, sudo, DW_GROUPS_MAX),
	ROW("user.lock_passwd", ROW_TRI, user, lock_passwd),
	ROW("user.admin", ROW_TRI, user, admin),
};

static const char *const remark_words[] = {
	[REMARK_REFUSED] = "refused",
	[REMARK_UNSUPPORTED] = "unsupported",
	[REMARK_NOTE] = "note",
};

/* -- writing -- */

struct writer {
	struct dw_buf *out;
	uint64_t lines;
	struct dw_err *err;
};

static int write_line(struct writer *w, const char *name, struct slice value)
{
	int r = buf_append_str(w->out, name, w->err);

	if (r == 0)
		r = buf_append_str(w->out, value.len > 0 ? ": " : ":", w->err);
	if (r == 0)
		r = buf_append_escaped(w->out, value, w->err);
	if (r == 0)
		r = buf_append_byte(w->out, '\n', w->err);
	w->lines++;
	return r;
}

static int write_number(struct writer *w, const char *name, uint64_t value)
{
	char digits[24];
	int n = snprintf(digits, sizeof(digits), "%" PRIu64, value);

	return value != 0 ? write_line(w, name, (struct slice){ digits, (size_t)n }) : 0;
}

static int write_list(struct writer *w, const char *name, const struct string_list *l)
{
	int r = 0;

	if (l->state == FIELD_EMPTY)
		return write_line(w, name, SLICE(""));
	for (size_t i = 0; r == 0 && l->state == FIELD_SET && i < l->count; i++)
		r = write_line(w, name, slice_of(l->items[i]));
	return r;
}

static int write_row(struct writer *w, const struct row *row, const void *base)
{
	const void *at = (const char *)base + row->offset;
	const struct field *f = at;

	switch (row->kind) {
	case ROW_FIELD:
		return f->state != FIELD_UNSET
			       ? write_line(w, row->name, slice_of(field_text(f)))
			       : 0;
	case ROW_TRI:
		if (*(const enum tristate *)at == TRI_UNSET)
			return 0;
		return write_line(
			w, row->name,
			slice_of(*(const enum tristate *)at == TRI_YES ? "yes" : "no"));
	case ROW_FLAG:
		return *(const bool *)at ? write_line(w, row->name, SLICE("yes")) : 0;
	case ROW_U64:
		return write_number(w, row->name, *(const uint64_t *)at);
	case ROW_UNSIGNED:
		return write_number(w, row->name, *(const unsigned *)at);
	case ROW_LIST:
		return write_list(w, row->name, at);
	}
	return 0;
}

static int write_rows(struct writer *w, const struct row *rows, size_t count,
		      const void *base)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		r = write_row(w, &rows[i], base);
	return r;
}

static int write_key(struct writer *w, const struct key *k)
{
	int r = write_line(w, "user.key", slice_of(k->line));

	if (r == 0)
		r = write_line(w, "user.key.source", slice_of(k->source));
	if (r == 0 && k->expires < 0)
		r = dw_fail(w->err, DW_MALFORMED, "a key that expires before 1970");
	if (r == 0)
		r = write_number(w, "user.key.expires", (uint64_t)k->expires);
	return r;
}

static int write_user(struct writer *w, const struct user *u)
{
	int r = write_line(w, "user", slice_of(u->name));

	if (r == 0)
		r = write_rows(w, user_rows, ARRAY_LEN(user_rows), u);
	if (r == 0 && u->keys.state == FIELD_EMPTY)
		r = write_line(w, "user.keys", SLICE(""));
	for (size_t i = 0; r == 0 && u->keys.state == FIELD_SET && i < u->keys.count; i++)
		r = write_key(w, &u->keys.items[i]);
	return r;
}

static int write_remark(struct writer *w, const struct remark *m)
{
	int r = write_line(w, "remark", slice_of(remark_words[m->kind]));

	if (r == 0)
		r = write_line(w, "remark.source", slice_of(m->source));
	if (r == 0)
		r = write_line(w, "remark.reason", slice_of(m->reason));
	if (r == 0)
		r = write_line(w, "remark.advice", slice_of(m->advice));
	return r;
}

/* A piece of a kept document goes up to its newline, or is of this size, or the last. */
#define PIECE_MAX 2048u

static size_t piece_len(struct slice s)
{
	const char *lf;

	if (s.len > PIECE_MAX)
		s.len = PIECE_MAX;
	lf = s.len > 0 ? memchr(s.data, '\n', s.len) : NULL;
	return lf != NULL ? (size_t)(lf - s.data) + 1 : s.len;
}

static int write_kept(struct writer *w, const struct kept_file *k)
{
	struct slice rest = { k->data, k->len };
	int r = write_line(w, "kept", slice_of(k->name));

	while (r == 0 && rest.len > 0) {
		size_t n = piece_len(rest);

		r = write_line(w, "kept.data", (struct slice){ rest.data, n });
		rest = (struct slice){ rest.data + n, rest.len - n };
	}
	return r;
}

static int write_first(struct writer *w)
{
	w->lines = 1;
	return buf_append_str(w->out, FIRST_LINE "\n", w->err);
}

static int write_end(struct writer *w)
{
	return buf_printf(w->out, w->err, END_WORD "%" PRIu64 "\n", w->lines);
}

int record_write(const struct instance *i, struct dw_buf *ret, struct dw_err *err)
{
	struct writer w = { .out = ret, .err = err };
	int r = write_first(&w);

	if (r == 0)
		r = write_rows(&w, instance_rows, ARRAY_LEN(instance_rows), i);
	for (size_t n = 0; r == 0 && n < i->users_count; n++)
		r = write_user(&w, &i->users[n]);
	for (size_t n = 0; r == 0 && n < i->remarks_count; n++)
		r = write_remark(&w, &i->remarks[n]);
	for (size_t n = 0; r == 0 && n < i->kept_count; n++)
		r = write_kept(&w, &i->kept[n]);
	return r == 0 ? write_end(&w) : r;
}

int record_write_failure(const struct dw_err *failure, struct dw_buf *ret,
			 struct dw_err *err)
{
	struct writer w = { .out = ret, .err = err };
	int r = write_first(&w);

	if (r == 0)
		r = write_line(&w, "failure", slice_of(dw_code_name(failure->code)));
	if (r == 0 && failure->sys_errno > 0)
		r = write_number(&w, "failure.errno", (uint64_t)failure->sys_errno);
	if (r == 0)
		r = write_line(&w, "failure.where", slice_of(failure->where));
	if (r == 0)
		r = write_line(&w, "failure.message", slice_of(failure->message));
	return r == 0 ? write_end(&w) : r;
}

/* -- reading -- */

/* Stands on one line, which is cut into name and value but not yet taken. */
struct reader {
	struct slice rest; /* behind the line */
	uint64_t lines;	   /* before the line */
	struct slice name; /* END_WORD for the last line; its blank keeps "end:" apart */
	struct slice raw;  /* value as written */
	struct slice value;
	struct dw_buf plain,
		again; /* value without escapes; the same escaped once more */
	struct dw_err *err;
};

static void reader_done(struct reader *x)
{
	buf_done(&x->plain);
	buf_done(&x->again);
}

static int refuse(const struct reader *x, const char *what)
{
	return dw_fail(x->err, DW_MALFORMED, "record line %" PRIu64 ": %s", x->lines + 1,
		       what);
}

/* A value is spelled as the writer would have spelled it; all but documents are one line.
 */
static int read_value(struct reader *x)
{
	int r;

	x->value = x->raw;
	if (x->raw.len > 0 && memchr(x->raw.data, '\\', x->raw.len) != NULL) {
		buf_clear(&x->plain);
		buf_clear(&x->again);
		if (buf_append_unescaped(&x->plain, x->raw, NULL) < 0)
			return refuse(x, "bad escape");
		r = buf_append_escaped(&x->again, slice_of_buf(&x->plain), x->err);
		if (r < 0)
			return r;
		if (x->again.len != x->raw.len ||
		    memcmp(x->again.data, x->raw.data, x->raw.len) != 0)
			return refuse(x, "needless escape");
		x->value = slice_of_buf(&x->plain);
	}
	if (text_check(x->raw, TEXT_LINE, DW_RECORD_LINE_MAX, NULL) < 0 ||
	    (x->value.data != x->raw.data && !slice_eq(x->name, "kept.data") &&
	     text_check(x->value, TEXT_LINE, DW_RECORD_LINE_MAX, NULL) < 0))
		return refuse(x, "a byte that no value may hold");
	return 0;
}

/* Cuts the next line off. slice_next_line() would forgive a carriage return and a missing
 * end. */
static int read_line(struct reader *x)
{
	const char *lf = x->rest.len > 0 ? memchr(x->rest.data, '\n', x->rest.len) : NULL;
	struct slice line;
	const char *colon;

	if (lf == NULL)
		return refuse(x, "the record is torn here");
	line = (struct slice){ x->rest.data, (size_t)(lf - x->rest.data) };
	x->rest = (struct slice){ lf + 1, x->rest.len - line.len - 1 };
	if (line.len > DW_RECORD_LINE_MAX)
		return refuse(x, "line too long");
	if (slice_starts_with(line, END_WORD)) {
		x->name = SLICE(END_WORD);
		x->raw = (struct slice){ line.data + 4, line.len - 4 };
		return read_value(x);
	}
	colon = memchr(line.data, ':', line.len);
	if (colon == NULL)
		return refuse(x, "neither \"name: value\" nor the end");
	x->name = (struct slice){ line.data, (size_t)(colon - line.data) };
	x->raw = (struct slice){ colon + 1, line.len - x->name.len - 1 };
	if (x->raw.len > 0 && (x->raw.data[0] != ' ' || x->raw.len == 1))
		return refuse(x,
			      "one blank and a value must follow the colon, or nothing");
	if (x->raw.len > 0)
		x->raw = (struct slice){ x->raw.data + 1, x->raw.len - 1 };
	return read_value(x);
}

static int step(struct reader *x)
{
	x->lines++;
	return read_line(x);
}

static int read_yes_no(struct reader *x, enum tristate *ret)
{
	if (slice_eq(x->value, "yes"))
		*ret = TRI_YES;
	else if (slice_eq(x->value, "no"))
		*ret = TRI_NO;
	else
		return refuse(x, "neither yes nor no");
	return 0;
}

static int read_number(struct reader *x, uint64_t max, uint64_t *ret)
{
	uint64_t v = 0;

	if (str_to_u64(x->value, max, &v, NULL) < 0 || v == 0)
		return refuse(x, "not a number from 1 up that fits");
	*ret = v;
	return 0;
}

static int read_list(struct reader *x, const struct row *row, struct string_list *l)
{
	int r;

	if (x->value.len == 0) {
		l->state = FIELD_EMPTY;
		return step(x);
	}
	while (slice_eq(x->name, row->name)) {
		if (x->value.len == 0)
			return refuse(x, "an empty item in a list");
		r = string_list_append(l, x->value, row->max, x->err);
		if (r < 0)
			return dw_wrap_code(x->err, r, "record line %" PRIu64,
					    x->lines + 1);
		r = step(x);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_row(struct reader *x, const struct row *row, void *base)
{
	void *at = (char *)base + row->offset;
	enum tristate tri = TRI_UNSET;
	uint64_t number = 0;
	int r = 0;

	switch (row->kind) {
	case ROW_FIELD:
		r = field_set(at, x->value, x->err);
		break;
	case ROW_TRI:
		r = read_yes_no(x, at);
		break;
	case ROW_FLAG:
		r = read_yes_no(x, &tri);
		if (r == 0 && tri != TRI_YES)
			r = refuse(x, "must be yes or absent");
		*(bool *)at = true;
		break;
	case ROW_U64:
		r = read_number(x, UINT64_MAX, at);
		break;
	case ROW_UNSIGNED:
		r = read_number(x, UINT32_MAX, &number);
		*(unsigned *)at = (unsigned)number;
		break;
	case ROW_LIST:
		return read_list(x, row, at);
	}
	return r == 0 ? step(x) : r;
}

static int read_rows(struct reader *x, const struct row *rows, size_t count, void *base)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++)
		if (slice_eq(x->name, rows[i].name))
			r = read_row(x, &rows[i], base);
	return r;
}

static int read_key(struct reader *x, struct user *u)
{
	size_t before = u->keys.count;
	uint64_t expires = 0;
	int r;

	/* The reader's buffer is reused by the next line, so the key goes in before its
	 * source. */
	r = user_add_key(u, x->value, SLICE(""), 0, x->err);
	if (r < 0)
		return dw_wrap_code(x->err, r, "record line %" PRIu64, x->lines + 1);
	if (u->keys.count == before)
		return refuse(x, "this key is there twice");
	r = step(x);
	if (r < 0)
		return r;
	if (!slice_eq(x->name, "user.key.source"))
		return refuse(x, "a key without its source");
	free(u->keys.items[before].source);
	u->keys.items[before].source = NULL;
	r = text_copy(x->value, TEXT_LINE, DW_RECORD_LINE_MAX,
		      &u->keys.items[before].source, x->err);
	if (r < 0)
		return r;
	r = step(x);
	if (r < 0 || !slice_eq(x->name, "user.key.expires"))
		return r;
	r = read_number(x, INT64_MAX, &expires);
	if (r < 0)
		return r;
	u->keys.items[before].expires = (int64_t)expires;
	return step(x);
}

static int read_user(struct reader *x, struct instance *i)
{
	size_t before = i->users_count;
	struct user *u = NULL;
	int r;

	r = instance_user(i, x->value, &u, x->err);
	if (r < 0)
		return dw_wrap_code(x->err, r, "record line %" PRIu64, x->lines + 1);
	if (i->users_count == before)
		return refuse(x, "this user is there twice");
	r = step(x);
	if (r == 0)
		r = read_rows(x, user_rows, ARRAY_LEN(user_rows), u);
	if (r == 0 && slice_eq(x->name, "user.keys")) {
		if (x->value.len > 0)
			return refuse(x, "stands for an empty list and takes no value");
		u->keys.state = FIELD_EMPTY;
		return step(x);
	}
	while (r == 0 && slice_eq(x->name, "user.key"))
		r = read_key(x, u);
	return r;
}

/* One line of a remark that must be there; TEXT is the caller's. */
static int read_text(struct reader *x, const char *name, char **ret)
{
	int r;

	if (!slice_eq(x->name, name))
		return refuse(x, "a remark is its kind, source, reason and advice");
	r = text_copy(x->value, TEXT_LINE, DW_RECORD_LINE_MAX, ret, x->err);
	return r == 0 ? step(x) : r;
}

static int read_remark(struct reader *x, struct instance *i)
{
	cleanup_free char *source = NULL;
	cleanup_free char *reason = NULL;
	cleanup_free char *advice = NULL;
	size_t kind = 0;
	int r;

	while (kind < ARRAY_LEN(remark_words) && !slice_eq(x->value, remark_words[kind]))
		kind++;
	if (kind == ARRAY_LEN(remark_words))
		return refuse(x, "unknown kind of remark");
	if (i->remarks_count == DW_REFUSED_MAX)
		return refuse(x, "too many remarks");
	r = step(x);
	if (r == 0)
		r = read_text(x, "remark.source", &source);
	if (r == 0)
		r = read_text(x, "remark.reason", &reason);
	if (r == 0)
		r = read_text(x, "remark.advice", &advice);
	if (r != 0)
		return r;
	if (strlen(source) > DW_WORD_MAX || strlen(reason) > DW_WORD_MAX ||
	    strlen(advice) > DW_WORD_MAX)
		return refuse(x, "the remark before this line is too long");
	return instance_remark(i, (enum remark_kind)kind, source, reason, advice, x->err);
}

static int read_kept(struct reader *x, struct instance *i)
{
	cleanup_free char *name = NULL;
	cleanup_buf struct dw_buf data = BUF_INIT(DW_DOC_MAX);
	size_t last =
		PIECE_MAX; /* length of the piece before, if it did not end a line */
	int r;

	r = text_copy(x->value, TEXT_WORD, DW_WORD_MAX, &name, NULL);
	if (r < 0)
		return refuse(x, "no file name");
	r = step(x);
	while (r == 0 && slice_eq(x->name, "kept.data")) {
		if (x->value.len == 0 || last < PIECE_MAX ||
		    piece_len(x->value) != x->value.len)
			return refuse(x, "a document cut in the wrong place");
		last = x->value.data[x->value.len - 1] == '\n' ? PIECE_MAX : x->value.len;
		r = buf_append(&data, x->value.data, x->value.len, x->err);
		if (r == 0)
			r = step(x);
	}
	return r == 0 ? instance_keep(i, name, slice_of_buf(&data), x->err) : r;
}

/* The line that counts those before it, and nothing behind it. */
static int read_end(struct reader *x)
{
	uint64_t lines = 0;

	if (!slice_eq(x->name, END_WORD))
		return refuse(x, "unknown, misplaced or repeated line");
	if (str_to_u64(x->value, UINT64_MAX, &lines, NULL) < 0 || lines != x->lines)
		return refuse(x, "the count of lines is wrong");
	if (x->rest.len > 0)
		return refuse(x, "something follows the end");
	return 0;
}

static enum dw_code code_of(struct slice name)
{
	for (int code = DW_OK + 1; code < DW_CODE_MAX_; code++)
		if (slice_eq(name, dw_code_name((enum dw_code)code)))
			return (enum dw_code)code;
	return DW_OK;
}

static int read_short_text(struct reader *x, const char *name, char *to, size_t size)
{
	if (!slice_eq(x->name, name) || x->value.len >= size)
		return refuse(x, "a failure is its code, errno, place and message");
	memcpy(to, x->value.data, x->value.len);
	to[x->value.len] = '\0';
	return step(x);
}

/* Returns the negative code of the failure that was written, or of its own. */
static int read_failure(struct reader *x)
{
	struct dw_err told = { .code = code_of(x->value) };
	uint64_t number = 0;
	int r;

	if (told.code == DW_OK)
		return refuse(x, "unknown error code");
	r = step(x);
	if (r == 0 && slice_eq(x->name, "failure.errno")) {
		r = read_number(x, INT32_MAX, &number);
		told.sys_errno = (int)number;
		if (r == 0)
			r = step(x);
	}
	if (r == 0)
		r = read_short_text(x, "failure.where", told.where, sizeof(told.where));
	if (r == 0)
		r = read_short_text(x, "failure.message", told.message,
				    sizeof(told.message));
	if (r == 0)
		r = read_end(x);
	return r == 0 ? dw_err_copy(x->err, &told) : r;
}

static int read_instance(struct reader *x, struct instance *i)
{
	int r = read_rows(x, instance_rows, ARRAY_LEN(instance_rows), i);

	while (r == 0 && slice_eq(x->name, "user"))
		r = read_user(x, i);
	while (r == 0 && slice_eq(x->name, "remark"))
		r = read_remark(x, i);
	while (r == 0 && slice_eq(x->name, "kept"))
		r = read_kept(x, i);
	if (r == 0)
		r = read_end(x);
	return r == 0 ? validate_instance(i, x->err) : r;
}

int record_read(struct slice text, struct instance *ret, struct dw_err *err)
{
	cleanup_with(reader_done) struct reader x = {
		.rest = text,
		.plain = BUF_INIT(DW_RECORD_LINE_MAX),
		.again = BUF_INIT(DW_RECORD_LINE_MAX * 4),
		.err = err,
	};
	cleanup_instance struct instance i;
	int r;

	instance_init(&i);
	if (text.len > DW_RECORD_MAX)
		return dw_fail(err, DW_TOO_BIG, "record of %zu bytes", text.len);
	if (!slice_starts_with(text, FIRST_LINE "\n"))
		return refuse(&x, "does not begin with \"" FIRST_LINE "\"");
	x.rest = (struct slice){ text.data + sizeof(FIRST_LINE),
				 text.len - sizeof(FIRST_LINE) };
	x.lines = 1;
	r = read_line(&x);
	if (r < 0)
		return r;
	if (slice_eq(x.name, "failure"))
		return read_failure(&x);
	r = read_instance(&x, &i);
	if (r < 0)
		return r;
	*ret = i;
	instance_init(&i); /* what it held is the caller's now */
	return 0;
}
