/* memory_roster.c - the memory store's list of users. Their register's shards are walked one after another, each under
 * its lock and no further than some users at a time; what there is to say of those on the page is gathered after that. */
#include "backends/memory_members.h"

#include <assert.h>
#include <stdlib.h>

enum {
	ROSTER_EXAMINED = 1000, /* users of a shard for one page; more than a page holds */
	ROSTER_MEMBERS =
		20000, /* of one user are looked at; of who has more it is said about how many */
	ROSTER_SAMPLE = 1000, /* of those, to see when he was seen last */
};

/* Before his sessions were looked at: there may be fewer. */
static bool user_may_belong(const struct user *u, const struct store_user_listing *listing,
			    int64_t now_ms)
{
	bool blocked = user_blocked(u, now_ms);

	return u->member_count >= listing->min_sessions &&
	       (listing->state == STORE_USER_ANY ||
		blocked == (listing->state == STORE_USER_BLOCKED)) &&
	       (u->member_count > 0 || blocked);
}

static void shard_walk(const struct users_shard *s, struct roster *roster, int64_t now_ms)
{
	struct sorted_place at = users_seek(s, roster_begin(roster));
	const struct user *u;

	for (size_t examined = 1; (u = users_at(s, at)) != NULL; examined++) {
		struct store_user who = { u->realm, u->name };
		struct roster_place next;
		enum roster_step step = roster_step(roster, &who, &next);

		if (step == ROSTER_END)
			return;
		if (step == ROSTER_TAKE && user_may_belong(u, roster->listing, now_ms))
			roster_add(roster, &who);
		at = step == ROSTER_SEEK ? users_seek(s, &next) : sorted_next(&s->order, at);
		if (examined == ROSTER_EXAMINED) {
			roster_stop(roster, &who);
			return;
		}
	}
}

static void memory_walk_users(struct memory *m, struct roster *roster)
{
	int64_t now_ms = m->now();

	for (size_t i = 0; i < USERS_SHARDS; i++) {
		struct users_shard *s = &m->users.shards[i];

		pthread_mutex_lock(&s->lock);
		shard_walk(s, roster, now_ms);
		pthread_mutex_unlock(&s->lock);
	}
}

static void row_see(void *ctx, const struct entry *e)
{
	struct store_user_row *row = ctx;

	row->sessions++;
	if (e->session->seen_ms > row->seen_ms)
		row->seen_ms = e->session->seen_ms;
}

static void row_fill(struct roster *roster, struct store_user_row *row,
		     const struct memory_members *members)
{
	if (members->blocked)
		roster_block(roster, row, &members->block);
	memory_members_visit(members, row_see, row);
	if (members->listed > members->count)
		row->sessions = members->listed;
}

/* *looked_at: sessions. SG_ELIMIT: it would be more than that. */
static int memory_fill_row(struct memory *m, struct roster *roster, struct store_user_row *row,
			   size_t most, size_t *looked_at)
{
	struct memory_members members;
	int rc = memory_members_init(&members, m, &row->who, ROSTER_MEMBERS);

	if (members.listed > members.count)
		members.count = ROSTER_SAMPLE;
	if (rc == 0 && members.count > most)
		rc = SG_ELIMIT;
	if (rc == 0)
		row_fill(roster, row, &members);
	*looked_at = members.count;
	memory_members_fini(&members);
	return rc;
}

static int memory_fill_rows(struct memory *m, struct roster *roster)
{
	size_t left = ROSTER_SESSIONS, looked_at;

	for (size_t i = 0; i < roster->count; i++) {
		int rc = memory_fill_row(m, roster, &roster->rows[i], i == 0 ? SIZE_MAX : left,
					 &looked_at);

		if (rc == SG_ELIMIT) {
			roster_cut(roster, i);
			return 0;
		}
		if (rc != 0)
			return rc;
		left -= looked_at < left ? looked_at : left;
	}
	return roster->rc;
}

static int memory_gather_users(struct memory *m, struct roster *roster)
{
	int rc;

	memory_walk_users(m, roster);
	rc = roster_finish(roster);
	if (rc == 0)
		rc = memory_fill_rows(m, roster);
	if (rc == 0)
		roster_keep(roster);
	return rc;
}

struct store_op *memory_users(struct store *store, const struct store_user_listing *listing,
			      store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	int rc = SG_ENOMEM;

	assert(listing->limit <= STORE_PAGE);
	if (op == NULL)
		return NULL;
	op->roster = malloc(sizeof(*op->roster));
	if (op->roster != NULL && (rc = roster_init(op->roster, listing)) == 0)
		rc = memory_gather_users(st->memory, op->roster);
	if (rc != 0) {
		op->result.status = rc == SG_EFORMAT ? STORE_CURSOR : STORE_UNAVAILABLE;
		if (op->roster != NULL)
			roster_fini(op->roster);
	}
	return delivery_finish(op);
}
