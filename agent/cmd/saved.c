/* SPDX-License-Identifier: Apache-2.0 */
/* Reads back our own state, strictly. */
#include "cmd/saved.h"

#include "base/fd.h"
#include "base/limits.h"
#include "base/log.h"
#include "model/record.h"
#include "publish/publish.h"

int saved_state(int root_fd, const char *path, struct state *ret, bool *ret_exists,
		struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(STATE_TEXT_MAX);
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, path, &text, &why);

	*ret_exists = false;
	if (r == -DW_ABSENT)
		return 0;
	if (r < 0 && r != -DW_TOO_BIG)
		return dw_err_copy(err, &why);
	if (r == 0)
		r = state_read(slice_of_buf(&text), ret, &why);
	if (r == -DW_NO_MEMORY) /* says nothing about the file */
		return dw_err_copy(err, &why);
	if (r < 0)
		log_info("/%s is ignored: %s", path, why.message);
	*ret_exists = r == 0;
	return 0;
}

int saved_record(int root_fd, struct instance *ret, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_RECORD_MAX);
	struct dw_err why = { 0 };
	int r = fd_read_file(root_fd, PATH_RECORD, &text, &why);

	if (r == -DW_ABSENT)
		r = fd_read_file(root_fd, PATH_SAVED_RECORD, &text, &why);
	if (r == -DW_ABSENT)
		return dw_fail(
			err, DW_ABSENT,
			"there is no record yet: 'doorward provision' has not run here");
	if (r < 0)
		return dw_err_copy(err, &why);
	return record_read(slice_of_buf(&text), ret, err);
}
