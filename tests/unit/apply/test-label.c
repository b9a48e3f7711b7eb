/* SPDX-License-Identifier: Apache-2.0 */
/* Labels: harmless wherever there is no SELinux, balanced wherever there is. */
#include "apply/label.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/macros.h"
#include "tests/harness/fakeroot.h"

static bool is_library_loaded(void)
{
	char line[512];
	bool found = false;
	FILE *f = fopen("/proc/self/maps", "r");

	assert_non_null(f);
	while (fgets(line, sizeof(line), f) != NULL)
		found |= strstr(line, "libselinux") != NULL;
	fclose(f);
	return found;
}

static void costs_nothing_without_selinux(void **state unused_arg)
{
	struct fakeroot f;

	if (access("/sys/fs/selinux/enforce", F_OK) == 0)
		skip(); /* here it is on: the library is wanted */
	fakeroot_new(&f);
	label_prepare();
	label_begin(f.fd, "x", S_IFREG | 0600);
	label_end();
	assert_false(is_library_loaded());
	fakeroot_free(&f);
}

static void end_without_begin_is_fine(void **state unused_arg)
{
	label_end();
	label_begin(-1, "x", S_IFREG);
	label_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(costs_nothing_without_selinux),
		cmocka_unit_test(end_without_begin_is_fine),
	};

	return cmocka_run_group_tests_name("apply/label", tests, NULL, NULL);
}
