/* SPDX-License-Identifier: Apache-2.0 */
/* Retry-After: whatever a server sends, the pause is bounded and shrinks as time goes. */
#include <assert.h>

#include "base/limits.h"
#include "reach/http.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* 1970, the second of RFC 9110's example, today, the far end of a 32 bit clock.
	 */
	static const int64_t nows[] = { 0, 784111777, 1763650000, INT32_MAX };
	struct slice in = { (const char *)data, size };
	uint64_t before = UINT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(nows); i++) {
		uint64_t ms = http_retry_after_ms(in, nows[i]);

		assert(ms <= DW_RETRY_AFTER_MAX_MS && ms <= before);
		before = ms;
	}
	return 0;
}
