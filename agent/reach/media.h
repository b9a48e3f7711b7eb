/* SPDX-License-Identifier: Apache-2.0 */
/* Labelled media: found without trust, mounted read-only in private, handed over as
 * descriptors. */
#pragma once

#include "base/err.h"
#include "model/facts.h"
#include "model/payload.h"

/*
 * Three steps, in this order, because the first and second need root and the others must
 * not have it:
 *
 *  1. media_probe(): root opens the block devices; a child without any right (own uid,
 * seccomp, Landlock) reads their superblocks through libblkid and answers with type and
 * label in a fixed struct. Nothing is parsed as root.
 *  2. media_open(): in a private mount namespace, each medium that a row of the table
 * wants is mounted ro,nosuid,nodev,noexec; the files the row names are opened O_NOFOLLOW
 * (regular files only, letter case and 8.3 mangling tolerated), then the mount is
 * detached. The descriptors live on.
 *  3. media_read(): after the walls are up, reads them with their ceilings into a
 * payload.
 *
 * With --root the "media" are directories beneath the root or --seed: nothing is mounted.
 * A kernel without the file system is DW_UNSUPPORTED and names it.
 */

/* What a datasource wants from media; part of its const row. */
struct media_want {
	const char *const
		*labels; /* compared without case; NULL: any label on an optical drive */
	const char *const *fstypes; /* tried in order: "iso9660", "vfat", "udf" */
	const char *const
		*files; /* names in the root of the medium, relative, ends with NULL */
};

struct media;

/* FACTS gets a medium per readable device. DEVICES_DIR is "sys/class/block" beneath
 * root_fd. */
int media_probe(int root_fd, struct facts *facts, struct dw_err *err) must_check;

/*
 * DW_ABSENT when no medium in FACTS has WANT's first file; else why the first that might
 * have it could not be mounted. On success the process has left the machine's mount
 * namespace for its own.
 */
int media_open(int root_fd, const struct facts *facts, const struct media_want *want,
	       struct media **ret, struct dw_err *err) must_check;

/*
 * What media_probe()'s child does per device, on its own for tests: file systems of the
 * three kinds above on FD (a device or an image file), at most MAX of them. A FAT volume
 * whose two labels differ is told twice. Nothing recognised is no error: *RET_COUNT is 0.
 */
struct media_sign {
	char fstype[16];
	char label[128];
};

int media_identify(int fd, struct media_sign *ret, size_t max, size_t *ret_count,
		   struct dw_err *err) must_check;

/* The names under which NAME is looked for, best first; also only for tests beside
 * media.c. */
#define MEDIA_NAME_MAX 32
size_t media_spellings(const char *name, char ret[][MEDIA_NAME_MAX], size_t max);

/*
 * media_open() for a plain directory (--seed, /var/lib/cloud/seed/nocloud): no mount;
 * files that are not there are no error.
 */
int media_open_dir(int dir_fd, const struct media_want *want, const char *origin,
		   struct media **ret, struct dw_err *err) must_check;

/* "vdb (iso9660, label cidata)": for messages and detected-by. Borrowed. */
const char *media_origin(const struct media *m);

/*
 * Adds one blob per wanted file: DW_ABSENT for those that are not there, DW_REFUSED for
 * what is no regular file, DW_TOO_BIG above MAX_BYTES. Once only: the descriptors are
 * read to their end.
 */
int media_read(struct media *m, size_t max_bytes, struct payload *ret, struct dw_err *err)
	must_check;

void media_free(struct media *m);
DEFINE_CLEANUP_PTR(struct media, media_free);
#define cleanup_media cleanup_with(media_free_cleanup_)
