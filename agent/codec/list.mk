# SPDX-License-Identifier: Apache-2.0
# Translators: bytes to values and back, pure.
# One file a line, sorted, .c and .h alike, paths from the top; the list ends in "# EOL" so
# that an addition is a one-line diff. A file is listed once it exists and compiles.

libcodec_a_SOURCES = \
	agent/codec/base64.c \
	agent/codec/base64.h \
	agent/codec/certkey.c \
	agent/codec/certkey.h \
	agent/codec/fingerprint.c \
	agent/codec/fingerprint.h \
	agent/codec/gunzip.c \
	agent/codec/gunzip.h \
	agent/codec/hostkey.c \
	agent/codec/hostkey.h \
	agent/codec/json.c \
	agent/codec/json.h \
	agent/codec/jsonout.c \
	agent/codec/jsonout.h \
	agent/codec/keymath.c \
	agent/codec/keymath.h \
	agent/codec/keyvalue.c \
	agent/codec/keyvalue.c agent/codec/keyvalue.h \
	agent/codec/keyvalue.h \
	agent/codec/mime.c \
	agent/codec/mime.h \
	agent/codec/sshoption.c \
	agent/codec/sshoption.h \
	agent/codec/sshpub.c \
	agent/codec/sshpub.h \
	agent/codec/value.c \
	agent/codec/value.h \
	agent/codec/xml.c \
	agent/codec/xml.h \
	agent/codec/yaml.c \
	agent/codec/yaml.h \
	# EOL
