/* redis_order.c - see redis_order.h. */
#include "backends/redis_order.h"

const char *const *redis_order_keys(bool by_seen)
{
	static const char *const seen[] = { "seen", NULL }, *const created[] = { "created", NULL };

	return by_seen ? seen : created;
}

void redis_order_add_moment(struct redis_call *call, int64_t at_ms)
{
	if (at_ms == INT64_MIN)
		redis_call_add(call, SLICE("-inf"));
	else if (at_ms == INT64_MAX)
		redis_call_add(call, SLICE("+inf"));
	else
		redis_call_add_number(call, at_ms);
}
