/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: the allocation number FAIL_ALLOC (and with FAIL_EVER all
 * later ones) fails. */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static long count, target = -1;
static bool for_ever;

static bool must_fail(void)
{
	if (target < 0) {
		const char *n = getenv("FAIL_ALLOC");

		target = n != NULL ? atol(n) : 0;
		for_ever = getenv("FAIL_EVER") != NULL;
	}
	count++;
	if (target > 0 && (count == target || (for_ever && count > target))) {
		errno = ENOMEM;
		return true;
	}
	return false;
}

extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
	return must_fail() ? NULL : __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
	return must_fail() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
	return must_fail() ? NULL : __libc_realloc(p, n);
}

/* Told at the end, so that the sweep knows when there is no allocation left to fail. */
__attribute__((destructor)) static void tell(void)
{
	const char *path = getenv("FAIL_COUNT_FILE");
	FILE *f = path != NULL ? fopen(path, "w") : NULL;

	if (f != NULL) {
		fprintf(f, "%ld\n", count);
		fclose(f);
	}
}
