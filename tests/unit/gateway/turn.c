/* turn.c - the end of a turn of the loop. */
#include "gateway/turn.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <stdlib.h>

struct desk {
	struct event_base *loop;
	struct turn turn;
	char log[64]; /* the names of what ran, in order */
	size_t length;
};

struct task {
	struct chore chore;
	struct desk *desk;
	char name;
	struct task *other;
};

static void desk_init(struct desk *d)
{
	*d = (struct desk){ .loop = event_base_new() };
	cr_assert_not_null(d->loop);
	cr_assert_eq(turn_open(&d->turn, d->loop), 0);
}

static void desk_fini(struct desk *d)
{
	turn_close(&d->turn);
	event_base_free(d->loop);
}

static void desk_log(struct desk *d, char name)
{
	cr_assert_lt(d->length, sizeof(d->log) - 1);
	d->log[d->length++] = name;
}

static void log_name(struct chore *c)
{
	struct task *t = (struct task *)c;

	cr_expect(!link_listed(&c->link), "%c: waiting no more when it runs", t->name);
	desk_log(t->desk, t->name);
}

static struct task task(struct desk *d, char name, chore_fn *run)
{
	return (struct task){ .chore = { .run = run }, .desk = d, .name = name };
}

static void add(struct task *t)
{
	turn_add(&t->desk->turn, &t->chore);
}

Test(turn, runs_each_once_in_order_and_never_at_once)
{
	struct task a, b, c;
	struct desk d;

	desk_init(&d);
	a = task(&d, 'a', log_name);
	b = task(&d, 'b', log_name);
	c = task(&d, 'c', log_name);
	add(&b);
	add(&a);
	add(&b);
	add(&c);
	cr_expect_str_eq(d.log, "");
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "bac");
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "bac");
	add(&a);
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "baca");
	desk_fini(&d);
}

static const struct {
	const char *name, *cancelled, *log;
} cancels[] = {
	{ "the first", "a", "bc" },   { "the middle", "b", "ac" },
	{ "the last", "c", "ab" },    { "the last two", "cb", "a" },
	{ "all", "abc", "" },         { "all, from the end", "cba", "" },
	{ "one, twice", "bb", "ac" },
};

Test(turn, cancelled_ones_do_not_run_and_what_is_added_then_comes_last)
{
	for (size_t i = 0; i < ROWS(cancels); i++) {
		struct task tasks[4];
		char expected[8] = "";
		struct desk d;

		desk_init(&d);
		for (size_t n = 0; n < ROWS(tasks); n++)
			tasks[n] = task(&d, (char)('a' + n), log_name);
		for (size_t n = 0; n < 3; n++)
			add(&tasks[n]);
		for (const char *c = cancels[i].cancelled; *c != '\0'; c++)
			turn_cancel(&d.turn, &tasks[*c - 'a'].chore);
		add(&tasks[3]);
		event_base_loop(d.loop, EVLOOP_NONBLOCK);
		strcat(strcpy(expected, cancels[i].log), "d");
		cr_expect_str_eq(d.log, expected, "%s: %s", cancels[i].name, d.log);
		desk_fini(&d);
	}
}

/* --- from within a chore --- */

static void add_other(struct chore *c)
{
	struct task *t = (struct task *)c;

	log_name(c);
	add(t->other);
}

Test(turn, chore_added_by_a_chore_runs_in_the_same_turn)
{
	struct task a, b, c;
	struct desk d;

	desk_init(&d);
	a = task(&d, 'a', add_other);
	b = task(&d, 'b', log_name);
	c = task(&d, 'c', log_name);
	a.other = &c;
	add(&a);
	add(&b);
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "abc");
	add(&b); /* the event that ended the turn is good for another */
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "abcb");
	desk_fini(&d);
}

static void free_other(struct chore *c)
{
	struct task *t = (struct task *)c;

	log_name(c);
	turn_cancel(&t->desk->turn, &t->other->chore);
	free(t->other);
}

static void free_itself(struct chore *c)
{
	log_name(c);
	free(c);
}

Test(turn, chore_frees_itself_or_another)
{
	struct task *own, *other, a, last;
	struct desk d;

	desk_init(&d);
	own = malloc(sizeof(*own));
	other = malloc(sizeof(*other));
	cr_assert(own != NULL && other != NULL);
	*own = task(&d, 'o', free_itself);
	*other = task(&d, 'x', log_name);
	a = task(&d, 'a', free_other);
	last = task(&d, 'z', log_name);
	a.other = other;
	add(own);
	add(&a);
	add(other);
	add(&last);
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "oaz");
	desk_fini(&d);
}

/* --- beside other callbacks --- */

static void on_event(evutil_socket_t fd, short what, void *ctx)
{
	struct task *t = ctx;

	(void)fd;
	(void)what;
	desk_log(t->desk, t->name);
	add(t->other);
}

Test(turn, behind_the_callbacks_that_are_at_hand)
{
	struct task chore, first, second;
	struct event *events[2];
	struct desk d;

	desk_init(&d);
	chore = task(&d, 'e', log_name);
	first = task(&d, '1', NULL);
	second = task(&d, '2', NULL);
	first.other = second.other = &chore;
	events[0] = event_new(d.loop, -1, 0, on_event, &first);
	events[1] = event_new(d.loop, -1, 0, on_event, &second);
	event_active(events[0], EV_TIMEOUT, 0);
	event_active(events[1], EV_TIMEOUT, 0);
	event_base_loop(d.loop, EVLOOP_NONBLOCK);
	cr_expect_str_eq(d.log, "12e", "%s", d.log);
	event_free(events[0]);
	event_free(events[1]);
	desk_fini(&d);
}
