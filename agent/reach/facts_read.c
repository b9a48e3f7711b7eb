/* SPDX-License-Identifier: Apache-2.0 */
/* Opens firmware and kernel files while it may, reads them when it may nothing else. */
#include "reach/facts_read.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"

#define SEED_PARENT "var/lib/cloud/seed"
#define ENVIRON_MAX 65536

/* Seed directories of other agents that count, with what they must hold to count. */
static const struct seed_kind {
	const char *name;
	const char *needs[3];
} seed_kinds[] = {
	{ "nocloud", { "meta-data", "user-data" } },
	{ "nocloud-net", { "meta-data", "user-data" } },
	{ "azure", { "ovf-env.xml" } },
};

struct facts_files {
	int dmi[DMI_FIELD_MAX_];
	int cmdline;
	int environment; /* of process 1 */
	bool is_container;
	bool is_efi;
	bool has_seed[ARRAY_LEN(seed_kinds)];
};

/* -1 for what is not there: an unset fact. */
static int open_if_there(int dir_fd, const char *path)
{
	int fd = -1;

	return fd_open_at(dir_fd, path, O_RDONLY, &fd, NULL) == 0 ? fd : -1;
}

static bool holds_all(int dir_fd, const struct seed_kind *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kind->needs) && kind->needs[i] != NULL; i++)
		if (!fd_exists_at(dir_fd, kind->needs[i]))
			return false;
	return true;
}

const char *facts_seed_kind(int dir_fd)
{
	for (size_t i = 0; i < ARRAY_LEN(seed_kinds); i++)
		if (holds_all(dir_fd, &seed_kinds[i]))
			return seed_kinds[i].name;
	return NULL;
}

int facts_open_seed(int root_fd, const char *name, int *ret_fd, struct dw_err *err)
{
	cleanup_fd int dir = -1;
	char path[96];
	int r;

	for (size_t i = 0; i < ARRAY_LEN(seed_kinds); i++) {
		if (strcmp(seed_kinds[i].name, name) != 0)
			continue;
		(void)snprintf(path, sizeof(path), SEED_PARENT "/%s", name);
		r = fd_open_at(root_fd, path, O_PATH | O_DIRECTORY, &dir, err);
		if (r < 0)
			return r;
		if (!holds_all(dir, &seed_kinds[i]))
			break;
		*ret_fd = TAKE_FD(dir);
		return 0;
	}
	return dw_fail(err, DW_ABSENT, "no seed directory for %s", name);
}

static void open_seeds(int root_fd, struct facts_files *f)
{
	cleanup_fd int parent = -1;

	if (fd_open_at(root_fd, SEED_PARENT, O_PATH | O_DIRECTORY, &parent, NULL) < 0)
		return;
	for (size_t i = 0; i < ARRAY_LEN(seed_kinds); i++) {
		cleanup_fd int dir = -1;

		f->has_seed[i] =
			facts_open_seed(root_fd, seed_kinds[i].name, &dir, NULL) == 0;
	}
}

/* The marks that systemd-detect-virt goes by; the environment of process 1 is read later.
 */
static bool has_container_mark(int root_fd)
{
	static const char *const marks[] = {
		"run/systemd/container",
		"run/host/container-manager",
		"run/.containerenv",
		".dockerenv",
	};

	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		if (fd_exists_at(root_fd, marks[i]))
			return true;
	return false;
}

int facts_open(int root_fd, struct facts_files **ret, struct dw_err *err)
{
	cleanup_facts_files struct facts_files *f = NULL;
	cleanup_fd int dmi = -1;
	int r;

	r = mem_alloc((void **)&f, 1, sizeof(*f), err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
		f->dmi[i] = -1;
	if (fd_open_at(root_fd, "sys/class/dmi/id", O_PATH | O_DIRECTORY, &dmi, NULL) ==
	    0)
		for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
			f->dmi[i] = open_if_there(dmi, dmi_field_names[i]);
	f->cmdline = open_if_there(root_fd, "proc/cmdline");
	f->environment = open_if_there(root_fd, "proc/1/environ");
	f->is_container = has_container_mark(root_fd);
	f->is_efi = fd_exists_at(root_fd, "sys/firmware/efi");
	open_seeds(root_fd, f);
	*ret = TAKE_PTR(f);
	return 0;
}

bool facts_may_name_seed(const struct facts_files *files)
{
	return files->cmdline >= 0 || files->dmi[DMI_PRODUCT_SERIAL] >= 0;
}

void facts_files_free(struct facts_files *f)
{
	if (f == NULL)
		return;
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
		dw_cleanup_fd_(&f->dmi[i]);
	dw_cleanup_fd_(&f->cmdline);
	dw_cleanup_fd_(&f->environment);
	free(f);
}

/* --- behind the wall
 * ----------------------------------------------------------------------- */

/* From the start, for a child may have read the same open file before. False: an unset
 * fact. */
static bool read_whole(int fd, struct dw_buf *ret)
{
	return fd >= 0 && lseek(fd, 0, SEEK_SET) == 0 && fd_read_all(fd, ret, NULL) == 0;
}

static int load_cmdline(int fd, struct facts *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf b = BUF_INIT(DW_CMDLINE_MAX);
	cleanup_free char *text = NULL;
	struct slice s = SLICE("");
	int r;

	if (read_whole(fd, &b))
		s = slice_trim(slice_of_buf(&b));
	if (text_check(s, TEXT_LINE, DW_CMDLINE_MAX, NULL) < 0)
		s = SLICE("");
	r = mem_strndup(&text, s.data, s.len, err);
	if (r < 0)
		return r;
	free(ret->cmdline);
	ret->cmdline = TAKE_PTR(text);
	return 0;
}

/* "container=lxc" among the NUL-separated variables of process 1. */
static bool is_said_by_process_1(int fd)
{
	static const char key[] = "container=";
	cleanup_buf struct dw_buf b = BUF_INIT(ENVIRON_MAX);
	size_t at = 0;

	if (!read_whole(fd, &b))
		return false;
	while (at < b.len) {
		size_t n = strlen(b.data + at);

		if (str_starts_with(b.data + at, key) && n > sizeof(key) - 1)
			return true;
		at += n + 1;
	}
	return false;
}

int facts_load(struct facts_files *files, struct facts *ret, struct dw_err *err)
{
	int r;

	ret->is_container =
		files->is_container || is_said_by_process_1(files->environment);
	ret->is_efi = files->is_efi;
	/* What a container sees in sysfs is its host's. */
	for (size_t i = 0; i < DMI_FIELD_MAX_ && !ret->is_container; i++) {
		cleanup_buf struct dw_buf b = BUF_INIT(DW_DMI_MAX);

		if (!read_whole(files->dmi[i], &b))
			continue;
		r = facts_set_dmi(ret, (enum dmi_field)i, slice_of_buf(&b), err);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < ARRAY_LEN(seed_kinds); i++) {
		if (!files->has_seed[i])
			continue;
		r = string_list_append(&ret->seed_dirs, slice_of(seed_kinds[i].name),
				       ARRAY_LEN(seed_kinds), err);
		if (r < 0)
			return r;
	}
	return load_cmdline(files->cmdline, ret, err);
}
