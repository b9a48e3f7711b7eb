/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded into a program: every write(2) takes at most three bytes, as a full pipe or a
 * signal may make it. */
#include <sys/syscall.h>
#include <unistd.h>

ssize_t write(int fd, const void *data, size_t len)
{
	return syscall(SYS_write, fd, data, len < 3 ? len : 3);
}
