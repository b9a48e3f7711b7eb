/* SPDX-License-Identifier: Apache-2.0 */
/* The administrator's configuration: doorward.yaml(5), its drop-ins, and the
 * distribution's defaults. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "model/field.h"
#include "plan/plan.h"

/*
 * Read in this order, later wins: usr/lib/doorward/ *.yaml, etc/doorward/doorward.yaml,
 * etc/doorward/conf.d/ *.yaml (each directory in name order). A key that is not known is
 * an error with file, line and column: a typing error must not silently leave a door
 * open.
 */
struct config {
	char *datasource; /* NULL: detect */
	char *user_name;  /* the default user; never NULL after config_load() */
	char *user_gecos; /* NULL: none */
	char *user_shell; /* NULL: the first that exists */
	struct string_list user_groups;
	struct string_list user_sudo;
	struct string_list hostkey_types; /* unset: all */
	bool may_delete_hostkeys;
	bool may_have_key_options;
	bool may_use_plain_http; /* for a seed anywhere */
	bool may_use_system_users;
	bool has_hostname;
	bool has_console;
	bool has_banner;
	uint64_t min_rsa_bits;
	uint64_t network_seconds; /* how long the network stage may take before it gives
				     up */
};

int config_load(int root_fd, struct config *ret, struct dw_err *err) must_check;
void config_done(struct config *c);
#define cleanup_config cleanup_with(config_done)

/* The part that the plan needs; borrows from C. */
struct plan_policy config_policy(const struct config *c);
