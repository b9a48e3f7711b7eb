/* SPDX-License-Identifier: Apache-2.0 */
/* Has something read by a child that has no right at all, while this process still has
 * them. */
#pragma once

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"

/*
 * For the few things that must be known before the walls are up: what lies on a block
 * device, which directory the firmware names. The descriptors are opened here; a child
 * drops to the fetcher's user, enters SANDBOX_PURE, only then reads from them, and
 * answers in bytes. The caller takes those bytes apart as what they are: words of a
 * stranger.
 */

/* Runs in the child. What it appends to RET is the answer; a failure makes the whole call
 * fail. */
typedef int ask_work(void *arg, struct dw_buf *ret, struct dw_err *err);

/*
 * At most RET's ceiling comes back. DW_TIMEOUT at DEADLINE: the child is killed, and
 * left behind when even that does not end it, as a stuck device can make it. Whatever
 * else goes wrong in it (it crashes, it answers too much) is DW_FAILED or DW_TOO_BIG here
 * and nothing worse.
 */
int ask(ask_work *work, void *arg, struct deadline deadline, struct dw_buf *ret,
	struct dw_err *err) must_check;
