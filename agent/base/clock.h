/* SPDX-License-Identifier: Apache-2.0 */
/* Time as values: a monotonic deadline that is handed down, never read from a global. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Milliseconds on CLOCK_BOOTTIME; counts while suspended, never jumps. */
uint64_t clock_now_ms(void);

/* Seconds since 1970 on the wall clock: for stamps that people read, never for waiting.
 */
int64_t clock_wall_s(void);

/* "2026-01-31T12:00:00Z" for SECONDS, into TEXT. */
#define CLOCK_TEXT_MAX 32
void clock_format_utc(int64_t seconds, char text[static CLOCK_TEXT_MAX]);

struct deadline {
	uint64_t at_ms; /* on clock_now_ms()'s scale */
};

struct deadline deadline_after(uint64_t ms);
struct deadline deadline_sooner(struct deadline a, struct deadline b);
bool deadline_is_over(struct deadline d);
int deadline_left_ms(struct deadline d); /* 0 when over; what poll(2) wants */

/* Sleeps MS, or until the deadline if that is sooner. */
void clock_sleep_ms(uint64_t ms, struct deadline d);
