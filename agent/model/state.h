/* SPDX-License-Identifier: Apache-2.0 */
/* Small facts that doorward keeps on disk for its next run: the receipt, and whose the
 * host keys are. */
#pragma once

#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "model/field.h"

/*
 * /var/lib/doorward/receipt says "provisioned, for this instance" and is written last;
 * /var/lib/doorward/hostkeys says which machine the host keys belong to. Both are this
 *text:
 *
 *	doorward-state 1
 *	platform: nocloud
 *	instance-id: i-1
 *	machine-uuid: 550e8400-...
 *	time: 1763650000
 *	end
 *
 * A file of a later version, or a torn one, is DW_MALFORMED and treated as absent by the
 *callers.
 */
struct state {
	struct field platform;
	struct field instance_id;
	struct field machine_uuid;
	int64_t time; /* seconds since 1970 */
};

#define STATE_TEXT_MAX 4096

void state_done(struct state *s);
#define cleanup_state cleanup_with(state_done)

int state_write(const struct state *s, struct dw_buf *ret, struct dw_err *err) must_check;
int state_read(struct slice text, struct state *ret, struct dw_err *err) must_check;

enum state_verdict {
	STATE_UNKNOWN, /* nothing to compare: identity absent on either side */
	STATE_SAME,
	STATE_MOVED, /* another instance-id on the same machine uuid, or the other way
			round */
	STATE_OTHER, /* another instance: both signs differ, or the only sign both have
			differs */
};

/*
 * Compares an identity now with the one in S. UUIDs are compared without case and in both
 * byte orders of SMBIOS. A placeholder id counts as absent: pass an unset field.
 */
enum state_verdict state_compare(const struct state *s, const struct field *instance_id,
				 const struct field *machine_uuid);

/* Are A and B one UUID, in either byte order of its first three groups, any case? */
bool state_same_uuid(const char *a, const char *b);
