/* memory_members.c - see memory_members.h. */
#include "backends/memory_members.h"

#include <stdlib.h>

static int memory_members_note_block(struct memory_members *ms, const struct user *user)
{
	int rc = buffer_append_slice(&ms->reason, user->reason);

	ms->blocked = true;
	ms->block.until_ms = user->blocked_until_ms;
	ms->block.reason = buffer_content(&ms->reason);
	return rc;
}

int memory_members_init(struct memory_members *ms, struct memory *m, const struct store_user *who,
			size_t most)
{
	struct visit v;
	int rc = 0;

	*ms = (struct memory_members){ .memory = m, .who = who, .now_ms = m->now() };
	v = users_enter(&m->users, who, ms->now_ms);
	if (v.user != NULL) {
		ms->listed = v.user->member_count;
		rc = user_members(v.user, most, &ms->members, &ms->count);
		if (rc == 0 && user_blocked(v.user, ms->now_ms))
			rc = memory_members_note_block(ms, v.user);
	}
	users_leave(&v);
	return rc;
}

void memory_members_fini(struct memory_members *ms)
{
	free(ms->members);
	ms->members = NULL;
	buffer_fini(&ms->reason);
}

static void memory_members_look(const struct memory_members *ms, const struct member *member,
				memory_member_fn *fn, void *ctx)
{
	struct shard *s = memory_shard(ms->memory, member->hash);
	const struct entry *e;

	pthread_mutex_lock(&s->lock);
	e = shard_find(s, member->hash, slice_of(member->id, TOKEN_ID_CHARS));
	if (memory_belongs(e, ms->who) && entry_live(e, ms->now_ms))
		fn(ctx, e);
	pthread_mutex_unlock(&s->lock);
}

void memory_members_visit(const struct memory_members *ms, memory_member_fn *fn, void *ctx)
{
	for (size_t i = 0; i < ms->count; i++)
		memory_members_look(ms, &ms->members[i], fn, ctx);
}
