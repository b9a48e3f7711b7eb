/* SPDX-License-Identifier: Apache-2.0 */
/* Rendering of what verbs answer. */
#include "cmd/out.h"

#include <string.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "codec/fingerprint.h"
#include "codec/jsonout.h"

int out_write(const struct dw_buf *b, struct dw_err *err)
{
	return fd_write_all(STDOUT_FILENO, b->data, b->len, err);
}

static void put_field(struct jsonout *j, const char *key, const struct field *f)
{
	jsonout_text(j, key, f->state == FIELD_UNSET ? NULL : field_text(f));
}

static int put_key(struct jsonout *j, const struct key *k, struct dw_err *err)
{
	struct sshpub_policy policy = SSHPUB_POLICY_SSHD;
	cleanup_sshpub struct sshpub pub = { 0 };
	cleanup_buf struct dw_buf print = BUF_INIT(DW_WORD_MAX);
	char expires[CLOCK_TEXT_MAX];
	int r;

	r = sshpub_parse_line(slice_of(k->line), &policy, &pub, err);
	if (r == 0)
		r = fingerprint_short(&pub, FINGERPRINT_SHA256, &print, err);
	if (r < 0)
		return r;
	clock_format_utc(k->expires, expires);
	jsonout_begin_object(j, NULL);
	jsonout_text(j, "line", k->line);
	jsonout_text(j, "fingerprint", print.data);
	jsonout_text(j, "source", k->source);
	jsonout_text(j, "expires", k->expires != 0 ? expires : NULL);
	jsonout_end_object(j);
	return 0;
}

static int put_user(struct jsonout *j, const struct user *u, struct dw_err *err)
{
	int r = 0;

	jsonout_begin_object(j, NULL);
	jsonout_text(j, "name", u->name);
	jsonout_bool(j, "admin", u->admin == TRI_YES || u->sudo.count > 0);
	if (u->keys.state == FIELD_UNSET) {
		jsonout_null(j, "keys");
	} else {
		jsonout_begin_list(j, "keys");
		for (size_t i = 0; r == 0 && i < u->keys.count; i++)
			r = put_key(j, &u->keys.items[i], err);
		jsonout_end_list(j);
	}
	jsonout_end_object(j);
	return r;
}

static void put_remarks(struct jsonout *j, const char *key, const struct instance *i,
			enum remark_kind kind)
{
	jsonout_begin_list(j, key);
	for (size_t n = 0; n < i->remarks_count; n++) {
		const struct remark *m = &i->remarks[n];

		if (m->kind != kind)
			continue;
		jsonout_begin_object(j, NULL);
		jsonout_text(j, "source", m->source);
		jsonout_text(j, "reason", m->reason);
		jsonout_text(j, "advice", m->advice);
		jsonout_end_object(j);
	}
	jsonout_end_list(j);
}

int out_instance_json(const struct instance *i, struct dw_buf *ret, struct dw_err *err)
{
	struct jsonout j = jsonout_to(ret, err);
	int r = 0;

	jsonout_begin_object(&j, NULL);
	jsonout_number(&j, "schema", 1);
	put_field(&j, "platform", &i->platform);
	put_field(&j, "detected_by", &i->detected_by);
	put_field(&j, "instance_id", &i->instance_id);
	put_field(&j, "hostname", &i->hostname);
	put_field(&j, "fqdn", &i->fqdn);
	put_field(&j, "region", &i->region);
	put_field(&j, "zone", &i->zone);
	put_field(&j, "userdata", &i->userdata_kind);
	jsonout_begin_list(&j, "users");
	for (size_t n = 0; r == 0 && n < i->users_count; n++)
		r = put_user(&j, &i->users[n], err);
	jsonout_end_list(&j);
	put_remarks(&j, "refused", i, REMARK_REFUSED);
	put_remarks(&j, "unsupported", i, REMARK_UNSUPPORTED);
	put_remarks(&j, "notes", i, REMARK_NOTE);
	jsonout_begin_object(&j, "walls");
	jsonout_bool(&j, "uid", i->walls.uid);
	jsonout_number(&j, "landlock", i->walls.landlock);
	jsonout_bool(&j, "seccomp", i->walls.seccomp);
	jsonout_end_object(&j);
	jsonout_end_object(&j);
	return r < 0 ? r : jsonout_finish(&j);
}

int out_plan(const struct plan *p, bool has_json, struct dw_buf *ret, struct dw_err *err)
{
	struct jsonout j = jsonout_to(ret, err);
	int r = 0;

	if (!has_json) {
		for (size_t i = 0; r == 0 && i < p->count; i++)
			r = op_print(&p->ops[i], ret, err);
		if (r == 0 && plan_is_empty(p))
			r = buf_append_str(ret, "nothing to do\n", err);
		return r;
	}
	jsonout_begin_list(&j, NULL);
	for (size_t i = 0; i < p->count; i++) {
		const struct op *op = &p->ops[i];

		jsonout_begin_object(&j, NULL);
		jsonout_text(&j, "op", op_kind_text(op->kind));
		jsonout_text(&j, "target", op->target);
		jsonout_text(&j, "detail", op->detail);
		jsonout_text(&j, "outcome", op_outcome_text(op->outcome));
		if (op->outcome == OP_FAILED)
			jsonout_text(&j, "failure", op->failure.message);
		jsonout_end_object(&j);
	}
	jsonout_end_list(&j);
	return jsonout_finish(&j);
}

void out_remarks(const struct instance *i)
{
	static const enum log_level levels[] = {
		[REMARK_REFUSED] = LOG_WARNING_,
		[REMARK_UNSUPPORTED] = LOG_INFO_,
		[REMARK_NOTE] = LOG_INFO_,
	};

	for (size_t n = 0; n < i->remarks_count; n++) {
		const struct remark *m = &i->remarks[n];

		log_at(levels[m->kind], "%s: %s%s%s", m->source, m->reason,
		       m->advice[0] != '\0' ? "; " : "", m->advice);
	}
	if (i->remarks_dropped > 0)
		log_warning("%llu further remarks were not kept",
			    (unsigned long long)i->remarks_dropped);
}
