/* SPDX-License-Identifier: Apache-2.0 */
/* The verb `detect`: which platform this is, and by which sign. */
#include "base/limits.h"
#include "cmd/flow.h"
#include "cmd/out.h"
#include "cmd/verbs.h"
#include "codec/jsonout.h"

static const struct opt options[] = { { 0 } };

static int run(const struct cmd_env *env, struct dw_err *err)
{
	cleanup_buf struct dw_buf text = BUF_INIT(DW_DOC_MAX);
	cleanup_config struct config config = { 0 };
	cleanup_instance struct instance i;
	struct jsonout j = jsonout_to(&text, err);
	int r;

	instance_init(&i);
	r = config_load(env->root_fd, &config, err);
	if (r == 0)
		r = flow_fetch(&(struct flow_request){ .root = env->root,
						       .is_local = true,
						       .is_detect_only = true,
						       .config = &config },
			       &i, err);
	if (r < 0)
		return r;
	if (env->has_json) {
		jsonout_begin_object(&j, NULL);
		jsonout_text(&j, "platform", field_text(&i.platform));
		jsonout_text(&j, "detected_by", field_text(&i.detected_by));
		jsonout_end_object(&j);
		r = jsonout_finish(&j);
	} else {
		r = buf_printf(&text, err, "%s (%s)\n", field_text(&i.platform),
			       field_text(&i.detected_by));
	}
	if (r == 0)
		r = out_write(&text, err);
	return r;
}

const struct cmd cmd_detect = {
	.name = "detect",
	.operands = "",
	.summary = "tell which platform this machine runs on, and why",
	.help = "Looks at firmware, the kernel command line and labelled media; sends nothing.\n"
		"Exit status 3 when no platform is recognised.",
	.options = options,
	.run = run,
};
