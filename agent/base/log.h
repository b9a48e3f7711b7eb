/* SPDX-License-Identifier: Apache-2.0 */
/* One line per event on stderr: levels, journal prefixes, and no byte that a terminal
 * would obey. */
#pragma once

#include "base/err.h"

/*
 * Rooms below cmd/ log at debug only: a failure travels as struct dw_err and is told
 * once, by cmd/. notice: the machine changed; info: a decision; debug: evidence. Formats
 * carry no newline. Key material is logged as fingerprint, secrets never.
 */
enum log_level { LOG_ERR_, LOG_WARNING_, LOG_NOTICE_, LOG_INFO_, LOG_DEBUG_ };

/* Called once by main(): what to show, and whether stderr is the journal (gives <n>
 * prefixes). */
void log_init(enum log_level max, bool is_journal);
bool log_is_shown(enum log_level level);

void log_at(enum log_level level, const char *fmt, ...) printf_like(2, 3);

#define log_error(...)	 log_at(LOG_ERR_, __VA_ARGS__)
#define log_warning(...) log_at(LOG_WARNING_, __VA_ARGS__)
#define log_notice(...)	 log_at(LOG_NOTICE_, __VA_ARGS__)
#define log_info(...)	 log_at(LOG_INFO_, __VA_ARGS__)
#define log_debug(...)                                   \
	do {                                             \
		if (log_is_shown(LOG_DEBUG_))            \
			log_at(LOG_DEBUG_, __VA_ARGS__); \
	} while (0)
