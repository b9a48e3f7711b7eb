/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `convert`: any public key or certificate to authorized_keys lines, or a
 * reason. */
#include <fcntl.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/sandbox.h"
#include "cmd/out.h"
#include "cmd/verbs.h"
#include "codec/fingerprint.h"
#include "codec/jsonout.h"
#include "codec/keyvalue.h"

static bool arg_allow_options;
static uint64_t arg_min_rsa_bits = 2048;

static const struct opt options[] = {
	{ "allow-options", OPT_FLAG, NULL, &arg_allow_options,
	  "keep options in front of a key (from=, command=, ...)", NULL },
	{ "min-rsa-bits", OPT_NUMBER, "N", &arg_min_rsa_bits,
	  "refuse shorter RSA keys (2048)", NULL },
	{ 0 },
};

struct conversion {
	bool has_json;
	struct dw_buf lines;
	struct jsonout json;
	size_t accepted, refused;
};

static int put_json(struct conversion *c, const struct sshpub *key, const char *line,
		    struct dw_err *err)
{
	cleanup_buf struct dw_buf print = BUF_INIT(DW_WORD_MAX);
	int r = fingerprint_short(key, FINGERPRINT_SHA256, &print, err);

	jsonout_begin_object(&c->json, NULL);
	jsonout_text(&c->json, "line", line);
	jsonout_text(&c->json, "fingerprint", print.data);
	jsonout_text(&c->json, "type", sshpub_type_word(key->type));
	jsonout_number(&c->json, "bits", key->bits);
	jsonout_end_object(&c->json);
	return r;
}

static int accept(void *ctx, const struct sshpub *key, struct dw_err *err)
{
	cleanup_buf struct dw_buf line = BUF_INIT(DW_KEY_LINE_MAX);
	struct conversion *c = ctx;
	int r = sshpub_print(key, &line, err);

	if (r < 0)
		return r;
	c->accepted++;
	if (c->has_json)
		return put_json(c, key, line.data, err);
	r = buf_append_str(&line, "\n", err);
	return r < 0 ? r : buf_append(&c->lines, line.data, line.len, err);
}

static int refuse(void *ctx, const char *reason, const char *advice,
		  struct dw_err *err unused_arg)
{
	struct conversion *c = ctx;

	c->refused++;
	if (c->has_json) {
		jsonout_begin_object(&c->json, NULL);
		jsonout_null(&c->json, "line");
		jsonout_text(&c->json, "reason", reason);
		jsonout_text(&c->json, "advice", advice);
		jsonout_end_object(&c->json);
	}
	log_error("%s%s%s", reason, advice[0] != '\0' ? "; " : "", advice);
	return 0;
}

static int note(void *ctx unused_arg, const char *text, struct dw_err *err unused_arg)
{
	log_info("%s", text);
	return 0;
}

static int open_input(const struct cmd_env *env, int *ret_fd, struct dw_err *err)
{
	if (env->operands_count > 1)
		return dw_fail(err, DW_USAGE, "convert takes one file at most");
	if (env->operands_count == 0 || strcmp(env->operands[0], "-") == 0)
		return 0;
	return fd_open_input(env->operands[0], ret_fd, err);
}

static int convert(struct conversion *c, int fd, struct dw_err *err)
{
	cleanup_buf struct dw_buf value = BUF_INIT(DW_KEY_VALUE_MAX);
	struct sshpub_policy policy = {
		.min_rsa_bits = (unsigned)arg_min_rsa_bits,
		.may_have_options = arg_allow_options,
	};
	struct keyvalue_sink sink = {
		.ctx = c, .accept = accept, .refuse = refuse, .note = note
	};
	int r = fd_read_all(fd, &value, err);

	return r < 0 ? r : keyvalue_read(slice_of_buf(&value), &policy, &sink, err);
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	struct conversion c = { .has_json = env->has_json,
				.lines = BUF_INIT(DW_DOC_MAX) };
	struct sandbox_result walls;
	cleanup_fd int fd = -1;
	int r = open_input(env, &fd, err);

	/* The input may come from anybody: the doors are shut before it is looked at. */
	if (r == 0)
		r = sandbox_enter(SANDBOX_PURE, DW_FETCH_USER, &walls, err);
	if (r < 0)
		return r;
	c.json = jsonout_to(&c.lines, err);
	if (c.has_json)
		jsonout_begin_list(&c.json, NULL);
	r = convert(&c, fd >= 0 ? fd : STDIN_FILENO, err);
	if (c.has_json) {
		jsonout_end_list(&c.json);
		if (r == 0)
			r = jsonout_finish(&c.json);
	}
	if (r == 0)
		r = out_write(&c.lines, err);
	buf_done(&c.lines);
	if (r < 0)
		return r;
	if (c.accepted == 0)
		return dw_code_exit_status(DW_FAILED);
	return c.refused > 0 && env->is_strict ? dw_code_exit_status(DW_DEGRADED) : 0;
}

const struct cmd cmd_convert = {
	.name = "convert",
	.operands = "[FILE]",
	.summary = "turn any public key or certificate into authorized_keys lines",
	.help = "Reads FILE or stdin: OpenSSH lines (also broken over lines), RFC 4716, PEM and DER public keys,\n"
		"X.509 certificates. Prints one canonical line per key; tells why for each that is refused.\n"
		"Exit status 1 when no key came out.",
	.needs = CMD_TAKES_OPERANDS,
	.options = options,
	.run = run,
};
