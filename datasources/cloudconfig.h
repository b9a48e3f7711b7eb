/* SPDX-License-Identifier: Apache-2.0 */
/* What doorward takes from #cloud-config user-data and vendor-data: people, names, host
 * key wishes. */
#pragma once

#include "datasources/datasource.h"
#include "datasources/keys.h"

/*
 * Documents may be plain, gzip, or MIME multipart with text/cloud-config parts; a
 * document that is base64 as a whole is decoded and that is noted. Nothing is ever run:
 * scripts, includes, boothooks and templates are told by name and place.
 *
 * Taken: users, user, ssh_authorized_keys, hostname, fqdn, disable_root, ssh_pwauth,
 * ssh_deletekeys, ssh_genkeytypes; of a user: name, gecos, groups, primary_group, sudo,
 * shell, lock_passwd, ssh_authorized_keys. Every other key is a REMARK_UNSUPPORTED with
 * its place
 * ("user-data:12:3"); its value is never shown, for it may be a password.
 *
 * The meaning is cloud-init's: a top-level key of a later document replaces that of an
 * earlier one as a whole; without `users` there is the default user; with a `users` list
 * that does not hold `default` there is none (unless `user:` names one); keys that name
 * nobody go to the default user, and to root as well where disable_root is false. A value
 * that breaks a rule is a REMARK_REFUSED and the rest goes on; a document that is no YAML
 * is DW_MALFORMED with line and column, because half of somebody's wishes may be the
 * wrong half.
 */
struct cloudconfig_doc {
	const char *name; /* "user-data" */
	struct slice data;
	bool is_vendor; /* does not count as the instance's user-data */
};

/* Who gets the keys that name nobody. */
struct cloudconfig_target {
	char *user; /* NULL: there is no default user */
	bool also_root;
};

void cloudconfig_target_done(struct cloudconfig_target *t);
#define cleanup_cloudconfig_target cleanup_with(cloudconfig_target_done)

/*
 * Reads DOCS, lowest precedence first, into I: the default user is DEFAULT_USER (NULL:
 * none) unless they say otherwise. Hostname and fqdn replace those that I has. *RET is
 * the caller's.
 */
int cloudconfig_apply(const struct ds_context *ctx, const struct cloudconfig_doc *docs,
		      size_t count, const char *default_user, struct instance *i,
		      struct cloudconfig_target *ret, struct dw_err *err) must_check;

/* keys_add() for a value that names nobody; a REMARK_REFUSED when there is nobody to have
 * it. */
int cloudconfig_add_keys(const struct ds_context *ctx,
			 const struct cloudconfig_target *target, struct slice value,
			 const char *source, struct instance *i, struct keys_count *count,
			 struct dw_err *err) must_check;

/*
 * The hostname of a platform: "web1" is a hostname, "web1.example.org" a fqdn whose first
 * label is the hostname. An invalid one is a REMARK_REFUSED and changes nothing.
 */
int instance_name_host(struct instance *i, struct slice name, const char *source,
		       struct dw_err *err) must_check;
