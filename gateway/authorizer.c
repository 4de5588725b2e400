/* authorizer.c - may it be served, and to whom? */
#include "gateway/authorizer.h"

#include "base/percent.h"
#include "gateway/admission.h"
#include "gateway/expose.h"
#include "gateway/request.h"

enum {
	AUTHORIZER_FRAME_BYTES =
		sizeof("Status: 200 OK\r\n\r\n") - 1, /* a block without its fields */
	AUTHORIZER_HEAD_BYTES = 3072,    /* of the whole block: nginx takes 4 KiB by default */
	AUTHORIZER_OMITTED_BYTES = 1024, /* of it, at most, for the names of what does not fit */
	AUTHORIZER_JSON_BYTES = 6 * AUTHORIZER_HEAD_BYTES, /* \u0041: a longer value cannot fit */
};

/* --- values --- */

/* Text in which nothing is left that a header or an environment could stumble over; ptr NULL: no memory. */
static struct slice authorizer_encode(struct arena *arena, struct slice text)
{
	struct buffer encoded = { 0 };
	struct slice out = { 0 };

	if (text.len == 0)
		return SLICE("");
	if (percent_encode(&encoded, text, "") == 0)
		out = arena_copy(arena, buffer_content(&encoded));
	buffer_fini(&encoded);
	return out;
}

/* One value under the name for environments (lighttpd, Apache) and under the one for headers (nginx, Caddy). Said
 * also when it is empty: what a front end does not hear of it might copy from the client. */
static int authorizer_say(struct request *r, struct slice variable, struct slice header,
			  struct slice text)
{
	struct slice value = authorizer_encode(&r->arena, text);
	int rc = value.ptr != NULL ? head_set(&r->response.head, variable, value) : SG_ENOMEM;

	return rc == 0 ? head_set(&r->response.head, header, value) : rc;
}

static int authorizer_say_who(struct request *r)
{
	const struct session *session = r->lookup.session;
	struct slice id = SLICE(""), user = SLICE("");
	int rc;

	if (session != NULL)
		id = slice_of(session->id, TOKEN_ID_CHARS);
	if (session != NULL && session_authenticated(session))
		user = session->user;
	rc = authorizer_say(r, SLICE("Variable-REMOTE_USER"), SLICE("X-Session-User"), user);
	return rc == 0 ? authorizer_say(r, SLICE("Variable-SESSION_ID"), SLICE("X-Session-Id"), id)
		       : rc;
}

/* --- attributes --- */

/* Attributes on their way into the block. What is not placed is named, so room is kept for the names of all
 * that may not be. */
struct authorizer_space {
	struct request *r;
	size_t left;           /* bytes of the block */
	size_t names;          /* of them, at most, for the list */
	size_t ahead;          /* bytes in it of those that were not looked at yet */
	struct buffer omitted; /* the list */
	bool more;             /* than the list holds */
};

static size_t authorizer_least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* In the list, with a comma. */
static size_t authorizer_listed(struct slice name)
{
	return name.len + 1;
}

/* The room that is there now, beside that for the list's own field. */
static size_t authorizer_room(const struct request *r)
{
	size_t taken = AUTHORIZER_FRAME_BYTES + response_head_bytes(&r->response) +
		       sizeof("X-Session-Omitted: \r\n") - 1;

	return taken < AUTHORIZER_HEAD_BYTES ? AUTHORIZER_HEAD_BYTES - taken : 0;
}

static void authorizer_measure(struct authorizer_space *space, const struct session *session)
{
	space->left = authorizer_room(space->r);
	space->names = authorizer_least(space->left, AUTHORIZER_OMITTED_BYTES);
	for (size_t i = 0; i < session->attribute_count; i++)
		if (expose_is_name(session->attributes[i].name))
			space->ahead += authorizer_listed(session->attributes[i].name);
}

static int authorizer_omit(struct authorizer_space *space, struct slice name)
{
	struct buffer *list = &space->omitted;
	size_t bytes = buffer_len(list) + authorizer_listed(name) + sizeof(",*") - 1;
	int rc;

	space->more |= bytes > space->names;
	if (space->more)
		return 0;
	rc = buffer_len(list) > 0 ? buffer_append(list, ",", 1) : 0;
	return rc == 0 ? buffer_append_slice(list, name) : rc;
}

/* "Variable-SESSION_ATTR_<name>: <value>", or the name in the list. */
static int authorizer_place(struct authorizer_space *space, struct slice name, struct slice value)
{
	static const struct slice prefix = { "Variable-SESSION_ATTR_", 22 };
	size_t bytes = prefix.len + name.len + value.len + sizeof(": \r\n") - 1;
	size_t list = authorizer_least(buffer_len(&space->omitted) + space->ahead, space->names);
	char *text;

	if (bytes + list > space->left)
		return authorizer_omit(space, name);
	if ((text = arena_alloc(&space->r->arena, prefix.len + name.len)) == NULL)
		return SG_ENOMEM;
	memcpy(text, prefix.ptr, prefix.len);
	memcpy(text + prefix.len, name.ptr, name.len);
	space->left -= bytes;
	return head_add(&space->r->response.head, slice_of(text, prefix.len + name.len), value);
}

static int authorizer_say_attribute(struct authorizer_space *space,
				    const struct attribute *attribute)
{
	struct arena *arena = &space->r->arena;
	struct slice text;
	int rc;

	if (!expose_is_name(attribute->name))
		return 0;
	space->ahead -= authorizer_listed(attribute->name);
	if (attribute->value.len > AUTHORIZER_JSON_BYTES)
		return authorizer_omit(space, attribute->name);
	if ((rc = expose_text(arena, attribute->value, &text)) != 0 || slice_has_control(text))
		return rc;
	text = authorizer_encode(arena, text);
	return text.ptr != NULL ? authorizer_place(space, attribute->name, text) : SG_ENOMEM;
}

static int authorizer_say_omitted(struct authorizer_space *space)
{
	struct buffer *list = &space->omitted;
	struct slice names;
	int rc = 0;

	if (space->more)
		rc = buffer_append_slice(list, buffer_len(list) > 0 ? SLICE(",*") : SLICE("*"));
	if (rc != 0 || buffer_len(list) == 0)
		return rc;
	names = arena_copy(&space->r->arena, buffer_content(list));
	return names.ptr != NULL
		       ? head_add(&space->r->response.head, SLICE("X-Session-Omitted"), names)
		       : SG_ENOMEM;
}

static int authorizer_say_attributes(struct request *r)
{
	const struct session *session = r->lookup.session;
	struct authorizer_space space = { .r = r };
	int rc = 0;

	if (session == NULL || !(r->route->expose & EXPOSE_EACH))
		return 0;
	authorizer_measure(&space, session);
	for (size_t i = 0; rc == 0 && i < session->attribute_count; i++)
		rc = authorizer_say_attribute(&space, &session->attributes[i]);
	if (rc == 0)
		rc = authorizer_say_omitted(&space);
	buffer_fini(&space.omitted);
	return rc;
}

/* --- the answer --- */

/* Without a length: Apache would take it for that of what it serves. */
static int authorizer_say_yes(struct request *r)
{
	struct head *head = &r->response.head;
	struct buffer none = { 0 };
	int rc;

	response_replace(&r->response, &none);
	if ((rc = head_set(head, SLICE("X-Request-Id"), slice_from(r->request_id))) != 0 ||
	    (rc = authorizer_say_who(r)) != 0)
		return rc;
	if (r->route->private_ == PRIVATE_ALWAYS && r->lookup.session != NULL &&
	    (rc = carrier_no_store(head, r->route)) != 0)
		return rc;
	return authorizer_say_attributes(r);
}

/* The touch is over. One that failed is nothing, but it may have found that the session has ended meanwhile. */
static void authorizer_touched(void *ctx)
{
	struct request *r = ctx;
	enum problem refusal;
	bool ended = r->save.answer == SAVE_TOKEN_CLEAR;

	if (ended)
		session_unref(&r->lookup.session);
	if (ended && !admission_session(r, &refusal))
		request_refuse(r, refusal);
	else if (authorizer_say_yes(r) != 0)
		request_out_of_memory(r);
	else
		request_respond(r);
}

void authorizer_allow(struct request *r)
{
	wish_nothing(&r->lookup, &r->wish);
	if (r->lookup.session != NULL)
		request_save(r, authorizer_touched);
	else
		authorizer_touched(r);
}

int authorizer_refuse(struct request *r)
{
	struct head *head = &r->response.head;
	struct slice plain, url;
	int rc;

	if (head->status != 401 || r->route->login_url == NULL)
		return 0;
	plain = slice_from(r->route->login_url);
	if ((rc = head_add(head, SLICE("X-Session-Login-Url"), plain)) != 0)
		return rc;
	url = admission_login_url(r, AUTHORIZER_HEAD_BYTES -
					     authorizer_least(plain.len, AUTHORIZER_HEAD_BYTES));
	return url.ptr != NULL ? head_add(head, SLICE("X-Session-Login-Redirect"), url) : SG_ENOMEM;
}
