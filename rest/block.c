/* block.c - users who may not log in: /api/v1/users/{user}/block. */
#include "rest/members.h"
#include "rest/resources.h"
#include "rest/subject.h"

#include "base/clock.h"
#include "base/rfc3339.h"
#include "rest/call_answer.h"
#include "rest/call_wait.h"

enum { BLOCK_MS = 30000 };

struct block_call {
	struct store_user who;
	struct store_block block;
};

static const char *const block_members[] = { "until", "reason", NULL };

/* A block is of all that a user has in a realm. False: refused. */
static bool block_is_allowed(struct call *c)
{
	const struct grant *g = c->auth.grant;
	struct slice realm;

	if (!query_get(&c->query, "realm", &realm))
		realm = SLICE("default");
	if (grant_sees_realm(g, realm) && g->application_count == 0)
		return true;
	call_refuse_limited(c);
	return false;
}

/* What is done, and to whom; NULL: refused. */
static struct block_call *block_begin(struct call *c)
{
	struct block_call *b = arena_alloc(&c->arena, sizeof(*b));

	if (!block_is_allowed(c) || (b != NULL && !subject_read(c, &b->who)))
		return NULL;
	if (b == NULL)
		call_refuse_memory(c);
	else
		c->work = b;
	return b;
}

static struct slice block_actor(const struct call *c)
{
	return slice_from(c->auth.grant->name);
}

/* --- a block --- */

static void block_answer(struct call *c)
{
	const struct block_call *b = c->work;
	cJSON *object = cJSON_CreateObject();

	call_answer_json(c, 200, object,
			 object != NULL && json_add_text(object, "realm", b->who.realm) &&
				 json_add_text(object, "user", b->who.name) &&
				 json_add_flag(object, "blocked", true) &&
				 json_add_time(object, "until", b->block.until_ms) &&
				 json_add_text(object, "reason", b->block.reason));
}

static void block_send(struct call *c);

static void block_on_done(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK)
		block_answer(c);
	else if (result->status == STORE_UNCERTAIN)
		call_again(c, block_send);
	else
		call_refuse_store(c);
}

static void block_send(struct call *c)
{
	const struct block_call *b = c->work;

	call_wait(c, store_block_user(c->desk->store, &b->who, &b->block, block_on_done, c));
}

static void block_read(struct block_call *b, struct call *c)
{
	struct slice until = members_text(c, "until");

	members_check(c, block_members);
	b->block.reason = members_reason(c);
	b->block.actor = block_actor(c);
	if (until.ptr == NULL)
		return;
	if (!rfc3339_read(until, &b->block.until_ms))
		call_complain(c, "until", "must be null, or a time such as 2026-11-20T10:00:00Z");
	else if (b->block.until_ms <= clock_wall_ms())
		call_complain(c, "until", "must not be past");
}

void block_answer_put(struct call *c)
{
	struct block_call *b = block_begin(c);

	if (b == NULL || !subject_check_known(c, &b->who))
		return;
	block_read(b, c);
	if (call_refuse_complaints(c))
		return;
	call_extend(c, BLOCK_MS);
	block_send(c);
}

/* --- its end --- */

static void block_send_end(struct call *c);

static void block_on_lifted(void *ctx, const struct store_result *result)
{
	struct call *c = ctx;

	call_woken(c);
	if (result->status == STORE_OK || result->status == STORE_NOT_FOUND)
		call_answer_empty(c, 204);
	else if (result->status == STORE_UNCERTAIN)
		call_again(c, block_send_end);
	else
		call_refuse_store(c);
}

static void block_send_end(struct call *c)
{
	const struct block_call *b = c->work;

	call_wait(c,
		  store_unblock_user(c->desk->store, &b->who, block_actor(c), block_on_lifted, c));
}

void block_answer_delete(struct call *c)
{
	const struct block_call *b = block_begin(c);

	if (b == NULL)
		return;
	if (subject_can_be(&b->who))
		block_send_end(c);
	else
		call_answer_empty(c, 204);
}
