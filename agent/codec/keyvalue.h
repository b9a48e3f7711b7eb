/* SPDX-License-Identifier: Apache-2.0 */
/* One metadata value that should hold public keys, in whatever wrapping, to canonical
 * keys or reasons. */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "codec/sshpub.h"

/*
 * The one road for every key of every cloud and for `convert`: OpenSSH lines (CR LF,
 * broken over lines, trailing blanks, several in one value), RFC 4716 blocks, SPKI and
 * PKCS#1 public keys and X.509 certificates in PEM or DER (codec/certkey.h). Private
 * keys, certificates of SSH, SSH 1 keys, fingerprints, known_hosts lines, placeholders
 * are refused with the words that help; the text of a private key appears in no message.
 *
 * One bad key never costs the good ones: each key found is handed to `accept`, each that
 * cannot be used to `refuse` (reason, advice), in the order of the value. A repaired key
 * is accepted and then reported to `note`. A callback that returns nonzero stops the walk
 * with that value.
 */
struct keyvalue_sink {
	void *ctx;
	int (*accept)(void *ctx, const struct sshpub *key, struct dw_err *err);
	int (*refuse)(void *ctx, const char *reason, const char *advice,
		      struct dw_err *err);
	int (*note)(void *ctx, const char *text,
		    struct dw_err *err); /* NULL: notes are dropped */
};

/* VALUE is at most DW_KEY_VALUE_MAX bytes, else one refusal. A value without any key is
 * one refusal too. */
int keyvalue_read(struct slice value, const struct sshpub_policy *policy,
		  const struct keyvalue_sink *sink, struct dw_err *err) must_check;
