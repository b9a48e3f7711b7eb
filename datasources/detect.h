/* SPDX-License-Identifier: Apache-2.0 */
/* Facts against the table: which platform, and why; or none; or a contradiction. */
#pragma once

#include "datasources/datasource.h"

#define DETECT_WHY_MAX 256

struct detection {
	const struct datasource *row;
	char why[DETECT_WHY_MAX];
};

/*
 * Pure. The highest score wins. DW_NOT_HERE when no row matches; DW_CONFLICT when the two best are
 * equal, or when FACTS name a platform explicitly (ds= on the command line or in the serial
 * number) that firmware contradicts: the message names both rows and both signs.
 */
int detect_platform(const struct facts *facts, struct detection *ret, struct dw_err *err) must_check;
