/* SPDX-License-Identifier: Apache-2.0 */
/* The rule table of host keys, row by row: who may be made, mended, replaced, kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plan/plan.h"

#define UUID_A "550e8400-e29b-41d4-a716-446655440000"
#define UUID_B "11111111-e29b-41d4-a716-446655440000"

static struct field set(const char *text)
{
	return (struct field){ .state = FIELD_SET, .text = (char *)(uintptr_t)text };
}

/* One row: what is there, what is known, what shall happen to ed25519, ecdsa, rsa. */
struct row {
	enum hostkey_state state;	   /* of all three */
	const char *owner_id, *owner_uuid; /* both NULL: no owner file */
	bool has_instance;
	const char *id, *uuid;
	bool is_placeholder, is_partial;
	bool may_delete, is_local_stage;
	int64_t boot_time, mtime, now;
	const char *expected; /* "make,make,-;own" */
};

static const char *word(enum op_kind kind)
{
	switch ((int)kind) {
	case OP_HOSTKEY_MAKE:
		return "make";
	case OP_HOSTKEY_REPLACE:
		return "replace";
	case OP_HOSTKEY_RETIRE:
		return "retire";
	case OP_HOSTKEY_MEND:
		return "mend";
	case OP_HOSTKEYS_OWN:
		return "own";
	default:
		return "?";
	}
}

static void render(const struct plan *p, char *text, size_t size)
{
	text[0] = '\0';
	for (size_t i = 0; hostkey_kinds[i].name != NULL; i++) {
		const char *found = "-";

		for (size_t n = 0; n < p->count; n++)
			if (p->ops[n].hostkey == &hostkey_kinds[i])
				found = word(p->ops[n].kind);
		(void)snprintf(text + strlen(text), size - strlen(text), "%s%s",
			       i > 0 ? "," : "", found);
	}
	if (p->count > 0 && p->ops[p->count - 1].kind == OP_HOSTKEYS_OWN)
		(void)snprintf(text + strlen(text), size - strlen(text), ";own");
}

static void check_row(const struct row *row, const char *name)
{
	struct instance instance;
	struct state owner = { 0 };
	struct observed observed;
	struct plan_policy policy = { .may_delete_hostkeys = row->may_delete,
				      .is_slow_hostkey_later = row->is_local_stage,
				      .now = row->now };
	struct dw_err err = { 0 };
	struct plan plan;
	char text[128];

	instance_init(&instance);
	observed_init(&observed);
	plan_init(&plan);
	if (row->id != NULL)
		instance.instance_id = set(row->id);
	if (row->uuid != NULL)
		instance.machine_uuid = set(row->uuid);
	instance.id_is_placeholder = row->is_placeholder;
	instance.is_partial = row->is_partial;
	if (row->owner_id != NULL)
		owner.instance_id = set(row->owner_id);
	if (row->owner_uuid != NULL)
		owner.machine_uuid = set(row->owner_uuid);
	if (row->owner_id != NULL || row->owner_uuid != NULL)
		policy.hostkeys_owner = &owner;
	observed.boot_time = row->boot_time;
	for (size_t i = 0; hostkey_kinds[i].name != NULL; i++)
		observed.hostkeys[observed.hostkeys_count++] = (struct observed_hostkey){
			.kind = &hostkey_kinds[i],
			.state = row->state,
			.pub_matches = true,
			.is_mode_right = true,
			.mtime = row->mtime,
		};
	assert_int_equal(plan_hostkeys(row->has_instance ? &instance : NULL, &observed,
				       &policy, &plan, &err),
			 0);
	render(&plan, text, sizeof(text));
	if (strcmp(text, row->expected) != 0)
		print_error("row '%s'\n", name);
	assert_string_equal(text, row->expected);
	plan_done(&plan); /* fields are borrowed literals: nothing else to free */
}

static const struct {
	const char *name;
	struct row row;
} rows[] = {
	{ "nothing there, identity unknown: made at once",
	  { .state = HOSTKEY_ABSENT, .may_delete = true, .expected = "make,make,make" } },
	{ "nothing there, local stage: RSA comes later",
	  { .state = HOSTKEY_ABSENT,
	    .may_delete = true,
	    .is_local_stage = true,
	    .expected = "make,make,-" } },
	{ "nothing there, identity known: made and owned",
	  { .state = HOSTKEY_ABSENT,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .expected = "make,make,make;own" } },
	{ "empty after a crash: healed",
	  { .state = HOSTKEY_EMPTY,
	    .owner_id = "i-1",
	    .has_instance = true,
	    .id = "i-1",
	    .may_delete = true,
	    .expected = "make,make,make" } },
	{ "garbage: put aside and replaced",
	  { .state = HOSTKEY_GARBAGE,
	    .may_delete = true,
	    .expected = "replace,replace,replace" } },
	{ "garbage is healed even where old keys may not be deleted",
	  { .state = HOSTKEY_GARBAGE,
	    .may_delete = false,
	    .expected = "replace,replace,replace" } },
	{ "not readable for us: nothing may be concluded",
	  { .state = HOSTKEY_UNREADABLE,
	    .has_instance = true,
	    .id = "i-2",
	    .owner_id = "i-1",
	    .may_delete = true,
	    .expected = "-,-,-;own" } },
	{ "same id, same uuid: kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .expected = "-,-,-" } },
	{ "same uuid in the other byte order and case: kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .uuid = "00840E55-9BE2-D441-A716-446655440000",
	    .may_delete = true,
	    .expected = "-,-,-;own" } },
	{ "other id and other uuid: a clone, replaced",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-2",
	    .uuid = UUID_B,
	    .may_delete = true,
	    .expected = "replace,replace,replace;own" } },
	{ "clone at the local stage: the old RSA key goes, the new one follows",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-2",
	    .uuid = UUID_B,
	    .may_delete = true,
	    .is_local_stage = true,
	    .expected = "replace,replace,retire;own" } },
	{ "clone, but ssh_deletekeys is false: kept and owned",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-2",
	    .uuid = UUID_B,
	    .may_delete = false,
	    .expected = "-,-,-;own" } },
	{ "other id, same uuid: the platform renamed the instance, kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-2",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .expected = "-,-,-;own" } },
	{ "same id, other uuid: moved to another hypervisor, kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_B,
	    .may_delete = true,
	    .expected = "-,-,-;own" } },
	{ "metadata unreachable: kept, always",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .may_delete = true,
	    .expected = "-,-,-" } },
	{ "identity absent on this side: kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .may_delete = true,
	    .expected = "-,-,-" } },
	{ "a placeholder id is no identity: kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .has_instance = true,
	    .id = "nocloud",
	    .is_placeholder = true,
	    .may_delete = true,
	    .expected = "-,-,-" } },
	{ "id still to come from the network, uuid differs: wait, kept",
	  { .state = HOSTKEY_GOOD,
	    .owner_id = "i-1",
	    .owner_uuid = UUID_A,
	    .has_instance = true,
	    .uuid = UUID_B,
	    .is_partial = true,
	    .may_delete = true,
	    .expected = "-,-,-" } },
	{ "no owner written, keys older than this boot: baked into the image, replaced",
	  { .state = HOSTKEY_GOOD,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .boot_time = 1000,
	    .mtime = 999,
	    .expected = "replace,replace,replace;own" } },
	{ "no owner written, keys made since this boot: this machine's own, kept",
	  { .state = HOSTKEY_GOOD,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .boot_time = 1000,
	    .mtime = 1000,
	    .expected = "-,-,-;own" } },
	{ "no owner written, keys from the future: the clock is behind the image, replaced",
	  { .state = HOSTKEY_GOOD,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .boot_time = 1000,
	    .mtime = 1011,
	    .now = 1010,
	    .expected = "replace,replace,replace;own" } },
	{ "no owner written, keys made a moment ago: kept",
	  { .state = HOSTKEY_GOOD,
	    .has_instance = true,
	    .id = "i-1",
	    .uuid = UUID_A,
	    .may_delete = true,
	    .boot_time = 1000,
	    .mtime = 1010,
	    .now = 1010,
	    .expected = "-,-,-;own" } },
	{ "no owner written and no identity: kept",
	  { .state = HOSTKEY_GOOD,
	    .has_instance = true,
	    .may_delete = true,
	    .boot_time = 1000,
	    .mtime = 1,
	    .expected = "-,-,-" } },
};

static void test_rule_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check_row(&rows[i].row, rows[i].name);
}

static void test_mends_a_good_key(void **state)
{
	struct observed observed;
	struct plan_policy policy = { .may_delete_hostkeys = true };
	struct dw_err err = { 0 };
	struct plan plan;

	(void)state;
	observed_init(&observed);
	plan_init(&plan);
	observed.hostkeys_count = 2;
	observed.hostkeys[0] = (struct observed_hostkey){ .kind = &hostkey_kinds[0],
							  .state = HOSTKEY_GOOD,
							  .pub_matches = false,
							  .is_mode_right = true };
	observed.hostkeys[1] = (struct observed_hostkey){ .kind = &hostkey_kinds[1],
							  .state = HOSTKEY_GOOD,
							  .pub_matches = true,
							  .is_mode_right = false };
	assert_int_equal(plan_hostkeys(NULL, &observed, &policy, &plan, &err), 0);
	assert_int_equal(plan.count, 2);
	assert_int_equal(plan.ops[0].kind, OP_HOSTKEY_MEND);
	assert_int_equal(plan.ops[1].kind, OP_HOSTKEY_MEND);
	plan_done(&plan);
}

/* ssh_genkeytypes: the instance's list, else the configuration's, else all. */
static void test_types(void **state)
{
	struct observed observed;
	char *ed25519[] = { (char *)(uintptr_t) "ed25519" },
	     *rsa[] = { (char *)(uintptr_t) "rsa" };
	struct string_list configured = { .state = FIELD_SET, .items = rsa, .count = 1 };
	struct plan_policy policy = { .may_delete_hostkeys = true,
				      .hostkey_types = &configured };
	struct instance instance;
	struct dw_err err = { 0 };
	struct plan plan;

	(void)state;
	observed_init(&observed);
	instance_init(&instance);
	plan_init(&plan);
	for (size_t i = 0; hostkey_kinds[i].name != NULL; i++)
		observed.hostkeys[observed.hostkeys_count++] =
			(struct observed_hostkey){ .kind = &hostkey_kinds[i],
						   .state = HOSTKEY_ABSENT };
	assert_int_equal(plan_hostkeys(&instance, &observed, &policy, &plan, &err), 0);
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.ops[0].hostkey->name, "rsa");
	plan_done(&plan);

	plan_init(&plan);
	instance.ssh_genkeytypes =
		(struct string_list){ .state = FIELD_SET, .items = ed25519, .count = 1 };
	assert_int_equal(plan_hostkeys(&instance, &observed, &policy, &plan, &err), 0);
	assert_int_equal(plan.count, 1);
	assert_string_equal(plan.ops[0].hostkey->name, "ed25519");
	plan_done(&plan);

	/* At the first run of an instance a good key of a type that it does not want is
	 * retired... */
	plan_init(&plan);
	observed.hostkeys[0].state = HOSTKEY_GOOD;
	observed.hostkeys[0].pub_matches = observed.hostkeys[0].is_mode_right = true;
	observed.hostkeys[1] = observed.hostkeys[0];
	observed.hostkeys[1].kind = &hostkey_kinds[1];
	policy.is_first_run = true;
	assert_int_equal(plan_hostkeys(&instance, &observed, &policy, &plan, &err), 0);
	assert_int_equal(plan.count, 1);
	assert_int_equal(plan.ops[0].kind, OP_HOSTKEY_RETIRE);
	assert_string_equal(plan.ops[0].hostkey->name, "ecdsa");
	plan_done(&plan);

	/* ...and never later, when somebody may have come to know it. */
	plan_init(&plan);
	policy.is_first_run = false;
	assert_int_equal(plan_hostkeys(&instance, &observed, &policy, &plan, &err), 0);
	assert_int_equal(plan.count, 0);
	plan_done(&plan);
}

/* Where RSA alone is wanted, sshd would find nothing if it came later; and what is there
 * goes last. */
static void test_rsa_alone_is_not_put_off(void **state)
{
	char *rsa[] = { (char *)(uintptr_t) "rsa" };
	struct plan_policy policy = { .may_delete_hostkeys = true,
				      .is_slow_hostkey_later = true };
	/* of ed25519 and ecdsa; of rsa; what is done to rsa; how many operations */
	static const struct {
		enum hostkey_state others, rsa;
		enum op_kind kind;
		size_t count;
	} cases[] = {
		{ HOSTKEY_ABSENT, HOSTKEY_ABSENT, OP_HOSTKEY_MAKE, 2 },
		{ HOSTKEY_GOOD, HOSTKEY_ABSENT, OP_HOSTKEY_MAKE, 4 },
		{ HOSTKEY_GOOD, HOSTKEY_GOOD, OP_HOSTKEY_REPLACE, 4 },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(cases); n++) {
		struct observed observed;
		struct instance instance;
		struct dw_err err = { 0 };
		struct plan plan;

		observed_init(&observed);
		instance_init(&instance);
		plan_init(&plan);
		instance.instance_id = set("i-1");
		instance.ssh_genkeytypes = (struct string_list){ .state = FIELD_SET,
								 .items = rsa,
								 .count = 1 };
		for (size_t i = 0; hostkey_kinds[i].name != NULL; i++)
			observed.hostkeys[observed.hostkeys_count++] =
				(struct observed_hostkey){
					.kind = &hostkey_kinds[i],
					.state = i == 2 ? cases[n].rsa : cases[n].others
				};
		assert_int_equal(
			plan_hostkeys(&instance, &observed, &policy, &plan, &err), 0);
		if (cases[n].others == HOSTKEY_GOOD)
			plan_put_slow_last(&plan);
		assert_int_equal(plan.count, cases[n].count);
		assert_int_equal(plan.ops[0].kind, cases[n].kind);
		assert_string_equal(plan.ops[0].hostkey->name, "rsa");
		for (size_t i = 1; i + 1 < plan.count; i++)
			assert_int_equal(plan.ops[i].kind, OP_HOSTKEY_RETIRE);
		assert_int_equal(plan.ops[plan.count - 1].kind, OP_HOSTKEYS_OWN);
		plan_done(&plan);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rsa_alone_is_not_put_off),
		cmocka_unit_test(test_rule_table),
		cmocka_unit_test(test_mends_a_good_key),
		cmocka_unit_test(test_types),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
