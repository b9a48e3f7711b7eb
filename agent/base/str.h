/* SPDX-License-Identifier: Apache-2.0 */
/* Borrowed slices, strict numbers, and the text classes through which metadata becomes
 * text. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"

/* A slice borrows: it never outlives the bytes it points into. Not NUL-terminated. */
struct slice {
	const char *data;
	size_t len;
};

#define SLICE(s) ((struct slice){ (s), sizeof(s) - 1 }) /* of a literal */
struct slice slice_of(const char *s); /* of a C string; NULL gives an empty slice */
struct slice slice_of_buf(const struct dw_buf *b);
bool slice_eq(struct slice a, const char *s);
bool slice_eq_nocase(struct slice a, const char *s); /* ASCII only */
bool slice_starts_with(struct slice a, const char *prefix);
struct slice slice_trim(struct slice a); /* blanks, tabs, CR, LF at both ends */

/*
 * Cuts the first line off *REST: *RET_LINE is without LF and without one CR before it.
 * False when nothing is left. A last line without LF counts.
 */
bool slice_next_line(struct slice *rest, struct slice *ret_line);

/* Cuts the next word (blanks and tabs separate) off *REST; false when nothing is left. */
bool slice_next_word(struct slice *rest, struct slice *ret_word);

/*
 * The fields of S between SEPARATORs, at most MAX of them (the rest is left out); FIELDS
 * beyond the last one are empty. Returns how many there are: one for an empty S.
 */
size_t slice_split(struct slice s, char separator, struct slice *fields, size_t max);

bool str_eq_nocase(const char *a, const char *b);
bool str_starts_with(const char *s, const char *prefix);
bool str_ends_with(const char *s, const char *suffix);

/* Decimal digits only, no sign, no blank, no leading zero but "0"; at most MAX. */
int str_to_u64(struct slice s, uint64_t max, uint64_t *ret, struct dw_err *err)
	must_check;

/* 1 for true/yes/on/1/t, 0 for false/no/off/0/f (any case), -1 for anything else. */
int str_to_bool(struct slice s);

/*
 * Text classes. Bytes from outside become text only through one of these; a byte outside
 * the class is DW_MALFORMED with its offset, never a silent cut. All refuse NUL and
 * invalid UTF-8.
 */
enum text_class {
	TEXT_WORD,  /* printable ASCII without blank */
	TEXT_LINE,  /* UTF-8 without any control byte */
	TEXT_LINES, /* UTF-8 with LF, CR LF and TAB, no other control byte */
};

int text_check(struct slice s, enum text_class class, size_t max, struct dw_err *err)
	must_check;

/* text_check() and a NUL-terminated copy for the caller to free. */
int text_copy(struct slice s, enum text_class class, size_t max, char **ret,
	      struct dw_err *err) must_check;

/*
 * Appends S with control bytes, backslash, invalid UTF-8 as \xNN (and \n, \t, \\ in
 * words), so that it is one visible line: for messages and the record.
 * buf_append_unescaped() is the strict inverse: an unknown or upper-case escape is
 * DW_MALFORMED.
 */
int buf_append_escaped(struct dw_buf *b, struct slice s, struct dw_err *err) must_check;
int buf_append_unescaped(struct dw_buf *b, struct slice s, struct dw_err *err) must_check;

/* Length of the valid UTF-8 sequence at S (1..4), 0 if there is none (overlong,
 * surrogate, cut). */
size_t utf8_len(struct slice s);

/* In place: each byte that is a control character or no UTF-8 becomes '?'. For terminals.
 */
void str_make_visible(char *s);
