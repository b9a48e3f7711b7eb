# SPDX-License-Identifier: Apache-2.0
# Inspection: what is, read-only, beneath a root descriptor.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libobserve_a_SOURCES = \
	agent/observe/accounts.c \
	agent/observe/files.c \
	agent/observe/hostkeys.c \
	agent/observe/observed.c \
	agent/observe/observed.h \
	agent/observe/parts.h \
	agent/observe/system.c \
	# EOL
