/* backend.h - where sessions sleep between requests: the contract of every store.
 *
 * Calls    A call copies what it needs before it returns (records are referenced). Its callback comes
 *          once, later, from the loop that the store was opened on, never before the call has
 *          returned; the operation is then gone.
 * Memory   NULL instead of an operation: there was no memory for it. Nothing has happened then and no
 *          callback comes; to the caller it is UNAVAILABLE. Want of memory after that is reported
 *          as UNAVAILABLE by the callback.
 * Atomic   Each operation is one step, unless it says otherwise: no other reader or writer sees half of it.
 * Ended    An ended session leaves a tombstone for TOMBSTONE_MS, where nothing was as well: no save
 *          and no create brings the id back.
 * Put      What has ended that was put here from another store, or was here when that was tried, has a tombstone for
 *          STORE_PUT_TOMBSTONE_DAYS more, so that another put does not bring it back: how long it lives there nobody here
 *          knows, since a login there begins its time anew. Not what has expired, which somebody may have gone on to use
 *          there.
 * Time     The store's own clock decides what has ended, inside the step.
 * Away     A store that cannot be reached fails no backend_open() and no backend_connect(), which wait for nothing:
 *          it is tried again for as long as it takes, what is asked of it is UNAVAILABLE until then, and the
 *          log is told when it went and when it is back.
 * Lost     UNCERTAIN is for writes whose answer was lost. The same call once more is safe, whatever came of the
 *          first: a store knows a save by its save_id, and a renewal by its hash. To a question that is UNAVAILABLE.
 * Ids      are well-formed (token_id_well_formed); the caller has looked.
 * Values   of attributes are any bytes to a store: a cipher may have been at them (sealed.h). What it has added to each,
 *          delta's value_overhead, counts towards no limit.
 * Spoiled  A record that is there and cannot be read is NOT_FOUND, in a store that was never whole
 *          (STORE_NEVER_WHOLE), so that nobody's token is taken for it; the log is told.
 * Users    belong to a realm; the same name in another is another. A name is any bytes, up to SESSION_USER_BYTES of
 *          them, a realm's up to STORE_REALM_BYTES and none of them zero.
 * Lists    are read page by page: an answer's cursor is where the next page goes on, empty when there is none. A page may
 *          hold fewer than were asked for, or none, and still have a next one: a store looks at no more at a time than
 *          takes it 50 ms, and holds nothing up for 5 ms meanwhile. A cursor is any bytes; it is good on every store of
 *          the backend and after a restart, for the same question; another limit is no other question.
 * Borrow   A result lasts for the length of the callback; session_ref() keeps the record.
 * Thread   A struct store belongs to one loop. What many of them share locks for itself. */
#ifndef SG_BACKEND_H
#define SG_BACKEND_H

#include "backends/finding.h"
#include "base/clock.h"
#include "session/event.h"
#include "session/filter.h"
#include "session/session.h"

struct event_base;
struct headcount;

enum {
	TOMBSTONE_MS = 300000,
	STORE_PUT_TOMBSTONE_DAYS = 30,
	STORE_POSITION_BYTES = 256, /* no position among the events is longer */
	STORE_MARK_BYTES = 32,
	STORE_REALM_BYTES = 64, /* no realm's name is longer */
	STORE_PAGE = 500,       /* no page holds more */
	STORE_CURSOR_BYTES = 512,
	STORE_SAYING_BYTES = 800,
	STORE_NODE_BYTES = 255,
};

/* Since when a store has been whole that has lost something just now. */
#define STORE_NEVER_WHOLE INT64_MAX

#define STORE_STATUSES(X)                                                \
	X(OK, "ok")                                                      \
	X(NOT_FOUND, "not found")     /* never there, or forgotten */    \
	X(ENDED, "ended")             /* it was, or was forbidden */     \
	X(MOVED, "epoch moved")       /* save: nothing was written */    \
	X(FENCED, "lock lost")        /* save: nothing was written */    \
	X(OUTDATED, "version moved")  /* save: nothing was written */    \
	X(LIMIT, "over a limit")      /* nothing was written */          \
	X(BLOCKED, "user blocked")    /* a login: nothing was written */ \
	X(FULL, "too many sessions")  /* a login: nothing was written */ \
	X(BUSY, "locked")             /* lock: others hold it */         \
	X(MARKED, "taken over")       /* create: nothing was written */  \
	X(CURSOR, "unknown cursor")   /* a page: of no such question */  \
	X(UNAVAILABLE, "unavailable") /* nothing happened */             \
	X(UNCERTAIN, "uncertain")     /* sent, the answer lost: repeat with the same save_id */

enum store_status {
#define STORE_STATUS(name, text) STORE_##name,
	STORE_STATUSES(STORE_STATUS)
#undef STORE_STATUS
};

const char *store_status_text(enum store_status status);

/* Why a session ended. */
enum store_cause {
	STORE_CAUSE_NONE,
	STORE_CAUSE_EXPIRED, /* idle or absolute */
	STORE_CAUSE_LOGOUT,
	STORE_CAUSE_EVICTED, /* the user has logged in elsewhere, beyond the limit */
	STORE_CAUSE_REVOKED, /* somebody ended it from outside */
	STORE_CAUSE_BLOCKED, /* its user was blocked */
};

/* How a session is ended; from outside: by whom, and why he says, for the event. Up to STORE_SAYING_BYTES each, or empty. */
struct store_end {
	enum store_cause cause;
	struct slice actor, reason;
};

/* By cause: ends that nobody says anything about. */
extern const struct store_end store_ends[];

struct store_user {
	struct slice realm, name; /* name: not empty */
};

/* A user who may not log in. */
struct store_block {
	int64_t until_ms;    /* it lapses by itself then; 0: never */
	struct slice reason; /* for a person; may be empty */
	struct slice actor;  /* who blocks him, for the events; the same */
};

/* A page of sessions. */
enum store_order { STORE_BY_SEEN, STORE_BY_CREATED };

struct store_listing {
	const struct filter *filter;
	enum store_order order; /* of one moment the id decides, bytewise */
	bool descending;        /* all of it the other way round */
	bool ids; /* nothing else of them, and their time, need be there; what cannot be read, or has ended, may be among them. Of all sessions */
	struct slice cursor; /* an earlier answer's; empty: the first page */
	size_t limit;        /* 1 to STORE_PAGE */
};

/* A page of users; all of it must hold. */
enum store_user_state { STORE_USER_ANY, STORE_USER_BLOCKED, STORE_USER_FREE };

struct store_user_listing {
	struct filter_names realms, names;
	struct slice prefix; /* of the name, bytewise; empty: any */
	size_t min_sessions;
	enum store_user_state state;
	struct slice cursor;
	size_t limit;
};

struct store_user_row {
	struct store_user who;
	size_t sessions; /* live ones */
	int64_t seen_ms; /* the last time one of them was; 0: there is none */
	bool blocked;
	struct store_block block; /* of who is; nobody knows any more who did it */
};

struct store_result {
	enum store_status status;
	/* find and lock: the record; create and save: what is stored now, of a save that is unread maybe without its
	 * values. Only with STORE_OK, else NULL */
	const struct session *session;
	uint64_t fence;         /* lock: to be handed back; 0: the lock was not given */
	enum store_cause cause; /* with STORE_ENDED */
	int64_t marked_ms; /* with STORE_MARKED: when the mark was made; 0: none stands, its time is over */
	/* list_user, list: the records, each borrowed. Only with STORE_OK */
	const struct session *const *sessions;
	const struct store_user_row *users; /* users: them */
	/* list, users: where the next page goes on; empty: this was the last */
	struct slice cursor;
	/* events: them, and how far the reader has come with them; some before them were not kept */
	const struct session_event *events;
	struct slice position;
	bool gap;
	int64_t rest_ms; /* there were none, and asking costs the store so much that who is in no hurry waits so long */
	const struct finding *findings;    /* examine: them */
	const struct headcount *headcount; /* headcount: it; only with STORE_OK */
	bool exact;                        /* count, headcount: not just about so many */
	/* list_user, list, users, events, examine: how many these are; count: the number; remove_user, block_user,
	 * expire_due: how many sessions were ended; put: 1 if it was written */
	size_t count;
	bool more; /* expire_due */
	/* With STORE_NOT_FOUND: since when the store has lost nothing. An older session may have
	 * been there once. */
	int64_t whole_since_ms;
};

/* Who asks for a session's lock, and for how long. Only who knows its secret gets it, or a place in line. */
struct store_claim {
	struct slice realm;  /* the session's, or the secret counts for nothing */
	const uint8_t *hash; /* of the secret that was presented */
	int64_t lease_ms; /* so long after it was given the lock passes on, handed back or not; not 0 */
	int64_t wait_ms; /* so long others are waited for; 0: not at all */
};

/* What a session is made of that nothing else may ever be made of, such as one that lived elsewhere before. The mark
 * stands from then on, whatever becomes of the session, until its time is over. */
struct store_mark {
	const uint8_t *hash; /* SHA-256 of the former id; in the new session's realm */
	int64_t until_ms;
};

typedef void store_done_fn(void *ctx, const struct store_result *result);

struct store;
struct store_op;

struct store_ops {
	const char *kind; /* "memory" */

	/* OK, NOT_FOUND, ENDED, UNAVAILABLE. A session past its end is ENDED, expired. */
	struct store_op *(*find)(struct store *, struct slice id, store_done_fn *, void *ctx);

	/* find, and in the same step the session is locked by whom the claim's secret says to be good
	 * (session_secret: CURRENT or OLD): OK with the record and a fence. To another secret OK with the
	 * record and without a fence: for the caller to judge, and nobody waits for him. Who comes while
	 * others hold the lock waits in line, first come first served, over all loops and processes, and his
	 * secret is looked at when it is his turn: BUSY when the time is over. NOT_FOUND and ENDED, also to
	 * who waits for what ends; UNAVAILABLE, UNCERTAIN.
	 * A fence is handed back to the same struct store: by a save with it, or by unlock. Of one
	 * session no two are the same, and later ones are greater. A lock whose lease is over passes on at
	 * once. cancel() leaves the line, and hands back what was given.
	 * A lock is nothing to find, to remove, and to a save without a fence. */
	struct store_op *(*lock)(struct store *, struct slice id, const struct store_claim *,
				 store_done_fn *, void *ctx);

	/* Hand a fence back, so that the next one is let in; of one that was handed back before: nothing.
	 * No callback: what is lost on its way ends with the lease. */
	void (*unlock)(struct store *, struct slice id, uint64_t fence);

	/* Only the lock passes on: the fence is good for saves until another is given out, as one is whose lease is
	 * over. unlock still has to follow. No callback either. */
	void (*release)(struct store *, struct slice id, uint64_t fence);

	/* OK; ENDED when a tombstone stands there; MOVED when another session does (a repeated
	 * create with the same save_id is OK); BLOCKED, FULL; UNAVAILABLE; UNCERTAIN. Takes a
	 * reference. One with a user is a login under this quota.
	 *
	 * A login, here and by save: the user's other sessions are counted and, if one more would be
	 * over the quota, as many are ended (EVICTED) as it takes, in the same step; or nothing is
	 * written, FULL. Nobody is evicted for a login that is not written. While the user is blocked:
	 * BLOCKED. A session that logs in again as the same user counts once.
	 *
	 * With a mark, session and mark are made in one step, or neither: MARKED when the mark stands there
	 * already, or would end before it begins, by which one can ask; LIMIT when the store holds as many marks as
	 * it can. mark NULL: a usual one. */
	struct store_op *(*create)(struct store *, const struct session *,
				   const struct session_quota *, const struct store_mark *mark,
				   store_done_fn *, void *ctx);

	/* A record as another store has it, all of it, in the place of what is here, if it is newer by its version or, of
	 * one version, by when it was last seen (session_is_newer). OK, count: whether it was written, or is here
	 * already; OUTDATED when what is here is newer; ENDED when it has ended here, or ends before it is
	 * written; MOVED when what stands there is none that can be read; BLOCKED, and it is not here then, when its
	 * user is; LIMIT; UNAVAILABLE; UNCERTAIN. Its user has it listed since his login, whatever his quota. No event
	 * tells of it, since nothing has happened to the session. Takes a reference. */
	struct store_op *(*put)(struct store *, const struct session *, store_done_fn *, void *ctx);

	/* Apply d if the session is there, has not ended and its epoch is d's: OK, NOT_FOUND, ENDED,
	 * MOVED, LIMIT, BLOCKED, FULL, UNAVAILABLE, UNCERTAIN; OUTDATED when d names a version and it is another's, which
	 * is nobody's late save and tells nothing. A save_id that was applied before is
	 * OK again, and so are a renewal and a rotation whose new hash is the current one.
	 * FENCED when d has a fence and another was given out since. A fence is handed back in the
	 * same step, whatever comes of it but UNAVAILABLE and UNCERTAIN, unless d keeps the lock. */
	struct store_op *(*save)(struct store *, struct slice id, const struct delta *d,
				 store_done_fn *, void *ctx);

	/* End it: OK when it was there, ENDED when it had ended before, NOT_FOUND when nothing was
	 * known; in all three cases a tombstone stands there now. With an owner, if it is his, in the
	 * same step: else NOT_FOUND, and nothing has happened. owner NULL: whoever's it is.
	 * UNAVAILABLE, UNCERTAIN. */
	struct store_op *(*remove)(struct store *, struct slice id, const struct store_user *owner,
				   const struct store_end *, store_done_fn *, void *ctx);

	/* End all sessions of the user but the one whose id is except (empty: none is spared): those
	 * that are the user's when they are looked at. OK, also for 0 of them; they end one after
	 * another, and have ended before the callback. UNAVAILABLE, UNCERTAIN. */
	struct store_op *(*remove_user)(struct store *, const struct store_user *,
					struct slice except, const struct store_end *,
					store_done_fn *, void *ctx);

	/* The user's live sessions, newest seen first, at most limit of them, which is at most STORE_PAGE: OK, also
	 * for none; UNAVAILABLE. Of their attributes the names are there, the values may be empty. */
	struct store_op *(*list_user)(struct store *, const struct store_user *, size_t limit,
				      store_done_fn *, void *ctx);

	/* The sessions that the filter matches, in order: OK, also for none; CURSOR; UNAVAILABLE. What has ended is
	 * in no page. By creation a walk over the pages has each session exactly once that was there all the while,
	 * whatever comes and goes meanwhile, and by last seen each that was not seen meanwhile: one that was has
	 * gone to the other end. Users of given realms, and a span of the time that is the order, are looked up; for
	 * all other filters the sessions are looked through.
	 * Of the records' attributes the names are there, the values may be empty. */
	struct store_op *(*list)(struct store *, const struct store_listing *, store_done_fn *,
				 void *ctx);

	/* How many sessions the filter matches: OK, exact or about; NOT_FOUND when they would have to be looked
	 * through for that; UNAVAILABLE. */
	struct store_op *(*count)(struct store *, const struct filter *, store_done_fn *,
				  void *ctx);

	/* How many sessions each application has, by state, whatever their number is: OK, exact or about;
	 * NOT_FOUND as long as the store does not know yet; UNAVAILABLE. */
	struct store_op *(*headcount)(struct store *, store_done_fn *, void *ctx);

	/* Who has sessions or is blocked, by realm and then by name, bytewise: OK, also for none; CURSOR;
	 * UNAVAILABLE. A walk has each user exactly once who was that all the while. */
	struct store_op *(*users)(struct store *, const struct store_user_listing *,
				  store_done_fn *, void *ctx);

	/* No login of the user from now on, and no session: all that there are end (BLOCKED) before
	 * the callback. In the place of an earlier block; one whose end has come already only ends
	 * the sessions. OK; UNAVAILABLE; UNCERTAIN. */
	struct store_op *(*block_user)(struct store *, const struct store_user *,
				       const struct store_block *, store_done_fn *, void *ctx);

	/* OK; NOT_FOUND when no block is in force; UNAVAILABLE; UNCERTAIN. */
	struct store_op *(*unblock_user)(struct store *, const struct store_user *,
					 struct slice actor, store_done_fn *, void *ctx);

	/* What happened behind this position, which an earlier answer gave (empty: from the oldest that is
	 * kept), the oldest first and at most limit of them, or as many as the store gives at a time: OK;
	 * UNAVAILABLE. An unknown position is as if all since had been lost: a gap, and the oldest that are
	 * kept. Finds, and saves without a login or a new secret, make no events. */
	struct store_op *(*events)(struct store *, struct slice position, size_t limit,
				   store_done_fn *, void *ctx);

	/* What a gateway says of itself, for all who read events from then on, itself included: OK; UNAVAILABLE;
	 * UNCERTAIN. Texts of it up to STORE_SAYING_BYTES each. */
	struct store_op *(*tell)(struct store *, const struct session_event *, store_done_fn *,
				 void *ctx);

	/* Does it answer? OK, UNAVAILABLE. */
	struct store_op *(*health)(struct store *, store_done_fn *, void *ctx);

	/* What the store knows of its own health, its servers and what it keeps there: OK, also where all of that is bad
	 * news; UNAVAILABLE. Looks at samples, and holds nothing up for longer than a page of a list does. Changes
	 * nothing. */
	struct store_op *(*examine)(struct store *, store_done_fn *, void *ctx);

	/* End sessions whose time has come, and forget tombstones and marks, in steps that hold nothing up:
	 * looks at no more than limit of them. OK, count: how many sessions were ended, more: there is more
	 * to do now; UNAVAILABLE, UNCERTAIN. */
	struct store_op *(*expire_due)(struct store *, size_t limit, store_done_fn *, void *ctx);

	/* Free the operation: its callback will not come. Silence, not absence: a write may be done. */
	void (*cancel)(struct store_op **op);

	/* The caller has cancelled its operations. *st may be NULL, becomes NULL. */
	void (*close)(struct store **st);
};

/* The first member of every store's own struct. */
struct store {
	const struct store_ops *ops;
};

static inline struct store_op *store_find(struct store *st, struct slice id, store_done_fn *done,
					  void *ctx)
{
	return st->ops->find(st, id, done, ctx);
}

static inline struct store_op *store_lock(struct store *st, struct slice id,
					  const struct store_claim *claim, store_done_fn *done,
					  void *ctx)
{
	return st->ops->lock(st, id, claim, done, ctx);
}

static inline void store_unlock(struct store *st, struct slice id, uint64_t fence)
{
	st->ops->unlock(st, id, fence);
}

static inline void store_release(struct store *st, struct slice id, uint64_t fence)
{
	st->ops->release(st, id, fence);
}

static inline struct store_op *store_create(struct store *st, const struct session *session,
					    const struct session_quota *quota,
					    const struct store_mark *mark, store_done_fn *done,
					    void *ctx)
{
	return st->ops->create(st, session, quota, mark, done, ctx);
}

static inline struct store_op *store_put(struct store *st, const struct session *session,
					 store_done_fn *done, void *ctx)
{
	return st->ops->put(st, session, done, ctx);
}

static inline struct store_op *store_save(struct store *st, struct slice id, const struct delta *d,
					  store_done_fn *done, void *ctx)
{
	return st->ops->save(st, id, d, done, ctx);
}

/* Of an end that somebody asks for from outside. */
static inline struct store_op *store_remove_by(struct store *st, struct slice id,
					       const struct store_user *owner,
					       const struct store_end *end, store_done_fn *done,
					       void *ctx)
{
	return st->ops->remove(st, id, owner, end, done, ctx);
}

static inline struct store_op *store_remove(struct store *st, struct slice id,
					    const struct store_user *owner, enum store_cause cause,
					    store_done_fn *done, void *ctx)
{
	return store_remove_by(st, id, owner, &store_ends[cause], done, ctx);
}

static inline struct store_op *store_remove_user_by(struct store *st, const struct store_user *who,
						    struct slice except,
						    const struct store_end *end,
						    store_done_fn *done, void *ctx)
{
	return st->ops->remove_user(st, who, except, end, done, ctx);
}

static inline struct store_op *store_remove_user(struct store *st, const struct store_user *who,
						 struct slice except, enum store_cause cause,
						 store_done_fn *done, void *ctx)
{
	return store_remove_user_by(st, who, except, &store_ends[cause], done, ctx);
}

static inline struct store_op *store_list_user(struct store *st, const struct store_user *who,
					       size_t limit, store_done_fn *done, void *ctx)
{
	return st->ops->list_user(st, who, limit, done, ctx);
}

static inline struct store_op *store_list(struct store *st, const struct store_listing *listing,
					  store_done_fn *done, void *ctx)
{
	return st->ops->list(st, listing, done, ctx);
}

static inline struct store_op *store_count(struct store *st, const struct filter *filter,
					   store_done_fn *done, void *ctx)
{
	return st->ops->count(st, filter, done, ctx);
}

static inline struct store_op *store_headcount(struct store *st, store_done_fn *done, void *ctx)
{
	return st->ops->headcount(st, done, ctx);
}

static inline struct store_op *store_users(struct store *st,
					   const struct store_user_listing *listing,
					   store_done_fn *done, void *ctx)
{
	return st->ops->users(st, listing, done, ctx);
}

static inline struct store_op *store_block_user(struct store *st, const struct store_user *who,
						const struct store_block *block,
						store_done_fn *done, void *ctx)
{
	return st->ops->block_user(st, who, block, done, ctx);
}

static inline struct store_op *store_unblock_user(struct store *st, const struct store_user *who,
						  struct slice actor, store_done_fn *done,
						  void *ctx)
{
	return st->ops->unblock_user(st, who, actor, done, ctx);
}

static inline struct store_op *store_events(struct store *st, struct slice position, size_t limit,
					    store_done_fn *done, void *ctx)
{
	return st->ops->events(st, position, limit, done, ctx);
}

static inline struct store_op *store_tell(struct store *st, const struct session_event *e,
					  store_done_fn *done, void *ctx)
{
	return st->ops->tell(st, e, done, ctx);
}

static inline struct store_op *store_health(struct store *st, store_done_fn *done, void *ctx)
{
	return st->ops->health(st, done, ctx);
}

static inline struct store_op *store_examine(struct store *st, store_done_fn *done, void *ctx)
{
	return st->ops->examine(st, done, ctx);
}

static inline struct store_op *store_expire_due(struct store *st, size_t limit, store_done_fn *done,
						void *ctx)
{
	return st->ops->expire_due(st, limit, done, ctx);
}

/* *op may be NULL, becomes NULL. */
static inline void store_cancel(struct store *st, struct store_op **op)
{
	if (*op != NULL)
		st->ops->cancel(op);
}

static inline void store_close(struct store **st)
{
	if (*st != NULL)
		(*st)->ops->close(st);
}

/* A kind of store, before any loop: what all workers of the process share of it. */
struct backend;

/* Is url one that backend_open() understands? On false *reason says what is wrong, for a person. */
bool backend_knows(struct slice url, const char **reason);

/* What a kind of store is opened with; each uses what it needs. */
/* Of the connections to a server that are TLS, as the URL says; NULL and "" are nothing. */
struct backend_tls {
	const char *ca; /* a file of certificates; nothing: those that the system trusts */
	const char *
		certificate; /* of this side, a file with the chain behind it; nothing: it shows none */
	const char *key;     /* its key; nothing: it is in the certificate's file */
	bool verify;         /* false: whoever answers is taken for the server */
};

struct backend_settings {
	struct slice url;       /* as in the configuration: "memory:" */
	clock_fn *now;          /* the store's clock where it has none of its own */
	struct slice namespace; /* what keys or tables begin with, where the store is others' too */
	struct slice node;      /* which gateway this is, for the events; up to STORE_NODE_BYTES */
	int64_t timeout_ms;     /* for what is asked of a server */
	bool sealed; /* values are what a cipher makes of them; else they are JSON text, or the record is spoiled */
	struct backend_tls tls;
	unsigned
		confirm_replicas; /* ends, logins and new secrets are answered when so many have them */
};

/* Copies what it needs of the settings. SG_ENOMEM, SG_ERANDOM, SG_EFORMAT (see backend_knows). */
SG_MUST_CHECK int backend_open(const struct backend_settings *settings, struct backend **out);
/* All its stores are closed. */
void backend_close(struct backend **backend);

/* What the process itself has done to sessions, on all loops; the backend's. */
const struct event_counts *backend_counts(const struct backend *backend);

/* Can other gateways serve its sessions, too? */
bool backend_is_shared(const struct backend *backend);

/* A worker's own handle. SG_ENOMEM, SG_ESYSTEM. */
SG_MUST_CHECK int backend_connect(struct backend *backend, struct event_base *loop,
				  struct store **out);

#endif
