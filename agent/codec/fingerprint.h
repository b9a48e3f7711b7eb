/* SPDX-License-Identifier: Apache-2.0 */
/* The ways OpenSSH shows a public key: digests, randomart, SSHFP records, known_hosts
 * lines. */
#pragma once

#include "base/buf.h"
#include "codec/sshpub.h"

/* All append to RET, without a final newline, byte for byte what the OpenSSH tool prints.
 */
enum fingerprint_digest { FINGERPRINT_SHA256, FINGERPRINT_MD5, FINGERPRINT_SHA1 };

/* "SHA256:lzID..." / "MD5:95:ec:..." / "SHA1:..." */
int fingerprint_short(const struct sshpub *k, enum fingerprint_digest digest,
		      struct dw_buf *ret, struct dw_err *err) must_check;
/* "256 SHA256:... comment (ED25519)"; "no comment" when there is none: ssh-keygen -l */
int fingerprint_line(const struct sshpub *k, enum fingerprint_digest digest,
		     struct dw_buf *ret, struct dw_err *err) must_check;
/* eleven lines: ssh-keygen -lv's picture */
int fingerprint_randomart(const struct sshpub *k, struct dw_buf *ret, struct dw_err *err)
	must_check;
/* "HOST IN SSHFP 4 2 hex", SHA-1 and SHA-256 on a line each: ssh-keygen -r (RFC 4255,
 * 6594, 7479) */
int fingerprint_sshfp(const struct sshpub *k, const char *host, struct dw_buf *ret,
		      struct dw_err *err) must_check;
/* "HOST type base64", HOST becoming [HOST]:PORT when PORT is not 22 */
int fingerprint_known_hosts(const struct sshpub *k, const char *host, unsigned port,
			    struct dw_buf *ret, struct dw_err *err) must_check;
