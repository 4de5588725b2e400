/* stage.c - see stage.h. */
#include "tests/fuzz/stage.h"

#include "gateway/front.h"
#include "gateway/observer.h"
#include "gateway/worker.h"

#include "tests/fuzz/claim.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/settings.h"
#include "tests/fuzz/wallet.h"
#include "tests/fuzz/world.h"
#include "tests/moody/store.h"

#include <errno.h>
#include <event2/event.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SOCKET_BYTES = 16384, /* small, so that somebody has to wait */
	QUIET_TURNS = 3,
	TURNS = 1000,
	STEPS = 40, /* to the end of every deadline */
	STEP_MS = 5000,
	DRAIN_MS = 1000,
};

static const char first_settings[] =
	"listen: 127.0.0.1:1\n"
	"log: {level: debug, access: true}\n"
	"session: {max_size: 2k, max_value: 1k, max_attributes: 8, touch_interval: 1s, idle_timeout: 60s,\n"
	"  rotate_every: 20s, rotation_grace: 5s, per_user_limit: 2, remember_idle_timeout: 300s}\n"
	"limits: {params: 60, params_size: 8k, requests_per_connection: 3, response_header_size: 2k, body_size: 200k,\n"
	"  spool_size: 40k, spool_total: 80k, header_timeout: 2s}\n"
	"realms: {intra: {cookie: {name: intra}}}\n"
	"applications:\n"
	"  kept: {servers: ['unix:/a', 'unix:/b'], idle_connections: 2, max_connections: 3, queue: {size: 4, timeout: 2s},\n"
	"    connect_timeout: 1s, read_timeout: 3s, buffer_request: 4k, params: {MADE: here}, login_from: who.name}\n"
	"  fresh: {servers: 'unix:/c', idle_connections: 0, buffer_request: 0, stderr: both, read_timeout: 3s,\n"
	"    queue: {timeout: 2s}, connect_timeout: 1s, directives: [set, login]}\n"
	"  talks: {servers: 'unix:/t', idle_connections: 2, session_api: true, login_from: who, read_timeout: 3s}\n"
	"  php: {servers: 'unix:/p', read_timeout: 3s,\n"
	"    adapter: {php: {file: /a.php, adopt: files, until: 2999-12-31}}}\n"
	"routes:\n"
	"- {path: /, application: kept}\n"
	"- {path: /fresh/, application: fresh, expose: [each, object]}\n"
	"- {path: /off/, application: fresh, session: 'off', body_size: 1k}\n"
	"- {path: /observe/, application: kept, session: observe}\n"
	"- {path: /peek/, application: kept, session: peek, private: always}\n"
	"- {path: /login/, application: kept, require: login, login_url: /sign, max_login_age: 30s}\n"
	"- {path: /token/, application: kept, token: header, remote_user: pass}\n"
	"- {path: /lock/, application: kept, lock: exclusive, lock_wait: 2s, lock_lease: 4s}\n"
	"- {path: /auth/, mode: authorize, expose: [each], login_url: /sign}\n"
	"- {path: /own/, application: kept, csrf: check, self_service: /own/.session, logout_url: /bye}\n"
	"- {path: /anyhow/, application: kept, on_store_failure: anonymous, on_save_failure: deliver}\n"
	"- {path: /api/, application: talks, expose: [object]}\n"
	"- {path: /api/lock/, application: talks, lock: exclusive, lock_wait: 2s, lock_lease: 4s}\n"
	"- {path: /api/peek/, application: talks, session: peek}\n"
	"- {path: /php/, application: php}\n"
	"- {path: /php/observe/, application: php, session: observe}\n";

/* Another pool for one application, the same for the other. */
static const char second_settings[] =
	"listen: 127.0.0.1:1\n"
	"limits: {requests_per_connection: 1, header_timeout: 1s, body_size: 200k, spool_dir: ''}\n"
	"realms: {intra: {cookie: {name: intra}}}\n"
	"applications:\n"
	"  kept: {servers: 'unix:/d', idle_connections: 0, queue: {timeout: 1s}, connect_timeout: 1s, read_timeout: 1s}\n"
	"  fresh: {servers: 'unix:/c', idle_connections: 0, buffer_request: 0, read_timeout: 3s,\n"
	"    queue: {timeout: 2s}, connect_timeout: 1s}\n"
	"  talks: {servers: 'unix:/t', idle_connections: 0, session_api: true, directives: [update, logout]}\n"
	"routes:\n"
	"- {path: /api/, application: talks}\n"
	"- {path: /, application: kept, token: either}\n"
	"- {path: /fresh/, application: fresh}\n";

struct stage stage;

static const struct config *settings[2];
static struct tally tally;
static struct meter meter;
static struct observer *observer;
static struct backend *backend;
static struct moods moods;
static int listener[2]; /* nobody connects there */
static struct session_socket session_socket = { .listen.address.text = "unix:/api",
						.notes_fd = -1 };
static int ended;

/* --- in the place of the system --- */

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len);
int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
			  void *ctx);
int __wrap_pthread_join(pthread_t id, void **result);
int __real_connect(int fd, const struct sockaddr *to, socklen_t len);
int __real_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
			  void *ctx);

/* The one thread is the worker's, run once it has been stopped. */
static struct {
	bool expected;
	void *(*run)(void *);
	void *ctx;
} thread;

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*run)(void *),
			  void *ctx)
{
	if (!thread.expected) /* the log's */
		return __real_pthread_create(id, attr, run, ctx);
	thread.run = run;
	thread.ctx = ctx;
	*id = pthread_self();
	return 0;
}

int __wrap_pthread_join(pthread_t id, void **result)
{
	(void)id;
	(void)result;
	thread.run(thread.ctx);
	return 0;
}

static void stage_pair(int pair[2])
{
	int bytes = SOCKET_BYTES;

	CLAIM(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) == 0);
	for (int i = 0; i < 2; i++)
		CLAIM(setsockopt(pair[i], SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes)) == 0);
}

/* fd becomes one end of a pair, and a program has the other. */
static bool stage_accept(int fd)
{
	int pair[2];

	if (stage.program_count == STAGE_PROGRAMS)
		return false;
	stage_pair(pair);
	CLAIM(dup2(pair[0], fd) == fd && close(pair[0]) == 0);
	program_open(&stage.programs[stage.program_count++], pair[1]);
	return true;
}

/* fd becomes something that is never writable, as a connection that is not made: a counter that is full. */
static void stage_never_accept(int fd)
{
	const uint64_t full = UINT64_MAX - 1;
	int counter = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	CLAIM(counter >= 0 && write(counter, &full, sizeof(full)) == sizeof(full));
	CLAIM(dup2(counter, fd) == fd && close(counter) == 0);
}

int __wrap_connect(int fd, const struct sockaddr *to, socklen_t len)
{
	(void)to;
	(void)len;
	errno = ECONNREFUSED;
	switch (stage.connects) {
	case STAGE_ACCEPTS:
		return stage_accept(fd) ? 0 : -1;
	case STAGE_IS_FULL:
		errno = EAGAIN;
		break;
	case STAGE_ACCEPTS_LATER:
		if (stage_accept(fd))
			errno = EINPROGRESS;
		break;
	case STAGE_NEVER_ACCEPTS:
		stage_never_accept(fd);
		errno = EINPROGRESS;
		break;
	default:
		break;
	}
	return -1;
}

/* --- the stage --- */

/* Of every target that has the stage: what all iterations share. */
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	settings[0] = settings_load(first_settings);
	settings[1] = settings_load(second_settings);
	CLAIM(log_open("/dev/null", LOG_DEBUG, LOG_JSON) == 0);
	stage_pair(listener);
	return 0;
}

/* The system finds a name for it. */
static int stage_listen_session_api(void)
{
	struct sockaddr_un anywhere = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	CLAIM(fd >= 0);
	CLAIM(bind(fd, (const struct sockaddr *)&anywhere, sizeof(anywhere.sun_family)) == 0);
	CLAIM(listen(fd, STAGE_CALLERS) == 0);
	return fd;
}

void stage_open(void)
{
	struct worker_start start = { .config = settings[0],
				      .tally = &tally,
				      .meter = &meter,
				      .listeners = listener,
				      .session_socket = &session_socket };
	const struct backend_settings store = { .url = SLICE("memory:"), .now = world_wall_ms };

	stage = (struct stage){ .worker = NULL };
	world_begin();
	tally = (struct tally){ .descriptors = 1000 };
	meter = (struct meter){ .routes = NULL };
	meter_init(&meter);
	start.ended = ended = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	CLAIM(ended >= 0);
	CLAIM(backend_open(&store, &backend) == 0);
	start.backend = backend;
	CLAIM(observer_new(&observer) == 0);
	start.observer = observer;
	session_socket.fd = stage_listen_session_api();
	wallet_empty();
	thread.expected = true;
	CLAIM(worker_open(&start, &stage.worker) == 0);
	thread.expected = false;
	moods_init(&moods);
	stage.worker->store = moody_store_open(stage.worker->store, stage.worker->loop, &moods);
	CLAIM(stage_connect_web_server(false) != NULL);
}

static bool stage_listen(void)
{
	bool moved = false;

	for (size_t i = 0; i < stage.web_server_count; i++)
		moved |= web_server_listen(&stage.web_servers[i]);
	for (size_t i = 0; i < stage.program_count; i++)
		moved |= program_listen(&stage.programs[i]);
	for (size_t i = 0; i < stage.caller_count; i++)
		moved |= caller_listen(&stage.callers[i]);
	return moved;
}

void stage_settle(void)
{
	for (unsigned turn = 0, quiet = 0; turn < TURNS && quiet < QUIET_TURNS; turn++) {
		CLAIM(event_base_loop(stage.worker->loop, EVLOOP_NONBLOCK) >= 0);
		quiet = stage_listen() ? 0 : quiet + 1;
	}
}

struct web_server *stage_connect_web_server(bool tcp)
{
	struct web_server *w;
	int pair[2];

	if (stage.web_server_count == STAGE_WEB_SERVERS)
		return NULL;
	stage_pair(pair);
	w = &stage.web_servers[stage.web_server_count++];
	web_server_open(w, pair[1], tcp);
	CLAIM(tally_add(&tally.connections, 1, UINT64_MAX));
	CLAIM(front_open(stage.worker, pair[0], tcp) == 0);
	return w;
}

struct caller *stage_connect_caller(void)
{
	struct sockaddr_un there;
	socklen_t len = sizeof(there);
	int fd;

	if (stage.caller_count == STAGE_CALLERS)
		return NULL;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CLAIM(fd >= 0 && getsockname(session_socket.fd, (struct sockaddr *)&there, &len) == 0);
	CLAIM(__real_connect(fd, (const struct sockaddr *)&there, len) == 0);
	caller_open(&stage.callers[stage.caller_count], fd);
	return &stage.callers[stage.caller_count++];
}

static size_t stage_later_than(const struct program *p)
{
	size_t count = 0;

	for (size_t i = 0; i < stage.program_count; i++)
		count += stage.programs[i].turn > p->turn;
	return count;
}

struct program *stage_program(size_t which)
{
	for (size_t i = 0; i < stage.program_count; i++)
		if (stage.programs[i].turn > 0 && stage_later_than(&stage.programs[i]) == which)
			return &stage.programs[i];
	return NULL;
}

void stage_reload(void)
{
	worker_reload(stage.worker, settings[stage.worker->generation->config == settings[0]], 2,
		      stage.worker->session_socket);
	stage_settle();
}

void stage_drain(void)
{
	worker_drain(stage.worker, DRAIN_MS);
	stage_settle();
}

void stage_pass(int64_t ms)
{
	world_pass(ms);
	event_active(stage.worker->deadlines.tick, EV_TIMEOUT, 1);
	stage_settle();
}

void stage_turn_store(enum mood_name mood)
{
	for (unsigned i = 0; i < MOODY_KIND_COUNT; i++)
		moods_tell(&moods, (enum moody_kind)i, mood, 0, 0);
}

/* Everybody takes what there is, and nobody says any more. */
static void stage_wait_for_the_end(void)
{
	for (size_t i = 0; i < stage.web_server_count; i++)
		stage.web_servers[i].reading = true;
	for (size_t i = 0; i < stage.program_count; i++)
		stage.programs[i].reading = true;
	for (size_t i = 0; i < stage.caller_count; i++)
		stage.callers[i].reading = true;
	stage_settle();
	for (int i = 0; i < STEPS; i++)
		stage_pass(STEP_MS);
}

static void stage_stop(void)
{
	worker_stop(stage.worker);
	worker_join(&stage.worker);
	backend_close(&backend);
	meter_fini(&meter);
	observer_free(&observer);
	moods_fini(&moods);
	close(ended);
	close(session_socket.fd);
}

/* Tickets are good for a while after their request, and nothing is left of them then. */
static void stage_expect_no_calls(void)
{
	const struct worker *w = stage.worker;

	for (size_t i = 0; i < stage.caller_count; i++)
		caller_expect_end(&stage.callers[i]);
	CLAIM(w->session_calls == NULL);
	CLAIM(w->tickets.table.count == 0 && w->tickets.late_count == 0 &&
	      w->tickets.late.first == NULL);
}

void stage_close(void)
{
	stage_wait_for_the_end();
	for (size_t i = 0; i < stage.web_server_count; i++)
		web_server_expect_end(&stage.web_servers[i]);
	CLAIM(stage.worker->requests == 0 && tally_get(&tally.requests) == 0);
	CLAIM(tally_get(&tally.spooled_bytes) == 0);
	stage_expect_no_calls();
	for (size_t i = 0; i < stage.web_server_count; i++)
		web_server_close(&stage.web_servers[i]);
	stage_settle();
	CLAIM(stage.worker->fronts == NULL && tally_get(&tally.connections) == 0);
	stage_stop();
	for (size_t i = 0; i < stage.program_count; i++)
		program_close(&stage.programs[i]);
	for (size_t i = 0; i < stage.caller_count; i++)
		caller_close(&stage.callers[i]);
}
