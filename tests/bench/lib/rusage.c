/* SPDX-License-Identifier: Apache-2.0 */
/* Runs one command and writes what it cost: a small parent, so that the figures are the
 * command's. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

/*
 * usage: rusage FILE COMMAND [ARGUMENT...]
 *
 * Appends one line to FILE: wall time, CPU time of user and system in microseconds, the
 * largest resident size of any process in KiB, exit status. Children that were waited for
 * are included.
 *
 * time(1) counts in hundredths of a second, too coarse here; and a large parent's own
 * size would be counted as its child's, which it is for an instant between fork and exec.
 */
extern char **environ;

static int64_t now_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static long long in_us(struct timeval t)
{
	return (long long)t.tv_sec * 1000000 + t.tv_usec;
}

int main(int argc, char **argv)
{
	struct rusage used;
	int status, e;
	int64_t begin, end;
	FILE *out;
	pid_t pid;

	if (argc < 3) {
		(void)fputs("usage: rusage FILE COMMAND [ARGUMENT...]\n", stderr);
		return 64;
	}
	begin = now_us();
	e = posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ);
	if (e != 0) {
		(void)fprintf(stderr, "rusage: %s: %s\n", argv[2], strerror(e));
		return 127;
	}
	do {
		e = wait4(pid, &status, 0, &used) < 0 ? errno : 0;
	} while (e == EINTR);
	end = now_us();
	if (e != 0)
		return 127;
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	out = fopen(argv[1], "ae");
	if (out == NULL) {
		(void)fprintf(stderr, "rusage: %s: %s\n", argv[1], strerror(errno));
		return 127;
	}
	(void)fprintf(out, "%lld %lld %lld %ld %d\n", (long long)(end - begin),
		      in_us(used.ru_utime), in_us(used.ru_stime), used.ru_maxrss, status);
	return fclose(out) == 0 ? status : 127;
}
