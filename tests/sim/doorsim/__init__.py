# SPDX-License-Identifier: Apache-2.0
# The metadata simulator: an HTTP server core, a table of faults, and one file per cloud.
