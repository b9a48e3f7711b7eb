/* SPDX-License-Identifier: Apache-2.0 */
/* Strict base64 both ways, by arithmetic instead of tables; knows nothing of what it carries. */
#include "codec/base64.h"

#include <stdint.h>

#include "base/mem.h"

enum { NOT_A_DIGIT = 0x100 };

/* All ones if LOW <= C <= HIGH, else zero, without a branch. */
static uint32_t in_range(uint32_t c, uint32_t low, uint32_t high)
{
	return ((c - low) >> 31 | (high - c) >> 31) - 1;
}

/* 0..63, or NOT_A_DIGIT. The time does not depend on C, which may be a private key's. */
static uint32_t digit_value(uint32_t c)
{
	uint32_t upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z');
	uint32_t number = in_range(c, '0', '9');
	uint32_t plus = in_range(c, '+', '+'), slash = in_range(c, '/', '/');

	return (upper & (c - 'A')) | (lower & (c - 'a' + 26)) |
	       (number & (c - '0' + 52)) | (plus & 62) | (slash & 63) |
	       (~(upper | lower | number | plus | slash) & NOT_A_DIGIT);
}

static char digit_char(uint32_t v)
{
	uint32_t upper = in_range(v, 0, 25), lower = in_range(v, 26, 51);
	uint32_t number = in_range(v, 52, 61);

	return (char)((upper & (v + 'A')) | (lower & (v - 26 + 'a')) |
		      (number & (v - 52 + '0')) | (in_range(v, 62, 62) & '+') |
		      (in_range(v, 63, 63) & '/'));
}

static bool is_blank(uint8_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct decoder {
	uint8_t *out;
	uint32_t bits;	/* digits of the group that is being filled */
	unsigned count; /* how many, 0..3 */
	unsigned pads;
};

/* Whole groups without anything to skip: nearly all of every input. Returns the bytes read. */
static size_t decode_groups(struct decoder *d, const uint8_t *in, size_t len)
{
	size_t at = 0;

	for (; at + 4 <= len; at += 4) {
		uint32_t a = digit_value(in[at]), b = digit_value(in[at + 1]);
		uint32_t c = digit_value(in[at + 2]), e = digit_value(in[at + 3]);
		uint32_t v = a << 18 | b << 12 | c << 6 | e;

		if ((a | b | c | e) & NOT_A_DIGIT)
			break;
		*d->out++ = (uint8_t)(v >> 16);
		*d->out++ = (uint8_t)(v >> 8);
		*d->out++ = (uint8_t)v;
	}
	return at;
}

/* One byte that decode_groups() stopped at: part of a group, padding, or wrong. */
static int decode_byte(struct decoder *d, uint8_t c, size_t at, struct dw_err *err)
{
	uint32_t v = digit_value(c);

	if (c == '=' && d->count >= 2 && d->count + d->pads < 4) {
		d->pads++;
		return 0;
	}
	if (c == '=')
		return dw_fail(err, DW_MALFORMED,
			       "base64 stops at character %zu: '=' too many", at);
	if (v == NOT_A_DIGIT)
		return dw_fail(
			err, DW_MALFORMED,
			"base64 stops at character %zu: byte 0x%02x does not belong there",
			at, c);
	if (d->pads > 0)
		return dw_fail(err, DW_MALFORMED,
			       "base64 stops at character %zu: text after the padding",
			       at);
	d->bits = d->bits << 6 | v;
	if (++d->count < 4)
		return 0;
	*d->out++ = (uint8_t)(d->bits >> 16);
	*d->out++ = (uint8_t)(d->bits >> 8);
	*d->out++ = (uint8_t)d->bits;
	d->count = 0;
	d->bits = 0;
	return 0;
}

static int decode_end(struct decoder *d, size_t at, struct dw_err *err)
{
	if (d->count == 0)
		return 0;
	if (d->count + d->pads != 4)
		return dw_fail(err, DW_MALFORMED,
			       "base64 ends too early, after character %zu: %s", at,
			       d->count == 1
				       ? "characters are missing"
				       : "'=' is missing, or the text is cut short");
	/* Bits that say nothing must be zero, or one key would have several spellings. */
	if (d->bits & (d->count == 2 ? 0x0f : 0x03))
		return dw_fail(
			err, DW_MALFORMED,
			"base64 stops at character %zu: its last digit has stray bits",
			at - d->pads - 1);
	d->bits <<= 6 * d->pads;
	*d->out++ = (uint8_t)(d->bits >> 16);
	if (d->count == 3)
		*d->out++ = (uint8_t)(d->bits >> 8);
	return 0;
}

static int decode_into(struct decoder *d, struct slice in, bool is_wrapped,
		       struct dw_err *err)
{
	const uint8_t *bytes = (const uint8_t *)in.data;
	size_t at = 0;
	int r;

	while (at < in.len) {
		if (d->count == 0 && d->pads == 0)
			at += decode_groups(d, bytes + at, in.len - at);
		if (at == in.len)
			break;
		if (!is_wrapped || !is_blank(bytes[at])) {
			r = decode_byte(d, bytes[at], at, err);
			if (r < 0)
				return r;
		}
		at++;
	}
	return decode_end(d, at, err);
}

static int decode(struct slice in, bool is_wrapped, struct dw_buf *ret,
		  struct dw_err *err)
{
	struct decoder d = { 0 };
	size_t digits = in.len;
	char *to = NULL;
	int r;

	if (is_wrapped)
		for (size_t i = 0; i < in.len; i++)
			digits -= is_blank((uint8_t)in.data[i]);
	/* Padding is counted off here, so that a ceiling can be reached exactly. */
	for (size_t i = in.len; i > 0 && in.data[i - 1] == '=' && in.len - i < 2; i--)
		digits--;
	r = buf_reserve(ret, digits / 4 * 3 + digits % 4 * 3 / 4, &to, err);
	if (r < 0)
		return r;
	d.out = (uint8_t *)to;
	r = decode_into(&d, in, is_wrapped, err);
	if (r < 0) {
		mem_wipe(to, (size_t)((char *)d.out - to));
		return r;
	}
	buf_commit(ret, (size_t)((char *)d.out - to));
	return 0;
}

int base64_decode(struct slice in, struct dw_buf *ret, struct dw_err *err)
{
	return decode(in, /* is_wrapped= */ false, ret, err);
}

int base64_decode_wrapped(struct slice in, struct dw_buf *ret, struct dw_err *err)
{
	return decode(in, /* is_wrapped= */ true, ret, err);
}

int base64_encode(struct slice in, struct dw_buf *ret, struct dw_err *err)
{
	const uint8_t *p = (const uint8_t *)in.data;
	size_t left = in.len;
	char *to = NULL;
	int r;

	if (in.len > SIZE_MAX / 4 * 3 - 3)
		return dw_fail(err, DW_TOO_BIG, "%zu bytes for base64", in.len);
	r = buf_reserve(ret, (in.len + 2) / 3 * 4, &to, err);
	if (r < 0)
		return r;
	for (; left >= 3; left -= 3, p += 3) {
		uint32_t v = (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2];

		*to++ = digit_char(v >> 18);
		*to++ = digit_char(v >> 12 & 63);
		*to++ = digit_char(v >> 6 & 63);
		*to++ = digit_char(v & 63);
	}
	if (left > 0) {
		uint32_t v = (uint32_t)p[0] << 16 | (left == 2 ? (uint32_t)p[1] << 8 : 0);

		*to++ = digit_char(v >> 18);
		*to++ = digit_char(v >> 12 & 63);
		*to++ = left == 2 ? digit_char(v >> 6 & 63) : '=';
		*to++ = '=';
	}
	buf_commit(ret, (in.len + 2) / 3 * 4);
	return 0;
}
