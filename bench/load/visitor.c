/* visitor.c - one connection to the gateway, and what is done on it. */
#include "base/clock.h"
#include "bench/load/crowd.h"
#include "bench/pattern.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum {
	STDIN_BYTES = 32768, /* of one record, as nginx makes them */
	READ_BYTES = 1 << 16,
	SILENCE_MS = 500,
	MALFORMED_MS = 3000, /* what was to end a request may have been changed into anything */
	ABORT_MS = 20,
};

static uint64_t visitor_bytes(const struct visitor *v, uint64_t most)
{
	if (v->kind->whole)
		return most == 1 ? v->crowd->most_bytes : most;
	return crowd_dice(most + 1);
}

/* --- asking --- */

static const char *visitor_cookie(const struct visitor *v)
{
	const struct crowd *c = v->crowd;

	return c->cookie_count > 0 ? c->cookies[crowd_dice(c->cookie_count)] : NULL;
}

static void visitor_write_params(struct visitor *v, uint16_t id, const struct reply *reply)
{
	struct buffer pairs = { 0 };
	char query[64], uri[128], length[24];
	const char *cookie = visitor_cookie(v);

	snprintf(query, sizeof(query), "%llu-%llu", (unsigned long long)reply->nonce,
		 (unsigned long long)reply->answer_bytes);
	snprintf(uri, sizeof(uri), "%s?%s", v->kind->path, query);
	snprintf(length, sizeof(length), "%llu", (unsigned long long)reply->body_bytes);
	wire_pair(&pairs, "REQUEST_METHOD", v->kind->body > 0 ? "POST" : "GET");
	wire_pair(&pairs, "SCRIPT_NAME", v->kind->path);
	wire_pair(&pairs, "REQUEST_URI", uri);
	wire_pair(&pairs, "QUERY_STRING", query);
	wire_pair(&pairs, "CONTENT_LENGTH",
		  v->kind->body == 0 || v->kind->body_length_unknown ? "" : length);
	if (v->kind->body_length_unknown)
		wire_pair(&pairs, "HTTP_TRANSFER_ENCODING", "chunked");
	wire_pair(&pairs, "SERVER_PROTOCOL", "HTTP/1.1");
	wire_pair(&pairs, "HTTP_HOST", "example.test");
	wire_pair(&pairs, "REMOTE_ADDR", "192.0.2.1");
	if (cookie != NULL)
		wire_pair(&pairs, "HTTP_COOKIE", cookie);
	if (v->kind->agent != NULL)
		wire_pair(&pairs, "HTTP_USER_AGENT", v->kind->agent);
	wire_record(&v->out, WIRE_PARAMS, id, buffer_content(&pairs));
	wire_record(&v->out, WIRE_PARAMS, id, SLICE(""));
	buffer_fini(&pairs);
}

/* Large bodies are written as there is room; of several requests at once each is written whole. */
static void visitor_fill(struct visitor *v, uint16_t id, const struct reply *reply)
{
	char content[STDIN_BYTES];
	size_t n = v->body_left < sizeof(content) ? (size_t)v->body_left : sizeof(content);

	pattern_write(content, n, reply->nonce + reply->body_bytes - v->body_left);
	wire_record(&v->out, WIRE_STDIN, id, slice_of(content, n));
	v->body_left -= n;
	if (n > 0 && v->body_left == 0)
		wire_record(&v->out, WIRE_STDIN, id, SLICE(""));
}

static void visitor_ask(struct visitor *v, uint16_t id)
{
	struct reply *reply = &v->replies[id - 1];

	reply_begin(reply);
	reply->nonce = crowd_dice(UINT32_MAX);
	reply->body_bytes = visitor_bytes(v, v->kind->body);
	reply->answer_bytes = visitor_bytes(v, v->kind->answer);
	reply->keep = !v->kind->no_keep;
	reply->has_session = v->crowd->cookie_count > 0;
	reply->length_known = !v->kind->answer_length_unknown;
	wire_begin(&v->out, id, reply->keep);
	visitor_write_params(v, id, reply);
	v->body_left = reply->body_bytes;
	visitor_fill(v, id, reply);
	while (v->kind->at_once > 1 && v->body_left > 0)
		visitor_fill(v, id, reply);
}

/* Half of the time what is no record at all, else a question of which some bytes are others. */
static void visitor_spoil(struct visitor *v)
{
	struct slice content = buffer_content(&v->out);
	char *bytes = v->out.data + v->out.head;
	size_t few = content.len < 64 ? content.len : 64;

	for (unsigned n = 1 + (unsigned)crowd_dice(4); n > 0; n--)
		bytes[crowd_dice(crowd_dice(2) ? few : content.len)] = (char)crowd_dice(256);
}

/* The leaver's choice: before the first byte, or after any of the question or the answer. */
static void visitor_pack(struct visitor *v)
{
	const struct reply *reply = &v->replies[0];

	v->leave_after =
		crowd_dice(buffer_len(&v->out) + v->body_left + reply->answer_bytes + 1000);
	if (crowd_dice(2))
		v->leave_after = crowd_dice(buffer_len(&v->out) + 1);
}

static int64_t visitor_patience_ms(const struct visitor *v)
{
	switch (v->kind->manners) {
	case MANNERS_SILENT:
		return (int64_t)crowd_dice(SILENCE_MS);
	case MANNERS_GARBAGE:
		return MALFORMED_MS;
	case MANNERS_ABORTS:
		return (int64_t)crowd_dice(ABORT_MS);
	default:
		return v->crowd->patience_ms;
	}
}

static void visitor_begin_round(struct visitor *v)
{
	v->rounds--;
	v->resume_ms = 0;
	v->asked_us = clock_mono_us();
	v->aborted = false;
	v->moved = 0;
	v->asked = v->kind->at_once > 0 ? v->kind->at_once : 1;
	v->leave_after = UINT64_MAX;
	for (unsigned id = 1; id <= v->asked; id++)
		visitor_ask(v, (uint16_t)id);
	if (v->kind->manners == MANNERS_GARBAGE)
		visitor_spoil(v);
	if (v->kind->manners == MANNERS_LEAVES)
		visitor_pack(v);
	v->deadline_ms = v->crowd->now_ms + visitor_patience_ms(v);
}

/* --- the socket --- */

/* Room that a slow one has is given at each tick. */
static void visitor_give_room(struct visitor *v)
{
	v->write_room = v->kind->write_bytes > 0 ? v->kind->write_bytes : SIZE_MAX;
	v->read_room = v->kind->read_bytes > 0 ? v->kind->read_bytes : SIZE_MAX;
}

static void visitor_watch(struct visitor *v)
{
	struct epoll_event event = { .data.ptr = v };

	if (v->read_room > 0)
		event.events |= EPOLLIN;
	if (v->write_room > 0 && (buffer_len(&v->out) > 0 || v->body_left > 0))
		event.events |= EPOLLOUT;
	if (event.events == v->interest)
		return;
	v->interest = event.events;
	if (epoll_ctl(v->crowd->epoll, EPOLL_CTL_MOD, v->fd, &event) != 0)
		abort();
}

static unsigned visitor_rounds(const struct kind *kind)
{
	if (kind->series <= 1)
		return 1;
	return kind->all_rounds ? kind->series : 1 + (unsigned)crowd_dice(kind->series);
}

bool visitor_come(struct visitor *v, const struct kind *kind)
{
	struct crowd *c = v->crowd;
	struct epoll_event event = { .events = 0, .data.ptr = v };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&c->address, sizeof(c->address)) != 0) {
		if (fd < 0 || errno != EAGAIN) {
			perror("connect to the gateway");
			exit(EXIT_FAILURE);
		}
		close(fd);
		return false;
	}
	v->state = VISITOR_HERE;
	v->kind = kind;
	v->fd = fd;
	v->in = (struct wire_reader){ 0 };
	v->interest = 0;
	v->body_left = 0;
	v->asked = 0;
	v->deadline_ms = c->now_ms + visitor_patience_ms(v);
	c->here++;
	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, fd, &event) != 0)
		abort();
	v->resume_ms = 0;
	if (kind->manners != MANNERS_SILENT) {
		v->rounds = visitor_rounds(kind);
		visitor_begin_round(v);
	}
	visitor_give_room(v);
	visitor_watch(v);
	return true;
}

void visitor_go(struct visitor *v)
{
	close(v->fd);
	buffer_fini(&v->out);
	v->state = VISITOR_AWAY;
	v->crowd->here--;
}

/* All that is still open ends like this. */
static void visitor_end(struct visitor *v, enum outcome outcome)
{
	if (v->kind->manners != MANNERS_POLITE) {
		crowd_count(v->crowd, v->kind, outcome, &v->replies[0]);
	} else {
		for (unsigned i = 0; i < v->asked; i++) {
			if (!v->replies[i].ended)
				crowd_count(v->crowd, v->kind, outcome, &v->replies[i]);
		}
	}
	visitor_go(v);
}

/* --- the answers --- */

/* The gateway has closed. */
static void visitor_on_eof(struct visitor *v)
{
	bool polite = v->kind->manners == MANNERS_POLITE;

	if (!polite) {
		visitor_end(v, OUTCOME_CLOSED);
		return;
	}
	for (unsigned i = 0; i < v->asked; i++) {
		if (!v->replies[i].ended)
			crowd_count(v->crowd, v->kind, reply_outcome(&v->replies[i]),
				    &v->replies[i]);
	}
	visitor_go(v);
}

/* Before the next round. Evenly spread, or all who wait for one answer would go on asking together. */
static void visitor_rest(struct visitor *v)
{
	const struct crowd *c = v->crowd;

	if (c->pause_ms > 0)
		v->resume_ms = c->now_ms + 1 + (int64_t)crowd_dice(2 * (uint64_t)c->pause_ms);
	else
		visitor_begin_round(v);
}

static void visitor_on_answered(struct visitor *v)
{
	struct crowd *c = v->crowd;

	/* a body that nobody wants any more is not sent to its end */
	if (v->body_left > 0 || buffer_len(&v->out) > 0 || (v->rounds == 0 && !c->hold)) {
		visitor_go(v);
	} else if (v->rounds > 0) {
		visitor_rest(v);
	} else {
		v->state = VISITOR_STAYS;
		v->asked = 0;
		c->here--;
		c->staying++;
	}
}

static bool visitor_all_ended(const struct visitor *v)
{
	unsigned i = 0;

	while (i < v->asked && v->replies[i].ended)
		i++;
	return i == v->asked && v->asked > 0;
}

/* False when the record has no place here. */
static bool visitor_take(struct visitor *v, const struct wire_piece *piece)
{
	struct reply *reply;

	if (piece->id == 0 || piece->id > v->asked)
		return v->kind->manners == MANNERS_GARBAGE;
	reply = &v->replies[piece->id - 1];
	if (!reply_take(reply, piece))
		return v->kind->manners == MANNERS_GARBAGE;
	if (reply->ended && v->kind->manners == MANNERS_POLITE) {
		delays_add(&v->crowd->delays, clock_mono_us() - v->asked_us);
		crowd_count(v->crowd, v->kind, reply_outcome(reply), reply);
	}
	return true;
}

static void visitor_read_pieces(struct visitor *v, struct slice in)
{
	struct wire_piece piece;

	while (wire_next(&v->in, &in, &piece)) {
		if (!visitor_take(v, &piece)) {
			visitor_end(v, OUTCOME_WRONG);
			return;
		}
	}
	if (!visitor_all_ended(v))
		return;
	if (v->kind->manners == MANNERS_POLITE)
		visitor_on_answered(v);
	else
		visitor_end(v, OUTCOME_CLOSED);
}

static void visitor_read(struct visitor *v)
{
	char in[READ_BYTES];
	ssize_t n = recv(v->fd, in, v->read_room < sizeof(in) ? v->read_room : sizeof(in), 0);

	if (n < 0 && errno == EAGAIN)
		return;
	if (n <= 0) {
		visitor_on_eof(v);
		return;
	}
	v->moved += (uint64_t)n;
	if (v->kind->read_bytes > 0)
		v->read_room -= (size_t)n;
	visitor_read_pieces(v, slice_of(in, (size_t)n));
}

static void visitor_write(struct visitor *v)
{
	struct slice content;
	ssize_t n;

	if (v->body_left > 0 && buffer_len(&v->out) < STDIN_BYTES)
		visitor_fill(v, 1, &v->replies[0]);
	content = buffer_content(&v->out);
	if (content.len > v->write_room)
		content.len = v->write_room;
	if (content.len > v->leave_after - v->moved)
		content.len = (size_t)(v->leave_after - v->moved);
	n = content.len > 0 ? send(v->fd, content.ptr, content.len, MSG_NOSIGNAL) : 0;
	if (n < 0) {
		/* refused before it was read to its end: what the gateway said can still be read */
		if (errno != EAGAIN) {
			v->body_left = 0;
			buffer_fini(&v->out);
		}
		return;
	}
	buffer_consume(&v->out, (size_t)n);
	v->moved += (uint64_t)n;
	if (v->kind->write_bytes > 0)
		v->write_room -= (size_t)n;
}

/* A visitor that stays has nothing to hear. */
static void visitor_on_disturbed(struct visitor *v)
{
	v->crowd->staying--;
	v->crowd->here++;
	visitor_go(v);
}

void visitor_on_ready(struct visitor *v, uint32_t events)
{
	if (v->state == VISITOR_STAYS) {
		visitor_on_disturbed(v);
		return;
	}
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0)
		visitor_read(v);
	if (v->state == VISITOR_HERE && (events & EPOLLOUT) != 0)
		visitor_write(v);
	if (v->state == VISITOR_HERE && v->moved >= v->leave_after)
		visitor_end(v, OUTCOME_LEFT);
	if (v->state == VISITOR_HERE)
		visitor_watch(v);
}

static void visitor_on_deadline(struct visitor *v)
{
	switch (v->kind->manners) {
	case MANNERS_SILENT:
	case MANNERS_GARBAGE:
		visitor_end(v, OUTCOME_LEFT);
		return;
	case MANNERS_ABORTS:
		if (!v->aborted) {
			v->aborted = true;
			wire_record(&v->out, WIRE_ABORT, 1, SLICE(""));
			v->deadline_ms = v->crowd->now_ms + v->crowd->patience_ms;
			visitor_watch(v);
			return;
		}
		break;
	default:
		break;
	}
	visitor_end(v, OUTCOME_UNANSWERED);
}

void visitor_on_tick(struct visitor *v)
{
	if (v->state != VISITOR_HERE)
		return;
	if (v->crowd->now_ms >= v->deadline_ms) {
		visitor_on_deadline(v);
		return;
	}
	if (v->resume_ms != 0 && v->crowd->now_ms >= v->resume_ms)
		visitor_begin_round(v);
	visitor_give_room(v);
	visitor_watch(v);
}
