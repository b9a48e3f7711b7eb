/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the public key in PEM and DER; what is around it is stepped over, not parsed.
 */
#include "codec/certkey.h"

#include <stdint.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include "base/limits.h"
#include "codec/base64.h"

/* -- DER -- */

enum der_tag {
	DER_INTEGER = 0x02,
	DER_BIT_STRING = 0x03,
	DER_OCTET_STRING = 0x04,
	DER_OID = 0x06,
	DER_SEQUENCE = 0x30,
	DER_SET = 0x31,
	DER_CONTEXT_0 = 0xa0,
};

struct element {
	unsigned tag;
	struct slice whole, content;
};

static int der_next(struct slice *rest, struct element *ret, struct dw_err *err)
{
	const uint8_t *p = (const uint8_t *)rest->data;
	size_t head = 2, len;

	if (rest->len < head)
		return dw_fail(err, DW_MALFORMED,
			       "DER ends where an element should begin");
	len = p[1];
	if (len == 0x80)
		return dw_fail(
			err, DW_MALFORMED,
			"BER with indefinite length; export it again as DER or PEM");
	if (len > 0x80) {
		size_t count = len - 0x80;

		if (count > 4 || rest->len < head + count)
			return dw_fail(err, DW_MALFORMED,
				       "DER length is cut short or absurd");
		len = 0;
		for (size_t i = 0; i < count; i++)
			len = len << 8 | p[head + i];
		head += count;
	}
	if (len > rest->len - head)
		return dw_fail(err, DW_MALFORMED,
			       "DER is cut short: %zu bytes are missing",
			       len - (rest->len - head));
	*ret = (struct element){ .tag = p[0],
				 .whole = { rest->data, head + len },
				 .content = { rest->data + head, len } };
	rest->data += head + len;
	rest->len -= head + len;
	return 0;
}

static int der_expect(struct slice *rest, enum der_tag tag, const char *what,
		      struct element *ret, struct dw_err *err)
{
	int r = der_next(rest, ret, err);

	if (r < 0) {
		(void)dw_wrap(err, "%s", what); /* the code stays */
		return r;
	}
	if (ret->tag != (unsigned)tag)
		return dw_fail(err, DW_MALFORMED,
			       "%s: DER tag 0x%02x where 0x%02x belongs", what, ret->tag,
			       (unsigned)tag);
	return 0;
}

static unsigned der_peek(struct slice rest)
{
	return rest.len > 0 ? (uint8_t)rest.data[0] : 0;
}

int certkey_next_element(struct slice *rest, struct slice *ret, struct dw_err *err)
{
	struct element e = { 0 };
	int r = der_next(rest, &e, err);

	if (r < 0) {
		*rest = (struct slice){ 0 };
		return r;
	}
	*ret = e.whole;
	return 0;
}

/* -- object identifiers -- */

#define OID(bytes)                       \
	{                                \
		bytes, sizeof(bytes) - 1 \
	}

enum algorithm { ALGORITHM_OTHER, ALGORITHM_RSA, ALGORITHM_EC, ALGORITHM_ED25519 };

static const struct {
	struct slice oid;
	const char *name;
	enum algorithm algorithm;
} algorithms[] = {
	{ OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"), "RSA", ALGORITHM_RSA },
	{ OID("\x2a\x86\x48\xce\x3d\x02\x01"), "EC", ALGORITHM_EC },
	{ OID("\x2b\x65\x70"), "Ed25519", ALGORITHM_ED25519 },
	{ OID("\x2b\x65\x71"), "Ed448", ALGORITHM_OTHER },
	{ OID("\x2b\x65\x6e"), "X25519", ALGORITHM_OTHER },
	{ OID("\x2b\x65\x6f"), "X448", ALGORITHM_OTHER },
	{ OID("\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"), "RSASSA-PSS", ALGORITHM_OTHER },
	{ OID("\x2a\x86\x48\xce\x38\x04\x01"), "DSA", ALGORITHM_OTHER },
	{ OID("\x2a\x86\x48\x86\xf7\x0d\x01\x03\x01"), "Diffie-Hellman",
	  ALGORITHM_OTHER },
	{ OID("\x60\x86\x48\x01\x65\x03\x04\x03\x11"), "ML-DSA-44", ALGORITHM_OTHER },
	{ OID("\x60\x86\x48\x01\x65\x03\x04\x03\x12"), "ML-DSA-65", ALGORITHM_OTHER },
	{ OID("\x60\x86\x48\x01\x65\x03\x04\x03\x13"), "ML-DSA-87", ALGORITHM_OTHER },
};

static const struct {
	struct slice oid;
	const char *name;
	enum sshpub_type type; /* SSHPUB_TYPE_MAX_: not in OpenSSH */
} curves[] = {
	{ OID("\x2a\x86\x48\xce\x3d\x03\x01\x07"), "P-256", SSHPUB_ECDSA_P256 },
	{ OID("\x2b\x81\x04\x00\x22"), "P-384", SSHPUB_ECDSA_P384 },
	{ OID("\x2b\x81\x04\x00\x23"), "P-521", SSHPUB_ECDSA_P521 },
	{ OID("\x2b\x81\x04\x00\x0a"), "secp256k1", SSHPUB_TYPE_MAX_ },
	{ OID("\x2b\x81\x04\x00\x21"), "P-224", SSHPUB_TYPE_MAX_ },
	{ OID("\x2a\x86\x48\xce\x3d\x03\x01\x01"), "P-192", SSHPUB_TYPE_MAX_ },
	{ OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x07"), "brainpoolP256r1",
	  SSHPUB_TYPE_MAX_ },
	{ OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x0b"), "brainpoolP384r1",
	  SSHPUB_TYPE_MAX_ },
	{ OID("\x2b\x24\x03\x03\x02\x08\x01\x01\x0d"), "brainpoolP512r1",
	  SSHPUB_TYPE_MAX_ },
};

static bool is_equal(struct slice a, struct slice b)
{
	return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}

/* Dotted, as people look it up; a nonsensical one is cut. */
static int print_oid(struct slice oid, struct dw_buf *ret, struct dw_err *err)
{
	uint32_t arc = 0;
	bool is_first = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < oid.len; i++) {
		uint8_t byte = (uint8_t)oid.data[i];

		if (arc > UINT32_MAX >> 7)
			return buf_append_str(ret, "...", err);
		arc = arc << 7 | (byte & 0x7f);
		if (byte & 0x80)
			continue;
		if (is_first) {
			uint32_t top = arc < 40 ? 0 : arc < 80 ? 1 : 2;

			r = buf_printf(ret, err, "%u.%u", top, arc - top * 40);
		} else {
			r = buf_printf(ret, err, ".%u", arc);
		}
		is_first = false;
		arc = 0;
	}
	return r;
}

static int fail_oid(struct slice oid, const char *what, struct dw_err *err)
{
	cleanup_buf struct dw_buf dotted = BUF_INIT(256);

	if (oid.len > 20 || print_oid(oid, &dotted, err) < 0)
		return dw_fail(err, DW_REFUSED, "%s is unknown; make an Ed25519 key",
			       what);
	return dw_fail(err, DW_REFUSED,
		       "%s with object identifier %s is unknown; make an Ed25519 key",
		       what, dotted.data);
}

/* -- the key itself -- */

static int finish(struct dw_buf *blob, const struct sshpub_policy *policy,
		  struct sshpub *ret, struct dw_err *err)
{
	return sshpub_from_blob(slice_of_buf(blob), (struct slice){ 0 }, policy, ret,
				err);
}

static int put_word(struct dw_buf *blob, const char *word, struct dw_err *err)
{
	return buf_put_string(blob, word, strlen(word), err);
}

/* DER: SEQUENCE { modulus, exponent }. An INTEGER is spelled like an SSH number. */
static int read_rsa(struct slice der, const struct sshpub_policy *policy,
		    struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX);
	struct element key = { 0 }, modulus = { 0 }, exponent = { 0 };
	int r = der_expect(&der, DER_SEQUENCE, "RSA key", &key, err);

	if (r == 0)
		r = der_expect(&key.content, DER_INTEGER, "RSA modulus", &modulus, err);
	if (r == 0)
		r = der_expect(&key.content, DER_INTEGER, "RSA exponent", &exponent, err);
	if (r < 0)
		return r;
	if (key.content.len > 0 || der.len > 0)
		return dw_fail(err, DW_MALFORMED,
			       "bytes too many after the RSA exponent");
	r = put_word(&blob, sshpub_type_word(SSHPUB_RSA), err);
	if (r == 0)
		r = buf_put_string(&blob, exponent.content.data, exponent.content.len,
				   err);
	if (r == 0)
		r = buf_put_string(&blob, modulus.content.data, modulus.content.len, err);
	return r < 0 ? r : finish(&blob, policy, ret, err);
}

static int read_ed25519(struct slice point, const struct sshpub_policy *policy,
			struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX);
	int r = put_word(&blob, sshpub_type_word(SSHPUB_ED25519), err);

	if (r == 0)
		r = buf_put_string(&blob, point.data, point.len, err);
	return r < 0 ? r : finish(&blob, policy, ret, err);
}

static int finish_ec(enum sshpub_type type, struct slice point,
		     const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX);
	const char *word = sshpub_type_word(type);
	int r = put_word(&blob, word, err);

	if (r == 0)
		r = put_word(&blob, word + strlen("ecdsa-sha2-"), err);
	if (r == 0)
		r = buf_put_string(&blob, point.data, point.len, err);
	return r < 0 ? r : finish(&blob, policy, ret, err);
}

static void free_pkey(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}

static void free_bn(BIGNUM **p)
{
	BN_free(*p);
}

/* libcrypto's names for the curves, in the order of the types. */
static int type_of_pkey(const EVP_PKEY *pkey, enum sshpub_type *ret, struct dw_err *err)
{
	static const char *const names[] = { "prime256v1", "secp384r1", "secp521r1" };
	char name[64];

	if (EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME, name,
					   sizeof(name), NULL) != 1)
		return dw_fail(
			err, DW_REFUSED,
			"explicit EC parameters are none of OpenSSH's curves; make an "
			"Ed25519 key");
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*ret = SSHPUB_ECDSA_P256 + i;
			return 0;
		}
	}
	return dw_fail(err, DW_REFUSED,
		       "curve %s cannot be used with OpenSSH; make an Ed25519 key", name);
}

/* A compressed point, or parameters spelled out: libcrypto does the arithmetic. */
static int read_ec_by_library(struct slice spki, const struct sshpub_policy *policy,
			      struct sshpub *ret, struct dw_err *err)
{
	const unsigned char *p = (const unsigned char *)spki.data;
	cleanup_with(free_pkey) EVP_PKEY *pkey = NULL;
	cleanup_with(free_bn) BIGNUM *x = NULL;
	cleanup_with(free_bn) BIGNUM *y = NULL;
	enum sshpub_type type = SSHPUB_TYPE_MAX_;
	uint8_t point[133] = { 4 };
	size_t len;
	int r;

	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return dw_fail(err, DW_CRYPTO, "libcrypto cannot be started");
	pkey = d2i_PUBKEY(NULL, &p, (long)spki.len);
	if (pkey == NULL)
		return dw_fail(
			err, DW_MALFORMED,
			"EC parameters or point are damaged: libcrypto cannot read them");
	r = type_of_pkey(pkey, &type, err);
	if (r < 0)
		return r;
	len = type == SSHPUB_ECDSA_P256 ? 32 : type == SSHPUB_ECDSA_P384 ? 48 : 66;
	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
	    BN_bn2binpad(x, point + 1, (int)len) < 0 ||
	    BN_bn2binpad(y, point + 1 + len, (int)len) < 0)
		return dw_fail(err, DW_CRYPTO,
			       "libcrypto does not give the point of an EC key");
	return finish_ec(type, (struct slice){ (const char *)point, 1 + 2 * len }, policy,
			 ret, err);
}

static int read_ec(struct slice spki, struct slice parameters, struct slice point,
		   const struct sshpub_policy *policy, struct sshpub *ret,
		   struct dw_err *err)
{
	struct element curve = { 0 };
	int r;

	if (der_peek(parameters) == DER_SEQUENCE)
		return read_ec_by_library(spki, policy, ret, err);
	r = der_expect(&parameters, DER_OID, "EC parameters", &curve, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(curves); i++) {
		if (!is_equal(curve.content, curves[i].oid))
			continue;
		if (curves[i].type == SSHPUB_TYPE_MAX_)
			return dw_fail(
				err, DW_REFUSED,
				"curve %s cannot be used with OpenSSH; make an Ed25519 key",
				curves[i].name);
		if (der_peek(point) == 4)
			return finish_ec(curves[i].type, point, policy, ret, err);
		return read_ec_by_library(spki, policy, ret, err);
	}
	return fail_oid(curve.content, "curve", err);
}

static int fail_algorithm(struct slice oid, struct dw_err *err)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (is_equal(oid, algorithms[i].oid))
			return dw_fail(err, DW_REFUSED,
				       "%s is not an SSH key type; make an Ed25519 key",
				       algorithms[i].name);
	return fail_oid(oid, "key algorithm", err);
}

/* SPKI: SEQUENCE { SEQUENCE { OID, parameters }, BIT STRING }. */
static int read_spki(struct slice spki, const struct sshpub_policy *policy,
		     struct sshpub *ret, struct dw_err *err)
{
	enum algorithm algorithm = ALGORITHM_OTHER;
	struct slice rest = spki, bits;
	struct element frame = { 0 }, head = { 0 }, oid = { 0 }, key = { 0 };
	int r = der_expect(&rest, DER_SEQUENCE, "public key", &frame, err);

	if (r == 0)
		r = der_expect(&frame.content, DER_SEQUENCE, "key algorithm", &head, err);
	if (r == 0)
		r = der_expect(&head.content, DER_OID, "key algorithm", &oid, err);
	if (r == 0)
		r = der_expect(&frame.content, DER_BIT_STRING, "public key", &key, err);
	if (r < 0)
		return r;
	if (frame.content.len > 0 || key.content.len == 0 || key.content.data[0] != 0)
		return dw_fail(err, DW_MALFORMED,
			       "public key is not a whole number of bytes");
	bits = (struct slice){ key.content.data + 1, key.content.len - 1 };

	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++)
		if (is_equal(oid.content, algorithms[i].oid))
			algorithm = algorithms[i].algorithm;
	switch (algorithm) {
	case ALGORITHM_RSA:
		return read_rsa(bits, policy, ret, err);
	case ALGORITHM_ED25519:
		return read_ed25519(bits, policy, ret, err);
	case ALGORITHM_EC:
		return read_ec(spki, head.content, bits, policy, ret, err);
	case ALGORITHM_OTHER:
		break;
	}
	return fail_algorithm(oid.content, err);
}

/* Steps over what stands in front of the key: version, serial, algorithm, issuer, dates,
 * subject. */
static int read_certificate(struct slice body, const struct sshpub_policy *policy,
			    struct sshpub *ret, struct dw_err *err)
{
	static const struct {
		enum der_tag tag;
		const char *what;
	} fields[] = {
		{ DER_INTEGER, "serial number" }, { DER_SEQUENCE, "signature algorithm" },
		{ DER_SEQUENCE, "issuer" },	  { DER_SEQUENCE, "dates" },
		{ DER_SEQUENCE, "subject" },	  { DER_SEQUENCE, "public key" },
	};
	struct element e = { 0 };
	int r = der_peek(body) == DER_CONTEXT_0 ? der_next(&body, &e, err) : 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(fields); i++)
		r = der_expect(&body, fields[i].tag, fields[i].what, &e, err);
	if (r < 0) {
		(void)dw_wrap(err, "certificate"); /* the code stays */
		return r;
	}
	return read_spki(e.whole, policy, ret, err);
}

static int fail_private(struct dw_err *err)
{
	return dw_fail(
		err, DW_REFUSED,
		"this is a PRIVATE key; whoever reads the metadata has it now: make a new pair "
		"and give the public half only");
}

/* SEQUENCE { INTEGER, ... }: PKCS#1 public, PKCS#12, or one of several private forms. */
static int read_numbered(struct slice der, struct slice content,
			 const struct sshpub_policy *policy, struct sshpub *ret,
			 struct dw_err *err)
{
	struct element number = { 0 };
	unsigned next;
	int r = der_next(&content, &number, err);

	if (r < 0)
		return r;
	next = der_peek(content);
	if (number.content.len == 1 && number.content.data[0] == 3 &&
	    next == DER_SEQUENCE)
		return dw_fail(
			err, DW_REFUSED,
			"this is a PKCS#12 file, which holds a private key; whoever reads the "
			"metadata has it now: make a new pair and give the certificate only");
	if (number.content.len == 1 && (uint8_t)number.content.data[0] <= 2)
		return fail_private(err);
	if (next != DER_INTEGER)
		return dw_fail(err, DW_MALFORMED,
			       "DER of no kind that holds a public key");
	return read_rsa(der, policy, ret, err);
}

int certkey_from_der(struct slice der, const struct sshpub_policy *policy,
		     struct sshpub *ret, struct dw_err *err)
{
	struct slice rest = der, inside;
	struct element frame = { 0 }, first = { 0 }, second = { 0 };
	int r = der_expect(&rest, DER_SEQUENCE, "key or certificate", &frame, err);

	if (r < 0)
		return r;
	if (rest.len > 0)
		return dw_fail(err, DW_MALFORMED,
			       "%zu bytes too many after the key or certificate",
			       rest.len);
	inside = frame.content;
	if (der_peek(inside) == DER_INTEGER)
		return read_numbered(der, inside, policy, ret, err);
	if (der_peek(inside) == DER_OID)
		return dw_fail(
			err, DW_REFUSED,
			"this is a PKCS#7 or CMS message, not a key or certificate");
	r = der_expect(&inside, DER_SEQUENCE, "key or certificate", &first, err);
	if (r == 0)
		r = der_next(&inside, &second, err);
	if (r < 0)
		return r;
	if (second.tag == DER_OCTET_STRING)
		return fail_private(err); /* PKCS#8, encrypted */
	if (second.tag == DER_BIT_STRING)
		return read_spki(der, policy, ret, err);
	r = der_peek(inside) == DER_BIT_STRING ? der_next(&inside, &second, err) : 0;
	if (r < 0) {
		(void)dw_wrap(err, "signature"); /* the code stays */
		return r;
	}
	if (second.tag != DER_BIT_STRING || inside.len > 0)
		return dw_fail(err, DW_MALFORMED,
			       "DER of no kind that holds a public key");
	return read_certificate(first.content, policy, ret, err);
}

/* ContentInfo { OID, [0] { SignedData { version, SET, SEQUENCE, [0] certificates, ... } }
 * } */
int certkey_bundle(struct slice der, struct slice *ret_certificates, struct dw_err *err)
{
	static const struct slice signed_data =
		OID("\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02");
	struct slice rest = der;
	struct element frame = { 0 }, oid = { 0 }, e = { 0 };
	int r = der_expect(&rest, DER_SEQUENCE, "PKCS#7", &frame, err);

	if (r < 0 || der_peek(frame.content) != DER_OID)
		return dw_fail(err, DW_ABSENT, "not a PKCS#7 bundle");
	r = der_expect(&frame.content, DER_OID, "PKCS#7", &oid, err);
	if (r < 0)
		return r;
	if (!is_equal(oid.content, signed_data))
		return dw_fail(
			err, DW_REFUSED,
			"this PKCS#7 or CMS message is encrypted or holds no certificates; "
			"give the certificate itself");
	r = der_expect(&frame.content, DER_CONTEXT_0, "PKCS#7", &e, err);
	if (r == 0)
		r = der_expect(&e.content, DER_SEQUENCE, "PKCS#7", &frame, err);
	if (r == 0)
		r = der_expect(&frame.content, DER_INTEGER, "PKCS#7 version", &e, err);
	if (r == 0)
		r = der_expect(&frame.content, DER_SET, "PKCS#7 digests", &e, err);
	if (r == 0)
		r = der_expect(&frame.content, DER_SEQUENCE, "PKCS#7 content", &e, err);
	if (r < 0)
		return r;
	if (der_peek(frame.content) != DER_CONTEXT_0)
		return dw_fail(err, DW_MALFORMED,
			       "PKCS#7 bundle contains no certificate");
	r = der_next(&frame.content, &e, err);
	if (r < 0) {
		(void)dw_wrap(err, "PKCS#7 certificates"); /* the code stays */
		return r;
	}
	if (e.content.len == 0)
		return dw_fail(err, DW_MALFORMED,
			       "PKCS#7 bundle contains no certificate");
	*ret_certificates = e.content;
	return 0;
}

/* -- PEM -- */

static const char *find(struct slice in, const char *what)
{
	return in.len > 0 ? memmem(in.data, in.len, what, strlen(what)) : NULL;
}

static struct slice after(struct slice in, const char *at)
{
	return (struct slice){ at, (size_t)(in.data + in.len - at) };
}

int certkey_next_block(struct slice *rest, struct slice *ret_label,
		       struct dw_buf *ret_der, struct dw_err *err)
{
	static const char begin[] = "-----BEGIN ", end[] = "-----END ",
			  dashes[] = "-----";
	struct slice all = *rest, label, body;
	const char *at = find(all, begin), *stop;
	bool is_private;

	*rest = (struct slice){ all.data + all.len, 0 };
	if (at == NULL)
		return dw_fail(err, DW_ABSENT, "no PEM block");
	body = after(all, at + strlen(begin));
	at = find(body, dashes);
	if (at == NULL)
		return dw_fail(err, DW_MALFORMED,
			       "PEM block without an end of its BEGIN line");
	label = (struct slice){ body.data, (size_t)(at - body.data) };
	body = after(body, at + strlen(dashes));
	is_private = find(label, "PRIVATE KEY") != NULL;

	at = find(body, end);
	if (at != NULL) {
		struct slice line = after(body, at + strlen(end));

		stop = find(line, dashes);
		*rest = stop != NULL ? after(line, stop + strlen(dashes)) : *rest;
		body.len = (size_t)(at - body.data);
	}
	if (is_private)
		return fail_private(err);
	if (text_check(label, TEXT_LINE, 64, NULL) < 0)
		return dw_fail(err, DW_MALFORMED, "PEM block without a proper name");
	if (at == NULL)
		return dw_fail(err, DW_MALFORMED,
			       "PEM block has no END line: it is cut short");
	*ret_label = label;
	return base64_decode_wrapped(body, ret_der, err);
}

int certkey_next_pem(struct slice *rest, const struct sshpub_policy *policy,
		     struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf der = BUF_INIT(DW_KEY_VALUE_MAX);
	struct slice label = { 0 }, whole;
	int r = certkey_next_block(rest, &label, &der, err);

	if (r < 0)
		return r;
	whole = slice_of_buf(&der);
	if (slice_eq(label,
		     "TRUSTED CERTIFICATE")) { /* OpenSSL's own: trust settings follow */
		struct slice with_trust = whole;

		r = certkey_next_element(&with_trust, &whole, err);
	} else if (!slice_eq(label, "CERTIFICATE") &&
		   !slice_eq(label, "X509 CERTIFICATE") &&
		   !slice_eq(label, "PUBLIC KEY") && !slice_eq(label, "RSA PUBLIC KEY")) {
		r = dw_fail(err, DW_REFUSED,
			    "PEM block '%.*s' is no public key and no certificate",
			    (int)label.len, label.data);
	}
	return r < 0 ? r : certkey_from_der(whole, policy, ret, err);
}
