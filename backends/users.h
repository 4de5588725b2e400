/* users.h - the memory store's register of users: whose which sessions are, and who is blocked. Of a user who has
 * neither a session nor a block nothing is kept, and anonymous sessions are not in it.
 *
 * Listed are ids, not entries: all sessions of a user, and for a moment some that have just ended or changed hands.
 * A session is listed before anybody can find it, and taken off after it was ended.
 *
 * Locks    users_enter() locks the user (one lock for some of them), users_leave() opens it. Who holds a user's
 *          lock may take shards' locks; who holds a shard's may not take a user's.
 * Owner    struct users: all of it. A struct user lasts as long as the visit, and so does a member until the next
 *          user_list() or user_unlist().
 * Errors   SG_ENOMEM: nothing has changed.
 * Thread   any; of a user, whoever has entered. */
#ifndef SG_USERS_H
#define SG_USERS_H

#include "backends/backend.h"
#include "backends/buckets.h"
#include "backends/roster.h"
#include "backends/sorted.h"

#include <pthread.h>

enum { USERS_SHARDS = 64 };

struct member {
	char id[TOKEN_ID_CHARS]; /* id[0] == 0: nobody */
	uint64_t hash;           /* of the id (shard_hash) */
	uint64_t serial;         /* grows with each one that is listed */
};

struct user {
	struct bucket_link link;  /* by the hash of both names */
	struct slice realm, name; /* in text */
	struct member *members;   /* by hash; there are free places among them */
	size_t member_room, member_count;
	uint64_t serial;
	bool blocked;
	int64_t blocked_until_ms; /* 0: for ever */
	struct slice reason;      /* of the block, on the heap */
	char text[];
};

struct users_shard {
	pthread_mutex_t lock;
	struct buckets users;
	struct sorted order; /* the same, by realm and name */
};

struct users {
	uint64_t
		seed; /* names are chosen by applications: nobody shall choose who shares a bucket */
	struct users_shard shards[USERS_SHARDS];
};

/* u is zeroed. SG_ERANDOM. */
SG_MUST_CHECK int users_init(struct users *u);
void users_fini(struct users *u);

/* With a user, between users_enter() and users_leave(). */
struct visit {
	struct users_shard *shard;
	struct store_user who; /* borrowed from the caller of users_enter() */
	uint64_t hash;
	int64_t now_ms;
	struct user *user; /* NULL: nothing is known */
};

struct visit users_enter(struct users *u, const struct store_user *who, int64_t now_ms);
/* There is a user from now on. */
SG_MUST_CHECK int visit_need_user(struct visit *v);
void users_leave(struct visit *v);

/* Where in the shard's order the first user is who does not come before the place, and who is where; NULL: nobody any
 * more. The shard is locked. */
struct sorted_place users_seek(const struct users_shard *s, const struct roster_place *place);
const struct user *users_at(const struct users_shard *s, struct sorted_place place);

bool user_lists(const struct user *user, uint64_t hash, struct slice id);
/* The next user_list() has room. */
SG_MUST_CHECK int user_make_room(struct user *user);
/* One that is listed already stays where it is. */
void user_list(struct user *user, uint64_t hash, struct slice id);
void user_unlist(struct user *user, uint64_t hash, struct slice id);

/* Copies of his members, at most that many; the caller's, to be freed. SG_ENOMEM. */
SG_MUST_CHECK int user_members(const struct user *user, size_t most, struct member **out,
			       size_t *count);

/* Is a block in force? */
bool user_blocked(const struct user *user, int64_t now_ms);
/* block->reason is copied. */
SG_MUST_CHECK int user_block(struct user *user, const struct store_block *block);
void user_unblock(struct user *user);

#endif
