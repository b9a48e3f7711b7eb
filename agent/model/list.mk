# SPDX-License-Identifier: Apache-2.0
# Plain data and its rules: what all rooms share.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libmodel_a_SOURCES = \
	agent/model/facts.c \
	agent/model/facts.h \
	agent/model/field.c \
	agent/model/field.h \
	agent/model/instance.c \
	agent/model/instance.h \
	agent/model/payload.c \
	agent/model/payload.h \
	agent/model/record.c \
	agent/model/record.h \
	agent/model/state.c \
	agent/model/state.h \
	agent/model/validate.c \
	agent/model/validate.h \
	# EOL
