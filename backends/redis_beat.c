/* redis_beat.c - buckets say since when they have lost nothing, and somebody has to say now and then that he is there and
 * sees it: once in a while for each process, whichever of its loops comes first. That they are with another process of Redis
 * each loop says before it asks for anything there: what the one before it was told last may be lost. */
#include "backends/redis_store.h"

#include <event2/event.h>

enum { BEAT_MS = 10000, BEAT_BUCKETS = 32 /* in one step, where one may name many */ };

static void beat_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* the next one comes soon */
	redis_op_finish(op);
}

static void beat_some(struct redis_store *st, unsigned first, unsigned count)
{
	struct redis_op *op = redis_op_begin(st, SLICE(""), NULL, NULL);

	if (op == NULL)
		return;
	redis_op_ask(op, first, REDIS_SCRIPT_beat, beat_on_answer);
	op->call.question = true; /* nobody needs to know */
	redis_op_add_count(op, count);
	for (unsigned i = 0; i < count; i++)
		redis_keys_add(&op->call, redis_namespace(st), first + i, "meta");
	redis_call_add_u64(&op->call, redis_net_instance(st->net, first));
	redis_op_send(op);
}

static unsigned beat_step(const struct redis_store *st)
{
	return redis_net_spans(st->net) ? BEAT_BUCKETS : 1;
}

static void beat_all(struct redis_store *st)
{
	for (unsigned first = 0; first < REDIS_BUCKETS; first += beat_step(st))
		beat_some(st, first, beat_step(st));
}

/* Where one serves many it serves all. */
void redis_beat_served(void *ctx, const bool buckets[REDIS_BUCKETS])
{
	struct redis_store *st = ctx;

	for (unsigned first = 0; first < REDIS_BUCKETS; first += beat_step(st))
		if (buckets[first])
			beat_some(st, first, beat_step(st));
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
	redis_op_ask(op, 0, REDIS_SCRIPT_beat, health_on_answer);
	op->call.question = true;
	redis_op_add_count(op, 1);
	redis_keys_add(&op->call, redis_namespace(st), 0, "meta");
	redis_call_add_u64(&op->call, redis_net_instance(st->net, 0));
	redis_op_send(op);
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
