# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: tests/fuzz/fuzz-<codec>.c defines LLVMFuzzerTestOneInput (fuzz.h).
#
# A new target is three lines and a folder of seeds, tests/fuzz/corpus/<codec>/:
#
#   fuzz_targets += tests/fuzz/fuzz-json
#   tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c $(FUZZ_MAIN)
#   tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(codec_libs)
#
# "make check" replays the corpus (replay.c); "./dev fuzz json 60" searches with libFuzzer.

fuzz_targets =

fuzz_targets += tests/fuzz/fuzz-datasource
tests_fuzz_fuzz_datasource_SOURCES = tests/fuzz/fuzz-datasource.c $(FUZZ_MAIN)
tests_fuzz_fuzz_datasource_LDADD = $(FUZZ_LIBS) $(datasources_libs)

fuzz_targets += tests/fuzz/fuzz-facts
tests_fuzz_fuzz_facts_SOURCES = tests/fuzz/fuzz-facts.c $(FUZZ_MAIN)
tests_fuzz_fuzz_facts_LDADD = $(FUZZ_LIBS) $(model_libs)

fuzz_targets += tests/fuzz/fuzz-gunzip
tests_fuzz_fuzz_gunzip_SOURCES = tests/fuzz/fuzz-gunzip.c $(FUZZ_MAIN)
tests_fuzz_fuzz_gunzip_LDADD = $(FUZZ_LIBS) $(codec_libs)

fuzz_targets += tests/fuzz/fuzz-json
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/fuzz-value.h $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(codec_libs)

fuzz_targets += tests/fuzz/fuzz-mime
tests_fuzz_fuzz_mime_SOURCES = tests/fuzz/fuzz-mime.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mime_LDADD = $(FUZZ_LIBS) $(codec_libs)

fuzz_targets += tests/fuzz/fuzz-record
tests_fuzz_fuzz_record_SOURCES = tests/fuzz/fuzz-record.c $(FUZZ_MAIN)
tests_fuzz_fuzz_record_LDADD = $(FUZZ_LIBS) $(model_libs)

fuzz_targets += tests/fuzz/fuzz-xml
tests_fuzz_fuzz_xml_SOURCES = tests/fuzz/fuzz-xml.c $(FUZZ_MAIN)
tests_fuzz_fuzz_xml_LDADD = $(FUZZ_LIBS) $(codec_libs)

fuzz_targets += tests/fuzz/fuzz-yaml
tests_fuzz_fuzz_yaml_SOURCES = tests/fuzz/fuzz-yaml.c tests/fuzz/fuzz-value.h $(FUZZ_MAIN)
tests_fuzz_fuzz_yaml_LDADD = $(FUZZ_LIBS) $(codec_libs)

fuzz_targets += tests/fuzz/fuzz-base64
tests_fuzz_fuzz_base64_SOURCES = tests/fuzz/fuzz-base64.c $(FUZZ_MAIN)
tests_fuzz_fuzz_base64_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-certkey
tests_fuzz_fuzz_certkey_SOURCES = tests/fuzz/fuzz-certkey.c $(FUZZ_MAIN)
tests_fuzz_fuzz_certkey_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-hostkey
tests_fuzz_fuzz_hostkey_SOURCES = tests/fuzz/fuzz-hostkey.c $(FUZZ_MAIN)
tests_fuzz_fuzz_hostkey_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-keyvalue
tests_fuzz_fuzz_keyvalue_SOURCES = tests/fuzz/fuzz-keyvalue.c $(FUZZ_MAIN)
tests_fuzz_fuzz_keyvalue_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-sshpub
tests_fuzz_fuzz_sshpub_SOURCES = tests/fuzz/fuzz-sshpub.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sshpub_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-state
tests_fuzz_fuzz_state_SOURCES = tests/fuzz/fuzz-state.c $(FUZZ_MAIN)
tests_fuzz_fuzz_state_LDADD = $(FUZZ_LIBS) $(model_libs)

fuzz_targets += tests/fuzz/fuzz-sshoption
tests_fuzz_fuzz_sshoption_SOURCES = tests/fuzz/fuzz-sshoption.c $(FUZZ_MAIN)
tests_fuzz_fuzz_sshoption_LDADD = $(FUZZ_LIBS) $(LINK_codec)

fuzz_targets += tests/fuzz/fuzz-mergekeys
tests_fuzz_fuzz_mergekeys_SOURCES = tests/fuzz/fuzz-mergekeys.c $(FUZZ_MAIN)
tests_fuzz_fuzz_mergekeys_LDADD = $(FUZZ_LIBS) $(plan_libs)

fuzz_targets += tests/fuzz/fuzz-http-date
tests_fuzz_fuzz_http_date_SOURCES = tests/fuzz/fuzz-http-date.c $(FUZZ_MAIN)
tests_fuzz_fuzz_http_date_LDADD = $(FUZZ_LIBS) $(reach_libs)

fuzz_targets += tests/fuzz/fuzz-accounts
tests_fuzz_fuzz_accounts_SOURCES = tests/fuzz/fuzz-accounts.c tests/fuzz/fuzz-tree.h \
	tests/harness/fakeroot.c tests/harness/fakeroot.h $(FUZZ_MAIN)
tests_fuzz_fuzz_accounts_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED
tests_fuzz_fuzz_accounts_LDADD = $(FUZZ_LIBS) $(observe_libs)

fuzz_targets += tests/fuzz/fuzz-config
tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz-config.c tests/fuzz/fuzz-tree.h \
	tests/harness/fakeroot.c tests/harness/fakeroot.h $(FUZZ_MAIN)
tests_fuzz_fuzz_config_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED
tests_fuzz_fuzz_config_LDADD = $(FUZZ_LIBS) $(cmd_libs)
