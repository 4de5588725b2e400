/* user_sessions.c - one user's sessions, listed and ended: /api/v1/users/{user}/sessions. */
#include "rest/call_answer.h"
#include "rest/call_parameter.h"
#include "rest/call_wait.h"
#include "rest/ending.h"
#include "rest/gather.h"
#include "rest/resources.h"
#include "rest/sessions.h"
#include "rest/subject.h"

#include <stdlib.h>

enum {
	USER_SESSIONS_MS = 30000,
	USER_SESSIONS_MOST = 100000, /* that are ended one by one */
};

struct user_sessions {
	struct call *call;
	struct store_user who;
	struct slice except;
	struct selected selected;
	struct gather gather;
	struct ending ending;
	struct ending_item *items;
};

/* An empty list rather than nothing, for whoever may see him. */
void user_sessions_answer_get(struct call *c)
{
	struct selector selector = { 0 };
	struct store_user who;

	if (!subject_read(c, &who))
		return;
	selector.given[SELECTOR_REALM] = who.realm;
	selector.given[SELECTOR_USER] = who.name;
	sessions_list(c, &selector);
}

static void user_sessions_answer(struct call *c, size_t revoked)
{
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && json_add_number(object, "revoked", (int64_t)revoked));
}

/* --- all of them, in the store --- */

static void user_sessions_send(struct call *c);

static void user_sessions_on_removed(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK)
		user_sessions_answer(c, result->count);
	else if (result->status == STORE_UNCERTAIN)
		call_again(c, user_sessions_send);
	else
		call_refuse_store(c);
}

static void user_sessions_send(struct call *c)
{
	const struct user_sessions *u = c->work;
	const struct store_end end = call_end(c);

	call_wait(c, store_remove_user_by(c->desk->store, &u->who, u->except, &end,
					  user_sessions_on_removed, c));
}

/* --- those of some applications, one by one --- */

static void user_sessions_ended(struct call *c)
{
	const struct user_sessions *u = c->work;

	for (size_t i = 0; i < u->ending.count; i++) {
		if (!u->items[i].failed)
			continue;
		call_refuse_store(c);
		return;
	}
	user_sessions_answer(c, u->ending.ended);
}

static void user_sessions_gathered(struct call *c)
{
	struct user_sessions *u = c->work;

	u->ending = (struct ending){
		.call = c,
		.items = u->items,
		.count = u->gather.count,
		.done = user_sessions_ended,
	};
	ending_start(&u->ending);
}

static int user_sessions_on_one(struct gather *g, const struct session *s)
{
	struct user_sessions *u = CONTAINER_OF(g, struct user_sessions, gather);
	struct ending_item *items = reallocarray(u->items, g->count, sizeof(*items));

	if (items == NULL)
		return SG_ENOMEM;
	u->items = items;
	items[g->count - 1] = (struct ending_item){ .failed = false };
	return ending_fill(&items[g->count - 1], &u->call->arena, s);
}

static void user_sessions_close(struct call *c)
{
	struct user_sessions *u = c->work;

	if (u->ending.call != NULL)
		ending_stop(&u->ending);
	free(u->items);
}

static void user_sessions_gather(struct user_sessions *u)
{
	struct selector selector = { 0 };
	struct call *c = u->call;

	selector.given[SELECTOR_REALM] = u->who.realm;
	selector.given[SELECTOR_USER] = u->who.name;
	selector_apply(&selector, c, 0, &u->selected);
	c->on_close = user_sessions_close;
	u->gather = (struct gather){
		.call = c,
		.filter = &u->selected.filter,
		.except = &u->except,
		.except_count = u->except.len > 0,
		.most = USER_SESSIONS_MOST,
		.visit = user_sessions_on_one,
		.done = user_sessions_gathered,
	};
	gather_start(&u->gather);
}

void user_sessions_answer_delete(struct call *c)
{
	struct user_sessions *u = arena_alloc(&c->arena, sizeof(*u));
	struct slice reason;

	if (u == NULL) {
		call_refuse_memory(c);
		return;
	}
	c->work = u;
	u->call = c;
	if (query_get(&c->query, "except", &u->except) && !token_id_well_formed(u->except))
		call_complain(c, "except", "must be a session's id");
	if (query_get(&c->query, "reason", &reason))
		call_check_reason(c, reason);
	if (call_refuse_complaints(c) || !subject_read(c, &u->who))
		return;
	call_extend(c, USER_SESSIONS_MS);
	if (c->auth.grant->application_count > 0)
		user_sessions_gather(u);
	else
		user_sessions_send(c);
}
