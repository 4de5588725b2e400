/* redis_drift.c - see redis_drift.h. */
#include "backends/redis_drift.h"

#include "base/log.h"

#include <stdlib.h>

int64_t redis_drift_ms(int64_t asked_ms, int64_t server_ms, int64_t answered_ms)
{
	if (server_ms > answered_ms)
		return server_ms - answered_ms;
	return server_ms < asked_ms ? server_ms - asked_ms : 0;
}

void redis_drift_note(struct redis_drift *drift, int64_t behind_ms)
{
	int64_t distance_ms = llabs(behind_ms);

	if (distance_ms > REDIS_DRIFT_FAR_MS && !atomic_exchange(&drift->far, true))
		log_warn(
			"",
			"the clock of this machine is %lld.%03lld s %s that of Redis, by which sessions "
			"end: set both by one time server",
			(long long)(distance_ms / 1000), (long long)(distance_ms % 1000),
			behind_ms > 0 ? "behind" : "ahead of");
	else if (distance_ms <= REDIS_DRIFT_NEAR_MS && atomic_exchange(&drift->far, false))
		log_info("", "the clocks of this machine and of Redis agree again");
}
