/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata values: each gets an answer, each key taken is one that a line can carry. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/keyvalue.h"
#include "tests/fuzz/fuzz.h"

static const struct sshpub_policy policy = { .min_rsa_bits = 1024,
					     .may_have_options = true };

static void check_text(const char *text)
{
	assert(text != NULL && text[0] != '\0');
	for (const char *p = text; *p != '\0'; p++)
		assert((unsigned char)*p >= 0x20);
}

static int on_key(void *ctx, const struct sshpub *key, struct dw_err *err)
{
	cleanup_buf struct dw_buf line = BUF_INIT(1 << 20);
	cleanup_sshpub struct sshpub again = { 0 };

	++*(unsigned *)ctx;
	if (sshpub_print(key, &line, err) == 0) {
		assert(sshpub_parse_line(slice_of_buf(&line), &policy, &again, err) == 0);
		assert(sshpub_same(key, &again));
	}
	return 0;
}

static int on_refusal(void *ctx, const char *reason, const char *advice,
		      unused_arg struct dw_err *err)
{
	++*(unsigned *)ctx;
	check_text(reason);
	check_text(advice);
	return 0;
}

static int on_note(unused_arg void *ctx, const char *text, unused_arg struct dw_err *err)
{
	check_text(text);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned answers = 0;
	struct keyvalue_sink sink = { &answers, on_key, on_refusal, on_note };
	struct dw_err err = { 0 };

	assert(keyvalue_read((struct slice){ (const char *)data, size }, &policy, &sink,
			     &err) == 0);
	assert(answers > 0);
	return 0;
}
