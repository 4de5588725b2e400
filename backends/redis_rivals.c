/* redis_rivals.c - see redis_rivals.h. */
#include "backends/redis_rivals.h"

#include <stdlib.h>

/* RIVALS_DEAD: of a user who has very many sessions so many are taken off his record in the end, beside those whose own end
 * does that. */
enum { RIVALS_ROOM = 64, RIVALS_DEAD = 200 };

/* --- who they are --- */

/* NULL: no memory. */
static struct redis_rival *rivals_next(struct redis_rivals *r)
{
	size_t room = 2 * r->room + RIVALS_ROOM;
	struct redis_rival *each;

	if (r->count == r->room) {
		each = reallocarray(r->each, room, sizeof(*each));
		if (each == NULL)
			return NULL;
		r->each = each;
		r->room = room;
	}
	return &r->each[r->count++];
}

static int rivals_add_one(struct redis_rivals *r, const struct redis_member *m,
			  struct redis_login *login)
{
	size_t at = buffer_len(&r->entries);
	struct redis_rival *rival;

	if (buffer_append_slice(&r->entries, m->entry) != 0 || (rival = rivals_next(r)) == NULL)
		return SG_ENOMEM;
	*rival = (struct redis_rival){ .login = login,
				       .entry_at = at,
				       .entry_bytes = m->entry.len,
				       .listed_us = m->listed_us };
	memcpy(rival->id, m->id.ptr, TOKEN_ID_CHARS);
	return 0;
}

int redis_rivals_add(struct redis_rivals *r, struct redis_crowd *some, struct redis_login *login,
		     struct slice own)
{
	struct redis_member member;
	int rc = 0;

	while (rc == 0 && redis_crowd_next(some, &member))
		if (!slice_equal(member.id, own))
			rc = rivals_add_one(r, &member, login);
	return rc;
}

static int rival_compare_id(const void *a, const void *b)
{
	const struct redis_rival *x = a, *y = b;

	return memcmp(x->id, y->id, TOKEN_ID_CHARS);
}

void redis_rivals_distinct(struct redis_rivals *r)
{
	struct redis_rival *all = r->each;
	size_t kept = 0;

	if (r->count > 1)
		qsort(all, r->count, sizeof(*all), rival_compare_id);
	for (size_t i = 0; i < r->count; i++)
		if (kept == 0 || rival_compare_id(&all[kept - 1], &all[i]) != 0)
			all[kept++] = all[i];
	r->count = kept;
}

/* --- which of them go --- */

void redis_rival_see(struct redis_rival *rival, const struct store_user *who, bool idlest_first,
		     const struct redis_reply *reply, size_t item)
{
	struct slice created = redis_reply_text(reply, item + 2),
		     seen = redis_reply_text(reply, item + 3);
	uint64_t ms = 0;

	rival->live = slice_equal(redis_reply_text(reply, item), who->realm) &&
		      slice_equal(redis_reply_text(reply, item + 1), who->name);
	rival->dead = !rival->live && !slice_equal(created, SLICE("spoiled"));
	if (rival->live)
		(void)slice_number(idlest_first ? seen : created, INT64_MAX, &ms);
	rival->since_ms = (int64_t)ms;
}

static int rival_compare(const void *a, const void *b)
{
	const struct redis_rival *x = a, *y = b;

	if (x->live != y->live)
		return x->live ? -1 : 1;
	if (x->since_ms != y->since_ms)
		return x->since_ms < y->since_ms ? -1 : 1;
	return (x->listed_us > y->listed_us) - (x->listed_us < y->listed_us);
}

void redis_rivals_sort(struct redis_rivals *r)
{
	if (r->count > 1)
		qsort(r->each, r->count, sizeof(*r->each), rival_compare);
}

size_t redis_rivals_live(const struct redis_rivals *r)
{
	size_t live = 0;

	for (size_t i = 0; i < r->count; i++)
		live += r->each[i].live;
	return live;
}

void redis_rivals_add_dead(const struct redis_rivals *r, struct redis_call *call)
{
	const char *texts = buffer_content(&r->entries).ptr;
	size_t left = RIVALS_DEAD;

	for (size_t i = 0; i < r->count && left > 0; i++) {
		const struct redis_rival *rival = &r->each[i];

		if (!rival->dead)
			continue;
		redis_call_add(call, slice_of(rival->id, TOKEN_ID_CHARS));
		redis_call_add(call, slice_of(texts + rival->entry_at, rival->entry_bytes));
		left--;
	}
}

void redis_rivals_fini(struct redis_rivals *r)
{
	buffer_fini(&r->entries);
	free(r->each);
	*r = (struct redis_rivals){ 0 };
}
