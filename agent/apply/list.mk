# SPDX-License-Identifier: Apache-2.0
# The workshop: the only room with tools that change the machine.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libapply_a_SOURCES = \
	agent/apply/apply.c \
	agent/apply/apply.h \
	agent/apply/file.c \
	agent/apply/file.h \
	agent/apply/hostkey.c \
	agent/apply/hostkey.h \
	agent/apply/label.c \
	agent/apply/label.h \
	agent/apply/spawn.c \
	agent/apply/spawn.h \
	agent/apply/user.c \
	agent/apply/user.h \
	agent/apply/userfile.c \
	agent/apply/userfile.h \
	# EOL
