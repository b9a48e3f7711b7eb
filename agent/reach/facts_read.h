/* SPDX-License-Identifier: Apache-2.0 */
/* Collects struct facts from sysfs, procfs and media beneath a root; sends nothing. */
#pragma once

#include "base/err.h"
#include "model/facts.h"

/*
 * Two halves around the wall: facts_open() opens what only root may open (product_uuid,
 * product_serial, ... are 0400) and everything else it needs; facts_load() reads and
 * judges the bytes afterwards, unprivileged. Missing files are unset facts, never errors.
 * In a container DMI is the host's and stays unset.
 */
struct facts_files;

int facts_open(int root_fd, struct facts_files **ret, struct dw_err *err) must_check;

/* RET was initialised by the caller and keeps what it has, media above all. May be called
 * twice. */
int facts_load(struct facts_files *files, struct facts *ret, struct dw_err *err)
	must_check;

void facts_files_free(struct facts_files *files);
DEFINE_CLEANUP_PTR(struct facts_files, facts_files_free);
#define cleanup_facts_files cleanup_with(facts_files_free_cleanup_)

/* Is there a kernel command line or a serial number at all, which might name a seed? */
bool facts_may_name_seed(const struct facts_files *files);

/*
 * The seed directory of the platform (or alias of one) called NAME beneath the root:
 * /var/lib/cloud/seed/NAME. DW_ABSENT unless it holds the files that such a seed must
 * hold.
 */
int facts_open_seed(int root_fd, const char *name, int *ret_fd, struct dw_err *err)
	must_check;

/* Which kind of seed a directory is, by the files it holds: "nocloud", "azure", or NULL.
 */
const char *facts_seed_kind(int dir_fd);
