/* SPDX-License-Identifier: Apache-2.0 */
/* Making host keys and reading them back: openssh-key-v1 by hand, numbers and PEM by
 * libcrypto. */
#include "codec/hostkey.h"

#include <stdint.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include "base/limits.h"
#include "codec/base64.h"

enum {
	LINE_CHARS = 70, /* of base64, as ssh-keygen wraps them */
	PAD_TO = 8,	 /* the block size of the cipher "none" */
	SEED_BYTES = 32,
};

static const char mark_begin[] = "-----BEGIN OPENSSH PRIVATE KEY-----";
static const char mark_end[] = "-----END OPENSSH PRIVATE KEY-----";
static const struct slice magic = { "openssh-key-v1",
				    sizeof("openssh-key-v1") }; /* with NUL */

const struct hostkey_kind hostkey_kinds[] = {
	{ "ed25519", SSHPUB_ED25519, 256 },
	{ "ecdsa", SSHPUB_ECDSA_P256, 256 },
	{ "rsa", SSHPUB_RSA, 3072 },
	{ NULL, SSHPUB_TYPE_MAX_, 0 },
};

const struct hostkey_kind *hostkey_kind_by_name(const char *name)
{
	for (const struct hostkey_kind *k = hostkey_kinds; k->name != NULL; k++)
		if (strcmp(k->name, name) == 0)
			return k;
	return NULL;
}

static void free_pkey(EVP_PKEY **p)
{
	EVP_PKEY_free(*p);
}

static void free_bn(BIGNUM **p)
{
	BN_clear_free(*p);
}

static void free_bn_ctx(BN_CTX **p)
{
	BN_CTX_free(*p);
}

static void free_group(EC_GROUP **p)
{
	EC_GROUP_free(*p);
}

static void free_point(EC_POINT **p)
{
	EC_POINT_clear_free(*p);
}

static void free_bio(BIO **p)
{
	BIO_free(*p);
}

#define cleanup_pkey cleanup_with(free_pkey)
#define cleanup_bn   cleanup_with(free_bn)

static const struct {
	enum sshpub_type type;
	int nid;
	const char *group; /* libcrypto's name */
	const char *curve; /* SSH's name */
	int bytes;
} curves[] = {
	{ SSHPUB_ECDSA_P256, NID_X9_62_prime256v1, "prime256v1", "nistp256", 32 },
	{ SSHPUB_ECDSA_P384, NID_secp384r1, "secp384r1", "nistp384", 48 },
	{ SSHPUB_ECDSA_P521, NID_secp521r1, "secp521r1", "nistp521", 66 },
};

enum { POINT_BYTES_MAX = 1 + 2 * 66 };

/* Index in curves[], or their number for a type that is no curve. */
static size_t curve_of(enum sshpub_type type)
{
	size_t i = 0;

	while (i < ARRAY_LEN(curves) && curves[i].type != type)
		i++;
	return i;
}

static int start_library(struct dw_err *err)
{
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return dw_fail(err, DW_CRYPTO, "libcrypto cannot be started");
	return 0;
}

/* -- from libcrypto's key to the bytes of openssh-key-v1 -- */

static int put_word(struct dw_buf *b, const char *word, struct dw_err *err)
{
	return buf_put_string(b, word, strlen(word), err);
}

static int put_bn(struct dw_buf *b, const BIGNUM *n, struct dw_err *err)
{
	size_t len = (size_t)BN_num_bytes(n);
	bool needs_zero = len > 0 && BN_num_bits(n) % 8 == 0;
	char *to = NULL;
	int r = buf_put_u32(b, (uint32_t)len + needs_zero, err);

	if (r == 0 && needs_zero)
		r = buf_append_byte(b, 0, err);
	if (r == 0)
		r = buf_reserve(b, len, &to, err);
	if (r < 0)
		return r;
	(void)BN_bn2bin(n, (unsigned char *)to); /* writes LEN bytes, cannot fail */
	buf_commit(b, len);
	return 0;
}

static int put_number(struct dw_buf *b, const EVP_PKEY *pkey, const char *name,
		      struct dw_err *err)
{
	cleanup_bn BIGNUM *n = NULL;

	if (EVP_PKEY_get_bn_param(pkey, name, &n) != 1)
		return dw_fail(err, DW_CRYPTO,
			       "libcrypto does not give the number '%s' of a key", name);
	return put_bn(b, n, err);
}

/* From the coordinates, so that it is uncompressed whatever form the key was read in. */
static int put_point(struct dw_buf *b, const EVP_PKEY *pkey, int bytes,
		     struct dw_err *err)
{
	uint8_t point[POINT_BYTES_MAX] = { POINT_CONVERSION_UNCOMPRESSED };
	cleanup_bn BIGNUM *x = NULL;
	cleanup_bn BIGNUM *y = NULL;

	if (EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_X, &x) != 1 ||
	    EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_EC_PUB_Y, &y) != 1 ||
	    BN_bn2binpad(x, point + 1, bytes) < 0 ||
	    BN_bn2binpad(y, point + 1 + bytes, bytes) < 0)
		return dw_fail(err, DW_CRYPTO,
			       "libcrypto does not give the point of an EC key");
	return buf_put_string(b, point, 1 + 2 * (size_t)bytes, err);
}

static int get_raw_public(const EVP_PKEY *pkey, uint8_t ret[static SEED_BYTES],
			  struct dw_err *err)
{
	size_t len = SEED_BYTES;

	if (EVP_PKEY_get_raw_public_key(pkey, ret, &len) != 1 || len != SEED_BYTES)
		return dw_fail(err, DW_CRYPTO,
			       "libcrypto does not give an Ed25519 key's point");
	return 0;
}

static int put_public(struct dw_buf *b, const EVP_PKEY *pkey, enum sshpub_type type,
		      struct dw_err *err)
{
	size_t c = curve_of(type);
	uint8_t point[SEED_BYTES];
	int r = put_word(b, sshpub_type_word(type), err);

	if (r < 0)
		return r;
	if (type == SSHPUB_RSA) {
		r = put_number(b, pkey, OSSL_PKEY_PARAM_RSA_E, err);
		return r < 0 ? r : put_number(b, pkey, OSSL_PKEY_PARAM_RSA_N, err);
	}
	if (c < ARRAY_LEN(curves)) {
		r = put_word(b, curves[c].curve, err);
		return r < 0 ? r : put_point(b, pkey, curves[c].bytes, err);
	}
	r = get_raw_public(pkey, point, err);
	return r < 0 ? r : buf_put_string(b, point, sizeof(point), err);
}

static int put_ed25519_secret(struct dw_buf *b, const EVP_PKEY *pkey, struct dw_err *err)
{
	uint8_t both[2 * SEED_BYTES];
	size_t len = SEED_BYTES;
	int r = get_raw_public(pkey, both + SEED_BYTES, err);

	if (r == 0)
		r = buf_put_string(b, both + SEED_BYTES, SEED_BYTES, err);
	if (r == 0 &&
	    (EVP_PKEY_get_raw_private_key(pkey, both, &len) != 1 || len != SEED_BYTES))
		r = dw_fail(err, DW_CRYPTO,
			    "libcrypto does not give an Ed25519 key's seed");
	if (r == 0)
		r = buf_put_string(b, both, sizeof(both), err);
	OPENSSL_cleanse(both, sizeof(both));
	return r;
}

/* The fields behind the type word; RSA's order differs from the public blob. */
static int put_secret(struct dw_buf *b, const EVP_PKEY *pkey, enum sshpub_type type,
		      struct dw_err *err)
{
	static const char *const rsa[] = {
		OSSL_PKEY_PARAM_RSA_N,	     OSSL_PKEY_PARAM_RSA_E,
		OSSL_PKEY_PARAM_RSA_D,	     OSSL_PKEY_PARAM_RSA_COEFFICIENT1,
		OSSL_PKEY_PARAM_RSA_FACTOR1, OSSL_PKEY_PARAM_RSA_FACTOR2,
	};
	size_t c = curve_of(type);
	int r = 0;

	if (type == SSHPUB_RSA) {
		for (size_t i = 0; r == 0 && i < ARRAY_LEN(rsa); i++)
			r = put_number(b, pkey, rsa[i], err);
		return r;
	}
	if (c == ARRAY_LEN(curves))
		return put_ed25519_secret(b, pkey, err);
	r = put_word(b, curves[c].curve, err);
	if (r == 0)
		r = put_point(b, pkey, curves[c].bytes, err);
	return r < 0 ? r : put_number(b, pkey, OSSL_PKEY_PARAM_PRIV_KEY, err);
}

/* Check number twice, type, private fields, comment, and 1, 2, 3... up to a whole block.
 */
static int put_section(struct dw_buf *b, const EVP_PKEY *pkey, enum sshpub_type type,
		       const char *comment, struct dw_err *err)
{
	uint8_t check[4];
	int r;

	if (RAND_bytes(check, sizeof(check)) != 1)
		return dw_fail(err, DW_CRYPTO, "libcrypto gives no random bytes");
	r = buf_append(b, check, sizeof(check), err);
	if (r == 0)
		r = buf_append(b, check, sizeof(check), err);
	if (r == 0)
		r = put_word(b, sshpub_type_word(type), err);
	if (r == 0)
		r = put_secret(b, pkey, type, err);
	if (r == 0)
		r = put_word(b, comment, err);
	for (uint8_t pad = 1; r == 0 && b->len % PAD_TO != 0; pad++)
		r = buf_append_byte(b, pad, err);
	return r;
}

static int put_file(struct dw_buf *b, const EVP_PKEY *pkey, enum sshpub_type type,
		    const char *comment, struct slice blob, struct dw_err *err)
{
	cleanup_buf struct dw_buf section = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	int r = buf_append(b, magic.data, magic.len, err);

	if (r == 0)
		r = put_word(b, "none", err); /* cipher */
	if (r == 0)
		r = put_word(b, "none", err); /* key derivation */
	if (r == 0)
		r = put_word(b, "", err); /* its options */
	if (r == 0)
		r = buf_put_u32(b, 1, err);
	if (r == 0)
		r = buf_put_string(b, blob.data, blob.len, err);
	if (r == 0)
		r = put_section(&section, pkey, type, comment, err);
	if (r == 0)
		r = buf_put_string(b, section.data, section.len, err);
	return r;
}

static int put_armor(struct dw_buf *ret, const struct dw_buf *binary, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	int r = base64_encode(slice_of_buf(binary), &text, err);

	if (r == 0)
		r = buf_append_str(ret, mark_begin, err);
	if (r == 0)
		r = buf_append_byte(ret, '\n', err);
	for (size_t at = 0; r == 0 && at < text.len; at += LINE_CHARS) {
		r = buf_append(ret, text.data + at,
			       MIN_OF(text.len - at, (size_t)LINE_CHARS), err);
		if (r == 0)
			r = buf_append_byte(ret, '\n', err);
	}
	if (r == 0)
		r = buf_append_str(ret, mark_end, err);
	return r < 0 ? r : buf_append_byte(ret, '\n', err);
}

static int generate(const struct hostkey_kind *kind, EVP_PKEY **ret, struct dw_err *err)
{
	if (kind->type == SSHPUB_RSA)
		*ret = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)kind->bits);
	else if (kind->type == SSHPUB_ECDSA_P256)
		*ret = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
	else
		*ret = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	if (*ret == NULL)
		return dw_fail(err, DW_CRYPTO, "libcrypto cannot make a key of kind %s%s",
			       kind->name,
			       kind->type == SSHPUB_ED25519 ? " (FIPS mode?)" : "");
	return 0;
}

int hostkey_make(const struct hostkey_kind *kind, const char *comment,
		 struct dw_buf *ret_private, struct dw_buf *ret_public,
		 struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX);
	cleanup_buf struct dw_buf binary = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf line = BUF_INIT(DW_KEY_LINE_MAX);
	cleanup_sshpub struct sshpub pub = { 0 };
	cleanup_pkey EVP_PKEY *pkey = NULL;
	int r;

	if (comment == NULL)
		comment = "";
	if (!ret_private->secret_)
		return dw_fail(err, DW_FAILED,
			       "a private key needs a buffer for secrets");
	r = text_check(slice_of(comment), TEXT_LINE, DW_KEY_COMMENT_MAX, err);
	if (r < 0) {
		(void)dw_wrap(err, "comment of the host key"); /* the code stays */
		return r;
	}
	r = start_library(err);
	if (r == 0)
		r = generate(kind, &pkey, err);
	if (r == 0)
		r = put_public(&blob, pkey, kind->type, err);
	if (r == 0)
		r = sshpub_from_blob(slice_of_buf(&blob), slice_of(comment),
				     &SSHPUB_POLICY_DEFAULT, &pub, err);
	if (r == 0)
		r = sshpub_print(&pub, &line, err);
	if (r == 0)
		r = buf_append_byte(&line, '\n', err);
	if (r == 0)
		r = put_file(&binary, pkey, kind->type, comment, slice_of_buf(&blob),
			     err);
	if (r == 0)
		r = put_armor(ret_private, &binary, err);
	return r < 0 ? r : buf_append(ret_public, line.data, line.len, err);
}

/* -- reading -- */

static int fail_torn(struct dw_err *err, const char *what)
{
	return dw_fail(err, DW_MALFORMED, "host key file is damaged: %s", what);
}

static int take_u32(struct slice *rest, uint32_t *ret, struct dw_err *err)
{
	const uint8_t *p = (const uint8_t *)rest->data;

	if (rest->len < 4)
		return fail_torn(err, "it ends in the middle");
	*ret = (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
	rest->data += 4;
	rest->len -= 4;
	return 0;
}

static int take_string(struct slice *rest, struct slice *ret, struct dw_err *err)
{
	uint32_t len = 0;
	int r = take_u32(rest, &len, err);

	if (r < 0)
		return r;
	if (len > rest->len)
		return fail_torn(err, "it ends in the middle");
	*ret = (struct slice){ rest->data, len };
	rest->data += len;
	rest->len -= len;
	return 0;
}

static int take_number(struct slice *rest, BIGNUM **ret, struct dw_err *err)
{
	struct slice s = { 0 };
	int r = take_string(rest, &s, err);

	if (r < 0)
		return r;
	*ret = BN_bin2bn((const unsigned char *)s.data, (int)s.len, NULL);
	if (*ret == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for a number");
	return 0;
}

static int fail_pair(struct dw_err *err)
{
	return fail_torn(err, "its public and private half do not belong together");
}

static int check_ed25519(struct slice *rest, struct dw_buf *ret_blob, struct dw_err *err)
{
	struct slice point = { 0 }, both = { 0 };
	cleanup_pkey EVP_PKEY *pkey = NULL;
	uint8_t made[SEED_BYTES];
	int r = take_string(rest, &point, err);

	if (r == 0)
		r = take_string(rest, &both, err);
	if (r < 0)
		return r;
	if (point.len != SEED_BYTES || both.len != 2 * SEED_BYTES)
		return fail_torn(err,
				 "Ed25519 numbers have another length than 32 and 64");
	pkey = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL,
					    (const unsigned char *)both.data, SEED_BYTES);
	if (pkey == NULL)
		return dw_fail(err, DW_CRYPTO,
			       "libcrypto takes no Ed25519 key (FIPS mode?)");
	r = get_raw_public(pkey, made, err);
	if (r < 0)
		return r;
	if (memcmp(made, point.data, SEED_BYTES) != 0 ||
	    memcmp(both.data + SEED_BYTES, point.data, SEED_BYTES) != 0)
		return fail_pair(err);
	return buf_put_string(ret_blob, point.data, point.len, err);
}

/* Is POINT the private number D times the generator? */
static int check_product(size_t c, const BIGNUM *d, struct slice point,
			 struct dw_err *err)
{
	cleanup_with(free_group) EC_GROUP *group =
		EC_GROUP_new_by_curve_name(curves[c].nid);
	cleanup_with(free_bn_ctx) BN_CTX *ctx = BN_CTX_new();
	cleanup_with(free_point) EC_POINT *made =
		group != NULL ? EC_POINT_new(group) : NULL;
	uint8_t bytes[POINT_BYTES_MAX];
	size_t len;

	if (made == NULL || ctx == NULL)
		return dw_fail(err, DW_CRYPTO, "libcrypto does not know the curve %s",
			       curves[c].group);
	if (BN_is_zero(d) || BN_cmp(d, EC_GROUP_get0_order(group)) >= 0)
		return fail_torn(err, "the private number is out of range");
	if (EC_POINT_mul(group, made, d, NULL, NULL, ctx) != 1)
		return dw_fail(err, DW_CRYPTO, "libcrypto cannot multiply a point");
	len = EC_POINT_point2oct(group, made, POINT_CONVERSION_UNCOMPRESSED, bytes,
				 sizeof(bytes), ctx);
	if (len == 0 || len != point.len || memcmp(bytes, point.data, len) != 0)
		return fail_pair(err);
	return 0;
}

static int check_ecdsa(size_t c, struct slice *rest, struct dw_buf *ret_blob,
		       struct dw_err *err)
{
	struct slice curve = { 0 }, point = { 0 };
	cleanup_bn BIGNUM *d = NULL;
	int r = take_string(rest, &curve, err);

	if (r == 0)
		r = take_string(rest, &point, err);
	if (r == 0)
		r = take_number(rest, &d, err);
	if (r < 0)
		return r;
	if (!slice_eq(curve, curves[c].curve))
		return fail_torn(err, "its curve is not that of its type");
	r = check_product(c, d, point, err);
	if (r == 0)
		r = buf_put_string(ret_blob, curve.data, curve.len, err);
	return r < 0 ? r : buf_put_string(ret_blob, point.data, point.len, err);
}

enum rsa_number { RSA_N, RSA_E, RSA_D, RSA_IQMP, RSA_P, RSA_Q, RSA_NUMBERS };

struct rsa_numbers {
	BIGNUM *n[RSA_NUMBERS]; /* in the order of the file */
};

static void free_rsa(struct rsa_numbers *rsa)
{
	for (size_t i = 0; i < RSA_NUMBERS; i++)
		BN_clear_free(rsa->n[i]);
}

/* Does A times B leave 1 when divided by M - LESS? RET is 1, 0, or -1 when memory is out.
 */
static int is_inverse(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, unsigned less,
		      BN_CTX *ctx)
{
	cleanup_bn BIGNUM *modulus = BN_dup(m);
	cleanup_bn BIGNUM *product = BN_new();

	if (modulus == NULL || product == NULL || BN_sub_word(modulus, less) != 1)
		return -1;
	if (BN_num_bits(modulus) < 2)
		return 0;
	if (BN_mod_mul(product, a, b, modulus, ctx) != 1)
		return -1;
	return BN_is_one(product);
}

/* n = p q, d e = 1 modulo p - 1 and q - 1, iqmp q = 1 modulo p. Primality is not asked:
 * slow. */
static int check_rsa_numbers(const struct rsa_numbers *rsa, struct dw_err *err)
{
	BIGNUM *const *n = rsa->n;
	cleanup_with(free_bn_ctx) BN_CTX *ctx = BN_CTX_new();
	cleanup_bn BIGNUM *product = BN_new();
	int p_fits, q_fits, coefficient_fits;

	if (ctx == NULL || product == NULL ||
	    BN_mul(product, n[RSA_P], n[RSA_Q], ctx) != 1)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for numbers");
	if (BN_cmp(product, n[RSA_N]) != 0)
		return fail_pair(err);
	p_fits = is_inverse(n[RSA_D], n[RSA_E], n[RSA_P], 1, ctx);
	q_fits = is_inverse(n[RSA_D], n[RSA_E], n[RSA_Q], 1, ctx);
	coefficient_fits = is_inverse(n[RSA_IQMP], n[RSA_Q], n[RSA_P], 0, ctx);
	if (p_fits < 0 || q_fits < 0 || coefficient_fits < 0)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for numbers");
	return p_fits && q_fits && coefficient_fits ? 0 : fail_pair(err);
}

static int check_rsa(struct slice *rest, struct dw_buf *ret_blob, struct dw_err *err)
{
	cleanup_with(free_rsa) struct rsa_numbers rsa = { 0 };
	int r = 0;

	for (size_t i = 0; r == 0 && i < RSA_NUMBERS; i++) {
		r = take_number(rest, &rsa.n[i], err);
		/* Bounds the arithmetic below before any is done. */
		if (r == 0 && BN_num_bits(rsa.n[i]) > 16384)
			r = fail_torn(err, "an RSA number is longer than OpenSSH takes");
	}
	if (r == 0)
		r = check_rsa_numbers(&rsa, err);
	if (r == 0)
		r = put_bn(ret_blob, rsa.n[RSA_E], err);
	return r < 0 ? r : put_bn(ret_blob, rsa.n[RSA_N], err);
}

/* Reads type and fields, and puts together in RET_BLOB the public half that they belong
 * to. */
static int read_fields(struct slice *rest, struct dw_buf *ret_blob, struct dw_err *err)
{
	struct slice type = { 0 };
	int r = take_string(rest, &type, err);

	if (r == 0)
		r = buf_put_string(ret_blob, type.data, type.len, err);
	if (r < 0)
		return r;
	if (slice_eq(type, sshpub_type_word(SSHPUB_ED25519)))
		return check_ed25519(rest, ret_blob, err);
	if (slice_eq(type, sshpub_type_word(SSHPUB_RSA)))
		return check_rsa(rest, ret_blob, err);
	for (size_t c = 0; c < ARRAY_LEN(curves); c++)
		if (slice_eq(type, sshpub_type_word(curves[c].type)))
			return check_ecdsa(c, rest, ret_blob, err);
	return dw_fail(err, DW_UNSUPPORTED,
		       "host key is of a type that doorward does not know");
}

static int read_section(struct slice section, struct dw_buf *ret_blob,
			struct slice *ret_comment, struct dw_err *err)
{
	uint32_t check = 0, again = 0;
	int r;

	if (section.len % PAD_TO != 0)
		return fail_torn(err, "its private part is no whole number of blocks");
	r = take_u32(&section, &check, err);
	if (r == 0)
		r = take_u32(&section, &again, err);
	if (r < 0)
		return r;
	if (check != again)
		return fail_torn(err, "its two check numbers differ");
	r = read_fields(&section, ret_blob, err);
	if (r == 0)
		r = take_string(&section, ret_comment, err);
	if (r < 0)
		return r;
	if (section.len >= PAD_TO)
		return fail_torn(err, "something follows the comment");
	for (size_t i = 0; i < section.len; i++)
		if ((uint8_t)section.data[i] != i + 1)
			return fail_torn(err, "its padding is wrong");
	return 0;
}

static int read_binary(struct slice file, struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf made = BUF_INIT(DW_KEY_BLOB_MAX);
	struct slice cipher = { 0 }, kdf = { 0 }, options = { 0 }, blob = { 0 },
		     section = { 0 };
	struct slice comment = { 0 };
	uint32_t count = 0;
	int r;

	if (file.len < magic.len || memcmp(file.data, magic.data, magic.len) != 0)
		return fail_torn(err, "it does not begin with openssh-key-v1");
	file.data += magic.len;
	file.len -= magic.len;
	r = take_string(&file, &cipher, err);
	if (r == 0)
		r = take_string(&file, &kdf, err);
	if (r == 0)
		r = take_string(&file, &options, err);
	if (r == 0)
		r = take_u32(&file, &count, err);
	if (r < 0)
		return r;
	if (!slice_eq(cipher, "none") || !slice_eq(kdf, "none"))
		return dw_fail(
			err, DW_UNSUPPORTED,
			"host key has a pass phrase, sshd cannot use it: remove it with "
			"ssh-keygen -p");
	if (count != 1 || options.len != 0)
		return fail_torn(err, "it holds not exactly one key");
	r = take_string(&file, &blob, err);
	if (r == 0)
		r = take_string(&file, &section, err);
	if (r == 0 && file.len > 0)
		r = fail_torn(err, "something follows its private part");
	if (r == 0)
		r = read_section(section, &made, &comment, err);
	if (r < 0)
		return r;
	if (made.len != blob.len || memcmp(made.data, blob.data, blob.len) != 0)
		return fail_pair(err);
	return sshpub_from_blob(blob, comment, &SSHPUB_POLICY_SSHD, ret, err);
}

static const char *find(struct slice in, const char *what)
{
	return memmem(in.data, in.len, what, strlen(what));
}

static int read_openssh(struct slice file, struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf binary = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	/* Behind the BEGIN line: the two marks could share their dashes. */
	struct slice body = { file.data + strlen(mark_begin),
			      file.len - strlen(mark_begin) };
	const char *end = find(body, mark_end);
	int r;

	if (end == NULL)
		return fail_torn(err, "its END line is missing");
	body.len = (size_t)(end - body.data);
	r = base64_decode_wrapped(body, &binary, err);
	if (r < 0) {
		(void)dw_wrap(err, "host key file is damaged"); /* the code stays */
		return r;
	}
	return read_binary(slice_of_buf(&binary), ret, err);
}

static int type_of_pkey(const EVP_PKEY *pkey, enum sshpub_type *ret, struct dw_err *err)
{
	char group[64] = "";

	if (EVP_PKEY_is_a(pkey, "RSA")) {
		*ret = SSHPUB_RSA;
		return 0;
	}
	if (EVP_PKEY_is_a(pkey, "ED25519")) {
		*ret = SSHPUB_ED25519;
		return 0;
	}
	if (EVP_PKEY_is_a(pkey, "EC"))
		(void)EVP_PKEY_get_utf8_string_param(pkey, OSSL_PKEY_PARAM_GROUP_NAME,
						     group, sizeof(group),
						     NULL); /* "" matches none */
	for (size_t c = 0; c < ARRAY_LEN(curves); c++) {
		if (strcmp(group, curves[c].group) == 0) {
			*ret = curves[c].type;
			return 0;
		}
	}
	return dw_fail(err, DW_UNSUPPORTED,
		       "host key in PEM is of a type that sshd cannot use");
}

/* Never asks anybody; without it libcrypto would read a terminal. */
static int no_pass_phrase(char *buf, int size, int is_write, void *ctx)
{
	(void)buf;
	(void)size;
	(void)is_write;
	(void)ctx;
	return -1;
}

/* Written out as the other format, so that one reader judges both. */
static int read_pem(struct slice file, struct sshpub *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX);
	cleanup_buf struct dw_buf binary = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_with(free_bio) BIO *bio = NULL;
	cleanup_pkey EVP_PKEY *pkey = NULL;
	enum sshpub_type type = SSHPUB_TYPE_MAX_;
	int r;

	if (find(file, "ENCRYPTED") != NULL)
		return dw_fail(
			err, DW_UNSUPPORTED,
			"host key has a pass phrase, sshd cannot use it: remove it with "
			"ssh-keygen -p");
	bio = BIO_new_mem_buf(file.data, (int)file.len);
	if (bio == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for a host key");
	pkey = PEM_read_bio_PrivateKey(bio, NULL, no_pass_phrase, NULL);
	if (pkey == NULL)
		return fail_torn(err, "libcrypto cannot read its PEM");
	r = type_of_pkey(pkey, &type, err);
	if (r == 0)
		r = put_public(&blob, pkey, type, err);
	if (r == 0)
		r = put_file(&binary, pkey, type, "", slice_of_buf(&blob), err);
	return r < 0 ? r : read_binary(slice_of_buf(&binary), ret, err);
}

int hostkey_public_of(struct slice private_file, struct sshpub *ret, struct dw_err *err)
{
	int r;

	if (private_file.len > DW_HOSTKEY_FILE_MAX)
		return dw_fail(err, DW_MALFORMED, "host key file of %zu bytes is none",
			       private_file.len);
	if (slice_trim(private_file).len == 0)
		return fail_torn(err, "it is empty");
	r = start_library(err);
	if (r < 0)
		return r;
	if (slice_starts_with(private_file, mark_begin))
		return read_openssh(private_file, ret, err);
	if (find(private_file, "-----BEGIN ") == NULL)
		return fail_torn(err, "it holds no key");
	return read_pem(private_file, ret, err);
}
