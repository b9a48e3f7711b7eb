/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON pen: indentation, commas, escapes. */
#include "codec/jsonout.h"

struct jsonout jsonout_to(struct dw_buf *to, struct dw_err *err)
{
	return (struct jsonout){ .to_ = to, .err_ = err };
}

static void put(struct jsonout *j, const char *text, size_t len)
{
	if (j->result_ == 0)
		j->result_ = buf_append(j->to_, text, len, j->err_);
}

static void put_text(struct jsonout *j, const char *text)
{
	put(j, text, slice_of(text).len);
}

static void put_escaped(struct jsonout *j, struct slice s)
{
	put_text(j, "\"");
	while (s.len > 0) {
		size_t n = utf8_len(s);
		unsigned char c = (unsigned char)s.data[0];

		if (n == 0) {
			put_text(j, "\\ufffd");
			n = 1;
		} else if (c == '"' || c == '\\') {
			put_text(j, "\\");
			put(j, s.data, 1);
		} else if (c == '\n') {
			put_text(j, "\\n");
		} else if (c < 0x20 || c == 0x7f) {
			if (j->result_ == 0)
				j->result_ = buf_printf(j->to_, j->err_, "\\u%04x", c);
		} else {
			put(j, s.data, n);
		}
		s.data += n;
		s.len -= n;
	}
	put_text(j, "\"");
}

static void new_line(struct jsonout *j)
{
	put_text(j, "\n");
	for (unsigned i = 0; i < j->depth_; i++)
		put_text(j, "  ");
}

static void begin_item(struct jsonout *j, const char *key)
{
	if (j->has_item_)
		put_text(j, ",");
	if (j->depth_ > 0)
		new_line(j);
	j->has_item_ = true;
	if (key != NULL) {
		put_escaped(j, slice_of(key));
		put_text(j, ": ");
	}
}

static void begin(struct jsonout *j, const char *key, const char *bracket)
{
	begin_item(j, key);
	put_text(j, bracket);
	j->depth_++;
	j->has_item_ = false;
}

static void end(struct jsonout *j, const char *bracket)
{
	j->depth_--;
	if (j->has_item_)
		new_line(j);
	put_text(j, bracket);
	j->has_item_ = true;
}

void jsonout_begin_object(struct jsonout *j, const char *key)
{
	begin(j, key, "{");
}

void jsonout_end_object(struct jsonout *j)
{
	end(j, "}");
}

void jsonout_begin_list(struct jsonout *j, const char *key)
{
	begin(j, key, "[");
}

void jsonout_end_list(struct jsonout *j)
{
	end(j, "]");
}

void jsonout_slice(struct jsonout *j, const char *key, struct slice text)
{
	begin_item(j, key);
	put_escaped(j, text);
}

void jsonout_text(struct jsonout *j, const char *key, const char *text)
{
	if (text == NULL)
		jsonout_null(j, key);
	else
		jsonout_slice(j, key, slice_of(text));
}

void jsonout_number(struct jsonout *j, const char *key, int64_t number)
{
	begin_item(j, key);
	if (j->result_ == 0)
		j->result_ = buf_printf(j->to_, j->err_, "%lld", (long long)number);
}

void jsonout_bool(struct jsonout *j, const char *key, bool value)
{
	begin_item(j, key);
	put_text(j, value ? "true" : "false");
}

void jsonout_null(struct jsonout *j, const char *key)
{
	begin_item(j, key);
	put_text(j, "null");
}

int jsonout_finish(struct jsonout *j)
{
	put_text(j, "\n");
	return j->result_;
}
