/* memory_events.h - what the memory store tells of itself: each event is written down and counted in the step that
 * made it, under the lock of its session or its user, so that their order is that of the steps.
 * Thread   whoever holds that lock. */
#ifndef SG_MEMORY_EVENTS_H
#define SG_MEMORY_EVENTS_H

#include "backends/memory_store.h"

/* A session came to be, with or without a login; cause: NONE or ADOPTED. */
void memory_announce_new(struct memory *m, const struct session *session, enum event_cause cause,
			 int64_t now_ms);
/* next followed from old by d, which has a renewal, or a rotation, perhaps one that lost. */
void memory_announce_save(struct memory *m, const struct delta *d, const struct session *old,
			  const struct session *next, int64_t now_ms);
/* That user's login was refused (BLOCKED or FULL) to this session, which is his or is not. */
void memory_announce_denial(struct memory *m, enum store_status status,
			    const struct session *session, struct slice user, int64_t now_ms);
/* A save came too late for the session in the entry, or for what is left of it; NULL: for nobody knows what. */
void memory_announce_late(struct memory *m, const struct entry *e, struct slice id, int64_t now_ms);
void memory_announce_user(struct memory *m, enum event_type type, const struct visit *v,
			  struct slice actor, struct slice reason);

/* As shard_bury(), announced if a session was there. The end that it has is told from its times if it has expired. */
const struct session *memory_bury_as(struct memory *m, struct shard *s, struct entry *e,
				     const struct store_end *end, int64_t end_ms, int64_t now_ms);
const struct session *memory_bury(struct memory *m, struct shard *s, struct entry *e,
				  enum store_cause cause, int64_t end_ms, int64_t now_ms);

struct store_op *memory_events(struct store *store, struct slice position, size_t limit,
			       store_done_fn *done, void *ctx);
struct store_op *memory_tell(struct store *store, const struct session_event *e,
			     store_done_fn *done, void *ctx);

#endif
