/* redis_events.c - see redis_events.h.
 *
 * An event's id is the microsecond and its number in its bucket: by the first the streams are merged, by the second a
 * reader sees that some were dropped before he came. What is fetched at a time is cut where the first of the streams that
 * had more to give ends: behind that the order is not known yet. */
#include "backends/redis_events.h"

#include "base/arena.h"
#include "base/decimal.h"
#include "base/random.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	TAILS = 4,
	TAIL_INSTANCES = 8, /* remembered, as many as a Cluster is likely to lose at a time */
	TAIL_REST_MS =
		450, /* on a Cluster, where each stream costs a command: two reads a second, of who looks each 100 ms */
	TAIL_FETCHES = 64, /* of one stream at a time */
	TAIL_OVERLAP_US =
		2000000, /* what is given once more: clocks of servers differ, and writes may be late */
};

/* An event's id. */
struct moment {
	uint64_t us, number;
};

struct tail_event {
	struct moment moment;
	unsigned bucket;
	uint64_t
		instance; /* that has the store now, and did not before; 0: it is about nothing like that */
	struct session_event event; /* texts in the tail's arena */
};

/* One who follows the events. */
struct tail {
	uint64_t name;  /* 0: nobody */
	uint64_t steps; /* how many answers he has had */
	uint64_t used;  /* when, among all */
	bool busy;
	bool gap;                           /* to be told with the next ones */
	struct moment last[REDIS_BUCKETS];  /* fetched */
	bool known[REDIS_BUCKETS];          /* the number that comes next */
	uint64_t instances[TAIL_INSTANCES]; /* of which it was told last */
	unsigned next_instance;
	struct arena arena;
	struct tail_event *events; /* fetched and not given; sorted */
	size_t count, room, given;
	struct moment at; /* of what was given last */
	/* a fetch */
	struct moment cut; /* behind this nothing is taken; 0: all is */
	unsigned waits;
	bool failed;
	bool fresh; /* nothing of it has come: what there was before is still there */
	char position[STORE_POSITION_BYTES];
	struct session_event *out; /* for the length of a callback */
};

struct redis_tails {
	struct tail tails[TAILS];
	uint64_t uses;
};

/* What a reader wants. */
struct reading {
	struct redis_op *op;
	struct tail *tail;
	size_t limit;
};

static int moment_compare(struct moment a, struct moment b)
{
	if (a.us != b.us)
		return a.us < b.us ? -1 : 1;
	return (a.number > b.number) - (a.number < b.number);
}

/* --- tails --- */

static void tail_drop_events(struct tail *t)
{
	arena_fini(&t->arena);
	free(t->events);
	t->events = NULL;
	t->count = t->room = t->given = 0;
}

static void tail_clear(struct tail *t)
{
	tail_drop_events(t);
	free(t->out);
	*t = (struct tail){ 0 };
}

void redis_tails_free(struct redis_tails **tails)
{
	struct redis_tails *all = *tails;

	*tails = NULL;
	if (all == NULL)
		return;
	for (unsigned i = 0; i < TAILS; i++)
		tail_clear(&all->tails[i]);
	free(all);
}

/* Whose place is free, or was not used for longest. NULL: all are at work. */
static struct tail *tails_take(struct redis_tails *all)
{
	struct tail *best = NULL;

	for (unsigned i = 0; i < TAILS; i++) {
		struct tail *t = &all->tails[i];

		if (!t->busy && (best == NULL || t->used < best->used))
			best = t;
	}
	if (best != NULL)
		tail_clear(best);
	return best;
}

/* "us-name-steps" */
static bool position_read(struct slice position, uint64_t *us, uint64_t *name, uint64_t *steps)
{
	struct slice part;

	return slice_cut(&position, '-', &part) && slice_number(part, INT64_MAX, us) &&
	       slice_cut(&position, '-', &part) && slice_number(part, UINT64_MAX, name) &&
	       slice_number(position, UINT64_MAX, steps) && *name != 0;
}

static struct tail *tails_find(struct redis_tails *all, uint64_t name, uint64_t steps)
{
	for (unsigned i = 0; i < TAILS; i++)
		if (all->tails[i].name == name && all->tails[i].steps == steps)
			return &all->tails[i];
	return NULL;
}

/* One who comes from elsewhere, or from nowhere. NULL: no place, or no randomness. */
static struct tail *tails_add(struct redis_tails *all, struct slice position, bool known,
			      uint64_t us)
{
	struct tail *t = tails_take(all);
	uint64_t name;

	if (t == NULL || random_u64(&name) != 0)
		return NULL;
	t->name = name | 1;
	t->gap = position.len > 0 && !known;
	if (known && us > TAIL_OVERLAP_US)
		for (unsigned i = 0; i < REDIS_BUCKETS; i++)
			t->last[i].us = us - TAIL_OVERLAP_US;
	return t;
}

static struct tail *tail_of(struct redis_store *st, struct slice position)
{
	uint64_t us = 0, name = 0, steps = 0;
	struct tail *t = NULL;
	bool known = position_read(position, &us, &name, &steps);

	if (st->tails == NULL && (st->tails = calloc(1, sizeof(*st->tails))) == NULL)
		return NULL;
	if (known)
		t = tails_find(st->tails, name, steps);
	if (t == NULL)
		t = tails_add(st->tails, position, known, us);
	if (t == NULL || t->busy)
		return NULL;
	t->used = ++st->tails->uses;
	return t;
}

/* --- fetching --- */

static bool event_fill(struct tail *t, struct tail_event *of, struct slice name, struct slice value)
{
	static const struct {
		struct slice name;
		size_t offset;
	} texts[] = {
		{ { "session", 7 }, offsetof(struct session_event, session) },
		{ { "realm", 5 }, offsetof(struct session_event, realm) },
		{ { "app", 3 }, offsetof(struct session_event, application) },
		{ { "user", 4 }, offsetof(struct session_event, user) },
		{ { "reason", 6 }, offsetof(struct session_event, reason) },
		{ { "actor", 5 }, offsetof(struct session_event, actor) },
		{ { "node", 4 }, offsetof(struct session_event, node) },
	};
	struct session_event *e = &of->event;
	struct slice copy;
	uint64_t ms;

	if (slice_equal(name, SLICE("instance")))
		return slice_number(value, UINT64_MAX, &of->instance);
	if (slice_equal(name, SLICE("teller")))
		return slice_number(value, UINT64_MAX, &e->teller);
	if (slice_equal(name, SLICE("type")))
		return event_type_read(value, &e->type);
	if (slice_equal(name, SLICE("cause")))
		return event_cause_read(value, &e->cause);
	if (slice_equal(name, SLICE("at"))) {
		if (!slice_number(value, INT64_MAX, &ms))
			return false;
		e->at_ms = (int64_t)ms;
		return true;
	}
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (!slice_equal(name, texts[i].name))
			continue;
		copy = arena_copy(&t->arena, value);
		memcpy((char *)e + texts[i].offset, &copy, sizeof(copy));
		return copy.ptr != NULL;
	}
	return true; /* a later version's */
}

static bool tail_make_room(struct tail *t)
{
	size_t room = t->room > 0 ? 2 * t->room : TAIL_FETCHES;
	struct tail_event *events;

	if (t->count < t->room)
		return true;
	events = reallocarray(t->events, room, sizeof(*events));
	if (events == NULL)
		return false;
	t->events = events;
	t->room = room;
	return true;
}

/* "us-number" */
static bool moment_read(struct slice id, struct moment *out)
{
	struct slice us;

	return slice_cut(&id, '-', &us) && slice_number(us, UINT64_MAX, &out->us) &&
	       slice_number(id, UINT64_MAX, &out->number);
}

/* What is no event of ours, and a later version's, is left out. item: [id, [name, value, …]]. False: no memory. */
static bool tail_read_event(struct tail *t, const struct redis_reply *reply, size_t item,
			    unsigned bucket, struct moment *last)
{
	struct tail_event e = { .bucket = bucket };
	size_t fields = item + 2, count;
	bool fine = true;

	if (!moment_read(redis_reply_text(reply, item + 1), &e.moment) ||
	    redis_reply_type(reply, fields) != REDIS_ARRAY)
		return true;
	*last = e.moment;
	count = redis_reply_elements(reply, fields);
	for (size_t i = 0; fine && i + 1 < count; i += 2)
		fine = event_fill(t, &e, redis_reply_text(reply, fields + 1 + i),
				  redis_reply_text(reply, fields + 2 + i));
	if (!fine)
		return true;
	if (!tail_make_room(t))
		return false;
	t->events[t->count++] = e;
	return true;
}

/* The bucket between the braces of a stream's name. */
static bool bucket_read(struct slice key, unsigned *out)
{
	char tag[REDIS_KEYS_TAG_BYTES];

	for (unsigned bucket = 0; bucket < REDIS_BUCKETS; bucket++) {
		redis_keys_tag(bucket, tag);
		if (memmem(key.ptr, key.len, tag, sizeof(tag)) == NULL)
			continue;
		*out = bucket;
		return true;
	}
	return false;
}

/* item: [key, [event, …]]. False: no memory. */
static bool tail_read_stream(struct tail *t, const struct redis_reply *reply, size_t item)
{
	struct moment last = { 0, 0 };
	size_t events = item + 2, at, count;
	unsigned bucket;

	if (!bucket_read(redis_reply_text(reply, item + 1), &bucket) ||
	    redis_reply_type(reply, events) != REDIS_ARRAY)
		return true;
	count = redis_reply_elements(reply, events);
	at = events + 1;
	for (size_t i = 0; i < count; i++, at = redis_reply_after(reply, at))
		if (!tail_read_event(t, reply, at, bucket, &last))
			return false;
	if (count == TAIL_FETCHES && (t->cut.us == 0 || moment_compare(last, t->cut) < 0))
		t->cut = last;
	return true;
}

static bool tail_read_streams(struct tail *t, const struct redis_answer *answer)
{
	const struct redis_reply *reply = answer->reply;
	size_t count = redis_reply_elements(reply, answer->fields), at = answer->fields + 1;

	for (size_t i = 0; i < count; i++, at = redis_reply_after(reply, at))
		if (!tail_read_stream(t, reply, at))
			return false;
	return true;
}

static int event_compare(const void *a, const void *b)
{
	const struct tail_event *x = a, *y = b;
	int order = moment_compare(x->moment, y->moment);

	return order != 0 ? order : (x->bucket > y->bucket) - (x->bucket < y->bucket);
}

/* A process of Redis that has taken over many buckets may be told of by several, where gateways did not see all of them
 * change at a time. */
static bool tail_was_told(struct tail *t, const struct tail_event *e)
{
	if (e->instance == 0)
		return false;
	for (unsigned i = 0; i < TAIL_INSTANCES; i++)
		if (t->instances[i] == e->instance)
			return true;
	t->instances[t->next_instance++ % TAIL_INSTANCES] = e->instance;
	return false;
}

/* In order, and no further than the order is known; what is behind that is fetched again. */
static void tail_settle(struct tail *t)
{
	size_t kept = 0;

	if (t->count > 1)
		qsort(t->events, t->count, sizeof(t->events[0]), event_compare);
	for (size_t i = 0; i < t->count; i++) {
		const struct tail_event *e = &t->events[i];
		struct moment *last = &t->last[e->bucket];

		if (t->cut.us != 0 && moment_compare(e->moment, t->cut) > 0)
			break;
		if (t->known[e->bucket] && e->moment.number != last->number + 1)
			t->gap = true;
		t->known[e->bucket] = true;
		*last = e->moment;
		if (!tail_was_told(t, e))
			t->events[kept++] = *e;
	}
	t->count = kept;
	if (t->cut.us != 0)
		return;
	for (unsigned i = 0; i < REDIS_BUCKETS; i++)
		t->known[i] |=
			t->last[i].us == 0; /* there was nothing at all: the first comes next */
}

/* --- giving --- */

static size_t tail_write_position(const struct tail *t, char *out)
{
	return (size_t)snprintf(out, STORE_POSITION_BYTES, "%llu-%llu-%llu",
				(unsigned long long)t->at.us, (unsigned long long)t->name,
				(unsigned long long)t->steps);
}

static void reading_give(struct reading *r)
{
	struct redis_op *op = r->op;
	struct tail *t = r->tail;
	size_t count = t->count - t->given < r->limit ? t->count - t->given : r->limit;

	t->busy = false;
	if (op->done == NULL) { /* nobody has come further */
		redis_op_finish(op);
		return;
	}
	free(t->out);
	t->out = calloc(count + 1, sizeof(*t->out));
	if (t->out == NULL) {
		redis_op_finish_with(op, STORE_UNAVAILABLE);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		t->out[i] = t->events[t->given + i].event;
		redis_ends_note_event(&op->st->redis->ends, &t->out[i]);
		t->at = t->events[t->given + i].moment;
	}
	op->result.events = t->out;
	op->result.count = count;
	if (count == 0 && !redis_net_spans(op->st->net))
		op->result.rest_ms = TAIL_REST_MS;
	if (count > 0) {
		t->given += count;
		t->steps++;
		op->result.gap = t->gap;
		t->gap = false;
		op->result.position = slice_of(t->position, tail_write_position(t, t->position));
	}
	redis_op_finish(op);
}

static void reading_fetched(struct reading *r)
{
	struct tail *t = r->tail;

	if (t->failed) {
		t->busy = false;
		tail_drop_events(t);
		redis_op_finish_with(r->op, STORE_UNAVAILABLE);
		return;
	}
	tail_settle(t);
	reading_give(r);
}

static void reading_on_read(struct redis_op *op, const struct redis_answer *answer)
{
	struct reading *r = op->ctx;
	struct tail *t = r->tail;

	if (t->fresh)
		tail_drop_events(t);
	t->fresh = false;
	if (answer->status != STORE_OK || !tail_read_streams(t, answer))
		t->failed = true;
	redis_op_finish(op);
	if (--t->waits == 0)
		reading_fetched(r);
}

static void redis_call_add_moment(struct redis_call *call, struct moment m)
{
	char text[2 * DECIMAL_BYTES + 2];
	int len = snprintf(text, sizeof(text), "%llu-%llu", (unsigned long long)m.us,
			   (unsigned long long)m.number);

	redis_call_add(call, slice_of(text, (size_t)len));
}

static void reading_fetch_some(struct reading *r, unsigned first, unsigned count)
{
	struct redis_store *st = r->op->st;
	struct redis_op *op = redis_op_begin(st, SLICE(""), NULL, r);

	if (op == NULL) {
		r->tail->failed = true;
		return;
	}
	r->tail->waits++;
	redis_op_ask(op, first, REDIS_SCRIPT_read, reading_on_read);
	op->call.question = true;
	redis_op_add_count(op, count);
	for (unsigned i = first; i < first + count; i++)
		redis_keys_add(&op->call, redis_namespace(st), i, "events");
	redis_call_add_number(&op->call, TAIL_FETCHES);
	for (unsigned i = first; i < first + count; i++)
		redis_call_add_moment(&op->call, r->tail->last[i]);
	redis_op_send(op);
}

static void reading_fetch(struct reading *r)
{
	struct tail *t = r->tail;
	unsigned count = redis_net_spans(r->op->st->net) ? REDIS_BUCKETS : 1;

	t->fresh = true; /* who asks from inside his callback may still read what he was given */
	t->cut = (struct moment){ 0, 0 };
	t->failed = false;
	t->waits = 1;
	for (unsigned first = 0; first < REDIS_BUCKETS; first += count)
		reading_fetch_some(r, first, count);
	if (--t->waits == 0)
		reading_fetched(r);
}

static void reading_at_once(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	reading_give(op->work);
}

struct store_op *redis_events(struct store *store, struct slice position, size_t limit,
			      store_done_fn *done, void *ctx)
{
	struct redis_store *st = redis_store(store);
	struct redis_op *op = redis_op_begin(st, SLICE(""), done, ctx);
	struct tail *t = op != NULL ? tail_of(st, position) : NULL;
	struct reading *r = t != NULL ? calloc(1, sizeof(*r)) : NULL;

	if (r == NULL) {
		if (op != NULL)
			redis_op_drop(op);
		return NULL;
	}
	*r = (struct reading){ .op = op, .tail = t, .limit = limit };
	op->work = r;
	op->work_free = free;
	t->busy = true;
	if (t->given == t->count)
		reading_fetch(r);
	else
		redis_op_later(op, reading_at_once);
	return (struct store_op *)op;
}

/* --- telling --- */

enum { TELL_BUCKET = 0 }; /* whichever: what gateways say of themselves is rare */

static void tell_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_finish(op);
}

struct store_op *redis_tell(struct store *store, const struct session_event *e, store_done_fn *done,
			    void *ctx)
{
	struct redis_store *st = redis_store(store);
	struct redis_op *op = redis_op_begin(st, SLICE(""), done, ctx);

	if (op == NULL)
		return NULL;
	redis_op_ask(op, TELL_BUCKET, REDIS_SCRIPT_tell, tell_on_answer);
	redis_op_add_count(op, 2);
	redis_keys_add(&op->call, redis_namespace(st), TELL_BUCKET, "meta");
	redis_keys_add(&op->call, redis_namespace(st), TELL_BUCKET, "events");
	redis_call_add(&op->call, slice_from(event_type_text(e->type)));
	redis_call_add(&op->call, slice_from(event_cause_text(e->cause)));
	redis_call_add_number(&op->call, e->at_ms);
	redis_call_add_u64(&op->call, e->teller);
	redis_call_add(&op->call, e->actor);
	redis_call_add(&op->call, e->reason);
	redis_op_send(op);
	return (struct store_op *)op;
}
