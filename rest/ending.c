/* ending.c - see ending.h. */
#include "rest/ending.h"

static void ending_begin(struct ending_slot *slot);

int ending_fill(struct ending_item *item, struct arena *arena, const struct session *s)
{
	memcpy(item->id, s->id, sizeof(item->id));
	item->owned = session_authenticated(s);
	item->owner.realm = arena_copy(arena, s->realm);
	item->owner.name = arena_copy(arena, s->user);
	return item->owner.realm.ptr != NULL && item->owner.name.ptr != NULL ? 0 : SG_ENOMEM;
}

/* The slot is free for the next one; the last of all ends it. */
static void ending_go_on(struct ending_slot *slot)
{
	struct ending *e = slot->ending;

	e->busy--;
	if (e->next < e->count)
		ending_begin(slot);
	else if (e->busy == 0)
		e->done(e->call);
}

static void ending_fail(struct ending_slot *slot)
{
	slot->item->failed = true;
	ending_go_on(slot);
}

/* There is no memory to ask the store: nor is there for the others. */
static void ending_give_up(struct ending_slot *slot)
{
	struct ending *e = slot->ending;

	while (e->next < e->count)
		e->items[e->next++].failed = true;
	ending_fail(slot);
}

static void ending_send(struct ending_slot *slot);

static void ending_on_ended(void *ctx, const struct store_result *result)
{
	struct ending_slot *slot = ctx;
	bool again = slot->tries > 0;

	slot->op = NULL;
	if (result->status == STORE_UNCERTAIN && slot->tries++ < ENDING_TRIES) {
		ending_send(slot);
		return;
	}
	if (result->status == STORE_UNCERTAIN || result->status == STORE_UNAVAILABLE) {
		ending_fail(slot);
		return;
	}
	slot->ending->ended +=
		result->status == STORE_OK || (again && result->status == STORE_ENDED);
	ending_go_on(slot);
}

static void ending_send(struct ending_slot *slot)
{
	const struct ending_item *item = slot->item;
	const struct call *c = slot->ending->call;
	const struct store_end end = call_end(c);

	slot->op = store_remove_by(c->desk->store, slice_from(item->id),
				   item->owned ? &item->owner : NULL, &end, ending_on_ended, slot);
	if (slot->op == NULL)
		ending_give_up(slot);
}

static void ending_spare(struct ending_slot *slot, const struct session *s)
{
	struct ending *e = slot->ending;

	if (e->visit != NULL && e->visit(e, s) != 0) {
		ending_fail(slot);
		return;
	}
	e->ended++;
	ending_go_on(slot);
}

static void ending_on_found(void *ctx, const struct store_result *result)
{
	struct ending_slot *slot = ctx;
	struct ending *e = slot->ending;
	bool seen = result->status == STORE_OK && grant_sees(e->call->auth.grant, result->session);

	slot->op = NULL;
	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN ||
	    (seen && ending_fill(slot->item, &e->call->arena, result->session) != 0))
		ending_fail(slot);
	else if (!seen)
		ending_go_on(slot);
	else if (e->spares)
		ending_spare(slot, result->session);
	else
		ending_send(slot);
}

static void ending_look(struct ending_slot *slot)
{
	slot->op = store_find(slot->ending->call->desk->store, slice_from(slot->item->id),
			      ending_on_found, slot);
	if (slot->op == NULL)
		ending_give_up(slot);
}

static void ending_begin(struct ending_slot *slot)
{
	struct ending *e = slot->ending;

	e->busy++;
	slot->tries = 0;
	slot->item = &e->items[e->next++];
	if (e->looks)
		ending_look(slot);
	else
		ending_send(slot);
}

void ending_start(struct ending *e)
{
	e->busy = 1; /* until all slots have begun: it ends once */
	for (size_t i = 0; i < ENDING_AT_ONCE; i++)
		e->slots[i].ending = e;
	for (size_t i = 0; i < ENDING_AT_ONCE && e->next < e->count; i++)
		ending_begin(&e->slots[i]);
	if (--e->busy == 0)
		e->done(e->call);
}

void ending_stop(struct ending *e)
{
	for (size_t i = 0; i < ENDING_AT_ONCE; i++)
		store_cancel(e->call->desk->store, &e->slots[i].op);
}
