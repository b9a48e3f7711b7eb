/* SPDX-License-Identifier: Apache-2.0 */
/* The only place that starts programs: argument vectors, never a shell. */
#include "apply/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/fd.h"

#define FIXED_PATH     "/usr/sbin:/usr/bin:/sbin:/bin"
#define PATH_SIZE      256
#define TICK_MS	       50 /* how often an exit is looked for where the kernel has no pidfd */
#define CHILD_FD_FIRST 3
#define EXEC_FAILED    127

static const char *const environment[] = { "PATH=" FIXED_PATH, "LANG=C", "LC_ALL=C",
					   NULL };

struct child_fds {
	int in, out, err;
	int report; /* writing end: errno of a failed execve */
};

static bool is_program(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

static bool find_program(const char *name, char path[static PATH_SIZE])
{
	static const char *const dirs[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin" };

	if (strchr(name, '/') != NULL)
		return (size_t)snprintf(path, PATH_SIZE, "%s", name) < PATH_SIZE &&
		       is_program(path);
	for (size_t i = 0; i < ARRAY_LEN(dirs); i++)
		if ((size_t)snprintf(path, PATH_SIZE, "%s/%s", dirs[i], name) <
			    PATH_SIZE &&
		    is_program(path))
			return true;
	return false;
}

bool spawn_has(const char *name)
{
	char path[PATH_SIZE];

	return find_program(name, path);
}

/* -- in the child: only calls that are safe between fork and exec -- */

static void reset_signals(void)
{
	struct sigaction standard = { .sa_handler = SIG_DFL };
	sigset_t none;

	for (int i = 1; i < NSIG; i++)
		(void)sigaction(i, &standard,
				NULL); /* fails for KILL, STOP and libc's own */
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static void close_from(int first)
{
	struct rlimit limit = { .rlim_cur = 1024 };

	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0)
		return;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	for (int fd = first; fd < (int)MIN_OF(limit.rlim_cur, (rlim_t)65536); fd++)
		(void)close(fd);
}

/* Moved out of 0-3 first: one of them may be sitting where another has to go. */
static int lift(int fd)
{
	return fcntl(fd, F_DUPFD_CLOEXEC, CHILD_FD_FIRST + 1);
}

no_return static void run_child(const char *path, const char *const *argv,
				struct child_fds fds)
{
	const struct rlimit no_core = { 0, 0 };
	int errnum;

	(void)setpgid(0, 0);
	reset_signals();
	(void)umask(022);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	fds.in = lift(fds.in);
	fds.out = lift(fds.out);
	fds.err = lift(fds.err);
	fds.report = lift(fds.report);
	if (fds.in >= 0 && fds.out >= 0 && fds.err >= 0 && fds.report >= 0 &&
	    dup2(fds.in, 0) == 0 && dup2(fds.out, 1) == 1 && dup2(fds.err, 2) == 2 &&
	    dup3(fds.report, CHILD_FD_FIRST, O_CLOEXEC) == CHILD_FD_FIRST) {
		close_from(CHILD_FD_FIRST + 1);
		/* execve takes what it does not write to as not const: POSIX' own excuse
		 */
		(void)execve(path, (char *const *)(uintptr_t)argv,
			     (char *const *)(uintptr_t)environment);
	}
	errnum = errno;
	if (write(CHILD_FD_FIRST, &errnum, sizeof(errnum)) < 0)
		_exit(EXEC_FAILED); /* the parent then sees this status instead of the
				       reason */
	_exit(EXEC_FAILED);
}

/* -- in the parent -- */

/* Forks and waits until the program runs or is known not to. FDS.in, .out, .err stay the
 * caller's. */
static int start(const char *const *argv, struct child_fds fds, pid_t *ret_pid,
		 struct dw_err *err)
{
	char path[PATH_SIZE];
	cleanup_fd int report_read = -1, report_write = -1;
	int report[2], errnum = 0;
	ssize_t n;
	pid_t pid;

	if (!find_program(argv[0], path))
		return dw_fail(err, DW_ABSENT,
			       "there is no program %s (looked in " FIXED_PATH ")",
			       argv[0]);
	if (pipe2(report, O_CLOEXEC) < 0)
		return dw_fail_errno(err, errno, "cannot make a pipe to start %s",
				     argv[0]);
	report_read = report[0];
	report_write = report[1];
	fds.report = report_write;

	pid = fork();
	if (pid < 0)
		return dw_fail_errno(err, errno, "cannot start %s", argv[0]);
	if (pid == 0)
		run_child(path, argv, fds);
	(void)setpgid(pid, pid); /* both sides do it: whoever comes first */
	(void)close(TAKE_FD(report_write));
	do {
		n = read(report_read, &errnum, sizeof(errnum));
	} while (n < 0 && errno == EINTR);
	if (n == (ssize_t)sizeof(errnum)) {
		(void)waitpid(pid, NULL, 0);
		return dw_fail_errno(err, errnum, "cannot start %s", path);
	}
	*ret_pid = pid;
	return 0;
}

static void kill_group(pid_t pid)
{
	(void)kill(-pid, SIGCONT);
	(void)kill(-pid, SIGKILL);
	(void)kill(pid, SIGKILL); /* should it have left its group */
}

static int exit_status_of(int status)
{
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Has PID ended? 1 yes (reaped), 0 no, negative error. */
static int reap(pid_t pid, int *ret_exit_status, struct dw_err *err)
{
	int status;
	pid_t got;

	do {
		got = waitpid(pid, &status, WNOHANG);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return dw_fail_errno(err, errno, "cannot wait for a program");
	if (got == 0)
		return 0;
	*ret_exit_status = exit_status_of(status);
	return 1;
}

/* What was said, as one line: line ends become "; ", other control bytes and non-ASCII
 * become '?'. */
static void keep_output(struct spawn_result *ret, const char *data, size_t len)
{
	size_t used = strlen(ret->output);

	for (size_t i = 0; i < len && used + 3 < sizeof(ret->output); i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\n') {
			if (used > 0 && ret->output[used - 1] != ' ') {
				ret->output[used++] = ';';
				ret->output[used++] = ' ';
			}
		} else {
			ret->output[used++] = c == '\t' ? ' ' : (char)c;
			if (c != '\t' && (c < 0x20 || c > 0x7e))
				ret->output[used - 1] = '?';
		}
	}
	ret->output[used] = '\0';
}

static void trim_output(struct spawn_result *ret)
{
	size_t n = strlen(ret->output);

	while (n > 0 && (ret->output[n - 1] == ' ' || ret->output[n - 1] == ';'))
		ret->output[--n] = '\0';
}

/* Everything that is there now; false at end of file. */
static bool drain(int fd, struct spawn_result *ret)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n > 0)
			keep_output(ret, chunk, (size_t)n);
		else if (n == 0)
			return false;
		else if (errno != EINTR)
			return errno == EAGAIN;
	}
}

/*
 * Until the program ends: a daemon that it left behind may hold the pipe open for ever,
 * so the end of the pipe alone is not waited for.
 */
static int watch(pid_t pid, int out_fd, int timeout_ms, struct spawn_result *ret,
		 struct dw_err *err)
{
	struct deadline deadline =
		deadline_after(timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
	cleanup_fd int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0u);
	bool is_open = true;

	for (;;) {
		struct pollfd p[2] = {
			{ .fd = is_open ? out_fd : -1, .events = POLLIN },
			{ .fd = pid_fd, .events = POLLIN },
		};
		int wait = deadline_left_ms(deadline);
		int r = reap(pid, &ret->exit_status, err);

		if (r != 0) {
			(void)drain(out_fd, ret);
			return r < 0 ? r : 0;
		}
		if (deadline_is_over(deadline))
			return -DW_TIMEOUT;
		(void)poll(p, 2, pid_fd >= 0 ? wait : MIN_OF(wait, TICK_MS));
		if (is_open && p[0].revents != 0)
			is_open = drain(out_fd, ret);
	}
}

/* A file in memory: no reader that dies early can hurt us, and nothing ever touches a
 * disk. */
static int open_input(const char *input, int *ret_fd, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	int r;

	if (input == NULL) {
		*ret_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		return *ret_fd < 0 ? dw_fail_errno(err, errno, "cannot open /dev/null")
				   : 0;
	}
	fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0)
		return dw_fail_errno(err, errno, "cannot prepare input for a program");
	r = fd_write_all(fd, input, strlen(input), err);
	if (r < 0)
		return r;
	if (lseek(fd, 0, SEEK_SET) < 0)
		return dw_fail_errno(err, errno, "cannot rewind input for a program");
	*ret_fd = TAKE_FD(fd);
	return 0;
}

int spawn_run(const char *const *argv, const char *input, int timeout_ms,
	      struct spawn_result *ret, struct dw_err *err)
{
	cleanup_fd int in = -1, out_read = -1, out_write = -1;
	int out[2], r;
	pid_t pid;

	*ret = (struct spawn_result){ 0 };
	r = open_input(input, &in, err);
	if (r < 0)
		return r;
	if (pipe2(out, O_CLOEXEC) < 0)
		return dw_fail_errno(err, errno, "cannot make a pipe for %s", argv[0]);
	out_read = out[0];
	out_write = out[1];
	if (fcntl(out_read, F_SETFL, O_NONBLOCK) <
	    0) /* our end only: a pipe has two open files */
		return dw_fail_errno(err, errno, "cannot prepare a pipe for %s", argv[0]);
	r = start(argv,
		  (struct child_fds){ .in = in, .out = out_write, .err = out_write },
		  &pid, err);
	if (r < 0)
		return r;
	(void)close(TAKE_FD(out_write));
	r = watch(pid, out_read, timeout_ms, ret, err);
	trim_output(ret);
	if (r == -DW_TIMEOUT) {
		kill_group(pid);
		(void)waitpid(pid, NULL, 0);
		return dw_fail(err, DW_TIMEOUT,
			       "%s did not end within %d ms and was killed%s%s", argv[0],
			       timeout_ms, ret->output[0] != '\0' ? "; it said: " : "",
			       ret->output);
	}
	return r;
}

int spawn_pipe(const char *const *argv, pid_t *ret_pid, int *ret_fd, struct dw_err *err)
{
	cleanup_fd int in = -1, out_read = -1, out_write = -1;
	int out[2], r;

	r = open_input(NULL, &in, err);
	if (r < 0)
		return r;
	if (pipe2(out, O_CLOEXEC) < 0)
		return dw_fail_errno(err, errno, "cannot make a pipe for %s", argv[0]);
	out_read = out[0];
	out_write = out[1];
	r = start(argv,
		  (struct child_fds){ .in = in, .out = out_write, .err = STDERR_FILENO },
		  ret_pid, err);
	if (r < 0)
		return r;
	*ret_fd = TAKE_FD(out_read);
	return 0;
}

int spawn_wait(pid_t pid, int timeout_ms, int *ret_exit_status, struct dw_err *err)
{
	struct deadline deadline =
		deadline_after(timeout_ms > 0 ? (uint64_t)timeout_ms : 0);
	cleanup_fd int pid_fd = (int)syscall(SYS_pidfd_open, pid, 0u);

	for (;;) {
		struct pollfd p = { .fd = pid_fd, .events = POLLIN };
		int wait = deadline_left_ms(deadline);
		int r = reap(pid, ret_exit_status, err);

		if (r != 0)
			return r < 0 ? r : 0;
		if (deadline_is_over(deadline))
			break;
		(void)poll(&p, 1, pid_fd >= 0 ? wait : MIN_OF(wait, TICK_MS));
	}
	kill_group(pid);
	(void)waitpid(pid, NULL, 0);
	return dw_fail(err, DW_TIMEOUT,
		       "a program did not end within %d ms and was killed", timeout_ms);
}
