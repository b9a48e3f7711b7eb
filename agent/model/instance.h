/* SPDX-License-Identifier: Apache-2.0 */
/* What the platform says this machine should be: one typed form for every cloud. */
#pragma once

#include <stdint.h>

#include "base/err.h"
#include "base/index.h"
#include "base/limits.h"
#include "model/field.h"

/*
 * An instance is made by a datasource's parse() in the unprivileged program, written as
 * canonical text (record.h), read back and validated (validate.h) by the privileged one.
 * It holds no secret: user-data bodies and passwords never enter it.
 */

/* A public key that passed codec/keyvalue.h. */
struct key {
	char *line;   /* canonical authorized_keys line, options included, no newline */
	char *source; /* "azure-imds publicKeys[0]", TEXT_LINE */
	int64_t expires; /* seconds since 1970; 0: never */
};

struct key_list {
	enum field_state state; /* FIELD_EMPTY: the platform truly says "no keys" */
	struct key *items;
	size_t count, capacity;
	struct index index_; /* line to position */
};

struct user {
	char *name;
	bool is_default; /* the platform's or the configuration's default user */
	struct field gecos;
	struct field shell; /* absolute path */
	struct field primary_group;
	struct string_list groups; /* supplementary groups asked for */
	struct string_list sudo;   /* sudoers rules without the user; FIELD_EMPTY: none */
	enum tristate lock_passwd;
	enum tristate admin; /* the platform calls this its administrator */
	struct key_list keys;
};

/* Something that was asked for and not granted, or ignored. */
enum remark_kind {
	REMARK_REFUSED,	    /* asked for, not done: the run is degraded */
	REMARK_UNSUPPORTED, /* a key of user-data we do not know: told, harmless */
	REMARK_NOTE,	    /* done with a repair or with a doubt: told, harmless */
};

struct remark {
	enum remark_kind kind;
	char *source; /* "azure-imds publicKeys[1]", "user-data:12:3" */
	char *reason;
	char *advice; /* what to do; may be "" */
};

/*
 * A document of the platform that is kept as it came but for its secrets: ovf-env.xml,
 * which other agents look for later. Written beneath the state directory, 0600.
 */
struct kept_file {
	char *name; /* one file name, TEXT_WORD without '/' */
	char *data;
	size_t len;
};

/* What stood between foreign bytes and root while they were parsed. */
struct walls {
	bool uid;	   /* own unprivileged user and no_new_privs */
	unsigned landlock; /* ABI in force, 0: none */
	bool seccomp;
};

struct instance {
	struct field platform;	   /* datasource name: "azure", "nocloud" */
	struct field detected_by;  /* why: one line */
	struct field machine_uuid; /* DMI product_uuid, lower case, as in firmware */
	struct field instance_id;
	bool is_partial; /* identity only: what needs the network was not asked yet */
	bool id_is_placeholder; /* a default such as "nocloud": no sign of identity */
	struct field hostname;
	struct field fqdn;
	struct field region;
	struct field zone;
	struct field userdata_kind; /* none, cloud-config, multipart, script, unknown */
	uint64_t userdata_bytes;
	enum tristate disable_root;
	enum tristate password_authentication; /* sshd's; TRI_NO: disabled */
	enum tristate ssh_deletekeys;
	struct string_list ssh_genkeytypes; /* "ed25519", "ecdsa", "rsa" */

	struct user *users;
	size_t users_count, users_capacity;
	struct index users_index_; /* name to position */
	struct remark *remarks;
	size_t remarks_count, remarks_capacity;
	uint64_t remarks_dropped; /* beyond DW_REFUSED_MAX */
	struct kept_file *kept;
	size_t kept_count, kept_capacity;

	struct walls walls;
};

void instance_init(struct instance *i);
void instance_done(struct instance *i);
#define cleanup_instance cleanup_with(instance_done)

/* The user called NAME, made if missing. Borrowed; valid until the next call. */
int instance_user(struct instance *i, struct slice name, struct user **ret,
		  struct dw_err *err) must_check;
/* The same, NULL when there is none. */
struct user *instance_find_user(const struct instance *i, const char *name);

/* Appends a key unless the same LINE is there already (then the first one stays). */
int user_add_key(struct user *u, struct slice line, struct slice source, int64_t expires,
		 struct dw_err *err) must_check;

/*
 * Notes something refused, unsupported or repaired; texts are made one visible line and
 * cut at DW_WORD_MAX bytes. Beyond DW_REFUSED_MAX remarks it only counts them in
 * remarks_dropped.
 */
int instance_remark(struct instance *i, enum remark_kind kind, const char *source,
		    const char *reason, const char *advice, struct dw_err *err)
	must_check;
/* Is there any REMARK_REFUSED, or were remarks dropped, which may have been such? */
bool instance_is_degraded(const struct instance *i);

/* Keeps a copy of DATA, already free of secrets, under NAME; at most DW_KEPT_FILES. */
int instance_keep(struct instance *i, const char *name, struct slice data,
		  struct dw_err *err) must_check;
