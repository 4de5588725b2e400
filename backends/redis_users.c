/* redis_users.c - what is done with all sessions of a user: his record says which those are, and each of them is looked at
 * where it is. What is listed and turns out to be his no more is taken off on this occasion. */
#include "backends/redis_crowd.h"
#include "backends/redis_listing.h"
#include "base/word.h"

#include <stdlib.h>

enum {
	ROUND_AT_A_TIME =
		32 /* sessions; there may be very many, and others want something of Redis, too */
};

/* One round over a user's sessions, to end them. */
struct round {
	struct redis_op *op; /* it is for */
	struct redis_fan fan;
	struct redis_reading reading;
	struct store_user who;
	struct store_end end;
	char except[TOKEN_ID_CHARS]; /* empty: none is spared */
	size_t waits;                /* for so many sessions */
	size_t ended;
	enum store_status failed; /* OK: nothing has */
	struct member *members;
	size_t member_count, member_room;
	size_t asked; /* so many of them */
	char text[];  /* who's realm and name, and who ends them and why */
};

struct member {
	struct round *round;
	char id[TOKEN_ID_CHARS];
	char login[REDIS_LISTING_CHARS]; /* that has listed it */
};

static struct slice member_id(const struct member *m)
{
	return slice_of(m->id, TOKEN_ID_CHARS);
}

static void round_free(void *work)
{
	struct round *r = work;

	free(r->members);
	free(r);
}

static struct round *round_of(const struct redis_op *op)
{
	return op->work;
}

/* It is the operation's. NULL: no memory. */
static struct round *round_new(struct redis_op *op, const struct store_user *who,
			       const struct store_end *end)
{
	struct round *r = calloc(1, sizeof(*r) + who->realm.len + who->name.len + end->actor.len +
					    end->reason.len);
	char *text;

	if (r == NULL)
		return NULL;
	text = r->text;
	r->who.realm = word_put(&text, who->realm);
	r->who.name = word_put(&text, who->name);
	r->end.cause = end->cause;
	r->end.actor = word_put(&text, end->actor);
	r->end.reason = word_put(&text, end->reason);
	r->op = op;
	op->work = r;
	op->work_free = round_free;
	return r;
}

static void round_ask(struct round *r, enum redis_script_name script, redis_step_fn *step)
{
	struct redis_op *op = r->op;
	struct slice namespace = redis_namespace(op->st);

	redis_op_ask(op, redis_keys_user_bucket(&r->who), script, step);
	redis_op_add_count(op, 4);
	redis_keys_add_user(&op->call, namespace, &r->who);
	redis_keys_add(&op->call, namespace, op->call.bucket, "users");
	redis_keys_add(&op->call, namespace, op->call.bucket, "meta");
	redis_keys_add(&op->call, namespace, op->call.bucket, "events");
	redis_keys_add_who(&op->call, &r->who);
}

static void member_unlist(const struct member *m)
{
	const struct round *r = m->round;

	redis_listing_remove(r->op->st, &r->who, member_id(m),
			     slice_of(m->login, sizeof(m->login)));
}

/* --- ending --- */

static void round_ended_all(struct round *r)
{
	struct redis_op *op = r->op;

	op->result.status = r->failed;
	op->result.count = r->ended;
	redis_op_finish(op);
}

static void round_go_on(struct round *r);

static void round_on_ended(void *ctx, const struct store_result *result)
{
	struct member *m = ctx;
	struct round *r = m->round;

	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN)
		r->failed = STORE_UNCERTAIN;
	else if (result->status == STORE_OK)
		r->ended++;
	else if (result->whole_since_ms != STORE_NEVER_WHOLE) /* it may be mended */
		member_unlist(m);
	r->waits--;
	round_go_on(r);
}

static void round_go_on(struct round *r)
{
	while (r->waits < ROUND_AT_A_TIME && r->asked < r->member_count) {
		struct member *m = &r->members[r->asked++];

		m->round = r;
		if (redis_remove(&r->op->st->store, member_id(m), &r->who, &r->end, round_on_ended,
				 m) == NULL)
			r->failed = STORE_UNCERTAIN;
		else
			r->waits++;
	}
	if (r->waits == 0)
		round_ended_all(r);
}

/* Whose sessions are all known. */
static void round_end_all(struct redis_op *op)
{
	round_go_on(round_of(op));
}

static struct member *round_room(struct round *r)
{
	size_t room = 2 * r->member_room + REDIS_BUCKETS;
	struct member *members;

	if (r->member_count < r->member_room)
		return &r->members[r->member_count++];
	members = reallocarray(r->members, room, sizeof(*members));
	if (members == NULL)
		return NULL;
	r->members = members;
	r->member_room = room;
	return &r->members[r->member_count++];
}

static bool round_take_crowd(struct redis_fan *fan, void *ctx, struct redis_crowd *some)
{
	struct round *r = ctx;
	struct redis_member listed;
	struct member *m;

	(void)fan;
	while (redis_crowd_next(some, &listed)) {
		if (memcmp(listed.id.ptr, r->except, listed.id.len) == 0)
			continue;
		if ((m = round_room(r)) == NULL) {
			r->failed = STORE_UNCERTAIN;
			return false;
		}
		memcpy(m->id, listed.id.ptr, sizeof(m->id));
		memcpy(m->login, listed.login.ptr, sizeof(m->login));
	}
	return true;
}

/* fail: when nobody says which they are; NULL: nothing has happened then. */
static void round_begin_ending(struct round *r, redis_last_fn *fail)
{
	r->reading = (struct redis_reading){ .who = &r->who, .ctx = r };
	redis_fan_open(&r->fan, r->op, round_end_all);
	if (fail != NULL)
		r->fan.fail = fail;
	redis_crowd_read(&r->fan, &r->reading, 1, round_take_crowd);
	redis_fan_close(&r->fan);
}

static struct redis_op *round_begin(struct store *store, const struct store_user *who,
				    const struct store_end *end, store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);

	if (op != NULL && round_new(op, who, end) == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	return op;
}

struct store_op *redis_remove_user(struct store *store, const struct store_user *who,
				   struct slice except, const struct store_end *end,
				   store_done_fn *done, void *ctx)
{
	struct redis_op *op = round_begin(store, who, end, done, ctx);

	if (op == NULL)
		return NULL;
	memcpy(round_of(op)->except, except.ptr, except.len);
	round_begin_ending(round_of(op), NULL);
	return (struct store_op *)op;
}

/* --- blocks --- */

static void block_fail(struct redis_op *op)
{
	redis_op_finish_with(op, STORE_UNCERTAIN);
}

static void block_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	if (answer->status == STORE_OK)
		round_begin_ending(round_of(op), block_fail);
	else
		redis_op_finish(op);
}

struct store_op *redis_block_user(struct store *store, const struct store_user *who,
				  const struct store_block *block, store_done_fn *done, void *ctx)
{
	const struct store_end end = { STORE_CAUSE_BLOCKED, block->actor, block->reason };
	struct redis_op *op = round_begin(store, who, &end, done, ctx);

	if (op == NULL)
		return NULL;
	round_ask(round_of(op), REDIS_SCRIPT_block, block_on_answer);
	op->call.confirm = true;
	redis_call_add_number(&op->call, block->until_ms);
	redis_call_add(&op->call, block->reason);
	redis_call_add(&op->call, who->realm);
	redis_call_add(&op->call, who->name);
	redis_call_add(&op->call, block->actor);
	redis_op_send(op);
	return (struct store_op *)op;
}

static void unblock_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_finish(op);
}

struct store_op *redis_unblock_user(struct store *store, const struct store_user *who,
				    struct slice actor, store_done_fn *done, void *ctx)
{
	const struct store_end none = { .actor = actor };
	struct redis_op *op = round_begin(store, who, &none, done, ctx);

	if (op == NULL)
		return NULL;
	round_ask(round_of(op), REDIS_SCRIPT_unblock, unblock_on_answer);
	redis_call_add(&op->call, who->realm);
	redis_call_add(&op->call, who->name);
	redis_call_add(&op->call, actor);
	redis_op_send(op);
	return (struct store_op *)op;
}

/* --- listing --- */

struct store_op *redis_list_user(struct store *store, const struct store_user *who, size_t limit,
				 store_done_fn *done, void *ctx)
{
	const struct filter his = { .realms = { &who->realm, 1 }, .users = { &who->name, 1 } };
	const struct store_listing newest = {
		.filter = &his, .order = STORE_BY_SEEN, .descending = true, .limit = limit
	};

	return redis_list(store, &newest, done, ctx);
}
