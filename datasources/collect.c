/* SPDX-License-Identifier: Apache-2.0 */
/* One GET into a blob; what a status means is the same for every platform unless it says
 * otherwise. */
#include "datasources/collect.h"

#include <string.h>

#include "base/mem.h"

static enum dw_code outcome_of(long status)
{
	switch (status) {
	case 200:
	case 204:
		return DW_OK;
	case 404:
	case 410:
		return DW_ABSENT;
	case 401:
	case 403:
		return DW_UNAUTHORISED;
	default:
		return DW_FAILED;
	}
}

int collect_get(const struct ds_context *ctx, struct http **http, bool local_only,
		const struct collect_request *request, struct payload *ret,
		struct dw_err *err)
{
	struct http_request get = {
		.url = request->url,
		.headers = request->headers,
		.max_bytes = request->max_bytes,
		.retry = request->retry,
		.may_redirect = request->may_redirect,
	};
	struct http_answer answer = { 0 };
	struct slice body;
	cleanup_free char *owned = NULL;
	enum dw_code outcome;
	int rc;

	if (local_only)
		return dw_fail(err, DW_NOT_YET, "%s needs the network", request->name);
	if (*http == NULL) {
		rc = http_new(http, err);
		if (rc < 0)
			return rc;
	}
	rc = http_get(*http, &get, ctx->deadline, &answer, err);
	if (rc < 0)
		return dw_wrap(err, "%s", request->name);
	owned = answer.body;
	outcome = outcome_of(answer.status);
	body = outcome == DW_OK ? (struct slice){ owned, answer.len } : SLICE("");
	return payload_add(ret, request->name, outcome, answer.status, body, err);
}

int collect_url(const char *origin, const char *replacement, const char *path, char **ret,
		struct dw_err *err)
{
	size_t len;

	if (replacement == NULL)
		return mem_asprintf(ret, err, "%s%s", origin, path);
	len = strlen(replacement);
	while (len > 0 && replacement[len - 1] == '/')
		len--;
	return mem_asprintf(ret, err, "%.*s%s", (int)len, replacement, path);
}
