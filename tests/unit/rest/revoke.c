/* revoke.c - how long a selection is good, and for whom. */
#include "base/clock.h"
#include "rest/opaque.h"
#include "rest/resources.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <event2/event.h>
#include <inttypes.h>
#include <stdio.h>

enum { MINUTE_MS = 60000 };

static void on_answer(struct call *c)
{
	(void)c;
}

/* Of sessions of a realm that he does not see: no store is asked. */
static struct slice selection_of(const struct grant *g, const char *purpose, int64_t age_ms,
				 struct call *c)
{
	char content[64];
	struct slice text = { 0 };

	c->auth.grant = g;
	snprintf(content, sizeof(content), "%" PRId64 " realm=5:other", clock_wall_ms() - age_ms);
	cr_assert_eq(opaque_seal(c, purpose, SLICE(""), slice_from(content), &text), 0);
	return text;
}

static unsigned status_of(const struct grant *g, const char *selection)
{
	struct desk desk = { .loop = event_base_new() };
	struct call c = { .desk = &desk, .on_answer = on_answer, .auth = { .grant = g } };
	unsigned status;

	c.document = cJSON_CreateObject();
	cJSON_AddStringToObject(c.document, "selection", selection);
	revoke_answer_post(&c);
	cr_assert_eq(c.state, CALL_ANSWERED);
	status = c.status;
	c.on_close(&c);
	cJSON_Delete(c.document);
	buffer_fini(&c.text);
	arena_fini(&c.arena);
	event_base_free(desk.loop);
	return status;
}

Test(revoke, a_selection_is_good_for_ten_minutes_and_its_caller)
{
	struct slice realm = SLICE("default"), another = SLICE("third");
	const struct grant own = { .name = "ops", .realms = &realm, .realm_count = 1 };
	const struct grant other = { .name = "op", .realms = &realm, .realm_count = 1 };
	const struct grant moved = { .name = "ops", .realms = &another, .realm_count = 1 };
	struct call c = { .on_answer = on_answer };
	const char *fresh = selection_of(&own, "selection", 9 * MINUTE_MS, &c).ptr;
	const char *stale = selection_of(&own, "selection", 10 * MINUTE_MS, &c).ptr;
	const char *cursor = selection_of(&own, "cursor", 0, &c).ptr;

	cr_expect_eq(status_of(&own, fresh), 200);
	cr_expect_eq(status_of(&own, stale), 400);
	cr_expect_eq(status_of(&own, cursor), 400, "made for something else");
	cr_expect_eq(status_of(&other, fresh), 400, "somebody else's");
	cr_expect_eq(status_of(&moved, fresh), 400, "he sees another realm by now");
	arena_fini(&c.arena);
}
