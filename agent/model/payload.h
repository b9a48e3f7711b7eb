/* SPDX-License-Identifier: Apache-2.0 */
/* The named blobs of one fetch, as they came: no parsing here. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* One document: bytes under the name its request gave it, with how it went. */
struct blob {
	char *name;	      /* "meta-data", "imds/instance" */
	enum dw_code outcome; /* DW_OK; DW_ABSENT: truly not there; else why not had */
	long status;	      /* HTTP status, 0 for files */
	char *data;	      /* NUL-terminated beside its length; "" unless DW_OK */
	size_t len;
};

struct payload {
	struct blob *blobs;
	size_t count, capacity;
	size_t bytes; /* all together, at most DW_PAYLOAD_MAX */
};

void payload_init(struct payload *p);
void payload_done(struct payload *p);
#define cleanup_payload cleanup_with(payload_done)

/* Adds a copy. A second blob of one NAME replaces the first. */
int payload_add(struct payload *p, const char *name, enum dw_code outcome, long status,
		struct slice data, struct dw_err *err) must_check;

/* Borrowed, or NULL when nothing of that name was asked for. */
const struct blob *payload_get(const struct payload *p, const char *name);
/* The same, but NULL also unless its outcome is DW_OK. */
const struct blob *payload_get_ok(const struct payload *p, const char *name);
