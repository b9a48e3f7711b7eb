/* SPDX-License-Identifier: Apache-2.0 */
/* OpenSSH public keys: the wire blob, the authorized_keys line around it, and nothing
 * wrapped. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/*
 * Formats: RFC 4253 §6.6 (ssh-rsa), RFC 5656 (ecdsa-sha2-*), RFC 8709 (ssh-ed25519),
 * OpenSSH's PROTOCOL.u2f (sk-*), sshd(8) AUTHORIZED_KEYS FILE FORMAT for the line and its
 * options.
 *
 * A key's identity is its canonical blob: leading zeros of numbers removed,
 * "rsa-sha2-256" and "rsa-sha2-512" as type word read as ssh-rsa. Pure C, no library: the
 * privileged program uses this to check the record and to read files that sshd reads.
 *
 * Structural and safety rules that need no library are checked here: inner type equals
 * outer type, sizes exact, nothing after the last field, RSA exponent odd, >= 3 and <
 * 2^64, modulus odd, 1024..16384 bits as OpenSSH loads them (policy asks for more, see
 * struct sshpub_policy), EC points uncompressed, Ed25519 points neither of small order
 * nor non-canonical (anybody could sign for those).
 */
enum sshpub_type {
	SSHPUB_RSA,
	SSHPUB_ED25519,
	SSHPUB_ECDSA_P256,
	SSHPUB_ECDSA_P384,
	SSHPUB_ECDSA_P521,
	SSHPUB_SK_ED25519,
	SSHPUB_SK_ECDSA,
	SSHPUB_TYPE_MAX_
};

const char *sshpub_type_word(enum sshpub_type type); /* "ecdsa-sha2-nistp256" */
const char *sshpub_type_label(
	enum sshpub_type type); /* "ECDSA", as ssh-keygen -l prints it */
const char *sshpub_type_short(
	enum sshpub_type type); /* "ecdsa", as in ssh_host_ecdsa_key; "" for sk */

struct sshpub {
	enum sshpub_type type;
	unsigned bits;
	uint8_t *blob; /* canonical */
	size_t blob_len;
	char *options; /* canonical option list in front of the type, or NULL */
	char *comment; /* sanitised: TEXT_LINE, at most DW_KEY_COMMENT_MAX bytes; "" when
			  none */
};

void sshpub_done(struct sshpub *k);
#define cleanup_sshpub cleanup_with(sshpub_done)

struct sshpub_policy {
	unsigned min_rsa_bits; /* default 2048 */
	bool may_have_options; /* else options are DW_REFUSED */
};
#define SSHPUB_POLICY_DEFAULT \
	((struct sshpub_policy){ .min_rsa_bits = 2048, .may_have_options = false })
/* What sshd itself would load: for reading the administrator's file, where nothing is
 * refused by taste. */
#define SSHPUB_POLICY_SSHD \
	((struct sshpub_policy){ .min_rsa_bits = 1024, .may_have_options = true })

/*
 * One line, no newline in it: [options SP] type SP base64 [SP comment]. Options are
 * tokenised by sshd's grammar and printed again; an unknown option refuses the line, as
 * sshd would. Messages name what is wrong, where, and what to do: "blob says ssh-rsa,
 * line says ssh-ed25519". DW_MALFORMED: not a key; DW_REFUSED: a key we will not install
 * (weak, forgeable, certificate).
 */
int sshpub_parse_line(struct slice line, const struct sshpub_policy *policy,
		      struct sshpub *ret, struct dw_err *err) must_check;

/* A bare blob, e.g. out of a certificate or a host key file. COMMENT may be empty. */
int sshpub_from_blob(struct slice blob, struct slice comment,
		     const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err) must_check;

/* Appends the canonical line without newline; reading it back gives the same bytes again.
 */
int sshpub_print(const struct sshpub *k, struct dw_buf *ret, struct dw_err *err)
	must_check;

/* Are these the same key, whatever options and comments say? */
bool sshpub_same(const struct sshpub *a, const struct sshpub *b);

/* The length of the leading option list of LINE (0 when it begins with a type word), by
 * sshd's quoting rules. */
size_t sshpub_options_len(struct slice line);
