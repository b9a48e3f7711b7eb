/* SPDX-License-Identifier: Apache-2.0 */
/* DER, PEM and bundles: no byte is read beyond the end, and every block moves the walk
 * on. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/certkey.h"
#include "tests/fuzz/fuzz.h"

static const struct sshpub_policy policy = { .min_rsa_bits = 1024,
					     .may_have_options = true };

static void check_key(const struct sshpub *k)
{
	cleanup_sshpub struct sshpub again = { 0 };
	struct slice blob = { (const char *)k->blob, k->blob_len };

	assert(sshpub_from_blob(blob, (struct slice){ 0 }, &policy, &again, NULL) == 0);
	assert(sshpub_same(k, &again));
}

static void walk_der(struct slice in)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct slice certificates = { 0 }, one = { 0 };
	struct dw_err err = { 0 };

	if (certkey_from_der(in, &policy, &k, &err) == 0)
		check_key(&k);
	if (certkey_bundle(in, &certificates, &err) < 0)
		return;
	assert(certificates.len > 0);
	while (certificates.len > 0) {
		size_t before = certificates.len;
		cleanup_sshpub struct sshpub inner = { 0 };

		if (certkey_next_element(&certificates, &one, &err) == 0 &&
		    certkey_from_der(one, &policy, &inner, &err) == 0)
			check_key(&inner);
		assert(certificates.len < before);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = { (const char *)data, size }, rest = in;
	struct dw_err err = { 0 };

	if (size > DW_KEY_VALUE_MAX)
		return 0;
	walk_der(in);
	while (rest.len > 0) {
		size_t before = rest.len;
		cleanup_sshpub struct sshpub k = { 0 };

		if (certkey_next_pem(&rest, &policy, &k, &err) == 0)
			check_key(&k);
		assert(rest.len < before);
	}
	return 0;
}
