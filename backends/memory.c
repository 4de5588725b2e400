/* memory.c - the store that lives and dies with the process; see memory.h.
 *
 * All workers share one struct memory: shards by a hash of the id, each under a lock of its own with
 * a hash table and a heap of what comes due. An entry is a session or a tombstone. What an operation
 * does is done at once, under its shard's lock; only its callback waits for the loop.
 *
 * The lock is held while a save copies the record (session_apply): the step must be atomic, a copy of
 * a usual session takes a microsecond, and others of the shard are 1 in 64. Old records are given
 * back after it.
 *
 * The heap is not told when a touch moves a session's end further away: the entry is scored again
 * when its old time has come, once an idle timeout and not once a touch. Only an end that comes
 * nearer moves it at once. */
#include "backends/memory.h"

#include "backends/due.h"

#include <assert.h>
#include <event2/event.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/queue.h>

enum {
	MEMORY_SHARDS = 64,
	MEMORY_MIN_BUCKETS = 16,
	MEMORY_CLAIM = 16, /* at most so many entries are expired under one lock */
	MEMORY_CACHE_LINE = 64,
};

/* A session, or the tombstone of one (session == NULL). What a look at it reads comes first, in one line of the
 * cache. */
struct entry {
	struct entry *next; /* in its bucket */
	uint64_t hash;
	const struct session *session;
	int64_t end_ms; /* the session's as it stands, or the tombstone's */
	char id[TOKEN_ID_CHARS];
	enum store_cause cause;
	const struct session *remains; /* of a tombstone; NULL: nothing was ever there */
	struct due_item due;           /* at end_ms or earlier */
};

struct shard {
	_Alignas(MEMORY_CACHE_LINE) pthread_mutex_t lock;
	struct entry **buckets;
	size_t bucket_count, entry_count;
	struct due due;
};

struct memory {
	struct backend backend;
	clock_fn *now;
	int64_t whole_since_ms;
	struct shard shards[MEMORY_SHARDS];
};

TAILQ_HEAD(op_list, store_op);

struct store_op {
	TAILQ_ENTRY(store_op) link;
	struct op_list *list; /* where it is linked */
	struct memory_store *store;
	store_done_fn *done;
	void *ctx;
	struct store_result result; /* holds a reference */
};

struct memory_store {
	struct store store;
	struct memory *memory;
	struct event *deliver;
	bool delivering;
	struct op_list done;  /* wait for their callback */
	struct op_list round; /* have their callback now */
	struct op_list
		unused; /* as many as there ever were at a time: so the hot path allocates none */
	size_t next_shard; /* where expire_due goes on */
};

/* --- Shards and entries --------------------------------------------------------------------- */

/* Ids are random, and only our own become entries: no more than an even spread is needed. */
static uint64_t memory_hash(struct slice id)
{
	uint64_t first, second;

	/* 16 of the characters are 96 random bits; the factors bring them down to where they are used */
	_Static_assert(TOKEN_ID_CHARS >= 2 * sizeof(first), "an id is long enough");
	memcpy(&first, id.ptr, sizeof(first));
	memcpy(&second, id.ptr + sizeof(first), sizeof(second));
	first = (first ^ (second >> 32 | second << 32)) * 0x9e3779b97f4a7c15u;
	return first ^ first >> 32;
}

/* The shard from high bits, the bucket from low ones. */
static struct shard *memory_shard(struct memory *m, uint64_t hash)
{
	return &m->shards[(hash >> 24) % MEMORY_SHARDS];
}

static struct entry **shard_bucket(struct shard *s, uint64_t hash)
{
	return &s->buckets[hash & (s->bucket_count - 1)];
}

static struct entry *shard_find(struct shard *s, uint64_t hash, struct slice id)
{
	struct entry *e = s->bucket_count > 0 ? *shard_bucket(s, hash) : NULL;

	while (e != NULL && (e->hash != hash || memcmp(e->id, id.ptr, TOKEN_ID_CHARS) != 0))
		e = e->next;
	return e;
}

/* All at once: a shard has a 64th of the sessions, and a doubling moves as many as came since the one
 * before, so that even a million of them is a millisecond, rarely; moving them bit by bit would put a
 * second table into every search. */
static int shard_resize(struct shard *s, size_t bucket_count)
{
	struct entry **old = s->buckets, **buckets = calloc(bucket_count, sizeof(struct entry *));
	size_t old_count = s->bucket_count;

	if (buckets == NULL)
		return SG_ENOMEM;
	s->buckets = buckets;
	s->bucket_count = bucket_count;
	for (size_t i = 0; i < old_count; i++) {
		for (struct entry *e = old[i], *next; e != NULL; e = next) {
			struct entry **bucket = shard_bucket(s, e->hash);

			next = e->next;
			e->next = *bucket;
			*bucket = e;
		}
	}
	free(old);
	return 0;
}

/* Without memory for a larger table the old one serves on, with longer chains. */
static int shard_make_room(struct shard *s)
{
	if (s->bucket_count == 0)
		return shard_resize(s, MEMORY_MIN_BUCKETS);
	if (2 * s->entry_count >= s->bucket_count) /* short chains: each step waits for memory */
		(void)shard_resize(s, s->bucket_count * 2);
	return 0;
}

static void shard_give_room_back(struct shard *s)
{
	if (s->bucket_count > MEMORY_MIN_BUCKETS && s->entry_count < s->bucket_count / 16)
		(void)shard_resize(s, s->bucket_count / 2);
}

/* A new entry, in bucket and heap; neither session nor tombstone yet. NULL: no memory. */
static struct entry *shard_add(struct shard *s, uint64_t hash, struct slice id)
{
	struct entry *e, **bucket;

	if (shard_make_room(s) != 0 || (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	if (due_add(&s->due, &e->due, INT64_MAX) != 0) {
		free(e);
		return NULL;
	}
	e->hash = hash;
	memcpy(e->id, id.ptr, TOKEN_ID_CHARS);
	bucket = shard_bucket(s, hash);
	e->next = *bucket;
	*bucket = e;
	s->entry_count++;
	return e;
}

static void shard_forget(struct shard *s, struct entry *e)
{
	struct entry **at = shard_bucket(s, e->hash);

	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	s->entry_count--;
	due_drop(&s->due, &e->due);
	session_unref(&e->remains);
	free(e);
	shard_give_room_back(s);
}

static void entry_due_sooner(struct shard *s, struct entry *e)
{
	if (e->end_ms < due_at(&s->due, &e->due))
		due_move(&s->due, &e->due, e->end_ms);
}

/* Takes the caller's reference to session, gives that of the old one. */
static const struct session *entry_set_session(struct shard *s, struct entry *e,
					       const struct session *session)
{
	const struct session *old = e->session;

	e->session = session;
	e->end_ms = session_end_ms(session);
	session_unref(&e->remains);
	e->cause = STORE_CAUSE_NONE;
	entry_due_sooner(s, e);
	return old;
}

/* The caller gets the reference that the session had, or NULL. */
static const struct session *entry_bury(struct shard *s, struct entry *e, enum store_cause cause,
					int64_t end_ms)
{
	const struct session *old = e->session, *remains;

	/* without memory nothing is known of it, and it has ended all the same */
	if (old != NULL && session_remains(old, &remains) == 0)
		e->remains = remains;
	e->session = NULL;
	e->cause = cause;
	e->end_ms = end_ms;
	entry_due_sooner(s, e);
	return old;
}

/* What an entry is at this moment, whether or not expire_due() has come by already. */
static enum store_status entry_status(const struct entry *e, int64_t now_ms,
				      enum store_cause *cause)
{
	if (e == NULL)
		return STORE_NOT_FOUND;
	if (e->session != NULL && now_ms < e->end_ms)
		return STORE_OK;
	if (e->session != NULL && now_ms - e->end_ms >= TOMBSTONE_MS)
		return STORE_NOT_FOUND;
	if (e->session == NULL && now_ms >= e->end_ms)
		return STORE_NOT_FOUND;
	*cause = e->session != NULL ? STORE_CAUSE_EXPIRED : e->cause;
	return STORE_ENDED;
}

/* --- Delivering results --------------------------------------------------------------------- */

static void op_move(struct store_op *op, struct op_list *to)
{
	if (op->list != NULL)
		TAILQ_REMOVE(op->list, op, link);
	op->list = to;
	TAILQ_INSERT_TAIL(to, op, link);
}

/* Before anything is done: what cannot be reported must not happen. */
static struct store_op *op_new(struct memory_store *st, store_done_fn *done, void *ctx)
{
	struct store_op *op = TAILQ_FIRST(&st->unused);

	if (op == NULL && (op = calloc(1, sizeof(*op))) == NULL)
		return NULL;
	op->store = st;
	op->done = done;
	op->ctx = ctx;
	op->result = (struct store_result){ 0 };
	op_move(op, &st->done);
	return op;
}

/* An event made active inside its own callback would run again in the same turn of the loop, and a
 * chain of operations could keep all others out of it; a timer of no length waits for the next. */
static void store_schedule(struct memory_store *st)
{
	static const struct timeval at_once;

	if (TAILQ_EMPTY(&st->done))
		return;
	if (st->delivering)
		event_add(st->deliver, &at_once);
	else
		event_active(st->deliver, EV_TIMEOUT, 0);
}

static struct store_op *op_finish(struct store_op *op)
{
	if (op->result.status == STORE_NOT_FOUND)
		op->result.whole_since_ms = op->store->memory->whole_since_ms;
	store_schedule(op->store);
	return op;
}

static void op_call_back(struct store_op *op)
{
	struct store_result result = op->result;

	op_move(op, &op->store->unused); /* first: the callback may start the next one */
	op->done(op->ctx, &result);
	session_unref(&result.session);
}

static void store_on_deliver(evutil_socket_t fd, short what, void *ctx)
{
	struct memory_store *st = ctx;
	struct store_op *op;

	(void)fd;
	(void)what;
	st->delivering = true;
	while ((op = TAILQ_FIRST(&st->done)) != NULL)
		op_move(op, &st->round);
	while ((op = TAILQ_FIRST(&st->round)) != NULL)
		op_call_back(op);
	st->delivering = false;
}

/* --- Operations ----------------------------------------------------------------------------- */

static struct memory_store *memory_store(struct store *store)
{
	return (struct memory_store *)store;
}

/* One step on one id: between begin and end its shard is locked. */
struct step {
	struct memory *memory;
	struct shard *shard;
	uint64_t hash;
	struct slice id;
	struct entry *entry; /* NULL: none */
	int64_t now_ms;
	struct store_result *result;   /* its status and cause are the entry's to begin with */
	const struct session *garbage; /* given back when the lock is open again */
};

static struct step step_begin(struct store_op *op, struct slice id)
{
	struct step s = { .memory = op->store->memory, .id = id, .result = &op->result };

	assert(id.len == TOKEN_ID_CHARS);
	s.hash = memory_hash(id);
	s.shard = memory_shard(s.memory, s.hash);
	pthread_mutex_lock(&s.shard->lock);
	s.entry = shard_find(s.shard, s.hash, id);
	if (s.entry != NULL)
		session_prefetch(s.entry->session);
	s.now_ms = s.memory->now();
	s.result->status = entry_status(s.entry, s.now_ms, &s.result->cause);
	return s;
}

static void step_end(struct step *s)
{
	pthread_mutex_unlock(&s->shard->lock);
	session_unref(&s->garbage);
}

static void step_answer(struct step *s, enum store_status status)
{
	s->result->status = status;
	s->result->cause = STORE_CAUSE_NONE;
	if (status == STORE_OK)
		s->result->session = session_ref(s->entry->session);
}

/* The entry of this id, made if there is none. */
static bool step_need_entry(struct step *s)
{
	if (s->entry == NULL)
		s->entry = shard_add(s->shard, s->hash, s->id);
	return s->entry != NULL;
}

static void step_show_remains(struct step *s)
{
	const struct session *remains =
		s->entry->session != NULL ? s->entry->session : s->entry->remains;

	if (remains != NULL)
		s->result->session = session_ref(remains);
}

static struct store_op *memory_find(struct store *store, struct slice id, store_done_fn *done,
				    void *ctx)
{
	struct store_op *op = op_new(memory_store(store), done, ctx);
	struct step s;

	if (op == NULL)
		return NULL;
	s = step_begin(op, id);
	if (s.result->status == STORE_OK)
		step_answer(&s, STORE_OK);
	else if (s.result->status == STORE_ENDED)
		step_show_remains(&s);
	step_end(&s);
	return op_finish(op);
}

static void step_create(struct step *s, const struct session *session)
{
	if (s->result->status == STORE_ENDED)
		return;
	if (s->result->status == STORE_OK) {
		bool repeated = session_has_save(s->entry->session, session->save_ids[0]);

		step_answer(s, repeated ? STORE_OK : STORE_MOVED);
		return;
	}
	if (!step_need_entry(s)) {
		step_answer(s, STORE_UNAVAILABLE);
		return;
	}
	s->garbage = entry_set_session(s->shard, s->entry, session_ref(session));
	step_answer(s, STORE_OK);
}

static struct store_op *memory_create(struct store *store, const struct session *session,
				      const struct session_quota *quota, store_done_fn *done,
				      void *ctx)
{
	struct store_op *op = op_new(memory_store(store), done, ctx);
	struct step s;

	(void)quota;

	if (op == NULL)
		return NULL;
	s = step_begin(op, slice_of(session->id, TOKEN_ID_CHARS));
	step_create(&s, session);
	step_end(&s);
	return op_finish(op);
}

/* Was d, or at least its renewal, written already? */
static bool save_is_repeated(const struct session *session, const struct delta *d)
{
	return session_has_save(session, d->save_id) ||
	       (d->renewal != NULL && token_hash_equal(d->renewal->hash, session->hash)) ||
	       (d->rotation != NULL && token_hash_equal(d->rotation->hash, session->hash));
}

static enum store_status save_status(int rc)
{
	switch (rc) {
	case 0:
		return STORE_OK;
	case SG_ELIMIT:
		return STORE_LIMIT;
	default:
		return STORE_UNAVAILABLE;
	}
}

static void step_save(struct step *s, const struct delta *d)
{
	const struct session *next;
	int rc;

	if (s->result->status != STORE_OK)
		return;
	if (save_is_repeated(s->entry->session, d)) {
		step_answer(s, STORE_OK);
		return;
	}
	if (s->entry->session->epoch != d->epoch) {
		step_answer(s, STORE_MOVED);
		return;
	}
	rc = session_apply(s->entry->session, d, s->now_ms, &next);
	if (rc == 0)
		s->garbage = entry_set_session(s->shard, s->entry, next);
	step_answer(s, save_status(rc));
}

static struct store_op *memory_save(struct store *store, struct slice id, const struct delta *d,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(memory_store(store), done, ctx);
	struct step s;

	if (op == NULL)
		return NULL;
	s = step_begin(op, id);
	step_save(&s, d);
	step_end(&s);
	return op_finish(op);
}

/* Who ended first keeps the cause, but the five minutes start anew: whoever ends a session wants to be
 * sure for that long. */
static void step_remove(struct step *s, enum store_cause cause)
{
	if (!step_need_entry(s)) {
		step_answer(s, STORE_UNAVAILABLE);
		return;
	}
	if (s->result->status == STORE_ENDED)
		cause = s->result->cause;
	s->garbage = entry_bury(s->shard, s->entry, cause, s->now_ms + TOMBSTONE_MS);
}

static struct store_op *memory_remove(struct store *store, struct slice id, enum store_cause cause,
				      store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(memory_store(store), done, ctx);
	struct step s;

	if (op == NULL)
		return NULL;
	s = step_begin(op, id);
	step_remove(&s, cause);
	step_end(&s);
	return op_finish(op);
}

static void memory_cancel(struct store_op **op)
{
	struct store_op *o = *op;

	*op = NULL;
	session_unref(&o->result.session);
	op_move(o, &o->store->unused);
}

/* --- Expiry --------------------------------------------------------------------------------- */

/* What one visit to a shard has done. */
struct claim {
	size_t claimed, ended;
	const struct session *garbage[MEMORY_CLAIM];
};

/* The entry's old time has come: it goes on to its real one, ends, or is forgotten. */
static void claim_entry(struct claim *c, struct shard *s, struct entry *e, int64_t now_ms)
{
	int64_t due_ms = e->end_ms;

	c->claimed++;
	if (due_ms > now_ms)
		due_move(&s->due, &e->due, due_ms);
	else if (e->session == NULL)
		shard_forget(s, e);
	else {
		c->garbage[c->ended++] =
			entry_bury(s, e, STORE_CAUSE_EXPIRED, due_ms + TOMBSTONE_MS);
		due_move(&s->due, &e->due, e->end_ms);
	}
}

static struct entry *entry_of(struct due_item *item)
{
	return item != NULL ? (struct entry *)((char *)item - offsetof(struct entry, due)) : NULL;
}

static struct claim shard_claim(struct shard *s, int64_t now_ms, size_t limit)
{
	struct claim c = { 0 };
	struct entry *e;

	if (limit > MEMORY_CLAIM)
		limit = MEMORY_CLAIM;
	pthread_mutex_lock(&s->lock);
	while (c.claimed < limit && (e = entry_of(due_first(&s->due))) != NULL &&
	       due_at(&s->due, &e->due) <= now_ms)
		claim_entry(&c, s, e, now_ms);
	pthread_mutex_unlock(&s->lock);
	return c;
}

/* All kinds of claims count towards limit, so that a call's length is bounded by it. */
static size_t memory_expire_due(struct store *store, size_t limit, bool *more)
{
	struct memory_store *st = memory_store(store);
	int64_t now_ms = st->memory->now();
	size_t ended = 0, quiet = 0;

	while (limit > 0 && quiet < MEMORY_SHARDS) {
		struct claim c = shard_claim(&st->memory->shards[st->next_shard], now_ms, limit);

		for (size_t i = 0; i < c.ended; i++)
			session_unref(&c.garbage[i]);
		ended += c.ended;
		limit -= c.claimed;
		quiet = c.claimed > 0 ? 0 : quiet + 1;
		st->next_shard = (st->next_shard + 1) % MEMORY_SHARDS;
	}
	*more = limit == 0;
	return ended;
}

/* --- Opening and closing -------------------------------------------------------------------- */

static void memory_store_close(struct store **store)
{
	struct memory_store *st = memory_store(*store);
	struct store_op *op;

	*store = NULL;
	assert(TAILQ_EMPTY(&st->done) && TAILQ_EMPTY(&st->round) && !st->delivering);
	while ((op = TAILQ_FIRST(&st->unused)) != NULL) {
		TAILQ_REMOVE(&st->unused, op, link);
		free(op);
	}
	event_free(st->deliver);
	free(st);
}

static const struct store_ops memory_ops = {
	.kind = "memory",
	.find = memory_find,
	.create = memory_create,
	.save = memory_save,
	.remove = memory_remove,
	.expire_due = memory_expire_due,
	.cancel = memory_cancel,
	.close = memory_store_close,
};

static int memory_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	struct memory_store *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return SG_ENOMEM;
	st->store.ops = &memory_ops;
	st->memory = (struct memory *)backend;
	TAILQ_INIT(&st->done);
	TAILQ_INIT(&st->round);
	TAILQ_INIT(&st->unused);
	st->deliver = event_new(loop, -1, 0, store_on_deliver, st);
	if (st->deliver == NULL) {
		free(st);
		return SG_ENOMEM;
	}
	*out = &st->store;
	return 0;
}

static bool memory_knows(struct slice url)
{
	return slice_equal(url, SLICE("memory:"));
}

static int memory_open(struct slice url, clock_fn *now, struct backend **out)
{
	struct memory *m = aligned_alloc(MEMORY_CACHE_LINE, sizeof(*m));

	(void)url; /* says no more than its scheme */
	if (m == NULL)
		return SG_ENOMEM;
	memset(m, 0, sizeof(*m));
	m->backend.kind = &memory_kind;
	m->now = now;
	m->whole_since_ms = now();
	for (size_t i = 0; i < MEMORY_SHARDS; i++)
		pthread_mutex_init(&m->shards[i].lock, NULL);
	*out = &m->backend;
	return 0;
}

static void shard_fini(struct shard *s)
{
	for (size_t i = 0; i < s->bucket_count; i++) {
		for (struct entry *e = s->buckets[i], *next; e != NULL; e = next) {
			next = e->next;
			session_unref(&e->session);
			session_unref(&e->remains);
			free(e);
		}
	}
	free(s->buckets);
	due_fini(&s->due);
	pthread_mutex_destroy(&s->lock);
}

static void memory_close(struct backend *backend)
{
	struct memory *m = (struct memory *)backend;

	for (size_t i = 0; i < MEMORY_SHARDS; i++)
		shard_fini(&m->shards[i]);
	free(m);
}

const struct backend_kind memory_kind = {
	.scheme = "memory:",
	.form = "memory: is the whole of it, nothing follows",
	.knows = memory_knows,
	.open = memory_open,
	.close = memory_close,
	.connect = memory_connect,
};
