/* SPDX-License-Identifier: Apache-2.0 */
/* A main for fuzz targets without libFuzzer: replays the corpus, one TAP line a file. */
#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/fuzz/fuzz.h"

enum {
	INPUT_MAX_BYTES = 16 << 20,
	/* Up to this size each prefix is an input too: truncation is the commonest
	   hostility. */
	PREFIX_MAX_BYTES = 2048,
	PATH_MAX_BYTES = 4096,
};

/* The copy is exactly as long as the input, so that a sanitizer sees the first byte
 * behind. */
static void feed(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size); /* always 0 by contract */
	free(copy);
}

static bool replay_file(const char *path)
{
	FILE *file = fopen(path, "rbe");
	uint8_t *data = malloc(INPUT_MAX_BYTES);
	size_t size = 0;
	bool ok = false;

	if (file && data) {
		size = fread(data, 1, INPUT_MAX_BYTES, file);
		ok = !ferror(file) && feof(file);
	}
	if (file)
		(void)fclose(file); /* only read from */
	if (ok)
		feed(data, size);
	for (size_t n = 0; ok && size <= PREFIX_MAX_BYTES && n < size; n++)
		feed(data, n);
	free(data);
	return ok;
}

static int is_not_hidden(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* Replays a file, or every file of a directory in alphabetical order. */
static void replay(const char *path, unsigned *count, unsigned *failed)
{
	struct dirent **entries = NULL;
	int n = scandir(path, &entries, is_not_hidden, alphasort);

	if (n < 0 && errno == ENOTDIR) {
		bool ok = replay_file(path);

		*failed += ok ? 0 : 1;
		printf("%sok %u - %s\n", ok ? "" : "not ", ++*count, path);
		(void)fflush(stdout); /* a crash must not swallow the lines before it */
	}
	for (int i = 0; i < n; i++) {
		char child[PATH_MAX_BYTES];
		int len =
			snprintf(child, sizeof(child), "%s/%s", path, entries[i]->d_name);

		if (len > 0 && (size_t)len < sizeof(child))
			replay(child, count, failed);
		free(entries[i]);
	}
	free(entries);
}

int main(int argc, char **argv)
{
	const char *top = getenv("DW_SRCDIR");
	const char *name = strrchr(argv[0], '/');
	unsigned count = 0;
	unsigned failed = 0;
	char corpus[PATH_MAX_BYTES];

	name = name ? name + 1 : argv[0];
	if (strncmp(name, "fuzz-", strlen("fuzz-")) == 0)
		name += strlen("fuzz-");
	(void)snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s", top ? top : ".",
		       name);

	for (int i = 1; i < argc; i++)
		replay(argv[i], &count, &failed);
	if (argc < 2)
		replay(corpus, &count, &failed);
	if (count == 0) {
		printf("not ok 1 - no corpus in %s\n", corpus);
		count = failed = 1;
	}
	printf("1..%u\n", count);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
