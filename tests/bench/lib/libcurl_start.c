/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl costs before its first request: nothing, opened at run time, or linked. */
#include <stdio.h>
#include <string.h>

#ifdef LINKED
#include <curl/curl.h>
#else
#include <dlfcn.h>
#endif

/* usage: libcurl_start none|open          (built with -DLINKED: no argument) */
int main(int argc, char **argv)
{
#ifdef LINKED
	(void)argc;
	(void)argv;
	return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? 0 : 1;
#else
	int (*init)(long);
	void *lib, *symbol;

	if (argc != 2)
		return 64;
	if (strcmp(argv[1], "none") == 0)
		return 0;
	lib = dlopen("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
	symbol = lib != NULL ? dlsym(lib, "curl_global_init") : NULL;
	if (symbol == NULL) {
		(void)fprintf(stderr, "libcurl_start: %s\n", dlerror());
		return 1;
	}
	memcpy(&init, &symbol, sizeof(init));
	return init(3 /* CURL_GLOBAL_ALL */) == 0 ? 0 : 1;
#endif
}
