/* SPDX-License-Identifier: Apache-2.0 */
/* Facts against the table: which platform, and why; or none; or a contradiction. */
#pragma once

#include "datasources/datasource.h"

#define DETECT_WHY_MAX 256

/*
 * The scale of a row's detect(), and of a claim as a whole:
 *
 *	100      the platform is named: "ds=nocloud" in the DMI serial number, or ds=,
 *ci.ds= or ci.datasource= on the kernel command line. Only detect_platform() gives it.
 *	50..99   a sign that nothing else carries: a chassis asset tag, a labelled medium,
 *a seed directory that holds its files. 1..49    a hint (a vendor who also makes other
 *things): it loses quietly to any sign.
 *
 * A sign is never overruled, not even by a name: whoever can attach a disk labelled
 *cidata to an Azure machine must not thereby become its owner, and a machine that was
 *moved must not be provisioned from what it left behind. Two rows at 50 or more are a
 *contradiction, and so is a name that no row answers to beside a sign of another
 *platform.
 */
#define DETECT_NAMED	100
#define DETECT_SIGN	90
#define DETECT_SIGN_MIN 50

struct detection {
	const struct datasource *row;
	char why[DETECT_WHY_MAX];
};

/*
 * Pure. The highest claim wins. DW_NOT_HERE when no row matches; DW_CONFLICT when two
 * rows have a sign, or when the two best claims are equal: the message names both rows,
 * both signs, and the way out, which is to say the name in doorward.yaml ("datasource:")
 * or with --datasource.
 */
int detect_platform(const struct facts *facts, struct detection *ret, struct dw_err *err)
	must_check;

/*
 * The words after "ds=" in the DMI serial number, up to the next blank:
 * "nocloud;h=web1;s=/seed". False when there is no such word. Borrowed from FACTS.
 */
bool detect_serial_words(const struct facts *facts, struct slice *ret);
