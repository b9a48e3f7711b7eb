/* SPDX-License-Identifier: Apache-2.0 */
/* The error table's lookups and the filling of struct dw_err; tells nobody anything by
 * itself. */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"

struct code_row {
	const char *name;
	int exit_status;
	bool may_retry;
	const char *text;
};

static const struct code_row rows[DW_CODE_MAX_] = {
	[DW_OK] = { "DW_OK", 0, false, "fine" },
#define X(name, exit, retry, text) [name] = { #name, exit, retry, text },
	DW_CODES(X)
#undef X
};

static const struct code_row *code_row(enum dw_code code)
{
	if ((unsigned)code >= DW_CODE_MAX_)
		code = DW_FAILED;
	return &rows[code];
}

int dw_code_exit_status(enum dw_code code)
{
	return code_row(code)->exit_status;
}

bool dw_code_may_retry(enum dw_code code)
{
	return code_row(code)->may_retry;
}

const char *dw_code_text(enum dw_code code)
{
	return code_row(code)->text;
}

const char *dw_code_name(enum dw_code code)
{
	return code_row(code)->name;
}

static const struct {
	int errnum;
	enum dw_code code;
} errno_codes[] = {
	{ ENOSPC, DW_NO_SPACE },  { EDQUOT, DW_NO_SPACE },
	{ EFBIG, DW_TOO_BIG },	  { EACCES, DW_PERMISSION },
	{ EPERM, DW_PERMISSION }, { EROFS, DW_PERMISSION },
	{ ENOENT, DW_ABSENT },	  { ENOTDIR, DW_ABSENT },
	{ ENOMEM, DW_NO_MEMORY }, { ELOOP, DW_REFUSED },
	{ EXDEV, DW_REFUSED },	  { ETIMEDOUT, DW_TIMEOUT },
	{ EAGAIN, DW_BUSY },	  { ECONNREFUSED, DW_UNREACHABLE },
};

static enum dw_code code_from_errno(int errnum)
{
	for (size_t i = 0; i < ARRAY_LEN(errno_codes); i++)
		if (errno_codes[i].errnum == errnum)
			return errno_codes[i].code;
	return DW_SYSTEM;
}

/* KNOWN_NEGATIVE() relies on it: whatever was handed in, a failure is never 0. */
static int negative(enum dw_code code)
{
	return code > DW_OK && code < DW_CODE_MAX_ ? -(int)code : -(int)DW_FAILED;
}

int dw_fail_at_(struct dw_err *err, enum dw_code code, int errnum, const char *where,
		const char *fmt, ...)
{
	char message[DW_ERR_MESSAGE_MAX];
	va_list ap;
	size_t used;

	if (code == DW_OK)
		code = code_from_errno(errnum);
	if (err == NULL)
		return negative(code);

	/* Formatted aside: the arguments may be the old message itself. */
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	used = strlen(message);
	if (errnum != 0)
		(void)snprintf(message + used, sizeof(message) - used, ": %s",
			       strerrordesc_np(errnum) ?: "unknown error");
	*err = (struct dw_err){ .code = code, .sys_errno = errnum };
	(void)snprintf(err->where, sizeof(err->where), "%s", where);
	memcpy(err->message, message, sizeof(message));
	/* What we were told may carry bytes from outside: an error is one line of visible
	 * text. */
	str_make_visible(err->message);
	return negative(code);
}

int dw_wrap_(struct dw_err *err, const char *fmt, ...)
{
	char message[DW_ERR_MESSAGE_MAX], both[2 * DW_ERR_MESSAGE_MAX + 2];
	va_list ap;

	if (err == NULL)
		return -(int)DW_FAILED;
	va_start(ap, fmt);
	(void)vsnprintf(message, sizeof(message), fmt, ap);
	va_end(ap);
	(void)snprintf(both, sizeof(both), "%s: %s", message, err->message);
	both[DW_ERR_MESSAGE_MAX - 1] = '\0';
	memcpy(err->message, both, sizeof(err->message));
	str_make_visible(err->message);
	return negative(err->code);
}

int dw_err_copy_(struct dw_err *to, const struct dw_err *from)
{
	if (to != NULL && from != NULL)
		*to = *from;
	return negative(from != NULL ? from->code : DW_FAILED);
}
