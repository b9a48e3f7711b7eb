/* SPDX-License-Identifier: Apache-2.0 */
/* Strict base64 both ways, by arithmetic instead of tables; knows nothing of what it
 * carries. */
#include "codec/base64.h"

#include <endian.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

/*
 * Eight characters at a time, each in a byte of a 64-bit word. Only arithmetic: a table
 * would tell by the cache lines it touches what a private key is.
 */
#define EACH(byte) (0x0101010101010101u * (uint64_t)(byte))

/* In each byte 1 if it is in LOW..HIGH, else 0. All bytes must be below 0x80. */
static uint64_t in_range(uint64_t x, unsigned low, unsigned high)
{
	return ((x + EACH(0x80 - low)) & ~(x + EACH(0x7f - high)) & EACH(0x80)) >> 7;
}

/* Characters to digits; RET_VALID has a 1 in each byte that was one of the alphabet. */
static uint64_t digits_of(uint64_t x, uint64_t *ret_valid)
{
	uint64_t ascii = ~x >> 7 & EACH(1);
	uint64_t c = x & EACH(0x7f);
	uint64_t upper = in_range(c, 'A', 'Z'), lower = in_range(c, 'a', 'z');
	uint64_t number = in_range(c, '0', '9');
	uint64_t plus = in_range(c, '+', '+'), slash = in_range(c, '/', '/');

	*ret_valid = (upper | lower | number | plus | slash) & ascii;
	return c + (number * (52 - '0') | plus * (62 - '+') | slash * (63 - '/')) -
	       (upper * 'A' | lower * ('a' - 26));
}

static uint64_t chars_of(uint64_t digits)
{
	uint64_t upper = in_range(digits, 0, 25), lower = in_range(digits, 26, 51);
	uint64_t number = in_range(digits, 52, 61);
	uint64_t plus = in_range(digits, 62, 62), slash = in_range(digits, 63, 63);

	return digits + (upper * 'A' | lower * ('a' - 26)) -
	       (number * (52 - '0') | plus * (62 - '+') | slash * (63 - '/'));
}

/* Eight digits of six bits to 48 bits, and back. The first is the most significant. */
static uint64_t pack(uint64_t x)
{
	x = (x & 0x3f003f003f003f00u) >> 2 | (x & 0x003f003f003f003fu);
	x = (x & 0x0fff00000fff0000u) >> 4 | (x & 0x00000fff00000fffu);
	return (x & 0x00ffffff00000000u) >> 8 | (x & 0x0000000000ffffffu);
}

static uint64_t unpack(uint64_t x)
{
	x = (x << 8 & 0x00ffffff00000000u) | (x & 0x0000000000ffffffu);
	x = (x << 4 & 0x0fff00000fff0000u) | (x & 0x00000fff00000fffu);
	return (x << 2 & 0x3f003f003f003f00u) | (x & 0x003f003f003f003fu);
}

static uint64_t load(const uint8_t *from, size_t len)
{
	uint64_t be = 0;

	memcpy(&be, from, len);
	return be64toh(be);
}

static void store(uint8_t *to, uint64_t v, size_t len)
{
	uint64_t be = htobe64(v);

	memcpy(to, &be, len);
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

/* Pairs of groups without anything to skip: nearly all of every input. Returns the bytes
 * read. */
static size_t decode_groups(struct decoder *d, const uint8_t *in, size_t len)
{
	uint8_t *out = d->out;
	size_t at = 0;

	for (; at + 8 <= len; at += 8) {
		uint64_t valid;
		uint64_t digits = digits_of(load(in + at, 8), &valid);

		if (valid != EACH(1))
			break;
		store(out, pack(digits) << 16, 6);
		out += 6;
	}
	d->out = out;
	return at;
}

/* One byte that decode_groups() stopped at: part of a group, padding, or wrong. */
static int decode_byte(struct decoder *d, uint8_t c, size_t at, struct dw_err *err)
{
	uint64_t valid;
	uint64_t digit = digits_of(c, &valid);

	if (c == '=' && d->count >= 2 && d->count + d->pads < 4) {
		d->pads++;
		return 0;
	}
	if (c == '=')
		return dw_fail(err, DW_MALFORMED,
			       "base64 stops at character %zu: '=' too many", at);
	if (!(valid & 1))
		return dw_fail(
			err, DW_MALFORMED,
			"base64 stops at character %zu: byte 0x%02x does not belong there",
			at, c);
	if (d->pads > 0)
		return dw_fail(err, DW_MALFORMED,
			       "base64 stops at character %zu: text after the padding",
			       at);
	d->bits = d->bits << 6 | (uint32_t)(digit & 63);
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
	for (; left >= 6; left -= 6, p += 6, to += 8)
		store((uint8_t *)to, chars_of(unpack(load(p, 6) >> 16)), 8);
	if (left > 0) {
		size_t digits = (left * 4 + 2) / 3;

		store((uint8_t *)to, chars_of(unpack(load(p, left) >> 16)), digits);
		memset(to + digits, '=', -digits & 3);
	}
	buf_commit(ret, (in.len + 2) / 3 * 4);
	return 0;
}
