/* SPDX-License-Identifier: Apache-2.0 */
/* For people: the blocks on the serial console and the banner above the login prompt. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "codec/fingerprint.h"
#include "publish/publish.h"

/* Tools that scrape consoles search for these very bytes. */
#define RULE	     "#############################################################\n"
#define PRINTS_BEGIN "-----BEGIN SSH HOST KEY FINGERPRINTS-----\n"
#define PRINTS_END   "-----END SSH HOST KEY FINGERPRINTS-----\n"
#define KEYS_BEGIN   "-----BEGIN SSH HOST KEY KEYS-----\n"
#define KEYS_END     "-----END SSH HOST KEY KEYS-----\n"

static int append_fingerprints(const struct sshpub *keys, size_t count,
			       struct dw_buf *ret, struct dw_err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < count; i++) {
		r = fingerprint_line(&keys[i], FINGERPRINT_SHA256, ret, err);
		if (r == 0)
			r = buf_append_str(ret, "\n", err);
	}
	return r;
}

int publish_render_console(const struct sshpub *keys, size_t count, struct dw_buf *ret,
			   struct dw_err *err)
{
	int r = buf_append_str(ret, "\n" RULE PRINTS_BEGIN, err);

	if (r == 0)
		r = append_fingerprints(keys, count, ret, err);
	if (r == 0)
		r = buf_append_str(ret, PRINTS_END RULE KEYS_BEGIN, err);
	for (size_t i = 0; r == 0 && i < count; i++) {
		r = sshpub_print(&keys[i], ret, err);
		if (r == 0)
			r = buf_append_str(ret, "\n", err);
	}
	if (r == 0)
		r = buf_append_str(ret, KEYS_END, err);
	return r;
}

/*
 * /dev/console is the last of the active consoles; writing to that terminal by name too
 * would print everything twice. sysfs knows which one it is.
 */
static bool is_behind_dev_console(int root_fd, struct slice tty)
{
	cleanup_buf struct dw_buf active = BUF_INIT(DW_DMI_MAX);
	struct slice rest, word, last = { "", 0 };

	if (fd_read_file(root_fd, "sys/class/tty/console/active", &active, NULL) < 0)
		return false;
	rest = slice_trim(slice_of_buf(&active));
	while (slice_next_word(&rest, &word))
		last = word;
	return last.len == tty.len && memcmp(last.data, tty.data, tty.len) == 0;
}

static bool is_tty_name(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!((s.data[i] >= 'a' && s.data[i] <= 'z') ||
		      (s.data[i] >= 'A' && s.data[i] <= 'Z') ||
		      (s.data[i] >= '0' && s.data[i] <= '9')))
			return false;
	return s.len > 0 && s.len < 32;
}

/* The terminal that a word of the kernel command line names: "console=ttyS0,115200n8". */
static bool is_console_word(struct slice word, struct slice *ret_tty)
{
	struct slice tty;

	if (!slice_starts_with(word, "console="))
		return false;
	tty = (struct slice){ word.data + strlen("console="),
			      word.len - strlen("console=") };
	tty.len = MIN_OF(tty.len, strcspn(tty.data, ", \t\n"));
	*ret_tty = tty;
	return is_tty_name(tty);
}

/* The same console may be given twice, with and without its speed. */
static bool is_named_in(struct slice cmdline, struct slice tty)
{
	struct slice word, other;

	while (slice_next_word(&cmdline, &word))
		if (is_console_word(word, &other) && other.len == tty.len &&
		    memcmp(other.data, tty.data, tty.len) == 0)
			return true;
	return false;
}

/* A console that is missing or does not take the text is no failure of the run: the
 * others have it. */
static void print_on(int root_fd, const char *path, struct slice text)
{
	struct dw_err why = { 0 };

	if (file_write_console(root_fd, path, text, &why) < 0)
		log_debug("console %s: %s", path, why.message);
}

int publish_console(int root_fd, const struct sshpub *keys, size_t count,
		    struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	cleanup_buf struct dw_buf cmdline = BUF_INIT(DW_CMDLINE_MAX);
	struct slice all, rest, word, tty;
	int r;

	if (count == 0)
		return 0;
	r = publish_render_console(keys, count, &text, err);
	if (r < 0)
		return r;
	print_on(root_fd, "dev/console", slice_of_buf(&text));
	if (fd_read_file(root_fd, "proc/cmdline", &cmdline, NULL) < 0)
		return 0;
	rest = all = slice_trim(slice_of_buf(&cmdline));
	while (slice_next_word(&rest, &word)) {
		const struct slice before = { all.data, (size_t)(word.data - all.data) };
		char path[64];

		if (!is_console_word(word, &tty) || is_named_in(before, tty) ||
		    is_behind_dev_console(root_fd, tty))
			continue;
		(void)snprintf(path, sizeof(path), "dev/%.*s", (int)tty.len, tty.data);
		print_on(root_fd, path, slice_of_buf(&text));
	}
	return 0;
}

int publish_banner(int root_fd, const struct sshpub *keys, size_t count,
		   struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	const struct file_spec base = {
		.path = PATH_BANNER, .mode = 0644, .uid = 0, .gid = 0, .dir_mode = 0755
	};
	struct file_spec spec = base;
	int r;

	if (count == 0)
		return 0;
	r = buf_append_str(&text, "SSH host key fingerprints:\n", err);
	if (r == 0)
		r = append_fingerprints(keys, count, &text, err);
	if (r == 0)
		r = buf_append_str(&text, "\n", err);
	if (r < 0)
		return r;
	spec.data = slice_of_buf(&text);
	return file_write(root_fd, &spec, NULL, err);
}
