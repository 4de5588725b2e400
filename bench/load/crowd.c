/* crowd.c - all visitors of a run, their loop, and what became of them. */
#include "bench/load/crowd.h"

#include "base/clock.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { CROWD_EVENTS = 256, CROWD_TOLD = 20 };

uint64_t crowd_dice(uint64_t below)
{
	static uint64_t state = 0x9e3779b97f4a7c15;

	assert(below > 0);
	/* xorshift64: the same visits in every run */
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 11) % below;
}

/* Said as it happens: a figure alone finds no cause. */
static void crowd_tell(const struct kind *kind, enum outcome outcome, const struct reply *r)
{
	fprintf(stderr, "%s: %s: %llu-%llu, a body of %llu; got %llu%s%s\n%.*s\n", kind->name,
		outcome_text(outcome), (unsigned long long)r->nonce,
		(unsigned long long)r->answer_bytes, (unsigned long long)r->body_bytes,
		(unsigned long long)r->got, r->in_order ? "" : ", not in order",
		r->ended ? ", ended" : "", (int)r->head_len, r->head);
	if (outcome == OUTCOME_REFUSED)
		fprintf(stderr, "%.*s\n",
			(int)(r->got < sizeof(r->text) ? r->got : sizeof(r->text)), r->text);
}

void crowd_count(struct crowd *c, const struct kind *kind, enum outcome outcome,
		 const struct reply *reply)
{
	size_t i = 0;

	while (c->kinds[i].kind != kind)
		i++;
	c->kinds[i].outcomes[outcome]++;
	if ((kind->may & 1u << outcome) != 0)
		return;
	if (c->bad++ < CROWD_TOLD)
		crowd_tell(kind, outcome, reply);
}

static const struct kind *crowd_any_kind(const struct crowd *c)
{
	uint64_t all = 0, at;
	size_t i = 0;

	for (size_t k = 0; k < c->kind_count; k++)
		all += c->kinds[k].kind->weight;
	for (at = crowd_dice(all); at >= c->kinds[i].kind->weight; i++)
		at -= c->kinds[i].kind->weight;
	return c->kinds[i].kind;
}

static bool crowd_wants_more(const struct crowd *c, int64_t end_ms)
{
	return c->begun < c->visits && c->now_ms < end_ms && c->here < c->busy;
}

static void crowd_invite(struct crowd *c, int64_t end_ms)
{
	for (size_t i = 0; i < c->at_once && crowd_wants_more(c, end_ms); i++) {
		if (c->visitors[i].state != VISITOR_AWAY)
			continue;
		if (!visitor_come(&c->visitors[i], crowd_any_kind(c)))
			return;
		c->begun++;
	}
}

static int crowd_tick_ms(const struct crowd *c)
{
	return c->pause_ms > 0 ? CROWD_PAUSE_TICK_MS : CROWD_TICK_MS;
}

/* stdin has no visitor; nothing but its end is ever said there. */
static void crowd_watch_stdin(struct crowd *c)
{
	struct epoll_event event = { .events = EPOLLIN };

	if (epoll_ctl(c->epoll, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0)
		abort();
}

static void crowd_close(struct crowd *c)
{
	c->visits = c->begun;
	epoll_ctl(c->epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
}

static void crowd_turn(struct crowd *c)
{
	struct epoll_event events[CROWD_EVENTS];
	int n = epoll_wait(c->epoll, events, CROWD_EVENTS, crowd_tick_ms(c));

	c->now_ms = clock_mono_ms();
	for (int i = 0; i < n; i++) {
		if (events[i].data.ptr == NULL)
			crowd_close(c);
		else
			visitor_on_ready(events[i].data.ptr, events[i].events);
	}
}

void crowd_run(struct crowd *c)
{
	int64_t end_ms, tick_ms = 0;

	c->epoll = epoll_create1(EPOLL_CLOEXEC);
	c->visitors = calloc(c->at_once, sizeof(*c->visitors));
	if (c->epoll < 0 || c->visitors == NULL)
		abort();
	for (size_t i = 0; i < c->at_once; i++)
		c->visitors[i].crowd = c;
	if (c->open)
		crowd_watch_stdin(c);
	c->now_ms = clock_mono_ms();
	end_ms = c->now_ms + c->seconds * 1000;
	while (c->here > 0 || crowd_wants_more(c, end_ms)) {
		crowd_invite(c, end_ms);
		crowd_turn(c);
		if (c->now_ms < tick_ms)
			continue;
		tick_ms = c->now_ms + crowd_tick_ms(c);
		for (size_t i = 0; i < c->at_once; i++)
			visitor_on_tick(&c->visitors[i]);
	}
}

size_t crowd_hold(struct crowd *c)
{
	size_t stayed = c->staying;
	char byte;

	printf("holding %zu\n", stayed);
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	crowd_turn(c);
	return stayed - c->staying;
}
