/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as gzip: never more out than the ceiling and the ratio allow. */
#include <assert.h>

#include "base/limits.h"
#include "codec/gunzip.h"
#include "tests/fuzz/fuzz.h"

#define CEILING (256u * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct dw_buf out = BUF_INIT(CEILING);
	struct dw_err err = { 0 };
	int r = gunzip((struct slice){ (const char *)data, size }, &out, &err);

	assert(r == 0 || (out.len == 0 && err.code == (enum dw_code) - r));
	assert(out.len <= CEILING);
	assert(out.len <= 64u * 1024 || out.len / DW_GZIP_RATIO_MAX <= size);
	return 0;
}
