/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints and their dresses, as ssh-keygen prints them; digests come from libcrypto.
 */
#include "codec/fingerprint.h"

#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/limits.h"
#include "codec/base64.h"

enum { DIGEST_BYTES_MAX = 32 };

static const struct {
	const char *name; /* libcrypto's, and what stands before the colon */
	size_t bytes;
	bool is_hex; /* colons and hex instead of base64 */
} digests[] = {
	[FINGERPRINT_SHA256] = { "SHA256", 32, false },
	[FINGERPRINT_MD5] = { "MD5", 16, true },
	[FINGERPRINT_SHA1] = { "SHA1", 20, false },
};

static int digest(const struct sshpub *k, enum fingerprint_digest kind,
		  uint8_t ret[static DIGEST_BYTES_MAX], struct dw_err *err)
{
	size_t len = 0;

	/* No configuration file has a say in what a fingerprint is, and reading one takes
	 * time. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return dw_fail(err, DW_CRYPTO, "libcrypto cannot be started");
	if (EVP_Q_digest(NULL, digests[kind].name, NULL, k->blob, k->blob_len, ret,
			 &len) != 1 ||
	    len != digests[kind].bytes)
		return dw_fail(err, DW_CRYPTO, "libcrypto offers no %s here%s",
			       digests[kind].name,
			       kind == FINGERPRINT_MD5 ? " (FIPS mode?); ask for SHA256"
						       : "");
	return 0;
}

static int append_hex(struct dw_buf *ret, const uint8_t *bytes, size_t len,
		      const char *between, struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i++)
		r = buf_printf(ret, err, "%s%02x", i == 0 ? "" : between, bytes[i]);
	return r;
}

int fingerprint_short(const struct sshpub *k, enum fingerprint_digest kind,
		      struct dw_buf *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DIGEST_BYTES_MAX * 2);
	uint8_t bytes[DIGEST_BYTES_MAX];
	int r = digest(k, kind, bytes, err);

	if (r == 0)
		r = buf_printf(ret, err, "%s:", digests[kind].name);
	if (r < 0)
		return r;
	if (digests[kind].is_hex)
		return append_hex(ret, bytes, digests[kind].bytes, ":", err);
	r = base64_encode((struct slice){ (const char *)bytes, digests[kind].bytes },
			  &text, err);
	if (r < 0)
		return r;
	while (text.len > 0 &&
	       text.data[text.len - 1] == '=') /* OpenSSH shows no padding */
		text.len--;
	return buf_append(ret, text.data, text.len, err);
}

int fingerprint_line(const struct sshpub *k, enum fingerprint_digest kind,
		     struct dw_buf *ret, struct dw_err *err)
{
	bool has_comment = k->comment != NULL && k->comment[0] != '\0';
	int r = buf_printf(ret, err, "%u ", k->bits);

	if (r == 0)
		r = fingerprint_short(k, kind, ret, err);
	if (r < 0)
		return r;
	return buf_printf(ret, err, " %s (%s)", has_comment ? k->comment : "no comment",
			  sshpub_type_label(k->type));
}

/* -- randomart: a bishop walks over a field, and the picture is where he was -- */

enum { FIELD_WIDTH = 17, FIELD_HEIGHT = 9 };

/* By the number of visits; the last two are where he began and where he stopped. */
static const char symbols[] = " .o+=*BOX@%&#/^SE";
enum { VISITS_MAX = sizeof(symbols) - 4, MARK_START = sizeof(symbols) - 3, MARK_END };

static unsigned clamp(int v, int max)
{
	return (unsigned)(v < 0 ? 0 : v > max ? max : v);
}

static void walk(const uint8_t *bytes, size_t len,
		 uint8_t field[FIELD_HEIGHT][FIELD_WIDTH])
{
	unsigned x = FIELD_WIDTH / 2, y = FIELD_HEIGHT / 2;

	for (size_t i = 0; i < len * 4; i++) {
		unsigned move = bytes[i / 4] >> (i % 4 * 2);

		x = clamp((int)x + (move & 1 ? 1 : -1), FIELD_WIDTH - 1);
		y = clamp((int)y + (move & 2 ? 1 : -1), FIELD_HEIGHT - 1);
		if (field[y][x] < VISITS_MAX)
			field[y][x]++;
	}
	field[FIELD_HEIGHT / 2][FIELD_WIDTH / 2] = MARK_START;
	field[y][x] = MARK_END;
}

static int append_border(struct dw_buf *ret, const char *title, struct dw_err *err)
{
	static const char dashes[] = "-----------------";
	int len = (int)strlen(title);
	int left = (FIELD_WIDTH - len) / 2;

	return buf_printf(ret, err, "+%.*s%s%.*s+", left, dashes, title,
			  FIELD_WIDTH - len - left, dashes);
}

int fingerprint_randomart(const struct sshpub *k, struct dw_buf *ret, struct dw_err *err)
{
	uint8_t field[FIELD_HEIGHT][FIELD_WIDTH] = { 0 };
	uint8_t bytes[DIGEST_BYTES_MAX];
	char title[FIELD_WIDTH]; /* OpenSSH's is cut at 16 letters too */
	int r = digest(k, FINGERPRINT_SHA256, bytes, err);

	if (r < 0)
		return r;
	walk(bytes, digests[FINGERPRINT_SHA256].bytes, field);
	(void)snprintf(title, sizeof(title), "[%s %u]", sshpub_type_label(k->type),
		       k->bits);
	r = append_border(ret, title, err);
	for (size_t y = 0; r == 0 && y < FIELD_HEIGHT; y++) {
		char row[FIELD_WIDTH];

		for (size_t x = 0; x < FIELD_WIDTH; x++)
			row[x] = symbols[field[y][x]];
		r = buf_printf(ret, err, "\n|%.*s|", FIELD_WIDTH, row);
	}
	if (r == 0)
		r = buf_append_byte(ret, '\n', err);
	return r < 0 ? r : append_border(ret, "[SHA256]", err);
}

/* -- lines for other people's files -- */

/* A name that could be read as something else in such a file is not written into one. */
static int check_host(const char *host, struct dw_err *err)
{
	int r = text_check(slice_of(host), TEXT_WORD, DW_WORD_MAX, err);

	if (r < 0) {
		(void)dw_wrap(err, "host name"); /* the code stays */
		return r;
	}
	if (host[0] == '\0' || strchr("#@|!", host[0]) != NULL ||
	    strpbrk(host, ",*?;\"") != NULL)
		return dw_fail(err, DW_MALFORMED, "'%s' is not a host name", host);
	return 0;
}

/* IANA "SSHFP RR Types for public key algorithms"; security keys have none. */
static unsigned sshfp_algorithm(enum sshpub_type type)
{
	switch (type) {
	case SSHPUB_RSA:
		return 1;
	case SSHPUB_ECDSA_P256:
	case SSHPUB_ECDSA_P384:
	case SSHPUB_ECDSA_P521:
		return 3;
	case SSHPUB_ED25519:
		return 4;
	case SSHPUB_SK_ED25519:
	case SSHPUB_SK_ECDSA:
	case SSHPUB_TYPE_MAX_:
		return 0;
	}
	return 0;
}

int fingerprint_sshfp(const struct sshpub *k, const char *host, struct dw_buf *ret,
		      struct dw_err *err)
{
	static const enum fingerprint_digest kinds[] = { FINGERPRINT_SHA1,
							 FINGERPRINT_SHA256 };
	unsigned algorithm = sshfp_algorithm(k->type);
	int r = check_host(host, err);

	if (r < 0)
		return r;
	if (algorithm == 0)
		return dw_fail(err, DW_UNSUPPORTED, "DNS has no SSHFP number for %s keys",
			       sshpub_type_word(k->type));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		uint8_t bytes[DIGEST_BYTES_MAX];

		r = digest(k, kinds[i], bytes, err);
		if (r == 0)
			r = buf_printf(ret, err, "%s%s IN SSHFP %u %zu ",
				       i == 0 ? "" : "\n", host, algorithm, i + 1);
		if (r == 0)
			r = append_hex(ret, bytes, digests[kinds[i]].bytes, "", err);
		if (r < 0)
			return r;
	}
	return 0;
}

int fingerprint_known_hosts(const struct sshpub *k, const char *host, unsigned port,
			    struct dw_buf *ret, struct dw_err *err)
{
	struct slice blob = { (const char *)k->blob, k->blob_len };
	int r = check_host(host, err);

	if (r < 0)
		return r;
	if (port < 1 || port > 65535)
		return dw_fail(err, DW_MALFORMED, "%u is not a port", port);
	if (port == 22)
		r = buf_printf(ret, err, "%s %s ", host, sshpub_type_word(k->type));
	else
		r = buf_printf(ret, err, "[%s]:%u %s ", host, port,
			       sshpub_type_word(k->type));
	return r < 0 ? r : base64_encode(blob, ret, err);
}
