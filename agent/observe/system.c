/* SPDX-License-Identifier: Apache-2.0 */
/* Hostname, distribution, shells, sudo, doas, boot time: one small file each. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/str.h"
#include "observe/parts.h"

#define SHELLS_MAX    8
#define PROC_STAT_MAX (64u << 20) /* a file that has no end is none of the kernel's */

static int read_hostname(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	struct slice rest, line, name = { "", 0 };
	bool is_read = false;
	int r;

	r = observe_read(root_fd, "etc/hostname", &text, &is_read, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (name.len == 0 && slice_next_line(&rest, &line)) {
		line = slice_trim(line);
		if (line.len > 0 && line.data[0] != '#') /* hostname(5) */
			name = line;
	}
	return mem_strndup(&o->hostname, name.data, name.len, err);
}

static struct slice unquote(struct slice s)
{
	if (s.len >= 2 && (s.data[0] == '"' || s.data[0] == '\'') &&
	    s.data[s.len - 1] == s.data[0])
		return (struct slice){ s.data + 1, s.len - 2 };
	return s;
}

static int read_os_release(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	struct slice rest, line, id = { "", 0 };
	bool is_read = false;
	int r;

	r = observe_read(root_fd, "etc/os-release", &text, &is_read, err);
	if (r >= 0 && !is_read)
		r = observe_read(root_fd, "usr/lib/os-release", &text, &is_read, err);
	if (r < 0)
		return r;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line)) {
		line = slice_trim(line);
		if (slice_starts_with(line, "ID="))
			id = unquote((struct slice){ line.data + 3, line.len - 3 });
	}
	return mem_strndup(&o->distribution, id.data, id.len, err);
}

static int find_shells(int root_fd, struct observed *o, struct dw_err *err)
{
	static const char *const candidates[] = { "/bin/bash", "/bin/sh", "/bin/ash" };

	for (size_t i = 0; i < ARRAY_LEN(candidates); i++) {
		int r;

		if (!fd_exists_at(root_fd, candidates[i]))
			continue;
		r = string_list_append(&o->shells, slice_of(candidates[i]), SHELLS_MAX,
				       err);
		if (r < 0)
			return r;
	}
	return 0;
}

/* "@includedir /etc/sudoers.d" or, in the older spelling, "#includedir /etc/sudoers.d".
 */
static bool includes_sudoers_d(struct slice line)
{
	struct slice word, dir;

	if (!slice_next_word(&line, &word) || !slice_next_word(&line, &dir))
		return false;
	if (!slice_eq(word, "@includedir") && !slice_eq(word, "#includedir"))
		return false;
	dir = unquote(dir);
	if (dir.len > 1 && dir.data[dir.len - 1] == '/')
		dir.len--;
	return slice_eq(dir, "/etc/sudoers.d") || slice_eq(dir, "sudoers.d");
}

static int read_sudoers(int root_fd, struct observed *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	struct slice rest, line;
	bool is_read = false;
	int r;

	o->has_sudo = fd_exists_at(root_fd, "etc/sudoers");
	o->has_doas = fd_exists_at(root_fd, "etc/doas.conf") ||
		      fd_exists_at(root_fd, "etc/doas.d") ||
		      fd_exists_at(root_fd, "usr/bin/doas");
	r = observe_read(root_fd, "etc/sudoers", &text, &is_read, err);
	if (r < 0)
		return r;
	/* A plain user may not read it: then the usual case is assumed rather than a
	 * warning made up. */
	o->is_sudoers_d_read = o->has_sudo && !is_read;
	rest = slice_of_buf(&text);
	while (slice_next_line(&rest, &line))
		if (includes_sudoers_d(line))
			o->is_sudoers_d_read = true;
	return 0;
}

/* A line of proc/stat as far as it matters; one that is longer is not the one. */
struct stat_line {
	char text[64];
	size_t len;
};

static void take_stat_line(const struct stat_line *l, struct observed *o)
{
	struct slice line = { l->text, l->len }, word, value;
	uint64_t seconds;

	if (l->len < sizeof(l->text) && slice_next_word(&line, &word) &&
	    slice_eq(word, "btime") && slice_next_word(&line, &value) &&
	    str_to_u64(value, INT64_MAX, &seconds, NULL) >= 0)
		o->boot_time = (int64_t)seconds;
}

/* Piece by piece: the line of interrupts before it grows with the machine. */
static void read_boot_time(int root_fd, struct observed *o)
{
	struct stat_line line = { .len = 0 };
	cleanup_fd int fd = -1;
	char piece[4096];
	ssize_t n;

	if (fd_open_at(root_fd, "proc/stat", O_RDONLY, &fd, NULL) < 0)
		return;
	for (size_t total = 0; total < PROC_STAT_MAX; total += (size_t)n) {
		n = read(fd, piece, sizeof(piece));
		if (n <= 0)
			break;
		for (ssize_t i = 0; i < n; i++) {
			if (piece[i] == '\n') {
				take_stat_line(&line, o);
				line.len = 0;
			} else if (line.len < sizeof(line.text)) {
				line.text[line.len++] = piece[i];
			}
		}
	}
	take_stat_line(&line, o); /* a last line without an end */
}

int observe_system(int root_fd, struct observed *o, struct dw_err *err)
{
	int r = read_hostname(root_fd, o, err);

	if (r >= 0)
		r = read_os_release(root_fd, o, err);
	if (r >= 0)
		r = find_shells(root_fd, o, err);
	if (r >= 0)
		r = read_sudoers(root_fd, o, err);
	read_boot_time(root_fd, o);
	return r;
}
