/* redis_fan.c - see redis_fan.h. */
#include "backends/redis_fan.h"

#include <stdlib.h>

void redis_fan_open(struct redis_fan *fan, struct redis_op *op, redis_last_fn *next)
{
	*fan = (struct redis_fan){ .op = op, .next = next, .waits = 1 };
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

static void fan_finish(struct redis_fan *fan)
{
	if (fan->failed)
		redis_op_finish_with(fan->op, STORE_UNAVAILABLE);
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
	if (--fan->waits == 0)
		fan_finish(fan);
}

void redis_fan_each_bucket(struct redis_fan *fan, const char *key, enum redis_script_name script,
			   redis_fan_add_fn *add, redis_step_fn *step)
{
	struct redis_store *st = fan->op->st;
	unsigned count = redis_net_spans(st->net) ? REDIS_FAN_BUCKETS : 1;

	for (unsigned first = 0; first < REDIS_BUCKETS; first += count) {
		struct redis_op *part = redis_fan_part(fan, first, script, step);

		if (part == NULL)
			return;
		redis_op_add_count(part, count);
		for (unsigned i = 0; i < count; i++)
			redis_keys_add(&part->call, redis_namespace(st), first + i, key);
		add(part, first, count);
		redis_op_send(part);
	}
}

static unsigned id_bucket(const char *id)
{
	return redis_keys_bucket(slice_of(id, TOKEN_ID_CHARS));
}

static void group_add(struct redis_op *part, const struct redis_group *group, const char *order)
{
	struct slice namespace = redis_namespace(part->st);

	redis_op_add_count(part, order != NULL ? 1 : group->count);
	if (order != NULL)
		redis_keys_add(&part->call, namespace, part->call.bucket, order);
	for (size_t i = 0; i < group->count; i++) {
		struct slice id = slice_of(group->ids[i], TOKEN_ID_CHARS);

		if (order != NULL)
			redis_call_add(&part->call, id);
		else
			redis_keys_add_session(&part->call, namespace, "s", id);
	}
}

static void fan_ask_group(struct redis_fan *fan, const struct redis_group *group, const char *order,
			  enum redis_script_name script, redis_step_fn *step)
{
	struct redis_group *copy = malloc(sizeof(*copy));
	struct redis_op *part;

	if (copy == NULL ||
	    (part = redis_fan_part(fan, id_bucket(group->ids[0]), script, step)) == NULL) {
		fan->failed = true;
		free(copy);
		return;
	}
	*copy = *group;
	part->work = copy;
	part->work_free = free;
	group_add(part, group, order);
	redis_op_send(part);
}

static int bucket_compare(const void *a, const void *b)
{
	unsigned x = id_bucket(*(char *const *)a), y = id_bucket(*(char *const *)b);

	return x < y ? -1 : x > y;
}

void redis_fan_sessions(struct redis_fan *fan, char **ids, size_t count, const char *order,
			enum redis_script_name script, redis_step_fn *step)
{
	struct redis_group group = { .count = 0 };

	qsort(ids, count, sizeof(ids[0]), bucket_compare);
	for (size_t i = 0; i < count; i++) {
		if (group.count == REDIS_FAN_GROUP ||
		    (group.count > 0 && bucket_compare(&ids[i - 1], &ids[i]) != 0)) {
			fan_ask_group(fan, &group, order, script, step);
			group.count = 0;
		}
		group.ids[group.count++] = ids[i];
	}
	if (group.count > 0)
		fan_ask_group(fan, &group, order, script, step);
}
