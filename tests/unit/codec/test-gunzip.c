/* SPDX-License-Identifier: Apache-2.0 */
/* gzip: whole, torn, corrupt, joined, and two kinds of bomb. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include "base/limits.h"
#include "codec/gunzip.h"

/* Appends DATA as one gzip member. */
static void pack(const void *data, size_t len, struct dw_buf *ret)
{
	z_stream z = { 0 };
	size_t room = len + 1000;
	char *to = NULL;

	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY),
			 Z_OK);
	assert_int_equal(buf_reserve(ret, room, &to, NULL), 0);
	z.next_in = (unsigned char *)(uintptr_t)data; /* deflate() only reads it */
	z.avail_in = (unsigned)len;
	z.next_out = (unsigned char *)to;
	z.avail_out = (unsigned)room;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_commit(ret, room - z.avail_out);
	assert_int_equal(deflateEnd(&z), Z_OK);
}

/* Text that hardly shrinks. */
static void fill(char *to, size_t len)
{
	uint32_t x = 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525 + 1013904223;
		to[i] = (char)(x >> 24);
	}
}

static void test_magic(unused_arg void **state)
{
	assert_true(gunzip_is_gzip(SLICE("\x1f\x8b\x08")));
	assert_false(gunzip_is_gzip(SLICE("\x1f")));
	assert_false(gunzip_is_gzip(SLICE("#cloud-config")));
}

static void test_members_are_joined(unused_arg void **state)
{
	cleanup_buf struct dw_buf in = BUF_INIT(DW_DOC_MAX), out = BUF_INIT(100);

	pack("#cloud-config\n", 14, &in);
	assert_int_equal(gunzip(slice_of_buf(&in), &out, NULL), 0);
	assert_string_equal(out.data, "#cloud-config\n");
	pack("", 0, &in);
	pack("a: 1\n", 5, &in);
	buf_clear(&out);
	assert_int_equal(gunzip(slice_of_buf(&in), &out, NULL), 0);
	assert_string_equal(out.data, "#cloud-config\na: 1\n");
}

static void test_ceiling_to_the_byte(unused_arg void **state)
{
	static char data[20001];

	fill(data, sizeof(data));
	for (size_t len = 19999; len <= 20001; len++) {
		cleanup_buf struct dw_buf in = BUF_INIT(DW_DOC_MAX),
					  out = BUF_INIT(20000);

		pack(data, len, &in);
		assert_int_equal(gunzip(slice_of_buf(&in), &out, NULL),
				 len <= 20000 ? 0 : -DW_TOO_BIG);
		assert_int_equal(out.len, len <= 20000 ? len : 0);
		if (len <= 20000)
			assert_memory_equal(out.data, data, len);
	}
}

static void test_ratio_bomb(unused_arg void **state)
{
	cleanup_buf struct dw_buf in = BUF_INIT(DW_USERDATA_MAX),
				  out = BUF_INIT(DW_USERDATA_MAX);
	size_t len = 1000000;
	char *zeros = calloc(1, len);
	struct dw_err err = { 0 };

	assert_non_null(zeros);
	pack(zeros, len, &in);
	assert_true(len / in.len > DW_GZIP_RATIO_MAX);
	assert_int_equal(gunzip(slice_of_buf(&in), &out, &err), -DW_TOO_BIG);
	assert_int_equal(out.len, 0);
	/* Small ones may shrink as they like. */
	buf_clear(&in);
	pack(zeros, 64000, &in);
	assert_int_equal(gunzip(slice_of_buf(&in), &out, NULL), 0);
	assert_int_equal(out.len, 64000);
	free(zeros);
}

static void test_torn_anywhere(unused_arg void **state)
{
	cleanup_buf struct dw_buf in = BUF_INIT(4000);

	pack("hello, hello, hello", 19, &in);
	for (size_t len = 0; len < in.len; len++) {
		cleanup_buf struct dw_buf out = BUF_INIT(100);

		assert_int_equal(gunzip((struct slice){ in.data, len }, &out, NULL),
				 -DW_MALFORMED);
		assert_int_equal(out.len, 0);
	}
}

static void test_any_flipped_bit_of_data_is_noticed(unused_arg void **state)
{
	cleanup_buf struct dw_buf in = BUF_INIT(4000);

	pack("hello, hello, hello", 19, &in);
	for (size_t i = 10; i < in.len;
	     i++) { /* behind the header, whose fields are free */
		cleanup_buf struct dw_buf out = BUF_INIT(100);

		in.data[i] ^= 4;
		assert_true(gunzip(slice_of_buf(&in), &out, NULL) < 0);
		in.data[i] ^= 4;
	}
}

static void test_what_follows_must_be_gzip(unused_arg void **state)
{
	static const char *const tails[] = { "x", "\n", "\x1f", "\x1f\x8b" };

	for (size_t i = 0; i < ARRAY_LEN(tails); i++) {
		cleanup_buf struct dw_buf in = BUF_INIT(4000), out = BUF_INIT(100);

		pack("a", 1, &in);
		assert_int_equal(buf_append_str(&in, tails[i], NULL), 0);
		assert_int_equal(gunzip(slice_of_buf(&in), &out, NULL), -DW_MALFORMED);
		assert_int_equal(out.len, 0);
	}
}

static void test_not_gzip(unused_arg void **state)
{
	cleanup_buf struct dw_buf out = BUF_INIT(100);

	assert_int_equal(gunzip(SLICE("#cloud-config\n"), &out, NULL), -DW_MALFORMED);
	assert_int_equal(gunzip((struct slice){ NULL, 0 }, &out, NULL), -DW_MALFORMED);
	/* A zlib stream without gzip's header and checksum is something else. */
	assert_int_equal(gunzip(SLICE("x\x9c\x03\x00\x00\x00\x00\x01"), &out, NULL),
			 -DW_MALFORMED);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_magic),
		cmocka_unit_test(test_members_are_joined),
		cmocka_unit_test(test_ceiling_to_the_byte),
		cmocka_unit_test(test_ratio_bomb),
		cmocka_unit_test(test_torn_anywhere),
		cmocka_unit_test(test_any_flipped_bit_of_data_is_noticed),
		cmocka_unit_test(test_what_follows_must_be_gzip),
		cmocka_unit_test(test_not_gzip),
	};

	return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
