/* SPDX-License-Identifier: Apache-2.0 */
/* The only includer of zlib: gzip members in, bytes out, a bomb stopped early. */
#include "codec/gunzip.h"

#include <limits.h>

#define ZLIB_CONST /* next_in points to what we only borrow */
#include <zlib.h>

#include "base/limits.h"

/* Largest window, gzip's header and checksum demanded. */
#define WINDOW_BITS_GZIP (15 + 16)

#define CHUNK	   16384u
#define RATIO_FREE (64u * 1024) /* output that is not yet judged by its ratio */

static void stream_done(z_stream *z)
{
	(void)inflateEnd(z); /* complains only about a stream that was never begun */
}

bool gunzip_is_gzip(struct slice in)
{
	return slice_starts_with(in, "\x1f\x8b");
}

static int check_ratio(const z_stream *z, struct slice in, size_t out, struct dw_err *err)
{
	size_t used = in.len - z->avail_in;

	if (out > RATIO_FREE && out / DW_GZIP_RATIO_MAX > used)
		return dw_fail(err, DW_TOO_BIG,
			       "gzip: more than %d bytes out for each byte in",
			       DW_GZIP_RATIO_MAX);
	return 0;
}

static int inflate_error(int status, const z_stream *z, struct dw_err *err)
{
	if (status == Z_MEM_ERROR)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for gzip");
	if (status == Z_BUF_ERROR)
		return dw_fail(err, DW_MALFORMED, "gzip: torn before its end");
	return dw_fail(err, DW_MALFORMED, "gzip: %s",
		       z->msg != NULL ? z->msg : "corrupt");
}

/* One step: some output, or the end of a member. 1: all members are done. */
static int step(z_stream *z, struct slice in, struct dw_buf *out, struct dw_err *err)
{
	/* With no room left, one byte of probe tells a full buffer from an overflow. */
	size_t room = out->max - out->len;
	char probe, *to = &probe;
	size_t got;
	int r, status;

	if (room > CHUNK)
		room = CHUNK;
	if (room > 0) {
		r = buf_reserve(out, room, &to, err);
		if (r < 0)
			return r;
	}
	z->next_out = (unsigned char *)to;
	z->avail_out = room > 0 ? (unsigned)room : 1;
	status = inflate(z, Z_NO_FLUSH);
	got = (room > 0 ? room : 1) - z->avail_out;
	if (room == 0 && got > 0)
		return dw_fail(err, DW_TOO_BIG, "gzip: more than %zu bytes come out",
			       out->max);
	if (room > 0)
		buf_commit(out, got);
	r = check_ratio(z, in, out->len, err);
	if (r < 0)
		return r;
	if (status == Z_OK)
		return 0;
	if (status != Z_STREAM_END)
		return inflate_error(status, z, err);
	if (z->avail_in == 0)
		return 1;
	return inflateReset(z) == Z_OK ? 0 : inflate_error(Z_STREAM_ERROR, z, err);
}

int gunzip(struct slice in, struct dw_buf *ret, struct dw_err *err)
{
	cleanup_with(stream_done) z_stream z = { 0 };
	int r = 0;

	if (in.len > UINT_MAX)
		return dw_fail(err, DW_TOO_BIG, "gzip: %zu bytes of input", in.len);
	if (inflateInit2(&z, WINDOW_BITS_GZIP) != Z_OK)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for gzip");
	z.next_in = (const unsigned char *)in.data;
	z.avail_in = (unsigned)in.len;
	while (r == 0)
		r = step(&z, in, ret, err);
	if (r < 0) {
		buf_clear(ret);
		return r;
	}
	return 0;
}
