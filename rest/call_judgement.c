/* call_judgement.c - see call_judgement.h. */
#include "rest/call_judgement.h"

#include "base/clock.h"
#include "base/log.h"
#include "rest/call_answer.h"
#include "rest/cors.h"

#include <inttypes.h>
#include <stdio.h>

enum { CALL_FAILURES_TOLD = 100 /* a minute */ };

static bool call_may(const struct call *c)
{
	return c->endpoint->scope == ENDPOINT_ANY ||
	       (c->auth.grant->scopes & c->endpoint->scope) != 0;
}

/* So many in a minute, whatever the number of addresses that they come from: others want to be told of other things. */
static void call_tell_bad_token(struct call *c)
{
	struct desk *d = c->desk;
	int64_t now_ms = clock_mono_ms();
	char reason[64];
	const int len = snprintf(reason, sizeof(reason), "a token that is none, from %s",
				 c->peer->address[0] != '\0' ? c->peer->address : "a Unix socket");
	const struct session_event e = {
		.type = EVENT_AUTH_FAILED,
		.at_ms = clock_wall_ms(),
		.reason = slice_of(reason, (size_t)len),
	};

	if (now_ms - d->auth_minute_ms >= FAILURES_MINUTE_MS) {
		d->auth_minute_ms = now_ms;
		d->auth_told = 0;
	}
	if (d->auth_told++ < CALL_FAILURES_TOLD)
		outbox_put(d->outbox, &e);
}

static void call_refuse_credentials(struct call *c, enum auth_verdict verdict)
{
	static const char realm[] = "Bearer realm=\"sessiongate\"";

	if (verdict != AUTH_NONE)
		c->desk->answers.auth_failures++;
	if (verdict == AUTH_LIMITED) {
		call_add_field(c, "Retry-After", "%" PRId64, c->auth.retry_ms / 1000 + 1);
		call_refuse(c, REFUSAL_RATE_LIMITED,
			    "Too many tokens from this address that are none; wait");
		return;
	}
	if (verdict == AUTH_NONE) {
		call_add_field(c, "WWW-Authenticate", "%s", realm);
		call_refuse(c, REFUSAL_UNAUTHENTICATED, "Send Authorization: Bearer sga_…");
		return;
	}
	call_tell_bad_token(c);
	log_info(c->request_id, "admin: refused a token from %s",
		 c->peer->address[0] != '\0' ? c->peer->address : "a Unix socket");
	call_add_field(c, "WWW-Authenticate", "%s, error=\"invalid_token\"", realm);
	call_refuse(c, REFUSAL_UNAUTHENTICATED,
		    "The token is unknown, has expired, or is not good from here");
}

/* Who collects metrics on the machine itself needs no token. */
static bool call_is_local_scrape(const struct call *c)
{
	return c->endpoint->scope == SCOPE_METRICS_READ && auth_peer_is_local(c->peer);
}

/* True: he may, or nobody is asked. */
static bool call_authorize(struct call *c)
{
	enum auth_verdict verdict;

	if (c->endpoint->scope == ENDPOINT_OPEN)
		return true;
	verdict = auth_judge(&c->auth, c->settings, &c->desk->failures, c->peer,
			     c->head.authorization, clock_wall_ms(), clock_mono_ms());
	if (verdict == AUTH_NONE && call_is_local_scrape(c))
		return true;
	if (verdict != AUTH_GRANTED)
		call_refuse_credentials(c, verdict);
	else if (!call_may(c))
		call_refuse_scope(c, scope_text(c->endpoint->scope));
	return c->state != CALL_ANSWERED;
}

bool call_judge_again(struct call *c)
{
	desk_terms_unref(&c->terms);
	c->terms = desk_terms_ref(c->desk->terms);
	c->settings = c->terms->terms.settings;
	return auth_judge(&c->auth, c->settings, NULL, c->peer, c->head.authorization,
			  clock_wall_ms(), clock_mono_ms()) == AUTH_GRANTED &&
	       call_may(c);
}

static void call_check_parameters(struct call *c)
{
	for (size_t i = 0; i < c->query.count; i++) {
		const struct query_parameter *p = &c->query.each[i];
		struct slice first;

		if (!endpoint_knows_parameter(c->endpoint, p->name))
			call_complain(c, p->name.ptr, "is no parameter here");
		else if (p->value.len == 0)
			call_complain(c, p->name.ptr, "must not be empty");
		else if (query_get(&c->query, p->name.ptr, &first) && first.ptr != p->value.ptr)
			call_complain(c, p->name.ptr, "must not come twice");
	}
}

static bool call_has_token(const struct query *q)
{
	struct slice value;

	return query_get(q, "token", &value) || query_get(q, "access_token", &value);
}

/* False: refused. */
static bool call_read_query(struct call *c, struct slice raw)
{
	int rc = query_read(&c->arena, raw, &c->query);

	if (rc == SG_ENOMEM)
		call_refuse_memory(c);
	else if (rc != 0)
		call_refuse(
			c, REFUSAL_INVALID_PARAMETER,
			rc == SG_ELIMIT
				? "There are too many parameters"
				: "Parameters are percent-encoded UTF-8 without control characters");
	else if (call_has_token(&c->query))
		call_refuse(c, REFUSAL_TOKEN_IN_URL,
			    "URLs are logged: send Authorization: Bearer, and replace this token");
	return rc == 0 && c->state != CALL_ANSWERED;
}

static bool call_find_endpoint(struct call *c, struct slice path)
{
	char allow[ENDPOINT_METHODS_BYTES];
	struct slice subject;

	c->endpoint = endpoint_find(c->head.method, path, &subject, allow);
	if (c->endpoint == NULL && allow[0] != '\0' && c->admitted &&
	    slice_equal(c->head.method, SLICE("OPTIONS"))) {
		cors_answer_preflight(c, allow);
	} else if (c->endpoint == NULL && allow[0] != '\0') {
		call_add_field(c, "Allow", "%s", allow);
		call_refuse(c, REFUSAL_METHOD_NOT_ALLOWED, "See Allow for what can be done here");
	} else if (c->endpoint == NULL) {
		call_refuse(c, REFUSAL_NOT_FOUND, "There is nothing of this path");
	} else if (subject.len > 0 && query_read_part(&c->arena, subject, &c->subject) != 0) {
		call_refuse(c, REFUSAL_NOT_FOUND,
			    "Paths are percent-encoded UTF-8 without control characters");
	}
	return c->state != CALL_ANSWERED;
}

void call_judge_head(struct call *c)
{
	struct slice raw = c->head.target, path;

	slice_cut(&raw, '?', &path);
	c->admitted = cors_admit(c);
	if (c->head.fault != NULL) {
		call_refuse(c, REFUSAL_INVALID_PARAMETER, c->head.fault);
		return;
	}
	if (!call_read_query(c, raw) || !call_find_endpoint(c, path))
		return;
	if (!call_authorize(c))
		return;
	call_check_parameters(c);
	call_refuse_complaints(c);
}
