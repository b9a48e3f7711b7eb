/* SPDX-License-Identifier: Apache-2.0 */
/* The attacker: swaps two names of one directory as fast as the kernel lets it, until it
 * is killed. */

/* usage: race DIRECTORY NAME-A NAME-B [NAME-C NAME-D]... (each pair is exchanged in turn)
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	int dir;

	if (argc < 4)
		return 64;
	dir = open(argv[1], O_PATH | O_DIRECTORY);
	if (dir < 0)
		return 1;
	for (;;)
		for (int i = 2; i + 1 < argc; i += 2)
			(void)renameat2(dir, argv[i], dir, argv[i + 1], RENAME_EXCHANGE);
}
