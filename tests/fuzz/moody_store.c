/* moody_store.c - see moody_store.h. */
#include "tests/fuzz/moody_store.h"

#include "base/list.h"

#include "tests/fuzz/claim.h"

#include <stdlib.h>

struct moody_store {
	struct store store;
	struct store *other;
	enum moody_store_mood mood;
	struct link *waiting; /* operations whose answers are kept back */
};

/* An operation here; the other store's own is behind it until that has answered. */
struct store_op {
	struct link link;
	struct moody_store *moody;
	struct store_op *other;
	store_done_fn *done;
	void *ctx;
	struct store_result result; /* of one that waits */
};

static struct moody_store *moody(struct store *store)
{
	return (struct moody_store *)store;
}

static void op_free(struct store_op *op)
{
	link_remove(&op->link);
	session_unref(&op->result.session);
	free(op);
}

static void op_deliver(struct store_op *op)
{
	store_done_fn *done = op->done;
	struct store_result result = op->result;
	void *ctx = op->ctx;

	op->result.session = NULL;
	op_free(op);
	done(ctx, &result);
	session_unref(&result.session);
}

static void op_on_done(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;

	op->other = NULL;
	op->result = *result;
	if (result->session != NULL)
		op->result.session = session_ref(result->session);
	if (op->moody->mood == MOODY_STORE_LOSES) {
		session_unref(&op->result.session);
		op->result = (struct store_result){ .status = STORE_UNCERTAIN };
	}
	if (op->moody->mood == MOODY_STORE_SILENT)
		link_push(&op->moody->waiting, &op->link);
	else
		op_deliver(op);
}

/* NULL: it fails. */
static struct store_op *op_new(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op;

	if (moody(store)->mood == MOODY_STORE_FAILS)
		return NULL;
	op = calloc(1, sizeof(*op));
	CLAIM(op != NULL);
	op->moody = moody(store);
	op->done = done;
	op->ctx = ctx;
	return op;
}

static struct store_op *moody_find(struct store *store, struct slice id, store_done_fn *done,
				   void *ctx)
{
	struct store_op *op = op_new(store, done, ctx);

	if (op != NULL)
		op->other = store_find(moody(store)->other, id, op_on_done, op);
	return op;
}

static struct store_op *moody_create(struct store *store, const struct session *session,
				     const struct session_quota *quota, store_done_fn *done,
				     void *ctx)
{
	struct store_op *op = op_new(store, done, ctx);

	if (op != NULL)
		op->other = store_create(moody(store)->other, session, quota, op_on_done, op);
	return op;
}

static struct store_op *moody_save(struct store *store, struct slice id, const struct delta *d,
				   store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, done, ctx);

	if (op != NULL)
		op->other = store_save(moody(store)->other, id, d, op_on_done, op);
	return op;
}

static struct store_op *moody_remove(struct store *store, struct slice id, enum store_cause cause,
				     store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, done, ctx);

	if (op != NULL)
		op->other = store_remove(moody(store)->other, id, cause, op_on_done, op);
	return op;
}

static size_t moody_expire_due(struct store *store, size_t limit, bool *more)
{
	return store_expire_due(moody(store)->other, limit, more);
}

static void moody_cancel(struct store_op **op)
{
	store_cancel((*op)->moody->other, &(*op)->other);
	op_free(*op);
	*op = NULL;
}

static void moody_close(struct store **store)
{
	struct moody_store *m = moody(*store);

	CLAIM(m->waiting == NULL, "an operation was not cancelled");
	store_close(&m->other);
	free(m);
	*store = NULL;
}

static const struct store_ops moody_ops = {
	.kind = "moody",
	.find = moody_find,
	.create = moody_create,
	.save = moody_save,
	.remove = moody_remove,
	.expire_due = moody_expire_due,
	.cancel = moody_cancel,
	.close = moody_close,
};

struct store *moody_store_open(struct store *other)
{
	struct moody_store *m = calloc(1, sizeof(*m));

	CLAIM(m != NULL);
	m->store.ops = &moody_ops;
	m->other = other;
	return &m->store;
}

void moody_store_turn(struct store *store, enum moody_store_mood mood)
{
	struct moody_store *m = moody(store);
	struct link *waiting;

	m->mood = mood;
	if (mood == MOODY_STORE_SILENT)
		return;
	/* an answer may cancel any other */
	while ((waiting = m->waiting) != NULL)
		op_deliver(CONTAINER_OF(waiting, struct store_op, link));
}
