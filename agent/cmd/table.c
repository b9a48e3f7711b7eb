/* SPDX-License-Identifier: Apache-2.0 */
/* The one array of verbs; help and completion are printed from it. */
#include "cmd/verbs.h"

const struct cmd *const cmds[] = {
	&cmd_provision, &cmd_fingerprints, &cmd_hostkeys, &cmd_convert,
	&cmd_detect,	&cmd_query,	   &cmd_status,	  NULL,
};
