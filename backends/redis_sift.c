/* redis_sift.c - see redis_sift.h. What is not asked for stays empty in the session that the filter is shown, which lets that
 * pass. */
#include "backends/redis_sift.h"

static bool asks_realm(const struct filter *f)
{
	return f->realms.count > 0;
}

static bool asks_application(const struct filter *f)
{
	return f->applications.count > 0;
}

static bool asks_user(const struct filter *f)
{
	return f->users.count > 0 || f->user_prefix.len > 0 || f->state != FILTER_ANY_STATE;
}

static bool asks_host(const struct filter *f)
{
	return f->host.len > 0;
}

static bool asks_agent(const struct filter *f)
{
	return f->user_agent.len > 0;
}

static bool asks_address(const struct filter *f)
{
	return f->network != NULL;
}

static bool asks_bytes(const struct filter *f)
{
	return f->min_bytes > 0;
}

static bool asks_created(const struct filter *f)
{
	return f->created.from_ms != 0 || f->created.until_ms != 0;
}

static bool asks_seen(const struct filter *f)
{
	return f->seen.from_ms != 0 || f->seen.until_ms != 0;
}

static uint64_t sift_number(struct slice value)
{
	uint64_t number = 0;

	(void)slice_number(value, INT64_MAX, &number);
	return number;
}

/* field, who asks for it, where its value goes */
/* clang-format off */
#define SIFT_FIELDS(X)							\
	X(realm, asks_realm, s->realm = value)				\
	X(app, asks_application, s->application = value)		\
	X(user, asks_user, s->user = value)				\
	X(host, asks_host, s->host = value)				\
	X(agent, asks_agent, s->device.user_agent = value)		\
	X(first_ip, asks_address, s->device.first_ip = value)		\
	X(last_ip, asks_address, s->device.last_ip = value)		\
	X(bytes, asks_bytes, s->attribute_bytes = sift_number(value))	\
	X(count, asks_bytes, s->attribute_count = sift_number(value))	\
	X(created, asks_created, s->created_ms = (int64_t)sift_number(value)) \
	X(seen, asks_seen, s->seen_ms = (int64_t)sift_number(value))
/* clang-format on */

void redis_sift_add(struct redis_call *call, const struct filter *f)
{
#define SIFT_ADD(field, asks, take) \
	if (asks(f))                \
		redis_call_add(call, SLICE(#field));
	SIFT_FIELDS(SIFT_ADD)
#undef SIFT_ADD
}

static void sift_read(const struct filter *f, const struct redis_reply *reply, size_t item,
		      struct session *s)
{
	struct slice value;

#define SIFT_READ(field, asks, take)                     \
	if (asks(f)) {                                   \
		value = redis_reply_text(reply, ++item); \
		take;                                    \
	}
	SIFT_FIELDS(SIFT_READ)
#undef SIFT_READ
}

bool redis_sift_matches(const struct filter *f, const struct redis_reply *reply, size_t item)
{
	struct session s = { .replaced_count = 0 };

	if (redis_reply_elements(reply, item) == 0)
		return false;
	sift_read(f, reply, item, &s);
	return filter_matches(f, &s);
}
