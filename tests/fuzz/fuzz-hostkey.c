/* SPDX-License-Identifier: Apache-2.0 */
/* Private host key files, as they are and with the armour put around raw bytes. */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/hostkey.h"
#include "tests/fuzz/fuzz.h"

static void read_file(struct slice in)
{
	cleanup_sshpub struct sshpub k = { 0 };
	struct dw_err err = { 0 };

	if (hostkey_public_of(in, &k, &err) == 0)
		assert(k.blob_len > 0 && k.bits > 0 && k.options == NULL);
	else
		assert(err.message[0] != '\0' && k.blob == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_buf struct dw_buf file = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	struct slice in = { (const char *)data, size };

	read_file(in);
	if (size > DW_HOSTKEY_FILE_MAX / 2 || (size > 0 && data[0] == '-'))
		return 0;
	assert(buf_append_str(&file, "-----BEGIN OPENSSH PRIVATE KEY-----\n", NULL) == 0);
	assert(base64_encode(in, &file, NULL) == 0);
	assert(buf_append_str(&file, "\n-----END OPENSSH PRIVATE KEY-----\n", NULL) == 0);
	read_file(slice_of_buf(&file));
	return 0;
}
