/* SPDX-License-Identifier: Apache-2.0 */
/* Runs tests/datasources: fixtures of machines through detection, case files through the
 * parsers. */

/*
 * Usage: run-datasource [--print] [--fail-alloc] [--fail-alloc=N] [FILE...]
 *
 * FILEs are *.case and *.facts; without any, all of $DW_SRCDIR/tests/datasources. TAP,
 *one line a file. --print shows the record (or the failure) of each case instead of
 *judging it. --fail-alloc parses each case again and again, each time with another
 *allocation that fails.
 *
 * A *.facts file is the text form of struct facts and says in comments what is expected:
 *	# expect: nocloud | none | conflict
 *	# says: words that the reason or the message must hold
 *
 * A *.case file tells a whole story. Lines before the first section are its summary.
 *Sections:
 *	== facts			the machine
 *	== context			default_user=, metadata_url=, min_rsa_bits=,
 *may_have_key_options=
 *	== text NAME			a text to be used below
 *	== blob NAME [OPTION...]	a document as it was fetched
 *	== record			the record expected of parse()
 *	== identity			the record expected of identify()
 *	== error CODE			or the failure; the lines below must be in its
 *message In blobs, @json NAME@, @xml NAME@, @base64 NAME@ and @raw NAME@ stand for a text
 *in that form. Options: base64 (the section is base64), crlf, bom, chop (no final
 *newline), gzip, repeat=N, cut=N (first N bytes only), outcome=DW_ABSENT, status=404.
 *
 * A case is parsed three times, the last time with its documents in pages that cannot be
 *written; all records must be equal, and the strict reader must take them and write them
 *again unchanged.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <zlib.h>

#include "base/fd.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "datasources/datasource.h"
#include "datasources/detect.h"
#include "model/record.h"

#define SECTION_MAX (64u * 1024 * 1024)
#define MESSAGE_MAX 1024

/* -- allocations that fail on demand: the linker sends ours through here -- */

static unsigned long alloc_count, alloc_fail_at; /* 0: never */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);

static bool must_fail(void)
{
	alloc_count++;
	if (alloc_fail_at == 0 || alloc_count != alloc_fail_at)
		return false;
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return must_fail() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return must_fail() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	return must_fail() ? NULL : __real_realloc(p, size);
}

/* -- case files -- */

struct text {
	char *name;
	struct dw_buf data;
};

#define TEXTS_MAX 16

struct test_case {
	const char *path;
	struct text texts[TEXTS_MAX];
	size_t text_count;
	struct facts facts;
	struct ds_context ctx;
	char default_user[64], metadata_url[256];
	struct payload payload;
	struct dw_buf record, identity, message;
	bool has_record, has_identity;
	char error[40];
	char fault[MESSAGE_MAX]; /* of the file itself */
};

static void case_init(struct test_case *t, const char *path)
{
	*t = (struct test_case){ .path = path };
	facts_init(&t->facts);
	payload_init(&t->payload);
	buf_init(&t->record, SECTION_MAX);
	buf_init(&t->identity, SECTION_MAX);
	buf_init(&t->message, SECTION_MAX);
	(void)snprintf(t->default_user, sizeof(t->default_user), "debian");
	t->ctx = (struct ds_context){ .facts = &t->facts,
				      .default_user = t->default_user,
				      .min_rsa_bits = 2048 };
}

static void case_done(struct test_case *t)
{
	for (size_t n = 0; n < t->text_count; n++) {
		free(t->texts[n].name);
		buf_done(&t->texts[n].data);
	}
	facts_done(&t->facts);
	payload_done(&t->payload);
	buf_done(&t->record);
	buf_done(&t->identity);
	buf_done(&t->message);
}

static int fault(struct test_case *t, const char *what, struct slice at)
{
	(void)snprintf(t->fault, sizeof(t->fault), "%s: %s: %.*s", t->path, what,
		       (int)MIN_OF(at.len, (size_t)80), at.data);
	return -1;
}

static int append_as(struct dw_buf *out, struct slice form, struct slice s,
		     struct dw_err *err)
{
	int rc = 0;

	if (slice_eq(form, "raw"))
		return buf_append(out, s.data, s.len, err);
	if (slice_eq(form, "base64"))
		return base64_encode(s, out, err);
	for (size_t n = 0; rc == 0 && n < s.len; n++) {
		unsigned char c = (unsigned char)s.data[n];

		if (slice_eq(form, "xml"))
			rc = c == '<' || c == '&' ? buf_printf(out, err, "&#%u;", c)
						  : buf_append_byte(out, c, err);
		else
			rc = c < 32 || c == '"' || c == '\\'
				     ? buf_printf(out, err, "\\u%04x", c)
				     : buf_append_byte(out, c, err);
	}
	return rc;
}

/* Replaces "@FORM NAME@". */
static int expand(struct test_case *t, struct slice in, struct dw_buf *out,
		  struct dw_err *err)
{
	static const char *const forms[] = { "raw", "json", "xml", "base64" };
	int rc = 0;

	while (rc == 0 && in.len > 0) {
		struct slice form = { in.data + 1, 0 }, name = { 0 };
		const char *end = NULL;
		size_t n;

		for (n = 0; in.data[0] == '@' && n < ARRAY_LEN(forms); n++) {
			form.len = strlen(forms[n]);
			if (in.len > form.len + 2 &&
			    memcmp(form.data, forms[n], form.len) == 0 &&
			    form.data[form.len] == ' ')
				break;
		}
		if (in.data[0] == '@' && n < ARRAY_LEN(forms)) {
			name.data = form.data + form.len + 1;
			end = memchr(name.data, '@', in.len - form.len - 2);
		}
		if (end == NULL) {
			rc = buf_append_byte(out, (uint8_t)in.data[0], err);
			in.data++;
			in.len--;
			continue;
		}
		name.len = (size_t)(end - name.data);
		for (n = 0; n < t->text_count && !slice_eq(name, t->texts[n].name); n++)
			;
		if (n == t->text_count)
			return fault(t, "no such text", name);
		rc = append_as(out, form, slice_of_buf(&t->texts[n].data), err);
		in.len -= (size_t)(end + 1 - in.data);
		in.data = end + 1;
	}
	return rc;
}

static int compress_blob(struct dw_buf *b, struct dw_err *err)
{
	z_stream z = { 0 };
	cleanup_buf struct dw_buf out = BUF_INIT(SECTION_MAX);
	char *room;
	uLong size;
	int rc;

	if (deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return dw_fail(err, DW_NO_MEMORY, "zlib");
	size = deflateBound(&z, b->len);
	rc = buf_reserve(&out, size, &room, err);
	if (rc == 0) {
		z.next_in = (Bytef *)b->data;
		z.avail_in = (uInt)b->len;
		z.next_out = (Bytef *)room;
		z.avail_out = (uInt)size;
		if (deflate(&z, Z_FINISH) != Z_STREAM_END)
			rc = dw_fail(err, DW_FAILED, "zlib");
		else
			buf_commit(&out, size - z.avail_out);
	}
	(void)deflateEnd(&z);
	if (rc < 0)
		return rc;
	buf_clear(b);
	return buf_append(b, out.data, out.len, err);
}

static int to_crlf(struct dw_buf *b, struct dw_err *err)
{
	cleanup_buf struct dw_buf out = BUF_INIT(SECTION_MAX);
	int rc = 0;

	for (size_t n = 0; rc == 0 && n < b->len; n++) {
		if (b->data[n] == '\n')
			rc = buf_append_byte(&out, '\r', err);
		if (rc == 0)
			rc = buf_append_byte(&out, (uint8_t)b->data[n], err);
	}
	buf_clear(b);
	return rc < 0 ? rc : buf_append(b, out.data, out.len, err);
}

static int transform(struct slice option, struct dw_buf *b, bool *ret_known,
		     struct dw_err *err)
{
	cleanup_buf struct dw_buf copy = BUF_INIT(SECTION_MAX);
	struct slice number = { 0 };
	uint64_t n;
	int rc;

	*ret_known = true;
	if (slice_eq(option, "crlf"))
		return to_crlf(b, err);
	if (slice_eq(option, "gzip"))
		return compress_blob(b, err);
	if (slice_eq(option, "chop")) {
		b->len -= b->len > 0;
		b->data[b->len] = '\0';
		return 0;
	}
	rc = buf_append(&copy, b->data, b->len, err);
	if (rc < 0)
		return rc;
	if (slice_eq(option, "bom")) {
		buf_clear(b);
		rc = buf_append(b, "\xef\xbb\xbf", 3, err);
		return rc < 0 ? rc : buf_append(b, copy.data, copy.len, err);
	}
	if (slice_eq(option, "base64")) {
		buf_clear(b);
		return base64_decode_wrapped(slice_of_buf(&copy), b, err);
	}
	if (slice_starts_with(option, "repeat=") || slice_starts_with(option, "cut=")) {
		number.data = (const char *)memchr(option.data, '=', option.len) + 1;
		number.len = option.len - (size_t)(number.data - option.data);
		rc = str_to_u64(number, SECTION_MAX, &n, err);
		if (rc == 0 && option.data[0] == 'c' && n < b->len) {
			b->len = n;
			b->data[n] = '\0';
		}
		for (; rc == 0 && option.data[0] == 'r' && n > 1; n--)
			rc = buf_append(b, copy.data, copy.len, err);
		return rc;
	}
	*ret_known = false;
	return 0;
}

static enum dw_code code_named(struct slice name)
{
	for (int n = 1; n < DW_CODE_MAX_; n++)
		if (slice_eq(name, dw_code_name((enum dw_code)n)))
			return (enum dw_code)n;
	return DW_OK;
}

static int add_blob(struct test_case *t, struct slice words, struct slice body,
		    struct dw_err *err)
{
	cleanup_buf struct dw_buf data = BUF_INIT(SECTION_MAX);
	cleanup_free char *name = NULL;
	enum dw_code outcome = DW_OK;
	struct slice word;
	uint64_t status = 0;
	bool is_known;
	int rc;

	if (!slice_next_word(&words, &word))
		return fault(t, "blob without a name", body);
	rc = mem_strndup(&name, word.data, word.len, err);
	if (rc == 0)
		rc = expand(t, body, &data, err);
	while (rc == 0 && slice_next_word(&words, &word)) {
		if (slice_starts_with(word, "outcome=")) {
			outcome =
				code_named((struct slice){ word.data + 8, word.len - 8 });
			continue;
		}
		if (slice_starts_with(word, "status=")) {
			rc = str_to_u64((struct slice){ word.data + 7, word.len - 7 },
					999, &status, err);
			continue;
		}
		rc = transform(word, &data, &is_known, err);
		if (rc == 0 && !is_known)
			return fault(t, "unknown option", word);
	}
	return rc < 0 ? rc
		      : payload_add(&t->payload, name, outcome, (long)status,
				    outcome == DW_OK ? slice_of_buf(&data) : SLICE(""),
				    err);
}

static int add_text(struct test_case *t, struct slice name, struct slice body,
		    struct dw_err *err)
{
	struct text *text = &t->texts[t->text_count];
	int rc;

	if (t->text_count == TEXTS_MAX)
		return fault(t, "too many texts", name);
	buf_init(&text->data, SECTION_MAX);
	rc = mem_strndup(&text->name, name.data, name.len, err);
	if (rc < 0)
		return rc;
	t->text_count++;
	return expand(t, body, &text->data, err);
}

static int read_context(struct test_case *t, struct slice body)
{
	struct slice line;
	uint64_t n;

	while (slice_next_line(&body, &line)) {
		const char *eq = line.len > 0 ? memchr(line.data, '=', line.len) : NULL;
		struct slice key = { line.data,
				     eq != NULL ? (size_t)(eq - line.data) : 0 };
		struct slice value = { eq + 1, eq != NULL ? line.len - key.len - 1 : 0 };

		if (line.len == 0)
			continue;
		if (slice_eq(key, "default_user")) {
			(void)snprintf(t->default_user, sizeof(t->default_user), "%.*s",
				       (int)value.len, value.data);
			t->ctx.default_user = value.len > 0 ? t->default_user : NULL;
		} else if (slice_eq(key, "metadata_url")) {
			(void)snprintf(t->metadata_url, sizeof(t->metadata_url), "%.*s",
				       (int)value.len, value.data);
			t->ctx.metadata_url = t->metadata_url;
		} else if (slice_eq(key, "may_have_key_options")) {
			t->ctx.may_have_key_options = slice_eq(value, "yes");
		} else if (slice_eq(key, "min_rsa_bits") &&
			   str_to_u64(value, 16384, &n, NULL) == 0) {
			t->ctx.min_rsa_bits = (unsigned)n;
		} else {
			return fault(t, "unknown line in context", line);
		}
	}
	return 0;
}

static int take_section(struct test_case *t, struct slice head, struct slice body,
			struct dw_err *err)
{
	struct slice words = head, kind = { 0 };

	(void)slice_next_word(&words, &kind);
	words = slice_trim(words);
	if (slice_eq(kind, "facts"))
		return facts_read_text(body, &t->facts, err);
	if (slice_eq(kind, "context"))
		return read_context(t, body);
	if (slice_eq(kind, "text"))
		return add_text(t, words, body, err);
	if (slice_eq(kind, "blob"))
		return add_blob(t, words, body, err);
	if (slice_eq(kind, "record")) {
		t->has_record = true;
		return expand(t, body, &t->record, err);
	}
	if (slice_eq(kind, "identity")) {
		t->has_identity = true;
		return expand(t, body, &t->identity, err);
	}
	if (slice_eq(kind, "error")) {
		(void)snprintf(t->error, sizeof(t->error), "%.*s", (int)words.len,
			       words.data);
		return code_named(words) == DW_OK
			       ? fault(t, "unknown code", words)
			       : buf_append(&t->message, body.data, body.len, err);
	}
	return fault(t, "unknown section", head);
}

/* Cuts FILE into sections; what stands before the first is the summary, which must be
 * there. */
static int read_case(struct test_case *t, struct slice file, struct dw_err *err)
{
	struct slice head = { 0 }, body = { 0 }, rest = file, line;
	int rc = 0;

	if (!slice_starts_with(file, "# "))
		return fault(t, "the first line must be \"# what this guards\"", file);
	while (rc == 0 && slice_next_line(&rest, &line)) {
		if (!slice_starts_with(line, "== "))
			continue;
		if (head.data != NULL) {
			body.len = (size_t)(line.data - body.data);
			rc = take_section(t, head, body, err);
		}
		head = (struct slice){ line.data + 3, line.len - 3 };
		body = (struct slice){ rest.data, rest.len };
	}
	if (rc == 0 && head.data != NULL)
		rc = take_section(t, head, body, err);
	if (rc == 0 && !t->has_record && t->error[0] == '\0' && !t->has_identity)
		return fault(t, "nothing is expected", SLICE(""));
	return rc;
}

/* -- running one case -- */

struct result {
	int rc;
	struct dw_err err;
	struct dw_buf record;
};

static void result_done(struct result *r)
{
	buf_done(&r->record);
}
#define cleanup_result cleanup_with(result_done)

static int fill(const struct detection *found, const struct test_case *t,
		const struct payload *payload, struct instance *i, struct dw_err *err)
{
	int rc;

	rc = field_set(&i->platform, slice_of(found->row->name), err);
	if (rc == 0)
		rc = field_set(&i->detected_by, slice_of(found->why), err);
	if (rc < 0)
		return rc;
	return payload != NULL ? found->row->parse(&t->ctx, payload, i, err)
			       : found->row->identify(&t->facts, i, err);
}

/* PAYLOAD NULL: identify() instead of parse(). */
static void run(const struct detection *found, const struct test_case *t,
		const struct payload *payload, struct result *ret)
{
	cleanup_instance struct instance i;

	instance_init(&i);
	*ret = (struct result){ .record = BUF_INIT(DW_RECORD_MAX) };
	ret->rc = fill(found, t, payload, &i, &ret->err);
	if (ret->rc == 0)
		ret->rc = record_write(&i, &ret->record, &ret->err);
}

/* The record must survive the other side of the wall, byte for byte. */
static bool crosses_the_wall(const struct result *r, char *why, size_t size)
{
	cleanup_instance struct instance again;
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX);
	struct dw_err err = { 0 };
	int rc;

	instance_init(&again);
	rc = record_read(slice_of_buf(&r->record), &again, &err);
	if (rc == 0)
		rc = record_write(&again, &text, &err);
	if (rc < 0) {
		(void)snprintf(why, size, "the strict reader refuses the record: %s",
			       err.message);
		return false;
	}
	if (text.len == r->record.len && memcmp(text.data, r->record.data, text.len) == 0)
		return true;
	(void)snprintf(why, size, "the record reads back differently");
	return false;
}

static bool same(const struct result *a, const struct result *b)
{
	return a->rc == b->rc && a->record.len == b->record.len &&
	       memcmp(a->record.data, b->record.data, a->record.len) == 0 &&
	       (a->rc == 0 || strcmp(a->err.message, b->err.message) == 0);
}

/* The payload once more, its bytes in pages that cannot be written. */
struct frozen {
	struct payload payload;
	char *pages;
	size_t size;
};

static bool freeze(const struct payload *from, struct frozen *ret)
{
	size_t at = 0;

	*ret = (struct frozen){ .size = 4096 };
	for (size_t n = 0; n < from->count; n++)
		ret->size += from->blobs[n].len + 1;
	ret->pages = mmap(NULL, ret->size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ret->payload = *from;
	ret->payload.blobs = calloc(from->count + 1, sizeof(struct blob));
	if (ret->pages == MAP_FAILED || ret->payload.blobs == NULL)
		return false;
	for (size_t n = 0; n < from->count; n++) {
		ret->payload.blobs[n] = from->blobs[n];
		ret->payload.blobs[n].data = ret->pages + at;
		memcpy(ret->pages + at, from->blobs[n].data, from->blobs[n].len + 1);
		at += from->blobs[n].len + 1;
	}
	return mprotect(ret->pages, ret->size, PROT_READ) == 0;
}

static void thaw(struct frozen *f)
{
	if (f->pages != MAP_FAILED)
		(void)munmap(f->pages, f->size);
	free(f->payload.blobs);
}

static void explain(const char *what, const struct result *got,
		    const struct dw_buf *expected)
{
	struct slice e = slice_of_buf(expected), g = slice_of_buf(&got->record), a, b;
	bool more_e, more_g;
	unsigned line = 0;

	printf("# %s\n", what);
	if (got->rc < 0)
		printf("# got failure %s: %s\n", dw_code_name(got->err.code),
		       got->err.message);
	do {
		more_e = slice_next_line(&e, &a);
		more_g = slice_next_line(&g, &b);
		line++;
		if (more_e && more_g && a.len == b.len &&
		    memcmp(a.data, b.data, a.len) == 0)
			continue;
		if (more_e)
			printf("# line %u expected: %.*s\n", line, (int)a.len, a.data);
		if (more_g)
			printf("# line %u got:      %.*s\n", line, (int)b.len, b.data);
	} while (more_e || more_g);
}

static bool judge_error(const struct test_case *t, const struct result *r)
{
	struct slice rest = slice_of_buf(&t->message), line;

	if (r->rc == 0 || strcmp(dw_code_name(r->err.code), t->error) != 0)
		return false;
	while (slice_next_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.len > 0 && memmem(r->err.message, strlen(r->err.message),
					   line.data, line.len) == NULL)
			return false;
	}
	return true;
}

static bool judge(const struct test_case *t, const struct result *r)
{
	char why[MESSAGE_MAX];

	if (t->error[0] != '\0') {
		if (judge_error(t, r))
			return true;
		printf("# expected %s with: %.*s\n", t->error, (int)t->message.len,
		       t->message.data);
		explain("but", r, &(struct dw_buf)BUF_INIT(0));
		return false;
	}
	if (r->rc < 0 || r->record.len != t->record.len ||
	    memcmp(r->record.data, t->record.data, r->record.len) != 0) {
		explain("the record differs", r, &t->record);
		return false;
	}
	if (crosses_the_wall(r, why, sizeof(why)))
		return true;
	printf("# %s\n", why);
	return false;
}

static bool judge_identity(const struct test_case *t, const struct detection *found)
{
	cleanup_result struct result r = { .record = BUF_INIT(1) };

	if (!t->has_identity)
		return true;
	run(found, t, NULL, &r);
	if (r.rc == 0 && r.record.len == t->identity.len &&
	    memcmp(r.record.data, t->identity.data, r.record.len) == 0)
		return true;
	explain("the identity differs", &r, &t->identity);
	return false;
}

static bool is_pure(const struct test_case *t, const struct detection *found,
		    const struct result *first)
{
	cleanup_result struct result second = { .record = BUF_INIT(1) };
	cleanup_result struct result third = { .record = BUF_INIT(1) };
	struct frozen frozen;
	bool ok;

	run(found, t, &t->payload, &second);
	if (!freeze(&t->payload, &frozen)) {
		printf("# no memory for the test itself\n");
		return false;
	}
	run(found, t, &frozen.payload, &third);
	thaw(&frozen);
	ok = same(first, &second) && same(first, &third);
	if (!ok)
		printf("# parsed again, the case gives something else\n");
	return ok;
}

/* Fails allocation after allocation until there are no more. */
static bool survives_without_memory(const struct test_case *t,
				    const struct detection *found,
				    const struct result *first, unsigned long only)
{
	for (unsigned long n = only > 0 ? only : 1;; n++) {
		cleanup_result struct result r = { .record = BUF_INIT(1) };
		bool was_reached;

		alloc_count = 0;
		alloc_fail_at = n;
		run(found, t, &t->payload, &r);
		was_reached = alloc_count >= n;
		alloc_fail_at = 0;
		if (!was_reached)
			return true;
		/* What has a second way of doing it may succeed, but with the very same
		 * answer. */
		if (r.rc != -DW_NO_MEMORY && !same(first, &r)) {
			printf("# allocation %lu fails: %s\n", n,
			       r.rc < 0 ? r.err.message : "another record");
			return false;
		}
		if (only > 0)
			return true;
	}
}

struct options {
	bool print, fail_alloc;
	unsigned long fail_at;
};

static bool run_case(const char *path, struct slice file, const struct options *o)
{
	cleanup_with(case_done) struct test_case t;
	cleanup_result struct result first = { .record = BUF_INIT(1) };
	struct detection found = { 0 };
	struct dw_err err = { 0 };
	int rc;

	case_init(&t, path);
	rc = read_case(&t, file, &err);
	if (rc < 0) {
		printf("# %s\n", t.fault[0] != '\0' ? t.fault : err.message);
		return false;
	}
	rc = detect_platform(&t.facts, &found, &err);
	if (rc < 0) {
		printf("# not detected: %s\n", err.message);
		return false;
	}
	run(&found, &t, &t.payload, &first);
	if (o->print) {
		if (first.rc == 0)
			printf("== record\n%s", first.record.data);
		else
			printf("== error %s\n%s\n", dw_code_name(first.err.code),
			       first.err.message);
		return true;
	}
	if (strstr(path, found.row->name) == NULL) {
		printf("# claimed by %s\n", found.row->name);
		return false;
	}
	if (o->fail_alloc)
		return survives_without_memory(&t, &found, &first, o->fail_at);
	return judge_identity(&t, &found) &&
	       (!t.has_record && t.error[0] == '\0' ? true : judge(&t, &first)) &&
	       is_pure(&t, &found, &first);
}

/* -- fixtures of machines -- */

/* The text behind "# WORD: " in FILE, or an empty slice. */
static struct slice comment(struct slice file, const char *word)
{
	struct slice line;
	size_t len = strlen(word);

	while (slice_next_line(&file, &line))
		if (line.len > len + 3 && memcmp(line.data, "# ", 2) == 0 &&
		    memcmp(line.data + 2, word, len) == 0 && line.data[len + 2] == ':')
			return slice_trim((struct slice){ line.data + len + 3,
							  line.len - len - 3 });
	return SLICE("");
}

static bool run_facts(struct slice file)
{
	struct slice expected = comment(file, "expect"), says = comment(file, "says");
	struct detection found = { 0 };
	cleanup_facts struct facts facts;
	struct dw_err err = { 0 };
	char why[DETECT_WHY_MAX], got[40];
	unsigned claims = 0;
	const char *text;
	int rc;

	facts_init(&facts);
	rc = facts_read_text(file, &facts, &err);
	if (rc < 0) {
		printf("# %s\n", err.message);
		return false;
	}
	for (size_t n = 0; datasources[n] != NULL; n++)
		claims += datasources[n]->detect(&facts, why, sizeof(why)) > 0;
	rc = detect_platform(&facts, &found, &err);
	(void)snprintf(got, sizeof(got), "%s",
		       rc == 0			 ? found.row->name
		       : err.code == DW_NOT_HERE ? "none"
		       : err.code == DW_CONFLICT ? "conflict"
						 : "failure");
	text = rc == 0 ? found.why : err.message;
	if (slice_eq(expected, got) && (rc < 0 || claims <= 1) &&
	    (says.len == 0 || memmem(text, strlen(text), says.data, says.len) != NULL))
		return true;
	printf("# expected %.*s (%.*s), got %s: %s\n", (int)expected.len, expected.data,
	       (int)says.len, says.data, got, text);
	return false;
}

/* -- all of them -- */

struct tally {
	unsigned count, failed;
};

static void tell(struct tally *tally, bool ok, const char *name)
{
	tally->count++;
	tally->failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", tally->count, name);
}

static bool run_file(int root_fd, const char *path, const struct options *o)
{
	cleanup_buf struct dw_buf file = BUF_INIT(SECTION_MAX);
	struct dw_err err = { 0 };

	if (fd_read_file(root_fd, path, &file, &err) < 0) {
		printf("# %s\n", err.message);
		return false;
	}
	return str_ends_with(path, ".case") ? run_case(path, slice_of_buf(&file), o)
					    : run_facts(slice_of_buf(&file));
}

static int is_ours(const struct dirent *d)
{
	return str_ends_with(d->d_name, ".case") || str_ends_with(d->d_name, ".facts");
}

/* Every *.case and *.facts of one folder, by name. Returns how many. */
static unsigned run_folder(int src_fd, const char *src, const char *folder,
			   const struct options *o, struct tally *tally)
{
	struct dirent **names = NULL;
	char path[4096];
	int count;

	(void)snprintf(path, sizeof(path), "%s/%s", src, folder);
	count = scandir(path, &names, is_ours, alphasort);
	for (int n = 0; n < count; n++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, names[n]->d_name);
		tell(tally, run_file(src_fd, path, o),
		     path + strlen("tests/datasources/"));
		free(names[n]);
	}
	free(names);
	return count > 0 ? (unsigned)count : 0;
}

static void run_everything(const char *src, const struct options *o, struct tally *tally)
{
	cleanup_fd int fd = -1;
	struct dw_err err = { 0 };
	char path[256], name[300];

	if (fd_open_root(src, &fd, &err) < 0) {
		printf("Bail out! %s\n", err.message);
		exit(1);
	}
	if (!o->fail_alloc)
		(void)run_folder(fd, src, "tests/datasources/facts", o, tally);
	for (size_t n = 0; datasources[n] != NULL; n++) {
		(void)snprintf(path, sizeof(path), "tests/datasources/%s",
			       datasources[n]->name);
		(void)snprintf(name, sizeof(name), "%s has cases", datasources[n]->name);
		tell(tally, run_folder(fd, src, path, o, tally) > 0, name);
		if (o->fail_alloc)
			continue;
		(void)snprintf(path, sizeof(path), "docs/datasources/%s.md",
			       datasources[n]->name);
		(void)snprintf(name, sizeof(name), "%s has a page", datasources[n]->name);
		tell(tally, fd_exists_at(fd, path), name);
	}
}

int main(int argc, char **argv)
{
	const char *src = getenv("DW_SRCDIR");
	struct options o = { 0 };
	struct tally tally = { 0 };
	uint64_t n;
	int files = 0;

	for (int a = 1; a < argc; a++) {
		if (strcmp(argv[a], "--print") == 0) {
			o.print = true;
		} else if (str_starts_with(argv[a], "--fail-alloc")) {
			o.fail_alloc = true;
			if (argv[a][12] == '=' &&
			    str_to_u64(slice_of(argv[a] + 13), 1u << 30, &n, NULL) == 0)
				o.fail_at = n;
		} else {
			cleanup_fd int fd = -1;
			struct dw_err err = { 0 };

			files++;
			if (fd_open_root(argv[a][0] == '/' ? "/" : ".", &fd, &err) < 0)
				return 1;
			if (o.print)
				(void)run_file(fd, argv[a], &o);
			else
				tell(&tally, run_file(fd, argv[a], &o), argv[a]);
		}
	}
	if (files == 0)
		run_everything(src != NULL ? src : ".", &o, &tally);
	if (!o.print)
		printf("1..%u\n", tally.count);
	return tally.failed > 0;
}
