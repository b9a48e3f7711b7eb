/* SPDX-License-Identifier: Apache-2.0 */
/* The one function a fuzz target defines; libFuzzer or replay.c calls it. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/*
 * Feed one input to the code under test. The bytes are borrowed and must not be changed.
 * Returns 0; anything that is wrong ends the process (assertion, sanitizer, signal).
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
