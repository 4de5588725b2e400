/* redis_clock.c - see redis_clock.h. */
#include "backends/redis_clock.h"

const char redis_clock_lua[] = "local function clock()\n"
			       "\tlocal time = redis.call('TIME')\n"
			       "\treturn time[1] * 1000 + math.floor(time[2] / 1000)\n"
			       "end\n";

void redis_clock_add(struct redis_call *call, clock_fn *now)
{
	(void)call; /* it asks Redis */
	(void)now;
}
