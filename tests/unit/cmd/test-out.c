/* SPDX-License-Identifier: Apache-2.0 */
/* What verbs answer: the instance and the plan as JSON that another's reader takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <json.h>

#include "base/limits.h"
#include "cmd/out.h"

/* Made by ssh-keygen, which also told the fingerprint. */
#define KEY \
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHSfPZI9LIqtC8oMeqFmDYkBeEqPHdhV9pHOXR9rPHxu a@example"
#define PRINT "SHA256:WQGLv3huRb6H8ggYxyaIEmHeeYAD5rUHhbn5rKxX8l0"

static json_object *load(const struct dw_buf *b)
{
	enum json_tokener_error why;
	json_object *o = json_tokener_parse_verbose(b->data, &why);

	if (o == NULL)
		fail_msg("%s in: %s", json_tokener_error_desc(why), b->data);
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

static bool is_null(json_object *o, const char *key)
{
	return json_object_is_type(get(o, key), json_type_null);
}

static json_object *at(json_object *list, size_t i)
{
	assert_true(json_object_array_length(list) > i);
	return json_object_array_get_idx(list, i);
}

/* Absent, empty and set are three answers. */
static void three_states(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_instance struct instance i;
	struct user *u = NULL;
	json_object *o, *users;

	(void)state;
	instance_init(&i);
	assert_int_equal(field_set(&i.region, SLICE(""), NULL), 0);
	assert_int_equal(field_set(&i.hostname, SLICE("web1"), NULL), 0);
	assert_int_equal(instance_user(&i, SLICE("unsaid"), &u, NULL), 0);
	assert_int_equal(instance_user(&i, SLICE("none"), &u, NULL), 0);
	u->keys.state = FIELD_EMPTY;
	assert_int_equal(out_instance_json(&i, &b, NULL), 0);
	o = load(&b);
	assert_int_equal(json_object_get_int(get(o, "schema")), 1);
	assert_true(is_null(o, "zone"));
	assert_true(is_null(o, "instance_id"));
	assert_string_equal(text_of(o, "region"), "");
	assert_string_equal(text_of(o, "hostname"), "web1");
	users = get(o, "users");
	assert_true(is_null(at(users, 0), "keys"));
	assert_int_equal(json_object_array_length(get(at(users, 1), "keys")), 0);
	json_object_put(o);
}

static void keys_and_remarks(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_instance struct instance i;
	struct user *u = NULL;
	json_object *o, *user, *key;

	(void)state;
	instance_init(&i);
	i.walls = (struct walls){ .uid = true, .landlock = 4, .seccomp = true };
	assert_int_equal(instance_user(&i, SLICE("ops"), &u, NULL), 0);
	u->admin = TRI_YES;
	assert_int_equal(user_add_key(u, SLICE(KEY), SLICE("imds \"0\""), 0, NULL), 0);
	assert_int_equal(user_add_key(u, SLICE("from=\"10.0.0.1\" " KEY), SLICE("imds 1"),
				      1763650000, NULL),
			 0);
	assert_int_equal(instance_remark(&i, REMARK_NOTE, "a", "b", "c", NULL), 0);
	assert_int_equal(instance_remark(&i, REMARK_REFUSED, "d", "e", "", NULL), 0);
	assert_int_equal(instance_remark(&i, REMARK_UNSUPPORTED, "f", "g", "", NULL), 0);
	assert_int_equal(out_instance_json(&i, &b, NULL), 0);
	o = load(&b);
	user = at(get(o, "users"), 0);
	assert_string_equal(text_of(user, "name"), "ops");
	assert_true(json_object_get_boolean(get(user, "admin")));
	key = at(get(user, "keys"), 0);
	assert_string_equal(text_of(key, "line"), KEY);
	assert_string_equal(text_of(key, "fingerprint"), PRINT);
	assert_string_equal(text_of(key, "source"), "imds \"0\"");
	assert_true(is_null(key, "expires"));
	key = at(get(user, "keys"), 1);
	assert_string_equal(text_of(key, "line"), "from=\"10.0.0.1\" " KEY);
	assert_string_equal(text_of(key, "fingerprint"), PRINT);
	assert_string_equal(text_of(key, "expires"), "2025-11-20T14:46:40Z");
	assert_int_equal(json_object_array_length(get(o, "refused")), 1);
	assert_string_equal(text_of(at(get(o, "refused"), 0), "source"), "d");
	assert_string_equal(text_of(at(get(o, "unsupported"), 0), "reason"), "g");
	assert_string_equal(text_of(at(get(o, "notes"), 0), "advice"), "c");
	assert_int_equal(json_object_get_int(get(get(o, "walls"), "landlock")), 4);
	json_object_put(o);
}

static void plan_for_people_and_machines(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_DOC_MAX);
	cleanup_with(plan_done) struct plan p;
	struct op *op = NULL;
	json_object *o;

	(void)state;
	plan_init(&p);
	assert_int_equal(out_plan(&p, false, &b, NULL), 0);
	assert_string_equal(b.data, "nothing to do\n");
	buf_clear(&b);
	assert_int_equal(out_plan(&p, true, &b, NULL), 0);
	o = load(&b);
	assert_int_equal(json_object_array_length(o), 0);
	json_object_put(o);

	assert_int_equal(plan_add(&p, OP_USER_CREATE, "a\"b", &op, NULL), 0);
	assert_int_equal(plan_add(&p, OP_SSHD_RELOAD, "sshd", &op, NULL), 0);
	op->outcome = OP_FAILED;
	(void)dw_fail(&op->failure, DW_TOOL, "it said \"no\"");
	buf_clear(&b);
	assert_int_equal(out_plan(&p, false, &b, NULL), 0);
	assert_string_equal(b.data, "+ user-create     a\"b\n! sshd-reload     sshd\n"
				    "    failed: it said \"no\"\n");
	buf_clear(&b);
	assert_int_equal(out_plan(&p, true, &b, NULL), 0);
	o = load(&b);
	assert_string_equal(text_of(at(o, 0), "op"), "user-create");
	assert_string_equal(text_of(at(o, 0), "target"), "a\"b");
	assert_true(is_null(at(o, 0), "detail"));
	assert_string_equal(text_of(at(o, 0), "outcome"), "planned");
	assert_false(json_object_object_get_ex(at(o, 0), "failure", NULL));
	assert_string_equal(text_of(at(o, 1), "outcome"), "failed");
	assert_string_equal(text_of(at(o, 1), "failure"), "it said \"no\"");
	json_object_put(o);
}

static void half_an_answer_is_none(void **state)
{
	cleanup_buf struct dw_buf b = BUF_INIT(32);
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };

	(void)state;
	instance_init(&i);
	assert_int_equal(out_instance_json(&i, &b, &err), -DW_TOO_BIG);
	assert_int_equal(b.len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_states),
		cmocka_unit_test(keys_and_remarks),
		cmocka_unit_test(plan_for_people_and_machines),
		cmocka_unit_test(half_an_answer_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
