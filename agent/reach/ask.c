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

static no_return void work_locked(ask_work *work, void *arg, size_t max, int to)
{
	cleanup_buf struct dw_buf answer = BUF_INIT(max);
	struct sandbox_result walls;
	struct dw_err err;
	int r;

	r = sandbox_enter(SANDBOX_PURE, DW_FETCH_USER, &walls, &err);
	if (r == 0)
		r = work(arg, &answer, &err);
	if (r == 0)
		r = fd_write_all(to, answer.data, answer.len, &err);
	if (r < 0)
		log_debug("unprivileged reader: %s", err.message);
	_exit(r == 0 ? 0 : 1); /* no handler or buffer of the parent's is ours to run */
}

static int wait_for(pid_t pid, struct dw_err *err)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, 0);
	} while (got < 0 && errno == EINTR);
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
		(void)wait_for(pid, &why);
		return dw_wrap(err, "unprivileged reader");
	}
	return wait_for(pid, err);
}
