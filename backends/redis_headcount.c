/* redis_headcount.c - see redis_headcount.h. */
#include "backends/redis_headcount.h"

#include "backends/headcount.h"
#include "backends/redis_fan.h"

#include <stdlib.h>

enum {
	HEADCOUNT_APPLICATIONS = 1000,   /* nobody has as many; what says so is none of ours */
	HEADCOUNT_MOST = UINT32_MAX / 2, /* of each, in some buckets */
};

struct heads {
	struct redis_op *op;
	struct redis_fan fan;
	struct arena arena;   /* the filter's */
	struct filter filter; /* whose number is asked for; else all of them are */
	bool is_of_some;
	struct headcount found;
	bool exact, known;
};

static void heads_free(void *work)
{
	struct heads *h = work;

	headcount_fini(&h->found);
	arena_fini(&h->arena);
	free(h);
}

static void heads_finish(struct redis_op *op)
{
	struct heads *h = op->work;

	if (!h->known) {
		redis_op_finish_with(op, STORE_NOT_FOUND);
		return;
	}
	op->result.exact = h->exact;
	if (h->is_of_some)
		op->result.count = headcount_matching(&h->found, &h->filter);
	else
		op->result.headcount = &h->found;
	redis_op_finish(op);
}

static bool heads_read_one(struct heads *h, struct slice name, struct slice number)
{
	struct slice application = name, state;
	bool authenticated, cut = slice_cut(&application, ':', &state);
	uint64_t sessions;

	authenticated = cut && slice_equal(state, SLICE("authenticated"));
	return (authenticated || (cut && slice_equal(state, SLICE("anonymous")))) &&
	       slice_number(number, HEADCOUNT_MOST, &sessions) &&
	       headcount_add(&h->found, application, authenticated, (size_t)sessions) == 0 &&
	       h->found.count <= HEADCOUNT_APPLICATIONS;
}

static bool heads_read(struct heads *h, const struct redis_answer *answer)
{
	size_t count = redis_reply_elements(answer->reply, answer->fields);
	bool read = answer->items > 5 && count <= (size_t)4 * HEADCOUNT_APPLICATIONS;

	for (size_t i = 0; read && i + 1 < count; i += 2)
		read = heads_read_one(h, redis_reply_text(answer->reply, answer->fields + 1 + i),
				      redis_reply_text(answer->reply, answer->fields + 2 + i));
	h->exact = h->exact && answer->number == 1;
	return read;
}

static void heads_on_answer(struct redis_op *part, const struct redis_answer *answer)
{
	struct redis_fan *fan = part->ctx;
	struct heads *h = fan->op->work;

	if (answer->status == STORE_NOT_FOUND)
		h->known = false;
	else if (answer->status != STORE_OK || !heads_read(h, answer))
		fan->failed = true;
	redis_fan_take(part);
}

/* NULL: no memory, and the operation is gone. */
static struct heads *heads_new(struct redis_op *op)
{
	struct heads *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	h->op = op;
	h->known = h->exact = true;
	op->work = h;
	op->work_free = heads_free;
	return h;
}

static struct store_op *heads_ask(struct heads *h)
{
	static const char *const keys[] = { "created", "meta", "due", NULL };

	redis_fan_open(&h->fan, h->op, heads_finish);
	redis_fan_each_bucket(&h->fan, keys, REDIS_SCRIPT_headcount, NULL, heads_on_answer);
	redis_fan_close(&h->fan);
	return (struct store_op *)h->op;
}

struct store_op *redis_headcount(struct store *store, store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct heads *h = op != NULL ? heads_new(op) : NULL;

	return h != NULL ? heads_ask(h) : NULL;
}

struct store_op *redis_headcount_begin(struct redis_op *op, const struct filter *filter)
{
	struct heads *h = heads_new(op);

	if (h == NULL)
		return NULL;
	h->is_of_some = true;
	if (filter_copy(filter, &h->arena, &h->filter) != 0) {
		redis_op_drop(op);
		return NULL;
	}
	return heads_ask(h);
}
