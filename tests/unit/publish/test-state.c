/* SPDX-License-Identifier: Apache-2.0 */
/* Status, record and receipt: what stands in the files, who may read them, and their
 * limits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json.h>

#include "base/limits.h"
#include "model/record.h"
#include "model/state.h"
#include "publish/publish.h"
#include "tests/harness/fakeroot.h"

/* Made by ssh-keygen, which also told the fingerprint. */
#define KEY \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHSfPZI9LIqtC8oMeqFmDYkBeEqPHdhV9pHOXR9rPHxu a@example"
#define PRINT "SHA256:WQGLv3huRb6H8ggYxyaIEmHeeYAD5rUHhbn5rKxX8l0"

static void set(struct field *f, const char *text)
{
	assert_int_equal(field_set(f, slice_of(text), NULL), 0);
}

static void make_instance(struct instance *i)
{
	instance_init(i);
	set(&i->platform, "nocloud");
	set(&i->detected_by, "a disk labelled \"CIDATA\"");
	set(&i->instance_id, "i-1");
	set(&i->machine_uuid, "550e8400-e29b-41d4-a716-446655440000");
	i->walls = (struct walls){ .uid = true, .landlock = 3, .seccomp = false };
	assert_int_equal(instance_remark(i, REMARK_REFUSED, "user root",
					 "say \"no\" \\ \xc3\xa4", "try another", NULL),
			 0);
	assert_int_equal(
		instance_remark(i, REMARK_NOTE, "user-data:1:2", "odd", "", NULL), 0);
}

static json_object *load(struct fakeroot *f)
{
	char path[512];
	json_object *o;

	(void)snprintf(path, sizeof(path), "%s/%s", f->path, PATH_STATUS);
	o = json_object_from_file(path);
	if (o == NULL)
		fail_msg("%s", json_util_get_last_err());
	return o;
}

static json_object *get(json_object *o, const char *key)
{
	json_object *v = NULL;

	if (!json_object_object_get_ex(o, key, &v))
		fail_msg("no \"%s\"", key);
	return v;
}

static const char *text_of(json_object *o, const char *key)
{
	assert_true(json_object_is_type(get(o, key), json_type_string));
	return json_object_get_string(get(o, key));
}

static void states_have_words(void **state)
{
	(void)state;
	assert_string_equal(run_state_text(RUN_RUNNING), "running");
	assert_string_equal(run_state_text(RUN_DONE), "done");
	assert_string_equal(run_state_text(RUN_DEGRADED), "degraded");
	assert_string_equal(run_state_text(RUN_FAILED), "failed");
	assert_string_equal(run_state_text(RUN_NO_PLATFORM), "no-platform");
}

static void running_without_anything_known(void **state)
{
	const struct run_status s = { .state = RUN_RUNNING,
				      .stage = "local",
				      .started = 1763650000,
				      .message = "" };
	struct fakeroot f;
	json_object *o;

	(void)state;
	fakeroot_new(&f);
	assert_int_equal(publish_status(f.fd, &s, NULL), 0);
	o = load(&f);
	assert_int_equal(json_object_get_int(get(o, "schema")), 1);
	assert_string_equal(text_of(o, "state"), "running");
	assert_string_equal(text_of(o, "stage"), "local");
	assert_string_equal(text_of(o, "message"), "");
	assert_string_equal(text_of(o, "started"), "2025-11-20T14:46:40Z");
	assert_true(json_object_is_type(get(o, "finished"), json_type_null));
	assert_false(json_object_get_boolean(get(o, "changed")));
	assert_int_equal(json_object_array_length(get(o, "hostkeys")), 0);
	assert_false(json_object_object_get_ex(o, "platform", NULL));
	json_object_put(o);
	assert_true(fakeroot_holds(&f, PATH_STATUS_TEXT,
				   "state: running\nstage: local\n"
				   "started: 2025-11-20T14:46:40Z\n"));
	assert_int_equal(fakeroot_mode(&f, PATH_STATUS), 0644);
	assert_int_equal(fakeroot_mode(&f, PATH_STATUS_TEXT), 0644);
	assert_int_equal(fakeroot_mode(&f, "run/doorward"), 0755);
	fakeroot_free(&f);
}

static void degraded_with_everything(void **state)
{
	cleanup_sshpub struct sshpub key = { 0 };
	cleanup_instance struct instance i;
	struct run_status s = { .state = RUN_DEGRADED,
				.stage = "network",
				.started = 1763650000,
				.finished = 1763650007,
				.is_changed = true,
				.message = "a \"quoted\" failure",
				.instance = &i,
				.hostkeys = &key,
				.hostkeys_count = 1,
				.keys_installed = 2 };
	json_object *o, *remark, *walls, *hostkey;
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	make_instance(&i);
	assert_int_equal(
		sshpub_parse_line(slice_of(KEY), &SSHPUB_POLICY_SSHD, &key, NULL), 0);
	assert_int_equal(publish_status(f.fd, &s, NULL), 0);
	o = load(&f);
	assert_string_equal(text_of(o, "state"), "degraded");
	assert_string_equal(text_of(o, "message"), "a \"quoted\" failure");
	assert_string_equal(text_of(o, "finished"), "2025-11-20T14:46:47Z");
	assert_true(json_object_get_boolean(get(o, "changed")));
	assert_string_equal(text_of(o, "platform"), "nocloud");
	assert_string_equal(text_of(o, "detected_by"), "a disk labelled \"CIDATA\"");
	assert_string_equal(text_of(o, "instance_id"), "i-1");
	walls = get(o, "walls");
	assert_true(json_object_get_boolean(get(walls, "uid")));
	assert_int_equal(json_object_get_int(get(walls, "landlock")), 3);
	assert_false(json_object_get_boolean(get(walls, "seccomp")));
	assert_int_equal(json_object_array_length(get(o, "remarks")), 2);
	remark = json_object_array_get_idx(get(o, "remarks"), 0);
	assert_string_equal(text_of(remark, "kind"), "refused");
	assert_string_equal(text_of(remark, "source"), "user root");
	assert_string_equal(text_of(remark, "reason"), "say \"no\" \\ \xc3\xa4");
	assert_string_equal(text_of(remark, "advice"), "try another");
	assert_int_equal(json_object_get_int(get(o, "remarks_dropped")), 0);
	assert_int_equal(json_object_get_int(get(o, "keys")), 2);
	hostkey = json_object_array_get_idx(get(o, "hostkeys"), 0);
	assert_string_equal(text_of(hostkey, "type"), "ssh-ed25519");
	assert_string_equal(text_of(hostkey, "fingerprint"), PRINT);
	json_object_put(o);
	assert_true(fakeroot_holds(
		&f, PATH_STATUS_TEXT,
		"state: degraded\nstage: network\nfinished: 2025-11-20T14:46:47Z\n"
		"message: a \"quoted\" failure\n"
		"platform: nocloud (a disk labelled \"CIDATA\")\ninstance: i-1\n"
		"walls: own user yes, landlock 3, seccomp NO\n"
		"refused: user root: say \"no\" \\ \xc3\xa4; try another\n"
		"note: user-data:1:2: odd\n"
		"hostkey: 256 " PRINT " a@example (ED25519)\n"));
	fakeroot_free(&f);
}

/* Whatever the platform makes us remark, the status can still be told. */
static void the_most_remarks_of_the_worst_text(void **state)
{
	struct run_status s = { .state = RUN_DEGRADED,
				.stage = "network",
				.message = "" };
	cleanup_instance struct instance i;
	char quotes[DW_WORD_MAX + 1];
	struct dw_err err = { 0 };
	struct fakeroot f;
	json_object *o;

	(void)state;
	fakeroot_new(&f);
	instance_init(&i);
	memset(quotes, '"', DW_WORD_MAX);
	quotes[DW_WORD_MAX] = '\0';
	for (size_t n = 0; n < DW_REFUSED_MAX + 2; n++)
		assert_int_equal(
			instance_remark(&i, REMARK_REFUSED, quotes, quotes, quotes, NULL),
			0);
	s.instance = &i;
	if (publish_status(f.fd, &s, &err) < 0)
		fail_msg("%s", err.message);
	o = load(&f);
	assert_int_equal(json_object_array_length(get(o, "remarks")), DW_REFUSED_MAX);
	assert_int_equal(json_object_get_int(get(o, "remarks_dropped")), 2);
	json_object_put(o);
	fakeroot_free(&f);
}

/* The platform's own documents stay out of what everybody may read. */
static void record_for_everybody_and_the_saved_one(void **state)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i;
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	make_instance(&i);
	assert_int_equal(record_write(&i, &text, NULL), 0);
	assert_int_equal(instance_keep(&i, "ovf-env.xml", SLICE("<hers/>"), NULL), 0);
	assert_int_equal(publish_record(f.fd, &i, NULL), 0);
	assert_true(fakeroot_holds(&f, PATH_RECORD, text.data));
	assert_int_equal(fakeroot_mode(&f, PATH_RECORD), 0644);
	assert_true(fakeroot_holds(&f, PATH_SAVED_RECORD, text.data));
	assert_int_equal(fakeroot_mode(&f, PATH_SAVED_RECORD), 0600);
	assert_int_equal(fakeroot_mode(&f, "var/lib/doorward"), 0700);
	assert_int_equal(i.kept_count, 1); /* still the caller's */
	fakeroot_free(&f);
}

static void receipt_is_for_root(void **state)
{
	cleanup_instance struct instance i, nobody;
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	make_instance(&i);
	instance_init(&nobody);
	assert_int_equal(publish_receipt(f.fd, &i, 1763650000, NULL), 0);
	assert_true(
		fakeroot_holds(&f, PATH_RECEIPT,
			       "doorward-state 1\nplatform: nocloud\ninstance-id: i-1\n"
			       "machine-uuid: 550e8400-e29b-41d4-a716-446655440000\n"
			       "time: 1763650000\nend\n"));
	assert_int_equal(fakeroot_mode(&f, PATH_RECEIPT), 0600);
	assert_int_equal(publish_receipt(f.fd, &nobody, 7, NULL), 0);
	assert_true(fakeroot_holds(&f, PATH_RECEIPT, "doorward-state 1\ntime: 7\nend\n"));
	fakeroot_free(&f);
}

/* A link where a file of ours should be is an error, and what it points to stays. */
static void links_are_not_followed(void **state)
{
	const struct run_status s = { .state = RUN_DONE,
				      .stage = "local",
				      .message = "" };
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	make_instance(&i);
	fakeroot_file(&f, "etc/precious", 0600, "keep");
	fakeroot_dir(&f, "run/doorward");
	fakeroot_dir(&f, "var/lib/doorward");
	fakeroot_link(&f, "/etc/precious", PATH_STATUS);
	fakeroot_link(&f, "/etc/precious", PATH_RECORD);
	fakeroot_link(&f, "/etc/precious", PATH_RECEIPT);
	assert_true(publish_status(f.fd, &s, &err) < 0);
	assert_true(publish_record(f.fd, &i, &err) < 0);
	assert_true(publish_receipt(f.fd, &i, 1, &err) < 0);
	assert_true(fakeroot_holds(&f, "etc/precious", "keep"));
	fakeroot_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_have_words),
		cmocka_unit_test(running_without_anything_known),
		cmocka_unit_test(degraded_with_everything),
		cmocka_unit_test(the_most_remarks_of_the_worst_text),
		cmocka_unit_test(record_for_everybody_and_the_saved_one),
		cmocka_unit_test(receipt_is_for_root),
		cmocka_unit_test(links_are_not_followed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
