/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the clocks; does arithmetic on deadlines. */
#include "base/clock.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <time.h>

uint64_t clock_now_ms(void)
{
	struct timespec ts = { 0 };

	(void)clock_gettime(CLOCK_BOOTTIME, &ts); /* cannot fail for this clock */
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

int64_t clock_wall_s(void)
{
	return (int64_t)time(NULL);
}

void clock_format_utc(int64_t seconds, char text[static CLOCK_TEXT_MAX])
{
	time_t t = (time_t)seconds;
	struct tm tm = { 0 };

	if (gmtime_r(&t, &tm) == NULL ||
	    strftime(text, CLOCK_TEXT_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		(void)snprintf(text, CLOCK_TEXT_MAX, "1970-01-01T00:00:00Z");
}

struct deadline deadline_after(uint64_t ms)
{
	uint64_t at_ms;

	if (__builtin_add_overflow(clock_now_ms(), ms, &at_ms))
		at_ms = UINT64_MAX;
	return (struct deadline){ at_ms };
}

struct deadline deadline_sooner(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

bool deadline_is_over(struct deadline d)
{
	return clock_now_ms() >= d.at_ms;
}

int deadline_left_ms(struct deadline d)
{
	uint64_t now = clock_now_ms();

	if (now >= d.at_ms)
		return 0;
	return d.at_ms - now > INT_MAX ? INT_MAX : (int)(d.at_ms - now);
}

void clock_sleep_ms(uint64_t ms, struct deadline d)
{
	uint64_t left = (uint64_t)deadline_left_ms(d);
	struct timespec ts;

	if (ms > left)
		ms = left;
	ts = (struct timespec){ .tv_sec = (time_t)(ms / 1000),
				.tv_nsec = (long)(ms % 1000) * 1000000 };
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}
