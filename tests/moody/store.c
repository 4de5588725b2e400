/* store.c - see store.h. What its mood does not let happen never reaches the other store. Else the other one does it
 * at once, whatever happens to the answer: as a server does whose answers are slow, late or lost. */
#include "tests/moody/store.h"

#include "backends/headcount.h"
#include "base/list.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>
#include <unistd.h>

struct moody_store {
	struct store store;
	struct store *other;
	struct event_base *loop;
	struct moods *moods;
	int doorbell; /* the moods' */
	struct event *rung;
	struct link *waiting; /* operations whose answers are kept back */
};

/* An operation here; the other store's own is behind it until that has answered. */
struct store_op {
	struct link link;
	struct moody_store *moody;
	enum moody_kind kind;
	struct mood mood;
	struct store_op *other;
	struct event *later; /* its answer */
	store_done_fn *done;
	void *ctx;
	struct store_result result; /* once it is known; holds references */
	char id[TOKEN_ID_CHARS];    /* of what is locked */
};

static struct moody_store *moody(struct store *store)
{
	return (struct moody_store *)store;
}

/* --- answers --- */

static const struct session **sessions_ref(const struct session *const *sessions, size_t count)
{
	const struct session **copy = calloc(count + 1, sizeof(struct session *));

	assert(copy != NULL);
	for (size_t i = 0; i < count; i++)
		copy[i] = session_ref(sessions[i]);
	return copy;
}

static struct headcount *headcount_keep(const struct headcount *headcount)
{
	struct headcount *copy = calloc(1, sizeof(*copy));

	assert(copy != NULL);
	if (headcount_add_all(copy, headcount) != 0)
		abort();
	return copy;
}

/* Of the other store's, which lasts for its callback. */
static void result_keep(struct store_result *kept, const struct store_result *result)
{
	*kept = *result;
	if (result->session != NULL)
		kept->session = session_ref(result->session);
	if (result->sessions != NULL)
		kept->sessions = sessions_ref(result->sessions, result->count);
	if (result->headcount != NULL)
		kept->headcount = headcount_keep(result->headcount);
}

static void result_fini(struct store_result *kept)
{
	session_unref(&kept->session);
	for (size_t i = 0; kept->sessions != NULL && i < kept->count; i++) {
		const struct session *session = kept->sessions[i];

		session_unref(&session);
	}
	free((void *)kept->sessions);
	kept->sessions = NULL;
	if (kept->headcount != NULL)
		headcount_fini((struct headcount *)kept->headcount);
	free((void *)kept->headcount);
	kept->headcount = NULL;
}

static void op_free(struct store_op *op)
{
	link_remove(&op->link);
	event_free(op->later);
	result_fini(&op->result);
	free(op);
}

static void op_deliver(struct store_op *op)
{
	store_done_fn *done = op->done;
	struct store_result result = op->result;
	void *ctx = op->ctx;

	op->result = (struct store_result){ .status = result.status };
	op_free(op);
	done(ctx, &result);
	result_fini(&result);
}

static void op_on_later(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	op_deliver(ctx);
}

/* The answer is known: it comes from the loop, when the mood says so. */
static void op_answer(struct store_op *op)
{
	struct timeval delay = { .tv_sec = op->mood.delay_ms / 1000,
				 .tv_usec = op->mood.delay_ms % 1000 * 1000 };

	if (op->mood.waits && !moods_over(op->moody->moods, op->kind, &op->mood))
		link_push(&op->moody->waiting, &op->link);
	else if (op->mood.delay_ms > 0)
		event_add(op->later, &delay);
	else
		event_active(op->later, EV_TIMEOUT, 0);
}

/* What is answered in the place of a lost answer: a question is as good as never asked. */
static enum store_status op_lost(const struct store_op *op)
{
	switch (op->kind) {
	case MOODY_FIND:
	case MOODY_LIST_USER:
	case MOODY_LIST:
	case MOODY_COUNT:
	case MOODY_HEADCOUNT:
	case MOODY_USERS:
	case MOODY_EVENTS:
	case MOODY_HEALTH:
	case MOODY_EXAMINE:
		return STORE_UNAVAILABLE;
	default:
		return STORE_UNCERTAIN;
	}
}

static void op_on_done(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;

	op->other = NULL;
	if (op->mood.answer == MOOD_ANSWER_UNCERTAIN)
		op->result.status = op_lost(op);
	else
		result_keep(&op->result, result);
	op_answer(op);
}

/* Who waited for another mood. */
static void moody_on_told(evutil_socket_t fd, short what, void *ctx)
{
	struct moody_store *m = ctx;
	uint64_t times;

	(void)what;
	if (read(fd, &times, sizeof(times)) < 0)
		return;
	for (struct link *l = m->waiting, *next; l != NULL; l = next) {
		struct store_op *op = CONTAINER_OF(l, struct store_op, link);

		next = l->next;
		if (!moods_over(m->moods, op->kind, &op->mood))
			continue;
		link_remove(l);
		event_active(op->later, EV_TIMEOUT, 0);
	}
}

/* --- operations --- */

/* NULL: it is refused. */
static struct store_op *op_new(struct store *store, enum moody_kind kind, store_done_fn *done,
			       void *ctx)
{
	struct moody_store *m = moody(store);
	struct mood mood = moods_take(m->moods, kind);
	struct store_op *op;

	if (mood.answer == MOOD_ANSWER_REFUSAL)
		return NULL;
	op = calloc(1, sizeof(*op));
	assert(op != NULL);
	op->moody = m;
	op->kind = kind;
	op->mood = mood;
	op->done = done;
	op->ctx = ctx;
	op->later = evtimer_new(m->loop, op_on_later, op);
	assert(op->later != NULL);
	if (!mood.does) {
		op->result.status =
			mood.answer == MOOD_ANSWER_UNCERTAIN ? op_lost(op) : STORE_UNAVAILABLE;
		op_answer(op);
	}
	return op;
}

/* To be handed to the other store? */
static bool op_goes_on(const struct store_op *op)
{
	return op != NULL && op->mood.does;
}

static struct store_op *op_sent(struct store_op *op, struct store_op *other)
{
	assert(other != NULL);
	op->other = other;
	return op;
}

static struct store_op *moody_find(struct store *store, struct slice id, store_done_fn *done,
				   void *ctx)
{
	struct store_op *op = op_new(store, MOODY_FIND, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_find(moody(store)->other, id, op_on_done, op))
			      : op;
}

static struct store_op *moody_lock(struct store *store, struct slice id,
				   const struct store_claim *claim, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_LOCK, done, ctx);

	if (!op_goes_on(op))
		return op;
	memcpy(op->id, id.ptr, TOKEN_ID_CHARS);
	return op_sent(op, store_lock(moody(store)->other, id, claim, op_on_done, op));
}

/* Nobody is told what becomes of it. */
static void moody_unlock(struct store *store, struct slice id, uint64_t fence)
{
	if (moods_take(moody(store)->moods, MOODY_UNLOCK).does)
		store_unlock(moody(store)->other, id, fence);
}

static void moody_release(struct store *store, struct slice id, uint64_t fence)
{
	if (moods_take(moody(store)->moods, MOODY_RELEASE).does)
		store_release(moody(store)->other, id, fence);
}

static struct store_op *moody_create(struct store *store, const struct session *session,
				     const struct session_quota *quota,
				     const struct store_mark *mark, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_CREATE, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_create(moody(store)->other, session, quota, mark,
							 op_on_done, op))
			      : op;
}

static struct store_op *moody_save(struct store *store, struct slice id, const struct delta *d,
				   store_done_fn *done, void *ctx)
{
	enum moody_kind kind = delta_is_touch(d) ? MOODY_TOUCH : MOODY_SAVE;
	struct store_op *op = op_new(store, kind, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_save(moody(store)->other, id, d, op_on_done, op))
			      : op;
}

static struct store_op *moody_remove(struct store *store, struct slice id,
				     const struct store_user *owner, const struct store_end *end,
				     store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_REMOVE, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_remove_by(moody(store)->other, id, owner, end,
							    op_on_done, op))
			      : op;
}

static struct store_op *moody_remove_user(struct store *store, const struct store_user *who,
					  struct slice except, const struct store_end *end,
					  store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_REMOVE_USER, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_remove_user_by(moody(store)->other, who, except,
								 end, op_on_done, op))
			      : op;
}

static struct store_op *moody_list_user(struct store *store, const struct store_user *who,
					size_t limit, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_LIST_USER, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_list_user(moody(store)->other, who, limit,
							    op_on_done, op))
			      : op;
}

static struct store_op *moody_block_user(struct store *store, const struct store_user *who,
					 const struct store_block *block, store_done_fn *done,
					 void *ctx)
{
	struct store_op *op = op_new(store, MOODY_BLOCK_USER, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_block_user(moody(store)->other, who, block,
							     op_on_done, op))
			      : op;
}

static struct store_op *moody_unblock_user(struct store *store, const struct store_user *who,
					   struct slice actor, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_UNBLOCK_USER, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_unblock_user(moody(store)->other, who, actor,
							       op_on_done, op))
			      : op;
}

/* Lists are told as they come: a mood can keep them from being asked for, and no more. */
static void op_on_list(void *ctx, const struct store_result *result)
{
	struct store_op *op = ctx;
	store_done_fn *done = op->done;
	void *done_ctx = op->ctx;

	op->other = NULL;
	op_free(op);
	done(done_ctx, result);
}

static struct store_op *moody_events(struct store *store, struct slice position, size_t limit,
				     store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_EVENTS, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_events(moody(store)->other, position, limit,
							 op_on_list, op))
			      : op;
}

static struct store_op *moody_tell(struct store *store, const struct session_event *e,
				   store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_TELL, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_tell(moody(store)->other, e, op_on_done, op))
			      : op;
}

static struct store_op *moody_list(struct store *store, const struct store_listing *listing,
				   store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_LIST, done, ctx);

	return op_goes_on(op)
		       ? op_sent(op, store_list(moody(store)->other, listing, op_on_list, op))
		       : op;
}

static struct store_op *moody_count(struct store *store, const struct filter *filter,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_COUNT, done, ctx);

	return op_goes_on(op)
		       ? op_sent(op, store_count(moody(store)->other, filter, op_on_done, op))
		       : op;
}

static struct store_op *moody_headcount(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_HEADCOUNT, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_headcount(moody(store)->other, op_on_done, op))
			      : op;
}

static struct store_op *moody_users(struct store *store, const struct store_user_listing *listing,
				    store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_USERS, done, ctx);

	return op_goes_on(op)
		       ? op_sent(op, store_users(moody(store)->other, listing, op_on_list, op))
		       : op;
}

static struct store_op *moody_examine(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_EXAMINE, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_examine(moody(store)->other, op_on_done, op))
			      : op;
}

static struct store_op *moody_health(struct store *store, store_done_fn *done, void *ctx)
{
	struct store_op *op = op_new(store, MOODY_HEALTH, done, ctx);

	return op_goes_on(op) ? op_sent(op, store_health(moody(store)->other, op_on_done, op)) : op;
}

static struct store_op *moody_expire_due(struct store *store, size_t limit, store_done_fn *done,
					 void *ctx)
{
	struct store_op *op = op_new(store, MOODY_EXPIRE_DUE, done, ctx);

	return op_goes_on(op)
		       ? op_sent(op, store_expire_due(moody(store)->other, limit, op_on_done, op))
		       : op;
}

static void moody_cancel(struct store_op **op)
{
	struct store *other = (*op)->moody->other;

	store_cancel(other, &(*op)->other);
	if ((*op)->result.fence != 0) /* was given, and the answer kept back */
		store_unlock(other, slice_of((*op)->id, TOKEN_ID_CHARS), (*op)->result.fence);
	op_free(*op);
	*op = NULL;
}

static void moody_close(struct store **store)
{
	struct moody_store *m = moody(*store);

	assert(m->waiting == NULL); /* else an operation was not cancelled */
	event_free(m->rung);
	moods_ignore(m->moods, m->doorbell);
	store_close(&m->other);
	free(m);
	*store = NULL;
}

static const struct store_ops moody_ops = {
	.kind = "moody",
	.find = moody_find,
	.lock = moody_lock,
	.unlock = moody_unlock,
	.release = moody_release,
	.create = moody_create,
	.save = moody_save,
	.remove = moody_remove,
	.remove_user = moody_remove_user,
	.list_user = moody_list_user,
	.list = moody_list,
	.count = moody_count,
	.headcount = moody_headcount,
	.users = moody_users,
	.block_user = moody_block_user,
	.unblock_user = moody_unblock_user,
	.events = moody_events,
	.tell = moody_tell,
	.health = moody_health,
	.examine = moody_examine,
	.expire_due = moody_expire_due,
	.cancel = moody_cancel,
	.close = moody_close,
};

struct store *moody_store_open(struct store *other, struct event_base *loop, struct moods *moods)
{
	struct moody_store *m = calloc(1, sizeof(*m));

	assert(m != NULL);
	m->store.ops = &moody_ops;
	m->other = other;
	m->loop = loop;
	m->moods = moods;
	m->doorbell = moods_listen(moods);
	m->rung = event_new(loop, m->doorbell, EV_READ | EV_PERSIST, moody_on_told, m);
	assert(m->rung != NULL);
	event_add(m->rung, NULL);
	return &m->store;
}
