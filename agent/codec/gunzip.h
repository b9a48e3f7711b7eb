/* SPDX-License-Identifier: Apache-2.0 */
/* Inflates gzip (RFC 1952) with a ceiling. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

/* Does it begin with gzip's two magic bytes? */
bool gunzip_is_gzip(struct slice in);

/*
 * Appends what IN holds (one member or several) to RET, an empty buffer whose ceiling is
 * the limit. DW_TOO_BIG beyond it, or when more than 64 KiB come out at over
 * DW_GZIP_RATIO_MAX bytes for one; DW_MALFORMED for a bad checksum, a torn end or
 * anything after the last member. On failure RET is left empty.
 */
int gunzip(struct slice in, struct dw_buf *ret, struct dw_err *err) must_check;
