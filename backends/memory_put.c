/* memory_put.c - the memory store takes over a record of another store: under the user's lock, so that nobody blocks him
 * meanwhile, and the shard's. */
#include "backends/memory_store.h"

/* One record on its way in. */
struct putting {
	struct memory *memory;
	const struct session *session;
	struct shard *shard;
	uint64_t hash;
	int64_t now_ms;
	struct visit visit; /* user: only of a session that has one */
	struct store_result *result;
	const struct session
		*garbage; /* that was there; given back when the locks are open again */
};

static struct slice putting_id(const struct putting *p)
{
	return slice_of(p->session->id, TOKEN_ID_CHARS);
}

/* What is here of the session: it, or what it left; NULL: nothing. */
static const struct session *putting_known(const struct entry *e, enum store_status status)
{
	if (e == NULL || (status == STORE_NOT_FOUND && e->session == NULL))
		return NULL;
	return e->session != NULL ? e->session : e->remains;
}

static bool putting_has_ended(const struct putting *p, enum store_status status)
{
	return status == STORE_ENDED && p->result->cause != STORE_CAUSE_EXPIRED;
}

/* Is it to be written? The result says it, if not. */
static bool putting_is_news(struct putting *p, const struct entry *e)
{
	enum store_status status = entry_status(e, p->now_ms, &p->result->cause);
	const struct session *known = putting_known(e, status);

	p->result->status = status;
	if (putting_has_ended(p, status))
		return false;
	if (session_end_ms(p->session) <= p->now_ms) {
		p->result->status = STORE_ENDED;
		p->result->cause = STORE_CAUSE_EXPIRED;
		return false;
	}
	if (known != NULL && session_is_newer(known, p->session)) {
		if (status != STORE_ENDED)
			p->result->status = STORE_OUTDATED;
		return false;
	}
	return status != STORE_OK || session_is_newer(p->session, known);
}

/* The other store has it, too, whoever wrote it here: its tombstone stands for longer, also if it is there already. */
static void putting_mark(struct putting *p, struct entry *e)
{
	bool ended = p->result->status == STORE_ENDED, marked;

	if (ended && p->result->cause == STORE_CAUSE_EXPIRED)
		return;
	marked = e->put;
	e->put = true;
	if (ended && !marked)
		p->garbage = shard_bury(p->shard, e, e->cause, p->now_ms + TOMBSTONE_MS);
}

/* There is room for all that follows, or nothing has happened. */
static struct entry *putting_make_room(struct putting *p, struct entry *e)
{
	if (session_authenticated(p->session) &&
	    (visit_need_user(&p->visit) != 0 || user_make_room(p->visit.user) != 0))
		return NULL;
	if (e == NULL)
		return shard_add(p->shard, p->hash, putting_id(p));
	return shard_make_room(p->shard) == 0 ? e : NULL;
}

static void putting_write(struct putting *p)
{
	struct entry *e = shard_find(p->shard, p->hash, putting_id(p));

	if (!putting_is_news(p, e)) {
		putting_mark(p, e);
		return;
	}
	*p->result = (struct store_result){ .status = STORE_UNAVAILABLE };
	if ((e = putting_make_room(p, e)) == NULL)
		return;
	p->garbage = shard_set(p->shard, e, session_ref(p->session));
	e->put = true;
	if (session_authenticated(p->session))
		user_list(p->visit.user, p->hash, putting_id(p));
	*p->result = (struct store_result){ .status = STORE_OK, .count = 1 };
}

static void putting_write_locked(struct putting *p)
{
	pthread_mutex_lock(&p->shard->lock);
	putting_write(p);
	pthread_mutex_unlock(&p->shard->lock);
}

static void putting_write_for(struct putting *p, const struct store_user *who)
{
	p->visit = users_enter(&p->memory->users, who, p->now_ms);
	if (p->visit.user != NULL && user_blocked(p->visit.user, p->now_ms))
		p->result->status = STORE_BLOCKED;
	else
		putting_write_locked(p);
	users_leave(&p->visit);
}

struct store_op *memory_put(struct store *store, const struct session *session, store_done_fn *done,
			    void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	const struct store_user who = { session->realm, session->user };
	struct putting p = { .memory = st->memory, .session = session };

	if (op == NULL)
		return NULL;
	p.hash = shard_hash(putting_id(&p));
	p.shard = memory_shard(p.memory, p.hash);
	p.now_ms = p.memory->now();
	p.result = &op->result;
	if (session_authenticated(session))
		putting_write_for(&p, &who);
	else
		putting_write_locked(&p);
	if (p.garbage != NULL && session_authenticated(p.garbage) &&
	    !slice_equal(p.garbage->user, session->user))
		memory_leave_user(p.memory, p.garbage);
	session_unref(&p.garbage);
	return delivery_finish(op);
}
