/* journal.c - tests of backends/journal.c: the ring's bounds. What a store tells is tried in tests/backends/. */
#include "backends/journal.h"

#include <criterion/criterion.h>
#include <stdio.h>

enum { ROOM = 10, NOW = 1780000000 };

static void journal_start(struct journal *j)
{
	*j = (struct journal){ 0 };
	cr_assert_eq(journal_init(j, ROOM, NOW), 0);
}

/* Each tells by its user which it is. */
static void journal_put(struct journal *j, unsigned first, unsigned count)
{
	for (unsigned i = first; i < first + count; i++) {
		char user[16], reason[16];
		struct session_event e = { .type = EVENT_USER_BLOCKED, .at_ms = i };

		e.user = slice_of(user, (size_t)snprintf(user, sizeof(user), "u%u", i));
		if (i % 2 == 0)
			e.reason = slice_of(reason,
					    (size_t)snprintf(reason, sizeof(reason), "r%u", i));
		journal_add(j, &e);
	}
}

static void expect_batch(const struct journal_batch *b, unsigned first, size_t count, bool gap)
{
	cr_assert_eq(b->count, count);
	cr_expect_eq(b->gap, gap);
	for (size_t i = 0; i < count; i++) {
		unsigned number = first + (unsigned)i;
		char user[16], reason[16] = "";

		snprintf(user, sizeof(user), "u%u", number);
		if (number % 2 == 0)
			snprintf(reason, sizeof(reason), "r%u", number);
		cr_expect_eq(b->events[i].at_ms, number);
		cr_expect(slice_equal(b->events[i].user, slice_from(user)));
		cr_expect(slice_equal(b->events[i].reason, slice_from(reason)));
	}
}

static void read_on(struct journal *j, struct journal_batch *b, size_t limit)
{
	char position[JOURNAL_POSITION_BYTES];
	size_t bytes = b->position_bytes;

	memcpy(position, b->position, bytes);
	journal_batch_fini(b);
	journal_read(j, slice_of(position, bytes), limit, b);
}

Test(journal, is_read_as_far_as_it_goes)
{
	struct journal j;
	struct journal_batch b = { 0 };

	journal_start(&j);
	cr_expect_not(journal_has(&j, SLICE("")));
	read_on(&j, &b, 100);
	expect_batch(&b, 0, 0, false);
	journal_put(&j, 0, 7);
	read_on(&j, &b, 3);
	expect_batch(&b, 0, 3, false);
	cr_expect(journal_has(&j, slice_of(b.position, b.position_bytes)));
	read_on(&j, &b, 100);
	expect_batch(&b, 3, 4, false);
	cr_expect_not(journal_has(&j, slice_of(b.position, b.position_bytes)));
	/* full to the last place, and around the end */
	journal_put(&j, 7, ROOM);
	read_on(&j, &b, 100);
	expect_batch(&b, 7, ROOM, false);
	journal_batch_fini(&b);
	journal_fini(&j);
}

Test(journal, pushes_out_the_oldest)
{
	struct journal j;
	struct journal_batch b = { 0 };

	journal_start(&j);
	journal_put(&j, 0, 2);
	read_on(&j, &b, 100);
	journal_put(&j, 2, ROOM + 1);
	read_on(&j, &b, 2);
	expect_batch(&b, 3, 2, true);
	read_on(&j, &b, 100);
	expect_batch(&b, 5, ROOM - 2, false);
	/* who knows nothing yet has missed nothing that he was promised */
	journal_batch_fini(&b);
	journal_read(&j, SLICE(""), 100, &b);
	cr_expect_eq(b.count, ROOM);
	journal_batch_fini(&b);
	journal_fini(&j);
}

Test(journal, gives_no_more_than_a_batch_and_cuts_names)
{
	static char name[1000];
	struct session_event e = { .realm = { name, 1000 },
				   .application = { name, 33 },
				   .user = { name, 256 },
				   .session = { name, 1000 } };
	struct journal j = { 0 };
	struct journal_batch b = { 0 };

	memset(name, 'x', sizeof(name));
	cr_assert_eq(journal_init(&j, 1000, NOW), 0);
	for (unsigned i = 0; i < 500; i++)
		journal_add(&j, &e);
	read_on(&j, &b, 1000);
	cr_expect_eq(b.count, JOURNAL_BATCH);
	cr_expect_eq(b.events[0].realm.len, JOURNAL_NAME_BYTES);
	cr_expect_eq(b.events[0].application.len, JOURNAL_NAME_BYTES);
	cr_expect_eq(b.events[0].user.len, SESSION_USER_BYTES);
	cr_expect_eq(b.events[0].session.len, TOKEN_ID_CHARS);
	journal_batch_fini(&b);
	journal_fini(&j);
}
