# SPDX-License-Identifier: Apache-2.0
# The front desk: renders bytes for the audiences of a run.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libpublish_a_SOURCES = \
	agent/publish/console.c \
	agent/publish/publish.h \
	agent/publish/state.c \
	# EOL
