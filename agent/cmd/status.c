/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `status`: how the last run went, and waiting for the one that runs. */
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "cmd/out.h"
#include "cmd/verbs.h"
#include "publish/publish.h"

#define POLL_MS 100

static bool arg_wait;
static uint64_t arg_timeout = 300;

static const struct opt options[] = {
	{ "wait", OPT_FLAG, NULL, &arg_wait, "wait until no run is under way", NULL },
	{ "timeout", OPT_NUMBER, "SECONDS", &arg_timeout, "wait at most so long (300)",
	  NULL },
	{ 0 },
};

/* The first line of our own text is "state: WORD". */
static int read_state(const struct dw_buf *text, enum run_state *ret, struct dw_err *err)
{
	struct slice rest = slice_of_buf(text), line;

	if (slice_next_line(&rest, &line) && slice_starts_with(line, "state: "))
		for (enum run_state s = 0; s < RUN_STATE_MAX_; s++)
			if (slice_eq((struct slice){ line.data + 7, line.len - 7 },
				     run_state_text(s))) {
				*ret = s;
				return 0;
			}
	return dw_fail(err, DW_MALFORMED, "/" PATH_STATUS_TEXT " is not ours");
}

static int read_status(int root_fd, struct dw_buf *text, enum run_state *ret,
		       struct dw_err *err)
{
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, PATH_STATUS_TEXT, text, &why);

	if (r == -DW_ABSENT)
		return dw_fail(err, DW_ABSENT,
			       "doorward has not run since this machine started");
	if (r < 0)
		return dw_err_copy(err, &why);
	return read_state(text, ret, err);
}

/*
 * A run that was killed leaves "running" behind. Its lock went with it: who can take the
 * lock knows that nobody runs. A "message:" line means that a later stage is waited for.
 * Only root may look at the lock.
 */
static bool was_killed(int root_fd, const struct dw_buf *text)
{
	cleanup_fd int fd = -1;

	if (strstr(text->data, "\nmessage: ") != NULL)
		return false;
	return fd_open_at(root_fd, PATH_LOCK, O_RDONLY, &fd, NULL) == 0 &&
	       flock(fd, LOCK_SH | LOCK_NB) == 0;
}

static int exit_status(enum run_state state)
{
	switch (state) {
	case RUN_DONE:
	case RUN_RUNNING:
		return 0;
	case RUN_DEGRADED:
		return dw_code_exit_status(DW_DEGRADED);
	case RUN_NO_PLATFORM:
		return dw_code_exit_status(DW_NOT_HERE);
	case RUN_FAILED:
	case RUN_STATE_MAX_:
	default:
		return dw_code_exit_status(DW_FAILED);
	}
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX * 4);
	struct deadline deadline = deadline_after(arg_timeout * 1000);
	enum run_state state = RUN_FAILED;
	int r;

	for (;;) {
		buf_clear(&text);
		r = read_status(env->root_fd, &text, &state, err);
		if (r == 0 && state == RUN_RUNNING && was_killed(env->root_fd, &text))
			return dw_fail(
				err, DW_FAILED,
				"the last run was killed before its end; run 'doorward provision' again");
		if (!arg_wait || (r != -DW_ABSENT && (r < 0 || state != RUN_RUNNING)))
			break;
		if (deadline_is_over(deadline))
			return dw_fail(err, DW_TIMEOUT,
				       "no run has ended within %llu seconds",
				       (unsigned long long)arg_timeout);
		clock_sleep_ms(POLL_MS, deadline);
	}
	if (r == 0 && env->has_json) {
		buf_clear(&text);
		r = fd_read_file(env->root_fd, PATH_STATUS, &text, err);
	}
	if (r == 0)
		r = out_write(&text, err);
	return r < 0 ? r : exit_status(state);
}

const struct cmd cmd_status = {
	.name = "status",
	.operands = "",
	.summary = "tell how the last run went",
	.help = "Exit status 0 when all is well or a run is under way, 1 when it failed, 2 when something that\n"
		"was asked for was refused, 3 when no platform was recognised. Needs neither root nor the network.",
	.options = options,
	.run = run,
};
