/* redis_standing.c - see redis_standing.h. */
#include "backends/redis_standing.h"

#include "base/log.h"

#include <stdio.h>

/* What a server that is there says instead of doing anything. */
static const char *const standing_refusals[] = {
	"LOADING",    "READONLY",    "NOREPLICAS", "OOM",    "BUSY",
	"MASTERDOWN", "CLUSTERDOWN", "MISCONF",    "NOAUTH", "NOPERM",
};

static bool standing_is_refusal(const struct redis_reply *reply)
{
	for (size_t i = 0; i < sizeof(standing_refusals) / sizeof(standing_refusals[0]); i++)
		if (redis_reply_is_error(reply, slice_from(standing_refusals[i])))
			return true;
	return false;
}

void redis_standing_leave(struct redis_standing *s, struct slice reason)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];

	snprintf(s->reason, sizeof(s->reason), "%.*s", SLICE_ARGS(reason));
	if (!s->away && !s->quiet)
		log_warn("", "redis %s is away: %s; it is tried until it is back",
			 redis_endpoint_text(s->endpoint, text), s->reason);
	s->away = true;
	s->refuses = false;
}

void redis_standing_return(struct redis_standing *s)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];

	if (s->away && !s->quiet)
		log_info("", "redis %s is back", redis_endpoint_text(s->endpoint, text));
	s->away = false;
}

void redis_standing_hear(struct redis_standing *s, const struct redis_reply *reply)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];

	if (s->quiet)
		return;
	if (standing_is_refusal(reply)) {
		if (!s->refuses)
			log_warn("", "redis %s refuses: %.*s",
				 redis_endpoint_text(s->endpoint, text),
				 SLICE_ARGS(redis_reply_text(reply, 0)));
		s->refuses = true;
	} else if (s->refuses && redis_reply_type(reply, 0) != REDIS_ERROR) {
		log_info("", "redis %s does as it is asked again",
			 redis_endpoint_text(s->endpoint, text));
		s->refuses = false;
	}
}

void redis_standing_count(struct redis_standing *s, int64_t replicas, unsigned wanted)
{
	char text[REDIS_ENDPOINT_TEXT_BYTES];
	bool enough = replicas >= wanted;

	if (!enough && !s->unconfirmed)
		log_warn("", "redis %s: %lld of store.confirm_replicas have what was written",
			 redis_endpoint_text(s->endpoint, text), (long long)replicas);
	s->unconfirmed = !enough;
}
