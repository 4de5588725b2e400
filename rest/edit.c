/* edit.c - see edit.h. */
#include "rest/edit.h"

#include "base/random.h"
#include "rest/call_answer.h"
#include "rest/call_condition.h"
#include "rest/call_wait.h"
#include "rest/found.h"

static void edit_find(struct call *c);
static void edit_save(struct call *c);

static void edit_on_saved(void *ctx, const struct store_result *result)
{
	struct edit *e = ctx;
	struct call *c = e->call;

	call_woken(c);
	switch (result->status) {
	case STORE_OK:
		e->done(e, result->session);
		break;
	case STORE_UNCERTAIN:
		call_again(c, edit_save);
		break;
	case STORE_OUTDATED:
	case STORE_MOVED:
		edit_find(c);
		break;
	case STORE_LIMIT:
		call_refuse(c, REFUSAL_ATTRIBUTE_TOO_LARGE,
			    "The session would be larger than session.max_size allows");
		break;
	case STORE_NOT_FOUND:
	case STORE_ENDED:
		call_refuse_no_session(c);
		break;
	default:
		call_refuse_store(c);
	}
}

static void edit_save(struct call *c)
{
	struct edit *e = c->work;

	call_wait(c, store_save(c->desk->store, c->subject, &e->delta, edit_on_saved, e));
}

static const struct settings_realm *edit_realm(const struct call *c, const struct session *s)
{
	for (size_t i = 0; i < c->settings->realm_count; i++)
		if (slice_equal(slice_from(c->settings->realms[i].name), s->realm))
			return &c->settings->realms[i];
	return NULL;
}

/* Nobody was here: the time of the last request stays. */
static enum edit_outcome edit_make(struct edit *e, const struct session *s)
{
	struct call *c = e->call;
	const struct settings_realm *realm = edit_realm(c, s);

	if (realm == NULL) {
		call_refuse(c, REFUSAL_SESSION_NOT_FOUND,
			    "The session is of a realm that this gateway's configuration has not");
		return EDIT_REFUSED;
	}
	e->delta = (struct delta){
		.epoch = s->epoch,
		.version = s->version,
		.unseen = true,
		.limits = realm->limits,
	};
	if (random_u64(&e->delta.save_id) != 0) {
		call_refuse_memory(c);
		return EDIT_REFUSED;
	}
	e->realm = realm;
	return e->make(e, s, &e->delta);
}

static void edit_on_found(void *ctx, const struct store_result *result)
{
	struct edit *e = ctx;
	const struct session *s = found_session(e->call, result);

	if (s == NULL || (!e->unconditional && !call_matches(e->call, s->version)))
		return;
	switch (edit_make(e, s)) {
	case EDIT_SAVES:
		edit_save(e->call);
		break;
	case EDIT_NOTHING:
		e->done(e, s);
		break;
	case EDIT_REFUSED:
		break;
	}
}

static void edit_find(struct call *c)
{
	call_wait(c, store_find(c->desk->store, c->subject, edit_on_found, c->work));
}

void edit_start(struct edit *e)
{
	struct call *c = e->call;

	c->work = e;
	if (!found_is_asked_for(c))
		return;
	/* said before the store is asked: it would be wasted on whoever has not read what he changes */
	if (c->head.if_match.ptr == NULL && !e->unconditional)
		call_matches(c, 0);
	else
		edit_find(c);
}
