/* SPDX-License-Identifier: Apache-2.0 */
/* Parsing and printing of option tables. */
#include "cmd/opt.h"

#include <string.h>

#include "base/str.h"

static const struct opt *find(const struct opt *options, struct slice name)
{
	for (; options != NULL && options->name != NULL; options++)
		if (slice_eq(name, options->name))
			return options;
	return NULL;
}

static int set_choice(const struct opt *o, const char *value, struct dw_err *err)
{
	cleanup_buf struct dw_buf all = BUF_INIT(1024);

	for (size_t i = 0; o->choices[i] != NULL; i++) {
		if (strcmp(o->choices[i], value) == 0) {
			*(const char **)o->to = o->choices[i];
			return 0;
		}
		if (buf_printf(&all, err, "%s%s", i > 0 ? ", " : "", o->choices[i]) < 0)
			return -DW_NO_MEMORY;
	}
	return dw_fail(err, DW_USAGE, "--%s takes one of: %s (not '%s')", o->name,
		       all.data, value);
}

/* "local, network": what is taken, where that is a short list. */
static int fail_missing(const struct opt *o, struct dw_err *err)
{
	cleanup_buf struct dw_buf all = BUF_INIT(1024);
	int r = 0;

	for (size_t i = 0; r == 0 && o->choices != NULL && o->choices[i] != NULL; i++)
		r = buf_printf(&all, err, "%s%s", i > 0 ? ", " : "", o->choices[i]);
	if (r < 0)
		return r;
	if (all.len > 0)
		return dw_fail(err, DW_USAGE, "--%s needs a value, one of: %s", o->name,
			       all.data);
	return dw_fail(err, DW_USAGE, "--%s needs a value: %s", o->name, o->arg);
}

static int set(const struct opt *o, const char *value, struct dw_err *err)
{
	switch (o->kind) {
	case OPT_FLAG:
		*(bool *)o->to = true;
		return 0;
	case OPT_TEXT:
		*(const char **)o->to = value;
		return 0;
	case OPT_CHOICE:
		return set_choice(o, value, err);
	case OPT_NUMBER:
		if (str_to_u64(slice_of(value), INT32_MAX, o->to, NULL) < 0)
			return dw_fail(err, DW_USAGE,
				       "--%s takes a whole number, not '%s'", o->name,
				       value);
		return 0;
	default:
		return dw_fail(err, DW_FAILED, "unknown kind of option");
	}
}

int opt_parse(const struct opt *own, const struct opt *common, int argc, char **argv,
	      int *ret_operands, struct dw_err *err)
{
	int operands = 0, i, r;

	for (i = 0; i < argc; i++) {
		const char *word = argv[i], *equals, *value;
		const struct opt *o;
		struct slice name;

		if (strcmp(word, "--") == 0) {
			i++;
			break;
		}
		if (strcmp(word, "-h") == 0)
			word = "--help";
		if (word[0] != '-' || word[1] == '\0') {
			argv[operands++] = argv[i];
			continue;
		}
		if (word[1] != '-')
			return dw_fail(err, DW_USAGE, "unknown option '%s'; try --help",
				       word);
		word += 2;
		equals = strchr(word, '=');
		name = (struct slice){ word, equals != NULL ? (size_t)(equals - word)
							    : strlen(word) };
		o = find(own, name);
		if (o == NULL)
			o = find(common, name);
		if (o == NULL)
			return dw_fail(err, DW_USAGE, "unknown option '--%s'; try --help",
				       word);
		if (o->kind == OPT_FLAG && equals != NULL)
			return dw_fail(err, DW_USAGE, "--%s takes no value", o->name);
		value = equals != NULL ? equals + 1 : NULL;
		if (o->kind != OPT_FLAG && value == NULL) {
			if (i + 1 >= argc)
				return fail_missing(o, err);
			value = argv[++i];
		}
		r = set(o, value, err);
		if (r < 0)
			return r;
	}
	for (; i < argc; i++)
		argv[operands++] = argv[i];
	*ret_operands = operands;
	return 0;
}

int opt_print(const struct opt *options, struct dw_buf *ret, struct dw_err *err)
{
	int r = 0;

	for (; r == 0 && options->name != NULL; options++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "--%s%s%s", options->name,
			       options->arg != NULL ? " " : "",
			       options->arg != NULL ? options->arg : "");
		r = buf_printf(ret, err, "  %-26s %s", left, options->help);
		for (size_t i = 0;
		     r == 0 && options->choices != NULL && options->choices[i] != NULL;
		     i++)
			r = buf_printf(ret, err, "%s%s", i > 0 ? ", " : ": ",
				       options->choices[i]);
		if (r == 0)
			r = buf_append_str(ret, "\n", err);
	}
	return r;
}
