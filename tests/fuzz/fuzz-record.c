/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a record: what the strict reader accepts, the writer writes again byte for
 * byte. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "model/record.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct dw_buf again = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	int r;

	instance_init(&i);
	r = record_read((struct slice){ (const char *)data, size }, &i, &err);
	if (r < 0) {
		assert(err.code == (enum dw_code) - r);
		assert(text_check(slice_of(err.message), TEXT_LINE, sizeof(err.message),
				  NULL) == 0);
		return 0;
	}
	r = record_write(&i, &again, NULL);
	assert(r == 0);
	assert(again.len == size && memcmp(again.data, data, size) == 0);
	return 0;
}
