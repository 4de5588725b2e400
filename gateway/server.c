/* server.c - one server of an application. */
#include "gateway/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "gateway/pool.h"
#include "gateway/worker.h"

#include <errno.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	SERVER_DOWN_MS = 1000, /* one that refused comes last for so long */
	SERVER_FAIR_TCP_MS =
		250,         /* as APPLICATION_FAIR_MS, where a slow application looks the same */
	SERVER_FULL_MS = 10, /* one whose listen queue was full is left alone for so long */
	SERVER_COMPLAINT_MS = 60000, /* a want of descriptors is told at most this often */
};

int server_open(struct server *s, struct application *a, unsigned index)
{
	s->application = a;
	s->worker = a->worker;
	s->address = &a->settings->servers[index];
	s->index = index;
	s->door = door_open(s->worker, s->address->text);
	if (s->door == NULL)
		return SG_ENOMEM;
	link_push(&s->door->servers, &s->door_link);
	return 0;
}

void server_close(struct server *s)
{
	while (s->idle != NULL)
		upstream_close(server_idle(s));
	link_remove(&s->door_link);
	door_unref(&s->door);
}

int64_t server_idle_timeout_ms(const struct server *s)
{
	return s->application->settings->idle_timeout_ms;
}

bool server_keeps_connections(const struct server *s)
{
	return s->application->max_idle > 0;
}

bool server_reads_all(const struct server *s)
{
	return s->application->settings->adapter.kind == ADAPTER_PHP;
}

static bool server_may_use_idle(const struct server *s, const struct exchange *e)
{
	return !e->repeated && (!s->restless || (e->idempotent && e->rewindable));
}

struct upstream *server_idle_for(const struct server *s, const struct exchange *e)
{
	return s->idle != NULL && server_may_use_idle(s, e) ? server_idle(s) : NULL;
}

void server_left(struct server *s)
{
	s->restless = true;
}

void server_changed(struct server *s)
{
	application_look(s->application);
}

bool server_serves(const struct server *s, const struct exchange *e, int64_t now_ms)
{
	return !(e->tried & UINT64_C(1) << s->index) && s->down_until_ms <= now_ms;
}

int64_t server_rank(const struct server *s, const struct exchange *e, int64_t now_ms)
{
	const struct application *a = s->application;
	bool idle = server_idle_for(s, e) != NULL;
	int64_t rank;

	if (e->tried & UINT64_C(1) << s->index || s->full_until_ms > now_ms)
		return -1;
	if (!idle && s->connections - s->idle_count >= a->max_connections)
		return -1;
	rank = a->settings->balance == BALANCE_LEAST_CONNECTIONS ? s->connections - s->idle_count
								 : 0;
	return s->down_until_ms > now_ms ? rank + INT32_MAX : rank;
}

/* A unix socket that we may not open is the commonest mistake of all: say who we are and what it asks. */
static void server_log_refusal(const struct server *s, int error)
{
	const char *name = s->application->settings->name;
	const struct sockaddr_un *to = (const struct sockaddr_un *)&s->address->socket;
	struct stat facts;

	if (error == EACCES && s->address->kind == ADDRESS_UNIX && stat(to->sun_path, &facts) == 0)
		log_warn(
			"",
			"application %s: cannot connect to %s: %s: we are user %u, group %u; the socket is "
			"of user %u, group %u, mode %04o",
			name, s->address->text, strerror(error), geteuid(), getegid(), facts.st_uid,
			facts.st_gid, facts.st_mode & 07777);
	else
		log_warn("", "application %s: cannot connect to %s: %s", name, s->address->text,
			 strerror(error));
}

/* Logged when it goes down, not for every request that finds it so. */
static void server_refused(struct server *s, struct exchange *e, int error)
{
	if (s->down_until_ms == 0) {
		server_log_refusal(s, error);
		meter_note_down(s->application->meter, s->index);
	}
	s->down_until_ms = clock_mono_ms() + SERVER_DOWN_MS;
	e->tried |= UINT64_C(1) << s->index;
}

/* As with a full listen queue the request waits in ours. */
static void server_wants(struct server *s, int error)
{
	int64_t now_ms = clock_mono_ms();

	if (s->complained_ms != 0 && now_ms - s->complained_ms < SERVER_COMPLAINT_MS)
		return;
	s->complained_ms = now_ms;
	log_warn("", "application %s: requests wait for a connection to %s: %s",
		 s->application->settings->name, s->address->text, strerror(error));
}

enum upstream_opened server_connect(struct server *s, struct exchange *e)
{
	struct application *a = s->application;
	enum upstream_opened opened;

	/* its process is needed, or its place */
	if (s->idle != NULL && (!server_may_use_idle(s, e) || s->connections >= a->max_connections))
		upstream_close(server_idle(s));
	/* this one finds out for all whether it is back: the others go elsewhere until then */
	if (s->down_until_ms != 0)
		s->down_until_ms = clock_mono_ms() + a->settings->connect_timeout_ms;
	exchange_unlink(e);
	opened = upstream_open(s, e);
	e->backlogged = opened == UPSTREAM_FULL;
	if (opened == UPSTREAM_OPENED) {
		if (e->upstream != NULL && e->upstream->state == UPSTREAM_CONNECTING)
			exchange_connects(e);
		return opened;
	}
	if (opened == UPSTREAM_REFUSED)
		server_refused(s, e, errno);
	else
		s->full_until_ms = clock_mono_ms() + SERVER_FULL_MS;
	if (opened == UPSTREAM_WANTING)
		server_wants(s, errno);
	exchange_enqueue_first(e); /* and the queue's deadline still counts */
	return opened;
}

bool server_waits_unfairly(struct server *s, int64_t now_ms)
{
	while (s->door->fresh.first != NULL) {
		struct upstream *oldest = server_oldest_fresh(s);

		if (now_ms - oldest->begun_ms <= APPLICATION_FAIR_MS)
			return false;
		/* a TCP kernel acknowledges for a process that has not accepted yet: there, only time tells */
		if (s->address->kind != ADDRESS_UNIX)
			return now_ms - oldest->begun_ms > SERVER_FAIR_TCP_MS;
		if (!upstream_is_read(oldest))
			return true;
		queue_remove(&s->door->fresh, &oldest->fresh_link); /* slow, but served */
	}
	return false;
}

/* Did u's request overtake one that is older and still waits on a fresh connection? */
static bool server_overtaken(struct server *s, const struct upstream *u)
{
	return server_waits_unfairly(s, turn_now_ms(&s->worker->turn)) &&
	       server_oldest_fresh(s)->begun_ms < u->begun_ms;
}

void server_begins(struct upstream *u)
{
	struct server *s = u->server;
	struct link *l;

	if (s->down_until_ms != 0)
		log_info("", "application %s: %s is back", s->application->settings->name,
			 s->address->text);
	s->down_until_ms = 0;
	exchange_begins(u->exchange);
	for (l = s->door->servers; l != NULL; l = l->next)
		application_watch_fairness(CONTAINER_OF(l, struct server, door_link)->application);
}

void server_connect_failed(struct upstream *u, int error)
{
	struct exchange *e = u->exchange;

	server_refused(u->server, e, error);
	e->timed_out_connecting |= error == ETIMEDOUT;
	upstream_close(u);
	exchange_again(e);
}

/* A connect to a port of this machine that nobody listens on may be given that very port, and meets
 * itself. It is a refusal, and the port is to be free again at once for whom it belongs to. */
void server_echoed(struct upstream *u)
{
	if (u->exchange->rewindable)
		server_connect_failed(u, ECONNREFUSED);
	else
		server_failed(u, EXCHANGE_UNREACHABLE);
}

static bool server_overloaded(uint8_t protocol_status)
{
	return protocol_status == FCGI_OVERLOADED || protocol_status == FCGI_CANT_MPX_CONN;
}

static void server_release(struct upstream *u, bool reusable)
{
	struct server *s = u->server;
	/* the queue takes it at the end of this turn */
	bool wanted =
		s->idle_count < s->application->max_idle || s->application->queue.first != NULL;

	if (reusable && wanted && !server_overtaken(s, u))
		upstream_keep(u);
	else
		upstream_close(u);
}

void server_ended(struct upstream *u, uint32_t app_status, uint8_t protocol_status, bool reusable)
{
	struct exchange *e = u->exchange;
	bool silent = !u->spoke;

	if (silent && server_overloaded(protocol_status) && e->rewindable) {
		e->tried |= UINT64_C(1) << u->server->index;
		upstream_close(u);
		exchange_again(e);
		return;
	}
	server_release(u, reusable);
	if (silent && server_overloaded(protocol_status))
		exchange_fail(e, EXCHANGE_UNREACHABLE);
	else if (silent && protocol_status == FCGI_UNKNOWN_ROLE)
		exchange_fail(e, EXCHANGE_ROLE);
	else {
		exchange_leave(e);
		e->ops->ended(e, app_status);
	}
}

/* A kept connection may have been closed by the application just as we wrote: facts that look like
 * it, and a request that can be given again. */
static bool server_may_repeat(const struct upstream *u, enum exchange_failure why)
{
	const struct exchange *e = u->exchange;

	return why == EXCHANGE_LOST && u->reused && !u->answered && !e->repeated && e->rewindable &&
	       (e->idempotent || !u->wrote);
}

void server_failed(struct upstream *u, enum exchange_failure why)
{
	struct exchange *e = u->exchange;
	bool repeat = server_may_repeat(u, why);

	if (why == EXCHANGE_LOST && u->reused && !u->answered)
		server_left(u->server);
	upstream_close(u);
	if (repeat) {
		e->repeated = true;
		exchange_again(e);
	} else {
		exchange_fail(e, why);
	}
}
