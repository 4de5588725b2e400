/* save.c - an application's wishes, turned into one step of the store. */
#include "gateway/save.h"

#include "base/log.h"
#include "base/random.h"

static void save_on_created(void *ctx, const struct store_result *result);
static void save_on_saved(void *ctx, const struct store_result *result);
static void save_on_removed(void *ctx, const struct store_result *result);

/* --- small decisions --- */

/* Did the operation start? If not, it is as if the store were away. */
static bool save_waits(struct save *s)
{
	if (s->op == NULL)
		s->verdict = SAVE_UNAVAILABLE;
	return s->op != NULL;
}

static bool save_changes(const struct directives *d)
{
	return d->change_count > 0 || d->login || d->rotate || d->idle_ms != 0;
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
		.user_agent = params_get(s->params, SLICE("HTTP_USER_AGENT")),
		.policy = s->route->realm->device,
	};
}

/* --- creating --- */

static void save_fill_birth(const struct save *s, struct session_birth *birth)
{
	const struct config_realm *realm = s->route->realm;
	const struct directives *d = s->directives;

	birth->id = token_id(&s->token);
	birth->realm = slice_from(realm->name);
	birth->application = slice_from(s->route->application->name);
	birth->secret = &s->renewal;
	if (d->login)
		birth->user = d->user;
	birth->idle_chosen = d->idle_ms != 0 && !s->lookup->stale;
	birth->idle_ms = d->login ? realm->lifetime.idle_ms : realm->lifetime.anonymous_idle_ms;
	if (birth->idle_chosen)
		birth->idle_ms = d->idle_ms;
	birth->absolute_ms = realm->lifetime.absolute_ms;
	birth->touch_ms = realm->lifetime.touch_ms;
	/* a stale token's request may log in, and nothing else */
	birth->changes = d->changes;
	birth->change_count = s->lookup->stale ? 0 : d->change_count;
	birth->limits = realm->limits;
	birth->host = s->visitor->host;
	if (carrier_resolve(s->route, s->lookup->presented.carrier) == CARRIER_HEADER)
		birth->transport = SESSION_BY_HEADER;
}

static bool save_create(struct save *s)
{
	struct device_visit visit = save_visit(s);
	struct session_birth birth = { .visit = &visit };
	const struct session *session;
	int rc = save_renew(&s->renewal, &s->token);

	save_fill_birth(s, &birth);
	if (rc == 0)
		rc = random_u64(&birth.save_id);
	if (rc == 0)
		rc = session_new(&birth, clock_wall_ms(), &session);
	if (rc != 0) {
		s->verdict = rc == SG_ELIMIT ? SAVE_OVER_LIMIT : SAVE_UNAVAILABLE;
		return false;
	}
	if (!s->directives->login && session->attribute_count == 0) {
		session_unref(&session); /* all that was set was removed again: nothing is stored */
		return false;
	}
	s->op = store_create(s->store, session, &s->route->realm->quota, save_on_created, s);
	session_unref(&session);
	return save_waits(s);
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

static void save_on_created(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	s->op = NULL;
	if (result->status == STORE_OK) {
		s->answer = SAVE_TOKEN_SEND;
		s->session = session_ref(result->session);
	} else {
		s->verdict = SAVE_UNAVAILABLE;
	}
	s->done(s->ctx);
}

/* --- saving --- */

static bool save_prepare_renewal(struct save *s, struct delta *delta)
{
	const struct session_lifetime *lifetime = &s->route->realm->lifetime;

	s->token = s->lookup->token;
	if (token_renew(&s->token) != 0 || save_renew(&s->renewal, &s->token) != 0)
		return false;
	delta->renewal = &s->renewal;
	if (!s->directives->login)
		return true;
	s->login = (struct login){
		.user = s->directives->user,
		.idle_ms = lifetime->idle_ms,
		.absolute_ms = lifetime->absolute_ms,
		.touch_ms = lifetime->touch_ms,
	};
	delta->login = &s->login;
	return true;
}

static bool save_delta(struct save *s)
{
	const struct directives *d = s->directives;
	struct device_visit visit = save_visit(s);
	struct delta delta = {
		.epoch = s->lookup->session->epoch,
		.changes = d->changes,
		.change_count = d->change_count,
		.idle_ms = d->idle_ms,
		.limits = s->route->realm->limits,
		.visit = &visit,
	};

	if (random_u64(&delta.save_id) != 0 ||
	    ((d->login || d->rotate) && !save_prepare_renewal(s, &delta))) {
		s->verdict = SAVE_UNAVAILABLE;
		return false;
	}
	s->touch = delta_is_touch(&delta);
	s->op = store_save(s->store, token_id(&s->lookup->token), &delta, save_on_saved, s);
	if (s->op == NULL && s->touch)
		return false; /* a touch that fails never fails a request */
	return save_waits(s);
}

/* The session ended, or its epoch moved, while the application worked. True: wait, a Login goes on. */
static bool save_guarded(struct save *s, const struct store_result *result)
{
	bool ended = result->status == STORE_ENDED ||
		     (result->status == STORE_NOT_FOUND && lookup_trusts_miss(s->config, result));

	if (!s->touch)
		log_info(s->who, "late save blocked: session %.*s: %s",
			 SLICE_ARGS(token_id(&s->lookup->token)),
			 store_status_text(result->status));
	if (s->directives->login)
		return save_create_anew(s);
	if (ended)
		s->answer = SAVE_TOKEN_CLEAR;
	return false;
}

static void save_on_saved(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	s->op = NULL;
	switch (result->status) {
	case STORE_OK:
		s->session = session_ref(result->session);
		if (s->directives->login || s->directives->rotate)
			s->answer = SAVE_TOKEN_SEND;
		break;
	case STORE_MOVED:
	case STORE_ENDED:
	case STORE_NOT_FOUND:
		if (save_guarded(s, result))
			return;
		break;
	case STORE_LIMIT:
		s->verdict = SAVE_OVER_LIMIT;
		break;
	default:
		if (!s->touch)
			s->verdict = SAVE_UNAVAILABLE;
	}
	s->done(s->ctx);
}

/* --- removing --- */

static void save_on_removed(void *ctx, const struct store_result *result)
{
	struct save *s = ctx;

	s->op = NULL;
	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN)
		s->verdict = SAVE_UNAVAILABLE;
	else
		s->answer = SAVE_TOKEN_CLEAR;
	s->done(s->ctx);
}

/* --- the decision --- */

static bool save_without_session(struct save *s)
{
	const struct directives *d = s->directives;

	if (lookup_dead(s->lookup))
		s->answer = SAVE_TOKEN_CLEAR;
	if (d->logout)
		return false;
	if (s->lookup->stale) {
		if (d->any)
			log_info(
				s->who,
				"directives other than Login dropped: the token was replaced a moment ago");
		return d->login && save_create_anew(s);
	}
	if (!d->login && !d->stores)
		return false;
	s->token = s->lookup->next;
	return save_create(s);
}

bool save_begin(struct save *s)
{
	const struct directives *d = s->directives;
	const struct session *session = s->lookup->session;

	if (session == NULL)
		return save_without_session(s);
	if (d->logout) {
		s->op = store_remove(s->store, token_id(&s->lookup->token), STORE_CAUSE_LOGOUT,
				     save_on_removed, s);
		return save_waits(s);
	}
	if (save_changes(d) || session_touch_due(session, clock_wall_ms()))
		return save_delta(s);
	return false;
}

void save_stop(struct save *s)
{
	if (s->store != NULL)
		store_cancel(s->store, &s->op);
}

void save_give_up(struct save *s)
{
	save_stop(s);
	if (!s->touch)
		s->verdict = SAVE_UNAVAILABLE;
}

void save_fini(struct save *s)
{
	save_stop(s);
	session_unref(&s->session);
	token_wipe(&s->token);
	explicit_bzero(&s->renewal, sizeof(s->renewal));
}
