/* SPDX-License-Identifier: Apache-2.0 */
/* The options in front of a key in authorized_keys; nothing of the key itself. */
#pragma once

#include "base/str.h"

/*
 * Reads the option list IN (no blanks around it) by sshd's grammar and prints it again in
 * its one spelling into *RET: names as sshd(8) writes them, no empty places, `\"` the
 * only escape. *RET stays as it is when the list holds nothing. The caller frees it.
 *
 * Anything for which sshd would skip the line is DW_MALFORMED: an unknown option, a value
 * without quotes, a quote that is not closed, command, from or principals twice, an
 * expiry-time that is no date. Control bytes other than a tab are DW_REFUSED. The options
 * are not obeyed and not judged.
 */
int sshoption_copy(struct slice in, char **ret, struct dw_err *err) must_check;
