# SPDX-License-Identifier: Apache-2.0
# Interpreters: one line per platform in the table, in probe order; then the room's own files.

DATASOURCES = \
	datasources/nocloud.c \
	datasources/azure.c \
	# EOL

libdatasources_a_SOURCES = \
	datasources/collect.c datasources/collect.h \
	datasources/datasource.h \
	datasources/detect.c datasources/detect.h \
	# EOL
