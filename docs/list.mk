# SPDX-License-Identifier: Apache-2.0
# Manual pages, one a verb and one a file format; automake installs them by section.

dist_man_MANS = \
	# EOL
