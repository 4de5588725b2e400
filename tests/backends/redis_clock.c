/* redis_clock.c - in the place of backends/redis_clock.c: scripts go by the clock that the backend was opened with, whose
 * time is the last argument of each call. */
#include "backends/redis_clock.h"

const char redis_clock_lua[] = "local clock_ms = tonumber(table.remove(ARGV))\n"
			       "local function clock()\n"
			       "\treturn clock_ms\n"
			       "end\n";

void redis_clock_add(struct redis_call *call, clock_fn *now)
{
	redis_call_add_number(call, now());
}
