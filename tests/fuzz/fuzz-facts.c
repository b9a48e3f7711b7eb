/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as facts, and as a kernel command line that is then asked. */
#include <assert.h>

#include "model/facts.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_facts struct facts f;
	struct dw_err err = { 0 };
	struct slice value;
	int r = facts_read_text((struct slice){ (const char *)data, size }, &f, &err);

	if (r < 0) {
		assert(err.code == (enum dw_code) - r && f.cmdline == NULL);
		return 0;
	}
	assert(f.cmdline != NULL);
	if (facts_cmdline_get(&f, "ds", &value))
		for (size_t i = 0; i < value.len; i++)
			assert(value.data[i] != '\n');
	return 0;
}
