/* SPDX-License-Identifier: Apache-2.0 */
/* The record: every state comes back, no other spelling is accepted, the limits hold. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/base64.h"
#include "model/record.h"

#define ALICE                                                             \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICv/5IUQDVuRXv2qEXk9+kp3mj/" \
	"jTLZnmoNk/eH3F+VT alice"
#define BOB                                                                                 \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIG6ukdXJaAseDT4b4co84YwFYOhVbj0Gxq7aLMh1J27V " \
	"C:\\bob"

/* Each kind of line once, in the order of docs/record.md. */
static const char whole[] =
	"doorward-record 1\n"
	"platform: azure\n"
	"detected_by: chassis asset tag\n"
	"machine_uuid: 02aab8a4-74ef-476e-8182-f6d2ba4166a6\n"
	"instance_id: 02aab8a4-74ef-476e-8182-f6d2ba4166a6\n"
	"is_partial: yes\n"
	"id_is_placeholder: yes\n"
	"hostname: myvm\n"
	"fqdn: myvm.example.org\n"
	"region: westeurope\n"
	"zone:\n"
	"userdata_kind: cloud-config\n"
	"userdata_bytes: 120\n"
	"disable_root: yes\n"
	"password_authentication: no\n"
	"ssh_deletekeys: yes\n"
	"ssh_genkeytypes: ed25519\n"
	"ssh_genkeytypes: rsa\n"
	"walls.uid: yes\n"
	"walls.landlock: 2\n"
	"walls.seccomp: yes\n"
	"remarks_dropped: 3\n"
	"user: azureuser\n"
	"user.default: yes\n"
	"user.gecos: J\xc3\xbcrgen \\\\ Co\n"
	"user.shell: /bin/bash\n"
	"user.primary_group: users\n"
	"user.groups: adm\n"
	"user.groups: sudo\n"
	"user.sudo: ALL=(ALL) NOPASSWD:ALL\n"
	"user.lock_passwd: yes\n"
	"user.admin: yes\n"
	"user.key: " ALICE "\n"
	"user.key.source: azure-imds publicKeys[0]\n"
	"user.key.expires: 1893456000\n"
	"user.key: ssh-ed25519 "
	"AAAAC3NzaC1lZDI1NTE5AAAAIG6ukdXJaAseDT4b4co84YwFYOhVbj0Gxq7aLMh1J27V"
	" C:\\\\bob\n"
	"user.key.source:\n"
	"user: carol\n"
	"user.groups:\n"
	"user.sudo:\n"
	"user.admin: no\n"
	"user.keys:\n"
	"remark: refused\n"
	"remark.source: azure-imds publicKeys[2]\n"
	"remark.reason: RSA of 1024 bits\n"
	"remark.advice: make one of 3072 bits\n"
	"remark: note\n"
	"remark.source:\n"
	"remark.reason: x\n"
	"remark.advice:\n"
	"kept: ovf-env.xml\n"
	"kept.data: <a>\\n\n"
	"kept.data: \\t<b/>\\x0d\\n\n"
	"kept.data: </a>\n"
	"end 54\n";

static void load(struct slice text, struct instance *ret)
{
	struct dw_err err = { 0 };

	if (record_read(text, ret, &err) < 0)
		fail_msg("%s", err.message);
}

static void test_reads_each_line(unused_arg void **state)
{
	cleanup_instance struct instance i;
	const struct user *u;

	load(slice_of(whole), &i);
	assert_string_equal(field_text(&i.platform), "azure");
	assert_true(i.is_partial);
	assert_true(i.id_is_placeholder);
	assert_int_equal(i.zone.state, FIELD_EMPTY);
	assert_int_equal(i.userdata_bytes, 120);
	assert_int_equal(i.disable_root, TRI_YES);
	assert_int_equal(i.password_authentication, TRI_NO);
	assert_int_equal(i.ssh_genkeytypes.count, 2);
	assert_true(i.walls.uid && i.walls.seccomp);
	assert_int_equal(i.walls.landlock, 2);
	assert_int_equal(i.remarks_dropped, 3);
	assert_int_equal(i.users_count, 2);

	u = instance_find_user(&i, "azureuser");
	assert_true(u->is_default);
	assert_string_equal(field_text(&u->gecos), "J\xc3\xbcrgen \\ Co");
	assert_int_equal(u->keys.state, FIELD_SET);
	assert_string_equal(u->keys.items[0].line, ALICE);
	assert_int_equal(u->keys.items[0].expires, 1893456000);
	assert_string_equal(u->keys.items[1].line, BOB);
	assert_string_equal(u->keys.items[1].source, "");
	assert_int_equal(u->keys.items[1].expires, 0);

	u = instance_find_user(&i, "carol");
	assert_false(u->is_default);
	assert_int_equal(u->gecos.state, FIELD_UNSET);
	assert_int_equal(u->groups.state, FIELD_EMPTY);
	assert_int_equal(u->sudo.state, FIELD_EMPTY);
	assert_int_equal(u->lock_passwd, TRI_UNSET);
	assert_int_equal(u->admin, TRI_NO);
	assert_int_equal(u->keys.state, FIELD_EMPTY);

	assert_int_equal(i.remarks_count, 2);
	assert_int_equal(i.remarks[0].kind, REMARK_REFUSED);
	assert_string_equal(i.remarks[0].advice, "make one of 3072 bits");
	assert_int_equal(i.kept_count, 1);
	assert_string_equal(i.kept[0].data, "<a>\n\t<b/>\r\n</a>");
}

static void test_writes_the_same_bytes(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i;

	load(slice_of(whole), &i);
	assert_int_equal(record_write(&i, &b, NULL), 0);
	assert_string_equal(b.data, whole);
}

static void test_unset_is_absent(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i, back;

	instance_init(&i);
	assert_int_equal(record_write(&i, &b, NULL), 0);
	assert_string_equal(b.data, "doorward-record 1\nend 1\n");
	load(slice_of_buf(&b), &back);
	assert_int_equal(back.platform.state, FIELD_UNSET);
	assert_int_equal(back.ssh_genkeytypes.state, FIELD_UNSET);
	assert_int_equal(back.disable_root, TRI_UNSET);
	assert_false(back.walls.uid);
}

/* Every line left out, doubled, swapped with the next one: the count made right each
 * time. */
static void with_end(struct dw_buf *b, size_t lines)
{
	assert_int_equal(buf_printf(b, NULL, "end %zu\n", lines), 0);
}

static size_t cut(struct slice *lines)
{
	struct slice rest = SLICE(whole);
	size_t n = 0;

	while (n < 100 && slice_next_line(&rest, &lines[n]))
		n++;
	return n - 1; /* without the end */
}

static void put(struct dw_buf *b, struct slice line)
{
	assert_int_equal(buf_append(b, line.data, line.len, NULL), 0);
	assert_int_equal(buf_append_byte(b, '\n', NULL), 0);
}

/* Accepted or not, reading never invents a second spelling. */
static bool is_accepted(const struct dw_buf *b)
{
	cleanup_buf struct dw_buf again = BUF_INIT(DW_RECORD_MAX);
	struct dw_err err = { 0 };
	struct instance i;

	if (record_read(slice_of_buf(b), &i, &err) < 0) {
		assert_int_equal(err.code, DW_MALFORMED);
		return false;
	}
	assert_int_equal(record_write(&i, &again, NULL), 0);
	instance_done(&i);
	assert_int_equal(again.len, b->len);
	assert_memory_equal(again.data, b->data, b->len);
	return true;
}

static void test_lines_doubled_or_swapped(unused_arg void **state)
{
	struct slice lines[100];
	size_t count = cut(lines);

	for (size_t at = 0; at < count; at++) {
		cleanup_buf struct dw_buf doubled = BUF_INIT(DW_RECORD_MAX);
		cleanup_buf struct dw_buf swapped = BUF_INIT(DW_RECORD_MAX);
		cleanup_buf struct dw_buf without = BUF_INIT(DW_RECORD_MAX);

		for (size_t n = 0; n < count; n++) {
			put(&doubled, lines[n]);
			if (n == at)
				put(&doubled, lines[n]);
			if (n != at)
				put(&without, lines[n]);
			put(&swapped, n == at && at + 1 < count ? lines[n + 1]
				      : n == at + 1		? lines[at]
								: lines[n]);
		}
		with_end(&doubled, count + 1);
		with_end(&without, count - 1);
		with_end(&swapped, count);
		/* Pieces of a kept document may repeat. */
		if (is_accepted(&doubled))
			assert_true(slice_starts_with(lines[at], "kept.data: "));
		(void)is_accepted(&swapped); /* asserts on its own */
		(void)is_accepted(&without);
	}
}

static void test_torn_at_each_byte(unused_arg void **state)
{
	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		struct instance i;
		struct dw_err err = { 0 };

		assert_int_equal(record_read((struct slice){ whole, len }, &i, &err),
				 -DW_MALFORMED);
	}
}

static void test_other_spellings(unused_arg void **state)
{
	static const struct {
		const char *text, *message;
	} rows[] = {
		{ "", "record line 1: does not begin with \"doorward-record 1\"" },
		{ "doorward-record 2\nend 1\n", "record line 1: does not begin with" },
		{ "doorward-record 1\r\nend 1\n", "record line 1: does not begin with" },
		{ "doorward-record 1\n\nend 2\n", "record line 2: neither" },
		{ "doorward-record 1\nend 1", "record line 2: the record is torn" },
		{ "doorward-record 1\nend 1\r\n", "record line 2: a byte" },
		{ "doorward-record 1\nend 2\n", "record line 2: the count" },
		{ "doorward-record 1\nend 01\n", "record line 2: the count" },
		{ "doorward-record 1\nend  1\n", "record line 2: the count" },
		{ "doorward-record 1\nend: 1\n", "record line 2: unknown" },
		{ "doorward-record 1\nend 1\n\n", "record line 2: something follows" },
		{ "doorward-record 1\nend 1\nend 1\n",
		  "record line 2: something follows" },
		{ "doorward-record 1\nplatform:azure\nend 2\n",
		  "record line 2: one blank" },
		{ "doorward-record 1\nplatform: \nend 2\n", "record line 2: one blank" },
		{ "doorward-record 1\nplatform:  azure\nend 2\n", "platform: " },
		{ "doorward-record 1\nPlatform: azure\nend 2\n",
		  "record line 2: unknown" },
		{ "doorward-record 1\n platform: azure\nend 2\n",
		  "record line 2: unknown" },
		{ "doorward-record 1\nwhat: ever\nend 2\n", "record line 2: unknown" },
		{ "doorward-record 1\ndetected_by: \\x41\nend 2\n",
		  "record line 2: needless" },
		{ "doorward-record 1\ndetected_by: \\x5c\nend 2\n",
		  "record line 2: needless" },
		{ "doorward-record 1\ndetected_by: a\\\nend 2\n",
		  "record line 2: bad escape" },
		{ "doorward-record 1\ndetected_by: a\\nb\nend 2\n",
		  "record line 2: a byte" },
		{ "doorward-record 1\ndetected_by: a\tb\nend 2\n",
		  "record line 2: a byte" },
		{ "doorward-record 1\ndetected_by: \xff\nend 2\n",
		  "record line 2: a byte" },
		{ "doorward-record 1\ndetected_by: \xc2\x9b\nend 2\n",
		  "record line 2: a byte" },
		{ "doorward-record 1\nuserdata_bytes: 0\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nuserdata_bytes: 01\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nuserdata_bytes: -1\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nuserdata_bytes:\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nuserdata_bytes: 18446744073709551616\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nwalls.landlock: 4294967296\nend 2\n",
		  "record line 2: not a number" },
		{ "doorward-record 1\nwalls.uid: no\nend 2\n",
		  "record line 2: must be yes" },
		{ "doorward-record 1\nwalls.uid: true\nend 2\n",
		  "record line 2: neither yes" },
		{ "doorward-record 1\ndisable_root:\nend 2\n",
		  "record line 2: neither yes" },
		{ "doorward-record 1\nssh_genkeytypes:\nssh_genkeytypes: rsa\nend 3\n",
		  "record line 3: unknown" },
		{ "doorward-record 1\nssh_genkeytypes: rsa\nssh_genkeytypes:\nend 3\n",
		  "record line 3: an empty item" },
		{ "doorward-record 1\nssh_genkeytypes: rsa\nssh_genkeytypes: rsa\nend 3\n",
		  "ssh_genkeytypes: \"rsa\" is there twice" },
		{ "doorward-record 1\nuser:\nend 2\n", "user 0: empty login name" },
		{ "doorward-record 1\nuser: ../x\nend 2\n", "user 0: login name" },
		{ "doorward-record 1\nuser: a\nuser: a\nend 3\n",
		  "record line 3: this user" },
		{ "doorward-record 1\nuser: a\nuser.keys: x\nend 3\n",
		  "record line 3: stands" },
		{ "doorward-record 1\nuser: a\nuser.keys:\nuser.key: x\nend 4\n",
		  "record line 4: unknown" },
		{ "doorward-record 1\nuser: a\nuser.key: " ALICE "\nend 3\n",
		  "record line 4: a key without" },
		{ "doorward-record 1\nuser: a\nuser.key: " ALICE "\nuser.key.source: x\n"
		  "user.key: " ALICE "\nuser.key.source: y\nend 6\n",
		  "record line 5: this key is there twice" },
		{ "doorward-record 1\nuser: a\nuser.key: x\nuser.key.source: y\nend 4\n",
		  "user 0: key 0: " },
		{ "doorward-record 1\nuser: a\nuser.key: " ALICE "\nuser.key.source: x\n"
		  "user.key.expires: 9223372036854775808\nend 5\n",
		  "record line 5: not a number" },
		{ "doorward-record 1\nremark: what\nend 2\n",
		  "record line 2: unknown kind" },
		{ "doorward-record 1\nremark: note\nremark.source:\nremark.advice:\nend 4\n",
		  "record line 4: a remark is" },
		{ "doorward-record 1\nkept: a/b\nend 2\n", "kept: file name" },
		{ "doorward-record 1\nkept: a\nkept.data:\nend 3\n",
		  "record line 3: a document cut" },
		{ "doorward-record 1\nkept: a\nkept.data: x\nkept.data: y\nend 4\n",
		  "record line 4: a document cut" },
		{ "doorward-record 1\nkept: a\nkept.data: x\\ny\nend 3\n",
		  "record line 3: a document cut" },
		{ "doorward-record 1\nkept: a\nkept: a\nend 3\n",
		  "kept: a is there twice" },
		{ "doorward-record 1\nfailure: DW_OK\nend 2\n",
		  "record line 2: unknown error" },
		{ "doorward-record 1\nfailure: DW_GONE\nend 2\n",
		  "record line 3: a failure is" },
	};

	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		struct dw_err err = { 0 };
		struct instance i;

		if (record_read(slice_of(rows[n].text), &i, &err) != -DW_MALFORMED ||
		    strstr(err.message, rows[n].message) != err.message)
			fail_msg("%s\ngave: %s", rows[n].text, err.message);
	}
}

static void test_nul_is_no_end(unused_arg void **state)
{
	static const char text[] = "doorward-record 1\ndetected_by: a\0b\nend 2\n";
	struct instance i;

	assert_int_equal(record_read((struct slice){ text, sizeof(text) - 1 }, &i, NULL),
			 -DW_MALFORMED);
}

static void test_line_limit(unused_arg void **state)
{
	for (size_t len = DW_RECORD_LINE_MAX - 1; len <= DW_RECORD_LINE_MAX + 1; len++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
		struct dw_err err = { 0 };
		struct instance i;

		assert_int_equal(
			buf_append_str(&b, "doorward-record 1\ndetected_by: ", NULL), 0);
		for (size_t n = strlen("detected_by: "); n < len; n++)
			assert_int_equal(buf_append_byte(&b, 'x', NULL), 0);
		assert_int_equal(buf_append_str(&b, "\nend 2\n", NULL), 0);
		/* A shorter line gets as far as the rule for its value. */
		assert_int_equal(record_read(slice_of_buf(&b), &i, &err),
				 len <= DW_RECORD_LINE_MAX ? -DW_TOO_BIG : -DW_MALFORMED);
	}
}

static void test_kept_documents_of_any_bytes(unused_arg void **state)
{
	static char data[3 * 2048 + 7];
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i, back;

	for (size_t n = 0; n < sizeof(data); n++)
		data[n] = (char)(n * 7 + n / 300);
	memset(data + 2000, 'x', 2500); /* longer than a piece, without newline */
	memcpy(data + 4095, "\xc3\xa9", 2);
	instance_init(&i);
	assert_int_equal(
		instance_keep(&i, "bytes", (struct slice){ data, sizeof(data) }, NULL),
		0);
	assert_int_equal(instance_keep(&i, "empty", SLICE(""), NULL), 0);
	assert_int_equal(record_write(&i, &b, NULL), 0);
	load(slice_of_buf(&b), &back);
	assert_int_equal(back.kept[0].len, sizeof(data));
	assert_memory_equal(back.kept[0].data, data, sizeof(data));
	assert_int_equal(back.kept[1].len, 0);
	assert_true(is_accepted(&b));
}

static void test_failure_comes_back(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	struct dw_err failure, back = { 0 };
	struct instance i;

	(void)dw_fail_errno(&failure, ETIMEDOUT, "no answer from \"%s\"\\", "x");
	assert_int_equal(record_write_failure(&failure, &b, NULL), 0);
	assert_int_equal(record_read(slice_of_buf(&b), &i, &back), -DW_TIMEOUT);
	assert_int_equal(back.code, failure.code);
	assert_int_equal(back.sys_errno, ETIMEDOUT);
	assert_string_equal(back.where, failure.where);
	assert_string_equal(back.message, failure.message);
	assert_int_equal(record_read(slice_of_buf(&b), &i, NULL), -DW_TIMEOUT);
}

static void test_each_code_comes_back(unused_arg void **state)
{
	for (int code = DW_OK + 1; code < DW_CODE_MAX_; code++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
		struct dw_err failure, back = { 0 };
		struct instance i;

		(void)dw_fail(&failure, (enum dw_code)code, "%s", "");
		assert_int_equal(record_write_failure(&failure, &b, NULL), 0);
		assert_int_equal(record_read(slice_of_buf(&b), &i, &back), -code);
		assert_string_equal(back.message, "");
	}
}

static void test_longest_failure_message(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	char text[2 * DW_ERR_MESSAGE_MAX];
	struct dw_err failure, back = { 0 };
	struct instance i;

	/* Two-byte characters from an odd offset: the cut falls into one of them. */
	for (size_t n = 0; n + 1 < sizeof(text); n++)
		text[n] = n == 0 ? 'x' : n % 2 == 1 ? '\xc3' : '\xa9';
	text[sizeof(text) - 1] = '\0';
	(void)dw_fail(&failure, DW_FAILED, "%s", text);
	assert_int_equal(record_write_failure(&failure, &b, NULL), 0);
	assert_int_equal(record_read(slice_of_buf(&b), &i, &back), -DW_FAILED);
	assert_string_equal(back.message, failure.message);
}

/* A canonical Ed25519 line for each N; the bytes are no one's key, which nobody checks
 * here. */
static void make_key(uint32_t n, struct dw_buf *ret)
{
	cleanup_buf struct dw_buf blob = BUF_INIT(100);
	uint8_t point[32] = { 9 };

	memcpy(point + 4, &n, sizeof(n));
	assert_int_equal(buf_put_string(&blob, "ssh-ed25519", 11, NULL), 0);
	assert_int_equal(buf_put_string(&blob, point, sizeof(point), NULL), 0);
	buf_clear(ret);
	assert_int_equal(buf_append_str(ret, "ssh-ed25519 ", NULL), 0);
	assert_int_equal(base64_encode(slice_of_buf(&blob), ret, NULL), 0);
}

static void test_twenty_thousand_keys_and_all_users(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX), key = BUF_INIT(1000);
	cleanup_instance struct instance i;
	struct user *u = NULL;
	char name[16];

	instance_init(&i);
	for (uint32_t n = 0; n < DW_USERS_MAX; n++) {
		(void)snprintf(name, sizeof(name), "u%u", n);
		assert_int_equal(instance_user(&i, slice_of(name), &u, NULL), 0);
	}
	for (uint32_t n = 0; n < DW_KEYS_MAX; n++) {
		make_key(n, &key);
		assert_int_equal(
			user_add_key(u, slice_of_buf(&key), SLICE("test"), 0, NULL), 0);
	}
	assert_int_equal(record_write(&i, &b, NULL), 0);
	assert_true(is_accepted(&b));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_each_line),
		cmocka_unit_test(test_writes_the_same_bytes),
		cmocka_unit_test(test_unset_is_absent),
		cmocka_unit_test(test_lines_doubled_or_swapped),
		cmocka_unit_test(test_torn_at_each_byte),
		cmocka_unit_test(test_other_spellings),
		cmocka_unit_test(test_nul_is_no_end),
		cmocka_unit_test(test_line_limit),
		cmocka_unit_test(test_kept_documents_of_any_bytes),
		cmocka_unit_test(test_failure_comes_back),
		cmocka_unit_test(test_each_code_comes_back),
		cmocka_unit_test(test_longest_failure_message),
		cmocka_unit_test(test_twenty_thousand_keys_and_all_users),
	};

	return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
