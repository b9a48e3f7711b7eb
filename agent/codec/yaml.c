/* SPDX-License-Identifier: Apache-2.0 */
/* The only includer of libyaml: its events, counted, become a tree of values. */
#include "codec/yaml.h"

#include <string.h>

#include <yaml.h>

#include "base/limits.h"
#include "base/mem.h"

/*
 * libyaml compares each tag directive with all before it while it makes a single event,
 * where no budget of ours can stop it; nobody needs even one.
 */
#define DIRECTIVES_MAX 16

#define TAG_STR "tag:yaml.org,2002:str"

struct frame {
	struct value *node; /* borrowed from the tree */
	struct value *key;  /* owned: waits for its item */
};

struct loader {
	yaml_parser_t parser;
	struct value *root;
	struct frame stack[DW_DEPTH_MAX];
	size_t depth, nodes;
	unsigned documents;
};

static void loader_done(struct loader *l)
{
	yaml_parser_delete(&l->parser);
	for (size_t i = 0; i < l->depth; i++)
		value_free(l->stack[i].key);
	value_free(l->root);
}

static void event_done(yaml_event_t *event)
{
	yaml_event_delete(event);
}

/* Code, place and words in one; "%s" only, so that no caller can pass a format from
 * outside. */
static int refuse(enum dw_code code, yaml_mark_t at, const char *what, struct dw_err *err)
{
	return dw_fail(err, code, "line %zu, column %zu: %s", at.line + 1, at.column + 1,
		       what);
}

/* Does a line end before this? libyaml counts LF, CR, NEL, LS and PS as line ends. */
static bool is_line_start(struct slice before)
{
	const char *end = before.data + before.len;

	if (before.len == 0 || end[-1] == '\n' || end[-1] == '\r')
		return true;
	if (before.len >= 2 && memcmp(end - 2, "\xc2\x85", 2) == 0)
		return true;
	return before.len >= 3 && (memcmp(end - 3, "\xe2\x80\xa8", 3) == 0 ||
				   memcmp(end - 3, "\xe2\x80\xa9", 3) == 0);
}

static int check_directives(struct slice text, struct dw_err *err)
{
	size_t count = 0;
	const char *p, *end;

	if (text.len == 0) /* its data may be NULL, to which C adds nothing */
		return 0;
	p = text.data;
	end = text.data + text.len;
	while (p < end && (p = memchr(p, '%', (size_t)(end - p))) != NULL) {
		if (is_line_start((struct slice){ text.data, (size_t)(p - text.data) }) &&
		    ++count > DIRECTIVES_MAX)
			return dw_fail(err, DW_TOO_BIG,
				       "more than %d lines begin with %%",
				       DIRECTIVES_MAX);
		p++;
	}
	return 0;
}

static bool is_null_word(const char *s)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strcmp(s, words[i]) == 0)
			return true;
	return false;
}

/* Hangs V into the innermost open list or map; takes it, also on failure. */
static int place(struct loader *l, const yaml_event_t *event, struct value *v,
		 struct dw_err *err)
{
	cleanup_value struct value *own = v;
	struct frame *top = l->depth > 0 ? &l->stack[l->depth - 1] : NULL;
	int r;

	if (top == NULL) {
		l->root = TAKE_PTR(own);
		return 0;
	}
	if (top->node->kind == VALUE_LIST) {
		r = value_append(top->node, own, err);
		if (r == 0)
			(void)TAKE_PTR(own);
		return r;
	}
	if (top->key == NULL) {
		if (event->type != YAML_SCALAR_EVENT)
			return refuse(DW_MALFORMED, event->start_mark,
				      "the key of a map must be a plain word or text",
				      err);
		if (own->kind == VALUE_SCALAR && !own->is_quoted &&
		    strcmp(own->text, "<<") == 0)
			return refuse(
				DW_REFUSED, event->start_mark,
				"merge keys (<<) are not supported; write the values out",
				err);
		if (own->text == NULL) {
			r = mem_strdup(&own->text, "", err); /* `~: x` and `: x` */
			if (r < 0)
				return r;
		}
		top->key = TAKE_PTR(own);
		return 0;
	}
	r = value_set(top->node, top->key, own, err);
	if (r < 0)
		return r;
	(void)TAKE_PTR(own);
	top->key = NULL;
	return 0;
}

static int make_node(struct loader *l, const yaml_event_t *event, enum value_kind kind,
		     struct value **ret, struct dw_err *err)
{
	int r;

	if (++l->nodes > DW_NODES_MAX)
		return refuse(DW_TOO_BIG, event->start_mark,
			      "too many values in one document", err);
	r = value_new(kind, ret, err);
	if (r < 0)
		return r;
	(*ret)->line = (unsigned)event->start_mark.line + 1;
	(*ret)->column = (unsigned)event->start_mark.column + 1;
	return 0;
}

static int on_scalar(struct loader *l, const yaml_event_t *event, struct dw_err *err)
{
	const char *text = (const char *)event->data.scalar.value;
	const char *tag = (const char *)event->data.scalar.tag;
	size_t len = event->data.scalar.length;
	cleanup_value struct value *v = NULL;
	int r;

	if (memchr(text, '\0', len) != NULL)
		return refuse(DW_MALFORMED, event->start_mark, "NUL in a text", err);
	r = make_node(l, event, VALUE_SCALAR, &v, err);
	if (r < 0)
		return r;
	v->is_quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE ||
		       (tag != NULL && strcmp(tag, TAG_STR) == 0);
	if (!v->is_quoted && is_null_word(text)) {
		v->kind = VALUE_NULL;
	} else {
		r = mem_strndup(&v->text, text, len, err);
		if (r < 0)
			return r;
		v->text_len = len;
	}
	return place(l, event, TAKE_PTR(v), err);
}

static int on_open(struct loader *l, const yaml_event_t *event, enum value_kind kind,
		   struct dw_err *err)
{
	struct value *v = NULL;
	int r;

	if (l->depth == DW_DEPTH_MAX)
		return refuse(DW_TOO_BIG, event->start_mark, "nested too deeply", err);
	r = make_node(l, event, kind, &v, err);
	if (r < 0)
		return r;
	r = place(l, event, v, err);
	if (r < 0)
		return r;
	l->stack[l->depth++] = (struct frame){ .node = v };
	return 0;
}

/* 1: the stream is at its end. */
static int on_event(struct loader *l, const yaml_event_t *event, struct dw_err *err)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT:
		if (++l->documents > 1)
			return refuse(DW_MALFORMED, event->start_mark,
				      "a second document begins", err);
		return 0;
	case YAML_ALIAS_EVENT:
		return refuse(DW_REFUSED, event->start_mark,
			      "aliases (*name) are not supported; write the value out",
			      err);
	case YAML_SCALAR_EVENT:
		return on_scalar(l, event, err);
	case YAML_SEQUENCE_START_EVENT:
		return on_open(l, event, VALUE_LIST, err);
	case YAML_MAPPING_START_EVENT:
		return on_open(l, event, VALUE_MAP, err);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		l->depth--;
		return 0;
	case YAML_STREAM_END_EVENT:
		return 1;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT:
		return 0;
	}
	return 0;
}

static int next_event(struct loader *l, yaml_event_t *event, struct dw_err *err)
{
	const yaml_parser_t *p = &l->parser;
	const char *problem;

	if (yaml_parser_parse(&l->parser, event))
		return 0;
	problem = p->problem != NULL ? p->problem : "cannot be read";
	if (p->error == YAML_MEMORY_ERROR)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for YAML");
	if (p->error == YAML_READER_ERROR)
		return dw_fail(err, DW_MALFORMED, "byte %zu: %s", p->problem_offset,
			       problem);
	return refuse(DW_MALFORMED, p->problem_mark, problem, err);
}

int yaml_load(struct slice text, size_t max, struct value **ret, struct dw_err *err)
{
	cleanup_with(loader_done) struct loader l = { 0 };
	int r = 0;

	if (text.len > max)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes, at most %zu are allowed",
			       text.len, max);
	if (slice_starts_with(text, "\xef\xbb\xbf"))
		text = (struct slice){ text.data + 3, text.len - 3 };
	r = check_directives(text, err);
	if (r < 0)
		return r;
	if (!yaml_parser_initialize(&l.parser))
		return dw_fail(err, DW_NO_MEMORY, "out of memory for YAML");
	yaml_parser_set_encoding(&l.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(
		&l.parser, (const unsigned char *)(text.data != NULL ? text.data : ""),
		text.len);

	while (r == 0) {
		cleanup_with(event_done) yaml_event_t event = { 0 };

		r = next_event(&l, &event, err);
		if (r == 0)
			r = on_event(&l, &event, err);
	}
	if (r < 0)
		return r;
	if (l.root == NULL) {
		r = value_new(VALUE_NULL, &l.root, err);
		if (r < 0)
			return r;
		l.root->line = l.root->column = 1;
	}
	*ret = TAKE_PTR(l.root);
	return 0;
}
