/* SPDX-License-Identifier: Apache-2.0 */
/* Gets one document over HTTP into the payload: for the fetch() of rows that need no
 * more. */
#pragma once

#include "datasources/datasource.h"

struct collect_request {
	const char *name; /* of the blob */
	const char *url;
	const char *const *headers; /* ends with NULL; may be NULL */
	size_t max_bytes;
	const struct http_retry *retry; /* NULL: default policy */
	bool may_redirect;
};

/*
 * Adds one blob called REQUEST->name: DW_OK for 200 (and 204, empty), DW_ABSENT for 404
 * and 410, DW_UNAUTHORISED for 401 and 403, DW_FAILED for any other status; the caller
 * judges it. Without any answer the error of http_get() is returned, prefixed with the
 * name, and no blob is added. With LOCAL_ONLY nothing is sent: DW_NOT_YET. *HTTP is made
 * when it is NULL.
 */
int collect_get(const struct ds_context *ctx, struct http **http, bool local_only,
		const struct collect_request *request, struct payload *ret,
		struct dw_err *err) must_check;

/*
 * ORIGIN ("http://169.254.169.254") or, when the caller was told to go elsewhere,
 * REPLACEMENT (may be NULL) without its final slashes, and PATH ("/metadata/..."). *RET
 * is the caller's.
 */
int collect_url(const char *origin, const char *replacement, const char *path, char **ret,
		struct dw_err *err) must_check;
