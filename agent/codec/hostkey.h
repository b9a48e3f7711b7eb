/* SPDX-License-Identifier: Apache-2.0 */
/* SSH host keys: making them with libcrypto, writing and reading their file formats. */
#pragma once

#include "base/buf.h"
#include "base/str.h"
#include "codec/sshpub.h"

/*
 * Private keys are written in OpenSSH's own unencrypted format ("openssh-key-v1",
 * PROTOCOL.key of OpenSSH), which every supported sshd reads; PEM forms are only read.
 * Buffers that hold private keys must be BUF_INIT_SECRET; intermediate copies are wiped.
 */
struct hostkey_kind {
	const char *name; /* "ed25519": ssh_host_NAME_key */
	enum sshpub_type type;
	unsigned bits; /* 256; 3072 for RSA */
};

/* All kinds doorward makes, fastest first: ed25519, ecdsa, rsa. Ends with a NULL name. */
extern const struct hostkey_kind hostkey_kinds[];
const struct hostkey_kind *hostkey_kind_by_name(const char *name); /* or NULL */

/*
 * Makes a new key with libcrypto's own generator (blocks until the kernel's random pool
 * is ready). RET_PRIVATE (secret) gets the private file, RET_PUBLIC the line for the .pub
 * with a newline. Thread-safe: RSA is made in a thread of its own.
 */
int hostkey_make(const struct hostkey_kind *kind, const char *comment,
		 struct dw_buf *ret_private, struct dw_buf *ret_public,
		 struct dw_err *err) must_check;

/*
 * The public half of a private host key file (openssh-key-v1 unencrypted, or PEM through
 * libcrypto). DW_MALFORMED for empty, torn or garbage files: such a key must be healed.
 * The two copies of the check number, the padding, and that public and private part
 * belong together are verified. An encrypted key is DW_UNSUPPORTED.
 */
int hostkey_public_of(struct slice private_file, struct sshpub *ret, struct dw_err *err)
	must_check;
