/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as the documents of any row of the table: a new platform is fuzzed for free.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "datasources/datasource.h"
#include "datasources/detect.h"
#include "model/record.h"

/*
 * An input is text: a line with the row's name, lines of facts up to an empty one, then
 * documents, each begun by a line "== NAME", up to the next such line. What parses must
 * be a record that the strict reader takes and writes again unchanged.
 */
static void require(bool ok)
{
	if (!ok)
		abort();
}

static struct slice cut_facts(struct slice *rest)
{
	struct slice facts = { rest->data, 0 }, line;

	while (slice_next_line(rest, &line))
		if (line.len == 0)
			break;
	facts.len = (size_t)(rest->data - facts.data);
	return facts;
}

static int add_documents(struct slice rest, struct payload *payload, struct dw_err *err)
{
	struct slice line, words, name, body = { rest.data, 0 };
	char text[64] = "";
	int rc = 0;

	while (rc == 0 && slice_next_line(&rest, &line)) {
		if (slice_starts_with(line, "== ")) {
			words = (struct slice){ line.data + 3, line.len - 3 };
			if (text[0] != '\0')
				rc = payload_add(payload, text, DW_OK, 200, body, err);
			if (!slice_next_word(&words, &name) || name.len >= sizeof(text))
				return 0;
			memcpy(text, name.data, name.len);
			text[name.len] = '\0';
			body = (struct slice){ rest.data, 0 };
		} else {
			body.len = (size_t)(rest.data - body.data);
		}
	}
	return rc == 0 && text[0] != '\0'
		       ? payload_add(payload, text, DW_OK, 200, body, err)
		       : rc;
}

static void check_record(const struct instance *i)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX),
				  again = BUF_INIT(DW_RECORD_MAX);
	cleanup_instance struct instance read;
	struct dw_err err = { 0 };

	instance_init(&read);
	require(record_write(i, &text, &err) == 0);
	require(record_read(slice_of_buf(&text), &read, &err) == 0);
	require(record_write(&read, &again, &err) == 0);
	require(again.len == text.len && memcmp(again.data, text.data, text.len) == 0);
}

static void run_row(const struct datasource *row, const struct facts *facts,
		    const struct payload *payload)
{
	struct ds_context ctx = { .facts = facts,
				  .default_user = "debian",
				  .min_rsa_bits = 2048 };
	cleanup_instance struct instance i, identity;
	cleanup_free char *path = NULL;
	struct dw_err err = { 0 };

	instance_init(&i);
	instance_init(&identity);
	if (row->parse(&ctx, payload, &i, &err) == 0)
		check_record(&i);
	if (row->identify != NULL && row->identify(facts, &identity, &err) == 0)
		check_record(&identity);
	if (row->seed_path != NULL)
		(void)!row->seed_path(facts, &path, &err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice rest = { (const char *)data, size }, name, facts_text;
	cleanup_payload struct payload payload;
	cleanup_facts struct facts facts;
	struct detection detection;
	struct dw_err err = { 0 };

	payload_init(&payload);
	facts_init(&facts);
	if (size > 256 * 1024 || !slice_next_line(&rest, &name))
		return 0;
	facts_text = cut_facts(&rest);
	if (facts_read_text(facts_text, &facts, &err) < 0 ||
	    add_documents(rest, &payload, &err) < 0)
		return 0;
	(void)!detect_platform(&facts, &detection, &err);
	for (size_t n = 0; datasources[n] != NULL; n++)
		if (slice_eq(name, datasources[n]->name))
			run_row(datasources[n], &facts, &payload);
	return 0;
}
