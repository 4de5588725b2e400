/* journal.h - the memory store's last events, in a ring: the newest push out the oldest, read or not.
 * Position text that says how far a reader has come in which journal; the empty one: he has seen nothing.
 * Owner    the journal: all of it. A batch is the reader's, and so is all that its events borrow.
 * Memory   what a ring of so many takes is reserved at the beginning and used as it fills; adding an event takes none,
 *          but for who did it and why, of what was done from outside: without memory for that, it is left out.
 * Thread   any; its lock is held for a copy, and nothing is waited for under it. */
#ifndef SG_JOURNAL_H
#define SG_JOURNAL_H

#include "base/decimal.h"
#include "base/error.h"
#include "session/event.h"
#include "session/limits.h"
#include "session/token.h"

#include <pthread.h>

enum {
	JOURNAL_NAME_BYTES =
		32, /* of realms and applications: the configuration has no longer ones */
	JOURNAL_TEXT_BYTES = 2 * JOURNAL_NAME_BYTES + SESSION_USER_BYTES,
	JOURNAL_BATCH = 64,
	JOURNAL_POSITION_BYTES = 2 * DECIMAL_BYTES + 1,
};

/* An event as it is kept: text holds realm, application and user, one after the other. */
struct journal_slot {
	int64_t at_ms;
	uint64_t teller;
	uint8_t type, cause;
	uint8_t session_bytes, realm_bytes, application_bytes, user_bytes;
	char session[TOKEN_ID_CHARS];
	char text[JOURNAL_TEXT_BYTES];
	struct slice said; /* who did it, and why, one after the other; on the heap */
	size_t actor_bytes;
};

struct journal {
	pthread_mutex_t lock;
	struct journal_slot *slots;
	size_t room;
	int64_t since_ms;      /* when it began: positions of another are none of its */
	_Atomic uint64_t next; /* the number of the event that comes next, from 0 on */
};

/* Some events, the oldest first. */
struct journal_batch {
	size_t count;
	bool gap;                              /* some before them are not kept any more */
	char position[JOURNAL_POSITION_BYTES]; /* behind the last of them */
	size_t position_bytes;
	struct session_event events[JOURNAL_BATCH];
	struct journal_slot slots[JOURNAL_BATCH];
};

/* j is zeroed. SG_ENOMEM. */
SG_MUST_CHECK int journal_init(struct journal *j, size_t room, int64_t now_ms);
void journal_fini(struct journal *j);

/* Names beyond their bounds are cut. */
void journal_add(struct journal *j, const struct session_event *e);

/* Is there anything behind that position? Without the lock. */
bool journal_has(struct journal *j, struct slice position);
/* What is behind it, at most limit of them, and JOURNAL_BATCH. */
void journal_read(struct journal *j, struct slice position, size_t limit,
		  struct journal_batch *out);
void journal_batch_fini(struct journal_batch *b);

#endif
