/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, array length, ownership transfer and cleanup: the dialect every room
 * speaks. */
#pragma once

#include <stdlib.h>
#include <unistd.h>

/*
 * Ownership. A function that owns something says so where the variable is declared:
 *
 *	cleanup_free char *name = NULL;
 *	cleanup_fd int fd = -1;
 *
 * and gives it away with TAKE_PTR(name) or TAKE_FD(fd), which leave NULL or -1 behind
 * (TAKE_STRUCT(s): zeroes).
 * A destructor accepts NULL and half-built objects.
 */

#define must_check	       __attribute__((__warn_unused_result__))
#define printf_like(fmt, args) __attribute__((__format__(__printf__, fmt, args)))
#define no_return	       __attribute__((__noreturn__))
#define unused_arg	       __attribute__((__unused__))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define TAKE_PTR(p)                     \
	({                              \
		typeof(p) taken_ = (p); \
		(p) = NULL;             \
		taken_;                 \
	})

#define TAKE_FD(fd)                \
	({                         \
		int taken_ = (fd); \
		(fd) = -1;         \
		taken_;            \
	})

/* The same for a struct, which is left zeroed. */
#define TAKE_STRUCT(s)                     \
	({                                 \
		typeof(s) *from_ = &(s);   \
		typeof(s) taken_ = *from_; \
		*from_ = (typeof(s)){ 0 }; \
		taken_;                    \
	})

/*
 * A call whose function promises to return less than 0. Compilers and analysers, which
 * see one file at a time, then know that what failed does not go on. No function:
 * analysers enter only so many of them.
 */
#define KNOWN_NEGATIVE(call)                     \
	({                                       \
		int known_ = (call);             \
		if (known_ >= 0)                 \
			__builtin_unreachable(); \
		known_;                          \
	})

#define cleanup_with(f) __attribute__((__cleanup__(f)))

static inline void dw_cleanup_free_(void *p)
{
	free(*(void **)p);
}

static inline void dw_cleanup_fd_(int *fd)
{
	if (*fd >= 0)
		(void)close(
			*fd); /* nothing was written through it that was not fsynced */
}

#define cleanup_free cleanup_with(dw_cleanup_free_)
#define cleanup_fd   cleanup_with(dw_cleanup_fd_)

/* Declares the cleanup function for a `struct type *` whose destructor is type_free(). */
#define DEFINE_CLEANUP_PTR(type, func)               \
	static inline void func##_cleanup_(type **p) \
	{                                            \
		func(*p);                            \
	}                                            \
	struct dw_semicolon_

/* The smaller of two values of one type. */
#define MIN_OF(a, b)                \
	({                          \
		typeof(a) a_ = (a); \
		typeof(b) b_ = (b); \
		a_ < b_ ? a_ : b_;  \
	})
