# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: tests/fuzz/fuzz-<codec>.c defines LLVMFuzzerTestOneInput (fuzz.h).
#
# A new target is three lines and a folder of seeds, tests/fuzz/corpus/<codec>/:
#
#   fuzz_targets += tests/fuzz/fuzz-json
#   tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c $(FUZZ_MAIN)
#   tests_fuzz_fuzz_json_LDADD = $(FUZZ_LIBS) $(LINK_codec)
#
# "make check" replays the corpus (replay.c); "./dev fuzz json 60" searches with libFuzzer.

fuzz_targets =
