/* redis_script.h - the Lua that runs in Redis: backends/redis/NAME.lua behind the parts that it needs, and the hashes
 * that Redis knows them by.
 * Thread   redis_script_prepare(): the main one; after that immutable: any. */
#ifndef SG_REDIS_SCRIPT_H
#define SG_REDIS_SCRIPT_H

#include "base/error.h"
#include "base/slice.h"

/* Each with what stands before it, besides common.lua. */
/* clang-format off */
#define REDIS_SCRIPTS(X)						\
	X(find, )							\
	X(create, EVENTS ENDS)						\
	X(save, EVENTS)							\
	X(remove, EVENTS ENDS)						\
	X(device, )							\
	X(peek, )							\
	X(enter, USER)							\
	X(confirm, USER)						\
	X(leave, USER)							\
	X(deny, EVENTS)							\
	X(mark, )							\
	X(members, USER)						\
	X(block, USER EVENTS)						\
	X(unblock, USER EVENTS)						\
	X(due, )							\
	X(expire, EVENTS ENDS)						\
	X(read, )							\
	X(lock, )							\
	X(unlock, )							\
	X(settle, )							\
	X(beat, )	/* some buckets are whole */
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
};

/* Before the first use, and as often as one likes. SG_ENOMEM. */
SG_MUST_CHECK int redis_script_prepare(void);
const struct redis_script *redis_script(enum redis_script_name name);

#endif
