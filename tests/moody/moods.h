/* moods.h - how a store is to misbehave: a mood for each kind of operation, and how often each kind was asked for.
 * Owner    moods_init(), moods_fini().
 * Thread   any: it locks for itself. */
#ifndef SG_TESTS_MOODS_H
#define SG_TESTS_MOODS_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The kinds of operations, and what a command calls them. */
#define MOODY_KINDS(X)                                          \
	X(FIND, "find")                                         \
	X(LOCK, "lock")                                         \
	X(UNLOCK, "unlock")                                     \
	X(RELEASE, "release")                                   \
	X(CREATE, "create")                                     \
	X(SAVE, "save")                                         \
	X(TOUCH, "touch") /* a save of nothing but last_seen */ \
	X(REMOVE, "remove")                                     \
	X(REMOVE_USER, "remove_user")                           \
	X(LIST_USER, "list_user")                               \
	X(BLOCK_USER, "block_user")                             \
	X(UNBLOCK_USER, "unblock_user")                         \
	X(LIST, "list")                                         \
	X(COUNT, "count")                                       \
	X(HEADCOUNT, "headcount")                               \
	X(USERS, "users")                                       \
	X(EVENTS, "events")                                     \
	X(TELL, "tell")                                         \
	X(HEALTH, "health")                                     \
	X(EXAMINE, "examine")                                   \
	X(EXPIRE_DUE, "expire_due")

enum moody_kind {
#define MOODY_KIND(name, text) MOODY_##name,
	MOODY_KINDS(MOODY_KIND)
#undef MOODY_KIND
		MOODY_KIND_COUNT
};

const char *moody_kind_text(enum moody_kind kind);

/* What a mood is called, whether the operation is done all the same, and what is answered instead of the truth. */
#define MOODS(X)                                 \
	X(FINE, "fine", true, HONEST, 0)         \
	X(HANG, "hang", true, HONEST, 1)         \
	X(LOSE, "lose", true, UNCERTAIN, 0)      \
	X(REFUSE, "refuse", false, REFUSAL, 0)   \
	X(FAIL, "fail", false, UNAVAILABLE, 0)   \
	X(STALL, "stall", false, UNAVAILABLE, 1) \
	X(DROP, "drop", false, UNCERTAIN, 0)

enum mood_name {
#define MOOD_NAME(name, text, does, answer, waits) MOOD_##name,
	MOODS(MOOD_NAME)
#undef MOOD_NAME
		MOOD_COUNT
};

enum mood_answer {
	MOOD_ANSWER_HONEST,
	MOOD_ANSWER_UNAVAILABLE,
	MOOD_ANSWER_UNCERTAIN,
	MOOD_ANSWER_REFUSAL, /* there is no memory for an operation */
};

struct mood {
	bool does; /* the operation reaches the store behind */
	enum mood_answer answer;
	bool waits;       /* the answer stays away until the kind is told another mood */
	int64_t delay_ms; /* else the answer comes so late */
	uint64_t told;    /* how often the kind had been told a mood */
};

enum { MOODS_LISTENERS = 64 };

struct moods {
	pthread_mutex_t lock;
	struct {
		struct mood mood;
		uint64_t left; /* operations until it is fine again; 0: it stays */
		uint64_t asked;
	} kinds[MOODY_KIND_COUNT];
	int doorbells[MOODS_LISTENERS]; /* eventfds */
	size_t doorbell_count;
};

void moods_init(struct moods *moods);
void moods_fini(struct moods *moods);

/* False: there is no mood of this name. */
bool moods_name(const char *text, enum mood_name *out);
/* False: there is no kind of this name. */
bool moods_kind(const char *text, enum moody_kind *out);

/* For the next so many operations of the kind, 0: for all. Those that wait are let go. */
void moods_tell(struct moods *moods, enum moody_kind kind, enum mood_name name, int64_t delay_ms,
		uint64_t next);
/* For one operation, which is counted. */
struct mood moods_take(struct moods *moods, enum moody_kind kind);
/* Has the kind been told another mood since this one was taken? */
bool moods_over(struct moods *moods, enum moody_kind kind, const struct mood *mood);
uint64_t moods_asked(struct moods *moods, enum moody_kind kind);

/* An eventfd that rings when a kind is told a mood; the caller's, to be given back and closed. */
int moods_listen(struct moods *moods);
void moods_ignore(struct moods *moods, int doorbell);

#endif
