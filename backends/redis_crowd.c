/* redis_crowd.c - see redis_crowd.h. Records of some users are read by one call where that may be, and those that are long go
 * on in the next. */
#include "backends/redis_crowd.h"

#include "backends/redis_listing.h"

#include <assert.h>
#include <stdlib.h>

enum {
	CROWD_USERS = 16,    /* of a call, at most */
	CROWD_SCANNED = 500, /* of their records, about, in all */
	CROWD_ITEMS = 5,     /* what a call says of a user */
	CROWD_CALLS = 4000,  /* a million sessions and more; what has no end by then has none */
};

/* What a part is about. */
struct crowd_group {
	redis_crowd_fn *take;
	unsigned calls;
	size_t count;
	struct redis_reading *readings[CROWD_USERS];
};

/* --- Members ------------------------------------------------------------------------------------- */

/* "listed login", or "listed login until", or "listed login until w" of one that was there before. */
static bool member_read(struct redis_member *m, struct slice field, struct slice entry)
{
	struct slice listed;

	if (!slice_starts(field, SLICE("m:")))
		return false;
	*m = (struct redis_member){ .id = slice_after(field, 2), .entry = entry };
	if (!token_id_well_formed(m->id))
		return false;
	slice_cut(&entry, ' ', &listed);
	(void)slice_number(listed, UINT64_MAX, &m->listed_us);
	slice_cut(&entry, ' ', &m->login);
	m->listed = entry.len == 0 || entry.ptr[entry.len - 1] == 'w';
	return m->login.len == REDIS_LISTING_CHARS;
}

bool redis_crowd_next(struct redis_crowd *crowd, struct redis_member *out)
{
	while (crowd->item + 1 < crowd->end) {
		size_t item = crowd->item;

		crowd->item += 2;
		if (member_read(out, redis_reply_text(crowd->reply, item),
				redis_reply_text(crowd->reply, item + 1)))
			return true;
	}
	return false;
}

/* --- Calls --------------------------------------------------------------------------------------- */

static unsigned reading_bucket(const struct redis_reading *r)
{
	return redis_keys_user_bucket(r->who);
}

static void reading_goes_on_at(struct redis_reading *r, struct slice position)
{
	r->position_bytes = position.len <= sizeof(r->position) ? position.len : 0;
	memcpy(r->position, position.ptr, r->position_bytes);
}

static void crowd_add(struct redis_op *part)
{
	struct crowd_group *group = part->work;
	size_t count = group->count;

	assert(count > 0);
	group->calls++;
	redis_op_add_count(part, count);
	for (size_t i = 0; i < count; i++)
		redis_keys_add_user_in(&part->call, redis_namespace(part->st),
				       reading_bucket(group->readings[i]), group->readings[i]->who);
	redis_call_add_number(&part->call, CROWD_SCANNED / (int64_t)count);
	for (size_t i = 0; i < count; i++)
		redis_call_add(&part->call, slice_of(group->readings[i]->position,
						     group->readings[i]->position_bytes));
}

/* False: no more of him is wanted. */
static bool reading_take(struct redis_reading *r, struct redis_op *part,
			 const struct redis_reply *reply, size_t item)
{
	const struct crowd_group *group = part->work;
	struct slice until = redis_reply_text(reply, item + 1),
		     position = redis_reply_text(reply, item + 4);
	uint64_t until_ms = 0;
	bool blocked = slice_number(until, INT64_MAX, &until_ms);
	struct redis_crowd some = {
		.blocked = blocked,
		.block = { .until_ms = (int64_t)until_ms,
			   .reason = redis_reply_text(reply, item + 2) },
		.listed = (size_t)redis_reply_number(reply, item + 3),
		.over = slice_equal(position, SLICE("0")),
		.reply = reply,
		.item = item + 1 + CROWD_ITEMS,
		.end = redis_reply_after(reply, item),
	};

	reading_goes_on_at(r, position);
	return group->take(part->ctx, r->ctx, &some) && !some.over && r->position_bytes > 0;
}

/* Of whom there is more stays, and who was not come to. */
static void crowd_take(struct redis_op *part, const struct redis_answer *answer, size_t answered)
{
	struct crowd_group *group = part->work;
	size_t item = answer->fields + 1, kept = 0;

	for (size_t i = 0; i < group->count; i++) {
		if (i >= answered || reading_take(group->readings[i], part, answer->reply, item))
			group->readings[kept++] = group->readings[i];
		item = redis_reply_after(answer->reply, item);
	}
	group->count = kept;
}

static void crowd_on_answer(struct redis_op *part, const struct redis_answer *answer)
{
	struct crowd_group *group = part->work;
	size_t answered =
		answer->status == STORE_OK && answer->items > 5 && group->calls < CROWD_CALLS
			? redis_reply_elements(answer->reply, answer->fields)
			: 0;

	if (answered == 0)
		((struct redis_fan *)part->ctx)->failed = true;
	else
		crowd_take(part, answer, answered);
	if (answered == 0 || group->count == 0) {
		redis_fan_take(part);
		return;
	}
	redis_op_ask(part, reading_bucket(group->readings[0]), REDIS_SCRIPT_crowd, crowd_on_answer);
	part->call.question = true;
	crowd_add(part);
	redis_op_send(part);
}

static void crowd_ask(struct redis_fan *fan, struct redis_reading **readings, size_t count,
		      redis_crowd_fn *take)
{
	struct crowd_group *group = malloc(sizeof(*group));
	struct redis_op *part;

	if (group == NULL || (part = redis_fan_part(fan, reading_bucket(readings[0]),
						    REDIS_SCRIPT_crowd, crowd_on_answer)) == NULL) {
		fan->failed = true;
		free(group);
		return;
	}
	*group = (struct crowd_group){ .take = take, .count = count };
	memcpy(group->readings, readings, count * sizeof(readings[0]));
	part->work = group;
	part->work_free = free;
	crowd_add(part);
	redis_fan_send(part);
}

/* --- Groups -------------------------------------------------------------------------------------- */

static int bucket_compare(const void *a, const void *b)
{
	unsigned x = reading_bucket(*(struct redis_reading *const *)a),
		 y = reading_bucket(*(struct redis_reading *const *)b);

	return x < y ? -1 : x > y;
}

/* How many of them may be in one call. */
static size_t crowd_group(struct redis_reading **readings, size_t count, bool spans)
{
	size_t group = 1;

	while (group < count && group < CROWD_USERS &&
	       (spans || bucket_compare(&readings[0], &readings[group]) == 0))
		group++;
	return group;
}

void redis_crowd_read(struct redis_fan *fan, struct redis_reading *readings, size_t count,
		      redis_crowd_fn *take)
{
	struct redis_reading **sorted = reallocarray(NULL, count + 1, sizeof(sorted[0]));
	bool spans = redis_net_spans(fan->op->st->net);
	size_t group;

	if (sorted == NULL) {
		fan->failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++) {
		sorted[i] = &readings[i];
		reading_goes_on_at(sorted[i], SLICE("0"));
	}
	if (!spans)
		qsort(sorted, count, sizeof(sorted[0]), bucket_compare);
	for (size_t i = 0; i < count; i += group) {
		group = crowd_group(sorted + i, count - i, spans);
		crowd_ask(fan, sorted + i, group, take);
	}
	free(sorted);
}
