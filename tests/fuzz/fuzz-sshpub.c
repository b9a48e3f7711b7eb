/* SPDX-License-Identifier: Apache-2.0 */
/* Key lines and blobs: whatever is accepted prints to a line that reads back to the same
 * bytes. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/sshpub.h"
#include "tests/fuzz/fuzz.h"

static void check_round_trip(const struct sshpub *k, const struct sshpub_policy *policy)
{
	cleanup_sshpub struct sshpub again = { 0 };
	cleanup_buf struct dw_buf line = BUF_INIT(1 << 20);
	cleanup_buf struct dw_buf line_again = BUF_INIT(1 << 20);
	struct dw_err err = { 0 };

	assert(k->type < SSHPUB_TYPE_MAX_ && k->bits > 0 &&
	       k->blob_len <= DW_KEY_BLOB_MAX);
	assert(text_check(slice_of(k->comment), TEXT_LINE, DW_KEY_COMMENT_MAX, NULL) ==
	       0);
	if (sshpub_print(k, &line, &err) < 0) {
		assert(err.code == DW_TOO_BIG);
		return;
	}
	assert(memchr(line.data, '\n', line.len) == NULL);
	assert(memchr(line.data, '\0', line.len) == NULL);
	assert(sshpub_parse_line(slice_of_buf(&line), policy, &again, &err) == 0);
	assert(sshpub_same(k, &again) && k->type == again.type && k->bits == again.bits);
	assert(sshpub_print(&again, &line_again, &err) == 0);
	assert(line.len == line_again.len &&
	       memcmp(line.data, line_again.data, line.len) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct sshpub_policy policies[] = {
		{ .min_rsa_bits = 2048, .may_have_options = false },
		{ .min_rsa_bits = 1024, .may_have_options = true },
	};
	struct slice in = { (const char *)data, size };
	int verdicts[ARRAY_LEN(policies)];
	struct dw_err err = { 0 };

	assert(sshpub_options_len(in) <= size);
	for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
		cleanup_sshpub struct sshpub k = { 0 };

		/* The message is looked at once: printing it costs more than finding it.
		 */
		verdicts[i] =
			sshpub_parse_line(in, &policies[i], &k, i == 0 ? &err : NULL);
		if (verdicts[i] == 0)
			check_round_trip(&k, &policies[i]);
		else
			assert(k.blob == NULL && (i > 0 || err.message[0] != '\0'));
	}
	assert(verdicts[0] < 0 || verdicts[1] == 0); /* the strict one takes no more */

	if (size > 4 && data[0] == 0) {
		cleanup_sshpub struct sshpub k = { 0 };

		if (sshpub_from_blob(in, (struct slice){ 0 }, &policies[1], &k, &err) ==
		    0)
			check_round_trip(&k, &policies[1]);
	}
	return 0;
}
