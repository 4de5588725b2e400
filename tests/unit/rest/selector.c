/* selector.c - which sessions somebody asks for. */
#include "rest/selector.h"

#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>

/* What was written reads back, and nothing else does. */
Test(selector, there_and_back)
{
	static const char *const odd[] = {
		"user",          "user=",    "user=5:alic",         "user=x:alice",
		"user=5:alice ", "name=1:x", "user=5:alicehost=9:x"
	};
	struct selector s = { 0 }, back;
	struct buffer text = { 0 };

	cr_assert_eq(selector_write(&s, &text), 0);
	cr_expect_eq(buffer_len(&text), 0);
	cr_expect(selector_is_empty(&s) && selector_read(&back, SLICE("")) &&
		  selector_is_empty(&back));
	s.given[SELECTOR_USER] = SLICE("al:ic=e\n3:");
	s.given[SELECTOR_USER_PREFIX] = SLICE("al");
	s.given[SELECTOR_MIN_BYTES] = SLICE("0");
	cr_assert_eq(selector_write(&s, &text), 0);
	cr_assert(selector_read(&back, buffer_content(&text)));
	for (unsigned i = 0; i < SELECTOR_COUNT; i++)
		cr_expect(slice_equal(s.given[i], back.given[i]), "%s", selector_text(i));
	for (size_t i = 0; i < ROWS(odd); i++)
		cr_expect_not(selector_read(&back, slice_from(odd[i])), "%s", odd[i]);
	buffer_fini(&text);
}

/* The filter is asked about later than the selector lasts. */
Test(selector, a_filter_outlives_its_selector)
{
	static const struct grant everything = { .scopes = SCOPE_ALL };
	const struct settings settings = { .realm_count = 0 };
	struct call call = { .settings = &settings, .auth = { .grant = &everything } };
	struct selector s = {
		.given = { [SELECTOR_REALM] = SLICE("default"), [SELECTOR_USER] = SLICE("alice") }
	};
	struct selected selected = { .nobody = true };

	selector_apply(&s, &call, 0, &selected);
	cr_assert_eq(call.error_count, 0);
	memset(&s, 0xff, sizeof(s));
	cr_assert_eq(selected.filter.users.count, 1);
	cr_expect(slice_equal(selected.filter.users.names[0], SLICE("alice")));
	cr_expect(slice_equal(selected.filter.realms.names[0], SLICE("default")));
	arena_fini(&call.arena);
}

/* Who does not encode + in a URL says a space; what else is no time stays none. */
Test(selector, an_offset_whose_plus_was_not_encoded)
{
	static const struct grant everything = { .scopes = SCOPE_ALL };
	static const struct {
		const char *text;
		int64_t from_ms; /* a millisecond later; 0: complained about */
	} rows[] = {
		{ "1970-01-01T01:00:10+01:00", 10001 },
		{ "1970-01-01T01:00:10 01:00", 10001 },
		{ "1970-01-01T01:00:10.5 01:00", 10501 },
		{ "1970-01-01 00:00:10Z", 0 },
		{ "1970-01-01T00:00:10 Z", 0 },
		{ "1970-01-01 01:00:10 01:00", 0 },
		{ " ", 0 },
	};

	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct settings settings = { .realm_count = 0 };
		struct call call = { .settings = &settings, .auth = { .grant = &everything } };
		const struct selector s = { .given = { [SELECTOR_CREATED_AFTER] =
							       slice_from(rows[i].text) } };
		struct selected selected = { .nobody = true };

		selector_apply(&s, &call, 0, &selected);
		cr_expect_eq(selected.filter.created.from_ms, rows[i].from_ms, "%s", rows[i].text);
		cr_expect_eq(call.error_count, rows[i].from_ms == 0, "%s", rows[i].text);
		arena_fini(&call.arena);
	}
}
