/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH public keys and their lines: pure C, linear, every check that needs no big
 * numbers library. */
#include "codec/sshpub.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "codec/keymath.h"
#include "codec/sshoption.h"

enum {
	RSA_BITS_MIN = 1024,  /* what sshd loads */
	RSA_BITS_MAX = 16384, /* what sshd loads */
	ED25519_BYTES = 32,
	WORD_SHOWN_MAX = 48, /* bytes of the input that a message may repeat */
};

struct type_row {
	const char *word, *label, *short_name;
	unsigned bits;	      /* 0: counted from the modulus */
	const char *curve;    /* EC: the name inside the blob */
	size_t point_len;     /* EC: 04, X, Y */
	bool has_application; /* security keys: a string behind the key */
};

static const struct type_row types[SSHPUB_TYPE_MAX_] = {
	[SSHPUB_RSA] = { "ssh-rsa", "RSA", "rsa", 0, NULL, 0, false },
	[SSHPUB_ED25519] = { "ssh-ed25519", "ED25519", "ed25519", 256, NULL, 0, false },
	[SSHPUB_ECDSA_P256] = { "ecdsa-sha2-nistp256", "ECDSA", "ecdsa", 256, "nistp256",
				65, false },
	[SSHPUB_ECDSA_P384] = { "ecdsa-sha2-nistp384", "ECDSA", "ecdsa", 384, "nistp384",
				97, false },
	[SSHPUB_ECDSA_P521] = { "ecdsa-sha2-nistp521", "ECDSA", "ecdsa", 521, "nistp521",
				133, false },
	[SSHPUB_SK_ED25519] = { "sk-ssh-ed25519@openssh.com", "ED25519-SK", "", 256, NULL,
				0, true },
	[SSHPUB_SK_ECDSA] = { "sk-ecdsa-sha2-nistp256@openssh.com", "ECDSA-SK", "", 256,
			      "nistp256", 65, true },
};

/* Signature algorithms that sshd takes for the key type, outside and inside the blob. */
static const struct {
	const char *word;
	enum sshpub_type type;
} aliases[] = {
	{ "rsa-sha2-256", SSHPUB_RSA },
	{ "rsa-sha2-512", SSHPUB_RSA },
	{ "webauthn-sk-ecdsa-sha2-nistp256@openssh.com", SSHPUB_SK_ECDSA },
};

/* Words that are key types somewhere, and why none of them is installed. */
static const struct {
	const char *word, *why;
} foreign_types[] = {
	{ "ssh-dss", "DSA keys are no longer accepted by OpenSSH; make an Ed25519 key" },
	{ "ssh-ed448", "Ed448 is not an OpenSSH key type; make an Ed25519 key" },
	{ "ssh-xmss@openssh.com", "XMSS keys are not supported; make an Ed25519 key" },
	{ "ssh-mldsa44-ed25519@openssh.com",
	  "ML-DSA keys are not supported yet; give an Ed25519 key as well" },
};

const char *sshpub_type_word(enum sshpub_type type)
{
	return (unsigned)type < SSHPUB_TYPE_MAX_ ? types[type].word : "";
}

const char *sshpub_type_label(enum sshpub_type type)
{
	return (unsigned)type < SSHPUB_TYPE_MAX_ ? types[type].label : "";
}

const char *sshpub_type_short(enum sshpub_type type)
{
	return (unsigned)type < SSHPUB_TYPE_MAX_ ? types[type].short_name : "";
}

void sshpub_done(struct sshpub *k)
{
	if (k == NULL)
		return;
	free(k->blob);
	free(k->options);
	free(k->comment);
	*k = (struct sshpub){ 0 };
}

bool sshpub_same(const struct sshpub *a, const struct sshpub *b)
{
	return a->blob_len == b->blob_len && memcmp(a->blob, b->blob, a->blob_len) == 0;
}

static int type_of_word(struct slice word, enum sshpub_type *ret)
{
	for (unsigned i = 0; i < SSHPUB_TYPE_MAX_; i++) {
		if (slice_eq(word, types[i].word)) {
			*ret = i;
			return 0;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(aliases); i++) {
		if (slice_eq(word, aliases[i].word)) {
			*ret = aliases[i].type;
			return 0;
		}
	}
	return -(int)DW_ABSENT;
}

/* Is it fit to be repeated in a message? Base64, of a private key perhaps, has no '-' and
 * is not. */
static bool is_showable(struct slice word)
{
	if (word.len == 0 || word.len > WORD_SHOWN_MAX ||
	    memchr(word.data, '-', word.len) == NULL)
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') && strchr("-@._", c) == NULL)
			return false;
	}
	return true;
}

static bool ends_with(struct slice s, const char *suffix)
{
	size_t n = strlen(suffix);

	return s.len >= n && memcmp(s.data + s.len - n, suffix, n) == 0;
}

static bool is_foreign(struct slice word)
{
	for (size_t i = 0; i < ARRAY_LEN(foreign_types); i++)
		if (slice_eq(word, foreign_types[i].word))
			return true;
	return is_showable(word) && ends_with(word, "-cert-v01@openssh.com");
}

/* At most two letters more, fewer or other: what people mistype. Both words are short. */
static bool is_almost(struct slice a, const char *b)
{
	size_t n = strlen(b), head = 0, tail = 0;

	while (head < a.len && head < n && a.data[head] == b[head])
		head++;
	while (tail < a.len - head && tail < n - head &&
	       a.data[a.len - 1 - tail] == b[n - 1 - tail])
		tail++;
	return a.len - head - tail <= 2 && n - head - tail <= 2;
}

static int fail_foreign(struct slice word, struct dw_err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(foreign_types); i++)
		if (slice_eq(word, foreign_types[i].word))
			return dw_fail(err, DW_REFUSED, "%s", foreign_types[i].why);
	return dw_fail(err, DW_REFUSED,
		       "this is an OpenSSH certificate, which as a line lets nobody in; "
		       "give the plain .pub, or the CA's key with cert-authority");
}

static int fail_unknown_type(struct slice word, struct dw_err *err)
{
	if (!is_showable(word))
		return dw_fail(err, DW_MALFORMED,
			       "no key type at the start of the line; "
			       "a key looks like 'ssh-ed25519 AAAA... name'");
	for (unsigned i = 0; i < SSHPUB_TYPE_MAX_; i++) {
		if (slice_eq_nocase(word, types[i].word) ||
		    is_almost(word, types[i].word))
			return dw_fail(err, DW_MALFORMED,
				       "unknown key type '%.*s' (did you mean %s?)",
				       (int)word.len, word.data, types[i].word);
	}
	return dw_fail(err, DW_MALFORMED, "unknown key type '%.*s'", (int)word.len,
		       word.data);
}

/* -- the blob -- */

struct wire {
	const uint8_t *at;
	size_t left;
};

static int wire_string(struct wire *w, const char *what, struct slice *ret,
		       struct dw_err *err)
{
	size_t len;

	if (w->left < 4)
		return dw_fail(
			err, DW_MALFORMED,
			"key is cut short where %s should begin; paste it as a single line",
			what);
	len = (size_t)w->at[0] << 24 | (size_t)w->at[1] << 16 | (size_t)w->at[2] << 8 |
	      w->at[3];
	if (len > w->left - 4)
		return dw_fail(
			err, DW_MALFORMED,
			"key is cut short: the length field of %s asks for %zu more "
			"bytes; paste it as a single line",
			what, len - (w->left - 4));
	*ret = (struct slice){ (const char *)w->at + 4, len };
	w->at += 4 + len;
	w->left -= 4 + len;
	return 0;
}

/* A number >= 0; leading zeros, which sshd drops as well, are cut off. */
static int wire_number(struct wire *w, const char *what, struct slice *ret,
		       struct dw_err *err)
{
	struct slice n;
	int r = wire_string(w, what, &n, err);

	if (r < 0)
		return r;
	if (n.len > 0 && (uint8_t)n.data[0] & 0x80)
		return dw_fail(err, DW_MALFORMED,
			       "%s is negative: a zero byte is missing before it", what);
	while (n.len > 0 && n.data[0] == 0) {
		n.data++;
		n.len--;
	}
	*ret = n;
	return 0;
}

static unsigned bit_count(struct slice number)
{
	if (number.len == 0)
		return 0;
	return (unsigned)(number.len - 1) * 8 + 32 -
	       (unsigned)__builtin_clz((uint8_t)number.data[0]);
}

static uint8_t last_byte(struct slice s)
{
	return (uint8_t)s.data[s.len - 1];
}

/* What a blob says, still in the caller's bytes; numbers without leading zeros. */
struct fields {
	enum sshpub_type type;
	struct slice exponent, modulus; /* RSA */
	struct slice point;		/* the others */
	struct slice application;	/* sk */
};

static int check_exponent(struct slice e, struct dw_err *err)
{
	if (e.len > 8)
		return dw_fail(
			err, DW_REFUSED,
			"RSA exponent has %u bits, at most 64 are sane; make a new key",
			bit_count(e));
	if (e.len == 0 || !(last_byte(e) & 1) || (e.len == 1 && last_byte(e) < 3))
		return dw_fail(
			err, DW_REFUSED,
			"RSA exponent is %s: anybody could sign for this key; make a new key",
			e.len == 0	   ? "0"
			: last_byte(e) & 1 ? "1"
					   : "even");
	return 0;
}

static int check_modulus(struct slice n, const struct sshpub_policy *policy,
			 struct dw_err *err)
{
	unsigned bits = bit_count(n), factor;

	if (bits > RSA_BITS_MAX)
		return dw_fail(err, DW_REFUSED,
			       "RSA key has %u bits, OpenSSH takes at most %u", bits,
			       RSA_BITS_MAX);
	if (bits < RSA_BITS_MIN || bits < policy->min_rsa_bits)
		return dw_fail(
			err, DW_REFUSED,
			"RSA key has %u bits, at least %u are asked for; make a new key",
			bits,
			policy->min_rsa_bits > RSA_BITS_MIN ? policy->min_rsa_bits
							    : RSA_BITS_MIN);
	if (!(last_byte(n) & 1))
		return dw_fail(err, DW_REFUSED,
			       "RSA modulus is even: damaged or forged; make a new key");
	factor = keymath_small_factor(n);
	if (factor != 0)
		return dw_fail(
			err, DW_REFUSED,
			"RSA modulus is divisible by %u: damaged or forged; make a new key",
			factor);
	if (keymath_is_roca(n))
		return dw_fail(
			err, DW_REFUSED,
			"RSA key comes from a faulty chip (CVE-2017-15361, ROCA) and can "
			"be factored; make a new key");
	return 0;
}

static int read_rsa(struct wire *w, const struct sshpub_policy *policy,
		    struct fields *ret, struct dw_err *err)
{
	int r = wire_number(w, "the RSA exponent", &ret->exponent, err);

	if (r == 0)
		r = wire_number(w, "the RSA modulus", &ret->modulus, err);
	if (r < 0)
		return r;
	if (ret->exponent.len > 8 && ret->modulus.len <= 8)
		return dw_fail(err, DW_MALFORMED,
			       "exponent and modulus are swapped; export the key again");
	r = check_exponent(ret->exponent, err);
	if (r < 0)
		return r;
	return check_modulus(ret->modulus, policy, err);
}

static int read_ed25519(struct wire *w, struct fields *ret, struct dw_err *err)
{
	int r = wire_string(w, "the Ed25519 point", &ret->point, err);

	if (r < 0)
		return r;
	if (ret->point.len != ED25519_BYTES)
		return dw_fail(err, DW_MALFORMED,
			       "Ed25519 point has %zu bytes instead of %u",
			       ret->point.len, ED25519_BYTES);
	if (keymath_is_bad_ed25519(ret->point))
		return dw_fail(
			err, DW_REFUSED,
			"Ed25519 point is of small order or not canonical: anybody could "
			"sign for this key; make a new key");
	return 0;
}

static int read_ecdsa(struct wire *w, struct fields *ret, struct dw_err *err)
{
	const struct type_row *row = &types[ret->type];
	struct slice curve;
	uint8_t form;
	int r = wire_string(w, "the curve's name", &curve, err);

	if (r == 0)
		r = wire_string(w, "the curve point", &ret->point, err);
	if (r < 0)
		return r;
	if (!slice_eq(curve, row->curve))
		return dw_fail(err, DW_MALFORMED, "curve inside is not %s, as %s needs",
			       row->curve, row->word);
	form = ret->point.len > 0 ? (uint8_t)ret->point.data[0] : 0;
	if (form == 2 || form == 3)
		return dw_fail(
			err, DW_MALFORMED,
			"curve point is compressed, which OpenSSH does not read; export "
			"the key again uncompressed");
	if (form != 4 || ret->point.len != row->point_len)
		return dw_fail(
			err, DW_MALFORMED,
			"curve point has %zu bytes and form %u instead of %zu and 4",
			ret->point.len, form, row->point_len);
	if (!keymath_is_on_curve(row->bits, ret->point))
		return dw_fail(err, DW_MALFORMED,
			       "point is not on the curve %s: key is damaged",
			       row->curve);
	return 0;
}

static int read_application(struct wire *w, struct fields *ret, struct dw_err *err)
{
	struct slice *a = &ret->application;
	int r = wire_string(w, "the application", a, err);

	if (r < 0)
		return r;
	/* OpenSSH drops one NUL at the end and takes none elsewhere. */
	if (a->len > 0 && a->data[a->len - 1] == '\0')
		a->len--;
	if (a->len > 0 && memchr(a->data, '\0', a->len) != NULL)
		return dw_fail(err, DW_MALFORMED,
			       "application of the key holds a NUL byte");
	return 0;
}

static int read_fields(struct wire *w, const struct sshpub_policy *policy,
		       struct fields *ret, struct dw_err *err)
{
	int r;

	if (ret->type == SSHPUB_RSA)
		r = read_rsa(w, policy, ret, err);
	else if (types[ret->type].curve != NULL)
		r = read_ecdsa(w, ret, err);
	else
		r = read_ed25519(w, ret, err);
	if (r == 0 && types[ret->type].has_application)
		r = read_application(w, ret, err);
	if (r < 0)
		return r;
	if (w->left > 0)
		return dw_fail(err, DW_MALFORMED,
			       "%zu bytes too many after the key's last field", w->left);
	return 0;
}

/* OUTER: the type word of the line, or empty. */
static int read_type(struct wire *w, struct slice outer, enum sshpub_type *ret,
		     struct dw_err *err)
{
	enum sshpub_type line_type = SSHPUB_TYPE_MAX_;
	struct slice inner;
	bool is_shown;
	int r = wire_string(w, "the key type", &inner, err);

	if (r < 0)
		return r;
	is_shown = is_showable(inner);
	if (outer.len == 0 && is_foreign(inner))
		return fail_foreign(inner, err);
	if (type_of_word(inner, ret) < 0 && outer.len == 0)
		return is_shown ? fail_unknown_type(inner, err)
				: dw_fail(err, DW_MALFORMED,
					  "blob does not begin with a key type");
	if (outer.len == 0)
		return 0;
	(void)type_of_word(outer, &line_type); /* known, or we would not be here */
	if (type_of_word(inner, ret) < 0 || *ret != line_type)
		return dw_fail(err, DW_MALFORMED, "blob says %.*s, line says %.*s",
			       is_shown ? (int)inner.len : 7,
			       is_shown ? inner.data : "nothing", (int)outer.len,
			       outer.data);
	return 0;
}

static uint8_t *put_u32(uint8_t *to, size_t v)
{
	*to++ = (uint8_t)(v >> 24);
	*to++ = (uint8_t)(v >> 16);
	*to++ = (uint8_t)(v >> 8);
	*to++ = (uint8_t)v;
	return to;
}

static uint8_t *put_string(uint8_t *to, struct slice s)
{
	to = put_u32(to, s.len);
	if (s.len > 0)
		memcpy(to, s.data, s.len);
	return to + s.len;
}

static uint8_t *put_number(uint8_t *to, struct slice n)
{
	if (n.len == 0 || !((uint8_t)n.data[0] & 0x80))
		return put_string(to, n);
	to = put_u32(to, n.len + 1);
	*to++ = 0;
	memcpy(to, n.data, n.len);
	return to + n.len;
}

/* The one spelling. It is no longer than the blob that was read, as only zeros were
 * dropped... */
static int build_blob(const struct fields *f, size_t room, struct sshpub *ret,
		      struct dw_err *err)
{
	const struct type_row *row = &types[f->type];
	void *blob = NULL;
	uint8_t *to;
	int r;

	/* ... but its type word may have been a shorter alias. */
	r = mem_alloc(&blob, room + strlen(row->word), 1, err);
	if (r < 0)
		return r;
	to = put_string(blob, slice_of(row->word));
	if (f->type == SSHPUB_RSA) {
		to = put_number(to, f->exponent);
		to = put_number(to, f->modulus);
	} else {
		if (row->curve != NULL)
			to = put_string(to, slice_of(row->curve));
		to = put_string(to, f->point);
	}
	if (row->has_application)
		to = put_string(to, f->application);
	ret->type = f->type;
	ret->bits = row->bits != 0 ? row->bits : bit_count(f->modulus);
	ret->blob = blob;
	ret->blob_len = (size_t)(to - (uint8_t *)blob);
	return 0;
}

static int read_blob(struct slice blob, struct slice outer,
		     const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err)
{
	struct wire w = { (const uint8_t *)blob.data, blob.len };
	struct fields f = { 0 };
	int r;

	if (blob.len > DW_KEY_BLOB_MAX)
		return dw_fail(err, DW_TOO_BIG, "key of %zu bytes, at most %u are read",
			       blob.len, DW_KEY_BLOB_MAX);
	r = read_type(&w, outer, &f.type, err);
	if (r == 0)
		r = read_fields(&w, policy, &f, err);
	if (r < 0)
		return r;
	return build_blob(&f, blob.len, ret, err);
}

/* -- the comment -- */

/*
 * One line of UTF-8: what is no text or would move a cursor becomes '?', a tab a blank.
 * The cut at the ceiling is between characters, and no blank stands at either end, so
 * that a second reading finds the same.
 */
static int copy_comment(struct slice in, char **ret, struct dw_err *err)
{
	char text[DW_KEY_COMMENT_MAX];
	size_t len = 0;
	struct slice out;

	in = slice_trim(in);
	if (text_check(in, TEXT_LINE, sizeof(text), NULL) == 0) /* as nearly always */
		return mem_strndup(ret, in.data, in.len, err);
	for (size_t at = 0; at < in.len;) {
		struct slice here = { in.data + at, in.len - at };
		size_t n = utf8_len(here);
		bool is_text = n > 0 && text_check((struct slice){ here.data, n },
						   TEXT_LINE, n, NULL) == 0;

		if (n == 0)
			n = 1;
		if (len + (is_text ? n : 1) > sizeof(text))
			break;
		if (is_text)
			memcpy(text + len, here.data, n);
		else
			text[len] = here.data[0] == '\t' ? ' ' : '?';
		len += is_text ? n : 1;
		at += n;
	}
	out = slice_trim((struct slice){ text, len });
	return mem_strndup(ret, out.data, out.len, err);
}

int sshpub_from_blob(struct slice blob, struct slice comment,
		     const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err)
{
	cleanup_sshpub struct sshpub k = { 0 };
	int r = read_blob(blob, (struct slice){ 0 }, policy, &k, err);

	if (r == 0)
		r = copy_comment(comment, &k.comment, err);
	if (r < 0)
		return r;
	*ret = k;
	k = (struct sshpub){ 0 };
	return 0;
}

/* -- the line -- */

static bool is_gap(char c)
{
	return c == ' ' || c == '\t';
}

static size_t gap_len(struct slice s)
{
	size_t n = 0;

	while (n < s.len && is_gap(s.data[n]))
		n++;
	return n;
}

static struct slice word_of(struct slice s)
{
	size_t n = 0;

	while (n < s.len && !is_gap(s.data[n]))
		n++;
	return (struct slice){ s.data, n };
}

static struct slice skip(struct slice s, size_t n)
{
	return (struct slice){ s.data + n, s.len - n };
}

size_t sshpub_options_len(struct slice line)
{
	size_t at = gap_len(line);
	enum sshpub_type type;
	bool is_quoted = false;
	struct slice word = word_of(skip(line, at));

	if (word.len == 0 || word.data[0] == '#' || type_of_word(word, &type) == 0 ||
	    is_foreign(word))
		return 0;
	for (; at < line.len && (is_quoted || !is_gap(line.data[at])); at++) {
		if (line.data[at] == '\\' && at + 1 < line.len &&
		    line.data[at + 1] == '"')
			at++;
		else if (line.data[at] == '"')
			is_quoted = !is_quoted;
	}
	return at;
}

/* sshd skips all white space inside base64, also what is no separator of words: CR, VT,
 * FF. */
static bool has_odd_space(struct slice s)
{
	return memchr(s.data, '\r', s.len) != NULL ||
	       memchr(s.data, '\v', s.len) != NULL || memchr(s.data, '\f', s.len) != NULL;
}

static int decode_key(struct slice text, struct dw_buf *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf plain = BUF_INIT(DW_KEYFILE_MAX);
	int r;

	if (text.len / 4 * 3 > DW_KEY_BLOB_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "key of %zu characters is too long for a key", text.len);
	if (!has_odd_space(text))
		return base64_decode(text, ret, err);
	for (size_t i = 0; i < text.len; i++) {
		if (memchr("\r\v\f", text.data[i], 3) != NULL)
			continue;
		r = buf_append_byte(&plain, (uint8_t)text.data[i], err);
		if (r < 0)
			return r;
	}
	return base64_decode(slice_of_buf(&plain), ret, err);
}

/* LINE begins with a type word that is known. */
static int parse_key(struct slice line, const struct sshpub_policy *policy,
		     struct sshpub *k, struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX + 3);
	struct slice type = word_of(line), text;
	int r;

	line = skip(line, type.len);
	line = skip(line, gap_len(line));
	text = word_of(line);
	if (text.len == 0)
		return dw_fail(err, DW_MALFORMED, "nothing follows the key type %.*s",
			       (int)type.len, type.data);
	r = decode_key(text, &blob, err);
	if (r == 0)
		r = read_blob(slice_of_buf(&blob), type, policy, k, err);
	if (r < 0)
		return r;
	return copy_comment(skip(line, text.len), &k->comment, err);
}

/* No key type where one should be: say what stands there instead. */
static int fail_no_type(struct slice line, struct dw_err *err)
{
	struct slice word = word_of(line);

	if (line.len == 0)
		return dw_fail(err, DW_MALFORMED, "the line is empty");
	if (line.data[0] == '#')
		return dw_fail(err, DW_MALFORMED, "the line is a comment");
	if (slice_starts_with(line, "\xef\xbb\xbf"))
		return dw_fail(
			err, DW_MALFORMED,
			"a byte order mark (EF BB BF) stands before the key; save the "
			"text without it");
	for (size_t i = 0; i < word.len; i++)
		if ((uint8_t)word.data[i] >= 0x80)
			return dw_fail(
				err, DW_MALFORMED,
				"byte %zu (0x%02x) is not ASCII, perhaps a no-break space; "
				"type the blank anew",
				i, (uint8_t)word.data[i]);
	if (is_foreign(word))
		return fail_foreign(word, err);
	return fail_unknown_type(word, err);
}

static int parse_options(struct slice options, struct slice line,
			 const struct sshpub_policy *policy, struct sshpub *k,
			 struct dw_err *err)
{
	struct slice word = word_of(line);
	enum sshpub_type type;
	int r;

	if (type_of_word(word, &type) < 0)
		return is_foreign(word) ? fail_foreign(word, err)
					: fail_no_type(options, err);
	r = sshoption_copy(options, &k->options, err);
	if (r < 0)
		return r;
	if (!policy->may_have_options && k->options != NULL)
		return dw_fail(
			err, DW_REFUSED,
			"options in front of the key are not allowed here; give the key "
			"without them");
	return parse_key(line, policy, k, err);
}

int sshpub_parse_line(struct slice line, const struct sshpub_policy *policy,
		      struct sshpub *ret, struct dw_err *err)
{
	cleanup_sshpub struct sshpub k = { 0 };
	const char *nul = line.len > 0 ? memchr(line.data, '\0', line.len) : NULL;
	enum sshpub_type type;
	size_t n;
	int r;

	if (nul != NULL)
		line.len = (size_t)(nul - line.data); /* where sshd, too, sees the end */
	line = slice_trim(line);
	if (type_of_word(word_of(line), &type) == 0) {
		r = parse_key(line, policy, &k, err);
	} else {
		n = sshpub_options_len(line);
		if (n == line.len || n == 0)
			r = fail_no_type(line, err);
		else
			r = parse_options((struct slice){ line.data, n },
					  skip(line, n + gap_len(skip(line, n))), policy,
					  &k, err);
	}
	if (r < 0)
		return r;
	*ret = k;
	k = (struct sshpub){ 0 };
	return 0;
}

int sshpub_print(const struct sshpub *k, struct dw_buf *ret, struct dw_err *err)
{
	size_t start = ret->len;
	int r = 0;

	if (k->options != NULL) {
		r = buf_append_str(ret, k->options, err);
		if (r == 0)
			r = buf_append_byte(ret, ' ', err);
	}
	if (r == 0)
		r = buf_append_str(ret, types[k->type].word, err);
	if (r == 0)
		r = buf_append_byte(ret, ' ', err);
	if (r == 0)
		r = base64_encode((struct slice){ (const char *)k->blob, k->blob_len },
				  ret, err);
	if (r == 0 && k->comment != NULL && k->comment[0] != '\0') {
		r = buf_append_byte(ret, ' ', err);
		if (r == 0)
			r = buf_append_str(ret, k->comment, err);
	}
	if (r < 0)
		return r;
	if (ret->len - start > DW_KEY_LINE_MAX)
		return dw_fail(err, DW_TOO_BIG,
			       "key line of %zu bytes, sshd promises to read %u",
			       ret->len - start, DW_KEY_LINE_MAX);
	return 0;
}
