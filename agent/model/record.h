/* SPDX-License-Identifier: Apache-2.0 */
/* The canonical text of an instance (docs/record.md): crosses the wall, and is cached. */
#pragma once

#include "base/buf.h"
#include "base/err.h"
#include "model/instance.h"

/*
 * Line based, one value per line, fixed order, versioned, ended by a line that counts the
 * lines, so that a torn record is never taken for a whole one. One instance has exactly
 * one text: record_read() refuses any other spelling, so write(read(x)) == x for all x it
 * accepts.
 */

/* Appends the text of I to RET (give it DW_RECORD_MAX as ceiling). */
int record_write(const struct instance *i, struct dw_buf *ret, struct dw_err *err)
	must_check;

/*
 * Reads TEXT into *RET (initialised by this call) and runs validate_instance().
 * DW_MALFORMED names the line. Nothing is left to free on failure.
 */
int record_read(struct slice text, struct instance *ret, struct dw_err *err) must_check;

/*
 * The record a fetch sends when it fails is not an instance but a failure in the same
 * line form: record_write_failure() and, on the other side, record_read() returns that
 * very error.
 */
int record_write_failure(const struct dw_err *failure, struct dw_buf *ret,
			 struct dw_err *err) must_check;
