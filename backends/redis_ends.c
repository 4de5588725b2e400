/* redis_ends.c - see redis_ends.h. */
#include "backends/redis_ends.h"

#include "base/clock.h"

#include <stdlib.h>

enum { ENDS_FIRST_ROOM = 256 };

void redis_ends_init(struct redis_ends *ends)
{
	*ends = (struct redis_ends){ 0 };
	pthread_mutex_init(&ends->lock, NULL);
}

void redis_ends_fini(struct redis_ends *ends)
{
	pthread_mutex_destroy(&ends->lock);
	free(ends->ring);
}

static struct redis_end *ends_at(const struct redis_ends *ends, size_t i)
{
	return &ends->ring[(ends->first + i) % ends->room];
}

static struct redis_end *ends_copy(const struct redis_ends *ends, size_t room)
{
	struct redis_end *copy = calloc(room, sizeof(*copy));

	for (size_t i = 0; copy != NULL && i < ends->count; i++)
		copy[i] = *ends_at(ends, i);
	return copy;
}

static void ends_drop_first(struct redis_ends *ends)
{
	ends->first = (ends->first + 1) % ends->room;
	ends->count--;
}

static void ends_forget(struct redis_ends *ends, int64_t now_ms)
{
	while (ends->count > 0 && now_ms - ends_at(ends, 0)->noted_ms > REDIS_ENDS_MS)
		ends_drop_first(ends);
}

/* For one more; the oldest makes it when there is no other. False: there is none at all. */
static bool ends_make_room(struct redis_ends *ends)
{
	size_t room = ends->room > 0 ? 2 * ends->room : ENDS_FIRST_ROOM;
	struct redis_end *ring;

	if (ends->count < ends->room)
		return true;
	ring = room <= REDIS_ENDS ? ends_copy(ends, room) : NULL;
	if (ring != NULL) {
		free(ends->ring);
		ends->ring = ring;
		ends->room = room;
		ends->first = 0;
	} else if (ends->room > 0) {
		ends_drop_first(ends);
	}
	return ends->room > 0;
}

void redis_ends_note(struct redis_ends *ends, struct slice id, enum store_cause cause)
{
	int64_t now_ms = clock_mono_ms();
	struct redis_end *end;

	pthread_mutex_lock(&ends->lock);
	ends_forget(ends, now_ms);
	if (ends_make_room(ends)) {
		end = ends_at(ends, ends->count++);
		memcpy(end->id, id.ptr, sizeof(end->id));
		end->cause = (uint8_t)cause;
		end->noted_ms = now_ms;
	}
	pthread_mutex_unlock(&ends->lock);
}

static enum store_cause ends_cause(const struct session_event *event)
{
	switch (event->type) {
	case EVENT_LOGGED_OUT:
		return STORE_CAUSE_LOGOUT;
	case EVENT_EVICTED:
		return STORE_CAUSE_EVICTED;
	case EVENT_REVOKED:
		return event->cause == EVENT_CAUSE_USER_BLOCKED ? STORE_CAUSE_BLOCKED
								: STORE_CAUSE_REVOKED;
	default:
		return STORE_CAUSE_NONE;
	}
}

void redis_ends_note_event(struct redis_ends *ends, const struct session_event *event)
{
	enum store_cause cause = ends_cause(event);

	/* a reader that begins is told of what was long ago */
	if (cause != STORE_CAUSE_NONE && event->session.len == TOKEN_ID_CHARS &&
	    clock_wall_ms() - event->at_ms < REDIS_ENDS_MS)
		redis_ends_note(ends, event->session, cause);
}

struct redis_end *redis_ends_copy(struct redis_ends *ends, size_t *count)
{
	struct redis_end *copy = NULL;

	pthread_mutex_lock(&ends->lock);
	ends_forget(ends, clock_mono_ms());
	*count = ends->count;
	if (ends->count > 0)
		copy = ends_copy(ends, ends->count);
	pthread_mutex_unlock(&ends->lock);
	return copy;
}
