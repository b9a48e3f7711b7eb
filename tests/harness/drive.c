/* SPDX-License-Identifier: Apache-2.0 */
/* A small program around the writers of apply/, for tests that kill, starve or race it.
 */

/*
 * usage: drive write ROOT PATH MODE TEXT             one file_write()
 *        drive update ROOT NAME UID GID HOME LINE [MS]   adds LINE to
 * .ssh/authorized_keys drive read ROOT NAME UID GID HOME           prints
 * .ssh/authorized_keys drive storm ROOT NAME UID GID HOME COUNT    COUNT updates, each
 * with another content drive hostkey ROOT KIND                     makes and installs one
 * host key
 *
 * Says "changed" or "unchanged" on stdout; a failure goes to stderr, and its code's name
 * decides nothing: the status is 1. close(-1000) tells killat that the start-up is over.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply/file.h"
#include "apply/user.h"
#include "apply/userfile.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"

static int tell(int r, bool is_changed, const struct dw_err *err)
{
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", dw_code_name(err->code), err->message);
		return 1;
	}
	puts(is_changed ? "changed" : "unchanged");
	if (fflush(stdout) == 0)
		return 0;
	fputs("cannot write the answer\n", stderr);
	return 1;
}

/* Appends CTX, a line, unless it is there. */
static int add_line(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		    bool *ret_wanted, struct dw_err *err)
{
	const char *line = ctx;
	struct slice rest = { "", 0 }, l;
	int r = 0;

	if (old != NULL)
		rest = slice_of_buf(old);
	while (slice_next_line(&rest, &l))
		if (slice_eq(l, line)) {
			*ret_wanted = false;
			return 0;
		}
	if (old != NULL)
		r = buf_append(ret_new, old->data, old->len, err);
	if (r >= 0 && old != NULL && old->len > 0 && old->data[old->len - 1] != '\n')
		r = buf_append_byte(ret_new, '\n', err);
	if (r >= 0)
		r = buf_printf(ret_new, err, "%s\n", line);
	return r;
}

static int set_line(void *ctx, const struct dw_buf *old, struct dw_buf *ret_new,
		    bool *ret_wanted, struct dw_err *err)
{
	(void)old;
	(void)ret_wanted;
	return buf_printf(ret_new, err, "key %s\n", (const char *)ctx);
}

static int do_write(int root_fd, char **argv)
{
	const struct file_spec spec = {
		.path = argv[0],
		.mode = (mode_t)strtoul(argv[1], NULL, 8),
		.data = slice_of(argv[2]),
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.dir_mode = 0755,
	};
	struct dw_err err = { 0 };
	bool is_changed = false;
	int r;

	close(-1000);
	r = file_write(root_fd, &spec, &is_changed, &err);
	return tell(r, is_changed, &err);
}

static int do_update(int root_fd, const struct account *a, char *line)
{
	struct dw_err err = { 0 };
	bool is_changed = false;
	int r;

	close(-1000);
	r = userfile_update(root_fd, a, ".ssh/authorized_keys", add_line, line,
			    &is_changed, &err);
	return tell(r, is_changed, &err);
}

static int do_read(int root_fd, const struct account *a)
{
	cleanup_buf struct dw_buf keys = BUF_INIT(DW_KEYFILE_MAX);
	struct dw_err err = { 0 };
	bool exists = false;
	int r;

	r = userfile_read(root_fd, a, ".ssh/authorized_keys", &keys, &exists, &err);
	if (r < 0)
		return tell(r, false, &err);
	if (exists)
		fwrite(keys.data, 1, keys.len, stdout);
	else
		puts("(none)");
	return 0;
}

/* Failures are expected while somebody pulls the directory away; they are only counted.
 */
static int do_storm(int root_fd, const struct account *a, long count)
{
	long done = 0;

	for (long i = 0; i < count; i++) {
		char number[32];
		bool is_changed = false;

		snprintf(number, sizeof(number), "%ld", i);
		if (userfile_update(root_fd, a, ".ssh/authorized_keys", set_line, number,
				    &is_changed, NULL) >= 0)
			done++;
	}
	printf("done=%ld of=%ld\n", done, count);
	return 0;
}

static int do_user(int root_fd, bool is_live, char **argv)
{
	struct string_list groups = { 0 };
	const struct user_spec spec = {
		.name = argv[0],
		.gecos = "Made by a test",
		.shell = "/bin/sh",
		.groups = &groups,
	};
	struct dw_err err = { 0 };
	int r;

	r = string_list_append(&groups, slice_of(argv[1]), 1, &err);
	if (r >= 0)
		r = user_create(root_fd, is_live, &spec, &err);
	string_list_done(&groups);
	return tell(r, true, &err);
}

static int do_unlock(int root_fd, bool is_live, const char *name)
{
	struct dw_err err = { 0 };
	int r = user_unlock_for_keys(root_fd, is_live, name, &err);

	return tell(r, true, &err);
}

int main(int argc, char **argv)
{
	cleanup_fd int root_fd = -1;
	struct account a = { 0 };
	struct dw_err err = { 0 };

	log_init(LOG_WARNING_, /* is_journal= */ false);
	if (argc < 4)
		return 64;
	if (fd_open_root(argv[2], &root_fd, &err) < 0)
		return tell(-1, false, &err);
	if (strcmp(argv[1], "write") == 0 && argc == 6)
		return do_write(root_fd, argv + 3);
	if (strcmp(argv[1], "user") == 0 && argc == 5)
		return do_user(root_fd, strcmp(argv[2], "/") == 0, argv + 3);
	if (strcmp(argv[1], "unlock") == 0)
		return do_unlock(root_fd, strcmp(argv[2], "/") == 0, argv[3]);
	if (argc < 7)
		return 64;
	a.name = argv[3];
	a.uid = (uid_t)atol(argv[4]);
	a.gid = (gid_t)atol(argv[5]);
	a.home = argv[6];
	if (strcmp(argv[1], "read") == 0)
		return do_read(root_fd, &a);
	if (argc < 8)
		return 64;
	if (strcmp(argv[1], "storm") == 0)
		return do_storm(root_fd, &a, atol(argv[7]));
	if (argc > 8)
		a.timeout_ms = atoi(argv[8]);
	return strcmp(argv[1], "update") == 0 ? do_update(root_fd, &a, argv[7]) : 64;
}
