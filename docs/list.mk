# SPDX-License-Identifier: Apache-2.0
# Manual pages, one a verb and one a file format; automake installs them by section.

dist_man_MANS = \
	docs/man/doorward-convert.8 \
	docs/man/doorward-detect.8 \
	docs/man/doorward-fetch.8 \
	docs/man/doorward-fingerprints.8 \
	docs/man/doorward-hostkeys.8 \
	docs/man/doorward-provision.8 \
	docs/man/doorward-query.8 \
	docs/man/doorward-status.8 \
	docs/man/doorward.8 \
	docs/man/doorward.yaml.5 \
	# EOL
