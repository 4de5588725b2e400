/* redis_due.c - sessions whose time has come: buckets are asked for what is due in turn, beginning where the last sweep has
 * stopped, and each of those is ended by a step of its own. Other gateways may be at it too: who comes first ends it. */
#include "backends/redis_listing.h"

#include <stdlib.h>

enum { DUE_BUCKETS = 32 /* in one step, where one may name many */ };

struct sweep {
	struct redis_op *op;
	unsigned asked; /* buckets */
	size_t left;    /* of the limit */
	size_t waits;   /* for so many sessions */
	size_t ended;
	bool failed;
};

static void sweep_go_on(struct sweep *s);

static void sweep_finish(struct sweep *s)
{
	struct redis_op *op = s->op;

	op->result.count = s->ended;
	op->result.more = s->left == 0;
	op->result.status = s->failed ? STORE_UNAVAILABLE : STORE_OK;
	redis_op_finish(op);
}

static void sweep_on_expired(struct redis_op *op, const struct redis_answer *answer)
{
	struct sweep *s = op->ctx;

	redis_op_take(op, answer);
	if (answer->status == STORE_UNAVAILABLE || answer->status == STORE_UNCERTAIN)
		s->failed = true;
	else if (answer->number > 0) {
		s->ended++;
		redis_listing_remove_answered(op, answer);
	}
	redis_op_finish(op);
	if (--s->waits == 0)
		sweep_go_on(s);
}

static void sweep_expire(struct sweep *s, struct slice id)
{
	struct redis_op *op;

	if (id.len != TOKEN_ID_CHARS || (op = redis_op_begin(s->op->st, id, NULL, s)) == NULL) {
		s->failed = true;
		return;
	}
	s->waits++;
	redis_op_ask_session(op, REDIS_SCRIPT_expire, sweep_on_expired);
	redis_call_add(&op->call, id);
	redis_op_send(op);
}

static void sweep_on_due(struct redis_op *op, const struct redis_answer *answer)
{
	struct sweep *s = op->work;
	size_t count;

	if (answer->status != STORE_OK) {
		s->failed = true;
		sweep_finish(s);
		return;
	}
	count = redis_reply_elements(answer->reply, answer->fields);
	s->left -= count < s->left ? count : s->left;
	s->waits = 1;
	for (size_t i = 0; i < count; i++)
		sweep_expire(s, redis_reply_text(answer->reply, answer->fields + 1 + i));
	if (--s->waits == 0)
		sweep_go_on(s);
}

static void sweep_go_on(struct sweep *s)
{
	struct redis_op *op = s->op;
	struct redis_store *st = op->st;
	unsigned first = st->next_bucket;
	unsigned count = redis_net_spans(st->net) ? DUE_BUCKETS : 1;

	if (s->failed || s->left == 0 || s->asked >= REDIS_BUCKETS) {
		sweep_finish(s);
		return;
	}
	s->asked += count;
	redis_op_ask(op, first, REDIS_SCRIPT_due, sweep_on_due);
	op->call.question = true;
	redis_op_add_count(op, count);
	for (unsigned i = 0; i < count; i++)
		redis_keys_add(&op->call, redis_namespace(st), (first + i) % REDIS_BUCKETS, "due");
	redis_call_add_number(&op->call, (int64_t)s->left);
	st->next_bucket = (first + count) % REDIS_BUCKETS;
	redis_op_send(op);
}

struct store_op *redis_expire_due(struct store *store, size_t limit, store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct sweep *s;

	if (op == NULL)
		return NULL;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	*s = (struct sweep){ .op = op, .left = limit };
	op->work = s;
	op->work_free = free;
	sweep_go_on(s);
	return (struct store_op *)op;
}
