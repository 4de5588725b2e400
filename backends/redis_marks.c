/* redis_marks.c - see redis_marks.h. */
#include "backends/redis_marks.h"

#include "base/word.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	MARK_PATIENCE_MS = 30000,
	MARK_MAKING_BYTES = TOKEN_ID_CHARS + sizeof(":0123456789abcdef"),
};

struct redis_mark {
	struct redis_op *op;
	struct redis_call make_call;
	redis_last_fn *make;
	redis_step_fn *make_step;
	struct event pause;
	int64_t patience_until_ms, until_ms;
	uint8_t hash[STORE_MARK_BYTES];
	char making[MARK_MAKING_BYTES];
	size_t realm_bytes;
	char realm[];
};

static void mark_claim(struct redis_mark *m);

static void mark_on_pause(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	mark_claim(ctx);
}

void redis_mark_free(struct redis_mark **mark)
{
	struct redis_mark *m = *mark;

	*mark = NULL;
	if (m == NULL)
		return;
	event_del(&m->pause);
	redis_call_fini(&m->make_call);
	free(m);
}

static void mark_ask(struct redis_mark *m, enum redis_script_name script, redis_step_fn *step)
{
	struct redis_op *op = m->op;

	redis_op_ask(op, redis_keys_mark_bucket(m->hash), script, step);
	redis_op_add_count(op, 1);
	redis_keys_add_mark(&op->call, redis_namespace(op->st), slice_of(m->realm, m->realm_bytes),
			    m->hash);
	redis_call_add(&op->call, slice_from(m->making));
}

/* One that was not settled, since its answer was lost, is in time. */
static void mark_on_settled(struct redis_op *op, const struct redis_answer *answer)
{
	if (op->result.status == STORE_OK && answer->status != STORE_OK &&
	    answer->status != STORE_NOT_FOUND)
		redis_op_finish_with(op, STORE_UNCERTAIN);
	else
		redis_op_finish(op);
}

/* The session is made, or not, and op->result says so. */
static void mark_settle(struct redis_op *op)
{
	mark_ask(op->mark, REDIS_SCRIPT_settle, mark_on_settled);
	redis_call_add(&op->call, op->result.status == STORE_OK ? SLICE("1") : SLICE("0"));
	redis_op_send(op);
}

static void mark_make(struct redis_mark *m)
{
	struct redis_op *op = m->op;
	struct redis_call call = op->call;

	op->call = m->make_call;
	m->make_call = call;
	op->step = m->make_step;
	op->last = mark_settle;
	m->make(op);
}

/* Another is about to be made of it: what becomes of that is known in some round trips. */
static void mark_wait(struct redis_mark *m)
{
	if (!redis_op_pause(&m->pause, m->patience_until_ms))
		redis_op_finish_with(m->op, STORE_UNAVAILABLE);
}

static void mark_on_claimed(struct redis_op *op, const struct redis_answer *answer)
{
	switch (answer->status) {
	case STORE_OK:
		mark_make(op->mark);
		break;
	case STORE_BUSY:
		mark_wait(op->mark);
		break;
	case STORE_MARKED:
		op->result.marked_ms = answer->number;
		op->result.status = STORE_MARKED;
		redis_op_finish(op);
		break;
	default:
		redis_op_finish_with(op, STORE_UNAVAILABLE);
	}
}

static void mark_claim(struct redis_mark *m)
{
	mark_ask(m, REDIS_SCRIPT_mark, mark_on_claimed);
	m->op->call.question = true; /* nothing has happened until the session is made */
	redis_call_add_number(&m->op->call, m->until_ms);
	redis_call_add_number(&m->op->call, MARK_PATIENCE_MS);
	redis_op_send(m->op);
}

bool redis_mark_begin(struct redis_op *op, const struct session *s, const struct store_mark *mark,
		      redis_last_fn *make)
{
	struct redis_mark *m = calloc(1, sizeof(*m) + s->realm.len);

	if (m == NULL)
		return false;
	m->op = op;
	op->mark = m;
	m->make = make;
	m->make_step = op->step;
	m->make_call = op->call;
	op->call = (struct redis_call){ 0 };
	m->until_ms = mark->until_ms;
	m->patience_until_ms = clock_mono_ms() + op->st->redis->net.timeout_ms;
	memcpy(m->hash, mark->hash, sizeof(m->hash));
	m->realm_bytes = s->realm.len;
	memcpy(m->realm, s->realm.ptr, s->realm.len);
	snprintf(m->making, sizeof(m->making), "%.*s:%016llx", (int)TOKEN_ID_CHARS, s->id,
		 (unsigned long long)s->save_ids[0]);
	event_assign(&m->pause, op->st->loop, -1, 0, mark_on_pause, m);
	mark_claim(m);
	return true;
}
