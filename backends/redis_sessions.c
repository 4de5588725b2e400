/* redis_sessions.c - find, create, save and remove: one script each, and so one round trip, but for logins. */
#include "backends/redis_listing.h"
#include "backends/redis_locks.h"
#include "backends/redis_login.h"
#include "backends/redis_marks.h"

#include <assert.h>
#include <stdlib.h>

/* The answer is all there is to say. */
static void session_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_take_record(op, answer);
	redis_op_finish(op);
}

/* --- find --- */

struct store_op *redis_find(struct store *store, struct slice id, store_done_fn *done, void *ctx)
{
	struct redis_store *st = redis_store(store);
	struct redis_op *op = redis_op_begin(st, id, done, ctx);

	if (op == NULL)
		return NULL;
	redis_op_ask(op, redis_keys_bucket(id), REDIS_SCRIPT_find, session_on_answer);
	op->call.question = true;
	redis_op_add_count(op, 2);
	redis_keys_add_session(&op->call, redis_namespace(st), "s", id);
	redis_keys_add(&op->call, redis_namespace(st), op->call.bucket, "meta");
	redis_op_send(op);
	return (struct store_op *)op;
}

/* --- create --- */

#define CREATE_MOST_MS ((int64_t)1 << 52) /* no clock is so late */

/* What a login goes on from, too. */
static void create_on_written(struct redis_op *op, const struct redis_answer *answer)
{
	bool anew =
		answer->status == STORE_OK && answer->number > 0 && answer->number < CREATE_MOST_MS;

	redis_op_take(op, answer);
	if (!anew)
		redis_op_take_record(op, answer);
	else if (redis_record_of_birth(op->born, answer->number, &op->st->room,
				       &op->result.session) != 0)
		op->result = (struct store_result){ .status = STORE_UNCERTAIN };
}

static void create_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	create_on_written(op, answer);
	redis_op_finish(op);
}

static void create_fill(struct redis_op *op, const struct session *s, const struct store_mark *mark,
			struct slice listed)
{
	redis_op_ask_session(op, REDIS_SCRIPT_create, create_on_answer);
	op->call.confirm = session_authenticated(s);
	redis_call_add(&op->call, redis_op_id(op));
	redis_call_add_u64(&op->call, s->save_ids[0]);
	redis_call_add_number(&op->call, s->expires_ms - s->created_ms);
	redis_call_add(&op->call, slice_from(event_cause_text(mark != NULL ? EVENT_CAUSE_ADOPTED
									   : EVENT_CAUSE_NONE)));
	redis_record_add(&op->call, s, listed);
	op->born = session_ref(s);
}

/* False: no memory. */
static bool create_log_in(struct redis_op *op, const struct session *s,
			  const struct session_quota *quota)
{
	const struct redis_login_plan plan = {
		.op = op,
		.who = { s->realm, s->user },
		.quota = quota,
		.lifetime_ms = s->expires_ms - s->created_ms,
		.save_id = s->save_ids[0],
		.application = s->application,
		.written = create_on_written,
	};

	return redis_login_new(&plan) != NULL;
}

/* op->call is the create: now, or when the login has come so far. */
static void create_begin(struct redis_op *op)
{
	if (op->login != NULL)
		redis_login_begin(op->login);
	else
		redis_op_send(op);
}

struct store_op *redis_create(struct store *store, const struct session *s,
			      const struct session_quota *quota, const struct store_mark *mark,
			      store_done_fn *done, void *ctx)
{
	struct redis_op *op =
		redis_op_begin(redis_store(store), slice_of(s->id, TOKEN_ID_CHARS), done, ctx);

	if (op == NULL)
		return NULL;
	if (session_authenticated(s) && !create_log_in(op, s, quota)) {
		redis_op_drop(op);
		return NULL;
	}
	create_fill(op, s, mark, op->login != NULL ? redis_login_listed(op->login) : SLICE(""));
	if (mark == NULL)
		create_begin(op);
	else if (!redis_mark_begin(op, s, mark, create_begin)) {
		redis_op_drop(op);
		return NULL;
	}
	return (struct store_op *)op;
}

/* --- save --- */

static struct slice hash_slice(const uint8_t *hash)
{
	return hash != NULL ? slice_of((const char *)hash, TOKEN_HASH_BYTES) : SLICE("");
}

enum { SAVE_FEW = 32 };

static int change_compare(const void *a, const void *b, void *ctx)
{
	const struct change *changes = ctx;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = slice_compare(changes[x].name, changes[y].name);

	return order != 0 ? order : (x > y) - (x < y);
}

/* Of one name the last change counts: those that do, by name. There may be as many as a session has attributes. */
static size_t save_changes_that_count(const struct delta *d, size_t *which)
{
	size_t kept = 0;

	for (size_t i = 0; i < d->change_count; i++)
		which[i] = i;
	if (d->change_count > 1)
		qsort_r(which, d->change_count, sizeof(*which), change_compare, (void *)d->changes);
	for (size_t i = 0; i < d->change_count; i++)
		if (i + 1 == d->change_count ||
		    !slice_equal(d->changes[which[i]].name, d->changes[which[i + 1]].name))
			which[kept++] = which[i];
	return kept;
}

static void save_add_these(struct redis_call *call, const struct delta *d, const size_t *which,
			   size_t count)
{
	int64_t sets = 0;

	for (size_t i = 0; i < count; i++)
		sets += d->changes[which[i]].value.ptr != NULL;
	redis_call_add_number(call, sets);
	for (size_t i = 0; i < count; i++) {
		const struct change *set = &d->changes[which[i]];

		if (set->value.ptr == NULL)
			continue;
		redis_call_add(call, set->name);
		redis_call_add(call, set->value);
	}
	for (size_t i = 0; i < count; i++)
		if (d->changes[which[i]].value.ptr == NULL)
			redis_call_add(call, d->changes[which[i]].name);
}

static void save_add_changes(struct redis_call *call, const struct delta *d)
{
	size_t few[SAVE_FEW], *which = few;

	if (d->change_count > SAVE_FEW &&
	    (which = calloc(d->change_count, sizeof(*which))) == NULL) {
		call->no_memory = true;
		return;
	}
	save_add_these(call, d, which, save_changes_that_count(d, which));
	if (which != few)
		free(which);
}

static void save_add_flags(struct redis_call *call, const struct delta *d)
{
	char flags[5];
	size_t len = 0;

	if (delta_is_touch(d))
		flags[len++] = 't';
	if (d->unseen)
		flags[len++] = 'u';
	if (d->keeps_lock)
		flags[len++] = 'k';
	if (d->unread)
		flags[len++] = 'o';
	if (d->asks_rotation)
		flags[len++] = 'r';
	redis_call_add(call, slice_of(flags, len));
}

/* What is kept of where the visitor came from, as far as that needs no look at what was kept before. */
static void save_add_device(struct redis_call *call, const struct device_visit *visit)
{
	struct device_text text;

	if (visit == NULL || visit->policy == DEVICE_OFF) {
		redis_call_add(call, visit != NULL ? SLICE("o") : SLICE(""));
		redis_call_add(call, SLICE(""));
		return;
	}
	redis_call_add(call, SLICE("f"));
	redis_call_add(call, device_new(visit, &text).last_ip);
}

static void save_add_secret(struct redis_call *call, const struct delta *d)
{
	if (d->renewal != NULL) {
		redis_call_add(call, SLICE("renew"));
		redis_call_add(call, hash_slice(d->renewal->hash));
		redis_call_add(call, hash_slice(d->renewal->expected));
		redis_call_add_u64(call, d->renewal->epoch);
		redis_call_add(call,
			       slice_of((const char *)d->renewal->csrf, sizeof(d->renewal->csrf)));
		return;
	}
	if (d->rotation != NULL) {
		redis_call_add(call, d->rotation->lost ? SLICE("lost") : SLICE("rotate"));
		redis_call_add(call, hash_slice(d->rotation->hash));
		redis_call_add(call, hash_slice(d->rotation->expected));
	} else {
		for (unsigned i = 0; i < 3; i++)
			redis_call_add(call, SLICE(""));
	}
	redis_call_add(call, SLICE(""));
	redis_call_add(call, SLICE(""));
}

static void save_add_login(struct redis_call *call, const struct login *login, struct slice listed)
{
	if (login == NULL) {
		for (unsigned i = 0; i < 7; i++)
			redis_call_add(call, SLICE(""));
		return;
	}
	redis_call_add(call, SLICE("1"));
	redis_call_add(call, login->user);
	redis_call_add_number(call, login->idle_ms);
	redis_call_add_number(call, login->absolute_ms);
	redis_call_add_number(call, login->touch_ms);
	redis_call_add(call, login->remembered ? SLICE("1") : SLICE("0"));
	redis_call_add(call, listed);
}

static void save_fill(struct redis_op *op, const struct delta *d, struct slice listed,
		      redis_step_fn *step)
{
	struct redis_call *call = &op->call;

	redis_op_ask_session(op, REDIS_SCRIPT_save, step);
	call->confirm = d->renewal != NULL || d->rotation != NULL || d->login != NULL;
	redis_call_add(call, redis_op_id(op));
	redis_call_add_u64(call, d->save_id);
	redis_call_add_u64(call, d->epoch);
	save_add_flags(call, d);
	redis_call_add_u64(call, d->fence);
	redis_call_add_number(call, d->idle_ms);
	redis_call_add_u64(call, d->limits.max_bytes);
	redis_call_add_u64(call, d->limits.max_value);
	redis_call_add_u64(call, d->limits.max_attributes);
	redis_call_add_u64(call, d->value_overhead);
	save_add_device(call, d->visit);
	redis_call_add(call, hash_slice(d->presented));
	redis_call_add_number(call, d->grace_ms);
	save_add_secret(call, d);
	save_add_login(call, d->login, listed);
	redis_call_add_u64(call, d->version);
	redis_call_add_number(call, d->expires_ms);
	save_add_changes(call, d);
}

/* It was somebody's before, and is another's now, or nobody's. */
static void save_leave_user(struct redis_op *op, const struct redis_answer *answer)
{
	const struct session *s = op->result.session;
	struct store_user before;

	if (s == NULL || answer->rest >= answer->reply->count)
		return;
	before = (struct store_user){ s->realm, redis_reply_text(answer->reply, answer->rest + 1) };
	if (!slice_equal(before.name, s->user))
		redis_listing_remove(op->st, &before, redis_op_id(op),
				     redis_reply_text(answer->reply, answer->rest + 2));
}

/* It has been some minutes: should the user's record have been lost, it is made anew. */
static void save_assert_user(struct redis_op *op, const struct redis_answer *answer)
{
	const struct session *s = op->result.session;
	struct redis_listing listing;

	if (s == NULL || answer->number == 0 || answer->rest >= answer->reply->count)
		return;
	listing = (struct redis_listing){
		.who = { s->realm, s->user },
		.id = redis_op_id(op),
		.listed = redis_reply_text(answer->reply, answer->rest + 2),
		.lifetime_ms = s->expires_ms - s->seen_ms,
	};
	redis_listing_assert(op->st, &listing);
}

/* By a login, which is told in the place of it. */
static void save_count_renewal(const struct redis_op *op, const struct redis_answer *answer)
{
	if (answer->items > 4 && slice_equal(redis_reply_text(answer->reply, answer->told + 1),
					     slice_from(event_type_text(EVENT_LOGIN))))
		atomic_fetch_add_explicit(&op->st->redis->counts.renewals, 1, memory_order_relaxed);
}

/* Is what is kept of the device cut as it should be? */
static bool device_is_cut(const struct device *kept, const struct device *cut)
{
	return slice_equal(cut->first_ip, kept->first_ip) &&
	       slice_equal(cut->last_ip, kept->last_ip) &&
	       slice_equal(cut->user_agent, kept->user_agent);
}

/* The save was done, whatever becomes of this: the next one will cut what was not cut. */
static void save_on_cut(struct redis_op *op, const struct redis_answer *answer)
{
	if (answer->status == STORE_OK) {
		session_unref(&op->result.session);
		redis_op_take_record(op, answer);
	}
	redis_op_finish(op);
}

/* What was kept of the device under another policy is cut now: rarely, and then once. */
static void save_cut_device(struct redis_op *op)
{
	const struct session *s = op->result.session;
	const struct device_visit visit = { .policy = DEVICE_TRUNCATED };
	struct device_text text;
	struct device cut;

	if (s != NULL)
		cut = device_follow(&s->device, &visit, &text);
	if (s == NULL || device_is_cut(&s->device, &cut)) {
		redis_op_finish(op);
		return;
	}
	redis_op_ask(op, redis_keys_bucket(redis_op_id(op)), REDIS_SCRIPT_device, save_on_cut);
	redis_op_add_count(op, 1);
	redis_keys_add_session(&op->call, redis_namespace(op->st), "s", redis_op_id(op));
	redis_call_add(&op->call, cut.first_ip);
	redis_call_add(&op->call, cut.last_ip);
	redis_call_add(&op->call, cut.user_agent);
	redis_op_send(op);
}

static void save_on_written(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_take_record(op, answer);
	save_count_renewal(op, answer);
	save_leave_user(op, answer);
	save_assert_user(op, answer);
}

static void save_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	save_on_written(op, answer);
	redis_locks_wake(op->st, redis_op_id(op));
	redis_op_finish(op);
}

/* op->call is the save. In which realm the session is, and so the user, it says itself: one that is not there needs no
 * admission, and says so to the save. */
static void save_on_realm(struct redis_op *op, const struct redis_answer *answer)
{
	struct slice realm;

	if (answer->status == STORE_UNAVAILABLE)
		redis_op_finish_with(op, STORE_UNAVAILABLE);
	else if (answer->status == STORE_OK &&
		 redis_record_field(answer->reply, answer->fields, SLICE("realm"), &realm))
		redis_login_begin_in(op->login, realm);
	else
		redis_login_skip(op->login, save_on_answer);
}

static void save_begin_login(struct redis_op *op)
{
	redis_login_keep_write(op->login);
	redis_op_ask(op, redis_keys_bucket(redis_op_id(op)), REDIS_SCRIPT_peek, save_on_realm);
	op->call.question = true;
	redis_op_add_count(op, 1);
	redis_keys_add_session(&op->call, redis_namespace(op->st), "s", redis_op_id(op));
	redis_op_send(op);
}

static bool save_log_in(struct redis_op *op, const struct delta *d)
{
	const struct redis_login_plan plan = {
		.op = op,
		.who = { SLICE(""), d->login->user },
		.quota = &d->login->quota,
		.lifetime_ms = d->login->absolute_ms,
		.save_id = d->save_id,
		.epoch = &d->epoch,
		.written = save_on_written,
	};

	return redis_login_new(&plan) != NULL;
}

struct store_op *redis_save(struct store *store, struct slice id, const struct delta *d,
			    store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), id, done, ctx);
	bool logs_in = d->login != NULL && d->login->user.len > 0;

	if (op == NULL)
		return NULL;
	if (logs_in && !save_log_in(op, d)) {
		redis_op_drop(op);
		return NULL;
	}
	op->unvalued = d->unread;
	if (d->visit != NULL && d->visit->policy == DEVICE_TRUNCATED)
		op->last = save_cut_device;
	save_fill(op, d, logs_in ? redis_login_listed(op->login) : SLICE(""), save_on_answer);
	if (logs_in)
		save_begin_login(op);
	else
		redis_op_send(op);
	return (struct store_op *)op;
}

/* --- remove --- */

static struct slice remove_cause(enum store_cause cause)
{
	switch (cause) {
	case STORE_CAUSE_EVICTED:
		return SLICE("evicted");
	case STORE_CAUSE_REVOKED:
		return SLICE("revoked");
	case STORE_CAUSE_BLOCKED:
		return SLICE("blocked");
	default:
		return SLICE("logout");
	}
}

static void remove_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	if (answer->status == STORE_OK ||
	    answer->status == STORE_ENDED) /* by us, when that answer was lost */
		redis_ends_note(&op->st->redis->ends, redis_op_id(op), op->cause);
	redis_listing_remove_answered(op, answer);
	redis_locks_wake(op->st, redis_op_id(op));
	redis_op_finish(op);
}

struct store_op *redis_remove(struct store *store, struct slice id, const struct store_user *owner,
			      const struct store_end *end, store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), id, done, ctx);

	if (op == NULL)
		return NULL;
	redis_op_ask_session(op, REDIS_SCRIPT_remove, remove_on_answer);
	op->call.confirm = done != NULL; /* who wants no answer waits for nobody */
	op->cause = end->cause;
	redis_call_add(&op->call, id);
	redis_call_add(&op->call, remove_cause(end->cause));
	redis_call_add(&op->call, owner != NULL ? SLICE("1") : SLICE("0"));
	redis_call_add(&op->call, owner != NULL ? owner->realm : SLICE(""));
	redis_call_add(&op->call, owner != NULL ? owner->name : SLICE(""));
	redis_call_add(&op->call, end->actor);
	redis_call_add(&op->call, end->reason);
	redis_op_send(op);
	return (struct store_op *)op;
}
