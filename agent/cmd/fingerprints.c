/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `fingerprints`: host key fingerprints in every form that people and tools
 * compare. */
#include <string.h>
#include <sys/utsname.h>

#include "base/limits.h"
#include "cmd/out.h"
#include "cmd/verbs.h"
#include "codec/fingerprint.h"
#include "codec/jsonout.h"
#include "observe/observed.h"

static const char *const formats[] = { "ssh-keygen",  "short",	   "md5",  "sshfp",
				       "known-hosts", "randomart", "json", NULL };
static const char *const types[] = { "ed25519", "ecdsa", "rsa", NULL };

static const char *arg_format = "ssh-keygen";
static const char *arg_type;
static const char *arg_host;
static uint64_t arg_port = 22;

static const struct opt options[] = {
	{ "format", OPT_CHOICE, "FORMAT", &arg_format, "how to show them", formats },
	{ "type", OPT_CHOICE, "TYPE", &arg_type, "only this type", types },
	{ "host", OPT_TEXT, "NAME", &arg_host,
	  "host name or address for sshfp and known-hosts", NULL },
	{ "port", OPT_NUMBER, "N", &arg_port, "port for known-hosts (22)", NULL },
	{ 0 },
};

struct keys {
	struct sshpub *items;
	size_t count;
};

static void keys_done(struct keys *k)
{
	for (size_t i = 0; i < k->count; i++)
		sshpub_done(&k->items[i]);
	free(k->items);
}

static int print_json(const struct keys *k, struct dw_buf *ret, struct dw_err *err)
{
	struct jsonout j = jsonout_to(ret, err);
	int r = 0;

	jsonout_begin_list(&j, NULL);
	for (size_t i = 0; r == 0 && i < k->count; i++) {
		const struct sshpub *key = &k->items[i];
		cleanup_buf struct dw_buf sha256 = BUF_INIT(DW_WORD_MAX),
					  line = BUF_INIT(DW_KEY_LINE_MAX);

		if (arg_type != NULL &&
		    strcmp(sshpub_type_short(key->type), arg_type) != 0)
			continue;
		r = fingerprint_short(key, FINGERPRINT_SHA256, &sha256, err);
		if (r == 0)
			r = sshpub_print(key, &line, err);
		jsonout_begin_object(&j, NULL);
		jsonout_text(&j, "type", sshpub_type_word(key->type));
		jsonout_number(&j, "bits", key->bits);
		jsonout_text(&j, "sha256", sha256.data);
		jsonout_text(&j, "key", line.data);
		jsonout_end_object(&j);
	}
	jsonout_end_list(&j);
	return r < 0 ? r : jsonout_finish(&j);
}

static int print_key(const struct sshpub *k, const char *host, struct dw_buf *ret,
		     struct dw_err *err)
{
	int r;

	if (strcmp(arg_format, "short") == 0)
		r = fingerprint_short(k, FINGERPRINT_SHA256, ret, err);
	else if (strcmp(arg_format, "md5") == 0)
		r = fingerprint_line(k, FINGERPRINT_MD5, ret, err);
	else if (strcmp(arg_format, "sshfp") == 0)
		r = fingerprint_sshfp(k, host, ret, err);
	else if (strcmp(arg_format, "known-hosts") == 0)
		r = fingerprint_known_hosts(k, host, (unsigned)arg_port, ret, err);
	else
		r = fingerprint_line(k, FINGERPRINT_SHA256, ret, err);
	if (r == 0 && strcmp(arg_format, "randomart") == 0) {
		r = buf_append_str(ret, "\n", err);
		if (r == 0)
			r = fingerprint_randomart(k, ret, err);
	}
	return r < 0 ? r : buf_append_str(ret, "\n", err);
}

static int print_all(const struct keys *k, struct dw_buf *ret, struct dw_err *err)
{
	struct utsname name = { 0 };
	const char *host = arg_host;
	int r = 0;

	if (host == NULL && uname(&name) == 0)
		host = name.nodename;
	if (strcmp(arg_format, "json") == 0)
		return print_json(k, ret, err);
	for (size_t i = 0; r == 0 && i < k->count; i++)
		if (arg_type == NULL ||
		    strcmp(sshpub_type_short(k->items[i].type), arg_type) == 0)
			r = print_key(&k->items[i], host, ret, err);
	return r;
}

static int run(const struct cmd_env *env, struct dw_err *err)
{
	cleanup_with(keys_done) struct keys keys = { 0 };
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	int r;

	if (arg_host != NULL) {
		r = text_check(slice_of(arg_host), TEXT_WORD, DW_HOSTNAME_MAX, NULL);
		if (r < 0 || arg_host[0] == '\0' || arg_host[0] == '#' ||
		    arg_host[0] == '@')
			return dw_fail(err, DW_USAGE,
				       "--host '%s' is no host name or address",
				       arg_host);
	}
	if (arg_port == 0 || arg_port > 65535)
		return dw_fail(err, DW_USAGE, "--port must be from 1 to 65535");
	if (env->has_json)
		arg_format = "json";
	r = observe_hostkey_publics(env->root_fd, &keys.items, &keys.count, err);
	if (r == 0)
		r = print_all(&keys, &text, err);
	if (r < 0)
		return r;
	if (keys.count == 0 || (text.len == 0 && arg_type != NULL))
		return dw_fail(
			err, DW_ABSENT,
			"there is no %s%shost key in %s/etc/ssh; 'doorward hostkeys heal' makes them",
			arg_type != NULL ? arg_type : "", arg_type != NULL ? " " : "",
			env->root != NULL ? env->root : "");
	r = out_write(&text, err);
	return r < 0 ? r : 0;
}

const struct cmd cmd_fingerprints = {
	.name = "fingerprints",
	.operands = "",
	.summary = "show the fingerprints of this machine's SSH host keys",
	.help = "Reads the .pub files of /etc/ssh; needs neither root nor the network.\n"
		"'--type ecdsa --format short' prints one word, for a hypervisor's run-command.",
	.options = options,
	.run = run,
};
