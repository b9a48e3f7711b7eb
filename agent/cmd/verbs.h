/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs, one const row each, defined at the end of its own file; table.c lists them.
 */
#pragma once

#include "cmd/cmd.h"

extern const struct cmd cmd_convert;
extern const struct cmd cmd_detect;
extern const struct cmd cmd_fingerprints;
extern const struct cmd cmd_hostkeys;
extern const struct cmd cmd_provision;
extern const struct cmd cmd_query;
extern const struct cmd cmd_status;
