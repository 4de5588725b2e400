/* users.c - see users.h. */
#include "backends/users.h"

#include "base/random.h"
#include "base/word.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
	USERS_MIN_BUCKETS = 16,
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

static struct user **users_bucket(struct users_shard *s, uint64_t hash)
{
	return &s->buckets[hash & (s->bucket_count - 1)];
}

static struct user *users_find(struct users_shard *s, uint64_t hash, const struct store_user *who)
{
	struct user *u = s->bucket_count > 0 ? *users_bucket(s, hash) : NULL;

	while (u != NULL && (u->hash != hash || !slice_equal(u->realm, who->realm) ||
			     !slice_equal(u->name, who->name)))
		u = u->next;
	return u;
}

static int users_resize(struct users_shard *s, size_t bucket_count)
{
	struct user **old = s->buckets, **buckets = calloc(bucket_count, sizeof(struct user *));
	size_t old_count = s->bucket_count;

	if (buckets == NULL)
		return SG_ENOMEM;
	s->buckets = buckets;
	s->bucket_count = bucket_count;
	for (size_t i = 0; i < old_count; i++) {
		for (struct user *u = old[i], *next; u != NULL; u = next) {
			struct user **bucket = users_bucket(s, u->hash);

			next = u->next;
			u->next = *bucket;
			*bucket = u;
		}
	}
	free(old);
	return 0;
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

static void users_forget(struct users_shard *s, struct user **at)
{
	struct user *u = *at;

	*at = u->next;
	s->user_count--;
	user_free(u);
}

/* Those whose block has lapsed since anybody asked for them. */
static void users_clean(struct users_shard *s, int64_t now_ms)
{
	for (size_t i = 0; i < s->bucket_count; i++) {
		for (struct user **at = &s->buckets[i]; *at != NULL;) {
			if (user_is_kept(*at, now_ms))
				at = &(*at)->next;
			else
				users_forget(s, at);
		}
	}
}

/* Without memory for a larger table the old one serves on, with longer chains. */
static int users_make_room(struct users_shard *s, int64_t now_ms)
{
	if (s->bucket_count == 0)
		return users_resize(s, USERS_MIN_BUCKETS);
	if (s->user_count >= s->bucket_count) {
		users_clean(s, now_ms);
		if (s->user_count >= s->bucket_count / 2)
			(void)users_resize(s, s->bucket_count * 2);
	}
	return 0;
}

static void users_give_room_back(struct users_shard *s)
{
	if (s->bucket_count > USERS_MIN_BUCKETS && s->user_count < s->bucket_count / 16)
		(void)users_resize(s, s->bucket_count / 2);
}

int visit_need_user(struct visit *v)
{
	struct user *u, **bucket;
	char *text;

	if (v->user != NULL)
		return 0;
	if (users_make_room(v->shard, v->now_ms) != 0 ||
	    (u = calloc(1, sizeof(*u) + v->who.realm.len + v->who.name.len)) == NULL)
		return SG_ENOMEM;
	text = u->text;
	u->hash = v->hash;
	u->realm = word_put(&text, v->who.realm);
	u->name = word_put(&text, v->who.name);
	bucket = users_bucket(v->shard, v->hash);
	u->next = *bucket;
	*bucket = u;
	v->shard->user_count++;
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
		struct user **at = users_bucket(v->shard, v->hash);

		while (*at != v->user)
			at = &(*at)->next;
		users_forget(v->shard, at);
		users_give_room_back(v->shard);
	}
	v->user = NULL;
	pthread_mutex_unlock(&v->shard->lock);
}

int users_init(struct users *u)
{
	for (size_t i = 0; i < USERS_SHARDS; i++)
		pthread_mutex_init(&u->shards[i].lock, NULL);
	return random_u64(&u->seed);
}

static void users_shard_fini(struct users_shard *s)
{
	for (size_t i = 0; i < s->bucket_count; i++)
		while (s->buckets[i] != NULL)
			users_forget(s, &s->buckets[i]);
	free(s->buckets);
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
