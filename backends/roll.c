/* roll.c - see roll.h. */
#include "backends/roll.h"

#include <assert.h>
#include <stdlib.h>

int roll_init(struct roll *r, size_t room)
{
	*r = (struct roll){ 0 };
	if (room == 0)
		return 0;
	r->sessions = reallocarray(NULL, room, sizeof(struct session *));
	if (r->sessions == NULL)
		return SG_ENOMEM;
	r->room = room;
	return 0;
}

void roll_add(struct roll *r, const struct session *session)
{
	assert(r->count < r->room);
	r->sessions[r->count++] = session;
}

/* Of two that were seen in the same millisecond the id decides, so that the order is the same each time. */
static int seen_compare(const void *a, const void *b)
{
	const struct session *x = *(const struct session *const *)a,
			     *y = *(const struct session *const *)b;

	if (x->seen_ms != y->seen_ms)
		return x->seen_ms < y->seen_ms ? 1 : -1;
	return memcmp(x->id, y->id, TOKEN_ID_CHARS);
}

void roll_sort(struct roll *r, size_t limit)
{
	if (r->count > 1)
		qsort(r->sessions, r->count, sizeof(struct session *), seen_compare);
	while (r->count > limit)
		session_unref(&r->sessions[--r->count]);
}

void roll_fini(struct roll *r)
{
	while (r->count > 0)
		session_unref(&r->sessions[--r->count]);
	free(r->sessions);
	*r = (struct roll){ 0 };
}
