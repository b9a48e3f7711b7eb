/* SPDX-License-Identifier: Apache-2.0 */
/* Azure: the Instance Metadata Service, and ovf-env.xml from the provisioning medium. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "codec/base64.h"
#include "codec/json.h"
#include "codec/xml.h"
#include "datasources/cloudconfig.h"
#include "datasources/collect.h"
#include "datasources/datasource.h"
#include "datasources/detect.h"
#include "model/validate.h"

/*
 * WireServer (goal state, transport certificate, health report) is not spoken here yet.
 * What only it can give, the certificate behind a bare thumbprint, is refused by name in
 * add_ovf_keys(); that and fetch_imds()'s neighbour in azure_fetch() are the places where
 * it will join.
 */
#define ASSET_TAG \
	"7783-7084-3265-9085-8269-3286-77" /* "MSFT AZURE VM" in decimal pairs */
#define IMDS_ORIGIN "http://169.254.169.254"
#define IMDS_BLOB   "imds/instance"
#define OVF_BLOB    "ovf-env.xml"
#define OVF_NS	    "http://schemas.dmtf.org/ovf/environment/1"
#define WA_NS	    "http://schemas.microsoft.com/windowsazure"

#define PLACE_MAX 160
#define UUID_LEN  36
#define PAUSE_MS                                                                        \
	1000 /* 5 requests a second are allowed per machine; constant, as in cloud-init \
	      */
#define LADDER_ROUNDS 3

/* -- identity -- */

/*
 * SMBIOS 2.3 of generation 1 machines has no say in byte order: Azure writes the first
 * three fields little-endian, the kernel reads them big-endian. The swap is its own
 * inverse.
 */
static void swap_uuid(const char in[static UUID_LEN], char ret[static UUID_LEN + 1])
{
	static const unsigned char order[] = { 6,  7,  4, 5,  2,  3,  0,  1,  8,
					       11, 12, 9, 10, 13, 16, 17, 14, 15 };

	for (size_t n = 0; n < UUID_LEN; n++)
		ret[n] = in[n < ARRAY_LEN(order) ? order[n] : n];
	ret[UUID_LEN] = '\0';
}

/* Lower case into RET; false when S is no UUID. Kernels before 4.15 print upper case. */
static bool normal_uuid(struct slice s, char ret[static UUID_LEN + 1])
{
	struct dw_err ignored;

	if (s.len != UUID_LEN)
		return false;
	for (size_t n = 0; n < UUID_LEN; n++)
		ret[n] = s.data[n] >= 'A' && s.data[n] <= 'F'
				 ? (char)(s.data[n] + ('a' - 'A'))
				 : s.data[n];
	ret[UUID_LEN] = '\0';
	return validate_uuid((struct slice){ ret, UUID_LEN }, &ignored) == 0;
}

/* The vmId that firmware tells, in IMDS's form. */
static bool firmware_id(const struct facts *facts, char ret[static UUID_LEN + 1])
{
	char raw[UUID_LEN + 1];

	if (!normal_uuid(slice_of(field_text(&facts->dmi[DMI_PRODUCT_UUID])), raw))
		return false;
	if (facts->is_efi)
		memcpy(ret, raw, sizeof(raw));
	else
		swap_uuid(raw, ret);
	return true;
}

static int azure_detect(const struct facts *facts, char *ret_why, size_t size)
{
	if (strcmp(field_text(&facts->dmi[DMI_CHASSIS_ASSET_TAG]), ASSET_TAG) == 0) {
		(void)snprintf(ret_why, size, "chassis_asset_tag %s", ASSET_TAG);
		return DETECT_SIGN;
	}
	if (string_list_has(&facts->seed_dirs, "azure")) {
		(void)snprintf(ret_why, size, "seed directory azure with ovf-env.xml");
		return DETECT_SIGN;
	}
	return 0;
}

static int azure_identify(const struct facts *facts, struct instance *ret,
			  struct dw_err *err)
{
	char id[UUID_LEN + 1];

	ret->is_partial = true;
	return firmware_id(facts, id) ? field_set(&ret->instance_id, slice_of(id), err)
				      : 0;
}

/* -- fetch -- */

static const char *const imds_headers[] = { "Metadata: true", NULL };

/*
 * Newest first; a 400 means "not this version here": Azure Stack Hub ends at 2021-05-01,
 * older stamps know no extended=true. extended=true makes IMDS answer whole or not at
 * all.
 */
static const char *const imds_versions[] = {
	"2021-08-01&extended=true",
	"2021-01-01",
	"2020-10-01",
	"2018-04-02",
};

/* 404 is "not there yet" while a machine is being made; 410 a node event of up to 70 s.
 */
static const int imds_retried[] = { 404, 410, 0 };

/* Early in a boot a 200 may carry half a document, or one without its fields. */
static int check_imds(const struct payload *payload, struct dw_err *err)
{
	const struct blob *b = payload_get_ok(payload, IMDS_BLOB);
	cleanup_value struct value *root = NULL;
	const char *id;
	int rc;

	rc = json_load((struct slice){ b->data, b->len }, DW_DOC_MAX, &root, err);
	if (rc < 0)
		return dw_wrap(err, IMDS_BLOB);
	id = value_text(value_path(root, "compute.vmId"));
	if (id == NULL || id[0] == '\0')
		return dw_fail(err, DW_MALFORMED, IMDS_BLOB ": compute.vmId is missing");
	return 0;
}

static int get_imds(const struct ds_context *ctx, struct http **http, const char *version,
		    bool has_ovf, struct payload *ret, struct dw_err *err)
{
	/* Without IMDS (old Azure Stack) the medium has to do, so do not wait for ever.
	 */
	struct http_retry retry = { .statuses = imds_retried,
				    .pause_ms = PAUSE_MS,
				    .connect_tries = has_ovf ? 11 : 0 };
	struct collect_request request = {
		.name = IMDS_BLOB,
		.headers = imds_headers,
		.max_bytes = DW_DOC_MAX,
		.retry = &retry,
	};
	cleanup_free char *path = NULL, *url = NULL;
	int rc;

	rc = mem_asprintf(&path, err, "/metadata/instance?api-version=%s", version);
	if (rc == 0)
		rc = collect_url(IMDS_ORIGIN, ctx->metadata_url, path, &url, err);
	if (rc < 0)
		return rc;
	request.url = url;
	return collect_get(ctx, http, /* local_only= */ false, &request, ret, err);
}

/* One way down the ladder. *RET_STATUS is the last HTTP status, 0 when there was no
 * answer. */
static int climb_down(const struct ds_context *ctx, struct http **http, bool has_ovf,
		      struct payload *ret, long *ret_status, struct dw_err *err)
{
	const struct blob *b;
	int rc;

	*ret_status = 0;
	for (size_t n = 0; n < ARRAY_LEN(imds_versions); n++) {
		rc = get_imds(ctx, http, imds_versions[n], has_ovf, ret, err);
		if (rc < 0)
			return rc;
		b = payload_get(ret, IMDS_BLOB);
		*ret_status = b->status;
		if (b->outcome == DW_OK)
			return check_imds(ret, err);
		if (b->status != 400)
			break;
	}
	if (*ret_status == 401 || *ret_status == 403)
		return dw_fail(
			err, DW_UNAUTHORISED,
			"IMDS refuses to answer (HTTP %ld): is a policy or a proxy agent in force here?",
			*ret_status);
	return dw_fail(err,
		       *ret_status == 404 || *ret_status == 410 ? DW_NOT_YET : DW_FAILED,
		       "IMDS answered HTTP %ld", *ret_status);
}

/* Is it worth asking again in a second? The HTTP layer has had its own patience before.
 */
static bool may_ask_again(int rc, long status, unsigned rounds_of_400)
{
	if (rc == -DW_MALFORMED)
		return true; /* half a document, with or without a length */
	return status == 400 && rounds_of_400 < LADDER_ROUNDS;
}

static int fetch_imds(const struct ds_context *ctx, struct http **http, bool has_ovf,
		      struct payload *ret, struct dw_err *err)
{
	unsigned rounds_of_400 = 0;
	long status;
	int rc;

	for (;;) {
		rc = climb_down(ctx, http, has_ovf, ret, &status, err);
		if (status == 400)
			rounds_of_400++;
		if (rc == 0 || !may_ask_again(rc, status, rounds_of_400))
			return rc;
		if ((unsigned)deadline_left_ms(ctx->deadline) <= PAUSE_MS)
			return rc;
		clock_sleep_ms(PAUSE_MS, ctx->deadline);
	}
}

static int azure_fetch(const struct ds_context *ctx, struct media *media,
		       struct http **http, bool local_only, struct payload *ret,
		       struct dw_err *err)
{
	bool has_ovf;
	int rc;

	if (local_only)
		return dw_fail(err, DW_NOT_YET,
			       "Azure's metadata service needs the network");
	if (media != NULL) {
		rc = media_read(media, DW_DOC_MAX, ret, err);
		if (rc < 0)
			return rc;
	}
	has_ovf = payload_get_ok(ret, OVF_BLOB) != NULL;
	rc = fetch_imds(ctx, http, has_ovf, ret, err);
	if (rc == 0 || !has_ovf || rc == -DW_UNAUTHORISED || rc == -DW_NO_MEMORY)
		return rc;
	/* The medium alone: parse() tells that and why. */
	return payload_add(ret, IMDS_BLOB, (enum dw_code) - rc, 0, SLICE(""), err);
}

/* -- parse: the two documents -- */

struct documents {
	struct value *imds; /* NULL: could not be had */
	const struct value *compute;
	struct xml_node *ovf;	       /* NULL: no medium */
	const struct xml_node *config; /* LinuxProvisioningConfigurationSet */
	enum dw_code imds_outcome;
};

static void documents_done(struct documents *d)
{
	value_free(d->imds);
	xml_free(d->ovf);
}

/* The text of a compute field; empty and missing are the same to IMDS. */
static struct slice imds_text(const struct documents *d, const char *path)
{
	return slice_trim(slice_of(value_text(value_path(d->compute, path))));
}

static struct slice ovf_text(const struct documents *d, const char *name)
{
	return xml_text(xml_child(d->config, WA_NS, name));
}

static int load_ovf(const struct payload *payload, struct documents *d,
		    struct instance *i, struct dw_err *err)
{
	const struct blob *b = payload_get(payload, OVF_BLOB);
	const struct xml_node *section;
	int rc;

	if (b == NULL || b->outcome == DW_ABSENT)
		return 0;
	if (b->outcome != DW_OK && d->imds == NULL)
		return dw_fail(err, b->outcome, OVF_BLOB " is there and cannot be used");
	if (b->outcome != DW_OK)
		return instance_remark(i, REMARK_NOTE, OVF_BLOB, dw_code_text(b->outcome),
				       "it is there and cannot be used", err);
	rc = xml_load((struct slice){ b->data, b->len }, DW_DOC_MAX, &d->ovf, err);
	if (rc < 0)
		return dw_wrap(err, OVF_BLOB);
	section = xml_is(d->ovf, OVF_NS, "Environment")
			  ? xml_child(d->ovf, WA_NS, "ProvisioningSection")
			  : NULL;
	d->config = xml_child(section, WA_NS, "LinuxProvisioningConfigurationSet");
	if (d->config != NULL)
		return 0;
	/* VMware and others have a file of this name, too. */
	if (d->imds == NULL)
		return dw_fail(
			err, DW_MALFORMED,
			OVF_BLOB
			": no wa:ProvisioningSection with a Linux configuration: not Azure's");
	return instance_remark(
		i, REMARK_NOTE, OVF_BLOB,
		"no wa:ProvisioningSection with a Linux configuration: not Azure's, ignored",
		"", err);
}

static int load_documents(const struct payload *payload, struct documents *d,
			  struct instance *i, struct dw_err *err)
{
	const struct blob *b = payload_get(payload, IMDS_BLOB);
	cleanup_free char *reason = NULL;
	int rc;

	d->imds_outcome = b != NULL ? b->outcome : DW_ABSENT;
	if (d->imds_outcome == DW_OK) {
		rc = json_load((struct slice){ b->data, b->len }, DW_DOC_MAX, &d->imds,
			       err);
		if (rc < 0)
			return dw_wrap(err, IMDS_BLOB);
		d->compute = value_get(d->imds, "compute");
		if (d->compute == NULL || d->compute->kind != VALUE_MAP)
			return dw_fail(err, DW_MALFORMED,
				       IMDS_BLOB ": there is no compute in it");
	}
	rc = load_ovf(payload, d, i, err);
	if (rc < 0 || d->imds != NULL)
		return rc;
	if (d->config == NULL)
		return dw_fail(err, d->imds_outcome,
			       "neither the metadata service nor a medium with " OVF_BLOB
			       " could be had");
	rc = mem_asprintf(&reason, err,
			  "the metadata service: %s; " OVF_BLOB " alone was used",
			  dw_code_text(d->imds_outcome));
	if (rc < 0)
		return rc;
	return instance_remark(i, REMARK_NOTE, "azure-imds", reason,
			       "expected on Azure Stack Hub only", err);
}

/*
 * A machine of the pre-provisioning pool has no owner yet, and its disk may be cloned:
 * nothing must be made on it before it is handed over.
 */
static int check_handed_over(const struct documents *d, struct dw_err *err)
{
	const char *type = value_text(value_path(d->imds, "extended.compute.ppsType"));
	const struct xml_node *settings =
		xml_child(xml_child(d->ovf, WA_NS, "PlatformSettingsSection"), WA_NS,
			  "PlatformSettings");

	if (type != NULL && type[0] != '\0' && strcmp(type, "None") != 0)
		return dw_fail(
			err, DW_UNSUPPORTED,
			"a pre-provisioned machine (ppsType %.40s) that was not handed over yet",
			type);
	if (type == NULL &&
	    slice_eq_nocase(xml_text(xml_child(settings, WA_NS, "PreprovisionedVm")),
			    "true"))
		return dw_fail(
			err, DW_UNSUPPORTED,
			"a pre-provisioned machine (PreprovisionedVm) that was not handed over yet");
	return 0;
}

/* -- parse: identity, place, names -- */

static int parse_id(const struct ds_context *ctx, const struct documents *d,
		    struct instance *i, struct dw_err *err)
{
	char firmware[UUID_LEN + 1], swapped[UUID_LEN + 1], told[UUID_LEN + 1];
	bool has_firmware = firmware_id(ctx->facts, firmware);
	struct slice id = imds_text(d, "vmId");
	int rc;

	if (d->imds == NULL && !has_firmware)
		return dw_fail(
			err, DW_ABSENT,
			"no vmId: firmware has no product_uuid and the metadata service did not answer");
	if (d->imds == NULL)
		return field_set(&i->instance_id, slice_of(firmware), err);
	if (!normal_uuid(id, told))
		return dw_fail(err, DW_MALFORMED, IMDS_BLOB ": compute.vmId is no UUID");
	rc = field_set(&i->instance_id, slice_of(told), err);
	if (rc < 0 || !has_firmware)
		return rc;
	swap_uuid(firmware, swapped);
	if (strcmp(told, firmware) == 0 || strcmp(told, swapped) == 0)
		return 0;
	return instance_remark(
		i, REMARK_NOTE, "azure-imds vmId",
		"differs from the firmware's product_uuid in either byte order", "", err);
}

static int parse_place(const struct documents *d, struct instance *i, struct dw_err *err)
{
	struct slice location = imds_text(d, "location"), zone = imds_text(d, "zone");
	int rc = 0;

	if (location.len > 0)
		rc = text_check(location, TEXT_LINE, DW_WORD_MAX, err);
	if (rc == 0 && location.len > 0)
		rc = field_set(&i->region, location, err);
	if (rc == 0 && zone.len > 0)
		rc = text_check(zone, TEXT_LINE, DW_WORD_MAX, err);
	if (rc == 0 && zone.len > 0)
		rc = field_set(&i->zone, zone, err);
	return remark_failure(i, rc, "azure-imds location", "", err);
}

static int parse_hostname(const struct documents *d, struct instance *i,
			  struct dw_err *err)
{
	struct slice imds = imds_text(d, "osProfile.computerName"),
		     ovf = ovf_text(d, "HostName");

	if (imds.len > 0)
		return instance_name_host(i, imds, "azure-imds computerName", err);
	if (ovf.len > 0)
		return instance_name_host(i, ovf, "azure-ovf HostName", err);
	return 0;
}

/* The administrator of the platform, or the configured default user where it names none.
 */
static int parse_admin(const struct ds_context *ctx, const struct documents *d,
		       struct instance *i, char **ret, struct dw_err *err)
{
	struct slice imds = imds_text(d, "osProfile.adminUsername"),
		     ovf = ovf_text(d, "UserName");
	const char *source =
		imds.len > 0 ? "azure-imds adminUsername" : "azure-ovf UserName";
	struct slice name = imds.len > 0 ? imds : ovf;
	int rc;

	if (imds.len > 0 && ovf.len > 0 &&
	    (imds.len != ovf.len || memcmp(imds.data, ovf.data, ovf.len) != 0)) {
		rc = instance_remark(i, REMARK_NOTE, source,
				     "differs from UserName of " OVF_BLOB
				     "; the metadata service wins",
				     "", err);
		if (rc < 0)
			return rc;
	}
	*ret = NULL;
	if (name.len == 0)
		return ctx->default_user != NULL ? mem_strdup(ret, ctx->default_user, err)
						 : 0;
	rc = validate_login_name(name, err);
	if (rc < 0)
		return remark_failure(
			i, rc, source,
			"redeploy with an administrator name of a-z, 0-9, _ and -", err);
	if (slice_eq(name, "root"))
		return instance_remark(i, REMARK_REFUSED, source,
				       "root is nobody's login name",
				       "redeploy with another administrator name", err);
	return mem_strndup(ret, name.data, name.len, err);
}

/* -- parse: keys -- */

struct key_walk {
	const struct ds_context *ctx;
	const struct documents *d;
	const struct cloudconfig_target *target;
	struct instance *i;
};

/* ARM itself only lets the default path through; any other has never been honoured
 * safely. */
static int check_path(const struct key_walk *w, struct slice path, const char *source,
		      struct dw_err *err)
{
	cleanup_free char *expected = NULL, *reason = NULL;
	int rc;

	if (path.len == 0 || w->target->user == NULL)
		return 0;
	if (slice_starts_with(
		    path, "$HOME/")) /* classic: /home is meant, the user comes next */
		path = (struct slice){ path.data + 5, path.len - 5 };
	else if (slice_starts_with(path, "/home/"))
		path = (struct slice){ path.data + 5, path.len - 5 };
	rc = mem_asprintf(&expected, err, "/%s/.ssh/authorized_keys", w->target->user);
	if (rc < 0 || slice_eq(path, expected))
		return rc;
	rc = mem_asprintf(
		&reason, err,
		"its path is not followed: the key goes to %s's own authorized_keys",
		w->target->user);
	if (rc < 0)
		return rc;
	return instance_remark(w->i, REMARK_NOTE, source, reason, "", err);
}

static int add_imds_keys(const struct key_walk *w, const struct value *list,
			 struct keys_count *count, struct dw_err *err)
{
	char source[PLACE_MAX];
	int rc = 0;

	for (size_t n = 0; rc == 0 && n < list->count; n++) {
		const struct value *data = value_get(list->items[n], "keyData");
		struct slice path =
			slice_of(value_text(value_get(list->items[n], "path")));

		(void)snprintf(source, sizeof(source), "azure-imds publicKeys[%zu]", n);
		if (value_text(data) == NULL) {
			count->refused++;
			rc = instance_remark(w->i, REMARK_REFUSED, source,
					     "there is no keyData in it", "", err);
			continue;
		}
		rc = cloudconfig_add_keys(w->ctx, w->target,
					  (struct slice){ data->text, data->text_len },
					  source, w->i, count, err);
		if (rc == 0)
			rc = check_path(w, path, source, err);
	}
	return rc;
}

static const struct xml_node *ovf_keys(const struct documents *d)
{
	return xml_path(d->config, WA_NS, "SSH/PublicKeys");
}

/* A certificate that the document only names: it would have to come from WireServer. */
static int refuse_thumbprint(const struct key_walk *w, struct slice thumbprint,
			     const char *source, struct dw_err *err)
{
	cleanup_free char *reason = NULL;
	int rc;

	rc = mem_asprintf(
		&reason, err,
		"only the thumbprint %.*s of a certificate, which doorward cannot fetch",
		(int)MIN_OF(thumbprint.len, (size_t)64), thumbprint.data);
	if (rc < 0)
		return rc;
	return instance_remark(
		w->i, REMARK_REFUSED, source, reason,
		"deploy with the public key itself (keyData) instead of a certificate reference",
		err);
}

static int add_ovf_keys(const struct key_walk *w, struct keys_count *count,
			struct dw_err *err)
{
	const struct xml_node *list = ovf_keys(w->d), *k = NULL;
	char source[PLACE_MAX];
	size_t n = 0;
	int rc = 0;

	while (rc == 0 && (k = xml_next_child(list, k, WA_NS, "PublicKey")) != NULL) {
		struct slice value = xml_text(xml_child(k, WA_NS, "Value"));
		struct slice thumbprint = xml_text(xml_child(k, WA_NS, "Fingerprint"));
		struct slice path = xml_text(xml_child(k, WA_NS, "Path"));

		(void)snprintf(source, sizeof(source), "azure-ovf PublicKey[%zu]", n++);
		if (value.len == 0) {
			count->refused++;
			rc = thumbprint.len > 0
				     ? refuse_thumbprint(w, thumbprint, source, err)
				     : instance_remark(
					       w->i, REMARK_REFUSED, source,
					       "neither a key nor a thumbprint in it", "",
					       err);
			continue;
		}
		rc = cloudconfig_add_keys(w->ctx, w->target, value, source, w->i, count,
					  err);
		if (rc == 0)
			rc = check_path(w, path, source, err);
	}
	return rc;
}

/* IMDS gave keys: what the medium has beyond them is told, not installed (it may be
 * older). */
static int compare_ovf_keys(const struct key_walk *w, struct dw_err *err)
{
	const struct xml_node *list = ovf_keys(w->d), *k = NULL;
	char source[PLACE_MAX];
	size_t n = 0;
	int rc = 0;

	while (rc == 0 && (k = xml_next_child(list, k, WA_NS, "PublicKey")) != NULL) {
		struct slice value = xml_text(xml_child(k, WA_NS, "Value"));
		struct keys_count count = { 0 };

		(void)snprintf(source, sizeof(source), "azure-ovf PublicKey[%zu]", n++);
		if (value.len == 0)
			continue; /* a thumbprint: the key behind it is IMDS's business */
		rc = keys_compare(w->ctx, w->i, w->target->user, value, &count, err);
		if (rc == 0 && count.missing > 0)
			rc = instance_remark(
				w->i, REMARK_NOTE, source,
				"not among the keys of the metadata service, which win: not installed",
				"", err);
	}
	return rc;
}

static int remark_key_pairs(const struct key_walk *w, struct dw_err *err)
{
	const struct xml_node *pairs = xml_path(w->d->config, WA_NS, "SSH/KeyPairs");

	if (xml_child(pairs, WA_NS, "KeyPair") == NULL)
		return 0;
	return instance_remark(w->i, REMARK_UNSUPPORTED, "azure-ovf KeyPairs",
			       "private keys are not installed", "", err);
}

/*
 * The metadata service shows the machine as it is now, the medium as it was made: the
 * first wins as soon as it gives one usable key. When it gives none, not even an empty
 * list lets the keys of the medium vanish in silence; both are told.
 */
static int parse_keys(const struct key_walk *w, size_t *ret_accepted, struct dw_err *err)
{
	const struct value *list = value_get(w->d->compute, "publicKeys");
	bool is_list = list != NULL && list->kind == VALUE_LIST;
	struct keys_count imds = { 0 }, ovf = { 0 };
	struct user *user;
	int rc = 0;

	if (is_list)
		rc = add_imds_keys(w, list, &imds, err);
	if (rc == 0)
		rc = imds.accepted > 0 ? compare_ovf_keys(w, err)
				       : add_ovf_keys(w, &ovf, err);
	if (rc == 0)
		rc = remark_key_pairs(w, err);
	if (rc == 0 && is_list && imds.accepted == 0 && ovf.accepted > 0)
		rc = instance_remark(w->i, REMARK_NOTE, "azure-imds publicKeys",
				     list->count == 0
					     ? "an empty list, but " OVF_BLOB
					       " has keys: those were taken"
					     : "no usable key in it; those of " OVF_BLOB
					       " were taken",
				     "", err);
	if (rc < 0)
		return rc;
	*ret_accepted = imds.accepted + ovf.accepted;
	user = w->target->user != NULL ? instance_find_user(w->i, w->target->user) : NULL;
	if (is_list && list->count == 0 && ovf.accepted + ovf.refused == 0 &&
	    user != NULL && user->keys.state == FIELD_UNSET)
		user->keys.state = FIELD_EMPTY;
	return 0;
}

/* -- parse: the rest -- */

/*
 * "" and missing are "not said": then a machine that has keys needs no passwords (Azure
 * Stack). "May use passwords" is left to the image: doorward sets none, so there is no
 * reason to open that door wider than its maker did.
 */
static int parse_passwords(const struct documents *d, size_t keys, struct instance *i,
			   struct dw_err *err)
{
	static const char *const secrets[] = { "UserPassword", "AdminPassword",
					       "adminPassword" };
	struct slice said = imds_text(d, "osProfile.disablePasswordAuthentication");
	int is;

	if (said.len == 0)
		said = ovf_text(d, "DisableSshPasswordAuthentication");
	is = str_to_bool(said);
	if (i->password_authentication == TRI_UNSET && (is == 1 || (is < 0 && keys > 0)))
		i->password_authentication = TRI_NO;
	for (size_t n = 0; n < ARRAY_LEN(secrets); n++) {
		struct slice secret = ovf_text(d, secrets[n]);

		if (secret.len > 0 && !slice_eq(secret, "REDACTED") &&
		    !slice_eq(secret, "*"))
			return instance_remark(i, REMARK_REFUSED,
					       "azure-ovf UserPassword",
					       "doorward sets no password",
					       "deploy with an SSH key", err);
	}
	return 0;
}

/* Base64 that may be broken over lines; the caller's buffer holds the text. */
static int decode_data(struct slice in, const char *source, struct dw_buf *ret,
		       struct instance *i, struct dw_err *err)
{
	int rc;

	if (in.len == 0)
		return 0;
	rc = base64_decode_wrapped(in, ret, err);
	if (rc == 0)
		return 0;
	buf_clear(ret);
	return remark_failure(i, rc, source, "it must be base64", err);
}

/* customData is only on the medium, userData only in IMDS; customData wins, as in
 * cloud-init. */
static int parse_userdata(const struct ds_context *ctx, const struct documents *d,
			  const char *admin, struct instance *i,
			  struct cloudconfig_target *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf custom = BUF_INIT(DW_USERDATA_MAX),
				  user = BUF_INIT(DW_USERDATA_MAX);
	bool was_promised =
		value_bool(value_path(d->imds, "extended.compute.hasCustomData")) == 1;
	struct cloudconfig_doc doc = { 0 };
	int rc;

	rc = decode_data(ovf_text(d, "CustomData"), "azure-ovf CustomData", &custom, i,
			 err);
	if (rc == 0)
		rc = decode_data(imds_text(d, "userData"), "azure-imds userData", &user,
				 i, err);
	if (rc == 0 && was_promised && d->config == NULL)
		rc = instance_remark(
			i, REMARK_NOTE, "azure-ovf CustomData",
			"the platform has custom data for this machine, but there is no medium to read it from",
			"use userData, which needs no medium", err);
	if (rc == 0 && custom.len > 0 && user.len > 0)
		rc = instance_remark(i, REMARK_NOTE, "azure-imds userData",
				     "not read: the custom data of " OVF_BLOB " wins", "",
				     err);
	if (rc < 0)
		return rc;
	doc.name = custom.len > 0 ? "custom-data" : "user-data";
	doc.data = custom.len > 0 ? slice_of_buf(&custom) : slice_of_buf(&user);
	return cloudconfig_apply(ctx, &doc, 1, admin, i, ret, err);
}

/* For waagent's extensions and for people; neither password nor custom data stays in it.
 */
static int keep_ovf(const struct documents *d, const struct payload *payload,
		    struct instance *i, struct dw_err *err)
{
	static const char *const secrets[] = { "UserPassword", "AdminPassword",
					       "CustomData", NULL };
	cleanup_buf struct dw_buf redacted = BUF_INIT(DW_DOC_MAX);
	const struct blob *b = payload_get_ok(payload, OVF_BLOB);
	int rc;

	if (d->config == NULL)
		return 0;
	rc = xml_redact((struct slice){ b->data, b->len }, DW_DOC_MAX, secrets, &redacted,
			err);
	if (rc < 0)
		return rc;
	return instance_keep(i, OVF_BLOB, slice_of_buf(&redacted), err);
}

static int azure_parse(const struct ds_context *ctx, const struct payload *payload,
		       struct instance *ret, struct dw_err *err)
{
	cleanup_with(documents_done) struct documents d = { 0 };
	cleanup_cloudconfig_target struct cloudconfig_target target = { 0 };
	struct key_walk walk = { .ctx = ctx, .d = &d, .target = &target, .i = ret };
	cleanup_free char *admin = NULL;
	size_t keys = 0;
	int rc;

	rc = load_documents(payload, &d, ret, err);
	if (rc == 0)
		rc = check_handed_over(&d, err);
	if (rc == 0)
		rc = parse_id(ctx, &d, ret, err);
	if (rc == 0)
		rc = parse_place(&d, ret, err);
	if (rc == 0)
		rc = parse_hostname(&d, ret, err);
	if (rc == 0)
		rc = parse_admin(ctx, &d, ret, &admin, err);
	if (rc == 0)
		rc = parse_userdata(ctx, &d, admin, ret, &target, err);
	if (rc == 0)
		rc = parse_keys(&walk, &keys, err);
	if (rc == 0)
		rc = parse_passwords(&d, keys, ret, err);
	return rc == 0 ? keep_ovf(&d, payload, ret, err) : rc;
}

static const char *const fstypes[] = { "udf", "iso9660", NULL };
static const char *const files[] = { OVF_BLOB, NULL };
static const struct media_want media = { .labels = NULL,
					 .fstypes = fstypes,
					 .files = files };

extern const struct datasource ds_azure;
const struct datasource ds_azure = {
	.name = "azure",
	.title = "Microsoft Azure",
	.documentation =
		"https://learn.microsoft.com/en-us/azure/virtual-machines/instance-metadata-service",
	.flags = DS_NETWORK,
	.detect = azure_detect,
	.media = &media,
	.identify = azure_identify,
	.fetch = azure_fetch,
	.parse = azure_parse,
};
