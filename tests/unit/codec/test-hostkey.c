/* SPDX-License-Identifier: Apache-2.0 */
/* Host keys that we make are read by ssh-keygen, those that it makes by us, and damage is
 * seen. */
#include "tests/unit/codec/tool.h"

#include <sys/stat.h>

#include "base/limits.h"
#include "codec/base64.h"
#include "codec/hostkey.h"

static void write_private(const char *name, struct slice content)
{
	tool_write(name, content);
	assert_int_equal(tool(NULL, "chmod 600 %s", name), 0);
}

static int public_of(struct slice file, struct dw_buf *ret_line, struct dw_err *err)
{
	cleanup_sshpub struct sshpub k = { 0 };
	int r = hostkey_public_of(file, &k, err);

	if (r < 0) {
		assert_null(k.blob);
		return r;
	}
	buf_clear(ret_line);
	return sshpub_print(&k, ret_line, err);
}

/* ssh-keygen -y prints our public line, -l our bits; and its other formats can be made
 * from it. */
static void test_made_keys_are_ssh_keygens(unused_arg void **state)
{
	tool_need("ssh-keygen");
	for (const struct hostkey_kind *kind = hostkey_kinds; kind->name != NULL;
	     kind++) {
		/* RSA takes a second: once; the others often, as numbers with a zero in
		 * front are rare. */
		for (unsigned i = 0; i < (kind->type == SSHPUB_RSA ? 1 : 20); i++) {
			cleanup_buf struct dw_buf private =
				BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
			cleanup_buf struct dw_buf public = BUF_INIT(DW_KEY_LINE_MAX);
			cleanup_buf struct dw_buf theirs = BUF_INIT(TOOL_MAX);
			cleanup_buf struct dw_buf ours = BUF_INIT(TOOL_MAX);
			struct dw_err err = { 0 };
			const char *comment = i % 2 ? "" : "root@i-0abc";

			assert_int_equal(
				hostkey_make(kind, comment, &private, &public, &err), 0);
			write_private("key", slice_of_buf(&private));
			assert_int_equal(tool(&theirs, "ssh-keygen -y -f key"), 0);
			assert_string_equal(theirs.data, public.data);
			assert_int_equal(
				tool(&theirs, "ssh-keygen -lf key | cut -d' ' -f1"), 0);
			assert_int_equal(atoi(theirs.data), (int)kind->bits);
			assert_int_equal(
				tool(NULL,
				     "ssh-keygen -q -p -N '' -m PEM -f key >out 2>&1"),
				0);
			assert_int_equal(public_of(slice_of_buf(&private), &ours, &err),
					 0);
			assert_int_equal(buf_append_byte(&ours, '\n', NULL), 0);
			assert_string_equal(ours.data, public.data);
		}
	}
}

/* Every file byte as ssh-keygen writes it: its own rewriting changes the check number
 * only. */
static void test_layout_is_ssh_keygens(unused_arg void **state)
{
	cleanup_buf struct dw_buf private = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public = BUF_INIT(DW_KEY_LINE_MAX);
	cleanup_buf struct dw_buf theirs = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf a = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf b = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	enum { CHECK_AT = 98 }; /* of an Ed25519 key: both check numbers, 8 bytes */

	tool_need("ssh-keygen");
	assert_int_equal(hostkey_make(hostkey_kind_by_name("ed25519"), "me", &private,
				      &public, NULL),
			 0);
	write_private("key", slice_of_buf(&private));
	assert_int_equal(tool(NULL, "ssh-keygen -q -p -N '' -f key >out 2>&1"), 0);
	tool_read("key", &theirs);
	assert_int_equal(theirs.len, private.len);
	assert_int_equal(tool(&a, "grep -v -- ----- key | base64 -d"), 0);
	write_private("ours", slice_of_buf(&private));
	assert_int_equal(tool(&b, "grep -v -- ----- ours | base64 -d"), 0);
	assert_int_equal(a.len, b.len);
	assert_memory_equal(a.data, b.data, CHECK_AT);
	assert_memory_equal(a.data + CHECK_AT + 8, b.data + CHECK_AT + 8,
			    a.len - CHECK_AT - 8);
	assert_memory_equal(b.data + CHECK_AT, b.data + CHECK_AT + 4, 4);
	/* Lines as long as theirs. */
	assert_int_equal(tool(NULL, "awk '{ print length($0) }' key >a; "
				    "awk '{ print length($0) }' ours | cmp - a"),
			 0);
}

static void test_theirs_are_read(unused_arg void **state)
{
	static const char *const rows[] = {
		"-t ed25519",
		"-t ecdsa -b 256",
		"-t ecdsa -b 384",
		"-t ecdsa -b 521",
		"-t rsa -b 2048",
		"-t rsa -b 2048 -m PEM",
		"-t rsa -b 2048 -m PKCS8",
		"-t ecdsa -b 256 -m PEM",
		"-t ecdsa -b 521 -m PKCS8",
	};

	tool_need("ssh-keygen");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf file = BUF_INIT_SECRET(TOOL_MAX);
		cleanup_buf struct dw_buf expected = BUF_INIT(TOOL_MAX);
		cleanup_buf struct dw_buf ours = BUF_INIT(TOOL_MAX);
		struct dw_err err = { 0 };

		assert_int_equal(tool(NULL,
				      "rm -f k k.pub; ssh-keygen -q -N '' -C x -f k %s",
				      rows[i]),
				 0);
		tool_read("k", &file);
		assert_int_equal(tool(&expected, "ssh-keygen -y -f k"), 0);
		if (public_of(slice_of_buf(&file), &ours, &err) < 0)
			fail_msg("%s: %s", rows[i], err.message);
		assert_int_equal(tool_line(&expected).len, ours.len);
		assert_memory_equal(expected.data, ours.data, ours.len);
	}
}

/* openssl's Ed25519 in PKCS#8; its public half by openssl's own print. */
static void test_pkcs8_ed25519(unused_arg void **state)
{
	cleanup_buf struct dw_buf file = BUF_INIT_SECRET(TOOL_MAX);
	cleanup_buf struct dw_buf point = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	tool_need("openssl");
	assert_int_equal(tool(&file, "openssl genpkey -algorithm ED25519 | tee k"), 0);
	assert_int_equal(
		tool(&point, "openssl pkey -in k -pubout -outform DER | tail -c 32"), 0);
	assert_int_equal(hostkey_public_of(slice_of_buf(&file), &k, NULL), 0);
	assert_int_equal(k.type, SSHPUB_ED25519);
	assert_memory_equal(k.blob + k.blob_len - 32, point.data, 32);
}

static void test_what_is_no_host_key(unused_arg void **state)
{
	static const struct {
		const char *command; /* prints the file */
		int expected;
		const char *message;
	} rows[] = {
		{ ":", -DW_MALFORMED, "empty" },
		{ "echo", -DW_MALFORMED, "empty" },
		{ "head -c 411 /dev/zero", -DW_MALFORMED, "holds no key" },
		{ "echo garbage", -DW_MALFORMED, "holds no key" },
		{ "cat k.pub", -DW_MALFORMED, "holds no key" },
		{ "head -n 3 k", -DW_MALFORMED, "END line is missing" },
		{ "sed 3d k", -DW_MALFORMED, "damaged" },
		{ "sed 's/^-----END.*/-----END/' k", -DW_MALFORMED,
		  "END line is missing" },
		{ "cat enc", -DW_UNSUPPORTED, "pass phrase" },
		{ "cat encpem", -DW_UNSUPPORTED, "pass phrase" },
		{ "cat enc8", -DW_UNSUPPORTED, "pass phrase" },
		{ "head -n 5 p8", -DW_MALFORMED, "libcrypto cannot read" },
		{ "openssl genpkey -algorithm ED448", -DW_UNSUPPORTED,
		  "sshd cannot use" },
		{ "openssl ecparam -name secp256k1 -genkey -noout", -DW_UNSUPPORTED,
		  "sshd cannot use" },
		{ "openssl req -x509 -new -key p8 -subj /CN=a", -DW_MALFORMED,
		  "libcrypto cannot read" },
	};

	tool_need("ssh-keygen");
	tool_need("openssl");
	assert_int_equal(tool(NULL,
			      "rm -f k k.pub; ssh-keygen -q -N '' -t ed25519 -f k && "
			      "ssh-keygen -q -N secret -t ed25519 -f enc && "
			      "ssh-keygen -q -N secret -t ecdsa -m PEM -f encpem && "
			      "ssh-keygen -q -N secret -t ecdsa -m PKCS8 -f enc8 && "
			      "openssl genrsa -out p8 2048 2>/dev/null"),
			 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf file = BUF_INIT_SECRET(TOOL_MAX);
		cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
		struct dw_err err = { 0 };
		int r;

		assert_int_equal(tool(&file, "%s", rows[i].command), 0);
		r = public_of(slice_of_buf(&file), &line, &err);
		if (r != rows[i].expected || strstr(err.message, rows[i].message) == NULL)
			fail_msg("%s: %d %s", rows[i].command, r, err.message);
	}
}

static int read_bytes(const uint8_t *bytes, size_t len, struct sshpub *ret)
{
	cleanup_buf struct dw_buf file = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);

	assert_int_equal(
		buf_append_str(&file, "-----BEGIN OPENSSH PRIVATE KEY-----\n", NULL), 0);
	assert_int_equal(
		base64_encode((struct slice){ (const char *)bytes, len }, &file, NULL),
		0);
	assert_int_equal(
		buf_append_str(&file, "\n-----END OPENSSH PRIVATE KEY-----\n", NULL), 0);
	return hostkey_public_of(slice_of_buf(&file), ret, NULL);
}

/* One bit anywhere turned, or the end cut off: only the comment may change unseen. */
static void check_every_bit(const char *kind)
{
	cleanup_buf struct dw_buf binary = BUF_INIT_SECRET(TOOL_MAX);
	unsigned unseen = 0;
	uint8_t *bytes;

	assert_int_equal(
		tool(&binary,
		     "rm -f k k.pub; ssh-keygen -q -N '' -C comment -t %s -f k && "
		     "grep -v -- ----- k | base64 -d",
		     kind),
		0);
	bytes = (uint8_t *)binary.data;
	for (size_t bit = 0; bit < binary.len * 8; bit++) {
		cleanup_sshpub struct sshpub k = { 0 };

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (read_bytes(bytes, binary.len, &k) == 0) {
			assert_string_not_equal(k.comment, "comment");
			unseen++;
		}
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_in_range(unseen, 1, 7 * 8);
	for (size_t len = 0; len < binary.len; len++) {
		cleanup_sshpub struct sshpub k = { 0 };

		assert_true(read_bytes(bytes, len, &k) < 0);
	}
}

static void test_every_bit_counts(unused_arg void **state)
{
	tool_need("ssh-keygen");
	check_every_bit("ed25519");
	check_every_bit("ecdsa");
}

/* RSA is slow to check: a sample of bits, and two keys with their halves exchanged. */
static void test_rsa_damage(unused_arg void **state)
{
	cleanup_buf struct dw_buf binary = BUF_INIT_SECRET(TOOL_MAX);
	uint8_t *bytes;

	tool_need("ssh-keygen");
	assert_int_equal(
		tool(&binary,
		     "rm -f k k.pub; ssh-keygen -q -N '' -C '' -t rsa -b 2048 -f "
		     "k && grep -v -- ----- k | base64 -d"),
		0);
	bytes = (uint8_t *)binary.data;
	for (size_t bit = 0; bit < binary.len * 8; bit += 61) {
		cleanup_sshpub struct sshpub k = { 0 };

		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_true(read_bytes(bytes, binary.len, &k) < 0);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
}

static void test_make_refuses(unused_arg void **state)
{
	cleanup_buf struct dw_buf open_buffer = BUF_INIT(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf private = BUF_INIT_SECRET(DW_HOSTKEY_FILE_MAX);
	cleanup_buf struct dw_buf public = BUF_INIT(DW_KEY_LINE_MAX);
	cleanup_buf struct dw_buf small = BUF_INIT_SECRET(100);
	const struct hostkey_kind *kind = hostkey_kind_by_name("ed25519");
	struct dw_err err = { 0 };

	assert_null(hostkey_kind_by_name("dsa"));
	assert_int_equal(hostkey_make(kind, "x", &open_buffer, &public, &err),
			 -DW_FAILED);
	assert_int_equal(hostkey_make(kind, "a\nb", &private, &public, &err),
			 -DW_MALFORMED);
	assert_int_equal(hostkey_make(kind, "x", &small, &public, &err), -DW_TOO_BIG);
	assert_int_equal(private.len + public.len + small.len + open_buffer.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_make_refuses),
		cmocka_unit_test(test_made_keys_are_ssh_keygens),
		cmocka_unit_test(test_layout_is_ssh_keygens),
		cmocka_unit_test(test_theirs_are_read),
		cmocka_unit_test(test_pkcs8_ed25519),
		cmocka_unit_test(test_what_is_no_host_key),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_rsa_damage),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
