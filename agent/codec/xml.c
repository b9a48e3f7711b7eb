/* SPDX-License-Identifier: Apache-2.0 */
/* The only includer of expat: elements and text in, document types out. */
#include "codec/xml.h"

#include <limits.h>
#include <string.h>

#include <expat.h>

#include "base/limits.h"
#include "base/mem.h"

/* Stands between namespace and local name; neither of them may hold one, expat sees to
 * that. */
#define SEPARATOR '\n'
#define XSI_NIL	  "http://www.w3.org/2001/XMLSchema-instance\nnil"
#define REDACTED  "REDACTED"

void xml_free(struct xml_node *n)
{
	if (n == NULL)
		return;
	for (size_t i = 0; i < n->count; i++)
		xml_free(n->children[i]);
	free(n->children);
	free(n->text);
	free(n->name);
	free(n->ns);
	free(n);
}

/* One run of the parser. A handler that fails keeps its error here and stops the parser.
 */
struct reader {
	XML_Parser parser;
	struct dw_err failure;
	size_t depth, nodes;

	/* xml_load() */
	struct xml_node *root;
	struct xml_node *stack[DW_DEPTH_MAX]; /* borrowed from the tree */

	/* xml_redact() */
	const char *const *names;
	struct slice text;
	struct dw_buf *out;
	size_t copied;	     /* bytes of text that are dealt with */
	size_t secret_depth; /* depth of the outermost secret element, 0 outside */
	size_t secret_start; /* where its content begins */
};

static void reader_done(struct reader *x)
{
	if (x->parser != NULL)
		XML_ParserFree(x->parser);
	xml_free(x->root);
}

static void stop(struct reader *x)
{
	(void)XML_StopParser(x->parser,
			     /* resumable= */ XML_FALSE); /* fails only when stopped */
}

static void refuse(struct reader *x, enum dw_code code, const char *what)
{
	if (x->failure.code == DW_OK)
		(void)dw_fail(&x->failure, code, "line %lu, column %lu: %s",
			      XML_GetCurrentLineNumber(x->parser),
			      XML_GetCurrentColumnNumber(x->parser) + 1, what);
	stop(x);
}

static void XMLCALL on_doctype(void *ctx, unused_arg const XML_Char *name,
			       unused_arg const XML_Char *sysid,
			       unused_arg const XML_Char *pubid,
			       unused_arg int has_internal_subset)
{
	refuse(ctx, DW_REFUSED, "a document type declaration is not allowed");
}

/* Counts an element in; false when a limit is passed. */
static bool enter(struct reader *x)
{
	if (x->failure.code != DW_OK)
		return false;
	if (++x->nodes > DW_NODES_MAX) {
		refuse(x, DW_TOO_BIG, "too many elements in one document");
		return false;
	}
	if (x->depth == DW_DEPTH_MAX) {
		refuse(x, DW_TOO_BIG, "nested too deeply");
		return false;
	}
	x->depth++;
	return true;
}

static const char *local_name(const char *full)
{
	const char *at = strrchr(full, SEPARATOR);

	return at != NULL ? at + 1 : full;
}

static bool has_nil(const XML_Char **attributes)
{
	for (size_t i = 0; attributes[i] != NULL; i += 2)
		if (strcmp(attributes[i], XSI_NIL) == 0)
			return strcmp(attributes[i + 1], "true") == 0 ||
			       strcmp(attributes[i + 1], "1") == 0;
	return false;
}

static int make_node(struct reader *x, const XML_Char *full, const XML_Char **attributes,
		     struct xml_node **ret)
{
	cleanup_xml struct xml_node *n = NULL;
	const char *name = local_name(full);
	void *p = NULL;
	int r;

	r = mem_alloc(&p, 1, sizeof(*n), &x->failure);
	if (r < 0)
		return r;
	n = p;
	n->is_nil = has_nil(attributes);
	n->line = (unsigned)XML_GetCurrentLineNumber(x->parser);
	n->column = (unsigned)XML_GetCurrentColumnNumber(x->parser) + 1;
	r = mem_strdup(&n->name, name, &x->failure);
	if (r < 0)
		return r;
	r = mem_strndup(&n->ns, full, name > full ? (size_t)(name - full - 1) : 0,
			&x->failure);
	if (r < 0)
		return r;
	r = mem_strdup(&n->text, "", &x->failure);
	if (r < 0)
		return r;
	*ret = TAKE_PTR(n);
	return 0;
}

/* Hangs N below its parent, or makes it the root. */
static int hang(struct reader *x, struct xml_node *n)
{
	struct xml_node *parent = x->depth > 1 ? x->stack[x->depth - 2] : NULL;
	int r;

	if (parent == NULL) {
		x->root = n;
		return 0;
	}
	r = MEM_GROW(parent->children, parent->count, parent->capacity, DW_NODES_MAX,
		     &x->failure);
	if (r < 0)
		return r;
	n->at_ = parent->count;
	parent->children[parent->count++] = n;
	return 0;
}

static void XMLCALL on_start(void *ctx, const XML_Char *full, const XML_Char **attributes)
{
	cleanup_xml struct xml_node *n = NULL;
	struct reader *x = ctx;

	if (!enter(x))
		return;
	if (make_node(x, full, attributes, &n) < 0 || hang(x, n) < 0) {
		stop(x);
		return;
	}
	x->stack[x->depth - 1] = TAKE_PTR(n);
}

static void XMLCALL on_end(void *ctx, unused_arg const XML_Char *full)
{
	struct reader *x = ctx;

	if (x->failure.code == DW_OK)
		x->depth--;
}

static void XMLCALL on_text(void *ctx, const XML_Char *s, int len)
{
	struct reader *x = ctx;
	struct xml_node *n;
	size_t want;
	char *p;

	if (x->failure.code != DW_OK || x->depth == 0)
		return;
	n = x->stack[x->depth - 1];
	want = n->text_len + (size_t)len + 1; /* bounded by the document's size */
	if (want > n->text_size_) {
		want = want < 2 * n->text_size_ ? 2 * n->text_size_ : want;
		p = realloc(n->text, want);
		if (p == NULL) {
			(void)dw_fail(&x->failure, DW_NO_MEMORY, "out of memory for XML");
			stop(x);
			return;
		}
		n->text = p;
		n->text_size_ = want;
	}
	memcpy(n->text + n->text_len, s, (size_t)len);
	n->text_len += (size_t)len;
	n->text[n->text_len] = '\0';
}

/*
 * Expat looks at all attributes of a tag before it tells us anything, so they are counted
 * beforehand: each has an equals sign and a quote.
 */
static int check_attributes(struct slice text, struct dw_err *err)
{
	const char *p, *end;
	size_t count = 0;

	if (text.len == 0) /* its data may be NULL, to which C adds nothing */
		return 0;
	p = text.data;
	end = text.data + text.len;
	while (p < end && (p = memchr(p, '=', (size_t)(end - p))) != NULL) {
		p++;
		while (p < end && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n'))
			p++;
		if (p < end && (*p == '"' || *p == '\'') && ++count > DW_NODES_MAX)
			return dw_fail(err, DW_TOO_BIG,
				       "too many attributes in one document");
	}
	return 0;
}

static int run(struct reader *x, struct slice text, size_t max,
	       XML_StartElementHandler start, XML_EndElementHandler end,
	       XML_CharacterDataHandler data, struct dw_err *err)
{
	enum XML_Error e;
	int r;

	if (text.len > max || text.len > INT_MAX)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes, at most %zu are allowed",
			       text.len, max);
	r = check_attributes(text, err);
	if (r < 0)
		return r;
	x->parser = XML_ParserCreateNS("UTF-8", SEPARATOR);
	if (x->parser == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for XML");
	XML_SetUserData(x->parser, x);
	XML_SetStartDoctypeDeclHandler(x->parser, on_doctype);
	XML_SetElementHandler(x->parser, start, end);
	XML_SetCharacterDataHandler(x->parser, data);
	if (XML_Parse(x->parser, text.len > 0 ? text.data : "", (int)text.len,
		      /* is_final= */ XML_TRUE) == XML_STATUS_OK &&
	    x->failure.code == DW_OK)
		return 0;
	if (x->failure.code != DW_OK)
		return dw_err_copy(err, &x->failure);
	e = XML_GetErrorCode(x->parser);
	return dw_fail(err, e == XML_ERROR_NO_MEMORY ? DW_NO_MEMORY : DW_MALFORMED,
		       "line %lu, column %lu: %s", XML_GetCurrentLineNumber(x->parser),
		       XML_GetCurrentColumnNumber(x->parser) + 1, XML_ErrorString(e));
}

int xml_load(struct slice text, size_t max, struct xml_node **ret, struct dw_err *err)
{
	cleanup_with(reader_done) struct reader x = { 0 };
	int r = run(&x, text, max, on_start, on_end, on_text, err);

	if (r < 0)
		return r;
	*ret = TAKE_PTR(x.root);
	return 0;
}

bool xml_is(const struct xml_node *n, const char *ns, const char *name)
{
	return n != NULL && strcmp(n->name, name) == 0 && strcmp(n->ns, ns) == 0;
}

const struct xml_node *xml_next_child(const struct xml_node *n,
				      const struct xml_node *after, const char *ns,
				      const char *name)
{
	if (n == NULL)
		return NULL;
	for (size_t i = after != NULL ? after->at_ + 1 : 0; i < n->count; i++)
		if (xml_is(n->children[i], ns, name))
			return n->children[i];
	return NULL;
}

const struct xml_node *xml_child(const struct xml_node *n, const char *ns,
				 const char *name)
{
	return xml_next_child(n, NULL, ns, name);
}

const struct xml_node *xml_path(const struct xml_node *n, const char *ns,
				const char *path)
{
	char name[128];

	for (;;) {
		size_t len = strcspn(path, "/");

		if (len >= sizeof(name))
			return NULL; /* we ask for no such names */
		memcpy(name, path, len);
		name[len] = '\0';
		n = xml_child(n, ns, name);
		if (n == NULL || path[len] == '\0')
			return n;
		path += len + 1;
	}
}

struct slice xml_text(const struct xml_node *n)
{
	if (n == NULL || n->is_nil)
		return SLICE("");
	return slice_trim((struct slice){ n->text, n->text_len });
}

static bool is_secret(const struct reader *x, const char *full)
{
	const char *name = local_name(full);

	for (const char *const *p = x->names; *p != NULL; p++)
		if (str_eq_nocase(name, *p))
			return true;
	return false;
}

static void XMLCALL on_redact_start(void *ctx, const XML_Char *full,
				    unused_arg const XML_Char **attributes)
{
	struct reader *x = ctx;

	if (!enter(x) || x->secret_depth > 0 || !is_secret(x, full))
		return;
	x->secret_depth = x->depth;
	x->secret_start = (size_t)XML_GetCurrentByteIndex(x->parser) +
			  (size_t)XML_GetCurrentByteCount(x->parser);
}

static void XMLCALL on_redact_end(void *ctx, unused_arg const XML_Char *full)
{
	struct reader *x = ctx;
	size_t end;

	if (x->failure.code != DW_OK)
		return;
	end = (size_t)XML_GetCurrentByteIndex(x->parser);
	if (x->secret_depth == x->depth) {
		x->secret_depth = 0;
		/* An empty element ends where, or before, its tag does. */
		if (end > x->secret_start) {
			if (buf_append(x->out, x->text.data + x->copied,
				       x->secret_start - x->copied, &x->failure) < 0 ||
			    buf_append_str(x->out, REDACTED, &x->failure) < 0)
				stop(x);
			x->copied = end;
		}
	}
	x->depth--;
}

int xml_redact(struct slice text, size_t max, const char *const *local_names,
	       struct dw_buf *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf out = BUF_INIT(ret->max);
	cleanup_with(reader_done) struct reader x = { .names = local_names,
						      .text = text,
						      .out = &out };
	int r = run(&x, text, max, on_redact_start, on_redact_end, NULL, err);

	if (r < 0)
		return r;
	r = buf_append(&out, text.data + x.copied, text.len - x.copied, err);
	if (r < 0)
		return r;
	return buf_append(ret, out.data, out.len, err);
}
