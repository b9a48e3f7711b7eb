/* SPDX-License-Identifier: Apache-2.0 */
/* Each wrapping and each mistake of tests/data/keys: the right keys, the right words, no
 * secret. */
#include "tests/unit/codec/tool.h"

#include "base/limits.h"
#include "codec/keyvalue.h"

enum { KEYS_MAX = 8 };

static const struct sshpub_policy strict = { .min_rsa_bits = 2048,
					     .may_have_options = false };
static const struct sshpub_policy lenient = { .min_rsa_bits = 1024,
					      .may_have_options = true };

/* What a walk said. Keys one a line as printed; reasons as "reason | advice". */
struct answers {
	struct dw_buf keys, refusals, notes;
	unsigned key_count, refusal_count, note_count;
	unsigned stop_at; /* the answer at which a callback gives up, 0: none does */
};

static void answers_done(struct answers *a)
{
	buf_done(&a->keys);
	buf_done(&a->refusals);
	buf_done(&a->notes);
}

#define ANSWERS                                                             \
	{                                                                   \
		.keys = BUF_INIT(TOOL_MAX), .refusals = BUF_INIT(TOOL_MAX), \
		.notes = BUF_INIT(TOOL_MAX)                                 \
	}
#define cleanup_answers cleanup_with(answers_done)

static int on_key(void *ctx, const struct sshpub *key, struct dw_err *err)
{
	struct answers *a = ctx;

	a->key_count++;
	assert_int_equal(sshpub_print(key, &a->keys, err), 0);
	assert_int_equal(buf_append_byte(&a->keys, '\n', err), 0);
	return a->stop_at != 0 && a->key_count + a->refusal_count == a->stop_at ? 77 : 0;
}

static int on_refusal(void *ctx, const char *reason, const char *advice,
		      struct dw_err *err)
{
	struct answers *a = ctx;

	a->refusal_count++;
	assert_true(strlen(reason) > 10 && strlen(advice) > 10);
	assert_int_equal(buf_printf(&a->refusals, err, "%s | %s\n", reason, advice), 0);
	return a->stop_at != 0 && a->key_count + a->refusal_count == a->stop_at ? 77 : 0;
}

static int on_note(void *ctx, const char *text, struct dw_err *err)
{
	struct answers *a = ctx;

	a->note_count++;
	assert_int_equal(buf_printf(&a->notes, err, "%s\n", text), 0);
	return 0;
}

static int read_value(struct slice value, const struct sshpub_policy *policy,
		      struct answers *ret)
{
	struct keyvalue_sink sink = { ret, on_key, on_refusal, on_note };
	struct dw_err err = { 0 };

	return keyvalue_read(value, policy, &sink, &err);
}

struct example {
	const char *file;
	const char *
		keys[KEYS_MAX]; /* the .pub files that say what must come out, in order */
	const char *refusals[3]; /* words of each refusal, in order */
	const char *note;	 /* words of the notes */
};

#define RSA               \
	{                 \
		"rsa.pub" \
	}
#define ED                    \
	{                     \
		"ed25519.pub" \
	}
#define X509                     \
	{                        \
		"j-x509-rsa.pub" \
	}

static const struct example examples[] = {
	{ "a-line", RSA, { 0 }, NULL },
	{ "a-line-crlf", ED, { 0 }, NULL },
	{ "a-line-without-newline", ED, { 0 }, NULL },
	{ "a-unknown-type", { 0 }, { "did you mean ssh-rsa?" }, NULL },
	{ "a-type-mismatch",
	  { 0 },
	  { "blob says ssh-rsa, line says ssh-ed25519" },
	  NULL },
	{ "a-alias-type", RSA, { 0 }, NULL },
	{ "a-bad-character", { 0 }, { "base64 stops at character 370" }, NULL },
	{ "a-options", { 0 }, { "options in front of the key are not allowed" }, NULL },
	{ "a-rsa-1024", { 0 }, { "1024 bits, at least 2048" }, NULL },
	{ "b-folded", RSA, { 0 }, "broken over" },
	{ "b-folded-crlf", RSA, { 0 }, "broken over" },
	{ "b-blanks", RSA, { 0 }, "blanks inside" },
	{ "b-cut-short",
	  { 0 },
	  { "asks for 129 more bytes | paste it as a single line" },
	  NULL },
	{ "b-cut-short-then-good", ED, { "line 1: " }, NULL },
	{ "c-three", { "rsa.pub", "ed25519.pub", "ecdsa256.pub" }, { 0 }, NULL },
	{ "c-three-one-forged",
	  { "rsa.pub", "ecdsa256.pub" },
	  { "line 2: Ed25519 point is of small order" },
	  NULL },
	{ "c-twice", RSA, { 0 }, "line 2: the same key again" },
	{ "e-rfc4716", RSA, { 0 }, NULL },
	{ "e-rfc4716-cr", RSA, { 0 }, NULL },
	{ "e-rfc4716-headers", ED, { 0 }, NULL },
	{ "e-rfc4716-without-end", { 0 }, { "RFC 4716 block has no END line" }, NULL },
	{ "f-putty-2", { 0 }, { "PuTTY PRIVATE key file" }, NULL },
	{ "f-putty-3", { 0 }, { "PuTTY PRIVATE key file" }, NULL },
	{ "f-putty-then-good", ED, { "PuTTY PRIVATE key file" }, NULL },
	{ "g-openssh", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-openssh-torn", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-openssh-without-begin", { 0 }, { "inside of a PRIVATE key" }, NULL },
	{ "g-openssh-then-good", ED, { "line 1: this is a PRIVATE key" }, NULL },
	{ "g-pkcs1", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-pkcs1.der", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-pkcs8", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-pkcs8.der", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-pkcs8-encrypted", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-pkcs8-encrypted.der", { 0 }, { "PRIVATE key" }, NULL },
	{ "g-sec1", { 0 }, { "line 4: this is a PRIVATE key" }, NULL },
	{ "g-sec1.der", { 0 }, { "PRIVATE key" }, NULL },
	{ "h-spki-rsa", { "h-spki-rsa.pub" }, { 0 }, NULL },
	{ "h-spki-rsa.der", { "h-spki-rsa.pub" }, { 0 }, NULL },
	{ "h-spki-P-256", { "h-spki-P-256.pub" }, { 0 }, NULL },
	{ "h-spki-P-256-compressed", { "h-spki-P-256.pub" }, { 0 }, NULL },
	{ "h-spki-P-256-explicit", { "h-spki-P-256.pub" }, { 0 }, NULL },
	{ "h-spki-P-384.der", { "h-spki-P-384.pub" }, { 0 }, NULL },
	{ "h-spki-P-384-compressed", { "h-spki-P-384.pub" }, { 0 }, NULL },
	{ "h-spki-P-521-compressed", { "h-spki-P-521.pub" }, { 0 }, NULL },
	{ "h-spki-P-521-explicit", { "h-spki-P-521.pub" }, { 0 }, NULL },
	{ "h-spki-secp256k1", { 0 }, { "curve secp256k1 cannot be used" }, NULL },
	{ "h-spki-brainpool", { 0 }, { "curve brainpoolP256r1 cannot be used" }, NULL },
	{ "h-spki-ed448", { 0 }, { "Ed448 is not an SSH key type" }, NULL },
	{ "h-spki-ed448.der", { 0 }, { "Ed448 is not an SSH key type" }, NULL },
	{ "h-spki-x25519", { 0 }, { "X25519 is not an SSH key type" }, NULL },
	{ "h-spki-rsa-pss", { 0 }, { "RSASSA-PSS is not an SSH key type" }, NULL },
	{ "h-spki-dsa", { 0 }, { "DSA is not an SSH key type" }, NULL },
	{ "i-pkcs1", { "i-pkcs1.pub" }, { 0 }, NULL },
	{ "i-pkcs1.der", { "i-pkcs1.pub" }, { 0 }, NULL },
	{ "j-x509-rsa", X509, { 0 }, NULL },
	{ "j-x509-ec", { "j-x509-ec.pub" }, { 0 }, NULL },
	{ "j-x509-ed448", { 0 }, { "Ed448" }, NULL },
	{ "j-x509-label", X509, { 0 }, NULL },
	{ "j-x509-trusted", X509, { 0 }, NULL },
	{ "j-x509-with-text", X509, { 0 }, NULL },
	{ "j-x509-one-line", X509, { 0 }, NULL },
	{ "j-x509-torn", { 0 }, { "PEM block has no END line" }, NULL },
	{ "j-bundle",
	  { "j-x509-rsa.pub", "j-x509-ec.pub" },
	  { "Ed448" },
	  "the same key again: taken once" },
	{ "k-x509-rsa.der", X509, { 0 }, NULL },
	{ "k-x509-ec.der", { "j-x509-ec.pub" }, { 0 }, NULL },
	{ "l-pkcs7", { "j-x509-rsa.pub", "j-x509-ec.pub" }, { 0 }, NULL },
	{ "l-pkcs7.der", { "j-x509-rsa.pub", "j-x509-ec.pub" }, { 0 }, NULL },
	{ "l-pkcs7-empty", { 0 }, { "PKCS#7 bundle contains no certificate" }, NULL },
	{ "m-cms-enveloped", { 0 }, { "encrypted or holds no certificates" }, NULL },
	{ "n-pkcs12", { 0 }, { "PKCS#12" }, NULL },
	{ "o-certificate", { 0 }, { "OpenSSH certificate" }, NULL },
	{ "p-ssh1", { 0 }, { "SSH protocol 1" }, NULL },
	{ "q-address", { 0 }, { "this is an address" }, NULL },
	{ "q-import-id", { 0 }, { "this is an address" }, NULL },
	{ "r-known-hosts", { 0 }, { "known_hosts line" }, NULL },
	{ "r-known-hosts-hashed", { 0 }, { "known_hosts line" }, NULL },
	{ "s-fingerprint-line", { 0 }, { "this is a fingerprint" }, NULL },
	{ "s-fingerprint-sha256", { 0 }, { "this is a fingerprint" }, NULL },
	{ "s-fingerprint-md5", { 0 }, { "this is a fingerprint" }, NULL },
	{ "t-yaml-dash", ED, { 0 }, "taken off" },
	{ "t-json-item", ED, { 0 }, "taken off" },
	{ "t-spelled-newlines", X509, { 0 }, "spelled out" },
	{ "u-comment-only", { 0 }, { "no key in it" }, NULL },
	{ "u-placeholder", { 0 }, { "placeholder" }, NULL },
	{ "u-placeholder-dots", { 0 }, { "placeholder" }, NULL },
	{ "u-blank", { 0 }, { "empty" }, NULL },
	{ "u-empty", { 0 }, { "empty" }, NULL },
	{ "x-base64-line", ED, { 0 }, "base64 once more" },
	{ "x-base64-der", X509, { 0 }, "base64 once more" },
	{ "x-base64-twice", { 0 }, { "no key type" }, NULL }, /* once, not for ever */
	{ "x-blob-base64", ED, { 0 }, "without its type word" },
	{ "x-blob", ED, { 0 }, "without its type word" },
	{ "x-bom", ED, { 0 }, "byte order mark" },
	{ "x-utf16", { 0 }, { "UTF-16" }, NULL },
	{ "x-nul", { 0 }, { "control byte" }, NULL },
	{ "x-escape", { 0 }, { "control byte" }, NULL },
};

/* Type and base64 of LINE; the comment is not everywhere. */
static struct slice key_part(struct slice line)
{
	struct slice rest = line, word;

	assert_true(slice_next_word(&rest, &word));
	assert_true(slice_next_word(&rest, &word));
	return (struct slice){ line.data, (size_t)(word.data + word.len - line.data) };
}

static void check_keys(const struct example *e, const struct answers *a)
{
	struct slice got = slice_of_buf(&a->keys), line = { 0 };
	size_t count = 0;

	for (; count < KEYS_MAX && e->keys[count] != NULL; count++) {
		cleanup_buf struct dw_buf expected = BUF_INIT(TOOL_MAX);
		struct slice ours, theirs;

		tool_example(e->keys[count], &expected);
		if (!slice_next_line(&got, &line))
			fail_msg("%s: key %zu is missing: %s", e->file, count,
				 a->refusals.data);
		ours = key_part(line);
		theirs = key_part(tool_line(&expected));
		if (ours.len != theirs.len ||
		    memcmp(ours.data, theirs.data, ours.len) != 0)
			fail_msg("%s: key %zu is another", e->file, count);
	}
	if (count != a->key_count)
		fail_msg("%s: %u keys instead of %zu", e->file, a->key_count, count);
}

static void check_refusals(const struct example *e, const struct answers *a)
{
	struct slice got = slice_of_buf(&a->refusals), line = { 0 };
	size_t count = 0;

	for (; count < ARRAY_LEN(e->refusals) && e->refusals[count] != NULL; count++)
		if (!slice_next_line(&got, &line) ||
		    memmem(line.data, line.len, e->refusals[count],
			   strlen(e->refusals[count])) == NULL)
			fail_msg("%s: '%s' lacks '%s'", e->file, a->refusals.data,
				 e->refusals[count]);
	if (count != a->refusal_count)
		fail_msg("%s: refusals '%s'", e->file, a->refusals.data);
}

static void test_examples(unused_arg void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(examples); i++) {
		const struct example *e = &examples[i];
		cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
		cleanup_answers struct answers a = ANSWERS;

		tool_example(e->file, &value);
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 0);
		check_keys(e, &a);
		check_refusals(e, &a);
		if (e->note == NULL ? a.note_count > 0
				    : strstr(a.notes.data, e->note) == NULL)
			fail_msg("%s: notes '%s'", e->file, a.notes.data);
	}
}

/* No twelve bytes in a row of a private key may be in anything that is said. */
static void test_no_secret_is_told(unused_arg void **state)
{
	static const char *const files[] = {
		"f-putty-2",
		"f-putty-3",
		"f-putty-then-good",
		"g-openssh",
		"g-openssh-torn",
		"g-openssh-without-begin",
		"g-openssh-then-good",
		"g-pkcs1",
		"g-pkcs1.der",
		"g-pkcs8",
		"g-pkcs8.der",
		"g-pkcs8-encrypted",
		"g-pkcs8-encrypted.der",
		"g-sec1",
		"g-sec1.der",
		"n-pkcs12",
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);

		tool_example(files[i], &value);
		/* Also cut at the front, so that no marker warns. */
		for (size_t cut = 0; cut < value.len && cut < 200; cut++) {
			cleanup_answers struct answers a = ANSWERS;
			struct slice rest = { value.data + cut, value.len - cut };

			assert_int_equal(read_value(rest, &lenient, &a), 0);
			for (size_t at = 0; at + 12 <= rest.len; at++) {
				const char *window = rest.data + at;

				if (memmem(window, 12, "-----", 5) != NULL ||
				    memmem(window, 12, "PRIVATE", 7) != NULL ||
				    memmem(window, 12, "PuTTY", 5) != NULL ||
				    memmem(window, 12, "ed25519", 7) != NULL)
					continue;
				if (memmem(a.refusals.data, a.refusals.len, window, 12) !=
					    NULL ||
				    memmem(a.notes.data, a.notes.len, window, 12) != NULL)
					fail_msg("%s from %zu on: '%.12s' is told",
						 files[i], cut, window);
			}
		}
	}
}

static void test_comments_are_kept(unused_arg void **state)
{
	static const char *const rows[][2] = {
		{ "a-line", "THROW-AWAY test key" },
		{ "b-folded", "THROW-AWAY test key" },
		{ "b-folded-crlf", "THROW-AWAY test key" },
		{ "b-blanks", "THROW-AWAY test key" },
		{ "e-rfc4716-headers", "THROW-AWAY test key, on two lines" },
		{ "t-json-item", "THROW-AWAY test key" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
		cleanup_answers struct answers a = ANSWERS;

		tool_example(rows[i][0], &value);
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 0);
		assert_int_equal(a.keys.len, key_part(tool_line(&a.keys)).len +
						     strlen(rows[i][1]) + 2);
		assert_non_null(strstr(a.keys.data, rows[i][1]));
	}
}

/* As ssh-keygen reads it: the comment of its own RFC 4716 export comes through. */
static void test_rfc4716_of_ssh_keygen(unused_arg void **state)
{
	static const char *const kinds[] = { "ed25519", "ecdsa -b 521", "rsa -b 3072" };

	tool_need("ssh-keygen");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
		cleanup_buf struct dw_buf expected = BUF_INIT(TOOL_MAX);
		cleanup_answers struct answers a = ANSWERS;

		assert_int_equal(tool(&value,
				      "rm -f k k.pub; ssh-keygen -q -N '' -f k -t %s && "
				      "ssh-keygen -e -m RFC4716 -f k.pub",
				      kinds[i]),
				 0);
		assert_int_equal(tool(&expected, "cut -d' ' -f1,2 k.pub"), 0);
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 0);
		assert_int_equal(a.key_count, 1);
		assert_memory_equal(a.keys.data, expected.data, expected.len - 1);
		assert_non_null(strstr(a.keys.data, "converted by"));
	}
}

/* Broken at every width at which a terminal or a template may break it. */
static void test_every_width(unused_arg void **state)
{
	cleanup_buf struct dw_buf whole = BUF_INIT(TOOL_MAX);

	tool_example("rsa.pub", &whole);
	for (size_t width = 8; width < whole.len - 1; width++) {
		cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
		cleanup_answers struct answers a = ANSWERS;

		for (size_t at = 0; at < whole.len - 1; at += width) {
			assert_int_equal(buf_append(&value, whole.data + at,
						    MIN_OF(width, whole.len - 1 - at),
						    NULL),
					 0);
			assert_int_equal(buf_append_str(&value, "\r\n", NULL), 0);
		}
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 0);
		if (a.key_count != 1)
			fail_msg("width %zu: %s", width, a.refusals.data);
		assert_memory_equal(a.keys.data, whole.data,
				    key_part(tool_line(&whole)).len);
	}
}

static void test_options_when_allowed(unused_arg void **state)
{
	cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
	cleanup_answers struct answers a = ANSWERS;

	tool_example("a-options", &value);
	assert_int_equal(read_value(slice_of_buf(&value), &lenient, &a), 0);
	assert_int_equal(a.key_count, 1);
	assert_true(str_starts_with(a.keys.data,
				    "no-pty,from=\"192.0.2.0/24\" ssh-ed25519 "));
}

static void test_too_big(unused_arg void **state)
{
	static char big[DW_KEY_VALUE_MAX + 1];
	cleanup_answers struct answers a = ANSWERS;

	memset(big, 'A', sizeof(big));
	assert_int_equal(read_value((struct slice){ big, sizeof(big) }, &strict, &a), 0);
	assert_int_equal(a.refusal_count, 1);
	assert_non_null(strstr(a.refusals.data, "65537 bytes, at most 65536"));
}

static void test_a_callback_can_stop(unused_arg void **state)
{
	cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);

	tool_example("c-three-one-forged", &value);
	for (unsigned stop = 1; stop <= 3; stop++) {
		cleanup_answers struct answers a = ANSWERS;

		a.stop_at = stop;
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 77);
		assert_int_equal(a.key_count + a.refusal_count, stop);
	}
}

static void test_notes_may_be_dropped(unused_arg void **state)
{
	cleanup_buf struct dw_buf value = BUF_INIT(TOOL_MAX);
	cleanup_answers struct answers a = ANSWERS;
	struct keyvalue_sink sink = { &a, on_key, on_refusal, NULL };
	struct dw_err err = { 0 };

	tool_example("b-folded", &value);
	assert_int_equal(keyvalue_read(slice_of_buf(&value), &strict, &sink, &err), 0);
	assert_int_equal(a.key_count, 1);
}

/* Work grows with the size, whatever the shape: 64 KiB of each of these is read at once.
 */
static void test_hostile_shapes(unused_arg void **state)
{
	static const char *const shapes[] = {
		"ssh-rsa AAAAB3NzaC1yc2E\n",
		"A\n",
		"ssh-rsa\n",
		"- \"\n",
		"A ",
		"-----BEGIN X-----\n",
		"---- BEGIN SSH2 PUBLIC KEY ----\n",
		"PuTTY-User-Key-File-2: x\n",
		"0\x82\xff\xff",
		"a:\\\n",
		"\"",
		"'ssh-rsa ",
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQ A A A A A A A A\n",
		"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
	};

	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		cleanup_buf struct dw_buf value = BUF_INIT(DW_KEY_VALUE_MAX);
		cleanup_answers struct answers a = ANSWERS;
		size_t len = strlen(shapes[i]);

		a.refusals.max = a.notes.max = 64 * TOOL_MAX;
		while (value.len + len <= DW_KEY_VALUE_MAX)
			assert_int_equal(buf_append(&value, shapes[i], len, NULL), 0);
		assert_int_equal(read_value(slice_of_buf(&value), &strict, &a), 0);
		assert_int_equal(a.key_count, 0);
		assert_true(a.refusal_count > 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_examples),
		cmocka_unit_test(test_comments_are_kept),
		cmocka_unit_test(test_every_width),
		cmocka_unit_test(test_options_when_allowed),
		cmocka_unit_test(test_too_big),
		cmocka_unit_test(test_a_callback_can_stop),
		cmocka_unit_test(test_notes_may_be_dropped),
		cmocka_unit_test(test_hostile_shapes),
		cmocka_unit_test(test_no_secret_is_told),
		cmocka_unit_test(test_rfc4716_of_ssh_keygen),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
