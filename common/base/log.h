/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/*
 * Messages on standard error, one line each: "pubsub-pub: MESSAGE". The level is the one global
 * of the program. Control characters in a message, and what turns the direction of writing, are
 * written as '?' (plain.h), so that nothing that came from the network drives the terminal or forges
 * a second line. Where standard error is systemd's
 * journal, the level stands in front, as sd-daemon(3) has it: "<4>pubsub-pub: MESSAGE".
 */
#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARN, LOG_NOTE, LOG_INFO, LOG_DEBUG };

/*
 * @name is borrowed and must stay. Looks whether standard error is the journal. The default level
 * is LOG_NOTE: errors, warnings, notes.
 */
void log_init(const char *name);
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* The name that log_init() was given. */
const char *log_name(void);
void log_say(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Called before each line that is written, to clear the place; NULL: nothing. */
void log_set_before(void (*fn)(void));
/*
 * Each message goes to @take first, without the program's name and made safe as said above; where
 * it says true, it goes nowhere else. NULL: as before.
 */
void log_divert(bool (*take)(enum log_level level, const char *text, void *data), void *data);

#define log_error(...) log_say(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_say(LOG_WARN, __VA_ARGS__)
#define log_note(...) log_say(LOG_NOTE, __VA_ARGS__)
#define log_info(...) log_say(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_say(LOG_DEBUG, __VA_ARGS__)

#endif
