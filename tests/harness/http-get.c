/* SPDX-License-Identifier: Apache-2.0 */
/* Drives reach/http.c from scripts: one or more GETs on one connection, one line of
 * outcome each. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/str.h"
#include "reach/http.h"

/*
 * Usage: http-get [--max BYTES] [--deadline-ms N] [--header LINE]... [--retry STATUS]...
 * [--pause-ms N]
 *                 [--connect-tries N] [--redirect] [--ca-file FILE] [--show] URL...
 *
 * Prints per URL "status=200 bytes=12 ms=3 rss_kib=9000" or "error=DW_TIMEOUT ms=...
 * message=..."; with --show the body follows on lines of its own. Exits with 0 unless
 * used wrongly.
 */
#define WORDS_MAX 16

struct options {
	struct http_request request;
	struct http_retry retry;
	const char *headers[WORDS_MAX + 1];
	int statuses[WORDS_MAX + 1];
	size_t headers_count, statuses_count;
	uint64_t deadline_ms;
	bool is_showing;
};

static bool number(const char *text, uint64_t max, uint64_t *ret)
{
	return text != NULL && str_to_u64(slice_of(text), max, ret, NULL) == 0;
}

/* 0: not an option, -1: wrong, else how many arguments it took. */
static int take_option(struct options *o, char **argv)
{
	const char *name = argv[0], *value = argv[1];
	uint64_t n = 0;

	if (strncmp(name, "--", 2) != 0)
		return 0;
	if (strcmp(name, "--redirect") == 0)
		return o->request.may_redirect = true;
	if (strcmp(name, "--show") == 0)
		return o->is_showing = true;
	if (value == NULL)
		return -1;
	if (strcmp(name, "--header") == 0 && o->headers_count < WORDS_MAX) {
		o->headers[o->headers_count++] = value;
		return 2;
	}
	if (strcmp(name, "--ca-file") == 0) {
		o->request.ca_file = value;
		return 2;
	}
	if (!number(value, UINT32_MAX, &n))
		return -1;
	if (strcmp(name, "--max") == 0)
		o->request.max_bytes = (size_t)n;
	else if (strcmp(name, "--deadline-ms") == 0)
		o->deadline_ms = n;
	else if (strcmp(name, "--pause-ms") == 0)
		o->retry.pause_ms = (unsigned)n;
	else if (strcmp(name, "--connect-tries") == 0)
		o->retry.connect_tries = (unsigned)n;
	else if (strcmp(name, "--retry") == 0 && o->statuses_count < WORDS_MAX)
		o->statuses[o->statuses_count++] = (int)n;
	else
		return -1;
	return 2;
}

/* Of this program alone: getrusage() would count what the starting process had before
 * exec. */
static unsigned long long peak_kib(void)
{
	static const char key[] = "VmHWM:";
	cleanup_buf struct dw_buf text = BUF_INIT(65536);
	cleanup_fd int root = -1;
	struct slice rest, line, word;
	uint64_t kib = 0;

	if (fd_open_root("/", &root, NULL) < 0 ||
	    fd_read_file(root, "proc/self/status", &text, NULL) < 0)
		return 0;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line))
		if (slice_starts_with(line, key)) {
			(void)slice_next_word(&line, &word);
			(void)slice_next_word(&line, &word);
			if (str_to_u64(word, UINT32_MAX, &kib, NULL) < 0)
				return 0;
		}
	return kib;
}

static void get(struct http *h, struct options *o, const char *url)
{
	struct http_answer answer = { 0 };
	struct dw_err err;
	uint64_t start_ms = clock_now_ms();
	int r;

	o->request.url = url;
	r = http_get(h, &o->request, deadline_after(o->deadline_ms), &answer, &err);
	if (r < 0) {
		printf("error=%s ms=%llu rss_kib=%llu message=%s\n",
		       dw_code_name(err.code),
		       (unsigned long long)(clock_now_ms() - start_ms), peak_kib(),
		       err.message);
		return;
	}
	printf("status=%ld bytes=%zu ms=%llu rss_kib=%llu\n", answer.status, answer.len,
	       (unsigned long long)(clock_now_ms() - start_ms), peak_kib());
	if (o->is_showing)
		(void)fwrite(answer.body, 1, answer.len, stdout);
	free(answer.body);
}

int main(int argc, char **argv)
{
	struct options o = { .request = { .max_bytes = 1 << 20 }, .deadline_ms = 10000 };
	cleanup_http struct http *h = NULL;
	int i = 1, took;

	for (; i < argc; i += took) {
		took = take_option(&o, argv + i);
		if (took < 0)
			return 64;
		if (took == 0)
			break;
	}
	if (i >= argc || http_new(&h, NULL) < 0)
		return 64;
	o.retry.statuses = o.statuses;
	o.request.headers = o.headers;
	o.request.retry = &o.retry;
	for (; i < argc; i++)
		get(h, &o, argv[i]);
	return 0;
}
