/* SPDX-License-Identifier: Apache-2.0 */
/* Slices, numbers and text classes; no locale, no allocation but where the name says
 * copy. */
#include "base/str.h"

#include <string.h>

#include "base/mem.h"

struct slice slice_of(const char *s)
{
	return (struct slice){ s, s != NULL ? strlen(s) : 0 };
}

struct slice slice_of_buf(const struct dw_buf *b)
{
	return (struct slice){ b->data, b->len };
}

bool slice_eq(struct slice a, const char *s)
{
	size_t len = strlen(s);

	return a.len == len && (len == 0 || memcmp(a.data, s, len) == 0);
}

static char ascii_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

bool slice_eq_nocase(struct slice a, const char *s)
{
	if (a.len != strlen(s))
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (ascii_lower(a.data[i]) != ascii_lower(s[i]))
			return false;
	return true;
}

bool slice_starts_with(struct slice a, const char *prefix)
{
	size_t len = strlen(prefix);

	return a.len >= len && (len == 0 || memcmp(a.data, prefix, len) == 0);
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice slice_trim(struct slice a)
{
	while (a.len > 0 && is_space(a.data[0])) {
		a.data++;
		a.len--;
	}
	while (a.len > 0 && is_space(a.data[a.len - 1]))
		a.len--;
	return a;
}

bool slice_next_line(struct slice *rest, struct slice *ret_line)
{
	const char *lf;
	size_t n;

	if (rest->len == 0)
		return false;
	lf = memchr(rest->data, '\n', rest->len);
	n = lf != NULL ? (size_t)(lf - rest->data) : rest->len;
	*ret_line = (struct slice){ rest->data, n };
	if (lf != NULL)
		n++;
	rest->data += n;
	rest->len -= n;
	if (ret_line->len > 0 && ret_line->data[ret_line->len - 1] == '\r')
		ret_line->len--;
	return true;
}

bool slice_next_word(struct slice *rest, struct slice *ret_word)
{
	size_t n = 0;

	while (rest->len > 0 && (rest->data[0] == ' ' || rest->data[0] == '\t')) {
		rest->data++;
		rest->len--;
	}
	while (n < rest->len && rest->data[n] != ' ' && rest->data[n] != '\t')
		n++;
	if (n == 0)
		return false;
	*ret_word = (struct slice){ rest->data, n };
	rest->data += n;
	rest->len -= n;
	return true;
}

size_t slice_split(struct slice s, char separator, struct slice *fields, size_t max)
{
	size_t count = 0;

	while (count < max) {
		const char *at = s.len > 0 ? memchr(s.data, separator, s.len) : NULL;
		size_t n = at != NULL ? (size_t)(at - s.data) : s.len;

		fields[count++] = (struct slice){ s.data, n };
		if (at == NULL)
			break;
		s.data += n + 1;
		s.len -= n + 1;
	}
	for (size_t i = count; i < max; i++)
		fields[i] = (struct slice){ "", 0 };
	return count;
}

bool str_eq_nocase(const char *a, const char *b)
{
	return slice_eq_nocase(slice_of(a), b);
}

bool str_starts_with(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0;
}

bool str_ends_with(const char *s, const char *suffix)
{
	size_t len = strlen(s), n = strlen(suffix);

	return len >= n && strcmp(s + len - n, suffix) == 0;
}

int str_to_u64(struct slice s, uint64_t max, uint64_t *ret, struct dw_err *err)
{
	uint64_t v = 0;

	if (s.len == 0 || (s.len > 1 && s.data[0] == '0'))
		return dw_fail(err, DW_MALFORMED, "not a plain decimal number");
	for (size_t i = 0; i < s.len; i++) {
		unsigned digit = (unsigned char)s.data[i] - '0';

		if (digit > 9)
			return dw_fail(err, DW_MALFORMED, "not a plain decimal number");
		if (__builtin_mul_overflow(v, 10u, &v) ||
		    __builtin_add_overflow(v, digit, &v))
			return dw_fail(err, DW_TOO_BIG, "number too large");
	}
	if (v > max)
		return dw_fail(err, DW_TOO_BIG, "number above %llu",
			       (unsigned long long)max);
	*ret = v;
	return 0;
}

int str_to_bool(struct slice s)
{
	static const char *const yes[] = { "true", "yes", "on", "1", "t" };
	static const char *const no[] = { "false", "no", "off", "0", "f" };

	for (size_t i = 0; i < ARRAY_LEN(yes); i++) {
		if (slice_eq_nocase(s, yes[i]))
			return 1;
		if (slice_eq_nocase(s, no[i]))
			return 0;
	}
	return -1;
}

static bool is_continuation(unsigned char c)
{
	return (c & 0xc0) == 0x80;
}

size_t utf8_len(struct slice s)
{
	const unsigned char *p = (const unsigned char *)s.data;

	if (s.len == 0)
		return 0;
	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		return s.len >= 2 && is_continuation(p[1]) ? 2 : 0;
	if (p[0] >= 0xe0 && p[0] <= 0xef) {
		if (s.len < 3 || !is_continuation(p[1]) || !is_continuation(p[2]))
			return 0;
		if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
			return 0;
		return 3;
	}
	if (p[0] >= 0xf0 && p[0] <= 0xf4) {
		if (s.len < 4 || !is_continuation(p[1]) || !is_continuation(p[2]) ||
		    !is_continuation(p[3]))
			return 0;
		if ((p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
			return 0;
		return 4;
	}
	return 0;
}

/* C0, DEL, and C1 (0xc2 0x80..0x9f), which terminals obey as well. */
static bool is_control(struct slice s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s.data;

	if (len == 1)
		return p[0] < 0x20 || p[0] == 0x7f;
	return len == 2 && p[0] == 0xc2 && p[1] <= 0x9f;
}

/* Visible ASCII or blank: nearly all of what we see, and what the loops below are quick
 * about. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f;
}

void str_make_visible(char *s)
{
	struct slice rest = slice_of(s);

	while (rest.len > 0) {
		size_t n = utf8_len(rest);
		size_t step = n > 0 ? n : 1;

		if (n == 0 || is_control(rest, n))
			memset(s + (rest.data - s), '?', step);
		rest.data += step;
		rest.len -= step;
	}
}

static bool is_allowed(struct slice s, size_t len, enum text_class class)
{
	if (class == TEXT_WORD)
		return len == 1 && s.data[0] > 0x20 && s.data[0] < 0x7f;
	if (!is_control(s, len))
		return true;
	if (class != TEXT_LINES)
		return false;
	return s.data[0] == '\n' || s.data[0] == '\t' ||
	       (s.data[0] == '\r' && s.len > 1 && s.data[1] == '\n');
}

int text_check(struct slice s, enum text_class class, size_t max, struct dw_err *err)
{
	if (s.len > max)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes, at most %zu are allowed",
			       s.len, max);
	for (size_t at = 0; at < s.len;) {
		struct slice here = { s.data + at, s.len - at };
		size_t n;

		if (is_plain(here.data[0]) &&
		    (class != TEXT_WORD || here.data[0] != ' ')) {
			at++;
			continue;
		}
		n = utf8_len(here);
		if (n == 0)
			return dw_fail(err, DW_MALFORMED, "byte %zu is not valid UTF-8",
				       at);
		if (!is_allowed(here, n, class))
			return dw_fail(err, DW_MALFORMED,
				       "byte %zu (0x%02x) is not allowed here", at,
				       (unsigned char)here.data[0]);
		at += n;
	}
	return 0;
}

int text_copy(struct slice s, enum text_class class, size_t max, char **ret,
	      struct dw_err *err)
{
	int r = text_check(s, class, max, err);

	if (r < 0)
		return r;
	return mem_strndup(ret, s.data, s.len, err);
}

int buf_append_escaped(struct dw_buf *b, struct slice s, struct dw_err *err)
{
	int r;

	for (size_t at = 0; at < s.len;) {
		struct slice here = { s.data + at, s.len - at };
		char c = here.data[0];
		size_t n = 0;

		while (n < here.len && is_plain(here.data[n]) && here.data[n] != '\\')
			n++;
		if (n > 0) {
			r = buf_append(b, here.data, n, err);
			if (r < 0)
				return r;
			at += n;
			continue;
		}
		n = utf8_len(here);
		if (c == '\\' || c == '\n' || c == '\t') {
			r = buf_append_str(b,
					   c == '\\'   ? "\\\\"
					   : c == '\n' ? "\\n"
						       : "\\t",
					   err);
			n = 1;
		} else if (n == 0 || is_control(here, n)) {
			r = buf_printf(b, err, "\\x%02x", (unsigned char)c);
			n = 1;
		} else {
			r = buf_append(b, here.data, n, err);
		}
		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return -1;
}

int buf_append_unescaped(struct dw_buf *b, struct slice s, struct dw_err *err)
{
	int r;

	for (size_t at = 0; at < s.len; at++) {
		const char *next = memchr(s.data + at, '\\', s.len - at);
		size_t plain = next != NULL ? (size_t)(next - s.data) - at : s.len - at;
		char c = '\\';

		r = buf_append(b, s.data + at, plain, err);
		if (r < 0)
			return r;
		at += plain;
		if (at < s.len) {
			char kind = at + 1 < s.len ? s.data[at + 1] : '\0';
			int high = kind == 'x' && at + 3 < s.len
					   ? hex_digit(s.data[at + 2])
					   : -1;
			int low = high >= 0 ? hex_digit(s.data[at + 3]) : -1;

			if (kind == '\\' || kind == 'n' || kind == 't') {
				c = kind == '\\' ? '\\' : kind == 'n' ? '\n' : '\t';
				at += 1;
			} else if (low >= 0) {
				c = (char)(high * 16 + low);
				at += 3;
			} else {
				return dw_fail(err, DW_MALFORMED,
					       "bad escape at byte %zu", at);
			}
			r = buf_append_byte(b, (uint8_t)c, err);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
