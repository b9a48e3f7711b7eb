# SPDX-License-Identifier: Apache-2.0
# The doors: one file a verb, one table.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libcmd_a_SOURCES = \
	# EOL
