/* login.c - see login.h. */
#include "backends/login.h"

#include "backends/memory_events.h"

#include <assert.h>
#include <stdlib.h>

_Static_assert(MEMORY_SHARDS == 64, "a bit for each of them");

/* One of the user's other sessions. */
struct candidate {
	struct entry *entry;           /* NULL: it has ended */
	const struct session *garbage; /* what it was when it ended */
	int64_t since_ms;              /* the least goes first */
	uint64_t serial;
};

/* --- Locks ---------------------------------------------------------------------------------- */

static uint64_t login_shard_bit(uint64_t hash)
{
	return UINT64_C(1) << memory_shard_index(hash);
}

static uint64_t login_all_shards(const struct user *user)
{
	uint64_t all = 0;

	assert(user != NULL); /* others of his were counted */
	for (size_t i = 0; i < user->member_room; i++)
		if (user->members[i].id[0] != 0)
			all |= login_shard_bit(user->members[i].hash);
	return all;
}

/* In one order, always: whoever holds some waits only for those behind them. */
static void login_lock(struct login_step *l)
{
	for (unsigned i = 0; i < MEMORY_SHARDS; i++)
		if (l->locked >> i & 1)
			pthread_mutex_lock(&l->memory->shards[i].lock);
}

static void login_unlock(struct login_step *l)
{
	for (unsigned i = 0; i < MEMORY_SHARDS; i++)
		if (l->locked >> i & 1)
			pthread_mutex_unlock(&l->memory->shards[i].lock);
}

/* More are listed than the quota allows: some of them may have ended, which only a look can tell. */
static void login_expect_crowd(struct login_step *l)
{
	l->candidates = calloc(l->others, sizeof(*l->candidates));
	if (l->candidates == NULL)
		l->no_memory = true;
	else
		l->locked |= login_all_shards(l->visit.user);
}

void login_begin(struct login_step *l, struct memory *m, const struct store_user *who,
		 const struct session_quota *quota, struct slice id)
{
	const struct user *user;

	*l = (struct login_step){ .memory = m, .quota = quota, .id = id, .hash = shard_hash(id) };
	l->locked = login_shard_bit(l->hash);
	l->visit = users_enter(&m->users, who, m->now());
	user = l->visit.user;
	if (user != NULL)
		l->others = user->member_count - user_lists(user, l->hash, id);
	if (quota->sessions > 0 && l->others >= quota->sessions)
		login_expect_crowd(l);
	login_lock(l);
}

void login_end(struct login_step *l)
{
	login_unlock(l);
	users_leave(&l->visit);
	for (size_t i = 0; i < l->candidate_count; i++)
		session_unref(&l->candidates[i].garbage);
	free(l->candidates);
}

/* --- Admission ------------------------------------------------------------------------------ */

static void login_add_candidate(struct login_step *l, const struct member *member,
				const struct entry *self)
{
	struct shard *s = memory_shard(l->memory, member->hash);
	struct entry *e = shard_find(s, member->hash, slice_of(member->id, TOKEN_ID_CHARS));
	struct candidate c = { .entry = e, .serial = member->serial };

	if (!memory_belongs(e, &l->visit.who) || e == self)
		return;
	if (l->visit.now_ms >= e->end_ms) { /* nobody has come by to bury it */
		c.garbage = memory_bury(l->memory, s, e, STORE_CAUSE_EXPIRED,
					e->end_ms + TOMBSTONE_MS, l->visit.now_ms);
		c.entry = NULL;
	} else {
		c.since_ms = l->quota->on_limit == SESSION_EVICT_IDLEST ? e->session->seen_ms
									: e->session->created_ms;
	}
	l->candidates[l->candidate_count++] = c;
}

/* Those that must go first; the ended last. Of two of the same millisecond the one that logged in first. */
static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if ((x->entry == NULL) != (y->entry == NULL))
		return x->entry == NULL ? 1 : -1;
	if (x->since_ms != y->since_ms)
		return x->since_ms < y->since_ms ? -1 : 1;
	return x->serial < y->serial ? -1 : 1;
}

static void login_unlist(struct login_step *l, const struct session *ended)
{
	struct slice id = slice_of(ended->id, TOKEN_ID_CHARS);

	user_unlist(l->visit.user, shard_hash(id), id);
}

static size_t login_count_live(struct login_step *l, const struct entry *self)
{
	size_t live = 0;

	for (size_t i = 0; i < l->visit.user->member_room; i++)
		if (l->visit.user->members[i].id[0] != 0)
			login_add_candidate(l, &l->visit.user->members[i], self);
	if (l->candidate_count > 1)
		qsort(l->candidates, l->candidate_count, sizeof(*l->candidates), candidate_compare);
	while (live < l->candidate_count && l->candidates[live].entry != NULL)
		live++;
	for (size_t i = live; i < l->candidate_count; i++)
		login_unlist(l, l->candidates[i].garbage);
	return live;
}

enum store_status login_admit(struct login_step *l, const struct entry *self)
{
	size_t live;

	if (l->no_memory || visit_need_user(&l->visit) != 0 || user_make_room(l->visit.user) != 0)
		return STORE_UNAVAILABLE;
	if (user_blocked(l->visit.user, l->visit.now_ms))
		return STORE_BLOCKED;
	if (l->candidates == NULL)
		return STORE_OK;
	live = login_count_live(l, self);
	if (live < l->quota->sessions)
		return STORE_OK;
	if (l->quota->on_limit == SESSION_DENY)
		return STORE_FULL;
	l->victim_count = live + 1 - l->quota->sessions;
	return STORE_OK;
}

static void login_evict(struct login_step *l, struct candidate *c)
{
	struct shard *s = memory_shard(l->memory, c->entry->link.hash);

	c->garbage = memory_bury(l->memory, s, c->entry, STORE_CAUSE_EVICTED,
				 l->visit.now_ms + TOMBSTONE_MS, l->visit.now_ms);
	login_unlist(l, c->garbage);
}

void login_write(struct login_step *l)
{
	for (size_t i = 0; i < l->victim_count; i++)
		login_evict(l, &l->candidates[i]);
	user_list(l->visit.user, l->hash, l->id);
}
