/* redis_beat.c - buckets say since when they have lost nothing, and somebody has to say now and then that he is there and
 * sees it: once in a while for each process, whichever of its loops comes first. That they are with another process of Redis
 * each loop says before it asks for anything there: what the one before it was told last may be lost. Of that an event tells,
 * once, whoever comes first. */
#include "backends/redis_recount.h"

#include <event2/event.h>
#include <stdlib.h>

enum { BEAT_MS = 10000, BEAT_BUCKETS = 32 /* in one step, where one may name many */ };

/* What of a loss nobody has told yet: beat.lua's. */
enum beat_role { BEAT_LEAVES, BEAT_IS_QUIET, BEAT_TELLS };

struct beat {
	unsigned first; /* bucket */
	enum beat_role role;
	int64_t asked_ms;
	bool recounts; /* what is doubtful */
};

/* One bucket speaks for all that are with the same process of Redis, the first of them. served: those that came to it
 * just now, or NULL; where it had others before, they were moved, and have lost nothing by that. */
static enum beat_role beat_role(const struct redis_store *st, unsigned bucket,
				const bool served[REDIS_BUCKETS])
{
	uint64_t instance = redis_net_instance(st->net, bucket);

	if (instance == 0)
		return BEAT_LEAVES;
	for (unsigned i = 0; i < REDIS_BUCKETS; i++)
		if (redis_net_instance(st->net, i) == instance &&
		    (i < bucket || (served != NULL && !served[i])))
			return BEAT_IS_QUIET;
	return BEAT_TELLS;
}

static void beat_ask(struct redis_op *op, unsigned first, unsigned count, enum beat_role role,
		     bool recounts, redis_step_fn *step)
{
	static const struct slice roles[] = {
		[BEAT_LEAVES] = { "", 0 },
		[BEAT_IS_QUIET] = { "quiet", 5 },
		[BEAT_TELLS] = { "tells", 5 },
	};
	struct redis_store *st = op->st;

	redis_op_ask(op, first, REDIS_SCRIPT_beat, step);
	op->call.question = true; /* nobody needs to know */
	redis_op_add_count(op, 2 * count + (role == BEAT_TELLS));
	for (unsigned i = 0; i < count; i++)
		redis_keys_add(&op->call, redis_namespace(st), first + i, "meta");
	for (unsigned i = 0; i < count; i++)
		redis_keys_add(&op->call, redis_namespace(st), first + i, "created");
	if (role == BEAT_TELLS)
		redis_keys_add(&op->call, redis_namespace(st), first, "events");
	redis_call_add_u64(&op->call, redis_net_instance(st->net, first));
	redis_call_add(&op->call, roles[role]);
	redis_call_add_number(&op->call, st->redis->sights[first].whole_since_ms);
	if (recounts && first == RECOUNT_CLAIMED)
		redis_call_add_u64(&op->call, st->redis->nonce);
	else
		redis_call_add(&op->call, SLICE(""));
	redis_op_send(op);
}

/* Which buckets are to be counted anew, and whether it is our turn. */
static void beat_note_doubts(struct redis_op *op, const struct redis_answer *answer)
{
	const struct beat *b = op->work;
	size_t count = answer->items > 5 ? redis_reply_elements(answer->reply, answer->fields) : 0;

	if (count > 0 && b->first == RECOUNT_CLAIMED)
		redis_recount_claim(op->st,
				    redis_reply_text(answer->reply, answer->fields + 1).len > 0);
	for (size_t i = 1; i < count; i++) {
		int64_t bucket = redis_reply_number(answer->reply, answer->fields + 1 + i);

		if (bucket >= 0 && bucket < REDIS_BUCKETS - b->first)
			redis_recount_want(op->st, b->first + (unsigned)bucket);
	}
}

/* If it did not come, the next one comes soon. */
static void beat_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	const struct beat *b = op->work;
	struct redis_sight *sight = &op->st->redis->sights[b->first];

	redis_op_take(op, answer);
	if (answer->status == STORE_OK && b->role != BEAT_LEAVES)
		sight->whole_since_ms = answer->whole_since_ms;
	if (answer->status == STORE_OK && b->role == BEAT_TELLS)
		redis_drift_note(&sight->drift,
				 redis_drift_ms(b->asked_ms, answer->number, clock_wall_ms()));
	if (answer->status == STORE_OK && b->recounts)
		beat_note_doubts(op, answer);
	redis_op_finish(op);
}

static void beat_some(struct redis_store *st, unsigned first, unsigned count,
		      const bool served[REDIS_BUCKETS])
{
	struct beat *b = calloc(1, sizeof(*b));
	struct redis_op *op = b != NULL ? redis_op_begin(st, SLICE(""), NULL, NULL) : NULL;

	if (op == NULL) {
		free(b);
		return;
	}
	*b = (struct beat){ first, beat_role(st, first, served), clock_wall_ms(), served == NULL };
	op->work = b;
	op->work_free = free;
	beat_ask(op, first, count, b->role, b->recounts, beat_on_answer);
}

static unsigned beat_step(const struct redis_store *st)
{
	return redis_net_spans(st->net) ? BEAT_BUCKETS : 1;
}

static void beat_all(struct redis_store *st)
{
	for (unsigned first = 0; first < REDIS_BUCKETS; first += beat_step(st))
		beat_some(st, first, beat_step(st), NULL);
}

/* Where one serves many it serves all. */
void redis_beat_served(void *ctx, const bool buckets[REDIS_BUCKETS])
{
	struct redis_store *st = ctx;

	for (unsigned first = 0; first < REDIS_BUCKETS; first += beat_step(st))
		if (buckets[first])
			beat_some(st, first, beat_step(st), buckets);
}

static void beat_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_store *st = ctx;
	int64_t now_ms = clock_mono_ms(), last_ms = st->redis->beat_ms;

	(void)fd;
	(void)what;
	if (now_ms - last_ms >= BEAT_MS / 2 &&
	    atomic_compare_exchange_strong(&st->redis->beat_ms, &last_ms, now_ms))
		beat_all(st);
}

static void health_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_finish(op);
}

/* It answers, and may write. */
struct store_op *redis_health(struct store *store, store_done_fn *done, void *ctx)
{
	struct redis_store *st = redis_store(store);
	struct redis_op *op = redis_op_begin(st, SLICE(""), done, ctx);

	if (op == NULL)
		return NULL;
	beat_ask(op, 0, 1, BEAT_LEAVES, false, health_on_answer);
	return (struct store_op *)op;
}

int redis_beat_open(struct redis_store *st)
{
	const struct timeval every = { .tv_sec = BEAT_MS / 1000 };

	st->beat = event_new(st->loop, -1, EV_PERSIST, beat_on_time, st);
	if (st->beat == NULL || event_add(st->beat, &every) != 0)
		return SG_ENOMEM;
	beat_on_time(-1, 0, st);
	return 0;
}

void redis_beat_close(struct redis_store *st)
{
	if (st->beat != NULL)
		event_free(st->beat);
	st->beat = NULL;
}
