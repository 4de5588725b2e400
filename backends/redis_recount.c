/* redis_recount.c - see redis_recount.h.
 *
 * An answer names the sessions that are next, and the next call has their keys: each of a script's keys is named to it. */
#include "backends/redis_recount.h"

#include "base/decimal.h"

#include <event2/event.h>
#include <stdlib.h>

enum {
	RECOUNT_SESSIONS = 200,   /* of one call: some 2 ms */
	RECOUNT_CALLS = 100000,   /* of one bucket; it never has as many */
	RECOUNT_PAUSE_US = 10000, /* so that others have Redis nearly all the time */
};

struct redis_recount {
	struct redis_store *st;
	struct event *timer;
	bool ours, works;
	bool wanted[REDIS_BUCKETS];
	unsigned bucket;
	unsigned calls;            /* of this bucket */
	char until[DECIMAL_BYTES]; /* these are all sessions created up to then */
	size_t until_bytes;
	char ids[RECOUNT_SESSIONS][TOKEN_ID_CHARS];
	size_t count;
};

/* The next call, or none if there is no time for it: whoever beats next will say again which buckets are doubtful. */
static void recount_later(struct redis_recount *r)
{
	static const struct timeval pause = { .tv_usec = RECOUNT_PAUSE_US };

	r->works = ++r->calls < RECOUNT_CALLS && event_add(r->timer, &pause) == 0;
	if (!r->works)
		r->st->redis->recounts = false;
}

/* With the first bucket that is wanted, if there is one. */
static void recount_begin(struct redis_recount *r)
{
	r->until_bytes = r->count = r->calls = 0;
	for (r->bucket = 0; r->bucket < REDIS_BUCKETS; r->bucket++)
		if (r->wanted[r->bucket])
			break;
	r->works = r->bucket < REDIS_BUCKETS;
	if (r->works)
		recount_later(r);
	else
		r->st->redis->recounts = false;
}

/* Up to which moment, and whose ids. */
static bool recount_read(struct redis_recount *r, const struct redis_answer *answer)
{
	size_t count = answer->items > 5 ? redis_reply_elements(answer->reply, answer->fields) : 0;
	struct slice until = redis_reply_text(answer->reply, answer->fields + 1);

	if (count == 0 || count - 1 > RECOUNT_SESSIONS || until.len > sizeof(r->until))
		return false;
	r->until_bytes = until.len;
	memcpy(r->until, until.ptr, until.len);
	r->count = count - 1;
	for (size_t i = 0; i < r->count; i++) {
		struct slice id = redis_reply_text(answer->reply, answer->fields + 2 + i);

		if (!token_id_well_formed(id))
			return false;
		memcpy(r->ids[i], id.ptr, TOKEN_ID_CHARS);
	}
	return true;
}

/* All are counted, or somebody else counts them, or who knows. */
static void recount_end(struct redis_recount *r)
{
	r->wanted[r->bucket] = false;
	recount_begin(r);
}

static void recount_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_recount *r = op->ctx;
	bool goes_on = answer->status == STORE_OK && answer->number == 0 && recount_read(r, answer);

	redis_op_finish(op);
	if (goes_on)
		recount_later(r);
	else
		recount_end(r);
}

static void recount_ask(struct redis_recount *r)
{
	struct slice namespace = redis_namespace(r->st);
	struct redis_op *op = redis_op_begin(r->st, SLICE(""), NULL, r);

	if (op == NULL) {
		recount_end(r);
		return;
	}
	redis_op_ask(op, r->bucket, REDIS_SCRIPT_recount, recount_on_answer);
	op->call.question = true; /* once more is the same */
	redis_op_add_count(op, 2 + r->count);
	redis_keys_add(&op->call, namespace, r->bucket, "created");
	redis_keys_add(&op->call, namespace, r->bucket, "meta");
	for (size_t i = 0; i < r->count; i++)
		redis_keys_add_session(&op->call, namespace, "s",
				       slice_of(r->ids[i], TOKEN_ID_CHARS));
	redis_call_add_u64(&op->call, r->st->nonce);
	redis_call_add(&op->call, slice_of(r->until, r->until_bytes));
	redis_call_add_number(&op->call, RECOUNT_SESSIONS);
	for (size_t i = 0; i < r->count; i++)
		redis_call_add(&op->call, slice_of(r->ids[i], TOKEN_ID_CHARS));
	redis_op_send(op);
}

static void recount_on_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	recount_ask(ctx);
}

/* What is wanted waits for the answer that says whether it is ours; what another loop is about to do does not. */
static void recount_start(struct redis_recount *r)
{
	bool others = false;

	if (r->works || !r->ours)
		return;
	if (atomic_compare_exchange_strong(&r->st->redis->recounts, &others, true))
		recount_begin(r);
	else
		memset(r->wanted, 0, sizeof(r->wanted));
}

void redis_recount_claim(struct redis_store *st, bool is_ours)
{
	struct redis_recount *r = st->recount;

	r->ours = is_ours;
	if (!is_ours && !r->works)
		memset(r->wanted, 0, sizeof(r->wanted));
	recount_start(r);
}

void redis_recount_want(struct redis_store *st, unsigned bucket)
{
	st->recount->wanted[bucket] = true;
	recount_start(st->recount);
}

int redis_recount_open(struct redis_store *st)
{
	struct redis_recount *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return SG_ENOMEM;
	st->recount = r;
	r->st = st;
	r->timer = event_new(st->loop, -1, 0, recount_on_time, r);
	return r->timer != NULL ? 0 : SG_ENOMEM;
}

void redis_recount_close(struct redis_store *st)
{
	struct redis_recount *r = st->recount;

	st->recount = NULL;
	if (r == NULL)
		return;
	if (r->works)
		st->redis->recounts = false;
	if (r->timer != NULL)
		event_free(r->timer);
	free(r);
}
