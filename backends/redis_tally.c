/* redis_tally.c - see redis_tally.h. */
#include "backends/redis_tally.h"

#include "backends/redis_fan.h"
#include "backends/redis_order.h"
#include "base/decimal.h"

#include <stdlib.h>

struct tally {
	struct redis_fan fan;
	struct filter_span span;
	size_t count;
};

static struct tally *tally_of_part(const struct redis_op *part)
{
	return ((struct redis_fan *)part->ctx)->op->work;
}

static void tally_on_answer(struct redis_op *part, const struct redis_answer *answer)
{
	struct tally *t = tally_of_part(part);

	if (answer->status != STORE_OK)
		t->fan.failed = true;
	t->count += (size_t)answer->number;
	redis_fan_take(part);
}

static void tally_add(struct redis_op *part, unsigned first_bucket, unsigned count)
{
	const struct filter_span *span = &tally_of_part(part)->span;
	char until[1 + DECIMAL_BYTES] = "(";

	(void)first_bucket;
	(void)count;
	redis_order_add_moment(&part->call, span->from_ms != 0 ? span->from_ms : INT64_MIN);
	if (span->until_ms == 0)
		redis_call_add(&part->call, SLICE("+inf"));
	else
		redis_call_add(&part->call,
			       slice_of(until, 1 + decimal_write(span->until_ms, until + 1)));
}

static void tally_finish(struct redis_op *op)
{
	const struct tally *t = op->work;

	op->result.count = t->count;
	redis_op_finish(op);
}

struct store_op *redis_tally_begin(struct redis_op *op, bool by_seen,
				   const struct filter_span *span)
{
	struct tally *t = calloc(1, sizeof(*t));

	if (t == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	t->span = *span;
	op->work = t;
	op->work_free = free;
	redis_fan_open(&t->fan, op, tally_finish);
	redis_fan_each_bucket(&t->fan, redis_order_keys(by_seen), REDIS_SCRIPT_tally, tally_add,
			      tally_on_answer);
	redis_fan_close(&t->fan);
	return (struct store_op *)op;
}
