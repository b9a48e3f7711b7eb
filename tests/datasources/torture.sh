#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every case again and again, each time with the next allocation failing: an error, never a crash
# or half a record.
exec "$DW_BUILDDIR/tests/run-datasource" --fail-alloc
