/* memory_lock.c - see memory_lock.h.
 *
 * Whoever hands a lock back, or ends a session, judges those in line right there, under the shard's lock: that is the
 * one step in which the secret is checked, the record loaded and the lock given. The answer is put into the
 * waiting operation, and its loop is sent a letter, be it the same: who waits has time. Timers are the waiting loop's
 * own: the wait's until the lock is there, the lease's after that. */
#include "backends/memory_lock.h"

#include "base/log.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

struct memory_locker {
	struct locker locker; /* the shard's lock guards it, and op->result until the op is told */
	struct memory_store *store;
	struct shard *shard;
	uint64_t hash;
	char id[TOKEN_ID_CHARS];
	uint8_t secret[TOKEN_HASH_BYTES]; /* its hash */
	int64_t lease_ms;
	struct link own;     /* of its store's */
	struct link letter;  /* to its store */
	struct event timer;  /* of the wait, then of the lease */
	bool leased;         /* of the lease */
	struct store_op *op; /* NULL: has been told */
	store_done_fn *done;
	void *ctx;
};

static struct memory_locker *memory_locker(struct locker *l)
{
	return CONTAINER_OF(l, struct memory_locker, locker);
}

static struct slice locker_id(const struct memory_locker *who)
{
	return slice_of(who->id, TOKEN_ID_CHARS);
}

static void locker_free(struct memory_locker *who)
{
	event_del(&who->timer);
	link_remove(&who->own);
	free(who);
}

static bool locker_arm(struct memory_locker *who, int64_t ms)
{
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	return event_add(&who->timer, &after) == 0;
}

/* --- being told --- */

/* Without memory for the timer the lease has no end but the request's. */
static void locker_told(struct memory_locker *who)
{
	who->leased = who->op->result.fence != 0 && locker_arm(who, who->lease_ms);
	delivery_finish(who->op);
}

static void locker_on_letter(struct link *letter)
{
	locker_told(CONTAINER_OF(letter, struct memory_locker, letter));
}

static void locker_on_done(void *ctx, const struct store_result *result)
{
	struct memory_locker *who = ctx;
	store_done_fn *done = who->done;
	void *done_ctx = who->ctx;

	who->op = NULL;
	if (result->fence == 0)
		locker_free(who);
	done(done_ctx, result);
}

/* --- with the shard's lock held --- */

/* What there is to tell at this moment. True: he may have the lock. */
static bool locker_look(struct memory_locker *who)
{
	struct memory *m = who->store->memory;
	struct store_result *result = &who->op->result;
	enum session_secret secret;

	memory_show(m, shard_find(who->shard, who->hash, locker_id(who)), result);
	if (result->status != STORE_OK)
		return false;
	secret = session_secret(result->session, who->secret, m->now());
	return secret == SECRET_CURRENT || secret == SECRET_OLD;
}

static void locker_answer(struct memory_locker *who, enum store_status status)
{
	struct store_result *result = &who->op->result;

	session_unref(&result->session);
	*result = (struct store_result){ .status = status };
}

/* He is next, or waits for what is no more. */
static void locker_serve(struct memory_locker *who)
{
	if (locker_look(who)) {
		locks_give(&who->shard->locks, &who->locker);
		who->op->result.fence = who->locker.fence;
	} else {
		locks_leave(&who->locker);
	}
	mailbox_send(&who->store->mailbox, &who->letter);
}

static void memory_lock_pass_on(struct shard *s, uint64_t hash, struct slice id)
{
	struct locker *next;

	while ((next = locks_next(&s->locks, hash, id)) != NULL)
		locker_serve(memory_locker(next));
}

bool memory_lock_admits(const struct shard *s, uint64_t hash, struct slice id, uint64_t fence)
{
	const struct locker *who = locks_find(&s->locks, hash, id, fence);

	return who != NULL && locker_is_last(who);
}

void memory_lock_hand_back(struct shard *s, uint64_t hash, struct slice id, uint64_t fence)
{
	struct locker *who = locks_find(&s->locks, hash, id, fence);

	if (who == NULL)
		return;
	locks_leave(who);
	locker_free(memory_locker(who));
	memory_lock_pass_on(s, hash, id);
}

void memory_lock_ended(struct shard *s, const struct entry *e)
{
	struct slice id = slice_of(e->id, TOKEN_ID_CHARS);
	struct locker *who;

	while ((who = locks_first(&s->locks, e->link.hash, id)) != NULL)
		locker_serve(memory_locker(who));
}

/* False: he was told something else at once. */
static bool locker_waits_for(struct memory_locker *who, int64_t wait_ms)
{
	if (wait_ms == 0)
		locker_answer(who, STORE_BUSY);
	else if (!locker_arm(who, wait_ms))
		locker_answer(who, STORE_UNAVAILABLE);
	else
		return true;
	locks_leave(&who->locker);
	return false;
}

/* True: he is in line. */
static bool locker_ask(struct memory_locker *who, const struct store_claim *claim)
{
	struct store_result *result = &who->op->result;

	if (!locker_look(who) || !slice_equal(result->session->realm, claim->realm))
		return false;
	if (locks_join(&who->shard->locks, who->hash, locker_id(who), &who->locker) != 0) {
		locker_answer(who, STORE_UNAVAILABLE);
		return false;
	}
	result->fence = who->locker.fence;
	if (result->fence != 0)
		return false;
	session_unref(&result->session); /* what it is then will be looked at then */
	return locker_waits_for(who, claim->wait_ms);
}

/* --- time --- */

static void locker_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct memory_locker *who = ctx;
	bool busy;

	(void)fd;
	(void)what;
	pthread_mutex_lock(&who->shard->lock);
	busy = locker_waits(&who->locker);
	if (busy) {
		locks_leave(&who->locker);
		locker_answer(who, STORE_BUSY);
	} else if (who->leased) {
		locks_lapse(&who->locker);
		memory_lock_pass_on(who->shard, who->hash, locker_id(who));
	} /* else a letter with better news is on its way */
	pthread_mutex_unlock(&who->shard->lock);
	if (busy)
		locker_told(who);
}

/* --- operations --- */

static struct memory_locker *locker_new(struct memory_store *st, struct slice id,
					const struct store_claim *claim)
{
	struct memory_locker *who = calloc(1, sizeof(*who));

	if (who == NULL)
		return NULL;
	who->store = st;
	who->hash = shard_hash(id);
	who->shard = memory_shard(st->memory, who->hash);
	memcpy(who->id, id.ptr, TOKEN_ID_CHARS);
	memcpy(who->secret, claim->hash, TOKEN_HASH_BYTES);
	who->lease_ms = claim->lease_ms;
	event_assign(&who->timer, st->loop, -1, 0, locker_on_time, who);
	link_push(&st->lockers, &who->own);
	return who;
}

struct store_op *memory_lock(struct store *store, struct slice id, const struct store_claim *claim,
			     store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct memory_locker *who = locker_new(st, id, claim);
	struct store_op *op;
	bool waits;

	if (who == NULL || (op = delivery_begin(&st->delivery, locker_on_done, who)) == NULL) {
		if (who != NULL)
			locker_free(who);
		return NULL;
	}
	who->op = op;
	who->done = done;
	who->ctx = ctx;
	delivery_wait(op);
	pthread_mutex_lock(&who->shard->lock);
	waits = locker_ask(who, claim);
	pthread_mutex_unlock(&who->shard->lock);
	if (waits)
		log_debug("", "session %.*s: waits in line for its lock", SLICE_ARGS(id));
	else
		locker_told(who);
	return op;
}

void memory_unlock(struct store *store, struct slice id, uint64_t fence)
{
	struct memory_store *st = memory_store(store);
	uint64_t hash = shard_hash(id);
	struct shard *s = memory_shard(st->memory, hash);

	pthread_mutex_lock(&s->lock);
	memory_lock_hand_back(s, hash, id, fence);
	pthread_mutex_unlock(&s->lock);
}

void memory_release(struct store *store, struct slice id, uint64_t fence)
{
	struct memory_store *st = memory_store(store);
	uint64_t hash = shard_hash(id);
	struct shard *s = memory_shard(st->memory, hash);
	struct locker *who;

	pthread_mutex_lock(&s->lock);
	who = locks_find(&s->locks, hash, id, fence);
	if (who != NULL) {
		locks_lapse(who);
		memory_lock_pass_on(s, hash, id);
	}
	pthread_mutex_unlock(&s->lock);
}

/* Once he has left the line nobody writes to him; a letter may be on its way. */
static void locker_withdraw(struct memory_locker *who)
{
	pthread_mutex_lock(&who->shard->lock);
	locks_leave(&who->locker);
	memory_lock_pass_on(who->shard, who->hash, locker_id(who));
	pthread_mutex_unlock(&who->shard->lock);
	mailbox_withdraw(&who->store->mailbox, &who->letter);
	locker_free(who);
}

void memory_lock_cancel(struct store_op **op)
{
	if ((*op)->done == locker_on_done)
		locker_withdraw((*op)->ctx);
	delivery_cancel(op);
}

int memory_lock_open(struct memory_store *st, struct event_base *loop)
{
	st->loop = loop;
	return mailbox_open(&st->mailbox, loop, locker_on_letter);
}

void memory_lock_close(struct memory_store *st)
{
	for (struct link *l = st->lockers, *next; l != NULL; l = next) {
		next = l->next;
		locker_withdraw(CONTAINER_OF(l, struct memory_locker, own));
	}
	mailbox_close(&st->mailbox);
}
