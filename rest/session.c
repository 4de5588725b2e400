/* session.c - one session, read, changed and ended: /api/v1/sessions/{id}. */
#include "rest/edit.h"
#include "rest/found.h"
#include "rest/members.h"
#include "rest/resources.h"
#include "rest/session_view.h"

#include "base/clock.h"
#include "base/rfc3339.h"
#include "rest/call_answer.h"
#include "rest/call_condition.h"
#include "rest/call_parameter.h"
#include "rest/call_wait.h"

#include <inttypes.h>
#include <stdio.h>

enum { SESSION_DETAIL = 64 };

/* --- reading it --- */

static void session_on_found(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	const struct session *s = found_session(c, result);
	cJSON *object;

	if (s == NULL || call_unchanged(c, s->version))
		return;
	object = cJSON_CreateObject();
	call_answer_json(c, 200, object, session_view_add(object, s));
}

void session_answer_get(struct call *c)
{
	if (found_is_asked_for(c))
		call_wait(c, store_find(c->desk->store, c->subject, session_on_found, c));
}

/* --- changing how long it lasts --- */

struct session_edit {
	struct edit edit;
	int64_t idle_ms, expires_ms; /* 0: stays */
};

static const char *const session_members[] = { "idle_timeout_s", "expires_at", NULL };

static void session_edit_done(struct edit *e, const struct session *s)
{
	cJSON *object = cJSON_CreateObject();

	call_add_etag(e->call, s->version);
	call_answer_json(e->call, 200, object, session_view_add(object, s));
}

/* The longest that any session like this one may last. */
static int64_t session_longest_ms(const struct settings_realm *realm, const struct session *s)
{
	return s->remembered ? realm->lifetime.remember_absolute_ms : realm->lifetime.absolute_ms;
}

/* What goes beyond is complained about. */
static void session_check_idle(const struct session_edit *edit, int64_t longest_ms)
{
	char *detail;

	if (edit->idle_ms <= longest_ms)
		return;
	detail = arena_room(&edit->edit.call->arena, SESSION_DETAIL);
	if (detail != NULL)
		snprintf(detail, SESSION_DETAIL, "must be 1 to %" PRId64, longest_ms / 1000);
	call_complain(edit->edit.call, "idle_timeout_s", detail != NULL ? detail : "is too long");
}

static void session_check_end(const struct session_edit *edit, int64_t last_ms)
{
	char *detail, text[RFC3339_CHARS];

	if (edit->expires_ms <= last_ms)
		return;
	rfc3339_write(last_ms, text);
	detail = arena_room(&edit->edit.call->arena, SESSION_DETAIL);
	if (detail != NULL)
		snprintf(detail, SESSION_DETAIL, "must not be later than %.*s", (int)sizeof(text),
			 text);
	call_complain(edit->edit.call, "expires_at", detail != NULL ? detail : "is too late");
}

static enum edit_outcome session_edit_make(struct edit *e, const struct session *s, struct delta *d)
{
	const struct session_edit *edit = CONTAINER_OF(e, struct session_edit, edit);
	int64_t longest_ms = session_longest_ms(e->realm, s);
	int64_t since_ms = s->login_ms > s->created_ms ? s->login_ms : s->created_ms;

	session_check_idle(edit, longest_ms);
	session_check_end(edit, since_ms + longest_ms);
	if (call_refuse_complaints(e->call))
		return EDIT_REFUSED;
	d->idle_ms = edit->idle_ms != s->idle_ms ? edit->idle_ms : 0;
	d->expires_ms = edit->expires_ms != s->expires_ms ? edit->expires_ms : 0;
	d->unread = true;
	return d->idle_ms != 0 || d->expires_ms != 0 ? EDIT_SAVES : EDIT_NOTHING;
}

static void session_read_idle(struct session_edit *edit, struct call *c)
{
	const cJSON *item = members_get(c, "idle_timeout_s");
	double seconds = cJSON_GetNumberValue(item);

	if (item == NULL)
		return;
	if (seconds >= 1 && seconds <= INT32_MAX && seconds == (double)(int64_t)seconds)
		edit->idle_ms = (int64_t)seconds * 1000;
	else
		call_complain(c, "idle_timeout_s", "must be a whole number of seconds, 1 or more");
}

static void session_read_end(struct session_edit *edit, struct call *c)
{
	const cJSON *item = members_get(c, "expires_at");

	if (item == NULL)
		return;
	if (!rfc3339_read(slice_from(cJSON_GetStringValue(item)), &edit->expires_ms))
		call_complain(c, "expires_at", "must be a time such as 2026-11-20T10:00:00Z");
	else if (edit->expires_ms <= clock_wall_ms())
		call_complain(c, "expires_at", "must not be past");
}

void session_answer_patch(struct call *c)
{
	struct session_edit *edit = arena_alloc(&c->arena, sizeof(*edit));

	if (edit == NULL) {
		call_refuse_memory(c);
		return;
	}
	edit->edit.call = c;
	edit->edit.make = session_edit_make;
	edit->edit.done = session_edit_done;
	members_check(c, session_members);
	session_read_idle(edit, c);
	session_read_end(edit, c);
	if (!call_refuse_complaints(c))
		edit_start(&edit->edit);
}

/* --- another secret --- */

static void session_rotate_done(struct edit *e, const struct session *s)
{
	cJSON *object = cJSON_CreateObject();

	call_add_etag(e->call, s->version);
	call_answer_json(e->call, 202, object, session_view_add(object, s));
}

static enum edit_outcome session_rotate_make(struct edit *e, const struct session *s,
					     struct delta *d)
{
	(void)e;
	d->asks_rotation = !s->rotation_asked;
	d->unread = true;
	return d->asks_rotation ? EDIT_SAVES : EDIT_NOTHING;
}

void session_answer_rotate(struct call *c)
{
	struct edit *edit = arena_alloc(&c->arena, sizeof(*edit));

	if (edit == NULL) {
		call_refuse_memory(c);
		return;
	}
	edit->call = c;
	edit->make = session_rotate_make;
	edit->done = session_rotate_done;
	edit->unconditional = true;
	edit_start(edit);
}

/* --- ending it --- */

struct session_end {
	struct store_user owner;
	bool owned;     /* it has to be his still */
	bool uncertain; /* it was asked for before, and nobody knows what came of that */
};

static void session_send_end(struct call *c);

static void session_on_ended(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	struct session_end *end = c->work;

	call_woken(c);
	if (result->status == STORE_UNCERTAIN) {
		end->uncertain = true;
		call_again(c, session_send_end);
	} else if (result->status == STORE_UNAVAILABLE) {
		call_refuse_store(c);
	} else if (result->status == STORE_OK ||
		   (end->uncertain && result->status == STORE_ENDED)) {
		call_answer_empty(c, 204);
	} else {
		call_refuse_no_session(c);
	}
}

static void session_send_end(struct call *c)
{
	const struct session_end *end = c->work;
	const struct store_end reported = call_end(c);

	call_wait(c, store_remove_by(c->desk->store, c->subject, end->owned ? &end->owner : NULL,
				     &reported, session_on_ended, c));
}

/* Between the look and the end it may have become somebody's whom the caller does not see. */
static void session_on_found_to_end(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	const struct session *s = found_session(c, result);
	struct session_end *end = c->work;

	if (s == NULL)
		return;
	end->owned = session_authenticated(s);
	end->owner.realm = arena_copy(&c->arena, s->realm);
	end->owner.name = arena_copy(&c->arena, s->user);
	if (end->owner.realm.ptr == NULL || end->owner.name.ptr == NULL)
		call_refuse_memory(c);
	else
		session_send_end(c);
}

void session_answer_delete(struct call *c)
{
	struct slice reason;

	if (query_get(&c->query, "reason", &reason))
		call_check_reason(c, reason);
	if (call_refuse_complaints(c) || !found_is_asked_for(c))
		return;
	c->work = arena_alloc(&c->arena, sizeof(struct session_end));
	if (c->work == NULL)
		call_refuse_memory(c);
	else if (grant_is_limited(c->auth.grant))
		call_wait(c, store_find(c->desk->store, c->subject, session_on_found_to_end, c));
	else
		session_send_end(c);
}
