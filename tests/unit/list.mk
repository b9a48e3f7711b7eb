# SPDX-License-Identifier: Apache-2.0
# Unit tests: tests/unit/<room>/test-<file>.c for agent/<room>/<file>.c.
#
# A new test is three lines (the name with every / and - turned into _):
#
#   unit_tests += tests/unit/base/test-buf
#   tests_unit_base_test_buf_SOURCES = tests/unit/base/test-buf.c
#   tests_unit_base_test_buf_LDADD = $(LINK_base)
#
# $(LINK_<room>) is that room's archive, those it stands on, and cmocka: a test which needs
# a higher room does not link. One cmocka group a program (it prints one TAP plan).
# A test with a reason to use calls forbidden by base/banned.h adds a fourth line:
#   tests_unit_base_test_buf_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests =

unit_tests += tests/unit/base/test-sandbox
tests_unit_base_test_sandbox_SOURCES = tests/unit/base/test-sandbox.c
tests_unit_base_test_sandbox_LDADD = $(LINK_base)

unit_tests += tests/unit/model/test-state
tests_unit_model_test_state_SOURCES = tests/unit/model/test-state.c
tests_unit_model_test_state_LDADD = $(LINK_model)

unit_tests += tests/unit/plan/test-plan_hostkeys
tests_unit_plan_test_plan_hostkeys_SOURCES = tests/unit/plan/test-plan_hostkeys.c
tests_unit_plan_test_plan_hostkeys_LDADD = $(LINK_plan)

unit_tests += tests/unit/plan/test-plan_keys
tests_unit_plan_test_plan_keys_SOURCES = tests/unit/plan/test-plan_keys.c
tests_unit_plan_test_plan_keys_LDADD = $(LINK_plan)

unit_tests += tests/unit/base/test-err
tests_unit_base_test_err_SOURCES = tests/unit/base/test-err.c
tests_unit_base_test_err_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-mem
tests_unit_base_test_mem_SOURCES = tests/unit/base/test-mem.c
tests_unit_base_test_mem_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-buf
tests_unit_base_test_buf_SOURCES = tests/unit/base/test-buf.c
tests_unit_base_test_buf_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-index
tests_unit_base_test_index_SOURCES = tests/unit/base/test-index.c
tests_unit_base_test_index_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-clock
tests_unit_base_test_clock_SOURCES = tests/unit/base/test-clock.c
tests_unit_base_test_clock_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-log
tests_unit_base_test_log_SOURCES = tests/unit/base/test-log.c
tests_unit_base_test_log_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-str
tests_unit_base_test_str_SOURCES = tests/unit/base/test-str.c
tests_unit_base_test_str_LDADD = $(LINK_base)

unit_tests += tests/unit/base/test-fd
tests_unit_base_test_fd_SOURCES = tests/unit/base/test-fd.c
tests_unit_base_test_fd_LDADD = $(LINK_base)

unit_tests += tests/unit/reach/test-ask
tests_unit_reach_test_ask_SOURCES = tests/unit/reach/test-ask.c
tests_unit_reach_test_ask_LDADD = $(LINK_reach)

unit_tests += tests/unit/reach/test-facts-read
tests_unit_reach_test_facts_read_SOURCES = tests/unit/reach/test-facts-read.c tests/unit/reach/tree.h
tests_unit_reach_test_facts_read_LDADD = $(LINK_reach)

unit_tests += tests/unit/reach/test-http
tests_unit_reach_test_http_SOURCES = tests/unit/reach/test-http.c
tests_unit_reach_test_http_LDADD = $(LINK_reach)

unit_tests += tests/unit/reach/test-media
tests_unit_reach_test_media_SOURCES = tests/unit/reach/test-media.c tests/unit/reach/tree.h
tests_unit_reach_test_media_LDADD = $(LINK_reach)

unit_tests += tests/unit/codec/test-value
tests_unit_codec_test_value_SOURCES = tests/unit/codec/test-value.c
tests_unit_codec_test_value_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-yaml
tests_unit_codec_test_yaml_SOURCES = tests/unit/codec/test-yaml.c
tests_unit_codec_test_yaml_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-json
tests_unit_codec_test_json_SOURCES = tests/unit/codec/test-json.c
tests_unit_codec_test_json_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-xml
tests_unit_codec_test_xml_SOURCES = tests/unit/codec/test-xml.c
tests_unit_codec_test_xml_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-mime
tests_unit_codec_test_mime_SOURCES = tests/unit/codec/test-mime.c
tests_unit_codec_test_mime_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-gunzip
tests_unit_codec_test_gunzip_SOURCES = tests/unit/codec/test-gunzip.c
tests_unit_codec_test_gunzip_LDADD = $(LINK_codec)

unit_tests += tests/unit/model/test-field
tests_unit_model_test_field_SOURCES = tests/unit/model/test-field.c
tests_unit_model_test_field_LDADD = $(LINK_model)

unit_tests += tests/unit/model/test-instance
tests_unit_model_test_instance_SOURCES = tests/unit/model/test-instance.c
tests_unit_model_test_instance_LDADD = $(LINK_model)

unit_tests += tests/unit/model/test-validate
tests_unit_model_test_validate_SOURCES = tests/unit/model/test-validate.c
tests_unit_model_test_validate_LDADD = $(LINK_model)

unit_tests += tests/unit/model/test-record
tests_unit_model_test_record_SOURCES = tests/unit/model/test-record.c
tests_unit_model_test_record_LDADD = $(LINK_model)

unit_tests += tests/unit/model/test-payload
tests_unit_model_test_payload_SOURCES = tests/unit/model/test-payload.c
tests_unit_model_test_payload_LDADD = $(LINK_model)

unit_tests += tests/unit/model/test-facts
tests_unit_model_test_facts_SOURCES = tests/unit/model/test-facts.c
tests_unit_model_test_facts_LDADD = $(LINK_model)

unit_tests += tests/unit/datasources/test-detect
tests_unit_datasources_test_detect_SOURCES = tests/unit/datasources/test-detect.c
tests_unit_datasources_test_detect_LDADD = $(LINK_datasources)

unit_tests += tests/unit/datasources/test-collect
tests_unit_datasources_test_collect_SOURCES = tests/unit/datasources/test-collect.c
tests_unit_datasources_test_collect_LDADD = $(LINK_datasources)

unit_tests += tests/unit/datasources/test-keys
tests_unit_datasources_test_keys_SOURCES = tests/unit/datasources/test-keys.c
tests_unit_datasources_test_keys_LDADD = $(LINK_datasources)

unit_tests += tests/unit/datasources/test-cloudconfig
tests_unit_datasources_test_cloudconfig_SOURCES = tests/unit/datasources/test-cloudconfig.c
tests_unit_datasources_test_cloudconfig_LDADD = $(LINK_datasources)

unit_tests += tests/unit/codec/test-base64
tests_unit_codec_test_base64_SOURCES = tests/unit/codec/test-base64.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_base64_LDADD = $(LINK_codec)
tests_unit_codec_test_base64_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-keymath
tests_unit_codec_test_keymath_SOURCES = tests/unit/codec/test-keymath.c
tests_unit_codec_test_keymath_LDADD = $(LINK_codec)

unit_tests += tests/unit/codec/test-sshpub
tests_unit_codec_test_sshpub_SOURCES = tests/unit/codec/test-sshpub.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_sshpub_LDADD = $(LINK_codec)
tests_unit_codec_test_sshpub_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-file
tests_unit_apply_test_file_SOURCES = tests/unit/apply/test-file.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_file_LDADD = $(LINK_apply)
tests_unit_apply_test_file_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-label
tests_unit_apply_test_label_SOURCES = tests/unit/apply/test-label.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_label_LDADD = $(LINK_apply)
tests_unit_apply_test_label_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-spawn
tests_unit_apply_test_spawn_SOURCES = tests/unit/apply/test-spawn.c
tests_unit_apply_test_spawn_LDADD = $(LINK_apply)
tests_unit_apply_test_spawn_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-user
tests_unit_apply_test_user_SOURCES = tests/unit/apply/test-user.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_user_LDADD = $(LINK_apply)
tests_unit_apply_test_user_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-userfile
tests_unit_apply_test_userfile_SOURCES = tests/unit/apply/test-userfile.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_userfile_LDADD = $(LINK_apply)
tests_unit_apply_test_userfile_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/observe/test-accounts
tests_unit_observe_test_accounts_SOURCES = tests/unit/observe/test-accounts.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_observe_test_accounts_LDADD = $(LINK_observe)
tests_unit_observe_test_accounts_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/observe/test-hostkeys
tests_unit_observe_test_hostkeys_SOURCES = tests/unit/observe/test-hostkeys.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_observe_test_hostkeys_LDADD = $(LINK_observe)
tests_unit_observe_test_hostkeys_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/observe/test-observed
tests_unit_observe_test_observed_SOURCES = tests/unit/observe/test-observed.c
tests_unit_observe_test_observed_LDADD = $(LINK_observe)
tests_unit_observe_test_observed_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/observe/test-system
tests_unit_observe_test_system_SOURCES = tests/unit/observe/test-system.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_observe_test_system_LDADD = $(LINK_observe)
tests_unit_observe_test_system_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-certkey
tests_unit_codec_test_certkey_SOURCES = tests/unit/codec/test-certkey.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_certkey_LDADD = $(LINK_codec)
tests_unit_codec_test_certkey_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-fingerprint
tests_unit_codec_test_fingerprint_SOURCES = tests/unit/codec/test-fingerprint.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_fingerprint_LDADD = $(LINK_codec)
tests_unit_codec_test_fingerprint_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-hostkey
tests_unit_codec_test_hostkey_SOURCES = tests/unit/codec/test-hostkey.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_hostkey_LDADD = $(LINK_codec)
tests_unit_codec_test_hostkey_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-keyvalue
tests_unit_codec_test_keyvalue_SOURCES = tests/unit/codec/test-keyvalue.c \
	tests/unit/codec/tool.h
tests_unit_codec_test_keyvalue_LDADD = $(LINK_codec)
tests_unit_codec_test_keyvalue_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-sshoption
tests_unit_codec_test_sshoption_SOURCES = tests/unit/codec/test-sshoption.c
tests_unit_codec_test_sshoption_LDADD = $(LINK_codec)

unit_tests += tests/unit/observe/test-files
tests_unit_observe_test_files_SOURCES = tests/unit/observe/test-files.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_observe_test_files_LDADD = $(LINK_observe)
tests_unit_observe_test_files_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/plan/test-op
tests_unit_plan_test_op_SOURCES = tests/unit/plan/test-op.c
tests_unit_plan_test_op_LDADD = $(LINK_plan)

unit_tests += tests/unit/plan/test-plan
tests_unit_plan_test_plan_SOURCES = tests/unit/plan/test-plan.c
tests_unit_plan_test_plan_LDADD = $(LINK_plan)

unit_tests += tests/unit/plan/test-plan_machine
tests_unit_plan_test_plan_machine_SOURCES = tests/unit/plan/test-plan_machine.c
tests_unit_plan_test_plan_machine_LDADD = $(LINK_plan)

unit_tests += tests/unit/publish/test-console
tests_unit_publish_test_console_SOURCES = tests/unit/publish/test-console.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h tests/unit/codec/tool.h
tests_unit_publish_test_console_LDADD = $(LINK_publish)
tests_unit_publish_test_console_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/publish/test-state
tests_unit_publish_test_state_SOURCES = tests/unit/publish/test-state.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_publish_test_state_LDADD = $(LINK_publish) $(JSON_LIBS)
tests_unit_publish_test_state_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/codec/test-jsonout
tests_unit_codec_test_jsonout_SOURCES = tests/unit/codec/test-jsonout.c tests/unit/codec/tool.h
tests_unit_codec_test_jsonout_LDADD = $(LINK_codec)
tests_unit_codec_test_jsonout_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/cmd/test-opt
tests_unit_cmd_test_opt_SOURCES = tests/unit/cmd/test-opt.c
tests_unit_cmd_test_opt_LDADD = $(LINK_cmd)
tests_unit_cmd_test_opt_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/cmd/test-config
tests_unit_cmd_test_config_SOURCES = tests/unit/cmd/test-config.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_cmd_test_config_LDADD = $(LINK_cmd)
tests_unit_cmd_test_config_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/cmd/test-saved
tests_unit_cmd_test_saved_SOURCES = tests/unit/cmd/test-saved.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_cmd_test_saved_LDADD = $(LINK_cmd)
tests_unit_cmd_test_saved_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/cmd/test-table
tests_unit_cmd_test_table_SOURCES = tests/unit/cmd/test-table.c
tests_unit_cmd_test_table_LDADD = $(LINK_cmd)

unit_tests += tests/unit/cmd/test-out
tests_unit_cmd_test_out_SOURCES = tests/unit/cmd/test-out.c
tests_unit_cmd_test_out_LDADD = $(LINK_cmd) $(JSON_LIBS)

unit_tests += tests/unit/apply/test-hostkey
tests_unit_apply_test_hostkey_SOURCES = tests/unit/apply/test-hostkey.c tests/unit/codec/tool.h \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_hostkey_LDADD = $(LINK_apply)
tests_unit_apply_test_hostkey_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/apply/test-apply
tests_unit_apply_test_apply_SOURCES = tests/unit/apply/test-apply.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_apply_test_apply_LDADD = $(LINK_apply)
tests_unit_apply_test_apply_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

unit_tests += tests/unit/cmd/test-flow
tests_unit_cmd_test_flow_SOURCES = tests/unit/cmd/test-flow.c \
	tests/harness/fakeroot.c tests/harness/fakeroot.h
tests_unit_cmd_test_flow_LDADD = $(LINK_cmd)
tests_unit_cmd_test_flow_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED
