/* SPDX-License-Identifier: Apache-2.0 */
/* Takes multipart messages apart, by lines and without guessing. */
#include "codec/mime.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"

#define BOUNDARY_MAX	   70 /* RFC 2046 §5.1.1 */
#define HEADERS_MAX	   64
#define FILENAME_MAX_BYTES 255

/* What we keep of a message's or a part's headers; slices into unfolded header text. */
struct header {
	char type[128]; /* lower case, without parameters */
	char boundary[BOUNDARY_MAX + 1];
	char encoding[32]; /* lower case, "" when not given */
	char *filename;
	char *merge_type;
};

static void header_done(struct header *h)
{
	free(h->filename);
	free(h->merge_type);
}

/* A stretch of lines that are still to be read. */
struct text {
	struct slice rest;
	unsigned line;	 /* of the document: the one read last */
	bool is_decoded; /* its lines are not the document's */
};

static bool next_line(struct text *t, struct slice *ret)
{
	if (!slice_next_line(&t->rest, ret))
		return false;
	t->line++;
	return true;
}

static int refuse(const struct text *t, enum dw_code code, const char *what,
		  struct dw_err *err)
{
	if (t->is_decoded)
		return dw_fail(err, code, "MIME: %s", what);
	return dw_fail(err, code, "MIME: line %u: %s", t->line, what);
}

static void part_done(struct mime_part *p)
{
	free(p->type);
	free(p->filename);
	free(p->merge_type);
	free(p->data);
}

void mime_parts_done(struct mime_parts *p)
{
	for (size_t i = 0; i < p->count; i++)
		part_done(&p->items[i]);
	free(p->items);
	*p = (struct mime_parts){ 0 };
}

static bool starts_nocase(struct slice s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && slice_eq_nocase((struct slice){ s.data, n }, prefix);
}

bool mime_is_message(struct slice text)
{
	return starts_nocase(text, "content-type:") ||
	       starts_nocase(text, "mime-version:");
}

/* A copy in lower case; false when it does not fit or is no printable word. */
static bool copy_word(struct slice s, char *to, size_t size)
{
	if (s.len >= size || text_check(s, TEXT_WORD, size, NULL) < 0)
		return false;
	for (size_t i = 0; i < s.len; i++)
		to[i] = (char)(s.data[i] >= 'A' && s.data[i] <= 'Z' ? s.data[i] + 32
								    : s.data[i]);
	to[s.len] = '\0';
	return true;
}

/* Cuts `name=value` or `name="value"` with its semicolon off *REST; the value goes to
 * VALUE. */
static bool next_parameter(struct slice *rest, struct slice *ret_name,
			   struct dw_buf *value)
{
	size_t i = 0;

	buf_clear(value);
	while (rest->len > 0 &&
	       (rest->data[0] == ';' || rest->data[0] == ' ' || rest->data[0] == '\t'))
		*rest = (struct slice){ rest->data + 1, rest->len - 1 };
	while (i < rest->len && rest->data[i] != '=' && rest->data[i] != ';')
		i++;
	if (i == 0 || i == rest->len || rest->data[i] == ';')
		return false;
	*ret_name = slice_trim((struct slice){ rest->data, i++ });
	if (i < rest->len && rest->data[i] == '"') {
		for (i++; i < rest->len && rest->data[i] != '"'; i++) {
			if (rest->data[i] == '\\' && i + 1 < rest->len)
				i++;
			if (buf_append_byte(value, (uint8_t)rest->data[i], NULL) < 0)
				return false;
		}
		if (i == rest->len)
			return false; /* no closing quote */
		i++;
	} else {
		size_t start = i;
		struct slice bare;

		while (i < rest->len && rest->data[i] != ';')
			i++;
		bare = slice_trim((struct slice){ rest->data + start, i - start });
		if (buf_append(value, bare.data, bare.len, NULL) < 0)
			return false;
	}
	*rest = (struct slice){ rest->data + i, rest->len - i };
	return true;
}

static int set_filename(struct header *h, const struct text *t, struct slice name,
			struct dw_err *err)
{
	if (h->filename != NULL || name.len == 0)
		return 0;
	if (text_check(name, TEXT_LINE, FILENAME_MAX_BYTES, NULL) < 0)
		return refuse(t, DW_MALFORMED, "bad file name", err);
	return mem_strndup(&h->filename, name.data, name.len, err);
}

static struct slice cut_value(struct slice *value)
{
	struct slice first;
	size_t n = 0;

	while (n < value->len && value->data[n] != ';')
		n++;
	first = slice_trim((struct slice){ value->data, n });
	*value = (struct slice){ value->data + n, value->len - n };
	return first;
}

static int take_type(struct header *h, const struct text *t, struct slice value,
		     struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_WORD_MAX);
	struct slice name;
	char *room;
	int r;

	if (!copy_word(cut_value(&value), h->type, sizeof(h->type)))
		return refuse(t, DW_MALFORMED, "bad Content-Type", err);
	r = buf_reserve(&text, DW_WORD_MAX, &room,
			err); /* so that no append below can fail for memory */
	if (r < 0)
		return r;
	while (next_parameter(&value, &name, &text)) {
		if (slice_eq_nocase(name, "boundary") && text.len <= BOUNDARY_MAX)
			memcpy(h->boundary, text.data, text.len + 1);
		if (slice_eq_nocase(name, "name")) {
			r = set_filename(h, t, slice_of_buf(&text), err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int take_disposition(struct header *h, const struct text *t, struct slice value,
			    struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_WORD_MAX);
	struct slice name;
	char *room;
	int r;

	(void)cut_value(&value); /* inline or attachment: all the same to us */
	r = buf_reserve(&text, DW_WORD_MAX, &room,
			err); /* so that no append below can fail for memory */
	if (r < 0)
		return r;
	while (next_parameter(&value, &name, &text)) {
		if (!slice_eq_nocase(name, "filename"))
			continue;
		free(h->filename); /* wins over Content-Type's name */
		h->filename = NULL;
		r = set_filename(h, t, slice_of_buf(&text), err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* One unfolded header line. */
static int take_header(struct header *h, const struct text *t, struct slice line,
		       struct dw_err *err)
{
	const char *colon = memchr(line.data, ':', line.len);
	struct slice name, value;

	if (colon == NULL)
		return refuse(t, DW_MALFORMED, "a header without colon", err);
	name = slice_trim((struct slice){ line.data, (size_t)(colon - line.data) });
	value = slice_trim(
		(struct slice){ colon + 1, line.len - (size_t)(colon + 1 - line.data) });
	if (slice_eq_nocase(name, "content-type"))
		return take_type(h, t, value, err);
	if (slice_eq_nocase(name, "content-disposition"))
		return take_disposition(h, t, value, err);
	if (slice_eq_nocase(name, "content-transfer-encoding"))
		return copy_word(value, h->encoding, sizeof(h->encoding))
			       ? 0
			       : refuse(t, DW_MALFORMED, "bad Content-Transfer-Encoding",
					err);
	if (slice_eq_nocase(name, "merge-type") ||
	    slice_eq_nocase(name, "x-merge-type")) {
		if (text_check(value, TEXT_LINE, DW_WORD_MAX, NULL) < 0)
			return refuse(t, DW_MALFORMED, "bad Merge-Type", err);
		free(h->merge_type);
		h->merge_type = NULL;
		return mem_strndup(&h->merge_type, value.data, value.len, err);
	}
	return 0;
}

/* Reads up to and with the empty line. */
static int read_headers(struct text *t, struct header *h, struct dw_err *err)
{
	cleanup_buf struct dw_buf folded = BUF_INIT(DW_WORD_MAX * 8);
	struct text at = *t; /* where the header that is being unfolded begins */
	struct slice line;
	unsigned count = 0;
	int r;

	(void)copy_word(SLICE("text/plain"), h->type, sizeof(h->type)); /* fits */
	for (;;) {
		bool has_line = next_line(t, &line);
		bool is_more = has_line && line.len > 0 &&
			       (line.data[0] == ' ' || line.data[0] == '\t');

		if (is_more && count > 0) {
			r = buf_append(&folded, line.data, line.len, err);
			if (r < 0)
				return dw_wrap_code(err, r, "MIME: line %u", t->line);
			continue;
		}
		if (folded.len > 0) {
			r = take_header(h, &at, slice_of_buf(&folded), err);
			if (r < 0)
				return r;
		}
		if (!has_line || line.len == 0)
			return 0;
		if (++count > HEADERS_MAX)
			return refuse(t, DW_TOO_BIG, "too many headers", err);
		at = *t;
		buf_clear(&folded);
		r = buf_append(&folded, line.data, line.len, err);
		if (r < 0)
			return dw_wrap_code(err, r, "MIME: line %u", t->line);
	}
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

/* RFC 2045 §6.7: one line without its end; blanks at the end are transport's and go. */
static int decode_quoted_line(struct slice line, struct dw_buf *out, bool *ret_is_soft,
			      struct dw_err *err)
{
	int r;

	while (line.len > 0 &&
	       (line.data[line.len - 1] == ' ' || line.data[line.len - 1] == '\t'))
		line.len--;
	*ret_is_soft = line.len > 0 && line.data[line.len - 1] == '=';
	if (*ret_is_soft)
		line.len--;
	for (size_t i = 0; i < line.len; i++) {
		char c = line.data[i];

		if (c == '=') {
			int high = i + 2 < line.len ? hex_digit(line.data[i + 1]) : -1;
			int low = high >= 0 ? hex_digit(line.data[i + 2]) : -1;

			if (low < 0)
				return dw_fail(err, DW_MALFORMED,
					       "MIME: bad escape in quoted-printable");
			c = (char)(high * 16 + low);
			i += 2;
		}
		r = buf_append_byte(out, (uint8_t)c, err);
		if (r < 0)
			return r;
	}
	return 0;
}

static int decode_quoted(struct slice in, struct dw_buf *out, struct dw_err *err)
{
	struct slice line;
	int r;

	while (in.len > 0) {
		bool is_soft = false;
		bool has_end = memchr(in.data, '\n', in.len) != NULL;

		(void)slice_next_line(&in, &line); /* there is one: len > 0 */
		r = decode_quoted_line(line, out, &is_soft, err);
		if (r < 0)
			return r;
		if (has_end && !is_soft) {
			r = buf_append_byte(out, '\n', err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}

static int decode(const struct header *h, struct slice body, struct dw_buf *out,
		  struct dw_err *err)
{
	if (h->encoding[0] == '\0' || strcmp(h->encoding, "7bit") == 0 ||
	    strcmp(h->encoding, "8bit") == 0 || strcmp(h->encoding, "binary") == 0)
		return buf_append(out, body.data, body.len, err);
	if (strcmp(h->encoding, "base64") == 0)
		return base64_decode_wrapped(body, out, err);
	if (strcmp(h->encoding, "quoted-printable") == 0)
		return decode_quoted(body, out, err);
	return dw_fail(err, DW_UNSUPPORTED, "MIME: unknown transfer encoding \"%s\"",
		       h->encoding);
}

static int add_leaf(struct mime_parts *ret, struct header *h, unsigned line,
		    struct dw_buf *body, struct dw_err *err)
{
	struct mime_part part = { .line = line };
	int r;

	r = MEM_GROW(ret->items, ret->count, ret->capacity, DW_MIME_PARTS, err);
	if (r < 0)
		return dw_wrap_code(err, r, "MIME parts");
	r = mem_strdup(&part.type, h->type, err);
	if (r < 0)
		return r;
	r = buf_take(body, &part.data, &part.len, err);
	if (r < 0) {
		free(part.type);
		return r;
	}
	part.filename = TAKE_PTR(h->filename);
	part.merge_type = TAKE_PTR(h->merge_type);
	ret->items[ret->count++] = part;
	return 0;
}

static int read_entity(struct text t, size_t max, unsigned depth, struct mime_parts *ret,
		       struct dw_err *err);

enum delimiter { DELIMITER_NONE, DELIMITER_NEXT, DELIMITER_LAST };

static enum delimiter delimiter(struct slice line, const char *boundary)
{
	size_t n = strlen(boundary);

	if (line.len < n + 2 || memcmp(line.data, "--", 2) != 0 ||
	    memcmp(line.data + 2, boundary, n) != 0)
		return DELIMITER_NONE;
	line = slice_trim((struct slice){ line.data + 2 + n, line.len - 2 - n });
	if (line.len == 0)
		return DELIMITER_NEXT;
	return slice_eq(line, "--") ? DELIMITER_LAST : DELIMITER_NONE;
}

/* The line end before a delimiter belongs to the delimiter. */
static struct slice without_last_newline(struct slice s)
{
	if (s.len > 0 && s.data[s.len - 1] == '\n')
		s.len--;
	if (s.len > 0 && s.data[s.len - 1] == '\r')
		s.len--;
	return s;
}

static int read_multipart(struct text t, const char *boundary, size_t max, unsigned depth,
			  struct mime_parts *ret, struct dw_err *err)
{
	struct text part = { 0 };
	bool is_inside = false; /* else in the preamble */
	struct slice line;
	int r;

	for (;;) {
		const char *line_start = t.rest.data;
		enum delimiter d;

		if (!next_line(&t, &line))
			return refuse(&t, DW_MALFORMED,
				      "ends before its closing boundary; was it cut off?",
				      err);
		d = delimiter(line, boundary);
		if (d == DELIMITER_NONE)
			continue;
		if (is_inside) {
			part.rest.len = (size_t)(line_start - part.rest.data);
			part.rest = without_last_newline(part.rest);
			r = read_entity(part, max, depth, ret, err);
			if (r < 0)
				return r;
		}
		if (d == DELIMITER_LAST)
			return 0; /* what follows is the epilogue, which nobody reads */
		part = t;
		is_inside = true;
	}
}

static int read_entity(struct text t, size_t max, unsigned depth, struct mime_parts *ret,
		       struct dw_err *err)
{
	cleanup_with(header_done) struct header h = { 0 };
	cleanup_buf struct dw_buf body = BUF_INIT(max);
	unsigned line = t.is_decoded ? 0 : t.line + 1;
	int r;

	r = read_headers(&t, &h, err);
	if (r < 0)
		return r;
	if (!str_starts_with(h.type, "multipart/")) {
		r = decode(&h, t.rest, &body, err);
		if (r < 0)
			return r;
		return add_leaf(ret, &h, line, &body, err);
	}
	if (h.boundary[0] == '\0')
		return refuse(&t, DW_MALFORMED, "multipart without a usable boundary",
			      err);
	if (depth == DW_MIME_DEPTH)
		return refuse(&t, DW_TOO_BIG, "multipart nested too deeply", err);
	/* RFC 2045 §6.4 forbids encodings here; senders that encode all the same are
	 * understood. */
	if (strcmp(h.encoding, "base64") == 0 ||
	    strcmp(h.encoding, "quoted-printable") == 0) {
		r = decode(&h, t.rest, &body, err);
		if (r < 0)
			return r;
		t = (struct text){ .rest = slice_of_buf(&body), .is_decoded = true };
	}
	return read_multipart(t, h.boundary, max, depth + 1, ret, err);
}

int mime_read(struct slice text, size_t max, struct mime_parts *ret, struct dw_err *err)
{
	int r;

	if (text.len > max)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes, at most %zu are allowed",
			       text.len, max);
	r = read_entity((struct text){ .rest = text }, max, 0, ret, err);
	if (r < 0)
		mime_parts_done(ret);
	return r;
}
