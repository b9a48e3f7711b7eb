/* SPDX-License-Identifier: Apache-2.0 */
/* One GET at a time through a libcurl that is loaded when needed; knows no platform. */
#include "reach/http.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define CURL_DISABLE_TYPECHECK 1
#include <curl/curl.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/str.h"

#define EARLY_MS \
	5000 /* how long a refused connect counts as "the network is about to come" */
#define EARLY_PAUSE_MS	 250  /* pause between those tries */
#define BASE_PAUSE_MS	 1000 /* first step of the exponential back-off */
#define SLOW_BYTES_PER_S 100

/* --- the library
 * --------------------------------------------------------------------------- */

struct curl_calls {
	typeof(curl_global_init) *global_init;
	typeof(curl_easy_init) *init;
	typeof(curl_easy_cleanup) *cleanup;
	typeof(curl_easy_reset) *reset;
	typeof(curl_easy_setopt) *setopt;
	typeof(curl_easy_perform) *perform;
	typeof(curl_easy_getinfo) *getinfo;
	typeof(curl_easy_strerror) *strerror;
	typeof(curl_slist_append) *slist_append;
	typeof(curl_slist_free_all) *slist_free_all;
};

struct http {
	struct curl_calls curl;
	CURL *easy; /* NULL until the first request */
	char error[CURL_ERROR_SIZE];
};

/* The second name is Debian's build against GnuTLS: the same interface, another TLS. */
static const char *const library_names[] = { "libcurl.so.4", "libcurl-gnutls.so.4" };

static int find_calls(void *lib, struct curl_calls *ret, struct dw_err *err)
{
	const struct {
		const char *name;
		void *to;
	} wanted[] = {
		{ "curl_global_init", &ret->global_init },
		{ "curl_easy_init", &ret->init },
		{ "curl_easy_cleanup", &ret->cleanup },
		{ "curl_easy_reset", &ret->reset },
		{ "curl_easy_setopt", &ret->setopt },
		{ "curl_easy_perform", &ret->perform },
		{ "curl_easy_getinfo", &ret->getinfo },
		{ "curl_easy_strerror", &ret->strerror },
		{ "curl_slist_append", &ret->slist_append },
		{ "curl_slist_free_all", &ret->slist_free_all },
	};

	for (size_t i = 0; i < ARRAY_LEN(wanted); i++) {
		void *p = dlsym(lib, wanted[i].name);

		if (p == NULL)
			return dw_fail(err, DW_UNSUPPORTED, "this libcurl has no %s",
				       wanted[i].name);
		*(void **)wanted[i].to = p; /* as POSIX wants dlsym() to be used */
	}
	return 0;
}

/* The library stays loaded: unloading TLS libraries is not something they are tested for.
 */
static int load(struct http *h, struct dw_err *err)
{
	void *lib = NULL;
	int r;

	for (size_t i = 0; i < ARRAY_LEN(library_names) && lib == NULL; i++)
		lib = dlopen(library_names[i], RTLD_LAZY | RTLD_LOCAL);
	if (lib == NULL)
		return dw_fail(
			err, DW_UNSUPPORTED,
			"this platform is asked over HTTP and libcurl cannot be loaded (%s); "
			"install libcurl4",
			dlerror() ?: "no reason given");
	r = find_calls(lib, &h->curl, err);
	if (r < 0)
		return r;
	if (h->curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return dw_fail(err, DW_UNSUPPORTED, "libcurl does not start");
	h->easy = h->curl.init();
	if (h->easy == NULL)
		return dw_fail(err, DW_NO_MEMORY, "libcurl has no memory");
	return 0;
}

int http_new(struct http **ret, struct dw_err *err)
{
	return mem_alloc((void **)ret, 1, sizeof(**ret), err);
}

void http_free(struct http *h)
{
	if (h == NULL)
		return;
	if (h->easy != NULL)
		h->curl.cleanup(h->easy);
	free(h);
}

/* --- Retry-After
 * --------------------------------------------------------------------------- */

static bool two_digits(const char *s, int *ret)
{
	if (s[0] < '0' || s[0] > '9' || s[1] < '0' || s[1] > '9')
		return false;
	*ret = (s[0] - '0') * 10 + (s[1] - '0');
	return true;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT", the one form that servers may still send (RFC 9110
 * §5.6.7). */
static bool parse_date(struct slice v, int64_t *ret_s)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = { 0 };
	int century, year;

	if (v.len != 29 || memcmp(v.data + 3, ", ", 2) != 0 ||
	    memcmp(v.data + 25, " GMT", 4) != 0 || v.data[7] != ' ' ||
	    v.data[11] != ' ' || v.data[16] != ' ' || v.data[19] != ':' ||
	    v.data[22] != ':')
		return false;
	for (tm.tm_mon = 0; tm.tm_mon < 12; tm.tm_mon++)
		if (memcmp(months + (size_t)tm.tm_mon * 3, v.data + 8, 3) == 0)
			break;
	if (tm.tm_mon == 12 || !two_digits(v.data + 5, &tm.tm_mday) ||
	    !two_digits(v.data + 12, &century) || !two_digits(v.data + 14, &year) ||
	    !two_digits(v.data + 17, &tm.tm_hour) ||
	    !two_digits(v.data + 20, &tm.tm_min) || !two_digits(v.data + 23, &tm.tm_sec))
		return false;
	tm.tm_year = century * 100 + year - 1900;
	*ret_s = (int64_t)timegm(&tm);
	return true;
}

uint64_t http_retry_after_ms(struct slice value, int64_t now_s)
{
	uint64_t seconds;
	int64_t date;

	value = slice_trim(value);
	if (str_to_u64(value, UINT32_MAX, &seconds, NULL) < 0) {
		if (!parse_date(value, &date) || date <= now_s)
			return 0;
		seconds = (uint64_t)(date - now_s);
	}
	return MIN_OF(seconds * 1000, (uint64_t)DW_RETRY_AFTER_MAX_MS);
}

/* --- one try
 * ------------------------------------------------------------------------------- */

/* What the callbacks gather, and why they stopped the transfer if they did. */
struct transfer {
	struct dw_buf body;
	struct dw_buf length; /* value of Content-Length as it came */
	unsigned headers;
	size_t header_bytes;
	bool is_chunked;
	uint64_t retry_after_ms;
	enum dw_code stopped; /* DW_OK: not by us */
	const char *why;
};

static size_t stop(struct transfer *t, enum dw_code code, const char *why)
{
	t->stopped = code;
	t->why = why;
	return 0; /* to libcurl: fewer bytes taken than given */
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	struct dw_err err;

	/* Counted here because libcurl's own limit sees only lengths that are declared.
	 */
	if (buf_append(&t->body, data, size * count, &err) < 0)
		return stop(t, err.code, "the body is larger than this document may be");
	return size * count;
}

static bool header_is(struct slice line, const char *name, struct slice *ret_value)
{
	size_t n = strlen(name);

	if (line.len <= n || line.data[n] != ':' ||
	    !slice_eq_nocase((struct slice){ line.data, n }, name))
		return false;
	*ret_value = slice_trim((struct slice){ line.data + n + 1, line.len - n - 1 });
	return true;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct transfer *t = arg;
	struct slice line = { data, size * count }, value;

	/* All of one exchange together: informational answers, redirects and trailers
	 * count too. */
	t->headers++;
	t->header_bytes += line.len;
	if (t->headers > DW_HTTP_HEADERS || t->header_bytes > DW_HTTP_HEADER_BYTES)
		return stop(t, DW_TOO_BIG, "there are too many headers");
	if (slice_starts_with(line, "HTTP/")) {
		t->is_chunked = false;
		t->retry_after_ms = 0;
		buf_clear(&t->length);
	} else if (header_is(line, "Content-Length", &value)) {
		if (t->length.len > 0 && !slice_eq(value, t->length.data))
			return stop(t, DW_MALFORMED, "it declares two different lengths");
		buf_clear(&t->length);
		if (buf_append(&t->length, value.data, value.len, NULL) < 0)
			return stop(t, DW_MALFORMED, "its length is not a number");
	} else if (header_is(line, "Transfer-Encoding", &value)) {
		t->is_chunked = slice_eq_nocase(value, "chunked");
	} else if (header_is(line, "Retry-After", &value)) {
		t->retry_after_ms = http_retry_after_ms(value, clock_wall_s());
	}
	return line.len;
}

static void transfer_done(struct transfer *t)
{
	buf_done(&t->body);
	buf_done(&t->length);
}

/* One option; the first that libcurl refuses is remembered, so that a cap is never
 * missing unseen. */
#define SET(option, value)                                                            \
	do {                                                                          \
		CURLcode set_ = h->curl.setopt(h->easy, (option), (value));           \
		if (set_ != CURLE_OK)                                                 \
			return dw_fail(err, DW_UNSUPPORTED, "libcurl refuses %s: %s", \
				       #option, h->curl.strerror(set_));              \
	} while (0)

/* Headers of the caller may hold a token: with any, no redirect is followed, whatever was
 * asked. */
static bool is_following(const struct http_request *request)
{
	return request->may_redirect &&
	       (request->headers == NULL || request->headers[0] == NULL);
}

static int set_redirects(struct http *h, const struct http_request *request,
			 struct dw_err *err)
{
	bool is_https = strncasecmp(request->url, "https:", 6) == 0;

	SET(CURLOPT_FOLLOWLOCATION, is_following(request) ? 1L : 0L);
	SET(CURLOPT_MAXREDIRS, (long)DW_HTTP_REDIRECTS);
#if LIBCURL_VERSION_NUM >= 0x075500
	SET(CURLOPT_PROTOCOLS_STR, "http,https");
	SET(CURLOPT_REDIR_PROTOCOLS_STR, is_https ? "https" : "http,https");
#else
	SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
	SET(CURLOPT_REDIR_PROTOCOLS,
	    (long)(is_https ? CURLPROTO_HTTPS : CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
	return 0;
}

static int set_caps(struct http *h, const struct http_request *request,
		    struct deadline deadline, struct dw_err *err)
{
	long left = deadline_left_ms(deadline);

	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_HTTPGET, 1L);
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_PROXY, ""); /* the environment's are for other things than metadata */
	SET(CURLOPT_NOPROXY, "*");
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_USERAGENT, "doorward/" PACKAGE_VERSION);
	SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)request->max_bytes);
	SET(CURLOPT_BUFFERSIZE, 16384L);
	SET(CURLOPT_CONNECTTIMEOUT_MS, MIN_OF(left, (long)DW_HTTP_CONNECT_MS));
	SET(CURLOPT_TIMEOUT_MS, MIN_OF(left, (long)DW_HTTP_EXCHANGE_MS));
	SET(CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_PER_S);
	SET(CURLOPT_LOW_SPEED_TIME, (long)(DW_HTTP_SLOW_MS / 1000));
	SET(CURLOPT_SSL_VERIFYPEER, 1L);
	SET(CURLOPT_SSL_VERIFYHOST, 2L);
	if (request->ca_file != NULL)
		SET(CURLOPT_CAINFO, request->ca_file);
	return set_redirects(h, request, err);
}

static int set_request(struct http *h, const struct http_request *request,
		       struct deadline deadline, struct transfer *t,
		       struct curl_slist *headers, struct dw_err *err)
{
	int r;

	h->curl.reset(h->easy); /* options only: the connection is kept */
	h->error[0] = '\0';
	r = set_caps(h, request, deadline, err);
	if (r < 0)
		return r;
	SET(CURLOPT_ERRORBUFFER, h->error);
	SET(CURLOPT_URL, request->url);
	SET(CURLOPT_HTTPHEADER, headers);
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_WRITEDATA, t);
	SET(CURLOPT_HEADERFUNCTION, on_header);
	SET(CURLOPT_HEADERDATA, t);
	return 0;
}

static int append_headers(struct http *h, const char *const *headers,
			  struct curl_slist **list, struct dw_err *err)
{
	for (size_t i = 0; headers != NULL && headers[i] != NULL; i++) {
		struct curl_slist *longer = h->curl.slist_append(*list, headers[i]);

		if (longer == NULL)
			return dw_fail(err, DW_NO_MEMORY, "out of memory");
		*list = longer;
	}
	return 0;
}

/* Did the transfer get as far as a connection? */
static bool was_connected(struct http *h)
{
	curl_off_t us = 0;

	return h->curl.getinfo(h->easy, CURLINFO_PRETRANSFER_TIME_T, &us) == CURLE_OK &&
	       us > 0;
}

/* How a try ended, beyond its error code. */
enum ending {
	ENDED_ANSWER,	/* with an answer: look at its status */
	ENDED_CONNECT,	/* before there was a connection */
	ENDED_BROKEN,	/* in the middle: the next try may be luckier */
	ENDED_FOR_GOOD, /* what the server sends is wrong, and would be again */
};

static enum ending fail_transfer(struct http *h, CURLcode code, const char *url,
				 const struct transfer *t, struct dw_err *err)
{
	const char *told = h->error[0] != '\0' ? h->error : h->curl.strerror(code);

	if (t->stopped != DW_OK) {
		(void)dw_fail(err, t->stopped, "%s: %s", url, t->why);
		return ENDED_FOR_GOOD;
	}
	switch ((int)code) {
	case CURLE_COULDNT_CONNECT:
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_INTERFACE_FAILED:
		(void)dw_fail(err, DW_UNREACHABLE, "%s: %s", url, told);
		return ENDED_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		(void)dw_fail(err, DW_TIMEOUT, "%s: %s", url, told);
		return was_connected(h) ? ENDED_BROKEN : ENDED_CONNECT;
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		(void)dw_fail(err, DW_MALFORMED, "%s: the answer is cut short: %s", url,
			      told);
		return ENDED_BROKEN;
	case CURLE_FILESIZE_EXCEEDED:
		(void)dw_fail(err, DW_TOO_BIG,
			      "%s: the body is larger than this document may be", url);
		return ENDED_FOR_GOOD;
	case CURLE_SSL_CONNECT_ERROR:
		(void)dw_fail(err, DW_UNREACHABLE, "%s: no TLS connection: %s", url,
			      told);
		return ENDED_BROKEN;
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
		(void)dw_fail(
			err, DW_REFUSED,
			"%s: its certificate is not trusted: %s (is the clock right?)",
			url, told);
		return ENDED_FOR_GOOD;
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9, or a redirect to something worse */
		(void)dw_fail(err, t->headers == 0 ? DW_MALFORMED : DW_REFUSED, "%s: %s",
			      url, told);
		return ENDED_FOR_GOOD;
	case CURLE_TOO_MANY_REDIRECTS:
		(void)dw_fail(err, DW_REFUSED, "%s: %s", url, told);
		return ENDED_FOR_GOOD;
	case CURLE_OUT_OF_MEMORY: /* what libcurl says of a header line over 100 KiB, too
				   */
		(void)dw_fail(err, DW_TOO_BIG,
			      "%s: a header line is too long, or memory ran out", url);
		return ENDED_FOR_GOOD;
	default:
		(void)dw_fail(err, DW_MALFORMED, "%s: %s", url, told);
		return ENDED_FOR_GOOD;
	}
}

static enum ending judge_answer(const char *url, const struct transfer *t, long status,
				struct dw_err *err)
{
	bool has_no_body = status == 204 || status == 304;

	if (status < 200 || status > 599) {
		(void)dw_fail(err, DW_MALFORMED, "%s: status %ld means nothing", url,
			      status);
		return ENDED_FOR_GOOD;
	}
	if (t->is_chunked && t->length.len > 0) {
		(void)dw_fail(err, DW_MALFORMED, "%s: it declares its length in two ways",
			      url);
		return ENDED_FOR_GOOD;
	}
	/* libcurl calls a body that just stops complete: half a key list would look like
	 * a whole one. */
	if (!has_no_body && !t->is_chunked && t->length.len == 0) {
		(void)dw_fail(
			err, DW_MALFORMED,
			"%s: the answer has neither length nor chunks, so nobody can tell "
			"whether it is whole",
			url);
		return ENDED_FOR_GOOD;
	}
	return ENDED_ANSWER;
}

/* Negative: the try could not even be made. */
static int run_try(struct http *h, const struct http_request *request,
		   struct deadline deadline, struct transfer *t, long *ret_status,
		   enum ending *ret_ending, struct dw_err *err)
{
	struct curl_slist *headers = NULL;
	CURLcode code;
	int r;

	r = append_headers(h, request->headers, &headers, err);
	if (r >= 0)
		r = set_request(h, request, deadline, t, headers, err);
	if (r >= 0) {
		code = h->curl.perform(h->easy);
		if (code == CURLE_OK)
			code = h->curl.getinfo(h->easy, CURLINFO_RESPONSE_CODE,
					       ret_status);
		if (code == CURLE_OK)
			*ret_ending = judge_answer(request->url, t, *ret_status, err);
		else
			*ret_ending = fail_transfer(h, code, request->url, t, err);
	}
	h->curl.slist_free_all(headers);
	return r;
}

/* --- trying again
 * --------------------------------------------------------------------------- */

/* Uniform in [from, to]. */
static uint64_t random_between(uint64_t from, uint64_t to)
{
	uint64_t x = 0;

	if (to <= from)
		return from;
	/* Without chance everybody would come at once, but they would come. */
	(void)!getrandom(&x, sizeof(x), GRND_NONBLOCK);
	return from + x % (to - from + 1);
}

struct tries {
	uint64_t started_ms;
	unsigned count;	     /* all of them */
	unsigned refused;    /* without a connection, in a row */
	unsigned backed_off; /* steps of the exponential back-off */
	bool was_answered;   /* with 429 or 5xx: no hurry any more */
};

static bool is_listed(const struct http_retry *retry, long status)
{
	for (const int *s = retry != NULL ? retry->statuses : NULL; s != NULL && *s != 0;
	     s++)
		if (*s == status)
			return true;
	return false;
}

static bool is_default_retry(long status)
{
	return status == 408 || status == 429 || status >= 500;
}

static uint64_t backoff_ms(struct tries *t, uint64_t retry_after_ms)
{
	unsigned step = MIN_OF(t->backed_off, 10u);
	uint64_t most;

	t->backed_off++;
	if (retry_after_ms > 0) {
		most = MIN_OF(retry_after_ms << step, (uint64_t)DW_BACKOFF_CAP_MS * 2);
		return random_between(retry_after_ms,
				      MIN_OF(most, (uint64_t)DW_RETRY_AFTER_MAX_MS));
	}
	return random_between(
		0, MIN_OF((uint64_t)BASE_PAUSE_MS << step, (uint64_t)DW_BACKOFF_CAP_MS));
}

/* False: not worth another try. */
static bool pause_after(const struct http_retry *retry, enum ending ending, long status,
			uint64_t retry_after_ms, struct tries *t, uint64_t *ret_ms)
{
	switch (ending) {
	case ENDED_ANSWER:
		t->refused = 0;
		t->was_answered = true;
		if (retry_after_ms == 0 && retry != NULL && retry->pause_ms > 0 &&
		    is_listed(retry, status))
			*ret_ms = retry->pause_ms;
		else
			*ret_ms = backoff_ms(t, retry_after_ms);
		return true;
	case ENDED_CONNECT:
		t->refused++;
		if (retry != NULL && retry->connect_tries > 0 &&
		    t->refused >= retry->connect_tries)
			return false;
		/* At boot the network comes up any moment; nobody is overloaded by a few
		 * packets. */
		if (!t->was_answered && clock_now_ms() - t->started_ms < EARLY_MS)
			*ret_ms = random_between(EARLY_PAUSE_MS * 8 / 10,
						 EARLY_PAUSE_MS * 12 / 10);
		else
			*ret_ms = backoff_ms(t, 0);
		return true;
	case ENDED_BROKEN:
		t->refused = 0;
		*ret_ms = backoff_ms(t, 0);
		return true;
	case ENDED_FOR_GOOD:
		break;
	}
	return false;
}

/* An answer that means "try again" is told as an error once there is no time to do so. */
static int fail_status(const struct http_request *request, long status,
		       struct dw_err *err)
{
	return dw_fail(err, status == 410 ? DW_GONE : DW_NOT_YET,
		       "%s: still answers with status %ld", request->url, status);
}

static int give_up(const struct tries *t, const struct http_request *request,
		   enum ending ending, long status, struct dw_err *err)
{
	if (ending == ENDED_ANSWER)
		(void)fail_status(request, status, err);
	if (t->count > 1)
		return dw_wrap(
			err, "after %u tries in %llu s", t->count,
			(unsigned long long)(clock_now_ms() - t->started_ms + 500) /
				1000);
	return dw_err_copy(NULL, err);
}

static int take_answer(struct transfer *t, long status, struct http_answer *ret,
		       struct dw_err *err)
{
	struct http_answer a = { .status = status };
	int r = buf_take(&t->body, &a.body, &a.len, err);

	if (r >= 0)
		*ret = a;
	return r;
}

int http_get(struct http *h, const struct http_request *request, struct deadline deadline,
	     struct http_answer *ret, struct dw_err *err)
{
	struct tries tries = { .started_ms = clock_now_ms() };
	struct dw_err own;
	int r;

	if (err == NULL)
		err = &own; /* dw_wrap() needs something to wrap */
	if (strncasecmp(request->url, "http://", 7) != 0 &&
	    strncasecmp(request->url, "https://", 8) != 0)
		return dw_fail(err, DW_UNSUPPORTED,
			       "%s: only http and https are spoken here", request->url);
	r = h->easy == NULL ? load(h, err) : 0;
	if (r < 0)
		return r;
	if (deadline_is_over(deadline))
		return dw_fail(err, DW_TIMEOUT, "%s: no time left to ask", request->url);
	for (;;) {
		cleanup_with(transfer_done) struct transfer t = {
			.body = BUF_INIT(request->max_bytes),
			.length = BUF_INIT(32),
		};
		enum ending ending;
		uint64_t pause_ms, left_ms;
		long status = 0;

		r = run_try(h, request, deadline, &t, &status, &ending, err);
		if (r < 0)
			return r;
		tries.count++;
		if (ending == ENDED_ANSWER && !is_default_retry(status) &&
		    !is_listed(request->retry, status))
			return take_answer(&t, status, ret, err);
		if (!pause_after(request->retry, ending, status, t.retry_after_ms, &tries,
				 &pause_ms))
			return give_up(&tries, request, ending, status, err);
		left_ms = (uint64_t)deadline_left_ms(deadline);
		/* A long draw must not throw away the time that is left: one more try at
		 * its end. */
		if (t.retry_after_ms == 0 && left_ms >= 2 * DW_HTTP_CONNECT_MS)
			pause_ms = MIN_OF(pause_ms, left_ms - DW_HTTP_CONNECT_MS);
		if (pause_ms >= left_ms)
			return give_up(&tries, request, ending, status, err);
		log_debug("%s: status %ld, again in %llu ms", request->url, status,
			  (unsigned long long)pause_ms);
		clock_sleep_ms(pause_ms, deadline);
	}
}
