/* SPDX-License-Identifier: Apache-2.0 */
/* Judges the facts; asks no file and sends no packet, so a fixture decides like a
 * machine. */
#include "datasources/detect.h"

#include <stdio.h>
#include <string.h>

/* Where a platform may be called by its name. */
struct naming {
	struct slice name; /* as written, up to the first ';' or ',' */
	const char *place;
};

#define NAMINGS_MAX 4

struct claim {
	const struct datasource *row;
	int score;
	char why[DETECT_WHY_MAX];
};

const struct datasource *datasource_by_name(const char *name)
{
	for (size_t i = 0; datasources[i] != NULL; i++)
		if (strcmp(datasources[i]->name, name) == 0)
			return datasources[i];
	return NULL;
}

bool detect_serial_words(const struct facts *facts, struct slice *ret)
{
	struct slice rest = slice_of(field_text(&facts->dmi[DMI_PRODUCT_SERIAL])), word;

	while (slice_next_word(&rest, &word)) {
		if (!slice_starts_with(word, "ds="))
			continue;
		*ret = (struct slice){ word.data + 3, word.len - 3 };
		return true;
	}
	return false;
}

static struct slice up_to_separator(struct slice s)
{
	size_t n = 0;

	while (n < s.len && s.data[n] != ';' && s.data[n] != ',')
		n++;
	return (struct slice){ s.data, n };
}

static size_t collect_namings(const struct facts *facts,
			      struct naming ret[static NAMINGS_MAX])
{
	static const struct {
		const char *key, *place;
	} words[] = {
		{ "ds", "ds= on the kernel command line" },
		{ "ci.ds", "ci.ds= on the kernel command line" },
		{ "ci.datasource", "ci.datasource= on the kernel command line" },
	};
	struct slice value;
	size_t count = 0;

	if (detect_serial_words(facts, &value))
		ret[count++] = (struct naming){ up_to_separator(value),
						"ds= in the DMI serial number" };
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!facts_cmdline_get(facts, words[i].key, &value))
			continue;
		value = up_to_separator(value);
		if (value.len > 0)
			ret[count++] = (struct naming){ value, words[i].place };
	}
	return count;
}

static bool answers_to(const struct datasource *row, struct slice name)
{
	if (slice_eq_nocase(name, row->name))
		return true;
	for (size_t i = 0; row->aliases != NULL && row->aliases[i] != NULL; i++)
		if (slice_eq_nocase(name, row->aliases[i]))
			return true;
	return false;
}

static bool is_known(struct slice name)
{
	for (size_t i = 0; datasources[i] != NULL; i++)
		if (answers_to(datasources[i], name))
			return true;
	return false;
}

static void judge(const struct datasource *row, const struct facts *facts,
		  const struct naming *namings, size_t count, struct claim *ret)
{
	*ret = (struct claim){ .row = row };
	for (size_t i = 0; i < count; i++) {
		if (!answers_to(row, namings[i].name))
			continue;
		ret->score = DETECT_NAMED;
		(void)snprintf(ret->why, sizeof(ret->why), "named by %s",
			       namings[i].place);
		return;
	}
	ret->score = row->detect(facts, ret->why, sizeof(ret->why));
}

int detect_platform(const struct facts *facts, struct detection *ret, struct dw_err *err)
{
	static const char way_out[] =
		"set datasource: in doorward.yaml or use --datasource NAME";
	struct claim best = { 0 }, second = { 0 }, claim;
	struct naming namings[NAMINGS_MAX];
	const struct naming *stranger = NULL;
	size_t count = collect_namings(facts, namings);

	for (size_t i = 0; datasources[i] != NULL; i++) {
		judge(datasources[i], facts, namings, count, &claim);
		if (claim.score > best.score) {
			second = best;
			best = claim;
		} else if (claim.score > second.score) {
			second = claim;
		}
	}
	for (size_t i = 0; i < count && stranger == NULL; i++)
		if (!is_known(namings[i].name))
			stranger = &namings[i];

	if (second.score >= DETECT_SIGN_MIN ||
	    (second.score > 0 && second.score == best.score))
		return dw_fail(err, DW_CONFLICT, "%s (%.90s) against %s (%.90s): %s",
			       best.row->name, best.why, second.row->name, second.why,
			       way_out);
	if (stranger != NULL && best.score >= DETECT_SIGN_MIN)
		return dw_fail(
			err, DW_CONFLICT,
			"%s names \"%.*s\", which is no platform that doorward knows, against %s (%.90s): %s",
			stranger->place, (int)MIN_OF(stranger->name.len, (size_t)32),
			stranger->name.data, best.row->name, best.why, way_out);
	if (best.score == 0 && stranger != NULL)
		return dw_fail(
			err, DW_NOT_HERE,
			"%s names \"%.*s\", which is no platform that doorward knows",
			stranger->place, (int)MIN_OF(stranger->name.len, (size_t)32),
			stranger->name.data);
	if (best.score == 0)
		return dw_fail(
			err, DW_NOT_HERE,
			"no sign of a platform in firmware, kernel command line, media or seed directories");

	ret->row = best.row;
	(void)snprintf(ret->why, sizeof(ret->why), "%s", best.why);
	return 0;
}
