/* metered.c - see metered.h.
 *
 * An operation here is in front of one there, and lives as long. Those that are over are kept for the next. */
#include "backends/metered.h"

#include <stdlib.h>

struct metered_store {
	struct store store;
	struct store_ops ops; /* of the kind that is behind */
	struct store *behind;
	struct store_meter *meter;
	struct metered_clock clock;
	struct store_op *unused;
};

struct store_op {
	struct store_op *next; /* while it is unused */
	struct metered_store *st;
	struct store_op *behind;
	store_done_fn *done;
	void *ctx;
	int64_t asked_us;
	struct store_meter_operation *meter;
	struct counter *saves; /* that counts it when it is OK; NULL: it writes no session */
};

/* --- Names ----------------------------------------------------------------------------------- */

const char *metered_operation_text(enum metered_operation operation)
{
	static const char *const texts[] = {
#define METERED_OPERATION_TEXT(name, text) text,
		METERED_OPERATIONS(METERED_OPERATION_TEXT)
#undef METERED_OPERATION_TEXT
	};

	return texts[operation];
}

const char *metered_result_text(unsigned result)
{
	static const char *const texts[METERED_RESULT_COUNT] = {
		[STORE_OK] = "ok",
		[STORE_NOT_FOUND] = "not_found",
		[STORE_ENDED] = "ended",
		[STORE_MOVED] = "moved",
		[STORE_FENCED] = "fenced",
		[STORE_LIMIT] = "limit",
		[STORE_BLOCKED] = "blocked",
		[STORE_FULL] = "full",
		[STORE_BUSY] = "busy",
		[STORE_MARKED] = "marked",
		[STORE_CURSOR] = "cursor",
		[STORE_UNAVAILABLE] = "unavailable",
		[STORE_UNCERTAIN] = "uncertain",
		[METERED_CANCELLED] = "cancelled",
	};

	return texts[result];
}

const char *metered_save_text(enum metered_save save)
{
	static const char *const texts[] = {
#define METERED_SAVE_TEXT(name, text) text,
		METERED_SAVES(METERED_SAVE_TEXT)
#undef METERED_SAVE_TEXT
	};

	return texts[save];
}

/* --- Operations ------------------------------------------------------------------------------ */

static struct metered_store *metered_store(struct store *store)
{
	return (struct metered_store *)store;
}

static int64_t metered_now_us(const struct metered_store *st)
{
	int64_t known_us = *st->clock.known_us;

	return known_us != 0 ? known_us : st->clock.ask(st->clock.ctx);
}

/* NULL: no memory. */
static struct store_op *op_begin(struct metered_store *st, enum metered_operation operation,
				 store_done_fn *done, void *ctx)
{
	struct store_op *op;

	if ((op = st->unused) != NULL)
		st->unused = op->next;
	else if ((op = calloc(1, sizeof(*op))) != NULL)
		op->st = st;
	else
		return NULL;
	op->done = done;
	op->ctx = ctx;
	op->meter = &st->meter->operations[operation];
	op->saves = NULL;
	op->asked_us = metered_now_us(st);
	counter_add(&st->meter->asked, 1);
	return op;
}

/* result: as METERED_RESULT_COUNT counts them. */
static void op_end(struct store_op *op, unsigned result)
{
	struct metered_store *st = op->st;

	counter_add(&op->meter->results[result], 1);
	op->next = st->unused;
	st->unused = op;
}

/* The other store has taken it; or it has not, having no memory. */
static struct store_op *op_sent(struct store_op *op, struct store_op *behind)
{
	op->behind = behind;
	if (behind != NULL)
		return op;
	op_end(op, STORE_UNAVAILABLE);
	return NULL;
}

static void op_on_done(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;
	histogram_note(&op->meter->durations, metered_now_us(op->st) - op->asked_us);
	if (op->saves != NULL && result->status == STORE_OK)
		counter_add(op->saves, 1);
	op_end(op, result->status); /* first: the callback may start the next one */
	op->done(op->ctx, result);
}

static void metered_cancel(struct store_op **opp)
{
	struct store_op *op = *opp;

	*opp = NULL;
	store_cancel(op->st->behind, &op->behind);
	op_end(op, METERED_CANCELLED);
}

/* --- What is counted ------------------------------------------------------------------------- */

static enum metered_save metered_save_kind(const struct delta *d)
{
	if (d->login != NULL)
		return METERED_SAVED_LOGIN;
	if (d->renewal != NULL || d->rotation != NULL)
		return METERED_SAVED_ROTATION;
	return d->change_count > 0 || d->idle_ms != 0 ? METERED_SAVED_CHANGE : METERED_SAVED_TOUCH;
}

static struct store_op *metered_create(struct store *store, const struct session *session,
				       const struct session_quota *quota,
				       const struct store_mark *mark, store_done_fn *done,
				       void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_CREATE, done, ctx);

	if (op == NULL)
		return NULL;
	op->saves = &st->meter->saves[METERED_SAVED_CREATE];
	return op_sent(op, store_create(st->behind, session, quota, mark, op_on_done, op));
}

static struct store_op *metered_put(struct store *store, const struct session *session,
				    store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_PUT, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_put(st->behind, session, op_on_done, op));
}

static struct store_op *metered_save(struct store *store, struct slice id, const struct delta *d,
				     store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_SAVE, done, ctx);

	if (op == NULL)
		return NULL;
	op->saves = &st->meter->saves[metered_save_kind(d)];
	return op_sent(op, store_save(st->behind, id, d, op_on_done, op));
}

static struct store_op *metered_find(struct store *store, struct slice id, store_done_fn *done,
				     void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_FIND, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_find(st->behind, id, op_on_done, op));
}

static struct store_op *metered_lock(struct store *store, struct slice id,
				     const struct store_claim *claim, store_done_fn *done,
				     void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_LOCK, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_lock(st->behind, id, claim, op_on_done, op));
}

static struct store_op *metered_remove(struct store *store, struct slice id,
				       const struct store_user *owner, const struct store_end *end,
				       store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_REMOVE, done, ctx);

	return op == NULL
		       ? NULL
		       : op_sent(op, store_remove_by(st->behind, id, owner, end, op_on_done, op));
}

static struct store_op *metered_remove_user(struct store *store, const struct store_user *who,
					    struct slice except, const struct store_end *end,
					    store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_REMOVE_USER, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_remove_user_by(st->behind, who, except, end,
							     op_on_done, op));
}

static struct store_op *metered_list_user(struct store *store, const struct store_user *who,
					  size_t limit, store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_LIST_USER, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_list_user(st->behind, who, limit, op_on_done, op));
}

static struct store_op *metered_list(struct store *store, const struct store_listing *listing,
				     store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_LIST, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_list(st->behind, listing, op_on_done, op));
}

static struct store_op *metered_count(struct store *store, const struct filter *filter,
				      store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_COUNT, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_count(st->behind, filter, op_on_done, op));
}

static struct store_op *metered_headcount(struct store *store, store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_HEADCOUNT, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_headcount(st->behind, op_on_done, op));
}

static struct store_op *metered_users(struct store *store, const struct store_user_listing *listing,
				      store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_USERS, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_users(st->behind, listing, op_on_done, op));
}

static struct store_op *metered_block_user(struct store *store, const struct store_user *who,
					   const struct store_block *block, store_done_fn *done,
					   void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_BLOCK_USER, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_block_user(st->behind, who, block, op_on_done, op));
}

static struct store_op *metered_unblock_user(struct store *store, const struct store_user *who,
					     struct slice actor, store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_UNBLOCK_USER, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_unblock_user(st->behind, who, actor, op_on_done, op));
}

static struct store_op *metered_events(struct store *store, struct slice position, size_t limit,
				       store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_EVENTS, done, ctx);

	return op == NULL ? NULL
			  : op_sent(op, store_events(st->behind, position, limit, op_on_done, op));
}

static struct store_op *metered_tell(struct store *store, const struct session_event *e,
				     store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_TELL, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_tell(st->behind, e, op_on_done, op));
}

static struct store_op *metered_health(struct store *store, store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_HEALTH, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_health(st->behind, op_on_done, op));
}

static struct store_op *metered_examine(struct store *store, store_done_fn *done, void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_EXAMINE, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_examine(st->behind, op_on_done, op));
}

static struct store_op *metered_expire_due(struct store *store, size_t limit, store_done_fn *done,
					   void *ctx)
{
	struct metered_store *st = metered_store(store);
	struct store_op *op = op_begin(st, METERED_EXPIRE_DUE, done, ctx);

	return op == NULL ? NULL : op_sent(op, store_expire_due(st->behind, limit, op_on_done, op));
}

/* --- What is not ----------------------------------------------------------------------------- */

static void metered_unlock(struct store *store, struct slice id, uint64_t fence)
{
	store_unlock(metered_store(store)->behind, id, fence);
}

static void metered_release(struct store *store, struct slice id, uint64_t fence)
{
	store_release(metered_store(store)->behind, id, fence);
}

static void metered_close(struct store **store)
{
	struct metered_store *st = metered_store(*store);

	*store = NULL;
	store_close(&st->behind);
	for (struct store_op *op = st->unused, *next; op != NULL; op = next) {
		next = op->next;
		free(op);
	}
	free(st);
}

static const struct store_ops metered_ops = {
	.find = metered_find,
	.lock = metered_lock,
	.unlock = metered_unlock,
	.release = metered_release,
	.create = metered_create,
	.put = metered_put,
	.save = metered_save,
	.remove = metered_remove,
	.remove_user = metered_remove_user,
	.list_user = metered_list_user,
	.list = metered_list,
	.count = metered_count,
	.headcount = metered_headcount,
	.users = metered_users,
	.block_user = metered_block_user,
	.unblock_user = metered_unblock_user,
	.events = metered_events,
	.tell = metered_tell,
	.health = metered_health,
	.examine = metered_examine,
	.expire_due = metered_expire_due,
	.cancel = metered_cancel,
	.close = metered_close,
};

int metered_open(struct store **store, struct store_meter *meter, const struct metered_clock *clock)
{
	struct metered_store *st = calloc(1, sizeof(*st));

	if (st == NULL)
		return SG_ENOMEM;
	st->ops = metered_ops;
	st->ops.kind = (*store)->ops->kind;
	st->store.ops = &st->ops;
	st->behind = *store;
	st->meter = meter;
	st->clock = *clock;
	*store = &st->store;
	return 0;
}
