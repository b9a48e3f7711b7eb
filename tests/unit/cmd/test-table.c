/* SPDX-License-Identifier: Apache-2.0 */
/* The table of verbs: all of them, each once, each with the words that help needs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cmd/verbs.h"

static void every_verb_is_listed_once(void **state)
{
	static const struct cmd *const all[] = { &cmd_convert,	    &cmd_detect,
						 &cmd_fingerprints, &cmd_hostkeys,
						 &cmd_provision,    &cmd_query,
						 &cmd_status };
	size_t count = 0;

	(void)state;
	while (cmds[count] != NULL)
		count++;
	assert_int_equal(count, sizeof(all) / sizeof(all[0]));
	for (size_t i = 0; i < count; i++) {
		size_t found = 0;

		for (size_t n = 0; n < count; n++) {
			found += cmds[n] == all[i];
			assert_true(n == i || strcmp(cmds[n]->name, cmds[i]->name) != 0);
		}
		assert_int_equal(found, 1);
	}
}

static void every_verb_has_its_words(void **state)
{
	(void)state;
	for (size_t i = 0; cmds[i] != NULL; i++) {
		const struct cmd *c = cmds[i];
		size_t n = strlen(c->summary);

		assert_non_null(c->run);
		assert_int_equal(strspn(c->name, "abcdefghijklmnopqrstuvwxyz"),
				 strlen(c->name));
		assert_true(n > 0 && n < 80);
		assert_true(c->summary[0] >= 'a' && c->summary[0] <= 'z');
		assert_int_not_equal(c->summary[n - 1], '.');
		assert_string_not_equal(c->help, "");
		assert_int_equal((c->needs & CMD_TAKES_OPERANDS) != 0,
				 c->operands[0] != '\0');
	}
}

static void every_option_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; cmds[i] != NULL; i++)
		for (const struct opt *o = cmds[i]->options; o != NULL && o->name != NULL;
		     o++) {
			assert_non_null(o->to);
			assert_string_not_equal(o->help, "");
			assert_int_equal(o->arg != NULL, o->kind != OPT_FLAG);
			assert_int_equal(o->choices != NULL, o->kind == OPT_CHOICE);
			for (const struct opt *p = cmds[i]->options; p != o; p++)
				assert_string_not_equal(p->name, o->name);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_verb_is_listed_once),
		cmocka_unit_test(every_verb_has_its_words),
		cmocka_unit_test(every_option_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
