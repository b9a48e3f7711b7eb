/* SPDX-License-Identifier: Apache-2.0 */
/* Turns calls that have no safe use here into compile errors; included by force, before
 * anything. */
#pragma once

/*
 * System headers are read first, so that only calls are caught, never the declarations.
 * A file with a reason defines DW_ALLOW_FILES (it may open and create: base/fd.c and
 * apply/), DW_ALLOW_ENV (main only) or DW_ALLOW_BANNED (tests) on its compiler command
 * line or on top.
 */
#ifndef DW_ALLOW_BANNED

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#pragma GCC poison strcpy strcat strncpy strncat stpcpy
#pragma GCC poison sprintf vsprintf gets scanf sscanf fscanf
#pragma GCC poison strtok strtok_r
#pragma GCC poison atoi atol atoll atof strtol strtoll strtoul strtoull
#pragma GCC poison gmtime localtime ctime asctime
#pragma GCC poison mktemp tmpnam tempnam tmpfile
#pragma GCC poison system popen
#pragma GCC poison chdir

#endif
