/* event_log.c - see event_log.h. */
#include "gateway/event_log.h"

#include "base/clock.h"
#include "base/doorbell.h"
#include "base/log.h"
#include "base/percent.h"

#include <assert.h>
#include <event2/event.h>

enum {
	EVENT_LOG_BATCH = 64,
	/* Between reads that somebody asks for: so long at least, and so long that they take no more of the time than
	 * the fifth part, but no longer than whoever asks would wait anyhow. */
	EVENT_LOG_PAUSE_MS = 10,
	EVENT_LOG_SHARE = 5,
	EVENT_LOG_PAUSE_MOST_MS = 500,
	EVENT_LOG_CLOCKS_MS = 2000, /* Redis's may be behind ours (redis_drift.h) */
};

/* Such bytes neither end a field nor look like the next one's name. */
static const char event_log_plain[] = "@+:,/!*()'$&;";

/* --- events --- */

static enum log_level event_log_level(const struct session_event *e)
{
	bool of_session = e->session.len > 0;

	if (e->type == EVENT_DATA_LOST)
		return LOG_WARN;
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

static void event_log_tell_gap(const struct event_log *l)
{
	log_warn("", "more happened to sessions than the store keeps until it is logged: some "
		     "events are not");
	if (l->news != NULL)
		news_add_gap(l->news);
}

/* The log is told by the store itself, which knows more of it. */
static void event_log_note(struct event_log *l, bool down)
{
	const struct session_event e = {
		.type = down ? EVENT_STORE_DOWN : EVENT_STORE_UP,
		.at_ms = clock_wall_ms(),
	};

	if (down == l->down)
		return;
	l->down = down;
	if (l->outbox != NULL)
		outbox_put(l->outbox, &e);
}

/* What a gateway says of itself is in its own log in its own words, and its own readers have it. */
static void event_log_take(struct event_log *l, const struct session_event *e)
{
	if (e->teller == 0 && e->at_ms >= l->since_ms)
		event_log_write(e);
	if (l->news != NULL && (e->teller == 0 || !outbox_is_own(l->outbox, e)))
		news_add(l->news, e);
}

static void event_log_ask(struct event_log *l);

/* There is nothing more for now. One read answers all who asked before it was begun; who has asked since then is next. */
static void event_log_rest(struct event_log *l, int64_t rest_ms)
{
	l->rested_ms = clock_mono_ms();
	l->rest_ms = rest_ms;
	if (l->news == NULL)
		return;
	news_answer(l->news, l->question);
	if (news_asked(l->news) > l->question)
		event_log_ask(l);
}

static void event_log_on_events(void *ctx, const struct store_result *result)
{
	struct event_log *l = ctx;

	l->op = NULL;
	event_log_note(l, result->status != STORE_OK);
	if (result->status != STORE_OK || result->count == 0) {
		event_log_rest(l, result->rest_ms);
		return;
	}
	if (result->gap)
		event_log_tell_gap(l);
	for (size_t i = 0; i < result->count; i++)
		event_log_take(l, &result->events[i]);
	assert(result->position.len <= sizeof(l->position));
	memcpy(l->position, result->position.ptr, result->position.len);
	l->position_bytes = result->position.len;
	event_log_read(l);
}

/* --- what this process says of itself --- */

static void event_log_tell(struct event_log *l);

/* An uncertain one is not told again: once is enough, and twice is too much. */
static void event_log_on_told(void *ctx, const struct store_result *result)
{
	struct event_log *l = ctx;

	l->telling = NULL;
	if (result->status == STORE_UNAVAILABLE)
		return; /* the next time */
	outbox_drop(l->outbox);
	event_log_tell(l);
}

static void event_log_tell(struct event_log *l)
{
	struct session_event e;

	if (l->telling == NULL && l->outbox != NULL && outbox_first(l->outbox, &e))
		l->telling = store_tell(l->store, &e, event_log_on_told, l);
}

/* --- reading --- */

void event_log_read(struct event_log *l)
{
	event_log_tell(l);
	if (l->op != NULL)
		return;
	l->began_ms = clock_mono_ms();
	l->question = l->news != NULL ? news_asked(l->news) : 0;
	l->op = store_events(l->store, slice_of(l->position, l->position_bytes), EVENT_LOG_BATCH,
			     event_log_on_events, l);
}

void event_log_tend(struct event_log *l)
{
	if (clock_mono_ms() - l->rested_ms >= l->rest_ms)
		event_log_read(l);
	else
		event_log_tell(l);
}

/* --- being asked --- */

/* From the beginning of the last read to that of the next, in proportion to how long the last took: those who ask without
 * end keep neither the store nor the worker from anything else. */
static int64_t event_log_pause_ms(const struct event_log *l)
{
	int64_t pause_ms = EVENT_LOG_SHARE * (l->rested_ms - l->began_ms);

	if (pause_ms < EVENT_LOG_PAUSE_MS)
		return EVENT_LOG_PAUSE_MS;
	return pause_ms < EVENT_LOG_PAUSE_MOST_MS ? pause_ms : EVENT_LOG_PAUSE_MOST_MS;
}

/* Who reads already will ask himself when that is over. */
static void event_log_ask(struct event_log *l)
{
	int64_t left_ms = l->began_ms + event_log_pause_ms(l) - clock_mono_ms();
	const struct timeval after = { .tv_usec = left_ms * 1000 };

	if (l->op != NULL || evtimer_pending(l->soon, NULL))
		return;
	if (left_ms <= 0 || evtimer_add(l->soon, &after) != 0)
		event_log_read(l);
}

static void event_log_on_asked(evutil_socket_t fd, short what, void *ctx)
{
	(void)what;
	doorbell_hear(fd);
	event_log_ask(ctx);
}

static void event_log_on_soon(evutil_socket_t fd, short what, void *ctx)
{
	(void)fd;
	(void)what;
	event_log_read(ctx);
}

/* --- its life --- */

int event_log_open(struct event_log *l, struct event_base *loop)
{
	l->since_ms = clock_wall_ms() - EVENT_LOG_CLOCKS_MS;
	if (l->news == NULL)
		return 0;
	l->soon = evtimer_new(loop, event_log_on_soon, l);
	l->asked = event_new(loop, news_questions(l->news), EV_READ | EV_PERSIST,
			     event_log_on_asked, l);
	if (l->soon == NULL || l->asked == NULL || event_add(l->asked, NULL) != 0)
		return SG_ENOMEM;
	return 0;
}

static void event_log_drop(struct event **event)
{
	if (*event != NULL)
		event_free(*event);
	*event = NULL;
}

void event_log_stop(struct event_log *l)
{
	if (l->store == NULL)
		return;
	event_log_drop(&l->asked);
	event_log_drop(&l->soon);
	store_cancel(l->store, &l->op);
	store_cancel(l->store, &l->telling);
	if (l->news != NULL)
		news_answer(l->news, NEWS_CLOSED);
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
