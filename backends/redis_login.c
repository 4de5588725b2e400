/* redis_login.c - see redis_login.h. */
#include "backends/redis_login.h"

#include "base/random.h"
#include "base/word.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOGIN_REALM_BYTES = 64 };

/* Another session of the user's, as his record has it. */
struct candidate {
	struct redis_login *login;
	char id[TOKEN_ID_CHARS];
	struct slice entry;
	int64_t since_ms; /* the least goes first */
	uint64_t listed_us;
	bool live;
};

struct redis_login {
	struct redis_op *op;
	struct redis_call write;
	redis_step_fn *written;
	struct store_user who;
	struct session_quota quota;
	int64_t lifetime_ms, until_ms;
	uint64_t save_id, epoch;
	bool new;
	struct slice application;
	char realm[LOGIN_REALM_BYTES];
	char listed[REDIS_LOGIN_CHARS + 1];
	struct event pause;
	struct candidate *candidates;
	size_t candidate_count;
	struct buffer entries; /* their texts */
	size_t waits;          /* for so many of them */
	bool failed;           /* one of them could not be looked at, or ended */
	char text[];           /* who's realm and name, application */
};

static void login_enter(struct redis_login *l);

struct slice redis_login_listed(const struct redis_login *login)
{
	return slice_of(login->listed, REDIS_LOGIN_CHARS);
}

static void login_on_pause(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	login_enter(ctx);
}

struct redis_login *redis_login_new(const struct redis_login_plan *plan)
{
	struct redis_login *l = calloc(1, sizeof(*l) + plan->who.realm.len + plan->who.name.len +
						  plan->application.len);
	uint64_t listed;
	char *text;

	if (l == NULL)
		return NULL;
	if (random_u64(&listed) != 0) {
		free(l);
		return NULL;
	}
	text = l->text;
	l->op = plan->op;
	l->op->login = l;
	l->who.realm = word_put(&text, plan->who.realm);
	l->who.name = word_put(&text, plan->who.name);
	l->application = word_put(&text, plan->application);
	l->quota = *plan->quota;
	l->lifetime_ms = plan->lifetime_ms;
	l->save_id = plan->save_id;
	l->new = plan->epoch == NULL;
	l->epoch = plan->epoch != NULL ? *plan->epoch : 0;
	l->written = plan->written;
	snprintf(l->listed, sizeof(l->listed), "%016llx", (unsigned long long)listed);
	event_assign(&l->pause, plan->op->st->loop, -1, 0, login_on_pause, l);
	return l;
}

void redis_login_free(struct redis_login **login)
{
	struct redis_login *l = *login;

	*login = NULL;
	if (l == NULL)
		return;
	event_del(&l->pause);
	redis_call_fini(&l->write);
	buffer_fini(&l->entries);
	free(l->candidates);
	free(l);
}

static struct redis_login *login_of(struct redis_op *op)
{
	return op->login;
}

static void login_add_user(struct redis_op *op, const struct store_user *who)
{
	redis_op_add_count(op, 2);
	redis_keys_add_user(&op->call, redis_namespace(op->st), who);
	redis_keys_add(&op->call, redis_namespace(op->st), op->call.bucket, "users");
	redis_keys_add_who(&op->call, who);
}

static void login_ask_user(struct redis_login *l, enum redis_script_name script,
			   redis_step_fn *step)
{
	struct redis_op *op = l->op;

	redis_op_ask(op, redis_keys_user_bucket(&l->who), script, step);
	login_add_user(op, &l->who);
	redis_call_add(&op->call, redis_op_id(op));
	redis_call_add(&op->call, redis_login_listed(l));
}

/* Those that were found out: as long as nobody has listed them anew, they are taken off. */
static void login_add_dead(struct redis_login *l)
{
	for (size_t i = 0; i < l->candidate_count; i++) {
		const struct candidate *c = &l->candidates[i];

		if (c->live)
			continue;
		redis_call_add(&l->op->call, slice_of(c->id, TOKEN_ID_CHARS));
		redis_call_add(&l->op->call, c->entry);
	}
}

/* --- the end --- */

static void login_on_left(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* what is left of it is found out in time */
	redis_op_finish(op);
}

/* op->result is what there is to say. */
static void login_leave(struct redis_login *l)
{
	login_ask_user(l, REDIS_SCRIPT_leave, login_on_left);
	login_add_dead(l);
	redis_op_send(l->op);
}

static void login_on_denied(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_take_record(op, answer);
	login_leave(login_of(op));
}

static void login_deny(struct redis_login *l, enum store_status status, enum event_cause cause)
{
	struct redis_op *op = l->op;

	redis_op_ask_session(op, REDIS_SCRIPT_deny, login_on_denied);
	redis_call_add(&op->call, redis_op_id(op));
	redis_call_add_u64(&op->call, l->save_id);
	if (l->new)
		redis_call_add(&op->call, SLICE(""));
	else
		redis_call_add_u64(&op->call, l->epoch);
	redis_call_add_number(&op->call, status);
	redis_call_add(&op->call, slice_from(event_cause_text(cause)));
	redis_call_add(&op->call, l->who.realm);
	redis_call_add(&op->call, l->application);
	redis_call_add(&op->call, l->who.name);
	redis_op_send(op);
}

/* --- confirmation --- */

static void login_on_undone(void *ctx, const struct store_result *result)
{
	struct redis_login *l = ctx;

	redis_op_finish_with(l->op, result->status == STORE_OK || result->status == STORE_ENDED
					    ? STORE_BLOCKED
					    : STORE_UNCERTAIN);
}

static void login_on_confirmed(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_login *l = login_of(op);

	if (answer->status == STORE_OK) {
		redis_op_finish(op);
		return;
	}
	if (answer->status != STORE_BLOCKED ||
	    redis_remove(&op->st->store, redis_op_id(op), &l->who, STORE_CAUSE_BLOCKED,
			 login_on_undone, l) == NULL)
		redis_op_finish_with(op, STORE_UNCERTAIN);
}

static void login_confirm(struct redis_login *l)
{
	login_ask_user(l, REDIS_SCRIPT_confirm, login_on_confirmed);
	redis_call_add_number(&l->op->call, l->lifetime_ms);
	login_add_dead(l);
	redis_op_send(l->op);
}

/* --- those that go for it --- */

static void login_evicted_all(struct redis_login *l)
{
	if (l->failed)
		redis_op_finish_with(l->op, STORE_UNCERTAIN);
	else
		login_confirm(l);
}

static void login_on_evicted(void *ctx, const struct store_result *result)
{
	struct candidate *c = ctx;
	struct redis_login *l = c->login;

	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN)
		l->failed = true;
	else
		c->live = false;
	if (--l->waits == 0)
		login_evicted_all(l);
}

static size_t login_victims(const struct redis_login *l, size_t live)
{
	return l->candidates != NULL && live >= l->quota.sessions ? live + 1 - l->quota.sessions
								  : 0;
}

static size_t login_count_live(const struct redis_login *l)
{
	size_t live = 0;

	for (size_t i = 0; i < l->candidate_count; i++)
		live += l->candidates[i].live;
	return live;
}

/* The candidates are sorted: those that go first come first. */
static void login_evict(struct redis_login *l)
{
	size_t count = login_victims(l, login_count_live(l));

	l->waits = 1;
	for (size_t i = 0; i < count; i++) {
		struct candidate *c = &l->candidates[i];

		if (redis_remove(&l->op->st->store, slice_of(c->id, TOKEN_ID_CHARS), &l->who,
				 STORE_CAUSE_EVICTED, login_on_evicted, c) == NULL)
			l->failed = true;
		else
			l->waits++;
	}
	if (--l->waits == 0)
		login_evicted_all(l);
}

/* --- the write --- */

static void login_on_written(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_login *l = login_of(op);

	l->written(op, answer);
	if (op->result.status == STORE_OK)
		login_evict(l);
	else if (op->result.status == STORE_UNCERTAIN)
		redis_op_finish(op); /* it will be repeated */
	else
		login_leave(l);
}

static void login_swap_write(struct redis_login *l)
{
	struct redis_call call = l->op->call;

	l->op->call = l->write;
	l->write = call;
}

static void login_write(struct redis_login *l)
{
	login_swap_write(l);
	l->op->step = login_on_written;
	redis_op_send(l->op);
}

/* --- a look at the others --- */

static int candidate_compare(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;

	if (x->live != y->live)
		return x->live ? -1 : 1;
	if (x->since_ms != y->since_ms)
		return x->since_ms < y->since_ms ? -1 : 1;
	return (x->listed_us > y->listed_us) - (x->listed_us < y->listed_us);
}

static void login_judge(struct redis_login *l)
{
	if (l->failed) {
		l->op->result = (struct store_result){ .status = STORE_UNAVAILABLE };
		login_leave(l);
		return;
	}
	qsort(l->candidates, l->candidate_count, sizeof(*l->candidates), candidate_compare);
	if (l->quota.on_limit == SESSION_DENY && login_victims(l, login_count_live(l)) > 0)
		login_deny(l, STORE_FULL, EVENT_CAUSE_SESSION_LIMIT);
	else
		login_write(l);
}

static bool peek_is_of(const struct redis_answer *answer, const struct store_user *who)
{
	struct slice realm, user;

	return answer->status == STORE_OK &&
	       redis_record_field(answer->reply, answer->fields, SLICE("realm"), &realm) &&
	       redis_record_field(answer->reply, answer->fields, SLICE("user"), &user) &&
	       slice_equal(realm, who->realm) && slice_equal(user, who->name);
}

static void login_on_peeked(struct redis_op *op, const struct redis_answer *answer)
{
	struct candidate *c = op->ctx;
	struct redis_login *l = c->login;
	struct slice since = SLICE("");
	uint64_t ms = 0;

	l->failed |= answer->status == STORE_UNAVAILABLE;
	c->live = peek_is_of(answer, &l->who);
	if (c->live)
		(void)redis_record_field(answer->reply, answer->fields,
					 l->quota.on_limit == SESSION_EVICT_IDLEST
						 ? SLICE("seen")
						 : SLICE("created"),
					 &since);
	(void)slice_number(since, INT64_MAX, &ms);
	c->since_ms = (int64_t)ms;
	redis_op_finish(op);
	if (--l->waits == 0)
		login_judge(l);
}

static void login_peek(struct redis_login *l, struct candidate *c)
{
	struct redis_op *op = redis_op_begin(l->op->st, slice_of(c->id, TOKEN_ID_CHARS), NULL, c);

	if (op == NULL) {
		l->failed = true;
		return;
	}
	l->waits++;
	redis_op_ask(op, redis_keys_bucket(redis_op_id(op)), REDIS_SCRIPT_peek, login_on_peeked);
	op->call.question = true;
	redis_op_add_count(op, 1);
	redis_keys_add_session(&op->call, redis_namespace(op->st), "s", redis_op_id(op));
	redis_op_send(op);
}

static void login_look(struct redis_login *l)
{
	l->waits = 1;
	for (size_t i = 0; i < l->candidate_count; i++)
		login_peek(l, &l->candidates[i]);
	if (--l->waits == 0)
		login_judge(l);
}

/* --- entering --- */

static void login_read_candidate(struct redis_login *l, struct slice id, struct slice entry,
				 size_t *at)
{
	struct candidate *c = &l->candidates[l->candidate_count];
	struct slice rest = entry, listed;

	if (id.len != TOKEN_ID_CHARS || slice_equal(id, redis_op_id(l->op)))
		return;
	*c = (struct candidate){ .login = l };
	memcpy(c->id, id.ptr, TOKEN_ID_CHARS);
	slice_cut(&rest, ' ', &listed);
	(void)slice_number(listed, UINT64_MAX, &c->listed_us);
	c->entry = slice_of(buffer_content(&l->entries).ptr + *at, entry.len);
	memcpy(l->entries.data + l->entries.head + *at, entry.ptr, entry.len);
	*at += entry.len;
	l->candidate_count++;
}

/* False: no memory. */
static bool login_read_candidates(struct redis_login *l, const struct redis_answer *answer)
{
	size_t elements = redis_reply_elements(answer->reply, answer->fields), bytes = 0, at = 0;
	char *room;

	for (size_t i = 0; i < elements; i++)
		bytes += redis_reply_text(answer->reply, answer->fields + 1 + i).len;
	l->candidates = calloc(elements / 2 + 1,
			       sizeof(*l->candidates)); /* never none, which is no memory */
	if (l->candidates == NULL || buffer_reserve(&l->entries, bytes, &room) != 0)
		return false;
	buffer_commit(&l->entries, bytes);
	for (size_t i = 0; i + 1 < elements; i += 2)
		login_read_candidate(l, redis_reply_text(answer->reply, answer->fields + 1 + i),
				     redis_reply_text(answer->reply, answer->fields + 2 + i), &at);
	return true;
}

static bool answer_has_crowd(const struct redis_answer *answer)
{
	return answer->items > 5 && redis_reply_elements(answer->reply, answer->fields) > 0;
}

static void login_admit(struct redis_login *l, const struct redis_answer *answer)
{
	if (!answer_has_crowd(answer))
		login_write(l);
	else if (login_read_candidates(l, answer))
		login_look(l);
	else
		redis_op_finish_with(l->op, STORE_UNAVAILABLE);
}

/* Others come to an end first. They take some round trips; all who wait come at times of their own. */
static void login_pause(struct redis_login *l)
{
	if (!redis_op_pause(&l->pause, l->until_ms))
		redis_op_finish_with(l->op, STORE_UNAVAILABLE);
}

static void login_on_entered(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_login *l = login_of(op);

	switch (answer->status) {
	case STORE_OK:
		login_admit(l, answer);
		break;
	case STORE_BUSY:
		login_pause(l);
		break;
	case STORE_BLOCKED:
		login_deny(l, STORE_BLOCKED, EVENT_CAUSE_USER_BLOCKED);
		break;
	default:
		redis_op_finish_with(op, STORE_UNAVAILABLE);
	}
}

static void login_enter(struct redis_login *l)
{
	login_ask_user(l, REDIS_SCRIPT_enter, login_on_entered);
	l->op->call.question = true; /* nothing has happened until it is written */
	redis_call_add_number(&l->op->call, l->quota.sessions);
	redis_call_add_number(&l->op->call, REDIS_LOGIN_PATIENCE_MS);
	redis_op_send(l->op);
}

void redis_login_keep_write(struct redis_login *l)
{
	l->write = l->op->call;
	l->op->call = (struct redis_call){ 0 };
	l->until_ms = clock_mono_ms() + l->op->st->redis->net.timeout_ms;
}

void redis_login_begin_in(struct redis_login *l, struct slice realm)
{
	if (realm.len > sizeof(l->realm)) {
		redis_op_finish_with(l->op, STORE_UNAVAILABLE);
		return;
	}
	memcpy(l->realm, realm.ptr, realm.len);
	l->who.realm = slice_of(l->realm, realm.len);
	login_enter(l);
}

void redis_login_begin(struct redis_login *l)
{
	redis_login_keep_write(l);
	login_enter(l);
}

void redis_login_skip(struct redis_login *l, redis_step_fn *step)
{
	login_swap_write(l);
	l->op->step = step;
	redis_op_send(l->op);
}

/* --- going --- */

static void unlist_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* one that stays is found out in time */
	redis_op_finish(op);
}

void redis_login_unlist(struct redis_store *st, const struct store_user *who, struct slice id,
			struct slice listed)
{
	struct redis_op *op;

	if (who->name.len == 0 || listed.len == 0)
		return;
	op = redis_op_begin(st, id, NULL, NULL);
	if (op == NULL)
		return;
	redis_op_ask(op, redis_keys_user_bucket(who), REDIS_SCRIPT_leave, unlist_on_answer);
	login_add_user(op, who);
	redis_call_add(&op->call, id);
	redis_call_add(&op->call, listed);
	redis_op_send(op);
}

static void assert_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	if (answer->status == STORE_BLOCKED)
		redis_remove(&op->st->store, redis_op_id(op), NULL, STORE_CAUSE_BLOCKED, NULL,
			     NULL);
	redis_op_finish(op);
}

void redis_login_assert(struct redis_store *st, const struct store_user *who, struct slice id,
			struct slice listed, int64_t lifetime_ms)
{
	struct redis_op *op = redis_op_begin(st, id, NULL, NULL);

	if (op == NULL)
		return;
	redis_op_ask(op, redis_keys_user_bucket(who), REDIS_SCRIPT_assert, assert_on_answer);
	login_add_user(op, who);
	redis_call_add(&op->call, id);
	redis_call_add(&op->call, listed);
	redis_call_add_number(&op->call, lifetime_ms);
	redis_op_send(op);
}

void redis_login_unlist_answer(struct redis_op *op, const struct redis_answer *answer)
{
	struct slice realm, user, listed;

	if (answer->items > 5 &&
	    redis_record_field(answer->reply, answer->fields, SLICE("realm"), &realm) &&
	    redis_record_field(answer->reply, answer->fields, SLICE("user"), &user) &&
	    redis_record_field(answer->reply, answer->fields, SLICE("listed"), &listed))
		redis_login_unlist(op->st, &(struct store_user){ realm, user }, redis_op_id(op),
				   listed);
}
