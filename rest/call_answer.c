/* call_answer.c - see call_answer.h. */
#include "rest/call_answer.h"

#include "base/log.h"
#include "rest/audit.h"
#include "rest/news.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

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
	audit_note(c->desk->audit, c);
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

void call_refuse_scope(struct call *c, const char *scope)
{
	call_refuse_token(c, scope, "Ask with a token that has the scope of WWW-Authenticate");
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
