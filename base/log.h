/* log.h - lines for the operator, text or JSON.
 *
 * Lines are gathered in each thread, handed to a bounded queue and written by one thread of the
 * log's own: no worker ever waits for a disk, a pipe or syslog. A thread's lines are handed over by
 * log_flush(), when about 64 KiB have gathered, and at once with a warning or an error; a thread that
 * has never called log_flush() (the main thread before its loop) gathers nothing. When the writer
 * cannot keep up, lines are dropped and counted, and the log says how many. A line ends at 8 KiB.
 *
 * Bytes that came from a peer are passed as fields or "%s"/"%.*s" and escaped here: control bytes,
 * and what is not UTF-8, as \xNN (JSON: as \u00NN). Never pass a token, a secret or an attribute value.
 * Thread   log_open, log_reopen, log_close: the main thread. The rest: any. */
#ifndef SG_LOG_H
#define SG_LOG_H

#include "base/buffer.h"

#define LOG_LEVELS(X) X(DEBUG, "debug") X(INFO, "info") X(WARN, "warn") X(ERROR, "error")
enum log_level {
#define LOG_LEVEL(name, text) LOG_##name,
	LOG_LEVELS(LOG_LEVEL)
#undef LOG_LEVEL
};

enum log_format { LOG_TEXT, LOG_JSON };

/* to is "stderr", "syslog" (lines as they are elsewhere, their time included: syslog's own may be
 * coarser) or a path, which is appended to. Before it is called, and after
 * log_close(), lines go to stderr at once. SG_ESYSTEM (errno), SG_ENOMEM. May be called again to
 * change all of it; on an error the log is as it was. */
SG_MUST_CHECK int log_open(const char *to, enum log_level level, enum log_format format);
/* Open the path anew (SIGUSR1): logrotate has moved the file. */
SG_MUST_CHECK int log_reopen(void);
/* Writes what is left, for at most two seconds. */
void log_close(void);

bool log_enabled(enum log_level level);

/* who: the request's id, "[id]" in text and the member "request" in JSON; "" for none. */
void log_line(enum log_level level, const char *who, const char *format, ...) SG_PRINTF(3, 4);
/* what, a colon, and bytes that may hold anything, NUL as well. */
void log_bytes(enum log_level level, const char *who, const char *what, struct slice bytes);
#define log_debug(who, ...)                                    \
	do {                                                   \
		if (log_enabled(LOG_DEBUG))                    \
			log_line(LOG_DEBUG, who, __VA_ARGS__); \
	} while (0)
#define log_info(who, ...)  log_line(LOG_INFO, who, __VA_ARGS__)
#define log_warn(who, ...)  log_line(LOG_WARN, who, __VA_ARGS__)
#define log_error(who, ...) log_line(LOG_ERROR, who, __VA_ARGS__)

/* One field of a line that is all fields (the access log): text is a value, or number is when
 * text.ptr is NULL. */
struct log_field {
	struct slice name, text;
	int64_t number;
};
/* Time first, then the fields in order: name=value in text (values that are empty or hold spaces,
 * quotes, backslashes, = or anything but printable ASCII are quoted), members in JSON. Written at
 * every level. */
void log_fields(const struct log_field *fields, size_t count);

/* Hand this thread's gathered lines to the writer: called by each loop's timer every 100 ms at the
 * latest, and before a thread ends. */
void log_flush(void);

#endif
