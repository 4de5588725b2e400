/* redis_listing.c - see redis_listing.h. */
#include "backends/redis_listing.h"

#include "base/random.h"

#include <stdio.h>

int redis_listing_name(char out[REDIS_LISTING_CHARS + 1])
{
	uint64_t number;
	int rc = random_u64(&number);

	if (rc == 0)
		snprintf(out, REDIS_LISTING_CHARS + 1, "%016llx", (unsigned long long)number);
	return rc;
}

void redis_listing_add_keys(struct redis_op *op, const struct store_user *who)
{
	redis_keys_add_user(&op->call, redis_namespace(op->st), who);
	redis_keys_add(&op->call, redis_namespace(op->st), op->call.bucket, "users");
}

void redis_listing_ask(struct redis_op *op, const struct redis_listing *listing,
		       enum redis_script_name script, redis_step_fn *step)
{
	redis_op_ask(op, redis_keys_user_bucket(&listing->who), script, step);
	redis_op_add_count(op, 2);
	redis_listing_add_keys(op, &listing->who);
	redis_keys_add_who(&op->call, &listing->who);
	redis_call_add(&op->call, listing->id);
	redis_call_add(&op->call, listing->listed);
}

/* --- that it is his --- */

void redis_listing_ask_assert(struct redis_op *op, const struct redis_listing *listing,
			      redis_step_fn *step)
{
	redis_listing_ask(op, listing, REDIS_SCRIPT_assert, step);
	redis_call_add_number(&op->call, listing->lifetime_ms);
	redis_call_add_number(&op->call, listing->since_ms);
}

static void listing_on_asserted(struct redis_op *op, const struct redis_answer *answer)
{
	if (answer->status == STORE_BLOCKED)
		store_remove(&op->st->store, redis_op_id(op), NULL, STORE_CAUSE_BLOCKED, NULL,
			     NULL);
	redis_op_finish(op);
}

void redis_listing_assert(struct redis_store *st, const struct redis_listing *listing)
{
	struct redis_op *op = redis_op_begin(st, listing->id, NULL, NULL);

	if (op == NULL)
		return;
	redis_listing_ask_assert(op, listing, listing_on_asserted);
	redis_op_send(op);
}

/* --- that it is not --- */

static void listing_on_removed(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* one that stays is found out in time */
	redis_op_finish(op);
}

void redis_listing_remove(struct redis_store *st, const struct store_user *who, struct slice id,
			  struct slice listed)
{
	struct redis_op *op;

	if (who->name.len == 0 || listed.len == 0)
		return;
	op = redis_op_begin(st, id, NULL, NULL);
	if (op == NULL)
		return;
	redis_listing_ask(op, &(struct redis_listing){ .who = *who, .id = id, .listed = listed },
			  REDIS_SCRIPT_leave, listing_on_removed);
	redis_op_send(op);
}

void redis_listing_remove_answered(struct redis_op *op, const struct redis_answer *answer)
{
	struct slice realm, user, listed;

	if (answer->items > 5 &&
	    redis_record_field(answer->reply, answer->fields, SLICE("realm"), &realm) &&
	    redis_record_field(answer->reply, answer->fields, SLICE("user"), &user) &&
	    redis_record_field(answer->reply, answer->fields, SLICE("listed"), &listed))
		redis_listing_remove(op->st, &(struct store_user){ realm, user }, redis_op_id(op),
				     listed);
}
