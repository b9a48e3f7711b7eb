/* SPDX-License-Identifier: Apache-2.0 */
/* Starts the unprivileged program and takes its record: bytes only, re-validated. */
#include "cmd/flow.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apply/spawn.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "model/record.h"

#define FETCHER	 "doorward-fetch"
#define PATH_LEN 4096
#define ARGS_MAX 32
#define GRACE_MS 5000 /* the fetcher tells its own time-out itself, if it can */

/* In a build tree the fetcher lies beside us; installed, it has a place of its own. */
static int find_fetcher(char path[static PATH_LEN], struct dw_err *err)
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_LEN - sizeof("/" FETCHER));
	char *slash;

	if (n > 0) {
		path[n] = '\0';
		slash = strrchr(path, '/');
		if (slash != NULL) {
			(void)snprintf(slash + 1, PATH_LEN - (size_t)(slash + 1 - path),
				       "%s", FETCHER);
			if (access(path, X_OK) == 0)
				return 0;
		}
	}
	(void)snprintf(path, PATH_LEN, "%s", DW_PKGLIBEXECDIR "/" FETCHER);
	if (access(path, X_OK) == 0)
		return 0;
	return dw_fail(err, DW_ABSENT,
		       "%s is not installed; reinstall the package doorward", path);
}

struct args {
	const char *v[ARGS_MAX];
	size_t n;
};

static void add(struct args *a, const char *word)
{
	if (a->n + 1 < ARGS_MAX)
		a->v[a->n++] = word;
}

static void add_option(struct args *a, const char *option, const char *value)
{
	if (value == NULL)
		return;
	add(a, option);
	add(a, value);
}

static uint64_t budget_ms(const struct flow_request *q)
{
	return q->is_local || q->is_detect_only ? DW_FOREGROUND_MS
						: q->config->network_seconds * 1000;
}

/*
 * The record comes in one piece, at the end. Until then a person at a terminal sees the
 * seconds, and a log gets a line now and then.
 */
static void show_waiting(int fd, struct deadline deadline)
{
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	bool is_terminal = isatty(STDERR_FILENO) == 1 && log_is_shown(LOG_INFO_);
	unsigned next_line = 5;
	unsigned seconds = 0;

	while (!deadline_is_over(deadline) && poll(&wait, 1, 1000) == 0) {
		seconds++;
		if (is_terminal) {
			dprintf(STDERR_FILENO,
				"\rwaiting for the platform's metadata, %u s ", seconds);
		} else if (seconds == next_line) {
			log_info("waiting for the platform's metadata since %u s",
				 seconds);
			next_line *= 2;
		}
	}
	if (is_terminal && seconds > 0)
		dprintf(STDERR_FILENO, "\r%*s\r", 50, "");
}

static int read_record(int fd, uint64_t ms, struct instance *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX);
	struct deadline deadline = deadline_after(ms + GRACE_MS);
	int r;

	show_waiting(fd, deadline);
	r = fd_read_until(fd, deadline, &text, err);

	if (r < 0)
		return dw_wrap_code(err, r, "while waiting for " FETCHER);
	if (text.len == 0)
		return dw_fail(err, DW_FAILED, FETCHER " ended without an answer");
	return record_read(slice_of_buf(&text), ret, err);
}

int flow_fetch(const struct flow_request *q, struct instance *ret, struct dw_err *err)
{
	char path[PATH_LEN], deadline[32], bits[32];
	struct args a = { .n = 0 };
	cleanup_fd int fd = -1;
	int r, waited, status = 0;
	struct dw_err ignored;
	pid_t pid = -1;

	r = find_fetcher(path, err);
	if (r < 0)
		return r;
	(void)snprintf(deadline, sizeof(deadline), "%llu",
		       (unsigned long long)budget_ms(q));
	(void)snprintf(bits, sizeof(bits), "%llu",
		       (unsigned long long)q->config->min_rsa_bits);
	add(&a, path);
	add_option(&a, "--stage", q->is_local ? "local" : "any");
	add_option(&a, "--deadline-ms", deadline);
	add_option(&a, "--min-rsa-bits", bits);
	add_option(&a, "--default-user", q->config->user_name);
	add_option(&a, "--root", q->root);
	add_option(&a, "--datasource",
		   q->datasource != NULL ? q->datasource : q->config->datasource);
	add_option(&a, "--seed", q->seed);
	add_option(&a, "--metadata-url", q->metadata_url);
	add_option(&a, "--wireserver-url", q->wireserver_url);
	if (q->config->may_have_key_options)
		add(&a, "--allow-key-options");
	if (q->config->may_use_plain_http)
		add(&a, "--allow-plain-http");
	if (q->is_detect_only)
		add(&a, "--detect-only");
	if (log_is_shown(LOG_DEBUG_))
		add(&a, "--verbose");

	r = spawn_pipe(a.v, &pid, &fd, err);
	if (r < 0)
		return r;
	r = read_record(fd, budget_ms(q), ret, err);
	/* The record decides; an exit status without one was told above. */
	waited = spawn_wait(pid, r == -DW_TIMEOUT ? 0 : GRACE_MS, &status, &ignored);
	if (r == 0 && (waited < 0 || status != 0)) {
		instance_done(ret);
		r = dw_fail(err, DW_FAILED,
			    FETCHER " sent a record and then failed (status %d)", status);
	}
	return r;
}
