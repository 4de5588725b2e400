/* memory_list.c - the memory store's lists of sessions. Its shards are walked one after another, each under its lock and
 * no further than some sessions at a time: a page of the usual kind looks at a few of each, one whose filter lets few
 * through at MEMORY_EXAMINED of each. The sessions of given users are found by their names, unless those have so many
 * that a walk is the shorter way. */
#include "backends/memory_members.h"

#include <assert.h>
#include <stdlib.h>

enum {
	MEMORY_STRETCH = 16,
	MEMORY_EXAMINED = 256, /* sessions of a shard for one page: a fraction of a millisecond */
	MEMORY_LISTED = 20000, /* sessions of users who are found by name */
};

/* --- Walking along a shard's order ------------------------------------------------------------ */

static const struct sorted *shard_order(const struct shard *s, enum store_order order)
{
	return order == STORE_BY_SEEN ? &s->seen : &s->created;
}

static struct page_place item_place(const struct sorted_item *item)
{
	struct page_place place = { .at_ms = item->key };

	memcpy(place.id, ((const struct entry *)item->thing)->id, TOKEN_ID_CHARS);
	return place;
}

/* The first one that is not before the page's begin; there is no harm in one that is. */
static struct sorted_place walk_start(const struct sorted *order, const struct page *page)
{
	const struct page_place *begin = page_begin(page);
	struct sorted_place place = sorted_seek(order, begin->at_ms, begin->id);

	return page->descending ? sorted_before(order, place) : place;
}

static struct sorted_place walk_on(const struct sorted *order, const struct page *page,
				   struct sorted_place place)
{
	return page->descending ? sorted_before(order, place) : sorted_next(order, place);
}

static void page_offer(struct page *page, const struct entry *e)
{
	if (page_matches(page, e->session))
		page_add(page, session_ref(e->session));
}

/* The next items of a walk. */
struct stretch {
	struct sorted_item items[MEMORY_STRETCH];
	size_t count;
};

/* From at on, which moves behind them. Entries and records come from memory side by side, and not one after the other
 * when each is looked at. */
static void stretch_gather(struct stretch *next, const struct sorted *order,
			   const struct page *page, struct sorted_place *at)
{
	const struct sorted_item *item;

	for (next->count = 0;
	     next->count < MEMORY_STRETCH && (item = sorted_at(order, *at)) != NULL;
	     *at = walk_on(order, page, *at)) {
		next->items[next->count++] = *item;
		__builtin_prefetch(item->thing);
	}
	for (size_t i = 0; i < next->count; i++)
		session_prefetch(((const struct entry *)next->items[i].thing)->session);
}

/* *last: the place of the last one that was looked at. False: the page wants no more. */
static bool stretch_offer(const struct stretch *next, struct page *page, int64_t now_ms,
			  struct page_place *last)
{
	for (size_t i = 0; i < next->count; i++) {
		struct page_place place = item_place(&next->items[i]);

		if (!page_wants(page, &place))
			return false;
		*last = place;
		if (entry_live(next->items[i].thing, now_ms))
			page_offer(page, next->items[i].thing);
	}
	return true;
}

static void shard_walk(const struct shard *s, struct page *page, int64_t now_ms)
{
	const struct sorted *order = shard_order(s, page->order);
	struct sorted_place at = walk_start(order, page);
	struct page_place last;
	struct stretch next;

	for (size_t examined = 0; examined < MEMORY_EXAMINED; examined += next.count) {
		stretch_gather(&next, order, page, &at);
		if (next.count == 0 || !stretch_offer(&next, page, now_ms, &last))
			return;
	}
	page_stop(page, &last);
}

static void memory_walk(struct memory *m, struct page *page)
{
	int64_t now_ms = m->now();

	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		struct shard *s = &m->shards[i];

		pthread_mutex_lock(&s->lock);
		shard_walk(s, page, now_ms);
		pthread_mutex_unlock(&s->lock);
	}
}

/* --- Users by name ---------------------------------------------------------------------------- */

typedef int memory_user_fn(struct memory *m, const struct store_user *who, void *ctx);

/* Each of them in each realm; the first answer that is not 0. */
static int memory_each_user(struct memory *m, const struct filter *f, memory_user_fn *fn, void *ctx)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < f->realms.count; i++)
		for (size_t j = 0; rc == 0 && j < f->users.count; j++)
			rc = fn(m, &(struct store_user){ f->realms.names[i], f->users.names[j] },
				ctx);
	return rc;
}

static int memory_count_listed(struct memory *m, const struct store_user *who, void *ctx)
{
	size_t *left = ctx;
	struct visit v = users_enter(&m->users, who, m->now());
	size_t listed = v.user != NULL ? v.user->member_count : 0;

	users_leave(&v);
	/* looking for somebody who is not there costs something, too */
	if (listed + 1 > *left)
		return SG_ELIMIT;
	*left -= listed + 1;
	return 0;
}

/* Is it the short way to look for them by name? */
static bool memory_finds_by_name(struct memory *m, const struct filter *f)
{
	size_t left = MEMORY_LISTED;

	return filter_names_users(f) && memory_each_user(m, f, memory_count_listed, &left) == 0;
}

static void page_offer_member(void *ctx, const struct entry *e)
{
	struct page *page = ctx;
	struct page_place place = page_place_of(page, e->session);

	if (page_wants(page, &place))
		page_offer(page, e);
}

static int memory_offer_user(struct memory *m, const struct store_user *who, void *page)
{
	struct memory_members members;
	int rc = memory_members_init(&members, m, who, SIZE_MAX);

	if (rc == 0)
		memory_members_visit(&members, page_offer_member, page);
	memory_members_fini(&members);
	return rc;
}

/* --- Pages ------------------------------------------------------------------------------------ */

/* NULL: the operation says why. */
static struct page *op_open_page(struct store_op *op, const struct store_listing *listing)
{
	int rc = SG_ENOMEM;

	op->page = malloc(sizeof(*op->page));
	if (op->page != NULL && (rc = page_init(op->page, listing)) == 0)
		return op->page;
	op->result.status = rc == SG_EFORMAT ? STORE_CURSOR : STORE_UNAVAILABLE;
	free(op->page);
	op->page = NULL;
	return NULL;
}

static void op_close_page(struct store_op *op, int rc)
{
	if (rc == 0) {
		page_finish(op->page);
		return;
	}
	page_fini(op->page);
	op->result.status = STORE_UNAVAILABLE;
}

static int memory_gather(struct memory *m, struct page *page)
{
	if (memory_finds_by_name(m, page->filter))
		return memory_each_user(m, page->filter, memory_offer_user, page);
	memory_walk(m, page);
	return 0;
}

struct store_op *memory_list(struct store *store, const struct store_listing *listing,
			     store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	assert(listing->limit <= STORE_PAGE);
	if (op == NULL)
		return NULL;
	if (op_open_page(op, listing) != NULL)
		op_close_page(op, memory_gather(st->memory, op->page));
	return delivery_finish(op);
}

struct store_op *memory_list_user(struct store *store, const struct store_user *who, size_t limit,
				  store_done_fn *done, void *ctx)
{
	static const struct filter all = { .state = FILTER_ANY_STATE };
	struct store_listing newest = {
		.filter = &all, .order = STORE_BY_SEEN, .descending = true, .limit = limit
	};
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	if (op_open_page(op, &newest) != NULL)
		op_close_page(op, memory_offer_user(st->memory, who, op->page));
	return delivery_finish(op);
}

/* --- Counting --------------------------------------------------------------------------------- */

struct memory_tally {
	const struct filter *filter;
	size_t count;
};

static void tally_member(void *ctx, const struct entry *e)
{
	struct memory_tally *tally = ctx;

	tally->count += filter_matches(tally->filter, e->session);
}

static int memory_tally_user(struct memory *m, const struct store_user *who, void *tally)
{
	struct memory_members members;
	int rc = memory_members_init(&members, m, who, SIZE_MAX);

	if (rc == 0)
		memory_members_visit(&members, tally_member, tally);
	memory_members_fini(&members);
	return rc;
}

/* How many come before that time. */
static size_t order_rank(const struct sorted *order, int64_t at_ms)
{
	static const char before_all[TOKEN_ID_CHARS];

	return sorted_rank(order, sorted_seek(order, at_ms, before_all));
}

static size_t order_count(const struct sorted *order, const struct filter_span *span)
{
	size_t until = span->until_ms != 0 ? order_rank(order, span->until_ms) : order->count,
	       from = span->from_ms != 0 ? order_rank(order, span->from_ms) : 0;

	return until > from ? until - from : 0;
}

/* Exact where nobody can have ended without being buried. */
static void memory_count_span(struct memory *m, enum store_order order,
			      const struct filter_span *span, struct store_result *result)
{
	int64_t now_ms = m->now();

	result->exact = true;
	for (size_t i = 0; i < MEMORY_SHARDS; i++) {
		struct shard *s = &m->shards[i];

		pthread_mutex_lock(&s->lock);
		result->count += order_count(shard_order(s, order), span);
		result->exact = result->exact && shard_due(s, now_ms) == NULL;
		pthread_mutex_unlock(&s->lock);
	}
}

/* The same of all applications and states. SG_ENOMEM. */
static int memory_gather_heads(struct memory *m, struct headcount *heads, bool *exact)
{
	int64_t now_ms = m->now();
	int rc = 0;

	*exact = true;
	for (size_t i = 0; rc == 0 && i < MEMORY_SHARDS; i++) {
		struct shard *s = &m->shards[i];

		pthread_mutex_lock(&s->lock);
		rc = headcount_add_all(heads, &s->headcount);
		*exact = *exact && shard_due(s, now_ms) == NULL;
		pthread_mutex_unlock(&s->lock);
	}
	return rc;
}

static enum store_status heads_status(const struct headcount *heads, int rc)
{
	if (rc != 0)
		return STORE_UNAVAILABLE;
	return heads->lost ? STORE_NOT_FOUND : STORE_OK;
}

static void memory_count_heads(struct memory *m, const struct filter *filter,
			       struct store_result *result)
{
	struct headcount heads = { .each = NULL };

	result->status = heads_status(&heads, memory_gather_heads(m, &heads, &result->exact));
	if (result->status == STORE_OK)
		result->count = headcount_matching(&heads, filter);
	headcount_fini(&heads);
}

static void memory_count_named(struct memory *m, const struct filter *filter,
			       struct store_result *result)
{
	struct memory_tally tally = { .filter = filter };

	if (memory_each_user(m, filter, memory_tally_user, &tally) != 0)
		result->status = STORE_UNAVAILABLE;
	result->count = tally.count;
	result->exact = true;
}

struct store_op *memory_count(struct store *store, const struct filter *filter, store_done_fn *done,
			      void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);

	if (op == NULL)
		return NULL;
	if (filter_is_seen(filter))
		memory_count_span(st->memory, STORE_BY_SEEN, &filter->seen, &op->result);
	else if (filter_is_created(filter))
		memory_count_span(st->memory, STORE_BY_CREATED, &filter->created, &op->result);
	else if (memory_finds_by_name(st->memory, filter))
		memory_count_named(st->memory, filter, &op->result);
	else if (filter_is_of_applications(filter))
		memory_count_heads(st->memory, filter, &op->result);
	else
		op->result.status = STORE_NOT_FOUND;
	return delivery_finish(op);
}

struct store_op *memory_headcount(struct store *store, store_done_fn *done, void *ctx)
{
	struct memory_store *st = memory_store(store);
	struct store_op *op = delivery_begin(&st->delivery, done, ctx);
	struct headcount *heads = op != NULL ? calloc(1, sizeof(*heads)) : NULL;

	if (op == NULL)
		return NULL;
	op->headcount = heads;
	if (heads == NULL)
		op->result.status = STORE_UNAVAILABLE;
	else
		op->result.status = heads_status(
			heads, memory_gather_heads(st->memory, heads, &op->result.exact));
	return delivery_finish(op);
}
