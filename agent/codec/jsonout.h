/* SPDX-License-Identifier: Apache-2.0 */
/* Writing JSON (RFC 8259): a thin pen over a buffer; reading is json.h's business. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * The first failure sticks: later calls do nothing, and jsonout_finish() returns it.
 * Inside an object every call has a KEY, inside a list it is NULL. Text that is not valid
 * UTF-8 has its bad bytes replaced by U+FFFD; control bytes are escaped.
 */
struct jsonout {
	struct dw_buf *to_;
	struct dw_err *err_;
	int result_;
	unsigned depth_;
	bool has_item_;
};

struct jsonout jsonout_to(struct dw_buf *to, struct dw_err *err);
int jsonout_finish(struct jsonout *j) must_check; /* ends the text with a newline */

void jsonout_begin_object(struct jsonout *j, const char *key);
void jsonout_end_object(struct jsonout *j);
void jsonout_begin_list(struct jsonout *j, const char *key);
void jsonout_end_list(struct jsonout *j);

void jsonout_text(struct jsonout *j, const char *key,
		  const char *text); /* NULL text: null */
void jsonout_slice(struct jsonout *j, const char *key, struct slice text);
void jsonout_number(struct jsonout *j, const char *key, int64_t number);
void jsonout_bool(struct jsonout *j, const char *key, bool value);
void jsonout_null(struct jsonout *j, const char *key);
