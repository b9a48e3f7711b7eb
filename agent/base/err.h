/* SPDX-License-Identifier: Apache-2.0 */
/* The one table of error codes and the value in which a failure travels upward. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"

/*
 * Every fallible function returns 0 or the negative of an enum dw_code, and fills the
 * struct dw_err it was given (last parameter, on the caller's stack) where the failure
 * happens. On success the struct is left alone. Rooms on the way up may add words with
 * dw_wrap(), once per room boundary. cmd/ tells the failure, once, and takes the exit
 * status from the table.
 */

/*        code           exit  retry  text */
#define DW_CODES(X)                                                 \
	X(DW_FAILED, 1, false, "failed")                            \
	X(DW_USAGE, 64, false, "wrong usage")                       \
	X(DW_NOT_HERE, 3, false, "no platform recognised here")     \
	X(DW_CONFLICT, 1, false, "contradictory signs")             \
	X(DW_NOT_YET, 1, true, "not available yet")                 \
	X(DW_ABSENT, 1, false, "not there")                         \
	X(DW_UNAUTHORISED, 1, false, "not authorised")              \
	X(DW_GONE, 1, true, "temporarily gone")                     \
	X(DW_UNREACHABLE, 1, true, "cannot be reached")             \
	X(DW_TIMEOUT, 1, true, "took too long")                     \
	X(DW_MALFORMED, 1, false, "malformed")                      \
	X(DW_TOO_BIG, 1, false, "over a limit")                     \
	X(DW_REFUSED, 1, false, "refused by policy")                \
	X(DW_NO_MEMORY, 1, true, "out of memory")                   \
	X(DW_NO_SPACE, 1, false, "no space left")                   \
	X(DW_SYSTEM, 1, false, "system error")                      \
	X(DW_PERMISSION, 1, false, "permission denied")             \
	X(DW_BUSY, 1, true, "busy")                                 \
	X(DW_CHANGED, 1, true, "changed underneath")                \
	X(DW_TOOL, 1, false, "an external tool failed")             \
	X(DW_UNSUPPORTED, 1, false, "not supported")                \
	X(DW_CRYPTO, 1, false, "cryptographic library error")       \
	X(DW_DEGRADED, 2, false, "done, but something was refused") \
	X(DW_DRIFT, 4, false, "would change something")

enum dw_code {
	DW_OK = 0,
#define X(name, exit, retry, text) name,
	DW_CODES(X)
#undef X
		DW_CODE_MAX_
};

#define DW_ERR_WHERE_MAX   64
#define DW_ERR_MESSAGE_MAX 320

struct dw_err {
	enum dw_code code;
	int sys_errno;			  /* errno, or 0 where none applies */
	char where[DW_ERR_WHERE_MAX];	  /* function that failed, for debugging */
	char message[DW_ERR_MESSAGE_MAX]; /* one line for a person, control bytes replaced
					   */
};

/* Fills ERR (which may be NULL) and returns -CODE. The message says what, where, and what
 * to do next. */
#define dw_fail(err, code, ...) \
	KNOWN_NEGATIVE(dw_fail_at_((err), (code), 0, __func__, __VA_ARGS__))

/*
 * The same for a failed system call: appends ": " and the text of ERRNUM, and picks the
 * code from it (ENOSPC, EDQUOT: DW_NO_SPACE; EACCES, EPERM: DW_PERMISSION; ENOENT:
 * DW_ABSENT; ...).
 */
#define dw_fail_errno(err, errnum, ...) \
	KNOWN_NEGATIVE(dw_fail_at_((err), DW_OK, (errnum), __func__, __VA_ARGS__))

int dw_fail_at_(struct dw_err *err, enum dw_code code, int errnum, const char *where,
		const char *fmt, ...) printf_like(5, 6);

/*
 * Puts words and ": " before the message that is there; returns the negative code again,
 * or -DW_FAILED when ERR is NULL or empty, because nothing else knows the code then.
 */
#define dw_wrap(err, ...) KNOWN_NEGATIVE(dw_wrap_((err), __VA_ARGS__))
int dw_wrap_(struct dw_err *err, const char *fmt, ...) printf_like(2, 3);

/* The same for who has the negative code R at hand: right also when ERR is NULL. */
#define dw_wrap_code(err, r, ...) ((void)dw_wrap((err), __VA_ARGS__), (r))

/* Copies FROM into TO (either may be NULL) and returns the negative code, -DW_FAILED when
 * FROM is NULL or empty. */
#define dw_err_copy(to, from) KNOWN_NEGATIVE(dw_err_copy_((to), (from)))
int dw_err_copy_(struct dw_err *to, const struct dw_err *from);

int dw_code_exit_status(enum dw_code code);  /* column two */
bool dw_code_may_retry(enum dw_code code);   /* column three */
const char *dw_code_text(enum dw_code code); /* column four; never NULL */
const char *dw_code_name(enum dw_code code); /* "DW_TOO_BIG" */
