/* call.c - see call.h. */
#include "rest/call.h"

#include "base/clock.h"
#include "base/log.h"
#include "rest/audit.h"
#include "rest/cors.h"
#include "rest/document.h"
#include "rest/etag.h"
#include "rest/news.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CALL_AGAIN_MS = 50,
	CALL_FAILURES_TOLD = 100, /* a minute */
	CALL_PATIENCE_FACTOR = 3, /* a call may ask the store more than once */
	CALL_NEWS_TICKS = 3,      /* of desk_tick(): a machine that stood still uses up one */
};

/* --- answers --- */

/* Who is somebody, and does what is written down. */
static void call_audit(const struct call *c)
{
	if (c->endpoint != NULL && c->endpoint->action != NULL && c->auth.grant != NULL)
		audit_note(c->desk->audit, c);
}

/* What it has done need not wait until somebody looks. */
static void call_tell_soon(const struct call *c)
{
	if (c->endpoint != NULL && c->endpoint->action != NULL &&
	    strcmp(c->endpoint->method, "GET") != 0 && c->status < 300)
		news_ask(c->desk->news);
}

static void call_answered(struct call *c)
{
	assert(c->state != CALL_ANSWERED);
	c->state = CALL_ANSWERED;
	link_remove(&c->link);
	answers_note(&c->desk->answers, c->endpoint, c->status);
	log_debug(c->request_id, "admin: %s %.*s %.*s: %u",
		  c->auth.grant != NULL ? c->auth.grant->name : "-", SLICE_ARGS(c->head.method),
		  c->endpoint != NULL ? (int)strlen(c->endpoint->path) : 1,
		  c->endpoint != NULL ? c->endpoint->path : "-", c->status);
	call_audit(c);
	call_tell_soon(c);
	if (c->whole)
		c->on_answer(c);
}

void call_add_field(struct call *c, const char *name, const char *format, ...)
{
	va_list arguments;
	char *text = NULL, *copy = NULL;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		text = NULL;
	va_end(arguments);
	if (text != NULL)
		copy = arena_text(&c->arena, slice_from(text));
	free(text);
	assert(c->field_count < CALL_FIELDS);
	if (copy != NULL)
		c->fields[c->field_count++] = (struct call_field){ name, copy };
}

void call_answer_empty(struct call *c, unsigned status)
{
	c->status = status;
	c->type = NULL;
	call_answered(c);
}

void call_answer_source(struct call *c, unsigned status, const char *type,
			const struct call_source *source)
{
	c->status = status;
	c->type = type;
	c->source = source;
	call_answered(c);
}

void call_more(struct call *c)
{
	c->on_more(c);
}

void call_hang_up(struct call *c)
{
	c->on_end(c);
}

/* What was written of a problem that could not be written is nothing. */
static void call_answer_problem(struct call *c, enum refusal r, struct slice detail,
				const struct refusal_error *errors, size_t error_count)
{
	c->status = refusal_status(r);
	c->type = "application/problem+json";
	if (c->status == 503)
		call_add_field(c, "Retry-After", "1");
	buffer_fini(&c->text);
	if (refusal_write(&c->text, r, detail, c->request_id, errors, error_count) != 0)
		buffer_fini(&c->text);
	call_answered(c);
}

void call_refuse(struct call *c, enum refusal r, const char *detail)
{
	call_answer_problem(c, r, slice_from(detail), NULL, 0);
}

void call_refuse_with(struct call *c, enum refusal r, const char *detail,
		      const struct refusal_error *errors, size_t count)
{
	call_answer_problem(c, r, slice_from(detail), errors, count);
}

void call_refuse_memory(struct call *c)
{
	call_refuse(c, REFUSAL_INTERNAL, "There is no memory for that now; try again later");
}

void call_answer_text_as(struct call *c, unsigned status, const char *type, struct buffer *text,
			 int rc)
{
	if (rc != 0) {
		buffer_fini(text);
		call_refuse_memory(c);
		return;
	}
	c->status = status;
	c->type = type;
	c->text = *text;
	*text = (struct buffer){ 0 };
	call_answered(c);
}

void call_answer_text(struct call *c, unsigned status, struct buffer *json, int rc)
{
	call_answer_text_as(c, status, "application/json", json, rc);
}

void call_answer_json(struct call *c, unsigned status, cJSON *object, bool whole)
{
	struct buffer text = { 0 };
	int rc = json_write(object, whole, &text);

	call_answer_text(c, status, &text, rc);
}

void call_complain(struct call *c, const char *parameter, const char *detail)
{
	if (c->error_count < CALL_ERRORS)
		c->errors[c->error_count++] =
			(struct refusal_error){ slice_from(parameter), detail };
}

bool call_refuse_complaints(struct call *c)
{
	struct buffer detail = { 0 };
	int rc;

	if (c->error_count == 0)
		return false;
	rc = buffer_printf(&detail, "%.*s %s", SLICE_ARGS(c->errors[0].parameter),
			   c->errors[0].detail);
	call_answer_problem(c, REFUSAL_INVALID_PARAMETER,
			    rc == 0 ? buffer_content(&detail) : SLICE(""), c->errors,
			    c->error_count);
	buffer_fini(&detail);
	return true;
}

/* RFC 6750 section 3: whoever holds a token that does not suffice is told so, and of which scope it lacks. */
static void call_refuse_token(struct call *c, const char *scope, const char *detail)
{
	static const char challenge[] =
		"Bearer realm=\"sessiongate\", error=\"insufficient_scope\"";

	if (scope != NULL)
		call_add_field(c, "WWW-Authenticate", "%s, scope=\"%s\"", challenge, scope);
	else
		call_add_field(c, "WWW-Authenticate", "%s", challenge);
	call_refuse(c, REFUSAL_INSUFFICIENT_SCOPE, detail);
}

void call_refuse_limited(struct call *c)
{
	call_refuse_token(
		c, NULL,
		"The token is limited to some realms, applications or users, and this goes beyond them");
}

void call_refuse_no_session(struct call *c)
{
	call_refuse(c, REFUSAL_SESSION_NOT_FOUND,
		    "There is no such session, or it has ended, or it is not yours to see");
}

void call_refuse_store(struct call *c)
{
	call_refuse(c, REFUSAL_STORE_UNAVAILABLE,
		    "The store does not answer; /readyz says when it does again");
}

/* --- the store --- */

static void call_list(struct call *c)
{
	if (!link_listed(&c->link))
		link_push(&c->desk->calls, &c->link);
}

static void call_set_deadline(struct call *c, int64_t ms)
{
	c->deadline_ms = clock_mono_ms() + ms;
}

void call_extend(struct call *c, int64_t ms)
{
	call_set_deadline(c, ms);
	call_list(c);
}

void call_wait(struct call *c, struct store_op *op)
{
	c->op = op;
	if (op == NULL)
		call_refuse_store(c);
	else
		call_list(c);
}

void call_woken(struct call *c)
{
	c->op = NULL;
}

void call_again(struct call *c, call_fn *again)
{
	c->again = again;
	c->again_ms = clock_mono_ms() + CALL_AGAIN_MS;
	call_list(c);
}

void call_wait_for_news(struct call *c, call_fn *then)
{
	c->on_news = then;
	c->question = news_ask(c->desk->news);
	c->ticks = CALL_NEWS_TICKS;
	call_list(c);
}

static void call_hear(struct call *c)
{
	call_fn *then = c->on_news;

	c->on_news = NULL;
	then(c);
}

void desk_hear(struct desk *d, uint64_t answered)
{
	struct link *link, *next;

	for (link = d->calls; link != NULL; link = next) {
		struct call *c = CONTAINER_OF(link, struct call, link);

		next = link->next;
		if (c->on_news != NULL && c->question <= answered)
			call_hear(c);
	}
}

static void call_refuse_silence(struct call *c)
{
	call_refuse(c, REFUSAL_STORE_TIMEOUT,
		    "The store did not answer in time; a change may have been made");
}

static void call_tick(struct call *c, int64_t now_ms)
{
	call_fn *again = c->again;

	if (c->on_news != NULL) {
		if (c->ticks-- == 0)
			call_hear(c);
	} else if (now_ms >= c->deadline_ms) {
		c->again = NULL;
		store_cancel(c->desk->store, &c->op);
		(c->on_silence != NULL ? c->on_silence : call_refuse_silence)(c);
	} else if (again != NULL && now_ms >= c->again_ms) {
		c->again = NULL;
		again(c);
	}
}

void desk_tick(struct desk *d)
{
	int64_t now_ms = clock_mono_ms();
	struct link *link, *next;

	for (link = d->calls; link != NULL; link = next) {
		next = link->next;
		call_tick(CONTAINER_OF(link, struct call, link), now_ms);
	}
}

/* --- what it says --- */

uint64_t call_number(struct call *c, const char *name, uint64_t min, uint64_t max, uint64_t unset)
{
	struct slice value;
	uint64_t number;
	char *detail;

	if (!query_get(&c->query, name, &value))
		return unset;
	if (slice_number(value, max, &number) && number >= min)
		return number;
	detail = arena_room(&c->arena, 64);
	if (detail != NULL)
		snprintf(detail, 64, "must be %" PRIu64 " to %" PRIu64, min, max);
	call_complain(c, name, detail != NULL ? detail : "is out of range");
	return unset;
}

bool call_flag(struct call *c, const char *name, bool unset)
{
	struct slice value;

	if (!query_get(&c->query, name, &value))
		return unset;
	if (slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("false")))
		return value.len == strlen("true");
	call_complain(c, name, "must be true or false");
	return unset;
}

static size_t call_characters(struct slice text)
{
	size_t count = 0;

	for (size_t i = 0; i < text.len; i++)
		count += (text.ptr[i] & 0xc0) != 0x80;
	return count;
}

void call_check_reason(struct call *c, struct slice reason)
{
	if (call_characters(reason) > CALL_REASON_CHARS)
		call_complain(c, "reason", "must have at most 200 characters");
	else if (slice_has_control(reason))
		call_complain(c, "reason", "must have no control characters");
	else
		c->reason = reason;
}

struct store_end call_end(const struct call *c)
{
	return (struct store_end){ STORE_CAUSE_REVOKED, slice_from(c->auth.grant->name),
				   c->reason };
}

void call_add_etag(struct call *c, uint64_t version)
{
	char etag[ETAG_BYTES];

	etag_write(etag, version);
	call_add_field(c, "ETag", "%s", etag);
}

bool call_matches(struct call *c, uint64_t version)
{
	if (c->head.if_match.ptr == NULL) {
		call_refuse(c, REFUSAL_PRECONDITION_REQUIRED,
			    "Say in If-Match the ETag of what you have read, or *");
		return false;
	}
	if (etag_listed(c->head.if_match, version, false))
		return true;
	call_add_etag(c, version);
	call_refuse(c, REFUSAL_PRECONDITION_FAILED,
		    "It has been changed since; read it again and decide anew");
	return false;
}

bool call_unchanged(struct call *c, uint64_t version)
{
	call_add_etag(c, version);
	if (c->head.if_none_match.ptr == NULL || !etag_listed(c->head.if_none_match, version, true))
		return false;
	call_answer_empty(c, 304);
	return true;
}

/* --- from the head to the endpoint --- */

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
		call_refuse_token(c, scope_text(c->endpoint->scope),
				  "Ask with a token that has the scope of WWW-Authenticate");
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

/* What can be said before the body is there. */
static void call_judge_head(struct call *c)
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

/* --- the body --- */

static bool call_is_type(struct slice type, struct slice wanted)
{
	struct slice name;

	slice_cut(&type, ';', &name);
	return slice_equal_nocase(slice_trim(name), wanted);
}

static bool call_takes_type(const struct call *c)
{
	return call_is_type(c->head.content_type, SLICE("application/json")) ||
	       (c->endpoint->body == BODY_PATCH &&
		call_is_type(c->head.content_type, SLICE("application/merge-patch+json")));
}

static bool call_takes_none(const struct call *c)
{
	return c->endpoint->body == BODY_JSON_OR_NONE || c->endpoint->body == BODY_EMPTY;
}

/* Who says "dry_run" where it is a parameter shall not be taken to have said nothing. */
static void call_refuse_members(struct call *c)
{
	const cJSON *item;

	cJSON_ArrayForEach(item, c->document)
	{
		call_complain(c, item->string, "is no member here: there is none");
	}
	call_refuse_complaints(c);
}

static void call_read_document(struct call *c)
{
	struct slice text = buffer_content(&c->body);
	int rc;

	if (text.len == 0 && call_takes_none(c))
		text = SLICE("{}");
	else if (!call_takes_type(c)) {
		call_refuse(c, REFUSAL_UNSUPPORTED_MEDIA_TYPE,
			    c->endpoint->body == BODY_PATCH
				    ? "Send application/json or application/merge-patch+json"
				    : "Send application/json");
		return;
	}
	rc = document_read(&c->arena, text, &c->document);
	if (rc == SG_EFORMAT)
		call_refuse(c, REFUSAL_INVALID_JSON,
			    "The body must be one JSON object, in UTF-8, no member of it twice");
	else if (rc != 0)
		call_refuse_memory(c);
	else if (c->endpoint->body == BODY_EMPTY)
		call_refuse_members(c);
}

/* --- its life --- */

static void call_copy(struct call *c, struct slice *field)
{
	if (field->ptr != NULL)
		*field = arena_copy(&c->arena, *field);
}

static bool call_copy_head(struct call *c)
{
	struct slice *const fields[] = {
		&c->head.method,        &c->head.target,     &c->head.authorization,
		&c->head.content_type,  &c->head.request_id, &c->head.if_match,
		&c->head.if_none_match, &c->head.accept,     &c->head.last_event_id,
		&c->head.origin,
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		bool given = fields[i]->ptr != NULL;

		call_copy(c, fields[i]);
		if (given && fields[i]->ptr == NULL)
			return false;
	}
	return true;
}

int call_open(struct desk *desk, const struct auth_peer *peer, const struct call_head *head,
	      struct call **out)
{
	struct call *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return SG_ENOMEM;
	c->desk = desk;
	c->peer = peer;
	c->head = *head;
	c->terms = desk_terms_ref(desk->terms);
	c->settings = c->terms->terms.settings;
	request_id_make(c->request_id);
	request_id_take(head->request_id, c->request_id);
	if (!call_copy_head(c)) {
		call_close(&c);
		return SG_ENOMEM;
	}
	call_judge_head(c);
	*out = c;
	return 0;
}

void call_take(struct call *c, struct slice bytes)
{
	if (c->state == CALL_ANSWERED || c->endpoint->body == BODY_NONE || c->spilt)
		return;
	c->spilt = bytes.len > CALL_BODY_BYTES - buffer_len(&c->body) ||
		   buffer_append_slice(&c->body, bytes) != 0;
}

static void call_read_body(struct call *c)
{
	if (c->spilt)
		call_refuse(c, REFUSAL_BODY_TOO_LARGE, "A body has at most 1 MiB");
	else if (c->endpoint->body != BODY_NONE)
		call_read_document(c);
}

void call_run(struct call *c)
{
	c->whole = true;
	if (c->state == CALL_ANSWERED) {
		c->on_answer(c);
		return;
	}
	call_read_body(c);
	if (c->state == CALL_ANSWERED)
		return;
	c->state = CALL_RUNNING;
	call_set_deadline(c, CALL_PATIENCE_FACTOR * c->settings->store_timeout_ms);
	c->endpoint->run(c);
}

void call_close(struct call **cp)
{
	struct call *c = *cp;

	*cp = NULL;
	if (c == NULL)
		return;
	link_remove(&c->link);
	if (c->source != NULL)
		c->source->close(c);
	if (c->state ==
	    CALL_RUNNING) /* the caller has gone; what was sent to the store may be done */
		call_audit(c);
	store_cancel(c->desk->store, &c->op);
	if (c->on_close != NULL)
		c->on_close(c);
	cJSON_Delete(c->document);
	buffer_fini(&c->body);
	buffer_fini(&c->text);
	desk_terms_unref(&c->terms);
	arena_fini(&c->arena);
	free(c);
}
