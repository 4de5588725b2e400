/* save.c - a wish, turned into steps of the store. */
#include "gateway/save.h"

#include "base/log.h"
#include "base/random.h"

enum { SAVE_TOKEN_AGE_S = 400 * 86400 }; /* browsers keep no cookie for longer (RFC 6265bis) */

static void save_on_created(void *ctx, const struct store_result *result);
static void save_on_saved(void *ctx, const struct store_result *result);
static void save_on_removed(void *ctx, const struct store_result *result);
static void save_on_others_removed(void *ctx, const struct store_result *result);

static void save_over(struct save *s);

/* --- small decisions --- */

/* Did the operation start? If not, it is as if the store were away. */
static bool save_waits(struct save *s)
{
	if (s->op == NULL)
		s->verdict = SAVE_UNAVAILABLE;
	return s->op != NULL;
}

static void save_on_pause(struct retry *retry)
{
	struct save *s = CONTAINER_OF(retry, struct save, retry);

	if (!s->step(s))
		save_over(s);
}

/* The operation is over. If its answer was lost, the same step is taken once more, after a pause: nobody knows whether
 * it was done, and the store does nothing twice. A touch is not worth it. */
static bool save_repeats(struct save *s, const struct store_result *result,
			 bool (*step)(struct save *s))
{
	s->op = NULL;
	if (result->status != STORE_UNCERTAIN || s->touch)
		return false;
	s->step = step;
	retry_later(&s->retry, s->deadlines, save_on_pause);
	return true;
}

static bool save_logs_in(const struct save *s)
{
	return s->wish->user_goes == WISH_USER_LOGS_IN;
}

static bool save_changes(const struct wish *w)
{
	return w->change_count > 0 || w->secret != WISH_SECRET_STAYS || w->idle_ms != 0;
}

static struct slice save_id(const struct save *s)
{
	return token_id(&s->lookup->token);
}

/* A new secret for the token, and the epoch and CSRF value that come with it. */
static int save_renew(struct renewal *renewal, const struct token *token)
{
	int rc;

	token_hash(token, renewal->hash);
	if ((rc = random_u64(&renewal->epoch)) != 0)
		return rc;
	return random_bytes(renewal->csrf, sizeof(renewal->csrf));
}

static struct device_visit save_visit(const struct save *s)
{
	return (struct device_visit){
		.ip = s->visitor->address,
		.user_agent = params_known(s->params, PARAM_HTTP_USER_AGENT),
		.policy = s->route->realm->device,
	};
}

/* What the store refused, and why. */
static enum save_verdict save_verdict_of(enum store_status status)
{
	switch (status) {
	case STORE_LIMIT:
		return SAVE_OVER_LIMIT;
	case STORE_BLOCKED:
		return SAVE_BLOCKED;
	case STORE_FULL:
		return SAVE_FULL;
	default:
		return SAVE_UNAVAILABLE;
	}
}

/* How long a session lasts that this wish logs in, or leaves without a user. */
static int64_t save_idle_ms(const struct save *s)
{
	const struct session_lifetime *lifetime = &s->route->realm->lifetime;

	if (!save_logs_in(s))
		return lifetime->anonymous_idle_ms;
	return s->wish->remember ? lifetime->remember_idle_ms : lifetime->idle_ms;
}

static int64_t save_absolute_ms(const struct save *s)
{
	const struct session_lifetime *lifetime = &s->route->realm->lifetime;

	return save_logs_in(s) && s->wish->remember ? lifetime->remember_absolute_ms
						    : lifetime->absolute_ms;
}

/* --- for who asks why --- */

static void save_note(const struct save *s, enum decision_reason why)
{
	const struct session *session = s->lookup->session;
	struct decision d = { .reason = why, .request = slice_from(s->who) };

	if (session != NULL)
		decisions_name(&d, s->route, session);
	if (save_logs_in(s))
		d.user = s->wish->user;
	decisions_note(s->decisions, s->route, &d);
}

/* What the application did was dropped; of a touch it is known at most that there is no session any more. */
static void save_note_late(const struct save *s, enum store_status status, bool ended)
{
	if (!s->touch && status == STORE_MOVED)
		save_note(s, DECISION_LATE_MOVED);
	else if (!s->touch && status == STORE_FENCED)
		save_note(s, DECISION_LATE_LOCK);
	else if (!s->touch)
		save_note(s, DECISION_LATE_ENDED);
	else if (ended)
		save_note(s, DECISION_MEANWHILE);
}

static void save_note_verdict(const struct save *s)
{
	switch (s->verdict) {
	case SAVE_BLOCKED:
		save_note(s, DECISION_USER_BLOCKED);
		break;
	case SAVE_FULL:
		save_note(s, DECISION_SESSION_LIMIT);
		break;
	case SAVE_UNAVAILABLE:
		save_note(s, DECISION_UNSAVED);
		break;
	case SAVE_FINE:
	case SAVE_OVER_LIMIT:
		break;
	}
}

/* The outcome is there, and done has to be told. */
static void save_over(struct save *s)
{
	if (s->verdict != SAVE_FINE)
		save_note_verdict(s);
	s->done(s->ctx);
}

/* --- creating --- */

static void save_fill_birth(const struct save *s, struct session_birth *birth)
{
	const struct config_realm *realm = s->route->realm;
	const struct wish *w = s->wish;

	birth->id = token_id(&s->token);
	birth->realm = slice_from(realm->name);
	birth->application = slice_from(s->route->application->name);
	birth->secret = &s->renewal;
	birth->user = w->user;
	birth->remembered = w->remember;
	birth->idle_chosen = w->idle_ms != 0;
	birth->idle_ms = birth->idle_chosen ? w->idle_ms : save_idle_ms(s);
	birth->absolute_ms = save_absolute_ms(s);
	birth->touch_ms = realm->lifetime.touch_ms;
	birth->changes = w->changes;
	birth->change_count = w->change_count;
	birth->limits = realm->limits;
	birth->host = s->visitor->host;
	if (carrier_resolve(s->route, s->lookup->presented.carrier) == CARRIER_HEADER)
		birth->transport = SESSION_BY_HEADER;
}

/* A session of nothing is none. */
static bool save_is_empty(const struct save *s)
{
	return !save_logs_in(s) && s->newborn->attribute_count == 0;
}

/* Nothing is made of a former session that held nothing, and a mark that ends before it begins finds out whether
 * another request has made one of what it held before. */
static bool save_send_newborn(struct save *s)
{
	const struct store_mark *wished = s->wish->mark;
	struct store_mark question = { wished != NULL ? wished->hash : NULL, 0 };

	s->op = store_create(s->store, s->newborn, &s->route->realm->quota,
			     wished != NULL && save_is_empty(s) ? &question : wished,
			     save_on_created, s);
	return save_waits(s);
}

static bool save_create(struct save *s)
{
	struct device_visit visit = save_visit(s);
	struct session_birth birth = { .visit = &visit };
	int rc = save_renew(&s->renewal, &s->token);

	save_fill_birth(s, &birth);
	if (rc == 0)
		rc = random_u64(&birth.save_id);
	if (rc == 0) /* the time of the store in memory, or a login could come before the birth */
		rc = session_new(&birth, clock_wall_coarse_ms(), &s->newborn);
	if (rc != 0) {
		s->verdict = rc == SG_ELIMIT ? SAVE_OVER_LIMIT : SAVE_UNAVAILABLE;
		return false;
	}
	if (save_is_empty(s) && s->wish->mark == NULL)
		return false; /* all that was set was removed again: nothing is stored */
	return save_send_newborn(s);
}

/* The token is one that nobody has seen: also after a failed guard, when SESSION_NEXT_ID was never said. */
static bool save_create_anew(struct save *s)
{
	if (token_new(&s->token) != 0) {
		s->verdict = SAVE_UNAVAILABLE;
		return false;
	}
	return save_create(s);
}

/* Whoever made it a moment ago may be a parallel request of the same visitor, whose token must not be overwritten. */
static void save_take_mark(struct save *s, int64_t marked_ms)
{
	s->marked = marked_ms != 0 || !save_is_empty(s);
	s->lookup->stale = clock_wall_coarse_ms() - marked_ms < SESSION_STALE_MS;
}

static void save_on_created(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	if (save_repeats(s, result, save_send_newborn))
		return;
	switch (result->status) {
	case STORE_OK:
		s->answer = SAVE_TOKEN_SEND;
		s->session = session_ref(result->session);
		break;
	case STORE_MARKED:
		save_take_mark(s, result->marked_ms);
		break;
	default:
		s->verdict = save_verdict_of(result->status);
	}
	save_over(s);
}

/* --- saving --- */

static void save_fill_login(const struct save *s, struct login *login)
{
	*login = (struct login){
		.user = s->wish->user,
		.idle_ms = save_idle_ms(s),
		.absolute_ms = save_absolute_ms(s),
		.touch_ms = s->route->realm->lifetime.touch_ms,
		.remembered = s->wish->remember,
		.quota = s->route->realm->quota,
	};
}

static void save_fill_rotation(const struct save *s, struct rotation *rotation)
{
	token_hash(&s->token, rotation->hash);
	memcpy(rotation->expected, s->lookup->session->hash, sizeof(rotation->expected));
	/* one that this request itself has made, and nobody was told of, goes the same way */
	rotation->lost = s->lookup->secret == SECRET_OLD ||
			 (s->lookup->renewed && session_unseen(s->lookup->session));
}

/* The new secret, which is the same however often it is sent. */
static int save_prepare_secret(struct save *s)
{
	int rc;

	if (s->wish->secret == WISH_SECRET_STAYS)
		return 0;
	s->token = s->lookup->token;
	if ((rc = token_renew(&s->token)) != 0 || s->wish->secret != WISH_SECRET_RENEWED)
		return rc;
	if (s->wish->user_goes == WISH_USER_STAYS)
		s->renewal.expected = s->lookup->session->hash;
	return save_renew(&s->renewal, &s->token);
}

/* Does it move last_seen? */
static bool save_is_visit(const struct save *s)
{
	return s->route->session == ROUTE_SESSION_ON && !s->wish->unseen;
}

static bool save_send_delta(struct save *s)
{
	const struct wish *w = s->wish;
	const struct session *session = s->lookup->session;
	struct device_visit visit = { .policy = DEVICE_OFF };
	struct rotation rotation = { .lost = false };
	struct login login = { .remembered = false };
	struct delta delta = {
		.save_id = s->save_id,
		.epoch = session->epoch,
		.fence = s->lookup->given,
		.keeps_lock = s->keeps_lock,
		.changes = w->changes,
		.change_count = w->change_count,
		.idle_ms = w->idle_ms,
		.renewal = w->secret == WISH_SECRET_RENEWED ? &s->renewal : NULL,
		.login = w->user_goes != WISH_USER_STAYS ? &login : NULL,
		.rotation = w->secret == WISH_SECRET_ROTATES ? &rotation : NULL,
		.presented = w->arrived ? session->hash : NULL,
		.grace_ms = s->route->realm->lifetime.grace_ms,
		.unseen = !save_is_visit(s),
		.unread = s->unread,
		.limits = s->route->realm->limits,
		.visit = s->visitor != NULL ? &visit : NULL,
	};

	if (s->visitor != NULL)
		visit = save_visit(s);
	if (delta.login != NULL)
		save_fill_login(s, &login);
	if (delta.rotation != NULL)
		save_fill_rotation(s, &rotation);
	s->op = store_save(s->store, save_id(s), &delta, save_on_saved, s);
	if (s->op == NULL && s->touch)
		return false; /* a touch that fails never fails a request */
	return save_waits(s);
}

static bool save_delta(struct save *s)
{
	s->touch = !s->wish->asked;
	if (random_u64(&s->save_id) == 0 && save_prepare_secret(s) == 0)
		return save_send_delta(s);
	if (!s->touch)
		s->verdict = SAVE_UNAVAILABLE;
	return false;
}

/* Did our new secret become the session's, and is it still? */
static bool save_has_secret(const struct save *s, const struct session *session)
{
	uint8_t hash[TOKEN_HASH_BYTES];

	if (s->wish->secret == WISH_SECRET_STAYS)
		return false;
	token_hash(&s->token, hash);
	return token_hash_equal(hash, session->hash);
}

/* The session ended, or its epoch moved, while the application worked. True: wait, a Login goes on. */
static bool save_guarded(struct save *s, const struct store_result *result)
{
	bool ended = result->status == STORE_ENDED ||
		     (result->status == STORE_NOT_FOUND && lookup_trusts_miss(s->config, result));

	s->late = true;
	save_note_late(s, result->status, ended);
	if (!s->touch)
		log_info(s->who, "late save blocked: session %.*s: %s", SLICE_ARGS(save_id(s)),
			 store_status_text(result->status));
	if (save_logs_in(s))
		return save_create_anew(s);
	if (ended && s->route->session == ROUTE_SESSION_ON)
		s->answer = SAVE_TOKEN_CLEAR;
	return false;
}

static void save_on_saved(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	if (save_repeats(s, result, save_send_delta))
		return;
	if (result->status != STORE_UNAVAILABLE && result->status != STORE_UNCERTAIN &&
	    !s->keeps_lock)
		s->lookup->fence = 0; /* the save has handed it back */
	switch (result->status) {
	case STORE_OK:
		s->session = session_ref(result->session);
		if (save_has_secret(s, s->session))
			s->answer = SAVE_TOKEN_SEND;
		break;
	case STORE_MOVED:
	case STORE_FENCED:
	case STORE_ENDED:
	case STORE_NOT_FOUND:
		if (save_guarded(s, result))
			return;
		break;
	default:
		if (s->touch)
			log_warn(s->who, "a touch failed, which nothing depends on: %s",
				 store_status_text(result->status));
		else
			s->verdict = save_verdict_of(result->status);
	}
	save_over(s);
}

/* --- removing --- */

static bool save_remove(struct save *s)
{
	s->op = store_remove(s->store, save_id(s), NULL, STORE_CAUSE_LOGOUT, save_on_removed, s);
	return save_waits(s);
}

static void save_on_removed(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	if (save_repeats(s, result, save_remove))
		return;
	if (result->status == STORE_UNAVAILABLE) {
		s->verdict = SAVE_UNAVAILABLE;
	} else {
		s->answer = SAVE_TOKEN_CLEAR;
		save_note(s, DECISION_LOGOUT);
	}
	save_over(s);
}

/* --- the decision --- */

static bool save_without_session(struct save *s)
{
	const struct wish *w = s->wish;

	if (lookup_dead(s->lookup) && s->route->session == ROUTE_SESSION_ON)
		s->answer = SAVE_TOKEN_CLEAR;
	if (w->logout || (!save_logs_in(s) && !w->stores && w->mark == NULL))
		return false;
	if (s->lookup->stale)
		return save_create_anew(s);
	s->token = s->lookup->next;
	return save_create(s);
}

static bool save_with_session(struct save *s)
{
	const struct wish *w = s->wish;

	if (w->logout)
		return save_remove(s);
	if (save_changes(w) || w->arrived ||
	    (save_is_visit(s) && session_touch_due(s->lookup->session, clock_wall_coarse_ms())))
		return save_delta(s);
	s->skipped = save_is_visit(s);
	return false;
}

static bool save_own(struct save *s)
{
	return s->lookup->session == NULL ? save_without_session(s) : save_with_session(s);
}

/* Whose other sessions end. Nobody's: empty. */
static struct slice save_others_user(const struct save *s)
{
	if (save_logs_in(s) && !s->wish->logout)
		return s->wish->user;
	return s->lookup->session != NULL ? s->lookup->session->user : SLICE("");
}

/* Before this session's own step: who is told that they have ended must find it so. */
static bool save_remove_others(struct save *s)
{
	struct store_user who = { slice_from(s->route->realm->name), save_others_user(s) };

	if (who.name.len == 0)
		return save_own(s);
	s->op = store_remove_user(s->store, &who,
				  s->lookup->session != NULL ? save_id(s) : SLICE(""),
				  STORE_CAUSE_LOGOUT, save_on_others_removed, s);
	return save_waits(s);
}

static void save_on_others_removed(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	if (save_repeats(s, result, save_remove_others))
		return;
	if (result->status != STORE_OK)
		s->verdict = SAVE_UNAVAILABLE;
	else if (save_own(s))
		return;
	save_over(s);
}

bool save_begin(struct save *s)
{
	return s->wish->logout_others ? save_remove_others(s) : save_own(s);
}

int64_t save_token_age_s(const struct save *s)
{
	int64_t left_s;

	if (!s->session->remembered)
		return -1;
	/* the nearest second: the milliseconds that a save takes are none of a lifetime in days */
	left_s = (s->session->expires_ms - clock_wall_ms() + 500) / 1000;
	return left_s < SAVE_TOKEN_AGE_S ? (left_s > 0 ? left_s : 0) : SAVE_TOKEN_AGE_S;
}

void save_follow(struct save *s)
{
	struct lookup *l = s->lookup;

	if (s->session == NULL)
		return;
	if (l->given != 0 && !slice_equal(token_id(&l->token), slice_from(s->session->id)))
		lookup_forget_lock(l); /* it was another session's */
	session_unref(&l->session);
	l->session = session_ref(s->session);
	if (s->answer != SAVE_TOKEN_SEND)
		return;
	l->token = s->token;
	l->secret = SECRET_CURRENT;
	l->renewed = true;
	l->stale = false;
}

void save_stop(struct save *s)
{
	retry_stop(&s->retry);
	if (s->store != NULL)
		store_cancel(s->store, &s->op);
}

static void save_unheard(void *ctx)
{
	(void)ctx;
}

void save_give_up(struct save *s)
{
	save_done_fn *done = s->done;

	if (s->touch) {
		s->done = save_unheard;
	} else {
		save_stop(s);
		s->verdict = SAVE_UNAVAILABLE;
		save_note_verdict(s);
	}
	done(s->ctx);
}

void save_fini(struct save *s)
{
	save_stop(s);
	session_unref(&s->session);
	session_unref(&s->newborn);
	token_wipe(&s->token);
	explicit_bzero(&s->renewal, sizeof(s->renewal));
}
