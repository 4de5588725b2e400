/* memory_users.c - what the memory store does with all sessions of one user: with the user's lock held, so that
 * nobody logs in meanwhile, and with the shards' locks one after another. */
#include "backends/memory_events.h"

bool memory_is_of(const struct session *session, const struct store_user *who)
{
	return session != NULL && slice_equal(session->user, who->name) &&
	       slice_equal(session->realm, who->realm);
}

bool memory_belongs(const struct entry *e, const struct store_user *who)
{
	return e != NULL && memory_is_of(e->session, who);
}

/* --- Ending --------------------------------------------------------------------------------- */

/* One that has expired already and that nobody has buried is buried on this occasion; that is no end of ours. */
static void memory_end_member(struct memory *m, const struct visit *v, const struct member *member,
			      const struct store_end *end, struct roll *ended, size_t *count)
{
	static const struct store_end expired = { .cause = STORE_CAUSE_EXPIRED };

	struct shard *s = memory_shard(m, member->hash);
	struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = shard_find(s, member->hash, slice_of(member->id, TOKEN_ID_CHARS));
	if (memory_belongs(e, &v->who)) {
		bool live = v->now_ms < e->end_ms;

		*count += live;
		roll_add(ended, memory_bury_as(m, s, e, live ? end : &expired,
					       v->now_ms + TOMBSTONE_MS, v->now_ms));
	}
	pthread_mutex_unlock(&s->lock);
}

/* How many ended. Those that are listed and not the user's are left to who is about to take them off. */
static size_t memory_end_all(struct memory *m, const struct visit *v, struct slice except,
			     const struct store_end *end, struct roll *ended)
{
	struct user *user = v->user;
	size_t count = 0;

	for (size_t i = 0; i < user->member_room; i++) {
		const struct member *member = &user->members[i];

		if (member->id[0] != 0 &&
		    !slice_equal(slice_of(member->id, TOKEN_ID_CHARS), except))
			memory_end_member(m, v, member, end, ended, &count);
	}
	for (size_t i = 0; i < ended->count; i++) {
		struct slice id = slice_of(ended->sessions[i]->id, TOKEN_ID_CHARS);

		user_unlist(user, shard_hash(id), id);
	}
	return count;
}

struct store_op *memory_remove_user(struct store *store, const struct store_user *who,
				    struct slice except, const struct store_end *end,
				    store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct memory *m = st->memory;
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct roll ended = { 0 };
	struct visit v;

	if (op == NULL)
		return NULL;
	v = users_enter(&m->users, who, m->now());
	if (v.user != NULL && roll_init(&ended, v.user->member_count) != 0)
		op->result.status = STORE_UNAVAILABLE;
	else if (v.user != NULL)
		op->result.count = memory_end_all(m, &v, except, end, &ended);
	users_leave(&v);
	roll_fini(&ended);
	return delivery_finish(op);
}

/* --- Blocks --------------------------------------------------------------------------------- */

/* Not when it is what there is already, nor when it is over before it begins. */
static bool block_is_news(const struct visit *v, const struct store_block *block)
{
	const struct user *u = v->user;

	if (block->until_ms != 0 && block->until_ms <= v->now_ms)
		return false;
	return !user_blocked(u, v->now_ms) || u->blocked_until_ms != block->until_ms ||
	       !slice_equal(u->reason, block->reason);
}

static enum store_status memory_block(struct memory *m, struct visit *v,
				      const struct store_block *block, struct roll *ended,
				      size_t *count)
{
	const struct store_end end = { STORE_CAUSE_BLOCKED, block->actor, block->reason };
	bool news;

	if (visit_need_user(v) != 0 || roll_init(ended, v->user->member_count) != 0)
		return STORE_UNAVAILABLE;
	news = block_is_news(v, block);
	if (user_block(v->user, block) != 0)
		return STORE_UNAVAILABLE;
	if (news)
		memory_announce_user(m, EVENT_USER_BLOCKED, v, block->actor, block->reason);
	*count = memory_end_all(m, v, SLICE(""), &end, ended);
	return STORE_OK;
}

struct store_op *memory_block_user(struct store *store, const struct store_user *who,
				   const struct store_block *block, store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct memory *m = st->memory;
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct roll ended = { 0 };
	struct visit v;

	if (op == NULL)
		return NULL;
	v = users_enter(&m->users, who, m->now());
	op->result.status = memory_block(m, &v, block, &ended, &op->result.count);
	users_leave(&v);
	roll_fini(&ended);
	return delivery_finish(op);
}

struct store_op *memory_unblock_user(struct store *store, const struct store_user *who,
				     struct slice actor, store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct memory *m = st->memory;
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct visit v;

	if (op == NULL)
		return NULL;
	v = users_enter(&m->users, who, m->now());
	if (v.user != NULL && user_blocked(v.user, v.now_ms)) {
		user_unblock(v.user);
		memory_announce_user(m, EVENT_USER_UNBLOCKED, &v, actor, SLICE(""));
	} else {
		op->result.status = STORE_NOT_FOUND;
	}
	users_leave(&v);
	return delivery_finish(op);
}

/* --- Taking sessions off -------------------------------------------------------------------- */

void memory_leave_user(struct memory *m, const struct session *old)
{
	struct slice id = slice_of(old->id, TOKEN_ID_CHARS);
	uint64_t hash = shard_hash(id);
	struct shard *s = memory_shard(m, hash);
	struct visit v =
		users_enter(&m->users, &(struct store_user){ old->realm, old->user }, m->now());
	bool still;

	if (v.user != NULL) {
		pthread_mutex_lock(&s->lock);
		still = memory_belongs(shard_find(s, hash, id), &v.who);
		pthread_mutex_unlock(&s->lock);
		if (!still)
			user_unlist(v.user, hash, id);
	}
	users_leave(&v);
}
