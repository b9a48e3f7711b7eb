/* SPDX-License-Identifier: Apache-2.0 */
/* Facts from a tree: firmware, command line, container marks, seed directories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "reach/facts_read.h"
#include "tests/unit/reach/tree.h"

#define DMI "sys/class/dmi/id/"

static void put(const struct tree *t, const char *name, const char *text)
{
	assert_int_equal(tree_put(t, name, text, strlen(text)), 0);
}

static void load(const struct tree *t, struct facts *ret)
{
	cleanup_facts_files struct facts_files *files = NULL;

	facts_init(ret);
	assert_int_equal(facts_open(t->fd, &files, NULL), 0);
	assert_int_equal(facts_load(files, ret, NULL), 0);
}

static void an_empty_root_has_no_facts(void **state)
{
	cleanup_facts struct facts f;

	load(*state, &f);
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
		assert_int_equal(f.dmi[i].state, FIELD_UNSET);
	assert_string_equal(f.cmdline, "");
	assert_false(f.is_container);
	assert_false(f.is_efi);
	assert_int_equal(f.seed_dirs.count, 0);
	assert_int_equal(f.media_count, 0);
}

static void firmware_is_trimmed_and_judged(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;

	put(t, DMI "sys_vendor", "Microsoft Corporation \n");
	put(t, DMI "product_name", "\xff\xff\xff\xff\n");
	put(t, DMI "product_serial", "None\n");
	put(t, DMI "board_name", "Not Specified\n");
	put(t, DMI "chassis_vendor", "\n");
	put(t, DMI "bios_vendor",
	    "a\x01"
	    "b\n");
	load(t, &f);
	assert_string_equal(field_text(&f.dmi[DMI_SYS_VENDOR]), "Microsoft Corporation");
	assert_int_equal(f.dmi[DMI_PRODUCT_NAME].state, FIELD_UNSET);
	assert_int_equal(f.dmi[DMI_PRODUCT_SERIAL].state, FIELD_UNSET);
	assert_int_equal(f.dmi[DMI_BOARD_NAME].state, FIELD_UNSET);
	assert_int_equal(f.dmi[DMI_CHASSIS_VENDOR].state, FIELD_UNSET);
	assert_int_equal(f.dmi[DMI_BIOS_VENDOR].state, FIELD_UNSET);
}

static void an_oversized_value_is_unset(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;
	static char big[DW_DMI_MAX + 2];

	memset(big, 'x', sizeof(big) - 1);
	put(t, DMI "sys_vendor", big);
	put(t, DMI "product_name", "fine\n");
	load(t, &f);
	assert_int_equal(f.dmi[DMI_SYS_VENDOR].state, FIELD_UNSET);
	assert_string_equal(field_text(&f.dmi[DMI_PRODUCT_NAME]), "fine");
}

static void the_kernel_says_where(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;
	struct slice value;

	put(t, "proc/cmdline", "root=/dev/vda1 ds=nocloud;i=i-7 quiet\n");
	put(t, "sys/firmware/efi/x", "");
	load(t, &f);
	assert_string_equal(f.cmdline, "root=/dev/vda1 ds=nocloud;i=i-7 quiet");
	assert_true(facts_cmdline_get(&f, "ds", &value));
	assert_true(slice_eq(value, "nocloud;i=i-7"));
	assert_true(f.is_efi);
}

static void check_container(const struct tree *t)
{
	cleanup_facts struct facts f;

	put(t, DMI "sys_vendor", "QEMU\n");
	put(t, DMI "product_uuid", "550e8400-e29b-41d4-a716-446655440000\n");
	load(t, &f);
	assert_true(f.is_container);
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
		assert_int_equal(f.dmi[i].state, FIELD_UNSET);
}

static void a_container_by_file_has_no_firmware(void **state)
{
	put(*state, "run/systemd/container", "lxc\n");
	check_container(*state);
}

static void a_container_by_environment_has_no_firmware(void **state)
{
	static const char environment[] = "PATH=/bin\0container=podman\0HOME=/";

	assert_int_equal(
		tree_put(*state, "proc/1/environ", environment, sizeof(environment)), 0);
	check_container(*state);
}

static void other_variables_are_no_container(void **state)
{
	static const char environment[] = "container=\0mycontainer=x\0containers=y";
	cleanup_facts struct facts f;

	assert_int_equal(
		tree_put(*state, "proc/1/environ", environment, sizeof(environment)), 0);
	load(*state, &f);
	assert_false(f.is_container);
}

static void seed_directories_count_when_whole(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f, g;
	cleanup_fd int fd = -1;

	put(t, "var/lib/cloud/seed/nocloud/meta-data", "");
	put(t, "var/lib/cloud/seed/azure/ovf-env.xml", "<x/>");
	load(t, &f);
	assert_false(string_list_has(&f.seed_dirs, "nocloud"));
	assert_true(string_list_has(&f.seed_dirs, "azure"));
	assert_int_equal(facts_open_seed(t->fd, "nocloud", &fd, NULL), -DW_ABSENT);

	put(t, "var/lib/cloud/seed/nocloud/user-data", "");
	load(t, &g);
	assert_true(string_list_has(&g.seed_dirs, "nocloud"));
	assert_int_equal(facts_open_seed(t->fd, "nocloud", &fd, NULL), 0);
	assert_string_equal(facts_seed_kind(fd), "nocloud");
	assert_int_equal(facts_open_seed(t->fd, "../seed/azure", &fd, NULL), -DW_ABSENT);
	assert_null(facts_seed_kind(t->fd));
}

static void facts_are_read_twice(void **state)
{
	const struct tree *t = *state;
	cleanup_facts_files struct facts_files *files = NULL;
	cleanup_facts struct facts f, g;

	put(t, DMI "sys_vendor", "QEMU\n");
	put(t, "proc/cmdline", "quiet\n");
	facts_init(&f);
	facts_init(&g);
	assert_int_equal(facts_open(t->fd, &files, NULL), 0);
	assert_true(facts_may_name_seed(files));
	assert_int_equal(facts_load(files, &f, NULL), 0);
	assert_int_equal(facts_load(files, &g, NULL), 0);
	assert_string_equal(field_text(&g.dmi[DMI_SYS_VENDOR]), "QEMU");
	assert_string_equal(g.cmdline, "quiet");
}

/* A link in the tree leads nowhere else, so an offline image never shows this machine's
 * firmware. */
static void links_stay_beneath_the_root(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;

	put(t, "etc/inside", "inside\n");
	put(t, "proc/keep", "");
	put(t, DMI "keep", "");
	assert_int_equal(symlinkat("/etc/inside", t->fd, "proc/cmdline"), 0);
	assert_int_equal(symlinkat("/etc/passwd", t->fd, DMI "product_name"), 0);
	load(t, &f);
	assert_string_equal(f.cmdline, "inside");
	assert_int_equal(f.dmi[DMI_PRODUCT_NAME].state, FIELD_UNSET);
}

#define test(f) cmocka_unit_test_setup_teardown(f, tree_set_up, tree_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(an_empty_root_has_no_facts),
		test(firmware_is_trimmed_and_judged),
		test(an_oversized_value_is_unset),
		test(the_kernel_says_where),
		test(a_container_by_file_has_no_firmware),
		test(a_container_by_environment_has_no_firmware),
		test(other_variables_are_no_container),
		test(seed_directories_count_when_whole),
		test(facts_are_read_twice),
		test(links_stay_beneath_the_root),
	};

	return cmocka_run_group_tests_name("facts_read", tests, NULL, NULL);
}
