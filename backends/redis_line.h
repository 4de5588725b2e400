/* redis_line.h - those of a loop who wait for something that one has at a time (a session's lock, a user's turn to log
 * in), in the order in which they came. Of each such thing the first asks Redis, the others wait for him, so that a crowd
 * costs Redis no more than one visitor does.
 * Owner    a place lies in what waits, zeroed until it joins, and leaves before that is freed.
 * Callback first(), from within redis_line_leave() and redis_line_wake(): it neither joins nor leaves.
 * Thread   the loop's. */
#ifndef SG_REDIS_LINE_H
#define SG_REDIS_LINE_H

#include "base/list.h"
#include "base/slice.h"

struct redis_line {
	struct queue places; /* of all things */
};

struct redis_place;
/* Nobody is before it any more, or it may be its turn: Redis is to be asked. */
typedef void redis_place_fn(struct redis_place *place);

struct redis_place {
	struct link link;
	struct slice what; /* is waited for; borrowed while it is in line */
	redis_place_fn *first;
};

void redis_line_init(struct redis_line *line);
/* Behind all others. True: it is the first, which nobody tells it. */
bool redis_line_join(struct redis_line *line, struct redis_place *place);
/* The next one is told if it becomes the first. Not in line: nothing. */
void redis_line_leave(struct redis_line *line, struct redis_place *place);
bool redis_line_begins_with(const struct redis_line *line, const struct redis_place *place);
/* Something was done after which the first may have his turn. */
void redis_line_wake(const struct redis_line *line, struct slice what);

#endif
