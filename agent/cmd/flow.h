/* SPDX-License-Identifier: Apache-2.0 */
/* The corridor between the two programs: starts doorward-fetch and reads what comes back.
 */
#pragma once

#include "base/err.h"
#include "cmd/cmd.h"
#include "cmd/config.h"
#include "model/instance.h"

/* What the fetcher is told; texts are borrowed, NULL where not given. */
struct flow_request {
	const char *root;
	bool is_local; /* nothing that needs the network */
	bool is_detect_only;
	const char *datasource;
	const char *seed;
	const char *metadata_url;
	const char *wireserver_url;
	const struct config *config;
};

/*
 * Runs doorward-fetch (the one beside our own binary in a build tree, else the installed
 * one) with a bounded pipe as its stdout, and reads the record with the strict reader.
 * The fetcher's own failure comes back as our error. Its stderr is ours. The deadline is
 * the configuration's plus a grace.
 */
int flow_fetch(const struct flow_request *request, struct instance *ret,
	       struct dw_err *err) must_check;
