# SPDX-License-Identifier: Apache-2.0
# Tests above the unit level: case runners, command line scripts, lints.
#
#   test_programs += tests/run-plan      a runner: _SOURCES and _LDADD as in unit/list.mk
#   test_scripts += tests/cli/query.sh   a script in sh or bash, or .py
#
# Scripts speak TAP (". $DW_SRCDIR/tests/harness/tap.sh" helps); one that prints no TAP counts
# as a single test by its exit status, 77 = skipped, and must then say why on its last line.
# They find: $DW_SRCDIR and $DW_BUILDDIR (absolute), $DOORWARD and $DOORWARD_FETCH.

test_programs =

# Programs that scripts drive; built for them, not run by themselves.
test_helpers =

test_scripts =

test_helpers += tests/harness/http-get
tests_harness_http_get_SOURCES = tests/harness/http-get.c
tests_harness_http_get_LDADD = $(reach_libs)
test_scripts += tests/cli/http.py

test_scripts += \
	tests/packaging/completion.sh \
	tests/packaging/exposure.sh \
	tests/packaging/manual.sh

test_helpers += tests/harness/drive
tests_harness_drive_SOURCES = tests/harness/drive.c
tests_harness_drive_LDADD = $(apply_libs)
tests_harness_drive_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

test_helpers += tests/harness/drive-hostkey
tests_harness_drive_hostkey_SOURCES = tests/harness/drive-hostkey.c
tests_harness_drive_hostkey_LDADD = $(apply_libs)

test_helpers += tests/harness/killat
tests_harness_killat_SOURCES = tests/harness/killat.c
tests_harness_killat_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

test_helpers += tests/harness/race
tests_harness_race_SOURCES = tests/harness/race.c
tests_harness_race_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED

test_programs += tests/run-datasource
tests_run_datasource_SOURCES = tests/run-datasource.c
tests_run_datasource_CPPFLAGS = $(AM_CPPFLAGS) -DDW_ALLOW_BANNED
tests_run_datasource_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
tests_run_datasource_LDADD = $(datasources_libs)
test_scripts += tests/datasources/torture.sh tests/datasources/wire.sh

test_helpers += tests/harness/media-open
tests_harness_media_open_SOURCES = tests/harness/media-open.c
tests_harness_media_open_LDADD = $(reach_libs)
test_scripts += tests/cli/fetch.sh tests/root/media.sh tests/root/walls.sh
test_scripts += tests/cli/provision.sh
test_scripts += tests/cli/verbs.sh
test_scripts += tests/cli/fingerprints.sh
test_scripts += tests/cli/hostkeys.sh
test_scripts += tests/cli/convert.sh
test_scripts += tests/cli/query.sh
test_scripts += tests/cli/status.sh
test_scripts += tests/cli/detect.sh
