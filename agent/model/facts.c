/* SPDX-License-Identifier: Apache-2.0 */
/* Facts about the machine as values: building, looking up, reading their text form. */
#include "model/facts.h"

#include <string.h>

#include "base/limits.h"
#include "base/mem.h"

#define SEED_DIRS_MAX 16

const char *const dmi_field_names[DMI_FIELD_MAX_] = {
	[DMI_SYS_VENDOR] = "sys_vendor",
	[DMI_PRODUCT_NAME] = "product_name",
	[DMI_PRODUCT_VERSION] = "product_version",
	[DMI_PRODUCT_SERIAL] = "product_serial",
	[DMI_PRODUCT_UUID] = "product_uuid",
	[DMI_PRODUCT_FAMILY] = "product_family",
	[DMI_BOARD_VENDOR] = "board_vendor",
	[DMI_BOARD_NAME] = "board_name",
	[DMI_BOARD_SERIAL] = "board_serial",
	[DMI_BOARD_ASSET_TAG] = "board_asset_tag",
	[DMI_CHASSIS_VENDOR] = "chassis_vendor",
	[DMI_CHASSIS_SERIAL] = "chassis_serial",
	[DMI_CHASSIS_ASSET_TAG] = "chassis_asset_tag",
	[DMI_BIOS_VENDOR] = "bios_vendor",
};

void facts_init(struct facts *f)
{
	*f = (struct facts){ 0 };
}

static void medium_done(struct medium *m)
{
	free(m->device);
	free(m->fstype);
	free(m->label);
}

void facts_done(struct facts *f)
{
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++)
		field_done(&f->dmi[i]);
	free(f->cmdline);
	for (size_t i = 0; i < f->media_count; i++)
		medium_done(&f->media[i]);
	free(f->media);
	string_list_done(&f->seed_dirs);
	facts_init(f);
}

int facts_add_medium(struct facts *f, const char *device, const char *fstype,
		     const char *label, bool is_optical, struct dw_err *err)
{
	cleanup_with(medium_done) struct medium m = { .is_optical = is_optical };
	int r;

	r = mem_strdup(&m.device, device, err);
	if (r < 0)
		return r;
	r = mem_strdup(&m.fstype, fstype, err);
	if (r < 0)
		return r;
	r = mem_strdup(&m.label, label, err);
	if (r < 0)
		return r;
	r = MEM_GROW(f->media, f->media_count, f->media_capacity, DW_BLOCK_DEVICES, err);
	if (r < 0)
		return dw_wrap_code(err, r, "media");
	f->media[f->media_count++] = TAKE_STRUCT(m);
	return 0;
}

/* What vendors ship when they did not care; compared without case. */
static bool is_unset_dmi(struct slice s)
{
	static const char *const words[] = {
		"None", "Not Specified",  "Not Available",	    "Not Applicable",
		"N/A",	"Default string", "To Be Filled By O.E.M.",
	};
	size_t ones = 0;

	while (ones < s.len && (unsigned char)s.data[ones] == 0xff)
		ones++;
	if (ones == s.len)
		return true; /* also when there is nothing at all */
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (slice_eq_nocase(s, words[i]))
			return true;
	return false;
}

int facts_set_dmi(struct facts *f, enum dmi_field field, struct slice value,
		  struct dw_err *err)
{
	value = slice_trim(value);
	if (is_unset_dmi(value) || text_check(value, TEXT_LINE, DW_DMI_MAX, NULL) < 0) {
		field_done(&f->dmi[field]);
		return 0;
	}
	return field_set(&f->dmi[field], value, err);
}

/*
 * Cuts the next argument off *REST as the kernel does (lib/cmdline.c): a quote anywhere
 * hides blanks up to the next one, and one pair around the whole argument or its value is
 * dropped.
 */
static bool next_argument(struct slice *rest, struct slice *ret_key,
			  struct slice *ret_value)
{
	bool is_quoted = false;
	size_t n = 0, equals;
	struct slice arg;

	*rest = slice_trim(*rest);
	if (rest->len == 0)
		return false;
	while (n < rest->len &&
	       (is_quoted || (rest->data[n] != ' ' && rest->data[n] != '\t'))) {
		if (rest->data[n] == '"')
			is_quoted = !is_quoted;
		n++;
	}
	arg = (struct slice){ rest->data, n };
	*rest = (struct slice){ rest->data + n, rest->len - n };

	if (arg.data[0] == '"') {
		arg = (struct slice){ arg.data + 1, arg.len - 1 };
		if (arg.len > 0 && arg.data[arg.len - 1] == '"')
			arg.len--;
	}
	for (equals = 0; equals < arg.len && arg.data[equals] != '=';)
		equals++;
	*ret_key = (struct slice){ arg.data, equals };
	*ret_value = SLICE("");
	if (equals == arg.len)
		return true;
	*ret_value = (struct slice){ arg.data + equals + 1, arg.len - equals - 1 };
	if (ret_value->len > 0 && ret_value->data[0] == '"') {
		*ret_value = (struct slice){ ret_value->data + 1, ret_value->len - 1 };
		if (ret_value->len > 0 && ret_value->data[ret_value->len - 1] == '"')
			ret_value->len--;
	}
	return true;
}

bool facts_cmdline_get(const struct facts *f, const char *key, struct slice *ret)
{
	struct slice rest = slice_of(f->cmdline);
	struct slice name, value;
	bool is_there = false;

	while (next_argument(&rest, &name, &value)) {
		if (!slice_eq(name, key))
			continue;
		*ret = value;
		is_there = true;
	}
	return is_there;
}

static int read_dmi(struct facts *f, struct slice name, struct slice value,
		    struct dw_err *err)
{
	for (size_t i = 0; i < DMI_FIELD_MAX_; i++) {
		if (!slice_eq(name, dmi_field_names[i]))
			continue;
		if (f->dmi[i].state != FIELD_UNSET)
			return dw_fail(err, DW_MALFORMED, "is there twice");
		return facts_set_dmi(f, (enum dmi_field)i, value, err);
	}
	return dw_fail(err, DW_MALFORMED, "no such DMI field");
}

static int read_medium(struct facts *f, struct slice value, struct dw_err *err)
{
	cleanup_free char *device = NULL;
	cleanup_free char *fstype = NULL;
	cleanup_free char *label = NULL;
	struct slice words[3];
	int r;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!slice_next_word(&value, &words[i]))
			return dw_fail(err, DW_MALFORMED,
				       "must be DEVICE FSTYPE optical|disk LABEL");
	if (!slice_eq(words[2], "optical") && !slice_eq(words[2], "disk"))
		return dw_fail(err, DW_MALFORMED, "neither optical nor disk");
	r = text_copy(words[0], TEXT_WORD, DW_WORD_MAX, &device, err);
	if (r < 0)
		return r;
	r = text_copy(words[1], TEXT_WORD, DW_WORD_MAX, &fstype, err);
	if (r < 0)
		return r;
	r = text_copy(slice_trim(value), TEXT_LINE, DW_WORD_MAX, &label, err);
	if (r < 0)
		return r;
	return facts_add_medium(f, device, fstype, label, slice_eq(words[2], "optical"),
				err);
}

static int read_yes(struct slice value, bool *ret, struct dw_err *err)
{
	if (!slice_eq(value, "yes") && !slice_eq(value, "no"))
		return dw_fail(err, DW_MALFORMED, "neither yes nor no");
	*ret = slice_eq(value, "yes");
	return 0;
}

static int read_cmdline(struct facts *f, struct slice value, struct dw_err *err)
{
	if (f->cmdline != NULL)
		return dw_fail(err, DW_MALFORMED, "is there twice");
	return text_copy(value, TEXT_LINE, DW_CMDLINE_MAX, &f->cmdline, err);
}

static int read_seed(struct facts *f, struct slice value, struct dw_err *err)
{
	int r = text_check(value, TEXT_WORD, DW_WORD_MAX, err);

	if (r < 0)
		return r;
	if (value.len == 0)
		return dw_fail(err, DW_MALFORMED, "empty name");
	return string_list_append(&f->seed_dirs, value, SEED_DIRS_MAX, err);
}

static int read_fact(struct facts *f, struct slice line, struct dw_err *err)
{
	const char *equals = memchr(line.data, '=', line.len);
	struct slice name, value;

	if (equals == NULL)
		return dw_fail(err, DW_MALFORMED, "no '='");
	name = (struct slice){ line.data, (size_t)(equals - line.data) };
	value = (struct slice){ equals + 1, line.len - name.len - 1 };
	if (slice_starts_with(name, "dmi."))
		return read_dmi(f, (struct slice){ name.data + 4, name.len - 4 }, value,
				err);
	if (slice_eq(name, "cmdline"))
		return read_cmdline(f, value, err);
	if (slice_eq(name, "container"))
		return read_yes(value, &f->is_container, err);
	if (slice_eq(name, "efi"))
		return read_yes(value, &f->is_efi, err);
	if (slice_eq(name, "medium"))
		return read_medium(f, value, err);
	if (slice_eq(name, "seed"))
		return read_seed(f, value, err);
	return dw_fail(err, DW_MALFORMED, "no such fact");
}

int facts_read_text(struct slice text, struct facts *ret, struct dw_err *err)
{
	cleanup_facts struct facts f = { 0 };
	struct slice line;
	unsigned number = 0;
	int r;

	facts_init(ret);
	if (text.len > DW_DOC_MAX)
		return dw_fail(err, DW_TOO_BIG, "facts of %zu bytes", text.len);
	while (slice_next_line(&text, &line)) {
		number++;
		if (line.len == 0 || line.data[0] == '#')
			continue;
		r = read_fact(&f, line, err);
		if (r < 0)
			return dw_wrap_code(err, r, "facts line %u", number);
	}
	if (f.cmdline == NULL) {
		r = mem_strdup(&f.cmdline, "", err);
		if (r < 0)
			return r;
	}
	*ret = f;
	facts_init(&f);
	return 0;
}
