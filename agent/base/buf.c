/* SPDX-License-Identifier: Apache-2.0 */
/* The growing buffer; knows no format beyond SSH's two primitives. */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

char dw_buf_empty_[1];

void buf_init(struct dw_buf *b, size_t max)
{
	*b = (struct dw_buf)BUF_INIT(max);
}

void buf_done(struct dw_buf *b)
{
	if (b->size_ > 0) {
		if (b->secret_)
			mem_wipe(b->data, b->size_);
		free(b->data);
	}
	b->data = dw_buf_empty_;
	b->len = b->size_ = 0;
}

void buf_clear(struct dw_buf *b)
{
	if (b->size_ > 0) {
		if (b->secret_)
			mem_wipe(b->data, b->size_);
		b->data[0] = '\0';
	}
	b->len = 0;
}

/* Secrets never go through realloc(), which may leave a copy behind. */
static char *grow(struct dw_buf *b, size_t want)
{
	char *p;

	if (!b->secret_)
		return realloc(b->size_ > 0 ? b->data : NULL, want);
	p = malloc(want);
	if (p == NULL)
		return NULL;
	memcpy(p, b->data, b->len + 1);
	if (b->size_ > 0) {
		mem_wipe(b->data, b->size_);
		free(b->data);
	}
	return p;
}

int buf_reserve(struct dw_buf *b, size_t len, char **ret, struct dw_err *err)
{
	size_t want;
	char *p;

	if (len > b->max || b->len > b->max - len) {
		buf_clear(b);
		return dw_fail(err, DW_TOO_BIG, "more than %zu bytes", b->max);
	}
	if (b->len + len + 1 > b->size_) {
		want = b->size_ < 32 ? 64 : b->size_ * 2;
		if (want < b->len + len + 1)
			want = b->len + len + 1;
		if (want - 1 > b->max)
			want = b->max + 1;
		p = grow(b, want);
		if (p == NULL) {
			buf_clear(b);
			return dw_fail(err, DW_NO_MEMORY, "out of memory for %zu bytes",
				       want);
		}
		b->data = p;
		b->size_ = want;
		b->data[b->len] = '\0';
	}
	*ret = b->data + b->len;
	return 0;
}

void buf_commit(struct dw_buf *b, size_t len)
{
	if (b->size_ == 0)
		return;
	b->len += len;
	b->data[b->len] = '\0';
}

int buf_append(struct dw_buf *b, const void *data, size_t len, struct dw_err *err)
{
	char *to = NULL;
	int r;

	if (len == 0)
		return 0;
	r = buf_reserve(b, len, &to, err);
	if (r < 0)
		return r;
	memcpy(to, data, len);
	buf_commit(b, len);
	return 0;
}

int buf_append_str(struct dw_buf *b, const char *s, struct dw_err *err)
{
	return buf_append(b, s, strlen(s), err);
}

int buf_append_byte(struct dw_buf *b, uint8_t byte, struct dw_err *err)
{
	return buf_append(b, &byte, 1, err);
}

int buf_printf(struct dw_buf *b, struct dw_err *err, const char *fmt, ...)
{
	va_list ap;
	char *to = NULL;
	int n, r;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0)
		return dw_fail(err, DW_FAILED, "text cannot be formatted");
	r = buf_reserve(b, (size_t)n, &to, err);
	if (r < 0)
		return r;
	va_start(ap, fmt);
	(void)vsnprintf(to, (size_t)n + 1, fmt, ap);
	va_end(ap);
	buf_commit(b, (size_t)n);
	return 0;
}

int buf_put_u32(struct dw_buf *b, uint32_t v, struct dw_err *err)
{
	uint8_t be[4] = { (uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8),
			  (uint8_t)v };

	return buf_append(b, be, sizeof(be), err);
}

int buf_put_string(struct dw_buf *b, const void *data, size_t len, struct dw_err *err)
{
	int r;

	if (len > UINT32_MAX)
		return dw_fail(err, DW_TOO_BIG, "string of %zu bytes", len);
	r = buf_put_u32(b, (uint32_t)len, err);
	if (r < 0)
		return r;
	return buf_append(b, data, len, err);
}

int buf_take(struct dw_buf *b, char **ret, size_t *ret_len, struct dw_err *err)
{
	int r;

	if (b->size_ == 0) {
		r = mem_strdup(ret, "", err);
		if (r < 0)
			return r;
	} else {
		*ret = b->data;
	}
	if (ret_len != NULL)
		*ret_len = b->len;
	b->data = dw_buf_empty_;
	b->len = b->size_ = 0;
	return 0;
}
