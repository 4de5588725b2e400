/* redis_fan.h - many calls of one operation at a time, to many buckets, and what comes when all of them are answered.
 *
 *	redis_fan_open() ─► redis_fan_part(), redis_fan_send() … ─► redis_fan_close() ─► each answer: redis_fan_take() ─► next
 *
 * Only some of them are on their way at a time: Redis does what one connection has sent before it listens to another, and
 * those who come for their own session must not wait behind a whole list.
 * Owner    the operation; its parts are gone with their answers.
 * Thread   the loop's. */
#ifndef SG_REDIS_FAN_H
#define SG_REDIS_FAN_H

#include "backends/redis_store.h"

enum {
	REDIS_FAN_BUCKETS = 16,  /* of one call, where one may name keys of many */
	REDIS_FAN_AT_A_TIME = 4, /* calls, where they are so large */
	REDIS_FAN_SMALL_AT_A_TIME = 32,
};

struct redis_fan {
	struct redis_op *op;
	redis_last_fn *next;
	size_t waits, sent;
	struct queue ready; /* parts, until there is room for them */
	bool failed;        /* a part was: that comes in the place of next */
	redis_last_fn
		*fail; /* ends it with UNAVAILABLE, unless the operation has another for that */
};

void redis_fan_open(struct redis_fan *fan, struct redis_op *op, redis_last_fn *next);
/* A question whose step has the fan as ctx. NULL: no memory, and the fan has failed. */
struct redis_op *redis_fan_part(struct redis_fan *fan, unsigned bucket,
				enum redis_script_name script, redis_step_fn *step);
/* Now, or when others are answered. */
void redis_fan_send(struct redis_op *part);
/* All parts are sent. */
void redis_fan_close(struct redis_fan *fan);
/* In a part's step, when the answer is read: the part is over. It may be the last, and the operation gone. */
void redis_fan_take(struct redis_op *part);

/* A script that looks at some sessions, each call at a few: their keys are its keys or, where order is one, for each of
 * them that key of its bucket, and then the ids its first arguments. add, if not NULL, puts more arguments behind. */
typedef void redis_look_fn(struct redis_op *part);

struct redis_look {
	enum redis_script_name script;
	size_t most; /* in a call */
	const char *order;
	redis_look_fn *add;
	redis_step_fn *step;
};

/* What a part is about: its work. */
struct redis_group {
	const struct redis_look *look;
	size_t count;
	char *ids[]; /* TOKEN_ID_CHARS each, where the caller has them */
};
/* ids: borrowed, and brought into an order of its own; what they point to, and look, stay until the answers are there. */
void redis_fan_sessions(struct redis_fan *fan, char **ids, size_t count,
			const struct redis_look *look);
/* In the place of redis_fan_take(): the answer was about the first of the group's sessions alone, and the others are asked
 * for. */
void redis_fan_take_some(struct redis_op *part, size_t answered);

/* The same keys of each bucket (first that of all of them, then the next one; NULL ends them), of REDIS_FAN_BUCKETS in a call
 * where that may be; add, if not NULL, puts the script's arguments in. */
typedef void redis_fan_add_fn(struct redis_op *part, unsigned first_bucket, unsigned count);
void redis_fan_each_bucket(struct redis_fan *fan, const char *const *keys,
			   enum redis_script_name script, redis_fan_add_fn *add,
			   redis_step_fn *step);

#endif
