/* SPDX-License-Identifier: Apache-2.0 */
/* Our own state read back: whole, absent, torn, of a later version. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/log.h"
#include "cmd/saved.h"
#include "model/record.h"
#include "publish/publish.h"
#include "tests/harness/fakeroot.h"

#define WHOLE "doorward-state 1\ninstance-id: i-1\ntime: 5\nend\n"

static int set_up(void **state)
{
	static struct fakeroot f;

	log_init(LOG_ERR_, false);
	fakeroot_new(&f);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

static void state_that_is_there(void **state)
{
	cleanup_state struct state s = { 0 };
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool exists = false;

	fakeroot_file(f, PATH_RECEIPT, 0600, WHOLE);
	assert_int_equal(saved_state(f->fd, PATH_RECEIPT, &s, &exists, &err), 0);
	assert_true(exists);
	assert_string_equal(s.instance_id.text, "i-1");
	assert_int_equal(s.time, 5);
	assert_int_equal(s.platform.state, FIELD_UNSET);
}

/* None of these says "provisioned", and none stops the run. */
static void state_that_counts_as_absent(void **state)
{
	static const char *const texts[] = {
		"",
		"doorward-state 1\ninstance-id: i-1\ntime: 5\n",
		"doorward-state 1\ninsta",
		"doorward-state 2\ninstance-id: i-1\ntime: 5\nend\n",
		WHOLE "more\n",
		"garbage\n",
	};
	struct fakeroot *f = *state;
	char big[STATE_TEXT_MAX + 2];
	struct dw_err err = { 0 };

	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_LEN(texts); i++) {
		cleanup_state struct state s = { 0 };
		bool exists = true;

		fakeroot_file(f, PATH_RECEIPT, 0600,
			      i < ARRAY_LEN(texts) ? texts[i] : big);
		assert_int_equal(saved_state(f->fd, PATH_RECEIPT, &s, &exists, &err), 0);
		assert_false(exists);
	}
}

static void no_state_yet(void **state)
{
	cleanup_state struct state s = { 0 };
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool exists = true;

	assert_int_equal(saved_state(f->fd, PATH_RECEIPT, &s, &exists, &err), 0);
	assert_false(exists);
}

/* Unlike an absent one: nobody knows what it would have said. */
static void state_that_cannot_be_read(void **state)
{
	cleanup_state struct state s = { 0 };
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	bool exists = true;

	fakeroot_dir(f, PATH_RECEIPT);
	assert_true(saved_state(f->fd, PATH_RECEIPT, &s, &exists, &err) < 0);
	assert_false(exists);
	assert_string_not_equal(err.message, "");
}

static char *record_of(const char *id)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i;
	char *text = NULL;

	instance_init(&i);
	assert_int_equal(field_set(&i.platform, SLICE("nocloud"), NULL), 0);
	assert_int_equal(field_set(&i.instance_id, slice_of(id), NULL), 0);
	assert_int_equal(record_write(&i, &b, NULL), 0);
	assert_int_equal(buf_take(&b, &text, NULL, NULL), 0);
	return text;
}

static void record_of_this_boot_else_the_saved_one(void **state)
{
	cleanup_free char *now = record_of("now"), *saved = record_of("saved");
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	struct instance i;

	assert_int_equal(saved_record(f->fd, &i, &err), -DW_ABSENT);
	assert_non_null(strstr(err.message, "doorward provision"));
	fakeroot_file(f, PATH_SAVED_RECORD, 0600, saved);
	assert_int_equal(saved_record(f->fd, &i, &err), 0);
	assert_string_equal(i.instance_id.text, "saved");
	instance_done(&i);
	fakeroot_file(f, PATH_RECORD, 0644, now);
	assert_int_equal(saved_record(f->fd, &i, &err), 0);
	assert_string_equal(i.instance_id.text, "now");
	instance_done(&i);
}

static void torn_record_is_an_error(void **state)
{
	cleanup_free char *text = record_of("i-1");
	struct fakeroot *f = *state;
	struct dw_err err = { 0 };
	struct instance i;

	text[strlen(text) - 2] = '\0';
	fakeroot_file(f, PATH_RECORD, 0644, text);
	assert_int_equal(saved_record(f->fd, &i, &err), -DW_MALFORMED);
	fakeroot_file(f, PATH_RECORD, 0644, "");
	assert_int_equal(saved_record(f->fd, &i, &err), -DW_MALFORMED);
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(state_that_is_there),
		IN_A_TREE(state_that_counts_as_absent),
		IN_A_TREE(no_state_yet),
		IN_A_TREE(state_that_cannot_be_read),
		IN_A_TREE(record_of_this_boot_else_the_saved_one),
		IN_A_TREE(torn_record_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
