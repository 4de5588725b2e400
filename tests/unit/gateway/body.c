/* body.c - a request's body on its way. */
#include "gateway/body.h"

#include "tests/unit/gateway/records.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>

enum { TOTAL = 1 << 20, WINDOW = 1000, REQUEST = 5 };

/* What a body lives with. */
struct desk {
	struct config_limits limits;
	struct tally tally;
	struct body body;
	size_t memory; /* that it may hold */
};

static void desk_init(struct desk *d, int64_t length, size_t window, uint64_t max_bytes)
{
	*d = (struct desk){
		.limits = { .spool_dir = "/tmp", .spool_bytes = TOTAL, .spool_total_bytes = TOTAL },
	};
	d->memory = SIZE_MAX;
	body_init(&d->body, &d->limits, &d->tally, length, window, max_bytes);
}

static char letter(size_t at)
{
	return (char)('a' + at % 23);
}

/* The bytes from..to of the body that all these tests send, in pieces. */
static int desk_take(struct desk *d, size_t from, size_t to, size_t piece)
{
	char bytes[4096];
	int rc = 0;

	while (rc == 0 && from < to) {
		size_t n = to - from < piece ? to - from : piece;

		for (size_t i = 0; i < n; i++)
			bytes[i] = letter(from + i);
		rc = body_take(&d->body, slice_of(bytes, n), d->memory);
		from += n;
	}
	return rc;
}

/* Give until nothing more comes. */
static void desk_give(struct desk *d, struct buffer *out, size_t room)
{
	size_t before;

	do {
		before = buffer_len(out);
		cr_assert_eq(body_give(&d->body, out, REQUEST, room), 0);
	} while (buffer_len(out) > before);
}

/* out holds the body's first bytes; ended: and the end of STDIN. */
static void expect_given(const char *name, const struct buffer *out, size_t bytes, bool ended)
{
	struct records r;
	size_t at = 0;

	records_read(&r, buffer_content(out), FCGI_STDIN, REQUEST);
	cr_expect_eq(buffer_len(&r.stream), bytes, "%s: %zu bytes", name, buffer_len(&r.stream));
	cr_expect_eq(r.empties, ended, "%s: ended %zu times", name, r.empties);
	while (at < buffer_len(&r.stream) && buffer_content(&r.stream).ptr[at] == letter(at))
		at++;
	cr_expect_eq(at, buffer_len(&r.stream), "%s: another byte at %zu", name, at);
	records_fini(&r);
}

static const struct {
	const char *name;
	int64_t length;
	size_t sent, window;
	bool streaming, spooled;
} kinds[] = {
	{ "no body", 0, 0, WINDOW, false, false },
	{ "small", 300, 300, WINDOW, false, false },
	{ "just the window", WINDOW, WINDOW, WINDOW, false, false },
	{ "one more than the window", WINDOW + 1, WINDOW + 1, WINDOW, true, false },
	{ "large", 5000, 5000, WINDOW, true, false },
	{ "no window", 700, 700, 0, true, false },
	{ "unknown, empty", BODY_UNKNOWN, 0, WINDOW, false, false },
	{ "unknown, small", BODY_UNKNOWN, 300, WINDOW, false, false },
	{ "unknown, just the window", BODY_UNKNOWN, WINDOW, WINDOW, false, false },
	{ "unknown, large", BODY_UNKNOWN, 5000, WINDOW, false, true },
	{ "unknown, no window", BODY_UNKNOWN, 700, 0, false, true },
};

/* Take and give by turns, as the sockets would have it. */
static void pass_along(struct desk *d, size_t row, size_t piece, size_t room, struct buffer *out)
{
	size_t sent = kinds[row].sent, at = 0;

	for (; at < sent; at += piece) {
		cr_assert_eq(desk_take(d, at, at + piece < sent ? at + piece : sent, piece), 0);
		if (d->body.streaming)
			cr_assert_eq(body_give(&d->body, out, REQUEST, room), 0);
	}
	cr_assert_eq(body_end(&d->body), 0);
	cr_expect(body_ready(&d->body), "%s", kinds[row].name);
	desk_give(d, out, room);
}

Test(body, given_as_it_came_in_any_pieces_to_any_room)
{
	static const size_t sizes[] = { 1, 2, 7, 999, 1000, 1001, 4096 };

	for (size_t i = 0; i < ROWS(kinds); i++)
		for (size_t piece = 0; piece < ROWS(sizes); piece++)
			for (size_t room = 0; room < ROWS(sizes); room++) {
				struct buffer out = { 0 };
				struct desk d;

				desk_init(&d, kinds[i].length, kinds[i].window, 0);
				pass_along(&d, i, sizes[piece], sizes[room], &out);
				expect_given(kinds[i].name, &out, kinds[i].sent, true);
				cr_expect(d.body.given, "%s", kinds[i].name);
				cr_expect_eq(d.body.length, (int64_t)kinds[i].sent, "%s",
					     kinds[i].name);
				cr_expect_eq(d.body.streaming, kinds[i].streaming, "%s",
					     kinds[i].name);
				cr_expect_eq(d.body.spool.fd >= 0, kinds[i].spooled, "%s",
					     kinds[i].name);
				body_fini(&d.body);
				buffer_fini(&out);
			}
}

Test(body, can_be_given_again_unless_it_streams)
{
	for (size_t i = 0; i < ROWS(kinds); i++)
		for (size_t given = 0; given <= kinds[i].sent; given += 97) {
			struct buffer out = { 0 }, again = { 0 };
			struct desk d;

			desk_init(&d, kinds[i].length, kinds[i].window, 0);
			cr_expect(!body_rewindable(&d.body) || kinds[i].length == 0, "%s",
				  kinds[i].name);
			cr_assert_eq(desk_take(&d, 0, kinds[i].sent, 400), 0);
			cr_assert_eq(body_end(&d.body), 0);
			cr_expect_eq(body_rewindable(&d.body), !kinds[i].streaming, "%s",
				     kinds[i].name);
			cr_assert_eq(body_give(&d.body, &out, REQUEST, given), 0);
			if (body_rewindable(&d.body)) {
				body_rewind(&d.body);
				desk_give(&d, &again, 4096);
				expect_given(kinds[i].name, &again, kinds[i].sent, true);
			}
			body_fini(&d.body);
			buffer_fini(&out);
			buffer_fini(&again);
		}
}

/* --- what the socket is told --- */

static const struct {
	const char *name;
	int64_t length;
	size_t window, sent;
	bool ready, full;
} states[] = {
	{ "no body", 0, WINDOW, 0, true, false },
	{ "small, nothing yet", 300, WINDOW, 0, false, false },
	{ "small, a byte missing", 300, WINDOW, 299, false, false },
	{ "small, whole", 300, WINDOW, 300, true, false },
	{ "large, less than the window", 5000, WINDOW, WINDOW - 1, false, false },
	{ "large, the window", 5000, WINDOW, WINDOW, true, false },
	{ "large, whole", 5000, WINDOW, 5000, true, false },
	{ "large, less than a piece more", 50000, WINDOW, 32767, true, false },
	{ "large, a piece unread", 50000, WINDOW, 32768, true, true },
	{ "a large window, less than it", 100000, 40000, 39999, false, false },
	{ "a large window, full", 100000, 40000, 40000, true, true },
	{ "no window, nothing yet", 700, 0, 0, true, false },
	{ "no window, a byte", 700, 0, 1, true, false },
	{ "unknown, however much came", BODY_UNKNOWN, WINDOW, 60000, false, false },
};

Test(body, ready_and_full)
{
	for (size_t i = 0; i < ROWS(states); i++) {
		struct desk d;

		desk_init(&d, states[i].length, states[i].window, 0);
		cr_assert_eq(desk_take(&d, 0, states[i].sent, 4096), 0, "%s", states[i].name);
		cr_expect_eq(body_ready(&d.body), states[i].ready, "%s: ready", states[i].name);
		cr_expect_eq(body_full(&d.body), states[i].full, "%s: full", states[i].name);
		body_fini(&d.body);
	}
}

Test(body, full_until_it_is_given)
{
	struct buffer out = { 0 };
	struct desk d;

	desk_init(&d, 100000, WINDOW, 0);
	cr_assert_eq(desk_take(&d, 0, 40000, 4096), 0);
	cr_expect(body_full(&d.body));
	cr_assert_eq(body_give(&d.body, &out, REQUEST, 10000), 0);
	cr_expect(!body_full(&d.body));
	expect_given("a part", &out, 10000, false);
	cr_expect(!d.body.given);
	body_fini(&d.body);
	buffer_fini(&out);
}

Test(body, no_end_before_the_last_byte)
{
	struct buffer out = { 0 };
	struct desk d;

	desk_init(&d, 5000, WINDOW, 0);
	cr_assert_eq(desk_take(&d, 0, 4999, 4096), 0);
	desk_give(&d, &out, 4096);
	expect_given("a byte missing", &out, 4999, false);
	cr_assert_eq(desk_take(&d, 4999, 5000, 1), 0);
	desk_give(&d, &out, 4096);
	expect_given("whole", &out, 5000, true);
	body_fini(&d.body);
	buffer_fini(&out);
}

/* --- too little, too much --- */

Test(body, end_before_all_of_a_known_length_is_malformed)
{
	static const struct {
		const char *name;
		int64_t length;
		size_t sent;
		int rc;
	} rows[] = {
		{ "nothing came", 300, 0, SG_EFORMAT },
		{ "a byte missing", 300, 299, SG_EFORMAT },
		{ "a byte missing of a large one", 5000, 4999, SG_EFORMAT },
		{ "whole", 300, 300, 0 },
		{ "none", 0, 0, 0 },
		{ "unknown", BODY_UNKNOWN, 299, 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		struct desk d;

		desk_init(&d, rows[i].length, WINDOW, 0);
		cr_assert_eq(desk_take(&d, 0, rows[i].sent, 100), 0);
		cr_expect_eq(body_end(&d.body), rows[i].rc, "%s", rows[i].name);
		body_fini(&d.body);
	}
}

Test(body, surplus_is_ignored)
{
	static const struct {
		const char *name;
		int64_t length;
	} rows[] = { { "none announced", 0 }, { "small", 300 }, { "large", 1500 } };

	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t piece = 1; piece <= 4096; piece *= 4) {
			struct buffer out = { 0 };
			struct desk d;

			/* the limit is about the body, not about what follows it */
			desk_init(&d, rows[i].length, WINDOW, 1500);
			cr_assert_eq(desk_take(&d, 0, 3000, piece), 0, "%s", rows[i].name);
			cr_assert_eq(body_end(&d.body), 0);
			desk_give(&d, &out, 4096);
			expect_given(rows[i].name, &out, (size_t)rows[i].length, true);
			body_fini(&d.body);
			buffer_fini(&out);
		}
}

static const struct {
	const char *name;
	int64_t length;
	size_t window;
	uint64_t max_bytes, spool_bytes, total_bytes, spooled_by_others;
	size_t sent;
	int rc;
} limits[] = {
	{ "known, at max_bytes", 500, WINDOW, 500, TOTAL, TOTAL, 0, 500, 0 },
	{ "known, over max_bytes", 501, WINDOW, 500, TOTAL, TOTAL, 0, 501, SG_ELIMIT },
	{ "known: the spool's limits are not about it", 500, WINDOW, 0, 1, 1, 1, 500, 0 },
	{ "unknown, at max_bytes", BODY_UNKNOWN, WINDOW, 500, TOTAL, TOTAL, 0, 500, 0 },
	{ "unknown, over max_bytes", BODY_UNKNOWN, WINDOW, 500, TOTAL, TOTAL, 0, 501, SG_ELIMIT },
	{ "unknown, at the spool's size", BODY_UNKNOWN, WINDOW, 0, 2000, TOTAL, 0, 2000, 0 },
	{ "unknown, over the spool's size", BODY_UNKNOWN, WINDOW, 0, 2000, TOTAL, 0, 2001,
	  SG_ELIMIT },
	{ "unknown, over the spool's size in memory", BODY_UNKNOWN, WINDOW, 0, 200, TOTAL, 0, 201,
	  SG_ELIMIT },
	{ "unknown, at the total of all", BODY_UNKNOWN, 0, 0, TOTAL, 3000, 1000, 2000, 0 },
	{ "unknown, over the total of all", BODY_UNKNOWN, 0, 0, TOTAL, 3000, 1000, 2001,
	  SG_ENOMEM },
	{ "unknown, in memory while others fill the total", BODY_UNKNOWN, WINDOW, 0, TOTAL, 3000,
	  3000, 1000, 0 },
};

Test(body, limits_hold_and_the_tally_is_given_back)
{
	for (size_t i = 0; i < ROWS(limits); i++)
		for (size_t piece = 1; piece <= 4096; piece *= 16) {
			struct desk d;
			int rc;

			desk_init(&d, limits[i].length, limits[i].window, limits[i].max_bytes);
			d.limits.spool_bytes = limits[i].spool_bytes;
			d.limits.spool_total_bytes = limits[i].total_bytes;
			d.tally.spooled_bytes = limits[i].spooled_by_others;
			rc = desk_take(&d, 0, limits[i].sent, piece);
			cr_expect_eq(rc, limits[i].rc, "%s, by %zu: %d", limits[i].name, piece, rc);
			cr_expect_leq(tally_get(&d.tally.spooled_bytes),
				      limits[i].spooled_by_others + limits[i].sent, "%s",
				      limits[i].name);
			body_fini(&d.body);
			cr_expect_eq(tally_get(&d.tally.spooled_bytes), limits[i].spooled_by_others,
				     "%s: tally", limits[i].name);
		}
}

Test(body, without_a_place_for_the_spool_there_is_an_error)
{
	struct desk d;

	desk_init(&d, BODY_UNKNOWN, 0, 0);
	d.limits.spool_dir = "/nonexistent/spool";
	cr_expect_eq(desk_take(&d, 0, 1, 1), SG_ESYSTEM);
	cr_expect_eq(errno, ENOENT);
	body_fini(&d.body);
	cr_expect_eq(tally_get(&d.tally.spooled_bytes), 0);
}

Test(body, fini_of_one_that_never_began)
{
	struct body b = { 0 };

	body_fini(&b);
	cr_expect_eq(fcntl(0, F_GETFD) < 0 && errno == EBADF, false, "descriptor 0 is not ours");
}

/* Of 200 kB, taken in turns with what is given of them: all at once, then some, then the rest. */
static void spill_and_give(size_t first, size_t room)
{
	enum { SENT = 200000 };
	struct buffer out = { 0 };
	struct desk d;

	desk_init(&d, SENT, WINDOW, 0);
	d.memory = WINDOW + BODY_PIECE_BYTES;
	cr_assert_eq(desk_take(&d, 0, first, 4096), 0);
	cr_expect_lt(buffer_len(&d.body.memory), 65536, "%zu: memory holds it all", first);
	cr_assert_eq(body_give(&d.body, &out, REQUEST, room), 0);
	cr_assert_eq(desk_take(&d, first, SENT / 2 + first / 2, 4096), 0);
	desk_give(&d, &out, room);
	cr_expect_eq(tally_get(&d.tally.spooled_bytes), 0, "%zu: what was given is still counted",
		     first);
	cr_assert_eq(desk_take(&d, SENT / 2 + first / 2, SENT, 4096), 0);
	cr_assert_eq(body_end(&d.body), 0);
	desk_give(&d, &out, room);
	expect_given("spilled", &out, SENT, true);
	cr_expect_not(body_rewindable(&d.body), "what is gone was called rewindable");
	body_fini(&d.body);
	cr_expect_eq(tally_get(&d.tally.spooled_bytes), 0, "%zu: counted after its end", first);
	buffer_fini(&out);
}

Test(body, spilled_over_the_window_comes_in_order)
{
	static const size_t firsts[] = { 0, 500, 40000, 100000, 180000 };
	static const size_t rooms[] = { 100, 5000, 65536 };

	for (size_t i = 0; i < ROWS(firsts); i++)
		for (size_t j = 0; j < ROWS(rooms); j++)
			spill_and_give(firsts[i], rooms[j]);
}

/* A piece that does not fit goes to the spool whole, and memory alone may stay below the window for ever. */
Test(body, spilled_is_ready_with_what_is_in_the_spool)
{
	enum { MEMORY = 65536 + BODY_PIECE_BYTES };
	char piece[65535] = { 0 };
	struct desk d;

	desk_init(&d, 200000, sizeof(piece) + 1, 0);
	cr_assert_eq(body_take(&d.body, slice_of(piece, sizeof(piece)), MEMORY), 0);
	cr_expect_not(body_ready(&d.body));
	cr_assert_eq(body_take(&d.body, slice_of(piece, sizeof(piece)), MEMORY), 0);
	cr_expect_gt(tally_get(&d.tally.spooled_bytes), 0);
	cr_expect(body_ready(&d.body), "the application is not asked before all has come");
	body_fini(&d.body);
}

Test(body, spilled_beyond_the_spool_is_refused)
{
	struct desk d;

	desk_init(&d, 2 * TOTAL, WINDOW, 0);
	d.memory = WINDOW + BODY_PIECE_BYTES;
	cr_expect_eq(desk_take(&d, 0, 2 * TOTAL, 4096), SG_ENOMEM);
	body_fini(&d.body);
}

/* Memory has become scarce meanwhile. */
Test(body, kept_in_memory_and_in_the_spool_it_can_be_given_again)
{
	enum { LENGTH = 900, BEFORE = 300 };
	struct buffer first = { 0 }, again = { 0 };
	struct desk d;

	desk_init(&d, LENGTH, WINDOW, 0);
	cr_assert_eq(desk_take(&d, 0, BEFORE, 100), 0);
	d.memory = BEFORE;
	cr_assert_eq(desk_take(&d, BEFORE, LENGTH - 100, 100), 0);
	d.memory = SIZE_MAX; /* no more scarce: it must not come before what is in the file */
	cr_assert_eq(desk_take(&d, LENGTH - 100, LENGTH, 100), 0);
	cr_expect_eq(tally_get(&d.tally.spooled_bytes), LENGTH - BEFORE);
	desk_give(&d, &first, 65536);
	expect_given("kept", &first, LENGTH, true);
	cr_assert(body_rewindable(&d.body));
	body_rewind(&d.body);
	desk_give(&d, &again, 65536);
	expect_given("kept, again", &again, LENGTH, true);
	body_fini(&d.body);
	buffer_fini(&first);
	buffer_fini(&again);
}
