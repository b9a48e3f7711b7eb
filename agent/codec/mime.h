/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart user-data (RFC 2045, 2046) to a flat list of decoded parts. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/str.h"

/* A leaf of the multipart tree. */
struct mime_part {
	char *type; /* "text/cloud-config", lower case; "text/plain" when it says nothing
		     */
	char *filename;	  /* or NULL */
	char *merge_type; /* value of Merge-Type or X-Merge-Type, or NULL */
	char *data;	  /* decoded, NUL-terminated beside its length */
	size_t len;
	unsigned line; /* of its first header in the document, from 1; 0 inside an encoded
			  multipart */
};

struct mime_parts {
	struct mime_part *items;
	size_t count, capacity;
};

void mime_parts_done(struct mime_parts *p);
#define cleanup_mime_parts cleanup_with(mime_parts_done)

/* Does it begin like a MIME message ("Content-Type:" or "MIME-Version:", any case)? */
bool mime_is_message(struct slice text);

/*
 * Appends the leaves of the message TEXT (at most MAX bytes) to RET in document order;
 * multipart inside multipart is followed DW_MIME_DEPTH deep, at most DW_MIME_PARTS
 * leaves. Transfer encodings: 7bit, 8bit, binary, base64, quoted-printable. A message
 * without multipart is one leaf. DW_MALFORMED: no boundary, no closing boundary (a torn
 * message), bad encoding; DW_TOO_BIG: over a limit. On failure RET is left empty.
 */
int mime_read(struct slice text, size_t max, struct mime_parts *ret, struct dw_err *err)
	must_check;
