/* redis_fan.c - see redis_fan.h. */
#include "backends/redis_fan.h"

#include <stdlib.h>

static void fan_fail(struct redis_op *op)
{
	redis_op_finish_with(op, STORE_UNAVAILABLE);
}

void redis_fan_open(struct redis_fan *fan, struct redis_op *op, redis_last_fn *next)
{
	*fan = (struct redis_fan){ .op = op, .next = next, .waits = 1, .fail = fan_fail };
	queue_init(&fan->ready);
	op->fan = fan;
}

struct redis_op *redis_fan_part(struct redis_fan *fan, unsigned bucket,
				enum redis_script_name script, redis_step_fn *step)
{
	struct redis_op *part = redis_op_begin(fan->op->st, SLICE(""), NULL, fan);

	if (part == NULL) {
		fan->failed = true;
		return NULL;
	}
	fan->waits++;
	redis_op_ask(part, bucket, script, step);
	part->call.question = true;
	return part;
}

static bool fan_spans(const struct redis_fan *fan)
{
	return redis_net_spans(fan->op->st->net);
}

void redis_fan_send(struct redis_op *part)
{
	struct redis_fan *fan = part->ctx;

	if (fan->sent == (fan_spans(fan) ? REDIS_FAN_AT_A_TIME : REDIS_FAN_SMALL_AT_A_TIME)) {
		queue_append(&fan->ready, &part->call.link);
		return;
	}
	fan->sent++;
	redis_op_send(part);
}

/* One was answered. */
static void fan_send_next(struct redis_fan *fan)
{
	struct link *next = fan->ready.first;

	fan->sent--;
	if (next == NULL)
		return;
	queue_remove(&fan->ready, next);
	redis_fan_send(CONTAINER_OF(next, struct redis_op, call.link));
}

static void fan_finish(struct redis_fan *fan)
{
	if (fan->failed)
		fan->fail(fan->op);
	else
		fan->next(fan->op);
}

static void fan_on_later(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	fan_finish(op->fan);
}

/* Without a part there is no answer that could be the last, and the operation's call may not have returned. */
void redis_fan_close(struct redis_fan *fan)
{
	if (--fan->waits == 0)
		redis_op_later(fan->op, fan_on_later);
}

void redis_fan_take(struct redis_op *part)
{
	struct redis_fan *fan = part->ctx;

	redis_op_finish(part);
	fan_send_next(fan);
	if (--fan->waits == 0)
		fan_finish(fan);
}

static void fan_add_keys(struct redis_op *part, const char *const *keys, unsigned first,
			 unsigned count)
{
	size_t kinds = 0;

	while (keys[kinds] != NULL)
		kinds++;
	redis_op_add_count(part, kinds * count);
	for (size_t i = 0; i < kinds; i++)
		for (unsigned j = 0; j < count; j++)
			redis_keys_add(&part->call, redis_namespace(part->st), first + j, keys[i]);
}

void redis_fan_each_bucket(struct redis_fan *fan, const char *const *keys,
			   enum redis_script_name script, redis_fan_add_fn *add,
			   redis_step_fn *step)
{
	unsigned count = fan_spans(fan) ? REDIS_FAN_BUCKETS : 1;

	for (unsigned first = 0; first < REDIS_BUCKETS; first += count) {
		struct redis_op *part = redis_fan_part(fan, first, script, step);

		if (part == NULL)
			return;
		fan_add_keys(part, keys, first, count);
		if (add != NULL)
			add(part, first, count);
		redis_fan_send(part);
	}
}

static unsigned id_bucket(const char *id)
{
	return redis_keys_bucket(slice_of(id, TOKEN_ID_CHARS));
}

static struct slice group_id(const struct redis_group *group, size_t i)
{
	return slice_of(group->ids[i], TOKEN_ID_CHARS);
}

static void group_ask(struct redis_op *part)
{
	const struct redis_group *group = part->work;
	const struct redis_look *look = group->look;
	struct slice namespace = redis_namespace(part->st);

	redis_op_add_count(part, group->count);
	for (size_t i = 0; i < group->count; i++)
		if (look->order != NULL)
			redis_keys_add(&part->call, namespace, id_bucket(group->ids[i]),
				       look->order);
		else
			redis_keys_add_session_in(&part->call, namespace, id_bucket(group->ids[i]),
						  "s", group_id(group, i));
	for (size_t i = 0; look->order != NULL && i < group->count; i++)
		redis_call_add(&part->call, group_id(group, i));
	if (look->add != NULL)
		look->add(part);
}

static void fan_ask_group(struct redis_fan *fan, char **ids, size_t count,
			  const struct redis_look *look)
{
	struct redis_group *group = malloc(sizeof(*group) + count * sizeof(group->ids[0]));
	struct redis_op *part;

	if (group == NULL ||
	    (part = redis_fan_part(fan, id_bucket(ids[0]), look->script, look->step)) == NULL) {
		fan->failed = true;
		free(group);
		return;
	}
	group->look = look;
	group->count = count;
	memcpy(group->ids, ids, count * sizeof(ids[0]));
	part->work = group;
	part->work_free = free;
	group_ask(part);
	redis_fan_send(part);
}

void redis_fan_take_some(struct redis_op *part, size_t answered)
{
	struct redis_group *group = part->work;

	if (answered == 0 || answered >= group->count) {
		((struct redis_fan *)part->ctx)->failed |= answered == 0;
		redis_fan_take(part);
		return;
	}
	group->count -= answered;
	memmove(group->ids, group->ids + answered, group->count * sizeof(group->ids[0]));
	redis_op_ask(part, id_bucket(group->ids[0]), group->look->script, group->look->step);
	part->call.question = true;
	group_ask(part);
	redis_op_send(part);
}

static int bucket_compare(const void *a, const void *b)
{
	unsigned x = id_bucket(*(char *const *)a), y = id_bucket(*(char *const *)b);

	return x < y ? -1 : x > y;
}

/* How many of them may be in one call. */
static size_t fan_group(const struct redis_fan *fan, char **ids, size_t count, size_t most)
{
	size_t group = 1;

	while (group < count && group < most &&
	       (fan_spans(fan) || id_bucket(ids[group]) == id_bucket(ids[0])))
		group++;
	return group;
}

void redis_fan_sessions(struct redis_fan *fan, char **ids, size_t count,
			const struct redis_look *look)
{
	size_t group;

	if (!fan_spans(fan))
		qsort(ids, count, sizeof(ids[0]), bucket_compare);
	for (size_t i = 0; i < count; i += group) {
		group = fan_group(fan, ids + i, count - i, look->most);
		fan_ask_group(fan, ids + i, group, look);
	}
}
