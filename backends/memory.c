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

#include "backends/login.h"
#include "backends/memory_events.h"
#include "backends/memory_lock.h"
#include "backends/memory_store.h"

#include <assert.h>
#include <stdlib.h>

enum { MEMORY_CLAIM = 16 }; /* at most so many entries are expired under one lock */

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
	bool left;                     /* garbage's user has it no more */
	struct login_step *login;      /* of a login, which has locked it; else NULL */
};

static struct step step_begin(struct memory *m, struct store_op *op, struct slice id,
			      struct login_step *login)
{
	struct step s = { .memory = m, .id = id, .result = &op->result, .login = login };

	assert(id.len == TOKEN_ID_CHARS);
	s.hash = shard_hash(id);
	s.shard = memory_shard(s.memory, s.hash);
	if (login == NULL)
		pthread_mutex_lock(&s.shard->lock);
	s.entry = shard_find(s.shard, s.hash, id);
	if (s.entry != NULL)
		session_prefetch(s.entry->session);
	s.now_ms = s.memory->now();
	s.result->status = entry_status(s.entry, s.now_ms, &s.result->cause);
	s.result->whole_since_ms = m->whole_since_ms;
	return s;
}

static void step_end(struct step *s)
{
	if (s->login != NULL)
		login_end(s->login);
	else
		pthread_mutex_unlock(&s->shard->lock);
	if (s->left)
		memory_leave_user(s->memory, s->garbage);
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

/* What an entry that is not forgotten is or was; NULL: nothing is known of it. */
static const struct session *entry_record(const struct entry *e, enum store_status status)
{
	if (e == NULL || status == STORE_NOT_FOUND)
		return NULL;
	return e->session != NULL ? e->session : e->remains;
}

void memory_show(struct memory *m, const struct entry *e, struct store_result *out)
{
	const struct session *record;

	*out = (struct store_result){ .whole_since_ms = m->whole_since_ms };
	out->status = entry_status(e, m->now(), &out->cause);
	record = entry_record(e, out->status);
	if (record != NULL)
		out->session = session_ref(record);
}

static struct store_op *memory_find(struct store *store, struct slice id, store_done_fn *done,
				    void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	uint64_t hash = shard_hash(id);
	struct shard *shard = memory_shard(st->memory, hash);
	const struct entry *e;

	if (op == NULL)
		return NULL;
	pthread_mutex_lock(&shard->lock);
	e = shard_find(shard, hash, id);
	if (e != NULL)
		session_prefetch(e->session);
	memory_show(st->memory, e, &op->result);
	pthread_mutex_unlock(&shard->lock);
	return delivery_finish(op);
}

/* session is the one that the user would log in to. */
static enum store_status step_admit(struct step *s, const struct session *session)
{
	enum store_status status = s->login != NULL ? login_admit(s->login, s->entry) : STORE_OK;

	if (status == STORE_BLOCKED || status == STORE_FULL)
		memory_announce_denial(s->memory, status, session, s->login->visit.who.name,
				       s->now_ms);
	return status;
}

static void step_bury_as(struct step *s, const struct store_end *end, int64_t end_ms)
{
	s->garbage = memory_bury_as(s->memory, s->shard, s->entry, end, end_ms, s->now_ms);
	s->left = s->garbage != NULL && session_authenticated(s->garbage);
}

static void step_bury(struct step *s, enum store_cause cause, int64_t end_ms)
{
	const struct store_end end = { .cause = cause };

	step_bury_as(s, &end, end_ms);
}

/* What stood there had ended so long ago that it is forgotten, but nobody had come by to bury it. */
static void step_write_new(struct step *s, const struct session *session,
			   const struct store_mark *mark)
{
	if (s->entry->session != NULL)
		step_bury(s, STORE_CAUSE_EXPIRED, s->now_ms);
	(void)shard_set(s->shard, s->entry, session_ref(session));
	if (s->login != NULL)
		login_write(s->login);
	memory_announce_new(s->memory, session,
			    mark != NULL ? EVENT_CAUSE_ADOPTED : EVENT_CAUSE_NONE, s->now_ms);
}

static enum store_status step_make(struct step *s, const struct session *session,
				   const struct store_mark *mark)
{
	enum store_status status = step_admit(s, session);
	struct marks *marks = &s->memory->marks;
	struct mark *made = NULL;

	if (status != STORE_OK)
		return status;
	if (mark != NULL && (made = marks_add(marks, session->realm, mark, s->now_ms)) == NULL)
		return marks_full(marks) ? STORE_LIMIT : STORE_UNAVAILABLE;
	if (!step_need_entry(s)) {
		if (made != NULL)
			marks_drop(marks, made);
		return STORE_UNAVAILABLE;
	}
	step_write_new(s, session, mark);
	return STORE_OK;
}

/* The marks are locked from the look at them until the session is there: nobody sees one without the other. */
static enum store_status step_make_marked(struct step *s, const struct session *session,
					  const struct store_mark *mark)
{
	struct marks *marks = &s->memory->marks;
	enum store_status status = STORE_MARKED;

	marks_lock(marks);
	if (!marks_forbid(marks, session->realm, mark, s->now_ms, &s->result->marked_ms))
		status = step_make(s, session, mark);
	marks_unlock(marks);
	return status;
}

static void step_create(struct step *s, const struct session *session,
			const struct store_mark *mark)
{
	if (s->result->status == STORE_ENDED)
		return;
	if (s->result->status == STORE_OK) {
		bool repeated = session_has_save(s->entry->session, session->save_ids[0]);

		step_answer(s, repeated ? STORE_OK : STORE_MOVED);
		return;
	}
	step_answer(s, mark == NULL ? step_make(s, session, NULL)
				    : step_make_marked(s, session, mark));
}

static struct store_op *memory_create(struct store *store, const struct session *session,
				      const struct session_quota *quota,
				      const struct store_mark *mark, store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct store_user who = { session->realm, session->user };
	struct slice id = slice_of(session->id, TOKEN_ID_CHARS);
	struct login_step login;
	struct step s;

	if (op == NULL)
		return NULL;
	if (session_authenticated(session)) {
		login_begin(&login, st->memory, &who, quota, id);
		s = step_begin(st->memory, op, id, &login);
	} else {
		s = step_begin(st->memory, op, id, NULL);
	}
	step_create(&s, session, mark);
	step_end(&s);
	return delivery_finish(op);
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

static bool save_is_login(const struct delta *d)
{
	return d->login != NULL && d->login->user.len > 0;
}

/* The guard has let it through. */
static enum store_status step_apply(struct step *s, const struct delta *d)
{
	const struct session *next;
	enum store_status status = step_admit(s, s->entry->session);

	if (status == STORE_OK && shard_make_room(s->shard) != 0)
		status = STORE_UNAVAILABLE;
	if (status == STORE_OK)
		status = save_status(session_apply(s->entry->session, d, s->now_ms, &next));
	if (status != STORE_OK)
		return status;
	s->garbage = shard_set(s->shard, s->entry, next);
	s->left = d->login != NULL && session_authenticated(s->garbage) &&
		  !slice_equal(s->garbage->user, next->user);
	if (s->login != NULL)
		login_write(s->login);
	if (d->renewal != NULL || d->rotation != NULL)
		memory_announce_save(s->memory, d, s->garbage, next, s->now_ms);
	return STORE_OK;
}

static void step_save(struct step *s, const struct delta *d)
{
	if (s->result->status != STORE_OK)
		return;
	if (save_is_repeated(s->entry->session, d)) {
		step_answer(s, STORE_OK);
		return;
	}
	if (d->fence != 0 && !memory_lock_admits(s->shard, s->hash, s->id, d->fence)) {
		step_answer(s, STORE_FENCED);
		return;
	}
	if (d->version != 0 && s->entry->session->version != d->version) {
		step_answer(s, STORE_OUTDATED);
		return;
	}
	if (s->entry->session->epoch != d->epoch) {
		step_answer(s, STORE_MOVED);
		return;
	}
	step_answer(s, step_apply(s, d));
}

/* The guard has kept something out. A touch was worth nothing. */
static void step_tell_late(struct step *s, const struct delta *d)
{
	enum store_status status = s->result->status;

	if ((status == STORE_MOVED || status == STORE_FENCED || status == STORE_ENDED ||
	     status == STORE_NOT_FOUND) &&
	    !delta_is_touch(d))
		memory_announce_late(s->memory, s->entry, s->id, s->now_ms);
}

/* With the save goes the lock that it was made under, unless it is to be repeated. */
static void step_unlock(struct step *s, const struct delta *d)
{
	if (d->fence != 0 && !d->keeps_lock && s->result->status != STORE_UNAVAILABLE)
		memory_lock_hand_back(s->shard, s->hash, s->id, d->fence);
}

/* The session as it is now, a reference; NULL: there is none. */
static const struct session *memory_look(struct memory *m, struct slice id)
{
	uint64_t hash = shard_hash(id);
	struct shard *s = memory_shard(m, hash);
	const struct session *session = NULL;
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = shard_find(s, hash, id);
	if (e != NULL && e->session != NULL)
		session = session_ref(e->session);
	pthread_mutex_unlock(&s->lock);
	return session;
}

static void memory_save_step(struct memory *m, struct store_op *op, struct slice id,
			     const struct delta *d, struct login_step *login)
{
	struct step s = step_begin(m, op, id, login);

	step_save(&s, d);
	step_tell_late(&s, d);
	step_unlock(&s, d);
	step_end(&s);
}

/* The user's lock comes before the session's, and in which realm the user is, the session tells. If it is another's
 * when the locks are there, its epoch is another too, and nothing is written. */
static void memory_log_in(struct memory *m, struct store_op *op, struct slice id,
			  const struct delta *d)
{
	const struct session *session = memory_look(m, id);
	struct login_step login;
	struct store_user who;

	if (session == NULL) {
		struct step s = step_begin(m, op, id, NULL);

		if (s.result->status ==
		    STORE_OK) /* it came this very moment: nobody can have known its epoch */
			step_answer(&s, STORE_MOVED);
		step_tell_late(&s, d);
		step_unlock(&s, d);
		step_end(&s);
		return;
	}
	who = (struct store_user){ session->realm, d->login->user };
	login_begin(&login, m, &who, &d->login->quota, id);
	memory_save_step(m, op, id, d, &login);
	session_unref(&session);
}

static struct store_op *memory_save(struct store *store, struct slice id, const struct delta *d,
				    store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	if (save_is_login(d))
		memory_log_in(st->memory, op, id, d);
	else
		memory_save_step(st->memory, op, id, d, NULL);
	return delivery_finish(op);
}

/* Who ended first keeps the cause, but the five minutes start anew: whoever ends a session wants to be
 * sure for that long. */
static void step_remove(struct step *s, const struct store_user *owner, const struct store_end *end)
{
	struct store_end again = { .cause = s->result->cause };

	const struct session *record = entry_record(s->entry, s->result->status);

	if (owner != NULL && !memory_is_of(record, owner)) {
		step_answer(s, STORE_NOT_FOUND);
		return;
	}
	if (!step_need_entry(s)) {
		step_answer(s, STORE_UNAVAILABLE);
		return;
	}
	step_bury_as(s, s->result->status == STORE_ENDED ? &again : end, s->now_ms + TOMBSTONE_MS);
}

static struct store_op *memory_remove(struct store *store, struct slice id,
				      const struct store_user *owner, const struct store_end *end,
				      store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct step s;

	if (op == NULL)
		return NULL;
	s = step_begin(st->memory, op, id, NULL);
	step_remove(&s, owner, end);
	step_end(&s);
	return delivery_finish(op);
}

/* --- Expiry --------------------------------------------------------------------------------- */

/* What one visit to a shard has done. */
struct claim {
	size_t claimed, ended;
	const struct session *garbage[MEMORY_CLAIM];
};

/* The entry's old time has come: it goes on to its real one, ends, or is forgotten. */
static void claim_entry(struct claim *c, struct memory *m, struct shard *s, struct entry *e,
			int64_t now_ms)
{
	c->claimed++;
	if (e->end_ms <= now_ms && e->session == NULL) {
		shard_forget(s, e);
		return;
	}
	if (e->end_ms <= now_ms)
		c->garbage[c->ended++] =
			memory_bury(m, s, e, STORE_CAUSE_EXPIRED, e->end_ms + TOMBSTONE_MS, now_ms);
	shard_score(s, e);
}

static struct claim memory_claim(struct memory *m, struct shard *s, int64_t now_ms, size_t limit)
{
	struct claim c = { 0 };
	struct entry *e;

	if (limit > MEMORY_CLAIM)
		limit = MEMORY_CLAIM;
	pthread_mutex_lock(&s->lock);
	while (c.claimed < limit && (e = shard_due(s, now_ms)) != NULL)
		claim_entry(&c, m, s, e, now_ms);
	pthread_mutex_unlock(&s->lock);
	return c;
}

/* All kinds of claims count towards limit, so that a call's length is bounded by it. */
static struct store_op *memory_expire_due(struct store *store, size_t limit, store_done_fn *done,
					  void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	int64_t now_ms = st->memory->now();
	size_t ended = 0, quiet = 0;

	if (op == NULL)
		return NULL;
	limit -= marks_expire(&st->memory->marks, now_ms, limit);
	while (limit > 0 && quiet < MEMORY_SHARDS) {
		struct claim c = memory_claim(st->memory, &st->memory->shards[st->next_shard],
					      now_ms, limit);

		for (size_t i = 0; i < c.ended; i++) {
			if (session_authenticated(c.garbage[i]))
				memory_leave_user(st->memory, c.garbage[i]);
			session_unref(&c.garbage[i]);
		}
		ended += c.ended;
		limit -= c.claimed;
		quiet = c.claimed > 0 ? 0 : quiet + 1;
		st->next_shard = (st->next_shard + 1) % MEMORY_SHARDS;
	}
	op->result.more = limit == 0;
	op->result.count = ended;
	return delivery_finish(op);
}

/* --- Health --------------------------------------------------------------------------------- */

static struct store_op *memory_health(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = delivery_begin(&memory_store(store)->delivery, done, ctx);

	return op != NULL ? delivery_finish(op) : NULL;
}

static struct store_op *memory_examine(struct store *store, store_done_fn *done, void *ctx)
{
	static const struct finding findings[] = {
		{ "store.reachable",
		  FINDING_PASS,
		  { "", 0 },
		  { "it is in this process", 21 },
		  NULL },
		{ "store.durability",
		  FINDING_NOTE,
		  { "", 0 },
		  { "sessions are kept in this process alone: they end with it, and no other gateway has them",
		    88 },
		  "for sessions that outlive a restart set store.url to a store of their own" },
	};
	struct store_op *op = delivery_begin(&memory_store(store)->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	op->result.findings = findings;
	op->result.count = sizeof(findings) / sizeof(findings[0]);
	return delivery_finish(op);
}

/* --- Opening and closing -------------------------------------------------------------------- */

static void memory_store_close(struct store **store)
{
	struct memory_store *st = memory_store(*store);

	*store = NULL;
	memory_lock_close(st);
	delivery_close(&st->delivery);
	free(st);
}

static const struct store_ops memory_ops = {
	.kind = "memory",
	.find = memory_find,
	.lock = memory_lock,
	.unlock = memory_unlock,
	.release = memory_release,
	.create = memory_create,
	.put = memory_put,
	.save = memory_save,
	.remove = memory_remove,
	.remove_user = memory_remove_user,
	.list_user = memory_list_user,
	.list = memory_list,
	.count = memory_count,
	.headcount = memory_headcount,
	.users = memory_users,
	.block_user = memory_block_user,
	.unblock_user = memory_unblock_user,
	.events = memory_events,
	.tell = memory_tell,
	.health = memory_health,
	.examine = memory_examine,
	.expire_due = memory_expire_due,
	.cancel = memory_lock_cancel,
	.close = memory_store_close,
};

static int memory_connect(struct backend *backend, struct event_base *loop, struct store **out)
{
	struct memory_store *st = calloc(1, sizeof(*st));
	int rc;

	if (st == NULL)
		return SG_ENOMEM;
	st->store.ops = &memory_ops;
	st->memory = (struct memory *)backend;
	if ((rc = delivery_open(&st->delivery, loop)) != 0) {
		free(st);
		return rc;
	}
	if ((rc = memory_lock_open(st, loop)) != 0) {
		delivery_close(&st->delivery);
		free(st);
		return rc;
	}
	*out = &st->store;
	return 0;
}

static bool memory_knows(struct slice url, const char **reason)
{
	if (slice_equal(url, SLICE("memory:")))
		return true;
	*reason = "memory: is the whole of it, nothing follows";
	return false;
}

static void memory_close(struct backend *backend)
{
	struct memory *m = (struct memory *)backend;

	for (size_t i = 0; i < MEMORY_SHARDS; i++)
		shard_fini(&m->shards[i]);
	users_fini(&m->users);
	marks_fini(&m->marks);
	journal_fini(&m->journal);
	free(m);
}

static int memory_open(const struct backend_settings *settings, struct backend **out)
{
	struct memory *m = aligned_alloc(SHARD_CACHE_LINE, sizeof(*m));
	int rc;

	if (m == NULL)
		return SG_ENOMEM;
	memset(m, 0, sizeof(*m));
	m->backend.kind = &memory_kind;
	m->now = settings->now;
	m->whole_since_ms = m->now();
	for (size_t i = 0; i < MEMORY_SHARDS; i++)
		shard_init(&m->shards[i], memory_lock_ended);
	marks_init(&m->marks);
	m->backend.counts = &m->counts;
	if ((rc = users_init(&m->users)) != 0 ||
	    (rc = journal_init(&m->journal, MEMORY_EVENTS, m->whole_since_ms)) != 0) {
		memory_close(&m->backend);
		return rc;
	}
	*out = &m->backend;
	return 0;
}

const struct backend_kind memory_kind = {
	.scheme = "memory:",
	.knows = memory_knows,
	.open = memory_open,
	.close = memory_close,
	.connect = memory_connect,
};
