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

void roll_cut(struct roll *r, size_t count)
{
	while (r->count > count)
		session_unref(&r->sessions[--r->count]);
}

void roll_fini(struct roll *r)
{
	roll_cut(r, 0);
	free(r->sessions);
	*r = (struct roll){ 0 };
}
