/* SPDX-License-Identifier: Apache-2.0 */
/* Collects struct facts from sysfs, procfs and media beneath a root; sends nothing. */
#pragma once

#include "base/err.h"
#include "model/facts.h"

/*
 * Two halves around the wall: facts_open() opens what only root may open (product_uuid,
 * product_serial, ... are 0400) and everything else it needs; facts_load() reads and judges the
 * bytes afterwards, unprivileged. Missing files are unset facts, never errors.
 */
struct facts_files;

int facts_open(int root_fd, struct facts_files **ret, struct dw_err *err) must_check;
int facts_load(struct facts_files *files, struct facts *ret, struct dw_err *err) must_check;
void facts_files_free(struct facts_files *files);
DEFINE_CLEANUP_PTR(struct facts_files, facts_files_free);
#define cleanup_facts_files cleanup_with(facts_files_free_cleanup_)
