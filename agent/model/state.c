/* SPDX-License-Identifier: Apache-2.0 */
/* Text of the state files, and the comparison of identities. */
#include "model/state.h"

#include <string.h>

#include "base/limits.h"
#include "model/validate.h"

#define UUID_LEN 36

void state_done(struct state *s)
{
	field_done(&s->platform);
	field_done(&s->instance_id);
	field_done(&s->machine_uuid);
	*s = (struct state){ 0 };
}

static int write_field(struct dw_buf *ret, const char *name, const struct field *f,
		       struct dw_err *err)
{
	int r;

	if (f->state != FIELD_SET)
		return 0;
	r = buf_printf(ret, err, "%s: ", name);
	if (r == 0)
		r = buf_append_escaped(ret, slice_of(f->text), err);
	if (r == 0)
		r = buf_append_str(ret, "\n", err);
	return r;
}

int state_write(const struct state *s, struct dw_buf *ret, struct dw_err *err)
{
	int r = buf_append_str(ret, "doorward-state 1\n", err);

	if (r == 0)
		r = write_field(ret, "platform", &s->platform, err);
	if (r == 0)
		r = write_field(ret, "instance-id", &s->instance_id, err);
	if (r == 0)
		r = write_field(ret, "machine-uuid", &s->machine_uuid, err);
	if (r == 0)
		r = buf_printf(ret, err, "time: %lld\nend\n", (long long)s->time);
	return r;
}

static int read_line(struct slice line, struct state *s, struct dw_err *err)
{
	const struct {
		const char *name;
		struct field *to;
	} fields[] = {
		{ "platform: ", &s->platform },
		{ "instance-id: ", &s->instance_id },
		{ "machine-uuid: ", &s->machine_uuid },
	};
	cleanup_buf struct dw_buf text = BUF_INIT(DW_WORD_MAX);
	int r;

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (!slice_starts_with(line, fields[i].name))
			continue;
		line.data += strlen(fields[i].name);
		line.len -= strlen(fields[i].name);
		r = buf_append_unescaped(&text, line, err);
		if (r == 0)
			r = text_check(slice_of_buf(&text), TEXT_LINE, DW_WORD_MAX, err);
		if (r == 0)
			r = field_set(fields[i].to, slice_of_buf(&text), err);
		return r;
	}
	if (slice_starts_with(line, "time: ")) {
		uint64_t t = 0;

		r = str_to_u64((struct slice){ line.data + 6, line.len - 6 }, INT64_MAX,
			       &t, err);
		s->time = (int64_t)t;
		return r;
	}
	return dw_fail(err, DW_MALFORMED, "unknown line in a state file");
}

int state_read(struct slice text, struct state *ret, struct dw_err *err)
{
	cleanup_state struct state s = { 0 };
	struct slice line;
	int r;

	if (!slice_next_line(&text, &line) || !slice_eq(line, "doorward-state 1"))
		return dw_fail(err, DW_MALFORMED, "not a state file of this version");
	while (slice_next_line(&text, &line)) {
		if (slice_eq(line, "end") && text.len == 0) {
			*ret = s;
			s = (struct state){ 0 };
			return 0;
		}
		r = read_line(line, &s, err);
		if (r < 0)
			return r;
	}
	return dw_fail(err, DW_MALFORMED, "state file was cut short");
}

/* "550e8400-e29b-41d4-..." to "00840e55-9be2-d441-...": bytes reversed within the first
 * three groups. */
static void swap_uuid(const char in[static UUID_LEN], char out[static UUID_LEN + 1])
{
	static const unsigned char order[] = { 6,  7,  4, 5,  2,  3,  0,  1,  8,
					       11, 12, 9, 10, 13, 16, 17, 14, 15 };

	memcpy(out, in, UUID_LEN);
	out[UUID_LEN] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		out[i] = in[order[i]];
}

bool state_same_uuid(const char *a, const char *b)
{
	char swapped[UUID_LEN + 1];

	if (str_eq_nocase(a, b))
		return true;
	if (strlen(a) != UUID_LEN || strlen(b) != UUID_LEN)
		return false;
	swap_uuid(a, swapped);
	return str_eq_nocase(swapped, b);
}

enum state_verdict state_compare(const struct state *s, const struct field *instance_id,
				 const struct field *machine_uuid)
{
	bool has_id =
		s->instance_id.state == FIELD_SET && instance_id->state == FIELD_SET;
	bool has_uuid =
		s->machine_uuid.state == FIELD_SET && machine_uuid->state == FIELD_SET;
	bool same_id =
		has_id && (strcmp(s->instance_id.text, instance_id->text) == 0 ||
			   state_same_uuid(s->instance_id.text, instance_id->text));
	bool same_uuid =
		has_uuid && state_same_uuid(s->machine_uuid.text, machine_uuid->text);

	if (!has_id && !has_uuid)
		return STATE_UNKNOWN;
	if (has_id && has_uuid)
		return same_id && same_uuid   ? STATE_SAME
		       : same_id || same_uuid ? STATE_MOVED
					      : STATE_OTHER;
	return same_id || same_uuid ? STATE_SAME : STATE_OTHER;
}
