/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer that is born with its ceiling. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/*
 * A struct dw_buf holds `len` bytes at `data`, always followed by a NUL that is not
 *counted (data is "" while nothing was ever appended, never NULL). It cannot grow past
 *`max`, a number from limits.h given at birth. An append that fails empties the buffer,
 *so that nobody goes on with half of something, and returns DW_TOO_BIG or DW_NO_MEMORY.
 *
 *	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
 */
struct dw_buf {
	char *data;
	size_t len;
	size_t size_; /* bytes allocated, 0 while data is the shared empty string */
	size_t max;
	bool secret_; /* wiped whenever memory is let go */
};

extern char dw_buf_empty_[1];

#define BUF_INIT(ceiling)                               \
	{                                               \
		.data = dw_buf_empty_, .max = (ceiling) \
	}
#define BUF_INIT_SECRET(ceiling)                                         \
	{                                                                \
		.data = dw_buf_empty_, .max = (ceiling), .secret_ = true \
	}

void buf_init(struct dw_buf *b, size_t max);
void buf_done(struct dw_buf *b); /* frees; leaves an empty buffer with the same ceiling */
void buf_clear(struct dw_buf *b); /* empties, keeps memory */
#define cleanup_buf cleanup_with(buf_done)

int buf_append(struct dw_buf *b, const void *data, size_t len, struct dw_err *err)
	must_check;
int buf_append_str(struct dw_buf *b, const char *s, struct dw_err *err) must_check;
int buf_append_byte(struct dw_buf *b, uint8_t byte, struct dw_err *err) must_check;
int buf_printf(struct dw_buf *b, struct dw_err *err, const char *fmt, ...)
	printf_like(3, 4) must_check;

/* SSH wire format (RFC 4251 §5): big-endian 32-bit number; length-prefixed string. */
int buf_put_u32(struct dw_buf *b, uint32_t v, struct dw_err *err) must_check;
int buf_put_string(struct dw_buf *b, const void *data, size_t len, struct dw_err *err)
	must_check;

/* Makes room for LEN more bytes and returns where they go in *RET; buf_commit() counts
 * them. */
int buf_reserve(struct dw_buf *b, size_t len, char **ret, struct dw_err *err) must_check;
void buf_commit(struct dw_buf *b, size_t len);

/* Gives the bytes (NUL-terminated, caller frees) away and leaves the buffer empty. */
int buf_take(struct dw_buf *b, char **ret, size_t *ret_len, struct dw_err *err)
	must_check;
