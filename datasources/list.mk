# SPDX-License-Identifier: Apache-2.0
# Interpreters: one line per platform in the table, in probe order; then the room's own files.

DATASOURCES = \
	datasources/nocloud.c \
	datasources/azure.c \
	# EOL

libdatasources_a_SOURCES = \
	$(DATASOURCES) \
	datasources/cloudconfig.c datasources/cloudconfig.h \
	datasources/collect.c datasources/collect.h \
	datasources/datasource.h \
	datasources/detect.c datasources/detect.h \
	datasources/keys.c datasources/keys.h \
	# EOL

# The table of rows is made from DATASOURCES above: there is no second list to forget.
nodist_libdatasources_a_SOURCES = datasources_table.c
BUILT_SOURCES += datasources_table.c
CLEANFILES += datasources_table.c
dist_noinst_DATA = datasources/table.awk

datasources_table.c: $(srcdir)/datasources/list.mk $(srcdir)/datasources/table.awk
	$(AM_V_GEN)$(AWK) -f $(srcdir)/datasources/table.awk $(srcdir)/datasources/list.mk >$@.new \
		&& mv -f $@.new $@
