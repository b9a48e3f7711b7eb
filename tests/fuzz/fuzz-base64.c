/* SPDX-License-Identifier: Apache-2.0 */
/* Base64: what is decoded has one spelling only, and blanks between change nothing. */
#include <assert.h>
#include <string.h>

#include "base/buf.h"
#include "codec/base64.h"
#include "tests/fuzz/fuzz.h"

enum { CEILING = 1 << 20 };

static void check_one_spelling(struct slice in, const struct dw_buf *bytes)
{
	cleanup_buf struct dw_buf again = BUF_INIT(CEILING);

	assert(base64_encode(slice_of_buf(bytes), &again, NULL) == 0);
	assert(again.len == in.len && memcmp(again.data, in.data, in.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size };
	cleanup_buf struct dw_buf strict = BUF_INIT(CEILING);
	cleanup_buf struct dw_buf wrapped = BUF_INIT(CEILING);
	cleanup_buf struct dw_buf bare = BUF_INIT(CEILING);
	struct dw_err err = { 0 };
	int r = size <= CEILING ? base64_decode(in, &strict, &err) : 0;
	int r_wrapped = size <= CEILING ? base64_decode_wrapped(in, &wrapped, &err) : 0;

	if (size > CEILING)
		return 0;
	if (r == 0) {
		check_one_spelling(in, &strict);
		assert(r_wrapped == 0 && wrapped.len == strict.len);
		assert(memcmp(wrapped.data, strict.data, strict.len) == 0);
	} else {
		assert(strict.len == 0);
	}
	if (r_wrapped == 0) {
		for (size_t i = 0; i < size; i++)
			if (strchr(" \t\r\n", data[i]) == NULL || data[i] == '\0')
				assert(buf_append_byte(&bare, data[i], NULL) == 0);
		check_one_spelling(slice_of_buf(&bare), &wrapped);
	}
	return 0;
}
