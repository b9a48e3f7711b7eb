/* SPDX-License-Identifier: Apache-2.0 */
/* Key options: what is accepted is printed in one spelling, and that prints as itself. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "codec/sshoption.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *once = NULL, *twice = NULL;
	struct dw_err err = { 0 };
	bool is_quoted = false;
	int r = sshoption_copy((struct slice){ (const char *)data, size }, &once, &err);

	if (r < 0) {
		assert(err.code == (enum dw_code) - r && err.message[0] != '\0');
		assert(once == NULL);
		return 0;
	}
	if (once == NULL)
		return 0;
	/* Outside of quotes nothing may end the list early for whoever splits at blanks.
	 */
	for (const char *p = once; *p != '\0'; p++) {
		assert((unsigned char)*p >= 0x20 || *p == '\t');
		if (*p == '\\' && p[1] == '"')
			p++;
		else if (*p == '"')
			is_quoted = !is_quoted;
		else
			assert(is_quoted || (*p != ' ' && *p != '\t'));
	}
	assert(!is_quoted);
	assert(sshoption_copy(slice_of(once), &twice, &err) == 0);
	assert(twice != NULL && strcmp(once, twice) == 0);
	return 0;
}
