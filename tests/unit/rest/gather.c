/* gather.c - all sessions of a filter: when it ends. */
#include "rest/gather.h"

#include "base/clock.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

/* A store that has no end, and whose pages come when the test says so. */
struct endless {
	struct store store;
	store_done_fn *done;
	void *ctx;
};

static struct store_op *endless_list(struct store *st, const struct store_listing *listing,
				     store_done_fn *done, void *ctx)
{
	struct endless *e = CONTAINER_OF(st, struct endless, store);

	(void)listing;
	e->done = done;
	e->ctx = ctx;
	return (struct store_op *)e; /* somebody is asked: nobody looks into it */
}

static void endless_answer(struct endless *e)
{
	const struct session session = { 0 };
	const struct session *page[] = { &session, &session };
	const struct store_result result = {
		.status = STORE_OK, .sessions = page, .count = ROWS(page), .cursor = SLICE("more")
	};
	store_done_fn *done = e->done;

	e->done = NULL;
	done(e->ctx, &result);
}

static const struct store_ops endless_ops = { .list = endless_list };

static int gather_on_one(struct gather *g, const struct session *s)
{
	(void)g;
	(void)s;
	return 0;
}

static void gather_on_done(struct call *c)
{
	c->failed = true; /* a flag that nothing else here sets */
}

static struct gather gather_of(struct call *c)
{
	static const struct filter everybody;

	return (struct gather){
		.call = c,
		.filter = &everybody,
		.most = SIZE_MAX,
		.visit = gather_on_one,
		.done = gather_on_done,
	};
}

Test(gather, ends_with_as_many_as_are_wanted)
{
	struct endless endless = { .store = { &endless_ops } };
	struct desk desk = { .store = &endless.store };
	struct call call = { .desk = &desk, .state = CALL_RUNNING };
	struct gather g = gather_of(&call);

	g.most = 3;
	gather_start(&g);
	endless_answer(&endless);
	cr_expect_not(call.failed);
	endless_answer(&endless);
	cr_expect(call.failed && g.more && endless.done == NULL);
	cr_expect_eq(g.count, 3);
}

/* Not before a page of it has been looked at, however late it is. */
Test(gather, ends_when_its_time_is_over)
{
	struct endless endless = { .store = { &endless_ops } };
	struct desk desk = { .store = &endless.store };
	struct call call = { .desk = &desk, .state = CALL_RUNNING };
	struct gather g = gather_of(&call);

	g.until_ms = clock_mono_ms() + 3600000;
	gather_start(&g);
	endless_answer(&endless);
	cr_expect_not(call.failed);
	g.until_ms = clock_mono_ms();
	endless_answer(&endless);
	cr_expect(call.failed && g.more && endless.done == NULL);
	cr_expect_eq(g.count, 4);
}
