/* users.c - the list of users: GET /api/v1/users. */
#include "rest/call_answer.h"
#include "rest/call_parameter.h"
#include "rest/call_wait.h"
#include "rest/paging.h"
#include "rest/resources.h"

#include <stdio.h>

struct users {
	struct paging paging;
	struct store_user_listing listing;
	struct slice realm;
	bool nobody; /* whom the caller sees cannot be asked for */
};

static bool users_add(cJSON *object, const struct store_user_row *rows, size_t count)
{
	cJSON *data = cJSON_AddArrayToObject(object, "data");

	for (size_t i = 0; data != NULL && i < count; i++) {
		cJSON *item = json_append_object(data);

		if (item == NULL || !json_add_text(item, "realm", rows[i].who.realm) ||
		    !json_add_text(item, "user", rows[i].who.name) ||
		    !json_add_number(item, "sessions", (int64_t)rows[i].sessions) ||
		    !json_add_time(item, "last_seen_at", rows[i].seen_ms) ||
		    !json_add_flag(item, "blocked", rows[i].blocked))
			return false;
	}
	return data != NULL;
}

static void users_answer(struct call *c, const struct store_result *listed)
{
	const struct users *u = c->work;
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && users_add(object, listed->users, listed->count) &&
				 paging_add(&u->paging, c, object, listed->cursor, -1, false));
}

static void users_on_listed(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK)
		users_answer(c, result);
	else if (result->status == STORE_CURSOR)
		call_refuse(c, REFUSAL_INVALID_CURSOR, "The store knows no such cursor");
	else
		call_refuse_store(c);
}

static void users_ask(struct call *c)
{
	static const struct store_result none = { .status = STORE_OK };
	struct users *u = c->work;

	u->listing.cursor = u->paging.cursor;
	u->listing.limit = u->paging.limit;
	if (u->nobody)
		users_answer(c, &none);
	else
		call_wait(c, store_users(c->desk->store, &u->listing, users_on_listed, c));
}

static void users_read(struct users *u, struct call *c)
{
	const struct grant *g = c->auth.grant;
	struct slice blocked;

	u->listing.names = (struct filter_names){ g->users, g->user_count };
	u->listing.realms = (struct filter_names){ g->realms, g->realm_count };
	if (query_get(&c->query, "realm", &u->realm)) {
		u->nobody = !grant_sees_realm(g, u->realm);
		u->listing.realms = (struct filter_names){ &u->realm, 1 };
	}
	query_get(&c->query, "prefix", &u->listing.prefix);
	u->listing.min_sessions = call_number(c, "min_sessions", 0, INT32_MAX, 0);
	if (query_get(&c->query, "blocked", &blocked))
		u->listing.state =
			call_flag(c, "blocked", false) ? STORE_USER_BLOCKED : STORE_USER_FREE;
}

/* What a cursor is good for. In the arena; ptr NULL: no memory. */
static struct slice users_bound(struct call *c, const struct users *u)
{
	struct buffer bound = { 0 };
	struct slice copy = { 0 };

	if (buffer_printf(&bound, "users %zu:%.*s %zu:%.*s %zu %d", u->realm.len,
			  SLICE_ARGS(u->realm), u->listing.prefix.len,
			  SLICE_ARGS(u->listing.prefix), u->listing.min_sessions,
			  (int)u->listing.state) == 0)
		copy = arena_copy(&c->arena, buffer_content(&bound));
	buffer_fini(&bound);
	return copy;
}

/* How many sessions somebody has is counted over all applications. */
void users_answer_get(struct call *c)
{
	struct users *u = arena_alloc(&c->arena, sizeof(*u));

	if (c->auth.grant->application_count > 0) {
		call_refuse_limited(c);
		return;
	}
	if (u == NULL) {
		call_refuse_memory(c);
		return;
	}
	c->work = u;
	users_read(u, c);
	if (paging_read(&u->paging, c, users_bound(c, u)))
		users_ask(c);
}
