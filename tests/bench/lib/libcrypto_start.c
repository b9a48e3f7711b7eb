/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a program with libcrypto can do: start, and digest three bytes with
 * SHA-256. */
#include <openssl/evp.h>

int main(void)
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	return EVP_Digest("abc", 3, digest, &len, EVP_sha256(), NULL) == 1 && len == 32
		       ? 0
		       : 1;
}
