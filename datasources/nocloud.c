/* SPDX-License-Identifier: Apache-2.0 */
/* NoCloud: four small files from a directory, a labelled medium or a web server; or just
 * three words. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "codec/json.h"
#include "codec/yaml.h"
#include "datasources/cloudconfig.h"
#include "datasources/collect.h"
#include "datasources/datasource.h"
#include "datasources/detect.h"
#include "model/validate.h"

#define PLACE_MAX    160
#define SEED_URL_MAX 2048

/*
 * What "ds=nocloud;h=...;i=...;s=..." says. Both the DMI serial number and the kernel
 * command line may say it; word by word the serial number wins, as in cloud-init.
 */
struct seed {
	char *hostname;
	char *instance_id;
	char *from; /* URL or path */
	struct string_list unknown;
};

static void seed_done(struct seed *s)
{
	free(s->hostname);
	free(s->instance_id);
	free(s->from);
	string_list_done(&s->unknown);
}
#define cleanup_seed cleanup_with(seed_done)

/* -- the words -- */

/* cloud-init's names for what may stand in __dmi.NAME__. */
static const struct {
	const char *name;
	enum dmi_field field;
} dmi_names[] = {
	{ "baseboard-asset-tag", DMI_BOARD_ASSET_TAG },
	{ "baseboard-manufacturer", DMI_BOARD_VENDOR },
	{ "baseboard-product-name", DMI_BOARD_NAME },
	{ "baseboard-serial-number", DMI_BOARD_SERIAL },
	{ "bios-vendor", DMI_BIOS_VENDOR },
	{ "chassis-asset-tag", DMI_CHASSIS_ASSET_TAG },
	{ "chassis-manufacturer", DMI_CHASSIS_VENDOR },
	{ "chassis-serial-number", DMI_CHASSIS_SERIAL },
	{ "system-manufacturer", DMI_SYS_VENDOR },
	{ "system-product-name", DMI_PRODUCT_NAME },
	{ "system-serial-number", DMI_PRODUCT_SERIAL },
	{ "system-uuid", DMI_PRODUCT_UUID },
	{ "system-version", DMI_PRODUCT_VERSION },
};

static bool is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

static int append_dmi(const struct facts *facts, struct slice name, bool is_url,
		      struct dw_buf *ret, struct dw_err *err)
{
	const char *value = "";
	int rc = 0;

	for (size_t n = 0; n < ARRAY_LEN(dmi_names); n++)
		if (slice_eq(name, dmi_names[n].name))
			value = field_text(&facts->dmi[dmi_names[n].field]);
	if (value[0] == '\0')
		return dw_fail(err, DW_MALFORMED,
			       "ds=nocloud: firmware has no value for __dmi.%.*s__",
			       (int)MIN_OF(name.len, (size_t)40), name.data);
	if (!is_url)
		return buf_append_str(ret, value, err);
	for (; rc == 0 && *value != '\0'; value++)
		rc = is_unreserved(*value)
			     ? buf_append_byte(ret, (uint8_t)*value, err)
			     : buf_printf(ret, err, "%%%02X", (unsigned char)*value);
	return rc;
}

/* S with each __dmi.NAME__ replaced, once: a value that looks like another placeholder
 * stays. */
static int expand(const struct facts *facts, struct slice s, bool is_url, char **ret,
		  struct dw_err *err)
{
	cleanup_buf struct dw_buf out = BUF_INIT(SEED_URL_MAX);
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && at < s.len) {
		struct slice rest = { s.data + at, s.len - at };
		const char *end = NULL;

		if (slice_starts_with(rest, "__dmi."))
			end = memmem(rest.data + 6, rest.len - 6, "__", 2);
		if (end == NULL) {
			rc = buf_append_byte(&out, (uint8_t)rest.data[0], err);
			at++;
			continue;
		}
		rc = append_dmi(
			facts,
			(struct slice){ rest.data + 6, (size_t)(end - rest.data) - 6 },
			is_url, &out, err);
		at += (size_t)(end - rest.data) + 2;
	}
	if (rc < 0)
		return rc;
	return mem_strndup(ret, out.data, out.len, err);
}

static bool is_http(struct slice s)
{
	return slice_starts_with(s, "http://") || slice_starts_with(s, "https://");
}

static int take_word(const struct facts *facts, struct slice word, struct seed *ret,
		     struct dw_err *err)
{
	const char *eq = memchr(word.data, '=', word.len);
	struct slice key = { word.data,
			     eq != NULL ? (size_t)(eq - word.data) : word.len };
	struct slice value = { eq != NULL ? eq + 1 : word.data,
			       eq != NULL ? word.len - key.len - 1 : 0 };
	char **place;

	if (slice_eq(key, "h") || slice_eq(key, "local-hostname"))
		place = &ret->hostname;
	else if (slice_eq(key, "i") || slice_eq(key, "instance-id"))
		place = &ret->instance_id;
	else if (slice_eq(key, "s") || slice_eq(key, "seedfrom"))
		place = &ret->from;
	else
		return string_list_append(&ret->unknown, key, DW_GROUPS_MAX, err);
	if (*place != NULL || value.len == 0)
		return 0;
	return expand(facts, value, is_http(value), place, err);
}

/* WORDS is what follows "ds=": nothing happens unless it begins with nocloud. */
static int take_words(const struct facts *facts, struct slice words, struct seed *ret,
		      struct dw_err *err)
{
	bool is_first = true;
	int rc = 0;

	while (rc == 0 && words.len > 0) {
		const char *end = memchr(words.data, ';', words.len);
		struct slice word = { words.data, end != NULL ? (size_t)(end - words.data)
							      : words.len };

		words.data += word.len + (end != NULL);
		words.len -= word.len + (end != NULL);
		word = slice_trim(word);
		if (is_first && !slice_eq_nocase(word, "nocloud") &&
		    !slice_eq_nocase(word, "nocloud-net"))
			return 0;
		if (!is_first && word.len > 0)
			rc = take_word(facts, word, ret, err);
		is_first = false;
	}
	return rc;
}

static int read_seed(const struct facts *facts, struct seed *ret, struct dw_err *err)
{
	struct slice words;
	int rc = 0;

	if (detect_serial_words(facts, &words))
		rc = take_words(facts, words, ret, err);
	if (rc == 0 && facts_cmdline_get(facts, "ds", &words))
		rc = take_words(facts, words, ret, err);
	return rc;
}

/* -- detect, identify -- */

static int nocloud_detect(const struct facts *facts, char *ret_why, size_t size)
{
	static const char *const dirs[] = { "nocloud", "nocloud-net" };

	for (size_t n = 0; n < ARRAY_LEN(dirs); n++) {
		if (!string_list_has(&facts->seed_dirs, dirs[n]))
			continue;
		(void)snprintf(ret_why, size, "seed directory %s", dirs[n]);
		return DETECT_SIGN;
	}
	for (size_t n = 0; n < facts->media_count; n++) {
		const struct medium *m = &facts->media[n];

		if (!str_eq_nocase(m->label, "cidata") ||
		    (strcmp(m->fstype, "iso9660") != 0 && strcmp(m->fstype, "vfat") != 0))
			continue;
		(void)snprintf(ret_why, size, "medium %s (%s, label %s)", m->device,
			       m->fstype, m->label);
		return DETECT_SIGN;
	}
	return 0;
}

static int set_id(struct instance *i, struct slice id, const char *where,
		  struct dw_err *err)
{
	int rc;

	rc = validate_instance_id(id, err);
	if (rc < 0)
		return dw_wrap(err, "%s", where);
	return field_set(&i->instance_id, id, err);
}

static int nocloud_identify(const struct facts *facts, struct instance *ret,
			    struct dw_err *err)
{
	cleanup_seed struct seed seed = { 0 };
	int rc;

	rc = read_seed(facts, &seed, err);
	if (rc < 0)
		return rc;
	ret->is_partial = true;
	return seed.instance_id != NULL
		       ? set_id(ret, slice_of(seed.instance_id), "ds=nocloud;i=", err)
		       : 0;
}

/* -- fetch -- */

static const char *local_path(const char *from)
{
	if (from == NULL)
		return NULL;
	if (str_starts_with(from, "file:///"))
		return from + 7;
	return from[0] == '/' ? from : NULL;
}

static int nocloud_seed_path(const struct facts *facts, char **ret, struct dw_err *err)
{
	cleanup_seed struct seed seed = { 0 };
	const char *path;
	int rc;

	rc = read_seed(facts, &seed, err);
	if (rc < 0)
		return rc;
	path = local_path(seed.from);
	if (path == NULL) {
		*ret = NULL;
		return 0;
	}
	return mem_strdup(ret, path, err);
}

static bool is_private_v4(const uint8_t a[static 4])
{
	return a[0] == 10 || a[0] == 127 || (a[0] == 172 && (a[1] & 0xf0) == 16) ||
	       (a[0] == 192 && a[1] == 168) || (a[0] == 169 && a[1] == 254);
}

static bool is_private_v6(const uint8_t a[static 16])
{
	static const uint8_t loopback[16] = { [15] = 1 };

	return memcmp(a, loopback, 16) == 0 || (a[0] & 0xfe) == 0xfc ||
	       (a[0] == 0xfe && (a[1] & 0xc0) == 0x80);
}

/* Is the authority ("10.0.2.2:8000", "[fe80::1%25eth0]") a literal private or link-local
 * address? */
static bool is_private_literal(struct slice authority)
{
	char host[INET6_ADDRSTRLEN];
	uint8_t address[16];
	bool is_v6 = slice_starts_with(authority, "[");
	size_t start = is_v6 ? 1 : 0, n = start;

	while (n < authority.len && authority.data[n] != (is_v6 ? ']' : ':') &&
	       authority.data[n] != '%')
		n++;
	if (n - start >= sizeof(host))
		return false;
	memcpy(host, authority.data + start, n - start);
	host[n - start] = '\0';
	if (inet_pton(is_v6 ? AF_INET6 : AF_INET, host, address) != 1)
		return false;
	return is_v6 ? is_private_v6(address) : is_private_v4(address);
}

/* The "host:port" of a web address. */
static int find_authority(const char *url, struct slice *ret, struct dw_err *err)
{
	struct slice authority;
	int rc;

	rc = text_check(slice_of(url), TEXT_WORD, SEED_URL_MAX, err);
	if (rc < 0)
		return dw_wrap(err, "seed address");
	if (!is_http(slice_of(url)))
		return dw_fail(
			err, DW_UNSUPPORTED,
			"seed address %.80s: only https://, http://, file:/// and paths are known",
			url);
	authority.data = strstr(url, "://") + 3;
	authority.len = strcspn(authority.data, "/?#");
	if (authority.len == 0 || memchr(authority.data, '@', authority.len) != NULL ||
	    memchr(authority.data, '\\', authority.len) != NULL)
		return dw_fail(
			err, DW_REFUSED,
			"seed address %.80s: no host, or a name and password in it", url);
	*ret = authority;
	return 0;
}

/*
 * Whoever can change plain HTTP on its way becomes the owner, so only addresses that
 * never leave the site are fetched that way, and only as numbers, for a name can be made
 * to point anywhere. The administrator may know better.
 */
static int check_plain_http(const struct ds_context *ctx, const char *url,
			    struct slice authority, struct dw_err *err)
{
	if (ctx->may_use_plain_http || str_starts_with(url, "https://") ||
	    is_private_literal(authority))
		return 0;
	return dw_fail(
		err, DW_REFUSED,
		"seed address %.80s: plain HTTP is only for private and link-local addresses given as numbers; use https://, or set allow_plain_http in doorward.yaml",
		url);
}

/* s= with what --metadata-url puts in place of its host, or that alone. *RET NULL: no web
 * seed. */
static int seed_url(const struct ds_context *ctx, const struct seed *seed, bool has_media,
		    char **ret, struct dw_err *err)
{
	struct slice authority = SLICE("");
	int rc;

	*ret = NULL;
	if (seed->from != NULL && local_path(seed->from) == NULL) {
		rc = find_authority(seed->from, &authority, err);
		if (rc < 0)
			return rc;
		if (ctx->metadata_url != NULL)
			return collect_url("", ctx->metadata_url,
					   authority.data + authority.len, ret, err);
		rc = check_plain_http(ctx, seed->from, authority, err);
		return rc < 0 ? rc : mem_strdup(ret, seed->from, err);
	}
	if (seed->from == NULL && !has_media && ctx->metadata_url != NULL)
		return mem_strdup(ret, ctx->metadata_url, err);
	return 0;
}

/* Where NAME is: %s is replaced by it; else it is appended, after a '/' unless there is a
 * query. */
static int file_url(const char *base, const char *name, char **ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf out = BUF_INIT(2 * SEED_URL_MAX);
	const char *mark = strstr(base, "%s");
	int rc;

	if (mark == NULL)
		return mem_asprintf(
			ret, err, "%s%s%s", base,
			str_ends_with(base, "/") || strchr(base, '?') != NULL ? "" : "/",
			name);
	do {
		rc = buf_append(&out, base, (size_t)(mark - base), err);
		if (rc == 0)
			rc = buf_append_str(&out, name, err);
		if (rc < 0)
			return rc;
		base = mark + 2;
		mark = strstr(base, "%s");
	} while (mark != NULL);
	rc = buf_append_str(&out, base, err);
	if (rc < 0)
		return rc;
	return mem_strndup(ret, out.data, out.len, err);
}

static int fetch_web(const struct ds_context *ctx, const char *base, struct http **http,
		     bool local_only, struct payload *ret, struct dw_err *err)
{
	static const char *const names[] = { "meta-data", "user-data", "vendor-data" };
	int rc;

	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		cleanup_free char *url = NULL;
		struct collect_request request = {
			.name = names[n],
			.max_bytes = n == 0 ? DW_DOC_MAX : DW_USERDATA_MAX,
			.may_redirect = str_starts_with(base, "https://"),
		};

		rc = file_url(base, names[n], &url, err);
		if (rc < 0)
			return rc;
		request.url = url;
		rc = collect_get(ctx, http, local_only, &request, ret, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int nocloud_fetch(const struct ds_context *ctx, struct media *media,
			 struct http **http, bool local_only, struct payload *ret,
			 struct dw_err *err)
{
	cleanup_seed struct seed seed = { 0 };
	cleanup_free char *url = NULL;
	int rc;

	rc = read_seed(ctx->facts, &seed, err);
	if (rc == 0)
		rc = seed_url(ctx, &seed, media != NULL, &url, err);
	if (rc < 0)
		return rc;
	if (url != NULL)
		return fetch_web(ctx, url, http, local_only, ret, err);
	if (media != NULL)
		return media_read(media, DW_USERDATA_MAX, ret, err);
	if (seed.from != NULL)
		return dw_fail(err, DW_ABSENT, "seed directory %.120s is not there",
			       seed.from);
	if (seed.hostname == NULL && seed.instance_id == NULL)
		return dw_fail(
			err, DW_ABSENT,
			"NoCloud without a seed: no medium labelled cidata, no seed directory, no s= beside ds=nocloud");
	return 0;
}

/* -- parse -- */

static int load_metadata(const struct blob *blob, struct value **ret, struct dw_err *err)
{
	struct slice text = { blob->data, blob->len }, start = slice_trim(text);
	struct dw_err ignored;
	int rc;

	/* JSON first where it looks like it: YAML would trip over tabs and \/. */
	if (slice_starts_with(start, "{") &&
	    json_load(text, DW_DOC_MAX, ret, &ignored) == 0)
		return 0;
	rc = yaml_load(text, DW_DOC_MAX, ret, err);
	if (rc < 0)
		return dw_wrap(err, "meta-data");
	if ((*ret)->kind == VALUE_MAP || (*ret)->kind == VALUE_NULL)
		return 0;
	value_free(TAKE_PTR(*ret));
	return dw_fail(err, DW_MALFORMED, "meta-data must be a map of keys");
}

static const struct value *get_scalar(const struct value *map, const char *key)
{
	const struct value *v = value_get(map, key);

	return v != NULL && v->kind == VALUE_SCALAR && v->text_len > 0 ? v : NULL;
}

static const char *place_of(const struct value *v, char buf[static PLACE_MAX])
{
	(void)snprintf(buf, PLACE_MAX, "meta-data:%u:%u", v->line, v->column);
	return buf;
}

static int parse_id(const struct seed *seed, const struct value *md, struct instance *i,
		    struct dw_err *err)
{
	const struct value *v = get_scalar(md, "instance-id");
	char place[PLACE_MAX];

	if (seed->instance_id != NULL)
		return set_id(i, slice_of(seed->instance_id), "ds=nocloud;i=", err);
	if (v != NULL)
		return set_id(i, (struct slice){ v->text, v->text_len },
			      place_of(v, place), err);
	i->id_is_placeholder = true;
	return set_id(i, SLICE("nocloud"), "instance-id", err);
}

static int parse_hostname(const struct seed *seed, const struct value *md,
			  struct instance *i, struct dw_err *err)
{
	const struct value *v = get_scalar(md, "local-hostname");
	char place[PLACE_MAX];

	if (seed->hostname != NULL)
		return instance_name_host(i, slice_of(seed->hostname),
					  "ds=nocloud;h=", err);
	if (v == NULL)
		v = get_scalar(md, "hostname");
	if (v == NULL)
		return 0;
	return instance_name_host(i, (struct slice){ v->text, v->text_len },
				  place_of(v, place), err);
}

/* A text, a list of texts, or a map whose values are either; anything else is told. */
static int parse_keys(const struct ds_context *ctx,
		      const struct cloudconfig_target *target, const struct value *v,
		      unsigned depth, struct instance *i, struct dw_err *err)
{
	struct keys_count count = { 0 };
	char place[PLACE_MAX];
	int rc = 0;

	switch (v->kind) {
	case VALUE_NULL:
		return 0;
	case VALUE_SCALAR:
		if (slice_trim((struct slice){ v->text, v->text_len }).len == 0)
			return 0;
		return cloudconfig_add_keys(ctx, target,
					    (struct slice){ v->text, v->text_len },
					    place_of(v, place), i, &count, err);
	case VALUE_LIST:
	case VALUE_MAP:
		break;
	}
	if (depth > 2)
		return instance_remark(i, REMARK_REFUSED, place_of(v, place),
				       "public-keys is nested too deeply to be keys", "",
				       err);
	for (size_t n = 0; rc == 0 && n < v->count; n++)
		rc = parse_keys(ctx, target, v->items[n], depth + 1, i, err);
	return rc;
}

/* public-keys: [] is a statement, a missing public-keys is none. */
static void mark_empty(const struct cloudconfig_target *target, const struct value *keys,
		       struct instance *i)
{
	struct user *user =
		target->user != NULL ? instance_find_user(i, target->user) : NULL;

	if (keys->count == 0 && (keys->kind == VALUE_LIST || keys->kind == VALUE_MAP) &&
	    user != NULL && user->keys.state == FIELD_UNSET)
		user->keys.state = FIELD_EMPTY;
}

static int remark_rest(const struct seed *seed, const struct value *md,
		       const struct payload *payload, struct instance *i,
		       struct dw_err *err)
{
	const struct value *v = value_get_key(md, "network-interfaces");
	const struct value *mode = get_scalar(md, "dsmode");
	char place[PLACE_MAX], reason[PLACE_MAX];
	int rc = 0;

	for (size_t n = 0; rc == 0 && n < seed->unknown.count; n++) {
		(void)snprintf(reason, sizeof(reason), "\"%.60s\" is not supported",
			       seed->unknown.items[n]);
		rc = instance_remark(i, REMARK_UNSUPPORTED, "ds=nocloud", reason, "",
				     err);
	}
	if (rc == 0 && v != NULL)
		rc = instance_remark(i, REMARK_UNSUPPORTED, place_of(v, place),
				     "doorward does not configure the network", "", err);
	if (rc == 0 && mode != NULL && strcmp(mode->text, "local") != 0 &&
	    strcmp(mode->text, "net") != 0)
		rc = instance_remark(i, REMARK_UNSUPPORTED, place_of(mode, place),
				     "this dsmode is not supported", "", err);
	if (rc == 0 && payload_get_ok(payload, "network-config") != NULL)
		rc = instance_remark(i, REMARK_UNSUPPORTED, "network-config",
				     "doorward does not configure the network", "", err);
	return rc;
}

/* A document that may be missing; one that could not be had is not the same. */
static int optional_blob(const struct payload *payload, const char *name,
			 struct instance *i, struct slice *ret, struct dw_err *err)
{
	const struct blob *b = payload_get(payload, name);

	*ret = SLICE("");
	if (b == NULL || b->outcome == DW_ABSENT)
		return 0;
	if (b->outcome == DW_OK) {
		*ret = (struct slice){ b->data, b->len };
		return 0;
	}
	/* Storage services answer 403 for what is not there. */
	if (b->outcome == DW_UNAUTHORISED && strcmp(name, "vendor-data") == 0)
		return instance_remark(
			i, REMARK_NOTE, name,
			"the server refuses it (401 or 403); taken for missing", "", err);
	return dw_fail(err, b->outcome, "%s could not be had (HTTP status %ld)", name,
		       b->status);
}

static int parse_documents(const struct ds_context *ctx, const struct payload *payload,
			   struct instance *i, struct cloudconfig_target *ret,
			   struct dw_err *err)
{
	struct slice user_data, vendor_data;
	int rc;

	rc = optional_blob(payload, "user-data", i, &user_data, err);
	if (rc == 0)
		rc = optional_blob(payload, "vendor-data", i, &vendor_data, err);
	if (rc < 0)
		return rc;
	const struct cloudconfig_doc docs[] = {
		{ .name = "vendor-data", .data = vendor_data, .is_vendor = true },
		{ .name = "user-data", .data = user_data },
	};
	return cloudconfig_apply(ctx, docs, ARRAY_LEN(docs), ctx->default_user, i, ret,
				 err);
}

static int metadata_of(const struct payload *payload, const struct seed *seed,
		       struct value **ret, struct dw_err *err)
{
	const struct blob *b = payload_get(payload, "meta-data");

	if (b != NULL && b->outcome == DW_OK)
		return load_metadata(b, ret, err);
	if (b == NULL && (seed->instance_id != NULL || seed->hostname != NULL))
		return 0; /* the words alone are the seed */
	if (b != NULL && b->outcome != DW_ABSENT)
		return dw_fail(err, b->outcome,
			       "meta-data could not be had (HTTP status %ld)", b->status);
	return dw_fail(
		err, DW_ABSENT,
		"the seed has no meta-data: a NoCloud seed needs that file, even if empty");
}

static int nocloud_parse(const struct ds_context *ctx, const struct payload *payload,
			 struct instance *ret, struct dw_err *err)
{
	cleanup_cloudconfig_target struct cloudconfig_target target = { 0 };
	cleanup_value struct value *md = NULL;
	cleanup_seed struct seed seed = { 0 };
	const struct value *keys;
	int rc;

	rc = read_seed(ctx->facts, &seed, err);
	if (rc == 0)
		rc = metadata_of(payload, &seed, &md, err);
	if (rc == 0)
		rc = parse_id(&seed, md, ret, err);
	if (rc == 0)
		rc = parse_hostname(&seed, md, ret, err);
	if (rc == 0)
		rc = parse_documents(ctx, payload, ret, &target, err);
	if (rc < 0)
		return rc;
	keys = value_get(md, "public-keys");
	if (keys != NULL) {
		rc = parse_keys(ctx, &target, keys, /* depth= */ 0, ret, err);
		if (rc < 0)
			return rc;
		mark_empty(&target, keys, ret);
	}
	return remark_rest(&seed, md, payload, ret, err);
}

static const char *const labels[] = { "cidata", NULL };
static const char *const fstypes[] = { "iso9660", "vfat", NULL };
static const char *const files[] = { "meta-data", "user-data", "vendor-data",
				     "network-config", NULL };
static const struct media_want media = { .labels = labels,
					 .fstypes = fstypes,
					 .files = files };
static const char *const aliases[] = { "nocloud-net", NULL };

extern const struct datasource ds_nocloud;
const struct datasource ds_nocloud = {
	.name = "nocloud",
	.title = "NoCloud seed",
	.documentation =
		"https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html",
	.aliases = aliases,
	.flags = DS_LOCAL | DS_NETWORK,
	.detect = nocloud_detect,
	.media = &media,
	.seed_path = nocloud_seed_path,
	.identify = nocloud_identify,
	.fetch = nocloud_fetch,
	.parse = nocloud_parse,
};
