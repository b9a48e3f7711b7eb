/* SPDX-License-Identifier: Apache-2.0 */
/* Makes and installs one host key, for tests that kill it while it does. */

/* usage: drive-hostkey ROOT KIND; close(-1000) tells killat that the key is made and the
 * writing begins. */
#include <stdio.h>
#include <unistd.h>

#include "apply/hostkey.h"
#include "base/fd.h"
#include "base/log.h"

int main(int argc, char **argv)
{
	const struct hostkey_kind *kind;
	cleanup_fd int root_fd = -1;
	struct dw_err err = { 0 };
	int r;

	log_init(LOG_WARNING_, /* is_journal= */ false);
	kind = argc == 3 ? hostkey_kind_by_name(argv[2]) : NULL;
	if (kind == NULL)
		return 64;
	r = fd_open_root(argv[1], &root_fd, &err);
	close(-1000);
	if (r >= 0)
		r = hostkey_install(root_fd, NULL, kind, NULL, &err);
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", dw_code_name(err.code), err.message);
		return 1;
	}
	puts("changed");
	return 0;
}
