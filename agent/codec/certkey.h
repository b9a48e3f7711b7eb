/* SPDX-License-Identifier: Apache-2.0 */
/* Public keys inside X.509 certificates, SPKI, PKCS#1 and PKCS#7, in PEM or DER. */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "codec/sshpub.h"

/*
 * Only the public key matters: signature, chain and dates of a certificate are not looked
 * at (classic Azure's are self-signed and often expired). RSA, EC on P-256/384/521
 * (compressed points and explicit parameters equal to a named curve are accepted and
 * re-encoded), Ed25519. Others are DW_REFUSED with the name of the algorithm; so are
 * private keys and PKCS#12, of which no byte appears in a message.
 *
 * The frame is walked by a small strict reader of the few fields in front of the key, so
 * the rest of a certificate reaches no parser at all; libcrypto is asked, and started,
 * only for points and parameters that need arithmetic on the curve.
 */

/* PEM: the first block at the start of *REST; *REST moves past it. Private key blocks are
 * DW_REFUSED. */
int certkey_next_pem(struct slice *rest, const struct sshpub_policy *policy,
		     struct sshpub *ret, struct dw_err *err) must_check;

/* DER: certificate, SPKI or PKCS#1 public key; the whole slice, nothing after it. */
int certkey_from_der(struct slice der, const struct sshpub_policy *policy,
		     struct sshpub *ret, struct dw_err *err) must_check;

/*
 * The building stones of both, for values that hold several. The first PEM block of
 * *REST, text in front of it skipped: its label (borrowed) and its bytes appended to
 * RET_DER. *REST moves past the block on failure too. DW_ABSENT, and *REST at its end,
 * when there is none. A block whose label ends in "PRIVATE KEY" is not decoded:
 * DW_REFUSED.
 */
int certkey_next_block(struct slice *rest, struct slice *ret_label,
		       struct dw_buf *ret_der, struct dw_err *err) must_check;

/*
 * The certificates of a PKCS#7 bundle (SignedData), one behind another, borrowed from
 * DER. DW_ABSENT when DER is something else; DW_MALFORMED when it is one without a
 * certificate.
 */
int certkey_bundle(struct slice der, struct slice *ret_certificates, struct dw_err *err)
	must_check;

/* Cuts the first DER element, head included, off *REST. On failure *REST is empty. */
int certkey_next_element(struct slice *rest, struct slice *ret, struct dw_err *err)
	must_check;
