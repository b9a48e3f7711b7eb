/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP for metadata: no proxy, no redirect, every quantity capped, retries inside a
 * deadline. */
#pragma once

#include <stdbool.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/str.h"
#include "model/payload.h"

/*
 * The only user of libcurl, which is loaded with dlopen() at the first request: loading
 * it costs 6 ms and 9 MiB, and most runs never need it. One struct http keeps one
 * connection for all requests of a source. Names are never looked up for metadata
 * (literal addresses); the environment's proxies are ignored. Bodies ended by connection
 * close alone are refused: half a key list must not look like a whole one. Ceilings:
 * limits.h, DW_HTTP_*.
 */
struct http;

int http_new(struct http **ret, struct dw_err *err) must_check;
void http_free(struct http *h);
DEFINE_CLEANUP_PTR(struct http, http_free);
#define cleanup_http cleanup_with(http_free_cleanup_)

/* How to go on after an answer: what the datasource's own table says. */
struct http_retry {
	const int *statuses; /* ends with 0: answers that mean "try again" beside 408, 429
				and 5xx */
	unsigned pause_ms;   /* constant pause after those; 0: full jitter, base 1 s, cap
				DW_BACKOFF_CAP_MS */
	unsigned connect_tries; /* give up after so many refused connections in a row; 0:
				   until the deadline */
};

struct http_request {
	const char *url; /* literal address, or a name where the administrator configured
			    one */
	const char *const *headers; /* "Metadata: true", ends with NULL; may be NULL */
	size_t max_bytes;
	const struct http_retry *retry; /* NULL: the default policy alone */
	/*
	 * Only for URLs that the administrator configured; same scheme or better. Not
	 * together with `headers`, which may hold a token that is nobody else's business:
	 * then it means nothing.
	 */
	bool may_redirect;
	const char *ca_file; /* https: bundle to trust; NULL: the system's */
};

struct http_answer {
	long status; /* 200..599 */
	char *body;  /* NUL-terminated beside its length; the caller frees it */
	size_t len;
};

/*
 * GET until a final answer (any status that is not to be retried: also 404) or the
 * deadline. Two-phase policy: connect errors in the first 5 s are retried every 250 ms
 * +-20 %, everything else by REQUEST's table; Retry-After is honoured up to
 * DW_RETRY_AFTER_MAX_MS.
 *
 * Errors: DW_UNREACHABLE, DW_TIMEOUT, DW_TOO_BIG, DW_MALFORMED (cut short, no length),
 * DW_UNSUPPORTED (no libcurl), DW_REFUSED (certificate, redirect). When the last answer
 * meant "try again" and there is no time for it: DW_GONE for 410, DW_NOT_YET for every
 * other status. *RET is untouched by any of them.
 */
int http_get(struct http *h, const struct http_request *request, struct deadline deadline,
	     struct http_answer *ret, struct dw_err *err) must_check;

/*
 * What a Retry-After header asks for: seconds or an HTTP date, seen from NOW_S (seconds
 * since 1970), at most DW_RETRY_AFTER_MAX_MS; 0 for nonsense and for the past.
 */
uint64_t http_retry_after_ms(struct slice value, int64_t now_s);
