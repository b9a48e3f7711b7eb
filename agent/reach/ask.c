/* SPDX-License-Identifier: Apache-2.0 */
/* The child without rights: fork, lock, work, answer through a pipe. */
#include "reach/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "base/sandbox.h"

#define WAIT_STEP_MS 1
#define REAP_MS	     1000 /* for a child that has answered or was killed */

static no_return void work_locked(ask_work *work, void *arg, size_t max, int to)
{
	cleanup_buf struct dw_buf answer = BUF_INIT(max);
	struct sandbox_result walls;
	struct dw_err err;
	int r;

	/* Stuck in a device it outlives us, and must not hold open what our starter reads
	 * to its end. */
	if (dup2(to, STDOUT_FILENO) < 0)
		_exit(1);
	r = sandbox_enter(SANDBOX_PURE, DW_FETCH_USER, &walls, &err);
	if (r == 0)
		r = work(arg, &answer, &err);
	if (r == 0)
		r = fd_write_all(to, answer.data, answer.len, &err);
	if (r < 0)
		log_debug("unprivileged reader: %s", err.message);
	_exit(r == 0 ? 0 : 1); /* no handler or buffer of the parent's is ours to run */
}

/* Never waits without an end: a child that a device holds ignores even SIGKILL, and is
 * init's when we are gone. */
static int wait_for(pid_t pid, struct deadline deadline, struct dw_err *err)
{
	int status;
	pid_t got;

	for (;;) {
		got = waitpid(pid, &status, WNOHANG);
		if (got > 0 || (got < 0 && errno != EINTR))
			break;
		if (deadline_is_over(deadline))
			return dw_fail(err, DW_TIMEOUT,
				       "the unprivileged reader does not end");
		clock_sleep_ms(WAIT_STEP_MS, deadline);
	}
	if (got < 0)
		return dw_fail_errno(err, errno,
				     "cannot wait for the unprivileged reader");
	if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		return dw_fail(err, DW_FAILED,
			       "the unprivileged reader failed (wait status %d)", status);
	return 0;
}

int ask(ask_work *work, void *arg, struct deadline deadline, struct dw_buf *ret,
	struct dw_err *err)
{
	cleanup_fd int from = -1, to = -1;
	struct dw_err why;
	int ends[2], r;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return dw_fail_errno(err, errno, "cannot make a pipe");
	from = ends[0];
	to = ends[1];
	pid = fork();
	if (pid < 0)
		return dw_fail_errno(err, errno, "cannot start the unprivileged reader");
	if (pid == 0)
		work_locked(work, arg, ret->max - ret->len, to);
	(void)close(TAKE_FD(to)); /* or there would be no end of file */
	r = fd_read_until(from, deadline, ret, err);
	if (r < 0) {
		(void)kill(pid, SIGKILL); /* may have ended already */
		(void)wait_for(pid, deadline_after(REAP_MS), &why);
		return dw_wrap_code(err, r, "unprivileged reader");
	}
	return wait_for(pid, deadline_after(REAP_MS), err);
}
