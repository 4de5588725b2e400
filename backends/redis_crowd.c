/* redis_crowd.c - see redis_crowd.h. */
#include "backends/redis_crowd.h"

#include "base/decimal.h"

#include <stdlib.h>

enum { CROWD_SCANNED = 200 /* of a record by one call, about */ };

struct reading {
	const struct store_user *who;
	redis_crowd_fn *take;
	void *ctx;
	char position[DECIMAL_BYTES + 1]; /* where the next call goes on */
	size_t position_bytes;
};

static void crowd_ask(struct redis_op *part)
{
	const struct reading *r = part->work;

	redis_op_add_count(part, 1);
	redis_keys_add_user(&part->call, redis_namespace(part->st), r->who);
	redis_call_add(&part->call, slice_of(r->position, r->position_bytes));
	redis_call_add_number(&part->call, CROWD_SCANNED);
	redis_op_send(part);
}

static void crowd_goes_on_at(struct reading *r, struct slice position)
{
	r->position_bytes = position.len <= sizeof(r->position) ? position.len : 0;
	memcpy(r->position, position.ptr, r->position_bytes);
}

/* Where Redis stopped, whether the user is blocked, ids. */
static bool crowd_take(struct redis_op *part, const struct redis_answer *answer)
{
	struct reading *r = part->work;
	struct slice position = redis_reply_text(answer->reply, answer->fields + 1);
	const struct redis_crowd some = {
		.blocked = slice_equal(redis_reply_text(answer->reply, answer->fields + 2),
				       SLICE("1")),
		.listed = (size_t)answer->number,
		.over = slice_equal(position, SLICE("0")),
		.reply = answer->reply,
		.first = answer->fields + 3,
		.end = redis_reply_after(answer->reply, answer->fields),
	};

	crowd_goes_on_at(r, position);
	return r->take(part->ctx, r->ctx, &some) && !some.over && r->position_bytes > 0;
}

static void crowd_on_answer(struct redis_op *part, const struct redis_answer *answer)
{
	if (answer->status != STORE_OK || answer->items <= 5) {
		((struct redis_fan *)part->ctx)->failed = true;
		redis_fan_take(part);
		return;
	}
	if (!crowd_take(part, answer)) {
		redis_fan_take(part);
		return;
	}
	redis_op_ask(part, part->call.bucket, REDIS_SCRIPT_crowd, crowd_on_answer);
	part->call.question = true;
	crowd_ask(part);
}

void redis_crowd_read(struct redis_fan *fan, const struct store_user *who, redis_crowd_fn *take,
		      void *ctx)
{
	struct reading *r = malloc(sizeof(*r));
	struct redis_op *part;

	if (r == NULL || (part = redis_fan_part(fan, redis_keys_user_bucket(who),
						REDIS_SCRIPT_crowd, crowd_on_answer)) == NULL) {
		fan->failed = true;
		free(r);
		return;
	}
	*r = (struct reading){ .who = who, .take = take, .ctx = ctx };
	crowd_goes_on_at(r, SLICE("0"));
	part->work = r;
	part->work_free = free;
	crowd_ask(part);
}
