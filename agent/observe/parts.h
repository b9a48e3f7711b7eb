/* SPDX-License-Identifier: Apache-2.0 */
/* What the readers of this room share with observed.c; not for other rooms. */
#pragma once

#include "observe/observed.h"

/* Fills what passwd, shadow, group and login.defs know; users and by_name_ are set up
 * already. */
int observe_accounts(int root_fd, struct observed *o, struct dw_err *err) must_check;

/* Hostname, distribution, shells, sudo, doas, boot time. */
int observe_system(int root_fd, struct observed *o, struct dw_err *err) must_check;

/*
 * The file PATH into RET. Absent, unreadable or over RET's ceiling is no error:
 * *RET_IS_READ tells, and RET is empty then. One odd file must not keep a key from
 * anybody.
 */
struct dw_buf;
int observe_read(int root_fd, const char *path, struct dw_buf *ret, bool *ret_is_read,
		 struct dw_err *err) must_check;
