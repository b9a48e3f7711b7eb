/* SPDX-License-Identifier: Apache-2.0 */
/* Superblocks of images, also from behind the wall; spellings; wanted files of a
 * directory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "reach/ask.h"
#include "reach/media.h"
#include "tests/unit/reach/tree.h"

#define IMAGE_SIZE (512u * 1024)

/* The least that is an ISO 9660 volume: one volume descriptor in sector 16, and the end.
 */
static void make_iso9660(char image[static IMAGE_SIZE], const char *label)
{
	char *d = image + 32768;

	memset(d, ' ', 2048);
	memcpy(d, "\1CD001\1", 8);
	memset(d + 40, ' ', 32);
	memcpy(d + 40, label, strlen(label));
	memcpy(d + 2048, "\377CD001\1", 8);
}

/* FAT16: boot sector with its label, two tables, a root directory with an entry for
 * another. */
static void make_vfat(char image[static IMAGE_SIZE], const char *boot_label,
		      const char *root_label)
{
	static const unsigned char head[] = {
		0xeb, 0x3c, 0x90, 'm', 'k',  'f',  's',
		'.',  'f',  'a',  't', 0x00, 0x02, /* bytes per sector */
		1,				   /* sectors per cluster */
		1,    0,			   /* reserved sectors */
		2,				   /* tables */
		0x10, 0,			   /* root entries: one sector */
		0x00, 0x04,			   /* sectors */
		0xf8, 4,    0,			   /* medium, sectors per table */
		32,   0,    2,	  0,
	};

	memcpy(image, head, sizeof(head));
	image[38] = 0x29;
	memset(image + 43, ' ', 11);
	memcpy(image + 43, boot_label, strlen(boot_label));
	memcpy(image + 54, "FAT16   ", 8);
	image[510] = 0x55;
	image[511] = (char)0xaa;
	memcpy(image + 512, "\xf8\xff\xff\xff", 4);
	memcpy(image + 512 * 5, "\xf8\xff\xff\xff", 4);
	if (root_label[0] != '\0') {
		char *entry = image + (size_t)512 * 9;

		memset(entry, ' ', 11);
		memcpy(entry, root_label, strlen(root_label));
		entry[11] = 8; /* volume label */
	}
}

static int image_fd(const struct tree *t, const char *image)
{
	int fd;

	assert_int_equal(tree_put(t, "image", image, IMAGE_SIZE), 0);
	fd = openat(t->fd, "image", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	return fd;
}

static void identify(const struct tree *t, const char *image,
		     struct media_sign signs[static 4], size_t *ret_count)
{
	cleanup_fd int fd = image_fd(t, image);

	assert_int_equal(media_identify(fd, signs, 4, ret_count, NULL), 0);
}

static void iso9660_is_known_by_its_label(void **state)
{
	static char image[IMAGE_SIZE];
	struct media_sign signs[4];
	size_t count;

	make_iso9660(image, "CIDATA");
	identify(*state, image, signs, &count);
	assert_int_equal(count, 1);
	assert_string_equal(signs[0].fstype, "iso9660");
	assert_string_equal(signs[0].label, "CIDATA");
}

static void vfat_is_known_by_both_labels(void **state)
{
	static char image[IMAGE_SIZE], other[IMAGE_SIZE];
	struct media_sign signs[4];
	size_t count;

	make_vfat(image, "cidata", "");
	identify(*state, image, signs, &count);
	assert_int_equal(count, 2); /* none in the directory, one in the boot sector */
	assert_string_equal(signs[0].fstype, "vfat");
	assert_string_equal(signs[0].label, "");
	assert_string_equal(signs[1].label, "cidata");

	make_vfat(other, "BOOT", "CIDATA");
	identify(*state, other, signs, &count);
	assert_int_equal(count, 2);
	assert_string_equal(signs[0].label, "CIDATA");
	assert_string_equal(signs[1].label, "BOOT");
}

static void anything_else_is_nothing(void **state)
{
	static char image[IMAGE_SIZE];
	struct media_sign signs[4];
	size_t count = 7;

	identify(*state, image, signs, &count);
	assert_int_equal(count, 0);
	memcpy(image + 1024 + 56, "\x53\xef", 2); /* ext2's magic: not our business */
	identify(*state, image, signs, &count);
	assert_int_equal(count, 0);
	memset(image, 0xff, IMAGE_SIZE);
	identify(*state, image, signs, &count);
	assert_int_equal(count, 0);
}

static int identify_locked(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	struct media_sign signs[4];
	size_t count;
	int r = media_identify(*(const int *)arg, signs, 4, &count, err);

	return r < 0 ? r : buf_append(ret, signs, count * sizeof(signs[0]), err);
}

/* libblkid does with what the walls leave it. */
static void it_is_seen_from_behind_the_wall(void **state)
{
	static char image[IMAGE_SIZE];
	cleanup_buf struct dw_buf b = BUF_INIT(4096);
	cleanup_fd int fd = -1;
	struct media_sign sign;

	make_iso9660(image, "cidata");
	fd = image_fd(*state, image);
	assert_int_equal(ask(identify_locked, &fd, deadline_after(5000), &b, NULL), 0);
	assert_int_equal(b.len, sizeof(sign));
	memcpy(&sign, b.data, sizeof(sign));
	assert_string_equal(sign.fstype, "iso9660");
	assert_string_equal(sign.label, "cidata");
}

static void no_devices_are_no_media(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;

	facts_init(&f);
	assert_int_equal(media_probe(t->fd, &f, NULL), 0);
	/* A file that pretends to be a device is none. */
	assert_int_equal(tree_put(t, "sys/class/block/vdb", "", 0), 0);
	assert_int_equal(tree_put(t, "dev/vdb", "x", 1), 0);
	assert_int_equal(media_probe(t->fd, &f, NULL), 0);
	assert_int_equal(f.media_count, 0);
}

static bool is_among(const char *wanted, char names[][MEDIA_NAME_MAX], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(names[i], wanted) == 0)
			return true;
	return false;
}

static void names_are_spelt_in_all_ways(unused_arg void **state)
{
	char names[8][MEDIA_NAME_MAX];
	size_t count = media_spellings("meta-data", names, 8);

	assert_string_equal(names[0], "meta-data");
	assert_true(is_among("META-DATA", names, count));
	assert_true(is_among("META_DATA", names, count));
	assert_true(is_among("META_DAT", names, count));
	assert_true(is_among("meta_dat", names, count));
	count = media_spellings("ovf-env.xml", names, 8);
	assert_true(is_among("OVF_ENV.XML", names, count));
	count = media_spellings("long-name.extension", names, 8);
	assert_true(is_among("LONG_NAM.EXT", names, count));
	count = media_spellings("a-name-that-is-longer-than-anybody-needs", names, 8);
	assert_int_equal(count, 0);
}

static const char *const wanted_files[] = { "meta-data", "user-data", "vendor-data",
					    NULL };
static const char *const wanted_labels[] = { "cidata", NULL };
static const char *const wanted_types[] = { "iso9660", "vfat", NULL };
static const struct media_want want = { wanted_labels, wanted_types, wanted_files };

static void files_of_a_directory_are_read(void **state)
{
	const struct tree *t = *state;
	cleanup_payload struct payload p;
	cleanup_media struct media *m = NULL;

	payload_init(&p);
	assert_int_equal(tree_put(t, "META_DAT", "id", 2), 0);
	assert_int_equal(tree_put(t, "user-data", "", 0), 0);
	assert_int_equal(media_open_dir(t->fd, &want, "seed /x", &m, NULL), 0);
	assert_string_equal(media_origin(m), "seed /x");
	assert_int_equal(media_read(m, 100, &p, NULL), 0);
	assert_string_equal(payload_get_ok(&p, "meta-data")->data, "id");
	assert_int_equal(payload_get_ok(&p, "user-data")->len, 0);
	assert_int_equal(payload_get(&p, "vendor-data")->outcome, DW_ABSENT);
}

static void only_regular_files_of_bounded_size(void **state)
{
	const struct tree *t = *state;
	cleanup_payload struct payload p;
	cleanup_media struct media *m = NULL;

	payload_init(&p);
	assert_int_equal(symlinkat("/etc/passwd", t->fd, "meta-data"), 0);
	assert_int_equal(mkfifoat(t->fd, "user-data", 0600), 0);
	assert_int_equal(tree_put(t, "vendor-data", "123456", 6), 0);
	assert_int_equal(media_open_dir(t->fd, &want, "seed", &m, NULL), 0);
	assert_int_equal(media_read(m, 5, &p, NULL), 0);
	assert_int_equal(payload_get(&p, "meta-data")->outcome, DW_REFUSED);
	assert_int_equal(payload_get(&p, "user-data")->outcome, DW_REFUSED);
	assert_int_equal(payload_get(&p, "vendor-data")->outcome, DW_TOO_BIG);
	assert_int_equal(p.bytes, 0);
}

static void nothing_wanted_is_mounted(void **state)
{
	const struct tree *t = *state;
	cleanup_facts struct facts f;
	struct media *m = NULL;

	facts_init(&f);
	assert_int_equal(media_open(t->fd, &f, &want, &m, NULL), -DW_ABSENT);
	assert_int_equal(facts_add_medium(&f, "sr0", "iso9660", "config-2", true, NULL),
			 0);
	assert_int_equal(facts_add_medium(&f, "vdb", "udf", "cidata", false, NULL), 0);
	assert_int_equal(media_open(t->fd, &f, &want, &m, NULL), -DW_ABSENT);
	assert_null(m);
}

#define test(f) cmocka_unit_test_setup_teardown(f, tree_set_up, tree_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(iso9660_is_known_by_its_label),
		test(vfat_is_known_by_both_labels),
		test(anything_else_is_nothing),
		test(it_is_seen_from_behind_the_wall),
		test(no_devices_are_no_media),
		test(names_are_spelt_in_all_ways),
		test(files_of_a_directory_are_read),
		test(only_regular_files_of_bounded_size),
		test(nothing_wanted_is_mounted),
	};

	return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
