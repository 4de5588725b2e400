/* lookup.c - from tokens to a session. */
#include "gateway/lookup.h"

static void lookup_on_found(void *ctx, const struct store_result *result);

bool lookup_trusts_miss(const struct config *config, const struct store_result *result)
{
	return clock_wall_ms() - result->whole_since_ms > config->longest_idle_ms;
}

bool lookup_dead(const struct lookup *l)
{
	return l->session == NULL && !l->unavailable && !l->presented.malformed &&
	       !l->presented.more && l->presented.count > 0 && l->gone == l->presented.count;
}

/* Prepare what a session created by this request would be. */
static void lookup_without(struct lookup *l)
{
	bool creates = l->route->session == ROUTE_SESSION_ON && !l->stale && !l->unavailable;

	if (l->presented.count == 0)
		l->why = l->presented.malformed ? DECISION_MALFORMED : DECISION_NO_TOKEN;
	if (l->presented.malformed && l->presented.count == 0)
		l->reason = REASON_MALFORMED;
	if (creates && token_new(&l->next) != 0)
		l->unavailable = true; /* no entropy, no session: as if there were no store */
}

static void lookup_unavailable(struct lookup *l)
{
	l->unavailable = true;
	l->reason = REASON_UNAVAILABLE;
	l->why = DECISION_UNAVAILABLE;
}

static void lookup_lock(struct lookup *l, const struct token *token)
{
	uint8_t hash[TOKEN_HASH_BYTES];
	struct store_claim claim = {
		.realm = slice_from(l->route->realm->name),
		.hash = hash,
		.lease_ms = l->route->lock_lease_ms,
		.wait_ms = l->route->lock_wait_ms,
	};

	token_hash(token, hash);
	l->op = store_lock(l->store, token_id(token), &claim, lookup_on_found, l);
}

/* Find, or lock, what the token names that is next. False: no memory. */
static bool lookup_ask(struct lookup *l)
{
	const struct token *token = &l->presented.tokens[l->tried];

	if (l->locks)
		lookup_lock(l, token);
	else
		l->op = store_find(l->store, token_id(token), lookup_on_found, l);
	return l->op != NULL;
}

/* Ask for the next token. True: wait. */
static bool lookup_next(struct lookup *l)
{
	if (l->tried < l->presented.count) {
		if (lookup_ask(l))
			return true;
		lookup_unavailable(l);
	}
	lookup_without(l);
	return false;
}

bool lookup_begin(struct lookup *l)
{
	return lookup_next(l);
}

/* What is the token that is being tried to this record? Of another realm's session it is none. */
static enum session_secret lookup_secret(const struct lookup *l, const struct session *s)
{
	uint8_t hash[TOKEN_HASH_BYTES];

	if (!slice_equal(s->realm, slice_from(l->route->realm->name)))
		return SECRET_WRONG;
	token_hash(&l->presented.tokens[l->tried], hash);
	/* the time matters to a secret that was replaced, and to no other */
	return session_secret(s, hash, s->replaced_count != 0 ? clock_wall_ms() : 0);
}

static bool secret_is_good(enum session_secret secret)
{
	return secret == SECRET_CURRENT || secret == SECRET_OLD;
}

/* Why a token is none. */
static void lookup_explain(struct lookup *l, enum decision_reason why, const struct session *named)
{
	if (l->tried > 0)
		return;
	l->why = why;
	l->named = named != NULL ? session_ref(named) : NULL;
}

static enum decision_reason lookup_reason(const struct lookup *l, const struct session *s,
					  enum session_secret secret)
{
	if (secret == SECRET_STALE)
		return DECISION_STALE;
	return slice_equal(s->realm, slice_from(l->route->realm->name)) ? DECISION_WRONG_SECRET
									: DECISION_OTHER_REALM;
}

static enum decision_reason lookup_end_reason(enum store_cause cause)
{
	static const enum decision_reason reasons[] = {
		[STORE_CAUSE_NONE] = DECISION_ENDED,
		[STORE_CAUSE_EXPIRED] = DECISION_EXPIRED,
		[STORE_CAUSE_LOGOUT] = DECISION_LOGGED_OUT,
		[STORE_CAUSE_EVICTED] = DECISION_EVICTED,
		[STORE_CAUSE_REVOKED] = DECISION_REVOKED,
		[STORE_CAUSE_BLOCKED] = DECISION_BLOCKED,
	};

	return reasons[cause];
}

/* The record is there: is it this visitor's? */
static bool lookup_accept(struct lookup *l, const struct store_result *result)
{
	const struct session *s = result->session;
	enum session_secret secret = lookup_secret(l, s);

	if (secret_is_good(secret) && l->locks && result->fence == 0)
		secret = SECRET_STALE; /* by the store's clock it is not good any more */
	l->stale |= secret == SECRET_STALE;
	if (!secret_is_good(secret)) {
		lookup_explain(l, lookup_reason(l, s, secret), s);
		return false;
	}
	l->session = session_ref(s);
	l->secret = secret;
	l->fence = l->given = result->fence;
	l->token = l->presented.tokens[l->tried];
	l->reason = REASON_NONE;
	return true;
}

/* It was there. Only whoever held its secret, in its realm, is told so. */
static void lookup_mourn(struct lookup *l, const struct store_result *result)
{
	enum session_secret secret =
		result->session != NULL ? lookup_secret(l, result->session) : SECRET_CURRENT;

	if (!secret_is_good(secret))
		return;
	l->gone++;
	if (result->cause == STORE_CAUSE_EXPIRED)
		l->reason = REASON_EXPIRED;
}

/* True: the search is over. */
static bool lookup_judge(struct lookup *l, const struct store_result *result)
{
	switch (result->status) {
	case STORE_OK:
		if (lookup_accept(l, result))
			return true;
		if (result->fence != 0)
			store_unlock(l->store, token_id(&l->presented.tokens[l->tried]),
				     result->fence);
		break;
	case STORE_BUSY:
		l->busy = true;
		l->why = DECISION_BUSY;
		return true;
	case STORE_ENDED:
		lookup_explain(l, lookup_end_reason(result->cause), result->session);
		lookup_mourn(l, result);
		break;
	case STORE_NOT_FOUND:
		if (!lookup_trusts_miss(l->config, result)) {
			lookup_explain(l, DECISION_UNTRUSTED, NULL);
			break;
		}
		lookup_explain(l, DECISION_UNKNOWN, NULL);
		l->gone++;
		l->absent |= 1u << l->tried;
		break;
	default:
		lookup_unavailable(l);
		return true;
	}
	if (l->reason == REASON_NONE)
		l->reason = REASON_UNKNOWN;
	return false;
}

static void lookup_on_found(void *ctx, const struct store_result *result)
{
	struct lookup *l = ctx;
	bool over;

	l->op = NULL;
	over = lookup_judge(l, result);
	l->tried++;
	if (!over && lookup_next(l))
		return;
	if (l->session != NULL)
		l->stale = false;
	l->done(l->ctx);
}

void lookup_unlock(struct lookup *l)
{
	if (l->fence == 0)
		return;
	if (l->lasts)
		store_release(l->store, token_id(&l->token), l->fence);
	else
		store_unlock(l->store, token_id(&l->token), l->fence);
	l->fence = 0;
}

void lookup_forget_lock(struct lookup *l)
{
	if (l->given != 0)
		store_unlock(l->store, token_id(&l->token), l->given);
	l->given = l->fence = 0;
}

void lookup_stop(struct lookup *l)
{
	if (l->store == NULL)
		return;
	store_cancel(l->store, &l->op);
	lookup_unlock(l);
}

void lookup_give_up(struct lookup *l)
{
	lookup_stop(l);
	lookup_unavailable(l);
	l->done(l->ctx);
}

void lookup_fini(struct lookup *l)
{
	lookup_stop(l);
	session_unref(&l->session);
	if (l->named != NULL)
		session_unref(&l->named);
	presented_wipe(&l->presented);
	token_wipe(&l->token);
	token_wipe(&l->next);
}
