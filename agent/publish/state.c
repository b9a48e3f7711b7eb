/* SPDX-License-Identifier: Apache-2.0 */
/* For machines: status.json, the cached record, the receipt. */
#include "model/state.h"
#include "base/clock.h"
#include "base/limits.h"
#include "codec/fingerprint.h"
#include "codec/jsonout.h"
#include "model/record.h"
#include "publish/publish.h"

static const char *const state_texts[RUN_STATE_MAX_] = {
	[RUN_RUNNING] = "running",	   [RUN_DONE] = "done",
	[RUN_DEGRADED] = "degraded",	   [RUN_FAILED] = "failed",
	[RUN_NO_PLATFORM] = "no-platform",
};

static const char *const remark_texts[] = {
	[REMARK_REFUSED] = "refused",
	[REMARK_UNSUPPORTED] = "unsupported",
	[REMARK_NOTE] = "note",
};

const char *run_state_text(enum run_state state)
{
	return state_texts[state];
}

static int write_file(int root_fd, const char *path, struct slice data, mode_t mode,
		      mode_t dir_mode, struct dw_err *err)
{
	const struct file_spec spec = {
		.path = path,
		.data = data,
		.mode = mode,
		.uid = 0,
		.gid = 0,
		.dir_mode = dir_mode,
	};

	return file_write(root_fd, &spec, NULL, err);
}

static void put_time(struct jsonout *j, const char *key, int64_t seconds)
{
	char text[CLOCK_TEXT_MAX];

	if (seconds == 0) {
		jsonout_null(j, key);
		return;
	}
	clock_format_utc(seconds, text);
	jsonout_text(j, key, text);
}

static void put_field(struct jsonout *j, const char *key, const struct field *f)
{
	jsonout_text(j, key, f->state == FIELD_UNSET ? NULL : field_text(f));
}

static void put_instance(struct jsonout *j, const struct instance *i)
{
	put_field(j, "platform", &i->platform);
	put_field(j, "detected_by", &i->detected_by);
	put_field(j, "instance_id", &i->instance_id);
	jsonout_begin_object(j, "walls");
	jsonout_bool(j, "uid", i->walls.uid);
	jsonout_number(j, "landlock", i->walls.landlock);
	jsonout_bool(j, "seccomp", i->walls.seccomp);
	jsonout_end_object(j);
	jsonout_begin_list(j, "remarks");
	for (size_t n = 0; n < i->remarks_count; n++) {
		const struct remark *m = &i->remarks[n];

		jsonout_begin_object(j, NULL);
		jsonout_text(j, "kind", remark_texts[m->kind]);
		jsonout_text(j, "source", m->source);
		jsonout_text(j, "reason", m->reason);
		jsonout_text(j, "advice", m->advice);
		jsonout_end_object(j);
	}
	jsonout_end_list(j);
	jsonout_number(j, "remarks_dropped", (int64_t)i->remarks_dropped);
}

static int put_hostkeys(struct jsonout *j, const struct run_status *s, struct dw_err *err)
{
	int r = 0;

	jsonout_begin_list(j, "hostkeys");
	for (size_t n = 0; r == 0 && n < s->hostkeys_count; n++) {
		cleanup_buf struct dw_buf print = BUF_INIT(DW_WORD_MAX);

		r = fingerprint_short(&s->hostkeys[n], FINGERPRINT_SHA256, &print, err);
		jsonout_begin_object(j, NULL);
		jsonout_text(j, "type", sshpub_type_word(s->hostkeys[n].type));
		jsonout_text(j, "fingerprint", print.data);
		jsonout_end_object(j);
	}
	jsonout_end_list(j);
	return r;
}

static int render_json(const struct run_status *s, struct dw_buf *ret, struct dw_err *err)
{
	struct jsonout j = jsonout_to(ret, err);
	int r;

	jsonout_begin_object(&j, NULL);
	jsonout_number(&j, "schema", 1);
	jsonout_text(&j, "state", run_state_text(s->state));
	jsonout_text(&j, "stage", s->stage);
	jsonout_text(&j, "message", s->message);
	put_time(&j, "started", s->started);
	put_time(&j, "finished", s->finished);
	jsonout_bool(&j, "changed", s->is_changed);
	if (s->instance != NULL)
		put_instance(&j, s->instance);
	jsonout_number(&j, "keys", (int64_t)s->keys_installed);
	r = put_hostkeys(&j, s, err);
	jsonout_end_object(&j);
	return r < 0 ? r : jsonout_finish(&j);
}

static int render_instance_text(const struct instance *i, struct dw_buf *ret,
				struct dw_err *err)
{
	int r = 0;

	if (i->platform.state == FIELD_SET)
		r = buf_printf(ret, err, "platform: %s (%s)\n", i->platform.text,
			       field_text(&i->detected_by));
	if (r == 0 && i->instance_id.state == FIELD_SET)
		r = buf_printf(ret, err, "instance: %s\n", i->instance_id.text);
	if (r == 0)
		r = buf_printf(ret, err, "walls: own user %s, landlock %u, seccomp %s\n",
			       i->walls.uid ? "yes" : "NO", i->walls.landlock,
			       i->walls.seccomp ? "yes" : "NO");
	for (size_t n = 0; r == 0 && n < i->remarks_count; n++) {
		const struct remark *m = &i->remarks[n];

		r = buf_printf(ret, err, "%s: %s: %s%s%s\n", remark_texts[m->kind],
			       m->source, m->reason, m->advice[0] != '\0' ? "; " : "",
			       m->advice);
	}
	return r;
}

static int render_text(const struct run_status *s, struct dw_buf *ret, struct dw_err *err)
{
	char when[CLOCK_TEXT_MAX];
	int r;

	clock_format_utc(s->finished != 0 ? s->finished : s->started, when);
	r = buf_printf(ret, err, "state: %s\nstage: %s\n%s: %s\n",
		       run_state_text(s->state), s->stage,
		       s->finished != 0 ? "finished" : "started", when);
	if (r == 0 && s->message[0] != '\0')
		r = buf_printf(ret, err, "message: %s\n", s->message);
	if (r == 0 && s->instance != NULL)
		r = render_instance_text(s->instance, ret, err);
	for (size_t n = 0; r == 0 && n < s->hostkeys_count; n++) {
		r = buf_append_str(ret, "hostkey: ", err);
		if (r == 0)
			r = fingerprint_line(&s->hostkeys[n], FINGERPRINT_SHA256, ret,
					     err);
		if (r == 0)
			r = buf_append_str(ret, "\n", err);
	}
	return r;
}

/* JSON first: whoever waits for the text finds both. */
int publish_status(int root_fd, const struct run_status *s, struct dw_err *err)
{
	/* Every remark that a record may carry, and escapes on top. */
	cleanup_buf struct dw_buf json = BUF_INIT(DW_RECORD_MAX),
				  text = BUF_INIT(DW_RECORD_MAX);
	int r = render_json(s, &json, err);

	if (r == 0)
		r = render_text(s, &text, err);
	if (r == 0)
		r = write_file(root_fd, PATH_STATUS, slice_of_buf(&json), 0644, 0755,
			       err);
	if (r == 0)
		r = write_file(root_fd, PATH_STATUS_TEXT, slice_of_buf(&text), 0644, 0755,
			       err);
	return r;
}

int publish_record(int root_fd, const struct instance *instance, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX);
	struct instance shown = *instance; /* borrowed */
	int r;

	/* The platform's own documents lie in files of their own, 0600. */
	shown.kept = NULL;
	shown.kept_count = 0;
	r = record_write(&shown, &text, err);
	if (r == 0)
		r = write_file(root_fd, PATH_RECORD, slice_of_buf(&text), 0644, 0755,
			       err);
	if (r == 0)
		r = write_file(root_fd, PATH_SAVED_RECORD, slice_of_buf(&text), 0600,
			       0700, err);
	return r;
}

int publish_receipt(int root_fd, const struct instance *instance, int64_t now,
		    struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(STATE_TEXT_MAX);
	const struct state receipt = {
		/* borrowed: this value is only written, never freed */
		.platform = instance->platform,
		.instance_id = instance->instance_id,
		.machine_uuid = instance->machine_uuid,
		.time = now,
	};
	int r = state_write(&receipt, &text, err);

	if (r == 0)
		r = write_file(root_fd, PATH_RECEIPT, slice_of_buf(&text), 0600, 0700,
			       err);
	return r;
}
