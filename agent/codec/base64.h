/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 (RFC 4648 §4), strict: padding required, no slop bits, nothing after the
 * padding. */
#pragma once

#include "base/buf.h"
#include "base/str.h"

/*
 * base64_decode() accepts the alphabet and nothing else: no blank, no line break.
 * base64_decode_wrapped() also skips blanks, tabs, CR and LF anywhere. Both append to
 * RET. DW_MALFORMED names the offset of the first byte that does not fit. Linear; no
 * table look-up by secret data, so private keys may pass through.
 */
int base64_decode(struct slice in, struct dw_buf *ret, struct dw_err *err) must_check;
int base64_decode_wrapped(struct slice in, struct dw_buf *ret, struct dw_err *err)
	must_check;
int base64_encode(struct slice in, struct dw_buf *ret, struct dw_err *err) must_check;
