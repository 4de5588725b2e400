/* office.c - see office.h. */
#include "tests/fuzz/office.h"

#include "base/log.h"
#include "rest/audit.h"
#include "rest/configuration.h"
#include "rest/stream.h"
#include "rest/webhook.h"
#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/world.h"
#include "tests/moody/store.h"

#include <event2/event.h>
#include <openssl/sha.h>

enum {
	QUIET_TURNS = 3,
	TICKS = 1000, /* longer than any call may take */
	NEWS = 16,
	TIMEOUT_MS = 300,
};

struct office office;

static struct backend *backend;
static struct store_meter meter;
static struct slice intra = { "intra", 5 };
static struct grant grants[3];
static struct desk_terms terms[2];

static const struct settings_realm realms[] = {
	{ "default", { .absolute_ms = 86400000 }, { 4096, 1024, 8 }, { 2, SESSION_EVICT_OLDEST } },
	{ "intra", { .absolute_ms = 86400000 }, { 4096, 1024, 8 }, { 2, SESSION_EVICT_OLDEST } },
};

static const struct slice origins[] = { { "https://a", 9 } };

static struct settings settings[2] = {
	{
		.realms = realms,
		.realm_count = 2,
		.node = "gw1",
		.store = "memory",
		.layout = "native",
		.store_timeout_ms = TIMEOUT_MS,
		.cors_origins = origins,
		.cors_origin_count = 1,
	},
};

static void office_write(void *ctx, struct exposition *x)
{
	(void)ctx;
	(void)x;
}

static void office_add_up(void *ctx, struct source_totals *out)
{
	(void)ctx;
	*out = (struct source_totals){ 0 };
}

static size_t office_list_applications(void *ctx, struct source_application *out, size_t room)
{
	(void)ctx;
	(void)room;
	out[0] = (struct source_application){ SLICE("shop"), 3, 1 };
	return 1;
}

/* All is well with the one application that there is. */
static bool office_examine(void *ctx, const void *owner, struct slice application,
			   struct findings *out)
{
	(void)ctx;
	(void)owner;
	(void)out;
	return application.len == 0 || slice_equal(application, SLICE("shop"));
}

/* Whatever is asked for, somebody had it once. */
static void office_find_decisions(void *ctx, struct slice subject, source_decision_fn *look,
				  void *look_ctx)
{
	const struct source_decision d = {
		.at_ms = world_wall_ms(),
		.what = "none",
		.cause = "unknown",
		.detail = "the store does not know the session",
		.request = subject,
		.session = SLICE(OFFICE_ALICE_ID),
		.user = SLICE("alice"),
		.realm = SLICE("intra"),
		.application = SLICE("shop"),
		.route = SLICE("/"),
		.other_application = true,
	};

	(void)ctx;
	look(look_ctx, &d);
}

/* A file that is good where nobody insists on it. */
static void office_on_reload(evutil_socket_t fd, short what, void *ctx)
{
	static const char errors[] = "routes\0f.yaml:1:1: routes: missing";
	struct reload *r = ctx;

	(void)fd;
	(void)what;
	r->end = r->dry_run ? RELOAD_DONE : RELOAD_INVALID;
	r->generation = 1;
	CLAIM(buffer_append_slice(&r->changed, SLICE("node, limits.params")) == 0);
	CLAIM(r->dry_run || buffer_append(&r->errors, errors, sizeof(errors)) == 0);
	configuration_reloaded(&r);
}

static void office_ask_reload(void *ctx, struct reload *r)
{
	static const struct timeval soon; /* in the next turn */

	(void)ctx;
	CLAIM(event_base_once(office.desk.loop, -1, EV_TIMEOUT, office_on_reload, r, &soon) == 0);
}

static int office_print(const void *owner, struct buffer *json)
{
	(void)owner;
	return buffer_append_slice(json, SLICE("{}\n"));
}

static void office_release(const void *owner)
{
	(void)owner; /* they stay for ever */
}

static struct grant office_grant(const char *name, const char *token, bool limited)
{
	struct grant g = { .name = name, .scopes = SCOPE_ALL, .sha256 = "its hash" };

	SHA256((const uint8_t *)token, strlen(token), g.hash);
	if (limited) {
		g.realms = &intra;
		g.realm_count = 1;
	}
	return g;
}

/* Of every target that has the office. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	CLAIM(log_open("/dev/null", LOG_DEBUG, LOG_JSON) == 0);
	grants[0] = office_grant("ops", OFFICE_OPS, false);
	grants[1] = office_grant("intra", OFFICE_INTRA, true);
	grants[2] = office_grant("old", OFFICE_OLD, true);
	settings[0].grants = grants;
	settings[0].grant_count = 3;
	settings[1] = settings[0];
	settings[1].grant_count = 2;
	for (int i = 0; i < 2; i++)
		terms[i] = (struct desk_terms){
			1,
			{ .settings = &settings[i],
			  .generation = (unsigned long)i + 1,
			  .print = office_print,
			  .release = office_release },
		};
	CLAIM(news_new(NEWS, &office.desk.news) == 0);
	CLAIM(outbox_new(office.desk.news, false, &office.desk.outbox) == 0);
	return 0;
}

/* As the worker does that reads what happened. */
static void office_answer_news(void)
{
	uint64_t question = news_asked(office.desk.news);

	news_answer(office.desk.news, question);
	desk_hear(&office.desk, question);
}

static void office_settle(void)
{
	for (unsigned quiet = 0; quiet < QUIET_TURNS; quiet++)
		CLAIM(event_base_loop(office.desk.loop, EVLOOP_NONBLOCK) >= 0);
	office_answer_news();
}

static void office_tick(void)
{
	world_pass(DESK_TICK_MS);
	desk_tick(&office.desk);
	streams_tick(&office.desk);
	office_settle();
}

void office_pass(int64_t ms)
{
	for (int64_t passed = 0; passed < ms; passed += DESK_TICK_MS)
		office_tick();
}

bool office_wait(const bool *until)
{
	office_settle();
	for (int i = 0; i < TICKS && !*until; i++)
		office_tick();
	return *until;
}

struct asked {
	bool done;
	enum store_status status;
	uint64_t count;
};

static void office_on_done(void *ctx, const struct store_result *result)
{
	struct asked *a = ctx;

	*a = (struct asked){ true, result->status, result->count };
}

static void office_add(const char *id, const char *realm, const char *user)
{
	const struct renewal secret = { .epoch = 1 };
	const struct change changes[] = {
		{ .name = SLICE("cart"), .value = SLICE("[1,2]") },
		{ .name = SLICE("deep"),
		  .value = SLICE("{\"a\":{\"b\":1,\"c\":null},\"\\u0064\":2}") },
	};
	const struct session_birth birth = {
		.id = slice_from(id),
		.realm = slice_from(realm),
		.application = SLICE("shop"),
		.user = slice_from(user),
		.secret = &secret,
		.idle_ms = 3600000,
		.absolute_ms = 86400000,
		.save_id = 1,
		.changes = changes,
		.change_count = 2,
		.limits = realms[0].limits,
		.host = SLICE("www.example.org"),
	};
	const struct session_quota any = { .sessions = 0 };
	const struct session *s;
	struct asked asked = { .done = false };

	CLAIM(session_new(&birth, world_wall_ms(), &s) == 0);
	store_create(office.desk.store, s, &any, NULL, office_on_done, &asked);
	CLAIM(office_wait(&asked.done) && asked.status == STORE_OK);
	session_unref(&s);
}

void office_turn_store(enum mood_name mood)
{
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		moods_tell(&office.moods, (enum moody_kind)i, mood, 0, 0);
}

void office_reload(void)
{
	desk_terms_unref(&office.desk.terms);
	office.desk.terms = desk_terms_ref(&terms[1]);
	streams_reload(&office.desk);
}

uint64_t office_count(void)
{
	const struct filter all = { .state = FILTER_ANY_STATE };
	struct asked asked = { .done = false };

	office_turn_store(MOOD_FINE);
	store_count(office.desk.store, &all, office_on_done, &asked);
	CLAIM(office_wait(&asked.done) && asked.status == STORE_OK);
	return asked.count;
}

bool office_has(const char *id)
{
	struct asked asked = { .done = false };

	office_turn_store(MOOD_FINE);
	store_find(office.desk.store, slice_from(id), office_on_done, &asked);
	CLAIM(office_wait(&asked.done));
	return asked.status == STORE_OK;
}

void office_open(void)
{
	const struct backend_settings store = { .url = SLICE("memory:"), .now = world_wall_ms };
	struct news *news = office.desk.news;
	struct outbox *outbox = office.desk.outbox;

	world_begin();
	office.desk = (struct desk){
		.loop = event_base_new(),
		.news = news,
		.outbox = outbox,
		.terms = desk_terms_ref(&terms[0]),
		.source = {
			.meter = &meter,
			.write = office_write,
			.add_up = office_add_up,
			.list_applications = office_list_applications,
			.examine = office_examine,
			.decisions = { NULL, office_find_decisions },
		},
		.reloader = { NULL, office_ask_reload },
	};
	moods_init(&office.moods);
	CLAIM(office.desk.loop != NULL && backend_open(&store, &backend) == 0);
	CLAIM(backend_connect(backend, office.desk.loop, &office.desk.store) == 0);
	office.desk.store = moody_store_open(office.desk.store, office.desk.loop, &office.moods);
	CLAIM(audit_open(NULL, &office.desk.audit) == 0);
	CLAIM(webhooks_open(&office.desk, &office.desk.webhooks) == 0);
	office_add(OFFICE_ANONYMOUS_ID, "default", "");
	office_add(OFFICE_ALICE_ID, "intra", "alice");
	office_add(OFFICE_BOB_ID, "default", "bob");
}

void office_close(void)
{
	CLAIM(office.desk.calls == NULL && office.desk.streams == NULL &&
	      office.desk.stream_count == 0);
	webhooks_close(&office.desk.webhooks);
	audit_close(&office.desk.audit);
	store_close(&office.desk.store);
	backend_close(&backend);
	event_base_free(office.desk.loop);
	moods_fini(&office.moods);
	desk_terms_unref(&office.desk.terms);
}
