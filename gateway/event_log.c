/* event_log.c - see event_log.h. */
#include "gateway/event_log.h"

#include "base/log.h"
#include "base/percent.h"

#include <assert.h>

enum { EVENT_LOG_BATCH = 64 };

/* Such bytes neither end a field nor look like the next one's name. */
static const char event_log_plain[] = "@+:,/!*()'$&;";

/* --- events --- */

static enum log_level event_log_level(const struct session_event *e)
{
	bool of_session = e->session.len > 0;

	return of_session && (e->user.len == 0 || e->type == EVENT_CREATED) ? LOG_DEBUG : LOG_INFO;
}

static int event_log_field(struct buffer *line, const char *name, struct slice value)
{
	int rc;

	if (value.len == 0)
		return 0;
	if ((rc = buffer_printf(line, " %s=", name)) != 0)
		return rc;
	return percent_encode(line, value, event_log_plain);
}

static void event_log_write(const struct session_event *e)
{
	enum log_level level = event_log_level(e);
	struct buffer line = { 0 };

	if (e->type == EVENT_LATE_SAVE_BLOCKED || !log_enabled(level))
		return;
	if (buffer_printf(&line, "%s", event_type_text(e->type)) == 0 &&
	    event_log_field(&line, "session", e->session) == 0 &&
	    event_log_field(&line, "user", e->user) == 0 &&
	    event_log_field(&line, "realm", e->realm) == 0 &&
	    event_log_field(&line, "application", e->application) == 0 &&
	    event_log_field(&line, "cause", slice_from(event_cause_text(e->cause))) == 0 &&
	    event_log_field(&line, "reason", e->reason) == 0)
		log_line(level, "", "%.*s", SLICE_ARGS(buffer_content(&line)));
	else
		log_error("", "out of memory: an event is not logged: %s",
			  event_type_text(e->type));
	buffer_fini(&line);
}

static void event_log_on_events(void *ctx, const struct store_result *result)
{
	struct event_log *l = ctx;

	l->op = NULL;
	if (result->status != STORE_OK || result->count == 0)
		return; /* the next time */
	if (result->gap)
		log_warn("",
			 "more happened to sessions than the store keeps until it is logged: some "
			 "events are not");
	for (size_t i = 0; i < result->count; i++)
		event_log_write(&result->events[i]);
	assert(result->position.len <= sizeof(l->position));
	memcpy(l->position, result->position.ptr, result->position.len);
	l->position_bytes = result->position.len;
	event_log_read(l);
}

void event_log_read(struct event_log *l)
{
	if (l->op == NULL)
		l->op = store_events(l->store, slice_of(l->position, l->position_bytes),
				     EVENT_LOG_BATCH, event_log_on_events, l);
}

void event_log_stop(struct event_log *l)
{
	if (l->store != NULL)
		store_cancel(l->store, &l->op);
}

/* --- totals --- */

static unsigned long long totals(const struct event_counts *c, enum event_type type,
				 enum event_cause cause)
{
	return event_counted(c, type, cause);
}

void event_log_totals(const struct event_counts *c)
{
	unsigned long long renewals = atomic_load_explicit(&c->renewals, memory_order_relaxed);
	unsigned long long adopted = totals(c, EVENT_CREATED, EVENT_CAUSE_ADOPTED);

	log_info(
		"",
		"totals sessions_created=%llu sessions_adopted=%llu logins=%llu rotations=%llu ended_idle=%llu "
		"ended_absolute=%llu ended_logout=%llu ended_evicted=%llu ended_revoked=%llu "
		"ended_blocked=%llu denied_user_blocked=%llu denied_session_limit=%llu "
		"late_saves_blocked=%llu",
		totals(c, EVENT_CREATED, EVENT_CAUSE_NONE) + adopted, adopted,
		totals(c, EVENT_LOGIN, EVENT_CAUSE_NONE),
		totals(c, EVENT_ROTATED, EVENT_CAUSE_NONE) + renewals,
		totals(c, EVENT_EXPIRED, EVENT_CAUSE_IDLE),
		totals(c, EVENT_EXPIRED, EVENT_CAUSE_ABSOLUTE),
		totals(c, EVENT_LOGGED_OUT, EVENT_CAUSE_NONE),
		totals(c, EVENT_EVICTED, EVENT_CAUSE_NONE),
		totals(c, EVENT_REVOKED, EVENT_CAUSE_NONE),
		totals(c, EVENT_REVOKED, EVENT_CAUSE_USER_BLOCKED),
		totals(c, EVENT_DENIED, EVENT_CAUSE_USER_BLOCKED),
		totals(c, EVENT_DENIED, EVENT_CAUSE_SESSION_LIMIT),
		totals(c, EVENT_LATE_SAVE_BLOCKED, EVENT_CAUSE_NONE));
}
