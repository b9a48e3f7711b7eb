/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation; never ends the process. */
#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

int mem_alloc(void **ret, size_t count, size_t size, struct dw_err *err)
{
	size_t bytes = 0;
	void *p = NULL;

	if (!__builtin_mul_overflow(count, size, &bytes))
		p = calloc(1, bytes != 0 ? bytes : 1);
	if (p == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for %zu x %zu bytes",
			       count, size);
	*ret = p;
	return 0;
}

int mem_strndup(char **ret, const char *s, size_t len, struct dw_err *err)
{
	void *p = NULL;
	int r;

	if (len == SIZE_MAX)
		return dw_fail(err, DW_TOO_BIG, "string too long");
	r = mem_alloc(&p, len + 1, 1, err);
	if (r < 0)
		return r;
	if (len > 0)
		memcpy(p, s, len);
	*ret = p;
	return 0;
}

int mem_strdup(char **ret, const char *s, struct dw_err *err)
{
	return mem_strndup(ret, s, strlen(s), err);
}

int mem_asprintf(char **ret, struct dw_err *err, const char *fmt, ...)
{
	va_list ap;
	char *s = NULL;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for a string");
	*ret = s;
	return 0;
}

int mem_grow(void **array, size_t count, size_t *capacity, size_t size, size_t max,
	     struct dw_err *err)
{
	size_t want;
	char *p;

	if (count >= max)
		return dw_fail(err, DW_TOO_BIG, "more than %zu entries", max);
	if (count < *capacity)
		return 0;
	want = *capacity == 0 ? 8 : *capacity * 2;
	if (want > max)
		want = max;
	p = reallocarray(*array, want, size);
	if (p == NULL)
		return dw_fail(err, DW_NO_MEMORY, "out of memory for %zu entries", want);
	memset(p + *capacity * size, 0, (want - *capacity) * size);
	*array = p;
	*capacity = want;
	return 0;
}

void mem_wipe(void *p, size_t len)
{
	if (p != NULL)
		explicit_bzero(p, len);
}
