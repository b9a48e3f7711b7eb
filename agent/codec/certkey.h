/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys inside X.509 certificates, SPKI and PKCS#1, in PEM or DER, through libcrypto. */
#pragma once

#include "base/str.h"
#include "codec/sshpub.h"

/*
 * Only the public key matters: signature, chain and dates of a certificate are not looked at
 * (classic Azure's are self-signed and often expired). RSA, EC on P-256/384/521 (compressed points and
 * explicit parameters equal to a named curve are accepted and re-encoded), Ed25519. Others are
 * DW_REFUSED with the name of the algorithm.
 */

/* PEM: the first block at the start of *REST; *REST moves past it. Private key blocks are DW_REFUSED. */
int certkey_next_pem(struct slice *rest, const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err) must_check;

/* DER: certificate, SPKI or PKCS#1 public key; the whole slice, nothing after it. */
int certkey_from_der(struct slice der, const struct sshpub_policy *policy, struct sshpub *ret,
		     struct dw_err *err) must_check;
