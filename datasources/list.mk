# datasources: one line per platform in the table, in probe order; then the rooms' own files.
DATASOURCES = \
	datasources/nocloud.c \
	datasources/azure.c \
	# EOL

# What is built: the rows above and the machinery, each once it exists and compiles.
libdatasources_a_SOURCES = \
	# EOL
