/* ticket.c - see ticket.h. */
#include "gateway/ticket.h"

#include "base/random.h"
#include "gateway/request.h"
#include "gateway/session_call.h"

#include <stdlib.h>

/* --- the table --- */

static struct ticket *ticket_of_bucket(struct bucket_link *l)
{
	return CONTAINER_OF(l, struct ticket, bucket);
}

/* It is random already; no more is needed than as many of its bits as a hash has. */
static uint64_t ticket_hash(const char *text)
{
	uint64_t low, high;

	memcpy(&low, text, sizeof(low));
	memcpy(&high, text + sizeof(low), sizeof(high));
	return ((low ^ (high << 3)) * UINT64_C(0x9e3779b97f4a7c15)) >> 32;
}

/* In constant time: who guesses learns nothing from how long it takes. */
static bool ticket_equal(const char *a, const char *b)
{
	unsigned difference = 0;

	for (size_t i = 0; i < TICKET_CHARS; i++)
		difference |= (unsigned char)(a[i] ^ b[i]);
	return difference == 0;
}

struct ticket *ticket_find(const struct tickets *all, struct slice text)
{
	struct bucket_link *l;
	uint64_t hash;

	if (text.len != TICKET_CHARS)
		return NULL;
	hash = ticket_hash(text.ptr);
	for (l = buckets_chain(&all->table, hash); l != NULL; l = l->next)
		if (l->hash == hash && ticket_equal(ticket_of_bucket(l)->text, text.ptr))
			return ticket_of_bucket(l);
	return NULL;
}

struct ticket *ticket_show(struct tickets *all, struct slice text)
{
	struct ticket *t = ticket_find(all, text);

	if (t == NULL || t->shown == TICKET_CALLS)
		return NULL;
	t->shown++;
	return t;
}

const struct config_route *ticket_route(const struct ticket *t)
{
	return t->request != NULL ? t->request->route : t->route;
}

const struct config *ticket_config(const struct ticket *t)
{
	return t->request != NULL ? t->request->generation->config : t->config;
}

const char *ticket_request_id(const struct ticket *t)
{
	return t->request != NULL ? t->request->request_id : t->request_id;
}

struct slice ticket_session(const struct ticket *t)
{
	return slice_of(t->session_id, t->session_id[0] != '\0' ? sizeof(t->session_id) : 0);
}

struct ticket *ticket_ref(struct ticket *t)
{
	t->references++;
	return t;
}

void ticket_unref(struct ticket **tp)
{
	struct ticket *t = *tp;

	*tp = NULL;
	if (--t->references > 0)
		return;
	turn_cancel(t->all->turn, &t->chore);
	config_unref(&t->config);
	explicit_bzero(t, sizeof(*t));
	free(t);
}

static void ticket_on_chore(struct chore *c);

int ticket_issue(struct tickets *all, struct request *request, struct ticket **out)
{
	uint8_t bytes[TICKET_BYTES];
	struct ticket *t;
	int rc;

	if ((rc = random_bytes(bytes, sizeof(bytes))) != 0 ||
	    (rc = buckets_make_room(&all->table)) != 0)
		return rc;
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return SG_ENOMEM;
	t->all = all;
	t->references = 1;
	t->request = request;
	t->chore.run = ticket_on_chore;
	queue_init(&t->waiting);
	base64url_encode(bytes, sizeof(bytes), t->text);
	explicit_bzero(bytes, sizeof(bytes));
	buckets_put(&all->table, &t->bucket, ticket_hash(t->text));
	*out = t;
	return 0;
}

/* --- whose turn it is --- */

static void ticket_run_next(struct ticket *t)
{
	t->running = session_call_of_link(t->waiting.first);
	queue_remove(&t->waiting, t->waiting.first);
	session_call_run(t->running);
}

static bool ticket_calls_are_over(const struct ticket *t)
{
	return t->waiting.first == NULL || session_call_of_link(t->waiting.first)->behind;
}

static void ticket_on_chore(struct chore *c)
{
	struct ticket *t = CONTAINER_OF(c, struct ticket, chore);
	ticket_turn_fn *turn = t->turn;

	if (t->running != NULL || t->saving)
		return;
	if (turn != NULL && ticket_calls_are_over(t)) {
		t->turn = NULL;
		t->saving = true;
		turn(t->request);
	} else if (t->waiting.first != NULL) {
		ticket_run_next(t);
	}
}

static void ticket_go_on(struct ticket *t)
{
	if (t->turn != NULL || t->waiting.first != NULL)
		turn_add(t->all->turn, &t->chore);
}

bool ticket_claim(struct ticket *t, ticket_turn_fn *turn)
{
	if (t == NULL || t->saving)
		return true;
	if (t->running == NULL && t->waiting.first == NULL) {
		t->saving = true;
		return true;
	}
	t->turn = turn;
	ticket_go_on(t);
	return false;
}

void ticket_yield(struct ticket *t)
{
	if (t == NULL)
		return;
	t->turn = NULL;
	t->saving = false;
	ticket_go_on(t);
}

void ticket_join(struct ticket *t, struct session_call *call)
{
	call->behind = t->turn != NULL || t->saving;
	queue_append(&t->waiting, &call->link);
	ticket_go_on(t);
}

void ticket_leave(struct ticket *t, struct session_call *call)
{
	if (t->running == call)
		t->running = NULL;
	else
		queue_remove(&t->waiting, &call->link);
	ticket_go_on(t);
}

/* --- after the request's end --- */

static struct ticket *tickets_earliest(const struct tickets *all)
{
	return CONTAINER_OF(all->late.first, struct ticket, late_link);
}

static void tickets_drop_earliest(struct tickets *all)
{
	struct ticket *t = tickets_earliest(all);

	queue_remove(&all->late, &t->late_link);
	all->late_count--;
	if (t->fence != 0)
		store_unlock(all->store, ticket_session(t), t->fence);
	t->fence = 0;
	buckets_take(&all->table, &t->bucket);
	buckets_give_room_back(&all->table);
	ticket_unref(&t);
}

static void tickets_on_sweep(struct deadline *d)
{
	struct tickets *all = CONTAINER_OF(d, struct tickets, sweep);
	int64_t now_ms = turn_now_ms(all->turn);

	while (all->late.first != NULL && tickets_earliest(all)->late_until_ms <= now_ms)
		tickets_drop_earliest(all);
	if (all->late.first != NULL)
		deadline_arm(all->deadlines, d, tickets_earliest(all)->late_until_ms - now_ms,
			     tickets_on_sweep);
}

/* Whose session it was is all that it needs from now on: each save makes a new record of a session, and whoever kept
 * the one that its request had would keep what nobody else does. */
static void ticket_keep(struct ticket *t)
{
	const struct request *r = t->request;
	const struct session *session = r->lookup.session;

	t->request = NULL;
	t->config = config_ref(r->generation->config);
	t->route = r->route;
	if (session != NULL) {
		memcpy(t->session_id, session->id, sizeof(t->session_id));
		t->epoch = session->epoch;
	}
	t->fence = r->lookup.given;
	memcpy(t->request_id, r->request_id, sizeof(t->request_id));
	token_wipe(&t->news.token);
}

void ticket_part(struct ticket *t)
{
	struct tickets *all;

	if (t == NULL)
		return;
	all = t->all;
	ticket_keep(t);
	ticket_yield(t);
	t->late_until_ms = turn_now_ms(all->turn) + TICKET_LATE_MS;
	queue_append(&all->late, &t->late_link);
	all->late_count++;
	while (all->late_count > TICKETS_LATE)
		tickets_drop_earliest(all);
	if (all->late.first != NULL && !deadline_armed(&all->sweep))
		deadline_arm(all->deadlines, &all->sweep, TICKET_LATE_MS, tickets_on_sweep);
}

void tickets_open(struct tickets *all, struct deadlines *deadlines, struct turn *turn)
{
	*all = (struct tickets){ .deadlines = deadlines, .turn = turn };
	queue_init(&all->late);
}

void tickets_close(struct tickets *all)
{
	deadline_disarm(&all->sweep);
	while (all->late.first != NULL)
		tickets_drop_earliest(all);
	buckets_fini(&all->table);
}
