/* SPDX-License-Identifier: Apache-2.0 */
/* State files: what is accepted is written in one spelling, and that reads back the same.
 */
#include <assert.h>
#include <string.h>

#include "base/limits.h"
#include "model/state.h"
#include "tests/fuzz/fuzz.h"

/* Each byte of a word may take four when it is escaped. */
enum { WRITTEN_MAX = 3 * 4 * DW_WORD_MAX + 1024 };

/* An empty field is written like one that is not there: both say nothing. */
static void check_same(const struct field *a, const struct field *b)
{
	assert((a->state == FIELD_SET) == (b->state == FIELD_SET));
	assert(strcmp(field_text(a), field_text(b)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_state struct state s = { 0 }, again = { 0 };
	cleanup_buf struct dw_buf text = BUF_INIT(WRITTEN_MAX);
	cleanup_buf struct dw_buf text_again = BUF_INIT(WRITTEN_MAX);
	struct slice in = { (const char *)data, size };
	struct dw_err err = { 0 };
	int r = state_read(in, &s, &err);

	if (r < 0) {
		assert(err.code == (enum dw_code) - r && err.message[0] != '\0');
		assert(s.platform.text == NULL && s.time == 0);
		return 0;
	}
	assert(s.time >= 0);
	assert(state_write(&s, &text, &err) == 0);
	assert(state_read(slice_of_buf(&text), &again, &err) == 0);
	check_same(&s.platform, &again.platform);
	check_same(&s.instance_id, &again.instance_id);
	check_same(&s.machine_uuid, &again.machine_uuid);
	assert(s.time == again.time);
	assert(state_write(&again, &text_again, &err) == 0);
	assert(text.len == text_again.len &&
	       memcmp(text.data, text_again.data, text.len) == 0);

	/* Who wrote it down is never another machine. */
	r = (int)state_compare(&s, &again.instance_id, &again.machine_uuid);
	assert(r == STATE_SAME ||
	       (r == STATE_UNKNOWN && s.instance_id.state != FIELD_SET &&
		s.machine_uuid.state != FIELD_SET));
	return 0;
}
