/* line.h - one line of the log as text or JSON, escaped, ending in '\n'.
 * What does not fit is cut and marked by "...", and the line stays well-formed.
 * Owner    out is the caller's, room for LINE_BYTES.
 * Thread   any. */
#ifndef SG_LINE_H
#define SG_LINE_H

#include "base/log.h"

enum {
	LINE_BYTES = 8192,
	LINE_FIELD_BYTES =
		2048, /* one field's text, escaped: a long path must not push out the rest */
};

/* Each returns the line's length. who may be empty: then it is left out. */
size_t line_message(char *out, enum log_format format, int64_t now_ms, enum log_level level,
		    struct slice who, struct slice message);
size_t line_fields(char *out, enum log_format format, int64_t now_ms,
		   const struct log_field *fields, size_t count);

#endif
