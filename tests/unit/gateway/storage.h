/* storage.h - the store in memory with a loop of its own and a clock that may run behind or ahead, for what is
 * tried against sessions.
 * Owner    storage_open(), storage_close(). One at a time: the clock is one. */
#ifndef SG_TESTS_STORAGE_H
#define SG_TESTS_STORAGE_H

#include "backends/backend.h"

enum {
	STORAGE_IDLE_MS = 1800000,
	STORAGE_ABSOLUTE_MS = 43200000,
	STORAGE_TOUCH_MS = 60000,
};

struct storage {
	struct backend *backend;
	struct event_base *loop;
	struct store *store;
};

/* whole_ms: so long ago it was last empty. */
void storage_open(struct storage *s, int64_t whole_ms);
void storage_close(struct storage *s);

/* The store's time is the wall's and ms from now on. */
void storage_shift(int64_t ms);
/* Turn the loop until *times is not 0, or long enough to be sure that it stays so. */
void storage_run(struct storage *s, const unsigned *times);

/* A session under this token with one attribute, first=1; user "" for an anonymous one. */
void storage_put(struct storage *s, const char *token, const char *realm, const char *user);
/* Another secret and epoch for it, the secret that token says. */
void storage_renew(struct storage *s, const char *token);
/* A graceful rotation to the secret that token says, which has been presented: what it replaced is good for
 * grace_ms from now. */
void storage_rotate(struct storage *s, const char *token, int64_t grace_ms);
void storage_remove(struct storage *s, const char *token);
/* End what is due. */
void storage_expire(struct storage *s);
/* A reference, or NULL. */
const struct session *storage_get(struct storage *s, struct slice id);

#endif
