/* SPDX-License-Identifier: Apache-2.0 */
/* Our own small files as they are now. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fd.h"
#include "base/limits.h"
#include "base/mem.h"
#include "observe/observed.h"

#define OBSERVED_FILES_MAX 64

void observed_files_done(struct observed_files *f)
{
	for (size_t i = 0; i < f->count; i++) {
		free(f->items[i].path);
		free(f->items[i].data);
	}
	free(f->items);
	*f = (struct observed_files){ 0 };
}

int observe_file(int root_fd, const char *path, struct observed_files *f,
		 struct dw_err *err)
{
	cleanup_buf struct dw_buf data = BUF_INIT(DW_DOC_MAX);
	struct observed_file *file;
	cleanup_fd int fd = -1;
	struct stat st;
	int r;

	r = MEM_GROW(f->items, f->count, f->capacity, OBSERVED_FILES_MAX, err);
	if (r < 0)
		return r;
	file = &f->items[f->count];
	*file = (struct observed_file){ 0 };
	r = mem_strdup(&file->path, path, err);
	if (r < 0)
		return r;
	f->count++;
	/* Unreadable and absent are the same to the plan: it will want to write, and
	 * apply will say why not. */
	if (fd_open_at(root_fd, path, O_RDONLY | O_NOFOLLOW, &fd, NULL) < 0)
		return 0;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    fd_read_all(fd, &data, NULL) < 0)
		return 0;
	file->exists = true;
	file->mode = st.st_mode & 07777;
	return buf_take(&data, &file->data, &file->len, err);
}

const struct observed_file *observed_find_file(const struct observed_files *f,
					       const char *path)
{
	for (size_t i = 0; i < f->count; i++)
		if (strcmp(f->items[i].path, path) == 0)
			return &f->items[i];
	return NULL;
}
