/* SPDX-License-Identifier: Apache-2.0 */
/* Arithmetic that judges the numbers of a public key: factors, faulty generators, points.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"

/*
 * Numbers are big-endian bytes as they stand in an SSH blob. Pure, no allocation, some
 * microseconds at most; public values only, so nothing here hides its timing.
 */

#define KEYMATH_RSA_BITS_MAX 16384 /* larger numbers are answered with false */

/* The smallest prime from 3 to 997 that divides N, or 0: a modulus with such a factor is
 * broken. */
unsigned keymath_small_factor(struct slice n);

/*
 * Does the modulus N bear the mark of the generator of CVE-2017-15361 ("ROCA"), whose
 * keys can be factored? One sound modulus in a thousand million does too.
 */
bool keymath_is_roca(struct slice n);

/*
 * Is the 32-byte point one with which anybody can sign (order 1, 2, 4 or 8), or one
 * written in a way that RFC 8032 forbids (y not below 2^255 - 19)?
 */
bool keymath_is_bad_ed25519(struct slice point);

/*
 * Does 04 X Y satisfy the equation of the curve over 256, 384 or 521 BITS (FIPS 186-4,
 * D.1.2), with both coordinates below the prime? False too for another length, form or
 * number of bits.
 */
bool keymath_is_on_curve(unsigned bits, struct slice point);
