/* SPDX-License-Identifier: Apache-2.0 */
/* The one copy of the rules for names, paths, ids and keys, for both sides of the wall.
 */
#pragma once

#include "base/err.h"
#include "model/instance.h"

/* Each returns 0, or DW_MALFORMED / DW_TOO_BIG with a message that names the rule. */

/* ^[a-z_][a-z0-9_-]{0,31}$, not all digits; useradd itself would let ".." and "a/b"
 * through. */
int validate_login_name(struct slice s, struct dw_err *err) must_check;
/* login name rule; sudo and files take it literally */
int validate_group_name(struct slice s, struct dw_err *err) must_check;
/* RFC 1123 labels joined by dots; whole at most 253, label at most 63, no label starting
 * or ending with '-' */
int validate_hostname(struct slice s, struct dw_err *err) must_check;
/* TEXT_WORD, at most DW_INSTANCE_ID_MAX */
int validate_instance_id(struct slice s, struct dw_err *err) must_check;
/* 8-4-4-4-12 lower-case hex */
int validate_uuid(struct slice s, struct dw_err *err) must_check;
/* absolute, TEXT_WORD, no "..", no "//", at most 256 bytes */
int validate_shell(struct slice s, struct dw_err *err) must_check;
/* TEXT_LINE without ':' (passwd's separator), at most 256 bytes */
int validate_gecos(struct slice s, struct dw_err *err) must_check;
/* one sudoers rule body such as "ALL=(ALL) NOPASSWD:ALL": printable ASCII, no '\\', '#',
 * '@include', no leading '%' */
int validate_sudo_rule(struct slice s, struct dw_err *err) must_check;
/* exactly what codec/sshpub.h prints for it: canonical */
int validate_key_line(struct slice s, struct dw_err *err) must_check;
/* "rsa", "ecdsa", "ed25519" */
int validate_hostkey_type(struct slice s, struct dw_err *err) must_check;
/* one file name: TEXT_WORD without '/', not beginning with '.', at most 64 bytes */
int validate_file_name(struct slice s, struct dw_err *err) must_check;
/* a lower-case ASCII letter, then those, digits and '-'; at most DW_NAME_MAX: datasource
 * names, kinds of user-data */
int validate_tag(struct slice s, struct dw_err *err) must_check;

/* Every field of the record against the rules above. The first breach is the error. */
int validate_instance(const struct instance *i, struct dw_err *err) must_check;
