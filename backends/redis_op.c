/* redis_op.c - operations of the Redis store: see redis_store.h. */
#include "backends/redis_clock.h"
#include "backends/redis_locks.h"
#include "backends/redis_login.h"
#include "backends/redis_marks.h"
#include "backends/redis_mend.h"
#include "backends/redis_store.h"
#include "base/log.h"
#include "base/random.h"

#include <event2/event.h>
#include <stdlib.h>

enum { OP_PAUSE_US = 1000, OP_PAUSES_US = 4000, OPS_UNUSED = 256 };

static struct redis_op *op_of_call(struct redis_call *call)
{
	return CONTAINER_OF(call, struct redis_op, call);
}

static struct redis_op *op_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct redis_op, link);
}

struct redis_op *redis_op_begin(struct redis_store *st, struct slice id, store_done_fn *done,
				void *ctx)
{
	struct redis_op *op;

	if (st->unused != NULL) {
		op = op_of_link(st->unused);
		link_remove(&op->link);
		st->unused_count--;
	} else if ((op = calloc(1, sizeof(*op))) == NULL) {
		return NULL;
	}
	op->st = st;
	op->done = done;
	op->ctx = ctx;
	op->last = NULL;
	op->mended = op->unvalued = false;
	op->result = (struct store_result){ 0 };
	memset(op->id, 0, sizeof(op->id));
	memcpy(op->id, id.ptr, id.len);
	link_push(&st->ops, &op->link);
	return op;
}

static void op_free(struct redis_op *op)
{
	redis_call_fini(&op->call);
	free(op);
}

/* Gone, or used again by whoever comes next. */
static void op_put_away(struct redis_op *op)
{
	struct redis_store *st = op->st;

	redis_login_free(&op->login);
	redis_mark_free(&op->mark);
	redis_waiter_free(&op->waiter);
	if (op->work != NULL)
		op->work_free(op->work);
	op->work = NULL;
	roll_fini(&op->roll);
	session_unref(&op->result.session);
	session_unref(&op->born);
	link_remove(&op->link);
	if (st->unused_count == OPS_UNUSED) {
		op_free(op);
		return;
	}
	redis_call_rest(&op->call);
	link_push(&st->unused, &op->link);
	st->unused_count++;
}

void redis_op_drop(struct redis_op *op)
{
	op_put_away(op);
}

void redis_op_finish(struct redis_op *op)
{
	struct store_result result = op->result;
	store_done_fn *done = op->done;
	redis_last_fn *last = op->last;
	redis_free_fn *work_free = op->work_free;
	struct roll roll = op->roll;
	void *ctx = op->ctx, *work = op->work;

	op->last = NULL;
	if (last != NULL) {
		last(op);
		return;
	}
	op->roll = (struct roll){ 0 };
	op->result.session = NULL;
	op->work = NULL; /* the result may borrow from it */
	op_put_away(op);
	if (roll.count > 0) {
		result.sessions = roll.sessions;
		result.count = roll.count;
	}
	if (done != NULL)
		done(ctx, &result);
	session_unref(&result.session);
	roll_fini(&roll);
	if (work != NULL)
		work_free(work);
}

void redis_op_finish_with(struct redis_op *op, enum store_status status)
{
	session_unref(&op->result.session);
	op->result = (struct store_result){ .status = status };
	redis_op_finish(op);
}

void redis_op_cancel(struct store_op **op)
{
	struct redis_op *cancelled = (struct redis_op *)*op;

	*op = NULL;
	cancelled->done = NULL;
	if (cancelled->waiter != NULL)
		redis_waiter_withdraw(cancelled);
	else if (cancelled->login != NULL)
		redis_login_withdraw(cancelled);
}

static void ops_on_late(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_store *st = ctx;
	struct link *l, *last = st->late.first != NULL ? queue_last(&st->late) : NULL;

	(void)fd;
	(void)what;
	while (last != NULL && (l = st->late.first) != NULL) {
		struct redis_op *op = CONTAINER_OF(l, struct redis_op, call.link);

		queue_remove(&st->late, l);
		op->step(op, NULL);
		if (l == last)
			break;
	}
}

/* A timer of no length waits for the next turn, also inside its own callback. */
void redis_op_later(struct redis_op *op, redis_step_fn *step)
{
	static const struct timeval at_once;

	op->step = step;
	queue_append(&op->st->late, &op->call.link);
	event_add(op->st->late_event, &at_once);
}

bool redis_op_pause(struct event *timer, int64_t until_ms)
{
	struct timeval after = { .tv_usec = OP_PAUSE_US };
	uint64_t dice;

	if (clock_mono_ms() >= until_ms || random_u64(&dice) != 0)
		return false;
	after.tv_usec += (suseconds_t)(dice % OP_PAUSES_US);
	return event_add(timer, &after) == 0;
}

int redis_ops_init(struct redis_store *st)
{
	queue_init(&st->late);
	st->late_event = event_new(st->loop, -1, 0, ops_on_late, st);
	return st->late_event != NULL ? 0 : SG_ENOMEM;
}

void redis_ops_free(struct redis_store *st)
{
	if (st->late_event != NULL)
		event_free(st->late_event);
	for (struct link *l = st->ops, *next; l != NULL; l = next) {
		next = l->next;
		op_put_away(op_of_link(l));
	}
	for (struct link *l = st->unused, *next; l != NULL; l = next) {
		next = l->next;
		op_free(op_of_link(l));
	}
}

/* --- answers --- */

/* Those behind it are said of answers, not by them. */
static bool answer_read_status(int64_t number, enum store_status *out)
{
	if (number < 0 || number >= STORE_UNAVAILABLE)
		return false;
	*out = (enum store_status)number;
	return true;
}

static bool answer_read_cause(struct slice text, enum store_cause *out)
{
	static const struct {
		struct slice text;
		enum store_cause cause;
	} causes[] = {
		{ { "", 0 }, STORE_CAUSE_NONE },
		{ { "expired", 7 }, STORE_CAUSE_EXPIRED },
		{ { "logout", 6 }, STORE_CAUSE_LOGOUT },
		{ { "evicted", 7 }, STORE_CAUSE_EVICTED },
		{ { "revoked", 7 }, STORE_CAUSE_REVOKED },
		{ { "blocked", 7 }, STORE_CAUSE_BLOCKED },
	};

	for (size_t i = 0; i < sizeof(causes) / sizeof(causes[0]); i++) {
		if (!slice_equal(text, causes[i].text))
			continue;
		*out = causes[i].cause;
		return true;
	}
	return false;
}

/* "never": what was asked for is there, but spoiled. */
static int64_t answer_ms(const struct redis_reply *reply, size_t item)
{
	uint64_t ms = 0;

	if (slice_equal(redis_reply_text(reply, item), SLICE("never")))
		return STORE_NEVER_WHOLE;
	(void)slice_number(redis_reply_text(reply, item), INT64_MAX, &ms);
	return (int64_t)ms;
}

/* { status, cause, whole since, number, { … }, { … }, { … } } */
static bool answer_read_array(struct redis_answer *a, const struct redis_reply *reply)
{
	size_t item = 5;

	if (redis_reply_type(reply, 0) != REDIS_ARRAY ||
	    redis_reply_type(reply, 1) != REDIS_INTEGER ||
	    !answer_read_cause(redis_reply_text(reply, 2), &a->cause) ||
	    !answer_read_status(redis_reply_number(reply, 1), &a->status))
		return false;
	a->reply = reply;
	a->items = redis_reply_elements(reply, 0);
	a->whole_since_ms = a->items > 2 ? answer_ms(reply, 3) : 0;
	a->number = a->items > 3 ? redis_reply_number(reply, 4) : 0;
	a->told = item;
	a->fields = a->items > 4 ? redis_reply_after(reply, item) : reply->count;
	a->rest = a->items > 5 ? redis_reply_after(reply, a->fields) : reply->count;
	return true;
}

/* What a person, or another program, has put in the place of a session is as if nothing were there. */
static void answer_look_at(const struct redis_answer *a, const struct redis_op *op)
{
	if (a->whole_since_ms == STORE_NEVER_WHOLE)
		log_error("",
			  "session %.*s: what Redis has in its place is none that can be read, by "
			  "its type, its layout, what is missing, or its size; it is unknown",
			  SLICE_ARGS(redis_op_id(op)));
}

static void answer_read_error(const struct redis_reply *reply, unsigned bucket)
{
	if (redis_reply_is_error(reply, SLICE("ERR")) ||
	    redis_reply_is_error(reply, SLICE("WRONGTYPE")))
		log_error("", "Redis could not do what it was asked of bucket {%02x}: %.*s", bucket,
			  SLICE_ARGS(redis_reply_text(reply, 0)));
}

static bool answer_is_of_type(enum redis_fate fate, const struct redis_reply *reply)
{
	return fate != REDIS_ANSWERED || !redis_reply_is_error(reply, SLICE("WRONGTYPE"));
}

/* Of a call that was sent, and of which no more is known than that. */
static enum store_status answer_lost(const struct redis_call *call)
{
	return call->question ? STORE_UNAVAILABLE : STORE_UNCERTAIN;
}

/* Whoever gives it may have done what it was asked all the same. */
static void answer_take_none_of_ours(struct redis_answer *a, const struct redis_call *call)
{
	log_error("", "Redis has answered what no script of ours does");
	*a = (struct redis_answer){ .status = answer_lost(call) };
}

static void op_on_answer(struct redis_call *call, enum redis_fate fate,
			 const struct redis_reply *reply)
{
	struct redis_op *op = op_of_call(call);
	struct redis_answer answer = { .status = STORE_UNAVAILABLE };

	if (op->st->closing)
		return; /* redis_ops_free() is next */
	if (!answer_is_of_type(fate, reply) && redis_mend(op))
		return;
	if (fate == REDIS_LOST)
		answer.status = answer_lost(call);
	else if (fate == REDIS_ANSWERED && redis_reply_type(reply, 0) == REDIS_ERROR)
		answer_read_error(reply, call->bucket);
	else if (fate == REDIS_ANSWERED && !answer_read_array(&answer, reply))
		answer_take_none_of_ours(&answer, call);
	answer_look_at(&answer, op);
	op->step(op, &answer);
}

/* --- what answers bring --- */

static void op_count_events(struct redis_op *op, const struct redis_answer *a)
{
	struct event_counts *counts = &op->st->redis->counts;
	enum event_type type;
	enum event_cause cause;

	for (size_t i = a->told + 1; i + 1 < a->fields; i += 2)
		if (event_type_read(redis_reply_text(a->reply, i), &type) &&
		    event_cause_read(redis_reply_text(a->reply, i + 1), &cause))
			event_count(counts, type, cause);
}

void redis_op_take(struct redis_op *op, const struct redis_answer *answer)
{
	op->result.status = answer->status;
	op->result.cause = answer->cause;
	op->result.whole_since_ms = answer->whole_since_ms;
	if (answer->items > 4)
		op_count_events(op, answer);
}

void redis_op_take_record(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_answer none;
	struct slice ignored;
	int rc;

	if (answer->items <= 5 && answer->status == STORE_OK) {
		answer_take_none_of_ours(&none, &op->call);
		op->result = (struct store_result){ .status = none.status };
		return;
	}
	if (answer->items <= 5 || (answer->status != STORE_OK && answer->status != STORE_ENDED) ||
	    (answer->status == STORE_ENDED &&
	     !redis_record_field(answer->reply, answer->fields, SLICE("hash"), &ignored)))
		return; /* of a tombstone where nothing ever was */
	rc = (op->unvalued ? redis_record_read_unvalued : redis_record_read)(
		answer->reply, answer->fields, redis_op_id(op), &op->st->room, &op->result.session);
	if (rc == 0)
		return;
	log_error("", "session %.*s: its record cannot be read: %s", SLICE_ARGS(redis_op_id(op)),
		  error_text(rc));
	op->result = (struct store_result){ .status = answer_lost(&op->call) };
	if (rc == SG_EFORMAT)
		op->result = (struct store_result){ .status = STORE_NOT_FOUND,
						    .whole_since_ms = STORE_NEVER_WHOLE };
}

/* --- calls --- */

void redis_op_ask(struct redis_op *op, unsigned bucket, enum redis_script_name script,
		  redis_step_fn *step)
{
	redis_call_begin(&op->call, bucket, redis_script(script), op_on_answer);
	op->step = step;
}

void redis_op_add_count(struct redis_op *op, size_t keys)
{
	redis_call_add_number(&op->call, (int64_t)keys);
}

void redis_op_ask_session(struct redis_op *op, enum redis_script_name script, redis_step_fn *step)
{
	struct slice namespace = redis_namespace(op->st);

	redis_op_ask(op, redis_keys_bucket(redis_op_id(op)), script, step);
	redis_op_add_count(op, 6);
	redis_keys_add_session(&op->call, namespace, "s", redis_op_id(op));
	redis_keys_add(&op->call, namespace, op->call.bucket, "meta");
	redis_keys_add(&op->call, namespace, op->call.bucket, "events");
	redis_keys_add(&op->call, namespace, op->call.bucket, "due");
	redis_keys_add(&op->call, namespace, op->call.bucket, "seen");
	redis_keys_add(&op->call, namespace, op->call.bucket, "created");
}

static void op_add_last(struct redis_op *op)
{
	if (op->call.script->tells)
		redis_call_add(&op->call, slice_from(op->st->redis->node));
	redis_clock_add(&op->call, op->st->redis->now);
}

void redis_op_send(struct redis_op *op)
{
	if (op->call.script != NULL)
		op_add_last(op);
	redis_net_send(op->st->net, &op->call);
}
