/* SPDX-License-Identifier: Apache-2.0 */
/* Multipart user-data: parts, encodings, limits, torn and hostile messages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "codec/mime.h"

#define HEAD "Content-Type: multipart/mixed; boundary=\"==b==\"\nMIME-Version: 1.0\n\n"

static void load(const char *text, struct mime_parts *ret)
{
	struct dw_err err = { 0 };

	if (mime_read(slice_of(text), DW_USERDATA_MAX, ret, &err) < 0)
		fail_msg("%s: %s", text, err.message);
}

static void test_is_message(unused_arg void **state)
{
	assert_true(mime_is_message(SLICE("Content-Type: multipart/mixed")));
	assert_true(mime_is_message(SLICE("mime-version: 1.0")));
	assert_false(mime_is_message(SLICE("#cloud-config\n")));
	assert_false(mime_is_message(SLICE(" Content-Type: x")));
	assert_false(mime_is_message(SLICE("Content-Type")));
	assert_false(mime_is_message(SLICE("")));
}

static void test_reads_what_cloud_init_users_write(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load(HEAD "preamble is ignored\n"
		  "--==b==\n"
		  "Content-Type: Text/Cloud-Config; charset=\"us-ascii\"\n"
		  "MIME-Version: 1.0\n"
		  "Content-Transfer-Encoding: 7bit\n"
		  "Content-Disposition: attachment; filename=\"a; b.yaml\"\n"
		  "Merge-Type: list(append)+dict(recurse_array)+str()\n"
		  "\n"
		  "#cloud-config\nhostname: x\n\n"
		  "--==b==\n"
		  "Content-Type: text/x-shellscript;\n\tname=run.sh\n"
		  "\n"
		  "#!/bin/sh\n"
		  "--==b==--\n"
		  "epilogue is ignored\n",
	     &p);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.items[0].type, "text/cloud-config");
	assert_string_equal(p.items[0].filename, "a; b.yaml");
	assert_string_equal(p.items[0].merge_type,
			    "list(append)+dict(recurse_array)+str()");
	assert_string_equal(p.items[0].data, "#cloud-config\nhostname: x\n");
	assert_int_equal(p.items[0].len, 26);
	assert_int_equal(p.items[0].line, 6);
	assert_string_equal(p.items[1].type, "text/x-shellscript");
	assert_string_equal(p.items[1].filename, "run.sh");
	assert_null(p.items[1].merge_type);
	assert_string_equal(p.items[1].data, "#!/bin/sh");
}

static void test_carriage_returns(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load("Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n\r\n"
	     "x\r\ny\r\n\r\n--b--\r\n",
	     &p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.items[0].type, "a/b");
	assert_string_equal(p.items[0].data, "x\r\ny\r\n");
}

static void test_transfer_encodings(unused_arg void **state)
{
	static const struct {
		const char *encoding, *body, *decoded;
	} rows[] = {
		{ "7bit", "a=3D\n", "a=3D\n" },
		{ "8BIT", "\xc3\xa9", "\xc3\xa9" },
		{ "binary", "x", "x" },
		{ "base64", "aGVs\r\nbG8=\n", "hello" },
		{ "Base64", "", "" },
		{ "quoted-printable", "a=3Db=c3=A9", "a=b\xc3\xa9" },
		{ "quoted-printable", "soft=\nline \t\nend=\r\n", "softline\nend" },
		{ "quoted-printable", "a\r\nb\r\n", "a\nb\n" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_mime_parts struct mime_parts p = { 0 };
		cleanup_buf struct dw_buf b = BUF_INIT(1000);

		assert_int_equal(
			buf_printf(&b, NULL,
				   "Content-Type: t/x\nContent-Transfer-Encoding: "
				   "%s\n\n%s",
				   rows[i].encoding, rows[i].body),
			0);
		load(b.data, &p);
		assert_int_equal(p.count, 1);
		assert_string_equal(p.items[0].data, rows[i].decoded);
		assert_int_equal(p.items[0].len, strlen(rows[i].decoded));
	}
}

static void test_parts_without_headers_are_plain_text(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load(HEAD "--==b==\n\nx\n--==b==--", &p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.items[0].type, "text/plain");
	assert_null(p.items[0].filename);
	assert_string_equal(p.items[0].data, "x");
}

static void test_empty_multipart(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load(HEAD "--==b==--\n", &p);
	assert_int_equal(p.count, 0);
}

static void test_boundary_look_alikes_are_text(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load(HEAD
	     "--==b==\n\n--==b==x\n ---==b==\n==b==\n--==b==-\n--==b==  \n\ny\n--==b==--\n",
	     &p);
	assert_int_equal(p.count, 2);
	assert_string_equal(p.items[0].data, "--==b==x\n ---==b==\n==b==\n--==b==-");
	assert_string_equal(p.items[1].data, "y");
}

static void test_inner_multipart_is_flattened_in_order(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	load(HEAD "--==b==\n\n1\n"
		  "--==b==\nContent-Type: multipart/alternative; boundary=in\n\n"
		  "--in\n\n2\n--in\n\n3\n--in--\n"
		  "--==b==\n\n4\n--==b==--\n",
	     &p);
	assert_int_equal(p.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(p.items[i].len, 1);
		assert_int_equal(p.items[i].data[0], '1' + (int)i);
	}
}

static void test_encoded_inner_multipart(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	/* "--i\n\nx\n--i--\n" */
	load(HEAD
	     "--==b==\nContent-Type: multipart/mixed; boundary=i\n"
	     "Content-Transfer-Encoding: base64\n\nLS1pCgp4Ci0taS0tCg==\n--==b==--\n",
	     &p);
	assert_int_equal(p.count, 1);
	assert_string_equal(p.items[0].data, "x");
	assert_int_equal(p.items[0].line, 0);
}

static void test_refusals(unused_arg void **state)
{
	static const struct {
		const char *name, *text;
		int result;
		const char *message;
	} rows[] = {
		{ "torn", HEAD "--==b==\n\n#cloud-config\nssh_auth", -DW_MALFORMED,
		  "MIME: line 7: ends before its closing boundary; was it cut off?" },
		{ "no-delimiter-at-all", HEAD, -DW_MALFORMED,
		  "MIME: line 3: ends before its closing boundary; was it cut off?" },
		{ "no-boundary", "Content-Type: multipart/mixed\n\n--b--\n",
		  -DW_MALFORMED, "MIME: line 2: multipart without a usable boundary" },
		{ "empty-boundary",
		  "Content-Type: multipart/mixed; boundary=\"\"\n\n----\n", -DW_MALFORMED,
		  "MIME: line 2: multipart without a usable boundary" },
		{ "unclosed-quote",
		  "Content-Type: multipart/mixed; boundary=\"b\n\n--b--\n", -DW_MALFORMED,
		  "MIME: line 2: multipart without a usable boundary" },
		{ "header-without-colon", HEAD "--==b==\nnonsense\n\n--==b==--\n",
		  -DW_MALFORMED, "MIME: line 5: a header without colon" },
		{ "control-in-type", "Content-Type: a\x01/b\n\n", -DW_MALFORMED,
		  "MIME: line 1: bad Content-Type" },
		{ "control-in-filename", "Content-Type: a/b; name=\"x\x1b[2J\"\n\n",
		  -DW_MALFORMED, "MIME: line 1: bad file name" },
		{ "bad-base64",
		  "Content-Type: a/b\nContent-Transfer-Encoding: base64\n\n!!!!\n",
		  -DW_MALFORMED, NULL },
		{ "bad-quoted",
		  "Content-Type: a/b\nContent-Transfer-Encoding: quoted-printable\n\n=4",
		  -DW_MALFORMED, "MIME: bad escape in quoted-printable" },
		{ "uuencode",
		  "Content-Type: a/b\nContent-Transfer-Encoding: x-uuencode\n\nx",
		  -DW_UNSUPPORTED, "MIME: unknown transfer encoding \"x-uuencode\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_parts p = { 0 };
		struct dw_err err = { 0 };

		assert_int_equal(
			mime_read(slice_of(rows[i].text), DW_USERDATA_MAX, &p, &err),
			rows[i].result);
		assert_null(p.items);
		if (rows[i].message != NULL && strcmp(err.message, rows[i].message) != 0)
			fail_msg("%s: %s", rows[i].name, err.message);
	}
}

static void test_boundary_of_seventy_bytes(unused_arg void **state)
{
	char boundary[80];

	for (size_t len = 69; len <= 71; len++) {
		cleanup_mime_parts struct mime_parts p = { 0 };
		cleanup_buf struct dw_buf b = BUF_INIT(1000);

		memset(boundary, 'b', len);
		boundary[len] = '\0';
		assert_int_equal(
			buf_printf(
				&b, NULL,
				"Content-Type: multipart/mixed; boundary=%s\n\n--%s--\n",
				boundary, boundary),
			0);
		assert_int_equal(mime_read(slice_of_buf(&b), 1000, &p, NULL),
				 len <= 70 ? 0 : -DW_MALFORMED);
	}
}

static void test_part_limit(unused_arg void **state)
{
	for (size_t count = DW_MIME_PARTS - 1; count <= DW_MIME_PARTS + 1; count++) {
		cleanup_mime_parts struct mime_parts p = { 0 };
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
		struct dw_err err = { 0 };

		assert_int_equal(buf_append_str(&b, HEAD, NULL), 0);
		for (size_t i = 0; i < count; i++)
			assert_int_equal(buf_append_str(&b, "--==b==\n\nx\n", NULL), 0);
		assert_int_equal(buf_append_str(&b, "--==b==--\n", NULL), 0);
		assert_int_equal(mime_read(slice_of_buf(&b), DW_DOC_MAX, &p, &err),
				 count <= DW_MIME_PARTS ? 0 : -DW_TOO_BIG);
		assert_int_equal(p.count, count <= DW_MIME_PARTS ? count : 0);
	}
}

static void test_depth_limit(unused_arg void **state)
{
	for (unsigned depth = DW_MIME_DEPTH - 1; depth <= DW_MIME_DEPTH + 1; depth++) {
		cleanup_mime_parts struct mime_parts p = { 0 };
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);

		for (unsigned i = 0; i < depth; i++)
			assert_int_equal(
				buf_printf(&b, NULL,
					   "Content-Type: multipart/mixed; boundary=b%u\n"
					   "\n--b%u\n",
					   i, i),
				0);
		assert_int_equal(buf_append_str(&b, "\nx\n", NULL), 0);
		for (unsigned i = depth; i > 0; i--)
			assert_int_equal(buf_printf(&b, NULL, "--b%u--\n", i - 1), 0);
		assert_int_equal(mime_read(slice_of_buf(&b), DW_DOC_MAX, &p, NULL),
				 depth <= DW_MIME_DEPTH ? 0 : -DW_TOO_BIG);
	}
}

static void test_size_limit(unused_arg void **state)
{
	cleanup_mime_parts struct mime_parts p = { 0 };

	assert_int_equal(mime_read(SLICE("A: b\n\nxyz"), 8, &p, NULL), -DW_TOO_BIG);
	assert_int_equal(mime_read(SLICE("A: b\n\nxyz"), 9, &p, NULL), 0);
	assert_int_equal(mime_read((struct slice){ NULL, 0 }, 9, &p, NULL), 0);
	assert_int_equal(p.count, 2);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_message),
		cmocka_unit_test(test_reads_what_cloud_init_users_write),
		cmocka_unit_test(test_carriage_returns),
		cmocka_unit_test(test_transfer_encodings),
		cmocka_unit_test(test_parts_without_headers_are_plain_text),
		cmocka_unit_test(test_empty_multipart),
		cmocka_unit_test(test_boundary_look_alikes_are_text),
		cmocka_unit_test(test_inner_multipart_is_flattened_in_order),
		cmocka_unit_test(test_encoded_inner_multipart),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_boundary_of_seventy_bytes),
		cmocka_unit_test(test_part_limit),
		cmocka_unit_test(test_depth_limit),
		cmocka_unit_test(test_size_limit),
	};

	return cmocka_run_group_tests_name("mime", tests, NULL, NULL);
}
