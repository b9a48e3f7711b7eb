# SPDX-License-Identifier: Apache-2.0
# agent/base: foundation; libc only. One file per line.
libbase_a_SOURCES = \
	agent/base/banned.h \
	agent/base/buf.c agent/base/buf.h \
	agent/base/clock.c agent/base/clock.h \
	agent/base/err.c agent/base/err.h \
	agent/base/fd.c agent/base/fd.h \
	agent/base/index.c agent/base/index.h \
	agent/base/limits.h \
	agent/base/log.c agent/base/log.h \
	agent/base/macros.h \
	agent/base/mem.c agent/base/mem.h \
	agent/base/sandbox.c agent/base/sandbox.h \
	agent/base/str.c agent/base/str.h \
	# EOL
