/* descriptors.c - see descriptors.h. */
#include "gateway/descriptors.h"

#include "base/log.h"
#include "gateway/session_api.h"
#include "gateway/session_socket.h"

#include <sys/resource.h>

enum {
	DESCRIPTORS_OWN = 24,    /* the main loop, the log, a few spool files */
	DESCRIPTORS_WORKER = 4,  /* a worker's loop and doorbell */
	DESCRIPTORS_ADMIN = 330, /* for each of its listeners: callers, and those that go */
	DESCRIPTORS_FEWEST_CONNECTIONS = 2, /* one from a web server, one to an application */
};

/* What applications may need of them at the most. */
static rlim_t descriptors_of_applications(const struct config *c)
{
	rlim_t count = 0;
	size_t i;

	for (i = 0; i < c->application_count; i++)
		count += c->applications[i].server_count * c->applications[i].max_connections;
	return count < c->limits.requests ? count : c->limits.requests;
}

/* As many callers of the session API as there can be requests that have a ticket, or as it takes. */
static rlim_t descriptors_of_session_api(const struct config *c, unsigned workers)
{
	rlim_t callers = (rlim_t)workers * (SESSION_API_CONNECTIONS + 1);

	if (!session_sockets_wanted(c))
		return 0;
	return callers < c->limits.requests ? callers : c->limits.requests;
}

/* The limit raised to what is wanted, or as far as is allowed; 0: nobody says. */
static rlim_t descriptors_raise(rlim_t wanted)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	return setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

/* Where there are too few, web servers' connections wait in the backlog before applications' are
 * wanting: a request that is taken must get on. */
uint64_t descriptors_share(const struct config *newest, const struct config *started)
{
	rlim_t applications = descriptors_of_applications(newest);
	rlim_t own = DESCRIPTORS_OWN + started->listen_count +
		     (rlim_t)started->workers * DESCRIPTORS_WORKER +
		     descriptors_of_session_api(newest, started->workers) +
		     (rlim_t)started->admin.listen_count * DESCRIPTORS_ADMIN;
	rlim_t wanted = newest->limits.max_connections + applications + own;
	rlim_t allowed = descriptors_raise(wanted), left;

	if (allowed == 0 || allowed >= wanted)
		return UINT64_MAX;
	left = allowed > own + DESCRIPTORS_FEWEST_CONNECTIONS ? allowed - own
							      : DESCRIPTORS_FEWEST_CONNECTIONS;
	left -= applications < left / 2 ? applications : left / 2;
	log_warn(
		"",
		"%llu descriptors are allowed, these limits may need %llu: of web servers' connections "
		"all beyond %llu wait",
		(unsigned long long)allowed, (unsigned long long)wanted, (unsigned long long)left);
	return left;
}
