/* SPDX-License-Identifier: Apache-2.0 */
/* The contract of a datasource: one const row per platform, in its own file. */
#pragma once

#include "base/clock.h"
#include "base/err.h"
#include "model/facts.h"
#include "model/instance.h"
#include "model/payload.h"
#include "reach/http.h"
#include "reach/media.h"

/*
 * Adding a platform: datasources/x.c with one `const struct datasource`, one line in
 * datasources/list.mk, tests/datasources/x/ and docs/datasources/x.md. No enum, no
 * prototype, no second list: table.awk makes the table from list.mk.
 *
 * A datasource has no mutable file-scope state and knows neither root nor the file
 * system: it sees facts, documents and the two reach headers above.
 */
enum datasource_flags {
	DS_LOCAL = 1 << 0,   /* can be complete without any network */
	DS_NETWORK = 1 << 1, /* needs, or may need, HTTP */
};

/* What the command line, the configuration and the caller decided; all borrowed, may be
 * NULL. */
struct ds_context {
	const struct facts *facts;
	const char *metadata_url; /* --metadata-url: replaces scheme, host and port of the
				     platform's address */
	const char *wireserver_url; /* --wireserver-url */
	const char *default_user;   /* who gets the keys that name nobody */
	bool may_have_key_options;
	bool may_use_plain_http; /* for a seed whose address is a name or public */
	unsigned min_rsa_bits;
	struct deadline deadline;
};

struct datasource {
	const char *name;	   /* "nocloud": file name, test folder, doc page */
	const char *title;	   /* "NoCloud seed" */
	const char *documentation; /* the vendor's page this follows */
	const char *const
		*aliases; /* MAY. Other names for it after ds=, ends with NULL */
	unsigned flags;

	/*
	 * MUST. Pure: 0 no, 1..99 how certain, by the scale of detect.h. On a match
	 * RET_WHY, memory of SIZE bytes, gets one line: the sign and its value. What a
	 * platform is *called* on the command line or in the serial number is
	 * detect_platform()'s business, not a row's.
	 */
	int (*detect)(const struct facts *facts, char *ret_why, size_t size);

	/* MAY. Media that detect() and fetch() count on; NULL: none. */
	const struct media_want *media;

	/*
	 * MAY. A directory beneath the root that FACTS name as the seed (NoCloud's
	 * s=/path); *RET is the caller's, NULL when they name none. Pure. It is opened
	 * before the walls are up and handed to fetch() as media, in place of every other
	 * medium.
	 */
	int (*seed_path)(const struct facts *facts, char **ret, struct dw_err *err);

	/*
	 * MAY. Which part works before the network: fills identity only (instance_id,
	 * is_partial) from facts, pure. Called at the local stage for DS_NETWORK rows
	 * whose fetch() said DW_NOT_YET. Like parse() it leaves platform, detected_by,
	 * machine_uuid and walls to its caller.
	 */
	int (*identify)(const struct facts *facts, struct instance *ret,
			struct dw_err *err);

	/*
	 * MUST. Gets every document the platform has into *RET: from MEDIA (may be NULL:
	 * none found) and through *HTTP, which is made at the first http_get (pass HTTP
	 * on to collect_get()). With `local_only` it must not touch the network and says
	 * DW_NOT_YET if it would have to.
	 */
	int (*fetch)(const struct ds_context *ctx, struct media *media,
		     struct http **http, bool local_only, struct payload *ret,
		     struct dw_err *err);

	/* MUST. Pure: documents to instance. One bad key is a remark, not a failure. */
	int (*parse)(const struct ds_context *ctx, const struct payload *payload,
		     struct instance *ret, struct dw_err *err);
};

/* The table, in probe order, ends with NULL; built from list.mk. */
extern const struct datasource *const datasources[];

const struct datasource *datasource_by_name(const char *name); /* or NULL */
