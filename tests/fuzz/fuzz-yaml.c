/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a YAML document: no crash, and what is accepted keeps the tree's promises.
 */
#include <assert.h>

#include "base/limits.h"
#include "codec/yaml.h"
#include "tests/fuzz/fuzz-value.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_value struct value *v = NULL;
	struct dw_err err = { 0 };
	int r = yaml_load((struct slice){ (const char *)data, size }, DW_DOC_MAX, &v,
			  &err);

	assert((r == 0) == (v != NULL));
	if (r == 0)
		assert(fuzz_check_value(v, 0) <= DW_NODES_MAX);
	else
		assert(err.code == (enum dw_code) - r && err.message[0] != '\0');
	return 0;
}
