/* ticket.c - which tickets are good, for how often and how many at a time. Whose turn it is, and for how long they are
 * good, is tests/conformance/test_session_api_*.py's. */
#include "gateway/ticket.h"

#include "gateway/request.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <event2/event.h>

struct desk {
	struct sample sample;
	struct event_base *loop;
	struct turn turn;
	struct deadlines deadlines;
	struct tickets tickets;
	struct generation generation;
	struct request request;
};

static void desk_init(struct desk *d)
{
	*d = (struct desk){ .loop = event_base_new() };
	sample_init(&d->sample);
	d->sample.config.references = 1;
	d->generation = (struct generation){ .config = &d->sample.config };
	d->request.generation = &d->generation;
	d->request.route = &d->sample.route;
	cr_assert_eq(turn_open(&d->turn, d->loop), 0);
	cr_assert_eq(deadlines_open(&d->deadlines, &d->turn, d->loop), 0);
	tickets_open(&d->tickets, &d->deadlines, &d->turn);
}

static void desk_fini(struct desk *d)
{
	session_unref(&d->request.lookup.session);
	tickets_close(&d->tickets);
	cr_expect_eq(d->sample.config.references, 1, "a ticket has kept it");
	deadlines_close(&d->deadlines);
	turn_close(&d->turn);
	event_base_free(d->loop);
	sample_fini(&d->sample);
}

static struct ticket *issue(struct desk *d)
{
	struct ticket *t;

	cr_assert_eq(ticket_issue(&d->tickets, &d->request, &t), 0);
	return t;
}

static struct slice text_of(const struct ticket *t)
{
	return slice_of(t->text, TICKET_CHARS);
}

static bool is_known(const struct desk *d, const char text[TICKET_CHARS])
{
	return ticket_find(&d->tickets, slice_of(text, TICKET_CHARS)) != NULL;
}

Test(ticket, is_found_by_its_text_alone)
{
	struct desk d;
	struct ticket *first, *second;

	desk_init(&d);
	first = issue(&d);
	second = issue(&d);
	cr_expect_eq(ticket_find(&d.tickets, text_of(first)), first);
	cr_expect_eq(ticket_find(&d.tickets, text_of(second)), second);
	cr_expect_null(ticket_find(&d.tickets, SLICE("")));
	cr_expect_null(ticket_find(&d.tickets, slice_of(first->text, TICKET_CHARS - 1)));
	for (size_t i = 0; i < TICKET_CHARS; i++) {
		char text[TICKET_CHARS];

		memcpy(text, first->text, sizeof(text));
		text[i] ^= 1;
		cr_expect(!is_known(&d, text), "another character at %zu", i);
	}
	ticket_part(first);
	ticket_part(second);
	desk_fini(&d);
}

Test(ticket, may_be_shown_a_thousand_times)
{
	struct desk d;
	struct ticket *t;

	desk_init(&d);
	t = issue(&d);
	for (int i = 0; i < TICKET_CALLS; i++)
		cr_assert_eq(ticket_show(&d.tickets, text_of(t)), t);
	cr_expect_null(ticket_show(&d.tickets, text_of(t)));
	ticket_part(t);
	desk_fini(&d);
}

Test(ticket, of_an_ended_request_keeps_what_that_had)
{
	struct desk d;
	struct ticket *t;

	desk_init(&d);
	t = issue(&d);
	cr_expect_eq(ticket_route(t), &d.sample.route);
	ticket_part(t);
	cr_expect_eq(ticket_find(&d.tickets, text_of(t)), t);
	cr_expect_null(t->request);
	cr_expect_eq(ticket_route(t), &d.sample.route);
	cr_expect_eq(ticket_config(t), &d.sample.config);
	desk_fini(&d);
}

Test(ticket, earliest_of_too_many_ended_requests_goes)
{
	char first[TICKET_CHARS] = "", second[TICKET_CHARS] = "";
	struct desk d;

	desk_init(&d);
	for (int i = 0; i <= TICKETS_LATE; i++) {
		struct ticket *t = issue(&d);

		if (i < 2)
			memcpy(i == 0 ? first : second, t->text, TICKET_CHARS);
		ticket_part(t);
	}
	cr_expect(!is_known(&d, first) && is_known(&d, second));
	desk_fini(&d);
}

static const struct session *small_session(void)
{
	struct renewal secret = { .epoch = 7 };
	struct session_birth birth = {
		.id = SLICE("AAAAAAAAAAAAAAAAAAAA"),
		.realm = SLICE("default"),
		.secret = &secret,
		.idle_ms = 1000,
		.absolute_ms = 1000,
	};
	const struct session *s;

	cr_assert_eq(session_new(&birth, 0, &s), 0);
	return s;
}

Test(ticket, of_an_ended_request_knows_whose_session_it_was)
{
	struct desk d;
	struct ticket *with, *without;

	desk_init(&d);
	without = issue(&d);
	ticket_part(without);
	cr_expect_eq(ticket_session(without).len, 0);
	d.request.lookup.session = small_session();
	with = issue(&d);
	ticket_part(with);
	cr_expect(slice_equal(ticket_session(with), SLICE("AAAAAAAAAAAAAAAAAAAA")));
	cr_expect_eq(with->epoch, 7);
	desk_fini(&d);
}
