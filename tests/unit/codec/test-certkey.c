/* SPDX-License-Identifier: Apache-2.0 */
/* Keys out of certificates and SPKI against what ssh-keygen and openssl make of the same
 * files. */
#include "tests/unit/codec/tool.h"

#include "base/limits.h"
#include "codec/certkey.h"

static const struct sshpub_policy policy = { .min_rsa_bits = 1024,
					     .may_have_options = false };

/* One PEM block or one piece of DER in the folder's file NAME. */
static int read_key(const char *name, struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
	struct slice rest;
	int r;

	tool_read(name, &file);
	rest = slice_of_buf(&file);
	if (rest.len > 0 && rest.data[0] == 0x30)
		return certkey_from_der(rest, &policy, ret, err);
	r = certkey_next_pem(&rest, &policy, ret, err);
	assert_true(rest.len <=
		    2); /* moved behind the block, failed or not: CR LF is left */
	return r;
}

static void assert_key_is(const char *name, struct slice line)
{
	cleanup_buf struct dw_buf ours = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };
	struct dw_err err = { 0 };

	if (read_key(name, &k, &err) < 0)
		fail_msg("%s: %s", name, err.message);
	assert_int_equal(sshpub_print(&k, &ours, NULL), 0);
	assert_int_equal(ours.len, line.len);
	assert_memory_equal(ours.data, line.data, line.len);
}

/* From the private key in PEM "key": every public wrapping of it. */
static void check_wrappings(struct slice expected)
{
	assert_int_equal(
		tool(NULL,
		     "openssl pkey -in key -pubout -out spki && "
		     "openssl pkey -in key -pubout -outform DER -out spki.der && "
		     "openssl req -x509 -new -key key -subj /CN=a/O=b -days 1 "
		     "-out x509 && openssl x509 -in x509 -outform DER -out x509.der "
		     "&& openssl x509 -in x509 -trustout -addtrust serverAuth "
		     "-out trusted && sed 's/ CERT/ X509 CERT/' x509 >label && "
		     "sed 's/$/\\r/' spki >crlf"),
		0);
	assert_key_is("spki", expected);
	assert_key_is("spki.der", expected);
	assert_key_is("x509", expected);
	assert_key_is("x509.der", expected);
	assert_key_is("trusted", expected);
	assert_key_is("label", expected);
	assert_key_is("crlf", expected);
}

static void test_rsa(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);

	tool_need("ssh-keygen");
	tool_need("openssl");
	assert_int_equal(tool(&line,
			      "openssl genrsa -out key 2048 2>/dev/null && openssl pkey "
			      "-in key -pubout -out s && ssh-keygen -i -m PKCS8 -f s"),
			 0);
	check_wrappings(tool_line(&line));
	assert_int_equal(
		tool(NULL, "openssl rsa -in key -RSAPublicKey_out -out p1 2>/dev/null && "
			   "openssl rsa -in key -RSAPublicKey_out -outform DER -out "
			   "p1.der 2>/dev/null"),
		0);
	assert_key_is("p1", tool_line(&line));
	assert_key_is("p1.der", tool_line(&line));
}

static void test_ec(unused_arg void **state)
{
	static const char *const curves[] = { "P-256", "P-384", "P-521" };
	static const char *const forms[] = {
		"-conv_form uncompressed",
		"-conv_form compressed",
		"-conv_form hybrid",
		"-param_enc explicit",
		"-param_enc explicit -conv_form compressed",
	};
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);

	tool_need("ssh-keygen");
	tool_need("openssl");
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		assert_int_equal(
			tool(&line,
			     "openssl genpkey -algorithm EC -pkeyopt "
			     "ec_paramgen_curve:%s -out key && openssl pkey -in key "
			     "-pubout -out s && ssh-keygen -i -m PKCS8 -f s",
			     curves[i]),
			0);
		check_wrappings(tool_line(&line));
		for (size_t j = 0; j < ARRAY_LEN(forms); j++) {
			assert_int_equal(
				tool(NULL,
				     "openssl ec -in key -pubout %s -out form 2>/dev/null",
				     forms[j]),
				0);
			assert_key_is("form", tool_line(&line));
		}
	}
}

/* ssh-keygen -i cannot read these; the bytes of the point are in openssl's own print. */
static void test_ed25519(unused_arg void **state)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);

	tool_need("openssl");
	tool_need("base64");
	assert_int_equal(
		tool(&line,
		     "openssl genpkey -algorithm ED25519 -out key && printf "
		     "'ssh-ed25519 ' && { printf '\\000\\000\\000\\013ssh-ed25519"
		     "\\000\\000\\000\\040'; openssl pkey -in key -pubout -outform DER | "
		     "tail -c 32; } | base64 -w 0"),
		0);
	check_wrappings(slice_of_buf(&line));
}

static void test_refused_algorithms(unused_arg void **state)
{
	static const struct {
		const char *file;
		int expected;
		const char *message;
	} rows[] = {
		{ "h-spki-ed448", -DW_REFUSED, "Ed448" },
		{ "h-spki-ed448.der", -DW_REFUSED, "Ed448" },
		{ "h-spki-x25519", -DW_REFUSED, "X25519" },
		{ "h-spki-rsa-pss", -DW_REFUSED, "RSASSA-PSS" },
		{ "h-spki-dsa", -DW_REFUSED, "DSA" },
		{ "h-spki-secp256k1", -DW_REFUSED, "curve secp256k1" },
		{ "h-spki-brainpool", -DW_REFUSED, "brainpoolP256r1" },
		{ "j-x509-ed448", -DW_REFUSED, "Ed448" },
		{ "j-x509-torn", -DW_MALFORMED, "no END line" },
		{ "g-openssh", -DW_REFUSED, "PRIVATE" },
		{ "g-openssh-torn", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs1", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs1.der", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs8", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs8.der", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs8-encrypted", -DW_REFUSED, "PRIVATE" },
		{ "g-pkcs8-encrypted.der", -DW_REFUSED, "PRIVATE" },
		{ "g-sec1.der", -DW_REFUSED, "PRIVATE" },
		{ "l-pkcs7.der", -DW_REFUSED, "PKCS#7" },
		{ "n-pkcs12", -DW_REFUSED, "PKCS#12" },
		{ "a-line", -DW_ABSENT, "no PEM block" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
		cleanup_sshpub struct sshpub k = { 0 };
		struct dw_err err = { 0 };
		struct slice rest;
		int r;

		tool_example(rows[i].file, &file);
		rest = slice_of_buf(&file);
		r = file.data[0] == 0x30 ? certkey_from_der(rest, &policy, &k, &err)
					 : certkey_next_pem(&rest, &policy, &k, &err);
		if (r != rows[i].expected || strstr(err.message, rows[i].message) == NULL)
			fail_msg("%s: %d %s", rows[i].file, r, err.message);
		assert_null(k.blob);
	}
}

/* Cut anywhere, or with a byte more, nothing is taken for a key. */
static void test_every_truncation(unused_arg void **state)
{
	static const char *const files[] = { "k-x509-rsa.der", "k-x509-ed25519.der",
					     "h-spki-P-256.der", "i-pkcs1.der",
					     "h-spki-ed25519.der" };

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
		size_t whole;

		tool_example(files[i], &file);
		whole = file.len;
		assert_int_equal(buf_append_byte(&file, 0, NULL), 0);
		for (size_t len = 0; len <= whole + 1; len++) {
			cleanup_sshpub struct sshpub k = { 0 };
			int r = certkey_from_der((struct slice){ file.data, len },
						 &policy, &k, NULL);

			assert_int_equal(r == 0, len == whole);
		}
	}
}

/* Each bit of the frame turned: an error or the same key, never a crash; ASan watches. */
static void test_every_bit(unused_arg void **state)
{
	cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
	unsigned refused = 0;

	tool_example("h-spki-P-384.der", &file);
	for (size_t i = 0; i < file.len * 8; i++) {
		cleanup_sshpub struct sshpub k = { 0 };

		file.data[i / 8] ^= (char)(1 << i % 8);
		refused += certkey_from_der(slice_of_buf(&file), &policy, &k, NULL) < 0;
		file.data[i / 8] ^= (char)(1 << i % 8);
	}
	assert_true(refused > file.len * 8 - 8);
}

static void test_bundle(unused_arg void **state)
{
	static const char *const expected[] = { "j-x509-rsa.pub", "j-x509-ec.pub" };
	cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	struct slice certificates = { 0 }, one = { 0 };

	tool_example("l-pkcs7.der", &file);
	assert_int_equal(certkey_bundle(slice_of_buf(&file), &certificates, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		cleanup_buf struct dw_buf ours = BUF_INIT(TOOL_MAX);
		cleanup_sshpub struct sshpub k = { 0 };

		assert_int_equal(certkey_next_element(&certificates, &one, NULL), 0);
		assert_int_equal(certkey_from_der(one, &policy, &k, NULL), 0);
		assert_int_equal(sshpub_print(&k, &ours, NULL), 0);
		tool_example(expected[i], &line);
		assert_int_equal(tool_line(&line).len, ours.len);
		assert_memory_equal(line.data, ours.data, ours.len);
	}
	assert_int_equal(certificates.len, 0);
	tool_example("k-x509-rsa.der", &file);
	assert_int_equal(certkey_bundle(slice_of_buf(&file), &certificates, NULL),
			 -DW_ABSENT);
}

static void test_weak_keys_inside(unused_arg void **state)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct dw_err err = { 0 };
	static const char identity[] =
		"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00"
		"\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

	assert_int_equal(
		certkey_from_der((struct slice){ identity, 44 }, &policy, &k, &err),
		-DW_REFUSED);
	assert_non_null(strstr(err.message, "anybody could sign"));
	tool_need("openssl");
	assert_int_equal(tool(NULL,
			      "openssl genrsa -out key 1024 2>/dev/null && openssl pkey "
			      "-in key -pubout -out spki"),
			 0);
	{
		static const struct sshpub_policy strict = { .min_rsa_bits = 2048 };
		cleanup_buf struct dw_buf file = BUF_INIT(TOOL_MAX);
		struct slice rest;

		tool_read("spki", &file);
		rest = slice_of_buf(&file);
		assert_int_equal(certkey_next_pem(&rest, &strict, &k, &err), -DW_REFUSED);
		assert_non_null(strstr(err.message, "1024 bits"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused_algorithms),
		cmocka_unit_test(test_every_truncation),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_bundle),
		cmocka_unit_test(test_weak_keys_inside),
		cmocka_unit_test(test_rsa),
		cmocka_unit_test(test_ec),
		cmocka_unit_test(test_ed25519),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
