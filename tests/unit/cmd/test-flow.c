/* SPDX-License-Identifier: Apache-2.0 */
/* The corridor to the fetcher: its arguments, its answers, and the ways it can fail to
 * give one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/limits.h"
#include "cmd/flow.h"
#include "model/record.h"
#include "tests/harness/fakeroot.h"

/*
 * The fetcher is looked for beside the running program. So this program copies itself
 * into a folder, puts a script called doorward-fetch beside the copy, and lets the copy
 * ask: it prints "id ID" or "CODE MESSAGE".
 */
static int ask(const char *mode)
{
	struct config config = { .user_name = (char *)(uintptr_t) "ops",
				 .min_rsa_bits = 3072,
				 .network_seconds = 1 };
	struct flow_request q = { .config = &config };
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };

	instance_init(&i);
	if (strcmp(mode, "all") == 0) {
		config.may_have_key_options = true;
		config.may_use_plain_http = true;
		config.datasource = (char *)(uintptr_t) "configured";
		q.root = "/r";
		q.is_local = true;
		q.seed = "/s";
		q.metadata_url = "http://m";
		q.wireserver_url = "http://w";
	} else if (strcmp(mode, "detect") == 0) {
		config.datasource = (char *)(uintptr_t) "configured";
		q.is_detect_only = true;
		q.datasource = "given";
	}
	if (strcmp(mode, "wordless") == 0) /* who wants no words still gets the code */
		printf("%s\n", dw_code_name((enum dw_code) - flow_fetch(&q, &i, NULL)));
	else if (flow_fetch(&q, &i, &err) < 0)
		printf("%s %s\n", dw_code_name(err.code), err.message);
	else
		printf("id %s\n", field_text(&i.instance_id));
	return 0;
}

static int set_up(void **state)
{
	static struct fakeroot f;
	cleanup_buf struct dw_buf record = BUF_INIT(DW_RECORD_MAX),
				  failure = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance i;
	struct dw_err err = { 0 };
	char command[512];

	fakeroot_new(&f);
	(void)snprintf(command, sizeof(command), "cp /proc/%d/exe '%s/self'", getpid(),
		       f.path);
	if (system(command) != 0)
		return -1;
	instance_init(&i);
	(void)dw_fail(&err, DW_UNREACHABLE, "nobody answers");
	if (field_set(&i.instance_id, SLICE("i-1"), NULL) < 0 ||
	    record_write(&i, &record, NULL) < 0 ||
	    record_write_failure(&err, &failure, NULL) < 0)
		return -1;
	fakeroot_file(&f, "record", 0644, record.data);
	fakeroot_file(&f, "failure", 0644, failure.data);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	fakeroot_free(*state);
	return 0;
}

/* What the copy says when the fetcher is SCRIPT; $0's folder is its own. */
static void run(struct fakeroot *f, const char *script, const char *mode,
		char said[static 1024])
{
	char text[2048], command[600];
	FILE *pipe;
	size_t n;

	if (script != NULL) {
		(void)snprintf(text, sizeof(text), "#!/bin/sh\ncd '%s' || exit 9\n%s\n",
			       f->path, script);
		fakeroot_file(f, "doorward-fetch", 0755, text);
	}
	(void)snprintf(command, sizeof(command), "exec '%s/self' ask %s", f->path, mode);
	pipe = popen(command, "r");
	assert_non_null(pipe);
	n = fread(said, 1, 1023, pipe);
	said[n] = '\0';
	assert_int_equal(pclose(pipe), 0);
}

static void hands_over_the_record(void **state)
{
	char said[1024];

	run(*state, "cat record", "plain", said);
	assert_string_equal(said, "id i-1\n");
}

static void tells_the_fetcher_what_it_was_told(void **state)
{
	struct fakeroot *f = *state;
	char said[1024];

	run(f, "printf '%s\\n' \"$@\" >args; cat record", "plain", said);
	assert_true(
		fakeroot_holds(f, "args",
			       "--stage\nany\n--deadline-ms\n1000\n--min-rsa-bits\n3072\n"
			       "--default-user\nops\n"));
	run(f, "printf '%s\\n' \"$@\" >args; cat record", "all", said);
	assert_true(fakeroot_holds(
		f, "args",
		"--stage\nlocal\n--deadline-ms\n10000\n--min-rsa-bits\n3072\n"
		"--default-user\nops\n--root\n/r\n--datasource\nconfigured\n--seed\n/s\n"
		"--metadata-url\nhttp://m\n--wireserver-url\nhttp://w\n--allow-key-options\n"
		"--allow-plain-http\n"));
	/* the command line wins over the configuration */
	run(f, "printf '%s\\n' \"$@\" >args; cat record", "detect", said);
	assert_true(fakeroot_holds(
		f, "args",
		"--stage\nany\n--deadline-ms\n10000\n--min-rsa-bits\n3072\n"
		"--default-user\nops\n--datasource\ngiven\n--detect-only\n"));
}

static void failures_come_back(void **state)
{
	static const struct {
		const char *script, *said;
	} cases[] = {
		{ "cat failure; exit 1", "DW_UNREACHABLE nobody answers\n" },
		{ "exit 0", "DW_FAILED doorward-fetch ended without an answer\n" },
		{ "exit 3", "DW_FAILED doorward-fetch ended without an answer\n" },
		{ "kill -9 $$", "DW_FAILED doorward-fetch ended without an answer\n" },
		{ "cat record; exit 5",
		  "DW_FAILED doorward-fetch sent a record and then failed (status 5)\n" },
		{ "cat record; kill -9 $$",
		  "DW_FAILED doorward-fetch sent a record and then failed (status 137)\n" },
	};
	char said[1024];

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		run(*state, cases[i].script, "plain", said);
		assert_string_equal(said, cases[i].said);
	}
}

static void half_records_and_other_bytes(void **state)
{
	static const char *const scripts[] = {
		"head -n -1 record",	 "head -c 20 record", "echo; cat record",
		"cat record; echo more", "cat record record", "head -c 4096 /dev/zero",
	};
	char said[1024];

	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		run(*state, scripts[i], "plain", said);
		if (strncmp(said, "DW_MALFORMED ", 13) != 0)
			fail_msg("%s -> %s", scripts[i], said);
	}
}

/* It may hang or talk without end: neither may hold us, and it does not live on. */
static void one_that_does_not_end(void **state)
{
	struct fakeroot *f = *state;
	char said[1024], command[512];

	run(f, "echo $$ >pid; exec sleep 100", "plain", said);
	assert_non_null(strstr(said, "DW_TIMEOUT "));
	(void)snprintf(command, sizeof(command), "! kill -0 $(cat '%s/pid') 2>/dev/null",
		       f->path);
	assert_int_equal(system(command), 0);
	run(f, "exec cat /dev/zero", "plain", said);
	if (strncmp(said, "DW_TOO_BIG ", 11) != 0)
		fail_msg("%s", said);
	run(f, "exec cat /dev/zero", "wordless", said);
	assert_string_equal(said, "DW_TOO_BIG\n");
}

static void no_fetcher(void **state)
{
	struct fakeroot *f = *state;
	char said[1024];

	if (access(DW_PKGLIBEXECDIR "/doorward-fetch", F_OK) == 0) {
		print_message("another one is installed here\n");
		skip();
	}
	run(f, NULL, "plain", said);
	assert_string_equal(said,
			    "DW_ABSENT " DW_PKGLIBEXECDIR
			    "/doorward-fetch is not installed; reinstall the package "
			    "doorward\n");
}

#define IN_A_TREE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		IN_A_TREE(hands_over_the_record),
		IN_A_TREE(tells_the_fetcher_what_it_was_told),
		IN_A_TREE(failures_come_back),
		IN_A_TREE(half_records_and_other_bytes),
		IN_A_TREE(one_that_does_not_end),
		IN_A_TREE(no_fetcher),
	};

	if (argc == 3 && strcmp(argv[1], "ask") == 0)
		return ask(argv[2]);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
