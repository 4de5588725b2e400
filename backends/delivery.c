/* delivery.c - see delivery.h. */
#include "backends/delivery.h"

#include <assert.h>
#include <event2/event.h>
#include <stdlib.h>

static void op_leave(struct store_op *op)
{
	if (op->list != NULL)
		TAILQ_REMOVE(op->list, op, link);
}

static void op_move(struct store_op *op, struct op_list *to)
{
	op_leave(op);
	op->list = to;
	TAILQ_INSERT_TAIL(to, op, link);
}

/* To the front: what is used next was used last, and is still in the cache. */
static void op_put_away(struct store_op *op)
{
	op_leave(op);
	op->list = &op->delivery->unused;
	TAILQ_INSERT_HEAD(op->list, op, link);
}

struct store_op *delivery_begin(struct delivery *d, store_done_fn *done, void *ctx)
{
	struct store_op *op = TAILQ_FIRST(&d->unused);

	if (op == NULL && (op = calloc(1, sizeof(*op))) == NULL)
		return NULL;
	op->delivery = d;
	op->done = done;
	op->ctx = ctx;
	op->result = (struct store_result){ 0 };
	op_move(op, &d->done);
	return op;
}

void delivery_wait(struct store_op *op)
{
	op_move(op, &op->delivery->late);
}

/* An event made active inside its own callback would run again in the same turn of the loop, and a
 * chain of operations could keep all others out of it; a timer of no length waits for the next. */
struct store_op *delivery_finish(struct store_op *op)
{
	static const struct timeval at_once;
	struct delivery *d = op->delivery;

	if (op->list == &d->late)
		op_move(op, &d->done);
	if (d->scheduled)
		return op;
	d->scheduled = !d->delivering || event_add(d->event, &at_once) == 0;
	if (!d->delivering)
		event_active(d->event, EV_TIMEOUT, 0);
	return op;
}

/* What an operation may bring besides its result. */
struct load {
	struct page *page;
	struct roster *roster;
	struct journal_batch *batch;
	struct headcount *headcount;
};

static bool load_empty(const struct load *load)
{
	return load->page == NULL && load->roster == NULL && load->batch == NULL &&
	       load->headcount == NULL;
}

static void load_show(const struct load *load, struct store_result *result)
{
	if (load->page != NULL) {
		result->count = load->page->roll.count;
		result->sessions = result->count > 0 ? load->page->roll.sessions : NULL;
		result->cursor = slice_of(load->page->cursor, load->page->cursor_bytes);
	}
	if (load->roster != NULL) {
		result->count = load->roster->count;
		result->users = result->count > 0 ? load->roster->rows : NULL;
		result->cursor = slice_of(load->roster->cursor, load->roster->cursor_bytes);
	}
	if (load->batch != NULL) {
		result->events = load->batch->events;
		result->count = load->batch->count;
		result->gap = load->batch->gap;
		result->position = slice_of(load->batch->position, load->batch->position_bytes);
	}
	if (result->status == STORE_OK)
		result->headcount = load->headcount;
}

/* Out of the operation, which then has none any more. */
static struct load op_unload(struct store_op *op, struct store_result *result)
{
	struct load load = { op->page, op->roster, op->batch, op->headcount };

	if (load_empty(&load)) /* nearly always */
		return load;
	load_show(&load, result);
	op->page = NULL;
	op->roster = NULL;
	op->batch = NULL;
	op->headcount = NULL;
	return load;
}

static void load_fini(struct load *load)
{
	if (load_empty(load))
		return;
	if (load->page != NULL)
		page_fini(load->page);
	if (load->roster != NULL)
		roster_fini(load->roster);
	if (load->batch != NULL)
		journal_batch_fini(load->batch);
	if (load->headcount != NULL)
		headcount_fini(load->headcount);
	free(load->page);
	free(load->roster);
	free(load->batch);
	free(load->headcount);
}

static void op_call_back(struct store_op *op)
{
	struct store_result result = op->result;
	struct load load = op_unload(op, &result);

	op_put_away(op); /* first: the callback may start the next one */
	op->done(op->ctx, &result);
	session_unref(&result.session);
	load_fini(&load);
}

static void delivery_on_event(evutil_socket_t fd, short what, void *ctx)
{
	struct delivery *d = ctx;
	struct store_op *op;

	(void)fd;
	(void)what;
	d->delivering = true;
	d->scheduled = false;
	while ((op = TAILQ_FIRST(&d->done)) != NULL)
		op_move(op, &d->round);
	while ((op = TAILQ_FIRST(&d->round)) != NULL)
		op_call_back(op);
	d->delivering = false;
}

void delivery_cancel(struct store_op **op)
{
	struct store_op *o = *op;
	struct load load = op_unload(o, &o->result);

	*op = NULL;
	session_unref(&o->result.session);
	load_fini(&load);
	op_put_away(o);
}

int delivery_open(struct delivery *d, struct event_base *loop)
{
	TAILQ_INIT(&d->done);
	TAILQ_INIT(&d->round);
	TAILQ_INIT(&d->late);
	TAILQ_INIT(&d->unused);
	d->event = event_new(loop, -1, 0, delivery_on_event, d);
	return d->event != NULL ? 0 : SG_ENOMEM;
}

void delivery_close(struct delivery *d)
{
	struct store_op *op;

	assert(TAILQ_EMPTY(&d->done) && TAILQ_EMPTY(&d->round) && TAILQ_EMPTY(&d->late) &&
	       !d->delivering);
	while ((op = TAILQ_FIRST(&d->unused)) != NULL) {
		TAILQ_REMOVE(&d->unused, op, link);
		free(op);
	}
	event_free(d->event);
}
