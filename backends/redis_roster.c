/* redis_roster.c - pages of lists of users: the next names of all buckets, round by round, and then what there is to say
 * of those on the page, by their records and by the sessions that these list. */
#include "backends/redis_crowd.h"
#include "backends/roster.h"
#include "base/word.h"

#include <assert.h>
#include <stdlib.h>

enum {
	NAMES_ROUNDS = 16, /* for one page */
	NAMES_SESSIONS =
		1000,     /* of one user are looked at; of who has more it is said about how many */
	NAMES_TIMED = 64, /* sessions in a call */
	NAMES_READ = 32,  /* records at a time, at least */
};

/* How far the names of one bucket have been read. */
struct trail {
	bool over;              /* there are no more, or none that are wanted */
	struct roster_place at; /* where it goes on; its names are in the arena */
	struct store_user last; /* who was looked at last; realm.ptr NULL: nobody */
};

/* A session of one of the users on the page. */
struct seat {
	struct store_user_row *row;
	char id[TOKEN_ID_CHARS];
};

/* What is not yet said of one of them. */
struct row {
	struct store_user_row *row;
	size_t found;  /* sessions, by now */
	size_t listed; /* as many are, if that is too many to look at; else 0 */
};

struct names {
	struct redis_op *op;
	struct redis_fan fan;
	struct arena arena;
	struct store_user_listing listing;
	struct roster roster;
	size_t most;   /* of each bucket in a round */
	size_t rounds; /* that are left */
	struct trail trails[REDIS_BUCKETS];
	struct row *filling;
	struct redis_reading *readings; /* one for each of these */
	size_t read, reading;           /* how many have been, and are to be when these have */
	struct seat *seats;
	size_t seat_count, seat_room;
};

static struct names *names_of(const struct redis_op *op)
{
	return op->work;
}

static struct names *names_of_part(const struct redis_op *part)
{
	return names_of(((struct redis_fan *)part->ctx)->op);
}

static void names_free(void *work)
{
	struct names *n = work;

	roster_fini(&n->roster);
	arena_fini(&n->arena);
	free(n->filling);
	free(n->readings);
	free(n->seats);
	free(n);
}

/* --- What there is to say of those on the page --------------------------------------------------- */

static void names_finish(struct redis_op *op)
{
	struct names *n = names_of(op);

	for (size_t i = 0; i < n->roster.count; i++)
		if (n->filling[i].listed > 0)
			n->roster.rows[i].sessions = n->filling[i].listed;
	roster_keep(&n->roster);
	op->result.count = n->roster.count;
	op->result.users = n->roster.count > 0 ? n->roster.rows : NULL;
	op->result.cursor = slice_of(n->roster.cursor, n->roster.cursor_bytes);
	redis_op_finish(op);
}

/* Realm, user, creation, last seen; of another's, or of none, nothing is said. */
static void row_see(struct store_user_row *row, const struct redis_reply *reply, size_t item)
{
	uint64_t seen_ms;

	if (!slice_equal(redis_reply_text(reply, item), row->who.realm) ||
	    !slice_equal(redis_reply_text(reply, item + 1), row->who.name) ||
	    !slice_number(redis_reply_text(reply, item + 3), INT64_MAX, &seen_ms))
		return;
	row->sessions++;
	if ((int64_t)seen_ms > row->seen_ms)
		row->seen_ms = (int64_t)seen_ms;
}

static void names_on_timed(struct redis_op *part, const struct redis_answer *answer)
{
	const struct redis_group *group = part->work;

	if (answer->status != STORE_OK || answer->items <= 5)
		names_of_part(part)->fan.failed = true;
	else
		for (size_t i = 0; i < group->count; i++)
			row_see(CONTAINER_OF(group->ids[i], struct seat, id)->row, answer->reply,
				answer->fields + 1 + 4 * i);
	redis_fan_take(part);
}

static int seat_compare(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return memcmp(x->id, y->id, TOKEN_ID_CHARS);
}

/* A scan of a record may come by a session twice. */
static void names_keep_distinct(struct names *n)
{
	size_t kept = 0;

	if (n->seat_count > 1)
		qsort(n->seats, n->seat_count, sizeof(n->seats[0]), seat_compare);
	for (size_t i = 0; i < n->seat_count; i++)
		if (kept == 0 || seat_compare(&n->seats[kept - 1], &n->seats[i]) != 0)
			n->seats[kept++] = n->seats[i];
	n->seat_count = kept;
}

/* The rows that there are too many of, or that were not come to, are the next page's. */
static void names_limit(struct names *n)
{
	const struct store_user_row *rows = n->roster.rows;
	size_t count = n->read;

	if (n->seat_count > ROSTER_SESSIONS && n->seats[ROSTER_SESSIONS].row > rows)
		count = (size_t)(n->seats[ROSTER_SESSIONS].row - rows);
	if (count == n->roster.count)
		return;
	roster_cut(&n->roster, count);
	while (n->seat_count > 0 && n->seats[n->seat_count - 1].row >= rows + count)
		n->seat_count--;
}

static void names_look(struct redis_op *op)
{
	static const struct redis_look timed = { .script = REDIS_SCRIPT_times,
						 .most = NAMES_TIMED,
						 .step = names_on_timed };
	struct names *n = names_of(op);
	char **ids;

	names_limit(n);
	ids = reallocarray(NULL, n->seat_count + 1, sizeof(ids[0]));
	redis_fan_open(&n->fan, op, names_finish);
	if (ids == NULL) {
		n->fan.failed = true;
	} else {
		for (size_t i = 0; i < n->seat_count; i++)
			ids[i] = n->seats[i].id;
		redis_fan_sessions(&n->fan, ids, n->seat_count, &timed);
	}
	free(ids);
	redis_fan_close(&n->fan);
}

static void names_seat(struct names *n, struct store_user_row *row, struct slice id)
{
	struct seat *seats;

	if (n->seat_count == n->seat_room) {
		size_t room = n->seat_room * 2 + REDIS_BUCKETS;

		seats = reallocarray(n->seats, room, sizeof(*seats));
		if (seats == NULL) {
			n->fan.failed = true;
			return;
		}
		n->seats = seats;
		n->seat_room = room;
	}
	n->seats[n->seat_count].row = row;
	memcpy(n->seats[n->seat_count++].id, id.ptr, TOKEN_ID_CHARS);
}

static void names_on_tidied(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	redis_op_finish(op);
}

/* Nothing is listed, and there is no block: the record is gone, and the index is told. Nobody waits for that. */
static void names_tidy(struct redis_store *st, const struct store_user *who)
{
	struct redis_op *op = redis_op_begin(st, SLICE(""), NULL, NULL);

	if (op == NULL)
		return;
	redis_op_ask(op, redis_keys_user_bucket(who), REDIS_SCRIPT_tidy, names_on_tidied);
	redis_op_add_count(op, 2);
	redis_keys_add_user(&op->call, redis_namespace(st), who);
	redis_keys_add(&op->call, redis_namespace(st), op->call.bucket, "users");
	redis_keys_add_who(&op->call, who);
	redis_op_send(op);
}

static bool names_take_crowd(struct redis_fan *fan, void *ctx, struct redis_crowd *some)
{
	struct names *n = names_of(fan->op);
	struct redis_member member;
	struct row *row = ctx;

	if (some->blocked && !row->row->blocked)
		roster_block(&n->roster, row->row, &some->block);
	while (redis_crowd_next(some, &member)) {
		if (!member.listed)
			continue;
		names_seat(n, row->row, member.id);
		row->found++;
	}
	if (some->listed == 0 && !some->blocked)
		names_tidy(fan->op->st, &row->row->who);
	if (some->over || row->found < NAMES_SESSIONS)
		return true;
	row->listed = some->listed;
	return false;
}

/* False: no memory. */
static bool names_set_out(struct names *n)
{
	n->filling = calloc(n->roster.count + 1, sizeof(n->filling[0]));
	n->readings = calloc(n->roster.count + 1, sizeof(n->readings[0]));
	if (n->filling == NULL || n->readings == NULL)
		return false;
	for (size_t i = 0; i < n->roster.count; i++) {
		n->filling[i].row = &n->roster.rows[i];
		n->readings[i].who = &n->roster.rows[i].who;
		n->readings[i].ctx = &n->filling[i];
	}
	return true;
}

/* As many of the next ones as fill the page, if they have as many sessions as those before them: what is read of others is
 * read for nothing. */
static size_t names_share(const struct names *n)
{
	size_t left = n->roster.count - n->read, share = NAMES_READ;

	if (n->seat_count > 0)
		share = (ROSTER_SESSIONS - n->seat_count) * n->read / n->seat_count;
	else if (n->read > 0)
		share = left;
	if (share < NAMES_READ)
		share = NAMES_READ;
	return share < left ? share : left;
}

static void names_read(struct redis_op *op);

static void names_on_read(struct redis_op *op)
{
	struct names *n = names_of(op);

	n->read = n->reading;
	if (n->roster.rc != 0) {
		redis_op_finish_with(op, STORE_UNAVAILABLE);
		return;
	}
	names_keep_distinct(n);
	if (n->read < n->roster.count && n->seat_count <= ROSTER_SESSIONS)
		names_read(op);
	else
		names_look(op);
}

static void names_read(struct redis_op *op)
{
	struct names *n = names_of(op);
	size_t share = names_share(n);

	n->reading = n->read + share;
	redis_fan_open(&n->fan, op, names_on_read);
	redis_crowd_read(&n->fan, n->readings + n->read, share, names_take_crowd);
	redis_fan_close(&n->fan);
}

/* --- The next names ------------------------------------------------------------------------------- */

static void trail_goes_on_at(struct names *n, struct trail *t, const struct roster_place *place)
{
	t->at = *place;
	t->at.realm = arena_copy(&n->arena, place->realm);
	t->at.name = arena_copy(&n->arena, place->name);
	if (t->at.realm.ptr == NULL || t->at.name.ptr == NULL)
		n->fan.failed = true;
}

/* Behind the last who was looked at, or where the next one can be. */
static void trail_leave(struct names *n, struct trail *t, const struct store_user *last,
			enum roster_step step, const struct roster_place *next)
{
	const struct roster_place behind = { last->realm, last->name, ROSTER_BEHIND };

	t->last.realm = arena_copy(&n->arena, last->realm);
	t->last.name = arena_copy(&n->arena, last->name);
	if (t->last.realm.ptr == NULL || t->last.name.ptr == NULL)
		n->fan.failed = true;
	trail_goes_on_at(n, t, step == ROSTER_SEEK ? next : &behind);
}

static bool who_read(struct store_user *who, struct slice text)
{
	who->name = text;
	return slice_cut(&who->name, '\0', &who->realm) && who->realm.len <= STORE_REALM_BYTES &&
	       who->name.len <= SESSION_USER_BYTES;
}

/* What one bucket has next. */
static void trail_follow(struct names *n, struct trail *t, const struct redis_reply *reply,
			 size_t first, size_t count)
{
	enum roster_step step = ROSTER_PASS;
	struct store_user who, last = { .realm = { NULL, 0 } };
	struct roster_place next;

	for (size_t i = 0; i < count && step != ROSTER_SEEK; i++) {
		if (!who_read(&who, redis_reply_text(reply, first + i)))
			continue;
		last = who;
		step = roster_step(&n->roster, &who, &next);
		if (step == ROSTER_END) {
			t->over = true;
			return;
		}
		if (step == ROSTER_TAKE)
			roster_add(&n->roster, &who);
	}
	t->over = step != ROSTER_SEEK && count < n->most;
	if (last.realm.ptr != NULL)
		trail_leave(n, t, &last, step, &next);
}

static void names_on_names(struct redis_op *part, const struct redis_answer *answer)
{
	struct names *n = names_of_part(part);
	size_t item, end;

	if (answer->status != STORE_OK || answer->items <= 5) {
		n->fan.failed = true;
		redis_fan_take(part);
		return;
	}
	item = answer->fields + 1;
	end = redis_reply_after(answer->reply, answer->fields);
	for (unsigned bucket = part->call.bucket; item < end && bucket < REDIS_BUCKETS; bucket++) {
		size_t count = (size_t)redis_reply_number(answer->reply, item++);

		if (count > end - item)
			break;
		if (!n->trails[bucket].over)
			trail_follow(n, &n->trails[bucket], answer->reply, item, count);
		item += count;
	}
	redis_fan_take(part);
}

/* As ZRANGEBYLEX has places; realm and name have a zero byte between them. */
static void trail_add(struct redis_call *call, const struct trail *t)
{
	char text[1 + STORE_REALM_BYTES + 1 + SESSION_USER_BYTES], *at = text;

	if (t->over) {
		redis_call_add(call, SLICE("+"));
		return;
	}
	*at++ = t->at.side == ROSTER_BEHIND ? '(' : '[';
	word_put(&at, t->at.realm);
	*at++ = t->at.side == ROSTER_BEHIND_REALM ? '\1' : '\0';
	if (t->at.side != ROSTER_BEHIND_REALM)
		word_put(&at, t->at.name);
	redis_call_add(call, slice_of(text, (size_t)(at - text)));
}

static void names_add_trails(struct redis_op *part, unsigned first_bucket, unsigned count)
{
	const struct names *n = names_of_part(part);

	redis_call_add_number(&part->call, (int64_t)n->most);
	for (unsigned i = 0; i < count; i++)
		trail_add(&part->call, &n->trails[first_bucket + i]);
}

static bool names_over(const struct names *n)
{
	for (unsigned i = 0; i < REDIS_BUCKETS; i++)
		if (!n->trails[i].over)
			return false;
	return true;
}

static void names_stop(struct names *n)
{
	for (unsigned i = 0; i < REDIS_BUCKETS; i++)
		if (!n->trails[i].over && n->trails[i].last.realm.ptr != NULL)
			roster_stop(&n->roster, &n->trails[i].last);
}

static void names_round(struct redis_op *op)
{
	static const char *const keys[] = { "users", NULL };
	struct names *n = names_of(op);

	if (n->rounds > 0 && !names_over(n)) {
		n->rounds--;
		redis_fan_open(&n->fan, op, names_round);
		redis_fan_each_bucket(&n->fan, keys, REDIS_SCRIPT_names, names_add_trails,
				      names_on_names);
		redis_fan_close(&n->fan);
		return;
	}
	names_stop(n);
	if (roster_finish(&n->roster) != 0 || !names_set_out(n))
		redis_op_finish_with(op, STORE_UNAVAILABLE);
	else
		names_read(op);
}

/* --- The operation -------------------------------------------------------------------------------- */

static void names_on_refused(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	redis_op_finish(op);
}

static bool names_copy(struct names *n, const struct store_user_listing *asked)
{
	struct store_user_listing *listing = &n->listing;

	*listing = *asked;
	listing->prefix = arena_copy(&n->arena, asked->prefix);
	listing->cursor = arena_copy(&n->arena, asked->cursor);
	return listing->prefix.ptr != NULL && listing->cursor.ptr != NULL &&
	       filter_copy_names(&listing->realms, &n->arena) == 0 &&
	       filter_copy_names(&listing->names, &n->arena) == 0;
}

/* The operation's work. NULL: no memory. */
static struct names *names_new(struct redis_op *op, const struct store_user_listing *asked)
{
	struct names *n = calloc(1, sizeof(*n));

	if (n == NULL)
		return NULL;
	n->op = op;
	n->rounds = NAMES_ROUNDS;
	n->most = asked->limit / (REDIS_BUCKETS / 4) + 4;
	op->work = n;
	op->work_free = names_free;
	return names_copy(n, asked) ? n : NULL;
}

struct store_op *redis_users(struct store *store, const struct store_user_listing *asked,
			     store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);
	struct names *n;
	int rc;

	assert(asked->limit <= STORE_PAGE);
	if (op == NULL)
		return NULL;
	if ((n = names_new(op, asked)) == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	rc = roster_init(&n->roster, &n->listing);
	if (rc != 0) {
		op->result.status = rc == SG_EFORMAT ? STORE_CURSOR : STORE_UNAVAILABLE;
		redis_op_later(op, names_on_refused);
		return (struct store_op *)op;
	}
	for (unsigned i = 0; i < REDIS_BUCKETS; i++)
		n->trails[i].at = *roster_begin(&n->roster);
	names_round(op);
	return (struct store_op *)op;
}
