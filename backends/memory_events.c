/* memory_events.c - see memory_events.h. */
#include "backends/memory_events.h"

#include <stdlib.h>

static void memory_note(struct memory *m, const struct session_event *e)
{
	journal_add(&m->journal, e);
	event_count(&m->counts, e->type, e->cause);
}

static struct session_event event_of(const struct session *s, enum event_type type,
				     enum event_cause cause, int64_t now_ms)
{
	return (struct session_event){
		.type = type,
		.cause = cause,
		.at_ms = now_ms,
		.session = slice_of(s->id, TOKEN_ID_CHARS),
		.realm = s->realm,
		.application = s->application,
		.user = s->user,
	};
}

/* Of this session; its user is as the record says. */
static void memory_announce(struct memory *m, enum event_type type, enum event_cause cause,
			    const struct session *session, int64_t now_ms)
{
	struct session_event e = event_of(session, type, cause, now_ms);

	memory_note(m, &e);
}

void memory_announce_new(struct memory *m, const struct session *session, enum event_cause cause,
			 int64_t now_ms)
{
	memory_announce(m, EVENT_CREATED, cause, session, now_ms);
	if (session_authenticated(session))
		memory_announce(m, EVENT_LOGIN, EVENT_CAUSE_NONE, session, now_ms);
}

void memory_announce_save(struct memory *m, const struct delta *d, const struct session *old,
			  const struct session *next, int64_t now_ms)
{
	if (d->login != NULL && session_authenticated(next)) {
		memory_announce(m, EVENT_LOGIN, EVENT_CAUSE_NONE, next, now_ms);
		atomic_fetch_add_explicit(&m->counts.renewals, 1, memory_order_relaxed);
	} else if (!token_hash_equal(old->hash, next->hash)) {
		memory_announce(m, EVENT_ROTATED, EVENT_CAUSE_NONE, next, now_ms);
	}
}

void memory_announce_denial(struct memory *m, enum store_status status,
			    const struct session *session, struct slice user, int64_t now_ms)
{
	enum event_cause cause =
		status == STORE_BLOCKED ? EVENT_CAUSE_USER_BLOCKED : EVENT_CAUSE_SESSION_LIMIT;
	struct session_event e = event_of(session, EVENT_DENIED, cause, now_ms);

	e.user = user;
	memory_note(m, &e);
}

void memory_announce_late(struct memory *m, const struct entry *e, struct slice id, int64_t now_ms)
{
	const struct session *session = NULL;
	struct session_event late = { .type = EVENT_LATE_SAVE_BLOCKED,
				      .at_ms = now_ms,
				      .session = id };

	if (e != NULL)
		session = e->session != NULL ? e->session : e->remains;
	if (session != NULL)
		late = event_of(session, EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE, now_ms);
	memory_note(m, &late);
}

void memory_announce_user(struct memory *m, enum event_type type, const struct visit *v,
			  struct slice actor, struct slice reason)
{
	struct session_event e = {
		.type = type,
		.at_ms = v->now_ms,
		.realm = v->who.realm,
		.user = v->who.name,
		.actor = actor,
		.reason = reason,
	};

	memory_note(m, &e);
}

/* What became of a session, as events call it. */
static void event_set_end(struct session_event *e, enum store_cause cause, const struct session *s)
{
	e->type = EVENT_REVOKED;
	switch (cause) {
	case STORE_CAUSE_EXPIRED:
		e->type = EVENT_EXPIRED;
		e->cause =
			session_end_ms(s) < s->expires_ms ? EVENT_CAUSE_IDLE : EVENT_CAUSE_ABSOLUTE;
		break;
	case STORE_CAUSE_EVICTED:
		e->type = EVENT_EVICTED;
		break;
	case STORE_CAUSE_REVOKED:
		break;
	case STORE_CAUSE_BLOCKED:
		e->cause = EVENT_CAUSE_USER_BLOCKED;
		break;
	case STORE_CAUSE_LOGOUT:
	case STORE_CAUSE_NONE:
		e->type = EVENT_LOGGED_OUT;
	}
}

static void memory_announce_end(struct memory *m, const struct store_end *end,
				const struct session *s, int64_t now_ms)
{
	struct session_event e = event_of(s, EVENT_REVOKED, EVENT_CAUSE_NONE, now_ms);

	event_set_end(&e, end->cause, s);
	e.actor = end->actor;
	e.reason = end->reason;
	memory_note(m, &e);
}

const struct session *memory_bury_as(struct memory *m, struct shard *s, struct entry *e,
				     const struct store_end *end, int64_t end_ms, int64_t now_ms)
{
	if (e->session != NULL)
		memory_announce_end(m, end, e->session, now_ms);
	return shard_bury(s, e, end->cause, end_ms);
}

const struct session *memory_bury(struct memory *m, struct shard *s, struct entry *e,
				  enum store_cause cause, int64_t end_ms, int64_t now_ms)
{
	const struct store_end end = { .cause = cause };

	return memory_bury_as(m, s, e, &end, end_ms, now_ms);
}

/* Nobody is kept from his sessions by who reads what happened to them: no lock where there is nothing new. */
struct store_op *memory_events(struct store *store, struct slice position, size_t limit,
			       store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	if (!journal_has(&st->memory->journal, position))
		return delivery_finish(op);
	op->batch = malloc(sizeof(*op->batch));
	if (op->batch == NULL)
		op->result.status = STORE_UNAVAILABLE;
	else
		journal_read(&st->memory->journal, position, limit, op->batch);
	return delivery_finish(op);
}

struct store_op *memory_tell(struct store *store, const struct session_event *e,
			     store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	journal_add(&st->memory->journal, e);
	return delivery_finish(op);
}
