/* SPDX-License-Identifier: Apache-2.0 */
/* Key lines against ssh-keygen: the grammar case by case, real keys, and forged ones. */
#include "tests/unit/codec/tool.h"

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/sshpub.h"

static const struct sshpub_policy sshd_policy = { .min_rsa_bits = 1024,
						  .may_have_options = true };
static const struct sshpub_policy default_policy = { .min_rsa_bits = 2048,
						     .may_have_options = false };

static void assert_slice(struct slice got, struct slice expected)
{
	assert_int_equal(got.len, expected.len);
	assert_memory_equal(got.data, expected.data, got.len);
}

/* -- real keys -- */

static void test_real_keys(unused_arg void **state)
{
	static const struct {
		const char *arguments;
		enum sshpub_type type;
		unsigned bits;
	} rows[] = {
		{ "-t rsa -b 1024", SSHPUB_RSA, 1024 },
		{ "-t rsa -b 2048", SSHPUB_RSA, 2048 },
		{ "-t ed25519", SSHPUB_ED25519, 256 },
		{ "-t ecdsa -b 256", SSHPUB_ECDSA_P256, 256 },
		{ "-t ecdsa -b 384", SSHPUB_ECDSA_P384, 384 },
		{ "-t ecdsa -b 521", SSHPUB_ECDSA_P521, 521 },
	};

	tool_need("ssh-keygen");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
		cleanup_buf struct dw_buf again = BUF_INIT(TOOL_MAX);
		cleanup_sshpub struct sshpub k = { 0 };
		struct dw_err err = { 0 };

		assert_int_equal(
			tool(&line,
			     "rm -f k k.pub; ssh-keygen -q -N '' -C 'a  comment' -f k %s"
			     " && cat k.pub",
			     rows[i].arguments),
			0);
		assert_int_equal(
			sshpub_parse_line(tool_line(&line), &sshd_policy, &k, &err), 0);
		assert_int_equal(k.type, rows[i].type);
		assert_int_equal(k.bits, rows[i].bits);
		assert_string_equal(k.comment, "a  comment");
		assert_null(k.options);
		assert_int_equal(sshpub_print(&k, &again, &err), 0);
		assert_slice(slice_of_buf(&again), tool_line(&line));
	}
}

/* -- the grammar -- */

/* In a case's line: $ the base64 of an Ed25519 key, & of an ECDSA one (it ends in one
 * '='). */
struct samples {
	char ed25519[100], ecdsa[200];
};

static void make_samples(struct samples *s)
{
	cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);

	assert_int_equal(tool(&b, "rm -f g g.pub; ssh-keygen -q -N '' -t ed25519 -f g && "
				  "cut -d' ' -f2 g.pub"),
			 0);
	(void)snprintf(s->ed25519, sizeof(s->ed25519), "%.*s", (int)b.len - 1, b.data);
	assert_int_equal(tool(&b, "rm -f g g.pub; ssh-keygen -q -N '' -t ecdsa -f g && "
				  "cut -d' ' -f2 g.pub"),
			 0);
	(void)snprintf(s->ecdsa, sizeof(s->ecdsa), "%.*s", (int)b.len - 1, b.data);
}

static void expand(const struct samples *s, const char *template, struct dw_buf *ret)
{
	size_t n = strlen(s->ecdsa);

	buf_clear(ret);
	for (const char *p = template; *p != '\0'; p++) {
		int r;

		if (*p == '$')
			r = buf_append_str(ret, s->ed25519, NULL);
		else if (*p == '&')
			r = buf_append_str(ret, s->ecdsa, NULL);
		else if (*p == '\x01') /* the Ed25519 key's first 20 characters */
			r = buf_append(ret, s->ed25519, 20, NULL);
		else if (*p == '\x02') /* and the others */
			r = buf_append_str(ret, s->ed25519 + 20, NULL);
		else if (*p == '\x03') /* the ECDSA key without its '=' */
			r = buf_append(ret, s->ecdsa, n - 1, NULL);
		else
			r = buf_append_byte(ret, (uint8_t)*p, NULL);
		assert_int_equal(r, 0);
	}
}

#define OK  0
#define BAD -DW_MALFORMED
#define NO  -DW_REFUSED

struct grammar_case {
	const char *name, *line;
	int expected;
	const char *options, *comment; /* when accepted */
	bool is_for_keygen; /* ssh-keygen -l must be of our opinion: no options in it */
};

static const struct grammar_case grammar[] = {
	{ "plain", "ssh-ed25519 $", OK, NULL, "", true },
	{ "with comment", "ssh-ed25519 $ me@host", OK, NULL, "me@host", true },
	{ "comment of words", "ssh-ed25519 $ me and you", OK, NULL, "me and you", true },
	{ "# in the comment", "ssh-ed25519 $ a # b", OK, NULL, "a # b", true },
	{ "blanks and tabs everywhere", " \t ssh-ed25519 \t $ \t c \t", OK, NULL, "c",
	  true },
	{ "tab as separator", "ssh-ed25519\t$\tc", OK, NULL, "c", true },
	{ "CR at the end", "ssh-ed25519 $\r", OK, NULL, "", true },
	{ "CR inside base64", "ssh-ed25519 \x01\r\x02", OK, NULL, "", true },
	{ "VT inside base64", "ssh-ed25519 \x01\v\x02", OK, NULL, "", true },
	{ "FF inside base64", "ssh-ed25519 \x01\f\x02", OK, NULL, "", true },
	{ "blank inside base64", "ssh-ed25519 \x01 \x02", BAD, NULL, NULL, true },
	{ "empty", "", BAD, NULL, NULL, true },
	{ "blanks only", "  \t", BAD, NULL, NULL, true },
	{ "comment line", "# ssh-ed25519 $", BAD, NULL, NULL, true },
	{ "upper case type", "SSH-ED25519 $", BAD, NULL, NULL, true },
	{ "no-break space", "ssh-ed25519\xc2\xa0$", BAD, NULL, NULL, true },
	{ "VT as separator", "ssh-ed25519\v$", BAD, NULL, NULL, true },
	{ "byte order mark", "\xef\xbb\xbfssh-ed25519 $", BAD, NULL, NULL, false },
	{ "type alone", "ssh-ed25519", BAD, NULL, NULL, true },
	{ "type and blank", "ssh-ed25519 ", BAD, NULL, NULL, true },
	{ "missing character", "ssh-ed25519 \x02", BAD, NULL, NULL, true },
	{ "half a key", "ssh-ed25519 \x01", BAD, NULL, NULL, true },
	{ "padding", "ecdsa-sha2-nistp256 &", OK, NULL, "", true },
	{ "padding missing", "ecdsa-sha2-nistp256 \x03", BAD, NULL, NULL, true },
	{ "padding twice", "ecdsa-sha2-nistp256 &=", BAD, NULL, NULL, true },
	{ "junk after padding", "ecdsa-sha2-nistp256 &AAAA", BAD, NULL, NULL, true },
	{ "stray character", "ssh-ed25519 \x01-\x02", BAD, NULL, NULL, true },
	{ "wrong type", "ssh-rsa $", BAD, NULL, NULL, true },
	{ "wrong curve", "ecdsa-sha2-nistp384 &", BAD, NULL, NULL, true },
	{ "misspelled type", "ssh-ed2519 $", BAD, NULL, NULL, true },
	{ "quoted key", "ssh-ed25519 \"$\"", BAD, NULL, NULL, true },
	{ "certificate", "ssh-ed25519-cert-v01@openssh.com $", NO, NULL, NULL, false },
	{ "DSA", "ssh-dss AAAAB3NzaC1kc3MAAA==", NO, NULL, NULL, false },
	{ "ML-DSA", "ssh-mldsa44-ed25519@openssh.com AAAA", NO, NULL, NULL, false },
	{ "known option", "command=\"x\" ssh-ed25519 $ c", OK, "command=\"x\"", "c",
	  true },
	{ "quote in a value", "command=\"a \\\"b c\\\" d\" ssh-ed25519 $", OK,
	  "command=\"a \\\"b c\\\" d\"", "", true },
	{ "backslash in a value", "command=\"a\\\\b\\n\" ssh-ed25519 $", OK,
	  "command=\"a\\\\b\\n\"", "", true },
	{ "tab in a value", "command=\"a\tb\" ssh-ed25519 $", OK, "command=\"a\tb\"", "",
	  true },
	{ "quote not closed", "command=\"x ssh-ed25519 $", BAD, NULL, NULL, true },
	{ "unknown option", "bogus ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "value without quotes", "command=x ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "blanks around =", "command = \"x\" ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "value missing", "command ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "value for a flag", "no-pty=\"x\" ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "text after a value", "command=\"x\"y ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "command twice", "command=\"a\",command=\"b\" ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "from twice", "from=\"a\",from=\"b\" ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "environment twice", "environment=\"A=1\",environment=\"B=2\" ssh-ed25519 $",
	  OK, "environment=\"A=1\",environment=\"B=2\"", "", true },
	{ "environment without =", "environment=\"A\" ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "environment with a bad name", "environment=\"A-B=1\" ssh-ed25519 $", BAD, NULL,
	  NULL, false },
	{ "expiry by day", "expiry-time=\"20300131\" ssh-ed25519 $", OK,
	  "expiry-time=\"20300131\"", "", true },
	{ "expiry by minute", "expiry-time=\"203001312359\" ssh-ed25519 $", OK,
	  "expiry-time=\"203001312359\"", "", true },
	{ "expiry by second", "expiry-time=\"20300131235959\" ssh-ed25519 $", OK,
	  "expiry-time=\"20300131235959\"", "", true },
	{ "expiry in UTC", "expiry-time=\"20300131Z\" ssh-ed25519 $", OK,
	  "expiry-time=\"20300131Z\"", "", true },
	{ "expiry by year", "expiry-time=\"2030\" ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "expiry in month 13", "expiry-time=\"20301301\" ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "blank after the comma", "no-pty, no-user-rc ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "comma at the end", "no-pty, ssh-ed25519 $", OK, "no-pty", "", true },
	{ "lone comma", ", ssh-ed25519 $", OK, NULL, "", true },
	{ "dash of YAML", "- ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "case of names", "NO-PTY,x11-FORWARDING,RESTRICT ssh-ed25519 $", OK,
	  "no-pty,X11-forwarding,restrict", "", true },
	{ "no- where there is none", "no-restrict ssh-ed25519 $", BAD, NULL, NULL,
	  false },
	{ "cert-authority", "cert-authority,principals=\"a,b\" ssh-ed25519 $", OK,
	  "cert-authority,principals=\"a,b\"", "", true },
	{ "principals alone", "principals=\"a\" ssh-ed25519 $", BAD, NULL, NULL, false },
	{ "many values",
	  "from=\"!a,192.0.2.0/24\",permitopen=\"h:1\",permitopen=\"h:2\",permitlisten=\"8080\","
	  "tunnel=\"0\",agent-forwarding,no-touch-required,verify-required ssh-ed25519 $",
	  OK,
	  "from=\"!a,192.0.2.0/24\",permitopen=\"h:1\",permitopen=\"h:2\",permitlisten=\"8080\","
	  "tunnel=\"0\",agent-forwarding,no-touch-required,verify-required",
	  "", true },
	{ "escape in a value", "command=\"a\x1b[2J\" ssh-ed25519 $", NO, NULL, NULL,
	  false },
	{ "escape in the comment", "ssh-ed25519 $ a\x1b[2Jb", OK, NULL, "a?[2Jb", true },
	{ "Latin-1 in the comment", "ssh-ed25519 $ caf\xe9", OK, NULL, "caf?", true },
	{ "UTF-8 in the comment", "ssh-ed25519 $ caf\xc3\xa9", OK, NULL, "caf\xc3\xa9",
	  true },
};

/* Does ssh-keygen find exactly one key in the line? */
static bool keygen_reads(struct slice line)
{
	tool_write("line", line);
	return tool(NULL,
		    "ssh-keygen -lf line >out 2>&1 && test \"$(wc -l <out)\" = 1") == 0;
}

static void check_grammar_case(const struct grammar_case *c, struct slice line)
{
	cleanup_sshpub struct sshpub k = { 0 };
	cleanup_sshpub struct sshpub strict = { 0 };
	cleanup_buf struct dw_buf printed = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf again = BUF_INIT(TOOL_MAX);
	struct dw_err err = { 0 };
	int r = sshpub_parse_line(line, &sshd_policy, &k, &err);

	if (r != c->expected)
		fail_msg("%s: %d instead of %d: %s", c->name, r, c->expected,
			 err.message);
	if (c->is_for_keygen && keygen_reads(line) != (r == 0))
		fail_msg("%s: ssh-keygen thinks otherwise", c->name);
	if (r < 0) {
		assert_null(k.blob);
		assert_true(strlen(err.message) > 10);
		return;
	}
	assert_string_equal(k.comment, c->comment);
	if (c->options == NULL)
		assert_null(k.options);
	else
		assert_string_equal(k.options, c->options);
	assert_int_equal(sshpub_parse_line(line, &default_policy, &strict, &err),
			 c->options == NULL ? 0 : -DW_REFUSED);

	assert_int_equal(sshpub_print(&k, &printed, &err), 0);
	sshpub_done(&k);
	assert_int_equal(
		sshpub_parse_line(slice_of_buf(&printed), &sshd_policy, &k, &err), 0);
	assert_int_equal(sshpub_print(&k, &again, &err), 0);
	assert_string_equal(printed.data, again.data);
	assert_true(keygen_reads(slice_of_buf(&printed)));
}

static void test_line_grammar(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	struct samples s;

	tool_need("ssh-keygen");
	make_samples(&s);
	for (size_t i = 0; i < ARRAY_LEN(grammar); i++) {
		expand(&s, grammar[i].line, &line);
		check_grammar_case(&grammar[i], slice_of_buf(&line));
	}
}

static const char ed_line[] =
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmxbTu5WEbsTC7tpnOg9FXsEbsEuybyb8ctlL9lRWEY c";

static void test_nul_ends_the_line(unused_arg void **state)
{
	static const char hidden[] = "\0ssh-ed25519 AAAA";
	char line[sizeof(ed_line) + 8];
	cleanup_sshpub struct sshpub k = { 0 };

	memcpy(line, ed_line, sizeof(ed_line));
	memcpy(line + sizeof(ed_line), "command", 8);
	assert_int_equal(sshpub_parse_line((struct slice){ line, sizeof(line) },
					   &sshd_policy, &k, NULL),
			 0);
	assert_string_equal(k.comment, "c");
	sshpub_done(&k);
	assert_int_equal(sshpub_parse_line((struct slice){ hidden, sizeof(hidden) },
					   &sshd_policy, &k, NULL),
			 -DW_MALFORMED);
}

static void test_comment_is_cut_between_characters(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	assert_int_equal(
		buf_printf(&line, NULL, "%.*s", (int)sizeof(ed_line) - 2, ed_line), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(buf_append_str(&line, i == 0 ? "x" : "\xc3\xa9", NULL),
				 0);
	assert_int_equal(sshpub_parse_line(slice_of_buf(&line), &sshd_policy, &k, NULL),
			 0);
	assert_int_equal(strlen(k.comment), DW_KEY_COMMENT_MAX - 1);
	assert_int_equal(
		text_check(slice_of(k.comment), TEXT_LINE, DW_KEY_COMMENT_MAX, NULL), 0);
}

static void test_options_len(unused_arg void **state)
{
	static const struct {
		const char *line;
		size_t expected;
	} rows[] = {
		{ "ssh-rsa AAAA", 0 },
		{ "", 0 },
		{ "  # x", 0 },
		{ "no-pty ssh-rsa AAAA", 6 },
		{ " no-pty ssh-rsa AAAA", 7 },
		{ "command=\"a b\" ssh-rsa AAAA", 13 },
		{ "command=\"a \\\" b\" ssh-rsa", 16 },
		{ "command=\"a ssh-rsa", 18 },
		{ "sk-ssh-ed25519@openssh.com AAAA", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(sshpub_options_len(slice_of(rows[i].line)),
				 rows[i].expected);
}

static void test_messages_name_what_and_what_to_do(unused_arg void **state)
{
	static const char *const rows[][2] = {
		{ "ssh-rssa AAAA", "did you mean ssh-rsa?" },
		{ "ssh-ed25519 AAAAB3NzaC1yc2EA",
		  "blob says ssh-rsa, line says ssh-ed25519" },
		{ "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ==", "asks for 257 more bytes" },
		{ "ssh-rsa AAAAB3Nz*C1yc2E", "stops at character 8" },
		{ "ssh-rsa-cert-v01@openssh.com AAAA", "give the plain .pub" },
		{ "b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAAB", "no key type" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_sshpub struct sshpub k = { 0 };
		struct dw_err err = { 0 };

		assert_true(sshpub_parse_line(slice_of(rows[i][0]), &default_policy, &k,
					      &err) < 0);
		if (strstr(err.message, rows[i][1]) == NULL)
			fail_msg("'%s' lacks '%s'", err.message, rows[i][1]);
		assert_null(strstr(err.message, "b3Blb")); /* may be a private key */
	}
}

/* -- forged and weak keys: blobs put together by hand -- */

struct blob {
	uint8_t bytes[9000];
	size_t len;
};

static void put(struct blob *b, const void *data, size_t len)
{
	b->bytes[b->len++] = (uint8_t)(len >> 24);
	b->bytes[b->len++] = (uint8_t)(len >> 16);
	b->bytes[b->len++] = (uint8_t)(len >> 8);
	b->bytes[b->len++] = (uint8_t)len;
	memcpy(b->bytes + b->len, data, len);
	b->len += len;
}

static void put_word(struct blob *b, const char *word)
{
	put(b, word, strlen(word));
}

/* Reads the blob bare and as a line of TYPE; both must say the same. */
static void expect(const char *name, const char *type, const struct blob *b, int expected,
		   const char *message)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub bare = { 0 };
	cleanup_sshpub struct sshpub k = { 0 };
	struct slice blob = { (const char *)b->bytes, b->len };
	struct dw_err err = { 0 };
	int r;

	r = sshpub_from_blob(blob, SLICE("c"), &default_policy, &bare, &err);
	if (r != expected || (r < 0 && strstr(err.message, message) == NULL))
		fail_msg("%s: %d instead of %d: %s", name, r, expected, err.message);
	assert_int_equal(buf_printf(&line, NULL, "%s ", type), 0);
	assert_int_equal(base64_encode(blob, &line, NULL), 0);
	r = sshpub_parse_line(slice_of_buf(&line), &default_policy, &k, &err);
	if (r != expected)
		fail_msg("%s as a line: %d instead of %d: %s", name, r, expected,
			 err.message);
	if (r == 0)
		assert_true(sshpub_same(&bare, &k));
}

/* A real modulus out of the example key: 257 bytes with the zero in front. */
static void real_modulus(uint8_t ret[static 257])
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	tool_example("rsa.pub", &line);
	assert_int_equal(sshpub_parse_line(tool_line(&line), &sshd_policy, &k, NULL), 0);
	assert_int_equal(k.blob_len, 279);
	memcpy(ret, k.blob + 22, 257);
}

static void rsa_blob(struct blob *b, const void *e, size_t e_len, const void *n,
		     size_t n_len)
{
	b->len = 0;
	put_word(b, "ssh-rsa");
	put(b, e, e_len);
	put(b, n, n_len);
}

static void test_forged_rsa_exponents(unused_arg void **state)
{
	static const struct {
		const char *name, *e;
		size_t len;
		int expected;
		const char *message;
	} rows[] = {
		{ "65537", "\1\0\1", 3, OK, "" },
		{ "3", "\3", 1, OK, "" },
		{ "3 with leading zeros", "\0\0\0\3", 4, OK, "" },
		{ "zero", "", 0, NO, "exponent is 0" },
		{ "zero as a byte", "\0", 1, NO, "exponent is 0" },
		{ "one", "\1", 1, NO, "exponent is 1" },
		{ "one with leading zeros", "\0\0\1", 3, NO, "exponent is 1" },
		{ "two", "\2", 1, NO, "even" },
		{ "even", "\1\0\0", 3, NO, "even" },
		{ "2^64 - 1", "\0\xff\xff\xff\xff\xff\xff\xff\xff", 9, OK, "" },
		{ "2^64 + 1", "\1\0\0\0\0\0\0\0\1", 9, NO, "65 bits" },
		{ "negative", "\x81", 1, BAD, "negative" },
	};
	uint8_t n[257];
	struct blob b = { 0 };

	real_modulus(n);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		rsa_blob(&b, rows[i].e, rows[i].len, n, sizeof(n));
		expect(rows[i].name, "ssh-rsa", &b, rows[i].expected, rows[i].message);
	}
}

static void test_weak_rsa_moduli(unused_arg void **state)
{
	static const char e[] = "\1\0\1";
	static uint8_t huge[2060];
	uint8_t n[257], zeros[260] = { 0 };
	struct blob b = { 0 };

	real_modulus(n);
	rsa_blob(&b, e, 3, n + 1, 256);
	expect("negative modulus", "ssh-rsa", &b, BAD, "negative");
	rsa_blob(&b, n, sizeof(n), e, 3);
	expect("swapped", "ssh-rsa", &b, BAD, "swapped");
	rsa_blob(&b, e, 3, "", 0);
	expect("modulus zero", "ssh-rsa", &b, NO, "0 bits");
	memcpy(zeros + 3, n, sizeof(n));
	rsa_blob(&b, e, 3, zeros, sizeof(zeros));
	expect("leading zeros", "ssh-rsa", &b, OK, "");
	n[256] ^= 1;
	rsa_blob(&b, e, 3, n, sizeof(n));
	expect("even modulus", "ssh-rsa", &b, NO, "even");
	n[256] ^= 1;
	memset(n + 1, 0xff, 256); /* 2^2048 - 1 is 3 times 5 times 17 ... */
	rsa_blob(&b, e, 3, n, sizeof(n));
	expect("small factor", "ssh-rsa", &b, NO, "divisible by 3");
	rsa_blob(&b, e, 3, n, 255);
	expect("2032 bits", "ssh-rsa", &b, NO, "2032 bits, at least 2048");
	memset(huge, 0x55, sizeof(huge));
	rsa_blob(&b, e, 3, huge, sizeof(huge));
	expect("16479 bits", "ssh-rsa", &b, NO, "at most 16384");
}

static void test_trailing_and_missing_bytes(unused_arg void **state)
{
	uint8_t n[257];
	struct blob b = { 0 };
	size_t whole;

	real_modulus(n);
	rsa_blob(&b, "\1\0\1", 3, n, sizeof(n));
	whole = b.len;
	put_word(&b, "x");
	expect("trailing field", "ssh-rsa", &b, BAD, "5 bytes too many");
	for (b.len = 0; b.len < whole; b.len++) {
		cleanup_sshpub struct sshpub k = { 0 };

		assert_int_equal(
			sshpub_from_blob((struct slice){ (const char *)b.bytes, b.len },
					 (struct slice){ 0 }, &default_policy, &k, NULL),
			BAD);
	}
}

static void test_forged_ed25519_points(unused_arg void **state)
{
	/* Little endian; the sign of x, bit 255, is tried both ways. */
	static const struct {
		const char *name, *hex;
	} rows[] = {
		{ "y = 0, order 4",
		  "0000000000000000000000000000000000000000000000000000000000000000" },
		{ "y = 1, identity",
		  "0100000000000000000000000000000000000000000000000000000000000000" },
		{ "order 8",
		  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05" },
		{ "order 8, the other",
		  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a" },
		{ "y = -1, order 2",
		  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ "0 not canonical",
		  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ "1 not canonical",
		  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
		{ "largest",
		  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f" },
	};
	static const char digits[] = "0123456789abcdef";
	uint8_t y[33];

	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		const char *hex = rows[i / 2].hex;
		struct blob b = { 0 }, sk = { 0 };

		for (size_t j = 0; j < 32; j++)
			y[j] = (uint8_t)((strchr(digits, hex[2 * j]) - digits) * 16 +
					 (strchr(digits, hex[2 * j + 1]) - digits));
		y[31] |= i % 2 ? 0x80 : 0;
		put_word(&b, "ssh-ed25519");
		put(&b, y, 32);
		expect(rows[i / 2].name, "ssh-ed25519", &b, NO, "anybody could sign");
		put_word(&sk, "sk-ssh-ed25519@openssh.com");
		put(&sk, y, 32);
		put_word(&sk, "ssh:");
		expect(rows[i / 2].name, "sk-ssh-ed25519@openssh.com", &sk, NO,
		       "anybody");
	}
	memset(y, 0x42, sizeof(y));
	for (size_t len = 31; len <= 33; len++) {
		struct blob b = { 0 };

		put_word(&b, "ssh-ed25519");
		put(&b, y, len);
		expect("length", "ssh-ed25519", &b, len == 32 ? OK : BAD,
		       "instead of 32");
	}
}

static void test_bad_ec_points(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };
	struct blob b = { 0 };
	uint8_t *point;

	tool_example("ecdsa256.pub", &line);
	assert_int_equal(sshpub_parse_line(tool_line(&line), &default_policy, &k, NULL),
			 0);
	assert_int_equal(k.blob_len, 104);
	memcpy(b.bytes, k.blob, 104);
	b.len = 104;
	point = b.bytes + 39;
	expect("real", "ecdsa-sha2-nistp256", &b, OK, "");
	point[64] ^= 1;
	expect("off the curve", "ecdsa-sha2-nistp256", &b, BAD, "not on the curve");
	point[64] ^= 1;
	point[0] = 6;
	expect("hybrid", "ecdsa-sha2-nistp256", &b, BAD, "form 6");
	memset(point, 0, 65);
	expect("zeros", "ecdsa-sha2-nistp256", &b, BAD, "form 0");

	b.len = 0;
	put_word(&b, "ecdsa-sha2-nistp256");
	put_word(&b, "nistp256");
	put(&b, "\2abcdefghijklmnopqrstuvwxyzabcdef", 33);
	expect("compressed", "ecdsa-sha2-nistp256", &b, BAD, "compressed");
	b.len = 0;
	put_word(&b, "ecdsa-sha2-nistp256");
	put_word(&b, "nistp256");
	put(&b, "", 1);
	expect("infinity", "ecdsa-sha2-nistp256", &b, BAD, "1 bytes and form 0");
	b.len = 0;
	put_word(&b, "ecdsa-sha2-nistp256");
	put_word(&b, "nistp384");
	put(&b, k.blob + 39, 65);
	expect("curve mismatch", "ecdsa-sha2-nistp256", &b, BAD, "not nistp256");
}

static void test_security_keys(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub ec = { 0 };
	struct blob b = { 0 };

	tool_example("ecdsa256.pub", &line);
	assert_int_equal(sshpub_parse_line(tool_line(&line), &default_policy, &ec, NULL),
			 0);
	put_word(&b, "sk-ecdsa-sha2-nistp256@openssh.com");
	put_word(&b, "nistp256");
	put(&b, ec.blob + 39, 65);
	expect("application missing", "sk-ecdsa-sha2-nistp256@openssh.com", &b, BAD,
	       "application");
	put_word(&b, "");
	expect("application empty", "sk-ecdsa-sha2-nistp256@openssh.com", &b, OK, "");
	b.len -= 4;
	put(&b, "ssh:\0x", 6);
	expect("NUL in the application", "sk-ecdsa-sha2-nistp256@openssh.com", &b, BAD,
	       "NUL");
	b.len -= 10;
	put_word(&b, "ssh:");
	expect("usual", "sk-ecdsa-sha2-nistp256@openssh.com", &b, OK, "");
}

/* One key, several spellings: identity is the canonical blob. */
static void test_identity(unused_arg void **state)
{
	static const char *const words[] = { "ssh-rsa", "rsa-sha2-256", "rsa-sha2-512" };
	cleanup_sshpub struct sshpub first = { 0 };
	uint8_t n[300] = { 0 };

	real_modulus(n + 10);
	for (size_t inner = 0; inner < ARRAY_LEN(words); inner++) {
		for (size_t outer = 0; outer < ARRAY_LEN(words); outer++) {
			cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
			cleanup_sshpub struct sshpub k = { 0 };
			struct blob b = { 0 };

			put_word(&b, words[inner]);
			put(&b, "\0\1\0\1", 4);
			put(&b, n + 10 - outer, 257 + outer);
			assert_int_equal(buf_printf(&line, NULL, "%s ", words[outer]), 0);
			assert_int_equal(
				base64_encode(
					(struct slice){ (const char *)b.bytes, b.len },
					&line, NULL),
				0);
			assert_int_equal(sshpub_parse_line(slice_of_buf(&line),
							   &default_policy, &k, NULL),
					 0);
			if (first.blob == NULL) {
				first = k;
				k = (struct sshpub){ 0 };
				continue;
			}
			assert_true(sshpub_same(&first, &k));
		}
	}
}

static void test_limits(unused_arg void **state)
{
	static char big[3 * DW_KEY_LINE_MAX];
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf printed = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	memset(big, 'A', sizeof(big));
	assert_int_equal(buf_printf(&line, NULL, "ssh-rsa %.*s", (int)sizeof(big), big),
			 0);
	assert_int_equal(
		sshpub_parse_line(slice_of_buf(&line), &default_policy, &k, NULL),
		-DW_TOO_BIG);
	/* sshd reads options of any length, so we must too; writing such a line is
	 * another thing. */
	buf_clear(&line);
	assert_int_equal(buf_printf(&line, NULL, "command=\"%.*s\" %s", (int)sizeof(big),
				    big, ed_line),
			 0);
	assert_int_equal(sshpub_parse_line(slice_of_buf(&line), &sshd_policy, &k, NULL),
			 0);
	assert_int_equal(sshpub_print(&k, &printed, NULL), -DW_TOO_BIG);
}

static void test_words(unused_arg void **state)
{
	assert_string_equal(sshpub_type_word(SSHPUB_ECDSA_P521), "ecdsa-sha2-nistp521");
	assert_string_equal(sshpub_type_label(SSHPUB_SK_ED25519), "ED25519-SK");
	assert_string_equal(sshpub_type_short(SSHPUB_ECDSA_P384), "ecdsa");
	assert_string_equal(sshpub_type_short(SSHPUB_SK_ECDSA), "");
	assert_string_equal(sshpub_type_word(SSHPUB_TYPE_MAX_), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_options_len),
		cmocka_unit_test(test_nul_ends_the_line),
		cmocka_unit_test(test_comment_is_cut_between_characters),
		cmocka_unit_test(test_messages_name_what_and_what_to_do),
		cmocka_unit_test(test_forged_rsa_exponents),
		cmocka_unit_test(test_weak_rsa_moduli),
		cmocka_unit_test(test_trailing_and_missing_bytes),
		cmocka_unit_test(test_forged_ed25519_points),
		cmocka_unit_test(test_bad_ec_points),
		cmocka_unit_test(test_security_keys),
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_line_grammar),
		cmocka_unit_test(test_real_keys),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
