/* SPDX-License-Identifier: Apache-2.0 */
/* From one metadata value to a user's keys and the remarks about those that cannot be
 * used. */
#pragma once

#include "datasources/datasource.h"

/* Counts add up over calls: start from zero. */
struct keys_count {
	size_t accepted; /* also those that the user had already */
	size_t refused;
	size_t missing; /* keys_compare() only: usable keys that the user has not */
};

/*
 * Reads every key in VALUE (codec/keyvalue.h) into the list of USER, which is made if
 * missing. SOURCE says where it stood and goes into the record with each key. A key that
 * cannot be used is a REMARK_REFUSED, a repaired one also a REMARK_NOTE; only memory and
 * the like are errors.
 */
int keys_add(const struct ds_context *ctx, struct instance *i, const char *user,
	     struct slice value, const char *source, struct keys_count *count,
	     struct dw_err *err) must_check;

/* Compares VALUE's keys, by type and blob, with those of USER (may not exist); changes
 * nothing. */
int keys_compare(const struct ds_context *ctx, const struct instance *i, const char *user,
		 struct slice value, struct keys_count *count, struct dw_err *err)
	must_check;

/*
 * Turns a failure that is only about one value (malformed, refused, over a limit) into a
 * REMARK_REFUSED and returns 0; hands every other failure on. RC and ERR belong together.
 */
int remark_failure(struct instance *i, int rc, const char *source, const char *advice,
		   struct dw_err *err) must_check;
