/* SPDX-License-Identifier: Apache-2.0 */
/* Our own small files: there with bytes and mode, or not there, and never followed
 * through a link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "observe/observed.h"
#include "tests/harness/fakeroot.h"

static void remembers_what_it_saw(void **state)
{
	struct observed_files files = { 0 };
	const struct observed_file *seen;
	struct dw_err err = { 0 };
	struct fakeroot f;

	(void)state;
	fakeroot_new(&f);
	fakeroot_file(&f, "etc/one", 0440, "content\n");
	fakeroot_link(&f, "one", "etc/link");
	assert_int_equal(observe_file(f.fd, "etc/one", &files, &err), 0);
	assert_int_equal(observe_file(f.fd, "etc/none", &files, &err), 0);
	assert_int_equal(observe_file(f.fd, "etc/link", &files, &err), 0);
	assert_int_equal(observe_file(f.fd, "etc", &files, &err), 0);

	seen = observed_find_file(&files, "etc/one");
	assert_true(seen->exists);
	assert_int_equal(seen->mode, 0440);
	assert_int_equal(seen->len, 8);
	assert_string_equal(seen->data, "content\n");
	assert_false(observed_find_file(&files, "etc/none")->exists);
	assert_false(observed_find_file(&files, "etc/link")->exists);
	assert_false(observed_find_file(&files, "etc")->exists);
	assert_null(observed_find_file(&files, "etc/never-asked"));
	observed_files_done(&files);
	assert_int_equal(files.count, 0);
	fakeroot_free(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remembers_what_it_saw),
	};

	return cmocka_run_group_tests_name("observe/files", tests, NULL, NULL);
}
