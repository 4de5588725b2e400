/* transfer_blocks.c - see transfer_blocks.h. */
#include "backends/transfer_blocks.h"

#include <assert.h>

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
	struct porter *p = ctx;

	if (!porter_hear(p, result))
		return;
	porter_counts(p)->blocks++;
	porter_finish(p);
}

/* What was said here, and holds as long, stays. */
static void blocks_on_found(void *ctx, const struct store_result *result)
{
	struct porter *p = ctx;
	const struct sentence *s = &p->sentence;

	if (!porter_hear(p, result))
		return;
	if (result->count > 0 && block_lasts_as_long(&result->users[0].block, &s->block))
		porter_finish(p);
	else
		porter_ask(p, TRANSFER_TO,
			   store_block_user(porter_store(p, TRANSFER_TO), &s->who, &s->block,
					    blocks_on_blocked, p));
}

static void blocks_carry(struct porter *p)
{
	const struct store_user *who = &p->sentence.who;
	const struct store_user_listing listing = {
		.realms = { &who->realm, 1 },
		.names = { &who->name, 1 },
		.prefix = who->name,
		.state = STORE_USER_BLOCKED,
		.limit = 1,
	};

	porter_ask(p, TRANSFER_TO,
		   store_users(porter_store(p, TRANSFER_TO), &listing, blocks_on_found, p));
}

static void blocks_on_users(void *ctx, const struct store_result *result)
{
	struct crew *crew = ctx;

	if (!crew_hear(crew, result))
		return;
	crew_turn_page(crew, result->cursor, result->cursor.len == 0);
	for (size_t i = 0; i < result->count; i++) {
		struct porter *p = crew_engage(crew);

		assert(p != NULL); /* the page is no longer, and nobody has had anything to do */
		sentence_write(&p->sentence, &result->users[i]);
		blocks_carry(p);
	}
	crew_go_on(crew);
}

static void blocks_ask(struct crew *crew)
{
	const struct store_user_listing blocked = {
		.state = STORE_USER_BLOCKED,
		.cursor = crew_cursor(crew),
		.limit = TRANSFER_AT_A_TIME,
	};

	crew->page = store_users(crew->plan->from, &blocked, blocks_on_users, crew);
}

const struct transfer_phase transfer_blocks = { blocks_ask, blocks_carry, true };
