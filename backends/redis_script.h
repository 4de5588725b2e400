/* redis_script.h - the Lua that runs in Redis: backends/redis/NAME.lua behind the parts that it needs, and the hashes
 * that Redis knows them by.
 * Thread   redis_script_prepare(): the main one; after that immutable: any. */
#ifndef SG_REDIS_SCRIPT_H
#define SG_REDIS_SCRIPT_H

#include "base/error.h"
#include "base/slice.h"

/* What stands before a script besides common.lua. */
enum {
	REDIS_PART_USER = 1 << 0,
	REDIS_PART_EVENTS = 1 << 1,
	REDIS_PART_ENDS = 1 << 2,
	REDIS_PART_LINE = 1 << 3,
	REDIS_PART_HEADS = 1 << 4,
};

/* clang-format off */
#define REDIS_SCRIPTS(X)						\
	X(find, 0)							\
	X(create, REDIS_PART_EVENTS | REDIS_PART_ENDS | REDIS_PART_HEADS)	\
	X(put, REDIS_PART_EVENTS | REDIS_PART_ENDS | REDIS_PART_HEADS)	\
	X(save, REDIS_PART_EVENTS | REDIS_PART_HEADS)			\
	X(remove, REDIS_PART_EVENTS | REDIS_PART_ENDS | REDIS_PART_HEADS)	\
	X(device, 0)							\
	X(peek, 0)							\
	X(enter, REDIS_PART_USER | REDIS_PART_LINE)			\
	X(quit, REDIS_PART_LINE)					\
	X(confirm, REDIS_PART_USER)					\
	X(leave, REDIS_PART_USER)					\
	X(assert, REDIS_PART_USER)					\
	X(deny, REDIS_PART_EVENTS)					\
	X(mark, 0)							\
	X(settle, 0)							\
	X(block, REDIS_PART_USER | REDIS_PART_EVENTS)			\
	X(unblock, REDIS_PART_USER | REDIS_PART_EVENTS)			\
	X(crowd, REDIS_PART_USER)					\
	X(walk, 0)							\
	X(tally, 0)							\
	X(headcount, REDIS_PART_HEADS)					\
	X(recount, REDIS_PART_HEADS)					\
	X(sift, 0)							\
	X(show, 0)							\
	X(times, 0)							\
	X(scores, 0)							\
	X(names, 0)							\
	X(tidy, REDIS_PART_USER)					\
	X(due, 0)							\
	X(expire, REDIS_PART_EVENTS | REDIS_PART_ENDS | REDIS_PART_HEADS)	\
	X(examine, 0)							\
	X(read, 0)							\
	X(tell, REDIS_PART_EVENTS)					\
	X(lock, REDIS_PART_LINE)					\
	X(unlock, REDIS_PART_LINE)					\
	X(mend, REDIS_PART_HEADS)					\
	X(beat, REDIS_PART_EVENTS | REDIS_PART_HEADS)	/* some buckets are whole */
/* clang-format on */

enum redis_script_name {
#define REDIS_SCRIPT_NAME(name, parts) REDIS_SCRIPT_##name,
	REDIS_SCRIPTS(REDIS_SCRIPT_NAME)
#undef REDIS_SCRIPT_NAME
		REDIS_SCRIPT_COUNT
};

enum { REDIS_SCRIPT_HASH_CHARS = 40 };

struct redis_script {
	struct slice text;
	char hash[REDIS_SCRIPT_HASH_CHARS + 1];
	bool tells; /* of what happens: the last of its arguments is which gateway it is */
};

/* Before the first use, and as often as one likes. SG_ENOMEM. */
SG_MUST_CHECK int redis_script_prepare(void);
const struct redis_script *redis_script(enum redis_script_name name);

#endif
