/* SPDX-License-Identifier: Apache-2.0 */
/* Kills a program at its Nth system call stop, for every N: what it was writing must be
 * whole each time. */

/*
 * usage: killat [-m] [-1] [-s STEP] [-f FIRST] [-t SECONDS] SETUP CHECK COMMAND...
 *
 * For N = FIRST, FIRST + STEP, ... runs SETUP, then COMMAND under ptrace, kills it with
 * SIGKILL at its Nth stop (each system call has two, entry and exit; children count too),
 * and runs "CHECK N". Ends when COMMAND comes to its end before stop N. strace's when=N
 * counts per call name and so misses most points; this counts all.
 *
 *   -m  count from close(-1000) on, which the program makes when its start-up is over
 *   -1  kill only the process that is at the stop, not its relatives
 *
 * SETUP and CHECK are paths of programs. Prints "stops=S bad=B late=L"; status 0 only if
 * B and L are 0.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ptrace.h>

#define PROCESSES_MAX 256
#define MARK_FD	      (-1000)
#define SYSCALL_STOP  (SIGTRAP | 0x80)
#define OPTIONS                                                             \
	(PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | \
	 PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL)

struct options {
	bool from_mark, only_one;
	long step, first;
	unsigned seconds;
	const char *setup, *check;
	char **command;
};

struct run {
	const struct options *o;
	long target, count;
	bool is_counting, was_killed;
	pid_t pids[PROCESSES_MAX];
	size_t pids_count;
	char where[64]; /* the call at which it was killed */
};

static volatile sig_atomic_t is_late;

static void on_alarm(int sig)
{
	(void)sig;
	is_late = 1;
}

static void die(const char *what)
{
	fprintf(stderr, "killat: %s: %s\n", what, strerror(errno));
	exit(2);
}

static bool is_known(const struct run *r, pid_t pid)
{
	for (size_t i = 0; i < r->pids_count; i++)
		if (r->pids[i] == pid)
			return true;
	return false;
}

static void learn(struct run *r, pid_t pid)
{
	if (!is_known(r, pid) && r->pids_count < PROCESSES_MAX)
		r->pids[r->pids_count++] = pid;
}

static void forget(struct run *r, pid_t pid)
{
	for (size_t i = 0; i < r->pids_count; i++)
		if (r->pids[i] == pid)
			r->pids[i] = r->pids[--r->pids_count];
}

/* Counts a stop; true when this is the one. */
static bool is_due(struct run *r, pid_t pid)
{
	struct __ptrace_syscall_info info = { 0 };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) < 0)
		return false;
	if (!r->is_counting) {
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY && info.entry.nr == SYS_close &&
		    (int)info.entry.args[0] == MARK_FD)
			r->is_counting = true;
		return false;
	}
	if (++r->count != r->target)
		return false;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
		snprintf(r->where, sizeof(r->where), "entry of call %llu",
			 (unsigned long long)info.entry.nr);
	else
		snprintf(r->where, sizeof(r->where), "exit of a call (gave %lld)",
			 (long long)info.exit.rval);
	return true;
}

static void kill_them(struct run *r, pid_t at)
{
	r->was_killed = true;
	if (r->o->only_one) {
		kill(at, SIGKILL);
		return;
	}
	for (size_t i = 0; i < r->pids_count; i++)
		kill(r->pids[i], SIGKILL);
}

/* What to hand on to PID when it goes on after STATUS. */
static int signal_to_pass(struct run *r, pid_t pid, int status)
{
	int sig = WSTOPSIG(status);

	if (sig == SYSCALL_STOP || status >> 16 != 0)
		return 0; /* ours: a system call, a fork or an exec */
	if (sig == SIGSTOP && !is_known(r, pid))
		return 0; /* how a new child presents itself */
	return sig;
}

static void trace(struct run *r)
{
	int status;
	pid_t pid;

	for (;;) {
		pid = waitpid(-1, &status, __WALL);
		if (pid < 0 && errno == EINTR && is_late) {
			for (size_t i = 0; i < r->pids_count; i++)
				kill(r->pids[i], SIGKILL);
			alarm(5);
			continue;
		}
		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			return; /* none is left */
		if (!WIFSTOPPED(status)) {
			forget(r, pid);
			continue;
		}
		if (WSTOPSIG(status) == SYSCALL_STOP && !r->was_killed &&
		    is_due(r, pid)) {
			kill_them(r, pid);
			continue;
		}
		{
			int sig = signal_to_pass(r, pid, status);

			learn(r, pid);
			ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
		}
	}
}

static void run_once(struct run *r)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			_exit(126);
		raise(SIGSTOP);
		execv(r->o->command[0], r->o->command);
		_exit(127);
	}
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status))
		die("the command did not start");
	if (ptrace(PTRACE_SETOPTIONS, pid, NULL, (void *)(long)OPTIONS) < 0)
		die("PTRACE_SETOPTIONS");
	learn(r, pid);
	is_late = 0;
	alarm(r->o->seconds);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	trace(r);
	alarm(0);
}

static bool run_script(const char *path, long n, const char *where)
{
	char number[32];
	int status;
	pid_t pid;

	snprintf(number, sizeof(number), "%ld", n);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		execl(path, path, number, where, (char *)NULL);
		_exit(127);
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die("waitpid");
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	struct options o = { .step = 1, .first = 1, .seconds = 30 };
	struct sigaction act = { .sa_handler = on_alarm };
	long stops = 0, bad = 0, late = 0;
	int c;

	while ((c = getopt(argc, argv, "+m1s:f:t:")) != -1) {
		if (c == 'm')
			o.from_mark = true;
		else if (c == '1')
			o.only_one = true;
		else if (c == 's')
			o.step = atol(optarg);
		else if (c == 'f')
			o.first = atol(optarg);
		else if (c == 't')
			o.seconds = (unsigned)atoi(optarg);
		else
			return 64;
	}
	if (argc - optind < 3 || o.step < 1) {
		fprintf(stderr,
			"usage: killat [-m] [-1] [-s STEP] [-f FIRST] [-t SECONDS] SETUP "
			"CHECK COMMAND...\n");
		return 64;
	}
	o.setup = argv[optind];
	o.check = argv[optind + 1];
	o.command = argv + optind + 2;
	sigaction(SIGALRM, &act, NULL);

	for (long n = o.first;; n += o.step) {
		struct run r = { .o = &o, .target = n, .is_counting = !o.from_mark };

		if (!run_script(o.setup, n, ""))
			die("SETUP failed");
		run_once(&r);
		late += is_late;
		stops += r.was_killed;
		if (!run_script(o.check, n, r.where)) {
			bad++;
			printf("bad: stop %ld, %s\n", n,
			       r.was_killed ? r.where : "not killed");
		}
		if (!r.was_killed)
			break;
	}
	printf("stops=%ld bad=%ld late=%ld\n", stops, bad, late);
	return bad == 0 && late == 0 && stops > 0 ? 0 : 1;
}
