/* SPDX-License-Identifier: Apache-2.0 */
/* Finds, mounts and reads labelled media; what is in their files is nobody's business
 * here. */
#include "reach/media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <blkid/blkid.h>
#include <linux/cdrom.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "reach/ask.h"

#define FILES_MAX 8 /* wanted files of one row */
#define NAMES_MAX 6 /* spellings tried for one of them */
#define NAME_LEN  64
#define SIGNS_MAX                                                             \
	4 /* file systems or labels seen on one device: a bridge disc has two \
	   */

/* --- step one: what is there
 * ----------------------------------------------------------------- */

/* Never a seed, and slow (a floppy drive) or many (loop devices) to look at. */
static const char *const skipped_devices[] = {
	"loop", "ram", "zram", "dm-", "md", "nbd", "fd", "mtd", NULL,
};

struct device {
	char name[NAME_LEN]; /* as in /dev, "cciss/c0d0" */
	int fd;
	bool is_optical;
};

struct device_list {
	struct device items[DW_BLOCK_DEVICES];
	size_t count;
};

static void device_list_done(struct device_list *l)
{
	for (size_t i = 0; i < l->count; i++)
		dw_cleanup_fd_(&l->items[i].fd);
}

static bool is_skipped(const char *name)
{
	for (const char *const *s = skipped_devices; *s != NULL; s++)
		if (str_starts_with(name, *s))
			return true;
	return name[0] == '.';
}

/* Reading from a drive without a disc costs seconds and fills the kernel's log. */
static bool is_empty_drive(int fd)
{
	int status = ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);

	return status == CDS_NO_DISC || status == CDS_TRAY_OPEN ||
	       status == CDS_DRIVE_NOT_READY;
}

static void open_device(int root_fd, const char *sysfs_name, struct device_list *l)
{
	struct device *d = &l->items[l->count];
	cleanup_fd int fd = -1;
	char path[NAME_LEN + 4];
	struct stat st;

	if (l->count == ARRAY_LEN(l->items) || strlen(sysfs_name) >= sizeof(d->name))
		return;
	(void)snprintf(d->name, sizeof(d->name), "%.*s", NAME_LEN - 1, sysfs_name);
	for (char *p = d->name; *p != '\0'; p++)
		if (*p == '!')
			*p = '/'; /* sysfs cannot have a slash in a name */
	(void)snprintf(path, sizeof(path), "dev/%s", d->name);
	if (fd_open_at(root_fd, path, O_RDONLY, &fd, NULL) < 0 || fstat(fd, &st) < 0 ||
	    !S_ISBLK(st.st_mode))
		return;
	d->is_optical = ioctl(fd, CDROM_GET_CAPABILITY, 0) >= 0;
	if (d->is_optical && is_empty_drive(fd))
		return;
	d->fd = TAKE_FD(fd);
	l->count++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* Without a readable sysfs there are no media, which is not an error. */
static void open_devices(int root_fd, struct device_list *l)
{
	cleanup_fd int dir = -1;
	struct dirent **names = NULL;
	int count;

	if (fd_open_at(root_fd, "sys/class/block", O_RDONLY | O_DIRECTORY, &dir, NULL) <
	    0)
		return;
	count = scandirat(dir, ".", &names, NULL, by_name);
	for (int i = 0; i < count; i++) {
		if (!is_skipped(names[i]->d_name))
			open_device(root_fd, names[i]->d_name, l);
		free(names[i]);
	}
	free(names);
}

static void copy_value(blkid_probe probe, const char *name, char *ret, size_t size)
{
	const char *value;

	ret[0] = '\0';
	if (blkid_probe_lookup_value(probe, name, &value, NULL) == 0 &&
	    strlen(value) < size)
		(void)snprintf(ret, size, "%s", value);
}

static void add_sign(struct media_sign *signs, size_t max, size_t *count,
		     const char *fstype, const char *label)
{
	if (*count == max)
		return;
	(void)snprintf(signs[*count].fstype, sizeof(signs[*count].fstype), "%s", fstype);
	(void)snprintf(signs[*count].label, sizeof(signs[*count].label), "%s", label);
	(*count)++;
}

static void take_signs(blkid_probe probe, struct media_sign *signs, size_t max,
		       size_t *count)
{
	struct media_sign sign = { 0 }, boot = { 0 };

	copy_value(probe, "TYPE", sign.fstype, sizeof(sign.fstype));
	copy_value(probe, "LABEL", sign.label, sizeof(sign.label));
	copy_value(probe, "LABEL_FATBOOT", boot.label, sizeof(boot.label));
	add_sign(signs, max, count, sign.fstype, sign.label);
	/* A FAT volume has its label in two places, and tools that write only one of
	 * them. */
	if (boot.label[0] != '\0' && strcmp(boot.label, sign.label) != 0)
		add_sign(signs, max, count, sign.fstype, boot.label);
}

int media_identify(int fd, struct media_sign *ret, size_t max, size_t *ret_count,
		   struct dw_err *err)
{
	char iso9660[] = "iso9660", vfat[] = "vfat", udf[] = "udf";
	char *wanted[] = { iso9660, vfat, udf, NULL };
	blkid_probe probe = blkid_new_probe();
	size_t count = 0;

	if (probe == NULL)
		return dw_fail(err, DW_NO_MEMORY, "libblkid has no memory");
	if (blkid_probe_set_device(probe, fd, 0, 0) == 0 &&
	    blkid_probe_enable_superblocks(probe, 1) == 0 &&
	    blkid_probe_set_superblocks_flags(probe, BLKID_SUBLKS_TYPE |
							     BLKID_SUBLKS_LABEL) == 0 &&
	    blkid_probe_filter_superblocks_type(probe, BLKID_FLTR_ONLYIN, wanted) == 0)
		/* Each round finds the next one: a bridge disc is UDF and ISO 9660 at
		 * once. */
		while (count < max && blkid_do_probe(probe) == 0)
			take_signs(probe, ret, max, &count);
	blkid_free_probe(probe);
	*ret_count = count;
	return 0;
}

/* What the child answers with, one after another. */
struct finding {
	uint32_t device;
	struct media_sign sign;
};

static int identify_all(void *arg, struct dw_buf *ret, struct dw_err *err)
{
	const struct device_list *l = arg;
	/* Whole structs go over a pipe: no byte of them may be what was there before. */
	struct media_sign signs[SIGNS_MAX] = { 0 };
	size_t count;
	int r;

	for (size_t i = 0; i < l->count; i++) {
		r = media_identify(l->items[i].fd, signs, ARRAY_LEN(signs), &count, err);
		for (size_t j = 0; r == 0 && j < count; j++) {
			struct finding f = { .device = (uint32_t)i, .sign = signs[j] };

			r = buf_append(ret, &f, sizeof(f), err);
		}
		if (r < 0)
			return r;
	}
	return 0;
}

/* The child may have been taken over by what it read: nothing of its answer is believed.
 */
static int add_finding(const struct device_list *l, struct finding *f,
		       struct facts *facts, struct dw_err *err)
{
	char *fstype = f->sign.fstype, *label = f->sign.label;

	fstype[sizeof(f->sign.fstype) - 1] = '\0';
	label[sizeof(f->sign.label) - 1] = '\0';
	if (f->device >= l->count ||
	    text_check(slice_of(fstype), TEXT_WORD, NAME_LEN, NULL) < 0)
		return 0;
	if (text_check(slice_of(label), TEXT_LINE, NAME_LEN * 4, NULL) < 0)
		label[0] = '\0';
	return facts_add_medium(facts, l->items[f->device].name, fstype, label,
				l->items[f->device].is_optical, err);
}

int media_probe(int root_fd, struct facts *facts, struct dw_err *err)
{
	cleanup_with(device_list_done) struct device_list devices = { .count = 0 };
	cleanup_buf struct dw_buf answer =
		BUF_INIT(DW_BLOCK_DEVICES * SIGNS_MAX * sizeof(struct finding));
	int r;

	open_devices(root_fd, &devices);
	if (devices.count == 0)
		return 0;
	r = ask(identify_all, &devices, deadline_after(DW_PROBE_MS), &answer, err);
	if (r < 0)
		return dw_wrap_code(err, r, "looking at block devices");
	for (size_t at = 0; at + sizeof(struct finding) <= answer.len;
	     at += sizeof(struct finding)) {
		struct finding f;

		memcpy(&f, answer.data + at, sizeof(f));
		r = add_finding(&devices, &f, facts, err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* --- step two: open
 * ---------------------------------------------------------------------------- */

struct media_file {
	const char *name; /* of the const row that wanted it */
	int fd;
	enum dw_code outcome; /* why fd is -1 */
};

struct media {
	char *origin;
	struct media_file files[FILES_MAX];
	size_t count;
};

void media_free(struct media *m)
{
	if (m == NULL)
		return;
	for (size_t i = 0; i < m->count; i++)
		dw_cleanup_fd_(&m->files[i].fd);
	free(m->origin);
	free(m);
}

const char *media_origin(const struct media *m)
{
	return m->origin;
}

static char to_case(char c, bool is_upper)
{
	if (is_upper && c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return c;
}

static bool is_iso_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '.';
}

/*
 * How NAME may be spelt on the medium: as it is; with '_' for what plain ISO 9660 has no
 * letter for; that cut to eight letters and three; each in both cases. Trying names needs
 * no directory listing, so that no byte of the medium is looked at with rights.
 */
size_t media_spellings(const char *name, char ret[][MEDIA_NAME_MAX], size_t max)
{
	const char *dot = strrchr(name, '.');
	size_t base = dot != NULL ? (size_t)(dot - name) : strlen(name);
	size_t count = 0;

	if (strlen(name) >= MEDIA_NAME_MAX)
		return 0;
	for (int form = 0; form < NAMES_MAX && count < max; form++) {
		bool is_upper = form % 2 == 1, is_iso = form >= 2, is_short = form >= 4;
		size_t n = 0;

		for (size_t i = 0; name[i] != '\0'; i++) {
			size_t in_part = i > base ? i - base - 1 : i;

			if (is_short && i != base && in_part >= (i > base ? 3u : 8u))
				continue;
			ret[count][n++] = is_iso && !is_iso_letter(name[i])
						  ? '_'
						  : to_case(name[i], is_upper);
		}
		ret[count++][n] = '\0';
	}
	return count;
}

static int open_regular(int dir_fd, const char *name, int *ret_fd, struct dw_err *err)
{
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	r = fd_open_at(dir_fd, name, O_RDONLY | O_NOFOLLOW, &fd, err);
	if (r < 0)
		return r;
	if (fstat(fd, &st) < 0)
		return dw_fail_errno(err, errno, "cannot stat %s", name);
	if (!S_ISREG(st.st_mode))
		return dw_fail(err, DW_REFUSED, "%s is not a regular file", name);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

static void open_wanted(int dir_fd, struct media_file *f)
{
	char names[NAMES_MAX][MEDIA_NAME_MAX];
	size_t count = media_spellings(f->name, names, NAMES_MAX);

	f->fd = -1;
	f->outcome = DW_ABSENT;
	for (size_t i = 0; i < count && f->outcome == DW_ABSENT; i++) {
		struct dw_err err;

		f->outcome = DW_OK;
		if (open_regular(dir_fd, names[i], &f->fd, &err) < 0)
			f->outcome = err.code;
	}
}

int media_open_dir(int dir_fd, const struct media_want *want, const char *origin,
		   struct media **ret, struct dw_err *err)
{
	cleanup_media struct media *m = NULL;
	int r;

	r = mem_alloc((void **)&m, 1, sizeof(*m), err);
	if (r == 0)
		r = mem_strdup(&m->origin, origin, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < FILES_MAX && want->files[i] != NULL; i++) {
		m->files[i].name = want->files[i];
		open_wanted(dir_fd, &m->files[i]);
		m->count++;
	}
	*ret = TAKE_PTR(m);
	return 0;
}

static bool is_wanted_label(const struct media_want *want, const struct medium *m)
{
	if (want->labels == NULL)
		return m->is_optical;
	for (const char *const *label = want->labels; *label != NULL; label++)
		if (str_eq_nocase(m->label, *label))
			return true;
	return false;
}

/* Somewhere to put it for a moment: covered only in our own namespace, made by nobody. */
static const char *find_mount_point(void)
{
	static const char *const candidates[] = { "/mnt", "/media", "/run", "/tmp" };
	cleanup_fd int dir = -1;

	for (size_t i = 0; i < ARRAY_LEN(candidates); i++)
		if (fd_open_root(candidates[i], &dir, NULL) == 0)
			return candidates[i];
	return NULL;
}

static int enter_private_namespace(struct dw_err *err)
{
	if (unshare(CLONE_NEWNS) < 0)
		return dw_fail_errno(err, errno, "cannot make a private mount namespace");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return dw_fail_errno(err, errno, "cannot make mounts private");
	return 0;
}

static int mount_and_open(const struct medium *m, const struct media_want *want,
			  struct media **ret, struct dw_err *err)
{
	const char *point = find_mount_point();
	cleanup_free char *device = NULL, *origin = NULL;
	cleanup_fd int dir = -1;
	int r;

	if (point == NULL)
		return dw_fail(err, DW_ABSENT,
			       "there is no directory to mount a medium on");
	r = mem_asprintf(&device, err, "/dev/%s", m->device);
	if (r == 0)
		r = mem_asprintf(&origin, err, "%s (%s, label %s)", m->device, m->fstype,
				 m->label[0] != '\0' ? m->label : "none");
	if (r == 0)
		r = enter_private_namespace(err);
	if (r < 0)
		return r;
	if (mount(device, point, m->fstype, MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
		  NULL) < 0) {
		if (errno == ENODEV)
			return dw_fail(
				err, DW_UNSUPPORTED,
				"medium %s cannot be read: this kernel has no file system %s",
				origin, m->fstype);
		return dw_fail_errno(err, errno, "medium %s cannot be mounted", origin);
	}
	r = fd_open_root(point, &dir, err);
	if (r == 0)
		r = media_open_dir(dir, want, origin, ret, err);
	if (dir >= 0)
		(void)close(TAKE_FD(dir));
	/* The descriptors keep what they need; the namespace ends with this process
	 * anyway. */
	if (umount2(point, MNT_DETACH) < 0)
		log_debug("%s stays mounted in this process: %s", origin,
			  strerror(errno));
	return r;
}

int media_open(int root_fd, const struct facts *facts, const struct media_want *want,
	       struct media **ret, struct dw_err *err)
{
	struct dw_err first = { .code = DW_OK };

	(void)root_fd; /* only the machine's own root has devices, and mounts go by path
			*/
	for (const char *const *type = want->fstypes; *type != NULL; type++) {
		for (size_t i = 0; i < facts->media_count; i++) {
			const struct medium *m = &facts->media[i];
			cleanup_media struct media *found = NULL;
			struct dw_err why;

			if (strcmp(m->fstype, *type) != 0 || !is_wanted_label(want, m))
				continue;
			if (mount_and_open(m, want, &found, &why) != 0) {
				if (first.code == DW_OK)
					first = why;
				continue;
			}
			/* The first file is the one without which a medium is somebody
			 * else's. */
			if (found->files[0].outcome != DW_ABSENT) {
				*ret = TAKE_PTR(found);
				return 0;
			}
		}
	}
	if (first.code != DW_OK)
		return dw_err_copy(err, &first);
	return dw_fail(err, DW_ABSENT, "no medium with %s on it", want->files[0]);
}

/* --- step three: read
 * ------------------------------------------------------------------------- */

static int read_file(struct media_file *f, size_t max_bytes, struct payload *ret,
		     struct dw_err *err)
{
	cleanup_buf struct dw_buf b = BUF_INIT(max_bytes);
	enum dw_code outcome = f->outcome;
	struct dw_err why;

	if (f->fd >= 0 && fd_read_all(f->fd, &b, &why) < 0) {
		if (why.code == DW_NO_MEMORY)
			return dw_err_copy(err, &why);
		outcome = why.code;
		buf_clear(&b);
	}
	return payload_add(ret, f->name, outcome, /* status= */ 0, slice_of_buf(&b), err);
}

int media_read(struct media *m, size_t max_bytes, struct payload *ret, struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < m->count; i++)
		r = read_file(&m->files[i], max_bytes, ret, err);
	return r;
}
