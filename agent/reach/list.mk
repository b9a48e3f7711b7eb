# SPDX-License-Identifier: Apache-2.0
# The gatehouse: the only code that looks outside.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libreach_a_SOURCES = \
	agent/reach/ask.c agent/reach/ask.h \
	agent/reach/facts_read.c agent/reach/facts_read.h \
	agent/reach/http.c agent/reach/http.h \
	agent/reach/media.c agent/reach/media.h \
	# EOL
