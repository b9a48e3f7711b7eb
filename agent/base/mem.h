/* SPDX-License-Identifier: Apache-2.0 */
/* Checked allocation: failure is an error value, sizes cannot overflow, secrets are
 * wiped. */
#pragma once

#include <stddef.h>

#include "base/err.h"

/* NAME is zeroed memory for COUNT elements of SIZE bytes; the caller frees it with
 * free(). */
int mem_alloc(void **ret, size_t count, size_t size, struct dw_err *err) must_check;

/* A copy of S or of LEN bytes of it, NUL-terminated; the caller frees it. */
int mem_strdup(char **ret, const char *s, struct dw_err *err) must_check;
int mem_strndup(char **ret, const char *s, size_t len, struct dw_err *err) must_check;

/* A formatted string; the caller frees it. */
int mem_asprintf(char **ret, struct dw_err *err, const char *fmt, ...) printf_like(3, 4)
	must_check;

/*
 * Makes room for one more element in *ARRAY (COUNT used of *CAPACITY, each SIZE bytes),
 * doubling. New room is zeroed. More than MAX elements is DW_TOO_BIG; the array stays as
 * it was on failure.
 */
int mem_grow(void **array, size_t count, size_t *capacity, size_t size, size_t max,
	     struct dw_err *err) must_check;

/* By type: an element may be a pointer, and then a pointer's size is what is meant. */
#define MEM_GROW(array, count, capacity, max, err)                                  \
	mem_grow((void **)&(array), (count), &(capacity), sizeof(typeof(*(array))), \
		 (max), (err))

/* Overwrites LEN bytes so that no optimiser may skip it. */
void mem_wipe(void *p, size_t len);
