/* SPDX-License-Identifier: Apache-2.0 */
/* The only includer of json-c: its tokener parses, a lexical pass around it keeps what it
 * would lose. */
#include "codec/json.h"

#include <limits.h>
#include <string.h>

#include <json.h>

#include "base/limits.h"
#include "base/mem.h"

/*
 * json-c's strict mode still takes NaN and Infinity, saturates numbers beyond 64 bits,
 * cuts a key at \u0000, turns half a surrogate pair into U+FFFD and replaces the first of
 * two members of one name. So the text is scanned once beforehand: only plain JSON words
 * pass, and for each value the pass notes where it stands, how it is spelled, and how
 * many members an object has. The tree is then walked in the same order: json-c keeps
 * members as they came, and a replaced member shows as one too few.
 */
struct token {
	struct slice
		text; /* numbers and words as written; empty for strings and brackets */
	unsigned line, column;
	size_t members; /* of an object, as written */
};

struct scan {
	struct slice all;
	size_t at;
	size_t line_start;
	unsigned line;
	struct token *tokens; /* values in order; names of members are not among them */
	size_t count, capacity;
	size_t depth;
	size_t open[DW_DEPTH_MAX]; /* tokens of the brackets around us */
	struct token *names;
	size_t names_count, names_capacity;
};

static void scan_done(struct scan *s)
{
	free(s->tokens);
	free(s->names);
}

static int refuse_at(const struct scan *s, size_t at, enum dw_code code, const char *what,
		     struct dw_err *err)
{
	return dw_fail(err, code, "line %u, column %zu: %s", s->line,
		       at - s->line_start + 1, what);
}

static int hex4(const struct scan *s, size_t at)
{
	int v = 0;

	for (size_t i = at; i < at + 4; i++) {
		char c = i < s->all.len ? s->all.data[i] : '\0';

		if (c >= '0' && c <= '9')
			v = v * 16 + (c - '0');
		else if (c >= 'a' && c <= 'f')
			v = v * 16 + (c - 'a' + 10);
		else if (c >= 'A' && c <= 'F')
			v = v * 16 + (c - 'A' + 10);
		else
			return -1;
	}
	return v;
}

/* At the backslash; leaves AT behind the escape. */
static int scan_escape(struct scan *s, struct dw_err *err)
{
	char kind = s->at + 1 < s->all.len ? s->all.data[s->at + 1] : '\0';
	size_t start = s->at;
	int v;

	s->at += 2;
	if (kind != 'u')
		return kind != '\0' && strchr("\"\\/bfnrt", kind) != NULL
			       ? 0
			       : refuse_at(s, start, DW_MALFORMED,
					   "unknown escape in a string", err);
	v = hex4(s, s->at);
	s->at += 4;
	if (v < 0)
		return refuse_at(s, start, DW_MALFORMED, "\\u needs four hex digits",
				 err);
	if (v == 0)
		return refuse_at(s, start, DW_MALFORMED, "NUL in a string", err);
	if (v < 0xd800 || v > 0xdfff)
		return 0;
	if (v <= 0xdbff && s->at + 1 < s->all.len && s->all.data[s->at] == '\\' &&
	    s->all.data[s->at + 1] == 'u') {
		v = hex4(s, s->at + 2);
		s->at += 6;
		if (v >= 0xdc00 && v <= 0xdfff)
			return 0;
	}
	return refuse_at(s, start, DW_MALFORMED, "half a surrogate pair", err);
}

/* At the opening quote; leaves AT behind the closing one. */
static int scan_string(struct scan *s, struct dw_err *err)
{
	size_t start = s->at++;
	int r;

	while (s->at < s->all.len) {
		unsigned char c = (unsigned char)s->all.data[s->at];
		size_t n;

		if (c == '"') {
			s->at++;
			return 0;
		}
		if (c < 0x20)
			return refuse_at(s, s->at, DW_MALFORMED,
					 "control byte in a string", err);
		if (c == '\\') {
			r = scan_escape(s, err);
			if (r < 0)
				return r;
			continue;
		}
		n = utf8_len((struct slice){ s->all.data + s->at, s->all.len - s->at });
		if (n == 0)
			return refuse_at(s, s->at, DW_MALFORMED, "invalid UTF-8", err);
		s->at += n;
	}
	return refuse_at(s, start, DW_MALFORMED, "string without end", err);
}

static size_t digits(struct slice s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && s.data[at + n] >= '0' && s.data[at + n] <= '9')
		n++;
	return n;
}

/* RFC 8259 §6: no plus, no leading zero, digits on both sides of the point. */
static bool is_number(struct slice s)
{
	size_t at = s.len > 0 && s.data[0] == '-' ? 1 : 0;
	size_t n = digits(s, at);

	if (n == 0 || (n > 1 && s.data[at] == '0'))
		return false;
	at += n;
	if (at < s.len && s.data[at] == '.') {
		n = digits(s, at + 1);
		if (n == 0)
			return false;
		at += 1 + n;
	}
	if (at < s.len && (s.data[at] == 'e' || s.data[at] == 'E')) {
		at++;
		if (at < s.len && (s.data[at] == '+' || s.data[at] == '-'))
			at++;
		n = digits(s, at);
		if (n == 0)
			return false;
		at += n;
	}
	return at == s.len;
}

/* A number, true, false or null. */
static int scan_word(struct scan *s, struct slice *ret, struct dw_err *err)
{
	size_t start = s->at;
	struct slice word;

	while (s->at < s->all.len &&
	       memchr(" \t\r\n,:[]{}\"", s->all.data[s->at], 11) == NULL)
		s->at++;
	word = (struct slice){ s->all.data + start, s->at - start };
	if (!is_number(word) && !slice_eq(word, "true") && !slice_eq(word, "false") &&
	    !slice_eq(word, "null"))
		return refuse_at(s, start, DW_MALFORMED, "no JSON value", err);
	*ret = word;
	return 0;
}

static int note(struct scan *s, size_t start, struct slice text, struct dw_err *err)
{
	int r;

	/* Names count as nodes too, as they do in YAML. */
	if (s->count + s->names_count >= DW_NODES_MAX)
		return refuse_at(s, start, DW_TOO_BIG, "too many values in one document",
				 err);
	r = MEM_GROW(s->tokens, s->count, s->capacity, DW_NODES_MAX, err);
	if (r < 0)
		return r;
	s->tokens[s->count++] =
		(struct token){ text, s->line, (unsigned)(start - s->line_start + 1), 0 };
	return 0;
}

/* A colon: the string just noted was the name of a member. */
static int note_name(struct scan *s, struct dw_err *err)
{
	int r;

	if (s->count == 0 || s->depth == 0)
		return refuse_at(s, s->at, DW_MALFORMED, "a colon without a name", err);
	r = MEM_GROW(s->names, s->names_count, s->names_capacity, DW_NODES_MAX, err);
	if (r < 0)
		return r;
	s->names[s->names_count++] = s->tokens[--s->count];
	s->tokens[s->open[s->depth - 1]].members++;
	return 0;
}

static int scan_token(struct scan *s, struct dw_err *err)
{
	struct slice word = { "", 0 };
	size_t start = s->at;
	int r;

	switch (s->all.data[s->at]) {
	case '\n':
		s->line++;
		s->line_start = s->at + 1;
		s->at++;
		return 0;
	case ' ':
	case '\t':
	case '\r':
	case ',':
		s->at++;
		return 0;
	case ':':
		r = note_name(s, err);
		s->at++;
		return r;
	case ']':
	case '}':
		s->depth -= s->depth > 0 ? 1 : 0;
		s->at++;
		return 0;
	case '[':
	case '{':
		if (s->depth == DW_DEPTH_MAX)
			return refuse_at(s, start, DW_TOO_BIG, "nested too deeply", err);
		s->open[s->depth++] = s->count;
		s->at++;
		break;
	case '"':
		r = scan_string(s, err);
		if (r < 0)
			return r;
		break;
	default:
		r = scan_word(s, &word, err);
		if (r < 0)
			return r;
		break;
	}
	return note(s, start, word, err);
}

static int scan_all(struct scan *s, struct dw_err *err)
{
	int r = 0;

	while (r == 0 && s->at < s->all.len)
		r = scan_token(s, err);
	if (r == 0 && s->count == 0)
		return dw_fail(err, DW_MALFORMED, "empty, where JSON was expected");
	return r;
}

static void tokener_done(struct json_tokener **t)
{
	if (*t != NULL)
		json_tokener_free(*t);
}

static void object_done(struct json_object **o)
{
	(void)json_object_put(*o); /* NULL is fine */
}

static int parse(struct scan *s, struct json_object **ret, struct dw_err *err)
{
	cleanup_with(tokener_done) struct json_tokener *t =
		json_tokener_new_ex(DW_DEPTH_MAX + 1);
	enum json_tokener_error e;
	size_t used;

	if (t == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for JSON");
	json_tokener_set_flags(t, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	*ret = json_tokener_parse_ex(t, s->all.data, (int)s->all.len);
	e = json_tokener_get_error(t);
	used = json_tokener_get_parse_end(t);
	if (e == json_tokener_continue) {
		/* A bare number ends only where the text does; a blank tells json-c so.
		 */
		*ret = json_tokener_parse_ex(t, " ", 1);
		e = json_tokener_get_error(t);
		used = s->all.len;
	}
	if (e == json_tokener_continue)
		return dw_fail(err, DW_MALFORMED, "ends in the middle of JSON");
	if (e == json_tokener_success &&
	    slice_trim((struct slice){ s->all.data + used, s->all.len - used }).len > 0)
		return dw_fail(err, DW_MALFORMED,
			       "byte %zu: something follows the JSON value", used);
	if (e != json_tokener_success)
		return dw_fail(err, DW_MALFORMED, "byte %zu: %s", used,
			       json_tokener_error_desc(e));
	return 0;
}

/* The walk takes tokens and names in the order of the text. */
struct walk {
	const struct scan *scan;
	size_t token, name;
};

static int take_token(struct walk *w, struct token *ret, struct dw_err *err)
{
	if (w->token >= w->scan->count)
		return dw_fail(err, DW_MALFORMED, "contradictory JSON");
	*ret = w->scan->tokens[w->token++];
	return 0;
}

static int set_text(struct value *v, const char *text, size_t len, struct dw_err *err)
{
	v->text_len = len;
	return mem_strndup(&v->text, text, len, err);
}

static int build(struct walk *w, struct json_object *o, struct value **ret,
		 struct dw_err *err);

static int build_member(struct walk *w, struct value *map, const char *name,
			struct json_object *o, struct dw_err *err)
{
	cleanup_value struct value *key = NULL;
	cleanup_value struct value *item = NULL;
	const struct token *at;
	int r;

	if (w->name >= w->scan->names_count)
		return dw_fail(err, DW_MALFORMED, "contradictory JSON");
	at = &w->scan->names[w->name++];
	r = value_new(VALUE_SCALAR, &key, err);
	if (r < 0)
		return r;
	key->line = at->line;
	key->column = at->column;
	key->is_quoted = true;
	r = set_text(key, name, strlen(name), err);
	if (r < 0)
		return r;
	r = build(w, o, &item, err);
	if (r < 0)
		return r;
	r = value_set(map, key, item, err);
	if (r < 0)
		return r;
	(void)TAKE_PTR(key);
	(void)TAKE_PTR(item);
	return 0;
}

static int build_object(struct walk *w, struct json_object *o, const struct token *at,
			struct value *map, struct dw_err *err)
{
	struct json_object_iterator i = json_object_iter_begin(o);
	struct json_object_iterator end = json_object_iter_end(o);
	int r = 0;

	if ((size_t)json_object_object_length(o) != at->members)
		return dw_fail(err, DW_MALFORMED,
			       "line %u, column %u: this object has a key twice",
			       at->line, at->column);
	for (; r == 0 && !json_object_iter_equal(&i, &end); json_object_iter_next(&i))
		r = build_member(w, map, json_object_iter_peek_name(&i),
				 json_object_iter_peek_value(&i), err);
	return r;
}

static int build_array(struct walk *w, struct json_object *o, struct value *list,
		       struct dw_err *err)
{
	size_t count = json_object_array_length(o);
	int r;

	for (size_t i = 0; i < count; i++) {
		cleanup_value struct value *item = NULL;

		r = build(w, json_object_array_get_idx(o, i), &item, err);
		if (r < 0)
			return r;
		r = value_append(list, item, err);
		if (r < 0)
			return r;
		(void)TAKE_PTR(item);
	}
	return 0;
}

/* Recursion is bounded by DW_DEPTH_MAX, which the scan has checked. */
static int build(struct walk *w, struct json_object *o, struct value **ret,
		 struct dw_err *err)
{
	enum json_type type = json_object_get_type(o);
	cleanup_value struct value *v = NULL;
	struct token at = { 0 };
	int r;

	r = take_token(w, &at, err);
	if (r < 0)
		return r;
	r = value_new(type == json_type_object	? VALUE_MAP
		      : type == json_type_array ? VALUE_LIST
		      : type == json_type_null	? VALUE_NULL
						: VALUE_SCALAR,
		      &v, err);
	if (r < 0)
		return r;
	v->line = at.line;
	v->column = at.column;
	if (type == json_type_object) {
		r = build_object(w, o, &at, v, err);
	} else if (type == json_type_array) {
		r = build_array(w, o, v, err);
	} else if (type == json_type_string) {
		v->is_quoted = true;
		r = set_text(v, json_object_get_string(o),
			     (size_t)json_object_get_string_len(o), err);
	} else if (type != json_type_null) {
		r = set_text(v, at.text.data, at.text.len, err);
	}
	if (r < 0)
		return r;
	*ret = TAKE_PTR(v);
	return 0;
}

int json_load(struct slice text, size_t max, struct value **ret, struct dw_err *err)
{
	cleanup_with(scan_done) struct scan s = { .line = 1 };
	cleanup_with(object_done) struct json_object *tree = NULL;
	struct walk w = { .scan = &s };
	int r;

	if (text.len > max || text.len > INT_MAX)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes, at most %zu are allowed",
			       text.len, max);
	if (slice_starts_with(text, "\xef\xbb\xbf"))
		text = (struct slice){ text.data + 3, text.len - 3 };
	s.all = text;
	r = scan_all(&s, err);
	if (r < 0)
		return r;
	r = parse(&s, &tree, err);
	if (r < 0)
		return r;
	return build(&w, tree, ret, err);
}
