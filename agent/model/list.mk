# SPDX-License-Identifier: Apache-2.0
# Plain data and its rules: what all rooms share.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libmodel_a_SOURCES = \
	agent/model/state.c \
	agent/model/state.h \
	# EOL
