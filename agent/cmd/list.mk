# SPDX-License-Identifier: Apache-2.0
# The doors: one file a verb, one table.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libcmd_a_SOURCES = \
	agent/cmd/cmd.h \
	agent/cmd/config.c \
	agent/cmd/config.h \
	agent/cmd/convert.c \
	agent/cmd/detect.c \
	agent/cmd/fingerprints.c \
	agent/cmd/flow.c \
	agent/cmd/flow.h \
	agent/cmd/hostkeys.c \
	agent/cmd/opt.c \
	agent/cmd/opt.h \
	agent/cmd/out.c \
	agent/cmd/out.h \
	agent/cmd/provision.c \
	agent/cmd/query.c \
	agent/cmd/saved.c \
	agent/cmd/saved.h \
	agent/cmd/status.c \
	agent/cmd/table.c \
	agent/cmd/verbs.h \
	# EOL
