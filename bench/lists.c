/* lists.c - what pages of lists cost a store that holds very many sessions, and what those wait that come for their own
 * session meanwhile.
 * Use  lists [SESSIONS [BUSY [ROUNDS]]]
 *      lists scripts
 * A million sessions, in memory or in the Redis that STORE_URL names, BUSY of them one user's; each list is read ROUNDS
 * times. Or: the names of what runs in Redis, and the hashes that it knows them by. */
#include "backends/backend.h"
#include "backends/redis_script.h"
#include "base/random.h"

#include <event2/event.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	IN_FLIGHT = 256, /* sessions that are on their way into the store at a time */
	SPREAD_MS = 3600000,
	IDLE_MS = 24 * SPREAD_MS,
	TOUCHES = 200, /* for each round of a list */
	MANY_USERS = 500,
	PROMISED_PAGE_US = 50000,
	PROMISED_WAIT_US = 5000,
	RARE = 100000,     /* one session in so many is of the application "rare" */
	USER_SESSIONS = 4, /* of each user */
};

/* What is asked for. */
static struct {
	size_t sessions, busy_sessions, rounds;
} size = { 1000000, 12000, 100 };

/* A store and its loop. */
struct desk {
	struct event_base *loop;
	struct store *store;
};

struct ids {
	char (*text)[TOKEN_ID_CHARS];
	uint64_t *epochs;
	size_t count;
};

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "lists: %s\n", what);
	exit(1);
}

static void desk_open(struct desk *d, struct backend *backend)
{
	d->loop = event_base_new();
	if (d->loop == NULL || backend_connect(backend, d->loop, &d->store) != 0)
		fail("no connection to the store");
}

static void desk_close(struct desk *d)
{
	store_close(&d->store);
	event_base_free(d->loop);
}

/* --- Filling ---------------------------------------------------------------------------------- */

struct filling {
	struct desk desk;
	struct ids *ids;
	int64_t start_ms;
	size_t in_flight;
};

static uint64_t some_number(void)
{
	uint64_t number;

	if (random_u64(&number) != 0)
		fail("no random numbers");
	return number | 1;
}

static struct slice user_name(size_t number, char out[32])
{
	return slice_of(out, (size_t)snprintf(out, 32, "user%zu", number));
}

static struct slice user_of(size_t i, char out[32])
{
	if (i % 2 == 0)
		return SLICE("");
	if (i / 2 < size.busy_sessions)
		return SLICE("busy");
	return user_name(i / 2 / USER_SESSIONS, out);
}

static const struct session *session_at(const struct filling *f, size_t i, struct slice user)
{
	static const struct device_visit visit = {
		SLICE("192.0.2.7"),
		SLICE("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) "
		      "Gecko/20100101 Firefox/130.0"),
		DEVICE_FULL
	};
	static const struct change changes[] = {
		{ SLICE("lang"), SLICE("\"cs\"") },
		{ SLICE("cart"), SLICE("[1,2,3,4,5,6,7,8,9,10]") },
		{ SLICE("csrf"), SLICE("\"0123456789abcdef0123456789abcdef\"") },
	};
	struct renewal secret = { .epoch = f->ids->epochs[i] };
	struct session_birth birth = {
		.id = slice_of(f->ids->text[i], TOKEN_ID_CHARS),
		.realm = SLICE("default"),
		.application = i % RARE == 7 ? SLICE("rare") : SLICE("shop"),
		.user = user,
		.secret = &secret,
		.idle_ms = IDLE_MS,
		.absolute_ms = IDLE_MS,
		.save_id = some_number(),
		.changes = changes,
		.change_count = sizeof(changes) / sizeof(changes[0]),
		.limits = { 1 << 20, 1 << 20, 256 },
		.host = SLICE("www.example.org"),
		.visit = &visit,
	};
	int64_t age_ms = (int64_t)(some_number() % SPREAD_MS);
	const struct session *session;

	if (session_new(&birth, f->start_ms - age_ms, &session) != 0)
		fail("no memory");
	return session;
}

static void filling_on_created(void *ctx, const struct store_result *result)
{
	struct filling *f = ctx;

	if (result->status != STORE_OK)
		fail(store_status_text(result->status));
	f->in_flight--;
}

static void filling_make_id(struct filling *f, size_t i)
{
	struct token token;

	if (token_new(&token) != 0)
		fail("no random numbers");
	memcpy(f->ids->text[i], token_id(&token).ptr, TOKEN_ID_CHARS);
	f->ids->epochs[i] = some_number();
}

static void fill(struct backend *backend, struct ids *ids)
{
	static const struct session_quota any_number;
	struct filling f = { .ids = ids, .start_ms = clock_wall_ms() };

	desk_open(&f.desk, backend);
	for (size_t i = 0; i < ids->count; i++) {
		const struct session *session;
		char user[32];

		filling_make_id(&f, i);
		session = session_at(&f, i, user_of(i, user));
		f.in_flight++;
		store_create(f.desk.store, session, &any_number, NULL, filling_on_created, &f);
		session_unref(&session);
		while (f.in_flight >= IN_FLIGHT)
			event_base_loop(f.desk.loop, EVLOOP_ONCE);
	}
	while (f.in_flight > 0)
		event_base_loop(f.desk.loop, EVLOOP_ONCE);
	desk_close(&f.desk);
}

/* --- Measuring -------------------------------------------------------------------------------- */

struct times {
	int64_t *us;
	size_t count, room;
};

static void times_init(struct times *t, size_t room)
{
	*t = (struct times){ .us = calloc(room, sizeof(t->us[0])), .room = room };
	if (t->us == NULL)
		fail("no memory");
}

static void times_add(struct times *t, int64_t us)
{
	if (t->count < t->room)
		t->us[t->count++] = us;
}

static int us_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

/* The time that so many of a thousand do not exceed. */
static double times_ms(const struct times *t, size_t permille)
{
	size_t last = (t->count - 1) * permille / 1000;

	return (double)t->us[last] / 1000;
}

static void heading(const char *what)
{
	printf("\n%-40s %9s %9s %9s   ms\n", what, "median", "99 %", "most");
}

/* Judged by the 99 %: one of a hundred may have met somebody else who wanted the machine. */
static const char *times_verdict(const struct times *t, int64_t promised_us)
{
	if (promised_us == 0)
		return "";
	return times_ms(t, 990) * 1000 < (double)promised_us ? "met" : "missed";
}

static void times_print(struct times *t, const char *name, int64_t promised_us)
{
	qsort(t->us, t->count, sizeof(t->us[0]), us_compare);
	printf("%-40s %9.3f %9.3f %9.3f   %s\n", name, times_ms(t, 500), times_ms(t, 990),
	       times_ms(t, 1000), times_verdict(t, promised_us));
	free(t->us);
}

struct reply {
	bool there;
	enum store_status status;
	size_t count;
	char cursor[STORE_CURSOR_BYTES];
	size_t cursor_bytes;
};

static void reply_take(void *ctx, const struct store_result *result)
{
	struct reply *r = ctx;

	r->there = true;
	r->status = result->status;
	r->count = result->count;
	r->cursor_bytes = result->cursor.len;
	memcpy(r->cursor, result->cursor.ptr, result->cursor.len);
}

static void desk_wait(struct desk *d, const struct reply *r)
{
	while (!r->there)
		event_base_loop(d->loop, EVLOOP_ONCE);
}

/* --- Requests --------------------------------------------------------------------------------- */

/* Somebody whose sessions are found and touched, one after another, as long as it lasts. */
struct requests {
	struct desk desk;
	const struct ids *ids;
	struct times times;
	_Atomic bool over;
};

static void request(struct requests *r)
{
	size_t i = some_number() % r->ids->count;
	struct slice id = slice_of(r->ids->text[i], TOKEN_ID_CHARS);
	struct delta touch = { .save_id = some_number(), .epoch = r->ids->epochs[i] };
	int64_t start_us = clock_mono_us();
	struct reply found = { 0 }, saved = { 0 };

	store_find(r->desk.store, id, reply_take, &found);
	desk_wait(&r->desk, &found);
	store_save(r->desk.store, id, &touch, reply_take, &saved);
	desk_wait(&r->desk, &saved);
	times_add(&r->times, clock_mono_us() - start_us);
	if (saved.status != STORE_OK)
		fail(store_status_text(saved.status));
}

static void *requests_run(void *ctx)
{
	struct requests *r = ctx;

	while (!r->over && r->times.count < r->times.room)
		request(r);
	return NULL;
}

/* --- Lists ------------------------------------------------------------------------------------ */

struct question {
	const char *name;
	struct store_listing listing; /* limit 0: a list of users is asked for */
	struct store_user_listing user_listing;
};

static void ask(struct desk *d, struct question *q, struct reply *r)
{
	*r = (struct reply){ 0 };
	if (q->listing.limit > 0)
		store_list(d->store, &q->listing, reply_take, r);
	else
		store_users(d->store, &q->user_listing, reply_take, r);
	desk_wait(d, r);
	if (r->status != STORE_OK)
		fail(store_status_text(r->status));
}

/* Page after page, and from the beginning when that was the last. */
static void measure(struct desk *d, struct question *q)
{
	struct reply replies[2] = { 0 };
	struct times times;

	times_init(&times, size.rounds);
	for (size_t i = 0; i < size.rounds; i++) {
		const struct reply *last = &replies[i % 2];
		int64_t start_us = clock_mono_us();

		q->listing.cursor = slice_of(last->cursor, last->cursor_bytes);
		q->user_listing.cursor = q->listing.cursor;
		ask(d, q, &replies[(i + 1) % 2]);
		times_add(&times, clock_mono_us() - start_us);
	}
	times_print(&times, q->name, PROMISED_PAGE_US);
}

static void name_users(struct slice names[MANY_USERS])
{
	static char texts[MANY_USERS][32];

	for (size_t i = 0; i < MANY_USERS; i++)
		names[i] = user_name(size.busy_sessions / USER_SESSIONS + i, texts[i]);
}

static void measure_headcount(struct desk *d)
{
	struct times times;

	times_init(&times, size.rounds);
	for (size_t i = 0; i < size.rounds; i++) {
		struct reply r = { 0 };
		int64_t start_us = clock_mono_us();

		store_headcount(d->store, reply_take, &r);
		desk_wait(d, &r);
		if (r.status != STORE_OK)
			fail(store_status_text(r.status));
		times_add(&times, clock_mono_us() - start_us);
	}
	times_print(&times, "totals by application and state", PROMISED_PAGE_US);
}

static void measure_all(struct desk *d, int64_t start_ms)
{
	static struct slice many[MANY_USERS];
	static struct slice realm = SLICE("default"), rare = SLICE("rare"), busy = SLICE("busy"),
			    user = SLICE("user7777");
	static const struct filter all;
	const struct filter of_user = { .realms = { &realm, 1 }, .users = { &user, 1 } },
			    of_busy = { .realms = { &realm, 1 }, .users = { &busy, 1 } },
			    of_many = { .realms = { &realm, 1 }, .users = { many, MANY_USERS } },
			    of_rare = { .applications = { &rare, 1 } },
			    of_agent = { .user_agent = SLICE("opera") },
			    old = { .seen.until_ms = start_ms - SPREAD_MS / 2 },
			    span = { .created = { start_ms - SPREAD_MS / 2,
						  start_ms - SPREAD_MS / 4 } };
	struct question questions[] = {
		{ .name = "newest seen, 50",
		  .listing = { &all, STORE_BY_SEEN, true, .limit = 50 } },
		{ .name = "newest seen, 500",
		  .listing = { &all, STORE_BY_SEEN, true, .limit = 500 } },
		{ .name = "longest unseen, 500",
		  .listing = { &all, STORE_BY_SEEN, false, .limit = 500 } },
		{ .name = "unseen for half an hour, newest, 500",
		  .listing = { &old, STORE_BY_SEEN, true, .limit = 500 } },
		{ .name = "newest created, 500",
		  .listing = { &all, STORE_BY_CREATED, true, .limit = 500 } },
		{ .name = "created in a quarter, 500",
		  .listing = { &span, STORE_BY_CREATED, false, .limit = 500 } },
		{ .name = "a user's", .listing = { &of_user, STORE_BY_SEEN, true, .limit = 50 } },
		{ .name = "a user's who has very many, 500",
		  .listing = { &of_busy, STORE_BY_SEEN, true, .limit = 500 } },
		{ .name = "those of 500 users, 500",
		  .listing = { &of_many, STORE_BY_SEEN, true, .limit = 500 } },
		{ .name = "a rare application's, 50",
		  .listing = { &of_rare, STORE_BY_SEEN, true, .limit = 50 } },
		{ .name = "a user agent that nobody has, 50",
		  .listing = { &of_agent, STORE_BY_SEEN, true, .limit = 50 } },
		{ .name = "users, 50", .user_listing = { .realms = { &realm, 1 }, .limit = 50 } },
		{ .name = "users, 500", .user_listing = { .limit = 500 } },
		{ .name = "users by prefix, 50",
		  .user_listing = { .prefix = SLICE("user77"), .limit = 50 } },
		{ .name = "users with 5 sessions, 50",
		  .user_listing = { .min_sessions = 5, .limit = 50 } },
	};

	name_users(many);
	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]); i++)
		measure(d, &questions[i]);
	measure_headcount(d);
}

/* --- The user who has very many --------------------------------------------------------------- */

static void log_in_busy(struct desk *d, struct ids *ids, const struct session_quota *quota)
{
	struct filling f = { .desk = *d, .ids = ids, .start_ms = clock_wall_ms() };
	const struct session *session;
	struct reply r = { 0 };

	filling_make_id(&f, 0); /* the first of them; what was made of it before stays */
	session = session_at(&f, 0, SLICE("busy"));
	store_create(d->store, session, quota, NULL, reply_take, &r);
	session_unref(&session);
	desk_wait(d, &r);
	if (r.status != STORE_OK)
		fail(store_status_text(r.status));
}

static void measure_logins(struct desk *d, struct ids *ids, const char *name,
			   const struct session_quota *quota, int64_t promised_us)
{
	struct times times;

	times_init(&times, size.rounds);
	for (size_t i = 0; i < size.rounds; i++) {
		int64_t start_us = clock_mono_us();

		log_in_busy(d, ids, quota);
		times_add(&times, clock_mono_us() - start_us);
	}
	times_print(&times, name, promised_us);
}

static void measure_busy(struct desk *d, struct ids *ids)
{
	static const struct store_user busy = { SLICE("default"), SLICE("busy") };
	const struct session_quota any_number = { 0 },
				   room = { (unsigned)(size.busy_sessions + 4 * size.rounds),
					    SESSION_EVICT_OLDEST },
				   none_left = { (unsigned)(size.busy_sessions + 2 * size.rounds),
						 SESSION_EVICT_OLDEST };
	struct reply r = { 0 };
	int64_t start_us;

	heading("a user who has very many sessions");
	measure_logins(d, ids, "a login", &any_number, PROMISED_PAGE_US);
	measure_logins(d, ids, "a login, with a limit that is not reached", &room,
		       PROMISED_PAGE_US);
	measure_logins(d, ids, "a login that ends another session", &none_left, 0);
	start_us = clock_mono_us();
	store_remove_user(d->store, &busy, SLICE(""), STORE_CAUSE_REVOKED, reply_take, &r);
	desk_wait(d, &r);
	if (r.status != STORE_OK)
		fail(store_status_text(r.status));
	printf("%zu sessions of his were ended in %.1f s\n", r.count,
	       (double)(clock_mono_us() - start_us) / 1e6);
}

static void measure_requests(struct requests *r, struct backend *backend, size_t count)
{
	desk_open(&r->desk, backend);
	times_init(&r->times, count);
	r->over = false;
}

static void measure_store(struct backend *backend, struct ids *ids)
{
	struct requests alone = { .ids = ids }, beside = { .ids = ids };
	struct desk desk;
	pthread_t thread;

	measure_requests(&alone, backend, TOUCHES * size.rounds);
	requests_run(&alone);
	desk_close(&alone.desk);
	measure_requests(&beside, backend, (size_t)1 << 24);
	desk_open(&desk, backend);
	if (pthread_create(&thread, NULL, requests_run, &beside) != 0)
		fail("no thread");
	heading("a page, while requests come");
	measure_all(&desk, clock_wall_ms());
	beside.over = true;
	pthread_join(thread, NULL);
	heading("find and touch");
	times_print(&alone.times, "alone", PROMISED_WAIT_US);
	times_print(&beside.times, "while lists are read", PROMISED_WAIT_US);
	measure_busy(&desk, ids);
	desk_close(&beside.desk);
	desk_close(&desk);
}

static void print_scripts(void)
{
	static const char *const names[] = {
#define SCRIPT_TEXT(name, parts) #name,
		REDIS_SCRIPTS(SCRIPT_TEXT)
#undef SCRIPT_TEXT
	};

	if (redis_script_prepare() != 0)
		fail("no memory");
	for (unsigned i = 0; i < REDIS_SCRIPT_COUNT; i++)
		printf("%s %s\n", names[i], redis_script((enum redis_script_name)i)->hash);
}

static void read_size(int argc, char **argv)
{
	size_t *const numbers[] = { &size.sessions, &size.busy_sessions, &size.rounds };

	for (int i = 1; i < argc && i <= 3; i++)
		*numbers[i - 1] = strtoul(argv[i], NULL, 10);
	if (size.sessions < 2 * size.busy_sessions || size.rounds == 0)
		fail("at most half of the sessions are one user's");
}

static void measure_in(struct backend *backend, struct ids *ids)
{
	int64_t start_us = clock_mono_us();

	fill(backend, ids);
	printf("%zu sessions, made in %.1f s\n", ids->count,
	       (double)(clock_mono_us() - start_us) / 1e6);
	measure_store(backend, ids);
}

int main(int argc, char **argv)
{
	struct ids ids = { 0 };
	const char *url = getenv("STORE_URL");
	struct backend_settings settings = {
		.url = url != NULL ? slice_from(url) : SLICE("memory:"),
		.now = clock_wall_coarse_ms,
		.namespace = SLICE("bench-lists"),
		.timeout_ms = 5000,
	};
	struct backend *backend;

	if (argc == 2 && strcmp(argv[1], "scripts") == 0) {
		print_scripts();
		return 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_size(argc, argv);
	ids.count = size.sessions;
	ids.text = calloc(ids.count, sizeof(ids.text[0]));
	ids.epochs = calloc(ids.count, sizeof(ids.epochs[0]));
	if (ids.text == NULL || ids.epochs == NULL || backend_open(&settings, &backend) != 0)
		fail("the store cannot be opened");
	measure_in(backend, &ids);
	backend_close(&backend);
	free(ids.text);
	free(ids.epochs);
	return 0;
}
