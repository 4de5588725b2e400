/* asker.c - see asker.h. */
#include "tests/fuzz/asker.h"

#include "backends/backend.h"
#include "backends/headcount.h"
#include "session/value.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/world.h"

enum {
	ASKED = 24,
	LIMIT = 3, /* of a page */
	IDLE_MS = 60000,
	ABSOLUTE_MS = 600000,
	TOUCH_MS = 1000,
};

struct asked;

/* What may be asked, and what is to be seen to in its answer. */
struct question {
	struct slice name;
	void (*ask)(struct asked *);
	void (*look)(const struct store_result *); /* with STORE_OK; NULL: nothing */
};

struct asked {
	const struct question *question;
	struct store_op *op;
	bool again, returned, cancelled;
	unsigned times;
};

static struct {
	struct store *store;
	struct asked asked[ASKED];
	size_t count;
	uint64_t fence; /* given out last; 0: none is out */
	char position[STORE_POSITION_BYTES];
	size_t position_bytes;
	char cursor[STORE_CURSOR_BYTES], user_cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes, user_cursor_bytes;
	uint64_t saves;
} asker;

static const struct slice id = { "abcdefghijklmnopqrst", TOKEN_ID_CHARS };
static const struct store_user alice = { { "default", 7 }, { "alice", 5 } };
static const struct session_limits limits = { 1 << 20, 1 << 19, 256 };

static void asked_on_answer(void *ctx, const struct store_result *result);

/* --- what is asked --- */

static struct renewal some_renewal(void)
{
	struct renewal r = { .epoch = ++asker.saves };

	memset(r.hash, 'r', sizeof(r.hash));
	memset(r.csrf, 'c', sizeof(r.csrf));
	return r;
}

static void ask_find(struct asked *a)
{
	a->op = store_find(asker.store, id, asked_on_answer, a);
}

static void ask_lock(struct asked *a)
{
	uint8_t hash[TOKEN_HASH_BYTES];
	const struct store_claim claim = { alice.realm, hash, 4000, 1000 };

	memset(hash, 'h', sizeof(hash));
	a->op = store_lock(asker.store, id, &claim, asked_on_answer, a);
}

static void create(struct asked *a, struct slice user, const struct store_mark *mark)
{
	static const struct change changes[] = { { { "cart", 4 }, { "[1,2]", 5 } } };
	const struct session_quota quota = { 2, SESSION_EVICT_OLDEST };
	const struct renewal secret = some_renewal();
	const struct session_birth birth = {
		.id = id,
		.realm = alice.realm,
		.application = SLICE("app"),
		.user = user,
		.secret = &secret,
		.idle_ms = IDLE_MS,
		.absolute_ms = ABSOLUTE_MS,
		.touch_ms = TOUCH_MS,
		.save_id = ++asker.saves,
		.changes = changes,
		.change_count = 1,
		.limits = limits,
	};
	const struct session *session;

	CLAIM(session_new(&birth, world_wall_ms(), &session) == 0);
	a->op = store_create(asker.store, session, &quota, mark, asked_on_answer, a);
	session_unref(&session);
}

static void ask_create(struct asked *a)
{
	create(a, SLICE(""), NULL);
}

static void ask_login(struct asked *a)
{
	create(a, alice.name, NULL);
}

static void ask_adopt(struct asked *a)
{
	uint8_t hash[STORE_MARK_BYTES];
	const struct store_mark mark = { hash, world_wall_ms() + ABSOLUTE_MS };

	memset(hash, 'm', sizeof(hash));
	create(a, alice.name, &mark);
}

static void save(struct asked *a, struct delta *d)
{
	d->save_id = ++asker.saves;
	d->epoch = 7;
	d->limits = limits;
	d->fence = asker.fence;
	a->op = store_save(asker.store, id, d, asked_on_answer, a);
}

static void ask_save(struct asked *a)
{
	static const struct change changes[] = { { { "cart", 4 }, { "[1,2,3]", 7 } },
						 { { "gone", 4 }, { NULL, 0 } } };
	const struct device_visit visit = { SLICE("192.0.2.7"), SLICE("Browser/1"),
					    DEVICE_TRUNCATED };
	struct delta d = { .changes = changes, .change_count = 2, .visit = &visit };

	save(a, &d);
}

static void ask_touch(struct asked *a)
{
	struct delta d = { .unread = true };

	save(a, &d);
}

static void relogin(struct asked *a, struct slice user)
{
	const struct renewal renewal = some_renewal();
	const struct login login = {
		.user = user,
		.idle_ms = IDLE_MS,
		.absolute_ms = ABSOLUTE_MS,
		.touch_ms = TOUCH_MS,
		.quota = { 1, SESSION_DENY },
	};
	struct delta d = { .renewal = &renewal, .login = &login };

	save(a, &d);
}

static void ask_relogin(struct asked *a)
{
	relogin(a, alice.name);
}

static void ask_anonymous(struct asked *a)
{
	relogin(a, SLICE(""));
}

static void ask_remove(struct asked *a)
{
	a->op = store_remove(asker.store, id, NULL, STORE_CAUSE_LOGOUT, asked_on_answer, a);
}

static void ask_revoke(struct asked *a)
{
	a->op = store_remove_user(asker.store, &alice, id, STORE_CAUSE_REVOKED, asked_on_answer, a);
}

static void ask_block(struct asked *a)
{
	const struct store_block block = { .until_ms = 0, .reason = SLICE("left") };

	a->op = store_block_user(asker.store, &alice, &block, asked_on_answer, a);
}

static void ask_unblock(struct asked *a)
{
	a->op = store_unblock_user(asker.store, &alice, SLICE(""), asked_on_answer, a);
}

static void ask_listuser(struct asked *a)
{
	a->op = store_list_user(asker.store, &alice, LIMIT, asked_on_answer, a);
}

static void list(struct asked *a, const struct filter *filter)
{
	const struct store_listing listing = {
		.filter = filter,
		.order = STORE_BY_SEEN,
		.descending = true,
		.cursor = slice_of(asker.cursor, asker.cursor_bytes),
		.limit = LIMIT,
	};

	a->op = store_list(asker.store, &listing, asked_on_answer, a);
}

static void ask_list(struct asked *a)
{
	const struct filter all = { .min_bytes = 0 };

	list(a, &all);
}

static const struct filter alices = { .realms = { &alice.realm, 1 }, .users = { &alice.name, 1 } };

static void ask_alices(struct asked *a)
{
	list(a, &alices);
}

static void ask_count(struct asked *a)
{
	const struct filter all = { .min_bytes = 0 };

	a->op = store_count(asker.store, &all, asked_on_answer, a);
}

static void ask_countuser(struct asked *a)
{
	a->op = store_count(asker.store, &alices, asked_on_answer, a);
}

static void ask_headcount(struct asked *a)
{
	a->op = store_headcount(asker.store, asked_on_answer, a);
}

static void ask_countshop(struct asked *a)
{
	static const struct slice shop = SLICE("shop");
	const struct filter of_shop = { .applications = { &shop, 1 } };

	a->op = store_count(asker.store, &of_shop, asked_on_answer, a);
}

static void ask_users(struct asked *a)
{
	const struct store_user_listing listing = {
		.cursor = slice_of(asker.user_cursor, asker.user_cursor_bytes),
		.limit = LIMIT,
	};

	a->op = store_users(asker.store, &listing, asked_on_answer, a);
}

static void ask_events(struct asked *a)
{
	a->op = store_events(asker.store, slice_of(asker.position, asker.position_bytes), LIMIT,
			     asked_on_answer, a);
}

static void ask_tell(struct asked *a)
{
	const struct session_event e = { .type = EVENT_STORE_UP, .at_ms = 1, .teller = 1 };

	a->op = store_tell(asker.store, &e, asked_on_answer, a);
}

static void ask_health(struct asked *a)
{
	a->op = store_health(asker.store, asked_on_answer, a);
}

static void ask_due(struct asked *a)
{
	a->op = store_expire_due(asker.store, LIMIT, asked_on_answer, a);
}

/* --- what is answered --- */

static void look_at_attributes(const struct session *s, bool outline)
{
	for (size_t i = 0; i < s->attribute_count; i++) {
		struct slice rest = s->attributes[i].value, value;

		CLAIM(s->attributes[i].name.len > 0);
		CLAIM(i == 0 ||
		      slice_compare(s->attributes[i - 1].name, s->attributes[i].name) <= 0);
		CLAIM(outline || (value_scan(&rest, &value) == 0 && rest.len == 0));
	}
}

static void look_at_session(const struct session *s, bool outline)
{
	CLAIM(token_id_well_formed(slice_of(s->id, TOKEN_ID_CHARS)));
	CLAIM(s->realm.len > 0 && s->realm.len <= STORE_REALM_BYTES);
	CLAIM(s->user.len <= SESSION_USER_BYTES && s->host.len <= SESSION_HOST_BYTES);
	CLAIM(s->device.user_agent.len <= DEVICE_AGENT_BYTES);
	CLAIM(s->replaced_count <= SESSION_REPLACED);
	look_at_attributes(s, outline);
}

static void look_at_record(const struct store_result *r)
{
	CLAIM(r->session != NULL);
	CLAIM(slice_equal(slice_of(r->session->id, TOKEN_ID_CHARS), id));
	look_at_session(r->session, false);
}

/* The same of a save whose values nobody looks at: they may be left out. */
static void look_at_outline(const struct store_result *r)
{
	CLAIM(r->session != NULL);
	CLAIM(slice_equal(slice_of(r->session->id, TOKEN_ID_CHARS), id));
	look_at_session(r->session, true);
}

static void look_at_lock(const struct store_result *r)
{
	look_at_record(r);
	if (r->fence != 0)
		asker.fence = r->fence;
}

static void look_at_list(const struct store_result *r)
{
	CLAIM(r->count <= LIMIT && (r->count == 0 || r->sessions != NULL));
	for (size_t i = 0; i < r->count; i++)
		look_at_session(r->sessions[i], true);
}

static void look_at_alices(const struct store_result *r)
{
	look_at_list(r);
	for (size_t i = 0; i < r->count; i++)
		CLAIM(slice_equal(r->sessions[i]->user, alice.name) &&
		      slice_equal(r->sessions[i]->realm, alice.realm));
}

static void look_at_page(const struct store_result *r)
{
	look_at_list(r);
	for (size_t i = 1; i < r->count; i++)
		CLAIM(r->sessions[i - 1] != r->sessions[i] &&
		      memcmp(r->sessions[i - 1]->id, r->sessions[i]->id, TOKEN_ID_CHARS) != 0);
	CLAIM(r->cursor.len <= STORE_CURSOR_BYTES);
	if (r->cursor.len > 0)
		memcpy(asker.cursor, r->cursor.ptr, r->cursor.len);
	asker.cursor_bytes = r->cursor.len;
}

static void look_at_page_of_alice(const struct store_result *r)
{
	look_at_alices(r);
	look_at_page(r);
}

static void look_at_users(const struct store_result *r)
{
	CLAIM(r->count <= LIMIT && r->cursor.len <= STORE_CURSOR_BYTES);
	for (size_t i = 0; i < r->count; i++) {
		const struct store_user *who = &r->users[i].who;

		CLAIM(who->realm.len <= STORE_REALM_BYTES);
		CLAIM(who->name.len > 0 && who->name.len <= SESSION_USER_BYTES);
		CLAIM(who->realm.len == 0 || memchr(who->realm.ptr, '\0', who->realm.len) == NULL);
	}
	if (r->cursor.len > 0)
		memcpy(asker.user_cursor, r->cursor.ptr, r->cursor.len);
	asker.user_cursor_bytes = r->cursor.len;
}

static void look_at_heads(const struct store_result *r)
{
	CLAIM(r->headcount != NULL && !r->headcount->lost);
	CLAIM(r->headcount->count == 0 || r->headcount->each != NULL);
}

static void look_at_events(const struct store_result *r)
{
	CLAIM(r->count <= LIMIT && r->position.len <= STORE_POSITION_BYTES);
	for (size_t i = 0; i < r->count; i++) {
		const struct session_event *e = &r->events[i];

		CLAIM(e->type < EVENT_TYPE_COUNT && e->cause < EVENT_CAUSE_COUNT);
	}
	if (r->position.len == 0)
		return;
	memcpy(asker.position, r->position.ptr, r->position.len);
	asker.position_bytes = r->position.len;
}

#define QUESTION(name, look)                                    \
	{                                                       \
		{ #name, sizeof(#name) - 1 }, ask_##name, look, \
	}
static const struct question questions[] = {
	QUESTION(find, look_at_record),
	QUESTION(lock, look_at_lock),
	QUESTION(create, look_at_record),
	QUESTION(login, look_at_record),
	QUESTION(adopt, look_at_record),
	QUESTION(save, look_at_record),
	QUESTION(touch, look_at_outline),
	QUESTION(relogin, look_at_record),
	QUESTION(anonymous, look_at_record),
	QUESTION(remove, NULL),
	QUESTION(revoke, NULL),
	QUESTION(block, NULL),
	QUESTION(unblock, NULL),
	QUESTION(listuser, look_at_alices),
	QUESTION(list, look_at_page),
	QUESTION(alices, look_at_page_of_alice),
	QUESTION(count, NULL),
	QUESTION(countuser, NULL),
	QUESTION(countshop, NULL),
	QUESTION(headcount, look_at_heads),
	QUESTION(users, look_at_users),
	QUESTION(events, look_at_events),
	QUESTION(tell, NULL),
	QUESTION(health, NULL),
	QUESTION(due, NULL),
};

static bool ask(const struct question *question, bool again)
{
	struct asked *a;

	if (asker.count == ASKED)
		return true;
	a = &asker.asked[asker.count++];
	*a = (struct asked){ .question = question, .again = again };
	question->ask(a);
	a->returned = true;
	return true;
}

static void asked_on_answer(void *ctx, const struct store_result *result)
{
	struct asked *a = ctx;

	CLAIM(a->returned && !a->cancelled && ++a->times == 1, "%.*s",
	      SLICE_ARGS(a->question->name));
	CLAIM(result->status <= STORE_UNCERTAIN && result->cause <= STORE_CAUSE_BLOCKED);
	CLAIM(result->session == NULL || result->status == STORE_OK ||
	      result->status == STORE_ENDED);
	a->op = NULL;
	if (result->status == STORE_OK && a->question->look != NULL)
		a->question->look(result);
	if (a->again)
		(void)ask(a->question, false);
}

void asker_begin(struct store *store)
{
	memset(&asker, 0, sizeof(asker));
	asker.store = store;
}

bool asker_ask(struct slice name, bool again)
{
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		if (slice_equal(name, questions[i].name))
			return ask(&questions[i], again);
	return false;
}

static void asked_cancel(struct asked *a)
{
	if (a->op == NULL)
		return;
	a->cancelled = true;
	store_cancel(asker.store, &a->op);
}

void asker_cancel(void)
{
	if (asker.count > 0)
		asked_cancel(&asker.asked[asker.count - 1]);
}

void asker_unlock(void)
{
	if (asker.fence != 0)
		store_unlock(asker.store, id, asker.fence);
	asker.fence = 0;
}

size_t asker_waits(void)
{
	size_t count = 0;

	for (size_t i = 0; i < asker.count; i++)
		count += asker.asked[i].op != NULL;
	return count;
}

void asker_end(void)
{
	for (size_t i = 0; i < asker.count; i++)
		asked_cancel(&asker.asked[i]);
}
