/* redis_put.c - a record of another store is written here: the session first, and then its user's record says whose it is,
 * by which a block is found that came meanwhile. Whoever dies between the two is followed by another put, which says it,
 * or by the session's next save. */
#include "backends/redis_listing.h"

/* The block was there before the session was listed with its user. */
static void put_on_undone(void *ctx, const struct store_result *result)
{
	redis_op_finish_with(ctx, result->status == STORE_OK || result->status == STORE_ENDED
					  ? STORE_BLOCKED
					  : STORE_UNCERTAIN);
}

static void put_undo(struct redis_op *op)
{
	const struct store_user who = { op->born->realm, op->born->user };

	if (store_remove(&op->st->store, redis_op_id(op), &who, STORE_CAUSE_BLOCKED, put_on_undone,
			 op) == NULL)
		redis_op_finish_with(op, STORE_UNCERTAIN);
}

static void put_on_listed(struct redis_op *op, const struct redis_answer *answer)
{
	if (answer->status == STORE_OK)
		redis_op_finish(op);
	else if (answer->status == STORE_BLOCKED)
		put_undo(op);
	else
		redis_op_finish_with(op, STORE_UNCERTAIN);
}

/* As its login has listed it, so that those of a user who is over his limit go in the order in which they came. */
static void put_list(struct redis_op *op, struct slice listed)
{
	const struct session *s = op->born;
	const struct redis_listing listing = {
		.who = { s->realm, s->user },
		.id = redis_op_id(op),
		.listed = listed,
		.lifetime_ms = s->expires_ms - s->seen_ms,
		.since_ms = s->login_ms,
	};

	redis_listing_ask_assert(op, &listing, put_on_listed);
	redis_op_send(op);
}

static void put_on_written(struct redis_op *op, const struct redis_answer *answer)
{
	struct slice listed;

	redis_op_take(op, answer);
	op->result.count = (size_t)answer->number;
	redis_listing_remove_answered(op, answer);
	if (answer->status == STORE_OK && session_authenticated(op->born) &&
	    redis_record_field(answer->reply, answer->fields, SLICE("now"), &listed))
		put_list(op, listed);
	else
		redis_op_finish(op);
}

struct store_op *redis_put(struct store *store, const struct session *s, store_done_fn *done,
			   void *ctx)
{
	struct redis_op *op =
		redis_op_begin(redis_store(store), slice_of(s->id, TOKEN_ID_CHARS), done, ctx);
	char listed[REDIS_LISTING_CHARS + 1];

	if (op == NULL)
		return NULL;
	if (redis_listing_name(listed) != 0) {
		redis_op_drop(op);
		return NULL;
	}
	op->born = session_ref(s);
	redis_op_ask_session(op, REDIS_SCRIPT_put, put_on_written);
	op->call.confirm = session_authenticated(s);
	redis_call_add(&op->call, redis_op_id(op));
	redis_call_add(&op->call, slice_from(listed));
	redis_record_add_whole(&op->call, s);
	redis_op_send(op);
	return (struct store_op *)op;
}
