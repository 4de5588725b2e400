/* transfer.c - see transfer.h. */
#include "backends/transfer.h"

#include "base/buffer.h"
#include "session/difference.h"

#include <event2/event.h>
#include <stdlib.h>

/* What is to be done next, with one session each. */
struct parcel {
	char id[TOKEN_ID_CHARS];
	enum store_cause cause; /* that ended it there */
};

/* A user who is blocked there, and how. */
struct sentence {
	struct store_user who;
	struct store_block block;
	char realm[STORE_REALM_BYTES], name[SESSION_USER_BYTES], reason[STORE_SAYING_BYTES];
};

/* Who does it, with one at a time. */
struct carrier {
	struct transfer *transfer;
	struct parcel parcel;
	enum transfer_side side; /* whom op is asked of */
	struct store_op *op;
	const struct session *found; /* to be compared; a reference */
	struct sentence sentence;
	bool busy;
};

struct transfer_phase {
	void (*ask)(struct transfer *t); /* for the next page of parcels: t->page */
	void (*carry)(struct carrier *c);
	bool alone; /* a page has work for all carriers, and brings it to them itself */
};

struct transfer {
	const struct transfer_plan *plan;
	const struct transfer_phase *phase;
	int64_t ends_until_ms; /* what has ended there later is for the next run */
	struct carrier carriers[TRANSFER_AT_A_TIME];
	size_t busy;
	struct parcel parcels[STORE_PAGE];
	size_t count, taken;
	struct store_op *page; /* is asked for */
	bool over;             /* there is no next one */
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
	int rc;
	enum transfer_side failed;
};

/* The store's clock may be ahead of ours by that. */
enum { ENDS_SLACK_MS = 60000 };

_Static_assert((int)STORE_POSITION_BYTES <= (int)STORE_CURSOR_BYTES, "a cursor may be a position");

static void transfer_go_on(struct transfer *t);

static void transfer_fail(struct transfer *t, enum transfer_side side, int rc)
{
	if (t->rc == 0) {
		t->rc = rc;
		t->failed = side;
	}
	event_base_loopbreak(t->plan->loop);
}

static struct slice carrier_id(const struct carrier *c)
{
	return slice_of(c->parcel.id, TOKEN_ID_CHARS);
}

static struct transfer_counts *carrier_counts(const struct carrier *c)
{
	return c->transfer->plan->counts;
}

static void carrier_tell(const struct carrier *c, const char *text)
{
	const struct transfer_plan *plan = c->transfer->plan;

	plan->tell(plan->ctx, carrier_id(c), text);
}

/* With this session all is done. */
static void carrier_finish(struct carrier *c)
{
	session_unref(&c->found);
	c->busy = false;
	c->transfer->busy--;
	transfer_go_on(c->transfer);
}

/* NULL: there was no memory for it. */
static void carrier_ask(struct carrier *c, enum transfer_side side, struct store_op *op)
{
	c->side = side;
	c->op = op;
	if (op == NULL)
		transfer_fail(c->transfer, side, SG_ENOMEM);
}

/* Its answer is there. False: it is none. */
static bool carrier_hear(struct carrier *c, const struct store_result *result)
{
	c->op = NULL;
	if (result->status != STORE_UNAVAILABLE && result->status != STORE_UNCERTAIN)
		return true;
	transfer_fail(c->transfer, c->side, SG_ESYSTEM);
	return false;
}

static bool result_is_spoiled(const struct store_result *result)
{
	return result->status == STORE_NOT_FOUND && result->whole_since_ms == STORE_NEVER_WHOLE;
}

static void carrier_find(struct carrier *c, enum transfer_side side, store_done_fn *done)
{
	const struct transfer_plan *plan = c->transfer->plan;
	struct store *st = side == TRANSFER_FROM ? plan->from : plan->to;

	carrier_ask(c, side, store_find(st, carrier_id(c), done, c));
}

static struct carrier *transfer_idle_carrier(struct transfer *t)
{
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++)
		if (!t->carriers[i].busy)
			return &t->carriers[i];
	return NULL;
}

static void transfer_turn_page(struct transfer *t, struct slice cursor)
{
	t->taken = 0;
	t->cursor_bytes = cursor.len;
	if (cursor.len > 0)
		memcpy(t->cursor, cursor.ptr, cursor.len);
}

/* --- blocks ------------------------------------------------------------------------------------ */

static struct slice sentence_keep(char *to, size_t room, struct slice text)
{
	size_t len = text.len < room ? text.len : room;

	if (len > 0)
		memcpy(to, text.ptr, len);
	return slice_of(to, len);
}

static void sentence_write(struct sentence *s, const struct store_user_row *row)
{
	s->who.realm = sentence_keep(s->realm, sizeof(s->realm), row->who.realm);
	s->who.name = sentence_keep(s->name, sizeof(s->name), row->who.name);
	s->block.until_ms = row->block.until_ms;
	s->block.reason = sentence_keep(s->reason, sizeof(s->reason), row->block.reason);
	s->block.actor = SLICE("sessionctl copy");
}

/* For good is longest. */
static bool block_lasts_as_long(const struct store_block *b, const struct store_block *other)
{
	return b->until_ms == 0 || (other->until_ms != 0 && b->until_ms >= other->until_ms);
}

static void blocks_on_blocked(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;

	if (!carrier_hear(c, result))
		return;
	carrier_counts(c)->blocks++;
	carrier_finish(c);
}

/* What was said here, and holds as long, stays. */
static void blocks_on_found(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;
	const struct sentence *s = &c->sentence;

	if (!carrier_hear(c, result))
		return;
	if (result->count > 0 && block_lasts_as_long(&result->users[0].block, &s->block))
		carrier_finish(c);
	else
		carrier_ask(c, TRANSFER_TO,
			    store_block_user(c->transfer->plan->to, &s->who, &s->block,
					     blocks_on_blocked, c));
}

static void blocks_carry(struct carrier *c)
{
	const struct store_user *who = &c->sentence.who;
	const struct store_user_listing listing = {
		.realms = { &who->realm, 1 },
		.names = { &who->name, 1 },
		.prefix = who->name,
		.state = STORE_USER_BLOCKED,
		.limit = 1,
	};
	struct store_op *op = store_users(c->transfer->plan->to, &listing, blocks_on_found, c);

	carrier_ask(c, TRANSFER_TO, op);
}

static void transfer_on_users(void *ctx, const struct store_result *result)
{
	struct transfer *t = ctx;

	t->page = NULL;
	if (result->status != STORE_OK) {
		transfer_fail(t, TRANSFER_FROM, SG_ESYSTEM);
		return;
	}
	transfer_turn_page(t, result->cursor);
	t->over = result->cursor.len == 0;
	for (size_t i = 0; i < result->count; i++) {
		struct carrier *c = transfer_idle_carrier(t);

		sentence_write(&c->sentence, &result->users[i]);
		c->busy = true;
		t->busy++;
		t->phase->carry(c);
	}
	transfer_go_on(t);
}

static void transfer_ask_users(struct transfer *t)
{
	const struct store_user_listing blocked = {
		.state = STORE_USER_BLOCKED,
		.cursor = slice_of(t->cursor, t->cursor_bytes),
		.limit = TRANSFER_AT_A_TIME,
	};

	t->page = store_users(t->plan->from, &blocked, transfer_on_users, t);
}

/* --- pages of ids ------------------------------------------------------------------------------ */

static void transfer_on_page(void *ctx, const struct store_result *result)
{
	struct transfer *t = ctx;

	t->page = NULL;
	if (result->status != STORE_OK) {
		transfer_fail(t, TRANSFER_FROM, SG_ESYSTEM);
		return;
	}
	for (t->count = 0; t->count < result->count; t->count++)
		memcpy(t->parcels[t->count].id, result->sessions[t->count]->id, TOKEN_ID_CHARS);
	transfer_turn_page(t, result->cursor);
	t->over = result->cursor.len == 0;
	transfer_go_on(t);
}

static void transfer_ask_page(struct transfer *t)
{
	static const struct filter all = { .state = FILTER_ANY_STATE };
	const struct store_listing listing = {
		.filter = &all,
		.order = STORE_BY_CREATED,
		.ids = true,
		.cursor = slice_of(t->cursor, t->cursor_bytes),
		.limit = STORE_PAGE,
	};

	t->page = store_list(t->plan->from, &listing, transfer_on_page, t);
}

/* --- copying ----------------------------------------------------------------------------------- */

static void copy_on_put(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;
	struct transfer_counts *counts = carrier_counts(c);

	if (!carrier_hear(c, result))
		return;
	switch (result->status) {
	case STORE_OK:
		counts->copied += result->count;
		counts->unchanged += result->count == 0;
		break;
	case STORE_OUTDATED:
		counts->newer++;
		break;
	case STORE_ENDED:
		counts->ended++;
		break;
	case STORE_BLOCKED:
		counts->blocked++;
		break;
	default:
		counts->unreadable++;
		carrier_tell(c, result->status == STORE_LIMIT
					? "is too large for the other store"
					: "what is in its place in the other store cannot be read");
	}
	carrier_finish(c);
}

/* What has ended there meanwhile ends here by its event. */
static void copy_on_found(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;

	if (!carrier_hear(c, result))
		return;
	if (result->status == STORE_OK) {
		carrier_ask(c, TRANSFER_TO,
			    store_put(c->transfer->plan->to, result->session, copy_on_put, c));
		return;
	}
	if (result_is_spoiled(result)) {
		carrier_counts(c)->unreadable++;
		carrier_tell(c, "cannot be read");
	}
	carrier_finish(c);
}

static void copy_carry(struct carrier *c)
{
	carrier_find(c, TRANSFER_FROM, copy_on_found);
}

/* --- ends -------------------------------------------------------------------------------------- */

static enum store_cause ends_cause(const struct session_event *e)
{
	switch (e->type) {
	case EVENT_LOGGED_OUT:
		return STORE_CAUSE_LOGOUT;
	case EVENT_EVICTED:
		return STORE_CAUSE_EVICTED;
	case EVENT_REVOKED:
		return e->cause == EVENT_CAUSE_USER_BLOCKED ? STORE_CAUSE_BLOCKED
							    : STORE_CAUSE_REVOKED;
	default:
		return STORE_CAUSE_NONE;
	}
}

static void ends_add(struct transfer *t, const struct session_event *e)
{
	struct parcel *parcel = &t->parcels[t->count];

	parcel->cause = ends_cause(e);
	if (parcel->cause == STORE_CAUSE_NONE || !token_id_well_formed(e->session))
		return;
	memcpy(parcel->id, e->session.ptr, TOKEN_ID_CHARS);
	t->count++;
}

/* What happens there from when this began is for the next run, or there would be no end to it. */
static bool ends_are_over(const struct transfer *t, const struct store_result *result)
{
	return result->count == 0 || result->events[result->count - 1].at_ms > t->ends_until_ms;
}

static void transfer_on_events(void *ctx, const struct store_result *result)
{
	struct transfer *t = ctx;

	t->page = NULL;
	if (result->status != STORE_OK) {
		transfer_fail(t, TRANSFER_FROM, SG_ESYSTEM);
		return;
	}
	t->count = 0;
	for (size_t i = 0; i < result->count; i++)
		ends_add(t, &result->events[i]);
	transfer_turn_page(t, result->position);
	t->over = ends_are_over(t, result);
	transfer_go_on(t);
}

static void transfer_ask_events(struct transfer *t)
{
	t->page = store_events(t->plan->from, slice_of(t->cursor, t->cursor_bytes), STORE_PAGE,
			       transfer_on_events, t);
}

static void ends_on_removed(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;

	if (!carrier_hear(c, result))
		return;
	carrier_counts(c)->ended += result->status == STORE_OK;
	carrier_finish(c);
}

static void ends_on_found(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;

	if (!carrier_hear(c, result))
		return;
	if (result->status == STORE_OK)
		carrier_ask(c, TRANSFER_TO,
			    store_remove(c->transfer->plan->to, carrier_id(c), NULL,
					 c->parcel.cause, ends_on_removed, c));
	else
		carrier_finish(c);
}

/* Most are not here, and are not to leave anything here. */
static void ends_carry(struct carrier *c)
{
	carrier_find(c, TRANSFER_TO, ends_on_found);
}

/* --- comparing --------------------------------------------------------------------------------- */

static void compare_tell(struct carrier *c, unsigned difference)
{
	struct buffer text = { 0 };
	int rc = buffer_append_slice(&text, SLICE("is different:"));

	carrier_counts(c)->different++;
	for (enum session_field f = 0; rc == 0 && f < SESSION_FIELD_COUNT; f++)
		if (difference >> f & 1)
			rc = buffer_printf(&text, " %s", session_field_text(f));
	if (rc == 0)
		rc = buffer_append_slice(&text, slice_of("", 1));
	carrier_tell(c, rc == 0 ? buffer_content(&text).ptr : "is different");
	buffer_fini(&text);
}

/* What has ended here, as with a block, the copying has counted. */
static void compare_on_found_here(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;
	unsigned difference;

	if (!carrier_hear(c, result))
		return;
	if (result->status == STORE_OK) {
		difference = session_difference(c->found, result->session);
		if (difference != 0)
			compare_tell(c, difference);
	} else if (result->status != STORE_ENDED) {
		carrier_counts(c)->different++;
		carrier_tell(c, "is not in the other store");
	}
	carrier_finish(c);
}

/* What cannot be read there has been told of before. */
static void compare_on_found_there(void *ctx, const struct store_result *result)
{
	struct carrier *c = ctx;

	if (!carrier_hear(c, result))
		return;
	if (result->status != STORE_OK) {
		carrier_finish(c);
		return;
	}
	c->found = session_ref(result->session);
	carrier_find(c, TRANSFER_TO, compare_on_found_here);
}

static void compare_carry(struct carrier *c)
{
	carrier_find(c, TRANSFER_FROM, compare_on_found_there);
}

/* --- all of it --------------------------------------------------------------------------------- */

static const struct transfer_phase phases[] = {
	{ transfer_ask_users, blocks_carry, true },
	{ transfer_ask_page, copy_carry, false },
	{ transfer_ask_events, ends_carry, false },
	{ transfer_ask_page, compare_carry, false },
};

static void transfer_load(struct transfer *t)
{
	struct carrier *c;

	while (t->rc == 0 && t->taken < t->count && (c = transfer_idle_carrier(t)) != NULL) {
		c->busy = true;
		t->busy++;
		c->parcel = t->parcels[t->taken++];
		t->phase->carry(c);
	}
}

static void transfer_next_phase(struct transfer *t)
{
	const struct transfer_phase *last = &phases[t->plan->verify ? 3 : 2];

	if (t->phase == last) {
		event_base_loopbreak(t->plan->loop);
		return;
	}
	t->phase++;
	t->count = t->taken = t->cursor_bytes = 0;
	t->over = false;
	t->ends_until_ms = clock_wall_ms() + ENDS_SLACK_MS;
	transfer_go_on(t);
}

/* The next page is asked for while the last of this one are on their way. */
static void transfer_go_on(struct transfer *t)
{
	transfer_load(t);
	if (t->rc != 0 || t->taken < t->count || t->page != NULL)
		return;
	if (t->phase->alone && t->busy > 0)
		return;
	if (!t->over) {
		t->phase->ask(t);
		if (t->page == NULL)
			transfer_fail(t, TRANSFER_FROM, SG_ENOMEM);
	} else if (t->busy == 0) {
		transfer_next_phase(t);
	}
}

static void transfer_cancel(struct transfer *t)
{
	store_cancel(t->plan->from, &t->page);
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++) {
		struct carrier *c = &t->carriers[i];

		store_cancel(c->side == TRANSFER_FROM ? t->plan->from : t->plan->to, &c->op);
		session_unref(&c->found);
	}
}

int transfer_run(const struct transfer_plan *plan, enum transfer_side *failed)
{
	struct transfer *t = calloc(1, sizeof(*t));
	int rc;

	*failed = TRANSFER_NEITHER;
	if (t == NULL)
		return SG_ENOMEM;
	t->plan = plan;
	t->phase = phases;
	for (size_t i = 0; i < TRANSFER_AT_A_TIME; i++)
		t->carriers[i].transfer = t;
	transfer_go_on(t);
	if (t->rc == 0 && event_base_dispatch(plan->loop) != 0) /* nobody has ended it */
		transfer_fail(t, TRANSFER_NEITHER, SG_ESYSTEM);
	transfer_cancel(t);
	*failed = t->failed;
	rc = t->rc;
	free(t);
	return rc;
}
