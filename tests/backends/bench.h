/* bench.h - one opened store and its loop, and what it answers.
 * Each bench_…() waits for its answer; answer_fini() gives the answer's record back. */
#ifndef SG_TESTS_BENCH_H
#define SG_TESTS_BENCH_H

#include "backends/backend.h"
#include "backends/headcount.h"
#include "tests/backends/suite.h"

#include <criterion/criterion.h>

extern const struct session_quota any_number;

struct bench {
	const struct fixture *fixture;
	struct backend *backend;
	struct event_base *loop;
	struct store *store;
};

/* What a callback brought; holds a reference until answer_fini(). */
struct answer {
	unsigned times;
	enum store_status status;
	enum store_cause cause;
	int64_t whole_since_ms;
	int64_t marked_ms;
	uint64_t fence;
	const struct session *session;
	const struct session **sessions; /* count of them; of list_user and list */
	struct answer_user *users;       /* the same of users */
	struct headcount headcount;
	size_t count;
	bool more;
	bool exact;
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
};

struct answer_user {
	char realm[STORE_REALM_BYTES + 1], name[SESSION_USER_BYTES + 1];
	char reason[STORE_SAYING_BYTES];
	struct store_user_row row; /* who, why he is blocked: those */
};

/* The fixture's, without a connection, for a sealed one in front of it or not; with a namespace of its own: what earlier cases have left on a server is none of
 * this one's. */
void bench_open(struct bench *b, bool sealed);
void bench_connect(struct bench *b);
void bench_disconnect(struct bench *b);
/* Disconnected too. */
void bench_close(struct bench *b);
void answer_take(void *ctx, const struct store_result *result);
void answer_fini(struct answer *a);
void bench_turn(struct bench *b);
void bench_wait(struct bench *b, const struct answer *a);
struct answer bench_find(struct bench *b, struct slice id);
/* How many have ended; *more as the store has it. */
size_t bench_expire_some(struct bench *b, size_t limit, bool *more);
size_t bench_expire(struct bench *b, size_t limit);
struct answer bench_create(struct bench *b, const struct session *s);
/* As another store has it. */
struct answer bench_put(struct bench *b, const struct session *s);
struct answer bench_save(struct bench *b, struct slice id, const struct delta *d);
/* As a logout. */
struct answer bench_remove(struct bench *b, struct slice id);
struct answer bench_remove_of(struct bench *b, struct slice id, const struct store_user *owner);
struct answer bench_log_in(struct bench *b, const struct session *s,
			   const struct session_quota *quota);
/* As somebody from outside. */
struct answer bench_remove_user(struct bench *b, const struct store_user *who, struct slice except);
struct answer bench_list_user(struct bench *b, const struct store_user *who, size_t limit);
struct answer bench_list(struct bench *b, const struct store_listing *listing);
struct answer bench_count(struct bench *b, const struct filter *filter);
struct answer bench_headcount(struct bench *b);
struct answer bench_users(struct bench *b, const struct store_user_listing *listing);
struct answer bench_health(struct bench *b);
struct answer bench_tell(struct bench *b, const struct session_event *e);
struct answer bench_block_user(struct bench *b, const struct store_user *who, int64_t until_ms);
struct answer bench_unblock_user(struct bench *b, const struct store_user *who);

#define EXPECT_ANSWER(call, expected)                                                   \
	do {                                                                            \
		struct answer answer_ = (call);                                         \
		cr_expect_eq(answer_.status, expected, "%s: %s", #call,                 \
			     store_status_text(answer_.status));                        \
		cr_expect_eq(answer_.session != NULL,                                   \
			     (expected) == STORE_OK && strstr(#call, "remove") == NULL, \
			     "%s: record", #call);                                      \
		answer_fini(&answer_);                                                  \
	} while (0)

#define EXPECT_ENDED(call, why)                                                       \
	do {                                                                          \
		struct answer ended_ = call;                                          \
		cr_expect_eq(ended_.status, STORE_ENDED, "%s: %s", #call,             \
			     store_status_text(ended_.status));                       \
		cr_expect_eq(ended_.cause, why, "%s: cause %d", #call, ended_.cause); \
		answer_fini(&ended_);                                                 \
	} while (0)

#endif
