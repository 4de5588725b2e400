/* resolver.c - tests of backends/resolver.c: names that the system knows without asking anybody. */
#include "backends/resolver.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <netinet/in.h>

struct told {
	unsigned times;
	bool found;
	uint16_t port;
	char reason[100];
};

static void on_done(void *ctx, const struct addrinfo *found, const char *reason)
{
	struct told *told = ctx;

	told->times++;
	told->found = found != NULL;
	if (found != NULL)
		/* where an address of either family has it */
		told->port =
			ntohs(((const struct sockaddr_in *)(const void *)found->ai_addr)->sin_port);
	else
		snprintf(told->reason, sizeof(told->reason), "%s", reason);
}

static struct told resolve(const char *host)
{
	struct event_base *loop = event_base_new();
	struct resolution *r = NULL;
	struct told told = { 0 };

	cr_assert_eq(resolver_start(loop, host, 6379, on_done, &told, &r), 0);
	cr_expect_eq(told.times, 0, "late");
	event_base_dispatch(loop);
	cr_expect_eq(told.times, 1, "once");
	event_base_free(loop);
	return told;
}

Test(resolver, finds_what_is_there)
{
	struct told told = resolve("localhost");

	cr_expect(told.found);
	cr_expect_eq(told.port, 6379);
}

Test(resolver, says_why_there_is_nothing)
{
	struct told told = resolve("no such name");

	cr_expect_not(told.found);
	cr_expect_neq(told.reason[0], '\0');
}

Test(resolver, is_silent_when_cancelled)
{
	struct event_base *loop = event_base_new();
	struct told told = { 0 };

	for (int i = 0; i < 100; i++) {
		struct resolution *r = NULL;

		cr_assert_eq(resolver_start(loop, "localhost", 1, on_done, &told, &r), 0);
		resolver_cancel(&r);
		cr_expect_null(r);
	}
	event_base_loop(loop, EVLOOP_NONBLOCK);
	cr_expect_eq(told.times, 0);
	event_base_free(loop);
}

Test(resolver, addresses_need_no_thread)
{
	static const char *const addresses[] = { "127.0.0.1", "::1" };

	for (size_t i = 0; i < 2; i++) {
		struct addrinfo *found = resolver_address(addresses[i], 1);

		cr_assert_not_null(found, "%s", addresses[i]);
		freeaddrinfo(found);
	}
	cr_expect_null(resolver_address("localhost", 1));
}
