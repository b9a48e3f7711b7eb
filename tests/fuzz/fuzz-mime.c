/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a MIME message: parts within their limits, never more bytes than came in.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/mime.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	cleanup_mime_parts struct mime_parts p = { 0 };
	struct dw_err err = { 0 };
	size_t bytes = 0;
	int r = mime_read(text, DW_DOC_MAX, &p, &err);

	assert(r == 0 || (p.count == 0 && err.code == (enum dw_code) - r));
	assert(p.count <= DW_MIME_PARTS);
	for (size_t i = 0; i < p.count; i++) {
		const struct mime_part *part = &p.items[i];

		assert(text_check(slice_of(part->type), TEXT_WORD, 127, NULL) == 0);
		assert(part->filename == NULL ||
		       text_check(slice_of(part->filename), TEXT_LINE, 255, NULL) == 0);
		assert(part->data[part->len] == '\0');
		bytes += part->len;
	}
	assert(bytes <= size);
	(void)mime_is_message(text); /* must only not crash */
	return 0;
}
