/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as XML, loaded and redacted: a redacted document still parses and holds no
 * secret. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/xml.h"
#include "tests/fuzz/fuzz.h"

static const char *const secrets[] = { "UserPassword", "p", NULL };

static void check(const struct xml_node *n, unsigned depth)
{
	assert(depth <= DW_DEPTH_MAX);
	assert(strlen(n->text) == n->text_len);
	assert(n->name[0] != '\0' && n->line > 0);
	for (size_t i = 0; i < n->count; i++)
		check(n->children[i], depth + 1);
}

static void check_redacted(const struct xml_node *n)
{
	for (size_t i = 0; secrets[i] != NULL; i++)
		if (str_eq_nocase(n->name, secrets[i])) {
			assert(n->count == 0);
			assert(n->text_len == 0 || strcmp(n->text, "REDACTED") == 0);
		}
	for (size_t i = 0; i < n->count; i++)
		check_redacted(n->children[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = { (const char *)data, size };
	cleanup_buf struct dw_buf redacted = BUF_INIT(4 * DW_DOC_MAX);
	cleanup_xml struct xml_node *n = NULL;
	cleanup_xml struct xml_node *again = NULL;
	struct dw_err err = { 0 };
	int r = xml_load(text, DW_DOC_MAX, &n, &err);

	assert((r == 0) == (n != NULL));
	assert(xml_redact(text, DW_DOC_MAX, secrets, &redacted, NULL) == r);
	if (r < 0) {
		assert(err.code == (enum dw_code) - r && redacted.len == 0);
		return 0;
	}
	check(n, 1);
	r = xml_load(slice_of_buf(&redacted), 4 * DW_DOC_MAX, &again, NULL);
	assert(r == 0);
	check_redacted(again);
	return 0;
}
