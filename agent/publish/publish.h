/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the audiences of a run: machine, human at the console, human at the login prompt,
 * next run. */
#pragma once

#include "apply/apply.h"
#include "base/err.h"
#include "codec/sshpub.h"
#include "model/instance.h"
#include "plan/op.h"

/*
 * Order of a run: status "running" first; console and banner when host keys stand;
 * record; status again; the receipt last of all. This room renders bytes and hands them
 * to the one writer.
 */

#define PATH_STATUS	    "run/doorward/status.json"
#define PATH_STATUS_TEXT    "run/doorward/status" /* for people; begins "state: WORD" */
#define PATH_RECORD	    "run/doorward/record" /* for anybody: it holds no secret */
#define PATH_SAVED_RECORD   "var/lib/doorward/record" /* survives reboots */
#define PATH_RECEIPT	    "var/lib/doorward/receipt"
#define PATH_HOSTKEYS_OWNER "var/lib/doorward/hostkeys"
#define PATH_LOCK	    "run/doorward/lock"
#define PATH_BANNER	    "run/issue.d/60-doorward.issue"

/* How a run stands. "running" is the only state that `status --wait` waits on. */
enum run_state {
	RUN_RUNNING,
	RUN_DONE,
	RUN_DEGRADED,
	RUN_FAILED,
	RUN_NO_PLATFORM, /* bare metal, or a cloud that we do not know */
	RUN_STATE_MAX_
};

const char *run_state_text(enum run_state state);

struct run_status {
	enum run_state state;
	const char *stage;	   /* "local", "network" */
	int64_t started, finished; /* seconds since 1970; finished 0 while running */
	bool is_changed;	   /* did this run change the machine */
	const char *message;	   /* the failure or what is waited for, one line; "" */
	const struct instance *instance; /* may be NULL */
	const struct sshpub *hostkeys;
	size_t hostkeys_count;
	size_t keys_installed; /* authorized keys that the record grants */
};

int publish_status(int root_fd, const struct run_status *status, struct dw_err *err)
	must_check;

/* Both record files: the one for anybody and the one that survives reboots; without kept
 * documents. */
int publish_record(int root_fd, const struct instance *instance, struct dw_err *err)
	must_check;

/*
 * The two blocks that console scrapers know, byte for byte:
 * fingerprints as ssh-keygen -l prints them, then the .pub lines. One write(2) per line,
 * so that kernel messages do not split one. To dev/console and each console= tty of the
 * kernel command line.
 */
int publish_console(int root_fd, const struct sshpub *keys, size_t count,
		    struct dw_err *err) must_check;
int publish_render_console(const struct sshpub *keys, size_t count, struct dw_buf *ret,
			   struct dw_err *err) must_check;

/* What agetty shows above the login prompt. */
int publish_banner(int root_fd, const struct sshpub *keys, size_t count,
		   struct dw_err *err) must_check;

/* "Provisioned for this instance." The last write of a run. */
int publish_receipt(int root_fd, const struct instance *instance, int64_t now,
		    struct dw_err *err) must_check;
