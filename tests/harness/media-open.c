/* SPDX-License-Identifier: Apache-2.0 */
/* Drives reach/media.c from scripts: probes a tree's devices, or mounts one and prints
 * its files. */
#include <stdio.h>
#include <string.h>

#include "base/fd.h"
#include "base/limits.h"
#include "reach/media.h"

/*
 * Usage: media-open probe ROOT                one line per finding: DEVICE FSTYPE
 * optical|disk LABEL media-open open DEVICE FSTYPE LABEL  "meta-data OUTCOME TEXT" per
 * file, after "from ORIGIN"
 */
static int tell(const struct dw_err *err)
{
	printf("error=%s %s\n", dw_code_name(err->code), err->message);
	return 1;
}

static int probe(const char *path)
{
	cleanup_facts struct facts facts;
	cleanup_fd int root = -1;
	struct dw_err err;

	facts_init(&facts);
	if (fd_open_root(path, &root, &err) < 0 || media_probe(root, &facts, &err) < 0)
		return tell(&err);
	for (size_t i = 0; i < facts.media_count; i++)
		printf("%s %s %s %s\n", facts.media[i].device, facts.media[i].fstype,
		       facts.media[i].is_optical ? "optical" : "disk",
		       facts.media[i].label);
	return 0;
}

static int open_one(const char *device, const char *fstype, const char *label)
{
	static const char *const files[] = { "meta-data", "user-data", "vendor-data",
					     NULL };
	const char *const labels[] = { "cidata", NULL };
	const char *const fstypes[] = { fstype, NULL };
	const struct media_want want = { labels, fstypes, files };
	cleanup_media struct media *media = NULL;
	cleanup_payload struct payload payload;
	cleanup_facts struct facts facts;
	struct dw_err err;

	facts_init(&facts);
	payload_init(&payload);
	if (facts_add_medium(&facts, device, fstype, label, /* is_optical= */ false,
			     &err) < 0 ||
	    media_open(-1, &facts, &want, &media, &err) < 0)
		return tell(&err);
	printf("from %s\n", media_origin(media));
	if (media_read(media, DW_DOC_MAX, &payload, &err) < 0)
		return tell(&err);
	for (size_t i = 0; i < payload.count; i++)
		printf("%s %s %s\n", payload.blobs[i].name,
		       dw_code_name(payload.blobs[i].outcome), payload.blobs[i].data);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && strcmp(argv[1], "probe") == 0)
		return probe(argv[2]);
	if (argc == 5 && strcmp(argv[1], "open") == 0)
		return open_one(argv[2], argv[3], argv[4]);
	return 64;
}
