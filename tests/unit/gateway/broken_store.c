/* broken_store.c - see broken_store.h. */
#include "tests/unit/gateway/broken_store.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdlib.h>

const struct outage outages[OUTAGES] = {
	{ "unavailable", false, STORE_UNAVAILABLE },
	{ "uncertain", false, STORE_UNCERTAIN },
	{ "no memory", true, STORE_OK },
};

struct store_op {
	struct broken_store *store;
	struct event *later;
	store_done_fn *done;
	void *ctx;
};

static void broken_op_free(struct store_op *op)
{
	op->store->running--;
	event_free(op->later);
	free(op);
}

static void broken_op_on_later(evutil_socket_t fd, short what, void *ctx)
{
	struct store_op *op = ctx;
	struct store_result result = { .status = op->store->outage->status };
	store_done_fn *done = op->done;
	void *done_ctx = op->ctx;

	(void)fd;
	(void)what;
	broken_op_free(op);
	done(done_ctx, &result);
}

static struct store_op *broken_op_new(struct store *st, store_done_fn *done, void *ctx)
{
	struct broken_store *b = (struct broken_store *)st;
	struct store_op *op;

	if (b->outage->no_memory)
		return NULL;
	op = malloc(sizeof(*op));
	cr_assert_not_null(op);
	*op = (struct store_op){ .store = b, .done = done, .ctx = ctx };
	op->later = event_new(b->loop, -1, 0, broken_op_on_later, op);
	event_active(op->later, EV_TIMEOUT, 0);
	b->asked++;
	b->running++;
	return op;
}

static struct store_op *broken_find(struct store *st, struct slice id, store_done_fn *done,
				    void *ctx)
{
	(void)id;
	return broken_op_new(st, done, ctx);
}

static struct store_op *broken_lock(struct store *st, struct slice id,
				    const struct store_claim *claim, store_done_fn *done, void *ctx)
{
	(void)claim;
	return broken_find(st, id, done, ctx);
}

static void broken_unlock(struct store *st, struct slice id, uint64_t fence)
{
	(void)st;
	(void)id;
	(void)fence;
}

static struct store_op *broken_create(struct store *st, const struct session *session,
				      const struct session_quota *quota,
				      const struct store_mark *mark, store_done_fn *done, void *ctx)
{
	(void)session;
	(void)quota;
	(void)mark;
	return broken_op_new(st, done, ctx);
}

static struct store_op *broken_save(struct store *st, struct slice id, const struct delta *d,
				    store_done_fn *done, void *ctx)
{
	(void)id;
	(void)d;
	return broken_op_new(st, done, ctx);
}

static struct store_op *broken_remove(struct store *st, struct slice id,
				      const struct store_user *owner, const struct store_end *end,
				      store_done_fn *done, void *ctx)
{
	(void)id;
	(void)owner;
	(void)end;
	return broken_op_new(st, done, ctx);
}

static struct store_op *broken_events(struct store *st, struct slice position, size_t limit,
				      store_done_fn *done, void *ctx)
{
	(void)position;
	(void)limit;
	return broken_op_new(st, done, ctx);
}

static void broken_cancel(struct store_op **op)
{
	broken_op_free(*op);
	*op = NULL;
}

static const struct store_ops broken_ops = {
	.kind = "broken",
	.find = broken_find,
	.lock = broken_lock,
	.unlock = broken_unlock,
	.release = broken_unlock,
	.create = broken_create,
	.save = broken_save,
	.remove = broken_remove,
	.events = broken_events,
	.cancel = broken_cancel,
};

void broken_store_init(struct broken_store *b, struct event_base *loop, const struct outage *outage)
{
	*b = (struct broken_store){
		.store = { &broken_ops },
		.loop = loop,
		.outage = outage,
	};
}
