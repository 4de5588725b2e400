/* stream.c - see stream.h. */
#include "rest/stream.h"

#include "base/clock.h"
#include "rest/call_answer.h"
#include "rest/call_judgement.h"
#include "rest/event_view.h"

#include <inttypes.h>

enum {
	STREAM_REPLAYED = 64,         /* events at a time */
	STREAM_AHEAD_BYTES = 1 << 16, /* replayed before they are taken */
};

struct stream {
	struct link link; /* of desk->streams */
	struct call *call;
	struct event_filter filter;
	uint64_t next; /* the first event that is not in out */
	bool live;     /* that is none that was told before */
	bool over;     /* it was hung up on: whose it is may not be known any more */
	struct buffer out;
	int64_t beat_ms; /* of the next comment; monotonic */
};

/* --- what is written --- */

static int stream_write_json(struct stream *s, const char *type, struct slice id, struct slice json)
{
	int rc = 0;

	if (id.len > 0)
		rc = buffer_printf(&s->out, "id: %.*s\n", SLICE_ARGS(id));
	if (rc == 0)
		rc = buffer_printf(&s->out, "event: %s\ndata: ", type);
	if (rc == 0)
		rc = buffer_append_slice(&s->out, json);
	return rc == 0 ? buffer_append_slice(&s->out, SLICE("\n\n")) : rc;
}

static int stream_write(struct stream *s, const struct news_item *item)
{
	struct buffer json = { 0 };
	int rc = event_view_write(item, s->call->settings->node, &json);

	if (rc == 0)
		rc = stream_write_json(s, event_type_text(item->type), item->id,
				       buffer_content(&json));
	buffer_fini(&json);
	return rc;
}

static int stream_write_gap(struct stream *s)
{
	const struct news_item gap = { .type = EVENT_GAP, .at_ms = clock_wall_ms() };

	return stream_write(s, &gap);
}

static int stream_replay_one(struct stream *s, const struct news_item *item)
{
	return event_filter_matches(&s->filter, item) ? stream_write(s, item) : 0;
}

/* From the ring, until there is something to take, or nothing more. */
static int stream_replay(struct stream *s)
{
	const struct news_item *items[STREAM_REPLAYED];
	uint64_t from = s->next;
	size_t count;
	int rc = 0;

	while (rc == 0 && buffer_len(&s->out) < STREAM_AHEAD_BYTES &&
	       (count = news_read(s->call->desk->news, &from, STREAM_REPLAYED, items)) > 0) {
		if (from != s->next) {
			s->call->desk->events_dropped += from - s->next;
			rc = stream_write_gap(s);
		}
		for (size_t i = 0; i < count; i++) {
			if (rc == 0)
				rc = stream_replay_one(s, items[i]);
			news_unref(&items[i]);
		}
		from = s->next = from + count;
	}
	s->live = s->next >= s->call->desk->told;
	return rc;
}

/* --- the call's side --- */

static ssize_t stream_read(struct call *c, char *room, size_t max)
{
	struct stream *s = c->work;
	struct slice content;

	if (!s->live && buffer_len(&s->out) == 0 && stream_replay(s) != 0)
		return -1;
	content = buffer_content(&s->out);
	if (max > content.len)
		max = content.len;
	if (max > 0)
		memcpy(room, content.ptr, max);
	buffer_consume(&s->out, max);
	return (ssize_t)max;
}

static void stream_close(struct call *c)
{
	struct stream *s = c->work;

	if (!link_listed(&s->link))
		return;
	link_remove(&s->link);
	c->desk->stream_count--;
	buffer_fini(&s->out);
}

static const struct call_source stream_source = { stream_read, stream_close };

static void stream_hang_up(struct stream *s)
{
	s->over = true;
	call_hang_up(s->call);
}

/* By the settings that are in force now. */
static void stream_judge(struct stream *s)
{
	if (!s->over && (!call_judge_again(s->call) ||
			 !event_filter_is_within(&s->filter, s->call->auth.grant)))
		stream_hang_up(s);
}

static void stream_start(struct call *c, struct stream *s)
{
	link_push(&c->desk->streams, &s->link);
	c->desk->stream_count++;
	s->beat_ms = clock_mono_ms() + STREAM_BEAT_MS;
	call_answer_source(c, 200, "text/event-stream", &stream_source);
	if (c->terms != c->desk->terms) /* they were replaced while it waited for the news */
		stream_judge(s);
}

/* NULL: it is answered with why there can be none. A comment at once, so that the caller sees that it has begun. */
static struct stream *stream_new(struct call *c, const struct event_filter *filter)
{
	struct stream *s;

	if (c->desk->stream_count >= STREAMS) {
		call_add_field(c, "Retry-After", "10");
		call_refuse(c, REFUSAL_RATE_LIMITED, "There are as many streams as there can be");
		return NULL;
	}
	s = arena_alloc(&c->arena, sizeof(*s));
	if (s == NULL || buffer_append_slice(&s->out, SLICE(": sessiongate\n\n")) != 0) {
		call_refuse_memory(c);
		return NULL;
	}
	s->call = c;
	s->filter = *filter;
	return s;
}

/* rc: of what stands at its beginning. */
static void stream_begin(struct stream *s, uint64_t next, int rc)
{
	struct call *c = s->call;

	s->next = next;
	s->live = next >= c->desk->told;
	c->work = s;
	if (rc == 0) {
		stream_start(c, s);
	} else {
		buffer_fini(&s->out);
		call_refuse_memory(c);
	}
}

void stream_open(struct call *c, const struct event_filter *filter, struct slice after)
{
	struct stream *s = stream_new(c, filter);
	uint64_t next = c->desk->told;
	bool missed = after.len > 0 && !news_find(c->desk->news, after, &next);

	if (s != NULL)
		stream_begin(s, next, missed ? stream_write_gap(s) : 0);
}

void stream_open_at(struct call *c, const struct event_filter *filter, uint64_t number)
{
	struct stream *s = stream_new(c, filter);
	char text[NEWS_ID_BYTES];
	struct slice before = news_id(c->desk->news, number - 1, text);

	if (s != NULL)
		stream_begin(s, number, buffer_printf(&s->out, "id: %.*s\n\n", SLICE_ARGS(before)));
}

/* --- all of them --- */

static void stream_tell(struct stream *s, const struct news_item *item, struct slice json)
{
	if (s->over || !s->live || item->number < s->next)
		return; /* it will come to that, or has come further */
	s->next = item->number + 1;
	if (!event_filter_matches(&s->filter, item))
		return;
	if (buffer_len(&s->out) > STREAM_BEHIND_BYTES ||
	    stream_write_json(s, event_type_text(item->type), item->id, json) != 0) {
		s->call->desk->events_dropped++;
		stream_hang_up(s);
	} else {
		call_more(s->call);
	}
}

static struct stream *stream_of_link(struct link *l)
{
	return CONTAINER_OF(l, struct stream, link);
}

void streams_tell(struct desk *d, const struct news_item *item, struct slice json)
{
	struct link *next;

	for (struct link *l = d->streams; l != NULL; l = next) {
		next = l->next;
		stream_tell(stream_of_link(l), item, json);
	}
}

static void stream_tick(struct stream *s, int64_t mono_ms, int64_t wall_ms)
{
	const struct grant *g = s->call->auth.grant;

	if (s->over)
		return;
	if (g->not_after_ms != 0 && wall_ms >= g->not_after_ms) {
		stream_hang_up(s);
	} else if (mono_ms >= s->beat_ms) {
		s->beat_ms = mono_ms + STREAM_BEAT_MS;
		if (buffer_append_slice(&s->out, SLICE(":\n\n")) != 0)
			stream_hang_up(s);
		else
			call_more(s->call);
	}
}

void streams_tick(struct desk *d)
{
	int64_t mono_ms = clock_mono_ms(), wall_ms = clock_wall_ms();
	struct link *next;

	for (struct link *l = d->streams; l != NULL; l = next) {
		next = l->next;
		stream_tick(stream_of_link(l), mono_ms, wall_ms);
	}
}

void streams_reload(struct desk *d)
{
	struct link *next;

	for (struct link *l = d->streams; l != NULL; l = next) {
		next = l->next;
		stream_judge(stream_of_link(l));
	}
}
