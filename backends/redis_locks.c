/* redis_locks.c - see redis_locks.h. */
#include "backends/redis_locks.h"

#include "base/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	LOCK_PAUSE_MS =
		3, /* of the first in line at first, and so much more for each who is before one */
	LOCK_PAUSES = 64,        /* no more of that */
	LOCK_LAST_PAUSE_MS = 25, /* the first in line's at last */
	LOCK_SILENCE_MS = 5000,  /* who has not asked for so long is dead */
	LOCK_KEEP_MS = 1500,     /* so often asks who waits behind another one of this loop */
	LOCK_TICKET_BYTES = 40,
	LOCK_REALM_BYTES = 64,
};

struct redis_waiter {
	struct redis_op *op;
	struct redis_place place; /* behind those of this loop who wait for the same */
	struct event timer;       /* until it asks again */
	bool asked;               /* the answer is on its way */
	bool again;               /* and what it will say is old */
	bool stands;              /* in line, as Redis has said */
	int64_t lease_ms, until_ms, pause_ms;
	uint8_t hash[TOKEN_HASH_BYTES];
	char ticket[LOCK_TICKET_BYTES];
	char realm[LOCK_REALM_BYTES];
	size_t realm_bytes;
};

static void waiter_ask(struct redis_waiter *w);

static void waiter_on_time(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	waiter_ask(ctx);
}

void redis_waiter_free(struct redis_waiter **waiter)
{
	struct redis_waiter *w = *waiter;

	*waiter = NULL;
	if (w == NULL)
		return;
	event_del(&w->timer);
	redis_line_leave(&w->op->st->lockers, &w->place);
	explicit_bzero(w->hash, sizeof(w->hash));
	free(w);
}

/* --- handing back --- */

static void unlock_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* what is lost ends with its lease */
	redis_locks_wake(op->st, redis_op_id(op));
	redis_op_finish(op);
}

static void lock_hand_back(struct redis_store *st, struct slice id, uint64_t fence,
			   const char *ticket)
{
	struct redis_op *op = redis_op_begin(st, id, NULL, NULL);
	struct slice namespace = redis_namespace(st);

	if (op == NULL)
		return;
	redis_op_ask(op, redis_keys_bucket(id), REDIS_SCRIPT_unlock, unlock_on_answer);
	redis_op_add_count(op, 3);
	redis_keys_add_session(&op->call, namespace, "s", id);
	redis_keys_add_session(&op->call, namespace, "line", id);
	redis_keys_add_session(&op->call, namespace, "patience", id);
	redis_call_add_u64(&op->call, fence);
	redis_call_add(&op->call, slice_from(ticket));
	redis_op_send(op);
}

void redis_unlock(struct store *store, struct slice id, uint64_t fence)
{
	lock_hand_back(redis_store(store), id, fence, "");
	redis_locks_wake(redis_store(store),
			 id); /* who is asked for right behind it comes so, too */
}

void redis_release(struct store *store, struct slice id, uint64_t fence)
{
	redis_unlock(store, id, fence); /* a fence is good until another is given */
}

void redis_waiter_withdraw(struct redis_op *op)
{
	struct redis_waiter *w = op->waiter;

	lock_hand_back(op->st, redis_op_id(op), 0, w->ticket);
	if (!w->asked)
		redis_op_finish(op);
}

void redis_locks_wake(struct redis_store *st, struct slice id)
{
	redis_line_wake(&st->lockers, id);
}

/* Those behind it here are asked for when it has gone. */
static void waiter_on_first(struct redis_place *place)
{
	struct redis_waiter *w = CONTAINER_OF(place, struct redis_waiter, place);

	if (w->op->st->closing)
		return;
	w->again = w->asked;
	if (!w->asked)
		waiter_ask(w);
}

/* --- waiting --- */

/* Its time is over, or it never had any. */
static void waiter_give_up(struct redis_waiter *w, enum store_status status)
{
	struct redis_op *op = w->op;

	lock_hand_back(op->st, redis_op_id(op), 0, w->ticket);
	redis_op_finish_with(op, status);
}

/* The first in line asks ever more rarely; those before whom others stand as far as they are from that. Who is not the
 * first here is told when he is, and asks no more than it takes to keep his place. */
static int64_t waiter_pause(struct redis_waiter *w, int64_t before, int64_t lease_left_ms)
{
	int64_t pause_ms = w->pause_ms + w->pause_ms / 2;

	if (!redis_line_begins_with(&w->op->st->lockers, &w->place))
		return LOCK_KEEP_MS;
	if (before > 0) {
		w->pause_ms = LOCK_PAUSE_MS;
		return LOCK_PAUSE_MS * (before < LOCK_PAUSES ? before + 1 : LOCK_PAUSES);
	}
	w->pause_ms = pause_ms < LOCK_LAST_PAUSE_MS ? pause_ms : LOCK_LAST_PAUSE_MS;
	return lease_left_ms > 0 && lease_left_ms < pause_ms ? lease_left_ms + 1 : w->pause_ms;
}

static void waiter_wait(struct redis_waiter *w, const struct redis_answer *answer)
{
	int64_t left_ms = w->until_ms - clock_mono_ms(), pause_ms;
	struct slice lease = SLICE("");
	struct timeval after;
	uint64_t lease_ms = 0;

	if (left_ms <= 0) {
		waiter_give_up(w, STORE_BUSY);
		return;
	}
	if (!w->stands)
		log_debug("", "session %.*s: waits in line for its lock",
			  SLICE_ARGS(redis_op_id(w->op)));
	w->stands = true;
	(void)redis_record_field(answer->reply, answer->fields, SLICE("left"), &lease);
	(void)slice_number(lease, INT64_MAX, &lease_ms);
	pause_ms = waiter_pause(w, answer->number, (int64_t)lease_ms);
	if (pause_ms > left_ms)
		pause_ms = left_ms;
	after = (struct timeval){ .tv_sec = pause_ms / 1000, .tv_usec = pause_ms % 1000 * 1000 };
	if (event_add(&w->timer, &after) != 0)
		waiter_give_up(w, STORE_UNAVAILABLE);
}

static void waiter_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_waiter *w = op->waiter;

	w->asked = false;
	if (op->done ==
	    NULL) { /* it has withdrawn; a script that had to be loaded may have come behind that */
		if (answer->status == STORE_OK && answer->number > 0)
			lock_hand_back(op->st, redis_op_id(op), (uint64_t)answer->number, "");
		redis_op_finish(op);
		return;
	}
	if (answer->status == STORE_BUSY && w->again && w->until_ms > 0) {
		waiter_ask(w);
		return;
	}
	if (answer->status == STORE_BUSY) {
		waiter_wait(w, answer);
		return;
	}
	if (answer->status == STORE_UNCERTAIN) /* it may have been given */
		lock_hand_back(op->st, redis_op_id(op), 0, w->ticket);
	redis_op_take(op, answer);
	redis_op_take_record(op, answer);
	if (op->result.status == STORE_OK)
		op->result.fence = (uint64_t)answer->number;
	else if (answer->status == STORE_OK && answer->number > 0) /* to what cannot be read */
		lock_hand_back(op->st, redis_op_id(op), (uint64_t)answer->number, w->ticket);
	redis_op_finish(op);
}

static void waiter_ask(struct redis_waiter *w)
{
	struct redis_op *op = w->op;
	struct slice id = redis_op_id(op), namespace = redis_namespace(op->st);

	event_del(&w->timer);
	w->asked = true;
	w->again = false;
	redis_op_ask(op, redis_keys_bucket(id), REDIS_SCRIPT_lock, waiter_on_answer);
	redis_op_add_count(op, 4);
	redis_keys_add_session(&op->call, namespace, "s", id);
	redis_keys_add(&op->call, namespace, op->call.bucket, "meta");
	redis_keys_add_session(&op->call, namespace, "line", id);
	redis_keys_add_session(&op->call, namespace, "patience", id);
	redis_call_add(&op->call, slice_of(w->realm, w->realm_bytes));
	redis_call_add(&op->call, slice_of((const char *)w->hash, sizeof(w->hash)));
	redis_call_add_number(&op->call, w->lease_ms);
	redis_call_add(&op->call, slice_from(w->ticket));
	redis_call_add(&op->call, w->until_ms > 0 ? SLICE("1") : SLICE("0"));
	redis_call_add_number(&op->call, LOCK_SILENCE_MS);
	redis_op_send(op);
}

static struct redis_waiter *waiter_new(struct redis_op *op, const struct store_claim *claim)
{
	struct redis_waiter *w = calloc(1, sizeof(*w));
	struct redis_store *st = op->st;

	if (w == NULL || claim->realm.len > sizeof(w->realm)) {
		free(w);
		return NULL;
	}
	w->op = op;
	w->lease_ms = claim->lease_ms;
	w->pause_ms = LOCK_PAUSE_MS;
	w->until_ms = claim->wait_ms > 0 ? clock_mono_ms() + claim->wait_ms : 0;
	memcpy(w->hash, claim->hash, sizeof(w->hash));
	memcpy(w->realm, claim->realm.ptr, claim->realm.len);
	w->realm_bytes = claim->realm.len;
	snprintf(w->ticket, sizeof(w->ticket), "%016llx-%llu", (unsigned long long)st->nonce,
		 (unsigned long long)++st->tickets);
	event_assign(&w->timer, st->loop, -1, 0, waiter_on_time, w);
	w->place.what = redis_op_id(op);
	w->place.first = waiter_on_first;
	(void)redis_line_join(&st->lockers,
			      &w->place); /* whose secret is no good is told so at once */
	return w;
}

struct store_op *redis_lock(struct store *store, struct slice id, const struct store_claim *claim,
			    store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), id, done, ctx);

	if (op == NULL)
		return NULL;
	op->waiter = waiter_new(op, claim);
	if (op->waiter == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	waiter_ask(op->waiter);
	return (struct store_op *)op;
}
