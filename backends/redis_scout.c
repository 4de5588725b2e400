/* redis_scout.c - see redis_scout.h. */
#include "backends/redis_scout.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"

#include <event2/event.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SCOUT_FIRST_PAUSE_MS = 100,
	SCOUT_LAST_PAUSE_MS = 1000,
	SCOUT_REASON_BYTES = 200,
};

enum scout_state {
	SCOUT_IDLE,
	SCOUT_DUE, /* to ask at the timer */
	SCOUT_ASKING,
	SCOUT_LEAVING, /* the one that was of no use, at the timer: not from inside its answer */
};

struct asked {
	struct redis_call call;
	struct redis_scout *scout;
};

struct redis_scout {
	struct redis_scout_settings settings;
	struct event_base *loop;
	enum scout_state state;
	struct event *timer;
	struct redis_link *link; /* to servers[at] */
	struct asked asked[REDIS_SCOUT_QUESTIONS];
	unsigned outstanding;
	bool useless; /* what has been told in this state */
	bool lost;
	char reason[SCOUT_REASON_BYTES];
	int64_t told_ms;  /* monotonic: when somebody was of use last; 0: never */
	int64_t asked_ms; /* the same: when a round began */
	int64_t pause_ms;
	size_t at;    /* in servers: who is asked */
	size_t tried; /* how many were before, in this round */
	size_t known; /* so many of them are the URL's */
	size_t count;
	struct redis_endpoint servers[REDIS_SCOUT_SERVERS];
};

static void scout_arm(struct redis_scout *s, enum scout_state state, int64_t ms)
{
	const struct timeval after = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	s->state = state;
	event_add(s->timer, &after);
}

static void scout_note(struct redis_scout *s, struct slice reason)
{
	snprintf(s->reason, sizeof(s->reason), "%.*s", SLICE_ARGS(reason));
}

static void scout_on_link(void *ctx, struct redis_link *link, bool ready, struct slice reason)
{
	(void)link;
	if (!ready)
		scout_note(ctx, reason);
}

static void scout_succeed(struct redis_scout *s)
{
	if (s->lost)
		log_info("", "a %s answers again", s->settings.who);
	s->lost = false;
	s->pause_ms = SCOUT_FIRST_PAUSE_MS;
	s->told_ms = clock_mono_ms();
	s->state = SCOUT_IDLE;
}

static void scout_on_answer(struct redis_call *call, enum redis_fate fate,
			    const struct redis_reply *reply)
{
	struct asked *asked = CONTAINER_OF(call, struct asked, call);
	struct redis_scout *s = asked->scout;
	const struct redis_endpoint from = s->servers[s->at]; /* told() may forget the servers */
	unsigned question = (unsigned)(asked - s->asked);
	const char *reason = NULL;

	s->outstanding--;
	if (s->state != SCOUT_ASKING)
		return; /* the link is being closed */
	if (fate == REDIS_ANSWERED && redis_reply_type(reply, 0) == REDIS_ERROR)
		scout_note(s, redis_reply_text(reply, 0));
	else if (fate == REDIS_ANSWERED)
		reason = s->settings.told(s->settings.ctx, question, &from, reply);
	if (reason != NULL)
		scout_note(s, slice_from(reason));
	s->useless |= fate != REDIS_ANSWERED || redis_reply_type(reply, 0) == REDIS_ERROR ||
		      reason != NULL;
	if (s->outstanding > 0)
		return;
	if (s->useless)
		scout_arm(s, SCOUT_LEAVING, 0);
	else
		scout_succeed(s);
}

static void scout_send(struct redis_scout *s)
{
	s->state = SCOUT_ASKING;
	s->useless = false;
	s->outstanding = s->settings.question_count;
	for (unsigned i = 0; i < s->settings.question_count; i++) {
		const struct redis_question *q = &s->settings.questions[i];
		struct redis_call *call = &s->asked[i].call;

		s->asked[i].scout = s;
		redis_call_begin(call, 0, NULL, scout_on_answer);
		call->question = true;
		for (unsigned w = 0; w < REDIS_SCOUT_WORDS && q->words[w].len > 0; w++)
			redis_call_add(call, q->words[w]);
		redis_link_send(s->link, call);
	}
}

static int scout_connect(struct redis_scout *s)
{
	const struct redis_link_settings settings = {
		.endpoint = s->servers[s->at],
		.credentials = s->settings.credentials,
		.tls = s->settings.tls,
		.timeout_ms = s->settings.timeout_ms < REDIS_SCOUT_PATIENCE_MS
				      ? s->settings.timeout_ms
				      : REDIS_SCOUT_PATIENCE_MS,
		.quiet = true,
		.changed = scout_on_link,
		.ctx = s,
	};

	return redis_link_open(s->loop, &settings, &s->link);
}

/* All have been asked in vain. */
static void scout_despair(struct redis_scout *s)
{
	if (!s->lost)
		log_warn("", "no %s is of help: %s; they are asked until one is", s->settings.who,
			 s->reason);
	s->lost = true;
	scout_arm(s, SCOUT_DUE, s->pause_ms);
	s->pause_ms = s->pause_ms * 2 < SCOUT_LAST_PAUSE_MS ? s->pause_ms * 2 : SCOUT_LAST_PAUSE_MS;
	s->settings.nobody(s->settings.ctx);
}

static void scout_begin(struct redis_scout *s)
{
	int64_t now_ms = clock_mono_ms();

	if (s->count > 1 && s->told_ms != 0 && now_ms - s->told_ms < REDIS_SCOUT_HELPED_MS) {
		redis_link_close(&s->link);
		s->at = (s->at + 1) % s->count;
	}
	s->tried = 0;
	s->asked_ms = now_ms;
	if (s->link == NULL && scout_connect(s) != 0)
		scout_arm(s, SCOUT_DUE, SCOUT_LAST_PAUSE_MS); /* no memory */
	else
		scout_send(s);
}

static void scout_go_on(struct redis_scout *s)
{
	redis_link_close(&s->link);
	s->at = (s->at + 1) % s->count;
	if (++s->tried >= s->count || scout_connect(s) != 0)
		scout_despair(s);
	else
		scout_send(s);
}

static void scout_on_time(evutil_socket_t fd, short what, void *ctx)
{
	struct redis_scout *s = ctx;

	(void)fd;
	(void)what;
	if (s->state == SCOUT_DUE)
		scout_begin(s);
	else if (s->state == SCOUT_LEAVING)
		scout_go_on(s);
}

int redis_scout_open(struct event_base *loop, const struct redis_scout_settings *settings,
		     struct redis_scout **out)
{
	struct redis_scout *s = calloc(1, sizeof(*s));
	uint64_t anybody = 0;

	if (s == NULL)
		return SG_ENOMEM;
	s->settings = *settings;
	s->loop = loop;
	s->pause_ms = SCOUT_FIRST_PAUSE_MS;
	s->known = s->count = settings->url->count;
	memcpy(s->servers, settings->url->endpoints, s->count * sizeof(s->servers[0]));
	/* not all gateways ask the first; without random bytes they do */
	if (random_u64(&anybody) == 0)
		s->at = anybody % s->count;
	s->timer = event_new(loop, -1, 0, scout_on_time, s);
	if (s->timer == NULL) {
		redis_scout_close(&s);
		return SG_ENOMEM;
	}
	*out = s;
	return 0;
}

void redis_scout_close(struct redis_scout **scout)
{
	struct redis_scout *s = *scout;

	*scout = NULL;
	if (s == NULL)
		return;
	s->state = SCOUT_IDLE;
	redis_link_close(&s->link);
	for (unsigned i = 0; i < REDIS_SCOUT_QUESTIONS; i++)
		redis_call_fini(&s->asked[i].call);
	if (s->timer != NULL)
		event_free(s->timer);
	free(s);
}

void redis_scout_ask(struct redis_scout *s)
{
	int64_t early_ms = s->asked_ms + REDIS_SCOUT_PACE_MS - clock_mono_ms();

	if (s->state == SCOUT_IDLE)
		scout_arm(s, SCOUT_DUE, s->asked_ms != 0 && early_ms > 0 ? early_ms : 0);
}

bool redis_scout_is_lost(const struct redis_scout *s)
{
	return s->lost;
}

/* Whom it is talking to stays where it is. */
void redis_scout_forget(struct redis_scout *s)
{
	if (s->at >= s->known) {
		s->servers[s->known] = s->servers[s->at];
		s->at = s->known;
		s->count = s->known + 1;
	} else {
		s->count = s->known;
	}
}

void redis_scout_learn(struct redis_scout *s, const struct redis_endpoint *server)
{
	for (size_t i = 0; i < s->count; i++)
		if (redis_endpoint_equal(&s->servers[i], server))
			return;
	if (s->count < REDIS_SCOUT_SERVERS)
		s->servers[s->count++] = *server;
}
