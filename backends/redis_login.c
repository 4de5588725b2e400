/* redis_login.c - see redis_login.h. */
#include "backends/redis_login.h"

#include "backends/redis_listing.h"
#include "backends/redis_rivals.h"
#include "base/word.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <stdlib.h>

/* Who waits for his turn asks again after this, at first and at last; so much longer for each who is before him. Who has not
 * asked for LOGIN_SILENCE_MS is dead, or will stand where he stood. */
enum { LOGIN_PAUSE_MS = 1, LOGIN_LAST_PAUSE_MS = 10, LOGIN_SILENCE_MS = 1000 };

/* Of a user who has very many sessions: how many are looked at in a call, and end at a time. */
enum { LOGIN_LOOKED_AT = 64, LOGIN_EVICTED_AT_A_TIME = 32 };

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
	char listed[REDIS_LISTING_CHARS + 1]; /* and its ticket */
	/* realm and name, with a zero byte between them: with whom it is in line */
	char key[STORE_REALM_BYTES + 1 + SESSION_USER_BYTES];
	struct redis_place place;
	struct event pause;
	int64_t came_ms, pause_ms; /* monotonic; the next one */
	bool asked;                /* may it enter? the answer is on its way */
	bool again;                /* and what it will say is old */
	bool stands;               /* Redis may have its ticket */
	struct redis_fan fan;
	struct redis_reading reading;
	struct redis_rivals rivals;
	size_t victims, evicted; /* so many go for it; so many of them have been told to */
	size_t waits;            /* for so many of them */
	bool failed;             /* one of them could not be looked at, or ended */
	char text[];             /* who's realm and name, application */
};

static void login_enter(struct redis_login *l);
static void login_on_first(struct redis_place *place);
static void login_on_pause(evutil_socket_t fd, short what, void *ctx);

struct slice redis_login_listed(const struct redis_login *login)
{
	return slice_of(login->listed, REDIS_LISTING_CHARS);
}

static struct redis_line *login_line(struct redis_login *l)
{
	return &l->op->st->entrants;
}

struct redis_login *redis_login_new(const struct redis_login_plan *plan)
{
	struct redis_login *l = calloc(1, sizeof(*l) + plan->who.realm.len + plan->who.name.len +
						  plan->application.len);
	char *text;

	if (l == NULL)
		return NULL;
	if (redis_listing_name(l->listed) != 0) {
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
	l->place.first = login_on_first;
	l->pause_ms = LOGIN_PAUSE_MS;
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
	redis_line_leave(login_line(l), &l->place);
	redis_call_fini(&l->write);
	redis_rivals_fini(&l->rivals);
	free(l);
}

static struct redis_login *login_of(struct redis_op *op)
{
	return op->login;
}

static void login_add_line(struct redis_op *op, const struct store_user *who)
{
	redis_keys_add_of_user(&op->call, redis_namespace(op->st), "line", who);
	redis_keys_add_of_user(&op->call, redis_namespace(op->st), "patience", who);
}

static void login_ask_user(struct redis_login *l, enum redis_script_name script,
			   redis_step_fn *step)
{
	const struct redis_listing listing = { .who = l->who,
					       .id = redis_op_id(l->op),
					       .listed = redis_login_listed(l) };

	redis_listing_ask(l->op, &listing, script, step);
}

/* --- the end --- */

/* Who is next is asked for right behind it. */
static void login_send_last(struct redis_login *l)
{
	redis_op_send(l->op);
	redis_line_wake(login_line(l), l->place.what);
}

static void login_on_left(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer; /* what is left of it is found out in time */
	redis_op_finish(op);
}

/* op->result is what there is to say. */
static void login_leave(struct redis_login *l)
{
	login_ask_user(l, REDIS_SCRIPT_leave, login_on_left);
	redis_rivals_add_dead(&l->rivals, &l->op->call);
	login_send_last(l);
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
	    store_remove(&op->st->store, redis_op_id(op), &l->who, STORE_CAUSE_BLOCKED,
			 login_on_undone, l) == NULL)
		redis_op_finish_with(op, STORE_UNCERTAIN);
}

static void login_confirm(struct redis_login *l)
{
	login_ask_user(l, REDIS_SCRIPT_confirm, login_on_confirmed);
	redis_call_add_number(&l->op->call, l->lifetime_ms);
	redis_rivals_add_dead(&l->rivals, &l->op->call);
	login_send_last(l);
}

/* --- those that go for it --- */

static void login_evicted_all(struct redis_login *l)
{
	if (l->failed)
		redis_op_finish_with(l->op, STORE_UNCERTAIN);
	else
		login_confirm(l);
}

static void login_evict_next(struct redis_login *l);

static void login_on_evicted(void *ctx, const struct store_result *result)
{
	struct redis_rival *rival = ctx;
	struct redis_login *l = rival->login;

	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN)
		l->failed = true;
	else
		rival->dead = true;
	l->waits--;
	login_evict_next(l);
}

/* So many of them have to go. */
static size_t login_victims(const struct redis_login *l)
{
	size_t live = redis_rivals_live(&l->rivals);

	return l->quota.sessions > 0 && live >= l->quota.sessions ? live + 1 - l->quota.sessions
								  : 0;
}

static void login_evict_next(struct redis_login *l)
{
	while (l->waits < LOGIN_EVICTED_AT_A_TIME && l->evicted < l->victims) {
		struct redis_rival *rival = &l->rivals.each[l->evicted++];

		if (store_remove(&l->op->st->store, slice_of(rival->id, TOKEN_ID_CHARS), &l->who,
				 STORE_CAUSE_EVICTED, login_on_evicted, rival) == NULL)
			l->failed = true;
		else
			l->waits++;
	}
	if (l->waits == 0)
		login_evicted_all(l);
}

/* They are sorted: those that go first come first. */
static void login_evict(struct redis_login *l)
{
	l->victims = login_victims(l);
	l->waits = 0;
	login_evict_next(l);
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

static void login_judge(struct redis_op *op)
{
	struct redis_login *l = login_of(op);

	if (l->failed) {
		l->op->result = (struct store_result){ .status = STORE_UNAVAILABLE };
		login_leave(l);
		return;
	}
	redis_rivals_sort(&l->rivals);
	if (l->quota.on_limit == SESSION_DENY && login_victims(l) > 0)
		login_deny(l, STORE_FULL, EVENT_CAUSE_SESSION_LIMIT);
	else
		login_write(l);
}

/* Nobody knows what the others are. */
static void login_fail(struct redis_op *op)
{
	login_of(op)->failed = true;
	login_judge(op);
}

static void login_see(struct redis_rival *rival, const struct redis_reply *reply, size_t item)
{
	const struct redis_login *l = rival->login;

	redis_rival_see(rival, &l->who, l->quota.on_limit == SESSION_EVICT_IDLEST, reply, item);
}

static void login_on_looked(struct redis_op *part, const struct redis_answer *answer)
{
	const struct redis_group *group = part->work;

	if (answer->status != STORE_OK || answer->items <= 5)
		((struct redis_fan *)part->ctx)->failed = true;
	else
		for (size_t i = 0; i < group->count; i++)
			login_see(CONTAINER_OF(group->ids[i], struct redis_rival, id),
				  answer->reply, answer->fields + 1 + 4 * i);
	redis_fan_take(part);
}

static void login_look(struct redis_login *l)
{
	static const struct redis_look looked = { .script = REDIS_SCRIPT_times,
						  .most = LOGIN_LOOKED_AT,
						  .step = login_on_looked };
	char **ids = reallocarray(NULL, l->rivals.count + 1, sizeof(ids[0]));

	redis_fan_open(&l->fan, l->op, login_judge);
	l->fan.fail = login_fail;
	if (ids == NULL) {
		l->fan.failed = true;
	} else {
		for (size_t i = 0; i < l->rivals.count; i++)
			ids[i] = l->rivals.each[i].id;
		redis_fan_sessions(&l->fan, ids, l->rivals.count, &looked);
	}
	free(ids);
	redis_fan_close(&l->fan);
}

/* --- who the others are --- */

static int login_add_rivals(struct redis_login *l, struct redis_crowd *some)
{
	return redis_rivals_add(&l->rivals, some, l, redis_op_id(l->op));
}

static bool login_take_crowd(struct redis_fan *fan, void *ctx, struct redis_crowd *some)
{
	if (login_add_rivals(ctx, some) == 0)
		return true;
	fan->failed = true;
	return false;
}

static void login_look_at_distinct(struct redis_op *op)
{
	struct redis_login *l = login_of(op);

	redis_rivals_distinct(&l->rivals);
	login_look(l);
}

/* The record is too long to have come with the answer. */
static void login_read_crowd(struct redis_login *l)
{
	l->reading = (struct redis_reading){ .who = &l->who, .ctx = l };
	redis_fan_open(&l->fan, l->op, login_look_at_distinct);
	l->fan.fail = login_fail;
	redis_crowd_read(&l->fan, &l->reading, 1, login_take_crowd);
	redis_fan_close(&l->fan);
}

static int login_read_answer(struct redis_login *l, const struct redis_answer *answer)
{
	struct redis_crowd all = { .reply = answer->reply,
				   .item = answer->fields + 1,
				   .end = redis_reply_after(answer->reply, answer->fields) };

	return login_add_rivals(l, &all);
}

static bool answer_has_crowd(const struct redis_answer *answer)
{
	return answer->items > 5 && redis_reply_elements(answer->reply, answer->fields) > 0;
}

static void login_admit(struct redis_login *l, const struct redis_answer *answer)
{
	if (l->op->done == NULL) /* it was cancelled, and nothing is written yet */
		login_leave(l);
	else if (answer->number == 1)
		login_read_crowd(l);
	else if (!answer_has_crowd(answer))
		login_write(l);
	else if (login_read_answer(l, answer) == 0)
		login_look(l);
	else
		login_fail(l->op);
}

/* --- its turn --- */

static void login_quit(struct redis_login *l)
{
	struct redis_op *op = redis_op_begin(l->op->st, SLICE(""), NULL, NULL);

	if (op == NULL)
		return;
	redis_op_ask(op, redis_keys_user_bucket(&l->who), REDIS_SCRIPT_quit, login_on_left);
	redis_op_add_count(op, 2);
	login_add_line(op, &l->who);
	redis_call_add(&op->call, redis_login_listed(l));
	redis_op_send(op);
}

/* There was no time for it. */
static void login_give_up(struct redis_login *l)
{
	if (l->stands)
		login_quit(l);
	redis_op_finish_with(l->op, STORE_UNAVAILABLE);
}

/* False: there is no time, or no memory. */
static bool login_pause(struct redis_login *l, int64_t ms)
{
	int64_t left_ms = l->until_ms - clock_mono_ms();
	struct timeval after;

	if (ms > left_ms)
		ms = left_ms;
	after = (struct timeval){ .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };
	return ms > 0 && event_add(&l->pause, &after) == 0;
}

/* Who is not the first here waits for nothing but the end of his time. */
static void login_on_pause(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_login *l = ctx;

	(void)fd;
	(void)what;
	if (redis_line_begins_with(login_line(l), &l->place))
		login_enter(l);
	else
		login_give_up(l);
}

/* Others come to an end first, or came first: on another loop, or this one's own, which says when it has ended. */
static void login_wait(struct redis_login *l, int64_t before)
{
	int64_t pause_ms = l->pause_ms * (before + 1);

	l->stands = true;
	l->pause_ms = 2 * l->pause_ms < LOGIN_LAST_PAUSE_MS ? 2 * l->pause_ms : LOGIN_LAST_PAUSE_MS;
	if (l->again && l->op->done != NULL)
		login_enter(l);
	else if (l->op->done == NULL || !login_pause(l, pause_ms)) /* cancelled, or too late */
		login_give_up(l);
}

static void login_on_first(struct redis_place *place)
{
	struct redis_login *l = CONTAINER_OF(place, struct redis_login, place);

	if (l->op->st->closing)
		return;
	l->again = l->asked;
	if (!l->asked)
		login_enter(l);
}

static void login_on_no_place(struct redis_op *op, const struct redis_answer *answer)
{
	(void)answer;
	redis_op_finish_with(op, STORE_UNAVAILABLE);
}

/* Not before the call has returned that began it. */
static void login_refuse(struct redis_login *l)
{
	redis_line_leave(login_line(l), &l->place);
	redis_op_later(l->op, login_on_no_place);
}

/* False: it is nobody whom we could know. */
static bool login_name_place(struct redis_login *l)
{
	size_t realm_bytes = l->who.realm.len;

	if (realm_bytes > STORE_REALM_BYTES || l->who.name.len > SESSION_USER_BYTES)
		return false;
	memcpy(l->key, l->who.realm.ptr, realm_bytes);
	memcpy(l->key + realm_bytes + 1, l->who.name.ptr, l->who.name.len);
	l->who.realm = slice_of(l->key, realm_bytes); /* it was the caller's */
	l->place.what = slice_of(l->key, realm_bytes + 1 + l->who.name.len);
	return true;
}

/* Where nothing is counted nobody waits. */
static void login_queue(struct redis_login *l)
{
	bool known = login_name_place(l);

	if (known && (l->quota.sessions == 0 || redis_line_join(login_line(l), &l->place)))
		login_enter(l);
	else if (!known || !login_pause(l, l->until_ms - clock_mono_ms()))
		login_refuse(l);
}

void redis_login_withdraw(struct redis_op *op)
{
	struct redis_login *l = login_of(op);

	if (link_listed(&l->place.link) && !l->asked)
		login_give_up(l);
}

/* --- entering --- */

static void login_on_entered(struct redis_op *op, const struct redis_answer *answer)
{
	struct redis_login *l = login_of(op);

	l->asked = false;
	if (answer->status != STORE_BUSY)
		redis_line_leave(login_line(l), &l->place);
	switch (answer->status) {
	case STORE_OK:
		login_admit(l, answer);
		break;
	case STORE_BUSY:
		login_wait(l, answer->number);
		break;
	case STORE_BLOCKED:
		login_deny(l, STORE_BLOCKED, EVENT_CAUSE_USER_BLOCKED);
		break;
	default: /* should Redis have heard it all the same, nobody waits for it in vain */
		redis_listing_remove(op->st, &l->who, redis_op_id(op), redis_login_listed(l));
		redis_op_finish_with(op, STORE_UNAVAILABLE);
	}
}

static void login_enter(struct redis_login *l)
{
	struct redis_op *op = l->op;

	event_del(&l->pause);
	l->asked = true;
	l->again = false;
	redis_op_ask(op, redis_keys_user_bucket(&l->who), REDIS_SCRIPT_enter, login_on_entered);
	op->call.question = true; /* nothing has happened until it is written */
	redis_op_add_count(op, 4);
	redis_listing_add_keys(op, &l->who);
	login_add_line(op, &l->who);
	redis_keys_add_who(&op->call, &l->who);
	redis_call_add(&op->call, redis_op_id(op));
	redis_call_add(&op->call, redis_login_listed(l));
	redis_call_add_number(&op->call, l->quota.sessions);
	redis_call_add_number(&op->call, REDIS_LOGIN_PATIENCE_MS);
	redis_call_add_number(&op->call, clock_mono_ms() - l->came_ms);
	redis_call_add_number(&op->call, LOGIN_SILENCE_MS);
	redis_op_send(op);
}

void redis_login_keep_write(struct redis_login *l)
{
	l->write = l->op->call;
	l->op->call = (struct redis_call){ 0 };
	l->came_ms = clock_mono_ms();
	l->until_ms = l->came_ms + l->op->st->redis->net.timeout_ms;
}

void redis_login_begin_in(struct redis_login *l, struct slice realm)
{
	l->who.realm = realm;
	login_queue(l);
}

void redis_login_begin(struct redis_login *l)
{
	redis_login_keep_write(l);
	login_queue(l);
}

void redis_login_skip(struct redis_login *l, redis_step_fn *step)
{
	login_swap_write(l);
	l->op->step = step;
	redis_op_send(l->op);
}
