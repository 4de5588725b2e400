/* observation_text.h - what was observed of an application, as text for people: rows of a table whose columns stay as
 * they are, what shows of each key, and what it means for a move. docs/observe.md explains each word.
 * Errors   SG_ENOMEM.
 * Thread   one at a time. */
#ifndef SG_OBSERVATION_TEXT_H
#define SG_OBSERVATION_TEXT_H

#include "base/buffer.h"
#include "gateway/observation.h"
#include "session/limits.h"

/* One that is observed. */
struct observed_application {
	struct link link;
	char *name;
	int64_t since_ms;             /* wall clock */
	struct session_limits limits; /* that its sessions would have here */
	struct observation *seen;
};

SG_MUST_CHECK int observation_text_head(struct buffer *out);
SG_MUST_CHECK int observation_text_row(const struct observed_application *a, struct buffer *out);
SG_MUST_CHECK int observation_text_details(const struct observed_application *a,
					   struct buffer *out);
/* The names of these keys, separated by commas. */
SG_MUST_CHECK int observation_text_keys(const struct observation *o, uint64_t keys,
					struct buffer *out);
/* The row, as a line of the log. */
void observation_text_log(const struct observed_application *a);

#endif
