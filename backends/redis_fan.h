/* redis_fan.h - many calls of one operation at a time, to many buckets, and what comes when all of them are answered.
 *
 *	redis_fan_open() ─► redis_fan_part(), redis_op_send() … ─► redis_fan_close() ─► each answer: redis_fan_take() ─► next
 *
 * Owner    the operation; its parts are gone with their answers.
 * Thread   the loop's. */
#ifndef SG_REDIS_FAN_H
#define SG_REDIS_FAN_H

#include "backends/redis_store.h"

enum {
	REDIS_FAN_BUCKETS = 8, /* of one call, where one may name keys of many */
	REDIS_FAN_GROUP = 16,  /* sessions that one call looks at */
};

struct redis_fan {
	struct redis_op *op;
	redis_last_fn *next;
	size_t waits;
	bool failed; /* a part was: the operation is UNAVAILABLE, and next never comes */
};

void redis_fan_open(struct redis_fan *fan, struct redis_op *op, redis_last_fn *next);
/* A question whose step has the fan as ctx. NULL: no memory, and the fan has failed. */
struct redis_op *redis_fan_part(struct redis_fan *fan, unsigned bucket,
				enum redis_script_name script, redis_step_fn *step);
/* All parts are sent. */
void redis_fan_close(struct redis_fan *fan);
/* In a part's step, when the answer is read: the part is over. It may be the last, and the operation gone. */
void redis_fan_take(struct redis_op *part);

/* A script that looks at some sessions of one bucket: their keys are its keys, or, if order is one, that is its key and the
 * ids are its arguments. A part's work is the group that it is about. */
struct redis_group {
	char *ids[REDIS_FAN_GROUP]; /* TOKEN_ID_CHARS each, where the caller has them */
	size_t count;
};
/* ids: borrowed, and brought into an order of its own; what they point to stays until the answers are there. */
void redis_fan_sessions(struct redis_fan *fan, char **ids, size_t count, const char *order,
			enum redis_script_name script, redis_step_fn *step);

/* The same key of each bucket, of REDIS_FAN_BUCKETS in a call where that may be; add puts the script's arguments in. */
typedef void redis_fan_add_fn(struct redis_op *part, unsigned first_bucket, unsigned count);
void redis_fan_each_bucket(struct redis_fan *fan, const char *key, enum redis_script_name script,
			   redis_fan_add_fn *add, redis_step_fn *step);

#endif
