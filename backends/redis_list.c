/* redis_list.c - pages of lists of sessions, and how many there are. First it is found which sessions come next, by the
 * orders of all buckets or, for users who are asked for by name, by their records; then these are looked at in their order,
 * as many as the page can use, and at first no more than it has room for: where there is no order for the filter, first at
 * what it asks for.
 *
 *	orders of all buckets ─────────────────────────┐
 *	users' records ─► the times of what they list ─┴─► sorted ─► some are sifted ─► and shown ─► … ─► page
 *
 * No command looks at more than a few sessions, so that Redis is never held for long. */
#include "backends/page.h"
#include "backends/redis_crowd.h"
#include "backends/redis_headcount.h"
#include "backends/redis_listing.h"
#include "backends/redis_order.h"
#include "backends/redis_sift.h"
#include "backends/redis_tally.h"
#include "base/log.h"

#include <assert.h>
#include <stdlib.h>

enum {
	LIST_EXAMINED = 16, /* of each bucket for a page whose filter may match few */
	LIST_FIRST = 64,    /* are looked at before it is known how many the filter lets through */
	LIST_SCORED = 256,  /* sessions in a call */
	LIST_SIFTED = 128,
	LIST_SHOWN = 32,
	LIST_UNLISTED = 64, /* of those that are found to have ended, by one list */
	LIST_COUNTED =
		1000, /* of users; of more it is said how many are listed, which some may not be any more */
	LIST_MEMBERS =
		5000, /* of users who are asked for by name; of more the orders are walked along */
};

/* A session that may come into the page. */
struct seat {
	struct page_place place;
	char login[REDIS_LISTING_CHARS]; /* that has listed it, of one from a user's record */
};

struct listing {
	struct redis_op *op;
	struct redis_fan fan;
	struct arena arena; /* the filter's */
	struct filter filter;
	struct page page;
	bool counts; /* how many match is all that is asked for */
	bool bare;   /* as the listing has ids */
	bool sifts;  /* the filter may let few through */
	size_t matched;
	size_t most; /* of each bucket */
	struct seat *seats;
	size_t count, room;
	size_t unlisted;
	size_t shown; /* so many of them have been looked at */
	size_t step;  /* so many are next */
	char **ids;   /* of those; there is room for all of them */
	size_t id_count;
};

static struct listing *listing_of(const struct redis_op *op)
{
	return op->work;
}

static struct listing *listing_of_part(const struct redis_op *part)
{
	return listing_of(((struct redis_fan *)part->ctx)->op);
}

static void listing_free(void *work)
{
	struct listing *l = work;

	page_fini(&l->page);
	arena_fini(&l->arena);
	free(l->seats);
	free(l->ids);
	free(l);
}

static void listing_add(struct listing *l, const struct seat *seat)
{
	struct seat *seats;

	if (l->count == l->room) {
		size_t room = l->room * 2 + REDIS_BUCKETS;

		seats = reallocarray(l->seats, room, sizeof(*seats));
		if (seats == NULL) {
			l->fan.failed = true;
			return;
		}
		l->seats = seats;
		l->room = room;
	}
	l->seats[l->count++] = *seat;
}

static void listing_name(struct listing *l, char *id)
{
	l->ids[l->id_count++] = id;
}

/* Those from the first one on are next. */
static void listing_name_from(struct listing *l, size_t first, size_t count)
{
	l->id_count = 0;
	if (l->ids == NULL)
		l->ids = reallocarray(NULL, l->count + 1, sizeof(l->ids[0]));
	for (size_t i = 0; l->ids != NULL && i < count; i++)
		listing_name(l, l->seats[first + i].place.id);
}

static void listing_look(struct listing *l, const struct redis_look *look, redis_last_fn *next)
{
	redis_fan_open(&l->fan, l->op, next);
	if (l->ids == NULL)
		l->fan.failed = true;
	else
		redis_fan_sessions(&l->fan, l->ids, l->id_count, look);
	redis_fan_close(&l->fan);
}

static struct slice place_id(const struct page_place *place)
{
	return slice_of(place->id, TOKEN_ID_CHARS);
}

/* --- The page ----------------------------------------------------------------------------------- */

static void listing_finish(struct listing *l)
{
	struct redis_op *op = l->op;

	if (l->counts) {
		op->result.count = l->matched;
		op->result.exact = true;
		redis_op_finish(op);
		return;
	}
	if (l->shown < l->count)
		page_stop(&l->page, &l->seats[l->shown - 1].place);
	page_finish(&l->page);
	op->result.cursor = slice_of(l->page.cursor, l->page.cursor_bytes);
	op->roll = l->page.roll;
	l->page.roll = (struct roll){ 0 };
	redis_op_finish(op);
}

static void listing_take(struct listing *l, const struct session *s)
{
	if (l->counts) {
		l->matched += filter_matches(&l->filter, s);
	} else if (page_matches(&l->page, s)) {
		l->matched++;
		page_add(&l->page, session_ref(s));
	}
}

static void listing_read_shown(struct listing *l, const struct redis_op *part,
			       const struct redis_reply *reply, size_t item, size_t count)
{
	const struct redis_group *group = part->work;
	size_t at = item + 1;

	for (size_t i = 0; i < count; i++, at = redis_reply_after(reply, at)) {
		struct slice id = slice_of(group->ids[i], TOKEN_ID_CHARS);
		const struct session *s;
		int rc;

		if (redis_reply_elements(reply, at) == 0)
			continue;
		rc = redis_record_read_outline(reply, at, id, &part->st->room, &s);
		if (rc == 0) {
			listing_take(l, s);
			session_unref(&s);
		} else if (rc == SG_ENOMEM) {
			l->fan.failed = true;
		} else {
			log_error("", "session %.*s: the record in Redis cannot be read",
				  SLICE_ARGS(id));
		}
	}
}

static void listing_on_shown(struct redis_op *part, const struct redis_answer *answer)
{
	const struct redis_group *group = part->work;
	struct listing *l = listing_of_part(part);
	size_t count = 0;

	if (answer->status == STORE_OK && answer->items > 5)
		count = redis_reply_elements(answer->reply, answer->fields);
	if (count <= group->count)
		listing_read_shown(l, part, answer->reply, answer->fields, count);
	redis_fan_take_some(part, count);
}

static void listing_add_shown(struct redis_op *part)
{
	redis_record_add_outline(&part->call);
}

static void listing_show(struct redis_op *op);

static void listing_show_named(struct redis_op *op)
{
	static const struct redis_look shown = { .script = REDIS_SCRIPT_show,
						 .most = LIST_SHOWN,
						 .add = listing_add_shown,
						 .step = listing_on_shown };

	listing_look(listing_of(op), &shown, listing_show);
}

static void listing_on_sifted(struct redis_op *part, const struct redis_answer *answer)
{
	const struct redis_group *group = part->work;
	struct listing *l = listing_of_part(part);
	size_t at = answer->fields + 1;

	if (answer->status != STORE_OK || answer->items <= 5)
		l->fan.failed = true;
	for (size_t i = 0; !l->fan.failed && i < group->count; i++) {
		if (redis_sift_matches(&l->filter, answer->reply, at))
			listing_name(l, group->ids[i]);
		at = redis_reply_after(answer->reply, at);
	}
	redis_fan_take(part);
}

static void listing_add_sifted(struct redis_op *part)
{
	redis_sift_add(&part->call, &listing_of_part(part)->filter);
}

/* What passes is named anew, behind those that were asked about. */
static void listing_sift_named(struct redis_op *op)
{
	static const struct redis_look sifted = { .script = REDIS_SCRIPT_sift,
						  .most = LIST_SIFTED,
						  .add = listing_add_sifted,
						  .step = listing_on_sifted };
	struct listing *l = listing_of(op);

	listing_look(l, &sifted, listing_show_named);
	l->id_count = 0;
}

/* How many to look at next: as many as the page has room for, and more each time when few of them match. */
static size_t listing_step(struct listing *l)
{
	size_t left = l->count - l->shown, step;

	if (l->counts)
		return left;
	if (l->matched >= l->page.limit)
		return 0;
	step = l->page.limit - l->matched;
	if (step < l->step)
		step = l->step;
	l->step *= 2;
	return step < left ? step : left;
}

/* They are in the page as the order has them: nobody has looked at what they are. */
static void listing_take_ids(struct listing *l, size_t first, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct page_place *place = &l->seats[first + i].place;
		struct session s = { .created_ms = place->at_ms, .seen_ms = place->at_ms };
		const struct session *outline;

		memcpy(s.id, place->id, TOKEN_ID_CHARS);
		if (session_restore_outline(&s, NULL, 0, &outline) != 0) {
			redis_op_finish_with(l->op, STORE_UNAVAILABLE);
			return;
		}
		page_add(&l->page, outline);
	}
	l->shown += count;
	listing_finish(l);
}

static void listing_show(struct redis_op *op)
{
	struct listing *l = listing_of(op);
	size_t first = l->shown, step = listing_step(l);

	l->shown += step;
	listing_name_from(l, first, step);
	if (step == 0)
		listing_finish(l);
	else if (l->sifts)
		listing_sift_named(op);
	else
		listing_show_named(op);
}

static int listing_compare(const void *a, const void *b, void *page)
{
	const struct seat *x = a, *y = b;

	return page_order(page, &x->place, &y->place);
}

/* Those that are there twice, and those behind the place where a part of the store was left, go. */
static void listing_sort(struct listing *l)
{
	struct seat *seats = l->seats;
	size_t kept = 0;

	if (l->count > 1)
		qsort_r(seats, l->count, sizeof(seats[0]), listing_compare, &l->page);
	for (size_t i = 0; i < l->count; i++) {
		if (l->page.cut && page_order(&l->page, &seats[i].place, &l->page.cut_at) > 0)
			break;
		if (kept == 0 || listing_compare(&seats[kept - 1], &seats[i], &l->page) != 0)
			seats[kept++] = seats[i];
	}
	l->count = kept;
}

static void listing_show_sorted(struct redis_op *op)
{
	struct listing *l = listing_of(op);

	listing_sort(l);
	if (l->bare)
		listing_take_ids(l, 0, l->count < l->page.limit ? l->count : l->page.limit);
	else
		listing_show(op);
}

/* --- By the orders of all buckets ---------------------------------------------------------------- */

static bool place_read(struct page_place *place, const struct redis_reply *reply, size_t item)
{
	struct slice id = redis_reply_text(reply, item);
	uint64_t at_ms;

	if (!token_id_well_formed(id) ||
	    !slice_number(redis_reply_text(reply, item + 1), INT64_MAX, &at_ms))
		return false;
	place->at_ms = (int64_t)at_ms;
	memcpy(place->id, id.ptr, TOKEN_ID_CHARS);
	return true;
}

/* What one bucket has: perhaps more than was asked for. */
static void listing_read_order(struct listing *l, const struct redis_reply *reply, size_t item,
			       size_t count)
{
	struct seat seat;

	for (size_t i = 0; i < count; i++) {
		if (!place_read(&seat.place, reply, item + 2 * i))
			continue;
		if (!page_wants(&l->page, &seat.place))
			return;
		listing_add(l, &seat);
		if (i + 1 == l->most)
			page_stop(&l->page, &seat.place);
	}
}

static void listing_on_walked(struct redis_op *part, const struct redis_answer *answer)
{
	struct listing *l = listing_of_part(part);
	size_t item, end;

	if (answer->status != STORE_OK || answer->items <= 5) {
		l->fan.failed = true;
		redis_fan_take(part);
		return;
	}
	item = answer->fields + 1;
	end = redis_reply_after(answer->reply, answer->fields);
	while (item < end) {
		size_t count = (size_t)redis_reply_number(answer->reply, item++);

		if (count > (end - item) / 2)
			break;
		listing_read_order(l, answer->reply, item, count);
		item += 2 * count;
	}
	redis_fan_take(part);
}

static void listing_add_walk(struct redis_op *part, unsigned first_bucket, unsigned count)
{
	const struct listing *l = listing_of_part(part);
	const struct page_place *begin = page_begin(&l->page);

	(void)first_bucket;
	(void)count;
	redis_order_add_moment(&part->call, begin->at_ms);
	redis_call_add(&part->call, place_id(begin));
	redis_call_add(&part->call, l->page.descending ? SLICE("1") : SLICE("0"));
	redis_call_add_number(&part->call, (int64_t)l->most);
}

static bool listing_is_of_all(const struct listing *l)
{
	return l->page.order == STORE_BY_SEEN ? filter_is_seen(&l->filter)
					      : filter_is_created(&l->filter);
}

/* The next ones are spread evenly over the buckets: some more of each than its share, and rarely one has more still. */
static void listing_walk(struct listing *l)
{
	l->most = l->page.limit / (REDIS_BUCKETS / 4) + 4;
	l->sifts = !listing_is_of_all(l);
	if (l->sifts && l->most < LIST_EXAMINED)
		l->most = LIST_EXAMINED;
	redis_fan_open(&l->fan, l->op, listing_show_sorted);
	redis_fan_each_bucket(&l->fan, redis_order_keys(l->page.order == STORE_BY_SEEN),
			      REDIS_SCRIPT_walk, listing_add_walk, listing_on_walked);
	redis_fan_close(&l->fan);
}

/* --- By users' records --------------------------------------------------------------------------- */

static void listing_too_many(struct listing *l)
{
	if (l->counts) {
		redis_op_finish_with(l->op, STORE_NOT_FOUND);
		return;
	}
	l->count = 0;
	listing_walk(l);
}

static void listing_on_scored(struct redis_op *part, const struct redis_answer *answer)
{
	const struct redis_group *group = part->work;
	struct listing *l = listing_of_part(part);
	uint64_t at_ms;

	if (answer->status != STORE_OK || answer->items <= 5)
		l->fan.failed = true;
	else
		for (size_t i = 0; i < group->count; i++) /* what has ended has no moment */
			if (slice_number(redis_reply_text(answer->reply, answer->fields + 1 + i),
					 INT64_MAX, &at_ms))
				CONTAINER_OF(group->ids[i], struct page_place, id)->at_ms =
					(int64_t)at_ms;
	redis_fan_take(part);
}

/* What has ended, and is in the record of the one user all the same. */
static void listing_unlist(struct listing *l, const struct seat *seat)
{
	const struct filter *f = &l->filter;

	if (f->realms.count * f->users.count != 1 || l->unlisted == LIST_UNLISTED)
		return;
	l->unlisted++;
	redis_listing_remove(l->op->st,
			     &(struct store_user){ f->realms.names[0], f->users.names[0] },
			     place_id(&seat->place), slice_of(seat->login, sizeof(seat->login)));
}

/* Those that have a time, and lie in the page's span. */
static void listing_keep_timed(struct redis_op *op)
{
	struct listing *l = listing_of(op);
	size_t kept = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct page_place *place = &l->seats[i].place;

		if (place->at_ms < 0)
			listing_unlist(l, &l->seats[i]);
		else if (page_order(&l->page, place, page_begin(&l->page)) > 0 &&
			 page_wants(&l->page, place))
			l->seats[kept++] = l->seats[i];
	}
	l->count = kept;
	listing_show_sorted(op);
}

static void listing_score(struct listing *l)
{
	static const struct redis_look scored[] = {
#define SCORED(key) { REDIS_SCRIPT_scores, LIST_SCORED, key, NULL, listing_on_scored }
		[STORE_BY_SEEN] = SCORED("seen"),
		[STORE_BY_CREATED] = SCORED("created"),
#undef SCORED
	};

	listing_name_from(l, 0, l->count);
	listing_look(l, &scored[l->page.order], listing_keep_timed);
}

/* Looking at each of them takes ten times as long as reading that they are listed. */
static void listing_count_listed(struct listing *l)
{
	listing_sort(l);
	l->op->result.count = l->count;
	redis_op_finish(l->op);
}

static void listing_time(struct redis_op *op)
{
	struct listing *l = listing_of(op);

	if (l->count > LIST_MEMBERS)
		listing_too_many(l);
	else if (l->counts && l->count > LIST_COUNTED && filter_is_of_users(&l->filter))
		listing_count_listed(l);
	else if (l->counts)
		listing_show_sorted(op);
	else
		listing_score(l);
}

static bool listing_take_crowd(struct redis_fan *fan, void *ctx, struct redis_crowd *some)
{
	struct listing *l = ctx;
	struct redis_member member;

	(void)fan;
	while (redis_crowd_next(some, &member)) {
		struct seat seat = { .place.at_ms = -1 };

		if (!member.listed)
			continue;
		memcpy(seat.place.id, member.id.ptr, TOKEN_ID_CHARS);
		memcpy(seat.login, member.login.ptr, sizeof(seat.login));
		listing_add(l, &seat);
	}
	return l->count <= LIST_MEMBERS;
}

/* One for each user; NULL: no memory. */
static struct redis_reading *listing_readings(struct listing *l, size_t count)
{
	const struct filter *f = &l->filter;
	struct store_user *users = arena_alloc(&l->arena, count * sizeof(*users));
	struct redis_reading *readings = arena_alloc(&l->arena, count * sizeof(*readings));

	for (size_t i = 0; users != NULL && readings != NULL && i < count; i++) {
		users[i] = (struct store_user){ f->realms.names[i / f->users.count],
						f->users.names[i % f->users.count] };
		readings[i] = (struct redis_reading){ .who = &users[i], .ctx = l };
	}
	return users != NULL ? readings : NULL;
}

static void listing_find_users(struct listing *l)
{
	size_t count = l->filter.realms.count * l->filter.users.count;
	struct redis_reading *readings = listing_readings(l, count);

	redis_fan_open(&l->fan, l->op, listing_time);
	if (readings == NULL)
		l->fan.failed = true;
	else
		redis_crowd_read(&l->fan, readings, count, listing_take_crowd);
	redis_fan_close(&l->fan);
}

static bool listing_may_find_users(const struct listing *l)
{
	return filter_names_users(&l->filter) &&
	       l->filter.realms.count * l->filter.users.count <= LIST_MEMBERS;
}

/* --- Operations ---------------------------------------------------------------------------------- */

static void listing_on_refused(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	redis_op_finish(op);
}

static void listing_refuse(struct redis_op *op, enum store_status status)
{
	op->result.status = status;
	redis_op_later(op, listing_on_refused);
}

/* The operation's work. NULL: no memory. */
static struct listing *listing_new(struct redis_op *op, const struct filter *filter)
{
	struct listing *l = calloc(1, sizeof(*l));

	if (l == NULL)
		return NULL;
	l->op = op;
	l->step = LIST_FIRST;
	op->work = l;
	op->work_free = listing_free;
	return filter_copy(filter, &l->arena, &l->filter) == 0 ? l : NULL;
}

struct store_op *redis_list(struct store *store, const struct store_listing *asked,
			    store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct store_listing listing = *asked;
	struct listing *l;
	int rc;

	assert(asked->limit <= STORE_PAGE);
	if (op == NULL)
		return NULL;
	if ((l = listing_new(op, asked->filter)) == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	listing.filter = &l->filter;
	l->bare = asked->ids;
	rc = page_init(&l->page, &listing);
	if (rc != 0)
		listing_refuse(op, rc == SG_EFORMAT ? STORE_CURSOR : STORE_UNAVAILABLE);
	else if (listing_may_find_users(l))
		listing_find_users(l);
	else
		listing_walk(l);
	return (struct store_op *)op;
}

/* Named users' are counted as they would be listed. */
struct store_op *redis_count(struct store *store, const struct filter *filter, store_done_fn *done,
			     void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct listing *l;

	if (op == NULL)
		return NULL;
	if (filter_is_seen(filter))
		return redis_tally_begin(op, true, &filter->seen);
	if (filter_is_created(filter))
		return redis_tally_begin(op, false, &filter->created);
	if (filter_is_of_applications(filter))
		return redis_headcount_begin(op, filter);
	if ((l = listing_new(op, filter)) == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	l->counts = true;
	if (listing_may_find_users(l))
		listing_find_users(l);
	else
		listing_refuse(op, STORE_NOT_FOUND);
	return (struct store_op *)op;
}
