/* call_wait.c - see call_wait.h. */
#include "rest/call_wait.h"

#include "base/clock.h"
#include "rest/call_answer.h"
#include "rest/news.h"

enum {
	CALL_AGAIN_MS = 50,
	CALL_NEWS_TICKS = 3, /* of desk_tick(): a machine that stood still uses up one */
};

static void call_list(struct call *c)
{
	if (!link_listed(&c->link))
		link_push(&c->desk->calls, &c->link);
}

void call_set_deadline(struct call *c, int64_t ms)
{
	c->deadline_ms = clock_mono_ms() + ms;
}

void call_extend(struct call *c, int64_t ms)
{
	call_set_deadline(c, ms);
	call_list(c);
}

void call_wait(struct call *c, struct store_op *op)
{
	c->op = op;
	if (op == NULL)
		call_refuse_store(c);
	else
		call_list(c);
}

void call_woken(struct call *c)
{
	c->op = NULL;
}

void call_again(struct call *c, call_fn *again)
{
	c->again = again;
	c->again_ms = clock_mono_ms() + CALL_AGAIN_MS;
	call_list(c);
}

void call_wait_for_news(struct call *c, call_fn *then)
{
	c->on_news = then;
	c->question = news_ask(c->desk->news);
	c->ticks = CALL_NEWS_TICKS;
	call_list(c);
}

static void call_hear(struct call *c)
{
	call_fn *then = c->on_news;

	c->on_news = NULL;
	then(c);
}

void desk_hear(struct desk *d, uint64_t answered)
{
	struct link *link, *next;

	for (link = d->calls; link != NULL; link = next) {
		struct call *c = CONTAINER_OF(link, struct call, link);

		next = link->next;
		if (c->on_news != NULL && c->question <= answered)
			call_hear(c);
	}
}

static void call_refuse_silence(struct call *c)
{
	call_refuse(c, REFUSAL_STORE_TIMEOUT,
		    "The store did not answer in time; a change may have been made");
}

static void call_tick(struct call *c, int64_t now_ms)
{
	call_fn *again = c->again;

	if (c->on_news != NULL) {
		if (c->ticks-- == 0)
			call_hear(c);
	} else if (now_ms >= c->deadline_ms) {
		c->again = NULL;
		store_cancel(c->desk->store, &c->op);
		(c->on_silence != NULL ? c->on_silence : call_refuse_silence)(c);
	} else if (again != NULL && now_ms >= c->again_ms) {
		c->again = NULL;
		again(c);
	}
}

void desk_tick(struct desk *d)
{
	int64_t now_ms = clock_mono_ms();
	struct link *link, *next;

	for (link = d->calls; link != NULL; link = next) {
		next = link->next;
		call_tick(CONTAINER_OF(link, struct call, link), now_ms);
	}
}
