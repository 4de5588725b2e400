/* users.c - see users.h. */
#include "backends/users.h"

#include "base/list.h"
#include "base/random.h"
#include "base/word.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	USER_MIN_ROOM = 4, /* for members; a power of two */
};

/* --- Users by name -------------------------------------------------------------------------- */

static uint64_t hash_word(uint64_t hash, uint64_t word)
{
	__uint128_t product = (__uint128_t)(hash ^ word) * 0x9e3779b97f4a7c15u;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The length goes first, so that realm and name are not one text. */
static uint64_t hash_slice(uint64_t hash, struct slice s)
{
	hash = hash_word(hash, s.len);
	while (s.len > 0) {
		uint64_t word = 0;
		size_t len = s.len < sizeof(word) ? s.len : sizeof(word);

		memcpy(&word, s.ptr, len);
		hash = hash_word(hash, word);
		s = slice_after(s, len);
	}
	return hash;
}

static struct user *user_of_link(struct bucket_link *l)
{
	return CONTAINER_OF(l, struct user, link);
}

static bool user_is(const struct user *u, const struct store_user *who)
{
	return slice_equal(u->realm, who->realm) && slice_equal(u->name, who->name);
}

/* All keys are equal: the names are the order, the realm's first. */
enum { USER_KEY = 0 };

static int user_compare(const void *thing, const void *place)
{
	const struct user *u = thing;

	return roster_compare(&(struct store_user){ u->realm, u->name }, place);
}

static struct roster_place user_roster_place(const struct user *u)
{
	return (struct roster_place){ .realm = u->realm, .name = u->name };
}

struct sorted_place users_seek(const struct users_shard *s, const struct roster_place *place)
{
	return sorted_seek(&s->order, USER_KEY, place);
}

const struct user *users_at(const struct users_shard *s, struct sorted_place place)
{
	const struct sorted_item *item = sorted_at(&s->order, place);

	return item != NULL ? item->thing : NULL;
}

static struct user *users_find(struct users_shard *s, uint64_t hash, const struct store_user *who)
{
	struct bucket_link *l = buckets_chain(&s->users, hash);

	while (l != NULL && (l->hash != hash || !user_is(user_of_link(l), who)))
		l = l->next;
	return l != NULL ? user_of_link(l) : NULL;
}

static void user_free(struct user *u)
{
	free(u->members);
	free((char *)u->reason.ptr);
	free(u);
}

static bool user_is_kept(const struct user *u, int64_t now_ms)
{
	return u->member_count > 0 || user_blocked(u, now_ms);
}

static void users_forget(struct users_shard *s, struct user *u)
{
	struct roster_place place = user_roster_place(u);

	buckets_take(&s->users, &u->link);
	sorted_drop(&s->order, USER_KEY, &place);
	user_free(u);
}

/* Those whose block has lapsed since anybody asked for them. */
static void users_clean(struct users_shard *s, int64_t now_ms)
{
	for (size_t i = 0; i < s->users.chain_count; i++) {
		for (struct bucket_link *l = s->users.chains[i], *next; l != NULL; l = next) {
			next = l->next;
			if (!user_is_kept(user_of_link(l), now_ms))
				users_forget(s, user_of_link(l));
		}
	}
}

static int users_make_room(struct users_shard *s, int64_t now_ms)
{
	if (buckets_full(&s->users)) {
		users_clean(s, now_ms);
		/* unless that was worth its while it must not be time for it again soon */
		if (s->users.count > s->users.chain_count / 4)
			buckets_grow(&s->users);
	}
	return buckets_make_room(&s->users) == 0 ? sorted_make_room(&s->order) : SG_ENOMEM;
}

int visit_need_user(struct visit *v)
{
	struct roster_place place;
	struct user *u;
	char *text;

	if (v->user != NULL)
		return 0;
	if (users_make_room(v->shard, v->now_ms) != 0 ||
	    (u = calloc(1, sizeof(*u) + v->who.realm.len + v->who.name.len)) == NULL)
		return SG_ENOMEM;
	text = u->text;
	u->realm = word_put(&text, v->who.realm);
	u->name = word_put(&text, v->who.name);
	buckets_put(&v->shard->users, &u->link, v->hash);
	place = user_roster_place(u);
	sorted_add(&v->shard->order, USER_KEY, u, &place);
	v->user = u;
	return 0;
}

struct visit users_enter(struct users *u, const struct store_user *who, int64_t now_ms)
{
	struct visit v = { .who = *who, .now_ms = now_ms };

	v.hash = hash_slice(hash_slice(u->seed, who->realm), who->name);
	v.shard = &u->shards[(v.hash >> 32) % USERS_SHARDS];
	pthread_mutex_lock(&v.shard->lock);
	v.user = users_find(v.shard, v.hash, who);
	return v;
}

void users_leave(struct visit *v)
{
	if (v->user != NULL && !user_is_kept(v->user, v->now_ms)) {
		users_forget(v->shard, v->user);
		buckets_give_room_back(&v->shard->users);
	}
	v->user = NULL;
	pthread_mutex_unlock(&v->shard->lock);
}

static void users_shard_init(struct users_shard *s)
{
	pthread_mutex_init(&s->lock, NULL);
	sorted_init(&s->order, user_compare);
}

int users_init(struct users *u)
{
	for (size_t i = 0; i < USERS_SHARDS; i++)
		users_shard_init(&u->shards[i]);
	return random_u64(&u->seed);
}

static void users_shard_fini(struct users_shard *s)
{
	for (size_t i = 0; i < s->users.chain_count; i++)
		while (s->users.chains[i] != NULL)
			users_forget(s, user_of_link(s->users.chains[i]));
	buckets_fini(&s->users);
	sorted_fini(&s->order);
	pthread_mutex_destroy(&s->lock);
}

void users_fini(struct users *u)
{
	for (size_t i = 0; i < USERS_SHARDS; i++)
		users_shard_fini(&u->shards[i]);
}

/* --- A user's sessions: a table with open addresses ------------------------------------------ */

static bool member_there(const struct member *m)
{
	return m->id[0] != 0;
}

static size_t user_next_place(const struct user *u, size_t place)
{
	return (place + 1) & (u->member_room - 1);
}

/* Where the member with this id is, or the free place where it would be; there is one. */
static size_t user_place(const struct user *u, uint64_t hash, struct slice id)
{
	size_t place = hash & (u->member_room - 1);

	while (member_there(&u->members[place]) &&
	       memcmp(u->members[place].id, id.ptr, TOKEN_ID_CHARS) != 0)
		place = user_next_place(u, place);
	return place;
}

bool user_lists(const struct user *user, uint64_t hash, struct slice id)
{
	return user->member_count > 0 && member_there(&user->members[user_place(user, hash, id)]);
}

static struct slice member_id(const struct member *m)
{
	return slice_of(m->id, TOKEN_ID_CHARS);
}

static int user_resize(struct user *u, size_t room)
{
	struct member *old = u->members, *members = calloc(room, sizeof(*members));
	size_t old_room = u->member_room;

	if (members == NULL)
		return SG_ENOMEM;
	u->members = members;
	u->member_room = room;
	for (size_t i = 0; i < old_room; i++)
		if (member_there(&old[i]))
			members[user_place(u, old[i].hash, member_id(&old[i]))] = old[i];
	free(old);
	return 0;
}

int user_make_room(struct user *user)
{
	if (user->member_room == 0)
		return user_resize(user, USER_MIN_ROOM);
	if (user->member_count + 1 > user->member_room / 4 * 3)
		return user_resize(user, user->member_room * 2);
	return 0;
}

void user_list(struct user *user, uint64_t hash, struct slice id)
{
	struct member *m = &user->members[user_place(user, hash, id)];

	if (member_there(m))
		return;
	assert(user->member_count + 1 < user->member_room);
	memcpy(m->id, id.ptr, TOKEN_ID_CHARS);
	m->hash = hash;
	m->serial = user->serial++;
	user->member_count++;
}

/* Those behind it that a search would not find any more across the free place move up. */
static void user_close_gap(struct user *u, size_t gap)
{
	size_t mask = u->member_room - 1;

	for (size_t at = user_next_place(u, gap); member_there(&u->members[at]);
	     at = user_next_place(u, at)) {
		size_t home = u->members[at].hash & mask;

		if (((at - home) & mask) >= ((at - gap) & mask)) {
			u->members[gap] = u->members[at];
			gap = at;
		}
	}
	u->members[gap] = (struct member){ 0 };
}

void user_unlist(struct user *user, uint64_t hash, struct slice id)
{
	if (!user_lists(user, hash, id))
		return;
	user_close_gap(user, user_place(user, hash, id));
	user->member_count--;
	if (user->member_room > USER_MIN_ROOM && user->member_count < user->member_room / 8)
		(void)user_resize(user, user->member_room / 2);
}

int user_members(const struct user *user, size_t most, struct member **out, size_t *count)
{
	size_t room = user->member_count < most ? user->member_count : most, copied = 0;
	struct member *members = reallocarray(NULL, room + 1, sizeof(*members));

	if (members == NULL)
		return SG_ENOMEM;
	for (size_t i = 0; copied < room; i++)
		if (member_there(&user->members[i]))
			members[copied++] = user->members[i];
	*out = members;
	*count = copied;
	return 0;
}

/* --- Blocks --------------------------------------------------------------------------------- */

bool user_blocked(const struct user *user, int64_t now_ms)
{
	return user->blocked && (user->blocked_until_ms == 0 || now_ms < user->blocked_until_ms);
}

int user_block(struct user *user, const struct store_block *block)
{
	char *reason = malloc(block->reason.len + 1);

	if (reason == NULL)
		return SG_ENOMEM;
	word_copy(reason, block->reason.ptr, block->reason.len);
	free((char *)user->reason.ptr);
	user->reason = slice_of(reason, block->reason.len);
	user->blocked = true;
	user->blocked_until_ms = block->until_ms;
	return 0;
}

void user_unblock(struct user *user)
{
	free((char *)user->reason.ptr);
	user->reason = (struct slice){ NULL, 0 };
	user->blocked = false;
}
