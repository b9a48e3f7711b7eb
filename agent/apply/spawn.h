/* SPDX-License-Identifier: Apache-2.0 */
/* Running the distribution's tools: an argument vector, a clean environment, a deadline;
 * no shell. */
#pragma once

#include <stdbool.h>

#include "base/buf.h"
#include "base/err.h"

/*
 * The child gets descriptors 0-2 only (stdin: INPUT or /dev/null), PATH and LANG=C as its
 * whole environment, default signals, its own process group. At the deadline the group is
 * killed.
 */
struct spawn_result {
	int exit_status;  /* 128 + signal when it was killed */
	char output[512]; /* the beginning of what it said on stdout and stderr, one
			     visible line */
};

/* DW_ABSENT when ARGV[0] cannot be found on our fixed PATH; an exit status is no error
 * here. */
int spawn_run(const char *const *argv, const char *input, int timeout_ms,
	      struct spawn_result *ret, struct dw_err *err) must_check;

/* Is there an executable NAME on the fixed PATH? */
bool spawn_has(const char *name);

/*
 * Starts ARGV with stdout on a pipe and hands out the reading end: how doorward starts
 * doorward-fetch. spawn_wait() reaps it (killing it first if the deadline is over).
 */
int spawn_pipe(const char *const *argv, pid_t *ret_pid, int *ret_fd, struct dw_err *err)
	must_check;
int spawn_wait(pid_t pid, int timeout_ms, int *ret_exit_status, struct dw_err *err)
	must_check;
