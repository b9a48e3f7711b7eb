/* SPDX-License-Identifier: Apache-2.0 */
/* The merge of authorized_keys: foreign bytes stay, no key twice, linear. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "plan/plan.h"

/* An Ed25519 line whose point is N in its middle: distinct, canonical, of no small order
 * that is refused. */
static char *line_of(unsigned n, const char *before, const char *after)
{
	struct dw_buf blob = BUF_INIT(DW_KEY_BLOB_MAX), text = BUF_INIT(DW_KEY_LINE_MAX);
	uint8_t point[32] = { 9 };
	struct dw_err err = { 0 };
	char *line = NULL;

	memcpy(point + 8, &n, sizeof(n));
	assert_int_equal(buf_put_string(&blob, "ssh-ed25519", 11, &err), 0);
	assert_int_equal(buf_put_string(&blob, point, sizeof(point), &err), 0);
	assert_int_equal(buf_printf(&text, &err, "%sssh-ed25519 ", before), 0);
	assert_int_equal(base64_encode(slice_of_buf(&blob), &text, &err), 0);
	assert_int_equal(buf_append_str(&text, after, &err), 0);
	assert_int_equal(buf_take(&text, &line, NULL, &err), 0);
	buf_done(&blob);
	return line;
}

static struct key_list wanted_of(char **lines, size_t count)
{
	struct key_list l = { .state = FIELD_SET, .count = count };

	l.items = calloc(count, sizeof(*l.items));
	assert_non_null(l.items);
	for (size_t i = 0; i < count; i++)
		l.items[i] = (struct key){ .line = lines[i], .source = lines[i] };
	return l;
}

/* Merges LINES into OLD; the result, or "" when nothing was to be added. The caller frees
 * it. */
static char *merged(char **lines, size_t count, const char *old, size_t *ret_added)
{
	struct dw_buf b = BUF_INIT(DW_KEYFILE_MAX);
	struct key_list wanted = wanted_of(lines, count);
	struct dw_err err = { 0 };
	char *text = NULL;

	assert_int_equal(plan_merge_keys(&wanted, slice_of(old), &b, ret_added, &err), 0);
	assert_int_equal(buf_take(&b, &text, NULL, &err), 0);
	free(wanted.items);
	return text;
}

static void printf_like(5, 6) expect(char **lines, size_t count, const char *old,
				     size_t added, const char *fmt, ...)
{
	cleanup_free char *text = NULL, *want = NULL;
	size_t n = 99;
	va_list ap;

	va_start(ap, fmt);
	assert_true(vasprintf(&want, fmt, ap) >= 0);
	va_end(ap);
	text = merged(lines, count, old, &n);
	assert_int_equal(n, added);
	assert_string_equal(text, want);
}

static void test_merging(void **state)
{
	cleanup_free char *a = line_of(1, "", " alice@laptop"), *b = line_of(2, "", "");
	cleanup_free char *a_restricted =
		line_of(1, "from=\"10.0.0.0/8\" ", " kept by hand");
	cleanup_free char *a_authority = line_of(1, "cert-authority ", " ca");
	cleanup_free char *a_command =
		line_of(1, "command=\"renew,cert-authority\" ", " robot");
	cleanup_free char *old = NULL;
	char *both[] = { a, b }, *twice[] = { a, a };

	(void)state;
	expect(both, 2, "", 2, "%s\n%s\n", a, b);
	/* a last line without an end must not be glued to ours */
	expect(both, 2, "# mine", 2, "# mine\n%s\n%s\n", a, b);
	/* foreign bytes stay, whatever they are: CR LF, BOM, garbage, blank lines */
	expect(both, 2, "\xef\xbb\xbf# x\r\n\r\nnot a key\n\n", 2,
	       "\xef\xbb\xbf# x\r\n\r\nnot a key\n\n%s\n%s\n", a, b);
	expect(twice, 2, "", 1, "%s\n", a);

	/* the administrator's restriction on the same key wins: a plain duplicate would
	 * cancel it */
	assert_true(asprintf(&old, "%s\n", a_restricted) > 0);
	expect(both, 2, old, 1, "%s\n%s\n", a_restricted, b);
	expect(&both[0], 1, old, 0, "%s", "");
	free(old);
	/* trusting a key as an authority lets nobody in with it */
	assert_true(asprintf(&old, "%s\n", a_authority) > 0);
	expect(&both[0], 1, old, 1, "%s\n%s\n", a_authority, a);
	expect(&a_authority, 1, old, 0, "%s", ""); /* but it is there */
	free(old);
	/* the word in a value makes no authority of the line */
	assert_true(asprintf(&old, "%s\n", a_command) > 0);
	expect(&both[0], 1, old, 0, "%s", "");
	free(old);
	/* sshd skips leading blanks; CR at the end is part of the comment */
	assert_true(asprintf(&old, " \t%s\r\n", a) > 0);
	expect(&both[0], 1, old, 0, "%s", "");
}

static void test_empty_list_adds_nothing(void **state)
{
	(void)state;
	expect(NULL, 0, "whatever\n", 0, "%s", "");
}

static void test_ten_thousand(void **state)
{
	enum { COUNT = 10000 };
	char **lines = calloc(COUNT, sizeof(*lines));
	cleanup_free char *once = NULL, *again = NULL;
	size_t added = 0;

	(void)state;
	assert_non_null(lines);
	for (unsigned i = 0; i < COUNT; i++)
		lines[i] = line_of(i, "", "");
	once = merged(lines, COUNT, "", &added);
	assert_int_equal(added, COUNT);
	again = merged(lines, COUNT, once, &added);
	assert_int_equal(added, 0);
	for (unsigned i = 0; i < COUNT; i++)
		free(lines[i]);
	free(lines);
}

static void test_description(void **state)
{
	cleanup_free char *a = line_of(1, "", "");
	char *lines[] = { a };
	struct key_list wanted = wanted_of(lines, 1);
	cleanup_buf struct dw_buf text = BUF_INIT(DW_WORD_MAX);
	struct dw_err err = { 0 };
	size_t count = 0;

	(void)state;
	assert_int_equal(plan_describe_keys(&wanted, slice_of(""), &text, &count, &err),
			 0);
	assert_int_equal(count, 1);
	assert_int_equal(strncmp(text.data, "SHA256:", 7), 0);
	assert_int_equal(text.len, 50);
	free(wanted.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_merging),
		cmocka_unit_test(test_empty_list_adds_nothing),
		cmocka_unit_test(test_ten_thousand),
		cmocka_unit_test(test_description),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
