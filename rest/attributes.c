/* attributes.c - the attributes of one session, read and changed: /api/v1/sessions/{id}/attributes. */
#include "rest/call_answer.h"
#include "rest/call_condition.h"
#include "rest/call_wait.h"
#include "rest/edit.h"
#include "rest/found.h"
#include "rest/merge_patch.h"
#include "rest/resources.h"
#include "session/value.h"

#include <inttypes.h>

/* --- reading them --- */

/* By hand: values stay as they were written. */
static int attributes_write(const struct session *s, struct buffer *out)
{
	int rc = buffer_append_slice(out, SLICE("{\"attributes\":{"));

	for (size_t i = 0; rc == 0 && i < s->attribute_count; i++) {
		rc = i > 0 ? buffer_append(out, ",", 1) : 0;
		if (rc == 0)
			rc = value_quote(out, s->attributes[i].name);
		if (rc == 0)
			rc = buffer_append(out, ":", 1);
		if (rc == 0)
			rc = buffer_append_slice(out, s->attributes[i].value);
	}
	return rc == 0 ? buffer_printf(out, "},\"version\":%" PRIu64 "}\n", s->version) : rc;
}

static void attributes_answer(struct call *c, const struct session *s)
{
	struct buffer text = { 0 };
	int rc = attributes_write(s, &text);

	call_answer_text(c, 200, &text, rc);
}

static void attributes_on_found(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;
	const struct session *s = found_session(c, result);

	if (s != NULL && !call_unchanged(c, s->version))
		attributes_answer(c, s);
}

void attributes_answer_get(struct call *c)
{
	if (found_is_asked_for(c))
		call_wait(c, store_find(c->desk->store, c->subject, attributes_on_found, c));
}

/* --- changing them --- */

/* The body is a merge patch of the object that the attributes are. */
struct attributes_edit {
	struct edit edit;
	struct slice *names; /* of its members, unescaped, in their order */
	struct slice *patches;
	size_t count;
};

static void attributes_edit_done(struct edit *e, const struct session *s)
{
	call_add_etag(e->call, s->version);
	attributes_answer(e->call, s);
}

static void attributes_refuse_limit(struct call *c, int rc)
{
	if (rc == SG_ELIMIT)
		call_refuse(c, REFUSAL_BODY_TOO_LARGE,
			    "The patch and what it is for have too many members");
	else
		call_refuse_memory(c);
}

/* The value that the attribute gets, in the arena; ptr NULL: it goes. False: refused. */
static bool attributes_merge(struct call *c, const struct session *s, struct slice name,
			     struct slice patch, uint64_t *work, struct slice *value)
{
	struct slice before = { 0 };
	struct buffer merged = { 0 };
	int rc;

	*value = (struct slice){ 0 };
	if (value_is_null(patch))
		return true;
	session_get(s, name, &before);
	rc = merge_patch(before, patch, work, &merged);
	if (rc == 0 && (*value = arena_copy(&c->arena, buffer_content(&merged))).ptr == NULL)
		rc = SG_ENOMEM;
	buffer_fini(&merged);
	if (rc != 0)
		attributes_refuse_limit(c, rc);
	return rc == 0;
}

/* Is it there already as it would be? */
static bool attributes_stays(const struct session *s, const struct change *change)
{
	struct slice before = { 0 };

	if (!session_get(s, change->name, &before))
		return change->value.ptr == NULL;
	return change->value.ptr != NULL && slice_equal(before, change->value);
}

/* What would be over a limit is told by name; what the store finds besides is told as a whole. False: refused. */
static bool attributes_fit(struct call *c, const struct session *s, const struct delta *d)
{
	size_t count = s->attribute_count;

	for (size_t i = 0; i < d->change_count; i++) {
		struct slice before;
		bool had = session_get(s, d->changes[i].name, &before);

		count = count + (d->changes[i].value.ptr != NULL && !had) -
			(d->changes[i].value.ptr == NULL && had);
		if (d->changes[i].value.len > d->limits.max_value) {
			call_refuse(c, REFUSAL_ATTRIBUTE_TOO_LARGE,
				    "A value is larger than session.max_value allows");
			return false;
		}
	}
	if (count <= d->limits.max_attributes || count <= s->attribute_count)
		return true;
	call_refuse(c, REFUSAL_TOO_MANY_ATTRIBUTES,
		    "The session would have more attributes than session.max_attributes allows");
	return false;
}

static enum edit_outcome attributes_edit_make(struct edit *e, const struct session *s,
					      struct delta *d)
{
	struct attributes_edit *edit = CONTAINER_OF(e, struct attributes_edit, edit);
	struct call *c = e->call;
	struct change *changes = arena_room(&c->arena, (edit->count + 1) * sizeof(*changes));
	uint64_t work = 0;

	if (changes == NULL) {
		call_refuse_memory(c);
		return EDIT_REFUSED;
	}
	d->changes = changes;
	for (size_t i = 0; i < edit->count; i++) {
		struct change *change = &changes[d->change_count];

		change->name = edit->names[i];
		if (!attributes_merge(c, s, change->name, edit->patches[i], &work, &change->value))
			return EDIT_REFUSED;
		d->change_count += !attributes_stays(s, change);
	}
	if (!attributes_fit(c, s, d))
		return EDIT_REFUSED;
	return d->change_count > 0 ? EDIT_SAVES : EDIT_NOTHING;
}

/* Whoever could have PHP unserialize something could run code: see value.h. */
static bool attributes_allow(struct call *c, struct slice name, struct slice patch)
{
	if (name.len == 0 || name.len > SESSION_NAME_BYTES)
		call_refuse(c, REFUSAL_INVALID_ATTRIBUTE_NAME,
			    "An attribute's name has 1 to 128 bytes");
	else if (slice_equal(name, SLICE(VALUE_PHP)) || value_has_php(patch))
		call_refuse(c, REFUSAL_INVALID_ATTRIBUTE_NAME,
			    "Members called $php are what PHP's adapter alone may write");
	return c->state != CALL_ANSWERED;
}

/* The body's members, which were scanned before. False: refused. */
static bool attributes_read(struct attributes_edit *edit, struct call *c)
{
	struct slice text = buffer_content(&c->body), name, patch;
	size_t room = (size_t)cJSON_GetArraySize(c->document);
	bool first = true;

	edit->names = arena_room(&c->arena, (room + 1) * sizeof(*edit->names));
	edit->patches = arena_room(&c->arena, (room + 1) * sizeof(*edit->patches));
	if (edit->names == NULL || edit->patches == NULL || value_object_open(&text) != 0) {
		call_refuse_memory(c);
		return false;
	}
	while (edit->count < room && value_object_next(&text, first, &name, &patch) == 1) {
		char *unescaped = arena_room(&c->arena, name.len + 1);

		first = false;
		if (unescaped == NULL) {
			call_refuse_memory(c);
			return false;
		}
		name = slice_of(unescaped, value_unquote(name, unescaped));
		if (!attributes_allow(c, name, patch))
			return false;
		edit->names[edit->count] = name;
		edit->patches[edit->count++] = patch;
	}
	return true;
}

void attributes_answer_patch(struct call *c)
{
	struct attributes_edit *edit = arena_alloc(&c->arena, sizeof(*edit));

	if (edit == NULL) {
		call_refuse_memory(c);
		return;
	}
	edit->edit.call = c;
	edit->edit.make = attributes_edit_make;
	edit->edit.done = attributes_edit_done;
	if (attributes_read(edit, c))
		edit_start(&edit->edit);
}
