/* SPDX-License-Identifier: Apache-2.0 */
/* What earlier runs left: state files and the cached record. */
#pragma once

#include "base/err.h"
#include "model/instance.h"
#include "model/state.h"

/* *RET_EXISTS is false when PATH is absent, or is no whole state file of this version
 * (told at info). */
int saved_state(int root_fd, const char *path, struct state *ret, bool *ret_exists,
		struct dw_err *err) must_check;

/* The record of the last run: the one for anybody, else the saved one. DW_ABSENT before
 * the first run. */
int saved_record(int root_fd, struct instance *ret, struct dw_err *err) must_check;
