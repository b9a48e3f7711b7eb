# SPDX-License-Identifier: Apache-2.0
# The drawing office: desired minus actual, pure.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libplan_a_SOURCES = \
	agent/plan/op.c \
	agent/plan/op.h \
	agent/plan/plan.c \
	agent/plan/plan.h \
	agent/plan/plan_hostkeys.c \
	agent/plan/plan_keys.c \
	agent/plan/plan_machine.c \
	# EOL
