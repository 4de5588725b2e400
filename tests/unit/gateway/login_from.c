/* login_from.c - who a session belongs to by its own attributes. */
#include "gateway/login_from.h"

#include "session/user.h"
#include "tests/unit/gateway/sample.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const struct {
	const char *name, *path, *had,
		*value; /* of the attribute "user"; NULL: none, resp. unset */
	int rc;
	const char *before, *after;
} rows[] = {
	{ "a string", "user", NULL, "\"alice\"", 0, "", "alice" },
	{ "escapes", "user", NULL, "\"\\u0061l\\u00efce\"", 0, "",
	  "al\xc3\xaf"
	  "ce" },
	{ "an integer", "user", NULL, "42", 0, "", "42" },
	{ "a negative one", "user", NULL, "-42", 0, "", "-42" },
	{ "a fraction", "user", NULL, "4.2", 0, "", "" },
	{ "an exponent", "user", NULL, "4e2", 0, "", "" },
	{ "true", "user", NULL, "true", 0, "", "" },
	{ "an empty string", "user", "\"alice\"", "\"\"", 0, "alice", "" },
	{ "unset", "user", "\"alice\"", NULL, 0, "alice", "" },
	{ "another", "user", "\"alice\"", "\"bob\"", 0, "alice", "bob" },
	{ "a member", "user.name", "{\"name\":\"alice\"}", "{\"x\":[1], \"name\": \"bob\"}", 0,
	  "alice", "bob" },
	{ "deeper", "user.a.b.c", NULL, "{\"a\":{\"b\":{\"c\":7}}}", 0, "", "7" },
	{ "not so deep", "user.a.b.c", NULL, "{\"a\":{\"b\":7}}", 0, "", "" },
	{ "no object", "user.name", NULL, "\"alice\"", 0, "", "" },
	{ "an object where a user should be", "user", NULL, "{\"name\":\"alice\"}", 0, "", "" },
	{ "an escaped name", "user.name", NULL, "{\"n\\u0061me\":\"alice\"}", 0, "", "alice" },
	{ "a name twice", "user.name", NULL, "{\"name\":\"alice\",\"name\":\"bob\"}", 0, "",
	  "bob" },
	{ "a prefix of the name", "user.name", NULL, "{\"nam\":\"a\",\"names\":\"b\"}", 0, "", "" },
	{ "control characters", "user", NULL, "\"a\\nb\"", SG_EFORMAT, "", "" },
	{ "space in front", "user", NULL, "\" a\"", SG_EFORMAT, "", "" },
	{ "nobody's name, but it was there", "user", "\" a\"", "\" a\"", 0, " a", " a" },
	{ "another attribute", "other", NULL, "\"alice\"", 0, "", "" },
};

static const struct session *had_session(const char *value)
{
	const struct renewal secret = { .hash = { 1 }, .epoch = 1 };
	struct change change = { SLICE("user"), slice_from(value != NULL ? value : "") };
	struct session_birth birth = { .id = SLICE("abcdefghijklmnopqrst"),
				       .secret = &secret,
				       .changes = &change,
				       .change_count = value != NULL,
				       .limits = { 1000, 1000, 10 } };
	const struct session *s;

	cr_assert_eq(session_new(&birth, 0, &s), 0);
	return s;
}

Test(login_from, every_value)
{
	for (size_t i = 0; i < ROWS(rows); i++) {
		const struct session *s = had_session(rows[i].had);
		const struct change changes[] = {
			{ SLICE("user"), SLICE("\"overwritten\"") },
			{ SLICE("user"),
			  rows[i].value != NULL ? slice_from(rows[i].value) : slice_of(NULL, 0) },
			{ SLICE("else"), SLICE("1") },
		};
		struct arena arena = { 0 };
		struct login_from from;
		int rc;

		rc = login_from_read(slice_from(rows[i].path), s, changes, ROWS(changes), &arena,
				     &from);
		cr_expect_eq(rc, rows[i].rc, "%s", rows[i].name);
		if (rc == 0) {
			cr_expect(slice_equal(from.before, slice_from(rows[i].before)),
				  "%s: before", rows[i].name);
			cr_expect(slice_equal(from.after, slice_from(rows[i].after)), "%s: after",
				  rows[i].name);
		}
		arena_fini(&arena);
		session_unref(&s);
	}
}

Test(login_from, without_a_session_and_without_a_change)
{
	const struct change change = { SLICE("user"), SLICE("\"alice\"") };
	struct arena arena = { 0 };
	struct login_from from;

	cr_expect_eq(login_from_read(SLICE("user"), NULL, &change, 1, &arena, &from), 0);
	cr_expect(slice_equal(from.after, SLICE("alice")));
	cr_expect_eq(login_from_read(SLICE("user"), NULL, NULL, 0, &arena, &from), 0);
	cr_expect_eq(from.after.len, 0);
	arena_fini(&arena);
}

Test(user, names)
{
	char long_name[256];

	memset(long_name, 'x', sizeof(long_name));
	cr_expect(user_is_name(slice_of(long_name, 255)));
	cr_expect_not(user_is_name(slice_of(long_name, 256)));
	cr_expect_not(user_is_name(SLICE("")));
	cr_expect_not(user_is_name(SLICE("\xc3")));
	cr_expect(user_is_name(SLICE("a b")));
	cr_expect_not(user_is_name(SLICE("a ")));
}
