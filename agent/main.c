/* SPDX-License-Identifier: Apache-2.0 */
/* doorward: safe start, dispatch to a verb, and the one place where a failure is told. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "cmd/cmd.h"
#include "cmd/out.h"

static const char *arg_root;
static bool arg_json, arg_verbose, arg_quiet, arg_help, arg_strict;

static const struct opt common_options[] = {
	{ "root", OPT_TEXT, "DIR", &arg_root,
	  "work on the tree beneath DIR, nothing outside of it", NULL },
	{ "json", OPT_FLAG, NULL, &arg_json, "answer as JSON", NULL },
	{ "strict", OPT_FLAG, NULL, &arg_strict,
	  "exit status 2 when something asked for was refused", NULL },
	{ "verbose", OPT_FLAG, NULL, &arg_verbose, "tell more on stderr", NULL },
	{ "quiet", OPT_FLAG, NULL, &arg_quiet, "tell errors only", NULL },
	{ "help", OPT_FLAG, NULL, &arg_help, "this text", NULL },
	{ 0 },
};

/* A library that opens a file must never be handed descriptor 0, 1 or 2. */
static void open_standard_fds(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd > STDERR_FILENO)
		(void)close(fd); /* /dev/null */
}

static void start_safely(void)
{
	struct rlimit none = { 0 };

	open_standard_fds();
	(void)umask(077);
	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0); /* keys in memory are nobody else's business */
}

static const struct cmd *find_cmd(const char *name)
{
	for (size_t i = 0; cmds[i] != NULL; i++)
		if (strcmp(cmds[i]->name, name) == 0)
			return cmds[i];
	return NULL;
}

/* To stderr when a verb was wanted and none was given: a script must not take it for an
 * answer. */
static int print_overview(bool is_asked_for, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	int r = buf_append_str(
		&text,
		"usage: doorward VERB [OPTION...]\n\n"
		"Makes the first SSH login work, makes it safe, and keeps it true.\n\nVerbs:\n",
		err);

	for (size_t i = 0; r == 0 && cmds[i] != NULL; i++)
		r = buf_printf(&text, err, "  %-14s %s\n", cmds[i]->name,
			       cmds[i]->summary);
	if (r == 0)
		r = buf_append_str(&text, "\nOptions of every verb:\n", err);
	if (r == 0)
		r = opt_print(common_options, &text, err);
	if (r == 0)
		r = buf_append_str(
			&text,
			"\n'doorward VERB --help' tells about one verb, 'doorward --version' the version; "
			"see also doorward(8).\n",
			err);
	if (r == 0 && !is_asked_for)
		r = fd_write_all(STDERR_FILENO, text.data, text.len, err);
	else if (r == 0)
		r = out_write(&text, err);
	return r == 0 && !is_asked_for ? dw_code_exit_status(DW_USAGE) : r;
}

static int print_help(const struct cmd *c, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	char first = c->summary[0];
	int r;

	if (first >= 'a' &&
	    first <= 'z') /* a whole sentence here, a half one in the list */
		first = (char)(first - 'a' + 'A');
	r = buf_printf(&text, err, "usage: doorward %s [OPTION...]%s%s\n\n%c%s.\n\n",
		       c->name, c->operands[0] != '\0' ? " " : "", c->operands, first,
		       c->summary + 1);

	if (r == 0)
		r = buf_printf(&text, err, "%s\n\nOptions:\n", c->help);
	if (r == 0)
		r = opt_print(c->options, &text, err);
	if (r == 0)
		r = opt_print(common_options, &text, err);
	return r < 0 ? r : out_write(&text, err);
}

static int run_cmd(const struct cmd *c, int argc, char **argv, struct dw_err *err)
{
	struct cmd_env env = { .root_fd = -1 };
	cleanup_fd int root_fd = -1;
	int r;

	r = opt_parse(c->options, common_options, argc, argv, &env.operands_count, err);
	if (r < 0)
		return r;
	log_init(arg_verbose ? LOG_DEBUG_
		 : arg_quiet ? LOG_ERR_
			     : LOG_INFO_,
		 getenv("JOURNAL_STREAM") != NULL);
	if (arg_help)
		return print_help(c, err);
	if (env.operands_count > 0 && (c->needs & CMD_TAKES_OPERANDS) == 0)
		return dw_fail(err, DW_USAGE,
			       "'%s' takes no '%s'; try 'doorward %s --help'", c->name,
			       argv[0], c->name);
	r = fd_open_root(arg_root != NULL ? arg_root : "/", &root_fd, err);
	if (r < 0)
		return r;
	env.root_fd = root_fd;
	env.root = arg_root;
	env.is_live = arg_root == NULL && geteuid() == 0;
	env.has_json = arg_json;
	env.is_strict = arg_strict;
	env.operands = argv;
	return c->run(&env, err);
}

static int dispatch(int argc, char **argv, struct dw_err *err)
{
	const struct cmd *c;

	if (argc < 2)
		return print_overview(/* is_asked_for= */ false, err);
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
	    strcmp(argv[1], "help") == 0) {
		if (argc >= 3 && (c = find_cmd(argv[2])) != NULL)
			return print_help(c, err);
		return print_overview(/* is_asked_for= */ true, err);
	}
	if (strcmp(argv[1], "--version") == 0) {
		cleanup_buf struct dw_buf text = BUF_INIT(DW_WORD_MAX);
		int r = buf_append_str(&text, "doorward " PACKAGE_VERSION "\n", err);

		return r < 0 ? r : out_write(&text, err);
	}
	c = find_cmd(argv[1]);
	if (c == NULL)
		return dw_fail(err, DW_USAGE,
			       "unknown verb '%s'; 'doorward --help' lists them",
			       argv[1]);
	return run_cmd(c, argc - 2, argv + 2, err);
}

int main(int argc, char **argv)
{
	struct dw_err err = { 0 };
	int r;

	start_safely();
	r = dispatch(argc, argv, &err);
	if (r >= 0)
		return r;
	log_error("%s", err.message[0] != '\0' ? err.message
					       : dw_code_text((enum dw_code) - r));
	return dw_code_exit_status((enum dw_code) - r);
}
