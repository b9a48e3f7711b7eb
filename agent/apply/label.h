/* SPDX-License-Identifier: Apache-2.0 */
/* SELinux labels for what is about to be made; costs nothing where there is no SELinux.
 */
#pragma once

#include <sys/types.h>

/*
 * libselinux is loaded on first use, and only where /sys/fs/selinux is mounted. A label
 * that cannot be looked up or set is no error: the kernel's own transition rules then
 * decide, as they do for any other program. Works per thread.
 */

/* What this thread makes from now on gets the label that the policy has for NAME in
 * DIR_FD; MODE has the type bits. */
void label_begin(int dir_fd, const char *name, mode_t mode);

/* Back to the kernel's own choice. */
void label_end(void);

/* Loads library and policy now, so that children forked later have them already. */
void label_prepare(void);
