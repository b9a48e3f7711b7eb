/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 against RFC 4648's vectors and base64(1); strictness case by case. */
#include "tests/unit/codec/tool.h"

#include "codec/base64.h"

static void test_vectors_of_rfc_4648(unused_arg void **state)
{
	static const char *const rows[][2] = {
		{ "", "" },
		{ "f", "Zg==" },
		{ "fo", "Zm8=" },
		{ "foo", "Zm9v" },
		{ "foob", "Zm9vYg==" },
		{ "fooba", "Zm9vYmE=" },
		{ "foobar", "Zm9vYmFy" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf text = BUF_INIT(100);
		cleanup_buf struct dw_buf bytes = BUF_INIT(6);

		assert_int_equal(base64_encode(slice_of(rows[i][0]), &text, NULL), 0);
		assert_string_equal(text.data, rows[i][1]);
		assert_int_equal(base64_decode(slice_of_buf(&text), &bytes, NULL), 0);
		assert_string_equal(bytes.data, rows[i][0]);
	}
}

static void test_all_lengths_as_coreutils_does(unused_arg void **state)
{
	cleanup_buf struct dw_buf theirs = BUF_INIT(TOOL_MAX);
	char bytes[300];
	unsigned x = 1;

	tool_need("base64");
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)((x = x * 1103515245 + 12345) >> 16);
	for (size_t len = 0; len <= sizeof(bytes); len += len < 20 ? 1 : 37) {
		cleanup_buf struct dw_buf ours = BUF_INIT(TOOL_MAX);
		cleanup_buf struct dw_buf back = BUF_INIT(sizeof(bytes));

		tool_write("bytes", (struct slice){ bytes, len });
		assert_int_equal(tool(&theirs, "base64 -w 0 bytes"), 0);
		assert_int_equal(base64_encode((struct slice){ bytes, len }, &ours, NULL),
				 0);
		assert_string_equal(ours.data, theirs.data);
		assert_int_equal(base64_decode(slice_of_buf(&theirs), &back, NULL), 0);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, bytes, len);

		assert_int_equal(tool(&theirs, "base64 -w 9 bytes | sed 's/$/ \\t\\r/'"),
				 0);
		buf_clear(&back);
		assert_int_equal(
			base64_decode_wrapped(slice_of_buf(&theirs), &back, NULL), 0);
		assert_int_equal(back.len, len);
		assert_memory_equal(back.data, bytes, len);
	}
}

static void test_every_byte_alone(unused_arg void **state)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (unsigned c = 0; c < 256; c++) {
		const char *at = c != 0 ? strchr(alphabet, (int)c) : NULL;

		for (size_t place = 0; place < 12; place++) {
			char text[] = "AAAAAAAAAAAA";
			cleanup_buf struct dw_buf b = BUF_INIT(100);
			struct dw_err err = { 0 };
			char offset[32];

			text[place] = (char)c;
			if (base64_decode((struct slice){ text, 12 }, &b, &err) == 0 &&
			    at != NULL) {
				unsigned bit = (unsigned)place * 6;
				uint32_t got =
					(uint32_t)(uint8_t)b.data[bit / 8] << 8 |
					(bit / 8 + 1 < 9 ? (uint8_t)b.data[bit / 8 + 1]
							 : 0);

				assert_int_equal(got >> (10 - bit % 8) & 63,
						 at - alphabet);
				continue;
			}
			/* '=' may end the text, but not with bits of 'A' alone missing.
			 */
			if (c == '=' && place == 11) {
				assert_int_equal(b.len, 8);
				continue;
			}
			assert_null(at);
			assert_int_equal(err.code, DW_MALFORMED);
			assert_int_equal(b.len, 0);
			(void)snprintf(offset, sizeof(offset), "character %zu",
				       c == '=' && place % 4 >= 2 ? place + 1 : place);
			assert_non_null(strstr(err.message, offset));
		}
	}
}

static void test_strictness(unused_arg void **state)
{
	static const struct {
		const char *text;
		bool is_fine, is_fine_wrapped;
	} rows[] = {
		{ "Zg==", true, true },
		{ "Zg=", false, false },
		{ "Zg", false, false },
		{ "Z", false, false },
		{ "Z===", false, false },
		{ "====", false, false },
		{ "=", false, false },
		{ "Zh==", false, false }, /* stray bits */
		{ "Zm9=", false, false },
		{ "Zm8=", true, true },
		{ "Zg==Zg==", false, false },
		{ "Zg==\n", false, true },
		{ "Zg=\r\n=", false, true },
		{ " Zg==", false, true },
		{ "Z g = =", false, true },
		{ "Zm9v ", false, true },
		{ "Zm9vZm9v\vZm9v", false, false },
		{ "Zm9-", false, false },
		{ "Zm9_", false, false },
		{ "Zm9vZg===", false, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cleanup_buf struct dw_buf b = BUF_INIT(100);
		struct slice text = slice_of(rows[i].text);

		assert_int_equal(base64_decode(text, &b, NULL),
				 rows[i].is_fine ? 0 : -DW_MALFORMED);
		buf_clear(&b);
		assert_int_equal(base64_decode_wrapped(text, &b, NULL),
				 rows[i].is_fine_wrapped ? 0 : -DW_MALFORMED);
	}
}

static void test_failure_leaves_what_was_there(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT_SECRET(100);

	assert_int_equal(base64_decode(SLICE("Zm9v"), &b, NULL), 0);
	assert_int_equal(base64_decode(SLICE("c2VjcmV0c2VjcmV0!"), &b, NULL),
			 -DW_MALFORMED);
	assert_string_equal(b.data, "foo");
	assert_memory_equal(b.data + 3, "\0\0\0\0\0\0\0\0\0\0\0\0", 12); /* wiped */
}

static void test_ceiling(unused_arg void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(4);
	cleanup_buf struct dw_buf text = BUF_INIT(7);

	assert_int_equal(base64_decode(SLICE("Zm9vYg=="), &b, NULL), 0);
	buf_clear(&b);
	assert_int_equal(base64_decode(SLICE("Zm9vYmE="), &b, NULL), -DW_TOO_BIG);
	assert_int_equal(base64_encode(SLICE("foob"), &text, NULL), -DW_TOO_BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors_of_rfc_4648),
		cmocka_unit_test(test_strictness),
		cmocka_unit_test(test_every_byte_alone),
		cmocka_unit_test(test_failure_leaves_what_was_there),
		cmocka_unit_test(test_ceiling),
		cmocka_unit_test(test_all_lengths_as_coreutils_does),
	};

	return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
