/* redis_users.c - what is done with all sessions of a user: his record says which those are, and each of them is looked at
 * where it is. What is listed and turns out to be his no more is taken off on this occasion. */
#include "backends/redis_login.h"

#include "base/word.h"

#include <stdlib.h>

/* One round over a user's sessions. */
struct round {
	struct redis_op *op; /* it is for */
	struct store_user who;
	enum store_cause cause;
	char except[TOKEN_ID_CHARS]; /* empty: none is spared */
	size_t limit;
	size_t waits; /* for so many sessions */
	size_t ended;
	enum store_status failed; /* OK: nothing has */
	struct member *members;
	size_t member_count;
	char text[]; /* who's realm and name */
};

struct member {
	struct round *round;
	char id[TOKEN_ID_CHARS];
	char login[REDIS_LOGIN_CHARS]; /* that has listed it; empty: it is not confirmed */
};

static struct slice member_id(const struct member *m)
{
	return slice_of(m->id, TOKEN_ID_CHARS);
}

static void round_free(void *work)
{
	struct round *r = work;

	free(r->members);
	free(r);
}

static struct round *round_of(const struct redis_op *op)
{
	return op->work;
}

/* It is the operation's. NULL: no memory. */
static struct round *round_new(struct redis_op *op, const struct store_user *who)
{
	struct round *r = calloc(1, sizeof(*r) + who->realm.len + who->name.len);
	char *text;

	if (r == NULL)
		return NULL;
	text = r->text;
	r->who.realm = word_put(&text, who->realm);
	r->who.name = word_put(&text, who->name);
	r->op = op;
	op->work = r;
	op->work_free = round_free;
	return r;
}

static void round_ask(struct round *r, enum redis_script_name script, redis_step_fn *step)
{
	struct redis_op *op = r->op;
	struct slice namespace = redis_namespace(op->st);

	redis_op_ask(op, redis_keys_user_bucket(&r->who), script, step);
	redis_op_add_count(op, script == REDIS_SCRIPT_members ? 1 : 4);
	redis_keys_add_user(&op->call, namespace, &r->who);
	if (script == REDIS_SCRIPT_members)
		return;
	redis_keys_add(&op->call, namespace, op->call.bucket, "users");
	redis_keys_add(&op->call, namespace, op->call.bucket, "meta");
	redis_keys_add(&op->call, namespace, op->call.bucket, "events");
	redis_keys_add_who(&op->call, &r->who);
}

/* "listed login", or "listed login until …" of one that is not confirmed. */
static void member_read_entry(struct member *m, struct slice entry)
{
	struct slice listed, login;

	slice_cut(&entry, ' ', &listed);
	if (slice_cut(&entry, ' ', &login) || login.len != sizeof(m->login))
		return;
	memcpy(m->login, login.ptr, login.len);
}

/* Confirmed, or it was so before. */
static bool entry_is_listed(struct slice entry)
{
	struct slice ignored;

	slice_cut(&entry, ' ', &ignored);
	slice_cut(&entry, ' ', &ignored);
	return entry.len == 0 || entry.ptr[entry.len - 1] == 'w';
}

/* False: no memory. */
static bool round_read_members(struct round *r, const struct redis_answer *answer, bool listed_only)
{
	size_t elements = redis_reply_elements(answer->reply, answer->fields);

	r->members = calloc(elements / 2 + 1, sizeof(*r->members));
	if (r->members == NULL)
		return false;
	for (size_t i = 0; i + 1 < elements; i += 2) {
		struct member *m = &r->members[r->member_count];
		struct slice id = redis_reply_text(answer->reply, answer->fields + 1 + i);
		struct slice entry = redis_reply_text(answer->reply, answer->fields + 2 + i);

		if (id.len != TOKEN_ID_CHARS || memcmp(id.ptr, r->except, id.len) == 0 ||
		    (listed_only && !entry_is_listed(entry)))
			continue;
		*m = (struct member){ .round = r };
		memcpy(m->id, id.ptr, TOKEN_ID_CHARS);
		member_read_entry(m, entry);
		r->member_count++;
	}
	return true;
}

static void member_unlist(const struct member *m)
{
	const struct round *r = m->round;

	if (m->login[0] != '\0')
		redis_login_unlist(r->op->st, &r->who, member_id(m),
				   slice_of(m->login, sizeof(m->login)));
}

/* --- ending --- */

static void round_ended_all(struct round *r)
{
	struct redis_op *op = r->op;

	op->result.status = r->failed;
	op->result.count = r->ended;
	redis_op_finish(op);
}

static void round_on_ended(void *ctx, const struct store_result *result)
{
	struct member *m = ctx;
	struct round *r = m->round;

	if (result->status == STORE_UNAVAILABLE || result->status == STORE_UNCERTAIN)
		r->failed = STORE_UNCERTAIN;
	else if (result->status == STORE_OK)
		r->ended++;
	else if (result->whole_since_ms != STORE_NEVER_WHOLE) /* it may be mended */
		member_unlist(m);
	if (--r->waits == 0)
		round_ended_all(r);
}

/* answer says who is listed. */
static void round_end_all(struct redis_op *op, const struct redis_answer *answer)
{
	struct round *r = round_of(op);

	redis_op_take(op, answer);
	if (answer->status != STORE_OK) {
		redis_op_finish_with(op, answer->status);
		return;
	}
	if (!round_read_members(r, answer, false))
		r->failed = STORE_UNCERTAIN;
	r->waits = 1;
	for (size_t i = 0; i < r->member_count; i++) {
		r->waits++;
		if (redis_remove(&op->st->store, member_id(&r->members[i]), &r->who, r->cause,
				 round_on_ended, &r->members[i]) == NULL) {
			r->waits--;
			r->failed = STORE_UNCERTAIN;
		}
	}
	if (--r->waits == 0)
		round_ended_all(r);
}

static struct redis_op *round_begin(struct store *store, const struct store_user *who,
				    store_done_fn *done, void *ctx)
{
	struct redis_op *op = redis_op_begin(redis_store(store), SLICE(""), done, ctx);

	if (op != NULL && round_new(op, who) == NULL) {
		redis_op_drop(op);
		return NULL;
	}
	return op;
}

struct store_op *redis_remove_user(struct store *store, const struct store_user *who,
				   struct slice except, enum store_cause cause, store_done_fn *done,
				   void *ctx)
{
	struct redis_op *op = round_begin(store, who, done, ctx);

	if (op == NULL)
		return NULL;
	round_of(op)->cause = cause;
	memcpy(round_of(op)->except, except.ptr, except.len);
	round_ask(round_of(op), REDIS_SCRIPT_members, round_end_all);
	redis_op_send(op);
	return (struct store_op *)op;
}

/* --- blocks --- */

struct store_op *redis_block_user(struct store *store, const struct store_user *who,
				  const struct store_block *block, store_done_fn *done, void *ctx)
{
	struct redis_op *op = round_begin(store, who, done, ctx);

	if (op == NULL)
		return NULL;
	round_of(op)->cause = STORE_CAUSE_BLOCKED;
	round_ask(round_of(op), REDIS_SCRIPT_block, round_end_all);
	op->call.confirm = true;
	redis_call_add_number(&op->call, block->until_ms);
	redis_call_add(&op->call, block->reason);
	redis_call_add(&op->call, who->realm);
	redis_call_add(&op->call, who->name);
	redis_op_send(op);
	return (struct store_op *)op;
}

static void unblock_on_answer(struct redis_op *op, const struct redis_answer *answer)
{
	redis_op_take(op, answer);
	redis_op_finish(op);
}

struct store_op *redis_unblock_user(struct store *store, const struct store_user *who,
				    store_done_fn *done, void *ctx)
{
	struct redis_op *op = round_begin(store, who, done, ctx);

	if (op == NULL)
		return NULL;
	round_ask(round_of(op), REDIS_SCRIPT_unblock, unblock_on_answer);
	redis_call_add(&op->call, who->realm);
	redis_call_add(&op->call, who->name);
	redis_op_send(op);
	return (struct store_op *)op;
}

/* --- listing --- */

/* Newest first; of two of the same millisecond the id decides, so that the order is the same each time. */
static int seen_compare(const void *a, const void *b)
{
	const struct session *x = *(const struct session *const *)a,
			     *y = *(const struct session *const *)b;

	if (x->seen_ms != y->seen_ms)
		return x->seen_ms < y->seen_ms ? 1 : -1;
	return memcmp(x->id, y->id, TOKEN_ID_CHARS);
}

static void round_found_all(struct round *r)
{
	struct redis_op *op = r->op;

	if (r->failed != STORE_OK) {
		redis_op_finish_with(op, STORE_UNAVAILABLE);
		return;
	}
	if (op->roll.count > 1)
		qsort(op->roll.sessions, op->roll.count, sizeof(struct session *), seen_compare);
	roll_cut(&op->roll, r->limit);
	redis_op_finish(op);
}

static bool session_is_of(const struct session *s, const struct store_user *who)
{
	return slice_equal(s->user, who->name) && slice_equal(s->realm, who->realm);
}

static void round_on_found(void *ctx, const struct store_result *result)
{
	struct member *m = ctx;
	struct round *r = m->round;

	if (result->status == STORE_UNAVAILABLE)
		r->failed = STORE_UNAVAILABLE;
	else if (result->status == STORE_OK && session_is_of(result->session, &r->who))
		roll_add(&r->op->roll, session_ref(result->session));
	else if (result->whole_since_ms != STORE_NEVER_WHOLE) /* it may be mended */
		member_unlist(m);
	if (--r->waits == 0)
		round_found_all(r);
}

static void round_find_all(struct redis_op *op, const struct redis_answer *answer)
{
	struct round *r = round_of(op);

	if (answer->status != STORE_OK || !round_read_members(r, answer, true) ||
	    roll_init(&op->roll, r->member_count) != 0) {
		redis_op_finish_with(op, STORE_UNAVAILABLE);
		return;
	}
	r->waits = 1;
	for (size_t i = 0; i < r->member_count; i++) {
		r->waits++;
		if (redis_find(&op->st->store, member_id(&r->members[i]), round_on_found,
			       &r->members[i]) == NULL) {
			r->waits--;
			r->failed = STORE_UNAVAILABLE;
		}
	}
	if (--r->waits == 0)
		round_found_all(r);
}

struct store_op *redis_list_user(struct store *store, const struct store_user *who, size_t limit,
				 store_done_fn *done, void *ctx)
{
	struct redis_op *op = round_begin(store, who, done, ctx);

	if (op == NULL)
		return NULL;
	round_of(op)->limit = limit;
	round_ask(round_of(op), REDIS_SCRIPT_members, round_find_all);
	op->call.question = true;
	redis_op_send(op);
	return (struct store_op *)op;
}
