/* SPDX-License-Identifier: Apache-2.0 */
/* Fingerprints byte for byte as ssh-keygen prints them, for fresh keys of every kind. */
#include "tests/unit/codec/tool.h"

#include "codec/base64.h"
#include "codec/fingerprint.h"

static const struct sshpub_policy policy = { .min_rsa_bits = 1024,
					     .may_have_options = false };

static const char *const kinds[] = {
	"-t ed25519 -C ''",
	"-t ed25519 -C 'me@host'",
	"-t ecdsa -b 256 -C 'a b  c'",
	"-t ecdsa -b 384",
	"-t ecdsa -b 521",
	"-t rsa -b 1024",
	"-t rsa -b 2048",
	"-t ed25519 -C 'caf\xc3\xa9'",
};

static void make_key(const char *arguments, struct sshpub *ret)
{
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);

	assert_int_equal(tool(&line,
			      "rm -f k k.pub; ssh-keygen -q -N '' -f k %s && cat k.pub",
			      arguments),
			 0);
	assert_int_equal(sshpub_parse_line(tool_line(&line), &policy, ret, NULL), 0);
}

/* OURS must be what COMMAND prints, but for the newline at its end. */
static void assert_tool_says(const char *command, const struct dw_buf *ours)
{
	cleanup_buf struct dw_buf theirs = BUF_INIT(TOOL_MAX);

	assert_int_equal(tool(&theirs, "%s", command), 0);
	assert_int_equal(buf_append_byte(&theirs, '\n', NULL), 0);
	assert_int_equal(tool_line(&theirs).len, ours->len);
	assert_memory_equal(theirs.data, ours->data, ours->len);
}

static void check_kind(const char *arguments)
{
	cleanup_sshpub struct sshpub k = { 0 };
	cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);

	make_key(arguments, &k);
	assert_int_equal(fingerprint_line(&k, FINGERPRINT_SHA256, &b, NULL), 0);
	assert_tool_says("ssh-keygen -lf k.pub", &b);
	assert_int_equal(buf_append_byte(&b, '\n', NULL), 0);
	assert_int_equal(fingerprint_randomart(&k, &b, NULL), 0);
	assert_tool_says("ssh-keygen -lvf k.pub", &b);
	buf_clear(&b);
	assert_int_equal(fingerprint_line(&k, FINGERPRINT_MD5, &b, NULL), 0);
	assert_tool_says("ssh-keygen -E md5 -lf k.pub", &b);
	buf_clear(&b);
	assert_int_equal(fingerprint_line(&k, FINGERPRINT_SHA1, &b, NULL), 0);
	assert_tool_says("ssh-keygen -E sha1 -lf k.pub", &b);
	buf_clear(&b);
	assert_int_equal(fingerprint_short(&k, FINGERPRINT_SHA256, &b, NULL), 0);
	assert_tool_says("ssh-keygen -lf k.pub | cut -d' ' -f2", &b);
	buf_clear(&b);
	assert_int_equal(fingerprint_sshfp(&k, "vm1.example.com", &b, NULL), 0);
	assert_tool_says("ssh-keygen -r vm1.example.com -f k.pub", &b);
}

static void test_as_ssh_keygen(unused_arg void **state)
{
	tool_need("ssh-keygen");
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		check_kind(kinds[i]);
}

/* Pictures differ a lot, keys of one kind are cheap: walls, corners and long stays are
 * met. */
static void test_many_pictures(unused_arg void **state)
{
	tool_need("ssh-keygen");
	for (unsigned i = 0; i < 40; i++) {
		cleanup_sshpub struct sshpub k = { 0 };
		cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);

		make_key("-t ed25519", &k);
		assert_int_equal(fingerprint_randomart(&k, &b, NULL), 0);
		assert_tool_says("ssh-keygen -lvf k.pub | tail -n 11", &b);
	}
}

/* What ssh-keygen -F finds is what ssh would believe. */
static void test_known_hosts_is_found(unused_arg void **state)
{
	static const struct {
		const char *host;
		unsigned port;
		const char *asked;
	} rows[] = {
		{ "vm1.example.com", 22, "vm1.example.com" },
		{ "vm1.example.com", 2222, "[vm1.example.com]:2222" },
		{ "192.0.2.7", 22, "192.0.2.7" },
		{ "2001:db8::1", 22, "2001:db8::1" },
		{ "2001:db8::1", 65535, "[2001:db8::1]:65535" },
	};
	cleanup_sshpub struct sshpub k = { 0 };

	tool_need("ssh-keygen");
	make_key("-t ecdsa", &k);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);

		assert_int_equal(
			fingerprint_known_hosts(&k, rows[i].host, rows[i].port, &b, NULL),
			0);
		assert_null(strchr(b.data, '\n'));
		tool_write("known_hosts", slice_of_buf(&b));
		assert_int_equal(tool(NULL,
				      "ssh-keygen -F '%s' -f known_hosts | grep -q ecdsa",
				      rows[i].asked),
				 0);
		assert_int_equal(tool(NULL, "test \"$(cut -d' ' -f2- known_hosts)\" = "
					    "\"$(cut -d' ' -f1,2 k.pub)\""),
				 0);
	}
}

static void test_names_that_could_be_misread(unused_arg void **state)
{
	static const char *const names[] = {
		"",  "a b", "a\nb", "#a",  "@revoked", "|1|x",	      "a,b",
		"*", "a?",  "!a",   "a;b", "\"a",      "caf\xc3\xa9",
	};
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	tool_example("ed25519.pub", &line);
	assert_int_equal(sshpub_parse_line(tool_line(&line), &policy, &k, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_int_equal(fingerprint_known_hosts(&k, names[i], 22, &b, NULL),
				 -DW_MALFORMED);
		assert_int_equal(fingerprint_sshfp(&k, names[i], &b, NULL),
				 -DW_MALFORMED);
	}
	assert_int_equal(fingerprint_known_hosts(&k, "a", 0, &b, NULL), -DW_MALFORMED);
	assert_int_equal(fingerprint_known_hosts(&k, "a", 65536, &b, NULL),
			 -DW_MALFORMED);
	assert_int_equal(b.len, 0);
}

/* A security key, made by hand, as ssh-keygen sees it; there is no SSHFP number for it.
 */
static void test_security_key(unused_arg void **state)
{
	static const char head[] = "\0\0\0\x1ask-ssh-ed25519@openssh.com\0\0\0\x20";
	cleanup_buf struct dw_buf blob = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf line = BUF_INIT(TOOL_MAX);
	cleanup_buf struct dw_buf b = BUF_INIT(TOOL_MAX);
	cleanup_sshpub struct sshpub k = { 0 };

	tool_need("ssh-keygen");
	assert_int_equal(buf_append(&blob, head, sizeof(head) - 1, NULL), 0);
	for (uint8_t i = 0; i < 32; i++)
		assert_int_equal(buf_append_byte(&blob, i, NULL), 0);
	assert_int_equal(buf_put_string(&blob, "ssh:", 4, NULL), 0);
	assert_int_equal(
		sshpub_from_blob(slice_of_buf(&blob), SLICE("token"), &policy, &k, NULL),
		0);
	assert_int_equal(sshpub_print(&k, &line, NULL), 0);
	tool_write("k.pub", slice_of_buf(&line));
	assert_int_equal(fingerprint_line(&k, FINGERPRINT_SHA256, &b, NULL), 0);
	assert_int_equal(buf_append_byte(&b, '\n', NULL), 0);
	assert_int_equal(fingerprint_randomart(&k, &b, NULL), 0);
	assert_tool_says("ssh-keygen -lvf k.pub", &b);
	assert_int_equal(fingerprint_sshfp(&k, "host", &b, NULL), -DW_UNSUPPORTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_that_could_be_misread),
		cmocka_unit_test(test_as_ssh_keygen),
		cmocka_unit_test(test_many_pictures),
		cmocka_unit_test(test_known_hosts_is_found),
		cmocka_unit_test(test_security_key),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
