/* save.c - an application's wishes, turned into one step of the store. */
#include "gateway/save.h"

#include "gateway/turn.h"
#include "tests/unit/gateway/broken_store.h"
#include "tests/unit/gateway/sample.h"
#include "tests/unit/gateway/storage.h"

#include <criterion/criterion.h>
#include <event2/event.h>

enum { MINUTE_MS = 60000, HOUR_MS = 60 * MINUTE_MS };

/* TOKEN_A with another secret. */
#define TOKEN_OTHER "AAAAAAAAAAAAAAAAAAAAzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

/* What the request brought: TOKEN_A, which is this to the store. */
enum brought {
	NO_TOKEN,
	UNKNOWN,
	WRONG,
	STALE,
	ANONYMOUS,
	ALICE,
	OLD, /* anonymous, and a touch is due */
};

/* What happens to its session while the application works. */
enum meanwhile {
	NOTHING,
	RENEWED,
	REMOVED,
	FORGOTTEN, /* removed, and the store has forgotten even that */
	OVERTAKEN, /* the lease of its lock ran out, and another has come and gone */
};

struct desk {
	struct sample sample;
	struct config_application application;
	struct storage storage;
	struct turn turn;
	struct deadlines deadlines;
	struct lookup lookup;
	struct head head;
	struct directives directives;
	struct params params;
	struct visitor visitor;
	struct wish wish;
	struct save save;
	unsigned looked, saved;
};

static void desk_on_looked(void *ctx)
{
	((struct desk *)ctx)->looked++;
}

static void desk_on_saved(void *ctx)
{
	((struct desk *)ctx)->saved++;
}

static void desk_bring(struct desk *d, enum brought what)
{
	switch (what) {
	case NO_TOKEN:
	case UNKNOWN:
		break;
	case WRONG:
		storage_put(&d->storage, TOKEN_OTHER, "default", "");
		break;
	case STALE:
		storage_put(&d->storage, TOKEN_A, "default", "alice");
		storage_renew(&d->storage, TOKEN_OTHER);
		break;
	case ANONYMOUS:
		storage_put(&d->storage, TOKEN_A, "default", "");
		break;
	case ALICE:
		storage_put(&d->storage, TOKEN_A, "default", "alice");
		break;
	case OLD:
		storage_shift(-2 * MINUTE_MS);
		storage_put(&d->storage, TOKEN_A, "default", "");
		storage_shift(0);
	}
}

static void desk_pass(struct desk *d, enum meanwhile what)
{
	switch (what) {
	case NOTHING:
		break;
	case RENEWED:
		storage_renew(&d->storage, TOKEN_OTHER);
		break;
	case REMOVED:
		storage_remove(&d->storage, TOKEN_A);
		break;
	case FORGOTTEN:
		storage_remove(&d->storage, TOKEN_A);
		storage_shift(TOMBSTONE_MS + MINUTE_MS);
		storage_expire(&d->storage);
		storage_shift(0);
		break;
	case OVERTAKEN: /* to the store a fence that was handed back is no other than one that was lost */
		store_unlock(d->storage.store, token_id(&d->lookup.token), d->lookup.fence);
	}
}

static void desk_look(struct desk *d, struct lookup *l, const char *token)
{
	*l = (struct lookup){
		.store = d->storage.store,
		.config = &d->sample.config,
		.route = &d->sample.route,
		.locks = d->sample.route.lock == LOCK_EXCLUSIVE,
		.done = desk_on_looked,
		.ctx = d,
	};
	if (token != NULL)
		cr_assert(
			token_read(&l->presented.tokens[l->presented.count++], slice_from(token)));
	d->looked = 0;
	if (lookup_begin(l))
		storage_run(&d->storage, &d->looked);
}

/* wishes: "Set: a=1|Login: bob", as X-Session-* headers. */
static void desk_wish(struct desk *d, const char *wishes)
{
	struct slice rest = slice_from(wishes), value, name;
	const char *reason = "";

	head_init(&d->head, &d->sample.arena);
	while (rest.len > 0) {
		struct buffer text = { 0 };

		slice_cut(&rest, '|', &value);
		slice_cut(&value, ':', &name);
		cr_assert_eq(buffer_printf(&text, "X-Session-%.*s", SLICE_ARGS(name)), 0);
		name = arena_copy(&d->sample.arena, buffer_content(&text));
		buffer_fini(&text);
		cr_assert_eq(head_add(&d->head, name, slice_trim(value)), 0);
	}
	cr_assert_eq(
		directives_read(&d->head, ~0u, &d->sample.realms[0], "", &d->directives, &reason),
		0, "%s: %s", wishes, reason);
}

static void desk_fill_save(struct desk *d)
{
	d->save = (struct save){
		.store = d->storage.store,
		.deadlines = &d->deadlines,
		.config = &d->sample.config,
		.route = &d->sample.route,
		.lookup = &d->lookup,
		.params = &d->params,
		.visitor = &d->visitor,
		.wish = &d->wish,
		.who = "",
		.done = desk_on_saved,
		.ctx = d,
	};
}

static void desk_init_on(struct desk *d, enum route_lock lock, enum brought brought, bool young)
{
	*d = (struct desk){ .application = { .name = "app", .login_from = "" } };
	sample_init(&d->sample);
	d->sample.config.longest_idle_ms = STORAGE_IDLE_MS;
	d->sample.realms[0].lifetime.anonymous_idle_ms = STORAGE_IDLE_MS / 2;
	d->sample.route.application = &d->application;
	d->sample.route.lock = lock;
	d->sample.route.lock_lease_ms = d->sample.route.lock_wait_ms = HOUR_MS;
	storage_open(&d->storage, young ? 0 : 2 * HOUR_MS);
	cr_assert_eq(turn_open(&d->turn, d->storage.loop), 0);
	cr_assert_eq(deadlines_open(&d->deadlines, &d->turn, d->storage.loop), 0);
	desk_bring(d, brought);
	desk_look(d, &d->lookup, brought != NO_TOKEN ? TOKEN_A : NULL);
	d->params = sample_params(&d->sample, "HTTP_USER_AGENT=curl/7.88.1");
	d->visitor =
		(struct visitor){ .address = SLICE("203.0.113.7"), .host = SLICE("example.org") };
	desk_fill_save(d);
}

static void desk_init(struct desk *d, enum brought brought, bool young)
{
	desk_init_on(d, LOCK_NONE, brought, young);
}

static void desk_fini(struct desk *d)
{
	save_fini(&d->save);
	lookup_fini(&d->lookup);
	deadlines_close(&d->deadlines);
	turn_close(&d->turn);
	storage_close(&d->storage);
	sample_fini(&d->sample);
}

static bool desk_begin(struct desk *d)
{
	cr_assert_eq(wish_make(&d->sample.route, &d->lookup, &d->directives, &d->sample.arena,
			       clock_wall_ms(), &d->wish),
		     0);
	wish_grow_old(&d->sample.route, &d->lookup, clock_wall_ms(), &d->wish);
	return save_begin(&d->save);
}

/* Begin, and wait if that is said. */
static bool desk_save(struct desk *d, const char *row)
{
	bool waits = desk_begin(d);
	cr_expect_eq(d->saved, 0, "%s: called back at once", row);
	if (waits)
		storage_run(&d->storage, &d->saved);
	cr_expect_eq(d->saved, waits, "%s: called back %u times", row, d->saved);
	return waits;
}

/* A session as "user:name=value,..."; "-" for none. */
static const char *session_text(struct desk *d, const struct session *session)
{
	struct buffer b = { 0 };
	const char *text;

	if (session == NULL)
		return "-";
	cr_assert_eq(buffer_printf(&b, "%.*s:", SLICE_ARGS(session->user)), 0);
	for (size_t i = 0; i < session->attribute_count; i++)
		cr_assert_eq(buffer_printf(&b, "%s%.*s=%.*s", i > 0 ? "," : "",
					   SLICE_ARGS(session->attributes[i].name),
					   SLICE_ARGS(session->attributes[i].value)),
			     0);
	text = arena_text(&d->sample.arena, buffer_content(&b));
	buffer_fini(&b);
	return text;
}

static const char *stored_text(struct desk *d, struct slice id)
{
	const struct session *session = storage_get(&d->storage, id);
	const char *text = session_text(d, session);

	session_unref(&session);
	return text;
}

/* --- what is stored, and what the visitor is told --- */

enum id { NO_ID, SAME_ID, NEXT_ID, NEW_ID };

static const struct {
	const char *name;
	enum brought brought;
	bool young;
	const char *wishes;
	enum meanwhile meanwhile;
	bool waits;
	enum save_token answer;
	enum id id;       /* of the token that is sent */
	const char *sent; /* the session that the sent token opens */
	const char *left; /* what is under the brought token's id afterwards */
} rows[] = {
#define NONE  SAVE_TOKEN_NONE, NO_ID, NULL
#define CLEAR SAVE_TOKEN_CLEAR, NO_ID, NULL
	/* without a session */
	{ "nothing to say", NO_TOKEN, false, "", NOTHING, false, NONE, "-" },
	{ "Set creates", NO_TOKEN, false, "Set: a=1", NOTHING, true, SAVE_TOKEN_SEND, NEXT_ID,
	  ":a=\"1\"", "-" },
	{ "Update creates", NO_TOKEN, false, "Update: {\"a\":[1],\"b\":null}", NOTHING, true,
	  SAVE_TOKEN_SEND, NEXT_ID, ":a=[1]", "-" },
	{ "Login creates", NO_TOKEN, false, "Login: bob", NOTHING, true, SAVE_TOKEN_SEND, NEXT_ID,
	  "bob:", "-" },
	{ "Login and Set", NO_TOKEN, false, "Set: a=1|Login: bob|Set: b=2", NOTHING, true,
	  SAVE_TOKEN_SEND, NEXT_ID, "bob:a=\"1\",b=\"2\"", "-" },
	{ "Set and a later Unset", NO_TOKEN, false, "Set: a=1|Set: b=2|Unset: a", NOTHING, true,
	  SAVE_TOKEN_SEND, NEXT_ID, ":b=\"2\"", "-" },
	{ "Update that only removes", NO_TOKEN, false, "Update: {\"a\":null}", NOTHING, false, NONE,
	  "-" },
	{ "Set and Unset of one name", NO_TOKEN, false, "Set: a=1|Unset: a", NOTHING, false, NONE,
	  "-" },
	{ "Update that removes what it set", NO_TOKEN, false, "Update: {\"a\":1,\"a\":null}",
	  NOTHING, false, NONE, "-" },
	{ "Unset", NO_TOKEN, false, "Unset: a", NOTHING, false, NONE, "-" },
	{ "Rotate", NO_TOKEN, false, "Rotate: 1", NOTHING, false, NONE, "-" },
	{ "Idle-Timeout", NO_TOKEN, false, "Idle-Timeout: 100", NOTHING, false, NONE, "-" },
	{ "Logout", NO_TOKEN, false, "Logout: self", NOTHING, false, NONE, "-" },
	{ "Logout wins", NO_TOKEN, false, "Set: a=1|Login: bob|Logout: 1", NOTHING, false, NONE,
	  "-" },
	{ "unknown token, nothing to say", UNKNOWN, false, "", NOTHING, false, CLEAR, "-" },
	{ "unknown token, the store may have lost it", UNKNOWN, true, "", NOTHING, false, NONE,
	  "-" },
	{ "unknown token, Logout", UNKNOWN, false, "Logout: self", NOTHING, false, CLEAR, "-" },
	{ "unknown token is never adopted", UNKNOWN, false, "Set: a=1", NOTHING, true,
	  SAVE_TOKEN_SEND, NEXT_ID, ":a=\"1\"", "-" },
	{ "wrong secret, nothing to say", WRONG, false, "", NOTHING, false, NONE, ":first=1" },
	{ "wrong secret, Set", WRONG, false, "Set: a=1", NOTHING, true, SAVE_TOKEN_SEND, NEXT_ID,
	  ":a=\"1\"", ":first=1" },
	{ "wrong secret, Logout", WRONG, false, "Logout: self", NOTHING, false, NONE, ":first=1" },
	{ "stale, nothing to say", STALE, false, "", NOTHING, false, NONE, "alice:first=1" },
	{ "stale, Set", STALE, false, "Set: a=1", NOTHING, false, NONE, "alice:first=1" },
	{ "stale, Rotate", STALE, false, "Rotate: 1", NOTHING, false, NONE, "alice:first=1" },
	{ "stale, Logout", STALE, false, "Logout: self", NOTHING, false, NONE, "alice:first=1" },
	{ "stale, Login and Set", STALE, false, "Login: bob|Set: a=1", NOTHING, true,
	  SAVE_TOKEN_SEND, NEW_ID, "bob:", "alice:first=1" },

	/* with one */
	{ "seen a moment ago", ANONYMOUS, false, "", NOTHING, false, NONE, ":first=1" },
	{ "touch", OLD, false, "", NOTHING, true, NONE, ":first=1" },
	{ "Set adds", ANONYMOUS, false, "Set: a=1", NOTHING, true, NONE, ":a=\"1\",first=1" },
	{ "Set changes", ANONYMOUS, false, "Set: first=2", NOTHING, true, NONE, ":first=\"2\"" },
	{ "Unset", ANONYMOUS, false, "Unset: first", NOTHING, true, NONE, ":" },
	{ "Unset of what is not there", ANONYMOUS, false, "Unset: a", NOTHING, true, NONE,
	  ":first=1" },
	{ "Update", ANONYMOUS, false, "Update: {\"a\":{\"b\":1},\"first\":null}", NOTHING, true,
	  NONE, ":a={\"b\":1}" },
	{ "Login keeps what an anonymous visitor had", ANONYMOUS, false, "Login: bob|Set: a=1",
	  NOTHING, true, SAVE_TOKEN_SEND, SAME_ID, "bob:a=\"1\",first=1", "bob:a=\"1\",first=1" },
	{ "Login as the same user", ALICE, false, "Login: alice", NOTHING, true, SAVE_TOKEN_SEND,
	  SAME_ID, "alice:first=1", "alice:first=1" },
	{ "Login as another user", ALICE, false, "Login: bob|Set: a=1", NOTHING, true,
	  SAVE_TOKEN_SEND, SAME_ID, "bob:a=\"1\"", "bob:a=\"1\"" },
	{ "Rotate", ALICE, false, "Rotate: 1", NOTHING, true, SAVE_TOKEN_SEND, SAME_ID,
	  "alice:first=1", "alice:first=1" },
	{ "Idle-Timeout", ALICE, false, "Idle-Timeout: 100", NOTHING, true, NONE, "alice:first=1" },
	{ "Logout", ALICE, false, "Logout: self", NOTHING, true, CLEAR, "-" },
	{ "Logout wins", ALICE, false, "Login: bob|Logout: self|Set: a=1|Rotate: 1", NOTHING, true,
	  CLEAR, "-" },

	/* guarded */
	{ "renewed meanwhile, Set", ALICE, false, "Set: a=1", RENEWED, true, NONE,
	  "alice:first=1" },
	{ "renewed meanwhile, touch", OLD, false, "", RENEWED, true, NONE, ":first=1" },
	{ "renewed meanwhile, Rotate", ALICE, false, "Rotate: 1", RENEWED, true, NONE,
	  "alice:first=1" },
	{ "renewed meanwhile, Logout all the same", ALICE, false, "Logout: self", RENEWED, true,
	  CLEAR, "-" },
	{ "renewed meanwhile, Login and Set", ALICE, false, "Login: bob|Set: a=1", RENEWED, true,
	  SAVE_TOKEN_SEND, NEW_ID, "bob:a=\"1\"", "alice:first=1" },
	{ "ended meanwhile, nothing to say", ALICE, false, "", REMOVED, false, NONE, "-" },
	{ "ended meanwhile, Set", ALICE, false, "Set: a=1", REMOVED, true, CLEAR, "-" },
	{ "ended meanwhile, touch", OLD, false, "", REMOVED, true, CLEAR, "-" },
	{ "ended meanwhile, Rotate", ALICE, false, "Rotate: 1", REMOVED, true, CLEAR, "-" },
	{ "ended meanwhile, Logout", ALICE, false, "Logout: self", REMOVED, true, CLEAR, "-" },
	{ "ended meanwhile, Login and Set", ALICE, false, "Login: bob|Set: a=1", REMOVED, true,
	  SAVE_TOKEN_SEND, NEW_ID, "bob:a=\"1\"", "-" },
	{ "forgotten meanwhile, Set", ALICE, false, "Set: a=1", FORGOTTEN, true, CLEAR, "-" },
	{ "lost meanwhile, perhaps, Set", ALICE, true, "Set: a=1", FORGOTTEN, true, NONE, "-" },
	{ "lost meanwhile, perhaps, Login", ALICE, true, "Login: bob", FORGOTTEN, true,
	  SAVE_TOKEN_SEND, NEW_ID, "bob:", "-" },
	{ "overtaken, nothing to say", ALICE, false, "", OVERTAKEN, false, NONE, "alice:first=1" },
	{ "overtaken, Set", ALICE, false, "Set: a=1", OVERTAKEN, true, NONE, "alice:first=1" },
	{ "overtaken, touch", OLD, false, "", OVERTAKEN, true, NONE, ":first=1" },
	{ "overtaken, Rotate", ALICE, false, "Rotate: 1", OVERTAKEN, true, NONE, "alice:first=1" },
	{ "overtaken, Logout all the same", ALICE, false, "Logout: self", OVERTAKEN, true, CLEAR,
	  "-" },
	{ "overtaken, Login and Set", ALICE, false, "Login: bob|Set: a=1", OVERTAKEN, true,
	  SAVE_TOKEN_SEND, NEW_ID, "bob:a=\"1\"", "alice:first=1" },
#undef NONE
#undef CLEAR
};

static void expect_id(struct desk *d, size_t row)
{
	const char *token = d->save.token.text;
	bool same = memcmp(token, TOKEN_A, TOKEN_ID_CHARS) == 0;
	bool next = strcmp(token, d->lookup.next.text) == 0;

	cr_expect_eq(same, rows[row].id == SAME_ID, "%s: id", rows[row].name);
	cr_expect_eq(next, rows[row].id == NEXT_ID, "%s: next id", rows[row].name);
	cr_expect_str_neq(token, TOKEN_A, "%s: the secret is a new one", rows[row].name);
}

/* The token that was sent opens what was saved; the one that was brought does so no more, unless the session
 * stayed with those who came later. */
static void expect_sent(struct desk *d, size_t row)
{
	struct lookup with_sent, with_brought;

	expect_id(d, row);
	desk_look(d, &with_sent, d->save.token.text);
	cr_expect_str_eq(session_text(d, with_sent.session), rows[row].sent, "%s: %s",
			 rows[row].name, session_text(d, with_sent.session));
	desk_look(d, &with_brought, TOKEN_A);
	cr_expect_eq(with_brought.session != NULL, rows[row].meanwhile == OVERTAKEN,
		     "%s: the old token", rows[row].name);
	lookup_fini(&with_sent);
	lookup_fini(&with_brought);
}

/* What the save says is stored is what is stored. */
static void expect_session(struct desk *d, const char *row)
{
	const struct session *said = d->save.session, *stored;

	if (said == NULL)
		return;
	stored = storage_get(&d->storage, slice_of(said->id, TOKEN_ID_CHARS));
	cr_expect_eq(said, stored, "%s: another record", row);
	session_unref(&stored);
}

static void expect_row(size_t i, enum route_lock lock)
{
	const char *name = rows[i].name, *text;
	struct desk d;

	desk_init_on(&d, lock, rows[i].brought, rows[i].young);
	desk_wish(&d, rows[i].wishes);
	desk_pass(&d, rows[i].meanwhile);
	cr_expect_eq(desk_save(&d, name), rows[i].waits, "%s (%s): waits", name, rows[i].wishes);
	cr_expect_eq(d.save.verdict, SAVE_FINE, "%s: verdict %d", name, d.save.verdict);
	cr_expect_eq(d.save.answer, rows[i].answer, "%s (%s): answer %d", name, rows[i].wishes,
		     d.save.answer);
	text = stored_text(&d, SLICE("AAAAAAAAAAAAAAAAAAAA"));
	cr_expect_str_eq(text, rows[i].left, "%s (%s): %s", name, rows[i].wishes, text);
	/* what is not saved, and what ends, leaves the lock to who began */
	cr_expect(d.lookup.fence == 0 || !rows[i].waits || d.save.wish->logout,
		  "%s (%s): the lock was not handed back", name, rows[i].wishes);
	if (d.save.answer == SAVE_TOKEN_SEND)
		expect_sent(&d, i);
	expect_session(&d, name);
	desk_fini(&d);
}

Test(save, every_wish_in_every_state)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		if (rows[i].meanwhile != OVERTAKEN)
			expect_row(i, LOCK_NONE);
}

Test(save, every_wish_in_every_state_under_the_lock)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		expect_row(i, LOCK_EXCLUSIVE);
}

/* --- times and secrets --- */

Test(save, touch_moves_last_seen_and_no_version)
{
	int64_t before_ms;
	struct desk d;

	desk_init(&d, OLD, false);
	before_ms = d.lookup.session->seen_ms;
	desk_wish(&d, "");
	cr_assert(desk_save(&d, "touch"));
	cr_assert_not_null(d.save.session);
	cr_expect_geq(d.save.session->seen_ms, before_ms + 2 * MINUTE_MS);
	cr_expect_eq(d.save.session->version, d.lookup.session->version);
	cr_expect_eq(d.save.session->expires_ms, d.lookup.session->expires_ms);
	desk_fini(&d);
}

/* Whatever is written, the device is. */
Test(save, session_knows_where_it_comes_from)
{
	static const struct {
		const char *name;
		enum brought brought;
		const char *wishes, *first_ip, *user_agent;
	} wrote[] = {
		{ "create", NO_TOKEN, "Set: a=1", "203.0.113.0", "curl" },
		{ "save", ALICE, "Set: a=1", "", "" },
		{ "touch", OLD, "", "", "" },
	};

	for (size_t i = 0; i < ROWS(wrote); i++) {
		const struct session *s;
		struct desk d;

		desk_init(&d, wrote[i].brought, false);
		d.sample.realms[0].device = DEVICE_TRUNCATED;
		desk_wish(&d, wrote[i].wishes);
		cr_assert(desk_save(&d, wrote[i].name));
		s = d.save.session;
		cr_expect(slice_equal(s->device.first_ip, slice_from(wrote[i].first_ip)), "%s",
			  wrote[i].name);
		cr_expect(slice_equal(s->device.last_ip, SLICE("203.0.113.0")), "%s",
			  wrote[i].name);
		cr_expect(slice_equal(s->device.user_agent, slice_from(wrote[i].user_agent)), "%s",
			  wrote[i].name);
		cr_expect(wrote[i].brought != NO_TOKEN ||
			  slice_equal(s->host, SLICE("example.org")));
		desk_fini(&d);
	}
}

Test(save, session_knows_what_its_token_travels_in)
{
	static const struct {
		enum route_token token;
		enum carrier came;
		enum session_transport transport;
	} ways[] = {
		{ TOKEN_COOKIE, CARRIER_NONE, SESSION_BY_COOKIE },
		{ TOKEN_HEADER, CARRIER_NONE, SESSION_BY_HEADER },
		{ TOKEN_EITHER, CARRIER_NONE, SESSION_BY_COOKIE },
		{ TOKEN_EITHER, CARRIER_HEADER, SESSION_BY_HEADER },
	};

	for (size_t i = 0; i < ROWS(ways); i++) {
		struct desk d;

		desk_init(&d, NO_TOKEN, false);
		d.sample.route.token = ways[i].token;
		d.lookup.presented.carrier = ways[i].came;
		desk_wish(&d, "Set: a=1");
		cr_assert(desk_save(&d, "create"));
		cr_expect_eq(d.save.session->transport, ways[i].transport, "%zu", i);
		desk_fini(&d);
	}
}

static const struct {
	const char *name;
	enum brought brought;
	const char *wishes;
	int64_t idle_ms;
	bool renewed, logged_in;
} times[] = {
	{ "created anonymous", NO_TOKEN, "Set: a=1", STORAGE_IDLE_MS / 2, true, false },
	{ "created by a Login", NO_TOKEN, "Login: bob", STORAGE_IDLE_MS, true, true },
	{ "created, timeout chosen", NO_TOKEN, "Set: a=1|Idle-Timeout: 100", 100000, true, false },
	{ "Set", ANONYMOUS, "Set: a=1", STORAGE_IDLE_MS, false, false },
	{ "Idle-Timeout", ANONYMOUS, "Idle-Timeout: 100", 100000, false, false },
	{ "Rotate", ANONYMOUS, "Rotate: 1", STORAGE_IDLE_MS, true, false },
	{ "Login", ANONYMOUS, "Login: bob", STORAGE_IDLE_MS, true, true },
	{ "Login, timeout chosen", ANONYMOUS, "Login: bob|Idle-Timeout: 100", 100000, true, true },
};

Test(save, session_keeps_the_realm_s_times_and_gets_secrets_of_its_own)
{
	for (size_t i = 0; i < ROWS(times); i++) {
		const struct session *before, *after;
		struct desk d;

		desk_init(&d, times[i].brought, false);
		desk_wish(&d, times[i].wishes);
		cr_assert(desk_save(&d, times[i].name));
		before = d.lookup.session;
		after = d.save.session;
		cr_assert_not_null(after, "%s", times[i].name);
		cr_expect_eq(after->idle_ms, times[i].idle_ms, "%s: %lld", times[i].name,
			     (long long)after->idle_ms);
		cr_expect_eq(after->touch_ms, STORAGE_TOUCH_MS, "%s", times[i].name);
		cr_expect_eq(after->version, before != NULL ? 2 : 1, "%s", times[i].name);
		cr_expect(slice_equal(after->realm, SLICE("default")), "%s", times[i].name);
		cr_expect(slice_equal(after->application, SLICE("app")), "%s", times[i].name);
		cr_expect_eq(after->login_ms != 0, times[i].logged_in, "%s", times[i].name);
		cr_expect_eq(before == NULL || after->epoch != before->epoch, times[i].renewed,
			     "%s: epoch", times[i].name);
		cr_expect_eq(before == NULL ||
				     memcmp(after->csrf, before->csrf, SESSION_CSRF_BYTES) != 0,
			     times[i].renewed, "%s: CSRF", times[i].name);
		desk_fini(&d);
	}
}

/* --- of what lived elsewhere --- */

/* Another request of nobody that we know. */
static void desk_next(struct desk *d)
{
	lookup_fini(&d->lookup);
	save_fini(&d->save);
	desk_look(d, &d->lookup, NULL);
	desk_fill_save(d);
	d->saved = 0;
}

static bool desk_save_marked(struct desk *d, const struct store_mark *mark)
{
	bool waits;

	desk_wish(d, "Set: a=1");
	cr_assert_eq(wish_make(&d->sample.route, &d->lookup, &d->directives, &d->sample.arena,
			       clock_wall_ms(), &d->wish),
		     0);
	d->wish.mark = mark;
	waits = save_begin(&d->save);
	if (waits)
		storage_run(&d->storage, &d->saved);
	cr_expect_eq(d->save.verdict, SAVE_FINE);
	return d->save.session != NULL;
}

Test(save, of_a_former_session_one_is_made)
{
	static const struct {
		const char *name;
		int64_t ago_ms;
		bool silent;
	} moments[] = {
		{ "this very moment", 0, true },
		{ "not a minute ago", MINUTE_MS - 5000, true },
		{ "a minute ago", MINUTE_MS + 5000, false },
	};
	uint8_t hash[STORE_MARK_BYTES] = { 1 };
	struct store_mark mark = { hash, clock_wall_ms() + HOUR_MS };

	for (size_t i = 0; i < ROWS(moments); i++) {
		struct desk d;

		desk_init(&d, NO_TOKEN, false);
		storage_shift(-moments[i].ago_ms);
		cr_expect(desk_save_marked(&d, &mark), "%s", moments[i].name);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_SEND, "%s", moments[i].name);
		cr_expect_not(d.save.marked, "%s", moments[i].name);
		storage_shift(0);
		desk_next(&d);
		cr_expect_not(desk_save_marked(&d, &mark), "%s", moments[i].name);
		cr_expect(d.save.marked, "%s", moments[i].name);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s", moments[i].name);
		cr_expect_eq(d.lookup.stale, moments[i].silent, "%s", moments[i].name);
		desk_fini(&d);
	}
}

/* --- refusals --- */

Test(save, over_the_limit_nothing_is_saved)
{
	static const struct {
		const char *name;
		enum brought brought;
		enum meanwhile meanwhile;
		const char *wishes, *stored;
	} over[] = {
		{ "create", NO_TOKEN, NOTHING, "Set: a=1|Set: b=2", "-" },
		{ "create by a Login", NO_TOKEN, NOTHING, "Login: bob|Set: a=1|Set: b=2", "-" },
		{ "save", ALICE, NOTHING, "Set: a=1", "alice:first=1" },
		{ "Login", ALICE, NOTHING, "Login: alice|Set: a=1", "alice:first=1" },
		{ "Login after the end", ALICE, REMOVED, "Login: bob|Set: a=1|Set: b=1", "-" },
	};

	for (size_t i = 0; i < ROWS(over); i++) {
		struct desk d;

		desk_init(&d, over[i].brought, false);
		d.sample.realms[0].limits.max_attributes = 1;
		desk_wish(&d, over[i].wishes);
		desk_pass(&d, over[i].meanwhile);
		desk_save(&d, over[i].name);
		cr_expect_eq(d.save.verdict, SAVE_OVER_LIMIT, "%s: verdict %d", over[i].name,
			     d.save.verdict);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s: answer", over[i].name);
		cr_expect_null(d.save.session, "%s", over[i].name);
		cr_expect_str_eq(stored_text(&d, SLICE("AAAAAAAAAAAAAAAAAAAA")), over[i].stored,
				 "%s", over[i].name);
		desk_fini(&d);
	}
}

static const struct {
	const char *name;
	enum brought brought;
	const char *wishes;
} failing[] = {
	{ "create", NO_TOKEN, "Set: a=1" },
	{ "create for a stale token", STALE, "Login: bob" },
	{ "save", ALICE, "Set: a=1" },
	{ "save when a touch is due as well", OLD, "Set: a=1" },
	{ "Login", ALICE, "Login: bob" },
	{ "Rotate", ALICE, "Rotate: 1" },
	{ "Idle-Timeout", ALICE, "Idle-Timeout: 100" },
	{ "Logout", ALICE, "Logout: self" },
};

/* The answers are lost: it is tried again and again, until somebody has had enough. */
static void desk_give_up(struct desk *d, const struct broken_store *broken, const char *row)
{
	cr_expect(desk_begin(d), "%s: waits", row);
	while (broken->asked < 3 && d->saved == 0)
		event_base_loop(d->storage.loop, EVLOOP_ONCE);
	cr_expect_eq(d->saved, 0, "%s: called back %u times", row, d->saved);
	save_give_up(&d->save);
	cr_expect_eq(d->saved, 1, "%s: called back %u times", row, d->saved);
	cr_expect_eq(broken->running, 0, "%s", row);
	cr_expect_null(d->deadlines.armed, "%s", row);
}

static void expect_failure(size_t row, const struct outage *outage)
{
	struct broken_store broken;
	struct desk d;

	desk_init(&d, failing[row].brought, false);
	desk_wish(&d, failing[row].wishes);
	broken_store_init(&broken, d.storage.loop, outage);
	d.save.store = &broken.store;
	if (outage->status == STORE_UNCERTAIN)
		desk_give_up(&d, &broken, failing[row].name);
	else
		cr_expect_eq(desk_save(&d, failing[row].name), !outage->no_memory, "%s, %s: waits",
			     failing[row].name, outage->name);
	cr_expect_eq(d.save.verdict, SAVE_UNAVAILABLE, "%s, %s: verdict %d", failing[row].name,
		     outage->name, d.save.verdict);
	cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s, %s: answer %d", failing[row].name,
		     outage->name, d.save.answer);
	cr_expect_null(d.save.session, "%s", failing[row].name);
	desk_fini(&d);
}

Test(save, store_that_fails_is_told_and_no_token_moves)
{
	for (size_t i = 0; i < ROWS(failing); i++)
		for (size_t o = 0; o < OUTAGES; o++)
			expect_failure(i, &outages[o]);
}

Test(save, touch_that_fails_never_fails_a_request)
{
	for (size_t o = 0; o < OUTAGES; o++) {
		struct broken_store broken;
		struct desk d;

		desk_init(&d, OLD, false);
		desk_wish(&d, "");
		broken_store_init(&broken, d.storage.loop, &outages[o]);
		d.save.store = &broken.store;
		cr_expect_eq(desk_save(&d, outages[o].name), !outages[o].no_memory, "%s: waits",
			     outages[o].name);
		cr_expect_eq(d.save.verdict, SAVE_FINE, "%s: verdict %d", outages[o].name,
			     d.save.verdict);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s", outages[o].name);
		desk_fini(&d);
	}
}

/* --- given up --- */

Test(save, stopped_in_flight_is_silent)
{
	static const char *const wishes[] = { "Set: a=1", "Login: bob", "Logout: self" };
	static const unsigned never = 0;

	for (size_t i = 0; i < ROWS(wishes); i++) {
		struct desk d;

		desk_init(&d, ALICE, false);
		desk_wish(&d, wishes[i]);
		cr_assert(desk_begin(&d), "%s", wishes[i]);
		save_stop(&d.save);
		save_stop(&d.save);
		storage_run(&d.storage, &never);
		cr_expect_eq(d.saved, 0, "%s", wishes[i]);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s", wishes[i]);
		desk_fini(&d);
	}
}

Test(save, given_up_it_is_unavailable)
{
	static const char *const wishes[] = { "Set: a=1", "Login: bob", "Logout: self" };
	static const unsigned never = 0;

	for (size_t i = 0; i < ROWS(wishes); i++) {
		struct desk d;

		desk_init(&d, ALICE, false);
		desk_wish(&d, wishes[i]);
		cr_assert(desk_begin(&d), "%s", wishes[i]);
		save_give_up(&d.save);
		storage_run(&d.storage, &never);
		cr_expect_eq(d.saved, 1, "%s", wishes[i]);
		cr_expect_eq(d.save.verdict, SAVE_UNAVAILABLE, "%s", wishes[i]);
		cr_expect_eq(d.save.answer, SAVE_TOKEN_NONE, "%s", wishes[i]);
		desk_fini(&d);
	}
}

/* The store's answer comes, and nobody hears it. */
Test(save, touch_that_is_given_up_goes_on)
{
	static const unsigned never = 0;
	struct desk d;

	desk_init(&d, OLD, false);
	desk_wish(&d, "");
	cr_assert(desk_begin(&d));
	save_give_up(&d.save);
	cr_expect_eq(d.saved, 1);
	cr_expect_eq(d.save.verdict, SAVE_FINE);
	storage_run(&d.storage, &never);
	cr_expect_eq(d.saved, 1);
	cr_expect_not_null(d.save.session);
	desk_fini(&d);
}

Test(save, fini_in_flight_and_of_one_that_never_began)
{
	struct save never_began = { 0 };
	struct desk d;

	desk_init(&d, NO_TOKEN, false);
	desk_wish(&d, "Login: bob");
	cr_assert(desk_begin(&d));
	desk_fini(&d);
	cr_expect_eq(d.saved, 0);
	cr_expect_str_eq(d.save.token.text, "", "wiped");
	save_fini(&never_began);
}
