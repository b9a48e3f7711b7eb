/* SPDX-License-Identifier: Apache-2.0 */
/* Host keys on disk: made in parallel, complete and durable before an old one goes. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "codec/hostkey.h"

/*
 * Keys in the making. Started at time zero for the kinds that a plan may ask for; RSA
 * needs a second on a small machine and grows in a thread while the network is waited
 * for.
 */
struct hostkey_jobs;

/* Starts a thread per kind in KINDS (NULL-terminated). COMMENT goes into the files. */
int hostkey_jobs_start(const struct hostkey_kind *const *kinds, const char *comment,
		       struct hostkey_jobs **ret, struct dw_err *err) must_check;
void hostkey_jobs_free(
	struct hostkey_jobs *jobs); /* waits for the threads; wipes what was not used */
DEFINE_CLEANUP_PTR(struct hostkey_jobs, hostkey_jobs_free);
#define cleanup_hostkey_jobs cleanup_with(hostkey_jobs_free_cleanup_)

/*
 * Puts a new key of KIND into etc/ssh: taken from JOBS if it was started there (waits for
 * it), else made now. The private file is renamed into place first, then the .pub: at
 * every instant the private file is a whole key, old or new. With SAVE_OLD the files that
 * are there are copied to var/lib/doorward/old-hostkeys/STAMP/ before, or to STAMP.1/ and
 * so on when another key of KIND lies there already.
 */
int hostkey_install(int root_fd, struct hostkey_jobs *jobs,
		    const struct hostkey_kind *kind, const char *save_old_stamp,
		    struct dw_err *err) must_check;

/* Moves key and .pub to var/lib/doorward/old-hostkeys/STAMP/, or STAMP.1/ as above. */
int hostkey_retire(int root_fd, const struct hostkey_kind *kind, const char *stamp,
		   struct dw_err *err) must_check;

/* Rewrites the .pub from the private file, and modes and owner of both; with
 * KEEP_PRIVATE those of the private file stay. */
int hostkey_mend(int root_fd, const struct hostkey_kind *kind, bool keep_private,
		 struct dw_err *err) must_check;
