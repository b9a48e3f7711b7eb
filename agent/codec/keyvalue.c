/* SPDX-License-Identifier: Apache-2.0 */
/* One metadata value to keys: which wrapping is it, unwrap it, and say what was wrong
 * with it. */
#include "codec/keyvalue.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "codec/certkey.h"

enum {
	KEY_CHARS_MAX = (DW_KEY_BLOB_MAX + 2) / 3 * 4,
	SSH2_TAG_MAX = 64,	/* RFC 4716 §3.3 */
	SSH2_HEADER_MAX = 1024, /* the same */
	LITTLE_EXPONENT = 65537,
};

static const char private_inside[] =
	"this is the inside of a PRIVATE key; whoever reads the metadata has it now: make a new "
	"pair and give the public half only";
static const char advice_default[] =
	"give the key again as one line, as it stands in its .pub file";

struct walk {
	const struct sshpub_policy *policy;
	const struct keyvalue_sink *sink;
	struct dw_err *err;
	struct sshpub *seen; /* keys accepted from this value, blobs only */
	size_t seen_count, seen_capacity;
	size_t answers;	 /* accepted and refused */
	bool has_lines;	 /* then reasons name the line */
	bool is_decoded; /* base64 around the value was taken off once */
	bool has_pem;	 /* then text around the blocks is explanation */
};

static void walk_done(struct walk *w)
{
	for (size_t i = 0; i < w->seen_count; i++)
		sshpub_done(&w->seen[i]);
	free(w->seen);
}

/* -- answers; all return what stops the walk, 0 to go on -- */

/* REASON may carry its advice behind "; ", as messages of this room do. */
static int refuse(struct walk *w, unsigned line, const char *reason)
{
	const char *advice = strstr(reason, "; ");
	int len = advice != NULL ? (int)(advice - reason) : (int)strlen(reason);
	char text[DW_ERR_MESSAGE_MAX + 32], place[32] = "";

	if (w->has_lines && line > 0)
		(void)snprintf(place, sizeof(place), "line %u: ", line);
	(void)snprintf(text, sizeof(text), "%s%.*s", place, len, reason);
	w->answers++;
	return w->sink->refuse(w->sink->ctx, text,
			       advice != NULL ? advice + 2 : advice_default, w->err);
}

static int refuse_error(struct walk *w, unsigned line, const struct dw_err *e)
{
	if (e->code == DW_NO_MEMORY)
		return dw_err_copy(w->err, e);
	return refuse(w, line, e->message);
}

static int note(struct walk *w, unsigned line, const char *what)
{
	char text[DW_ERR_MESSAGE_MAX], place[32] = "";

	if (w->sink->note == NULL)
		return 0;
	if (w->has_lines && line > 0)
		(void)snprintf(place, sizeof(place), "line %u: ", line);
	(void)snprintf(text, sizeof(text), "%s%s", place, what);
	return w->sink->note(w->sink->ctx, text, w->err);
}

static int remember(struct walk *w, const struct sshpub *k)
{
	char *blob = NULL;
	int r = MEM_GROW(w->seen, w->seen_count, w->seen_capacity, DW_KEY_VALUE_MAX,
			 w->err);

	if (r == 0)
		r = mem_strndup(&blob, (const char *)k->blob, k->blob_len, w->err);
	if (r < 0)
		return r;
	w->seen[w->seen_count].blob = (uint8_t *)blob;
	w->seen[w->seen_count].blob_len = k->blob_len;
	w->seen_count++;
	return 0;
}

/* What OpenSSH takes and we take, but somebody may want to know. */
static int note_oddities(struct walk *w, unsigned line, const struct sshpub *k)
{
	size_t at = 4 + strlen(sshpub_type_word(SSHPUB_RSA)), len;
	uint64_t exponent = 0;
	char text[80];

	if (k->type == SSHPUB_SK_ED25519 || k->type == SSHPUB_SK_ECDSA)
		return memmem(k->blob, k->blob_len, "ssh:", 4) != NULL
			       ? 0
			       : note(w, line,
				      "application of the security key is not 'ssh:'");
	if (k->type != SSHPUB_RSA)
		return 0;
	len = k->blob[at + 3]; /* at most 9: the blob is canonical */
	for (size_t i = 0; i < len; i++)
		exponent = exponent << 8 | k->blob[at + 4 + i];
	if (exponent >= LITTLE_EXPONENT)
		return 0;
	(void)snprintf(text, sizeof(text),
		       "RSA exponent is %u, smaller than the usual 65537",
		       (unsigned)exponent);
	return note(w, line, text);
}

/* REPAIRED: what had to be mended, or NULL. */
static int accept(struct walk *w, unsigned line, const struct sshpub *k,
		  const char *repaired)
{
	int r;

	w->answers++;
	for (size_t i = 0; i < w->seen_count; i++)
		if (sshpub_same(&w->seen[i], k))
			return note(w, line, "the same key again: taken once");
	r = remember(w, k);
	if (r == 0)
		r = w->sink->accept(w->sink->ctx, k, w->err);
	if (r == 0 && repaired != NULL)
		r = note(w, line, repaired);
	return r != 0 ? r : note_oddities(w, line, k);
}

/* -- text -- */

struct text {
	struct slice rest;
	unsigned line; /* of what was cut off last, from 1 */
};

/* Lines end in LF, CR LF or CR alone: RFC 4716 and old terminals have all three. */
static bool next_line(struct text *t, struct slice *ret)
{
	struct slice *rest = &t->rest;
	size_t n = 0;

	if (rest->len == 0)
		return false;
	while (n < rest->len && rest->data[n] != '\n' && rest->data[n] != '\r')
		n++;
	*ret = (struct slice){ rest->data, n };
	if (n + 1 < rest->len && rest->data[n] == '\r' && rest->data[n + 1] == '\n')
		n++;
	if (n < rest->len)
		n++;
	rest->data += n;
	rest->len -= n;
	t->line++;
	return true;
}

static struct slice skip(struct slice s, size_t n)
{
	return (struct slice){ s.data + n, s.len - n };
}

static struct slice first_word(struct slice s)
{
	struct slice word = { s.data, 0 };

	(void)slice_next_word(&s, &word); /* stays empty */
	return word;
}

static bool contains(struct slice s, const char *what)
{
	return s.len > 0 && memmem(s.data, s.len, what, strlen(what)) != NULL;
}

static bool is_base64_char(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || c == '+' || c == '/' || c == '=';
}

static bool is_base64(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_base64_char(s.data[i]))
			return false;
	return s.len > 0;
}

static bool is_digits(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.data[i] < '0' || s.data[i] > '9')
			return false;
	return s.len > 0;
}

static bool is_type_word(struct slice word)
{
	for (unsigned i = 0; i < SSHPUB_TYPE_MAX_; i++)
		if (slice_eq(word, sshpub_type_word(i)))
			return true;
	return slice_eq(word, "rsa-sha2-256") || slice_eq(word, "rsa-sha2-512") ||
	       (slice_starts_with(word, "ssh-") && contains(word, "-cert-v01@"));
}

/* Where the key begins in LINE: behind options, if there are any. LINE's length when
 * nowhere. */
static size_t key_start(struct slice line)
{
	size_t at = sshpub_options_len(line);

	while (at < line.len && (line.data[at] == ' ' || line.data[at] == '\t'))
		at++;
	return is_type_word(first_word(skip(line, at))) ? at : line.len;
}

static bool is_block_start(struct slice line)
{
	return slice_starts_with(line, "-----BEGIN ") ||
	       slice_starts_with(line, "---- BEGIN ") ||
	       slice_starts_with(line, "PuTTY-User-Key-File-");
}

/*
 * Pieces of a broken or headless key that follow are part of the same trouble: step over
 * them, and over a PEM END line behind them. True if that line says that it was a private
 * key.
 */
static bool skip_base64_lines(struct text *t)
{
	struct text ahead = *t;
	struct slice line = { 0 };

	while (next_line(&ahead, &line) && is_base64(slice_trim(line)))
		*t = ahead;
	if (!slice_starts_with(line, "-----END "))
		return false;
	*t = ahead;
	return contains(line, "PRIVATE KEY");
}

/* -- a key broken over lines or by blanks -- */

/* Strings behind the type word, for each type. */
static const unsigned field_counts[SSHPUB_TYPE_MAX_] = {
	[SSHPUB_RSA] = 2,	 [SSHPUB_ED25519] = 1,	  [SSHPUB_ECDSA_P256] = 2,
	[SSHPUB_ECDSA_P384] = 2, [SSHPUB_ECDSA_P521] = 2, [SSHPUB_SK_ED25519] = 2,
	[SSHPUB_SK_ECDSA] = 3,
};

static unsigned field_count(struct slice word)
{
	for (unsigned i = 0; i < SSHPUB_TYPE_MAX_; i++)
		if (slice_eq(word, sshpub_type_word(i)))
			return 1 + field_counts[i];
	return 1 + field_counts[SSHPUB_RSA]; /* one of its aliases */
}

struct joiner {
	struct dw_buf text; /* base64 gathered so far */
	unsigned fields;
	size_t wanted; /* characters: to the end, or to where the next length field stands
			*/
	bool is_complete; /* WANTED is the end */
};

static void joiner_done(struct joiner *j)
{
	buf_done(&j->text);
}

static size_t chars_for(size_t bytes)
{
	return (bytes + 2) / 3 * 4;
}

/* Reads the length fields that are there by now, and says up to where text is wanted. */
static int joiner_look(struct joiner *j, struct dw_err *err)
{
	cleanup_buf struct dw_buf bytes = BUF_INIT(DW_KEY_BLOB_MAX + 3);
	size_t at = 0;
	int r = base64_decode((struct slice){ j->text.data, j->text.len / 4 * 4 }, &bytes,
			      err);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < j->fields; i++) {
		const uint8_t *p = (const uint8_t *)bytes.data + at;

		if (at + 4 > bytes.len) {
			j->wanted = chars_for(at + 4);
			return 0;
		}
		at += 4 + ((size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 |
			   p[3]);
		if (at > DW_KEY_BLOB_MAX)
			return dw_fail(err, DW_MALFORMED,
				       "length field of a broken key is absurd");
	}
	j->wanted = chars_for(at);
	j->is_complete = true;
	return 0;
}

/* Takes words of base64 from LINE while the key wants more; *LINE keeps what is left. */
static int joiner_feed(struct joiner *j, struct slice *line, struct dw_err *err)
{
	while (!j->is_complete || j->text.len < j->wanted) {
		struct slice ahead = *line, word;
		int r;

		if (!slice_next_word(&ahead, &word))
			return 0;
		if (!is_base64(word))
			return dw_fail(err, DW_MALFORMED, "no base64");
		r = buf_append(&j->text, word.data, word.len, err);
		*line = ahead;
		while (r == 0 && !j->is_complete && j->text.len >= j->wanted)
			r = joiner_look(j, err);
		if (r < 0)
			return r;
	}
	return j->text.len == j->wanted ? 0 : dw_fail(err, DW_MALFORMED, "too long");
}

/* Does LINE begin something new, so that it cannot belong to the key before it? */
static bool is_new_start(struct slice line)
{
	struct slice s = slice_trim(line);

	return s.len == 0 || s.data[0] == '#' || is_block_start(s) ||
	       key_start(s) < s.len;
}

/* Where a line was broken at WIDTH inside its comment, the rest of the comment. */
static int join_comment(struct text *t, size_t last_len, size_t width, struct dw_buf *ret,
			struct dw_err *err)
{
	struct text ahead = *t;
	struct slice line;
	int r = 0;

	while (r == 0 && last_len == width && next_line(&ahead, &line) &&
	       !is_new_start(line)) {
		r = buf_append(ret, line.data, line.len, err);
		last_len = line.len;
		*t = ahead;
	}
	return r;
}

/*
 * HEAD is a line, WIDTH bytes as it stood there, whose key begins at START and does not
 * parse alone. When the lines after it, or the words behind it, complete the key exactly,
 * RET is the line as it was before it was broken.
 */
static int join(struct text *t, struct slice head, size_t start, size_t width,
		struct dw_buf *ret, unsigned *ret_lines, struct dw_err *err)
{
	cleanup_with(joiner_done) struct joiner j = { .text = BUF_INIT(KEY_CHARS_MAX),
						      .wanted = chars_for(4) };
	struct text ahead = *t;
	struct slice line = skip(head, start), type = first_word(line), raw = { 0 };
	int r;

	j.fields = field_count(type);
	line = skip(line, (size_t)(type.data - line.data) + type.len);
	r = joiner_feed(&j, &line, err);
	while (r == 0 && !(j.is_complete && j.text.len == j.wanted)) {
		if (!next_line(&ahead, &raw) || is_new_start(raw))
			return dw_fail(err, DW_MALFORMED, "cut short");
		line = raw;
		r = joiner_feed(&j, &line, err);
	}
	if (r == 0)
		r = buf_append(ret, head.data, (size_t)(type.data - head.data), err);
	if (r == 0)
		r = buf_append(ret, type.data, type.len, err);
	if (r == 0)
		r = buf_append_byte(ret, ' ', err);
	if (r == 0)
		r = buf_append(ret, j.text.data, j.text.len, err);
	if (r == 0)
		r = buf_append_byte(ret, ' ', err);
	if (r == 0)
		r = buf_append(ret, line.data, line.len, err);
	if (r == 0 && ahead.line > t->line)
		r = join_comment(&ahead, raw.len, width, ret, err);
	if (r < 0)
		return r;
	*ret_lines = 1 + ahead.line - t->line;
	*t = ahead;
	return 0;
}

/* -- a line -- */

/* YAML's dash, one pair of quotes, the comma behind it: left over from the document
 * around. */
static struct slice strip_debris(struct slice line)
{
	struct slice s = slice_trim(line);

	if (slice_starts_with(s, "- "))
		s = slice_trim(skip(s, 2));
	if (s.len > 2 && (s.data[0] == '"' || s.data[0] == '\'')) {
		size_t n = s.data[s.len - 1] == ',' ? s.len - 1 : s.len;

		if (n > 1 && s.data[n - 1] == s.data[0])
			s = slice_trim((struct slice){ s.data + 1, n - 2 });
	}
	return s;
}

static bool is_fingerprint(struct slice word)
{
	size_t pairs = 0;

	if (slice_starts_with(word, "SHA256:") || slice_starts_with(word, "SHA1:"))
		return true;
	if (slice_starts_with(word, "MD5:"))
		word = skip(word, 4);
	for (; word.len >= 2; pairs++) {
		if (strchr("0123456789abcdefABCDEF", word.data[0]) == NULL ||
		    strchr("0123456789abcdefABCDEF", word.data[1]) == NULL)
			return false;
		word = skip(word, 2);
		if (word.len > 0 && word.data[0] != ':')
			return false;
		if (word.len > 0)
			word = skip(word, 1);
	}
	return word.len == 0 && (pairs == 16 || pairs == 20 || pairs == 32);
}

static bool is_placeholder(struct slice line)
{
	static const char *const starts[] = { "<", "${",   "{{",   "$(",
					      "%", "YOUR", "your", "..." };
	struct slice word = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (slice_starts_with(line, starts[i]))
			return true;
	/* "ssh-rsa AAAAB3... me@host", with dots or an ellipsis. */
	(void)slice_next_word(&line, &word);
	(void)slice_next_word(&line, &word); /* the last word found is looked at */
	return contains(word, "...") || contains(word, "\xe2\x80\xa6");
}

static bool is_address(struct slice word)
{
	static const char *const starts[] = {
		"http://", "https://", "ftp://",  "file://",
		"gh:",	   "lp:",      "github:", "gitlab:"
	};

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (slice_starts_with(word, starts[i]))
			return true;
	return false;
}

/* known_hosts: marker, hash or host names before the type word. */
static bool is_known_hosts(struct slice line)
{
	struct slice first, second = { 0 };

	if (slice_starts_with(line, "@cert-authority ") ||
	    slice_starts_with(line, "@revoked "))
		return true;
	if (!slice_next_word(&line, &first) || !slice_next_word(&line, &second) ||
	    !is_type_word(second))
		return false;
	if (memchr(first.data, '=', first.len) != NULL && first.data[0] != '|')
		return false;
	return strchr("|[*", first.data[0]) != NULL || contains(first, ".") ||
	       contains(first, ":");
}

/* SSH 1: bits, exponent, modulus, all decimal. */
static bool is_ssh1(struct slice line)
{
	struct slice word;

	for (size_t i = 0; i < 3; i++)
		if (!slice_next_word(&line, &word) || !is_digits(word))
			return false;
	return true;
}

/* "alice:ssh-rsa AAAA...", as items of Google's ssh-keys look. */
static bool is_google_item(struct slice word)
{
	const char *colon = word.len > 0 ? memchr(word.data, ':', word.len) : NULL;

	return colon != NULL && colon > word.data &&
	       is_type_word(skip(word, (size_t)(colon + 1 - word.data)));
}

/* A better reason than the parser's for what is often pasted by mistake; NULL if it is
 * nothing such. */
static const char *explain(struct slice line)
{
	struct slice rest = line, first = { 0 }, second = { 0 };

	if (slice_next_word(&rest, &first))
		(void)slice_next_word(&rest, &second); /* stays empty */
	if (is_fingerprint(first) || (is_digits(first) && is_fingerprint(second)))
		return "this is a fingerprint, not a key; give the content of the .pub file";
	if (is_ssh1(line))
		return "this is an SSH protocol 1 key; make an Ed25519 key";
	if (is_google_item(first))
		return "this is a 'user:key' item; give the key without the user's name";
	if (is_known_hosts(line))
		return "this is a known_hosts line, the key of a server; give a user's public key";
	if (is_address(first))
		return "this is an address, not a key; give the key that is found there";
	if (is_placeholder(line))
		return "this is placeholder text; put the real public key there";
	if (slice_starts_with(first, "b3BlbnNzaC1rZXk"))
		return private_inside;
	if (slice_starts_with(line, "-----END "))
		return "a PEM block has no BEGIN line; it is cut short, paste it whole";
	return NULL;
}

static bool has_control(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (((uint8_t)s.data[i] < 0x20 && s.data[i] != '\t') || s.data[i] == 0x7f)
			return true;
	return false;
}

/* Is the key in LINE spelled as we print it? */
static bool is_canonical(struct slice line, const struct sshpub *k)
{
	cleanup_buf struct dw_buf text = BUF_INIT(KEY_CHARS_MAX);

	if (base64_encode((struct slice){ (const char *)k->blob, k->blob_len }, &text,
			  NULL) < 0)
		return true; /* then nothing is said about it */
	return contains(line, text.data);
}

static int read_joined(struct walk *w, struct text *t, struct slice raw,
		       struct slice line, size_t start, const struct dw_err *why)
{
	cleanup_buf struct dw_buf whole = BUF_INIT(DW_KEY_VALUE_MAX + DW_KEY_LINE_MAX);
	cleanup_sshpub struct sshpub k = { 0 };
	unsigned at = t->line, lines = 0;
	struct dw_err e = { 0 };
	char repaired[64] = "key had blanks inside; joined";

	if (join(t, line, start, raw.len, &whole, &lines, &e) < 0) {
		(void)skip_base64_lines(t); /* it began with a public type word */
		return refuse_error(w, at, e.code == DW_NO_MEMORY ? &e : why);
	}
	if (lines > 1)
		(void)snprintf(repaired, sizeof(repaired),
			       "key was broken over %u lines; joined", lines);
	if (sshpub_parse_line(slice_of_buf(&whole), w->policy, &k, &e) < 0)
		return refuse_error(w, at, &e);
	return accept(w, at, &k, repaired);
}

static int read_line(struct walk *w, struct text *t, struct slice raw)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct slice line = strip_debris(raw);
	unsigned at = t->line;
	struct dw_err e = { 0 };
	const char *reason, *repaired = NULL;
	size_t start;

	if (line.len == 0 || line.data[0] == '#')
		return 0;
	start = key_start(line);
	if (w->has_pem && start == line.len)
		return 0;
	if (has_control(line))
		return refuse(
			w, at,
			"control byte in a key line; save the text without control bytes");
	if (line.len != slice_trim(raw).len)
		repaired = "quotes or a dash around the key were taken off";
	if (sshpub_parse_line(line, w->policy, &k, &e) == 0) {
		if (repaired == NULL && !is_canonical(line, &k))
			repaired =
				"key was spelled in an unusual way; it is written in the usual one";
		return accept(w, at, &k, repaired);
	}
	if (e.code == DW_NO_MEMORY)
		return refuse_error(w, at, &e);
	reason = explain(line);
	if (reason == NULL && start < line.len && e.code == DW_MALFORMED)
		return read_joined(w, t, raw, line, start, &e);
	if (is_base64(line) && skip_base64_lines(t))
		reason = private_inside;
	return reason != NULL ? refuse(w, at, reason) : refuse_error(w, at, &e);
}

/* -- RFC 4716 -- */

/* The value of a Comment header, without its quotes. */
static struct slice unquote(struct slice s)
{
	s = slice_trim(s);
	if (s.len >= 2 && s.data[0] == '"' && s.data[s.len - 1] == '"')
		return (struct slice){ s.data + 1, s.len - 2 };
	return s;
}

/* One header, with its continuation lines, whose first line is LINE. Only Comment is
 * kept. */
static int read_header(struct text *t, struct slice line, struct dw_buf *comment,
		       struct dw_err *err)
{
	cleanup_buf struct dw_buf value = BUF_INIT(SSH2_HEADER_MAX + 1);
	const char *colon = memchr(line.data, ':', line.len);
	struct slice tag = { line.data, (size_t)(colon - line.data) };
	struct slice piece = skip(line, tag.len + 1);
	int r = 0;

	if (tag.len > SSH2_TAG_MAX)
		return dw_fail(err, DW_MALFORMED,
			       "RFC 4716 header has a tag of %zu bytes", tag.len);
	for (;;) {
		bool goes_on = piece.len > 0 && piece.data[piece.len - 1] == '\\';

		r = buf_append(&value, piece.data, piece.len - goes_on, err);
		if (r == -DW_NO_MEMORY)
			return r;
		if (r < 0)
			return dw_fail(err, DW_MALFORMED,
				       "RFC 4716 header is over 1024 bytes");
		if (!goes_on)
			break;
		if (!next_line(t, &piece))
			return dw_fail(err, DW_MALFORMED, "RFC 4716 header does not end");
	}
	if (!slice_eq_nocase(tag, "Comment"))
		return 0;
	piece = unquote(slice_of_buf(&value));
	buf_clear(comment);
	return buf_append(comment, piece.data, piece.len, err);
}

/* Behind the BEGIN line, to the END line. */
static int read_ssh2_body(struct text *t, struct dw_buf *blob, struct dw_buf *comment,
			  struct dw_err *err)
{
	cleanup_buf struct dw_buf body = BUF_INIT(DW_KEY_VALUE_MAX);
	bool is_body = false;
	struct slice line;
	int r = 0;

	while (r == 0) {
		struct text before = *t;

		if (!next_line(t, &line))
			return dw_fail(
				err, DW_MALFORMED,
				"RFC 4716 block has no END line; it is cut short, paste it "
				"whole");
		line = slice_trim(line);
		if (slice_starts_with(line, "---- END SSH2 PUBLIC KEY"))
			return base64_decode_wrapped(slice_of_buf(&body), blob, err);
		if (is_block_start(line)) {
			*t = before;
			return dw_fail(
				err, DW_MALFORMED,
				"RFC 4716 block has no END line; it is cut short, paste it "
				"whole");
		}
		if (!is_body && line.len > 0 &&
		    memchr(line.data, ':', line.len) != NULL) {
			r = read_header(t, line, comment, err);
			continue;
		}
		is_body = true;
		r = buf_append(&body, line.data, line.len, err);
	}
	return r;
}

static int read_ssh2(struct walk *w, struct text *t)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_VALUE_MAX);
	cleanup_buf struct dw_buf comment = BUF_INIT(SSH2_HEADER_MAX);
	cleanup_sshpub struct sshpub k = { 0 };
	unsigned at = t->line;
	struct dw_err e = { 0 };
	int r = read_ssh2_body(t, &blob, &comment, &e);

	if (r == 0)
		r = sshpub_from_blob(slice_of_buf(&blob), slice_of_buf(&comment),
				     w->policy, &k, &e);
	return r < 0 ? refuse_error(w, at, &e) : accept(w, at, &k, NULL);
}

/* -- PuTTY -- */

/* Up to its MAC line, or to what is clearly something else. Nothing of it is looked at.
 */
static int read_putty(struct walk *w, struct text *t)
{
	unsigned at = t->line;
	struct slice line;

	for (struct text ahead = *t; next_line(&ahead, &line);) {
		if (is_block_start(line) || key_start(line) < line.len)
			break;
		*t = ahead;
		if (slice_starts_with(line, "Private-MAC:"))
			break;
	}
	return refuse(
		w, at,
		"this is a PuTTY PRIVATE key file; whoever reads the metadata has it now: "
		"make a new pair and give what 'puttygen new.ppk -L' prints");
}

/* -- PEM and DER -- */

static int read_der(struct walk *w, unsigned line, struct slice der)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct slice certificates = { 0 }, one = { 0 };
	struct dw_err e = { 0 };
	int r = certkey_bundle(der, &certificates, &e);

	if (r == -DW_ABSENT) {
		r = certkey_from_der(der, w->policy, &k, &e);
		return r < 0 ? refuse_error(w, line, &e) : accept(w, line, &k, NULL);
	}
	if (r < 0)
		return refuse_error(w, line, &e);
	while (certificates.len > 0) {
		r = certkey_next_element(&certificates, &one, &e);
		if (r == 0)
			r = certkey_from_der(one, w->policy, &k, &e);
		r = r < 0 ? refuse_error(w, line, &e) : accept(w, line, &k, NULL);
		sshpub_done(&k);
		if (r != 0)
			return r;
	}
	return 0;
}

/* Moves on, line by line, to where REST begins; what follows there on the same line is
 * kept. */
static void skip_to(struct text *t, struct slice rest)
{
	struct slice line;

	while (t->rest.data < rest.data && next_line(t, &line))
		;
	line = (struct slice){ rest.data, (size_t)(t->rest.data - rest.data) };
	if (slice_trim(line).len == 0)
		return;
	t->rest = rest;
	t->line--;
}

/* T stands behind the BEGIN line FIRST; moves behind the block. */
static int read_pem(struct walk *w, struct text *t, struct slice first)
{
	cleanup_buf struct dw_buf der = BUF_INIT(DW_KEY_VALUE_MAX);
	cleanup_sshpub struct sshpub k = { 0 };
	const char *end = t->rest.data + t->rest.len;
	struct slice rest = { first.data, (size_t)(end - first.data) }, label = { 0 };
	struct slice whole = rest;
	unsigned at = t->line;
	struct dw_err e = { 0 };
	int r = certkey_next_block(&rest, &label, &der, &e);

	skip_to(t, rest);
	if (r < 0)
		return refuse_error(w, at, &e);
	if (slice_eq(label, "PKCS7") || slice_eq(label, "CMS") ||
	    slice_eq(label, "PKCS #7 SIGNED DATA"))
		return read_der(w, at, slice_of_buf(&der));
	/* openssl writes these in front of its keys. */
	if (slice_eq(label, "EC PARAMETERS"))
		return 0;
	whole.len = (size_t)(rest.data - whole.data);
	r = certkey_next_pem(&whole, w->policy, &k, &e);
	return r < 0 ? refuse_error(w, at, &e) : accept(w, at, &k, NULL);
}

/* -- the value -- */

static int read_text(struct walk *w, struct slice value)
{
	struct text t = { .rest = value };
	struct slice line;
	int r = 0;

	w->has_pem = contains(value, "-----BEGIN ");
	w->has_lines = memchr(value.data, '\n', value.len) != NULL ||
		       memchr(value.data, '\r', value.len) != NULL;
	while (r == 0 && next_line(&t, &line)) {
		struct slice trimmed = strip_debris(line);

		if (slice_starts_with(trimmed, "-----BEGIN "))
			r = read_pem(w, &t, trimmed);
		else if (slice_starts_with(trimmed, "---- BEGIN SSH2 PUBLIC KEY"))
			r = read_ssh2(w, &t);
		else if (slice_starts_with(trimmed, "PuTTY-User-Key-File-"))
			r = read_putty(w, &t);
		else if (slice_starts_with(trimmed, "---- BEGIN "))
			r = refuse(
				w, t.line,
				"this is a PRIVATE key or no key; give the public half only");
		else
			r = read_line(w, &t, line);
	}
	return r;
}

static bool is_der(struct slice s)
{
	return s.len > 2 && s.data[0] == 0x30 &&
	       ((uint8_t)s.data[1] >= 0x81 || (size_t)s.data[1] == s.len - 2);
}

/* A bare key blob: a length field of few bytes, then a type word. */
static bool is_blob(struct slice s)
{
	static const char zeros[3] = { 0 };

	return s.len > 11 && memcmp(s.data, zeros, sizeof(zeros)) == 0 &&
	       (size_t)(uint8_t)s.data[3] <= s.len - 4 &&
	       text_check((struct slice){ s.data + 4, (uint8_t)s.data[3] }, TEXT_WORD, 64,
			  NULL) == 0;
}

static int read_blob(struct walk *w, struct slice blob)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct dw_err e = { 0 };

	if (sshpub_from_blob(blob, (struct slice){ 0 }, w->policy, &k, &e) < 0)
		return refuse_error(w, 0, &e);
	return accept(w, 0, &k, "key came without its type word");
}

static bool looks_like_key(struct slice s)
{
	static const char *const starts[] = { "ssh-",	     "ecdsa-",
					      "sk-",	     "-----BEGIN ",
					      "---- BEGIN ", "PuTTY-User-Key-File-" };

	for (size_t i = 0; i < ARRAY_LEN(starts); i++)
		if (slice_starts_with(s, starts[i]))
			return true;
	return is_der(s) || is_blob(s);
}

static int read_value(struct walk *w, struct slice value);

/* Base64 around everything is taken off once; true if it was, with *RET the walk's
 * result. */
static bool read_encoded(struct walk *w, struct slice value, int *ret)
{
	cleanup_buf struct dw_buf inner = BUF_INIT_SECRET(DW_KEY_VALUE_MAX);
	struct dw_err e = { 0 };

	/* What begins like a key has a '-' early, so no base64: ten thousand need not be
	 * tried. */
	if (w->is_decoded || looks_like_key(value))
		return false;
	*ret = base64_decode_wrapped(value, &inner, &e);
	if (*ret == -DW_NO_MEMORY) {
		(void)dw_err_copy(w->err, &e);
		return true;
	}
	if (*ret < 0 || !looks_like_key(slice_of_buf(&inner)))
		return false;
	w->is_decoded = true;
	*ret = 0;
	if (!is_blob(slice_of_buf(&inner)))
		*ret = note(w, 0, "the value was encoded in base64 once more; decoded");
	if (*ret == 0)
		*ret = read_value(w, slice_of_buf(&inner));
	return true;
}

/* PEM whose line breaks were spelled out as \n by some template. */
static bool read_spelled_out(struct walk *w, struct slice value, int *ret)
{
	cleanup_buf struct dw_buf text = BUF_INIT_SECRET(DW_KEY_VALUE_MAX);
	int r = 0;

	if (memchr(value.data, '\n', value.len) != NULL || !contains(value, "\\n") ||
	    (!contains(value, "---- BEGIN ") && !contains(value, "-----BEGIN ")))
		return false;
	value = strip_debris(value);
	for (size_t i = 0; r == 0 && i < value.len; i++) {
		bool is_escape = value.data[i] == '\\' && i + 1 < value.len &&
				 (value.data[i + 1] == 'n' || value.data[i + 1] == 'r');

		r = buf_append_byte(&text, is_escape ? '\n' : (uint8_t)value.data[i],
				    w->err);
		i += is_escape;
	}
	if (r == 0)
		r = note(w, 0, "line breaks were spelled out as \\n; mended");
	*ret = r != 0 ? r : read_text(w, slice_of_buf(&text));
	return true;
}

static int read_value(struct walk *w, struct slice value)
{
	int r = 0;

	if (slice_starts_with(value, "\xef\xbb\xbf")) {
		value = skip(value, 3);
		r = note(w, 0, "a byte order mark was taken off");
		if (r != 0)
			return r;
	}
	if (slice_starts_with(value, "\xff\xfe") || slice_starts_with(value, "\xfe\xff"))
		return refuse(w, 0, "the text is UTF-16; save it as UTF-8 or ASCII");
	if (is_der(value))
		return read_der(w, 0, value);
	if (is_blob(value))
		return read_blob(w, value);
	if (slice_trim(value).len == 0)
		return refuse(w, 0, "the value is empty; give a public key");
	if (read_encoded(w, value, &r) || read_spelled_out(w, value, &r))
		return r;
	return read_text(w, value);
}

int keyvalue_read(struct slice value, const struct sshpub_policy *policy,
		  const struct keyvalue_sink *sink, struct dw_err *err)
{
	cleanup_with(
		walk_done) struct walk w = { .policy = policy, .sink = sink, .err = err };
	char text[96];
	int r;

	if (value.len > DW_KEY_VALUE_MAX) {
		(void)snprintf(
			text, sizeof(text),
			"value of %zu bytes, at most %u are read; give the key alone",
			value.len, DW_KEY_VALUE_MAX);
		return refuse(&w, 0, text);
	}
	r = read_value(&w, value);
	if (r == 0 && w.answers == 0)
		r = refuse(&w, 0,
			   "there is no key in it, only remarks; give a public key");
	return r;
}
