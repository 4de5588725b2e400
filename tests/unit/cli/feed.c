/* feed.c - server-sent events, in any pieces. */
#include "cli/feed.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

static const struct {
	const char *name, *bytes;
	const char *events; /* each with a | behind it */
	const char *id;     /* where it would go on */
} rows[] = {
	{ "one", "id: 1\nevent: x\ndata: a\n\n", "a|", "1" },
	{ "two", "id: 1\ndata: a\n\nid: 2\ndata: b\n\n", "a|b|", "2" },
	{ "CR LF", "id: 1\r\ndata: a\r\n\r\n", "a|", "1" },
	{ "CR", "id: 1\rdata: a\r\r", "a|", "1" },
	{ "no space", "id:1\ndata:a\n\n", "a|", "1" },
	{ "two spaces", "data:  a\n\n", " a|", "" },
	{ "comments", ": hello\n\n:\n\ndata: a\n\n", "a|", "" },
	{ "several lines", "data: a\ndata: b\ndata\ndata: c\n\n", "a\nb\n\nc|", "" },
	{ "no data", "id: 1\nevent: x\n\n", "", "1" },
	{ "an id stays", "id: 1\ndata: a\n\ndata: b\n\n", "a|b|", "1" },
	{ "half an event", "id: 1\ndata: a\n\nid: 2\ndata: b\n", "a|", "1" },
	{ "half a line", "data: a\n\ndata: b", "a|", "" },
	{ "a name with a colon", "data: {\"a\":1}\n\n", "{\"a\":1}|", "" },
	{ "unknown names", "retry: 5\nname\ndata: a\n\n", "a|", "" },
};

static void feed_note(void *ctx, struct slice data)
{
	cr_assert_eq(buffer_append_slice(ctx, data), 0);
	cr_assert_eq(buffer_append_slice(ctx, SLICE("|")), 0);
}

static void feed_expect(size_t row, size_t piece)
{
	struct buffer seen = { 0 };
	struct feed f = { .on_event = feed_note, .ctx = &seen };
	struct slice rest = slice_from(rows[row].bytes);

	while (rest.len > 0) {
		size_t len = rest.len < piece ? rest.len : piece;

		cr_assert_eq(feed_take(&f, slice_of(rest.ptr, len)), 0);
		rest = slice_after(rest, len);
	}
	cr_expect(slice_equal(buffer_content(&seen), slice_from(rows[row].events)),
		  "%s, %zu at a time: got %.*s", rows[row].name, piece,
		  SLICE_ARGS(buffer_content(&seen)));
	cr_expect(slice_equal(buffer_content(&f.id), slice_from(rows[row].id)),
		  "%s, %zu at a time: id %.*s", rows[row].name, piece,
		  SLICE_ARGS(buffer_content(&f.id)));
	feed_fini(&f);
	buffer_fini(&seen);
}

Test(feed, reads_events_in_any_pieces)
{
	for (size_t i = 0; i < ROWS(rows); i++)
		for (size_t piece = 1; piece < 40; piece++)
			feed_expect(i, piece);
}

Test(feed, forgets_what_broke_off)
{
	struct buffer seen = { 0 };
	struct feed f = { .on_event = feed_note, .ctx = &seen };

	cr_assert_eq(feed_take(&f, SLICE("id: 1\ndata: a\n\nid: 2\ndata: b\nda")), 0);
	feed_restart(&f);
	cr_assert_eq(feed_take(&f, SLICE("data: c\n\n")), 0);
	cr_expect(slice_equal(buffer_content(&seen), SLICE("a|c|")));
	cr_expect(slice_equal(buffer_content(&f.id), SLICE("1")));
	feed_fini(&f);
	buffer_fini(&seen);
}

Test(feed, ends_with_a_line_without_end)
{
	static char many[65536];
	struct feed f = { .on_event = feed_note };
	int rc = 0;

	memset(many, 'x', sizeof(many));
	for (size_t i = 0; rc == 0 && i <= FEED_LINE_BYTES / sizeof(many); i++)
		rc = feed_take(&f, slice_of(many, sizeof(many)));
	cr_expect_eq(rc, SG_ELIMIT);
	feed_fini(&f);
}
